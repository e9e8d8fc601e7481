"""Columns of a model's terms: numbers, dummies and their products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import product
from math import prod
from operator import add, mul, sub, truediv
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import neighbours
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints
from living_panel.estimation.econometrics.panel_models.formula import Factor
from living_panel.estimation.econometrics.panel_models.grammar import (
    FUNCTIONS,
    Call,
    Expression,
    Name,
    Negative,
    Number,
    Power,
    names_of,
    shifts_of,
)
from living_panel.estimation.econometrics.row_names import UNIT

CONSTANT = "constant"
_ARITHMETIC: dict[str, Callable[[Floats, Floats], Floats]] = {
    "+": add, "-": sub, "*": mul, "/": truediv,
}  # fmt: skip


class _Coded(NamedTuple):
    """A factor; of dummies, with all of them or without that of the first value."""

    name: str
    is_full: bool


_Product = tuple[_Coded, ...]


@check_arguments
def columns_of(terms: Sequence[Sequence[Factor]], frame: pd.DataFrame, text: str) -> pd.DataFrame:
    """Columns of terms, the constant under the name `CONSTANT`.

    A text, and a name in `C`, has a dummy for each value. The dummies that earlier terms
    imply are left out, as in R: `C(a)` beside a constant has no dummy of the first value.

    Parameters
    ----------
    terms : sequence of terms
        In their order.
    frame : pandas.DataFrame
        Variables over the rows.
    text : str
        The whole formula, for errors.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InvalidData
        For a name that is no column, text where numbers are needed, or a value that is missing or not finite.
    Infeasible
        For more columns than rows, before any column is made.
    """
    factors = {str(factor): factor for term in terms for factor in term}
    wanted = {name for factor in factors.values() for name in names_of(factor)}
    if missing := sorted(wanted - {*frame.columns}):
        raise InvalidData(sentences.UNKNOWN_VARIABLE(text=text, missing=[*missing], frame=[*frame]))
    numbers: dict[str, dict[str, Floats]] = {}
    dummies: dict[str, pd.Categorical] = {}
    for name, factor in factors.items():
        if _has_dummies(factor, frame):
            dummies[name] = _categories(factor, frame, text)
        else:
            numbers[name] = _numeric(factor, frame, text)
    products = _without_implied(terms, {*dummies})
    sizes = [
        [_size(dummies.get(f.name), numbers.get(f.name), f.is_full) for f in parts]
        for parts in products
    ]
    if (n_columns := sum(map(prod, sizes))) > len(frame):
        raise Infeasible(sentences.ROWS_COEFFICIENTS(text=text, n=len(frame), k=n_columns))
    columns: dict[str, Floats] = {}
    for parts in products:
        columns |= _columns(parts, numbers, dummies, len(frame))
    made = pd.DataFrame(columns, index=frame.index, dtype=float)
    _require_finite(made, text)
    return made


def _has_dummies(factor: Factor, frame: pd.DataFrame) -> bool:
    """Whether a factor is C(...) or the name of a variable that holds text; `i` has its dummies as they are."""
    if isinstance(factor, Call):
        return factor.function == "C"
    return not pd.api.types.is_numeric_dtype(frame[factor.text])


def _numeric(factor: Factor, frame: pd.DataFrame, text: str) -> dict[str, Floats]:
    """Columns of a factor that has the same ones beside any other terms."""
    if not isinstance(factor, Call) or factor.kind not in ("dummies", "poly"):
        return {str(factor): _array(factor, frame, text)}
    if factor.kind == "poly":
        columns = _polynomials(_array(factor.arguments[0], frame, text), int(factor.option or 1))
        return {f"{factor}[{power + 1}]": column for power, column in enumerate(columns.T)}
    values = _categories(factor, frame, text)
    labels = [str(level) for level in values.categories]
    left_out = _place_of(str(factor.option), labels)
    if left_out is None:
        raise InvalidData(
            Code.DATA_TYPE(
                "{text}: no row has the value {value}",
                "write one of {levels} after ref=",
                text=text,
                value=factor.option,
                levels=labels[:20],
            )
        )
    return {
        f"{factor}[{label}]": (values.codes == n).astype(float)
        for n, label in enumerate(labels)
        if n != left_out
    }


def _place_of(value: str, labels: list[str]) -> int | None:
    """Place of a value among labels; numbers are the same however they are written."""
    if value in labels:
        return labels.index(value)
    try:
        return [float(label) for label in labels].index(float(value))
    except ValueError:
        return None


def _polynomials(values: Floats, degree: int) -> Floats:
    """Orthogonal polynomials of degree 1 to `degree`, as R's poly: of length 1, with a positive leading term."""
    powers = (values - values.mean())[:, None] ** np.arange(degree + 1)
    q, r = np.linalg.qr(powers)
    return np.asarray((q * np.sign(np.diag(r)))[:, 1:])


