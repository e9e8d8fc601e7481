"""A paper's data from a data set with editions: which edition, and the tables that are joined to its own.

`data/source.yml` names the data set and the edition, and the measures that come from it. `data/prepare.sql` reads the
edition as the table `edition`; without it the rows of `panel.csv` get the edition's values of their unit and year.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
from pydantic import ConfigDict, Field, ValidationError

from living_panel.estimation.data_sets import codes as set_codes
from living_panel.estimation.data_sets.data_set import DataSet, load_data_set
from living_panel.estimation.data_sets.form import NEWEST, Edition, Form
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.papers import codes
from living_panel.problems import Place, Problem, ProblemError

SOURCE = "source.yml"
STATUS = "official"
"""Status of cells of a data set."""


class Choice(Form):
    """The section `data:` of a `source.yml` that names a data set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    set: str
    """Name of the data set, a folder with `editions.yml`."""
    edition: str = NEWEST
    """`newest`, or the name of one edition in quotes."""
    measures: list[str] = Field(min_length=1)
    """Measures of the paper whose values come from the data set."""
    every_edition: bool = False
    """Whether `prepare.sql` also reads the table `editions`, the rows of every edition with its name."""


def choice_of(folder: Path) -> Choice | None:
    """The data set that a paper's data folder names; None where it names none."""
    path = folder / SOURCE
    if not path.exists():
        return None
    marked = Marked(path)
    section = marked.content.get("data") if isinstance(marked.content, dict) else None
    if not isinstance(section, dict) or "set" not in section:
        return None
    try:
        return Choice.model_validate(section)
    except ValidationError as error:
        raise InvalidSpec(*marked.faults(error, Choice, ("data",))) from error


def edition_of(
    folder: Path, edition: str | None = None, as_of: str | None = None
) -> tuple[Choice, DataSet, Edition] | None:
    """Choice, data set and edition of a paper's data: `edition`, else the one that its source.yml names.

    As of a date the data set has no edition that was published later.

    Raises
    ------
    InvalidSpec
        With file and line, for a data set or an edition that is not there, or not yet published.
    """
    choice = choice_of(folder)
    if choice is None:
        return None
    try:
        data_set = load_data_set(choice.set)
        chosen_edition = data_set.edition(edition or choice.edition, as_of)
        return choice, data_set.until(as_of) if as_of else data_set, chosen_edition
    except ProblemError as error:
        place = Marked(folder / SOURCE).place(("data",))
        raise InvalidSpec(*(_placed(p, place) for p in error.problems)) from error


def _placed(problem: Problem, place: Place) -> Problem:
    """A problem with a place, where it has none of its own."""
    return problem if problem.place.file else replace(problem, place=place)


def content_of(source: tuple[Choice, DataSet, Edition]) -> str:
    """Hash of what a paper reads of a data set: its tables, and the bytes of the editions."""
    choice, data_set, edition = source
    read = data_set.editions if choice.every_edition else (edition,)
    tables = {name: frame.to_csv(index=False) for name, frame in data_set.tables.items()}
    return document_hash([data_set.form.columns.model_dump(), edition.model_dump(mode="json"),
                          [e.sha256 for e in read], tables])  # fmt: skip


def tables_of(source: tuple[Choice, DataSet, Edition]) -> dict[str, pd.DataFrame]:
    """Tables for `prepare.sql`: `edition`, and `editions` where it reads every one."""
    choice, data_set, edition = source
    tables = {"edition": data_set.read(edition)}
    if choice.every_edition:
        each = [data_set.read(e).assign(edition=e.name) for e in data_set.editions]
        tables["editions"] = pd.concat(each, ignore_index=True)
    return tables


def joined(source: tuple[Choice, DataSet, Edition], panel: pd.DataFrame) -> pd.DataFrame:
    """Rows of a paper's own panel with the edition's values of their unit and year.

    Raises
    ------
    InvalidSpec
        For a measure that the edition does not have.
    """
    choice, data_set, edition = source
    values = data_set.read(edition)
    wanted = [name for name in choice.measures if name not in panel]
    if missing := [name for name in wanted if name not in values]:
        known = [c for c in values if c not in ("unit", "year", "quality")]
        raise InvalidSpec(
            set_codes.NO_EDITION_TABLE(
                missing=missing, edition=edition.name, data_set=data_set.name, known=known
            )
        )
    return panel.merge(values[["unit", "year", *wanted]], on=["unit", "year"], how="left")


def described_measures(
    source: tuple[Choice, DataSet, Edition], described: pd.DataFrame
) -> pd.DataFrame:
    """Measures of a paper: its own, and those that only the data set describes."""
    choice, data_set, _ = source
    known = data_set.measures
    others = known[
        known["measure"].isin(choice.measures) & ~known["measure"].isin(described["measure"])
    ]
    return pd.concat([described, others], ignore_index=True)


def with_origin(
    source: tuple[Choice, DataSet, Edition], cells: pd.DataFrame, unknown: set[str]
) -> pd.DataFrame:
    """Cells of a paper, those of the data set with the edition that they come from.

    Their edition is the year of its release, their vintage the date of it, their label the publisher's column.
    `unknown` are measures of the choice that the paper does not have.
    """
    choice, data_set, edition = source
    if unknown:
        raise InvalidSpec(codes.MEASURES_DIFFER(odd=sorted(unknown)))
    mine = cells["measure"].isin(choice.measures)
    columns, units = data_set.source_columns(edition.name), data_set.measure_units(edition)
    measures = cells.loc[mine, "measure"]
    marks = data_set.read(edition).set_index(["unit", "year"])["quality"]
    rows = pd.MultiIndex.from_frame(cells.loc[mine, ["province_code", "year"]])
    out = cells.copy()
    out.loc[mine, "source"] = data_set.name
    out.loc[mine, "edition"] = edition.day.year
    out.loc[mine, "vintage"] = edition.released
    out.loc[mine, "file"] = edition.file
    out.loc[mine, "sha256"] = edition.sha256
    out.loc[mine, "indicator_label"] = measures.map(columns).fillna(out["indicator_label"])
    out.loc[mine, "unit"] = measures.map(units).fillna(out["unit"])
    out.loc[mine, "status"] = STATUS
    out.loc[mine, "quality"] = marks.reindex(rows).fillna("high").to_numpy()
    return out


def series_breaks(source: tuple[Choice, DataSet, Edition], panel: pd.DataFrame) -> pd.DataFrame:
    """Breaks inside the edition of the measures and units that a paper has."""
    choice, data_set, edition = source
    listed = data_set.breaks_inside(edition.name)
    mine = listed["measure"].isin(choice.measures) & listed["unit"].isin(panel["province_code"])
    found_breaks = listed[mine].rename(columns={"unit": "province_code"})
    columns = ["province_code", "measure", "year", "reason"]
    return found_breaks[columns].astype({"year": "int32"}).reset_index(drop=True)
