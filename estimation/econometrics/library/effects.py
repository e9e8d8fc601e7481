"""Least squares with unit and period effects, for few clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import Count, OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidData
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.data import (
    LEVELS,
    named_periods,
    read_data,
)
from living_panel.estimation.econometrics.library.equations import Equation, read_equation
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.econometrics.library.ways import KINDS, Cluster, Way, fit_under

TwoWayVcov = Annotated[str, OneOf(tuple(KINDS))]


@check_arguments
def two_way(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: TwoWayVcov = "clustered",
    cluster: str | Sequence[str] | None = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: Count | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> Fit:
    """Least squares with unit and period effects, with inference that holds for few clusters.

    Defaults are those of Stata's `reghdfe y x, absorb(unit time) vce(cluster unit)` (SSC): clusters of units, factor
    G/(G-1) (n-1)/(n-K), t with G-1 degrees. Rows alone in their unit or period are kept; reghdfe drops them.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`; `| unit + time` may follow. Dummies, logs and products as in `ols`.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    vcov : str
        Default `clustered`. `cr2` of Bell and McCaffrey has Satterthwaite's degrees by coefficient, `cr3` is the
        jackknife over clusters, `wild` the restricted wild cluster bootstrap with Rademacher weights. Further
        `classical`, `HC0` to `HC3`, `driscoll_kraay` and `newey_west`.
    cluster : str or sequence of str, optional
        Columns; two for `clustered`. Default: the units.
    correction : str, optional
        Small-sample factor. Default `reghdfe`; `n-k` of `classical`, `HC1` and `newey_west`; none for others.
    df : str, optional
        Distribution of t. Default: as in `ols`.
    bandwidth : int, optional
        Lags of Bartlett's kernel. Default: as in `ols`.
    draws : int, optional
        Of the bootstrap. Default 9,999; all sign vectors are counted where they are not more.
    seed : int, optional
        Of the bootstrap. Default 1.

    Returns
    -------
    Fit
        `vcov` gives the other covariances of the same coefficients.
    """
    way = Way(vcov, cluster, correction, df, bandwidth, draws, seed)
    way.refuse_options()
    panel = read_data(data, unit, time)
    names = way.names(panel)
    also = tuple(name for name in names if name not in (panel.unit, panel.time))
    equation = read_equation(formula, panel, estimator="two_way", also=also, effects=True)
    with named_periods(panel):
        from living_panel.estimation.econometrics.fixed_effects.regression import fit_two_way

        fitted = fit_two_way(equation.y, equation.x)
    return _inferred(fitted, equation, way)


def _again(
    fitted: Any,
    equation: Equation,
    first: Sequence[str],
    kind: str,
    *,
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> Fit:
    """Another covariance of the same coefficients; clusters are those of the first fit where none are given."""
    if cluster is None and KINDS[kind].clusters:
        cluster = [*first] or None
    way = Way(kind, cluster, correction, df, bandwidth, draws, seed)
    way.refuse_options()
    return _inferred(fitted, equation, way)


def _inferred(fitted: Any, equation: Equation, way: Way) -> Fit:
    """One covariance of a two-way fit."""
    from living_panel.estimation.econometrics.fixed_effects.regression import infer
    from living_panel.estimation.econometrics.inference.reading import resolve

    panel = equation.panel
    asked = way.mapping(panel, True)
    names = asked.pop("cluster", [])
    keys = [_cluster_key(name, equation) for name in names] or None
    inference = resolve(**asked, cluster=keys)
    with named_periods(panel):
        result = infer(fitted, inference, exact=None)
    return fit_under(
        result,
        replace(inference, cluster=tuple(names)),
        names,
        chosen={"effects": [panel.unit, panel.time]},
        sample=panel.sample,
        references=[],
        fit_statistics={},
        residuals=pd.Series(fitted.within.residuals, panel.named(fitted.y.index)),
        kinds=tuple(KINDS),
        again=partial(_again, fitted, equation, names),
        title="Least squares with unit and period effects",
        method="two_way",
        formula=equation.text,
    )


def _cluster_key(name: str, equation: Equation) -> str | pd.Series:
    """A cluster as the estimator takes it: a level of its index, or a series over the rows."""
    panel = equation.panel
    if name in (panel.unit, panel.time):
        return LEVELS[name != panel.unit]
    values = panel.frame[name].set_axis(equation.y.index)
    if values.isna().any():
        raise InvalidData(codes.MISSING_KEY(name=name, count=int(values.isna().sum())))
    return pd.Series(np.unique(values.astype(str), return_inverse=True)[1], values.index, name=name)
