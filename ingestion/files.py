"""Files on the disk: their sha256, and writes that a power cut leaves whole."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

_BLOCK = 1024 * 1024


def sha256_of(path: Path) -> tuple[str, int]:
    """Return the hexadecimal sha256 and the size in bytes of a file, in bounded memory."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def write_durably(content: bytes, path: Path) -> None:
    """Write bytes to a temporary neighbour, flush them to the disk and rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, so that a rename survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
