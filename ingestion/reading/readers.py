"""Which reader fits which format of a source. Loads no data frames: the child that reads a file needs none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple
from typing import Any

from living_panel.ingestion.errors import ExtractionError, FailureCase
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.provenance.catalog import source_module
from living_panel.ingestion.provenance.receipts import LANDING_FORM, TABLE
from living_panel.ingestion.reading.landing_form import read_landing_form

Reader = Callable[..., tuple[list[Figure], list[FailureCase]]]
"""(content, file name, edition) -> the values, and what could not be read.

Where a receipt states what its file does not print, the reader gets it as `stated` too."""


def readers(source_name: str) -> Mapping[str, Reader]:
    """Return one reader a format: those that any source has, and those of its own `reader`."""
    module = source_module(source_name, "reader")
    by_form: dict[str, Reader] = {LANDING_FORM: landing, TABLE: _printed(source_name)}
    return by_form | (module.READERS if module else {})


def landing(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    """Read the landing form; the edition does not change how it is read."""
    return read_landing_form(content, file)


def _printed(source_name: str) -> Reader:
    def read(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
        # imported here: a refresh of CSV values does not wait for parsers that it does not use
        from living_panel.ingestion.formats.printed import read_printed

        return read_printed(content, source_name, file, edition)

    return read


def read_form(
    name: str, form: str, content: bytes, file: str, edition: int, stated: dict[str, str] | None
) -> tuple[list[Figure], list[FailureCase]]:
    """Read one file of a source by the reader of its format."""
    more = {"stated": stated} if stated else {}
    return readers(name)[form](content, file, edition, **more)


def figures(
    content: bytes, name: str, form: str, file: str, edition: int, stated: dict[str, str]
) -> dict[str, Any]:
    """Return values, faults and a refusal of one file as plain lists, from a bounded child."""
    try:
        rows, faults = read_form(name, form, content, file, edition, stated)
    except ExtractionError as error:
        cases = [astuple(case) for case in error.cases]
        return {"figures": [], "faults": [], "refused": (error.what, cases)}
    return {
        "figures": [astuple(figure) for figure in rows],
        "faults": [astuple(case) for case in faults],
        "refused": None,
    }


def list_omissions(content: bytes, name: str, file: str) -> list[str] | None:
    """Return what a file of a source leaves out and its receipt states; None for another form."""
    reader = source_module(name, "reader")
    omissions: list[str] | None = reader.list_omissions(content, file) if reader else None
    return omissions
