"""Printed papers as data, one folder each, and the typed form in which they are read."""
