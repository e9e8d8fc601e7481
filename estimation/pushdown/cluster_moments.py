"""Within cross-products cluster by cluster from one scan: what resampling clusters needs.

Belongs here: the moments, sums of them over any set of clusters, leave-one-out slopes, responses of
the wild bootstrap. Not here: weights and p-values (`wild_bootstrap`), choices of a curve (`curve`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
import numpy as np
import pandas as pd

from estimation.econometrics.fixed_effects.covariances import Infeasible
from estimation.econometrics.fixed_effects.wild_bootstrap import (
    WildDraws,
    WildTest,
    test_of_responses,
)
from estimation.econometrics.fixed_effects.within import Floats
from estimation.pushdown import engine
from estimation.pushdown.design import explain_duplicate, explain_unusable
from estimation.pushdown.engine import Progress
from estimation.pushdown.normal import solve
from estimation.pushdown.sums import Sums, bits, grouping_sets, shifted_sums, with_places

MOST_NUMBERS = 2**27  # doubles kept for all clusters of one sample: 1 GB


@dataclass(frozen=True)
class ClusterMoments:
    r"""Cross-products of unit-demeaned columns z and period dummies d, one block a cluster.

    Units lie within clusters, so unit means do not depend on which clusters are in; period effects
    do, and they are solved for here: with :math:`A_g = Z_g'M_uZ_g`, :math:`B_g = D_g'M_uZ_g`,
    :math:`C_g = D_g'M_uD_g` and :math:`\delta = (\sum C)^+ \sum B`, cluster g's part of the within
    cross-products is :math:`A_g - B_g'\delta - \delta'B_g + \delta'C_g\delta`.

    Attributes
    ----------
    levels : tuple
        The G clusters, sorted.
    a : ndarray, shape (G, m, m)
    b : ndarray, shape (G, T, m)
    c : ndarray, shape (G, T, T)
    sums, squares : ndarray, shape (G, m)
        Of the shifted columns.
    rows : ndarray, shape (G, T)
        Rows of each cluster and period.
    units : ndarray, shape (G,)
    single_units : ndarray, shape (G,)
        Units with one row.
    """

    levels: tuple[Any, ...]
    a: Floats
    b: Floats
    c: Floats
    sums: Floats
    squares: Floats
    rows: Floats
    units: Floats
    single_units: Floats

    @property
    def spread(self) -> Floats:
        """Sums of squares about the mean, shape (m,)."""
        return self.squares.sum(axis=0) - self.sums.sum(axis=0) ** 2 / max(self.rows.sum(), 1.0)

    @property
    def effects(self) -> Floats:
        """Period effects, shape (T, m)."""
        return self.inverse @ self.b.sum(axis=0)

    @property
    def inverse(self) -> Floats:
        """Pseudo-inverse of the dummies' cross-products, shape (T, T)."""
        return np.linalg.pinv(self.c.sum(axis=0), rcond=1e-12, hermitian=True)

    def within(self) -> Floats:
        """Each cluster's part of the within cross-products, shape (G, m, m)."""
        effects = self.effects
        cross = np.einsum("gti,tj->gij", self.b, effects)
        bent = np.einsum("ti,gts,sj->gij", effects, self.c, effects, optimize=True)
        return self.a - cross - cross.transpose(0, 2, 1) + bent

    def only(self, kept: np.ndarray) -> ClusterMoments:
        """The clusters of a mask."""
        levels = tuple(level for level, there in zip(self.levels, kept, strict=True) if there)
        return ClusterMoments(
            levels, self.a[kept], self.b[kept], self.c[kept], self.sums[kept],
            self.squares[kept], self.rows[kept], self.units[kept], self.single_units[kept],
        )  # fmt: skip

    def columns(self, index: Sequence[int]) -> ClusterMoments:
        """Some of the columns, the outcome first."""
        at = list(index)
        return replace(
            self, a=self.a[:, at][:, :, at], b=self.b[:, :, at], sums=self.sums[:, at],
            squares=self.squares[:, at],
        )  # fmt: skip

    def scores(self) -> Floats:
        """Scores of all slopes, summed within clusters, shape (G, k)."""
        within = self.within()
        slopes, _ = solve(within.sum(axis=0))
        return within[:, 1:, 0] - np.einsum("gij,j->gi", within[:, 1:, 1:], slopes)

    def leave_one_out(self, terms: Sequence[str] = ()) -> Floats:
        """b_(g) - b for every cluster, both effects re-estimated without it; shape (G, k).

        Raises
        ------
        Infeasible
            Where the slopes are not identified without one of the clusters.
        """
        a, b, c = (part.sum(axis=0) for part in (self.a, self.b, self.c))
        slopes, _ = solve(a - b.T @ self.inverse @ b)
        out = np.empty((len(self.levels), slopes.size))
        for g, level in enumerate(self.levels):
            left_b = b - self.b[g]
            inverse = np.linalg.pinv(c - self.c[g], rcond=1e-12, hermitian=True)
            within = a - self.a[g] - left_b.T @ inverse @ left_b
            if not _identified(within, a - self.a[g]):
                raise Infeasible(
                    f"cr3 leaves one cluster out at a time, and without cluster {level} the slopes "
                    f"of {', '.join(terms)} are not identified. Remedy: fewer regressors, other "
                    "clusters, or cov='clustered'."
                )
            out[g] = solve(within)[0] - slopes
        return out

    def wild_test(self, term: int, draws: WildDraws) -> WildTest:
        """Bootstrap distribution of one coefficient with the null imposed; no row is read again.

        As `wild_bootstrap.wild_test`: what it sums over rows are products of within
        columns, of which the cluster's block is here.
        """
        within = self.within()
        total = within.sum(axis=0)
        slopes, bread = solve(total)
        k = slopes.size
        others = [j for j in range(1, k + 1) if j != term + 1]
        net = np.zeros(k + 1)
        net[term + 1] = 1.0
        if others:
            net[others] = -np.linalg.solve(total[np.ix_(others, others)], total[others, term + 1])
        residual = np.concatenate([[1.0], -slopes])
        own = self._responses(within, bread, net, residual)
        null = self._responses(within, bread, net, net)
        return test_of_responses(float(slopes[term]), float(net @ total @ net), own, null, draws)

    def null_world(self) -> tuple[Floats, Floats]:
        """Draws of the first slope when it is restricted to zero.

        Returns
        -------
        pull : ndarray, shape (G,)
            The slope of a draw with cluster weights v is pull'v.
        response : ndarray, shape (G, G)
            The squared clustered error of the draw, without small-sample factor, is |response v|².
        """
        within = self.within()
        total = within.sum(axis=0)
        _, bread = solve(total)
        restricted = np.zeros(bread.shape[0] + 1)
        restricted[0] = 1.0
        if bread.shape[0] > 1:
            restricted[2:] = -np.linalg.solve(total[2:, 2:], total[2:, 0])
        return self._responses(within, bread, np.concatenate([[0.0], bread[0]]), restricted)

    def _responses(
        self, within: Floats, bread: Floats, net: Floats, residual: Floats
    ) -> tuple[Floats, Floats]:
        """net_g'u_g, shape (G,), and net_h' block h of (I - H) on u of block g, (G, G)."""
        dummies = self.b - np.einsum("gts,si->gti", self.c, self.effects)
        net_dummies = np.einsum("gti,i->gt", dummies, net)
        residual_dummies = np.einsum("gti,i->gt", dummies, residual)
        own = np.einsum("i,gij,j->g", net, within, residual)
        by_period = net_dummies @ self.inverse @ residual_dummies.T
        net_x = np.einsum("i,gij->gj", net, within)[:, 1:]
        x_residual = np.einsum("gij,j->gi", within, residual)[:, 1:]
        return own, np.diag(own) - by_period - net_x @ bread @ x_residual.T


