"""Figures as bytes, and the picture two kinds share: PNG without a date or a program's name.

Equal numbers give equal files.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from estimation.tables.result import Picture

DPI = 120


def picture(name: str, alt: str, figure: Figure) -> Picture:
    """Picture of a table: file stem, alternative text, the figure's PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return Picture(name, alt, buffer.getvalue())


def influence_axes(
    axes: Axes, full: pd.Series, without: pd.DataFrame, names: Mapping[str, str]
) -> None:
    """Estimates without each province, sorted, with the estimate of all; intervals of 1.96 errors."""
    ordered = without.sort_values("estimate")
    at = np.arange(len(ordered))
    axes.errorbar(
        ordered["estimate"], at, xerr=1.96 * ordered["std_error"], fmt="o", markersize=3,
        color="C0", ecolor="0.8", elinewidth=1,
    )  # fmt: skip
    axes.axvline(0, color="k", linewidth=0.6)
    axes.axvline(full["estimate"], color="C1", linewidth=0.8, label="all provinces")
    axes.set_yticks(at, [names[c] for c in ordered["left_out"]], fontsize=6)
    axes.legend(fontsize=7, frameon=False)
