"""The form of `editions.yml`, and of the tables that lie next to it."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from living_panel.codes import Code
from living_panel.estimation.data_sets import sentences
from living_panel.estimation.data_sets.dates import Precision, last_day, precision_of
from living_panel.problems import Refused

NAME = r"^[a-z][a-z0-9_]*$"
NEWEST = "newest"


class Form(BaseModel):
    """A part of `editions.yml`: nothing in it is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Edition(Form):
    """One edition of a publication; a release takes all its values from one edition."""

    name: str = Field(min_length=1)
    """Name of the edition as the publisher writes it, in quotes: `"10.01"`."""
    released: str
    """Day, month or year of release. The edition counts as published from the last day of this period."""
    released_from_memory: bool = False
    """True if the date of release was written from memory, without a document."""
    note: str = ""
    """Remark on the release, for readers of the file."""
    reference_year: int | None = None
    """Year of the prices; left out where there is none."""
    file: str = Field(pattern=r"^[\w.-]+$")
    """Data file in the folder of the data set."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the bytes of `file`, 64 hexadecimal digits."""
    licence: str
    """Licence that the edition states; empty where it states none."""
    citation: str
    """Citation that the publisher asks for."""
    doi: str = ""
    """DOI of the edition."""
    known_errors: list[str] = []
    """Errors known in this edition, one sentence each."""
    made_from: str = ""
    """Name and hash of the file that `file` was written from, where that is another one."""

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
    """Column of the files with the code of the unit."""
    year: str
    """Column of the files with the year."""


class Quality(Form):
    """Column with marks of quality, and the marks that mean low quality."""

    column: str
    """Column of the files that marks the quality of a row."""
    low: list[str]
    """Values of `column` that mark a row of low quality."""


class UnitWords(Form):
    """Words for the unit of a row in texts."""

    name: str
    """Word for one unit, such as `country`."""
    plural: str
    """Word for several units, such as `countries`."""


class EditionsForm(Form):
    """`editions.yml`: the data set, and its editions, oldest first."""

    data_set: str = Field(pattern=NAME)
    """Name of the data set; that of its folder."""
    title: str
    """Title of the publication, as reports print it."""
    unit: UnitWords
    """Words for the unit that a row describes."""
    columns: Columns
    """Columns of the files with unit and year."""
    quality: Quality | None = None
    """Mark of rows of low quality; left out where the publisher marks none."""
    editions: list[Edition] = Field(min_length=1)
    """Editions, oldest release first."""

    @model_validator(mode="after")
    def _in_order(self) -> EditionsForm:
        known: set[str] = set()
        for before, edition in zip([None, *self.editions], self.editions, strict=False):
            if edition.name in known or edition.name == NEWEST:
                raise Refused(sentences.EDITION_TWICE(name=edition.name))
            known.add(edition.name)
            if before is not None and edition.day < before.day:
                raise Refused(
                    Code.SET_FORM(
                        "edition {name} is released before {before}, which is listed earlier",
                        "list the editions by their release dates",
                        name=edition.name,
                        before=before.name,
                    )
                )
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
