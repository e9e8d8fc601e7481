"""CSV files of a package, in which a spreadsheet finds no formula."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd

HARMLESS = re.compile(r"[-+][\d.,]*([ ;].*)?", re.DOTALL)
"""Text that begins like a number, as "-3.9 (0.01)" or "-1 to 2": no spreadsheet reads it as a formula."""
CALL = re.compile(r"[|!=]|\w\(")
"""What a formula has that calls a function, another program or another sheet."""


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table as a CSV file without formulas."""
    return without_formulas(frame.to_csv(index=False, lineterminator="\n").encode())


def without_formulas(content: bytes) -> bytes:
    """Return a CSV file in which each cell that a spreadsheet would calculate begins with an apostrophe."""
    rows = [*csv.reader(io.StringIO(content.decode(), newline=""))]
    safe = [[f"'{cell}" if is_formula(cell) else cell for cell in row] for row in rows]
    if safe == rows:
        return content
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(safe)
    return file.getvalue().encode()


def is_formula(cell: str) -> bool:
    """Return whether a spreadsheet may calculate a cell; a number is none."""
    if cell[:1] not in ("+", "-"):
        return cell.startswith(("=", "@", "\t", "\r"))
    try:
        float(cell)
    except ValueError:
        return not HARMLESS.fullmatch(cell) or bool(CALL.search(cell))
    return False
