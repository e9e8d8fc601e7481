"""Commands of a person at a terminal."""
