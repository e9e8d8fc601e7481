"""Group-time effects with controls that are not treated yet (Callaway and Sant'Anna 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from estimation.econometrics import codes
from estimation.econometrics.adoption.staggered import Effects, Staggered
from estimation.econometrics.arguments import Count, Positive, Seed, check_arguments
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.fixed_effects.within import Floats


@dataclass(frozen=True, slots=True)
class GroupTime:
    """Effects of every cohort in every year.

    Attributes
    ----------
    table : pandas.DataFrame
        cohort, year, event, estimate, std_error, n_treated, n_controls; one row an effect that has
        controls. A base of one year, that before adoption, is zero by construction and left out.
    influence : ndarray, shape (N, rows)
    membership : ndarray, shape (N, rows)
        Whether a unit is of the row's cohort.
    """

    table: pd.DataFrame
    influence: Floats
    membership: Floats

    @check_arguments
    def event_study(self, earliest: int, latest: Count) -> Effects:
        """Averages by years since adoption, cohorts weighted by their size (their eq. 3.4)."""
        events = [e for e in range(earliest, latest + 1) if (self.table["event"] == e).any()]
        return self._averaged({e: (self.table["event"] == e).to_numpy() for e in events})

    @check_arguments
    def overall(self, latest: Count) -> Effects:
        """Average over all effects of up to `latest` years, cohorts weighted by their size."""
        return self._averaged({"overall": self.table["event"].between(0, latest).to_numpy()})

    def _averaged(self, groups: dict[Any, np.ndarray]) -> Effects:
        values, columns = [], []
        share = self.membership.mean(axis=0)
        deviation = self.membership - share
        estimates = self.table["estimate"].to_numpy()
        for rows in groups.values():
            total = share[rows].sum()
            weights = share[rows] / total
            values.append(float(weights @ estimates[rows]))
            # the shares are estimated as well
            of_weights = deviation[:, rows] / total - np.outer(
                deviation[:, rows].sum(axis=1), share[rows] / total**2
            )
            columns.append(self.influence[:, rows] @ weights + of_weights @ estimates[rows])
        influence = np.column_stack(columns)
        n = len(influence)
        names = pd.Index(list(groups), name="event")
        cov = influence.T @ influence / n**2
        return Effects(pd.Series(values, names), pd.DataFrame(cov, names, names))


@check_arguments
def group_time(data: Staggered, *, base_years: Positive) -> GroupTime:
    r"""Effect of each cohort g in each year t against the units not treated by then.

    .. math:: ATT(g,t) = E[Y_t - B_g | G=g] - E[Y_t - B_g | G > \max(t, g-1), G \ne g]

    B_g is the mean of Y over the `base_years` before g (Callaway and Sant'Anna 2021, eq. 2.9 with one
    year, no covariates, no anticipation). The base is the same for years before and after
    ("universal"), so that the effects before are a path. Errors from the influence function, clustered
    by unit; a cohort of one unit adds none of its own variance.

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
    return GroupTime(
        pd.DataFrame(rows, columns=names), np.column_stack(columns), np.column_stack(members)
    )


@check_arguments
def randomisation_test(
    data: Staggered, *, latest: Count, base_years: Positive, draws: Positive, seed: Seed
) -> float:
    """Share of random assignments of the adoption times whose studentised average effect is as large.

    Sharp null: no province is affected, and adoption times are exchangeable between provinces. The
    statistic is |overall / its standard error|; p = (1 + r)/(1 + R), ties counted.

    Parameters
    ----------
    data : Staggered
        Outcome and first treated periods.
    latest : int
        Last event time that is averaged.
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
        drawn = Staggered(data.outcome, first, data.provinces, data.years)
        average = _group_time(drawn, range(latest + 1), base_years).overall(latest)
        return abs(float(average.estimates.iloc[0]) / float(average.std_errors.iloc[0]))

    generator = np.random.default_rng(seed)
    observed = statistic(data.first) * (1 - 1e-12)
    larger = sum(statistic(generator.permutation(data.first)) >= observed for _ in range(draws))
    return (1 + larger) / (1 + draws)
