"""Whether a whole refresh would find anything to do: every byte it reads or left, compared with the last one.

Loads neither Dagster nor anything numerical, so that a refresh with nothing new ends within a second.
"""

from __future__ import annotations

import os
import stat
import sys
import sysconfig
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path

from living_panel.ingestion.digests import sha256_of, sha256_of_parts
from living_panel.orchestration.root import state
from living_panel.orchestration.root.lock import Busy, holder, refresh_lock
from living_panel.orchestration.root.made import made_in
from living_panel.orchestration.root.settings import REPOSITORY, Settings

CODE = ("dbt_project", "estimation", "ingestion", "living_panel", "orchestration", "dagster.yaml")
PAPERS = ("estimation/papers", "estimation/data_sets")
"""Folders of the code that ingestion does not read."""
INGESTION = ("archive", "landing", "extracted")
"""Folders of a data root that ingestion reads or leaves."""
MADE_BY_TOOLS = {"__pycache__", "target", "logs"}
LARGEST_READ = 64 * 1024 * 1024  # what is larger is compared by size and time
NOTE, INGESTED = "refresh", "ingested"


def unchanged_message(settings: Settings) -> str | None:
    """Message if the root is unchanged since the last whole refresh and no process works on it, else None."""
    try:
        notes = made_in(settings.root, NOTE)
        if not notes.path.exists() or holder(settings.root):
            return None
        return notes.get(NOTE, fingerprint(settings))
    except (OSError, ValueError):
        return None  # the refresh itself says what is wrong with the root


def is_ingested(settings: Settings) -> bool:
    """Whether all that ingestion reads or left is as the last whole refresh left it, its code and libraries too."""
    return bool(made_in(settings.root, NOTE).get(INGESTED, fingerprint_of_ingestion(settings)))


def remember(settings: Settings, summary: str) -> None:
    """Note how a whole refresh left the root, unless the next one is at work on it already.

    Where a file still waits in the inbox there is no note: each refresh says what the file lacks.
    """
    if any(p.is_file() and p.name[0] != "." for p in settings.landing.rglob("*")):
        return
    try:
        with refresh_lock(settings.root, "note", wait_seconds=0.0, say=lambda _: None):
            noted = {
                NOTE: (fingerprint(settings), summary),
                INGESTED: (fingerprint_of_ingestion(settings), True),
            }
            made_in(settings.root, NOTE).put(noted)
    except (Busy, OSError):
        pass  # without a note the next refresh looks at everything


def fingerprint(settings: Settings) -> str:
    """Hash over code, libraries, settings of the environment, and everything in the data root.

    Of `build/`, which nobody else writes, only the warehouse's time and size count.
    """
    parts = _contents([settings.root, *_paper_folders()], settings)
    return sha256_of_parts(chain([fingerprint_of_ingestion(settings).encode()], parts))


def fingerprint_of_ingestion(settings: Settings) -> str:
    """Hash over code, libraries, settings of the environment, and what ingestion reads or left."""
    named = _named()
    libraries = sorted(p.name for p in Path(sysconfig.get_path("purelib")).glob("*-info"))
    basis = (
        repr((sys.version, libraries, sorted(named.items()))).encode(),
        f"{settings.state} {(settings.state / 'history').is_dir()}\n".encode(),
    )
    places = {Path(value).absolute() for value in named.values() if os.path.exists(value)}
    places -= {settings.root, *_paper_folders()}
    folders = {*places, *(REPOSITORY / name for name in CODE), *_ingestion_folders(settings)}
    return sha256_of_parts(chain(basis, _contents(folders, settings)))


def _named() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k.startswith("LIVING_")}


def _paper_folders() -> set[Path]:
    """Folders of papers and of data sets, those of the code and those that the environment names."""
    folders = {REPOSITORY / name for name in PAPERS}
    if papers := _named().get("LIVING_PANEL_PAPERS"):
        folders |= {Path(papers).absolute(), Path(papers).absolute().parent / "data_sets"}
    return folders


def _ingestion_folders(settings: Settings) -> set[Path]:
    return {settings.root / name for name in INGESTION}


def _contents(tops: Iterable[Path], settings: Settings) -> Iterator[bytes]:
    """Yield what stands under some folders, in a fixed order; folders of another part are no content."""
    apart = {str(path) for path in (*_paper_folders(), *_ingestion_folders(settings))}
    build = f"{settings.build}{os.sep}"
    for top in sorted(tops):
        for path in _files(top, settings, apart):
            yield f"{path}\n".encode() + _what(path, path.startswith(build))


def _files(top: Path, settings: Settings, apart: Collection[str]) -> Iterator[str]:
    """Yield everything under a folder in a fixed order, but for what changes by being looked at."""
    if not top.is_dir() or top.is_symlink():
        yield str(top)
        return
    holding = str(state.path(settings.root, "holder"))
    root, build = str(settings.root), str(settings.build)
    for folder, inside, files in os.walk(top):
        if folder == build:
            inside.clear()
            files = [name for name in files if name.endswith((".duckdb", ".wal"))]
        elif folder == root and not settings.simulated:
            inside[:] = [name for name in inside if name != "demo"]  # another root
        inside[:] = sorted(set(inside) - (MADE_BY_TOOLS if top != settings.root else set()))
        inside[:] = [name for name in inside if os.path.join(folder, name) not in apart]
        paths = (os.path.join(folder, name) for name in sorted([*files, *inside]))
        yield from (path for path in paths if path != holding)


def _what(path: str, by_time: bool) -> bytes:
    """Return content of a file, target of a link, or what else a path is."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return b"absent or special"
    if stat.S_ISLNK(found.st_mode):
        return os.readlink(path).encode()
    if not stat.S_ISREG(found.st_mode):
        return b"folder" if stat.S_ISDIR(found.st_mode) else b"absent or special"
    if by_time or found.st_size > LARGEST_READ:
        return f"{found.st_size} {found.st_mtime_ns}".encode()
    return _content(path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@cache
def _content(path: str, *_state: int) -> bytes:
    """Return the sha256 of a file, read once a process as long as nobody writes to it."""
    return bytes.fromhex(sha256_of(Path(path))[0])
