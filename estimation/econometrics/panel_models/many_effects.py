"""Projection on any number of effects, with weights and with slopes of their own, without iterating."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import scipy

from living_panel.estimation.econometrics.arguments import Shape, check_arguments
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints

MOST_LEVELS = 3_000
"""Most columns of all effects but the one with the most values: their cross-product is one dense matrix."""
_NOTHING = 1e-10  # share of a column that is left within a group


@dataclass(frozen=True)
class Grouped:
    """Values of one effect, and the columns that have a coefficient for each of them.

    Attributes
    ----------
    group : ndarray, shape (n,)
        Codes from 0.
    columns : ndarray, shape (n, p)
        The root of the weights first, then that times each variable with slopes.
    """

    group: Ints
    columns: Floats

    @property
    def levels(self) -> int:
        """Values of the effect."""
        return int(self.group.max()) + 1


@dataclass(frozen=True)
class ManyEffects:
    """The largest effect group by group, and the dummies D of the others net of it: D (D'MD)^+ D'M.

    Attributes
    ----------
    group : ndarray, shape (n,)
        Codes of the largest effect.
    columns : ndarray, shape (n, p)
        Its columns, orthogonal within each group and of length 1 or 0.
    others : sparse array, shape (n, m)
        Columns of the other effects.
    inverse : ndarray, shape (m, m)
        Pseudo-inverse of their cross-product net of the largest effect.
    parameters : int
        Dimension of all effects.
    """

    group: Ints
    columns: Floats
    others: scipy.sparse.csr_array
    inverse: Floats
    parameters: int

    @check_arguments
    def net(self, values: Annotated[Floats, Shape("n ...")]) -> Floats:
        """Residuals of columns (n,) or (n, m) on the effects."""
        v = self._within(values[:, None] if values.ndim == 1 else values)
        if self.others.shape[1]:
            v = v - self._within(self.others @ (self.inverse @ (self.others.T @ v)))
        return np.asarray(v[:, 0] if values.ndim == 1 else v)

    @check_arguments
    def leverage(self) -> Floats:
        """Diagonal (n,) of the projection on the effects."""
        squares = (self.columns**2).sum(axis=1)
        if not self.others.shape[1]:
            return np.asarray(squares)
        net = self._within(self.others.toarray())
        return np.asarray(squares + np.einsum("ij,jk,ik->i", net, self.inverse, net, optimize=True))

    def _within(self, v: Floats) -> Floats:
        for column in self.columns.T:
            sums = _sums(self.group, column[:, None] * v)
            v = v - column[:, None] * sums[self.group]
        return v


@check_arguments
def many_effects(effects: Sequence[Grouped]) -> ManyEffects:
    """Layout of effects, of which there is one at least.

    Parameters
    ----------
    effects : sequence of Grouped
        Over the same rows.

    Returns
    -------
    ManyEffects
    """
    first, *rest = sorted(effects, key=lambda effect: -effect.levels * effect.columns.shape[1])
    n, dimension = len(first.group), 0
    columns: list[Floats] = []
    for column in first.columns.T:
        left, size = column, _sums(first.group, column[:, None] ** 2)[:, 0]
        for _ in range(2):  # twice: the second round takes what rounding leaves
            for vector in columns:
                left = (
                    left - vector * _sums(first.group, (vector * left)[:, None])[:, 0][first.group]
                )
        squares = _sums(first.group, left[:, None] ** 2)[:, 0]
        is_there = squares > _NOTHING**2 * np.where(size > 0, size, 1.0)
        dimension += int(is_there.sum())
        scale = np.where(is_there, 1 / np.sqrt(np.where(is_there, squares, 1.0)), 0.0)
        columns.append(left * scale[first.group])
    blocks = [
        scipy.sparse.csr_array((column, (np.arange(n), effect.group)), shape=(n, effect.levels))
        for effect in rest
        for column in effect.columns.T
    ]
    projection = ManyEffects(
        first.group,
        np.column_stack(columns),
        scipy.sparse.hstack(blocks, format="csr") if blocks else scipy.sparse.csr_array((n, 0)),
        np.zeros((0, 0)),
        dimension,
    )
    if not blocks:
        return projection
    inverse, rank = _inverse(projection, first.levels)
    return ManyEffects(
        projection.group, projection.columns, projection.others, inverse, dimension + rank
    )


def _inverse(effects: ManyEffects, levels: int) -> tuple[Floats, int]:
    """Pseudo-inverse of the other effects' cross-product net of the largest effect, and its rank."""
    n, others = len(effects.group), effects.others
    gram = (others.T @ others).toarray()
    for column in effects.columns.T:
        by_group = scipy.sparse.csr_array(
            (column, (effects.group, np.arange(n))), shape=(levels, n)
        )
        shared = by_group @ others
        gram = gram - (shared.T @ shared).toarray()
    size = np.sqrt(np.maximum((others.multiply(others)).sum(axis=0), 1e-300))
    values, vectors = np.linalg.eigh(gram / np.outer(size, size))
    is_there = values > _NOTHING * max(float(values[-1]), 1e-300)
    scaled = vectors[:, is_there] / size[:, None]
    return np.asarray(scaled / values[is_there] @ scaled.T), int(is_there.sum())


def _sums(group: Ints, values: Floats) -> Floats:
    """Sums of rows (n, m) by group."""
    sums = np.empty((int(group.max()) + 1, values.shape[1]))
    for j, column in enumerate(values.T):
        sums[:, j] = np.bincount(group, column, sums.shape[0])
    return sums
