"""Econometrics: arrays in, numbers out. Knows no spec, release, table or file of a paper."""
