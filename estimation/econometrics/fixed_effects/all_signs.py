"""Counts over all 2^(G-1) sign vectors of a wild cluster bootstrap, v and -v counted once.

A test counts the vectors v with v'Av >= 0. The clusters are split in two halves, so that every
value is the sum of two terms known by half and of one matrix product. A block of vectors is left out
where a bound of its values says that none counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from living_panel.estimation.econometrics.arguments import Count, check_arguments
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints

MOST_CLUSTERS = 31  # 2^30 vectors: less than a second of one core
ROUNDING = 1e-14  # of the sum of |A|; a value nearer to zero is zero, which counts
SINGLE = 4e-6  # of the sum of |A|: rounding of single precision; nearer values are computed again
ROWS, COLUMNS = 512, 1024  # of a block of values: 2 MB, which the processor's cache holds
MOST_OPEN = 2**20  # vectors whose signs are collected: about 100 MB with their numbers
Signs = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Halves:
    """All sign vectors as pairs of a row of `first` (its first sign is 1) and a row of `second`."""

    first: Signs
    second: Signs

    @property
    def size(self) -> int:
        """Number of vectors."""
        return len(self.first) * len(self.second)

    @check_arguments
    def vectors(self, pairs: Ints) -> Signs:
        """Sign vectors (B, G) of flat positions: row of `first` times rows of `second`, plus its row."""
        rows, columns = np.divmod(pairs, len(self.second))
        return np.hstack([self.first[rows], self.second[columns]])


@check_arguments
def halves(groups: Count) -> Halves:
    """Return the two halves of the sign vectors of G clusters.

    Parameters
    ----------
    groups : int
        From 2 to `MOST_CLUSTERS`.
    """
    return _halves(groups)


@lru_cache(maxsize=2)
def _halves(groups: int) -> Halves:
    second = groups // 2
    first = _signs(groups - second - 1)
    return Halves(np.hstack([np.ones((len(first), 1), np.int8), first]), _signs(second))


def _signs(places: int) -> Signs:
    numbers = np.arange(2**places, dtype=np.int32)[:, None]
    return (1 - 2 * ((numbers >> np.arange(places)) & 1)).astype(np.int8)


@check_arguments
def count_not_negative(form: Floats) -> int:
    """Number of sign vectors v with v'Av >= 0.

    Parameters
    ----------
    form : ndarray, shape (G, G)
        Symmetric A.
    """
    size = float(np.abs(form).sum())
    if size == 0.0:
        return halves(len(form)).size
    order = _order(form)
    form = form[np.ix_(order, order)] / size
    pairs, count = halves(len(form)), 0
    for (rows, column), (values,) in _blocks([form], np.float32, -SINGLE):
        sure = int(np.count_nonzero(values >= SINGLE))
        count += sure
        if int(np.count_nonzero(values >= -SINGLE)) > sure:
            open_ = (values >= -SINGLE) & (values < SINGLE)
            near = pairs.vectors(_places(open_, rows, column, pairs)).astype(np.float64)
            again = np.einsum("bi,bi->b", near @ form, near)
            count += int(np.count_nonzero(again >= -ROUNDING))
    return count


def _order(form: Floats) -> Ints:
    """Order of clusters: the signs that vary within a block of `_blocks` move its values least."""
    return np.roll(np.argsort(np.abs(form).sum(axis=1), kind="stable"), -(len(form) // 2))


def _places(mask: npt.NDArray[np.bool_], rows: Ints, column: int, pairs: Halves) -> Ints:
    """Flat positions of the pairs of a block that a mask takes."""
    places, columns = np.divmod(np.flatnonzero(mask), mask.shape[1])
    return np.asarray(rows[places] * len(pairs.second) + columns + column, dtype=np.int64)


@check_arguments
def count_singular(forms: Floats) -> int:
    """Number of sign vectors at which the matrix of quadratic forms v'A_ij v has no positive determinant.

    Parameters
    ----------
    forms : ndarray, shape (q, q, G, G)
        Symmetric in i, j; q is at most three.
    """
    q = len(forms)
    places = [(i, j) for i in range(q) for j in range(i, q)]
    blocks = _blocks([forms[place] for place in places], np.float64, -np.inf)
    counts = 0
    for _, values in blocks:
        at = dict(zip(places, values, strict=True))
        counts += int(np.count_nonzero(_determinant(at, q) <= 0))
    return counts


def _determinant(at: dict[tuple[int, int], Floats], q: int) -> Floats:
    if q == 1:
        return at[0, 0]
    if q == 2:
        return at[0, 0] * at[1, 1] - at[0, 1] ** 2
    minors = (
        at[1, 1] * at[2, 2] - at[1, 2] ** 2,
        at[0, 1] * at[2, 2] - at[1, 2] * at[0, 2],
        at[0, 1] * at[1, 2] - at[1, 1] * at[0, 2],
    )
    return at[0, 0] * minors[0] - at[0, 1] * minors[1] + at[0, 2] * minors[2]


@dataclass(frozen=True)
class Between:
    """Sign vectors between two values of a parameter.

    Attributes
    ----------
    counted : int
        Vectors that count at both values and between them.
    open : ndarray, shape (B, G), or None
        Vectors that may change; None where they are more than `MOST_OPEN`.
    """

    counted: int
    open: Signs | None


@check_arguments
def settle_between(first: Floats, last: Floats, slack: float) -> Between:
    """Sort the sign vectors by what v'A(t)v >= 0 says between two values of t.

    Parameters
    ----------
    first, last : ndarray, shape (G, G)
        A at both values.
    slack : float
        By how much v'A(t)v may leave the straight line between its two values.

    Returns
    -------
    Between
    """
    size = max(float(np.abs(form).sum()) for form in (first, last)) or 1.0
    order = _order(last)
    first, last = (form[np.ix_(order, order)] / size for form in (first, last))
    slack = slack / size + SINGLE
    pairs = halves(len(first))
    counted, places, n_open = 0, [], 0
    for (rows, column), (one, two) in _blocks([first, last], np.float32, -slack):
        low = np.minimum(one, two)
        counts = low >= slack
        counted += int(np.count_nonzero(counts))
        high = np.maximum(one, two, out=low)
        at = _places((high >= -slack) & ~counts, rows, column, pairs)
        n_open += at.size
        if n_open > MOST_OPEN:
            return Between(0, None)
        places.append(at)
    vectors = pairs.vectors(np.concatenate([np.empty(0, np.int64), *places]))
    return Between(counted, vectors[:, np.argsort(order)])


def _blocks(
    forms: Sequence[Floats], precision: type[np.floating[Any]], least: float
) -> Iterator[tuple[tuple[Ints, int], list[npt.NDArray[Any]]]]:
    """Values v'Av of each form by block of pairs, with the block's rows and first column.

    Rows are left out of a block where no form has a value of `least` or more.
    """
    pairs = halves(len(forms[0]))
    factors = [[f.astype(precision) for f in _factors(form, pairs)] for form in forms]
    for column in range(0, len(pairs.second), COLUMNS):
        parts = [(left, right[:, column : column + COLUMNS]) for left, right in factors]
        reach = np.maximum.reduce([_reach(*part) for part in parts])
        rows = np.flatnonzero(reach >= least)
        for start in range(0, rows.size, ROWS):
            taken = rows[start : start + ROWS]
            yield (taken, column), [left[taken] @ right for left, right in parts]


def _reach(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Upper bound of each row of the product of both factors: every sign that varies is the best one."""
    linear, signs = left[:, :-2], right[:-2]
    varies = (signs != signs[:, :1]).any(axis=1)
    fixed = linear[:, ~varies] @ signs[~varies, 0] + left[:, -2]
    return np.asarray(fixed + np.abs(linear[:, varies]).sum(axis=1) + right[-1].max())


def _factors(form: Floats, pairs: Halves) -> tuple[Floats, Floats]:
    """Two matrices whose product is v'Av of all pairs: 2 s'A_12, s'A_11 s, 1 times t, 1, t'A_22 t."""
    first, second = pairs.first.astype(np.float64), pairs.second.astype(np.float64)
    cut = first.shape[1]
    square = np.einsum("bi,bi->b", first @ form[:cut, :cut], first)
    other = np.einsum("bi,bi->b", second @ form[cut:, cut:], second)
    left = np.column_stack([2 * first @ form[:cut, cut:], square, np.ones(len(first))])
    right = np.column_stack([second, np.ones(len(second)), other])
    return left, np.ascontiguousarray(right.T)
