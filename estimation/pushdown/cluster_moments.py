"""Within cross-products cluster by cluster from one scan: what resampling clusters needs.

From them follow leave-one-out slopes and the responses of the wild bootstrap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    WildDraws,
    WildTest,
    test_of_responses,
)
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.pushdown import engine
from living_panel.estimation.pushdown.design import explain_duplicate, explain_unusable
from living_panel.estimation.pushdown.normal import solve
from living_panel.estimation.pushdown.sums import (
    Sums,
    bits,
    grouping_sets,
    patterns,
    products,
    shifted,
    sums_of,
    with_places,
)

MOST_NUMBERS = 2**27  # doubles kept for all clusters of one sample: 1 GB


@dataclass(frozen=True)
class ClusterMoments:
    r"""Cross-products of unit-demeaned columns z and period dummies d, one block a cluster.

    Units lie within clusters, so unit means do not depend on the clusters in the sample. Period effects do,
    and they are solved for here: with :math:`A_g = Z_g'M_uZ_g`, :math:`B_g = D_g'M_uZ_g`, :math:`C_g =
    D_g'M_uD_g` and :math:`\delta = (\sum C)^+ \sum B`, cluster g's part of the within cross-products is
    :math:`A_g - B_g'\delta - \delta'B_g + \delta'C_g\delta`.

    Attributes
    ----------
    levels : tuple
        The G clusters, sorted.
    a : ndarray, shape (G, m, m)
    b : ndarray, shape (G, T, m)
    c : ndarray, shape (G, T, T)
    """

    levels: tuple[Any, ...]
    a: Floats
    b: Floats
    c: Floats

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
                    Code.SAMPLE_LEAVE_OUT(
                        "cr3 omits one cluster at a time; without cluster {level} the "
                        "slopes of {terms} are not identified",
                        "use fewer regressors, other clusters, or cov='clustered'",
                        level=level,
                        terms=[*terms],
                    )
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
        responses = self._responses(within, bread, net, residual)
        null = self._responses(within, bread, net, net)
        return test_of_responses(
            float(slopes[term]), float(net @ total @ net), responses, null, draws
        )

    def _responses(
        self, within: Floats, bread: Floats, net: Floats, residual: Floats
    ) -> tuple[Floats, Floats]:
        """net_g'u_g, shape (G,), and net_h' block h of (I - H) on u of block g, (G, G)."""
        dummies = self.b - np.einsum("gts,si->gti", self.c, self.effects)
        net_dummies = np.einsum("gti,i->gt", dummies, net)
        residual_dummies = np.einsum("gti,i->gt", dummies, residual)
        scores = np.einsum("i,gij,j->g", net, within, residual)
        by_period = net_dummies @ self.inverse @ residual_dummies.T
        net_x = np.einsum("i,gij->gj", net, within)[:, 1:]
        x_residual = np.einsum("gij,j->gi", within, residual)[:, 1:]
        return scores, np.diag(scores) - by_period - net_x @ bread @ x_residual.T


def cluster_moments(sums: Sums, cluster: str) -> ClusterMoments:
    """Moments by a cluster column, `unit` or one that nests it, in one scan of the rows.

    Raises
    ------
    Infeasible
        Clusters that do not nest the absorbed effect, or more than fits.
    """
    plan, periods = sums.plan, sums.periods
    if periods.words > 1:
        raise Infeasible(
            Code.SAMPLE_LIMIT(
                "the data have {n_values} periods, too many for cr3 and the bootstrap",
                "use at most 62 periods, or cov='clustered'",
                n_values=len(periods.values),
            )
        )
    rows = shifted(with_places(plan, periods), plan, sums.shift)
    rows = rows.mutate(cluster_=rows[cluster])
    columns = [f"x{j}" for j in range(plan.width)]
    aggregates = sums_of(rows, plan, periods) | products(rows, columns, "q")
    grouped = rows.group_by(["cluster_", "unit", "period"]).agg(**aggregates)
    both = grouping_sets(grouped, [["cluster_", "unit"], ["cluster_", "period"]])
    handle = engine.keep(both, "one scan for all clusters")
    try:
        return _read(sums, handle.table)
    finally:
        handle.release()


def _read(sums: Sums, table: Any) -> ClusterMoments:
    m = sums.plan.width
    units = table.filter(table.period.isnull())
    by_pattern = patterns(units, m, ["cluster_", "m0"])
    keys = [table.unit.isnull() & table.period.isnull(), table.cluster_.isnull()]
    missing = table.agg(missing=(keys[0] | keys[1]).cast("int64").sum())
    if int(engine.execute(missing, "missing keys").iloc[0, 0]):
        raise explain_unusable(sums.plan)
    distinct = units.select("unit").distinct()
    counts = [int(engine.execute(t.count(), "nesting")) for t in (units, distinct)]
    if counts[0] != counts[1]:
        raise Infeasible(
            Code.SAMPLE_CLUSTERS(
                "the clusters do not nest the levels of {unit}: {levels} levels occur in {pairs} pairs with a cluster",
                "use a coarser cluster key, or cov='clustered'",
                unit=sums.plan.unit,
                pairs=counts[0],
                levels=counts[1],
            )
        )
    left = engine.execute(by_pattern, "sets of periods by cluster")
    right = engine.execute(table.filter(table.unit.isnull()), "sums by cluster and period")
    return _moments(sums, left, right)


def _moments(sums: Sums, left: pd.DataFrame, right: pd.DataFrame) -> ClusterMoments:
    m, t = sums.plan.width, len(sums.periods.values)
    levels = sorted(left["cluster_"].unique().tolist())
    g = len(levels)
    if g * (m * m + t * m + t * t) > MOST_NUMBERS:
        raise Infeasible(
            Code.SAMPLE_LIMIT(
                "{g} clusters with {t} periods and {m} columns are too many for cr3 or the bootstrap",
                "use coarser clusters, or cov='clustered'",
                g=g,
                t=t,
                m=m,
            )
        )
    place = {level: i for i, level in enumerate(levels)}
    at_left = left["cluster_"].map(place).to_numpy(dtype=np.int64)
    at_right = right["cluster_"].map(place).to_numpy(dtype=np.int64)
    period = (
        right["period"].map({v: j for j, v in enumerate(sums.periods.values)}).to_numpy(np.int64)
    )
    one, n = bits(left, sums.periods), left["n"].to_numpy(dtype=float)
    if (one.sum(axis=1) != n).any():
        raise explain_duplicate(sums.plan)
    units_in = left["n_units"].to_numpy(dtype=float)
    names = [f"s{j}" for j in range(m)]
    unit_means = left[names].to_numpy(dtype=float) / n[:, None]
    a, b, c = np.zeros((g, m, m)), np.zeros((g, t, m)), np.zeros((g, t, t))
    for i in range(m):
        for j in range(i + 1):
            np.add.at(a[:, i, j], at_right, right[f"q{i}_{j}"].to_numpy(dtype=float))
            np.add.at(a[:, i, j], at_left, -left[f"b{i}_{j}"].to_numpy(dtype=float))
            a[:, j, i] = a[:, i, j]
    np.add.at(b, (at_right, period), right[names].to_numpy(dtype=float))
    np.add.at(b, at_left, -one[:, :, None] * unit_means[:, None, :])
    rows = np.zeros((g, t))
    np.add.at(rows, (at_right, period), right["n"].to_numpy(dtype=float))
    np.add.at(c, at_left, -(units_in / n)[:, None, None] * one[:, :, None] * one[:, None, :])
    c[:, np.arange(t), np.arange(t)] += rows
    return ClusterMoments(tuple(levels), a, b, c)


def _identified(within: Floats, by_unit: Floats) -> bool:
    left = np.diag(within)[1:]
    if (left <= 1e-12 * np.maximum(np.diag(by_unit)[1:], 1e-300)).any():
        return False
    scale = np.sqrt(left)
    return bool(np.linalg.eigvalsh(within[1:, 1:] / np.outer(scale, scale))[0] > 1e-12)
