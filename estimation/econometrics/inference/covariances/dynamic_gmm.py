"""Errors of difference and system GMM, robust within units; two steps have Windmeijer's (2005) correction."""

from __future__ import annotations

from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.inference.covariance import Covariance

COVARIANCES = (
    Covariance(
        "robust", "robust", ("none", "windmeijer"), ("normal",), sentences.OF_ITS_ESTIMATOR, sentences.OF_ITS_ESTIMATOR,
        "units", printed_as="robust", shows_correction=True, estimators=("difference_gmm", "system_gmm"),
    ),
)  # fmt: skip
