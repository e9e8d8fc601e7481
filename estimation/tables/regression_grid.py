"""From rows of inference to the grid a reader sees: estimates, errors and p-values, column by column.

Belongs here: the layout shared by every regression table. Not here: estimating; choosing inference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from estimation.tables.result import Block, stars


@dataclass(frozen=True)
class Column:
    """One model of a regression table: its id in the long frames, header, and why it may be empty."""

    model: str
    header: str
    reason: str | None = None


@dataclass(frozen=True)
class Layout:
    """What is printed of each coefficient.

    Attributes
    ----------
    primary : str
        Way of inference whose error stands in brackets and whose p-value earns the stars.
    beside : tuple of str
        Ways whose p-values are printed under it.
    short : mapping
        How a way is called in the row labels.
    legend : mapping
        Star to level.
    """

    primary: str
    beside: tuple[str, ...]
    short: Mapping[str, str]
    legend: Mapping[str, float]


def regression_block(
    title: str,
    columns: Sequence[Column],
    terms: Mapping[str, str],
    coefficients: pd.DataFrame,
    layout: Layout,
    footer: Sequence[tuple[str, Mapping[str, str]]],
    notes: Sequence[str] = (),
    printed: Mapping[tuple[str, str], str] | None = None,
) -> Block:
    """Grid with one column a model.

    Parameters
    ----------
    terms : mapping
        Term to label, in the order of the rows.
    coefficients : pandas.DataFrame
        Long frame, `results.COEFFICIENT_COLUMNS`.
    footer : sequence of (label, {model: text})
        Rows under the rule: observations, R², effects.
    printed : mapping of (model, term) to text, optional
        What a paper printed in that place, shown under ours.
    """
    index = coefficients.set_index(["model", "term", "inference"])
    rows: list[tuple[str, ...]] = []
    rules = []
    for term, label in terms.items():
        rules.append(len(rows))
        rows += _term_rows(index, columns, term, label, layout, printed or {})
    rules.append(len(rows))
    for label, texts in footer:
        rows.append((label, *(texts.get(c.model, "") for c in columns)))
    reasons = [f"{c.header}: not estimable: {c.reason}." for c in columns if c.reason]
    header = ("", *(c.header for c in columns))
    return Block(
        title, header, tuple(rows), (*notes, *reasons, legend_note(layout)), frozenset(rules)
    )


def legend_note(layout: Layout) -> str:
    """Sentence that says which inference earns which stars."""
    marks = ", ".join(f"{mark} p < {level:g}" for mark, level in layout.legend.items())
    return f"In brackets: standard error, {layout.primary}. {marks or 'No stars'}, by {layout.primary}."


def _term_rows(
    index: pd.DataFrame,
    columns: Sequence[Column],
    term: str,
    label: str,
    layout: Layout,
    printed: Mapping[tuple[str, str], str],
) -> list[tuple[str, ...]]:
    main, errors = [label], [""]
    beside = {
        way: [f"  p, {layout.short.get(way, way)}"] for way in (layout.primary, *layout.beside)
    }
    for column in columns:
        row = _row(index, column.model, term, layout.primary)
        if row is None:
            main.append("")
            errors.append("")
        else:
            main.append(f"{row['estimate']:.3f}{stars(row['p_value'], layout.legend)}")
            errors.append(f"({row['std_error']:.3f})")
        for way, cells in beside.items():
            other = _row(index, column.model, term, way)
            cells.append("" if other is None else p_text(other["p_value"]))
    if not any(errors[1:]):
        return [tuple(_blank_unless_reason(main, columns))]
    rows = [tuple(_blank_unless_reason(main, columns)), tuple(errors)]
    rows += [tuple(cells) for cells in beside.values() if any(cells[1:])]
    theirs = [printed.get((column.model, term), "") for column in columns]
    if any(theirs):
        rows.append(("  printed", *theirs))
    return rows


def _blank_unless_reason(cells: Sequence[str], columns: Sequence[Column]) -> list[str]:
    return [
        cells[0],
        *("n.e." if c.reason else text for c, text in zip(columns, cells[1:], strict=True)),
    ]


def _row(index: pd.DataFrame, model: str, term: str, way: str) -> pd.Series | None:
    key = (model, term, way)
    return index.loc[key] if key in index.index else None


def p_text(value: float) -> str:
    """p-value at three digits; `none` where there is none."""
    if pd.isna(value):
        return "none"
    return f"{value:.3f}" if value >= 0.001 else "<0.001"
