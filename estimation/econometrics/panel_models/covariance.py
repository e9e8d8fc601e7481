"""The covariance of a formula's column, read as a spec writes it; `inference` has them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.fixed_effects.within import Ints
from living_panel.estimation.econometrics.inference.covariance import Inference
from living_panel.estimation.econometrics.inference.reading import resolve_mapping

Vcov = Inference


@check_arguments
def read_vcov(way: Mapping[str, Any]) -> Inference:
    """Check a covariance as a spec writes it; its label names every cluster.

    Parameters
    ----------
    way : mapping
        Keys cov, correction and df always; cluster, bandwidth, draws or seed where the covariance takes them.

    Returns
    -------
    Inference

    Raises
    ------
    InvalidOption
        Naming the key, its value and what is allowed.
    """
    return resolve_mapping(way, usual=())


@check_arguments
def codes_of(values: pd.Index | pd.Series) -> Ints:
    """Codes 0.. of labels, in sorted order."""
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64)
