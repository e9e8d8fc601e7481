"""From (unit, period) data to sorted arrays and, for balanced methods, to a cube."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidData
from living_panel.estimation.econometrics.fixed_effects.regression_data import (
    check_frame,
    checked_fit,
    row_codes,
)
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    Ints,
    TwoWayEffects,
    two_way_effects,
)


@dataclass(frozen=True, slots=True)
class PanelArrays:
    """Rows sorted by unit and year: y (n,), x (n, k).

    `unit` and `time` (n,) are codes into `units` and `years`; `names` are those of the regressors.
    """

    y: Floats
    x: Floats
    unit: Ints
    time: Ints
    units: list[str]
    years: list[int]
    names: list[str]
    index: pd.MultiIndex

    @property
    def effects(self) -> TwoWayEffects:
        """Layout of unit and year effects over the rows."""
        return two_way_effects(self.unit, self.time)


@check_arguments
def panel_arrays(y: pd.Series, x: pd.DataFrame) -> PanelArrays:
    """Check and sort one regression's data.

    y and x are over the same (unit, period) rows in the same order.

    Raises
    ------
    InvalidData
        As `regression_data.check_frame`.
    """
    check_frame(y, x)
    y, x = y.sort_index(), x.sort_index()
    unit, time = row_codes(y.index)
    return PanelArrays(
        y.to_numpy(float),
        np.ascontiguousarray(x.to_numpy(float)),
        unit,
        time,
        [str(p) for p in y.index.unique(0).sort_values()],
        [int(t) for t in y.index.unique(1).sort_values()],
        [str(c) for c in x.columns],
        y.index,
    )


@check_arguments
def check_regression(data: PanelArrays, y: pd.Series, x: pd.DataFrame) -> None:
    """Refuse rows that carry no two-way regression, for methods that then fit another one.

    Parameters
    ----------
    data : PanelArrays
        The rows that are used.
    y : pandas.Series
        Outcome, over these rows at least.
    x : pandas.DataFrame
        Regressors, over these rows at least.

    Raises
    ------
    Infeasible, InvalidData
        As `regression_data.checked_fit`.
    """
    checked_fit(data.effects, y.loc[data.index], x.loc[data.index])


@check_arguments
def balanced_cube(data: PanelArrays, method: str) -> tuple[Floats, Floats]:
    """Outcome (N, T) and regressors (N, T, k) of a balanced panel.

    Raises
    ------
    InvalidData
        Naming the method, how many cells are missing, and the first.
    """
    n, t = len(data.units), len(data.years)
    if data.y.size != n * t:
        full = pd.MultiIndex.from_product([data.units, data.years])
        missing = full.difference(data.index)
        raise InvalidData(
            Code.UNBALANCED(
                "{method} needs a balanced panel, but {n_missing} of {n} cells are missing; the first is {missing}",
                "use years or units without missing cells",
                method=method,
                n_missing=len(missing),
                n=n * t,
                missing=missing[0],
            )
        )
    return data.y.reshape(n, t), data.x.reshape(n, t, -1)


@check_arguments
def neighbours(frame: pd.DataFrame, years: int) -> pd.DataFrame:
    """Values `years` later (earlier where negative) at the same rows; NaN where there is no such row."""
    index = frame.index
    wanted = pd.MultiIndex.from_arrays(
        [index.get_level_values(0), index.get_level_values(1) + years], names=index.names
    )
    return frame.reindex(wanted).set_axis(index)


@check_arguments
def first_of_definition(index: pd.MultiIndex, breaks: pd.DataFrame | None) -> NDArray[np.bool_]:
    """Which rows are the first of a new definition, shape (n,).

    `breaks` has the columns of the unit ("" = every unit) and of the period, under the names of the index.
    """
    out = np.zeros(len(index), bool)
    units, periods = index.get_level_values(0), index.get_level_values(1)
    for unit, period in break_rows(breaks, index):
        out |= (periods == period) & ((unit == "") | (units == unit))
    return out


@check_arguments
def break_rows(breaks: pd.DataFrame | None, index: pd.MultiIndex) -> list[tuple[str, int]]:
    """Unit ("" = every unit) and period in which each new definition begins."""
    if breaks is None:
        return []
    unit, period = index.names
    return [*zip(breaks[unit].fillna(""), breaks[period], strict=True)]
