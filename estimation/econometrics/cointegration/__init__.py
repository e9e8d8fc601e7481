"""Panel cointegration: Kao, Pedroni, Westerlund, Hansen's Lc, and Pesaran's CD of residuals."""

from estimation.econometrics.cointegration.cross_section import CrossSectionResult, pesaran_cd
from estimation.econometrics.cointegration.error_correction import westerlund
from estimation.econometrics.cointegration.residuals import kao, pedroni
from estimation.econometrics.cointegration.results import CointegrationResult
from estimation.econometrics.cointegration.stability import HansenLcResult, hansen_lc

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
