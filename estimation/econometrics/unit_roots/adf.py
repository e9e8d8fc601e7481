"""Augmented Dickey-Fuller regressions of very many units at once.

Everything is an array (periods, draws, units): a real panel is one draw, a Monte Carlo has
thousands. Deterministics and lags are swept out by Gram-Schmidt, column by column, so that
no Python loop ever runs over units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import (
    Count,
    Positive,
    Shape,
    TrendOrNone,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats

DETERMINISTICS = {"n": 0, "c": 1, "ct": 2}
MIN_DF = 4
# A column whose squared length falls below this share of the original one is collinear.
COLLINEAR = 1e-22


@dataclass(frozen=True)
class AdfSums:
    """Sufficient sums of ADF regressions.

    Attributes
    ----------
    vv, ve, ee : arrays (draws, units)
        Sums of squares and products of v = lagged level and e = difference. Both are net of deterministics and lagged
        differences.
    n, k, lags : int
        Rows and parameters of each regression, the lagged level included; lagged differences.
    """

    vv: Floats
    ve: Floats
    ee: Floats
    n: int
    k: int
    lags: int

    @property
    def rss(self) -> Floats:
        """Residual sum of squares."""
        return self.ee - self.ve**2 / self.vv

    @check_arguments
    def t(self, corrected: bool) -> Floats:
        """Ratio t of the lagged level; sigma2 = RSS/(n-k) if corrected, else RSS/n."""
        sigma2 = self.rss / (self.n - self.k if corrected else self.n)
        return self.ve / np.sqrt(self.vv * sigma2)


@check_arguments
def adf_sums(
    y: Annotated[Floats, Shape("T D N")],
    trend: TrendOrNone,
    lags: Count,
    *,
    augmented: bool,
    names: Sequence[object] | None = None,
    test: str = "adf",
    min_df: Positive = MIN_DF,
) -> AdfSums:
    """Run the ADF (or cross-sectionally augmented) regression of every unit of every draw.

    Parameters
    ----------
    y : ndarray, shape (T, D, N)
        Levels.
    trend : {"n", "c", "ct"}
        Deterministics.
    lags : int
        Lagged differences.
    augmented : bool
        Add the cross-section means of the lagged level, the difference and its lags (Pesaran 2007,
        equation 54).
    names : sequence of object, optional
        Labels of the units, for error messages.
    test : str
        Name of the test, for error messages.
    min_df : int
        Least residual degrees of freedom.

    Returns
    -------
    AdfSums

    Raises
    ------
    Infeasible
        Fewer than `min_df` residual degrees of freedom, collinear columns, or an exact fit.
    """
    t = y.shape[0]
    n = t - 1 - lags
    k = 1 + DETERMINISTICS[trend] + lags + (2 + lags if augmented else 0)
    if n - k < min_df:
        regressions = int(np.prod(y.shape[1:]))
        raise Infeasible(
            codes.TOO_FEW_ROWS_FOR_LAGS(
                test=test,
                regressions=regressions,
                min_df=min_df,
                value=max(n, 0),
                k=k,
                n=n - k,
                t=t,
            )
        )
    diff = np.diff(y, axis=0)
    level, dy = y[lags : t - 1], diff[lags:]
    lagged = [diff[lags - j : t - 1 - j] for j in range(1, lags + 1)]
    means = [c.mean(axis=2, keepdims=True) for c in (level, dy, *lagged)] if augmented else []
    time = np.arange(float(n)).reshape(-1, 1, 1)
    deterministics = [np.ones((n, 1, 1)), time][: DETERMINISTICS[trend]]
    columns = [*deterministics, *means, *lagged, level, dy]
    *originals, of_level, _ = [_dot(c, c) for c in columns]
    for original in originals:
        column, *columns = columns
        norm = _dot(column, column)
        _require_rank(norm, original, names, test)
        columns = [c - column * (_dot(column, c) / norm) for c in columns]
    v, e = columns
    vv = np.broadcast_to(_dot(v, v), y.shape[1:])
    _require_rank(vv, of_level, names, test)
    sums = AdfSums(vv, _dot(v, e), _dot(e, e), n, k, lags)
    exact = sums.rss <= 1e-14 * sums.ee
    if exact.any():
        count, where = int(exact.sum()), _which(exact, names)
        raise Infeasible(codes.EXACT_FIT(test=test, count=count, where=where))
    return sums


def _dot(a: Floats, b: Floats) -> Floats:
    """Sum over rows of the product, broadcast over draws and units."""
    return np.asarray(np.einsum("tdn,tdn->dn", a, b), dtype=np.float64)


def _require_rank(
    norm: Floats, original: Floats, names: Sequence[object] | None, test: str
) -> None:
    """Refuse a column with almost no variation after sweeping the earlier ones."""
    bad = norm <= COLLINEAR * original
    if bad.any():
        count, where = int(bad.sum()), _which(bad, names)
        raise Infeasible(codes.COLLINEAR(test=test, count=count, where=where))


def _which(bad: NDArray[np.bool_], names: Sequence[object] | None) -> str:
    if names is None or bad.shape[1] != len(names):
        return f", first at position {int(np.argmax(bad.ravel()))}"
    return f", units {[names[int(j)] for j in np.flatnonzero(bad.any(axis=0))[:10]]}"
