"""Scores of a two-way regression summed in the engine: the third scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np

from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.pushdown import engine
from living_panel.estimation.pushdown.normal import NormalEquations
from living_panel.estimation.pushdown.sums import (
    Sums,
    grouping_sets,
    products,
    symmetric,
    with_places,
)


@dataclass(frozen=True)
class Meat:
    """Sums over one kind of cluster: Σ_g s_g s_g' (k+1, k+1), Σ_g s_g (k+1,), number of clusters.

    The last score is the residual itself, for the constant; at the exact coefficients the total is zero.
    """

    matrix: Floats
    total: Floats
    groups: int


def demeaned_rows(
    sums: Sums, equations: NormalEquations, slopes: Floats, *, centred: bool = True
) -> Any:
    """Rows with `x1`.. demeaned both ways, `residual` and the keys; an expression.

    The unit's mean is joined on, so that nothing of its size is ever squared. With `centred` false the unit's
    mean of the period effects stays in the regressors. Residuals add up to zero within the unit, so that
    scores of clusters of whole units do not change.
    """
    plan, k = sums.plan, len(sums.plan.terms)
    units = sums.units
    combined = np.concatenate([[1.0], -slopes])
    effects = np.column_stack([equations.effects[:, 1:], equations.effects @ combined])
    level = {}
    for j in range(1, k + 1):
        level[f"a{j}"] = units[f"s{j}"] / units.total + float(sums.shift[j])
        if centred:
            level[f"a{j}"] = level[f"a{j}"] - sums.share(units, effects[:, j - 1])
    outcome = units.s0 / units.total
    for j in range(1, k + 1):
        outcome = outcome - units[f"s{j}"] / units.total * float(slopes[j - 1])
    level["e"] = outcome - sums.share(units, effects[:, k])
    units = units.select("unit", **level)
    rows = with_places(plan, sums.periods).inner_join(units, "unit")
    of_period = [sums.periods.look_up(column, rows.place) for column in effects.T]
    residual = rows.z0 - float(sums.shift[0])
    for j in range(1, k + 1):
        residual = residual - (rows[f"z{j}"] - float(sums.shift[j])) * float(slopes[j - 1])
    columns = {f"x{j}": rows[f"z{j}"] - rows[f"a{j}"] - of_period[j - 1] for j in range(1, k + 1)}
    columns["residual"] = residual - rows.e - of_period[k]
    return rows.select("unit", "period", *plan.extra_clusters, **columns)


def meats(
    sums: Sums,
    equations: NormalEquations,
    slopes: Floats,
    keys: Sequence[Sequence[str]],
    *,
    centred: bool = True,
) -> list[Meat]:
    """Meats of several kinds of clusters in one scan.

    Each of `keys` names columns of the rows: `["unit"]`, `["unit", "period"]`. `centred` is as in
    `demeaned_rows`, and false only where every key nests the absorbed effect.
    """
    k = len(sums.plan.terms)
    rows = _score_rows(sums, equations, slopes, centred=centred)
    names = [f"r{j}" for j in range(k + 1)]
    by = list(dict.fromkeys(c for key in keys for c in key))
    grouped = rows.group_by(by).agg(**{r: rows[r].sum() for r in names})
    if len(keys) > 1:
        grouped = grouping_sets(grouped, keys)
    kind = ibis.literal(0)
    for i, column in enumerate(by):
        kind = kind + grouped[column].notnull().cast("int64") * 2**i
    grouped = grouped.mutate(kind=kind)
    second = grouped.group_by("kind").agg(
        groups=grouped.count(),
        **{f"total_{r}": grouped[r].sum() for r in names},
        **products(grouped, names, "o"),
    )
    frame = engine.execute(second, "scan 3 of 3, clustered scores")
    frame = frame.set_index("kind").loc[[sum(2 ** by.index(c) for c in key) for key in keys]]
    return [
        Meat(
            symmetric(row, "o", k + 1),
            np.array([float(row[f"total_{r}"]) for r in names]),
            int(row["groups"]),
        )
        for _, row in frame.iterrows()
    ]


def polished(sums: Sums, equations: NormalEquations) -> Floats:
    """Within cross-products (m, m) summed from demeaned rows: one more scan, for hard columns."""
    k = len(sums.plan.terms)
    rows = demeaned_rows(sums, equations, np.zeros(k))  # no slopes: the residual is the outcome
    columns = ["residual", *(f"x{j}" for j in range(1, k + 1))]
    row = engine.execute(
        rows.agg(**products(rows, columns, "q")), "another scan, demeaned cross-products"
    )
    return symmetric(row.iloc[0], "q", k + 1)


def _score_rows(sums: Sums, equations: NormalEquations, slopes: Floats, *, centred: bool) -> Any:
    rows, k = demeaned_rows(sums, equations, slopes, centred=centred), len(sums.plan.terms)
    scores = {f"r{j - 1}": rows[f"x{j}"] * rows.residual for j in range(1, k + 1)}
    return rows.mutate(**scores, **{f"r{k}": rows.residual})
