"""Frames and lists as Markdown for the UI."""

from collections.abc import Iterable

import pandas as pd

from living_panel.estimation.tables.render import escape_markdown


def markdown(table: pd.DataFrame) -> str:
    """A frame for the UI: what a file or a receipt says is text there, never markup."""
    shown = table.map(lambda cell: "" if pd.isna(cell) else escape_markdown(str(cell)))
    return shown.to_markdown(index=False)


def listed(lines: Iterable[str]) -> str:
    """Return lines as a list for the UI; what a file is called is text there, never markup."""
    return "\n".join(f"- {escape_markdown(line)}" for line in lines)
