"""Which reader fits which format of a source. Loads no data frames: the child that reads a file needs none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ingestion.catalog import source_module
from ingestion.errors import FailureCase
from ingestion.figures import Figure
from ingestion.landing import read_landing_form
from ingestion.receipts import LANDING_FORM, TABLE

Reader = Callable[..., tuple[list[Figure], list[FailureCase]]]
"""(content, file name, edition) -> the figures, and what could not be read.

Where a receipt states what its file does not print, the reader gets it as `stated` too."""


def readers(source_name: str) -> Mapping[str, Reader]:
    """Return one reader a format: those that any source has, and those of its own `reader`."""
    module = source_module(source_name, "reader")
    own = module.READERS if module else {}
    return {LANDING_FORM: landing, **printed(source_name, TABLE), **own}


def landing(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    """Read the landing form; the edition does not change how it is read."""
    return read_landing_form(content, file)


def printed(source_name: str, *forms: str) -> dict[str, Reader]:
    """Return one reader a format for tables that the layouts of a source describe."""

    def reader(form: str) -> Reader:
        def read(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
            # imported here: a refresh of CSV figures does not wait for parsers that it does not use
            from ingestion.formats.printed import read_printed

            return read_printed(content, source_name, form, file, edition)

        return read

    return {form: reader(form) for form in forms}
