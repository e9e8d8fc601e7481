"""A new edition beside the editions before: layouts, values, what is missing."""
