"""A data set with editions: reading its folder, choosing an edition whole, and the values of one edition."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from living_panel.codes import Code
from living_panel.estimation.data_sets import sentences
from living_panel.estimation.data_sets.dates import last_day
from living_panel.estimation.data_sets.form import NEEDED, NEWEST, TABLES, Edition, EditionsForm
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.errors import InvalidSpec, as_utf8
from living_panel.estimation.panel.marked_yaml import Marked, nearest
from living_panel.estimation.panel.spec import PAPERS
from living_panel.ingestion.digests import sha256_of
from living_panel.problems import Place

EDITIONS_FILE = "editions.yml"
COLUMN = re.compile(r"(?P<column>\w+)(?: / (?P<per>\w+))?(?: x(?P<times>\d+(?:\.\d+)?))?")
"""A measure's column in an edition, over another one where there is one, times a number."""
EVERY = "*"
"""All measures, in a concept break."""


def sets_folder() -> Path:
    """Folder of the data sets: next to the papers' folder, of a workspace as of the checkout."""
    return PAPERS.parent / "data_sets"


def data_set_names(folder: Path | None = None) -> list[str]:
    """Names of the data sets there are."""
    return sorted(p.parent.name for p in (folder or sets_folder()).glob(f"*/{EDITIONS_FILE}"))


