"""The one rule by which a stored coefficient is shown: its inference, error, interval and p-value.

Tables, comparisons with printed numbers, the UI and SQL (`results.shown_coefficients`) use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.inference.registry import BOOTSTRAPS

WITHOUT_ERROR = BOOTSTRAPS
"""Kinds of inference without a standard error of their own: their stored one studentises a test."""
FALLBACK = "cr3"
"""Kind of inference that is shown first where a coefficient has neither of those that a table names."""
NORMAL = 1.959964
BRACKETS = ("std_error", "interval", "p_value", "")
"""What the brackets under an estimate hold: the first that its inference has; p only without an error."""


@check_arguments
def has_error(label: str) -> bool:
    """Whether an inference has a standard error that can be shown."""
    return _kind(label) not in WITHOUT_ERROR


@check_arguments
def show(rows: Sequence[Mapping[str, Any]], primary: str, errors: str) -> dict[str, Any]:
    """Return a coefficient as it is shown, from its rows by every inference.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of one coefficient, one for each inference; at least one.
    primary, errors : str
        Labels that the table names; "" for none.

    Returns
    -------
    dict
        The row of the primary inference, else of `errors`, else of a jackknife, else the first by label. Its
        `std_error` is NaN where the inference has none. `brackets` is one of `BRACKETS`. `precision` is the error
        whose digits the estimate follows: for an interval, half its length in normal units. `second_inference`
        and `second_error` are the labelled standard error of `errors` where the shown inference has none.
    """

    def rank(row: Mapping[str, Any]) -> tuple[bool, bool, bool, str]:
        label = str(row.get("inference", ""))
        return label != primary, label != errors, _kind(label) != FALLBACK, label

    row = min(rows, key=rank)
    label, stored = str(row.get("inference", "")), _number(row, "std_error")
    low, high, p = (_number(row, name) for name in ("ci_low", "ci_high", "p_value"))
    has = {
        "std_error": has_error(label) and not np.isnan(stored),
        "interval": not np.isnan(low),
        "p_value": not (has_error(label) or np.isnan(p)),
        "": True,
    }
    shown = {
        **row,
        "std_error": stored if has["std_error"] else np.nan,
        "brackets": next(name for name in BRACKETS if has[name]),
        "precision": stored,
        "second_inference": "",
        "second_error": np.nan,
    }
    if has["std_error"]:
        return shown
    if np.isfinite(high - low):
        shown["precision"] = (high - low) / (2 * NORMAL)
    if second := [r for r in rows if r.get("inference") == errors and has_error(errors)]:
        shown |= {"second_inference": errors, "second_error": _number(second[0], "std_error")}
    return shown


def _kind(label: str) -> str:
    """First word of an inference, also of one whose further parts have spaces: `cr3:jackknife:t(min G-1)`."""
    return label.split(":")[0].split("(")[0]


def _number(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return float("nan") if value is None else float(value)
