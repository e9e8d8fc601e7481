"""A layout for a table, drafted from its file and the layout of the edition before, with a person's answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from living_panel.ingestion.alignment import Alignment, align, with_answers
from living_panel.ingestion.bounded import call
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.formats.answers import AnswerRequest, layout_of, written
from living_panel.ingestion.formats.layouts import (
    closed_before,
    layout_files,
    layouts_folder,
    read_layout,
)


@dataclass(frozen=True)
class Drafted:
    """A layout and what it reads from the file."""

    layout: dict[str, Any]
    read: dict[str, Any]
    aligned: Alignment | None
    is_needed: bool
    """Whether the layout has to be written: the one of the edition before does not read the table."""


def draft_tables(file: Path, source_name: str) -> list[dict[str, Any]]:
    """Return the tables of provinces of a file; see `living_panel.ingestion.formats.teach.drafts`."""
    found: list[dict[str, Any]] = call(
        "living_panel.ingestion.formats.teach:drafts",
        file.read_bytes(), file.name, [file.name, source_name],
    )  # fmt: skip
    return found


def aligned_with(draft: dict[str, Any], source_name: str, edition: int) -> Alignment | None:
    """Return the layout of the source that a table had in an earlier edition, and what differs."""
    tables = [read_layout(path) for path in layout_files(source_name)]
    return align(draft, [t for t in tables if t.layout.source == source_name], edition)


def draft_layout(
    file: Path,
    source_name: str,
    edition: int,
    draft: dict[str, Any],
    aligned: Alignment | None,
    ask: Callable[[AnswerRequest], str],
) -> Drafted:
    """Return the layout of a table, and what it reads; asks only for what neither file nor layout says.

    Raises
    ------
    ExtractionError
        If an answer contradicts the file.
    """
    if aligned and aligned.is_same and aligned.table.layout.covers(edition):
        known = aligned.table.layout.model_dump(mode="json", exclude_defaults=True)
        read = _preview(file, source_name, edition, known)
        if not read["faults"]:
            return Drafted(known, read, aligned, is_needed=False)
    if aligned:
        draft = with_answers(draft, aligned, edition)
    layout = layout_of(draft, source_name, edition, file.name, ask)
    return Drafted(layout, _preview(file, source_name, edition, layout), aligned, is_needed=True)


def _preview(file: Path, source_name: str, edition: int, layout: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = call(
        "living_panel.ingestion.formats.teach:preview",
        file.read_bytes(), file.name, [file.name, source_name, edition, layout],
    )  # fmt: skip
    return read


def write_layout(drafted: Drafted, path: Path, edition: int) -> None:
    """Write a layout, and close the one that it follows, if that is one's own."""
    write_durably(written(drafted.layout).encode(), path)
    if drafted.aligned is None or not drafted.aligned.table.layout.covers(edition):
        return
    earlier = drafted.aligned.table.path
    if earlier == path or layouts_folder().resolve() not in earlier.resolve().parents:
        return  # shipped layouts stay: one's own comes first
    content = drafted.aligned.table.layout.model_dump(mode="json", exclude_defaults=True)
    if left := closed_before(drafted.aligned.table.layout.editions, edition):
        write_durably(written(content | {"editions": left}).encode(), earlier)
