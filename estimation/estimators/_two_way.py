"""Least squares with unit and year effects, for few clusters: coefficients, and one inference after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fit import Constant, RegressionFit
from living_panel.estimation.econometrics.fixed_effects import wild_bootstrap
from living_panel.estimation.econometrics.fixed_effects.exact_wild import ExactRule, apply_rule
from living_panel.estimation.econometrics.fixed_effects.regression_data import (
    check_frame,
    checked_fit,
    cluster_codes,
    row_codes,
    singleton_rows,
)
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    WildTest,
    wild_tests,
)
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    WithinFit,
    demean_by_unit,
    lengths,
    two_way_effects,
)
from living_panel.estimation.econometrics.inference.covariance import (
    ClusterKey,
    Estimate,
    Inference,
)
from living_panel.estimation.econometrics.inference.engines import covariance_on_arrays
from living_panel.estimation.econometrics.inference.reading import resolve
from living_panel.estimation.econometrics.inference.regression_arrays import two_way_regression
from living_panel.estimation.econometrics.inference.rows import FEWEST_FOR_ERROR, MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.inference.sums import nearest_psd
from living_panel.estimation.econometrics.optional import needed_for
from living_panel.estimation.econometrics.row_names import UNIT

AGREEMENT = 1e-6  # standard errors by which linearmodels and the closed form may differ
DELICATE = 1e5  # times that rounding is enlarged, from which on linearmodels must agree


@dataclass(frozen=True)
class FixedEffectsFit:
    """Coefficients and everything inference needs, before any covariance is chosen; rows are sorted by unit and period.

    `singletons` are rows alone in their unit or year (found repeatedly), kept. `left_out` has the shifts of the
    coefficients without each unit, shape (N, k), of a regressor made from the sample, which is made again without it.
    """

    y: pd.Series
    x: pd.DataFrame
    within: WithinFit
    singletons: int
    r_squared: Mapping[str, float]
    left_out: Floats | None = None


def two_way(
    y: pd.Series,
    x: pd.DataFrame,
    *,
    cov: str,
    correction: str,
    df: str,
    cluster: ClusterKey | Sequence[ClusterKey] | None = None,
    bandwidth: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> RegressionFit:
    """Regression y_it = x_it'b + a_i + d_t + u_it over a (unit, period) index, under one inference."""
    way = resolve(
        cov=cov, correction=correction, df=df, cluster=cluster, bandwidth=bandwidth, draws=draws,
        seed=seed, usual=(UNIT, str(y.index.names[0])),
    )  # fmt: skip
    return infer(fit_two_way(y, x), way, exact=None)


def fit_two_way(y: pd.Series, x: pd.DataFrame) -> FixedEffectsFit:
    """Coefficients of the two-way regression in closed form.

    linearmodels computes the coefficients a second time, and they must agree, where a regressor hardly varies
    within the effects or is nearly a combination of others.
    """
    check_frame(y, x)
    rows = y.index
    assert isinstance(rows, pd.MultiIndex)
    if not rows.is_monotonic_increasing:
        order = rows.sortlevel([0, 1])[1]
        y, x = y.iloc[order], x.iloc[order]
    y, x = y.astype(np.float64), x.astype(np.float64)
    effects = two_way_effects(*row_codes(y.index))
    within = checked_fit(effects, y, x)
    if _is_delicate(within, x):
        _check_agreement(within, y, x)
    return FixedEffectsFit(
        y, x, within, int(singleton_rows(y.index).sum()), _r_squared(within, y, x)
    )


def _is_delicate(within: WithinFit, x: pd.DataFrame) -> bool:
    """Whether rounding may reach the digits that results are compared by."""
    size = lengths(within.x)
    inside = lengths(x.to_numpy() - x.to_numpy().mean(axis=0)) / size
    # the condition number of a cross-product is the square of that of its columns
    condition = np.sqrt(np.linalg.cond(within.bread * np.outer(size, size)))
    return bool(max(inside.max(), condition) > DELICATE)


