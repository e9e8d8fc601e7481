"""Whether a whole refresh would find anything to do: every byte it reads or left, compared with the last one.

Loads neither Dagster nor anything numerical, so that a refresh with nothing new ends within a second.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from living_panel.ingestion.digests import sha256_of, sha256_of_parts
from living_panel.orchestration.root import state
from living_panel.orchestration.root.lock import Busy, holder, refresh_lock
from living_panel.orchestration.root.made import made_in
from living_panel.orchestration.root.settings import REPOSITORY, Settings

CODE = ("dbt_project", "estimation", "ingestion", "living_panel", "orchestration", "dagster.yaml")
MADE_BY_TOOLS = {"__pycache__", "target", "logs"}
LARGEST_READ = 64 * 1024 * 1024  # what is larger is compared by size and time
NOTE = "refresh"


def unchanged_message(settings: Settings) -> str | None:
    """Message if the root is unchanged since the last whole refresh and no process works on it, else None."""
    try:
        notes = made_in(settings.root, NOTE)
        if not notes.path.exists() or holder(settings.root):
            return None
        return notes.get(NOTE, fingerprint(settings))
    except (OSError, ValueError):
        return None  # the refresh itself says what is wrong with the root


def remember(settings: Settings, summary: str) -> None:
    """Note how a whole refresh left the root, unless the next one is at work on it already.

    Where a file still waits in the inbox there is no note: each refresh says what the file lacks.
    """
    if any(p.is_file() and p.name[0] != "." for p in settings.landing.rglob("*")):
        return
    try:
        with refresh_lock(settings.root, "note", wait_seconds=0.0, say=lambda _: None):
            made_in(settings.root, NOTE).put({NOTE: (fingerprint(settings), summary)})
    except (Busy, OSError):
        pass  # without a note the next refresh looks at everything


def fingerprint(settings: Settings) -> str:
    """Hash over code, libraries, settings of the environment, and everything in the data root.

    Of `build/`, which nobody else writes, only the warehouse's time and size count.
    """
    return sha256_of_parts(_parts(settings))


def _parts(settings: Settings) -> Iterator[bytes]:
    """Yield what a refresh depends on, in a fixed order."""
    named = {k: v for k, v in os.environ.items() if k.startswith("LIVING_")}
    libraries = sorted(p.name for p in Path(sysconfig.get_path("purelib")).glob("*-info"))
    yield repr((sys.version, libraries, sorted(named.items()))).encode()
    yield f"{settings.state} {(settings.state / 'history').is_dir()}\n".encode()
    places = {Path(value).absolute() for value in named.values() if os.path.exists(value)}
    if papers := named.get("LIVING_PANEL_PAPERS"):
        places.add(Path(papers).absolute().parent / "data_sets")
    for top in sorted({*places, settings.root, *(REPOSITORY / name for name in CODE)}):
        for path in _files(top, settings):
            yield f"{path}\n".encode() + _what(path, path.is_relative_to(settings.build))


def _files(top: Path, settings: Settings) -> Iterator[Path]:
    """Yield everything under a folder in a fixed order, but for what changes by being looked at."""
    if not top.is_dir() or top.is_symlink():
        yield top
        return
    holding = state.path(settings.root, "holder")
    for folder, inside, files in os.walk(top):
        here = Path(folder)
        if here == settings.build:
            inside.clear()
            files = [name for name in files if name.endswith((".duckdb", ".wal"))]
        elif here == settings.root and not settings.simulated:
            inside[:] = [name for name in inside if name != "demo"]  # another root
        inside[:] = sorted(set(inside) - (MADE_BY_TOOLS if top != settings.root else set()))
        yield from (here / n for n in sorted([*files, *inside]) if here / n != holding)


def _what(path: Path, by_time: bool) -> bytes:
    """Return content of a file, target of a link, or what else a path is."""
    if path.is_symlink():
        return os.readlink(path).encode()
    if not path.is_file():
        return b"folder" if path.is_dir() else b"absent or special"
    size, time = path.stat().st_size, path.stat().st_mtime_ns
    if by_time or size > LARGEST_READ:
        return f"{size} {time}".encode()
    return bytes.fromhex(sha256_of(path)[0])