@dataclass(frozen=True)
class DataSet:
    """A folder with whole editions of a publication.

    Attributes
    ----------
    folder : Path
    form : EditionsForm
        Content of `editions.yml`.
    tables : mapping of str to pandas.DataFrame
        The tables of `TABLES`, all columns text.
    """

    folder: Path
    form: EditionsForm
    tables: dict[str, pd.DataFrame]

    @property
    def name(self) -> str:
        """Name of the data set, which is that of its folder."""
        return self.form.data_set

    @property
    def editions(self) -> tuple[Edition, ...]:
        """Editions, oldest first."""
        return tuple(self.form.editions)

    @property
    def units(self) -> pd.DataFrame:
        """Units of all editions: unit, name, group."""
        return self.tables["units.csv"]

    @property
    def measures(self) -> pd.DataFrame:
        """Measures of all editions: measure, title, unit, description."""
        return self.tables["measures.csv"]

    def edition(self, name: str = NEWEST, as_of: str | None = None) -> Edition:
        """Return an edition by its name, or the newest one that was published as of a date.

        Raises
        ------
        InvalidSpec
            For a name that no edition has, and as of a date before the first edition.
        """
        known = self.editions
        if name != NEWEST:
            editions = [e for e in known if e.name == name]
            if not editions:
                names = [e.name for e in known]
                problem = sentences.UNKNOWN_EDITION(data_set=self.name, name=name, known=names)
                raise InvalidSpec(problem)
            known = tuple(editions)
        if as_of is not None:
            known = tuple(e for e in known if e.day <= last_day(as_of))
        if not known:
            asked = self.editions[0] if name == NEWEST else self.edition(name)
            first = asked.day.isoformat()
            raise InvalidSpec(
                Code.AS_OF(
                    "as of {as_of}, {name} was not yet published: it begins on {first}",
                    "name a later date",
                    as_of=as_of,
                    name=self.name,
                    first=first,
                )
            )
        return known[-1]

    def until(self, as_of: str) -> DataSet:
        """The data set as it was on a date: without the editions that were not yet published.

        Raises
        ------
        InvalidSpec
            As of a date before the first edition.
        """
        self.edition(as_of=as_of)
        known = [e for e in self.editions if e.day <= last_day(as_of)]
        return replace(self, form=self.form.model_copy(update={"editions": known}))

    @cached_property
    def tables_hash(self) -> str:
        """Hash of what says how the files of editions are read: names of columns, and the tables."""
        tables = {name: frame.to_csv(index=False) for name, frame in self.tables.items()}
        return document_hash([self.form.columns.model_dump(), tables])

    def path(self, edition: Edition) -> Path:
        """File of an edition."""
        return self.folder / edition.file

    @cached_property
    def _columns(self) -> dict[str, dict[str, tuple[str, str]]]:
        """By edition and measure: the column, and how the publisher calls it."""
        columns: dict[str, dict[str, tuple[str, str]]] = {e.name: {} for e in self.editions}
        for measure, edition, column, distributed in self.tables["columns.csv"].itertuples(
            index=False
        ):
            columns.setdefault(edition, {})[measure] = (column, distributed or column)
        return columns

    def source_columns(self, edition: str) -> dict[str, str]:
        """Name that the publisher gives each measure in an edition."""
        return {measure: name for measure, (_, name) in self._columns[edition].items()}

    def read(self, edition: Edition) -> pd.DataFrame:
        """Values of an edition: unit, year, quality, and the measures that it has.

        Raises
        ------
        InvalidSpec
            For a file that is missing or has other bytes than listed; for a column that the file does not have, a
            unit that is not listed, a cell that is no number, and a unit given twice in a year.
        """
        return _read(self.folder, edition.name).copy()

    def measure_units(self, edition: Edition) -> dict[str, str]:
        """Unit of each measure in an edition, with its reference year."""
        year = "the reference year" if edition.reference_year is None else edition.reference_year
        return {
            measure: unit.replace("the reference year", str(year))
            for measure, unit in zip(self.measures["measure"], self.measures["unit"], strict=True)
        }

    def revised_cells(self, old: Edition, new: Edition) -> pd.DataFrame:
        """Cells that both editions have with another value: unit, year, measure, old, new, relative; largest first.

        Measures that are made of two columns are left out: their columns are there.
        """
        plain = {
            measure
            for measure, (column, _) in self._columns[new.name].items()
            if column == measure and self._columns[old.name].get(measure, ("",))[0] == column
        }
        sides = []
        for edition in (old, new):
            values = self.read(edition)
            plain_values = values[["unit", "year", *(m for m in values.columns if m in plain)]]
            sides.append(
                plain_values.melt(["unit", "year"], var_name="measure").dropna(subset=["value"])
            )
        both = sides[0].merge(sides[1], on=["unit", "year", "measure"], suffixes=("_old", "_new"))
        both = both.rename(columns={"value_old": "old", "value_new": "new"})
        both = both[both["old"] != both["new"]]
        both["relative"] = both["new"] / both["old"].where(both["old"] != 0) - 1
        order = (-both["relative"].abs().fillna(float("inf"))).argsort(kind="stable")
        return both.iloc[order].reset_index(drop=True)

    def breaks_inside(self, edition: str) -> pd.DataFrame:
        """Breaks inside an edition: unit, measure, year, reason; of measures made from a broken one too."""
        listed = self.tables["series_breaks.csv"]
        listed = listed[listed["edition"] == edition]
        made = [
            (measure, part)
            for measure, (column, _) in self._columns[edition].items()
            for part in _parts(column)
        ]
        uses = pd.DataFrame(made, columns=["made", "measure"], dtype="str")
        breaks = listed.merge(uses, on="measure")
        breaks = breaks.assign(measure=breaks["made"])[["unit", "measure", "year", "reason"]]
        return breaks.astype({"year": "int64"}).drop_duplicates(ignore_index=True)

    def concept_breaks(self, old: str, new: str) -> dict[str, list[str]]:
        """Reasons by measure why a number means something else in a later edition; `*` for all measures."""
        order = {e.name: n for n, e in enumerate(self.editions)}
        reasons: dict[str, list[str]] = {}
        for row in self.tables["concept_breaks.csv"].to_dict("records"):
            if order[old] <= order[row["from_edition"]] and order[row["to_edition"]] <= order[new]:
                for measure in row["measures"].split(";"):
                    reasons.setdefault(measure, []).append(row["reason"])
        return reasons


