"""Write a result of the library in one of the six formats of tables."""

from __future__ import annotations

from pathlib import Path

from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.result import Result
from living_panel.estimation.tables.render import RENDERINGS
from living_panel.estimation.tables.result import Block, TableResult

FORMATS = {Path(name).suffix: name for name in RENDERINGS if name.startswith("table.")}
"""Renderings of a table's page by the ending of a file."""


def export(result: Result, path: str) -> None:
    """Write a fit, a test or a comparison to a file: .md, .tex, .html, .csv, .xlsx or .docx.

    Parameters
    ----------
    result : Result
        Of `living_panel.econometrics`.
    path : str
        File whose ending names the format.

    Raises
    ------
    InvalidOption
        For another ending.
    """
    target = Path(path)
    if target.suffix not in FORMATS:
        raise InvalidOption(codes.UNKNOWN_SUFFIX(suffix=target.suffix, allowed=sorted(FORMATS)))
    made = RENDERINGS[FORMATS[target.suffix]](_table(result, target.stem))
    target.write_bytes(made if isinstance(made, bytes) else made.encode("utf-8"))


def _table(result: Result, name: str) -> TableResult:
    shown = result.shown()
    rows = [
        (str(label), *map(str, cells)) for label, *cells in shown.itertuples(index=True, name=None)
    ]
    title = getattr(result, "formula", "") or "Numbers"
    block = Block(title, ("", *map(str, shown.columns)), tuple(rows), tuple(result.words()))
    return TableResult(name, result.title, (block,), (), "")
