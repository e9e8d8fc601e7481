"""Panel unit-root tests on wide frames (rows = periods, columns = units)."""

from estimation.econometrics.unit_roots.panel_tests import (
    UnitRootResult,
    cips,
    fisher,
    ht,
    ips,
    llc,
)

__all__ = ["UnitRootResult", "cips", "fisher", "ht", "ips", "llc"]
