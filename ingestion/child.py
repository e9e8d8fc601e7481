"""What a bounded child process does with one file: its source's reader, and plain lists for the parent."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from ingestion.catalog import source_module
from ingestion.errors import ExtractionError
from ingestion.readers import readers


def figures(
    content: bytes, source: str, form: str, file: str, edition: int, stated: dict[str, str]
) -> dict[str, Any]:
    """Return figures, faults and a refusal of one file as plain lists, for the way to the parent."""
    reader = readers(source)[form]
    more = {"stated": stated} if stated else {}
    try:
        found, faults = reader(content, file, edition, **more)
    except ExtractionError as error:
        cases = [astuple(case) for case in error.cases]
        return {"figures": [], "faults": [], "refused": (error.what, cases)}
    return {
        "figures": [astuple(figure) for figure in found],
        "faults": [astuple(case) for case in faults],
        "refused": None,
    }


def not_said(content: bytes, source: str, file: str) -> list[str] | None:
    """Return what a file of a source leaves out and its receipt states; None for no such form."""
    reader = source_module(source, "reader")
    said: list[str] | None = reader.not_said(content, file) if reader else None
    return said