def cluster_moments(
    sums: Sums,
    cluster: Sequence[str],
    progress: Progress | None,
    samples: Mapping[Any, Callable[[Any], Any]] | None = None,
) -> dict[Any, ClusterMoments]:
    """Moments by cluster of one sample or many, in one scan of the rows.

    Parameters
    ----------
    sums : Sums
        Its design, its shift and its periods are used.
    cluster : sequence of str
        Column of the rows: `unit` or one that nests it.
    progress : Progress, optional
    samples : mapping of any key to function, optional
        Functions of the rows that say who belongs; one sample with key `()` and all rows if not
        given. Columns may be null outside the samples that use them.

    Raises
    ------
    Infeasible
        Clusters that do not nest the absorbed effect, weights, or more than fits.
    """
    plan, periods, key = sums.plan, sums.periods, cluster[0]
    if plan.weighted:
        raise Infeasible("cr3, the bootstrap and the curve are not pushed down with weights.")
    if periods.words > 1:
        raise Infeasible(
            f"cr3, the bootstrap and the curve keep at most 62 periods, not {len(periods.values)}."
        )
    chosen = samples or {(): lambda rows: ibis.literal(True)}
    rows = with_places(plan, periods)
    member = ibis.array(
        [ibis.ifelse(inside(rows), i, -1) for i, inside in enumerate(chosen.values())]
    )
    if len(chosen) == 1:
        rows = rows.filter(next(iter(chosen.values()))(rows)).mutate(sample_=ibis.literal(0))
    else:
        rows = rows.mutate(sample_=member).unnest("sample_").filter(lambda t: t.sample_ >= 0)
    rows = rows.mutate(cluster_=rows[key])
    rows, aggregates = shifted_sums(rows, plan, sums.shift, periods)
    grouped = rows.group_by(["sample_", "cluster_", "unit", "period"]).agg(**aggregates)
    both = grouping_sets(
        grouped, [["sample_", "cluster_", "unit"], ["sample_", "cluster_", "period"]]
    )
    kept = engine.keep(both, "one scan for all samples and clusters", progress)
    try:
        return _read(sums, kept.table, list(chosen), progress)
    finally:
        kept.release()


