"""The form of a printed paper: tables of cells, legends, equation, claims, citations.

General enough for any paper with regression tables; nothing here knows a particular one.
Reading files is in `printed`, judging in the rule modules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

Content = Literal["descriptives", "unit_roots", "regression"]
Brackets = Literal["standard_error", "t_statistic", "p_value", "none"]
Named = str
"""A text that is not empty."""
Statistic = str
"""What stands in a printed cell, one of `STATISTICS`."""
STATISTICS = "estimate|n_obs|mean|sd|min|max|r_squared|f_statistic|n_groups|group|test:.+|flag:.+"
NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def unit_of_last_digit(number: str) -> float:
    """Size of one step of the last printed digit: '0.062' gives 0.001."""
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals)


@dataclass(frozen=True)
class Number:
    """A number as printed: its value and the interval it was rounded from."""

    text: str

    @property
    def value(self) -> float:
        """The value printed."""
        return float(self.text.replace("−", "-"))

    @property
    def half_unit(self) -> float:
        """Half a step of the last digit: the most that rounding can have moved it."""
        return unit_of_last_digit(self.text) / 2

    @property
    def low(self) -> float:
        """Smallest value that rounds to the text."""
        return self.value - self.half_unit

    @property
    def high(self) -> float:
        """Largest value that rounds to the text."""
        return self.value + self.half_unit

    @property
    def decimals(self) -> int:
        """Digits after the point."""
        return len(self.text.partition(".")[2])


@dataclass(frozen=True)
class Cell:
    """One printed cell. `statistic` says what stands in it.

    estimate, n_obs, mean, sd, min, max, r_squared, f_statistic, n_groups, `test:<label>`,
    `flag:<name>` (a printed Yes or No) or group (a printed name).
    """

    table: str
    row: str
    column: str
    model: str
    term: str
    transform: str
    statistic: Statistic
    estimate: Number | None
    bracket: Number | None
    stars: str
    text: str
    place: Named

    @property
    def empty(self) -> bool:
        """True where the table has the cell and nothing is printed in it."""
        return not self.text.strip()

    @property
    def value(self) -> float:
        """The number printed first in the cell; an empty cell is an error."""
        if self.estimate is None:
            raise ValueError(f"{self.place}: no number is printed ('{self.text}')")
        return self.estimate.value


@dataclass(frozen=True)
class Table:
    """A printed table: its cells and what its note says of them."""

    number: str
    title: str
    content: Content
    cells: tuple[Cell, ...]
    stars: dict[str, float] = field(default_factory=dict)
    brackets: Brackets = "none"
    tests: dict[str, str] = field(default_factory=dict)
    estimators: dict[str, str] = field(default_factory=dict)
    covariance: str = ""
    r_squared: str = "unnamed"
    nested: tuple[str, ...] = ()
    groups_of: tuple[str, str] | None = None
    place: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models in the order printed."""
        return tuple(dict.fromkeys(c.model for c in self.cells if c.model))

    def estimates(self, model: str | None = None) -> tuple[Cell, ...]:
        """Coefficient cells with a number, of one model or of all."""
        return tuple(
            c
            for c in self.cells
            if c.statistic == "estimate"
            and c.estimate is not None
            and (model is None or c.model == model)
        )

    def get(self, model: str, statistic: str, term: str = "") -> Cell | None:
        """The printed cell of a model, or None where it is absent or empty."""
        for c in self.cells:
            if (c.model, c.statistic, c.term) == (model, statistic, term) and not c.empty:
                return c
        return None

    def terms(self, model: str) -> tuple[str, ...]:
        """Regressors with a printed estimate in a model, the constant left out."""
        return tuple(c.term for c in self.estimates(model) if c.term != "constant")

    def has_flag(self, model: str, name: str) -> bool:
        """True where a `flag:<name>` row prints Yes for the model."""
        cell = self.get(model, f"flag:{name}")
        return cell is not None and cell.text.strip().lower() == "yes"

    def with_cells(self, cells: tuple[Cell, ...]) -> Table:
        """The same table with other cells."""
        return replace(self, cells=cells)


@dataclass(frozen=True)
class Variable:
    """A variable of the paper, and which of our measures it is compared with.

    `unpublished` says why no publication has its figures by unit, where that is known.
    """

    name: str
    symbol: str
    label: str
    role: str
    unit: str | None = None
    place: str = ""
    measures: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()
    factor: float = 1.0
    unpublished: str = ""


@dataclass(frozen=True)
class Sample:
    """The sample as stated: units, years and what was left out (code to name)."""

    unit: str
    units: int
    first_year: int
    last_year: int
    excluded: dict[str, str]
    place: str
    balanced: bool | None = None

    @property
    def periods(self) -> int:
        """Number of years stated."""
        return self.last_year - self.first_year + 1

    @property
    def rows(self) -> int:
        """Units times years: the most rows such a panel can have."""
        return self.units * self.periods


@dataclass(frozen=True)
class Group:
    """A group estimated on its own: its model, name and number of units if printed."""

    model: str
    name: str
    units: int | None


@dataclass(frozen=True)
class Equation:
    """The estimated equation as written; `transforms` names terms unlike the common `transform`."""

    lhs: str
    regressors: tuple[str, ...]
    interactions: tuple[tuple[str, ...], ...]
    effects: tuple[str, ...]
    transform: str
    place: str
    transforms: dict[str, str] = field(default_factory=dict)

    def transform_of(self, term: str) -> str:
        """The transformation the equation gives a term."""
        return self.transforms.get(term, self.transform)


@dataclass(frozen=True)
class Claim:
    """One claim of the text. `kind` says how it can be checked; see the claims rules."""

    id: str
    place: str
    kind: str
    table: str
    models: tuple[str, ...]
    terms: tuple[str, ...]
    statistic: str
    values: tuple[str, ...]
    relation: str
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
class Unit:
    """A unit of a paper's own data, and the group it is counted in."""

    unit: Named
    name: Named
    group: Named


@dataclass(frozen=True)
class Measure:
    """A measure of a paper's own data; its figures are the column of that name in `panel.csv`."""

    measure: Named
    title: Named
    unit: Named
    description: str


@dataclass(frozen=True)
class Place:
    """A unit and a year; the other columns are numbers, one a measure, or empty."""

    unit: Named
    year: int


@dataclass(frozen=True)
class PrintedPaper:
    """A paper as printed; `question`, `heading` and `remarks` are what its page says of it."""

    id: str
    authors: tuple[str, ...]
    year: int
    title: str
    sample: Sample
    variables: dict[str, Variable]
    equation: Equation
    tables: dict[str, Table]
    groups: tuple[Group, ...] = ()
    claims: tuple[Claim, ...] = ()
    references: tuple[Reference, ...] = ()
    citations: tuple[Citation, ...] = ()
    question: str = ""
    heading: str = ""
    remarks: tuple[str, ...] = ()

    def of_content(self, *contents: str) -> Iterator[Table]:
        """Tables of the given contents, in the order printed."""
        return (t for t in self.tables.values() if t.content in contents)

    def claims_of(self, *kinds: str) -> tuple[Claim, ...]:
        """Claims of the given kinds."""
        return tuple(c for c in self.claims if c.kind in kinds)
