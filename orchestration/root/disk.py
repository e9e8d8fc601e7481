"""A disk that is full, read-only or refuses: errors as problems, and a place for temporary files."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import GeneratorType
from typing import Any

from living_panel.codes import Code, Sentence
from living_panel.orchestration.root import sentences
from living_panel.problems import Place, Problem, ProblemError

CODES: dict[int, Sentence] = {
    errno.EROFS: sentences.DISK_READ_ONLY,
    errno.ENOSPC: sentences.DISK_FULL,
    errno.EDQUOT: sentences.QUOTA_USED,
    errno.EACCES: sentences.PATH_REFUSED,
    errno.EFBIG: sentences.FILE_SIZE_LIMIT,
}
OF_THE_DISK = (errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors that no other cause has."""
SQLITE = {
    sqlite3.SQLITE_FULL: sentences.DISK_FULL,
    sqlite3.SQLITE_READONLY: sentences.DISK_READ_ONLY,
    sqlite3.SQLITE_IOERR: sentences.DISK_FAILS,
}
"""SQLite holds Dagster's record of runs; SQLAlchemy wraps its errors."""
MEMORY = Path("/dev/shm")
"""A file system in memory, where Linux has one."""
ROOM_BYTES = 32 * 2**20
"""A command that only reads needs less for its temporary files."""


def disk_problem(error: BaseException) -> Problem | None:
    """Return the refusal of a disk that an error is or that caused it, else None."""
    if isinstance(error, OSError) and (code := CODES.get(error.errno or 0)):
        return code(_place(error))
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in OF_THE_DISK:
            return CODES[cause.errno](_place(cause))
        number = getattr(cause, "sqlite_errorcode", None)
        if number is not None and (code := SQLITE.get(number & 0xFF)):
            return code(reason=str(cause)) if code is sentences.DISK_FAILS else code()
    return None


def path_problem(error: BaseException) -> Problem | None:
    """Return the problem of the path that an error of the operating system names, else None."""
    if isinstance(error, ProblemError) or not (isinstance(error, OSError) and error.filename):
        return None
    reason = str(error.strerror or error).lower()
    return Code.DISK_ACCESS(
        "this path cannot be used: {reason}",
        "correct the path, or make its folder first",
        _place(error),
        reason=reason,
    )


def _place(error: OSError) -> Place:
    return Place(file=os.fsdecode(error.filename)) if error.filename else Place()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that led to it."""
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        others = (getattr(cause, "orig", None), cause.__cause__, cause.__context__)
        waiting += [other for other in others if isinstance(other, BaseException)]


def be_quiet_about_generators() -> None:
    """Print no traceback of a library's generator that goes on when it is closed.

    dagster-dbt's does, where a full disk ends the loop over it; the error of the disk itself is told.
    """

    def tell(ignored: Any) -> None:
        goes_on = isinstance(ignored.object, GeneratorType) and ignored.exc_type is RuntimeError
        if not goes_on:
            sys.__unraisablehook__(ignored)

    sys.unraisablehook = tell


def find_room() -> None:
    """Put this process's temporary files into memory where no disk has room for them."""
    with suppress(OSError):
        if shutil.disk_usage(tempfile.gettempdir()).free >= ROOM_BYTES:
            return
    with suppress(OSError):
        if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
            tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)
