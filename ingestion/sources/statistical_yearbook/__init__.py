"""The statistical yearbook and the annual database of the National Bureau of Statistics."""
