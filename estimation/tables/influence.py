"""Influence of each unit: estimates without it, as rows, named numbers and a figure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.tables.builder import Builder
from living_panel.estimation.tables.texts import p_text


def split(out: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """The estimate of all units and those without each, of `leave_one_unit_out`."""
    return out[out["left_out"] == ""].iloc[0], out[out["left_out"] != ""]


def cells(row: pd.Series) -> tuple[str, ...]:
    """Estimate, error, p-value and change of one row of `leave_one_unit_out`."""
    change = "" if row["left_out"] == "" else f"{row['change']:+.2f}"
    return (f"{row['estimate']:.3f}", f"({row['std_error']:.3f})", p_text(row["p_value"]), change)


def say_without(table: Builder, model: str, without: pd.DataFrame) -> None:
    """Named numbers of the estimates without each unit."""
    for _, row in without.iterrows():
        names = ("estimate", "std_error", "p_value")
        table.add_numbers(
            model, {Statistic(f"{n}_without_unit", row["left_out"]): row[n] for n in names}
        )


def draw(axes: Axes, full: pd.Series, without: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Estimates without each unit, sorted, with the estimate of all; intervals of 1.96 errors."""
    ordered = without.sort_values("estimate")
    reach = 1.96 * ordered["std_error"]
    intervals(axes, ordered["estimate"], reach, [names[c] for c in ordered["left_out"]])
    axes.axvline(full["estimate"], color="C1", linewidth=0.8, label="full sample")
    axes.legend(fontsize=7, frameon=False, loc="lower right")  # below, all is further left


def intervals(
    axes: Axes, estimates: pd.Series, reach: pd.Series | np.ndarray, labels: list[str]
) -> None:
    """Draw estimates with their intervals, one a line, from below.

    `reach` is how far an interval goes on both sides, or two rows, below and above.
    """
    at = np.arange(len(labels))
    axes.errorbar(
        estimates, at, xerr=reach, fmt="o", markersize=3, color="C0", ecolor="0.8", elinewidth=1
    )
    axes.axvline(0, color="k", linewidth=0.6)
    axes.set_yticks(at, labels, fontsize=7)
    axes.locator_params(axis="x", nbins=6)