def load_data_set(name: str, folder: Path | None = None) -> DataSet:
    """Read the folder of a data set, without the files of its editions.

    Raises
    ------
    InvalidSpec
        For a name that no data set has; for a file of another form, with file and line.
    """
    root = folder or sets_folder()
    if name not in (known := data_set_names(root)):
        raise InvalidSpec(
            Code.SET_UNKNOWN(
                "there is no data set {name!r}",
                "write {choices:or}, or make this data set: `make new-data-set`",
                name=name,
                choices=nearest(name, known) or ["none"],
            )
        )
    return _load(root / name)


@cache
def _load(folder: Path) -> DataSet:
    marked = Marked(folder / EDITIONS_FILE)
    try:
        form = EditionsForm.model_validate(marked.content)
    except ValidationError as error:
        raise InvalidSpec(*marked.faults(error, EditionsForm)) from error
    data_set = DataSet(folder, form, {name: _table(folder / name) for name in TABLES})
    if problems := [*_wrong_names(data_set), *_wrong_columns(data_set)]:
        raise InvalidSpec(*problems)
    return data_set


def forget_data_sets() -> None:
    """Read data sets anew when they are asked for again: a command has changed one."""
    _load.cache_clear()
    _read.cache_clear()


def _table(path: Path) -> pd.DataFrame:
    expected = TABLES[path.name]
    if not path.exists():
        if path.name in NEEDED:
            raise InvalidSpec(
                sentences.HEADER(Place(file=str(path)), found="none", expected=[*expected])
            )
        return pd.DataFrame(columns=[*expected], dtype="str")
    with as_utf8(path):
        frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    if list(frame.columns) != list(expected):
        place = Place(file=str(path), line=1)
        raise InvalidSpec(sentences.HEADER(place, found=[*frame.columns], expected=[*expected]))
    return frame


def _wrong_names(data_set: DataSet) -> list:
    """Problems of names that a table uses and the data set does not have."""
    editions = [e.name for e in data_set.editions]
    units, measures = list(data_set.units["unit"]), list(data_set.measures["measure"])
    allowed = {
        "edition": editions, "from_edition": editions, "to_edition": editions, "unit": units,
        "measure": measures, "measures": [*measures, EVERY],
    }  # fmt: skip
    problems = []
    for name, frame in data_set.tables.items():
        for column in frame.columns:
            if column not in allowed or (name, column) in OWN_NAMES:
                continue
            for number, text in enumerate(frame[column]):
                for value in text.split(";"):
                    if value not in allowed[column]:
                        place = Place(file=str(data_set.folder / name), line=number + 2)
                        known = nearest(value, allowed[column])
                        problems.append(
                            Code.SET_FORM(
                                "{column}: {value!r} is not a known value",
                                "write one of {known}",
                                place,
                                column=column,
                                value=value,
                                known=known,
                            )
                        )
    return problems


OWN_NAMES = {("units.csv", "unit"), ("measures.csv", "measure"), ("measures.csv", "unit")}
"""Columns that give names, or other texts."""


def _wrong_columns(data_set: DataSet) -> list:
    """Problems of columns that are not written as the grammar has them."""
    frame, path = data_set.tables["columns.csv"], data_set.folder / "columns.csv"
    return [
        Code.SET_FORM(
            "edition {edition} has no column {value!r}",
            "write `column`, `column / column` or `column / column x1000`",
            Place(file=str(path), line=number + 2),
            value=column,
            edition=edition,
        )
        for number, (edition, column) in enumerate(
            zip(frame["edition"], frame["column"], strict=True)
        )
        if COLUMN.fullmatch(column) is None
    ]


def _parts(column: str) -> list[str]:
    """Columns of a file that a measure is made of."""
    match = COLUMN.fullmatch(column)
    assert match, "checked when the data set was loaded"
    return [part for part in (match["column"], match["per"]) if part]


