"""Safety of the zips that office programs write, before a library sees them."""

from __future__ import annotations

import io
import zipfile

from living_panel.codes import Code
from living_panel.ingestion.errors import refusal

MOST_PARTS = 2_000
MOST_RATIO = 200
_XML = (".xml", ".rels", ".vml")


def member_names(content: bytes) -> list[str]:
    """Return the names in a zip; an empty list for content that cannot be read as one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return []


def check_office_zip(
    content: bytes, file: str, *, kind: str, most_unpacked: int, remedy: str
) -> None:
    """Refuse a zip that unpacks to far more than its size, and one with macros or declared entities.

    No office program writes a document type, and XML bombs are made of them.

    Parameters
    ----------
    content
        Bytes of the zip.
    file
        Name of the file.
    kind
        What it should be, in a word: workbook or document.
    most_unpacked
        Most bytes of all parts together.
    remedy
        What the reader can do.

    Raises
    ------
    ExtractionError
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        most = min(most_unpacked, packed * MOST_RATIO + 2**20)
        if len(entries) > MOST_PARTS or unpacked > most:
            raise refusal(
                Code.READ_LIMIT, file, "file", f"{len(entries)} parts, {unpacked} bytes from {packed}",
                f"a {kind} of at most {MOST_PARTS} parts and {most_unpacked} bytes unpacked", remedy,
            )  # fmt: skip
        for entry in entries:
            if entry.filename.lower().endswith("vbaproject.bin"):
                raise refusal(
                    Code.READ_ACTIVE, file, entry.filename, "macros", f"a {kind} without macros", remedy
                )  # fmt: skip
            if entry.filename.endswith(_XML):
                part = archive.read(entry).replace(b"\0", b"")
                if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
                    raise refusal(
                        Code.READ_ACTIVE, file, entry.filename, "a document type with entities",
                        "plain XML as office programs write it", remedy,
                    )  # fmt: skip
