"""The commerce ministry's bulletin: one PDF an edition, at an address that cannot be guessed.

The catalog lists the addresses; an edition without one has to be landed.
"""

from __future__ import annotations

from datetime import date

from living_panel.codes import Code
from living_panel.ingestion.fetching.fetch_box import FetchBox
from living_panel.ingestion.fetching.http import FetchError
from living_panel.ingestion.provenance.catalog import Source, Strict
from living_panel.ingestion.provenance.receipts import TABLE
from living_panel.problems import Place, Problem

_PDF = ("application/pdf", "application/octet-stream")


class Bulletins(Strict):
    """The catalog's `fetch` section of the ministry's bulletins."""

    bulletins: dict[int, str] = {}
    """Address of the bulletin's PDF, by year of the edition."""


def address(source: Source, edition: int) -> str:
    """Return the listed address of an edition's bulletin.

    Raises
    ------
    FetchError
        If the catalog lists none.
    """
    listed = Bulletins.model_validate(source.fetch).bulletins
    if edition not in listed:
        raise FetchError(
            Code.FETCH_ADDRESS(
                "the catalog lists no bulletin of edition {edition} (it lists {known})",
                "add its address under `fetch.bulletins` in ingestion/sources/{source}/catalog.yml",
                edition=edition,
                source=source.source,
                known=sorted(listed) or ["none"],
            )
        )
    return listed[edition]


def planned(source: Source, edition: int, day: date) -> list[str]:
    """Return what a fetch would ask, without asking."""
    return [f"GET {address(source, edition)} (the bulletin, PDF)"]


def fetch(box: FetchBox) -> list[Problem]:
    """Ask for the bulletin of one edition and keep it; nothing else can go wrong.

    Raises
    ------
    FetchError, SourceUnreachable
        If no address is listed, or what comes is no PDF.
    """
    url = address(box.source, box.edition)
    content = box.get(f"bulletin_{box.edition}.pdf", url, _PDF, TABLE, read=_check_pdf)
    box.progress(f"bulletin {box.edition}: {len(content)} bytes")
    return []


def _check_pdf(content: bytes, name: str) -> bytes:
    if not content.lstrip()[:5].startswith(b"%PDF-"):
        raise FetchError(
            Code.FETCH_ANSWER(
                "the response is not a PDF, although its content type says so",
                "open the address in a browser; if the page has moved, correct the address in the catalog",
                Place(name),
            )
        )
    return content
