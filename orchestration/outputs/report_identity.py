"""Identity of a page: of what it was made from. Loads nothing that makes pages."""

from __future__ import annotations

from pathlib import Path

from living_panel.estimation.panel.canonical import document_hash
from living_panel.orchestration.root.settings import REPOSITORY


def page_identity(inputs: str, label: str, on_panel: bool) -> str:
    """Identity of a page; one on data of a paper's own does not change with the warehouse."""
    return document_hash([inputs, label if on_panel else ""])[:16]


def is_made(path: Path, identity: str) -> bool:
    """Whether a page of this identity is there."""
    mark = f'content="living-panel {identity}"'
    return path.is_file() and mark in path.read_text(encoding="utf-8")[:2000]


def looks() -> list[str]:
    """Templates, styles and scripts of the pages."""
    place = REPOSITORY / "estimation" / "report"
    files = [path for end in ("j2", "css", "js") for path in sorted(place.glob(f"*.{end}"))]
    return [path.read_text(encoding="utf-8") for path in files]
