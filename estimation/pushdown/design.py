"""A two-way regression written on an engine's table: keys, columns, weights, clusters, subsample."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import ibis
import numpy as np
import pandas as pd

from estimation.econometrics.errors import InvalidData, InvalidOption
from estimation.pushdown.engine import Progress, execute

Key: TypeAlias = "str | Sequence[str]"
Term: TypeAlias = "str | Callable[[Any], Any]"
Terms: TypeAlias = "Sequence[str] | Mapping[str, Term]"

LARGEST = float(np.finfo(np.float64).max)
PREVIEW = 10_000  # rows whose means are taken off every column before anything is squared


@dataclass(frozen=True)
class Design:
    """Rows as every scan reads them.

    Attributes
    ----------
    rows : ibis table
        Columns `unit`, `period`, `z0` (outcome), `z1`.. (regressors), `weight` if weighted, and
        `cluster0`.. for keys that are neither unit nor period.
    outcome : str
    terms : tuple of str
    unit, period : str
        Names of the two keys as the caller wrote them; which one is absorbed is decided later.
    clusters : mapping of str to str
        Name of each cluster key to its column in `rows`.
    weighted : bool
    swapped : bool
        Whether `unit` is what the caller named as time.
    """

    rows: Any
    outcome: str
    terms: tuple[str, ...]
    unit: str
    period: str
    clusters: Mapping[str, str]
    weighted: bool
    swapped: bool = False

    @property
    def time_column(self) -> str:
        """Column of the key that the caller named as time."""
        return "unit" if self.swapped else "period"

    @property
    def width(self) -> int:
        """Outcome and regressors together, m = k + 1."""
        return len(self.terms) + 1

    @property
    def extra_clusters(self) -> tuple[str, ...]:
        """Columns of cluster keys that are neither of the effects."""
        return tuple(c for c in self.clusters.values() if c.startswith("cluster"))

    def changed_about(self) -> Design:
        """The same design with the two effects changed about."""
        other = {"unit": "period", "period": "unit"}
        rows = self.rows.rename(unit="period", period="unit")
        clusters = {name: other.get(c, c) for name, c in self.clusters.items()}
        return Design(
            rows, self.outcome, self.terms, self.period, self.unit, clusters, self.weighted,
            not self.swapped,
        )  # fmt: skip


def design(
    table: Any,
    y: str,
    x: Terms,
    *,
    unit: Key = "province_code",
    time: Key = "year",
    weights: str | None = None,
    where: Callable[[Any], Any] | None = None,
    clusters: Sequence[str] = (),
) -> Design:
    """Write a regression as columns of an engine's table; nothing is read.

    Parameters
    ----------
    table : ibis table
        Of any backend with bit operations and joins; DuckDB and Spark are tested.
    y : str
    x : sequence of str, or mapping
        Columns, products written `a:b`, or names mapped to either or to a function of the table,
        such as `{"fdi in the East": lambda t: t.fdi * (t.region == "East").cast("float64")}`.
    unit, time : str or sequence of str
        The two effects; several columns are one combined key, such as `["region", "year"]`.
    weights : str, optional
        Column of positive weights; the sum minimised is Σ w u².
    where : callable, optional
        Function of the table that says which rows belong to the sample.
    clusters : sequence of str
        Every cluster key that will be asked for.

    Raises
    ------
    InvalidData
        For columns that are not there or not numbers, or named twice.
    """
    if where is not None:
        table = table.filter(where(table))
    named: dict[str, Term] = dict(x) if isinstance(x, Mapping) else {term: term for term in x}
    if not named:
        raise InvalidData("x has no columns. Remedy: name at least one regressor.")
    if not isinstance(x, Mapping) and len(named) < len(x):
        raise InvalidData(f"x has columns twice: {list(x)}. Remedy: name each regressor once.")
    columns = {"unit": _key(table, unit), "period": _key(table, time), "z0": _number(table, y)}
    for j, (name, term) in enumerate(named.items(), start=1):
        columns[f"z{j}"] = _term(table, name, term)
    if weights is not None:
        columns["weight"] = _number(table, weights)
    places = {_name(unit): "unit", _name(time): "period"}
    for name in clusters:
        if name not in places:
            column = f"cluster{sum(c.startswith('cluster') for c in places.values())}"
            columns[column], places[name] = _key(table, name), column
    return Design(
        table.select(**columns),
        y,
        tuple(named),
        _name(unit),
        _name(time),
        {name: places[name] for name in (*clusters, _name(unit), _name(time))},
        weights is not None,
    )


def interact(column: str, by: str, levels: Sequence[Any]) -> dict[str, Callable[[Any], Any]]:
    """Terms `column × level`, one for each level of `by`: the slope of each group."""

    def term(level: Any) -> Callable[[Any], Any]:
        return lambda t: t[column] * (t[by] == level).cast("float64")

    return {f"{column} × {level}": term(level) for level in levels}


def usable(rows: Any, columns: Sequence[str]) -> Any:
    """Boolean expression: keys are there, numbers are there and finite, weights are positive."""
    conditions = []
    for name in columns:
        column = rows[name]
        if name.startswith("z") or name == "weight":
            # false for an infinity and for NaN, which engines order above every number
            conditions.append(column.abs() <= LARGEST)
        else:
            conditions.append(column.notnull())
        if name == "weight":
            conditions.append(column > 0)
    whole = conditions[0]
    for condition in conditions[1:]:
        whole = whole & condition
    return whole.fill_null(False)


def explain_unusable(plan: Design, progress: Progress | None) -> InvalidData:
    """Name the column that made rows unusable, how many, and one of them."""
    names = {"unit": plan.unit, "period": plan.period, "weight": "the weights", "z0": plan.outcome}
    names |= {f"z{j}": term for j, term in enumerate(plan.terms, start=1)}
    names |= {column: name for name, column in plan.clusters.items() if column not in names}
    for column, name in names.items():
        if column not in plan.rows.columns:
            continue
        wrong = plan.rows.filter(~usable(plan.rows, [column]))
        count = int(execute(wrong.count(), f"look for bad {name}", progress))
        if count:
            row = execute(wrong.limit(1), f"look for bad {name}", progress).iloc[0]
            kind = "key" if column not in ("weight", *_z(plan)) else "column"
            return InvalidData(
                f"{kind} {name} is missing{'' if kind == 'key' else ', infinite or not positive'} "
                f"in {count} row(s), the first at ({plan.unit}={row['unit']}, "
                f"{plan.period}={row['period']}): {row[column]}. Remedy: leave the rows out with "
                "where=; none is dropped here."
            )
    return InvalidData("some rows are unusable, and they changed while they were looked for.")


def explain_duplicate(plan: Design, progress: Progress | None) -> InvalidData:
    """Name one pair of keys that occurs twice, and count them."""
    pairs = plan.rows.group_by(["unit", "period"]).agg(n=plan.rows.count())
    double = pairs.filter(pairs.n > 1)
    count = int(execute(double.count(), "look for duplicates", progress))
    first = execute(double.order_by(["unit", "period"]).limit(1), "look for duplicates", progress)
    row = first.iloc[0]
    return InvalidData(
        f"{count} pair(s) of keys occur more than once, the first ({plan.unit}={row['unit']}, "
        f"{plan.period}={row['period']}) {row['n']} times. Remedy: one row a pair."
    )


def preview_means(plan: Design, progress: Progress | None) -> np.ndarray:
    """Means of the first rows, shape (m,): any shift is exact, a near one keeps the digits."""
    head = plan.rows.select(*_z(plan)).limit(PREVIEW)
    means = execute(head.agg(**{z: head[z].mean() for z in _z(plan)}), "preview", progress)
    values = means.iloc[0].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, 0.0)


def levels(rows: Any, column: str, most: int, progress: Progress | None) -> pd.Series | None:
    """Sorted values of a key, or None where there are more than `most`."""
    found = execute(
        rows.select(column).distinct().limit(most + 1), f"levels of the {column} key", progress
    )
    values = found[column].dropna()
    return None if len(values) > most else values.sort_values().reset_index(drop=True)


def _z(plan: Design) -> list[str]:
    return [f"z{j}" for j in range(plan.width)]


def _name(key: Key) -> str:
    return key if isinstance(key, str) else "^".join(key)


def _column(table: Any, name: str) -> Any:
    if name not in table.columns:
        raise InvalidData(f"column {name!r} is not there; there are {list(table.columns)}.")
    return table[name]


def _key(table: Any, key: Key) -> Any:
    parts = [_column(table, k) for k in ([key] if isinstance(key, str) else key)]
    if len(parts) == 1:
        if parts[0].type().is_floating():
            raise InvalidData(
                f"key {_name(key)} has type {parts[0].type()}. Remedy: whole numbers."
            )
        return parts[0].cast("int64") if parts[0].type().is_integer() else parts[0]
    combined = parts[0].cast("string")
    for part in parts[1:]:
        combined = combined + ibis.literal("^") + part.cast("string")
    return combined


def _number(table: Any, name: str) -> Any:
    column = _column(table, name)
    if not column.type().is_numeric():
        raise InvalidData(f"{name} has type {column.type()}; expected numbers. Remedy: convert it.")
    return column.cast("float64")


def _term(table: Any, name: str, term: Term) -> Any:
    if isinstance(term, str):
        if term in table.columns or ":" not in term:
            return _number(table, term)
        first, *others = (_number(table, part) for part in term.split(":"))
        for other in others:
            first = first * other
        return first
    value = term(table)
    if not value.type().is_numeric():
        raise InvalidOption(f"term {name!r} has type {value.type()}; expected numbers.")
    return value.cast("float64")
