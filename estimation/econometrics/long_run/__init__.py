"""Long-run relations of a panel: FMOLS and DOLS, their bootstrap, and what they are worth."""

from __future__ import annotations

from estimation.econometrics.errors import Infeasible
from estimation.econometrics.long_run.bootstrap import BootstrapResult, bootstrap_std_errors
from estimation.econometrics.long_run.estimators import dols, fmols
from estimation.econometrics.long_run.results import JarqueBera, LongRunResult

__all__ = [
    "BootstrapResult",
    "Infeasible",
    "JarqueBera",
    "LongRunResult",
    "bootstrap_std_errors",
    "dols",
    "fmols",
]
