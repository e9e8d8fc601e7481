"""Axes of the report's plots, whose ticks are those of matplotlib, as in the figures of tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator
from numpy.typing import ArrayLike

from living_panel.estimation.econometrics.drawing import MARGIN, Axis, tick_label


def scale_axis(
    values: ArrayLike,
    most: int,
    label: Callable[[float], str] = tick_label,
    *,
    is_logarithmic: bool = False,
    has_grid: bool = False,
    is_whole: bool = False,
    margin: float = MARGIN,
) -> Axis:
    """Axis around the finite values, with at most `most` intervals between its ticks.

    `margin` at both ends is a part of the axis. Ticks stand at whole numbers if `is_whole`.
    """
    numbers = np.asarray(values, dtype="float64")
    numbers = numbers[np.isfinite(numbers)]
    numbers = np.log10(numbers) if is_logarithmic else numbers
    low, high = numbers.min(), numbers.max()
    space = margin * ((high - low) or abs(high) or 1)
    low, high = low - space, high + space
    low, high = (10**low, 10**high) if is_logarithmic else (low, high)
    locator = LogLocator(numticks=most) if is_logarithmic else MaxNLocator(most, integer=is_whole)
    ticks = [float(tick) for tick in locator.tick_values(low, high) if low <= tick <= high]
    return Axis(low, high, ticks, [*map(label, ticks)], is_logarithmic, has_grid)
