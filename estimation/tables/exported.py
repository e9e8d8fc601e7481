"""Write a result of the library in one of the six formats of tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.library import sentences
from living_panel.estimation.econometrics.library.compare import Comparison
from living_panel.estimation.econometrics.library.result import Result
from living_panel.estimation.tables.render import RENDERINGS
from living_panel.estimation.tables.result import Block, TableResult

FORMATS = {Path(name).suffix: name for name in RENDERINGS if name.startswith("table.")}
"""Renderings of a table's page by the ending of a file."""


def export(
    result: Result,
    path: str,
    *,
    keep: Sequence[str] | None = None,
    drop: Sequence[str] | None = None,
    digits: int | None = None,
    style: Literal["plain", "aer"] = "plain",
) -> None:
    """Write a fit, a test or a comparison to a file: .md, .tex, .html, .csv, .xlsx or .docx.

    Parameters
    ----------
    result : Result
        Of `living_panel.econometrics`.
    path : str
        File whose ending names the format.
    keep, drop : sequence of str, optional
        Terms of a comparison that are shown, in this order, or left out. Default: all terms.
    digits : int, optional
        Decimals of every number of a comparison. Default: as it prints them.
    style : {"plain", "aer"}
        `aer` has stars, and says once below the table what all columns share. Default: `plain`.

    Raises
    ------
    InvalidOption
        For another ending or style, a term that no fit has, or an option of comparisons for another result.
    """
    target = Path(path)
    check_ending(path)
    options = {"keep": keep, "drop": drop, "digits": digits}
    asked = [name for name, given in options.items() if given is not None]
    asked += ["style"] if style != "plain" else []
    is_comparison = isinstance(result, Comparison)
    if (asked and not is_comparison) or style not in ("plain", "aer"):
        given = f"{type(result).__name__}" if asked and not is_comparison else repr(style)
        raise InvalidOption(
            sentences.OPTION_WITHOUT_MEANING(option=(asked or ["style"])[0], given=given)
        )
    notes = list(result.words())
    shown = result.shown()
    if isinstance(result, Comparison):
        shown, more = result.arranged(keep, drop, digits, style)
        notes = [*more, *notes]
    target.write_bytes(rendered(_table(result, shown, notes, target.stem), path))


def check_ending(path: str) -> None:
    """Refuse a file whose ending names no format."""
    suffix = Path(path).suffix
    if suffix not in FORMATS:
        raise InvalidOption(
            Code.ARGUMENT(
                "files that end with {suffix!r} are not supported",
                "write a file that ends with {allowed}",
                suffix=suffix,
                allowed=sorted(FORMATS),
            )
        )


def rendered(table: TableResult, path: str) -> bytes:
    """Return a table in the format that the ending of a file names."""
    check_ending(path)
    made = RENDERINGS[FORMATS[Path(path).suffix]](table)
    return made if isinstance(made, bytes) else made.encode("utf-8")


def _table(result: Result, shown: pd.DataFrame, notes: Sequence[str], name: str) -> TableResult:
    rows = [
        (str(label), *map(str, cells)) for label, *cells in shown.itertuples(index=True, name=None)
    ]
    title = getattr(result, "formula", "") or "Numbers"
    block = Block(title, ("", *map(str, shown.columns)), tuple(rows), tuple(notes))
    return TableResult(name, result.title, (block,), (), "")
