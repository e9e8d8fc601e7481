"""Covariances of a linear regression, each one object in one file, for every engine."""
