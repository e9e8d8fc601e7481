"""A linear regression as a covariance reads it, whichever estimator made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    TwoWayEffects,
    WithinFit,
    demean,
    effects_block,
)
from living_panel.estimation.econometrics.inference.factors import Counts, EffectCounts
from living_panel.estimation.econometrics.inference.sums import nested


class Layout(Protocol):
    """Effects of any kind that can be taken out."""

    @check_arguments
    def net(self, values: Floats) -> Floats:
        """Columns (n, m) without the effects."""

    def leverage(self) -> Floats:
        """Diagonal (n,) of the projection on the effects."""


@dataclass(frozen=True, eq=False)
class Regression:
    """Least squares of rows from which the effects are taken out.

    Attributes
    ----------
    x : ndarray, shape (n, k)
        Regressors as estimated; of instrumental variables their projection.
    params : ndarray, shape (k,)
        Slopes.
    residuals : ndarray, shape (n,)
        Of the same rows.
    bread : ndarray, shape (k, k)
        Inverse of X'X.
    layout : TwoWayEffects, Layout or None
        Effects that were taken out; None without effects.
    effects : sequence of ndarray
        Codes of each effect over the rows.
    absorbed : int
        Dimension of the effects.
    unit, period : ndarray, shape (n,)
        Codes of the rows, sorted by both.
    periods : sequence of int
        Labels of the period codes.
    keys : sequence of ndarray
        Codes of the cluster keys that the inference names, in its order.
    with_mean : bool
        Whether the covariance has a last row for the mean of the outcome, which a constant needs.
    left_out : ndarray, shape (N, k), optional
        Shifts of the slopes without each unit, where a regressor is made from the sample itself.
    places : ndarray, shape (n, 2), optional
        Latitude and longitude in radians, where the inference names them.
    again : callable, optional
        Slopes of the model with each row repeated as often as an array (n,) says.
    has_instruments : bool
        Whether `x` is projected on instruments.
    """

    x: Floats
    params: Floats
    residuals: Floats
    bread: Floats
    layout: TwoWayEffects | Layout | None
    effects: Sequence[Ints]
    absorbed: int
    unit: Ints
    period: Ints
    periods: Sequence[int]
    keys: Sequence[Ints] = ()
    with_mean: bool = False
    left_out: Floats | None = None
    places: Floats | None = None
    again: Callable[[Floats], Floats] | None = None
    has_instruments: bool = False

    @property
    def design(self) -> Floats:
        """Regressors (n, k), and a column of ones after them where the mean has a row."""
        return np.column_stack([self.x, np.ones(len(self.x))]) if self.with_mean else self.x

    @property
    def design_bread(self) -> Floats:
        """Inverse of the cross-product of `design`; demeaned regressors and the ones are orthogonal."""
        return self.bordered(self.bread, 1.0 / len(self.x)) if self.with_mean else self.bread

    @cached_property
    def scores(self) -> Floats:
        """Row of `design` times residual."""
        return self.design * self.residuals[:, None]

    @property
    def influences(self) -> Floats:
        """Influence of each row on the coefficients, shape of `design`: bread times score."""
        return np.asarray(self.scores @ self.design_bread)

    @property
    def groups(self) -> int:
        """Clusters, the smaller number of two keys."""
        return min(int(key.max()) + 1 for key in self.keys)

    @property
    def n_periods(self) -> int:
        """Periods."""
        return int(self.period.max()) + 1

    @property
    def n_units(self) -> int:
        """Units."""
        return int(self.unit.max()) + 1

    @check_arguments
    def bordered(self, cov: Floats, corner: float = 0.0) -> Floats:
        """A matrix of the slopes with the row and column of the mean, where that has one.

        Zeros stand for it in covariances by cluster of whole units: their residuals add up to zero.
        """
        if not self.with_mean:
            return cov
        out = np.pad(cov, (0, 1))
        out[-1, -1] = corner
        return out

    @check_arguments
    def net(self, values: Floats) -> Floats:
        """Columns (n, m) without the effects."""
        if isinstance(self.layout, TwoWayEffects):
            return demean(self.layout, values)
        return values if self.layout is None else self.layout.net(values)

    @check_arguments
    def annihilator(self, rows: Ints) -> Floats:
        """Rows and columns `rows` of I - H, H the hat matrix of regressors and effects together."""
        x = self.x[rows]
        left = np.eye(rows.size)
        if isinstance(self.layout, TwoWayEffects):
            left = left - effects_block(self.layout, rows)
        elif self.layout is not None:
            single = np.zeros((len(self.x), rows.size))
            single[rows, np.arange(rows.size)] = 1.0
            left = self.layout.net(single)[rows]
        return np.asarray(left - x @ self.bread @ x.T, dtype=np.float64)

    @cached_property
    def leverage(self) -> Floats:
        """Diagonal (n,) of H."""
        hat = np.einsum("ij,jk,ik->i", self.x, self.bread, self.x)
        layout = self.layout
        if layout is None:
            return np.asarray(hat)
        if not isinstance(layout, TwoWayEffects):
            return np.asarray(hat + layout.leverage())
        dummies = -layout.unit_shares[layout.unit]
        dummies[np.arange(len(hat)), layout.time] += 1.0
        of_time = np.einsum("it,ts,is->i", dummies, layout.period_inverse, dummies)
        return np.asarray(hat + (1.0 / layout.unit_size[layout.unit] + of_time))

    @check_arguments
    def counts(self, groups: int) -> Counts:
        """Numbers of a small-sample factor."""
        effects = []
        for codes in self.effects:
            inside = [nested(codes, key) for key in self.keys]
            levels = int(codes.max()) + 1
            effects.append(EffectCounts(levels, any(inside), bool(inside) and all(inside)))
        n, k = self.x.shape
        return Counts(n, k, self.absorbed, groups, tuple(effects))


LeastSquares = WithinFit | Regression
"""What leaving clusters out and the wild bootstrap read: `x`, `params`, `residuals`, `bread`, `net`, `annihilator`."""


@check_arguments
def two_way_regression(
    fit: WithinFit,
    keys: Sequence[Ints] = (),
    periods: Sequence[int] = (),
    *,
    with_mean: bool = False,
    left_out: Floats | None = None,
) -> Regression:
    """The regression of a two-way fit.

    Parameters
    ----------
    fit : WithinFit
        Least squares without both effects.
    keys : sequence of ndarray
        As in `Regression`, and so are the others.
    periods : sequence of int
        Labels of the period codes.
    with_mean : bool
        Whether the mean of the outcome has a row.
    left_out : ndarray, shape (N, k), optional
        Shifts of the slopes without each unit.

    Returns
    -------
    Regression
    """
    effects = fit.effects
    return Regression(
        fit.x, fit.params, fit.residuals, fit.bread, effects, (effects.unit, effects.time),
        effects.absorbed, effects.unit, effects.time, periods, keys, with_mean, left_out,
    )  # fmt: skip
