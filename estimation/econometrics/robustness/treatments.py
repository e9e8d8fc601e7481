"""One slope under other treatments of breaks, trends, dynamics and common shocks, by one inference.

Each treatment adds effects or regressors to the regression or takes differences, so that the wild
cluster bootstrap of the two-way regression applies to all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import (
    Correction,
    Count,
    Positive,
    Seed,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.covariances import cluster_factor
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import break_rows
from living_panel.estimation.econometrics.fixed_effects.regression_data import (
    check_frame,
    checked_fit,
    row_codes,
)
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    WildTest,
    wild_draws,
    wild_test,
)
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    TwoWayEffects,
    demean,
    two_way_effects,
)
from living_panel.estimation.estimators.factors import _interactive


@dataclass(frozen=True)
class TreatmentDesign:
    """Rows of one treatment.

    Attributes
    ----------
    y : pandas.Series
        Outcome over the rows (unit, period).
    x : pandas.DataFrame
        Regressors, the one of interest first.
    added : ndarray, shape (n, m)
        Regressors that the treatment adds.
    unit, time : ndarray, shape (n,)
        Codes of the effects that are taken out; all zero for none.
    """

    y: pd.Series
    x: pd.DataFrame
    added: Floats
    unit: Ints
    time: Ints

    @property
    def effects(self) -> TwoWayEffects:
        """Layout of the effects."""
        return two_way_effects(self.unit, self.time)


@dataclass(frozen=True)
class TreatedSlope:
    """The first slope of a design; `test` has its p-values and intervals."""

    estimate: float
    std_error: float
    test: WildTest
    n_obs: int
    n_clusters: int
    residual_df: int

    @check_arguments
    def corrected_error(self, design: TreatmentDesign, correction: Correction) -> float:
        """Clustered standard error with the small-sample factor of a two-way regression.

        Parameters
        ----------
        design : TreatmentDesign
            The design of this slope; effects of its units are nested in the clusters.
        correction : {"none", "reghdfe"}
            As in `cluster_factor`.

        Returns
        -------
        float
        """
        parameters = design.x.shape[1] + design.added.shape[1] + int(design.time.max()) + 1
        factor = cluster_factor(correction, self.n_obs, parameters, self.n_clusters)
        return float(self.std_error * np.sqrt(factor))


def _design(y: pd.Series, x: pd.DataFrame) -> TreatmentDesign:
    check_frame(y, x)
    y, x = y.sort_index(), x.sort_index()
    return TreatmentDesign(y, x, np.empty((len(y), 0)), *row_codes(y.index))


@check_arguments
def split_effects(y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame) -> TreatmentDesign:
    """Unit effects that change at breaks.

    Parameters
    ----------
    y, x : pandas.Series, pandas.DataFrame
        Outcome and regressors over (unit, period).
    breaks : pandas.DataFrame
        Columns of the unit and of the period in which the new effect begins, named as the index; every unit
        where the first is empty.

    Returns
    -------
    TreatmentDesign
    """
    plain = _design(y, x)
    index = plain.y.index
    assert isinstance(index, pd.MultiIndex)
    units, periods = (np.asarray(index.get_level_values(i)) for i in (0, 1))
    count = np.zeros(len(periods), int)
    for unit, period in break_rows(breaks, index):
        count += (periods >= period) & ((units == unit) | (unit == ""))
    regimes = pd.factorize(pd.MultiIndex.from_arrays([units, count]))[0]
    return TreatmentDesign(plain.y, plain.x, plain.added, regimes.astype(np.int64), plain.time)


@check_arguments
def unit_trends(y: pd.Series, x: pd.DataFrame) -> TreatmentDesign:
    """A linear trend of each unit in addition to both effects."""
    plain = _design(y, x)
    return _with_loadings(plain, plain.time.astype(float)[:, None])


def _with_loadings(plain: TreatmentDesign, series: Floats) -> TreatmentDesign:
    """Each unit's own slope on series (n, r); one unit is the base, as year effects hold it."""
    dummies = np.eye(int(plain.unit.max()) + 1)[plain.unit][:, 1:]
    added = (dummies[:, :, None] * series[:, None, :]).reshape(len(dummies), -1)
    return TreatmentDesign(plain.y, plain.x, added, plain.unit, plain.time)


