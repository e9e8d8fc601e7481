"""A balanced outcome and the period in which each unit is first treated, checked once for all methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import (
    balanced_cube,
    panel_arrays,
)
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints
from living_panel.estimation.econometrics.inference.covariances.cr3 import cr3
from living_panel.estimation.econometrics.wide_panel import absent_years


@dataclass(frozen=True, slots=True)
class Staggered:
    """Outcome of N units over T years, absorbing treatment.

    Attributes
    ----------
    outcome : ndarray, shape (N, T)
    first : ndarray, shape (N,)
        Position in `years` of the first treated year; T where it lies beyond or never comes.
    units, years : lists of length N, T
    """

    outcome: Floats
    first: Ints
    units: list[str]
    years: list[int]

    @property
    def cohorts(self) -> list[int]:
        """Positions in which some unit is first treated, within the window."""
        return [int(g) for g in np.unique(self.first) if g < len(self.years)]

    @property
    def treated(self) -> np.ndarray:
        """Whether a unit is treated in a year, shape (N, T)."""
        return np.arange(len(self.years)) >= self.first[:, None]


@check_arguments
def staggered(y: pd.Series, first_year: pd.Series) -> Staggered:
    """Check and lay out a staggered adoption.

    Parameters
    ----------
    y : pandas.Series
        Balanced, no gap between the years.
    first_year : pandas.Series
        By unit; missing for one that never adopts.

    Raises
    ------
    InvalidData
        For missing cells, a gap between years or a unit without an entry. For a unit treated from the first
        year on, as its level without treatment is unknown. For fewer than two times of adoption.
    """
    data = panel_arrays(y, pd.DataFrame({"year": y.index.get_level_values(1)}, y.index))
    outcome, _ = balanced_cube(data, "staggered adoption")
    years = np.array(data.years)
    if holes := absent_years(data.years):
        raise InvalidData(codes.ADOPTION_GAP(holes=holes))
    absent = [p for p in data.units if p not in first_year.index]
    if absent:
        raise InvalidData(codes.NO_FIRST_YEAR(absent=absent))
    when = first_year.reindex(data.units).to_numpy(float)
    early = [p for p, w in zip(data.units, when, strict=True) if w <= years[0]]
    if early:
        raise InvalidData(codes.TREATED_FROM_THE_START(early=early, years=years[0]))
    inside = when <= years[-1]
    first = np.where(inside, when - years[0], len(years)).astype(np.int64)
    if not inside.any() or len(np.unique(first)) < 2:
        raise InvalidData(codes.ONE_ADOPTION_TIME())
    return Staggered(outcome, first, data.units, data.years)


@dataclass(frozen=True, slots=True)
class Effects:
    """Estimates (q,) with their joint covariance (q, q)."""

    estimates: pd.Series
    cov: pd.DataFrame

    @property
    def std_errors(self) -> pd.Series:
        """Square roots of the diagonal of `cov`."""
        return pd.Series(np.sqrt(np.diag(self.cov)), self.estimates.index)


@check_arguments
def jackknife(data: Staggered, estimator: Callable[[Staggered], Mapping[Any, float]]) -> Effects:
    r"""Covariance (N-1)/N \sum_i (b_{(i)} - b)(b_{(i)} - b)' of an estimator over units left out.

    The counterpart of CR3. With cohorts of one or three units the influence functions and the conservative errors are
    too small: such a cohort has no spread. An estimate without the unit shows its influence.

    Raises
    ------
    Infeasible
        If an estimate is not there without some unit; names unit and estimate.
    """
    whole = dict(estimator(data))
    rows = []
    for i, name in enumerate(data.units):
        others = np.arange(len(data.units)) != i
        names = [p for p in data.units if p != name]
        part = dict(
            estimator(Staggered(data.outcome[others], data.first[others], names, data.years))
        )
        if lost := [term for term in whole if term not in part]:
            raise Infeasible(codes.LOST_WITHOUT_UNIT(name=name, lost=lost))
        rows.append([part[term] - whole[term] for term in whole])
    estimates = pd.Series(whole)
    terms = estimates.index
    return Effects(estimates, pd.DataFrame(cr3(np.array(rows)), terms, terms))
