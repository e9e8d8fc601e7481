"""Rows of a paper's CSV files: the classes they become, whose fields say what each column may hold."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from living_panel.codes import Code
from living_panel.estimation.panel.errors import Unusable, as_utf8
from living_panel.problems import Place, ProblemError

Row = TypeVar("Row")
SLACK = 1e-9  # numbers that differ by less are the same
NUMBER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?")


def _of_form(pattern: str, words: str) -> BeforeValidator:
    """Check of a cell as a whole; `words` say in an error what is expected."""
    fits = re.compile(pattern).fullmatch

    def check(text: str) -> str | None:
        if not fits(text):
            raise ValueError(words)
        return text or None  # a number that is not there

    return BeforeValidator(check)


Named = Annotated[str, _of_form(r"[\s\S]*\S[\s\S]*", "a text")]
"""A text that is not empty."""
Statistic = Annotated[
    str,
    _of_form(
        "estimate|std_error|t_statistic|p_value|ci_low|ci_high|n_obs|n_groups|n_periods|n_clusters|"
        "mean|sd|min|max|r_squared|r_squared_adjusted|f_statistic|group|test:.+|flag:.+",
        "estimate, n_obs, mean, test:<label>, …",
    ),
]
"""Statistic of a printed cell."""
TableClaim = Literal[
    "value", "range", "trend", "significance", "order", "difference", "strength", "support", "sign", "size",
    "method",
]  # fmt: skip
"""Kind of a claim about a table."""
OF_A_TABLE = get_args(TableClaim)
Kind = Literal[
    TableClaim,
    "role",
    "integration",
    "interaction",
    "fact",
    "table_reference",
    "literature",
    "added",
]
"""Kind of a claim; claims from the literature and added ones are recorded, not checked."""
Relation = Literal[
    "", "rising", "falling", "positive", "negative", "all", "at_level", "larger", "largest_first",
    "significantly_higher", "significantly_different", "most_significant", "less_significant_after_first", "supports",
    "some_levels_not_rejected", "all_differences_rejected", "descriptives", "unit_roots", "regression",
]  # fmt: skip
"""How a claim says it, or nothing."""
Year = Annotated[int, _of_form(r"-?\d+", "a whole number")]
YearIfAny = Annotated[int | None, _of_form(r"(-?\d+)?", "a whole number, or nothing")]
Flag = Annotated[bool, BeforeValidator(bool)]
"""Nothing for no, any text for yes."""
Texts = Annotated[
    tuple[str, ...], BeforeValidator(lambda text: tuple(part for part in text.split(";") if part))
]
"""Texts with ; between them."""


class TranscriptionError(ProblemError, ValueError):
    """A file of a printed paper is missing, changed or contradicts itself."""


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


NumberIfAny = Annotated[
    PrintedNumber | None,
    BeforeValidator(lambda text: text and PrintedNumber(text)),
    _of_form(f"({NUMBER.pattern})?", "a number as printed, or nothing"),
]
LevelIfAny = Annotated[
    float | None,
    BeforeValidator(lambda text: text and PrintedNumber(text).value),
    _of_form(f"({NUMBER.pattern})?", "a number, or nothing"),
]


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
    estimate: NumberIfAny
    bracket: NumberIfAny
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
            raise Unusable(
                Code.PRINTED_TABLE(
                    "{place}: this cell prints no number ('{text}')",
                    "name a cell with a number, or correct this cell in the CSV file of the table",
                    place=self.place,
                    text=self.text,
                )
            )
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
    models: Texts
    terms: Texts
    statistic: str
    values: Texts
    relation: Relation
    level: LevelIfAny
    reference: str
    label: str


@dataclass(frozen=True)
class Reference:
    """An entry of the list of references: family names, year, what its title is about."""

    number: str
    authors: Texts
    more_authors: Flag
    year: Year
    about: Texts
    topics: Texts
    place: str


@dataclass(frozen=True)
class Citation:
    """A citation in the text: names and year as printed there, and what it is cited for."""

    place: str
    names: str
    year: YearIfAny
    reference: str
    about: Texts
    topics: Texts


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


def columns_of(kind: type) -> list[str]:
    """Columns of a class's file, in order."""
    return [field.name for field in fields(kind)]


@cache
def _reader(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def read_rows(path: Path, kind: type[Row]) -> list[Row]:
    """Rows of a file; none if it is missing.

    Raises
    ------
    TranscriptionError
        Naming file, line, column, what was expected and the remedy.
    """
    if not path.exists():
        return []
    columns = columns_of(kind)
    with as_utf8(path), path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or ()) != columns:
            raise TranscriptionError(
                Code.PRINTED_TABLE(
                    "the header differs from the expected columns; it has {found}",
                    "write exactly this header: {forms}",
                    Place(file=str(path), line=1),
                    found=", ".join(reader.fieldnames or ()) or "none",
                    forms=",".join(columns),
                )
            )
        return [_row(Place(file=str(path), line=reader.line_num), row, kind) for row in reader]


def _row(place: Place, row: dict[str, str], kind: type[Row]) -> Row:
    if None in row or None in row.values():
        raise TranscriptionError(
            Code.PRINTED_TABLE(
                "the line does not have {n_forms} cells",
                "write one cell for each column, and put text with commas in quotes",
                place,
                n_forms=len(fields(kind)),  # type: ignore[arg-type]
            )
        )
    try:
        return _reader(kind).validate_python(row)  # type: ignore[no-any-return, arg-type]
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name, words = str(fault["loc"][0]), str(fault["ctx"].get("error", ""))
        if fault["type"] == "literal_error":
            allowed = re.findall(r"'(\w+)'", fault["ctx"]["expected"])
            words = f"one of {', '.join(allowed)}"
        problem = Code.PRINTED_TABLE(
            "{name}: {row!r} is not {words}",
            "correct this cell",
            place,
            name=name,
            row=row[name],
            words=words,
        )
        raise TranscriptionError(problem) from error
