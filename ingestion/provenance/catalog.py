"""The sources: who publishes, under which licence, which editions and which series are known.

The facts are in `sources/<source>/catalog.yml`; this module types and loads them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from living_panel.codes import Code, Sentence
from living_panel.ingestion import sentences
from living_panel.ingestion.errors import IngestionError
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.limited_yaml import YamlLoader, faults_of, innermost
from living_panel.problems import Place, Problem, Refused

EMPTY: Mapping[str, int] = MappingProxyType({})
MOST_WRONG_FIELDS = 8
CATALOG_VARIABLE = "LIVING_PANEL_CATALOG"
"""Environment variable naming another folder of sources: a fork's own, or that of a test."""


class UnknownSource(IngestionError):
    """A source that is not in the catalog."""


class UnknownEdition(IngestionError):
    """An edition that the catalog does not list for that source."""


class CatalogError(IngestionError):
    """A catalog file that cannot be read."""


class Strict(BaseModel):
    """Content of a file: every field is known and constant."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class MeasureFeed(Strict):
    """The measure that takes values from a series, with years and priority; or the reason for none."""

    measure: str = ""
    """Measure of the panel that takes values from the series; empty for none."""
    units: tuple[str, ...] = ()
    """Printed units to which this applies; by default all of the series."""
    first: int = 1900
    """First year in which the measure uses the series."""
    last: int = 2999
    """Last year in which the measure uses the series."""
    priority: int = Field(default=0, ge=0)
    """Priority among the series of a measure: 1 is chosen before 2, in every edition."""
    status: Literal["official", "derived"] = "official"
    """Whether the values are official or derived from official ones."""
    reason: str = Field(min_length=3)
    """Reason for the priority, or for no measure."""

    @model_validator(mode="after")
    def _ranked(self) -> MeasureFeed:
        if bool(self.measure) != bool(self.priority):
            raise Refused(
                Code.CATALOG_FORM(
                    "`measure` and `priority` must both be given or both be omitted",
                    "write both; priority 1 is the first choice",
                )
            )
        return self


class Series(Strict):
    """One series as a source prints it."""

    label: str
    """Label of the series, exactly as printed."""
    title: str
    """Name of the series in English."""
    units: tuple[str, ...] = Field(min_length=1)
    """Units that the series may be printed in, as printed."""
    scope: Literal["provincial", "national"] = "provincial"
    """Whether the values are those of provinces or of the country."""
    aliases: tuple[str, ...] = ()
    """Other printed labels of the series; values have `label`, and the printed label in their note."""
    signed: bool = False
    """True only where the concept itself can be negative, such as a net flow."""
    feeds: tuple[MeasureFeed, ...] = ()
    """Measures of the panel that take values from the series, by unit and years."""

    @model_validator(mode="after")
    def _every_unit_is_spoken_of(self) -> Series:
        fed_units = {unit for feed in self.feeds for unit in feed.units or self.units}
        if self.feeds and fed_units != {*self.units}:
            odd = sorted(fed_units ^ {*self.units})
            raise Refused(
                Code.CATALOG_FORM(
                    "`feeds` and `units` of {label} do not list the same units: {units}",
                    "write each unit under both keys",
                    label=self.label,
                    units=odd,
                )
            )
        return self


class Format(Strict):
    """A file format of a source, and the marks that identify such a file."""

    name: str
    """Name of the form, as receipts give it."""
    suffixes: tuple[str, ...]
    """Endings of the names of such files."""
    contains: tuple[str, ...] = ()
    """Texts; the first bytes of every such file contain one of them."""
    asks: bool = False
    """True where a file may omit a fact, which its receipt then states."""


class Source(Strict):
    """One authority's publication, as listed in its catalog file."""

    source: str = Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")
    """Name of the source: that of its folder, in lower case."""
    title: str
    """Title of the publication."""
    producer: str
    """Authority that publishes the series."""
    licence: str
    """Terms under which the values may be used."""
    address: str
    """Address of the publication."""
    editions: dict[int, str]
    """Title of the publication, by year of the edition."""
    series: tuple[Series, ...]
    """Series that the source prints."""
    formats: tuple[Format, ...] = ()
    """Forms of file that its reader knows in addition to the landing form, likeliest first."""
    hosts: tuple[str, ...] = ()
    """Hosts that a fetch may ask; a fetch asks no other."""
    referers: dict[str, str] = Field(default_factory=dict)
    """Page that a host expects a request to come from, by host."""
    legacy_tls: tuple[str, ...] = ()
    """Hosts that support no TLS newer than 1.1."""
    fetch: dict[str, Any] = Field(default_factory=dict)
    """Settings of the source's fetch; each source has its own keys."""

    @field_validator("series")
    @classmethod
    def _one_entry_a_label(cls, series: tuple[Series, ...]) -> tuple[Series, ...]:
        labels = [label for entry in series for label in (entry.label, *entry.aliases)]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise Refused(
                Code.CATALOG_FORM(
                    "these labels are listed twice: {labels}", "keep each label once", labels=twice
                )
            )
        return series

    @model_validator(mode="after")
    def _peculiar_hosts_are_hosts(self) -> Source:
        stray = {*self.referers, *self.legacy_tls} - {*self.hosts}
        if stray:
            raise Refused(
                Code.CATALOG_FORM(
                    "`referers` or `legacy_tls` names {hosts}, which `hosts` does not list",
                    "add the host to `hosts`, or remove its entry",
                    hosts=stray,
                )
            )
        return self

    def by_label(self) -> dict[str, Series]:
        """Return the known series by their exact printed label."""
        return {entry.label: entry for entry in self.series}

    def canonical(self, label: str) -> str:
        """Return the catalog's label for a printed one; an unknown label comes back as it is."""
        for entry in self.series:
            if label in entry.aliases:
                return entry.label
        return label

    def publication(self, edition: int) -> str:
        """Return the title of one edition.

        Raises
        ------
        UnknownEdition
            If the catalog does not list it.
        """
        if edition not in self.editions:
            raise UnknownEdition(
                Code.CATALOG_UNKNOWN(
                    "edition {edition} of {source} is not in the catalog (known: {known})",
                    "add one line under `editions` in ingestion/sources/{source}/catalog.yml",
                    edition=edition,
                    source=self.source,
                    known=sorted(self.editions),
                )
            )
        return self.editions[edition]


