"""From archived bytes to one tidy table: readers, the frame they run in, the validator, the extraction."""
