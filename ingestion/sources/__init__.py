"""All that is peculiar to one source, a folder each: catalog, layouts, reader, fetch."""
