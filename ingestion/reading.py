"""One vintage read file by file: each by the reader of its format, every fault collected.

The frame in which a source's own readers run. Which reader fits which format is the source's
knowledge; what a row may say is the schema's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from living_panel.ingestion import codes
from living_panel.ingestion.archive import Vintage, read_archived
from living_panel.ingestion.bounded import UNBOUNDED, read_file
from living_panel.ingestion.catalog import source
from living_panel.ingestion.errors import ExtractionError, FailureCase, refusal
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.readers import read_form, readers
from living_panel.ingestion.receipts import INDEX, RECEIPT_NAME, Receipt, ReceiptFile
from living_panel.ingestion.schema import empty_rows, failures, typed


def read_vintage(vintage: Vintage) -> pd.DataFrame:
    """Return the checked rows of every standing file of a vintage; a withdrawn one has none.

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
    parts: list[pd.DataFrame] = []
    cases: list[FailureCase] = []
    for entry in receipt.standing() if vintage.state == "present" else ():
        if entry.format == INDEX:
            continue
        try:
            figures, wrong = _figures(vintage, entry)
        except ExtractionError as error:
            cases += error.cases
            continue
        cases += wrong
        parts.append(_rows(_under_one_label(figures, receipt.source), receipt, entry))
    rows = pd.concat(parts, ignore_index=True) if parts else empty_rows()
    cases += failures(rows)
    if cases:
        what = f"{receipt.source}/{receipt.edition}/{vintage.name}"
        raise ExtractionError(what, cases, _advice(vintage))
    return rows


def _figures(vintage: Vintage, entry: ReceiptFile) -> tuple[list[Figure], list[FailureCase]]:
    """Read one file by the reader of its format, in a child unless the reader bounds itself."""
    receipt, known = vintage.receipt, readers(vintage.receipt.source)
    if entry.format not in known:
        wanted = f"a format of {receipt.source}: {', '.join(sorted(known))}"
        remedy = "Correct `format` in the receipt."
        raise refusal(
            codes.UNKNOWN_FORMAT, entry.name, "receipt", entry.format, wanted, remedy, "format"
        )
    content = read_archived(vintage, entry)
    read = read_form if entry.format in UNBOUNDED else read_file
    return read(receipt.source, entry.format, content, entry.name, receipt.edition, entry.stated)


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
    """Give values of a series with several printed labels its catalog label; the note has the printed one."""
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
    """Return the extracted rows of one file's values, in the order of the file."""
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
