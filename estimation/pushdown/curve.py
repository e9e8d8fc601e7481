"""The specification curve pushed down: one scan for every specification of a table.

Belongs here: the samples of a grid, their cross-products by cluster, the slopes of each subset of
columns. Not here: the grid's meaning, joint test, picture (`estimation.econometrics.robustness.curve`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.fixed_effects.within import Floats
from estimation.econometrics.robustness import curve as in_memory
from estimation.econometrics.robustness.curve import CHOICES, Choices, EmptyCurve, UnknownColumn
from estimation.pushdown import engine
from estimation.pushdown.cluster_moments import ClusterMoments, cluster_moments
from estimation.pushdown.design import LARGEST, Design, Key, design, preview_means
from estimation.pushdown.engine import Progress
from estimation.pushdown.sums import Sums, orient

ABSORBED, COLLINEAR = 1e-9, 1e12  # as in `estimation.econometrics.robustness.curve`


@dataclass(frozen=True)
class PushdownCurve:
    """Estimates of one grid, as `estimation.econometrics.robustness.curve.Curve`; its picture takes this one too.

    Attributes
    ----------
    estimates, infeasible, duplicates : pandas.DataFrame
        As in memory; "provinces" are the clusters.
    moments : list of (ClusterMoments, float)
        Behind each estimate: cross-products by cluster of outcome and regressors, the focal one
        first, and the small-sample factor.
    provinces : list
        All clusters.
    """

    estimates: pd.DataFrame
    infeasible: pd.DataFrame
    duplicates: pd.DataFrame
    moments: list[tuple[ClusterMoments, float]]
    provinces: list[Any]


def run_curve(
    tables: Mapping[str, Any],
    choices: Choices,
    *,
    unit: Key = "province_code",
    time: Key = "year",
    cluster: str | None = None,
    progress: Progress | None = None,
) -> PushdownCurve:
    """Estimate every specification of the grid; equal to `estimation.econometrics.robustness.curve.run_curve`.

    Windows and missing cells make samples; one scan a table gives each sample's cross-products by
    cluster, from which exclusions of clusters and subsets of columns follow without another. Which
    columns have missing cells is counted before.

    Parameters
    ----------
    tables : mapping of str to ibis table
        Interpolation rule to table, columns already transformed.
    choices : Choices
        `exclusions` name clusters.
    unit, time : str or sequence of str
        As in `estimation.pushdown.design.design`.
    cluster : str, optional
        Key that nests the units; the units themselves if not given.
    progress : Progress, optional

    Returns
    -------
    PushdownCurve
        Specifications of equal rows and figures are found by their cross-products.

    Raises
    ------
    UnknownColumn, EmptyCurve
        As in memory.
    Infeasible
        Clusters that do not nest the units, more than 62 periods.
    """
    columns = in_memory._columns(choices)
    if not tables:
        raise EmptyCurve("no table is given. Remedy: at least one interpolation rule.")
    specifications = list(in_memory._specifications(choices, list(tables)))
    found: list[dict[str, Any]] = []
    infeasible: list[dict[str, Any]] = []
    clusters: set[Any] = set()
    for rule, table in tables.items():
        missing = [c for c in columns if c not in table.columns]
        if missing:
            raise UnknownColumn(f"table {rule!r} has no column {missing}")
        plan = design(
            table, columns[0], columns[1:], unit=unit, time=time,
            clusters=[cluster] if cluster else [],
        )  # fmt: skip
        mine = [
            {**spec, "position": position}
            for position, spec in enumerate(specifications)
            if spec["interpolation"] == rule
        ]
        rows, refused, levels = _estimate(plan, columns, mine, choices, cluster, progress)
        found += rows
        infeasible += refused
        clusters |= levels
    strange = sorted({c for out in choices.exclusions.values() for c in out} - clusters)
    if strange and clusters:
        raise UnknownColumn(f"exclusions name {strange}, which no sample has")
    if not found:
        why = infeasible[0]["reason"] if infeasible else "the grid is empty"
        raise EmptyCurve(f"none of {len(infeasible)} specifications can be estimated: {why}")
    return _curve(found, infeasible, sorted(clusters))


def joint_test(curve: PushdownCurve, *, draws: int, seed: int, level: float = 0.05) -> pd.DataFrame:
    """Joint test of `curve.joint_test` from cross-products by cluster: no row is read.

    Parameters
    ----------
    curve : PushdownCurve
    draws, seed, level
        As in memory, with the same weights for the same clusters.

    Returns
    -------
    pandas.DataFrame
        As in memory.
    """
    if draws < 99:
        raise ValueError(f"draws={draws}: at least 99 are needed for a p-value of two digits")
    weights = np.random.default_rng(seed).choice([-1.0, 1.0], (len(curve.provinces), draws))
    rows = []
    for outcome, part in curve.estimates.groupby("outcome", sort=False):
        usable = part[part["p_value"].notna()]
        if usable.empty:
            raise EmptyCurve(f"outcome {outcome!r}: no estimate has six clusters, nothing to test")
        critical = stats.t.ppf(1 - level / 2, usable["df"])[:, None]
        observed = usable[["estimate", "std_error"]].to_numpy()
        seen = in_memory._summaries(observed[:, :1], observed[:, 1:], critical)
        null = in_memory._summaries(*_null_draws(curve, list(usable.index), weights), critical)
        for name, value in seen.items():
            size = np.abs(null[name])
            larger = int((size >= abs(value[0]) * (1 - 1e-12)).sum())
            rows.append(
                {
                    "outcome": outcome,
                    "statistic": name,
                    "observed": value[0],
                    "null_median": float(np.median(null[name])),
                    "null_95": float(np.quantile(size, 0.95)),
                    "p_value": (1 + larger) / (1 + draws),
                    "draws": draws,
                    "n_estimates": len(usable),
                }
            )
    return pd.DataFrame(rows)


def _null_draws(curve: PushdownCurve, rows: list[int], weights: Floats) -> tuple[Floats, Floats]:
    """Estimates and clustered errors of every draw, each (len(rows), draws)."""
    estimates, errors = np.empty((2, len(rows), weights.shape[1]))
    place = {level: i for i, level in enumerate(curve.provinces)}
    for s, row in enumerate(rows):
        moments, factor = curve.moments[row]
        mine = weights[[place[level] for level in moments.levels]]
        pull, response = moments.null_world()
        estimates[s] = pull @ mine
        errors[s] = np.sqrt(factor * ((response @ mine) ** 2).sum(axis=0))
    return estimates, errors


def _estimate(
    plan: Design,
    columns: list[str],
    specifications: list[dict[str, Any]],
    choices: Choices,
    cluster: str | None,
    progress: Progress | None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], set[Any]]:
    place = {c: j for j, c in enumerate(columns)}
    finite = {
        f"z{j}": ibis.ifelse(plan.rows[f"z{j}"].abs() <= LARGEST, plan.rows[f"z{j}"], ibis.null())
        for j in place.values()
    }
    plan = Design(
        plan.rows.mutate(**finite), plan.outcome, plan.terms, plan.unit, plan.period,
        plan.clusters, plan.weighted,
    )  # fmt: skip
    gaps = _columns_with_gaps(plan, columns, progress)
    jobs, infeasible, samples = [], [], {}
    for spec in specifications:
        regressors = (spec["focal"], *choices.always, *spec["_controls"])
        used = {spec["outcome"], *regressors}
        if len(used) <= len(regressors):
            reason = "a column is named twice in the specification"
            infeasible.append({**_label(spec), "reason": reason, "position": spec["position"]})
            continue
        key = (spec["_window"], frozenset(used & gaps))
        samples[key] = _inside(plan, spec["_window"], choices, [place[c] for c in used & gaps])
        jobs.append((spec, regressors, key))
    oriented, periods = orient(plan, progress)
    if oriented.swapped:
        raise UnknownColumn(f"{plan.period} has more levels than fit as dummies")
    # only the design, the shift and the codes are used of it
    sums = Sums(plan, engine.Kept(None), preview_means(plan, progress), periods)
    column = plan.clusters[cluster] if cluster else "unit"
    moments = cluster_moments(sums, [column], progress, samples)
    years = np.array(periods.values)
    rows, solved = [], {}
    for spec, regressors, key in jobs:
        out = tuple(choices.exclusions[spec["exclusion"]])
        if (key, out) not in solved:
            kept = np.array([level not in out for level in moments[key].levels], dtype=bool)
            part = moments[key].only(kept)
            solved[key, out] = (part, part.within() if kept.any() else part.a)
        part, within = solved[key, out]
        index = [place[c] for c in (*regressors, spec["outcome"])]
        row = _solve(part, within, index, regressors, years)
        if isinstance(row, str):
            infeasible.append({**_label(spec), "reason": row, "position": spec["position"]})
        else:
            content = (
                spec["outcome"],
                regressors,
                part.levels,
                part.rows.tobytes(),
                row.pop("mark"),
            )
            rows.append({**_label(spec), "position": spec["position"], "content": content, **row})
    return rows, infeasible, {level for part in moments.values() for level in part.levels}


def _columns_with_gaps(plan: Design, columns: list[str], progress: Progress | None) -> set[str]:
    counts = {f"c{j}": plan.rows[f"z{j}"].count() for j in range(len(columns))}
    row = engine.execute(plan.rows.agg(n=plan.rows.count(), **counts), "missing cells", progress)
    return {c for j, c in enumerate(columns) if row[f"c{j}"].iloc[0] < row["n"].iloc[0]}


def _inside(
    plan: Design, window: tuple[int, int], choices: Choices, needed: list[int]
) -> Callable[[Any], Any]:
    def inside(rows: Any) -> Any:
        condition = (rows.period >= window[0]) & (rows.period <= window[1])
        for year in choices.without_years:
            condition = condition & (rows.period != year)
        for j in needed:
            condition = condition & rows[f"z{j}"].notnull()
        return condition

    return inside


def _solve(
    part: ClusterMoments,
    within: Floats,
    index: list[int],
    regressors: tuple[str, ...],
    years: np.ndarray,
) -> dict[str, Any] | str:
    """Focal slope of one specification with its clustered error, or why there is none."""
    k, n = len(regressors), int(part.rows.sum())
    there = part.rows.any(axis=0)
    g, t, units = len(part.levels), int(there.sum()), int(part.units.sum())
    if n == 0:
        return "no row has all the variables"
    if units < 2 or t < 2:
        return f"{units} units and {t} periods are left: two of each are needed"
    block = within[:, index][:, :, index]
    total = block.sum(axis=0)
    for name, j, left in zip(regressors, index, np.diag(total), strict=False):
        if left <= ABSORBED * max(part.spread[j], 1e-300):
            return f"{name} does not vary within units and periods: absorbed by the effects"
    if n - k - (units + t - 1) < 1:
        return f"{n} rows for {k} slopes and {units + t - 1} effects: no degree of freedom is left"
    gram, scale = total[:k, :k], np.sqrt(np.diag(total)[:k])
    if np.linalg.cond(gram / np.outer(scale, scale)) > COLLINEAR:
        return f"{', '.join(regressors)} are collinear once demeaned by both effects"
    inverse = np.linalg.inv(gram / np.outer(scale, scale)) / np.outer(scale, scale)
    slopes = inverse @ total[:k, k]
    pull = (block[:, :k, k] - block[:, :k, :k] @ slopes) @ inverse[0]
    factor = g / (g - 1) * (n - 1) / (n - k - t) if g > 1 else np.nan
    error = float(np.sqrt(factor * (pull**2).sum()))
    return {
        "estimate": float(slopes[0]),
        "std_error": error,
        "n_obs": n,
        "n_clusters": g,
        "n_singletons": int(part.single_units.sum()),
        "first_year": int(years[there][0]),
        "last_year": int(years[there][-1]),
        "moments": (part.columns([index[-1], *index[:-1]]), factor),
        "mark": f"{slopes[0]:.9e} {error:.9e}",
    }


def _label(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {c: spec[c] for c in CHOICES}


def _curve(
    found: list[dict[str, Any]], infeasible: list[dict[str, Any]], clusters: list[Any]
) -> PushdownCurve:
    first: dict[Any, int] = {}
    rows: list[dict[str, Any]] = []
    duplicates: list[dict[str, Any]] = []
    moments: list[tuple[ClusterMoments, float]] = []
    for row in sorted(found, key=lambda r: r["position"]):
        content, behind = row.pop("content"), row.pop("moments")
        if content in first:
            duplicates.append({**_label(row), "same_as": first[content]})
            continue
        first[content] = len(rows)
        rows.append({c: v for c, v in row.items() if c != "position"})
        moments.append(behind)
    refused = sorted(infeasible, key=lambda r: r["position"])
    return PushdownCurve(
        estimates=in_memory._inference(pd.DataFrame(rows)),
        infeasible=pd.DataFrame(refused, columns=[*CHOICES, "reason"]),
        duplicates=pd.DataFrame(duplicates, columns=[*CHOICES, "same_as"]),
        moments=moments,
        provinces=list(clusters),
    )
