"""A two-way regression written on an engine's table: keys, columns, clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import InvalidData
from living_panel.estimation.pushdown.engine import execute

LARGEST = float(np.finfo(np.float64).max)
PREVIEW = 10_000  # rows whose means are taken off every column before anything is squared


@dataclass(frozen=True)
class PushdownDesign:
    """Rows as every scan reads them.

    Columns of `rows` are `unit`, `period`, `z0` (outcome), `z1`.. (regressors), and `cluster0`.. for keys
    that are neither unit nor period. `unit` and `period` are the keys' names as the caller wrote them;
    which one is absorbed is decided later (`swapped`: `unit` is what the caller named as time).
    `clusters` takes the name of each cluster key to its column.
    """

    rows: Any
    outcome: str
    terms: tuple[str, ...]
    unit: str
    period: str
    clusters: Mapping[str, str]
    swapped: bool = False

    @property
    def width(self) -> int:
        """Outcome and regressors together, m = k + 1."""
        return len(self.terms) + 1

    @property
    def extra_clusters(self) -> tuple[str, ...]:
        """Columns of cluster keys that are neither of the effects."""
        return tuple(c for c in self.clusters.values() if c.startswith("cluster"))

    def changed_about(self) -> PushdownDesign:
        """The same design with the two effects changed about."""
        other = {"unit": "period", "period": "unit"}
        rows = self.rows.rename(unit="period", period="unit")
        clusters = {name: other.get(c, c) for name, c in self.clusters.items()}
        return PushdownDesign(
            rows, self.outcome, self.terms, self.period, self.unit, clusters, not self.swapped
        )


def design(
    table: Any,
    y: str,
    x: Sequence[str],
    *,
    unit: str,
    time: str,
    clusters: Sequence[str] = (),
) -> PushdownDesign:
    """Write a regression as columns of an engine's table; nothing is read.

    Parameters
    ----------
    table : ibis table
        Of any backend with bit operations and joins; DuckDB and Spark are tested.
    y : str
    x : sequence of str
        Columns, and products written `a:b`.
    unit, time : str
        The two effects.
    clusters : sequence of str
        Every cluster key that will be asked for.

    Raises
    ------
    InvalidData
        For columns that are not there or not numbers, or named twice.
    """
    if not x:
        raise InvalidData(Code.COLLINEAR("x has no columns", "name at least one regressor"))
    if len(set(x)) < len(x):
        raise InvalidData(
            Code.COLLINEAR(
                "x has several columns with the same name: {x}",
                "name each regressor once",
                x=list(x),
            )
        )
    columns = {"unit": _key(table, unit), "period": _key(table, time), "z0": _number(table, y)}
    columns |= {f"z{j}": _term(table, term) for j, term in enumerate(x, start=1)}
    places = {unit: "unit", time: "period"}
    for name in clusters:
        if name not in places:
            column = f"cluster{sum(c.startswith('cluster') for c in places.values())}"
            columns[column], places[name] = _key(table, name), column
    return PushdownDesign(
        table.select(**columns),
        y,
        tuple(x),
        unit,
        time,
        {name: places[name] for name in (*clusters, unit, time)},
    )


def usable(rows: Any, columns: Sequence[str]) -> Any:
    """Boolean expression: keys are there, numbers are there and finite."""
    # false for an infinity and for NaN, which engines order above every number
    conditions = [
        rows[c].abs() <= LARGEST if c.startswith("z") else rows[c].notnull() for c in columns
    ]
    return reduce(and_, conditions).fill_null(False)


def explain_unusable(plan: PushdownDesign) -> InvalidData:
    """Name the column that made rows unusable, how many, and one of them."""
    names = {"unit": plan.unit, "period": plan.period, "z0": plan.outcome}
    names |= {f"z{j}": term for j, term in enumerate(plan.terms, start=1)}
    names |= {column: name for name, column in plan.clusters.items() if column not in names}
    for column, name in names.items():
        wrong = plan.rows.filter(~usable(plan.rows, [column]))
        count = int(execute(wrong.count(), f"look for bad {name}"))
        if count:
            row = execute(wrong.limit(1), f"look for bad {name}").iloc[0]
            kind = "column" if column in _z(plan) else "key"
            return InvalidData(
                Code.DATA_MISSING(
                    "{kind} {name} is missing{kind_words} in {count} row(s), first at {unit}={unit_at}, "
                    "{period}={period_at}: {value}",
                    "leave these rows out of the table yourself; the function drops no row",
                    kind=kind,
                    name=name,
                    kind_words="" if kind == "key" else " or infinite",
                    count=count,
                    unit=plan.unit,
                    unit_at=row["unit"],
                    period=plan.period,
                    period_at=row["period"],
                    value=row[column],
                )
            )
    return InvalidData(
        Code.DATA_TYPE(
            "{outcome} or a regressor has values too large to square and add in double precision, or rows "
            "changed during reading",
            "divide the columns by a power of ten",
            outcome=plan.outcome,
        )
    )


def explain_duplicate(plan: PushdownDesign) -> InvalidData:
    """Name one pair of keys that occurs twice, and count them."""
    pairs = plan.rows.group_by(["unit", "period"]).agg(n=plan.rows.count())
    double = pairs.filter(pairs.n > 1)
    count = int(execute(double.count(), "look for duplicates"))
    first = execute(double.order_by(["unit", "period"]).limit(1), "look for duplicates")
    row = first.iloc[0]
    return InvalidData(
        Code.DATA_KEYS(
            "{count} pair(s) of keys occur more than once; {unit}={unit_at}, {period}={period_at} occurs {times} times",
            "keep one row for each pair of keys",
            count=count,
            unit=plan.unit,
            unit_at=row["unit"],
            period=plan.period,
            period_at=row["period"],
            times=row["n"],
        )
    )


def preview_means(plan: PushdownDesign) -> np.ndarray:
    """Means of the first rows, shape (m,): any shift is exact, a near one keeps the digits."""
    head = plan.rows.select(*_z(plan)).limit(PREVIEW)
    means = execute(head.agg(**{z: head[z].mean() for z in _z(plan)}), "preview")
    values = means.iloc[0].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, 0.0)


def levels(rows: Any, column: str, most: int) -> pd.Series | None:
    """Sorted values of a key, or None where there are more than `most`."""
    frame = execute(rows.select(column).distinct().limit(most + 1), f"levels of the {column} key")
    values = frame[column].dropna()
    return None if len(values) > most else values.sort_values().reset_index(drop=True)


def _z(plan: PushdownDesign) -> list[str]:
    return [f"z{j}" for j in range(plan.width)]


def _column(table: Any, name: str) -> Any:
    if name not in table.columns:
        raise InvalidData(
            Code.COLUMN_MISSING(
                "the data have no column {name!r}",
                "write one of {columns}",
                name=name,
                columns=list(table.columns),
            )
        )
    return table[name]


def _key(table: Any, key: str) -> Any:
    column = _column(table, key)
    if column.type().is_floating():
        raise InvalidData(
            Code.DATA_KEYS(
                "key {key} has type {type}",
                "convert the key to whole numbers",
                key=key,
                type=column.type(),
            )
        )
    return column.cast("int64") if column.type().is_integer() else column


def _number(table: Any, name: str) -> Any:
    column = _column(table, name)
    if not column.type().is_numeric():
        raise InvalidData(
            Code.DATA_TYPE(
                "{name} has type {type}; expected numbers",
                "convert the column to numbers",
                name=name,
                type=column.type(),
            )
        )
    return column.cast("float64")


def _term(table: Any, term: str) -> Any:
    if term in table.columns:
        return _number(table, term)
    first, *others = (_number(table, part) for part in term.split(":"))
    for other in others:
        first = first * other
    return first
