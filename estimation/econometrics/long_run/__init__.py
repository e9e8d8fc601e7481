"""Long-run relations of a panel: FMOLS and DOLS, their bootstrap, and what they are worth.

Belongs here: the public names. The work is in the modules beside.
"""

from __future__ import annotations

from estimation.econometrics.long_run.bootstrap import BootstrapResult, bootstrap_std_errors
from estimation.econometrics.long_run.estimators import dols, fmols
from estimation.econometrics.long_run.results import JarqueBera, LongRunResult
from estimation.econometrics.long_run.sizes import in_words, size_table, true_rate
from estimation.econometrics.long_run.wide_panel import Infeasible

__all__ = [
    "BootstrapResult",
    "Infeasible",
    "JarqueBera",
    "LongRunResult",
    "bootstrap_std_errors",
    "dols",
    "fmols",
    "in_words",
    "size_table",
    "true_rate",
]
