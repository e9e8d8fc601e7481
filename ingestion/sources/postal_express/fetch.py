"""The post bureau's notices: its search list as JSON, its list of communiqués, then the articles.

Looks for the annual notice and the communiqué about the year before the edition, by title. Monthly
notices are skipped: their values are cumulated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from urllib.parse import urljoin

from pydantic import Field

from living_panel.codes import Code
from living_panel.ingestion.fetching.fetch_box import FetchBox
from living_panel.ingestion.fetching.http import JSON, PAGES, FetchError, secure
from living_panel.ingestion.formats.html import read_page
from living_panel.ingestion.formats.json import read_json
from living_panel.ingestion.provenance.catalog import Source, Strict
from living_panel.ingestion.provinces import NATIONAL, UnknownProvince
from living_panel.ingestion.sources.postal_express.article import subject
from living_panel.problems import Place, Problem


class Notices(Strict):
    """The catalog's `fetch` section of the postal source."""

    search: str
    """Address of the site's search."""
    communiques: str
    """Address of the list of communiqués."""
    most_pages: int = Field(default=40, ge=1, le=200)
    """Most pages of search results to read."""
    a_page: int = Field(default=20, ge=1)
    """Search results on one page."""


def planned(source: Source, edition: int, day: date) -> list[str]:
    """Return what a fetch would ask, without asking."""
    settings = Notices.model_validate(source.fetch)
    year = edition - 1
    return [
        f"GET {settings.search}?_isJson=true&page=1… (at most {settings.most_pages} pages)",
        f"GET {settings.communiques}",
        f"GET the annual notice titled {year}年邮政行业运行情况",
        f"GET the communiqué titled {year}年邮政行业发展统计公报",
    ]


def fetch(box: FetchBox) -> list[Problem]:
    """Ask for the annual notice and the communiqué of the year before the edition.

    Returns
    -------
    What went wrong with one article and did not cost the other.

    Raises
    ------
    FetchError, ExtractionError, SourceUnreachable
        If a list cannot be read, or neither article is found.
    """
    year = box.edition - 1
    urls: dict[str, str] = {}
    for title, url in _listed(box):
        kind = "communique" if "公报" in title else "notice"
        if _national_year(title) == year and kind not in urls:
            urls[kind] = secure(url)
            box.progress(f"{title}: {urls[kind]}")
        if len(urls) == 2:
            break
    if not urls:
        raise FetchError(
            Code.FETCH_LACKING(
                "the lists have no annual notice and no communiqué about {year}",
                "run the fetch again later, or put the values into landing/ yourself",
                year=year,
            )
        )
    if "communique" not in urls:
        box.progress(
            f"no communiqué about {year}: put its international revenue into landing/ yourself"
        )
    problems: list[Problem] = []
    for kind, url in urls.items():
        try:
            box.get(f"{kind}_{year}.shtml", url, PAGES, "spb_html")
        except FetchError as error:
            problems += error.problems
    return problems


def _national_year(title: str) -> int | None:
    """Return the year of a national annual title; a province's notice is to be landed."""
    try:
        about = subject(title)
    except UnknownProvince:
        return None
    return about.year if about and about.code == NATIONAL else None


def _listed(box: FetchBox) -> Iterator[tuple[str, str]]:
    """Yield title and address of every listed article, newest first, then the communiqués."""
    settings = Notices.model_validate(box.source.fetch)
    page, pages = 1, 1
    while page <= min(pages, settings.most_pages):
        params = {"_isJson": "true", "page": str(page)}
        name = f"list_{page}.json"
        total, results = box.get(name, settings.search, JSON, params=params, read=_results)
        pages = math.ceil(total / settings.a_page)
        for title, url in results:
            yield title, urljoin(settings.search, url)
        page += 1
    listing = box.get("communiques.shtml", settings.communiques, PAGES, read=read_page)
    for link in listing.find_all("a", href=True):
        text = (link.find("p") or link).get_text().strip()
        yield text, urljoin(settings.communiques, str(link.get("href")))


def _results(content: bytes, name: str) -> tuple[int, list[tuple[str, str]]]:
    """Return how many articles there are in all, and title and address of those of this page."""
    document = read_json(content, name)
    data = document.get("data") if isinstance(document, dict) else None
    results = data.get("results") if isinstance(data, dict) else None
    total = str(data.get("total")) if isinstance(data, dict) else ""
    counted = total.isascii() and total.isdigit() and len(total) < 10
    if not isinstance(results, list) or not counted:
        raise FetchError(
            Code.FETCH_ANSWER(
                "expected data.total and a list data.results, but the response begins {start!r}",
                "get the values yourself, and put the file into landing/",
                Place(name),
                start=content[:80].decode("utf-8", "replace"),
            )
        )
    for item in results:
        if not isinstance(item, dict) or not isinstance(item.get("title"), str):
            raise FetchError(
                Code.FETCH_ANSWER(
                    "a search result has no title: {item!r}",
                    "get the values yourself, and put the file into landing/",
                    Place(name),
                    item=str(item)[:80],
                )
            )
    return int(total), [(item["title"], str(item.get("url"))) for item in results]
