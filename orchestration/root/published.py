"""The published state: one folder with all that people read, and the one link that is swapped to it.

A refresh builds its state aside. `states/<name>/` then holds the link to the warehouse file, the list of
current artifacts, the list before it, and the report. `published` points at one such folder; the places that
people know (`warehouse.duckdb`, `report/`, `state/current.json`) lead through it and never change.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion.files import swap_link, sync, write_folder
from living_panel.orchestration.root import ledger
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Problem

FILE, TABLES, PREVIOUS, ABOUT, REPORT = (
    "warehouse.duckdb",
    "tables.json",
    "previous.json",
    "state.json",
    "report",
)
LINKS = {
    "warehouse.duckdb": f"published/{FILE}",
    "report": f"published/{REPORT}",
    "state/current.json": f"../published/{TABLES}",
    "state/previous.json": f"../published/{PREVIOUS}",
}
"""Places that people and programs know, each with what it leads to."""


def file_of(settings: Settings) -> Path | None:
    """Return the warehouse file that readers open, whether it is there or not; None before the first."""
    link = settings.published
    return Path(os.path.realpath(link)) if link.is_symlink() else None


def file_name(settings: Settings) -> str | None:
    """Name of the published file; None before the first publication."""
    file = file_of(settings)
    return file.name if file else None


def about(settings: Settings) -> dict[str, Any]:
    """Return what the published state says of itself; empty before the first, or if it cannot be read."""
    try:
        content = json.loads((settings.publication / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def pages(settings: Settings) -> dict[str, bytes]:
    """Return the published report, by file name."""
    return pages_in(settings.root / REPORT)


def pages_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a report's folder and of those in it, by name below the state; hidden ones left out."""
    paths = sorted(folder.rglob("*")) if folder.is_dir() else []
    names = {path: path.relative_to(folder) for path in paths if path.is_file()}
    return {
        f"{REPORT}/{name.as_posix()}": path.read_bytes()
        for path, name in names.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def point(settings: Settings, file: Path, files: Mapping[str, bytes]) -> Path:
    """Make a state of a warehouse file and these files, and point readers at it in one step.

    Returns
    -------
    The folder of the state; one that holds just this already is used again.
    """
    _adopt_older(settings)
    folder = _folder(settings, file, files)
    if ABOUT in files:  # before the swap: what people read is in the ledger
        ledger.record_shown(settings.root, "state", folder.name)
    swap_link(settings.publication, str(folder.relative_to(settings.root)))
    sync(settings.root)
    _link(settings)
    return folder


def sweep(settings: Settings, files: set[str]) -> None:
    """Remove the states of warehouse files that are gone, what was cut short, and states that were changed.

    The ledger says of each that it was taken away, also of one that somebody else removed.
    """
    current = settings.publication.resolve()
    known = ledger.known(settings.root, "state")
    for folder in settings.states.glob("*"):
        named = folder / FILE
        is_pointed_at = named.is_symlink() and named.readlink().name in files
        is_whole = folder.name not in known or ledger.holds(settings.root, "state", folder.name)
        if folder != current and not (is_pointed_at and is_whole):
            ledger.prune(settings.root, "state", folder.name)
            shutil.rmtree(folder, ignore_errors=True)
    for name in known:
        if not (settings.states / name).exists():
            ledger.prune(settings.root, "state", name)


def of_file(settings: Settings, name: str) -> dict[str, bytes] | None:
    """Return the files of the newest state that a warehouse file was published in."""
    folders = [p.parent for p in settings.states.glob(f"[!.]*/{FILE}") if p.readlink().name == name]
    if not folders:
        return None
    newest = max(folders, key=lambda p: p.stat().st_mtime_ns)
    inside = (p for p in newest.rglob("*") if p.is_file() and not p.is_symlink())
    return {str(p.relative_to(newest)): p.read_bytes() for p in inside}


def logs(settings: Settings) -> list[Path]:
    """Return the write-ahead logs of published files: readers would see their content."""
    databases = {
        settings.published,
        settings.publication / FILE,
        *settings.warehouse.glob("*.duckdb"),
    }
    paths = (path.with_name(path.name + ".wal") for path in sorted(databases))
    return [path for path in paths if path.exists()]


def wrong_links(settings: Settings) -> Iterator[str]:
    """Yield the places that do not lead to the published state."""
    if settings.publication.is_symlink():
        for name, target in LINKS.items():
            link = settings.root / name
            if not link.is_symlink() or os.readlink(link) != target:
                yield name


def unlike_ledger(settings: Settings, noted: str = "") -> Problem | None:
    """Compare what readers open with the last lines of the ledger that lead them: the file, then the state.

    The switch comes after its lines. Until a publication has ended, the older state is no deviation.

    Parameters
    ----------
    settings : Settings
        Data root.
    noted : str
        Line of the ledger that somebody noted elsewhere after a publication.

    Returns
    -------
    The deviation; PUBLICATION_STOPPED if the last publication has not ended; PUBLICATION_UNKNOWN if the ledger
    has no line to compare with.

    Raises
    ------
    ledger.Broken
        If the lines of the ledger do not follow from one another.
    """
    shown = {"warehouse": file_name(settings)}
    if settings.publication.is_symlink():
        shown["state"] = settings.publication.readlink().name
    for kind, name in shown.items():
        number, line = ledger.last_shown(settings.root, kind)
        facts = {"kind": kind, "shown": name}
        place = Place(str(settings.publication))
        if name is None or line.get("name") == name:
            continue
        if not line:
            return Code.LEDGER_UNKNOWN(
                "the ledger is newer than this publication and has no line for it, so "
                "{kind} {shown} cannot be compared",
                "the next publication by `make run` adds this line",
                place,
                **facts,
            )
        facts["last"] = line["name"]
        if ledger.is_finished(settings.root, number, noted):
            return Code.LEDGER_PUBLISHED(
                "readers open {kind} {shown}, but the last publication in the ledger is {last} ({event} at {at})",
                "run `make run`, which publishes the newest results; to publish earlier ones "
                "on purpose, use `make rollback`",
                place,
                **facts,
                event=line["event"],
                at=line["at"],
            )
        return Code.PUBLISH(
            "the publication of {kind} {last} is unfinished: readers still open {shown}",
            "run `make run`, which finishes it",
            place,
            **facts,
        )
    return None


def _folder(settings: Settings, file: Path, files: Mapping[str, bytes]) -> Path:
    """Folder of a state, written whole before anything points at it."""
    names = (f"{file.stem}{end}" for end in chain([""], (f"-state-{n}" for n in count(2))))
    for name in names:
        folder = settings.states / name
        if not folder.exists():
            write_folder(folder, files)
        elif not _holds(folder, files):
            continue
        swap_link(folder / FILE, os.path.relpath(file, folder))
        return folder
    raise AssertionError("unreachable")


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    inside = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {FILE}
    return inside == set(files) and all(
        (folder / name).read_bytes() == content for name, content in files.items()
    )


def _adopt_older(settings: Settings) -> None:
    """Make a state of what a root of an older version has published; readers see no difference."""
    file = file_of(settings)
    if settings.publication.is_symlink() or file is None:
        return
    lists = {TABLES: "current", PREVIOUS: "previous"}
    files = {ABOUT: b"{}"} | pages(settings)
    for name, note in lists.items():
        before = settings.root / "state" / f"{note}.json"
        files[name] = before.read_bytes() if before.is_file() else b"[]"
    folder = _folder(settings, file, files)
    swap_link(settings.publication, str(folder.relative_to(settings.root)))
    _link(settings)


def _link(settings: Settings) -> None:
    """Let the places that people know lead through the one link; those that do stay as they are."""
    for name, target in LINKS.items():
        link = settings.root / name
        if link.is_symlink() and os.readlink(link) == target:
            continue
        link.parent.mkdir(parents=True, exist_ok=True)
        if link.is_dir() and not link.is_symlink():
            before = link.with_name(f".{link.name}.before")
            shutil.rmtree(before, ignore_errors=True)
            link.rename(before)
            swap_link(link, target)
            shutil.rmtree(before, ignore_errors=True)
        else:
            swap_link(link, target)
