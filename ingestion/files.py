"""Files on the disk: writes that a power cut leaves whole, and locks."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

Content = bytes | Callable[[Path], object]
"""Content of a file: its bytes, or a function that writes them to a path."""


def write_durably(content: bytes, path: Path) -> None:
    """Write bytes to a temporary neighbour, flush them to the disk and rename it into place.

    The name of the neighbour contains this process, so that an abandoned one is recognised.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        _write_flushed(content, temporary)
        temporary.replace(path)
        sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_folder(target: Path, files: Mapping[str, Content]) -> None:
    """Write files into a temporary neighbour, flush them to the disk, and rename it into place.

    A name may hold folders (`report/index.html`). Files are written in their order: a function finds those before
    its own in the same folder.

    The name of the neighbour contains this process, so that an abandoned one is recognised. Its mode follows the
    umask, as that of its files does.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".writing-{os.getpid()}-{secrets.token_hex(4)}"
    temporary.mkdir()
    try:
        for name, content in files.items():
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(temporary / name)
                sync(temporary / name)
            else:
                _write_flushed(content, temporary / name)
        try:
            temporary.rename(target)
        except OSError:
            if not target.exists():  # somebody else finished the same content first: it is the same
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def swap_link(link: Path, target: str) -> None:
    """Point a symbolic link elsewhere in one step: a reader meets the old one or the new one."""
    temporary = link.with_name(f".{link.name}.next")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)


@contextmanager
def hold_lock(path: Path, seconds: float, busy: Exception) -> Iterator[None]:
    """Hold a lock file; where somebody else holds it for that long, raise `busy`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        raise busy from None
    try:
        yield
    finally:
        lock.release()


def sync(path: Path) -> None:
    """Flush a file that somebody else wrote, or a folder's entries, so that it survives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_flushed(content: bytes, path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
