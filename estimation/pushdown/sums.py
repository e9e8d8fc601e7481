"""Sums by unit and by period, and cross-products: what every push-down estimate starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import ibis
import numpy as np
import pandas as pd
from sqlglot import expressions as exp

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.pushdown import engine
from living_panel.estimation.pushdown.design import (
    PushdownDesign,
    explain_duplicate,
    explain_unusable,
    levels,
    preview_means,
)
from living_panel.estimation.pushdown.engine import Kept

WORD = 62  # periods in one 64-bit word, sign and one bit spared
MOST_PERIODS = 620  # dummies that are kept; the other effect may have any number of levels
MOST_PATTERNS = 2**18  # sets of periods fetched; with more, the engine adds them up itself


@ibis.udf.agg.builtin
def bit_or(bits: int) -> int:  # type: ignore[empty-body]
    """Union of sets written as bits, which Ibis does not translate for Spark by itself."""


@ibis.udf.scalar.builtin
def bit_count(bits: int) -> int:  # type: ignore[empty-body]
    """Number of elements of a set written as bits."""


@dataclass(frozen=True)
class PeriodCodes:
    """The T levels of the key that is kept as dummies, sorted, each with its place.

    The place is `period - first` where the levels are close whole numbers; without `first` places are
    looked up.
    """

    values: tuple[Any, ...]
    first: int | None
    places: tuple[int, ...]

    @property
    def words(self) -> int:
        """Words that hold the largest place."""
        return self.places[-1] // WORD + 1

    def look_up(self, values: Floats, place: Any) -> Any:
        """Number of the period at a place, an expression; a join with so few rows takes longer."""
        numbers = [0.0] * (self.places[-1] + 1)
        for at, value in zip(self.places, values.tolist(), strict=True):
            numbers[at] = value
        # read by nobody: engines take a list without an exponent for one of decimals
        return ibis.literal([*numbers, 1e-300], "array<float64>")[place]


@dataclass(frozen=True)
class Sums:
    """Aggregates that stay in the engine, and how to read them.

    Attributes
    ----------
    plan : PushdownDesign
        Absorbed key first: `unit` is absorbed, `period` kept as dummies.
    kept : Kept
        One row a unit (`period` is null) and one a period (`unit` is null): `n`, `total` (n
        as a double), `s0`.. sums of the shifted columns, `m0`.. sets of periods as bits,
        `low`/`high` of cluster keys.
    moments : ndarray, shape (m, m)
        Sums of the products of the shifted columns over all rows.
    shift : ndarray, shape (m,)
    periods : PeriodCodes
    """

    plan: PushdownDesign
    kept: Kept
    moments: Floats
    shift: Floats
    periods: PeriodCodes

    @property
    def units(self) -> Any:
        """Rows of `kept` that are units."""
        return self.kept.table.filter(self.kept.table.period.isnull())

    @property
    def by_period(self) -> Any:
        """Rows of `kept` that are periods."""
        return self.kept.table.filter(self.kept.table.unit.isnull())

    def has(self, table: Any, j: int) -> Any:
        """Boolean: the unit has a row in period j."""
        word, bit = divmod(self.periods.places[j], WORD)
        return (table[f"m{word}"] & ibis.literal(2**bit, "int64")) != 0

    def share(self, table: Any, values: Floats) -> Any:
        """Mean over the unit's own rows of a number that depends on the period, shape (T,)."""
        total = None
        for j, value in enumerate(values.tolist()):
            word, bit = divmod(self.periods.places[j], WORD)
            # the bit is a power of two, so that the product is exact; branches are slower
            mask = table[f"m{word}"] & ibis.literal(2**bit, "int64")
            part = mask.cast("float64") * (value / 2.0**bit)
            total = part if total is None else total + part
        return total / table.total


def sum_up(plan: PushdownDesign) -> Sums:
    """Scan the rows by unit and by period at the same time, and once more for what all rows add up to.

    Products are as many as half the squared number of columns: added up by unit they would take longer than
    another scan.

    Raises
    ------
    InvalidData
        Missing keys, unusable values, duplicate pairs, by name and count.
    Infeasible
        Where both keys have too many levels.
    """
    plan, periods = orient(plan)
    shift = preview_means(plan)
    rows = shifted(with_places(plan, periods), plan, shift)
    aggregates = sums_of(rows, plan, periods)
    for column in plan.extra_clusters:
        aggregates[f"low_{column}"] = rows[column].min()
        aggregates[f"high_{column}"] = rows[column].max()
    grouped = rows.group_by(["unit", "period"]).agg(**aggregates)
    sets = grouping_sets(grouped, [["unit"], ["period"]])
    totals = _totals(rows, plan)
    handle = engine.keep(sets, "scan 2 of 3, sums by unit and period")
    sums = Sums(plan, handle, symmetric(totals, "q", plan.width), shift, periods)
    try:
        _check(sums)
    except BaseException:
        handle.release()
        raise
    return sums


def shifted(rows: Any, plan: PushdownDesign, shift: Floats) -> Any:
    """Add the shifted columns `x0`, `x1`, … to the rows."""
    return rows.mutate(**{f"x{j}": rows[f"z{j}"] - float(shift[j]) for j in range(plan.width)})


def sums_of(rows: Any, plan: PushdownDesign, periods: PeriodCodes) -> dict[str, Any]:
    """Aggregates over any group of rows: their number, sums and sets of periods."""
    aggregates = {"n": rows.count(), "total": rows.count().cast("float64")}
    aggregates |= {f"s{j}": rows[f"x{j}"].sum() for j in range(plan.width)}
    for word in range(periods.words):
        aggregates[f"m{word}"] = bit_or(_bit(rows, word, periods.words))
    return aggregates


