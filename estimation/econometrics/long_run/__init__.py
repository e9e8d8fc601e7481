"""Long-run relations of a panel: FMOLS and DOLS, and their bootstrap."""

from living_panel.estimation.econometrics.long_run.bootstrap import bootstrap_std_errors
from living_panel.estimation.econometrics.long_run.estimators import dols, fmols

__all__ = ["bootstrap_std_errors", "dols", "fmols"]
