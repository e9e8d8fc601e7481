"""The page of every problem's code, its text and its fix: docs/errors.md."""

from __future__ import annotations

from importlib import import_module
from itertools import groupby
from pathlib import Path

from living_panel.orchestration.root.settings import REPOSITORY
from living_panel.problems import NO_FIX, REGISTRY, ProblemCode

ERRORS = REPOSITORY / "docs" / "errors.md"
PACKAGES = ("ingestion", "estimation", "orchestration")
REASONS = "\n".join(f"- *{reason}*: {words}" for reason, words in NO_FIX.items())
HEAD = f"""# Codes of problems

`make docs` writes this page from the modules named `codes.py`. Every error, warning and finding carries a code,
a place, fields and a fix. Fields are in braces here. A code keeps its meaning for ever.
Number 000 of an area stands for texts that have no code of their own yet.

A code without a fix has the reason in that column:

{REASONS}
"""


def register_all() -> None:
    """Import every module that registers codes."""
    for package in PACKAGES:
        for path in sorted((REPOSITORY / package).rglob("codes.py")):
            inside = path.relative_to(REPOSITORY).with_suffix("")
            import_module(".".join(("living_panel", *inside.parts)))


def errors_page() -> str:
    """Return the page in Markdown, one table for each area."""
    register_all()
    parts = [HEAD]
    listed = sorted(REGISTRY.values(), key=lambda code: code.name)
    for area, members in groupby(listed, key=lambda code: code.name.rpartition("-")[0]):
        rows = [_row(code) for code in members]
        parts.append(
            "\n".join([f"## {area}\n", "| code | problem | fix |", "|---|---|---|", *rows, ""])
        )
    return "\n".join(parts)


def write_errors() -> Path:
    """Write docs/errors.md and return its path."""
    ERRORS.write_text(errors_page(), encoding="utf-8")
    return ERRORS


def _row(code: ProblemCode) -> str:
    fix = f"*{code.no_fix}*" if code.no_fix else _cell(code.fix)
    cells = (f"`{code.name}`", _cell(code.text), fix)
    return f"| {' | '.join(cells)} |"


def _cell(template: str) -> str:
    """Return a template as one line of Markdown, in which nothing is markup."""
    return " ".join(template.split()).replace("|", "\\|").replace("<", "&lt;")
