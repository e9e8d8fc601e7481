"""Remains of a stopped command: the next one that takes the root's lock removes them.

A command that makes files which nothing leads to yet names them in the note `unfinished`. Whatever is written aside
has a name that begins with a dot, and says which process writes it.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from living_panel.orchestration.root import accepted, ledger, published, state
from living_panel.orchestration.root.made import BUILDS, made_in
from living_panel.orchestration.root.settings import Settings

NOTE = "unfinished"
OUTSIDE = ".living-panel-backup"
"""End of the name of the only files outside a root that are removed: a note cannot name others."""
WRITTEN_FOLDERS = ("releases", "artifacts/*", "states", "accepted")
"""Places of folders that are written aside."""
WITHOUT_LOCK = ("drift", "accepted", "state")
"""Folders that are also written without the lock: of those, only what has no writer goes."""
WRITTEN_FILES = ("extracted/*/*/*", "artifacts", "build", "state", ".")
LINKS = (".*.next", ".*.before", "state/.*.next", "states/*/.*.next", "warehouse/.*.writing*")
"""What only a process with the lock makes."""
WRITER = re.compile(r"^\.(?:writing-(?P<folder>\d+)-|.*\.(?P<file>\d+)-[0-9a-f]{8}\.tmp$)")
FORGOTTEN_SECONDS = 3600
"""After so long something without the name of a living writer is nobody's."""


@contextmanager
def unfinished_files(settings: Settings, *files: Path) -> Iterator[None]:
    """Files that the block makes are removed if it fails, or by the next command if the process is killed.

    A file that was there before stays, and so does the one that the block made the published file.
    """
    made = [file for file in files if not file.exists()]
    is_noted = bool(made) and os.access(settings.root, os.W_OK)  # a backup works on read-only disks
    if is_noted:
        state.write(settings.root, NOTE, [str(file) for file in made])
    try:
        yield
    except BaseException:
        with suppress(OSError, ValueError):  # where this fails, the note stays for the next command
            _remove(settings, made)
            state.forget(settings.root, NOTE)
        raise
    if is_noted:
        state.forget(settings.root, NOTE)


def remove_leftovers(root: Path) -> None:
    """Remove what stopped commands left in a data root, and finish an acceptance; call it under the lock."""
    settings = Settings(root=root, state=root)
    with suppress(OSError, ValueError):
        _remove_unfinished(settings)
    with suppress(OSError, ValueError):
        accepted.finish_accepting(root)
    shutil.rmtree(root / ".restoring", ignore_errors=True)
    with suppress(OSError, ValueError):
        _remove_half_built(settings)
    folders = (f for place in WRITTEN_FOLDERS for f in root.glob(f"{place}/.writing-*"))
    files = (f for place in WRITTEN_FILES for f in root.glob(f"{place}/.*.tmp"))
    aside = [p for p in (*folders, *files) if p.parent.name not in WITHOUT_LOCK or _is_abandoned(p)]
    for path in [*aside, *(p for pattern in LINKS for p in root.glob(pattern))]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _remove_unfinished(settings: Settings) -> None:
    """Remove the files that a note names, but for the published one, and the states that lead to them."""
    try:
        named = [Path(name) for name in state.read(settings.root, NOTE)]
    except state.Damaged:
        return  # set aside by the next refresh
    if named:
        _remove(settings, named)
        state.forget(settings.root, NOTE)


def _remove(settings: Settings, files: Sequence[Path]) -> None:
    """Remove files but the published one, and the states that lead to them."""
    current, is_swept = published.file_of(settings), False
    for file in files:
        inside = file.parent == settings.warehouse and file.suffix == ".duckdb"
        if file.is_symlink() or not file.is_file() or file == current:
            continue
        if inside:
            ledger.prune(settings.root, "warehouse", file.name)
        if inside or file.name.endswith(OUTSIDE):
            file.unlink(missing_ok=True)
        is_swept = is_swept or inside
    if is_swept:
        published.sweep(settings, {file.name for file in settings.warehouse.glob("*.duckdb")})


def _remove_half_built(settings: Settings) -> None:
    """Remove builds of earlier states that were stopped: no note says what they were made from."""
    built = made_in(settings.root, BUILDS).read()
    for folder in settings.build.glob("as_of_*"):
        if folder.is_dir() and f"build/{folder.name}/warehouse.duckdb" not in built:
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(path: Path) -> bool:
    """Whether the process in a name has ended, or an hour has passed."""
    named = WRITER.match(path.name)
    try:
        written = path.stat().st_mtime
        if named is None or written < time.time() - FORGOTTEN_SECONDS:
            return written < time.time() - FORGOTTEN_SECONDS
        writer = psutil.Process(int(named["folder"] or named["file"]))
        return writer.create_time() > written + 1  # another process has its number now
    except OSError:
        return False  # gone meanwhile: its writer lives
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
