"""Numbers as a table prints them: p-values, estimates at the digits their errors support, sizes.

Written once, for the page and for the appendix of every kind of table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.shown import has_error, show
from living_panel.estimation.tables.facts import inference_text
from living_panel.estimation.tables.number import Number
from living_panel.estimation.tables.result import stars

NONE = "n.e."
MOST_PLACES = 4
"""Decimals of a column at most."""
NOMINAL = 0.05
_DECIMALS = re.compile(r"\d*\.(\d+)|\d+")
VANISHING = 0.0005  # would be shown as 0.000: of a variable in large units
OVERSIZED = "oversized"
OVERSIZED_NOTE = "Oversized: the true size is more than twice the nominal 5 %."

SMALLEST_BOUND = 1e-4
"""Ends of intervals below this are shown as zero."""
SMALLEST_SHOWN = 1e-10
"""Numbers below this are zero but for the rounding of the computation."""


def p_text(value: float | None, bound: str = "=") -> str:
    """p-value at three digits; `none` where there is none; a bound where a printed table ends."""
    if value is None or pd.isna(value):
        return "none"
    if bound in ("<", ">"):
        return f"{bound}{value:.2f}"
    return Number(f"{value:.3f}" if value >= 0.001 else "<0.001", value)


def tested_text(statistic: float, p_value: float | None) -> str:
    """Statistic of a test with its p-value in brackets."""
    return f"{statistic:.2f} ({p_text(p_value)})"


def digits(error: float | None) -> int:
    """Decimals that leave a standard error two significant digits: none to three, more where it would vanish."""
    if error is None or not np.isfinite(error) or error <= 0:
        return 3
    needed = int(max(0, 1 - np.floor(np.log10(error))))
    return needed if error < VANISHING else min(3, needed)


def places_beside(printed: str, error: float | None) -> int:
    """Decimals of a printed cell, which our cell follows; those that the error supports without one.

    More where our standard error would be shown as zero.
    """
    first = _DECIMALS.search(printed)  # the estimate; what stands in brackets may have more
    if first is None:
        return digits(error)
    places = len(first[1] or "")
    vanishes = error is not None and 0 < error < 0.5 * 10**-places
    return max(places, digits(error)) if vanishes else places


def places_to_show(value: float | None, places: int) -> int:
    """Decimals of a number: `places`, or those of its first significant digit where it would be shown as zero."""
    if value is None or pd.isna(value) or abs(value) < SMALLEST_SHOWN or round(value, places):
        return places
    return int(-np.floor(np.log10(abs(value))))


def column_places(needed: Iterable[int]) -> int | None:
    """Decimals of a column, equal in all its cells: the most that a number needs; None for an empty column.

    Numbers of variables in large units, which would need more than `MOST_PLACES`, have places of their own.
    """
    return max((places for places in needed if places <= MOST_PLACES), default=None)


def cell_places(needed: int, column: int | None) -> int:
    """Decimals of a cell: those of its column, or more where its number needs places of its own."""
    return needed if column is None or needed > MOST_PLACES else column


def estimate_text(
    estimate: float,
    error: float | None,
    p: float | None = None,
    legend: Mapping[str, float] = {},
    places: int | None = None,
) -> str:
    """Estimate at the digits its error supports, or at `places`, with its stars."""
    mark = "" if p is None else stars(p, legend)
    places = digits(error) if places is None else places
    text = f"{round(estimate, places) + 0.0:.{places}f}{mark}"  # no minus before a zero
    return Number(text, estimate)


def error_text(error: float | None, places: int | None = None) -> str:
    """Standard error in brackets, at the digits it supports or at `places`."""
    if error is None or pd.isna(error):
        return ""
    places = digits(error) if places is None else places
    return Number(f"({error:.{places}f})", error)


def bracket_text(shown: Mapping[str, Any], places: int | None = None) -> str:
    """What the brackets under an estimate hold: (standard error), [interval], or [p-value].

    Parameters
    ----------
    shown : mapping
        A coefficient from `living_panel.estimation.econometrics.shown.show`.
    places : int, optional
        Decimals; by default those that its precision supports.
    """
    if shown["brackets"] == "interval":
        return interval_text(shown["ci_low"], shown["ci_high"], shown["precision"], places)
    if shown["brackets"] == "p_value":
        return f"[p {p_text(shown['p_value'])}]"
    return error_text(shown["std_error"], places)


def bracket_words(primary: str, errors: str = "") -> str:
    """Sentences that say what the brackets of a table hold."""
    if has_error(primary):
        return f"In brackets: standard error, {inference_text(primary)}."
    words = f"In square brackets: 95 % interval, {inference_text(primary)}."
    if errors in ("", primary):
        return words
    return f"{words} In parentheses: standard error, {inference_text(errors)}."


def bracket_header(primary: str) -> str:
    """Head of a column of what the brackets hold."""
    return "SE" if has_error(primary) else "95 % interval"


def result_cells(row: Mapping[str, Any], legend: Mapping[str, float] = {}) -> tuple[str, str, str]:
    """Estimate with its stars, what its brackets hold, and p-value of a coefficient.

    A stored row that is not yet one from `show` is shown by its own inference.
    """
    shown = row if "brackets" in row else show([dict(row)], "", "")
    p = shown["p_value"]
    estimate = estimate_text(shown["estimate"], shown["precision"], p, legend)
    return estimate, bracket_text(shown), p_text(p)


def statistic_rows(
    asked: Iterable[str],
    estimates: Sequence[Mapping[str, Any] | None],
    places: Sequence[int | None],
) -> list[tuple[str, ...]]:
    """Rows under a coefficient: standard errors, t, p or intervals, in the order asked for.

    Parameters
    ----------
    asked : iterable of {"se", "t", "p", "interval"}
    estimates : sequence of mapping
        The coefficient as each column shows it; None without an estimate.
    places : sequence of int or None
        Decimals of each column's estimate and standard error; None for those that the error supports.
    """
    forms: dict[str, tuple[str, Callable[[Mapping[str, Any], int | None], str]]] = {
        "se": ("", bracket_text),
        "t": ("  t", lambda r, _: "" if pd.isna(r["statistic"]) else Number(f"{r['statistic']:.2f}", r["statistic"])),
        "p": ("  p", lambda r, _: p_text(r["p_value"])),
        "interval": ("  95 % interval", lambda r, _: interval_text(r["ci_low"], r["ci_high"], r["precision"])),
    }  # fmt: skip
    rows = []
    for name in asked:
        label, cell = forms[name]
        cells = ("" if r is None else cell(r, n) for r, n in zip(estimates, places, strict=True))
        rows.append((label, *cells))
    return rows


def minus(value: float, places: int = 2) -> str:
    """A number in a sentence, with a true minus sign, and none before a zero."""
    return f"{round(value, places) + 0.0:.{places}f}".replace("-", "\N{MINUS SIGN}")


def interval_text(
    low: float, high: float, error: float | None = None, places: int | None = None
) -> str:
    """Interval at `places` or at the digits of its error, three without one; nothing where there is none."""
    if pd.isna(low):
        return ""
    places = digits(error) if places is None else places
    return f"[{bound_text(low, places)}, {bound_text(high, places)}]"


def bound_text(value: float, places: int) -> str:
    """End of an interval; with its first digit where rounding would hide on which side of zero it is."""
    text = f"{value:.{places}f}"
    hides = float(text) == 0 and abs(value) >= SMALLEST_BOUND
    return f"{value:.1g}" if hides else text


def legend_text(legend: Mapping[str, float], way: str) -> str:
    """Sentence that says which inference earns which stars."""
    marks = ", ".join(f"{mark} p < {level:g}" for mark, level in legend.items())
    return f"{marks or 'No stars'}, by {inference_text(way)}."


def far_from_nominal(*rates: float | None) -> bool:
    """Whether any rate is over twice the nominal 5 %."""
    return any(rate is not None and rate > 2 * NOMINAL for rate in rates)


def rates_text(*rates: float | None) -> str:
    """Rejection rates in per cent, one a design."""
    if all(rate is None for rate in rates):
        return "not simulated"
    return " / ".join("–" if rate is None else f"{100 * rate:.0f}" for rate in rates) + " %"


def size_text(*rates: float | None) -> str:
    """True rejection rates of a nominal 5 % test, in words where one is over twice nominal."""
    shown = rates_text(*rates)
    return f"{shown}, {OVERSIZED}" if far_from_nominal(*rates) else shown


SIZE_HEADER = (
    "Test", "Statistic", "p, asymptotic", "true size of that", "p, simulated", "true size of this",
)  # fmt: skip
"""Head of a grid of tests with their size and power here; its rows are `size_row`."""
Worth = tuple[str, Sequence[float | None]]


def size_row(label: str, statistic: float, asymptotic: Worth, simulated: Worth) -> tuple[str, ...]:
    """A test's statistic with each p-value, as text, and the true sizes of that p-value."""
    worth = (cell for p, sizes in (asymptotic, simulated) for cell in (p, size_text(*sizes)))
    return (label, f"{statistic:.2f}", *worth)
