"""Effects against imputed outcomes without treatment (Borusyak, Jaravel and Spiess 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from estimation.econometrics.adoption.staggered import Staggered
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.fixed_effects.regression import two_way
from estimation.econometrics.fixed_effects.result import FixedEffectsResult
from estimation.econometrics.fixed_effects.within import Floats


@dataclass(frozen=True, slots=True)
class Imputed:
    """Effect of every treated cell, and what any average of them needs.

    Attributes
    ----------
    cells : pandas.DataFrame
        unit, year, event, cohort, effect: one row a treated cell whose outcome can be imputed.
    residuals : ndarray, shape (n0,)
        Of the untreated cells.
    loadings : ndarray, shape (n0, n1)
        What each untreated cell adds to each imputed outcome.
    unit : ndarray, shape (n0,)
        Unit of each untreated cell.
    lost : list of (str, int)
        Treated cells that cannot be imputed.
    """

    cells: pd.DataFrame
    residuals: Floats
    loadings: Floats
    unit: np.ndarray
    lost: list[tuple[str, int]]

    def average(self, weights: Floats, *, same: list[str]) -> tuple[float, float]:
        r"""Weighted sum of effects with its conservative standard error (their Theorem 3).

        .. math:: \hat\sigma^2 = \sum_i \Big(\sum_t v_{it}\tilde\varepsilon_{it}\Big)^2

        with v the weights of the linear estimator, and in treated cells the effect less the mean,
        weighted by v squared, of those alike in the columns `same` (their eq. 8).

        Parameters
        ----------
        weights : ndarray, shape (n1,)
        same : list of str
            `["cohort", "event"]` is theirs; `["event"]` where cohorts are of one or few units, whose
            own mean would leave nothing to measure spread by.
        """
        estimate = float(weights @ self.cells["effect"])
        frame = self.cells.assign(v2=weights**2, v2e=weights**2 * self.cells["effect"])
        by = frame.groupby(same)[["v2", "v2e"]].transform("sum")
        mean = (by["v2e"] / by["v2"].where(by["v2"] > 0)).fillna(0.0)
        of_treated = weights * (self.cells["effect"] - mean).to_numpy()
        of_untreated = -(self.loadings @ weights) * self.residuals
        by_unit = np.bincount(self.unit, of_untreated, minlength=int(self.unit.max()) + 1)
        by_unit += np.bincount(self.cells["unit"], of_treated, minlength=len(by_unit))
        return estimate, float(np.sqrt(by_unit @ by_unit))

    def event(self, event: int) -> Floats:
        """Weights of the mean effect so many years after adoption."""
        return _mean_of((self.cells["event"] == event).to_numpy())

    def overall(self, latest: int) -> Floats:
        """Weights of the mean effect of all cells up to `latest` years after adoption."""
        return _mean_of(self.cells["event"].between(0, latest).to_numpy())

    def slope(self, trait: Floats, latest: int) -> Floats:
        """Weights of the least-squares slope of the effects on a trait of units, shape (N,)."""
        inside = self.cells["event"].between(0, latest).to_numpy()
        z = np.asarray(trait, float)[self.cells["unit"]]
        deviation = np.where(inside, z - z[inside].mean(), 0.0)
        return np.asarray(deviation / (deviation @ deviation), dtype=np.float64)


def _mean_of(inside: np.ndarray) -> Floats:
    if not inside.any():
        raise Infeasible("no treated cell can be imputed there")
    return np.asarray(inside / inside.sum(), dtype=np.float64)


def impute(data: Staggered) -> Imputed:
    """Unit and year effects from untreated cells alone, and the effects they imply in treated ones.

    A year in which every unit is treated has no effect of its own to take: its cells are lost, and
    listed.

    Raises
    ------
    Infeasible
        If no treated cell can be imputed.
    """
    n, t = data.outcome.shape
    unit, year = np.divmod(np.arange(n * t), t)
    treated = data.treated.ravel()
    known = np.isin(year, year[~treated])
    usable = treated & known
    lost = [
        (data.provinces[unit[i]], data.years[year[i]]) for i in np.flatnonzero(treated & ~known)
    ]
    if not usable.any():
        raise Infeasible("no treated cell lies in a year with an untreated unit")
    design = np.zeros((n * t, n + t))
    design[np.arange(n * t), unit] = 1.0
    design[np.arange(n * t), n + year] = 1.0
    y = data.outcome.ravel()
    base, ahead = design[~treated], design[usable]
    loadings = (ahead @ np.linalg.pinv(base)).T
    fitted = base @ np.linalg.lstsq(base, y[~treated], rcond=None)[0]
    cohort = data.first[unit[usable]]
    cells = pd.DataFrame(
        {
            "unit": unit[usable], "year": np.array(data.years)[year[usable]],
            "event": year[usable] - cohort, "cohort": cohort,
            "effect": y[usable] - loadings.T @ y[~treated],
        }
    )  # fmt: skip
    return Imputed(cells, y[~treated] - fitted, loadings, unit[~treated], lost)


def pre_trends(
    y: pd.Series, first_year: pd.Series, *, leads: int, cov: str, correction: str, df: str
) -> FixedEffectsResult:
    """Two-way regression on untreated cells of dummies for 1 to `leads` years before adoption.

    Borusyak, Jaravel and Spiess (2024), section 4.4: independent of the effects' estimates where
    trends are parallel. `wald` on all terms is the joint test; `cov`, `correction` and `df` as in
    `two_way`, clustered by province.
    """
    when = first_year.reindex(y.index.get_level_values(0)).to_numpy(float)
    event = y.index.get_level_values(1).to_numpy() - when
    untreated = ~(event >= 0)
    x = pd.DataFrame(
        {f"{k} years before": (event == -k) * 1.0 for k in range(1, leads + 1)}, index=y.index
    )
    return two_way(
        y[untreated], x[untreated], cov=cov, cluster="province_code", correction=correction, df=df
    )
