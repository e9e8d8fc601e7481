"""The spread of coefficients between units (Pesaran and Smith 1995), which the mean group estimator makes itself."""

from __future__ import annotations

from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.inference.covariance import Covariance

COVARIANCES = (
    Covariance(
        "mean_group", "mean group", ("none",), ("t(N-1)", "normal"), sentences.OF_ITS_ESTIMATOR,
        sentences.OF_ITS_ESTIMATOR, "units", estimators=("mean_group",),
    ),
)  # fmt: skip
