"""Grades of answers from stored numbers: one rule, the choices it counts, and its words."""