def _check_agreement(within: WithinFit, y: pd.Series, x: pd.DataFrame) -> None:
    """Refuse coefficients that linearmodels computes otherwise."""
    with needed_for("a regressor that hardly varies within the effects", "linearmodels"):
        from linearmodels.panel import PanelOLS
        from linearmodels.panel.utility import AbsorbingEffectError

    effects = within.effects
    rows = pd.MultiIndex.from_arrays([effects.unit, effects.time])
    # Grand means come off first, and columns are of like size: linearmodels takes a column whose variation is
    # tiny against its level, or against others, for absorbed.
    size = lengths(within.x)
    outcome, others = (y - y.mean()).set_axis(rows), ((x - x.mean()) / size).set_axis(rows)
    model = PanelOLS(outcome, others, entity_effects=True, time_effects=True)
    try:
        params = np.asarray(model.fit().params, dtype=np.float64) / size
    except AbsorbingEffectError as error:
        least = others.columns[int(np.argmax((others**2).sum(axis=0)))]
        raise Infeasible(
            Code.ABSORBED(
                "{least} has almost no variation left after the effects are removed",
                "leave this regressor out",
                least=least,
            )
        ) from error
    variance = within.residuals @ within.residuals / y.size
    scale = np.sqrt(np.diag(within.bread) * variance)
    gap = np.abs(params - within.params)
    if (gap > AGREEMENT * np.maximum(scale, 1e-8 * np.abs(params))).any():
        worst = x.columns[int(np.argmax(gap / np.maximum(scale, 1e-300)))]
        raise Infeasible(
            Code.COLLINEAR(
                "two computations of the same coefficients differ, most for {worst}: the "
                "regressors are almost collinear",
                "leave one of them out, or rescale it",
                worst=worst,
            )
        )


def infer(
    fit: FixedEffectsFit,
    way: Inference,
    nulls: Mapping[str, Sequence[float]] = {},
    *,
    exact: ExactRule | None,
) -> RegressionFit:
    """One named way of inference on a fit.

    `nulls` are values of a coefficient that are tested besides zero; the bootstrap draws enough for them too. `exact`
    names its tests that are counted over all sign vectors; with None those of few clusters alone.
    """
    within, rows = fit.within, fit.y.index
    clusters = [cluster_codes(rows, key) for key in way.cluster]
    groups = min((int(key.max()) + 1 for key in clusters), default=FEWEST_FOR_ERROR)
    if groups < FEWEST_FOR_ERROR:
        # scores add up to zero, and those of two units or years are the same: an error of zero
        raise Infeasible(
            Code.SAMPLE_CLUSTERS(
                "a clustered standard error needs at least three clusters, but there are {groups}",
                "cluster by a key with three or more values",
                groups=groups,
            )
        )
    periods = [int(label) for label in rows.unique(1).sort_values()] if way.bandwidth else []
    regression = two_way_regression(
        within, clusters, periods, with_mean=True, left_out=fit.left_out
    )
    estimate = covariance_on_arrays(regression, way)
    tests: dict[str, WildTest] = {}
    if way.rule.is_bootstrap:
        tests = wild_tests(within, clusters[0], [*map(str, fit.x.columns)], way, nulls)
        if exact is not None and groups >= MINIMUM_CLUSTERS:
            tests = {
                term: apply_rule(test, term, exact, (0.0, *nulls.get(term, ())))
                for term, test in tests.items()
            }
    return assembled(
        way,
        pd.Series(within.params, fit.x.columns),
        np.append(fit.y.mean(), fit.x.to_numpy().mean(axis=0)),
        estimate,
        tests,
        singletons=fit.singletons,
        blocks=within.effects.blocks,
        n_obs=int(fit.y.size),
        n_units=within.effects.n_units,
        n_periods=within.effects.n_periods,
        r_squared=fit.r_squared,
        residuals=pd.Series(within.residuals, rows),
    )


