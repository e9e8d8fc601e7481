"""One vintage read file by file: each by the reader of its format, every fault collected.

The frame in which a source's own readers run. Which reader fits which format is the source's
knowledge; what a row may say is the schema's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from living_panel.codes import Code
from living_panel.ingestion.bounded import UNBOUNDED, read_file
from living_panel.ingestion.errors import ExtractionError, FailureCase, refusal
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.provenance.catalog import source
from living_panel.ingestion.provenance.receipts import INDEX, RECEIPT_NAME, Receipt, ReceiptFile
from living_panel.ingestion.reading.readers import read_form, readers
from living_panel.ingestion.reading.schema import CELL, empty_rows, failures, typed
from living_panel.ingestion.storage.archive import Vintage, read_archived


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
    rows, cases = _read(vintage)
    if cases:
        raise ExtractionError(_name(vintage), cases, _advice(vintage))
    return rows


def read_good_files(vintage: Vintage) -> tuple[pd.DataFrame, list[FailureCase]]:
    """Return the rows of the files of a vintage without a fault, and the faults of the others.

    A wrong file does not hold back the good ones. Of files that contradict each other nobody knows which is
    wrong: all of them are left out. Where no file is good there is no row.

    Raises
    ------
    ArchiveError
        If bytes differ from the receipt.
    """
    rows, cases = _read(vintage)
    twice = set(rows.loc[rows.duplicated(CELL, keep=False), "file"]) if cases else set()
    bad = {case.file for case in cases}
    others = [case for case in cases if case.file in twice][:1]
    cases += [replace(case, file=file) for file in sorted(twice - bad) for case in others]
    return rows[~rows["file"].isin(bad | twice)].reset_index(drop=True) if cases else rows, cases


def _read(vintage: Vintage) -> tuple[pd.DataFrame, list[FailureCase]]:
    """Return the rows of the files without a fault of their own, and every fault.

    A fault between two files names a file that has rows; one of a file alone takes its rows out.
    """
    receipt = vintage.receipt
    parts: list[pd.DataFrame] = []
    cases: list[FailureCase] = []
    for entry in receipt.standing() if vintage.state == "present" else ():
        if entry.format == INDEX:
            continue
        try:
            values, wrong = _values(vintage, entry)
        except ExtractionError as error:
            cases += error.cases
            continue
        rows = _rows(_under_one_label(values, receipt.source), receipt, entry)
        new_cases = [*wrong, *failures(rows)]
        cases += new_cases
        if not new_cases:
            parts.append(rows)
    rows = pd.concat(parts, ignore_index=True) if parts else empty_rows()
    return rows, [*cases, *failures(rows)]


def _name(vintage: Vintage) -> str:
    receipt = vintage.receipt
    return f"{receipt.source}/{receipt.edition}/{vintage.name}"


def _values(vintage: Vintage, entry: ReceiptFile) -> tuple[list[Figure], list[FailureCase]]:
    """Read one file by the reader of its format, in a child unless the reader bounds itself."""
    receipt, known = vintage.receipt, readers(vintage.receipt.source)
    if entry.format not in known:
        wanted = f"a format of {receipt.source}: {', '.join(sorted(known))}"
        remedy = "Correct `format` in the receipt."
        raise refusal(Code.READ_FORM, entry.name, "receipt", entry.format, wanted, remedy, "format")
    content = read_archived(vintage, entry)
    read = read_form if entry.format in UNBOUNDED else read_file
    return read(receipt.source, entry.format, content, entry.name, receipt.edition, entry.stated)


def _advice(vintage: Vintage) -> str:
    """Say how archived bytes are replaced; a file that is still in landing is just corrected."""
    if vintage.folder.name != vintage.name:
        return ""
    return (
        f"The archive keeps this file unchanged. If it is wrong, withdraw it: "
        f'`make withdraw KIND=file NAME="{_name(vintage)}/<file>" REASON="…"` (which marks the file in '
        f"{vintage.folder / RECEIPT_NAME}). Put the corrected file into landing/ with its own receipt, and run again."
    )


def _under_one_label(values: list[Figure], source_name: str) -> list[Figure]:
    """Give values of a series with several printed labels its catalog label; the note has the printed one."""
    entry = source(source_name)
    result = []
    for figure in values:
        label = entry.canonical(figure.indicator_label)
        if label != figure.indicator_label:
            note = f"printed as {figure.indicator_label}"
            note = f"{figure.note}; {note}" if figure.note else note
            figure = replace(figure, indicator_label=label, note=note)
        result.append(figure)
    return result


def _rows(values: Sequence[Figure], receipt: Receipt, entry: ReceiptFile) -> pd.DataFrame:
    """Return the extracted rows of one file's values, in the order of the file."""
    if not values:
        return empty_rows()
    rows = pd.DataFrame([vars(figure) for figure in values])
    rows["source"] = receipt.source
    rows["edition"] = receipt.edition
    rows["vintage"] = receipt.vintage.isoformat()
    rows["file"] = entry.name
    rows["sha256"] = entry.sha256
    rows["status"] = receipt.figures
    return typed(rows)
