"""One edition of one source from the network: asked for, kept, read, and only then archived.

Never part of a refresh. A failure leaves the archive unchanged, keeps the received bytes, and says how to land the
values by hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion.editions.history import find_gaps, gap_problems, read_history
from living_panel.ingestion.errors import ExtractionError, IngestionError, SourceUnreachable, shown
from living_panel.ingestion.fetching.fetch_box import FetchBox
from living_panel.ingestion.fetching.http import CONTACT_VARIABLE, Client, FetchError
from living_panel.ingestion.files import hold_lock
from living_panel.ingestion.provenance.catalog import Source, source, source_module
from living_panel.ingestion.reading.extract import Part, extract_edition
from living_panel.ingestion.reading.vintages import read_vintage
from living_panel.problems import Place, Problem

Say = Callable[[str], None]


@dataclass
class Fetched:
    """Result of a fetch. `vintage` is None where every byte was held already, or in a dry run."""

    planned: list[str] = field(default_factory=list)
    vintage: str | None = None
    figures: int = 0
    parts: list[Part] = field(default_factory=list)
    gaps: list[Problem] = field(default_factory=list)
    """Years and provinces that are not published, and the edition that has them."""


def fetch(
    root: Path,
    source_name: str,
    edition: int,
    *,
    client: Client | None = None,
    dry_run: bool = False,
    progress: Say = print,
    today: date | None = None,
) -> Fetched:
    """Fetch one edition: keep every answer, read all of it, archive it, extract it.

    Parameters
    ----------
    client
        Who asks; by default a polite client for the catalog's hosts whose contact is the
        environment's LIVING_PANEL_CONTACT.
    dry_run
        Only say what would be requested.
    today
        The day that counts as today; the database is published as of the day of its capture.

    Raises
    ------
    SourceUnreachable
        Offline, or the source does not answer.
    FetchError
        If what the source answers cannot be used; `.cases` lists failures of its content. Where a
        part of it can, that part is archived and extracted first, and the error names the rest.
    UnknownSource, UnknownEdition
        If the catalog does not list them.
    """
    entry = source(source_name)
    entry.publication(edition)
    day = today or datetime.now(UTC).date()
    talk = _conversation(source_name)
    done = Fetched(planned=talk.planned(entry, edition, day))
    if dry_run:
        for line in done.planned:
            progress(f"would ask: {line}")
        return done
    lock = root / "landing" / source_name / str(edition) / ".fetch.lock"
    busy = FetchError(
        Code.BUSY(
            "another fetch of this edition is running",
            "wait until it ends, then run the fetch again",
            Place(str(lock)),
        )
    )
    box = FetchBox(root, entry, edition, day, client or _polite(entry), progress)
    with hold_lock(lock, 0, busy):
        try:
            problems = talk.fetch(box)
            if not box.holds_values():
                raise FetchError(
                    Code.FETCH_LACKING(
                        "none of the downloaded content can be used: {count} problems, listed below",
                        "{by_hand}",
                        count=len(problems),
                        by_hand=_by_hand(box),
                    ),
                    *problems,
                )
            done.figures = _readable(box, problems)
            done.gaps = _gaps(box, problems)
        except IngestionError as error:
            raise _with_remedy(error, box) from error
        done.vintage = box.finish(problems)
    done.parts = extract_edition(root, source_name, edition)
    progress(
        f"{source_name}/{edition}: {done.figures} values, "
        + (f"archived as {done.vintage}" if done.vintage else "all bytes were archived already")
        + (f" ({box.unchanged} answers unchanged, says the server)" if box.unchanged else "")
    )
    for gap in done.gaps:
        progress(str(gap))
    if problems:
        raise FetchError(
            Code.FETCH_LACKING(
                "the program archived {figures} values, but some requested values are missing: {count} problems, "
                "listed below",
                "run the fetch again, or {by_hand}",
                figures=done.figures,
                count=len(problems),
                by_hand=_by_hand(box),
            ),
            *problems,
        )
    return done


def _conversation(source_name: str) -> Any:
    """Return the source's `fetch` module: `planned` and `fetch`."""
    module = source_module(source_name, "fetch")
    if module is None:
        raise FetchError(
            Code.FETCH_LACKING(
                "the program cannot fetch {source}: a person enters its values",
                "put the values into landing/{source}/<edition>/ as CSV; data/README.md describes the columns",
                source=source_name,
            )
        )
    return module


def _polite(entry: Source) -> Client:
    contact = os.environ.get(CONTACT_VARIABLE, "").strip()
    if not contact.isascii() or not 3 <= len(contact) <= 200 or not contact.isprintable():
        raise FetchError(
            Code.ENVIRONMENT(
                "{variable} is {contact}; expected a line of 3 to 200 ASCII characters with an address for the "
                "sources to write to",
                "set it to your mail address (see .env.example), then run the fetch again",
                variable=CONTACT_VARIABLE,
                contact=shown(contact),
            )
        )
    return Client(entry.hosts, contact, referers=entry.referers, legacy_tls=entry.legacy_tls)


def _readable(box: FetchBox, problems: list[Problem]) -> int:
    """Read everything that was kept; what cannot be read is set aside, and asked again next time.

    One bad answer does not cost the good ones: they are read without it.
    """
    vintage = box.vintage()
    try:
        return len(read_vintage(vintage))
    except ExtractionError as error:
        names = {entry.name for entry in vintage.receipt.files}
        bad = sorted({case.file for case in error.cases} & names)
        for name in bad:
            box.reject(name, str(error))
        if not bad or not box.holds_values():
            raise
        problems += error.problems
        return _readable(box, problems)


def _gaps(box: FetchBox, problems: list[Problem]) -> list[Problem]:
    """Return the gaps of what came; what an earlier answer of this edition has is a problem too."""
    rows = read_vintage(box.vintage())
    history = read_history(box.root, box.source.source)
    gaps = find_gaps(box.source.source, box.edition, rows, history, completes=False)
    missing = gap_problems(box.source.source, box.edition, gaps)
    lost = [
        gap
        for gap in missing
        if (gap.code, gap.fields.get("edition")) == (Code.HISTORY_LOST, box.edition)
    ]
    problems += lost
    return [gap for gap in missing if gap not in lost]


def _with_remedy(error: IngestionError, box: FetchBox) -> IngestionError:
    place = f"; the downloaded files are kept in {box.folder}" if box.folder.exists() else ""
    problems = (
        *error.problems,
        Code.FETCH_LACKING(
            "the archive was not changed{kept}",
            "instead of fetching, {by_hand}",
            kept=place,
            by_hand=_by_hand(box),
        ),
    )
    if isinstance(error, SourceUnreachable):
        return SourceUnreachable(*problems)
    wrapped = FetchError(*problems, exchange=getattr(error, "exchange", None))
    wrapped.cases = list(getattr(error, "cases", []))
    return wrapped


def _by_hand(box: FetchBox) -> str:
    return (
        f"put the values into landing/{box.source.source}/{box.edition}/ as CSV with the columns "
        "of data/README.md, then `make receipt FILE=…` and `make run`"
    )
