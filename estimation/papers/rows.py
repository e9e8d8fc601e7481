"""Rows of a paper's CSV files: the classes they become, and reading the files by them.

One definition a column: the class's own. `read_rows` holds a file against it, cell by cell.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from living_panel.estimation.panel.errors import Unusable, as_utf8
from living_panel.estimation.papers import codes
from living_panel.problems import Place, ProblemError

Row = TypeVar("Row")
Named = str
"""A text that is not empty."""
Statistic = str
"""Statistic of a printed cell, one of `STATISTICS`."""
STATISTICS = (
    "estimate|std_error|t_statistic|p_value|ci_low|ci_high|n_obs|n_groups|n_periods|n_clusters|"
    "mean|sd|min|max|r_squared|r_squared_adjusted|f_statistic|group|test:.+|flag:.+"
)
SLACK = 1e-9  # numbers that differ by less are the same
Kind = str
"""Kind of a claim, one of `KINDS`; claims from the literature and added ones are recorded, not checked."""
KINDS = (
    "value|range|trend|significance|order|difference|strength|support|sign|size|method|role|"
    "integration|interaction|fact|table_reference|literature|added"
)
OF_A_TABLE = (
    "value",
    "range",
    "trend",
    "significance",
    "order",
    "difference",
    "strength",
    "support",
    "sign",
    "size",
    "method",
)
Relation = str
"""How a claim says it, one of `RELATIONS`, or nothing."""
RELATIONS = (
    "|rising|falling|positive|negative|all|at_level|larger|largest_first|significantly_higher|"
    "significantly_different|most_significant|less_significant_after_first|supports|"
    "some_levels_not_rejected|all_differences_rejected|descriptives|unit_roots|regression"
)
NUMBER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?")


class TranscriptionError(ProblemError, ValueError):
    """A file of a printed paper is missing, changed or contradicts itself."""

    general = codes.PAPER


@dataclass(frozen=True)
class PrintedNumber:
    """A number as printed: its value and the interval it was rounded from."""

    text: str

    @property
    def value(self) -> float:
        """The value printed."""
        return float(self.text.replace("−", "-").replace(",", ""))

    @property
    def decimals(self) -> int:
        """Digits after the point."""
        mantissa, _, exponent = self.text.lower().partition("e")
        return len(mantissa.partition(".")[2]) - int(exponent or 0)

    @property
    def half_unit(self) -> float:
        """Half a step of the last digit: the most that rounding can have moved it."""
        return 10.0**-self.decimals / 2

    @property
    def low(self) -> float:
        """Smallest value that rounds to the text."""
        return self.value - self.half_unit

    @property
    def high(self) -> float:
        """Largest value that rounds to the text."""
        return self.value + self.half_unit


@dataclass(frozen=True)
class Cell:
    """One printed cell. `statistic` says what it holds.

    For a term, where they have cells of their own: estimate, std_error, t_statistic, p_value, ci_low, ci_high. For a
    column: n_obs, n_groups, n_periods, n_clusters, mean, sd, min, max, r_squared, r_squared_adjusted, f_statistic,
    `test:<label>`, `flag:<name>` (a printed Yes or No) or group (a printed name).
    """

    table: str
    row: str
    column: str
    model: str
    term: str
    transform: str
    statistic: Statistic
    estimate: PrintedNumber | None
    bracket: PrintedNumber | None
    stars: str
    text: str
    place: Named

    @property
    def empty(self) -> bool:
        """True where the table has the cell and nothing is printed in it."""
        return not self.text.strip()

    @property
    def number(self) -> PrintedNumber:
        """The number printed first in the cell; a cell without one is an error."""
        if self.estimate is None:
            raise Unusable(codes.NO_PRINTED_NUMBER(place=self.place, text=self.text))
        return self.estimate

    @property
    def value(self) -> float:
        """The value of its number."""
        return self.number.value

    @property
    def low(self) -> float:
        """Smallest value that rounds to its number."""
        return self.number.low

    @property
    def high(self) -> float:
        """Largest value that rounds to its number."""
        return self.number.high

    def is_less_than(self, other: Cell) -> bool:
        """Whether its number is the smaller one, whatever rounding has done to both."""
        return self.high <= other.low + SLACK

    @property
    def row_place(self) -> str:
        """Place of its row."""
        return self.place.rsplit(",", 1)[0]


@dataclass(frozen=True)
class Claim:
    """One claim of the text. `kind` says how it can be checked; see the claims rules."""

    id: str
    place: str
    kind: Kind
    table: str
    models: tuple[str, ...]
    terms: tuple[str, ...]
    statistic: str
    values: tuple[str, ...]
    relation: Relation
    level: float | None
    reference: str
    label: str


@dataclass(frozen=True)
class Reference:
    """An entry of the list of references: family names, year, what its title is about."""

    number: str
    authors: tuple[str, ...]
    more_authors: bool
    year: int
    about: tuple[str, ...]
    topics: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Citation:
    """A citation in the text: names and year as printed there, and what it is cited for."""

    place: str
    names: str
    year: int | None
    reference: str
    about: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True)
class PrintedUnit:
    """A unit of a paper's own data, and the group it is counted in."""

    unit: Named
    name: Named
    group: Named


