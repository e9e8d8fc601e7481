"""Simulations that are run by hand and write stored tables: `python -m tools.simulate`."""

from pathlib import Path

CRITICAL_VALUES = (
    Path(__file__).resolve().parents[2] / "estimation" / "panel_tests" / "critical_values"
)
STORED_STUDIES = Path(__file__).resolve().parent / "studies"
"""What the studies of the planted processes found."""
