"""Panel unit-root tests on wide frames (rows = periods, columns = units).

Public: `llc`, `ht`, `ips`, `fisher`, `cips`, `longest_window`, the result
class and the error `Infeasible`. Cross-section dependence and cointegration live elsewhere.
"""

from estimation.econometrics.errors import Infeasible
from estimation.econometrics.unit_roots.averaged import cips, fisher, ips
from estimation.econometrics.unit_roots.panel import (
    longest_window,
)
from estimation.econometrics.unit_roots.pooled import ht, llc
from estimation.econometrics.unit_roots.result import UnitRootResult

__all__ = [
    "Infeasible",
    "UnitRootResult",
    "cips",
    "fisher",
    "ht",
    "ips",
    "llc",
    "longest_window",
]
