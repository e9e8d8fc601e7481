"""Filling years of a series: the rules that a spec may name, and the cells that a rule cannot fill."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import pandas as pd

Method = Literal["none", "linear", "forward"]


@dataclass(frozen=True)
class FillingRule:
    """How a year without a value gets one from the nearest years that have one.

    Attributes
    ----------
    status : str
        Name of the kind of cell, in the vocabulary of `panel.figures`.
    words : str
        How a table calls the cells.
    needs_later : bool
        Whether the rule needs a year above as well as one below.
    value : callable
        From the share of the way that the year lies from below to above, and the two values, to the
        cell's value. Without `needs_later` only the value below is given.
    """

    status: str
    words: str
    needs_later: bool
    value: Callable[..., float]


def _linear(share: float, at_low: float, at_high: float) -> float:
    return at_low * (1 - share) + at_high * share


RULES: Mapping[str, FillingRule] = {
    "linear": FillingRule("interpolated", "interpolated linearly", True, _linear),
    "forward": FillingRule(
        "carried-forward", "carried forward from the last year", False, lambda at_low: at_low
    ),
}
"""The rules by the name that a spec gives in `interpolation: {method: …}`."""

STATUSES = tuple(dict.fromkeys(rule.status for rule in RULES.values()))

NO_EARLIER, NO_LATER, BREAK = "no_earlier_value", "no_later_value", "series_break"
"""Codes of why a cell stays empty."""
REASONS = {NO_EARLIER: "no earlier value", NO_LATER: "no later value"}


class Filling(NamedTuple):
    """A series after a rule.

    `filled` has one dict a filled cell: province_code, year, value, from_years, method. `unfilled` has one a
    cell that the rule names and cannot fill: province_code, year, method, the code `reason`, break_year. The
    last is the first year after the break that prevents it (None without a break).
    """

    series: pd.Series
    filled: list[dict[str, Any]]
    unfilled: list[dict[str, Any]]


def fill_years(
    series: pd.Series,
    method: Method,
    years: Sequence[int],
    breaks: pd.DataFrame,
    neighbours: pd.Series | None = None,
) -> Filling:
    """Fill the named years in levels, from values on the same side of every break.

    Parameters
    ----------
    series : pandas.Series
        Values by (province_code, year). A year with a value does not change.
    method : str
        A name of `RULES`.
    years : sequence of int
        Years to fill; one beyond the series' last year can be carried forward to.
    breaks : pandas.DataFrame
        province_code ("" is every unit) and year, the first of a new definition.
    neighbours : pandas.Series, optional
        Series whose values are used to fill, where that is not `series` itself.

    Returns
    -------
    Filling
    """
    rule = RULES[method]
    known = (series if neighbours is None else neighbours).dropna()
    present = set(series.dropna().index)
    by_province = {p: v.droplevel("province_code") for p, v in known.groupby(level="province_code")}
    filled: list[dict[str, Any]] = []
    unfilled: list[dict[str, Any]] = []
    for province in series.index.unique("province_code"):
        values = by_province.get(province, pd.Series(dtype="float64"))
        cuts = breaks.loc[breaks["province_code"].fillna("").isin(["", province]), "year"].tolist()
        for year in years:
            if (province, year) in present:
                continue
            cell = {"province_code": province, "year": int(year), "method": method}
            value, sources, failure = _value(rule, int(year), values, cuts)
            if failure:
                unfilled.append(cell | failure)
            else:
                filled.append(cell | {"value": value, "from_years": sources})
    return Filling(_with_cells(series, filled), filled, unfilled)


def _value(
    rule: FillingRule, year: int, values: pd.Series, cuts: Sequence[int]
) -> tuple[float, list[int], dict[str, Any]]:
    """Value of a cell with the years that it is made from, or why there is none."""
    low = max((int(y) for y in values.index if y < year), default=None)
    high = min((int(y) for y in values.index if y > year), default=None)
    if low is None:
        return 0.0, [], _failure(NO_EARLIER)
    if rule.needs_later and high is None:
        return 0.0, [], _failure(NO_LATER)
    end = high if rule.needs_later and high is not None else year
    if between := [int(cut) for cut in cuts if low < cut <= end]:
        return 0.0, [], _failure(BREAK, min(between))
    if not rule.needs_later:
        return float(rule.value(values[low])), [low], {}
    share = (year - low) / (end - low)
    return float(rule.value(share, values[low], values[end])), [low, end], {}


def _failure(reason: str, break_year: int | None = None) -> dict[str, Any]:
    return {"reason": reason, "break_year": break_year}


def words_of(cell: Mapping[str, Any]) -> str:
    """Why a cell of `unfilled` stays empty."""
    if cell["reason"] == BREAK:
        return f"the series breaks in {cell['break_year']}"
    return REASONS[cell["reason"]]


def _with_cells(series: pd.Series, cells: Sequence[Mapping[str, Any]]) -> pd.Series:
    if not cells:
        return series
    out = series.copy()
    for cell in cells:
        out.loc[(cell["province_code"], cell["year"])] = cell["value"]
    return out.sort_index()
