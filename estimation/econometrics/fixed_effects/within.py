"""Two-way within transformation in closed form, for balanced and unbalanced panels alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray

from living_panel.estimation.econometrics.arguments import Shape, check_arguments
from living_panel.estimation.econometrics.errors import invalid_argument

if TYPE_CHECKING:
    from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TwoWayEffects:
    """Layout of unit and time effects over n rows.

    Attributes
    ----------
    unit, time : ndarray, shape (n,)
        Codes 0..N-1 and 0..T-1, every code in use.
    unit_size : ndarray, shape (N,)
        Rows of each unit.
    unit_shares : ndarray, shape (N, T)
        Share of a unit's rows in each period: the unit means of the period dummies.
    period_inverse : ndarray, shape (T, T)
        Pseudo-inverse of the cross-product of the unit-demeaned period dummies.
    sum_by_unit, sum_by_time : sparse matrix, shapes (N, n) and (T, n)
        Indicator matrices that add rows up.
    blocks : int
        Connected blocks of the unit-period graph; 1 unless parts of the panel never meet.
    """

    unit: Ints
    time: Ints
    unit_size: Floats
    unit_shares: Floats
    period_inverse: Floats
    sum_by_unit: sparse.csr_array
    sum_by_time: sparse.csr_array
    blocks: int

    @property
    def n_obs(self) -> int:
        """Rows."""
        return int(self.unit.size)

    @property
    def n_units(self) -> int:
        """Units N."""
        return int(self.unit_size.size)

    @property
    def n_periods(self) -> int:
        """Periods T."""
        return int(self.period_inverse.shape[0])

    @property
    def absorbed(self) -> int:
        """Dimension of the effects, K_abs: N + T - 1 where the panel is connected."""
        return self.n_units + self.n_periods - self.blocks


@dataclass(frozen=True)
class WithinFit:
    """Least squares of y (n,) on x (n, k), both demeaned both ways.

    `params` (k,), `residuals` (n,), `bread` (k, k) the inverse of X'X.
    """

    effects: TwoWayEffects
    y: Floats
    x: Floats
    params: Floats
    residuals: Floats
    bread: Floats

    @check_arguments
    def net(self, values: Floats) -> Floats:
        """Columns (n, m) without the effects."""
        return demean(self.effects, values)

    @check_arguments
    def annihilator(self, rows: Ints) -> Floats:
        """Rows and columns `rows` of I - H, H the hat matrix of regressors and effects together."""
        x, effects = self.x[rows], effects_block(self.effects, rows)
        return np.asarray(np.eye(rows.size) - effects - x @ self.bread @ x.T, dtype=np.float64)


@check_arguments
def two_way_effects(
    unit: Annotated[Ints, Shape("n")], time: Annotated[Ints, Shape("n")]
) -> TwoWayEffects:
    """Layout of the effects of rows with the given codes.

    Parameters
    ----------
    unit, time : ndarray, shape (n,)
        Codes 0..N-1 and 0..T-1 without holes.
    """
    unit, time = np.asarray(unit, dtype=np.int64), np.asarray(time, dtype=np.int64)
    return _layout(unit.tobytes(), time.tobytes())


@lru_cache(maxsize=64)  # the columns of a table often have the same rows
def _layout(unit_bytes: bytes, time_bytes: bytes) -> TwoWayEffects:
    from scipy import sparse  # labels and forms need the names of this module alone
    from scipy.sparse.csgraph import connected_components

    unit, time = np.frombuffer(unit_bytes, np.int64), np.frombuffer(time_bytes, np.int64)
    n, rows, ones = unit.size, np.arange(unit.size), np.ones(unit.size)
    n_units, n_periods = int(unit.max()) + 1, int(time.max()) + 1
    by_unit = sparse.csr_array((ones, (unit, rows)), shape=(n_units, n))
    by_time = sparse.csr_array((ones, (time, rows)), shape=(n_periods, n))
    incidence = np.asarray((by_unit @ by_time.T).todense())
    size = incidence.sum(axis=1)
    shares = incidence / size[:, None]
    gram = np.diag(incidence.sum(axis=0)) - incidence.T @ shares
    met = sparse.csr_array(incidence)  # dense, the graph of 20,000 units has 400 million cells
    graph = sparse.block_array([[None, met], [met.T, None]], format="csr")
    blocks = int(connected_components(graph, directed=False)[0])
    inverse = np.linalg.pinv(gram, rcond=1e-12, hermitian=True)
    return TwoWayEffects(unit, time, size, shares, inverse, by_unit, by_time, blocks)


@check_arguments
def demean(effects: TwoWayEffects, z: Annotated[Floats, Shape("n ...")]) -> Floats:
    """Residual of each column from unit and time effects, exactly and without iterating.

    Subtract unit means, then the projection on the unit-demeaned period dummies D: z - z̄_i - D (D'D)^+ D'(z - z̄_i).
    One T x T inverse is enough for any unbalanced panel (Frisch-Waugh-Lovell; Wansbeek and Kapteyn 1989).

    Parameters
    ----------
    effects : TwoWayEffects
        Layout of the unit and period effects.
    z : ndarray, shape (n,) or (n, m)
        Columns over the rows of the layout.

    Raises
    ------
    InvalidArgument
        For columns of another length.
    """
    if len(z) != effects.unit.size:
        raise invalid_argument(
            "demean", "z", f"of {len(z)} rows", f"the {effects.unit.size} rows of the effects"
        )
    within = demean_by_unit(effects, z[:, None] if z.ndim == 1 else z)
    period = effects.period_inverse @ (effects.sum_by_time @ within)
    centred = effects.unit_shares @ period
    out: Floats = within - period[effects.time] + centred[effects.unit]
    return out[:, 0] if z.ndim == 1 else out


@check_arguments
def demean_by_unit(effects: TwoWayEffects, z: Annotated[Floats, Shape("n ...")]) -> Floats:
    """Deviations of each column from unit means; shapes as in `demean`."""
    columns = z[:, None] if z.ndim == 1 else z
    means = (effects.sum_by_unit @ columns) / effects.unit_size[:, None]
    out: Floats = columns - means[effects.unit]
    return out[:, 0] if z.ndim == 1 else out


@check_arguments
def effects_block(effects: TwoWayEffects, rows: Annotated[Ints, Shape("m")]) -> Floats:
    """Rows and columns `rows` of the projection on the effects."""
    unit = effects.unit[rows]
    same_unit = (unit[:, None] == unit[None, :]) / effects.unit_size[unit][:, None]
    dummies = -effects.unit_shares[unit]
    dummies[np.arange(rows.size), effects.time[rows]] += 1.0
    return np.asarray(same_unit + dummies @ effects.period_inverse @ dummies.T, dtype=np.float64)


@check_arguments
def lengths(x: Annotated[Floats, Shape("n k")]) -> Floats:
    """Root of the sum of squares of each column (k,), of which none is zero."""
    return np.asarray(np.maximum(np.sqrt((x**2).sum(axis=0)), 1e-300), dtype=np.float64)


@check_arguments
def least_squares(
    x: Annotated[Floats, Shape("n k")], y: Annotated[Floats, Shape("n ...")]
) -> Floats:
    """Slopes (k,) of y (n,), or (k, m) of (n, m), on x (n, k) in any units.

    Columns are scaled first, because lstsq drops those that are small against others.
    """
    size = lengths(x)
    slopes = np.linalg.lstsq(x / size, y, rcond=None)[0]
    return np.asarray(slopes / (size if y.ndim == 1 else size[:, None]), dtype=np.float64)


@check_arguments
def fit_within(
    effects: TwoWayEffects, y: Annotated[Floats, Shape("n")], x: Annotated[Floats, Shape("n k")]
) -> WithinFit:
    """Least squares of y (n,) on x (n, k), in levels and demeaned here.

    Parameters
    ----------
    effects : TwoWayEffects
        Layout of the unit and period effects.
    y : ndarray, shape (n,)
        Dependent variable.
    x : ndarray, shape (n, k)
        Regressors.

    Returns
    -------
    WithinFit
    """
    both = demean(effects, np.column_stack([y, x]))
    return fit_demeaned(effects, both[:, 0], both[:, 1:])


@check_arguments
def fit_demeaned(
    effects: TwoWayEffects, y: Annotated[Floats, Shape("n")], x: Annotated[Floats, Shape("n k")]
) -> WithinFit:
    """Least squares of y (n,) on x (n, k), both as `demean` returned them.

    Parameters
    ----------
    effects : TwoWayEffects
        Layout of the unit and period effects.
    y : ndarray, shape (n,)
        Dependent variable, demeaned.
    x : ndarray, shape (n, k)
        Regressors, demeaned.

    Returns
    -------
    WithinFit
    """
    x = np.ascontiguousarray(x)
    size = lengths(x)
    unit = x / size
    bread = np.linalg.inv(unit.T @ unit) / np.outer(size, size)
    bread = (bread + bread.T) / 2
    slopes = least_squares(x, y)
    return WithinFit(effects, y, x, slopes, y - x @ slopes, bread)