@cache
def _read(folder: Path, name: str) -> pd.DataFrame:
    data_set = _load(folder)
    edition = data_set.edition(name)
    path, columns = data_set.path(edition), data_set.form.columns
    place = Place(file=str(path))
    if not path.is_file():
        raise InvalidSpec(
            Code.SET_CHANGED(
                "the file of edition {edition} is missing",
                "copy it from a checkout, or make the data set from your own files: `make new-data-set`",
                place,
                edition=name,
            )
        )
    digest = sha256_of(path)[0]
    if digest != edition.sha256:
        actual, expected = digest[:12], edition.sha256[:12]
        raise InvalidSpec(
            Code.SET_CHANGED(
                "edition {edition} has sha256 {found}…, but editions.yml says {expected}…",
                "restore the file, or add the new file as an edition: `make add-edition`",
                place,
                edition=name,
                found=actual,
                expected=expected,
            )
        )
    with as_utf8(path):
        raw = pd.read_csv(path, dtype={columns.unit: "str"}, keep_default_na=False, na_values=[""])
    listed = {m: column for m, (column, _) in data_set._columns[name].items()}
    wanted = {columns.unit, columns.year, *(p for c in listed.values() for p in _parts(c))}
    if missing := sorted(wanted - set(raw.columns)):
        known = [*raw.columns]
        raise InvalidSpec(
            Code.COLUMN_MISSING(
                "edition {edition} has no column {missing}",
                "write one of {known}",
                place,
                edition=name,
                missing=missing,
                known=known,
            )
        )
    frame = pd.DataFrame({"unit": _units(data_set, raw[columns.unit], name, path)})
    frame["year"] = _numbers(raw[columns.year], path).astype("int64")
    frame["quality"] = _quality(data_set, raw)
    for measure, column in listed.items():
        frame[measure] = _values(raw, column, path)
    twice = frame.duplicated(["unit", "year"])
    if twice.any():
        line = int(twice.idxmax())
        unit, year = frame.at[line, "unit"], int(frame.at[line, "year"])
        place = Place(file=str(path), line=line + 2)
        raise InvalidSpec(
            Code.SET_FORM(
                "edition {edition} has two rows for unit {unit} and year {year}",
                "delete one of the two rows",
                place,
                unit=unit,
                year=year,
                edition=name,
            )
        )
    return frame


def _units(data_set: DataSet, printed: pd.Series, name: str, path: Path) -> pd.Series:
    """Present code of each row's unit."""
    changed = data_set.tables["unit_codes.csv"]
    changed = changed[changed["edition"] == name]
    units = printed.replace(dict(zip(changed["source_code"], changed["unit"], strict=True)))
    unknown = ~units.isin(data_set.units["unit"])
    if unknown.any():
        line = int(unknown.idxmax())
        place = Place(file=str(path), line=line + 2)
        raise InvalidSpec(
            Code.SET_FORM(
                "units.csv does not list unit {unit!r} of edition {edition}",
                "add it to units.csv, or give its present code in unit_codes.csv",
                place,
                unit=units[line],
                edition=name,
            )
        )
    return units


def _quality(data_set: DataSet, raw: pd.DataFrame) -> pd.Series:
    """Mark of each row: low where the edition's own mark is one of those listed."""
    quality = data_set.form.quality
    if quality is None or quality.column not in raw.columns:
        return pd.Series("high", raw.index, dtype="str")
    low = raw[quality.column].astype("str").isin(quality.low)
    return pd.Series("high", raw.index, dtype="str").mask(low, "low")


def _numbers(column: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column.notna() & ~(numbers.abs() < float("inf"))
    if wrong.any():
        line = int(wrong.idxmax())
        place = Place(file=str(path), line=line + 2)
        raise InvalidSpec(
            Code.SET_FORM(
                "{column}: {value!r} is not a number",
                "write a number, or leave the cell empty",
                place,
                column=column.name,
                value=str(column[line]),
            )
        )
    return numbers


def _values(raw: pd.DataFrame, column: str, path: Path) -> pd.Series:
    """Values of a measure: a column of the file, over another one, times a number."""
    match = COLUMN.fullmatch(column)
    assert match, "checked when the data set was loaded"
    values = _numbers(raw[match["column"]], path).astype("float64")
    if match["per"]:
        divisor = _numbers(raw[match["per"]], path).astype("float64")
        values = values / divisor.where(divisor != 0)
    return values * float(match["times"]) if match["times"] else values
