"""A printed figure, and how figures of any form become rows of the extracted shape.

The common end of every reader: it knows no form and no source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ingestion.receipts import Receipt, ReceiptFile
from ingestion.schema import empty_rows, typed


@dataclass(frozen=True)
class Figure:
    """One figure as a source prints it, before it gets source, edition and vintage.

    `value` is None where the source prints that there is none; `location` is the place in the
    file, such as "row 17" or "sheet 1 cell C5".
    """

    location: str
    indicator_label: str
    unit: str
    province_label: str
    province_code: str
    year: int
    value_printed: str
    value: float | None
    quality: str = "high"
    compiled_from: str = ""
    note: str = ""


def rows_of(figures: Sequence[Figure], receipt: Receipt, entry: ReceiptFile) -> pd.DataFrame:
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
