"""Layouts: the title of a printed table, and the words above its values.

One YAML file a table, in `sources/<source>/layouts/`, or in a folder of one's own. A layout that no
longer fits is answered with the line of its file that expected something else.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from living_panel.codes import Code
from living_panel.ingestion import sentences
from living_panel.ingestion.errors import IngestionError, refusal
from living_panel.ingestion.limited_yaml import YamlLoader
from living_panel.ingestion.provenance.catalog import Strict, field_problems, lines_of
from living_panel.ingestion.provinces import (
    NATIONAL,
    PROVINCES,
    alias_key,
    province_code,
    region_of,
)
from living_panel.ingestion.text import (
    plain_label,
    with_digits,
    without_base_years,
    without_mark,
    without_unit,
)
from living_panel.problems import Place, Refused

SHIPPED = Path(__file__).resolve().parents[1] / "sources"
OWN_VARIABLE = "LIVING_PANEL_LAYOUTS"
"""Environment variable naming the folder of one's own layouts; `layouts/` of the data root else."""

_SPAN = re.compile(r"([0-9]{4})\s*-\s*([0-9]{4})?")
_NUMBERING = re.compile(
    r"\s*(?:附?表?\s*[0-9]{1,2}\s*[-.—–]\s*[0-9]{1,2}(?:[-.][0-9]{1,2})?(?![0-9])"
    r"|[(（][一二三四五六七八九十]+[)）]"
    r"|附?表\s*[0-9]{1,2}(?=\s*(?:19|20)[0-9]{2}\s*年)|附?表\s*[0-9]{1,2}(?![0-9])|附表)[:：.]?"
)
_YEAR = re.compile(r"[(]?(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])年?度?[)]?")
_YEAR_DIGITS = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_CONTINUED = re.compile(r"(?:续前?表|[(]续[)]|continued)[0-9一二三四五六]*|^续$", re.IGNORECASE)
ENGLISH_TAIL = re.compile(r"(?<=[\u4e00-\u9fff)])[A-Za-z][ -~]*$")


class LayoutError(IngestionError):
    """A layout file that cannot be read; the text names file, line and what was expected."""


class ColumnLayout(Strict):
    """One series of a table: the words above its values, from top to bottom."""

    label: str = Field(min_length=1)
    """Label of the series in the catalog."""
    header: tuple[str, ...]
    """Wordings of the header above the values, one for each row; `a|b` accepts either."""
    whole: bool = False
    """Whether the header has to be these words and no others."""
    year: int | Literal["header", "title", "row"]
    """Year of the values: a year, a distance from the edition such as -1, or where it is printed."""
    unit: str = ""
    """Unit of the values, where the table prints none, or two that disagree."""

    @model_validator(mode="after")
    def _words_or_years(self) -> ColumnLayout:
        if not self.header and self.year != "header":
            raise Refused(
                Code.LAYOUT_FORM("the header has no words", "write its words, or `year: header`")
            )
        return self


class Regions(Strict):
    """Which rows are provinces, and how many of the 31 provinces the table must have."""

    expect: int = Field(default=len(PROVINCES), ge=1, le=len(PROVINCES))
    """Number of provinces that the table must have."""
    skip: tuple[str, ...] = ()
    """Printed labels of rows that are no province: subtotals, departments."""
    aliases: dict[str, str] = {}
    """Province of a printed spelling, confirmed by a person; it applies to the whole source."""

    @field_validator("aliases")
    @classmethod
    def _provinces(cls, aliases: dict[str, str]) -> dict[str, str]:
        for label, name in aliases.items():
            if region_of(name) in {None, NATIONAL} or region_of(label) is not None:
                raise Refused(
                    Code.LAYOUT_FORM(
                        "{label!r} is already a known spelling, or {name!r} is not a province",
                        "write a new spelling, and the short name of its province",
                        label=label,
                        name=name,
                    )
                )
        return aliases