def _totals(rows: Any, plan: PushdownDesign) -> pd.Series:
    """Sums of products over all rows; refuses values that are missing or not finite."""
    columns = [f"x{j}" for j in range(plan.width)]
    whole = reduce(add, (rows[c] for c in columns))
    keys = {f"there_{c}": rows[c].count() for c in ("unit", "period", *plan.extra_clusters)}
    state = rows.agg(n=rows.count(), there=whole.count(), **keys, **products(rows, columns, "q"))
    totals = engine.execute(state, "scan 1 of 3, cross-products").iloc[0]
    if (totals.filter(like="there") < totals["n"]).any() or not np.isfinite(
        totals.filter(like="q").to_numpy(dtype=float)
    ).all():
        raise explain_unusable(plan)
    return totals


def grouping_sets(grouped: Any, sets: Sequence[Sequence[str]]) -> Any:
    """`rows.group_by(all keys).agg(...)` by several sets of the keys in one scan, the others null.

    Ibis has no grouping sets; they are set in the syntax tree that it compiles to.
    """
    connection = grouped.get_backend()
    connection._run_pre_execute_hooks(grouped)
    tree = connection.compiler.to_sqlglot(grouped)
    outer = next(s for s in tree.find_all(exp.Select) if s.args.get("group"))
    keys = {c.alias_or_name: c.unalias() for c in outer.selects}
    tuples = [exp.Tuple(expressions=[keys[k].copy() for k in chosen]) for chosen in sets]
    outer.set("group", exp.Group(grouping_sets=[exp.GroupingSets(expressions=tuples)]))
    return connection.sql(tree.sql(dialect=connection.dialect), dialect=connection.dialect)


def products(
    table: Any, columns: Sequence[str], prefix: str, per: Any | None = None
) -> dict[str, Any]:
    """Sums `<prefix>i_j` of the products of columns i and j <= i, each divided by `per`, if given."""

    def product(one: str, other: str) -> Any:
        values = table[one] * table[other]
        return (values if per is None else values / per).sum()

    return {
        f"{prefix}{i}_{j}": product(one, other)
        for i, one in enumerate(columns)
        for j, other in enumerate(columns[: i + 1])
    }


def symmetric(sums: Mapping[str, float], prefix: str, m: int) -> Floats:
    """The square matrix of `products`."""
    out = np.empty((m, m))
    for i in range(m):
        for j in range(i + 1):
            out[i, j] = out[j, i] = float(sums[f"{prefix}{i}_{j}"])
    return out


def patterns(units: Any, m: int, keys: Sequence[str]) -> Any:
    """Units with equal keys added up: `n_units`, `s0`.., `b0_0`.. = Σ S_j S_k / n; an expression."""
    columns = [f"s{j}" for j in range(m)]
    return units.group_by([*keys, "n"]).agg(
        n_units=units.count(),
        **{name: units[name].sum() for name in columns},
        **products(units, columns, "b", per=units.total),
    )


def bits(frame: pd.DataFrame, periods: PeriodCodes) -> Floats:
    """Zero-one matrix of the periods in each set, shape (rows, T)."""
    out = np.empty((len(frame), len(periods.places)))
    for j, place in enumerate(periods.places):
        word, bit = divmod(place, WORD)
        out[:, j] = (frame[f"m{word}"].to_numpy(dtype=np.int64) >> bit) & 1
    return out


def _bit(rows: Any, word: int, words: int) -> Any:
    # a literal would be as narrow as the engine likes
    one = rows.place.notnull().cast("int64")
    if words == 1:
        return one << rows.place
    inside = (rows.place >= word * WORD) & (rows.place < (word + 1) * WORD)
    # the shift is kept in range where the value is not used
    return ibis.ifelse(inside, one << (rows.place % WORD), 0)


def with_places(plan: PushdownDesign, periods: PeriodCodes) -> Any:
    """Rows with `place`, the period's bit."""
    if periods.first is not None:
        return plan.rows.mutate(place=(plan.rows.period - periods.first).cast("int32"))
    lookup = ibis.memtable(
        pd.DataFrame({"period": list(periods.values), "place": list(periods.places)})
    )
    return plan.rows.left_join(lookup, "period").drop("period_right")


def orient(plan: PushdownDesign) -> tuple[PushdownDesign, PeriodCodes]:
    """Absorb the larger effect; the smaller stays as dummies."""
    periods = levels(plan.rows, "period", MOST_PERIODS)
    if periods is None or len(periods) > WORD:
        other = levels(plan.rows, "unit", MOST_PERIODS)
        if other is not None and (periods is None or len(other) < len(periods)):
            plan, periods = plan.changed_about(), other
    if periods is None:
        raise Infeasible(
            Code.SAMPLE_LIMIT(
                "{unit} and {period} both have more than {most_periods} levels; one of the two must have fewer",
                "use a coarser key for one of them",
                unit=plan.unit,
                period=plan.period,
                most_periods=MOST_PERIODS,
            )
        )
    if periods.empty:
        raise InvalidData(
            Code.DATA_EMPTY(
                "the data have no rows", "name files that contain rows, or widen the filter on them"
            )
        )
    values = tuple(periods.tolist())
    if pd.api.types.is_integer_dtype(periods) and values[-1] - values[0] < MOST_PERIODS:
        first = int(values[0])
        return plan, PeriodCodes(values, first, tuple(int(v) - first for v in values))
    return plan, PeriodCodes(values, None, tuple(range(len(values))))


def _check(sums: Sums) -> None:
    """Refuse duplicate pairs, from sums that are already there: a set holds a period once."""
    units = sums.units
    counts = reduce(add, (bit_count(units[f"m{word}"]) for word in range(sums.periods.words)))
    double = engine.execute((units.n - counts).sum(), "check of the sums")
    if double:
        raise explain_duplicate(sums.plan)