def assembled(
    way: Inference,
    params: pd.Series,
    means: Floats,
    covariance: Estimate,
    tests: Mapping[str, WildTest],
    *,
    singletons: int,
    blocks: int,
    **sizes: Any,
) -> RegressionFit:
    """The result from its parts, whatever engine made them.

    `covariance` is of the slopes and of the outcome's mean, m = k + 1, not repaired; `means` (m,) are those of the
    outcome, then of the regressors. `blocks` are disconnected components. `sizes`: n_obs, n_units, n_periods, r_squared
    and residuals.
    """
    terms, slopes = params.index, params.to_numpy()
    k, joint, groups = slopes.size, covariance.cov, covariance.groups
    cov, repaired = nearest_psd(joint[:k, :k])
    joint = nearest_psd(joint)[0]  # the constant's variance stays non-negative too
    border = np.append(-means[1:], 1.0)
    estimate = float(means[0] - means[1:] @ slopes)
    error = float(np.sqrt(max(float(border @ joint @ border), 0.0)))
    df = (
        covariance.df if np.ndim(covariance.df) == 0 else np.nan
    )  # the constant has none of its own
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(np.float64(estimate) / error)
    p_value = (
        float(2 * scipy.stats.t.sf(abs(statistic), df)) if groups >= MINIMUM_CLUSTERS else np.nan
    )
    notes = []
    if repaired:
        notes.append("the two-way covariance was not positive semi-definite and was repaired")
    if groups < MINIMUM_CLUSTERS:
        notes.append(
            f"{groups} {way.rule.groups}: too few for a p-value or an interval (six needed)"
        )
    else:
        notes += wild_bootstrap.notes(tests)
    if singletons:
        notes.append(f"{singletons} singleton row(s) kept")
    if blocks > 1:
        notes.append(f"the panel falls into {blocks} blocks that never meet")

    return RegressionFit(
        way=way,
        params=params.rename("estimate"),
        cov=pd.DataFrame(cov, index=terms, columns=terms),
        df=pd.Series(covariance.df, terms, dtype="float64", name="df"),
        n_clusters=groups,
        outcome_mean=float(means[0]),
        tests=tests,
        singletons=singletons,
        constant=Constant(estimate, error, statistic, float(df), p_value),
        minimum_clusters=MINIMUM_CLUSTERS,
        notes=tuple(notes),
        **sizes,
    )


def _r_squared(within: WithinFit, y: pd.Series, x: pd.DataFrame) -> dict[str, float]:
    """Four kinds of R², with two readings of "overall", and that of the effects alone.

    `within_two_way` is 1 - RSS/Σ(y demeaned both ways)². `within_xtreg` is 1 - RSS/Σ(y - ȳ_i)², year
    dummies counted as regressors (Stata's `xtreg, fe`). `overall` is the squared correlation of y and
    x'b, effects left out (Stata). `overall_uncentred` is 1 - Σ(y - x'b)²/Σy² (linearmodels without a
    constant). `inclusive` is 1 - RSS/Σ(y - ȳ)² of the regression with all dummies. `effects_alone` is
    the same without regressors.
    """
    level = y.to_numpy()
    rss = float(within.residuals @ within.residuals)
    total = float(((level - level.mean()) ** 2).sum())
    by_unit = demean_by_unit(within.effects, level)
    alone = float(within.y @ within.y)
    index = x.to_numpy() @ within.params
    return {
        "within_two_way": 1 - rss / alone,
        "within_xtreg": 1 - rss / float(by_unit @ by_unit),
        "overall": float(np.corrcoef(level, index)[0, 1] ** 2),
        "overall_uncentred": 1 - float(((level - index) ** 2).sum() / (level**2).sum()),
        "inclusive": 1 - rss / total,
        "effects_alone": 1 - alone / total,
    }
