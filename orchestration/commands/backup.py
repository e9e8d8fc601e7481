"""Back up what cannot be rebuilt of a data root, with the state that people read, and restore it."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from living_panel.codes import Code
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.files import sync
from living_panel.orchestration.commands import sentences
from living_panel.orchestration.root.leftovers import OUTSIDE, unfinished_files
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, ProblemError

CONTENTS = (
    "archive",
    "landing",
    "sets",
    "specs",
    "releases",
    "artifacts",
    "ledger.jsonl",
    "state",
    "states",
    "accepted",
    "warehouse",
    "published",
    "warehouse.duckdb",
    "report",
)
"""Content of a backup; `extracted` and `build` are made anew from it."""
LEFT_OUT = {"holder.json", "unfinished.json"}
LIST = "BACKUP.json"
FORM = 1
CHUNK = 1 << 20


class BackupError(ProblemError, ValueError):
    """A backup that cannot be written, or not be put back."""


def back_up(settings: Settings, file: Path) -> int:
    """Write one file that holds all that a data root cannot rebuild; return the number of its files.

    Raises
    ------
    BackupError
        If the file is there already, or lies in the data root.
    """
    file = file.absolute()
    if file.exists():
        raise BackupError(
            Code.NAME_TAKEN("this file already exists", "choose another name", Place(str(file)))
        )
    if file.resolve().is_relative_to(settings.root.resolve()):
        raise BackupError(
            Code.BACKUP(
                "the backup would lie inside the data root",
                "choose a place outside the data root",
                Place(str(file)),
            )
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary, listed = file.with_name(f".{file.name}{OUTSIDE}"), {}
    temporary.unlink(missing_ok=True)
    with unfinished_files(settings, temporary):
        with tarfile.open(temporary, "w:gz", compresslevel=1) as archive:
            for path in _files(settings.root):
                name = str(path.relative_to(settings.root))
                listed[name] = (
                    f"-> {os.readlink(path)}" if path.is_symlink() else sha256_of(path)[0]
                )
                archive.add(path, name, recursive=False)
            note = {"form": FORM, "at": datetime.now(UTC).isoformat(), "files": listed}
            content = json.dumps(note, indent=1, ensure_ascii=False).encode()
            member = tarfile.TarInfo(LIST)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        sync(temporary)
        temporary.rename(file)
        sync(file.parent)
    return len(listed)


def restore(settings: Settings, file: Path) -> int:
    """Put a backup into a data root that has none of it; return the number of files.

    Every file is held against its sha256 before the first one is put in place.

    Raises
    ------
    BackupError
        If the backup is damaged, or the data root holds something that it would replace.
    """
    root = settings.root
    present = [n for n in CONTENTS if _is_something(root / n)]
    if present:
        raise BackupError(
            Code.BACKUP(
                "the data root already contains {held}; a restore never overwrites them",
                "move them away, or set LIVING_PANEL_DATA to another data root",
                Place(str(root)),
                held=present,
            )
        )
    root.mkdir(parents=True, exist_ok=True)
    aside = root / ".restoring"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _unpack(file, aside)
        listed = _checked(file, aside)
        for name in CONTENTS:
            if (aside / name).exists() or (aside / name).is_symlink():
                place = root / name
                if place.is_dir() and not place.is_symlink():
                    shutil.rmtree(place)  # `_is_something` has found no file in it
                (aside / name).rename(place)
        sync(root)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return len(listed)


def _files(root: Path) -> Iterator[Path]:
    """Files and links of a backup; what is being written begins with a dot, or is a lock."""
    for name in CONTENTS:
        top = root / name
        if top.is_symlink() or top.is_file():
            yield top
            continue
        for folder, inside, files in os.walk(top):
            here = Path(folder)
            links = [n for n in inside if (here / n).is_symlink()]
            inside[:] = sorted(n for n in inside if not n.startswith(".") and n not in links)
            for entry in sorted([*files, *links]):
                if entry.startswith(".") or (name == "state" and entry in LEFT_OUT):
                    continue
                path = here / entry
                if path.is_symlink() or path.is_file():
                    yield path


def _is_something(path: Path) -> bool:
    """Whether a place of the root holds a file; folders alone, and hidden files, are nothing."""
    if path.is_symlink() or path.is_file():
        return True
    inside = (p for p in path.rglob("[!.]*") if p.name not in LEFT_OUT)
    return any(p.is_symlink() or p.is_file() for p in inside)


def _unpack(file: Path, folder: Path) -> None:
    try:
        with gzip.open(file) as stream, tarfile.open(fileobj=stream) as archive:
            archive.extractall(folder, filter="data")
            # tarfile stops before the checksum of the whole, which gzip compares at the end
            while stream.read(CHUNK):
                pass
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise BackupError(sentences.BACKUP_DAMAGED(Place(str(file)), reason=str(error))) from error


def _checked(file: Path, folder: Path) -> dict[str, str]:
    """Hold what was unpacked against the list in it."""
    try:
        note = json.loads((folder / LIST).read_text(encoding="utf-8"))
        listed: dict[str, str] = note["files"] if note["form"] == FORM else {}
    except (OSError, ValueError, KeyError, TypeError):
        listed = {}
    there = {
        str(Path(where, name).relative_to(folder))
        for where, inside, files in os.walk(folder)
        for name in [*files, *(n for n in inside if Path(where, n).is_symlink())]
    } - {LIST}
    wrong = sorted(there ^ set(listed))
    wrong += [n for n in sorted(there & set(listed)) if not _same(folder / n, listed[n])]
    if wrong or not listed:
        reason = f"{', '.join(wrong[:3]) or LIST} is missing or changed"
        raise BackupError(sentences.BACKUP_DAMAGED(Place(str(file)), reason=reason))
    return listed


def _same(path: Path, identity: str) -> bool:
    if path.is_symlink():
        return identity == f"-> {os.readlink(path)}"
    return sha256_of(path)[0] == identity
