"""Findings from stored numbers: the claims, the rules of state and fragility, and their words."""
