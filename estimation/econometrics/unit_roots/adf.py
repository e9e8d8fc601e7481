"""Augmented Dickey-Fuller regressions of very many units at once.

Everything is an array (periods, draws, units): a real panel is one draw, a Monte Carlo has
thousands. Deterministics and lags are swept out by Gram-Schmidt, column by column, so that
no Python loop ever runs over units. P-values and panel statistics live elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimation.econometrics.errors import Infeasible

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DETERMINISTICS = {"n": 0, "c": 1, "ct": 2}
RULES = ("aic", "bic", "t-stat")
MIN_DF = 4
# A column whose squared length falls below this share of the original one is collinear.
COLLINEAR = 1e-22


@dataclass(frozen=True)
class AdfSums:
    """Sufficient sums of ADF regressions, all shaped (draws, units).

    Attributes
    ----------
    vv, ve, ee : arrays
        Sums of squares and products of v = lagged level and e = difference, both with the
        deterministics and lagged differences swept out.
    n, k : integer arrays
        Rows and parameters of each regression, the lagged level included.
    lags : integer array
        Lagged differences in each regression.
    """

    vv: Floats
    ve: Floats
    ee: Floats
    n: Integers
    k: Integers
    lags: Integers

    @property
    def rho(self) -> Floats:
        """Coefficient of the lagged level."""
        return self.ve / self.vv

    @property
    def rss(self) -> Floats:
        """Residual sum of squares."""
        return self.ee - self.ve**2 / self.vv

    def t(self, corrected: bool) -> Floats:
        """t-ratio of the lagged level; sigma2 = RSS/(n-k) if corrected, else RSS/n."""
        sigma2 = self.rss / (self.n - self.k if corrected else self.n)
        return self.ve / np.sqrt(self.vv * sigma2)


def default_max_lags(t: int) -> int:
    """Schwert's 12(T/100)^(1/4), but never over a sixth of the periods (3 at T=18)."""
    return int(min(np.floor(12 * (t / 100) ** 0.25), t // 6))


def adf_sums(
    y: Floats,
    trend: str,
    lags: int | str,
    *,
    max_lags: int | None = None,
    corrected: bool = True,
    augmented: bool = False,
    names: Sequence[object] | None = None,
    test: str = "adf",
) -> AdfSums:
    """Run the ADF (or cross-sectionally augmented) regression of every unit of every draw.

    Parameters
    ----------
    y : array (T, D, N)
        Levels.
    trend : {"n", "c", "ct"}
        Deterministics.
    lags : int or {"aic", "bic", "t-stat"}
        Lagged differences, the same for all units or chosen for each.
    max_lags : int, optional
        Most lags a rule may choose; `default_max_lags` without it.
    corrected : bool
        Degrees-of-freedom correction inside the rule "t-stat".
    augmented : bool
        Add the cross-section means of the lagged level, the difference and its lags
        (Pesaran 2007, equation 54).
    names, test
        For error messages.

    Raises
    ------
    Infeasible
        Fewer than 4 residual degrees of freedom in a unit, or collinear columns.
    """
    t, draws, units = y.shape
    if isinstance(lags, str):
        most = default_max_lags(t) if max_lags is None else max_lags
        chosen = choose_lags(
            y, trend, lags, most, corrected=corrected, augmented=augmented, names=names, test=test
        )
    else:
        chosen = np.full((draws, units), lags, dtype=np.int64)
    used = np.unique(chosen)
    if len(used) == 1:
        return _regress(y, trend, int(used[0]), augmented, None, names, test)
    return _regress_by_lag(y, trend, chosen, augmented, names, test)


def choose_lags(
    y: Floats,
    trend: str,
    rule: str,
    max_lags: int,
    *,
    corrected: bool = True,
    augmented: bool = False,
    names: Sequence[object] | None = None,
    test: str = "adf",
) -> Integers:
    """Lags of each unit by information criterion or by the last lag's t-ratio.

    All candidate regressions use the rows that `max_lags` leaves. "aic" and "bic" minimise
    log(RSS/n) + K pen/n with pen 2 and log n; "t-stat" goes down from `max_lags` to the first
    last lag with |t| >= 1.96 (Ng and Perron 1995).

    Returns
    -------
    integer array (D, N)
    """
    if max_lags == 0:
        return np.zeros(y.shape[1:], dtype=np.int64)
    design = _design(y, trend, max_lags, augmented, None)
    _require_df(design, y, names, test)
    common, own = design.basis(with_lags=False)
    dy, level = design.dy.copy(), design.level.copy()
    later = [lag for pair in design.lag_pairs() for lag in pair]
    columns = [*common, *own, level, *later, dy]
    fixed = len(common) + len(own) + 1
    per_lag = len(later) // max_lags
    rss: list[Floats] = []
    last_t: list[Floats] = []
    rss_before = _dot(dy, dy)
    n = design.n
    originals = [_dot(c, c) for c in columns]
    for position in range(len(columns) - 1):
        _sweep(columns, position, originals[position], names, test)
        p, remainder = divmod(position + 1 - fixed, per_lag)
        if position + 1 >= fixed and remainder == 0:
            total = np.broadcast_to(_dot(columns[-1], columns[-1]), n.shape)
            k = fixed + per_lag * p
            rss.append(total)
            if p:  # |t| of the last lag, from what it took off the sum of squares
                sigma2 = total / (n - k if corrected else n)
                last_t.append(np.sqrt(np.maximum(rss_before - total, 0.0) / sigma2))
        rss_before = _dot(columns[-1], columns[-1])
    if rule == "t-stat":
        chosen = np.zeros(n.shape, dtype=np.int64)
        for p in range(1, max_lags + 1):
            chosen = np.where(last_t[p - 1] >= 1.96, p, chosen)
        return chosen
    penalty = 2.0 if rule == "aic" else np.log(n)
    criteria = [
        np.log(total / n) + (fixed + per_lag * p) * penalty / n for p, total in enumerate(rss)
    ]
    return np.asarray(np.argmin(np.stack(criteria), axis=0), dtype=np.int64)


@dataclass(frozen=True)
class _Design:
    """Columns of one ADF regression; every array broadcasts to (rows, draws, units)."""

    dy: Floats
    level: Floats
    deterministics: list[Floats]
    means: list[Floats]
    own_lags: list[Floats]
    mean_lags: list[Floats]
    n: Integers

    @property
    def k(self) -> int:
        return 1 + sum(
            len(c) for c in (self.deterministics, self.means, self.own_lags, self.mean_lags)
        )

    def basis(self, with_lags: bool) -> tuple[list[Floats], list[Floats]]:
        """Columns to sweep out: those shared by units first, then each unit's own."""
        common = [*self.deterministics, *self.means]
        if with_lags:
            return [*common, *self.mean_lags], list(self.own_lags)
        return common, []

    def lag_pairs(self) -> list[tuple[Floats, ...]]:
        """Columns a further lag brings, the unit's own lag last."""
        if self.mean_lags:
            return list(zip(self.mean_lags, self.own_lags, strict=True))
        return [(lag,) for lag in self.own_lags]


def _design(y: Floats, trend: str, p: int, augmented: bool, means: Floats | None) -> _Design:
    """Columns for p lags. `means` overrides the cross-section means (columns of y)."""
    t = y.shape[0]
    rows = t - 1 - p
    if rows < 1:
        raise Infeasible(f"{p} lags need more than {p + 1} periods, there are {t}: fewer lags")
    diff = np.diff(y, axis=0)
    level, dy = y[p : t - 1], diff[p:]
    own = [diff[p - j : t - 1 - j] for j in range(1, p + 1)]
    n = np.full(y.shape[1:], rows, dtype=np.int64)
    time = (np.arange(rows) - (rows - 1) / 2).reshape(-1, 1, 1)
    deterministics = [np.ones((rows, 1, 1)), time][: DETERMINISTICS[trend]]
    mean_columns: list[Floats] = []
    mean_lags: list[Floats] = []
    if augmented:
        if means is None:
            averages = [c.mean(axis=2, keepdims=True) for c in (level, dy, *own)]
        else:
            mean_diff = np.diff(means, axis=0)
            averages = [means[p : t - 1], mean_diff[p:]]
            averages += [mean_diff[p - j : t - 1 - j] for j in range(1, p + 1)]
        mean_columns, mean_lags = averages[:2], averages[2:]
    return _Design(dy, level, deterministics, mean_columns, own, mean_lags, n)


def _regress(
    y: Floats,
    trend: str,
    p: int,
    augmented: bool,
    means: Floats | None,
    names: Sequence[object] | None,
    test: str,
) -> AdfSums:
    design = _design(y, trend, p, augmented, means)
    _require_df(design, y, names, test)
    common, own = design.basis(with_lags=True)
    columns = [*common, *own, design.level, design.dy]
    originals = [_dot(c, c) for c in columns[:-1]]
    for position in range(len(columns) - 2):
        _sweep(columns, position, originals[position], names, test)
    v, e = columns[-2], columns[-1]
    shape = design.n.shape
    vv = np.broadcast_to(_dot(v, v), shape)
    _require_rank(vv, originals[-1], names, test)
    sums = AdfSums(
        vv=vv,
        ve=np.broadcast_to(_dot(v, e), shape),
        ee=np.broadcast_to(_dot(e, e), shape),
        n=design.n,
        k=np.full(shape, design.k, dtype=np.int64),
        lags=np.full(shape, p, dtype=np.int64),
    )
    exact = sums.rss <= 1e-14 * sums.ee
    if exact.any():
        raise Infeasible(
            f"{test}: the regression fits {int(exact.sum())} units exactly, "
            f"{_which(exact, names)}: a deterministic series has no unit-root test; leave it out"
        )
    return sums


def _regress_by_lag(
    y: Floats,
    trend: str,
    chosen: Integers,
    augmented: bool,
    names: Sequence[object] | None,
    test: str,
) -> AdfSums:
    """One batch per distinct lag order; the loop is over lag orders, not over units."""
    draws, units = chosen.shape
    parts: dict[str, NDArray[np.generic]] = {}
    for p in np.unique(chosen):
        where = chosen == p
        draw_of, _ = np.nonzero(where)
        batch = y[:, where][:, None, :]
        means = None
        if augmented:
            means = y.mean(axis=2)[:, draw_of][:, None, :]
        labels = None if names is None else [names[int(j)] for j in np.nonzero(where)[1]]
        sums = _regress(batch, trend, int(p), augmented, means, labels, test)
        for field in ("vv", "ve", "ee", "n", "k", "lags"):
            value = getattr(sums, field)
            parts.setdefault(field, np.empty((draws, units), dtype=value.dtype))
            parts[field][where] = value[0]
    return AdfSums(**parts)  # type: ignore[arg-type]


def _sweep(
    columns: list[Floats],
    position: int,
    original: Floats,
    names: Sequence[object] | None,
    test: str,
) -> None:
    """Take the column at `position` out of those after it (Gram-Schmidt)."""
    b = columns[position]
    norm = _dot(b, b)
    _require_rank(norm, original, names, test)
    for j in range(position + 1, len(columns)):
        columns[j] = columns[j] - b * (_dot(b, columns[j]) / norm)


def _dot(a: Floats, b: Floats) -> Floats:
    """Sum over rows of the product, broadcast over draws and units."""
    return np.asarray(np.einsum("tdn,tdn->dn", a, b), dtype=np.float64)


def _require_df(design: _Design, y: Floats, names: Sequence[object] | None, test: str) -> None:
    df = design.n - design.k
    short = df < MIN_DF
    if short.any():
        lowest = int(df.min())
        raise Infeasible(
            f"{test}: {int(short.sum())} of {df.size} regressions have fewer than {MIN_DF} "
            f"residual degrees of freedom, {_which(short, names)}: {int(design.n.min())} rows, "
            f"{design.k} parameters, {lowest} left with T={y.shape[0]}. Use fewer lags, fewer "
            "deterministics, or a longer window"
        )


def _require_rank(
    norm: Floats, original: Floats, names: Sequence[object] | None, test: str
) -> None:
    """Refuse a column of which next to nothing is left after sweeping the earlier ones."""
    bad = norm <= COLLINEAR * original
    if bad.any():
        raise Infeasible(
            f"{test}: a column of the regression is constant or collinear with the others "
            f"({int(bad.sum())} cases), {_which(bad, names)}; use fewer lags or deterministics, "
            "or leave these units out"
        )


def _which(bad: NDArray[np.bool_], names: Sequence[object] | None) -> str:
    if names is None or bad.ndim < 2 or bad.shape[1] != len(names):
        return f"first at position {int(np.argmax(bad.ravel()))}"
    units = [names[int(j)] for j in np.flatnonzero(bad.any(axis=0))[:10]]
    return f"units {units}"
