"""The form of `editions.yml`, and of the tables that lie next to it."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from living_panel.estimation.data_sets import codes
from living_panel.estimation.data_sets.dates import Precision, last_day, precision_of
from living_panel.problems import Refused

NAME = r"^[a-z][a-z0-9_]*$"
NEWEST = "newest"


class Form(BaseModel):
    """A part of `editions.yml`: nothing in it is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Edition(Form):
    """One edition of a publication, taken whole.

    Attributes
    ----------
    name
        As the publisher calls it, in quotes: `"10.01"`.
    released
        Day, month or year of its release; it counts as published from the last day of that.
    released_from_memory
        True where no document was open that gives the date.
    reference_year
        Year of the prices; none where there is no such year.
    file, sha256
        Data file in the folder of the data set, and hash of its bytes.
    licence
        As the edition states it; empty where it states none.
    citation, doi
        How the publisher asks to be cited.
    known_errors
        What is known to be wrong in it.
    made_from
        Name and hash of the file that `file` was written from, where it is another one.
    """

    name: str = Field(min_length=1)
    released: str
    released_from_memory: bool = False
    note: str = ""
    reference_year: int | None = None
    file: str = Field(pattern=r"^[\w.-]+$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str
    citation: str
    doi: str = ""
    known_errors: list[str] = []
    made_from: str = ""

    @field_validator("released")
    @classmethod
    def _dated(cls, value: str) -> str:
        last_day(value)
        return value

    @property
    def day(self) -> date:
        """Day from which the edition counts as published."""
        return last_day(self.released)

    @property
    def precision(self) -> Precision:
        """Whether its release is known by day, month or year."""
        return precision_of(self.released)


class Columns(Form):
    """Columns of unit and year in the files of the editions."""

    unit: str
    year: str


class Quality(Form):
    """Column of a mark, and the marks of rows of low quality."""

    column: str
    low: list[str]


class UnitWords(Form):
    """How texts call a row of the data set."""

    name: str
    plural: str


class EditionsForm(Form):
    """`editions.yml`: the data set, and its editions, oldest first."""

    data_set: str = Field(pattern=NAME)
    title: str
    unit: UnitWords
    columns: Columns
    quality: Quality | None = None
    editions: list[Edition] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> EditionsForm:
        known: set[str] = set()
        for before, edition in zip([None, *self.editions], self.editions, strict=False):
            if edition.name in known or edition.name == NEWEST:
                raise Refused(codes.EDITION_TWICE(name=edition.name))
            known.add(edition.name)
            if before is not None and edition.day < before.day:
                raise Refused(codes.ORDER(name=edition.name, before=before.name))
        return self


TABLES = {
    "units.csv": ("unit", "name", "group"),
    "measures.csv": ("measure", "title", "unit", "description"),
    "columns.csv": ("measure", "edition", "column", "distributed_as"),
    "unit_codes.csv": ("edition", "source_code", "unit", "reason"),
    "concept_breaks.csv": ("from_edition", "to_edition", "measures", "reason", "source"),
    "series_breaks.csv": ("edition", "unit", "measure", "year", "reason"),
    "duplicates.csv": ("edition", "unit", "kind", "of", "reason"),
}
"""Columns of each table of a data set; the first three are needed."""
NEEDED = ("units.csv", "measures.csv", "columns.csv")
