"""Likely causes of a printed number that differs from ours, each with the cells of its column that it explains.

A cause is a hypothesis: swapped digits, a sign, a neighbouring cell, other errors, another sample, units. None is
certain. Its measure is how many of the column's numbers agree with ours under it. Where most numbers of a column
differ, the data differ: a cause of one number is named only if it is that of every number which differs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from living_panel.estimation.audit.reproduction import (
    COUNTS,
    OF_COEFFICIENTS,
    Ours,
    reproduce,
    status_of,
)
from living_panel.estimation.papers.rows import PrintedNumber
from living_panel.estimation.papers.schema import Beside, PrintedPaper

Cause = Literal[
    "rounding", "sign", "swapped_digits", "one_digit", "decimal_point", "neighbouring_row", "neighbouring_column",
    "estimate_and_bracket", "units", "other_errors", "other_sample", "other_edition", "other_data",
]  # fmt: skip
ORDER: tuple[Cause, ...] = (
    "rounding", "sign", "swapped_digits", "neighbouring_row", "neighbouring_column", "estimate_and_bracket", "units",
    "decimal_point", "other_errors", "other_sample", "other_edition", "other_data", "one_digit",
)  # fmt: skip
"""Causes that explain equally many cells, the most specific first: one digit explains most by chance."""
WORDS: dict[str, str] = {
    "rounding": "rounded otherwise",
    "sign": "the other sign",
    "swapped_digits": "two neighbouring digits swapped",
    "one_digit": "one digit wrong",
    "decimal_point": "the decimal point moved",
    "neighbouring_row": "the number of another row",
    "neighbouring_column": "the number of another column",
    "estimate_and_bracket": "estimate and bracket exchanged",
    "units": "another unit of measure",
    "other_errors": "other errors",
    "other_sample": "another sample",
    "other_edition": "another edition",
    "other_data": "other data",
}
COLUMNS = [
    "paper", "printed_table", "table_id", "row", "column", "model", "term", "statistic", "part", "number", "printed",
    "ours", "cause", "detail", "explains", "of", "rank",
]  # fmt: skip
KEYS = ["printed_table", "model", "term", "statistic", "part"]
"""With `number`, a number among the cells that are alike in all of these."""
NOT_TRIED, NO_CAUSE = "not tried", "none"
"""Instead of a cause: another edition whose tables are not there, and that no cause was found."""
AGREES = ("reproduced", "rounding")
OTHER_DATA: Cause = "other_data"
OF_DIGITS = ("swapped_digits", "one_digit")
OF_SEVERAL = ("units", "other_errors", "other_sample", "other_edition")
"""Causes that several numbers of a column share. Any other is a cause of one number."""
FEWEST_DIFFERING = 3
"""Numbers that differ in a column whose data may differ."""
FEWEST_DIGITS = 2
"""Significant digits of a number that is looked for in another cell."""
MOST_POWER = 6
FACTORS = tuple(10.0**k for k in range(-MOST_POWER, MOST_POWER + 1) if k)


@dataclass(frozen=True)
class Other:
    """The same tables under another choice: what it is, in words, and their numbers."""

    cause: Literal["other_sample", "other_edition"]
    detail: str
    tables: Sequence[Ours]


@dataclass(frozen=True)
class Hypothesis:
    """One cause of one cell, and how many cells of its column agree under it."""

    cause: Cause
    detail: str
    explains: int


def find_causes(
    paper: PrintedPaper,
    pairs: Mapping[str, Beside],
    ours: Sequence[Ours],
    others: Sequence[Other] = (),
    cells: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Likely causes of every printed number that differs.

    Parameters
    ----------
    paper : PrintedPaper
        The printed paper.
    pairs : mapping
        `side_by_side.yml`: printed table number to our table.
    ours : sequence of Ours
        The current tables of the paper.
    others : sequence of Other
        The same tables on other samples or editions.
    cells : pandas.DataFrame, optional
        What `reproduce` gives for these, where it is there already.

    Returns
    -------
    pandas.DataFrame
        One row a cause of a number, `COLUMNS`. `explains` of `of`: numbers of the printed column that agree with ours
        under the cause, of those compared. `rank` 1 explains most; equal ones are in the order of `ORDER`.
    """
    cells = numbered(reproduce(paper, pairs, ours) if cells is None else cells)
    under = [(other, reproduce(paper, pairs, other.tables)) for other in others]
    rows = [
        {**_head(cell), "cause": one.cause, "detail": one.detail, "explains": one.explains,
         "of": len(column), "rank": rank}
        for column, differing, table in _differing(cells)
        for cell, found in _of_column(column, differing, table, ours, under)
        for rank, one in enumerate(found, start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def numbered(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with the number of each among those that are alike, in the order of their places."""
    alike = cells.sort_values("place", kind="stable").groupby(KEYS, dropna=False, sort=False)
    return cells.assign(number=alike.cumcount() + 1)


def key_of(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """What tells a printed number from the others of its paper."""
    return tuple("" if pd.isna(row[name]) else str(row[name]) for name in (*KEYS, "number"))


def deviating(cells: pd.DataFrame) -> pd.DataFrame:
    """Numbers that ours does not round to: those whose causes are searched."""
    return cells[cells["ours"].notna() & (cells["status"] != AGREES[0])]


Numbers = list[dict[str, Any]]


def _differing(cells: pd.DataFrame) -> Iterator[tuple[pd.DataFrame, Numbers, pd.DataFrame]]:
    """Columns with numbers that differ: the compared numbers, those that differ, and the compared ones of the table."""
    compared = cells[cells["ours"].notna()]
    for _, table in compared.groupby("printed_table", sort=False):
        for _, column in table.groupby("model", sort=False):
            differing = deviating(column).to_dict("records")
            yield column, [{str(k): v for k, v in cell.items()} for cell in differing], table


def _of_column(
    column: pd.DataFrame,
    differing: Numbers,
    table: pd.DataFrame,
    ours: Sequence[Ours],
    under: Sequence[tuple[Other, pd.DataFrame]],
) -> Iterator[tuple[Mapping[str, Any], list[Hypothesis]]]:
    """Causes of each number of a column that differs."""
    found = [_ranked(cell, column, table, ours, under) for cell in differing]
    if len(differing) < FEWEST_DIFFERING or 2 * len(differing) <= len(column):
        yield from zip(differing, found, strict=True)
        return
    each = [{one.cause for one in causes} for causes in found]
    shared = {*OF_SEVERAL, *set.intersection(*each)} - {*OF_DIGITS}
    for cell, causes in zip(differing, found, strict=True):
        kept = [one for one in causes if one.cause in shared]
        yield cell, kept or [Hypothesis(OTHER_DATA, "", len(column) - len(differing))]


def _head(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {name: cell[name] for name in COLUMNS[: COLUMNS.index("cause")]}


def _ranked(
    cell: Mapping[str, Any],
    column: pd.DataFrame,
    table: pd.DataFrame,
    ours: Sequence[Ours],
    under: Sequence[tuple[Other, pd.DataFrame]],
) -> list[Hypothesis]:
    hypotheses = [
        *_of_digits(cell, column),
        *_of_neighbours(cell, column, table),
        *_of_units(cell, column),
        *_of_errors(cell, column, ours),
        *_of_others(cell, column, under),
    ]
    best: dict[tuple[str, str], Hypothesis] = {(one.cause, one.detail): one for one in hypotheses}
    return sorted(best.values(), key=lambda one: (-one.explains, ORDER.index(one.cause)))


def agrees(text: str, value: float) -> bool:
    """Whether our number rounds to a printed one."""
    return status_of(PrintedNumber(text), value) == "reproduced"


def _agreeing(column: pd.DataFrame, without: Mapping[str, Any] | None = None) -> int:
    """Numbers of a column that agree, the differing one left out."""
    return int(column["status"].isin(AGREES).sum()) - (
        without is not None and without["status"] in AGREES
    )


def _of_digits(cell: Mapping[str, Any], column: pd.DataFrame) -> Iterator[Hypothesis]:
    """Causes within the printed digits: rounding, sign, swapped, one digit, decimal point."""
    text, value = str(cell["printed"]).replace("−", "-"), float(cell["ours"])
    explained = _agreeing(column, cell) + 1
    gap = abs(value - cell["printed_value"]) / 10.0 ** -cell["decimals"]
    if gap <= 1.5 and cell["statistic"] not in COUNTS and value * cell["printed_value"] >= 0:
        yield Hypothesis("rounding", "", explained)
    other = text[1:] if text.startswith("-") else f"-{text}"
    if agrees(other, value):
        yield Hypothesis("sign", other, explained)
    keys = ["term", "statistic"]
    of_coefficient = column[(column[keys] == [cell[key] for key in keys]).all(axis=1)]
    alone = len(deviating(of_coefficient)) < 2  # a wrong digit leaves the other number of its cell
    for changed in _swapped(text) if alone else ():
        if agrees(changed, value):
            yield Hypothesis("swapped_digits", changed, explained)
    wanted = _as_printed(value, text)
    if (
        alone
        and len(wanted) == len(text)
        and sum(a != b for a, b in zip(wanted, text, strict=True)) == 1
    ):
        yield Hypothesis("one_digit", wanted, explained)
    for factor in FACTORS:
        if _significant(text) >= FEWEST_DIGITS and _agrees_scaled(text, value, factor):
            yield Hypothesis("decimal_point", f"times {1 / factor:g}", explained)


def _as_printed(value: float, text: str) -> str:
    """Our number in the form of a printed one: decimals, a zero before the point or none."""
    made = f"{value:.{max(PrintedNumber(text).decimals, 0)}f}"
    if text.lstrip("-").startswith("."):
        made = made.replace("0.", ".", 1) if made.lstrip("-").startswith("0.") else made
    return f"{value:,.0f}" if "," in text else made


def _swapped(text: str) -> Iterator[str]:
    """The text with two neighbouring digits exchanged, over the point too."""
    digits = [n for n, sign in enumerate(text) if sign.isdigit()]
    for a, b in zip(digits, digits[1:], strict=False):
        if text[a] != text[b]:
            made = list(text)
            made[a], made[b] = made[b], made[a]
            yield "".join(made)


def _significant(text: str) -> int:
    return len(text.replace("-", "").replace(".", "").replace(",", "").lstrip("0"))


def _agrees_scaled(text: str, value: float, factor: float) -> bool:
    """Whether our number times a factor rounds to the printed one, at the digits that it has there."""
    printed = PrintedNumber(text)
    return abs(value * factor - printed.value) <= printed.half_unit * (1 + 1e-7)


def _of_neighbours(
    cell: Mapping[str, Any], column: pd.DataFrame, table: pd.DataFrame
) -> Iterator[Hypothesis]:
    """Our number of another row, another column or the other part of the cell."""
    if _significant(str(cell["printed"])) < FEWEST_DIGITS:
        return
    explained, keys = _agreeing(column, cell) + 1, ("model", "term", "statistic", "part")
    for other in table.to_dict("records"):
        differs = [key for key in keys if other[key] != cell[key]]
        if len(differs) != 1 or not agrees(str(cell["printed"]), float(other["ours"])):
            continue
        cause: dict[str, Cause] = {
            "term": "neighbouring_row",
            "model": "neighbouring_column",
            "part": "estimate_and_bracket",
        }
        if differs[0] in cause:
            yield Hypothesis(cause[differs[0]], f"{other['row']}, {other['column']}", explained)


def _of_units(cell: Mapping[str, Any], column: pd.DataFrame) -> Iterator[Hypothesis]:
    """A power of ten that brings every coefficient and error of a variable to the printed ones."""
    if cell["statistic"] != "estimate":
        return
    coefficients = column[(column["term"] == cell["term"]) & (column["statistic"] == "estimate")]
    scaled = coefficients[~coefficients["our_name"].isin(["statistic", "p_value"])]
    for factor in FACTORS:
        agree = [
            _agrees_scaled(str(t), float(v), factor)
            for t, v in zip(scaled["printed"], scaled["ours"], strict=True)
        ]
        if len(agree) > 1 and all(agree):
            rest = column.drop(index=scaled.index)
            yield Hypothesis("units", f"times {factor:g}", _agreeing(rest) + len(agree))


def _of_errors(
    cell: Mapping[str, Any], column: pd.DataFrame, ours: Sequence[Ours]
) -> Iterator[Hypothesis]:
    """Another stored inference under which the column's errors, t, p and intervals are the printed ones."""
    names = {*OF_COEFFICIENTS.values()}
    if cell["our_name"] not in names:
        return
    source = next((t for t in ours if t.table_id == cell["table_id"]), None)
    if source is None:
        return
    frame = source.coefficients
    errors = column[column["our_name"].isin(names)]
    labels = frame.loc[frame["model"] == cell["our_model"], "inference"].unique()
    for label in labels:
        if label == cell["our_inference"]:
            continue
        values = frame[(frame["model"] == cell["our_model"]) & (frame["inference"] == label)]
        by_term = values.set_index("term")
        agree = {
            n: bool(
                c["term"] in by_term.index
                and _agrees_in_size(c, float(by_term.loc[c["term"], c["our_name"]]))
            )
            for n, c in errors.iterrows()
        }
        here = agree.get(
            errors.index[(errors["term"] == cell["term"]) & (errors["part"] == cell["part"])][0]
        )
        if here:
            rest = column.drop(index=errors.index)
            yield Hypothesis("other_errors", str(label), _agreeing(rest) + sum(agree.values()))


def _agrees_in_size(cell: Mapping[str, Any] | pd.Series, value: float) -> bool:
    """Whether a number agrees, absolute t without its sign."""
    if math.isnan(value):
        return False
    text = str(cell["printed"])
    return agrees(text, value) or (cell["our_name"] == "statistic" and agrees(text, abs(value)))


def _of_others(
    cell: Mapping[str, Any],
    column: pd.DataFrame,
    under: Sequence[tuple[Other, pd.DataFrame]],
) -> Iterator[Hypothesis]:
    """Another sample or edition under which the number agrees."""
    for other, cells in under:
        keys = ["printed_table", "model"]
        alike = cells[(cells[keys] == [cell[k] for k in keys]).all(axis=1)]
        in_column = alike.loc[alike.index.intersection(column.index)]
        here = in_column[
            (in_column["term"] == cell["term"])
            & (in_column["statistic"] == cell["statistic"])
            & (in_column["part"] == cell["part"])
        ]
        if len(here) and here["status"].iloc[0] in AGREES:
            yield Hypothesis(other.cause, other.detail, _agreeing(in_column))


def in_few_words(cause: Mapping[str, Any]) -> str:
    """One cause with how well it explains its column, for a cell of a table."""
    detail = f" ({cause['detail']})" if cause["detail"] else ""
    explains, of = int(cause["explains"]), int(cause["of"])
    share = (
        f"{of - explains} of {of} differ"
        if cause["cause"] == OTHER_DATA
        else f"{explains} of {of} agree"
    )
    return f"{WORDS[str(cause['cause'])]}{detail}: {share}"


def in_words(cause: Mapping[str, Any]) -> str:
    """One cause as a sentence that does not call it certain."""
    detail = f" ({cause['detail']})" if cause["detail"] else ""
    explains, of = int(cause["explains"]), int(cause["of"])
    share = f"with it {explains} of {of} numbers of the column agree"
    if cause["cause"] == OTHER_DATA:
        share = f"{of - explains} of {of} numbers of the column differ"
    return f"possible cause: {WORDS[str(cause['cause'])]}{detail}; {share}"