@check_arguments
def with_shifts(terms: Sequence[Sequence[Factor]], frame: pd.DataFrame, text: str) -> pd.DataFrame:
    """Rows with a column for each lag, lead and difference of the terms, under its text.

    A value of a period without a row is missing: a shift never closes a gap.

    Parameters
    ----------
    terms : sequence of terms
        Of a formula.
    frame : pandas.DataFrame
        Variables over unit and period, incomplete rows among them.
    text : str
        The whole formula, for errors.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InvalidData
        For a name that is no column, or a value that is not finite.
    Infeasible
        For a unit with a period twice.
    """
    calls = {str(call): call for term in terms for factor in term for call in shifts_of(factor)}
    wanted = {name: call for name, call in calls.items() if name not in frame}
    if not wanted:
        return frame
    if frame.index.has_duplicates:
        raise Infeasible(sentences.PERIOD_TWICE(text=text))
    return frame.assign(**{name: _shifted(call, frame, text) for name, call in wanted.items()})


def _shifted(call: Call, frame: pd.DataFrame, text: str) -> pd.Series:
    (inner,) = call.arguments
    names = [*names_of(inner)]
    if missing := sorted({*names} - {*frame.columns}):
        raise InvalidData(sentences.UNKNOWN_VARIABLE(text=text, missing=missing, frame=[*frame]))
    nested = {str(c): _shifted(c, frame, text) for c in shifts_of(inner)}
    values = _array(inner, frame.assign(**nested), text)
    given = frame[names].notna().all(axis=1).to_numpy()
    for column in nested.values():
        given = given & column.notna().to_numpy()
    if (bad := given & ~np.isfinite(values)).any():
        row = frame.index[int(np.argmax(bad))]
        raise InvalidData(sentences.NO_FINITE_VALUE(text=text, column=str(inner), row=row))
    periods = int(call.option or 1)
    series = pd.DataFrame({"value": values}, frame.index)
    moved = neighbours(series, periods if call.function == "f" else -periods)["value"]
    return series["value"] - moved if call.function == "d" else moved


def _categories(factor: Factor, frame: pd.DataFrame, text: str) -> pd.Categorical:
    """Values of the one name of a factor that has dummies; a missing one is refused."""
    (name,) = names_of(factor)
    values = pd.Categorical(frame[name]).remove_unused_categories()
    if (values.codes < 0).any():
        row = frame.index[int(np.argmax(values.codes < 0))]
        raise InvalidData(sentences.NO_FINITE_VALUE(text=text, column=name, row=row))
    return values


def _array(expression: Expression, frame: pd.DataFrame, text: str) -> Floats:
    """Values of an expression over the rows."""
    for name in names_of(expression):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            raise InvalidData(
                sentences.FORMULA_TEXT(text=text, name=name, function=str(expression))
            )
    with np.errstate(all="ignore"):  # a value that is not finite is refused with its row
        return np.asarray(_value(expression, frame), dtype=np.float64)


