"""Assets and what they do: one module for each stage."""
