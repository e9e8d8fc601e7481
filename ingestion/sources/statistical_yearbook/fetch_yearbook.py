"""The yearbook on the web: its table of contents, and the tables that are not images.

A table is found by its title in the contents, never by file name or number. Recent editions print most tables as
images: these are listed, and have to be landed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from living_panel.codes import Code
from living_panel.ingestion.fetching.fetch_box import FetchBox
from living_panel.ingestion.fetching.http import PAGES, FetchError
from living_panel.ingestion.formats.html import read_page
from living_panel.ingestion.formats.layouts import layouts, title_of
from living_panel.ingestion.provenance.catalog import Source, Strict
from living_panel.ingestion.provenance.receipts import TABLE
from living_panel.problems import Problem

_BOOKS = (
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
)
_READABLE = {".htm", ".html", ".xls", ".xlsx"}


class Yearbook(Strict):
    """The catalog's `fetch.yearbook` section."""

    base: str
    """Address of the yearbooks; the year and `contents` follow it."""
    contents: str = "indexch.htm"
    """Name of the page of contents."""


@dataclass(frozen=True)
class Entry:
    """One line of the contents: title without number, and the address of the table."""

    title: str
    url: str

    @property
    def suffix(self) -> str:
        """The file's suffix in lower case."""
        return PurePosixPath(urlsplit(self.url).path).suffix.lower()


def contents_address(source: Source, edition: int) -> str:
    """Return the address of an edition's contents."""
    settings = Yearbook.model_validate(source.fetch["yearbook"])
    return f"{settings.base}/{edition}/{settings.contents}"


def planned(source: Source, edition: int) -> list[str]:
    """Return what a fetch would ask, without asking."""
    titles = [table.name for table in layouts(source.source, edition, "layouts")]
    return [
        f"GET {contents_address(source, edition)} and the list of tables it frames",
        *(f"GET the table titled {title}, unless it is an image" for title in titles),
    ]


def fetch_yearbook(box: FetchBox) -> list[Problem]:
    """Ask for the tables of an edition that its layouts describe and the web has as data.

    Returns what went wrong with one table and did not cost the others.

    Raises
    ------
    FetchError, ExtractionError, SourceUnreachable
        If the contents cannot be read, or no table of them can be read by a machine.
    """
    entries = _contents(box)
    pictures: dict[str, str] = {}
    absent: list[str] = []
    problems: list[Problem] = []
    taken = 0
    for table in layouts(box.source.source, box.edition, "layouts"):
        title = table.name
        listed = [entry for entry in entries if entry.title in table.titles]
        usable = [entry for entry in listed if entry.suffix in _READABLE]
        if not listed:
            absent.append(title)
        elif not usable:
            pictures[title] = listed[0].url
        else:
            taken += 1
            entry = usable[0]
            try:
                name = f"{table.path.stem}{entry.suffix}"
                box.get(name, entry.url, (*PAGES, *_BOOKS), TABLE)
                box.progress(f"{title}: {entry.url}")
            except FetchError as error:
                problems += (problem.within(title) for problem in error.problems)
    for title in pictures:
        box.progress(f"{title}: printed as an image; type its values into a CSV file")
    if not taken:
        workbooks = [url for picture in pictures.values() for url in _companion(picture, box)]
        raise FetchError(
            Code.FETCH_LACKING(
                "the web version of yearbook {edition} has these tables only as images: {images}. Its contents "
                "do not list: {absent}. Workbooks next to the images: {workbooks}",
                "check the workbooks and put them into landing/, or type the tables as CSV (data/README.md)",
                edition=box.edition,
                images=[*pictures] or ["none"],
                absent=absent or ["none"],
                workbooks=workbooks or ["none"],
            )
        )
    return problems


def _companion(picture: str, box: FetchBox) -> list[str]:
    """Return the address of the workbook next to the image of a table; no page links to it."""
    url = picture[: -len(PurePosixPath(urlsplit(picture).path).suffix)] + ".xls"
    try:
        box.client.get(url).require(*_BOOKS)
    except FetchError:
        return []
    return [url]


def _contents(box: FetchBox) -> list[Entry]:
    address = contents_address(box.source, box.edition)
    page = box.get("contents.htm", address, PAGES, read=read_page)
    frames = [str(frame.get("src")) for frame in page.find_all(["frame", "iframe"])]
    lists = [urljoin(address, frame) for frame in frames if "left" in frame.lower()]
    if lists:
        address = lists[0]
        page = box.get("contents_list.htm", address, PAGES, read=read_page)
    return [
        Entry(title_of(link.get_text()), urljoin(address, str(link.get("href"))))
        for link in page.find_all("a", href=True)
    ]
