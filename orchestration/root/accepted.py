"""The baseline: the list of states that somebody accepted, each with a copy of its report that stays.

An acceptance is made aside, in `accepted/.next`: list and report, whole. The line of the ledger that holds the sha256
of the list accepts it. After that both are moved to their places, which needs no space. A command that is stopped
before the line has accepted nothing; one that is stopped after it is finished by the next command.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.ingestion.files import sync, write_folder
from living_panel.orchestration.root import ledger, published, state
from living_panel.orchestration.root.settings import Settings

FOLDER, NEXT, LIST = "accepted", ".next", "accepted.json"
KIND = NAME = "accepted"
"""Kind and name of the list in the ledger."""
WAIT_SECONDS = 60.0
OUTWARD = re.compile(rb'((?:href|src)=")((?:\.\./)+(?:artifacts|archive|releases|build)/)')


def accept_entries(settings: Settings, name: str, entries: list[dict[str, str]]) -> None:
    """Make a list of tables the newest baseline, and keep the published report with it.

    Raises
    ------
    OSError
        If the disk does not take it. Nothing is accepted then, and nothing stays.
    """
    root = settings.root
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    with FileLock(root / FOLDER / ".lock", timeout=WAIT_SECONDS):
        _finish(root)
        record: dict[str, Any] = {"name": name, "on": date.today().isoformat(), "entries": entries}
        pages, folder = _report(settings), report_folder(settings)
        if folder is not None:
            record["report"] = {"folder": folder.name, "digest": _digest(pages)}
        known = [r for r in state.read(root, "accepted") if r["entries"] != entries]
        content = json.dumps([*known, record], indent=1, ensure_ascii=False).encode()
        new_pages = {} if folder is None or folder.exists() else pages
        files = (
            {f"{folder.name}/{page}": text for page, text in new_pages.items()} if folder else {}
        )
        try:
            write_folder(root / FOLDER / NEXT, {**files, LIST: content})
            ledger.append(root, KIND, NAME, "published", sha256_of_bytes(content))
        except OSError:
            _finish(root)
            raise
        with suppress(OSError):  # it is accepted: what fails here is done by the next command
            _finish(root)


def finish_accepting(root: Path) -> None:
    """Finish an acceptance that was stopped after its line of the ledger, or remove one that has none."""
    if not (root / FOLDER / NEXT).is_dir():
        return
    try:
        with FileLock(root / FOLDER / ".lock", timeout=0):
            _finish(root)
    except Timeout:
        pass  # somebody accepts at this moment


def _finish(root: Path) -> None:
    made = root / FOLDER / NEXT
    if not made.is_dir():
        return
    line, listed = ledger.known(root, KIND).get(NAME), made / LIST
    if listed.exists():
        if line is None or line["sha256"] != sha256_of(listed)[0]:
            shutil.rmtree(made)
            return
    for folder in made.iterdir():
        if folder.is_dir() and not (root / FOLDER / folder.name).exists():
            folder.rename(root / FOLDER / folder.name)
    if listed.exists():  # last: from now on the list names a report that is in its place
        place = state.path(root, "accepted")
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(listed, place)
        sync(place.parent)
    shutil.rmtree(made)


def report_folder(settings: Settings) -> Path | None:
    """Return the place of the copy of the published report; None without a published report."""
    if not published.pages(settings):
        return None
    return settings.root / FOLDER / settings.publication.resolve().name


def changed_reports(root: Path) -> list[Path]:
    """Return the copies of reports that are missing, or are not what was accepted."""
    folders = []
    for record in state.read(root, "accepted"):
        if report := record.get("report"):
            folder = root / FOLDER / Path(str(report["folder"])).name
            pages = published.pages_in(folder)
            here = {name.removeprefix(f"{published.REPORT}/"): text for name, text in pages.items()}
            if _digest(here) != report["digest"]:
                folders.append(folder)
    return folders


def _digest(pages: dict[str, bytes]) -> str:
    # it loads NumPy and DuckDB, which a command that only looks does not need
    from living_panel.estimation.panel.digest import digest_document

    return digest_document(
        sorted([name, sha256_of_bytes(content)] for name, content in pages.items())
    )


def _report(settings: Settings) -> dict[str, bytes]:
    """Pages of the published report as they stand one folder deeper."""
    return {
        name.removeprefix(f"{published.REPORT}/"): _one_deeper(name, content)
        for name, content in published.pages(settings).items()
    }


def _one_deeper(name: str, content: bytes) -> bytes:
    """A page whose links out of the report start one folder deeper."""
    return OUTWARD.sub(rb"\1../\2", content) if name.endswith(".html") else content