def _value(expression: Expression, frame: pd.DataFrame) -> Any:
    if isinstance(expression, Name):
        return frame[expression.text].to_numpy(dtype=np.float64)
    if isinstance(expression, Number):
        return np.float64(expression.value)
    if isinstance(expression, Negative):
        return -_value(expression.operand, frame)
    if isinstance(expression, Power):
        return _value(expression.base, frame) ** expression.value
    if isinstance(expression, Call):
        if expression.kind == "shift":
            return frame[str(expression)].to_numpy(dtype=np.float64)
        inner = _value(expression.arguments[0], frame)
        if expression.kind == "mean":
            return pd.Series(inner).groupby(_units(frame)).transform("mean").to_numpy()
        compute = FUNCTIONS[expression.function].compute
        assert compute is not None  # the grammar puts no other kinds inside of functions
        return compute(inner)
    value = _value(expression.first, frame)
    for sign, part in expression.rest:
        value = _ARITHMETIC[sign](value, _value(part, frame))
    return value


def _units(frame: pd.DataFrame) -> Ints:
    """Codes of the units of rows, from their index or, without one, their column."""
    index = frame.index
    labels = index.get_level_values(0) if index.nlevels == 2 else frame[UNIT]
    return np.asarray(pd.factorize(labels)[0], dtype=np.int64)


def _without_implied(terms: Iterable[Sequence[Factor]], dummies: set[str]) -> list[_Product]:
    """Products of factors that span what the terms do, each part once.

    The dummies of a and b span the constant, a-, b- and a-:b-, where - leaves out the first value. What
    earlier terms span is taken away; then f-:rest and rest together are f:rest with all dummies.
    """
    spanned: set[frozenset[_Coded]] = set()
    products: list[_Product] = []
    for term in terms:
        choices = [
            (_Coded(name, False), None) if name in dummies else (_Coded(name, True),)
            for name in map(str, term)
        ]
        spans = [tuple(f for f in chosen if f is not None) for chosen in product(*choices)]
        new = [factors for factors in spans if frozenset(factors) not in spanned]
        spanned |= {frozenset(factors) for factors in new}
        products += _joined(new)
    return products


def _joined(products: Iterable[_Product]) -> list[_Product]:
    """Join products until no two are f-:rest and rest."""
    joined: list[_Product] = []
    for factors in sorted(products, key=len):
        rest = next((other for other in joined if _is_joined(factors, other)), None)
        if rest is None:
            joined.append(factors)
            continue
        (added,) = {*factors} - {*rest}
        full = tuple(_Coded(f.name, True) if f == added else f for f in factors)
        joined = _joined([*(other for other in joined if other != rest), full])
    return joined


def _is_joined(factors: _Product, rest: _Product) -> bool:
    added = {*factors} - {*rest}
    return len(factors) == len(rest) + 1 and len(added) == 1 and not next(iter(added)).is_full


def _size(
    values: pd.Categorical | None, columns: Mapping[str, Floats] | None, is_full: bool
) -> int:
    if values is None:
        return len(columns or ())
    return len(values.categories) - (not is_full)


def _columns(
    factors: _Product,
    numbers: Mapping[str, Mapping[str, Floats]],
    dummies: Mapping[str, pd.Categorical],
    n_rows: int,
) -> dict[str, Floats]:
    """Columns of a product by name; the values of the first factor change fastest."""
    if not factors:
        return {CONSTANT: np.ones(n_rows)}
    parts = []
    for factor in factors:
        if factor.name in numbers:
            parts.append(dict(numbers[factor.name]))
            continue
        values = dummies[factor.name]
        mark = "" if factor.is_full else "T."
        levels = [*enumerate(values.categories)][not factor.is_full :]
        parts.append(
            {
                f"{factor.name}[{mark}{level}]": (values.codes == n).astype(float)
                for n, level in levels
            }
        )
    columns = {}
    for chosen in product(*(part.items() for part in reversed(parts))):
        names, arrays = zip(*reversed(chosen), strict=True)
        columns[":".join(names)] = reduce(mul, arrays)
    return columns


def _require_finite(columns: pd.DataFrame, text: str) -> None:
    bad = ~np.isfinite(columns.to_numpy())
    if bad.any():
        row, column = (int(places[0]) for places in bad.nonzero())
        raise InvalidData(
            sentences.NO_FINITE_VALUE(
                text=text, column=columns.columns[column], row=columns.index[row]
            )
        )
