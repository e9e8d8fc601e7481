"""Panels with lags of the outcome: difference and system GMM."""
