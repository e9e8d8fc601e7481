"""The post bureau's notices: its search list as JSON, its list of communiqués, then the articles.

Looks for the annual notice and the communiqué about the year before the edition, by title. Monthly
notices are passed over: their figures are cumulated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import urljoin

from pydantic import BaseModel, ConfigDict, Field

from ingestion.catalog import Source
from ingestion.errors import ExtractionError
from ingestion.fetch_box import FetchBox
from ingestion.formats.html import read_page
from ingestion.formats.json import read_json
from ingestion.http import Client, FetchError, secure
from ingestion.provinces import NATIONAL, UnknownProvince
from ingestion.sources.postal_express.article import subject

_JSON = ("application/json", "text/json")
_PAGES = ("text/html", "application/xhtml+xml")


class Notices(BaseModel):
    """The catalog's `fetch` section of the postal source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    search: str
    communiques: str
    most_pages: int = Field(default=40, ge=1, le=200)
    a_page: int = Field(default=20, ge=1)


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


def fetch(
    source: Source,
    edition: int,
    day: date,
    client: Client,
    box: FetchBox,
    progress: Callable[[str], None],
) -> list[str]:
    """Ask for the annual notice and the communiqué of the year before the edition.

    Returns
    -------
    What went wrong with one article and did not cost the other.

    Raises
    ------
    FetchError, ExtractionError, SourceUnreachable
        If a list cannot be read, or neither article is found.
    """
    settings = Notices.model_validate(source.fetch)
    found: dict[str, str] = {}
    for title, url in _listed(settings, client, box):
        kind = "communique" if "公报" in title else "notice"
        if _national_year(title) == edition - 1 and kind not in found:
            found[kind] = secure(url)
            progress(f"{title}: {found[kind]}")
        if len(found) == 2:
            break
    if not found:
        raise FetchError(f"no annual notice and no communiqué about {edition - 1} in the lists")
    if "communique" not in found:
        progress(f"no communiqué about {edition - 1}: its international revenue is to be landed")
    problems = []
    for kind, url in found.items():
        try:
            _article(f"{kind}_{edition - 1}.shtml", url, client, box)
        except FetchError as error:
            problems.append(str(error))
    return problems


def _national_year(title: str) -> int | None:
    """Return the year of a national annual title; a province's notice is to be landed."""
    try:
        about = subject(title)
    except UnknownProvince:
        return None
    return about.year if about and about.code == NATIONAL else None


def _article(name: str, url: str, client: Client, box: FetchBox) -> None:
    box.exchange(name, "spb_html", lambda held: client.get(url, earlier=held))
    try:
        box.answer(name).require(*_PAGES)
    except FetchError as error:
        box.reject(name, str(error))
        raise


def _listed(settings: Notices, client: Client, box: FetchBox) -> Iterator[tuple[str, str]]:
    """Yield title and address of every listed article, newest first, then the communiqués."""
    page, pages = 1, 1
    while page <= min(pages, settings.most_pages):
        name = f"list_{page}.json"
        total, results = _page(settings, name, page, client, box)
        pages = math.ceil(total / settings.a_page)
        yield from results
        page += 1
    name = "communiques.shtml"
    content = box.exchange(
        name, "index", lambda held: client.get(settings.communiques, earlier=held)
    )
    try:
        box.answer(name).require(*_PAGES)
        links = read_page(content, name).find_all("a", href=True)
    except (FetchError, ExtractionError) as error:
        box.reject(name, str(error))
        raise
    for link in links:
        title = link.find("p")
        text = (title or link).get_text().strip()
        yield text, urljoin(settings.communiques, str(link.get("href")))


def _page(
    settings: Notices, name: str, page: int, client: Client, box: FetchBox
) -> tuple[int, list[tuple[str, str]]]:
    params = {"_isJson": "true", "page": str(page)}
    content = box.exchange(name, "index", lambda held: client.get(settings.search, params, held))
    try:
        box.answer(name).require(*_JSON)
        document = read_json(content, name)
        data = document.get("data") if isinstance(document, dict) else None
        results = data.get("results") if isinstance(data, dict) else None
        total = str(data.get("total")) if isinstance(data, dict) else ""
        if not isinstance(results, list) or not (
            total.isascii() and total.isdigit() and len(total) < 10
        ):
            raise FetchError(
                f"{name}: expected data.total and a list data.results, got {content[:80]!r}"
            )
        listed = []
        for item in results:
            if not isinstance(item, dict) or not isinstance(item.get("title"), str):
                raise FetchError(f"{name}: a result without title: {str(item)[:80]!r}")
            listed.append((item["title"], urljoin(settings.search, str(item.get("url")))))
        return int(total), listed
    except (FetchError, ExtractionError) as error:
        box.reject(name, str(error))
        raise
