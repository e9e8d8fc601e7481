"""The yearbook as a zip of workbooks: members read in memory, only the tables that layouts know.

Nothing is unpacked to the disk, so a member's path cannot lead anywhere; one that tries is refused
all the same, because no honest archive has it.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from ingestion.errors import ExtractionError, FailureCase, refusal
from ingestion.figures import Figure
from ingestion.formats.grid import Grid
from ingestion.formats.tables import layouts, matching, read_tables, title_of
from ingestion.formats.workbook import read_workbook

MOST_MEMBERS = 5_000
LARGEST_MEMBER = 32 * 1024 * 1024
LARGEST_TOTAL = 512 * 1024 * 1024
MOST_RATIO = 200
_SUFFIXES = {".xls", ".xlsx"}
_REMEDY = "Unpack the archive, and land the workbooks that are needed one by one."


def read_workbook_archive(
    content: bytes, source_name: str, file: str, edition: int
) -> tuple[list[Figure], list[FailureCase]]:
    """Read every workbook of the archive whose name or title a layout of the edition knows.

    Raises
    ------
    ExtractionError
        If it is no zip, is damaged or encrypted, is a bomb, has a member that points outside, or
        holds no known table.
    """
    known = {table.title for table in layouts(source_name, edition, file)}
    grids: list[Grid] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _checked(archive, file)
            for entry in members:
                name = _name(entry)
                if title_of(PurePosixPath(name).stem.replace("_", "")) in known:
                    grids += _member(archive, entry, name, file)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise refusal(file, "file", error, "a whole zip archive, not encrypted", _REMEDY) from error
    except ValueError as error:
        if isinstance(error, ExtractionError):
            raise
        raise refusal(file, "file", error, "a whole zip archive", _REMEDY) from error
    tables = layouts(source_name, edition, file)
    found = [grid for grid, _ in matching(grids, tables)]
    return read_tables(found, source_name, file, edition)


def _checked(archive: zipfile.ZipFile, file: str) -> list[zipfile.ZipInfo]:
    """Return the workbooks of an archive after looking at every member's name and size."""
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_MEMBERS or total > LARGEST_TOTAL:
        raise refusal(
            file, "file", f"{len(entries)} members, {total} bytes unpacked",
            f"at most {MOST_MEMBERS} members and {LARGEST_TOTAL} bytes", _REMEDY,
        )  # fmt: skip
    found = []
    for entry in entries:
        name = _name(entry)
        path = PurePosixPath(name.replace("\\", "/"))
        link = (entry.external_attr >> 16) & 0o170000 == 0o120000
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or link:
            raise refusal(
                file, name, "a link" if link else "a path", "members inside the archive", _REMEDY
            )
        if path.suffix.lower() not in _SUFFIXES or entry.is_dir():
            continue
        limit = entry.compress_size * MOST_RATIO + 2**20
        if entry.file_size > min(LARGEST_MEMBER, limit):
            raise refusal(
                file, name, f"{entry.file_size} bytes from {entry.compress_size}",
                f"a workbook of at most {LARGEST_MEMBER} bytes", _REMEDY,
            )  # fmt: skip
        found.append(entry)
    return found


def _name(entry: zipfile.ZipInfo) -> str:
    """Return a member's name; without the UTF-8 flag Chinese programs write GBK."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gbk")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return entry.filename


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, file: str) -> list[Grid]:
    short = PurePosixPath(name).name
    return [
        Grid(f"{short} {grid.name}", grid.cells, grid.headings)
        for grid in read_workbook(archive.read(entry), file)
    ]
