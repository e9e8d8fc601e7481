"""The yearbook as a zip of workbooks: members read in memory, only the tables that layouts know.

Nothing is unpacked to the disk, so a member's path cannot lead anywhere; one that tries is refused
all the same, because no honest archive has it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePosixPath

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, refusal
from living_panel.ingestion.formats.grid import Grid
from living_panel.ingestion.formats.layouts import is_continued, title_of
from living_panel.ingestion.formats.office_zip import member_names
from living_panel.ingestion.formats.workbook import read_workbook

MOST_MEMBERS = 5_000
LARGEST_MEMBER = 32 * 1024 * 1024
LARGEST_TOTAL = 512 * 1024 * 1024
MOST_RATIO = 200
_SUFFIXES = {".xls", ".xlsx"}
_REMEDY = "Unpack the archive, and put each workbook that you need into landing/."


def read_archive_grids(content: bytes, file: str, titles: Collection[str]) -> list[Grid]:
    """Return the sheets of every workbook of the archive whose name is one of the titles.

    Raises
    ------
    ExtractionError
        If it is no zip, is damaged or encrypted, is a bomb, or has a member that points outside.
    """
    grids: list[Grid] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in _checked(archive, file):
                name = _name(entry)
                if title_of(PurePosixPath(name).stem.replace("_", " ")) in titles:
                    grids += _member(archive.read(entry), name, file, titles)
    except ExtractionError:
        raise
    except (
        zipfile.BadZipFile,
        RuntimeError,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise refusal(
            Code.READ_DAMAGED, file, "file", error, "a whole zip archive, not encrypted", _REMEDY
        ) from error
    return grids


def is_archive_of_workbooks(content: bytes) -> bool:
    """Whether a zip holds workbooks; a workbook of today is a zip, too, of other parts."""
    names = member_names(content)
    return "[Content_Types].xml" not in names and any(
        name.lower().endswith(tuple(_SUFFIXES)) for name in names
    )


def _checked(archive: zipfile.ZipFile, file: str) -> list[zipfile.ZipInfo]:
    """Return the workbooks of an archive after looking at every member's name and size."""
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_MEMBERS or total > LARGEST_TOTAL:
        raise refusal(
            Code.READ_LIMIT, file, "file", f"{len(entries)} members, {total} bytes unpacked",
            f"at most {MOST_MEMBERS} members and {LARGEST_TOTAL} bytes", _REMEDY,
        )  # fmt: skip
    accepted = []
    for entry in entries:
        name = _name(entry)
        path = PurePosixPath(name.replace("\\", "/"))
        link = (entry.external_attr >> 16) & 0o170000 == 0o120000
        outside = path.is_absolute() or ".." in path.parts or ":" in (*path.parts, "")[0]
        if outside or link or not path.parts:
            what = "a link" if link else "a path" if outside else "no name"
            raise refusal(
                Code.READ_ACTIVE,
                file,
                name or "a member",
                what,
                "named members inside the archive",
                _REMEDY,
            )
        if path.suffix.lower() not in _SUFFIXES or entry.is_dir():
            continue
        limit = entry.compress_size * MOST_RATIO + 2**20
        if entry.file_size > min(LARGEST_MEMBER, limit):
            raise refusal(
                Code.READ_LIMIT, file, name, f"{entry.file_size} bytes from {entry.compress_size}",
                f"a workbook of at most {LARGEST_MEMBER} bytes", _REMEDY,
            )  # fmt: skip
        accepted.append(entry)
    return accepted


def _name(entry: zipfile.ZipInfo) -> str:
    """Return a member's name; without the UTF-8 flag it is UTF-8 all the same, or GBK."""
    if entry.flag_bits & 0x800:
        return entry.filename
    for encoding in ("utf-8", "gbk"):
        try:
            return entry.filename.encode("cp437").decode(encoding)
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
    return entry.filename


def _member(content: bytes, name: str, file: str, titles: Collection[str]) -> list[Grid]:
    """Return the sheets of a workbook; refuse one that has the name of a table without its content."""
    short = PurePosixPath(name).name
    grids = read_workbook(content, file)
    texts = [text for grid in grids for row in grid.cells for text in row]
    if not any(title_of(text) in titles or is_continued(text) for text in texts):
        raise refusal(
            Code.READ_CONTRADICTION,
            file,
            name,
            "another table",
            "the table that its file name states",
            _REMEDY,
        )
    return [replace(grid, name=f"{short} {grid.name}") for grid in grids]
