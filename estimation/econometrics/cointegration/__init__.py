"""Panel cointegration: Kao, Pedroni, Westerlund, Hansen's Lc, and Pesaran's CD of residuals.

The tests take a balanced panel `y` and regressors `x` by name: wide frames with rows = periods in order
and columns = units. The options are `trend` {"c", "ct"}, the deterministics of each unit; `bandwidth` of Bartlett's
kernel; `demean`, whether each period's mean over units is subtracted. They raise `Infeasible`, with the
counts and the remedy, for too few rows and for ragged, gapped or degenerate panels.
"""

from living_panel.estimation.econometrics.cointegration.cross_section import (
    CrossSectionResult,
    pesaran_cd,
)
from living_panel.estimation.econometrics.cointegration.error_correction import westerlund
from living_panel.estimation.econometrics.cointegration.residuals import kao, pedroni
from living_panel.estimation.econometrics.cointegration.results import CointegrationResult
from living_panel.estimation.econometrics.cointegration.stability import HansenLcResult, hansen_lc

__all__ = [
    "CointegrationResult",
    "CrossSectionResult",
    "HansenLcResult",
    "hansen_lc",
    "kao",
    "pedroni",
    "pesaran_cd",
    "westerlund",
]
