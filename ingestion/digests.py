"""SHA-256 of bytes and of files: the one module that computes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_BLOCK = 1024 * 1024


def sha256_of_bytes(content: bytes) -> str:
    """Return the hexadecimal sha256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_parts(parts: Iterable[bytes]) -> str:
    """Return the hexadecimal sha256 of bytes that come in parts, which are not held together."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def listed_with_sha256(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    """Return name and sha256 of files, as the manifest of a folder lists them."""
    return [{"name": n, "sha256": sha256_of_bytes(files[n])} for n in sorted(files)]


def sha256_of(path: Path) -> tuple[str, int]:
    """Return the hexadecimal sha256 and the size in bytes of a file, in bounded memory."""
    sizes: list[int] = []
    return sha256_of_parts(_blocks(path, sizes)), sum(sizes)


def _blocks(path: Path, sizes: list[int]) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            sizes.append(len(block))
            yield block