class Layout(Strict):
    """One table as certain editions of a source print it."""

    source: str
    """Name of the source."""
    editions: tuple[int | str, ...] = Field(min_length=1)
    """Editions that print the table in this way: years, or spans such as `2018-2023` and `2024-`."""
    titles: tuple[str, ...] = ()
    """Every wording of the table's title, without number and year."""
    file: str = ""
    """Name of the file without ending, number and year, where the table prints no title."""
    sheet: str = ""
    """Sheet or table of the file, such as `sheet 2`, where the table prints no title."""
    subtitle: str = ""
    """Line or header that must also be above the values, to tell two tables apart."""
    regions: Regions = Regions()
    """Rows that are provinces."""
    columns: tuple[ColumnLayout, ...] = Field(min_length=1)
    """Series of the table, one entry for each column."""
    left_out: tuple[tuple[str, ...], ...] = ()
    """Headers of columns that are not read, so that the next edition does not ask for them."""

    @field_validator("editions")
    @classmethod
    def _spans(cls, editions: tuple[int | str, ...]) -> tuple[int | str, ...]:
        for entry in editions:
            if isinstance(entry, str) and not _SPAN.fullmatch(entry):
                raise Refused(
                    Code.LAYOUT_FORM(
                        "{entry!r} is neither a year nor a span of years",
                        "write 2024, 2018-2024 or 2018-",
                        entry=entry,
                    )
                )
        return editions

    @model_validator(mode="after")
    def _title_or_file(self) -> Layout:
        if bool(self.titles) == bool(self.file):
            raise Refused(
                Code.LAYOUT_FORM(
                    "exactly one of `titles` and `file` must be given",
                    "write `titles`; write `file` only if the table prints no title",
                )
            )
        return self

    def covers(self, edition: int) -> bool:
        """Whether the layout describes that edition."""
        for entry in self.editions:
            if isinstance(entry, int):
                first = last = entry
            else:
                match = _SPAN.fullmatch(entry)
                assert match is not None
                first, last = int(match[1]), int(match[2] or 9999)
            if first <= edition <= last:
                return True
        return False

    def since(self, edition: int) -> int:
        """Return the year in which the span that holds an edition begins."""
        starts = [int(str(entry)[:4]) for entry in self.editions]
        return max((year for year in starts if year <= edition), default=0)


def closed_before(editions: Iterable[int | str], edition: int) -> list[int | str]:
    """Return the editions of a layout without an edition and those after it."""
    spans: list[int | str] = []
    for entry in editions:
        span = _SPAN.fullmatch(str(entry))
        first = int(span[1]) if span else int(entry)
        last = int(span[2] or 9999) if span else first
        last = min(last, edition - 1)
        if first <= last:
            spans.append(first if first == last else f"{first}-{last}")
    return spans


@dataclass(frozen=True)
class LayoutTable:
    """A layout with its file, to report the line that does not fit."""

    layout: Layout
    path: Path
    lines: dict[str, int]

    @property
    def titles(self) -> frozenset[str]:
        """The titles as printed ones are compared with them."""
        return frozenset(title_of(title) for title in self.layout.titles)

    @property
    def name(self) -> str:
        """Name of the table in a message."""
        return self.layout.titles[0] if self.layout.titles else self.layout.file

    def line(self, *keys: str | int) -> str:
        """Return `file line N` of an entry of the layout, such as `("columns", 0, "header")`."""
        number = self.lines.get("/".join(map(str, keys)))
        return f"{shown_path(self.path)} line {number}" if number else shown_path(self.path)


def shown_path(path: Path) -> str:
    """Return a path from the repository's root on, if it lies there."""
    root = SHIPPED.parents[1]
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def title_of(text: str) -> str:
    """Return a printed title without number, blanks, years, 续表, mark, unit and translation."""
    text = _without_raised(without_unit(text))
    title = _NUMBERING.sub("", unicodedata.normalize("NFKC", text), count=1)
    title = _YEAR.sub("", _CONTINUED.sub("", with_digits(plain_label(title))))
    return ENGLISH_TAIL.sub("", title).strip(":,")


def title_years(text: str) -> set[int]:
    """Return the years that a title prints; the number of its table is none of them."""
    title = _NUMBERING.sub("", unicodedata.normalize("NFKC", text), count=1)
    return {int(year) for year in _YEAR_DIGITS.findall(without_base_years(title))}


def _without_raised(text: str) -> str:
    """Drop a raised mark; the last parenthesis of a title is a year or a condition, no mark."""
    return text if text.rstrip().endswith((")", "）")) else without_mark(text)[0]


def file_title(file: str) -> str:
    """Return what the name of a file says of its table: without ending, number, year and blanks."""
    stem = file.rsplit("/", 1)[-1].rsplit(".", 1)[0].replace("_", " ")
    return title_of(stem) or plain_label(stem)