@check_arguments
def differences(y: pd.Series, x: pd.DataFrame, *, lag: Positive) -> TreatmentDesign:
    """Changes over `lag` years with year effects, of all pairs of years in the data.

    Parameters
    ----------
    y, x : pandas.Series, pandas.DataFrame
        Outcome and regressors over (unit, period).
    lag : int
        Years between the two values.

    Returns
    -------
    TreatmentDesign

    Raises
    ------
    Infeasible
        Where no unit has two values that far apart.
    """
    plain = _design(y, x)
    both = plain.x.assign(**{"outcome of the difference": plain.y})
    before = both.copy()
    before.index = pd.MultiIndex.from_arrays(
        [both.index.get_level_values(0), both.index.get_level_values(1) + lag],
        names=both.index.names,
    )
    change = (both - before.reindex(both.index)).dropna()
    if change.empty:
        raise Infeasible(
            Code.GAPS(
                "no unit has two values {lag} years apart",
                "use a shorter lag or a longer window",
                lag=lag,
            )
        )
    _, time = row_codes(change.index)
    outcome = change.pop("outcome of the difference")
    added = np.empty((len(change), 0))
    return TreatmentDesign(outcome, change, added, np.zeros(len(change), np.int64), time)


def _balanced(y: pd.Series, x: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Rows of units without a hole."""
    years = y.index.get_level_values(1).nunique()
    rows = y.groupby(level=0).transform("size") == years
    return y[rows], x[rows]


@check_arguments
def common_factors(
    y: pd.Series, x: pd.DataFrame, *, factors: Count, starts: Positive, seed: Seed
) -> TreatmentDesign:
    """Interactive effects (Bai 2009) in addition to both effects, of units without a gap.

    The factors are estimated once, and each unit has its own loadings on them: least squares
    then gives Bai's estimate, and its inference takes the factors as known.

    Parameters
    ----------
    y, x : pandas.Series, pandas.DataFrame
        Outcome and regressors over (unit, period).
    factors : int
        Number of factors.
    starts, seed : int
        As in `living_panel.econometrics.interactive_effects`.

    Returns
    -------
    TreatmentDesign
    """
    y, x = _balanced(y, x)
    fit = _interactive(y, x, factors=factors, starts=starts, seed=seed)
    plain = _design(y, x)
    left = demean(plain.effects, plain.y.to_numpy() - plain.x.to_numpy() @ fit.params.to_numpy())
    wide = left.reshape(int(plain.unit.max()) + 1, -1)
    vectors = np.linalg.eigh(wide.T @ wide)[1][:, ::-1][:, :factors]
    return _with_loadings(plain, vectors[plain.time])


@check_arguments
def common_averages(y: pd.Series, x: pd.DataFrame) -> TreatmentDesign:
    """Common correlated effects (Pesaran 2006): each unit's own slopes on averages over units.

    Of units without a hole, with unit effects; least squares gives the pooled estimate, and
    its inference takes the averages as known.
    """
    plain = _design(*_balanced(y, x))
    averages = np.column_stack(
        [s.groupby(level=1).transform("mean") for s in (plain.y, *(plain.x[c] for c in plain.x))]
    )
    dummies = np.eye(int(plain.unit.max()) + 1)[plain.unit]
    added = (dummies[:, :, None] * averages[:, None, :]).reshape(len(dummies), -1)
    return TreatmentDesign(plain.y, plain.x, added, plain.unit, np.zeros_like(plain.time))


@check_arguments
def treated_slope(design: TreatmentDesign, *, draws: Positive, seed: Seed) -> TreatedSlope:
    """The first slope of a design by the wild cluster bootstrap, clustered by unit.

    Parameters
    ----------
    design : TreatmentDesign
        From one of the treatments above.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    TreatedSlope

    Raises
    ------
    Infeasible, InvalidData
        Where the treatment leaves no variation or no degree of freedom.
    """
    effects, cluster = design.effects, row_codes(design.y.index)[0]
    names: Sequence[str] = [f"added {i}" for i in range(design.added.shape[1])]
    frame = pd.DataFrame(design.added, design.y.index, names)
    every = pd.concat([design.x, frame], axis=1)
    fit = checked_fit(effects, design.y, every)
    clusters = int(cluster.max()) + 1
    weights = replace(wild_draws(clusters, draws, seed), most=draws)
    test = wild_test(fit, cluster, 0, weights)
    free = len(design.y) - every.shape[1] - effects.absorbed
    return TreatedSlope(test.estimate, test.std_error, test, len(design.y), clusters, int(free))
