"""Moments, critical values and simulated distributions of panel tests, as data."""

from pathlib import Path

HERE = Path(__file__).resolve().parent
