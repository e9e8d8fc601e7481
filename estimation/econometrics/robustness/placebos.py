"""Placebos: each unit gets the series of another unit, and the estimate is made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import (
    AtLeast,
    Positive,
    Seed,
    Shape,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import panel_arrays
from living_panel.estimation.econometrics.fixed_effects.regression_data import ABSORBED, checked_fit
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import TIE
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints

TwoOrMore = Annotated[int, AtLeast(2)]
ENDS = (0.025, 0.975)
"""Shares of the placebo estimates below the ends of their range."""
_CHUNK = 100  # exchanges whose arrays fit in the processor's cache


@check_arguments
def permutation_p(
    observed: float, placebos: Annotated[Floats, Shape("R")], *, two_sided: bool
) -> float:
    """(1 + #{placebo >= observed}) / (1 + R), ties counted; of absolute values if two-sided.

    Parameters
    ----------
    observed : float
        Statistic of the data.
    placebos : ndarray, shape (R,)
        The same statistic of each exchange.
    two_sided : bool
        Whether absolute values are compared.

    Returns
    -------
    float
    """
    if two_sided:
        observed, placebos = abs(observed), np.abs(placebos)
    larger = int((placebos >= observed - TIE * abs(observed)).sum())
    return (1 + larger) / (1 + placebos.size)


@dataclass(frozen=True)
class SlopePlacebos:
    """One slope, and the slopes under each exchange.

    Attributes
    ----------
    estimate : float
        Slope of the data.
    slopes : ndarray, shape (R,)
        Slopes of the exchanges.
    rows : ndarray, shape (R,)
        Rows of each exchange.
    """

    estimate: float
    slopes: Floats
    rows: Ints

    @property
    def p_value(self) -> float:
        """Share of exchanges with a slope at least as large in absolute value, the data among them."""
        return permutation_p(self.estimate, self.slopes, two_sided=True)

    @property
    def mean(self) -> float:
        """Mean slope of the exchanges."""
        return float(self.slopes.mean())

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of the range that holds 95 % of the slopes of the exchanges."""
        low, high = np.quantile(self.slopes, ENDS)
        return float(low), float(high)


@check_arguments
def derangements(units: TwoOrMore, exchanges: Positive, seed: Seed) -> Ints:
    """Random exchanges of units in which no unit keeps its own place, shape (exchanges, units).

    Each is drawn with the same probability from all such exchanges: permutations with a fixed place are
    drawn again.

    Parameters
    ----------
    units : int
        Units, at least two.
    exchanges : int
        Exchanges drawn.
    seed : int
        Of the generator: the same seed gives the same exchanges.

    Returns
    -------
    ndarray, shape (exchanges, units)
        Place of the unit whose series each unit gets.
    """
    rng, identity = np.random.default_rng(seed), np.arange(units)
    orders = np.empty((0, units), dtype=np.int64)
    while len(orders) < exchanges:
        drawn = rng.permuted(np.tile(identity, (exchanges, 1)), axis=1)
        orders = np.concatenate([orders, drawn[(drawn != identity).all(axis=1)]])
    return np.asarray(orders[:exchanges], dtype=np.int64)


@check_arguments
def exchanged_slopes(
    y: pd.Series, x: pd.DataFrame, term: str, *, exchanges: Positive, seed: Seed
) -> SlopePlacebos:
    """Two-way slope of `term` when each unit gets another unit's series of it; all else stays.

    The rows of an exchange are the rows of the data at which the other unit has a row too. In a balanced panel
    these are all rows. Otherwise a cell is lost where the other unit's series has no value in that year. Every
    exchange is estimated exactly on its own rows: both effects are removed in closed form, as in
    `fixed_effects.within`.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period).
    x : pandas.DataFrame
        Regressors over the same rows.
    term : str
        Column of `x` whose series are exchanged.
    exchanges : int
        Exchanges drawn.
    seed : int
        Of the generator.

    Returns
    -------
    SlopePlacebos

    Raises
    ------
    InvalidData, Infeasible
        As `checked_fit`, of the data and of an exchange whose rows carry no regression.
    """
    data = panel_arrays(y, x)
    place = data.names.index(term)
    estimate = float(checked_fit(data.effects, y.loc[data.index], x.loc[data.index]).params[place])
    n, t = len(data.units), len(data.years)
    there = np.zeros((n, t), dtype=bool)
    there[data.unit, data.time] = True
    # the exchanged column comes last: its slope is the last one
    others = np.delete(data.x, place, axis=1)
    cube = np.zeros((n, t, data.x.shape[1] + 1))
    cube[data.unit, data.time] = np.column_stack([data.y, others, data.x[:, place]])
    orders = derangements(n, exchanges, seed)
    parts = [
        _slopes_of(cube, there, orders[start : start + _CHUNK], term)
        for start in range(0, exchanges, _CHUNK)
    ]
    slopes, rows = map(np.concatenate, zip(*parts, strict=True))
    return SlopePlacebos(estimate, slopes, rows)


def _slopes_of(cube: Floats, there: np.ndarray, orders: Ints, term: str) -> tuple[Floats, Ints]:
    """Slopes (R,) of the last column of `cube` (N, T, k + 1) under each exchange, and the rows (R,).

    The first column is the outcome.
    """
    overlap = there & there[orders]
    z = np.repeat(cube[None], len(orders), axis=0)
    z[..., -1] = cube[orders, :, -1]
    size = np.sqrt(((z * overlap[..., None]) ** 2).sum(axis=(1, 2)))
    z = _demeaned(z, overlap)
    rows = overlap.sum(axis=(1, 2))
    left = np.sqrt((z**2).sum(axis=(1, 2)))
    if (left[:, -1] <= ABSORBED * np.maximum(size[:, -1], 1e-300)).any():
        raise InvalidData(sentences.NOTHING_WITHIN(names=term))
    z = z / np.maximum(left, 1e-300)[:, None, None]
    flat = z.reshape(len(orders), -1, z.shape[-1])
    gram = np.swapaxes(flat, 1, 2) @ flat
    units, years = (overlap.any(axis=axis).sum(axis=1) for axis in (2, 1))
    df = rows - (units + years - 1) - (z.shape[-1] - 1)
    if df.min() < 1:
        raise Infeasible(
            sentences.FEW_DEGREES_OF_FREEDOM(df=int(df.min()), n_slopes=z.shape[-1] - 1)
        )
    if np.linalg.cond(gram[:, 1:, 1:]).max() > 1e12:
        raise InvalidData(sentences.ALL_COLLINEAR_WITHIN(names=[term]))
    scaled = np.linalg.solve(gram[:, 1:, 1:], gram[:, 1:, :1])[..., -1, 0]
    return scaled * left[:, 0] / left[:, -1], rows


def _demeaned(z: Floats, mask: np.ndarray) -> Floats:
    """Columns (R, N, T, q) less unit and period effects on the rows of `mask` (R, N, T); zero elsewhere.

    The formula of `within.demean`, with a layout for each exchange.
    """
    weight = mask.astype(np.float64)
    size = np.maximum(weight.sum(axis=2), 1.0)
    shares = weight / size[..., None]
    on_diagonal = np.eye(mask.shape[2]) * weight.sum(axis=1)[:, None, :]
    gram = on_diagonal - np.swapaxes(weight, 1, 2) @ shares
    inverse = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
    z = z * weight[..., None]
    z = z - (z.sum(axis=2) / size[..., None])[:, :, None]
    z *= weight[..., None]
    period = inverse @ z.sum(axis=1)
    z -= period[:, None]
    z += (shares @ period)[:, :, None]
    return np.asarray(z * weight[..., None], dtype=np.float64)