def field_problems(
    error: ValidationError,
    form: Sentence,
    file: str,
    lines: Mapping[str, int] = EMPTY,
    **fields: object,
) -> list[Problem]:
    """Return a problem for each wrong field of a document, at most `MOST_WRONG_FIELDS`.

    Parameters
    ----------
    error : pydantic.ValidationError
    form : Sentence
        Code of what pydantic itself finds; its words are the field `reason`. A rule of this project has its own code.
    file : str
    lines : mapping of str to int
        Line of each part, as `lines_of` gives it; that of its parent if a field is missing.
    **fields
        More fields of `form`.
    """
    faults = faults_of(error)
    inner = innermost([fault.steps for fault in faults])
    problems: list[Problem] = []
    for fault in [fault for fault in faults if fault.steps in inner][:MOST_WRONG_FIELDS]:
        steps = list(map(str, fault.steps))
        around = ["/".join(steps[:depth]) for depth in range(len(steps), -1, -1)]
        line = next((lines[part] for part in around if part in lines), None)
        place = Place(file, line, fault.key)
        problems += fault.problems(place, partial(form, place, reason=fault.reason, **fields))
    return problems


def lines_of(node: yaml.Node | None, place: str = "") -> dict[str, int]:
    """Return the line of each part of a YAML document, by its keys and numbers joined with `/`."""
    if node is None:
        return {}
    lines = {place: node.start_mark.line + 1}
    parts: Iterable[tuple[object, yaml.Node]] = ()
    if isinstance(node, yaml.MappingNode):
        parts = ((key.value, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        parts = enumerate(node.value)
    for name, part in parts:
        lines |= lines_of(part, f"{place}/{name}" if place else str(name))
    return lines


def catalog_folder() -> Path:
    """Return the folder of the sources, the one next to this module unless overridden."""
    return Path(os.environ.get(CATALOG_VARIABLE) or Path(__file__).resolve().parents[1] / "sources")


def names() -> tuple[str, ...]:
    """Return the names of all sources: the folders that hold a catalog, in alphabetical order."""
    return tuple(sorted(p.parent.name for p in catalog_folder().glob("*/catalog.yml")))


def has_sources() -> bool:
    """Return whether there is a warehouse: a workspace without sources has papers with their own data."""
    return bool(names())


def source(name: str) -> Source:
    """Return the catalog entry of one source.

    Raises
    ------
    UnknownSource
        If no folder of that name holds a catalog.
    CatalogError
        If its file is missing or malformed; the text names file and field.
    """
    if name not in names():
        raise UnknownSource(
            Code.CATALOG_UNKNOWN(
                "source {name!r} is unknown; known: {known}",
                "write one of these, or add a source with `make new-source NAME=…`",
                name=name,
                known=names(),
            )
        )
    path = catalog_folder() / name / "catalog.yml"
    # a catalog that is edited while a server runs is read again
    return _load(path, path.stat().st_mtime_ns if path.exists() else 0)


_SKELETON = """\
# Labels and units stand as printed. A source whose values are landed needs this file and no Python.
source: {name}
title: Title of the publication
producer: The authority that prints it
licence: Official statistics, cited with attribution
address: https://example.org/

# year of the publication: what it is
editions:
  {year}: The publication of {year}

# `feeds` says which measure of dbt_project/seeds/measures.csv a series feeds, and in what order (1 is
# first), or only the reason why none.
series:
  - {{label: 指标, title: The series in English, units: [亿元],
     feeds: [{{reason: not decided yet}}]}}
"""


def new_source(name: str, year: int) -> Path:
    """Write the skeleton of a source, one file in a folder of its own, and return the file.

    Raises
    ------
    CatalogError
        If the name is no plain one, or there is such a source already.
    """
    path = catalog_folder() / name / "catalog.yml"
    if path.exists():
        raise CatalogError(
            Code.NAME_TAKEN(
                "a catalog of this name already exists",
                "edit it, or choose another name",
                Place(str(path)),
            )
        )
    text = _SKELETON.format(name=name, year=year)
    try:
        Source.model_validate(yaml.load(text, Loader=YamlLoader))
    except ValidationError:
        raise CatalogError(
            Code.NAME_FORM(
                "{name!r} cannot be the name of a source",
                "use small letters, digits and _, such as customs",
                name=name,
            )
        ) from None
    write_durably(text.encode("utf-8"), path)
    return path


def add_series(
    name: str, label: str, title: str, units: tuple[str, ...], measure: str, reason: str
) -> Path:
    """Add a series to the catalog of a source, behind those that it lists, and return the file.

    Parameters
    ----------
    measure
        The measure of the panel that it feeds; empty for none.

    Raises
    ------
    CatalogError
        If the label is listed already, or the catalog would not be in the form.
    """
    entry, path = source(name), catalog_folder() / name / "catalog.yml"
    if entry.canonical(label) in entry.by_label():
        raise CatalogError(
            Code.CATALOG_ENTRY(
                "{label} is already listed", "answer with its label", Place(str(path)), label=label
            )
        )
    feed = {"measure": measure, "priority": 1, "reason": reason} if measure else {"reason": reason}
    line = yaml.safe_dump(
        {"label": label, "title": title, "units": list(units), "feeds": [feed]},
        allow_unicode=True, sort_keys=False, default_flow_style=True, width=10_000,
    )  # fmt: skip
    text = path.read_text(encoding="utf-8")
    listed = _listed(text, "series")
    lines = text.splitlines()
    at = listed[-1].end_mark.line + bool(listed[-1].flow_style)
    while at and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    indent = " " * max(listed[-1].start_mark.column - 2, 0)
    return _insert(path, lines, at, f"{indent}- {line.strip()}", sentences.SERIES_WRONG)


def add_unit(name: str, label: str, unit: str, like: str) -> Path:
    """Add a unit to a series of a source's catalog, and return the file.

    Parameters
    ----------
    label : str
        The series, as its catalog spells it.
    unit : str
        The unit as printed. One that the series has already changes nothing.
    like : str
        A unit of the series that measures the same: what feeds a measure in it does so in the new one too.

    Raises
    ------
    CatalogError
        If there is no such series or unit, or the catalog would not be in the form.
    """
    entry, path = source(name), catalog_folder() / name / "catalog.yml"
    known = entry.by_label().get(label)
    if known is None or like not in known.units:
        raise CatalogError(sentences.UNIT_OF_NO_SERIES(Place(str(path)), label=label, unit=like))
    if unit in known.units:
        return path
    text = path.read_text(encoding="utf-8")
    (node,) = (n for n in _listed(text, "series") if _value(n, "label").value == label)
    feeds = _value(node, "feeds")
    parts = [node, *(feeds.value if feeds else ())]
    listed = [units for part in parts if (units := _value(part, "units")) is not None]
    shown = yaml.safe_dump(unit, allow_unicode=True).splitlines()[0]
    places = [
        (item.end_mark.index, ", " if units.flow_style else f"\n{' ' * units.start_mark.column}- ")
        for units in listed
        for item in units.value
        if item.value == like
    ]
    for at, before in sorted(places, reverse=True):
        text = f"{text[:at]}{before}{shown}{text[at:]}"
    return _checked_write(path, text, sentences.SERIES_WRONG)


def _value(node: yaml.Node, key: str) -> Any:
    """Return the node below a key of a mapping, None without one."""
    return next((value for name, value in node.value if name.value == key), None)


def add_edition(name: str, edition: int, title: str) -> Path:
    """Add an edition to the catalog of a source, in the order of years, and return the file.

    Parameters
    ----------
    edition
        Year of the publication, 1900 to 2999.
    title
        The publication's title, as its receipts give it.

    Raises
    ------
    CatalogError
        If the edition is listed already, or the catalog would not be in the form.
    """
    entry, path = source(name), catalog_folder() / name / "catalog.yml"
    if edition in entry.editions:
        raise CatalogError(
            Code.CATALOG_ENTRY(
                "edition {edition} is already listed",
                "use the listed edition, or name another year",
                Place(str(path)),
                edition=edition,
            )
        )
    if not 1900 <= edition <= 2999 or not title.strip():
        reason = f"expected a year and a title, found {edition} and {title!r}"
        raise CatalogError(sentences.EDITION_WRONG(Place(str(path)), reason=reason))
    line = yaml.safe_dump({edition: title.strip()}, allow_unicode=True, width=10_000).strip()
    text = path.read_text(encoding="utf-8")
    listed = _listed(text, "editions")
    later = [key for key, _ in listed if int(key.value) > edition]
    at = later[0].start_mark.line if later else listed[-1][1].end_mark.line + 1
    indent = " " * listed[0][0].start_mark.column
    return _insert(path, text.splitlines(), at, indent + line, sentences.EDITION_WRONG)


def _listed(text: str, key: str) -> list[Any]:
    """Return the YAML nodes below one key of a catalog, with their places."""
    root = yaml.compose(text, Loader=YamlLoader)
    assert root is not None
    return list(next(value for name, value in root.value if name.value == key).value)


def _insert(path: Path, lines: list[str], at: int, line: str, wrong: Sentence) -> Path:
    """Write a catalog with one more line, once it is checked; `wrong` says why it is refused."""
    return _checked_write(path, "\n".join([*lines[:at], line, *lines[at:]]) + "\n", wrong)


def _checked_write(path: Path, changed: str, wrong: Sentence) -> Path:
    """Write the changed text of a catalog, once it is checked; `wrong` says why it is refused."""
    try:
        Source.model_validate(yaml.load(changed, Loader=YamlLoader))
    except (ValidationError, yaml.YAMLError) as error:
        if isinstance(error, ValidationError):
            raise CatalogError(*field_problems(error, wrong, str(path))) from None
        raise CatalogError(wrong(Place(str(path)), reason=str(error))) from None
    write_durably(changed.encode("utf-8"), path)
    return path


def source_module(name: str, part: str) -> ModuleType | None:
    """Return the module `reader` or `fetch` of a source's folder, None where it has none."""
    module = f"living_panel.ingestion.sources.{source(name).source}.{part}"
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name and module.startswith(error.name):
            return None
        raise


def all_sources() -> tuple[Source, ...]:
    """Return all sources, by name."""
    return tuple(source(name) for name in names())


def all_editions() -> list[int]:
    """Return the sorted union of the editions of all sources."""
    return sorted({edition for entry in all_sources() for edition in entry.editions})


@cache
def _load(path: Path, changed: int) -> Source:
    text, place = "", Place(str(path))
    try:
        text = path.read_text(encoding="utf-8")
        entry = Source.model_validate(yaml.load(text, Loader=YamlLoader))
    except FileNotFoundError:
        raise CatalogError(
            Code.CATALOG_FORM("the file is missing", "restore it from git", place)
        ) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogError(
            Code.CATALOG_FORM(
                "the file cannot be read as a catalog ({reason})",
                "correct this line, or the line above it",
                Place(str(path), line),
                reason=error.problem,
            )
        ) from error
    except ValidationError as error:
        lines = lines_of(yaml.compose(text, Loader=YamlLoader))
        wrong = field_problems(error, sentences.CATALOG_FIELDS, str(path), lines)
        raise CatalogError(*wrong) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogError(
            Code.CATALOG_FORM(
                "the file cannot be read as a catalog: {reason}",
                "save it as YAML in UTF-8",
                place,
                reason=str(error),
            )
        ) from error
    if entry.source != path.parent.name:
        raise CatalogError(
            Code.CATALOG_FORM(
                "the file names the source {source}, but its folder is {expected}",
                "correct `source`, or rename the folder",
                place,
                source=entry.source,
                expected=path.parent.name,
            )
        )
    return entry