def is_continued(text: str) -> bool:
    """Whether a line says that the table before goes on."""
    plain = plain_label(text)
    return len(plain) < 60 and _CONTINUED.search(plain) is not None


def is_numbered(text: str) -> bool:
    """Whether a line opens with the number of a table or section."""
    return _NUMBERING.match(unicodedata.normalize("NFKC", text)) is not None


def layouts(source_name: str, edition: int, file: str) -> list[LayoutTable]:
    """Return the tables that the layouts of an edition describe, one's own before the shipped ones.

    Raises
    ------
    ExtractionError
        If no layout covers that edition.
    LayoutError
        If a layout file is not in the form.
    """
    every = [table for path in layout_files(source_name) for table in [read_layout(path)]]
    of_source = [table for table in every if table.layout.source == source_name]
    tables = [table for table in of_source if table.layout.covers(edition)]
    # of two layouts of one table the newer one holds; one's own come before the shipped ones
    tables.sort(
        key=lambda table: (table.path.is_relative_to(SHIPPED), -table.layout.since(edition))
    )
    if not tables:
        known = sorted({str(entry) for table in of_source for entry in table.layout.editions})
        raise refusal(
            Code.READ_TABLE, file, "layout", edition, f"an edition with a layout: {', '.join(known) or 'none yet'}",
            f"Draft one with `make teach FILE=…`. Or add {edition} to `editions` of a layout in "
            f"ingestion/sources/{source_name}/layouts. Or type the values into a CSV file (data/README.md).",
        )  # fmt: skip
    return tables


def aliases_of(source_name: str, tables: Iterable[LayoutTable] = ()) -> dict[str, str]:
    """Return the confirmed spellings of provinces in every layout of a source, and in other tables.

    Raises
    ------
    LayoutError
        If two layouts give one spelling to two provinces.
    """
    every = [*tables, *(read_layout(path) for path in layout_files(source_name))]
    names: dict[str, str] = {}
    for table in every:
        if table.layout.source != source_name:
            continue
        for label, name in table.layout.regions.aliases.items():
            first = names.setdefault(alias_key(label), name)
            if province_code(first) != province_code(name):
                raise LayoutError(
                    Code.LAYOUT_FORM(
                        "{label!r} means {name} here and {other} in another layout of the source",
                        "look at the file, then correct one of the two layouts",
                        Place(str(table.path)),
                        label=label,
                        name=name,
                        other=first,
                    )
                )
    return names


def layouts_folder() -> Path:
    """Return the folder of one's own layouts; it need not exist."""
    data = os.environ.get("LIVING_PANEL_DATA") or SHIPPED.parents[1] / "data"
    return Path(os.environ.get(OWN_VARIABLE) or Path(data) / "layouts")


def layout_files(source_name: str) -> Iterator[Path]:
    """Yield the layout files of a source: one's own first, then the shipped ones."""
    for folder in (layouts_folder(), SHIPPED / source_name / "layouts"):
        yield from sorted(folder.glob("*.yml"))


def read_layout(path: Path) -> LayoutTable:
    """Read one layout file.

    Raises
    ------
    LayoutError
        If it is no YAML, or not in the form; the message gives each wrong field with its line.
    """
    if not path.is_file():
        raise LayoutError(
            Code.LAYOUT_FORM(
                "a layout must be a regular file",
                "remove it, or restore it from git",
                Place(str(path)),
            )
        )
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise LayoutError(
            Code.FILE_UNREADABLE(
                "the layout cannot be read ({reason})",
                "check the owner and permissions of the layout",
                Place(str(path)),
                reason=error.strerror,
            )
        ) from None


@cache
def _read(path: Path, changed: int) -> LayoutTable:
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=YamlLoader)
        content = yaml.load(text, Loader=YamlLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        cause = " ".join(str(error).split())[:160]
        raise LayoutError(
            Code.LAYOUT_FORM(
                "the layout is not valid YAML ({reason})",
                "correct the line that the message names, or the line above it",
                Place(str(path)),
                reason=cause,
            )
        ) from None
    lines = lines_of(node)
    try:
        return LayoutTable(Layout.model_validate(content), path, lines)
    except ValidationError as error:
        wrong = field_problems(error, sentences.LAYOUT_FIELDS, str(path), lines)
        raise LayoutError(*wrong) from None
