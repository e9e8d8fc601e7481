"""Regression tables as versioned, checkable objects: ingestion, estimation and orchestration under one name."""

__version__ = "0.5.0"
