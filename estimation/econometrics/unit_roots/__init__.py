"""Panel unit-root tests on wide frames (rows = periods, columns = units)."""

from estimation.econometrics.unit_roots.averaged import cips, fisher, ips
from estimation.econometrics.unit_roots.pooled import ht, llc
from estimation.econometrics.unit_roots.result import UnitRootResult

__all__ = ["UnitRootResult", "cips", "fisher", "ht", "ips", "llc"]
