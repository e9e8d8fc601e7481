"""Filling years of a series between their neighbours: the methods that a spec may name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

Method = Literal["none", "linear"]


def _linear(share: float, at_low: float, at_high: float) -> float:
    return at_low * (1 - share) + at_high * share


VALUES: Mapping[Method, Callable[[float, float, float], float]] = {"linear": _linear}
"""By method, the value where a share of the way from the year below to the year above is gone."""


def fill_between(
    series: pd.Series,
    method: Method,
    years: Sequence[int],
    breaks: pd.DataFrame,
    neighbours: pd.Series | None = None,
) -> tuple[pd.Series, list[dict[str, Any]]]:
    """Fill the named years in levels, between neighbours on one side of every break.

    `breaks` has province_code ("" is every province) and year, the first of a new definition;
    `neighbours` is the series between whose figures is filled, where that is not `series` itself.
    A year with a figure is left alone.

    Returns
    -------
    series, filled
        The filled series, and one dict a filled cell: province_code, year, value, from_years.
    """
    if not len(years):
        return series, []
    out, filled = series.copy(), []
    known = (series if neighbours is None else neighbours).dropna()
    present = series.dropna().index
    for province, values in known.groupby(level="province_code"):
        values = values.droplevel("province_code")
        cuts = breaks.loc[breaks["province_code"].fillna("").isin(["", province]), "year"].tolist()
        for year in years:
            low = max((y for y in values.index if y < year), default=None)
            high = min((y for y in values.index if y > year), default=None)
            if (province, year) in present or low is None or high is None:
                continue
            if any(low < cut <= high for cut in cuts):
                continue
            share = (year - low) / (high - low)
            value = float(VALUES[method](share, values[low], values[high]))
            out.loc[(province, year)] = value
            cell = {"province_code": province, "year": int(year), "value": value}
            filled.append(cell | {"from_years": [low, high]})
    return out.sort_index(), filled
