"""The three sources, one module each, with one public `extract(vintage)`."""