@dataclass(frozen=True)
class PrintedMeasure:
    """A measure of a paper's own data; its values are the column of that name in `panel.csv`."""

    measure: Named
    title: Named
    unit: Named
    description: str


@dataclass(frozen=True)
class Form:
    """Form of a cell of one type: pattern, description in words, and type of its value."""

    pattern: str
    words: str
    read: Callable[[str], Any]

    @cached_property
    def fits(self) -> Callable[[str], re.Match[str] | None]:
        """Match of a whole cell with the pattern."""
        return re.compile(self.pattern).fullmatch


ANY = r"[\s\S]*"


def _if_any(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: read(text) if text else None


def _value(text: str) -> float:
    return PrintedNumber(text).value


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


FORMS = {
    "str": Form(ANY, "any text", str),
    "Named": Form(r"[\s\S]*\S[\s\S]*", "a text", str),
    "Statistic": Form(STATISTICS, "estimate, n_obs, mean, test:<label>, …", str),
    "Kind": Form(KINDS, f"one of {KINDS.replace('|', ', ')}", str),
    "Relation": Form(RELATIONS, f"one of {RELATIONS[1:].replace('|', ', ')}", str),
    "PrintedNumber | None": Form(
        f"({NUMBER.pattern})?", "a number as printed, or nothing", _if_any(PrintedNumber)
    ),
    "float | None": Form(f"({NUMBER.pattern})?", "a number, or nothing", _if_any(_value)),
    "int": Form(r"-?\d+", "a whole number", int),
    "int | None": Form(r"(-?\d+)?", "a whole number, or nothing", _if_any(int)),
    "bool": Form(ANY, "nothing for no, any text for yes", bool),
    "tuple[str, ...]": Form(ANY, "texts with ; between them", _parts),
}
"""By the annotation of the field."""


def columns_of(kind: type) -> dict[str, Form]:
    """Columns of a class's file, in order."""
    return {field.name: FORMS[str(field.type)] for field in fields(kind)}


def read_rows(path: Path, kind: type[Row]) -> list[Row]:
    """Rows of a file; none if it is missing.

    Raises
    ------
    TranscriptionError
        Naming file, line, column, what was expected and the remedy.
    """
    if not path.exists():
        return []
    forms = columns_of(kind)
    with as_utf8(path), path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or ()) != list(forms):
            raise TranscriptionError(
                codes.NO_COLUMNS(
                    Place(file=str(path), line=1),
                    found=", ".join(reader.fieldnames or ()) or "none",
                    forms=",".join(forms),
                )
            )
        return [_row(path, reader.line_num, row, kind, forms) for row in reader]


def _row(
    path: Path, line: int, row: dict[str, str], kind: type[Row], forms: dict[str, Form]
) -> Row:
    if None in row or None in row.values():
        raise TranscriptionError(
            codes.NUMBER_OF_CELLS(Place(file=str(path), line=line), n_forms=len(forms))
        )
    for name, form in forms.items():
        if not form.fits(row[name]):
            raise TranscriptionError(
                codes.WRONG_ENTRY(
                    Place(file=str(path), line=line), name=name, row=row[name], words=form.words
                )
            )
    return kind(**{name: form.read(row[name]) for name, form in forms.items()})
