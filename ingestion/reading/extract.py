"""From the archive to `extracted/<source>/edition=E/vintage=V/part.parquet`, whole or not at all.

Reads, checks and writes one edition. An edition that a source's catalog names and of which nothing is
archived gets an empty part, so that a reader's glob always matches.
"""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.parquet

from living_panel.ingestion.digests import sha256_of_bytes
from living_panel.ingestion.errors import FailureCase
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.provenance.catalog import names, source
from living_panel.ingestion.provenance.receipts import Receipt
from living_panel.ingestion.reading.schema import ARROW_SCHEMA, empty_rows
from living_panel.ingestion.reading.vintages import read_good_files, read_vintage
from living_panel.ingestion.storage.archive import Vintage, vintages

PART = "part.parquet"
REFUSED = "refused.json"
"""Faults of the files that a part leaves out, beside it."""
NONE = "none"


@dataclass(frozen=True)
class Part:
    """One written part: its vintage (`none` for an empty edition), path, rows and content hash."""

    vintage: str
    path: Path
    rows: int
    sha256: str
    refused: tuple[FailureCase, ...] = ()
    """Faults of files of the vintage that the part leaves out."""


def part_path(root: Path, source_name: str, edition: int, vintage: str) -> Path:
    """Return where the part of one vintage lies."""
    folder = root / "extracted" / source_name / f"edition={edition}" / f"vintage={vintage}"
    return folder / PART


def extract_edition(root: Path, source_name: str, edition: int) -> list[Part]:
    """Extract every vintage of one edition that is neither withdrawn nor absent.

    All vintages are read and checked before anything is written, so a failure leaves the edition
    as it was. A file with a fault is left out; the part names it, and a vintage without a good file has no row.
    Parts of vintages that no longer stand are removed last.

    Raises
    ------
    ArchiveError, ReceiptError
        If archived bytes or receipts are not what they should be.
    """
    frames = {
        vintage.name: read_good_files(vintage)
        for vintage in vintages(root, source_name, edition)
        if vintage.state == "present"
    }
    if not frames and edition in source(source_name).editions:
        frames[NONE] = (empty_rows(), [])
    parts = [
        replace(
            _write(part_path(root, source_name, edition, name), name, rows), refused=tuple(cases)
        )
        for name, (rows, cases) in frames.items()
    ]
    for part in parts:
        _write_refused(part)
    sweep(root, source_name, edition)
    return parts


def _write_refused(part: Part) -> None:
    """Write the faults of left-out files beside the part; a part without any has no such file."""
    path = part.path.with_name(REFUSED)
    if part.refused:
        write_durably(
            json.dumps(list(map(asdict, part.refused)), ensure_ascii=False).encode(), path
        )
    else:
        path.unlink(missing_ok=True)


def refused_files(root: Path, source_name: str = "*") -> dict[str, list[FailureCase]]:
    """Return the archived files that the parts leave out, `source/edition/vintage/file`, with their faults."""
    cases: dict[str, list[FailureCase]] = {}
    for path in sorted((root / "extracted").glob(f"{source_name}/edition=*/vintage=*/{REFUSED}")):
        vintage, edition, name = (folder.name.split("=")[-1] for folder in path.parents[:3])
        for fields in json.loads(path.read_text(encoding="utf-8")):
            case = FailureCase(**fields)
            cases.setdefault(f"{name}/{edition}/{vintage}/{case.file}", []).append(case)
    return cases


def sweep(root: Path, source_name: str = "*", edition: int | str = "*") -> list[Path]:
    """Remove the extracted parts that no archived vintage of the catalog explains; return them.

    Whatever reads `extracted/` by its pattern reads values of the archive and no others.
    """
    removed = []
    parts = f"{source_name}/edition={edition}/vintage=*/{PART}"
    for part in sorted((root / "extracted").glob(parts)):
        vintage, year, name = (folder.name.split("=")[-1] for folder in part.parents[:3])
        if vintage not in _explained(root, name, year):
            shutil.rmtree(part.parent)
            removed.append(part.parent)
    return removed


def _explained(root: Path, source_name: str, edition: str) -> set[str]:
    """Return the vintages that may be extracted: those present, or `none` where none is."""
    if source_name not in names() or edition not in map(str, source(source_name).editions):
        return set()
    archived = vintages(root, source_name, int(edition))
    return {vintage.name for vintage in archived if vintage.state == "present"} or {NONE}


def _write(path: Path, vintage: str, rows: pd.DataFrame) -> Part:
    table = pyarrow.Table.from_pandas(rows, schema=ARROW_SCHEMA, preserve_index=False)
    buffer = io.BytesIO()
    # the library's own metadata would make the bytes depend on its version
    pyarrow.parquet.write_table(
        table.replace_schema_metadata(None), buffer, compression="zstd", store_schema=False
    )
    content = buffer.getvalue()
    if not path.is_file() or path.read_bytes() != content:
        write_durably(content, path)
    return Part(vintage, path, len(rows), sha256_of_bytes(content))


def check_before_receipt(file: Path, receipt: Receipt) -> int:
    """Read a landed file as it will be read once archived; return the number of values.

    Run before the receipt is written, so that a file with a fault is mended before it counts as
    finished, and no wrong vintage has to be withdrawn.

    Raises
    ------
    ExtractionError
        With every failure.
    """
    return len(read_before_receipt(file, receipt))


def read_before_receipt(file: Path, receipt: Receipt) -> pd.DataFrame:
    """Return the rows of a landed file as they will be extracted once it is archived.

    Raises
    ------
    ExtractionError
        With every failure.
    """
    return read_vintage(Vintage(file.parent, receipt, "present"))
