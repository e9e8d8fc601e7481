"""The covariance that an inference names, on arrays or on an engine's sums, or its refusal by a code."""

from __future__ import annotations

from typing import Literal

from living_panel.codes import Sentence
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints, WithinFit
from living_panel.estimation.econometrics.inference.covariance import Estimate, Inference, Moments
from living_panel.estimation.econometrics.inference.reading import resolve
from living_panel.estimation.econometrics.inference.registry import (
    COVARIANCES,
    CovarianceName,
    FactorName,
)
from living_panel.estimation.econometrics.inference.regression_arrays import (
    Regression,
    two_way_regression,
)


@check_arguments
def covariance_on_arrays(regression: Regression, way: Inference) -> Estimate:
    """Covariance of a regression in memory.

    Raises
    ------
    InvalidOption
        For one that belongs to an estimator of its own.
    Infeasible
        For one that the sample cannot carry.
    """
    compute = way.rule.on_arrays
    if isinstance(compute, Sentence):
        raise InvalidOption(compute(label=way.label, allowed=names_on("arrays")))
    return compute(regression, way)


@check_arguments
def two_way_covariance(
    fit: WithinFit, key: Ints, name: CovarianceName, correction: FactorName
) -> Floats:
    """Covariance of a two-way fit by one cluster key, under t(G-1).

    Parameters
    ----------
    fit : WithinFit
        With n rows and k regressors.
    key : ndarray, shape (n,)
        Cluster of each row, codes from 0.
    name : str
        A covariance of the registry with one cluster key.
    correction : str
        A factor that it allows.

    Returns
    -------
    ndarray, shape (k, k)
    """
    way = resolve(cov=name, correction=correction, df="t(G-1)", cluster="unit")
    return covariance_on_arrays(two_way_regression(fit, [key]), way).cov


@check_arguments
def covariance_on_moments(moments: Moments, way: Inference) -> Estimate:
    """Covariance from what an engine sums up.

    Raises
    ------
    InvalidOption
        For one that needs the rows.
    """
    compute = way.rule.on_moments
    if isinstance(compute, Sentence):
        raise InvalidOption(compute(label=way.label, allowed=names_on("moments")))
    return compute(moments, way)


@check_arguments
def require_moments(way: Inference) -> None:
    """Refuse a covariance that an engine does not have, before any scan.

    Raises
    ------
    InvalidOption
        With the code of the covariance.
    """
    if isinstance(refusal := way.rule.on_moments, Sentence):
        raise InvalidOption(refusal(label=way.label, allowed=names_on("moments")))


@check_arguments
def names_on(place: Literal["arrays", "moments"]) -> list[str]:
    """Names of the covariances that are computed on `arrays` or on `moments`."""
    computed = {name: getattr(rule, f"on_{place}") for name, rule in COVARIANCES.items()}
    return [name for name, on in computed.items() if not isinstance(on, Sentence)]
