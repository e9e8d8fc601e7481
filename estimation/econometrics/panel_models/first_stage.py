"""How strong instruments are: the first stage, Cragg and Donald, and a test without a first stage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import stats

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.fixed_effects.within import Floats, least_squares
from living_panel.estimation.econometrics.inference.engines import covariance_on_arrays
from living_panel.estimation.econometrics.inference.reading import resolve
from living_panel.estimation.econometrics.inference.regression_arrays import Regression
from living_panel.estimation.econometrics.panel_models.covariance import Vcov
from living_panel.estimation.econometrics.panel_models.design import Absorbed, ModelDesign
from living_panel.estimation.econometrics.statistic import Name, Statistic


@check_arguments
def numbers(
    design: ModelDesign, effects: Absorbed, regression: Regression, vcov: Vcov
) -> dict[Name, float]:
    """Statistics of the instruments by name.

    `first_stage_f` of the term w tests that the excluded instruments have no effect on w, under the model's own
    covariance; with one endogenous regressor this is Kleibergen and Paap's rk Wald F. `first_stage_f_classical`
    is the same under a classical covariance, `first_stage_partial_r2` the share of w that the excluded
    instruments explain. `cragg_donald` is the least eigenvalue of the first-stage F matrix, to be
    read with Stock and Yogo's table. `anderson_rubin` tests that the endogenous regressors have no
    effect, whatever the strength of the instruments (chi2, `anderson_rubin_p_value`).

    Parameters
    ----------
    design : ModelDesign
        Rows of the model.
    effects : Absorbed
        Effects of the rows.
    regression : Regression
        Of the second stage: its clusters and periods serve the first.
    vcov : Inference
        The model's own covariance.

    Returns
    -------
    dict of str or Statistic to float
    """
    exogenous = effects.net(design.exogenous.to_numpy())
    excluded = effects.net(design.instruments.to_numpy())
    endogenous = effects.net(design.endogenous.to_numpy())
    outcome = effects.net(design.y.to_numpy())
    every, q = np.column_stack([exogenous, excluded]), excluded.shape[1]
    bread = np.asarray(np.linalg.inv(every.T @ every), dtype=np.float64)
    classical = resolve(cov="classical", correction="n-k", df="t(n-k)")
    statistics: dict[Name, float] = {}

    def wald(response: Floats, way: Vcov) -> float:
        """Statistic of the excluded instruments in the regression of a response on all instruments."""
        slopes = least_squares(every, response)
        residuals = response - every @ slopes
        reduced_form = replace(
            regression, x=every, params=slopes, residuals=residuals, bread=bread, has_instruments=False
        )  # fmt: skip
        cov = covariance_on_arrays(reduced_form, way).cov[-q:, -q:]
        return float(slopes[-q:] @ np.linalg.solve(cov, slopes[-q:]))

    for name, column in zip(design.endogenous.columns, endogenous.T, strict=True):
        statistics[Statistic("first_stage_f", str(name))] = wald(column, vcov) / q
        statistics[Statistic("first_stage_f_classical", str(name))] = wald(column, classical) / q
        inner = column - exogenous @ least_squares(exogenous, column) if exogenous.size else column
        left = column - every @ least_squares(every, column)
        share = 1 - float(left @ left / (inner @ inner))
        statistics[Statistic("first_stage_partial_r2", str(name))] = share
    statistics["cragg_donald"] = _cragg_donald(exogenous, excluded, endogenous, effects.parameters)
    test = wald(outcome, vcov)
    statistics["anderson_rubin"] = test
    statistics["anderson_rubin_p_value"] = float(stats.chi2.sf(test, q))
    return statistics


def _cragg_donald(exogenous: Floats, excluded: Floats, endogenous: Floats, absorbed: int) -> float:
    """Least eigenvalue of S^-1/2 W'P W S^-1/2 / q, W and instruments net of the exogenous."""
    w, z = (
        values - exogenous @ least_squares(exogenous, values) if exogenous.size else values
        for values in (endogenous, excluded)
    )
    projected = z @ least_squares(z, w)
    left = w - projected
    free = len(w) - exogenous.shape[1] - z.shape[1] - absorbed
    root = np.linalg.cholesky(np.linalg.inv(left.T @ left / free))
    return float(np.linalg.eigvalsh(root.T @ (w.T @ projected) @ root)[0] / z.shape[1])
