"""Two-way fixed-effects regression of a provincial panel: the public front of the family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS

from estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from estimation.econometrics.fixed_effects import covariances, wild_bootstrap
from estimation.econometrics.fixed_effects.inference import (
    MINIMUM_CLUSTERS,
    ClusterKey,
    Inference,
    resolve,
    resolve_mapping,
)
from estimation.econometrics.fixed_effects.regression_data import (
    check_frame,
    check_rank,
    cluster_codes,
    codes,
    singleton_rows,
)
from estimation.econometrics.fixed_effects.result import (
    Constant,
    FixedEffectsResult,
    WaldTest,
    survival,
)
from estimation.econometrics.fixed_effects.wild_bootstrap import wild_draws, wild_test
from estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    TwoWayEffects,
    WithinFit,
    demean_by_unit,
    fit_within,
    two_way_effects,
)

__all__ = [
    "FixedEffectsFit",
    "FixedEffectsResult",
    "Infeasible",
    "InvalidData",
    "InvalidOption",
    "WaldTest",
    "fit_two_way",
    "infer",
    "inference_rows",
    "two_way",
]

AGREEMENT = 1e-6  # standard errors by which linearmodels and the closed form may differ


@dataclass(frozen=True)
class FixedEffectsFit:
    """Coefficients and everything inference needs, before any covariance is chosen.

    Attributes
    ----------
    y : pandas.Series
        Outcome of the rows used, sorted by (province_code, year).
    x : pandas.DataFrame
        Regressors of the same rows.
    within : WithinFit
        Demeaned data, coefficients of linearmodels, residuals.
    rows : pandas.MultiIndex
        The rows used, in the order the caller gave.
    singletons : int
        Rows that are alone in their province or year (found repeatedly), kept or dropped.
    dropped : tuple of (row, reason)
        Rows left out, by their index.
    r_squared : mapping
        `within_two_way`, `within_xtreg`, `overall`, `overall_uncentred`, `inclusive`, and
        `effects_alone`.
    left_out : ndarray, shape (N, k), optional
        Shifts of the coefficients without each province where a regressor is made from the sample
        and has to be made anew without it; CR3 by province takes them.
    """

    y: pd.Series
    x: pd.DataFrame
    within: WithinFit
    rows: pd.MultiIndex
    singletons: int
    dropped: tuple[tuple[tuple[str, int], str], ...]
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
    kernel: str | None = None,
    bandwidth: float | None = None,
    draws: int | None = None,
    seed: int | None = None,
    group_debias: bool = False,
    singletons: str = "keep",
) -> FixedEffectsResult:
    """Regression of y on x with province and year effects: y_it = x_it'b + a_i + d_t + u_it.

    Parameters
    ----------
    y : pandas.Series
        Over a (province_code, year) MultiIndex, balanced or not.
    x : pandas.DataFrame
        Regressors over the same rows, without a constant.
    cov : str
        `classical`, `hc0`, `hc1`, `hc3` (leverage of the regression with dummies, as sandwich on
        lm), `hc3:plm` (leverage of the demeaned regressors, as plm), `clustered`,
        `driscoll_kraay`, `cr2`, `cr3:jackknife`, `cr3:clubsandwich`, `cr3:pyfixest`,
        `wild_cluster_bootstrap:rademacher`, `wild_cluster_bootstrap:webb`.
    correction : str
        `none`, `linearmodels` n/(n-k-K), `reghdfe` G/(G-1) (n-1)/(n-k-T), `plm_sss`
        G/(G-1) (n-1)/(n-k). `none` for the hc0, hc3, cr2, cr3 families, which are corrections
        themselves. For the bootstrap it scales only the printed standard error.
    df : str
        `normal`, `t(G-1)`, `t(n-k-K)`, `satterthwaite` (cr2), `none` (bootstrap).
    cluster : str or Series, or two of them
        `province_code`, `year`, or a series over the same rows.
    kernel, bandwidth
        Driscoll-Kraay: `bartlett`, `parzen`, `quadratic-spectral`; lags.
    draws, seed
        Bootstrap: Rademacher is enumerated when 2^G <= draws.
    group_debias : bool
        With `correction="linearmodels"`: times G/(G-1) (n-1)/n.
    singletons : {"keep", "drop"}
        Rows alone in their province or year; counted either way.

    Returns
    -------
    FixedEffectsResult

    Raises
    ------
    InvalidOption
        Options that do not go together; the text lists those that do.
    InvalidData
        Empty, unsorted out of alignment, duplicate, missing, infinite or absorbed data, by name.
    Infeasible
        Too few rows for the parameters, or a covariance the sample cannot carry.

    Notes
    -----
    Formulas of each covariance are in `estimation.econometrics.fixed_effects.covariances`; K = N + T - 1.
    """
    way = resolve(
        cov=cov,
        correction=correction,
        df=df,
        cluster=cluster,
        kernel=kernel,
        bandwidth=bandwidth,
        draws=draws,
        seed=seed,
        group_debias=group_debias,
    )
    return infer(fit_two_way(y, x, singletons=singletons), way)


def inference_rows(
    y: pd.Series,
    x: pd.DataFrame,
    ways: Sequence[Mapping[str, Any]],
    *,
    level: float = 0.95,
    singletons: str = "keep",
) -> pd.DataFrame:
    """Rows of results, one for each way of inference and term, in the order of `ways`.

    Parameters
    ----------
    y, x
        As in `two_way`.
    ways : sequence of mapping
        As in a spec: `{cov: clustered, cluster: [province_code], correction: reghdfe,
        df: "t(G-1)"}`.
    level : float
        Of the intervals.
    singletons : {"keep", "drop"}

    Returns
    -------
    pandas.DataFrame
        `INFERENCE_COLUMNS`; the notes of the results in `attrs["notes"]`, by label.
    """
    resolved = [resolve_mapping(way) for way in ways]
    labels = [way.label for way in resolved]
    double = sorted({label for label in labels if labels.count(label) > 1})
    if double or not labels:
        raise InvalidOption(f"ways of inference: each once and at least one; repeated: {double}.")
    fit = fit_two_way(y, x, singletons=singletons)
    results = [infer(fit, way) for way in resolved]
    out = pd.concat([result.to_frame(level) for result in results], ignore_index=True)
    out.attrs["notes"] = {result.label: list(result.notes) for result in results}
    return out


def fit_two_way(y: pd.Series, x: pd.DataFrame, *, singletons: str = "keep") -> FixedEffectsFit:
    """Coefficients of the two-way regression, by linearmodels; parameters as in `two_way`."""
    if singletons not in ("keep", "drop"):
        raise InvalidOption(f"singletons={singletons!r}. Allowed: keep, drop.")
    check_frame(y, x)
    rows = y.index
    assert isinstance(rows, pd.MultiIndex)
    order = rows.sortlevel([0, 1])[1]
    y, x = y.iloc[order].astype(np.float64), x.iloc[order].astype(np.float64)
    alone = singleton_rows(y.index)
    dropped: tuple[tuple[tuple[str, int], str], ...] = ()
    if singletons == "drop" and alone.any():
        reason = "alone in its province or year"
        dropped = tuple((row, reason) for row in y.index[alone])
        rows = rows[~rows.isin(y.index[alone])]
        y, x = y[~alone], x[~alone]
        if not len(y):
            raise InvalidData("no rows are left once singletons are dropped. Remedy: more years.")
    effects = two_way_effects(*codes(y.index))
    check_rank(effects, y, x)
    within = _least_squares(effects, y, x)
    kinds = _r_squared(within, y, x)
    return FixedEffectsFit(y, x, within, rows, int(alone.sum()), dropped, kinds)


def _least_squares(effects: TwoWayEffects, y: pd.Series, x: pd.DataFrame) -> WithinFit:
    # Grand means come off first: linearmodels takes a column whose variation is tiny beside its
    # level for a constant, and then returns another coefficient without a word.
    model = PanelOLS(y - y.mean(), x - x.mean(), entity_effects=True, time_effects=True)
    params = np.asarray(model.fit(cov_type="unadjusted", debiased=True).params, dtype=np.float64)
    outcome, regressors = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    within = fit_within(effects, outcome, regressors, params)
    closed = fit_within(effects, outcome, regressors)
    scale = np.sqrt(np.diag(closed.bread) * (closed.residuals @ closed.residuals) / y.size)
    gap = np.abs(params - closed.params)
    if (gap > AGREEMENT * np.maximum(scale, 1e-8 * np.abs(params))).any():
        worst = x.columns[int(np.argmax(gap / np.maximum(scale, 1e-300)))]
        raise Infeasible(
            f"two computations of the same coefficients differ, most for {worst}: the regressors "
            "are too close to collinear for double precision. Remedy: leave one out or rescale."
        )
    return within


def infer(fit: FixedEffectsFit, way: Inference) -> FixedEffectsResult:
    """One named way of inference on a fit."""
    within = fit.within
    clusters, groups = _clusters(fit, way)
    adjusted: Floats | None = None
    if way.family == "cr2":
        parts = covariances.cr2(within, clusters[0])
        joint, adjusted = _bordered(parts.cov), parts.adjusted
    elif way.family == "cr3":
        by_province = isinstance(way.cluster[0], str) and way.cluster[0] == fit.y.index.names[0]
        anew = fit.left_out if by_province else None
        form = way.cov.partition(":")[2]
        joint = _bordered(covariances.cr3(within, clusters[0], form, shifts=anew))
    else:
        joint = _sandwich(fit, way, clusters)
    k = len(fit.x.columns)
    cov, repaired = covariances.nearest_psd(joint[:k, :k])
    joint = covariances.nearest_psd(joint)[0]  # the constant's variance stays non-negative too
    notes: list[str] = []
    details: dict[str, Any] = {
        "inference": way,
        "df_resid": fit.y.size - k - within.effects.absorbed,
        "absorbed": within.effects.absorbed,
    }
    if way.family == "wild_cluster_bootstrap":
        _bootstrap(fit, way, clusters[0], details)
    if repaired:
        notes.append("the two-way covariance was not positive semi-definite and was repaired")
    few = groups is not None and groups < MINIMUM_CLUSTERS
    if few:
        kind = "years" if way.family == "driscoll_kraay" else "clusters"
        notes.append(f"{groups} {kind}: too few for a p-value or an interval (six needed)")
    else:
        notes += wild_bootstrap.notes(details)
    if fit.singletons:
        state = "dropped" if fit.dropped else "kept"
        notes.append(f"{fit.singletons} singleton row(s) {state}")
    if within.effects.blocks > 1:
        notes.append(f"the panel falls into {within.effects.blocks} blocks that never meet")
    details["notes"] = tuple(notes)
    return _assemble(fit, way, cov, joint, groups, repaired, adjusted, clusters, details)


def _assemble(
    fit: FixedEffectsFit,
    way: Inference,
    cov: Floats,
    joint: Floats,
    groups: int | None,
    repaired: bool,
    adjusted: Floats | None,
    clusters: Sequence[Ints],
    details: dict[str, Any],
) -> FixedEffectsResult:
    terms, within = fit.x.columns, fit.within
    k = terms.size
    means = fit.x.to_numpy().mean(axis=0)
    contrasts = [*np.eye(k), -means]
    dfs = np.array([_df(fit, way, groups, adjusted, clusters, c) for c in contrasts])
    border = np.append(-means, 1.0)
    estimates = np.append(within.params, float(fit.y.mean()) - means @ within.params)
    errors = np.sqrt(np.append(np.diag(cov), max(float(border @ joint @ border), 0.0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = estimates / errors
    p_values = 2 * survival(np.abs(statistics), dfs)
    if "tests" in details:
        p_values = np.append([details["tests"][term].p_value() for term in terms], np.nan)
    if groups is not None and groups < MINIMUM_CLUSTERS:
        p_values = np.full(k + 1, np.nan)
    residuals = pd.Series(within.residuals, fit.y.index, name="residual").reindex(fit.rows)
    fitted = (fit.y.reindex(fit.rows) - residuals).rename("fitted")
    effects = fitted - (fit.x.reindex(fit.rows).to_numpy() @ within.params)

    def series(values: Floats, name: str) -> pd.Series:
        return pd.Series(values[:k], index=terms, name=name)

    return FixedEffectsResult(
        params=series(estimates, "estimate"),
        cov=pd.DataFrame(cov, index=terms, columns=terms),
        std_errors=series(errors, "std_error"),
        t_stats=series(statistics, "statistic"),
        p_values=series(p_values, "p_value"),
        df=series(dfs, "df"),
        residuals=residuals,
        fitted=fitted,
        effects=effects.rename("effects"),
        r_squared=fit.r_squared,
        constant=Constant(*(float(v[k]) for v in (estimates, errors, statistics, dfs, p_values))),
        n_obs=int(fit.y.size),
        n_units=within.effects.n_units,
        n_periods=within.effects.n_periods,
        n_clusters=groups,
        label=way.label,
        repaired=repaired,
        singletons=fit.singletons,
        dropped=fit.dropped,
        notes=details.pop("notes"),
        details=details,
    )


def _sandwich(fit: FixedEffectsFit, way: Inference, clusters: Sequence[Ints]) -> Floats:
    """Covariance of slopes and of the mean, shape (k+1, k+1): the demeaned regression with a one.

    The border serves the constant's delta method; its scores vanish where residuals sum to zero
    within clusters.
    """
    within = fit.within
    n, k = within.x.shape
    design = np.column_stack([within.x, np.ones(n)])
    bread = np.zeros((k + 1, k + 1))
    bread[:k, :k], bread[k, k] = within.bread, 1.0 / n
    residuals = within.residuals
    if way.family == "classical":
        used = 0 if way.correction == "none" else k + within.effects.absorbed
        return float(residuals @ residuals) / (n - used) * bread
    if way.family == "hc3":
        residuals = covariances.hc3_residuals(within, with_effects=way.cov == "hc3")
    scores = design * residuals[:, None]
    if way.family in ("hc0", "hc1", "hc3"):
        used = {"none": 0, "plm_sss": k}.get(way.correction, k + within.effects.absorbed)
        return covariances.sandwich(bread, n / (n - used) * scores.T @ scores)
    if way.family == "driscoll_kraay":
        return _driscoll_kraay(fit, way, scores, bread)
    return covariances.clustered(
        within, scores, bread, clusters, way.correction, group_debias=way.group_debias
    )


def _driscoll_kraay(fit: FixedEffectsFit, way: Inference, scores: Floats, bread: Floats) -> Floats:
    effects = fit.within.effects
    years = np.unique(fit.y.index.get_level_values(1).to_numpy())
    assert way.kernel is not None and way.bandwidth is not None
    if way.bandwidth >= effects.n_periods:
        raise Infeasible(
            f"bandwidth {way.bandwidth:g} with {effects.n_periods} years: it must be smaller."
        )
    holes = sorted(set(range(int(years[0]), int(years[-1]) + 1)) - {int(v) for v in years})
    if holes and way.bandwidth > 0:
        raise Infeasible(
            f"driscoll_kraay weighs neighbouring years, and the sample has none in {holes}. Remedy:"
            " bandwidth=0, a window without gaps, or cov='clustered'."
        )
    by_period = covariances.cluster_sums(scores, effects.time)
    meat = covariances.driscoll_kraay_meat(by_period, way.kernel, way.bandwidth)
    factor = covariances.cluster_factor(
        way.correction, fit.within, effects.n_periods, [effects.time], group_debias=False
    )
    return factor * covariances.sandwich(bread, meat)


def _bootstrap(
    fit: FixedEffectsFit, way: Inference, cluster: Ints, details: dict[str, Any]
) -> None:
    assert way.draws is not None and way.seed is not None
    groups = int(cluster.max()) + 1
    draws = wild_draws(groups, way.cov.partition(":")[2], way.draws, way.seed)
    tests = {term: wild_test(fit.within, cluster, j, draws) for j, term in enumerate(fit.x.columns)}
    details.update(wild_bootstrap.facts(tests, draws))


def _df(
    fit: FixedEffectsFit,
    way: Inference,
    groups: int | None,
    adjusted: Floats | None,
    clusters: Sequence[Ints],
    contrast: Floats,
) -> float:
    if way.df == "normal":
        return float("inf")
    if way.df == "t(G-1)":
        assert groups is not None
        return float(groups - 1)
    if way.df == "t(n-k-K)":
        return float(fit.y.size - fit.x.shape[1] - fit.within.effects.absorbed)
    if way.df == "satterthwaite":
        assert adjusted is not None
        if not np.any(contrast):
            return float("nan")
        return covariances.satterthwaite_df(fit.within, adjusted, clusters[0], contrast)
    return float("nan")


def _bordered(cov: Floats) -> Floats:
    """Zeros for the mean: residuals sum to zero within every whole province."""
    out = np.zeros((cov.shape[0] + 1, cov.shape[0] + 1))
    out[:-1, :-1] = cov
    return out


def _r_squared(within: WithinFit, y: pd.Series, x: pd.DataFrame) -> dict[str, float]:
    """Four kinds of R², with two readings of "overall", and that of the effects alone.

    `within_two_way` 1 - RSS/Σ(y demeaned both ways)²; `within_xtreg` 1 - RSS/Σ(y - ȳ_i)², year
    dummies counted as regressors (Stata's `xtreg, fe`); `overall` squared correlation of y and
    x'b, effects left out (Stata); `overall_uncentred` 1 - Σ(y - x'b)²/Σy² (linearmodels without a
    constant); `inclusive` 1 - RSS/Σ(y - ȳ)² of the regression with all dummies; `effects_alone`
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


def _clusters(fit: FixedEffectsFit, way: Inference) -> tuple[list[Ints], int | None]:
    if way.family == "driscoll_kraay":
        return [], fit.within.effects.n_periods
    if not way.cluster:
        return [], None
    keys = [cluster_codes(fit.y.index, key) for key in way.cluster]
    groups = min(int(key.max()) + 1 for key in keys)
    if groups < 2:
        raise Infeasible("one cluster: no covariance between clusters. Remedy: another key.")
    return keys, groups
