"""Names of a row in specifications, formulas and conditions: its unit and its period."""

from __future__ import annotations

UNIT, PERIOD = "unit", "year"
ROW_NAMES = (UNIT, PERIOD)
