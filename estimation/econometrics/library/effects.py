"""Regressions with unit and period effects: least squares for few clusters, and Poisson."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidData, InvalidOption
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.data import (
    LEVELS,
    PanelData,
    named_periods,
    read_data,
)
from living_panel.estimation.econometrics.library.equations import Equation, read_equation
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table

DRAWS, SEED = 9_999, 1
KINDS = {
    "clustered": "clustered",
    "cr3": "cr3:jackknife",
    "wild": "wild_cluster_bootstrap:rademacher",
}
"""Covariances of two-way regressions by their short names."""
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
    draws: int | None = None,
    seed: int | None = None,
) -> Fit:
    """Least squares with unit and period effects, with inference that holds for few clusters.

    Defaults are those of Stata's `reghdfe y x, absorb(unit time) vce(cluster unit)`: clusters of units, factor
    G/(G-1) (n-1)/(n-K), t with G-1 degrees. Rows alone in their unit or period are kept; reghdfe drops them.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`; `| unit + time` may follow. Dummies, logs and products as in `ols`.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    vcov : {"clustered", "cr3", "wild"}
        Default `clustered`. `cr3` is the jackknife over clusters, `wild` the restricted wild cluster
        bootstrap with Rademacher weights.
    cluster : str or sequence of str, optional
        Columns; two for `clustered`. Default: the units.
    correction : {"reghdfe", "none"}, optional
        Small-sample factor. Default `reghdfe`; `none` with `cr3`, which is a correction itself.
    draws : int, optional
        Of the bootstrap. Default 9,999; all sign vectors are counted where they are not more.
    seed : int, optional
        Of the bootstrap. Default 1.

    Returns
    -------
    Fit
        `vcov` gives the other covariances of the same coefficients.
    """
    panel = read_data(data, unit, time)
    names = _cluster_names(cluster, panel)
    also = tuple(name for name in names if name not in (panel.unit, panel.time))
    equation = read_equation(formula, panel, estimator="two_way", also=also, effects=True)
    with named_periods(panel):
        from living_panel.estimation.econometrics.fixed_effects.regression import fit_two_way

        fitted = fit_two_way(equation.y, equation.x)

    again = partial(
        _inferred, fitted, equation, cluster=names, correction=correction, draws=draws, seed=seed
    )
    return again(vcov)


@check_arguments
def ppml(formula: str, data: Any, *, unit: str | None = None, time: str | None = None) -> Fit:
    """Poisson pseudo-maximum likelihood with unit and period effects; elasticities where regressors are logs.

    Defaults are those of Stata's `ppmlhdfe y x, absorb(unit time) vce(cluster unit)`: clusters of units, factor
    G/(G-1) (n-1)/(n-K), normal distribution. Zeros without a finite estimate are refused; ppmlhdfe drops them.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`, y in levels and not negative.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.

    Returns
    -------
    Fit
    """
    panel = read_data(data, unit, time)
    equation = read_equation(formula, panel, estimator="ppml", also=(), effects=True)
    with named_periods(panel):
        from living_panel.estimation.econometrics.robustness import ppml as estimator

        found = estimator.ppml(equation.y, equation.x)
    left_out = f"left out, all outcomes are zero: {', '.join(found.dropped)}"
    residuals = equation.y.loc[found.fitted.index] - found.fitted
    return Fit(
        title="Poisson pseudo-maximum likelihood with unit and period effects",
        table=coefficient_table(found.params, found.std_errors, float("inf")),
        choices={
            "effects": [panel.unit, panel.time],
            "covariance": "clustered",
            "cluster": [panel.unit],
            "correction": "reghdfe: G/(G-1) (n-1)/(n-K)",
            "distribution": "normal",
            "sample": equation.panel.sample,
        },
        notes=(left_out,) if found.dropped else (),
        references=("ppml", "clustered"),
        raw=found,
        method="ppml",
        formula=formula,
        inference=f"clustered({panel.unit}):reghdfe:normal",
        cov=found.cov,
        residuals=residuals.set_axis(equation.panel.named(residuals.index)),
        kinds=("clustered",),
    )


def _inferred(
    fitted: Any,
    equation: Equation,
    kind: str,
    *,
    cluster: str | Sequence[str] | None,
    correction: str | None,
    draws: int | None,
    seed: int | None,
) -> Fit:
    """One covariance of a two-way fit."""
    from living_panel.estimation.econometrics.fixed_effects.regression import infer
    from living_panel.estimation.econometrics.inference.reading import resolve

    panel, wild = equation.panel, kind == "wild"
    names = _cluster_names(cluster, panel)
    for option, value in (("draws", draws), ("seed", seed)):
        if value is not None and not wild:
            raise InvalidOption(codes.OPTION_WITHOUT_MEANING(option=option, given=f"vcov={kind!r}"))
    way = resolve(
        cov=KINDS[kind],
        correction=correction or ("none" if kind == "cr3" else "reghdfe"),
        df="none" if wild else "t(G-1)",
        cluster=[_cluster_key(name, equation) for name in names],
        draws=(draws or DRAWS) if wild else None,
        seed=(SEED if seed is None else seed) if wild else None,
    )
    with named_periods(panel):
        found = infer(fitted, way, exact=None)
    factor = {"reghdfe": "reghdfe: G/(G-1) (n-1)/(n-K)"}.get(way.correction, way.correction)
    df = float(found.df.iloc[0])
    label = ":".join(
        part
        for part in (f"{way.family}({'+'.join(names)})", *way.cov.split(":")[1:],
                     way.correction if kind == "clustered" else "", "" if wild else way.df)
        if part
    )  # fmt: skip
    references = ("two_keys",) if len(names) == 2 else (kind,)
    return Fit(
        title="Least squares with unit and period effects",
        table=coefficient_table(found.params, found.std_errors, df, found.t_stats, found.p_values),
        choices={
            "effects": [panel.unit, panel.time],
            "covariance": way.cov,
            "cluster": names,
            "clusters": found.n_clusters,
            "correction": factor,
            "distribution": "bootstrap" if wild else "t(G-1)",
            "draws": way.draws,
            "seed": way.seed,
            "sample": panel.sample,
        },
        notes=found.notes,
        references=references,
        raw=found,
        method="two_way",
        formula=equation.text,
        inference=label,
        df=df,
        cov=found.cov,
        fit_statistics={f"R² {name}": value for name, value in found.r_squared.items()},
        residuals=pd.Series(fitted.within.residuals, panel.named(fitted.y.index)),
        n_clusters=found.n_clusters,
        kinds=tuple(KINDS),
        again=partial(
            _inferred, fitted, equation, cluster=names, correction=None, draws=None, seed=None
        ),
        intervals=found.conf_int,
    )


def _cluster_names(cluster: str | Sequence[str] | None, panel: PanelData) -> list[str]:
    """Names of the cluster columns; the units by default."""
    given = panel.unit if cluster is None else cluster
    names = [*given] if isinstance(given, list | tuple) else [given]
    for name in names:
        if name not in panel.frame and name not in (panel.unit, panel.time):
            columns = [*map(str, panel.frame.columns)]
            raise InvalidData(codes.UNKNOWN_KEY(name=name, columns=columns))
    return [str(name) for name in names]


def _cluster_key(name: str, equation: Equation) -> str | pd.Series:
    """A cluster as the estimator takes it: a level of its index, or a series over the rows."""
    panel = equation.panel
    if name in (panel.unit, panel.time):
        return LEVELS[name != panel.unit]
    values = panel.frame[name].set_axis(equation.y.index)
    if values.isna().any():
        raise InvalidData(codes.MISSING_KEY(name=name, count=int(values.isna().sum())))
    return pd.Series(np.unique(values.astype(str), return_inverse=True)[1], values.index, name=name)
