"""One vintage read file by file: each by the reader of its format, every fault collected.

The frame in which a source's own readers run. Which reader fits which format is the source's
knowledge; what a row may say is the schema's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from ingestion.archive import LARGEST_FILE, Vintage, read_archived
from ingestion.bounded import UNBOUNDED, read_file
from ingestion.catalog import source
from ingestion.errors import ExtractionError, FailureCase
from ingestion.figures import Figure
from ingestion.landing import LARGEST_FILE as LARGEST_LANDING_FILE
from ingestion.readers import Reader
from ingestion.receipts import INDEX, LANDING_FORM, RECEIPT_NAME, Receipt, ReceiptFile
from ingestion.schema import empty_rows, failures, typed

_LARGEST = {LANDING_FORM: LARGEST_LANDING_FILE}


def read_vintage(vintage: Vintage, readers: Mapping[str, Reader]) -> pd.DataFrame:
    """Return the checked rows of every standing file of a vintage.

    Parameters
    ----------
    vintage
        An archived vintage; a withdrawn or absent one has no rows.
    readers
        One reader a format that this source is published in.

    Returns
    -------
    A frame of the extracted shape, files in the order of the receipt, rows in that of the file.

    Raises
    ------
    ExtractionError
        With every failure of every file.
    ArchiveError
        If bytes differ from the receipt.
    """
    receipt = vintage.receipt
    what = f"{receipt.source}/{receipt.edition}/{vintage.name}"
    parts: list[pd.DataFrame] = []
    cases: list[FailureCase] = []
    for entry in receipt.standing() if vintage.state == "present" else ():
        if entry.format == INDEX:
            continue
        reader = readers.get(entry.format)
        if reader is None:
            cases.append(
                FailureCase(
                    entry.name,
                    "receipt",
                    "format",
                    entry.format,
                    f"a format of {receipt.source}: {', '.join(sorted(readers))}",
                    "Correct `format` in the receipt.",
                )
            )
            continue
        content = read_archived(vintage, entry, _LARGEST.get(entry.format, LARGEST_FILE))
        try:
            if entry.format in UNBOUNDED:
                more = {"stated": entry.stated} if entry.stated else {}
                figures, wrong = reader(content, entry.name, receipt.edition, **more)
            else:
                figures, wrong = read_file(
                    receipt.source, entry.format, content, entry.name, receipt.edition, entry.stated
                )
        except ExtractionError as error:
            cases += error.cases
            continue
        cases += wrong
        parts.append(_rows(_under_one_label(figures, receipt.source), receipt, entry))
    rows = pd.concat(parts, ignore_index=True) if parts else empty_rows()
    cases += failures(rows)
    if cases:
        raise ExtractionError(what, cases, _advice(vintage))
    return rows


def _advice(vintage: Vintage) -> str:
    """Say how archived bytes are replaced; a file that is still in landing is just corrected."""
    if vintage.folder.name != vintage.name:
        return ""
    return (
        f"These bytes are archived and stay as they are. If they are wrong, withdraw them in "
        f"{vintage.folder / RECEIPT_NAME} (withdrawn: {{date: …, reason: …}}), land the corrected "
        "file with a receipt of its own, and run again."
    )


def _under_one_label(figures: list[Figure], source_name: str) -> list[Figure]:
    """Give figures of a series with several printings its catalog label, noting the printed one."""
    entry = source(source_name)
    found = []
    for figure in figures:
        label = entry.canonical(figure.indicator_label)
        if label != figure.indicator_label:
            note = f"printed as {figure.indicator_label}"
            note = f"{figure.note}; {note}" if figure.note else note
            figure = replace(figure, indicator_label=label, note=note)
        found.append(figure)
    return found


def _rows(figures: Sequence[Figure], receipt: Receipt, entry: ReceiptFile) -> pd.DataFrame:
    """Return the extracted rows of one file's figures, in the order of the file."""
    if not figures:
        return empty_rows()
    rows = pd.DataFrame([vars(figure) for figure in figures])
    rows["source"] = receipt.source
    rows["edition"] = receipt.edition
    rows["vintage"] = receipt.vintage.isoformat()
    rows["file"] = entry.name
    rows["sha256"] = entry.sha256
    rows["status"] = receipt.figures
    return typed(rows)
