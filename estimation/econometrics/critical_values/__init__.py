"""Moments, critical values and simulated distributions of the unit-root tests, as data."""
