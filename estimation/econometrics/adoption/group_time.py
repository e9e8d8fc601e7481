"""Group-time effects with controls that are not treated yet (Callaway and Sant'Anna 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.adoption.staggered import Effects, Staggered
from living_panel.estimation.econometrics.arguments import Count, Positive, Seed, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.within import Floats


@dataclass(frozen=True, slots=True)
class GroupTime:
    """Effects of every cohort in every year.

    Attributes
    ----------
    columns : dict of str to ndarray, shape (rows,)
        cohort, year, event, estimate, std_error, n_treated, n_controls; one row an effect that has
        controls. A base of one year, that before adoption, is zero by construction and left out.
    influence : ndarray, shape (N, rows)
    membership : ndarray, shape (N, rows)
        Whether a unit is of the row's cohort.
    """

    columns: dict[str, np.ndarray]
    influence: Floats
    membership: Floats

    @property
    def table(self) -> pd.DataFrame:
        """The columns as a frame."""
        return pd.DataFrame(self.columns)

    @check_arguments
    def event_study(self, earliest: int, latest: Count) -> Effects:
        """Averages by years since adoption, cohorts weighted by their size (their eq. 3.4)."""
        return self._effects(self._by_event(earliest, latest))

    @check_arguments
    def overall(self, latest: Count) -> Effects:
        """Average over all effects of up to `latest` years, cohorts weighted by their size."""
        return self._effects({"overall": self._up_to(latest)})

    @check_arguments
    def averages(self, earliest: int, latest: Count) -> tuple[float, dict[int, float]]:
        """Estimates of `overall` and of `event_study`, without their covariances."""
        events = self._by_event(earliest, latest)
        return self._average(self._up_to(latest)), {e: self._average(r) for e, r in events.items()}

    def _by_event(self, earliest: int, latest: int) -> dict[int, np.ndarray]:
        """Which rows are of each event time that has some."""
        event = self.columns["event"]
        rows = {e: event == e for e in range(earliest, latest + 1)}
        return {e: mine for e, mine in rows.items() if mine.any()}

    def _up_to(self, latest: int) -> np.ndarray:
        """Which rows are of a treated year up to an event time."""
        event = self.columns["event"]
        rows: np.ndarray = (event >= 0) & (event <= latest)
        return rows

    def _average(self, rows: np.ndarray) -> float:
        share = self.membership.mean(axis=0)[rows]
        return float(share / share.sum() @ self.columns["estimate"][rows])

    def _influence(self, rows: np.ndarray) -> np.ndarray:
        """Influence of each unit on an average, shape (N,)."""
        share = self.membership.mean(axis=0)
        deviation = (self.membership - share)[:, rows]
        share = share[rows]
        total = share.sum()
        # the shares are estimated as well
        of_weights = deviation / total - np.outer(deviation.sum(axis=1), share / total**2)
        influence: np.ndarray = (
            self.influence[:, rows] @ (share / total) + of_weights @ self.columns["estimate"][rows]
        )
        return influence

    def _effects(self, groups: dict[Any, np.ndarray]) -> Effects:
        influence = np.column_stack([self._influence(rows) for rows in groups.values()])
        names = pd.Index(list(groups), name="event")
        values = pd.Series([self._average(rows) for rows in groups.values()], names)
        cov = influence.T @ influence / len(influence) ** 2
        return Effects(values, pd.DataFrame(cov, names, names))


@check_arguments
def group_time(data: Staggered, *, base_years: Positive) -> GroupTime:
    r"""Effect of each cohort g in each year t against the units not treated by then.

    .. math:: ATT(g,t) = E[Y_t - B_g | G=g] - E[Y_t - B_g | G > \max(t, g-1), G \ne g]

    B_g is the mean of Y over the `base_years` before g (Callaway and Sant'Anna 2021, eq. 2.9 with one
    year, no covariates, no anticipation). The base is the same for years before and after
    ("universal"), so that the effects before are a path. Errors come from the influence function,
    clustered by unit. A cohort of one unit adds none of its own variance.

    Parameters
    ----------
    data : Staggered
        Balanced outcome, N units by T years, with the first treated year of each unit.
    base_years : int, at least 1
        Years before adoption whose mean is the base.

    Returns
    -------
    GroupTime

    Raises
    ------
    ValueError
        If `base_years` is below 1.
    Infeasible
        If no effect has controls, or a cohort has fewer years before adoption than the base.
    """
    return _group_time(data, range(-len(data.years), len(data.years)), base_years)


def _group_time(data: Staggered, events: range, base_years: int) -> GroupTime:
    n, t = data.outcome.shape
    rows, columns, members = [], [], []
    for g in data.cohorts:
        mine = data.first == g
        if g < base_years:
            raise Infeasible(codes.BASE_TOO_LONG(years=data.years[g], g=g, base_years=base_years))
        base = data.outcome[:, g - base_years : g].mean(axis=1)
        for year in (g + event for event in events if 0 <= g + event < t):
            controls = (data.first > max(year, g - 1)) & ~mine
            if (year == g - 1 and base_years == 1) or not controls.any():
                continue
            change = data.outcome[:, year] - base
            influence = np.zeros(n)
            means = []
            for group, sign in ((mine, 1.0), (controls, -1.0)):
                mean = change[group].mean()
                means.append(mean)
                influence[group] = sign * n / group.sum() * (change[group] - mean)
            rows.append((data.years[g], data.years[year], year - g, means[0] - means[1],
                         float(np.sqrt(influence @ influence) / n), int(mine.sum()),
                         int(controls.sum())))  # fmt: skip
            columns.append(influence)
            members.append(mine.astype(float))
    if not rows:
        raise Infeasible(codes.NO_CONTROLS_LEFT())
    names = ["cohort", "year", "event", "estimate", "std_error", "n_treated", "n_controls"]
    table = dict(zip(names, map(np.array, zip(*rows, strict=True)), strict=True))
    return GroupTime(table, np.column_stack(columns), np.column_stack(members))


@check_arguments
def randomisation_test(
    data: Staggered, *, latest: Count, base_years: Positive, draws: Positive, seed: Seed
) -> float:
    """Share of random assignments of the adoption times whose studentised average effect is as large.

    Sharp null: no unit is affected, and adoption times are exchangeable between units. The
    statistic is the absolute value of overall / its standard error; p = (1 + r)/(1 + R), ties counted.

    Parameters
    ----------
    data : Staggered
        Outcome and first treated periods.
    latest : int
        Last event time that is averaged.
    base_years : int, at least 1
        Years before adoption whose mean is the base.
    draws : int
        Random assignments, at least 1.
    seed : int
        Of the generator: the same seed gives the same numbers.

    Returns
    -------
    float
        The p-value (1 + r)/(1 + R).
    """

    def statistic(first: np.ndarray) -> float:
        drawn = Staggered(data.outcome, first, data.units, data.years)
        effects = _group_time(drawn, range(latest + 1), base_years)
        rows = effects._up_to(latest)
        influence = effects._influence(rows)
        error = np.sqrt(influence @ influence / influence.size**2)
        return abs(effects._average(rows) / float(error))

    generator = np.random.default_rng(seed)
    observed = statistic(data.first) * (1 - 1e-12)
    larger = sum(statistic(generator.permutation(data.first)) >= observed for _ in range(draws))
    return (1 + larger) / (1 + draws)
