"""Local projections: the response of an outcome to a shock, horizon by horizon, with joint inference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import Correction, Count, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects import covariances
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import neighbours
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.inference.sums import cluster_sums
from living_panel.estimation.econometrics.library.data import named_periods, read_data
from living_panel.estimation.econometrics.library.equations import read_equation
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table
from living_panel.estimation.estimators import _two_way


@check_arguments
def local_projections(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    horizons: Count = 8,
    lags: Count = 0,
    cumulative: bool = False,
    correction: Correction = "reghdfe",
) -> Fit:
    r"""Regressions of y at t + h on the first regressor at t, with unit and period effects (Jordà 2005).

    .. math:: y_{i,t+h} = b_h x_{it} + w_{it}'c_h + a_{ih} + d_{th} + u_{it,h}, \quad h = 0, \dots, H

    The default of eight steps is that of Stata's `lpirf` ([TS] lpirf). Errors are clustered by unit over all horizons
    together, with reghdfe's factor and t(G-1): `wald` tests horizons jointly. Each horizon takes the rows that it has.
    A lead or lag over a missing period is missing.

    Parameters
    ----------
    formula : str
        `y ~ shock + controls`; the response to the first regressor is returned.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    horizons : int
        Last horizon H. Default 8.
    lags : int
        Lags of the outcome and of the shock as further controls. Default 0.
    cumulative : bool
        Take y at t + h less y at t - 1. Default False.
    correction : {"none", "reghdfe"}
        Small-sample factor. Default `reghdfe`.

    Returns
    -------
    Fit
        Terms are horizons; `cov` is joint. `raw` has the two-way fit of each horizon.
    """
    panel = read_data(data, unit, time)
    equation = read_equation(formula, panel, estimator="local_projections", also=(), effects=True)
    y, x = equation.y.rename("y"), equation.x
    frame = x.assign(**{"\0y": y})
    first = [x.columns[0], "\0y"]
    lagged = [neighbours(frame[first], -j).add_suffix(f" (lag {j})") for j in range(1, lags + 1)]
    right = pd.concat([x, *lagged], axis=1)
    before = neighbours(frame[["\0y"]], -1)["\0y"] if cumulative else 0.0
    labels = y.index.get_level_values(0).unique()
    fits, sums = [], np.zeros((len(labels), horizons + 1))
    for h in range(horizons + 1):
        left = (neighbours(frame[["\0y"]], h)["\0y"] - before).rename("y")
        rows = (left.notna() & right.notna().all(axis=1)).to_numpy()
        if not rows.any():
            raise Infeasible(
                Code.SAMPLE_SMALL(
                    "no row has an outcome {horizon} periods later",
                    "use fewer horizons or lags",
                    horizon=h,
                )
            )
        with named_periods(panel):
            fit = _two_way.fit_two_way(left[rows], right[rows])
        within = fit.within
        groups = np.asarray(labels.get_indexer(fit.y.index.get_level_values(0)), dtype=np.int64)
        present, positions = np.unique(groups, return_inverse=True)
        parameters = covariances.reghdfe_parameters(within, [positions.ravel()])
        factor = covariances.cluster_factor(correction, len(fit.y), parameters, len(present))
        scores = cluster_sums(within.x * within.residuals[:, None], positions.ravel())
        sums[present, h] = np.sqrt(factor) * (scores @ within.bread)[:, 0]
        fits.append(fit)
    n_clusters = min(fit.within.effects.n_units for fit in fits)
    if n_clusters < MINIMUM_CLUSTERS:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "a horizon has {count} units, but {needed} are needed",
                "use fewer horizons, or more units",
                count=n_clusters,
                needed=MINIMUM_CLUSTERS,
            )
        )
    terms = pd.RangeIndex(horizons + 1, name="horizon")
    cov = sums.T @ sums
    params = pd.Series([float(fit.within.params[0]) for fit in fits], terms)
    errors, df = pd.Series(np.sqrt(np.diag(cov)), terms), float(n_clusters - 1)
    return Fit(
        title=f"Local projections: response to {x.columns[0]}",
        table=coefficient_table(params, errors, df),
        choices={
            "shock": str(x.columns[0]),
            "effects": [panel.unit, panel.time],
            "lags": lags,
            "cumulative": cumulative,
            "covariance": "clustered, joint over horizons",
            "cluster": [panel.unit],
            "correction": correction,
            "distribution": "t(G-1)",
            "rows_by_horizon": [len(fit.y) for fit in fits],
            "sample": equation.panel.sample,
        },
        references=("local_projections", "clustered"),
        raw=tuple(fits),
        method="local_projections",
        formula=formula,
        inference=f"clustered({panel.unit}):{correction}:t(G-1)",
        df=df,
        cov=pd.DataFrame(cov, terms, terms),
        n_clusters=n_clusters,
        kinds=("clustered",),
    )
