"""Rows of a paper's CSV files, read and described by the types of the classes they become.

One definition a column: the class's own. `read_rows` holds a file against it, cell by cell;
`table_schema` writes it as a Frictionless table schema, for editors.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from estimation.papers.schema import NUMBER, STATISTICS, Number

Row = TypeVar("Row")


class TranscriptionError(ValueError):
    """A file of a printed paper is missing, changed or contradicts itself."""


@dataclass(frozen=True)
class Form:
    """What a cell of one type looks like: pattern, what it is in words, and what it is read as."""

    kind: str
    pattern: str
    words: str
    read: Callable[[str], Any]


ANY = r"[\s\S]*"


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


FORMS = {
    "str": Form("string", ANY, "any text", str),
    "Named": Form("string", r"[\s\S]*\S[\s\S]*", "a text", str),
    "Statistic": Form("string", STATISTICS, "estimate, n_obs, mean, test:<label>, …", str),
    "Number | None": Form(
        "number", f"({NUMBER.pattern})?", "a number as printed, or nothing", lambda t: Number(t) if t else None
    ),
    "float | None": Form(
        "number", f"({NUMBER.pattern})?", "a number, or nothing", lambda t: float(t.replace("−", "-")) if t else None
    ),
    "int": Form("integer", r"-?\d+", "a whole number", int),
    "int | None": Form("integer", r"(-?\d+)?", "a whole number, or nothing", lambda t: int(t) if t else None),
    "bool": Form("string", ANY, "nothing for no, any text for yes", bool),
    "tuple[str, ...]": Form("string", ANY, "texts with ; between them", _parts),
}  # fmt: skip
"""By the annotation of the field."""


def columns_of(kind: type) -> dict[str, Form]:
    """Columns of a class's file, in order."""
    return {field.name: FORMS[str(field.type)] for field in fields(kind)}


def read_rows(path: Path, kind: type[Row]) -> list[Row]:
    """Rows of a file; none where it is not there.

    Raises
    ------
    TranscriptionError
        Naming file, line, column, what was expected and the remedy.
    """
    if not path.exists():
        return []
    forms = columns_of(kind)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or ()) != list(forms):
            raise TranscriptionError(
                f"{path}:1: columns {', '.join(reader.fieldnames or ()) or 'none'}. "
                f"Remedy: begin with {','.join(forms)}"
            )
        return [_row(path, reader.line_num, row, kind, forms) for row in reader]


def _row(
    path: Path, line: int, row: dict[str, str], kind: type[Row], forms: dict[str, Form]
) -> Row:
    if None in row or None in row.values():
        raise TranscriptionError(
            f"{path}:{line}: not {len(forms)} cells. Remedy: one a column; quote a text that has commas"
        )
    for name, form in forms.items():
        if not re.fullmatch(form.pattern, row[name]):
            raise TranscriptionError(
                f"{path}:{line}: {name}: {row[name]!r} is not {form.words}. Remedy: mend the cell"
            )
    return kind(**{name: form.read(row[name]) for name, form in forms.items()})


def table_schema(kind: type) -> dict[str, Any]:
    """Frictionless table schema of a class's file (https://specs.frictionlessdata.io/table-schema)."""
    return {
        "description": str(kind.__doc__).split("\n")[0],
        "missingValues": [""],
        "fields": [
            {"name": name, "type": form.kind, "description": form.words}
            | ({} if form.pattern == ANY else {"constraints": {"pattern": f"^({form.pattern})$"}})
            for name, form in columns_of(kind).items()
        ],
    }