def _read(
    sums: Sums, table: Any, names: list[Any], progress: Progress | None
) -> dict[Any, ClusterMoments]:
    m = sums.plan.width
    units = table.filter(table.period.isnull())
    outer = {
        f"b{i}_{j}": (units[f"s{i}"] * units[f"s{j}"] / units.total).sum()
        for i in range(m)
        for j in range(i + 1)
    }
    singles = {f"s{i}": units[f"s{i}"].sum() for i in range(m)}
    by_pattern = units.group_by(["sample_", "cluster_", "m0", "n"]).agg(
        n_units=units.count(), **singles, **outer
    )
    keys = [table.unit.isnull() & table.period.isnull(), table.cluster_.isnull()]
    missing = table.agg(missing=(keys[0] | keys[1]).cast("int64").sum())
    if int(engine.execute(missing, "missing keys", progress).iloc[0, 0]):
        raise explain_unusable(sums.plan, progress)
    distinct = units.select("sample_", "unit").distinct()
    counts = [int(engine.execute(t.count(), "nesting", progress)) for t in (units, distinct)]
    if counts[0] != counts[1]:
        raise Infeasible(
            f"the clusters do not nest {sums.plan.unit}: {counts[0]} pairs of sample and cluster "
            f"for {counts[1]} levels. Remedy: a coarser cluster key, or cov='clustered'."
        )
    left = engine.execute(by_pattern, "sets of periods by cluster", progress)
    right = engine.execute(
        table.filter(table.unit.isnull()), "sums by cluster and period", progress
    )
    out = {}
    for number, name in enumerate(names):
        mine = left[left["sample_"] == number], right[right["sample_"] == number]
        out[name] = _moments(sums, *mine)
    return out


def _moments(sums: Sums, left: pd.DataFrame, right: pd.DataFrame) -> ClusterMoments:
    m, t = sums.plan.width, len(sums.periods.values)
    levels = sorted(left["cluster_"].unique().tolist())
    g = len(levels)
    if g * (m * m + t * m + t * t) > MOST_NUMBERS:
        raise Infeasible(
            f"{g} clusters with {t} periods and {m} columns: too many for cr3, the bootstrap or a "
            "curve. Remedy: coarser clusters, or cov='clustered'."
        )
    place = {level: i for i, level in enumerate(levels)}
    at_left = left["cluster_"].map(place).to_numpy(dtype=np.int64)
    at_right = right["cluster_"].map(place).to_numpy(dtype=np.int64)
    period = (
        right["period"].map({v: j for j, v in enumerate(sums.periods.values)}).to_numpy(np.int64)
    )
    if (bits(left, sums.periods).sum(axis=1) != left["n"]).any():
        raise explain_duplicate(sums.plan, None)
    one, n = bits(left, sums.periods), left["n"].to_numpy(dtype=float)
    units_in = left["n_units"].to_numpy(dtype=float)
    unit_sums = left[[f"s{j}" for j in range(m)]].to_numpy(dtype=float)
    a, b, c = np.zeros((g, m, m)), np.zeros((g, t, m)), np.zeros((g, t, t))
    for i in range(m):
        for j in range(i + 1):
            q = right[f"q{i}_{j}"].to_numpy(dtype=float, na_value=0.0)
            np.add.at(a[:, i, j], at_right, q)
            outer = left[f"b{i}_{j}"].to_numpy(dtype=float, na_value=0.0)
            np.add.at(a[:, i, j], at_left, -outer)
            a[:, j, i] = a[:, i, j]
    period_sums = right[[f"s{j}" for j in range(m)]].to_numpy(dtype=float, na_value=0.0)
    np.add.at(b, (at_right, period), period_sums)
    rows = np.zeros((g, t))
    np.add.at(rows, (at_right, period), right["n"].to_numpy(dtype=float))
    np.add.at(b, at_left, -one[:, :, None] * np.nan_to_num(unit_sums / n[:, None])[:, None, :])
    np.add.at(c, at_left, -(units_in / n)[:, None, None] * one[:, :, None] * one[:, None, :])
    c[:, np.arange(t), np.arange(t)] += rows
    squares, sums_by = np.zeros((g, m)), np.zeros((g, m))
    own = np.column_stack([right[f"q{j}_{j}"].to_numpy(float, na_value=0.0) for j in range(m)])
    np.add.at(squares, at_right, own)
    np.add.at(sums_by, at_right, period_sums)
    units, single = np.zeros(g), np.zeros(g)
    np.add.at(units, at_left, units_in)
    np.add.at(single, at_left, units_in * (n == 1))
    return ClusterMoments(tuple(levels), a, b, c, sums_by, squares, rows, units, single)


def _identified(within: Floats, by_unit: Floats) -> bool:
    left = np.diag(within)[1:]
    if (left <= 1e-12 * np.maximum(np.diag(by_unit)[1:], 1e-300)).any():
        return False
    scale = np.sqrt(left)
    return bool(np.linalg.eigvalsh(within[1:, 1:] / np.outer(scale, scale))[0] > 1e-12)
