"""Each series on the window its spec lists: whole, or a named refusal.

Belongs here: choosing the measure that is complete on its own window, and what time-series tables
print alike: rates and p-values in words. Not here: the tests; the common sample of several series.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from estimation.econometrics.errors import Infeasible
from estimation.econometrics.unit_roots import (
    longest_window,
)
from estimation.panel.errors import NotEstimable
from estimation.panel.release import Release, wide
from estimation.panel.sample import Estimable, build_sample
from estimation.panel.spec import Interpolation, Sample, Variable

NOMINAL = 0.05
OVERSIZED = "oversized"
OVERSIZED_NOTE = "Oversized: the true size is over twice the nominal 5 %."
Trend = Literal["c", "ct"]


class Window(BaseModel):
    """Years in which a measure is expected to be complete, and the deterministics that fit them.

    `clip_to_newest` lets a release that ends before `last_year` end the window with it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_year: int
    last_year: int
    clip_to_newest: bool
    trends: list[Trend] = Field(min_length=1)

    @model_validator(mode="after")
    def _ordered(self) -> Window:
        if self.last_year < self.first_year:
            raise ValueError(f"last_year {self.last_year} is before first_year {self.first_year}")
        return self


def on_own_window(
    release: Release,
    role: str,
    variable: Variable,
    windows: Mapping[str, Window],
    provinces: Literal["all", "paper"] | list[str],
) -> tuple[Estimable, Window]:
    """First measure of the preference list that is complete on its own window.

    Returns
    -------
    Estimable, Window
        The sample, without a gap, and the window as used (clipped where it may be).

    Raises
    ------
    NotEstimable
        When no measure is complete; says for each what is missing. A window is never closed up.
    ValueError
        For a measure without a window.
    """
    newest = int(release.panel.index.get_level_values("year").max())
    reasons = []
    for measure in variable.measures:
        if measure not in windows:
            raise ValueError(
                f"variable {role!r}: measure {measure!r} has no window. Remedy: add it to "
                "options.windows, with first_year, last_year, clip_to_newest and trends"
            )
        window = windows[measure]
        if window.clip_to_newest and window.last_year > newest:
            window = window.model_copy(update={"last_year": newest})
        years = f"{window.first_year}-{window.last_year}"
        if window.last_year < window.first_year:
            reasons.append(f"{measure} ends in {newest}, before its window begins")
            continue
        sample = Sample(
            provinces=provinces,
            first_year=window.first_year,
            last_year=window.last_year,
            without_years=[],
            minimum_coverage=1,
        )
        alone = {role: variable.model_copy(update={"measures": [measure]})}
        try:
            return build_sample(release, alone, sample, Interpolation(method="none")), window
        except NotEstimable as reason:
            text = str(reason).removeprefix(f"{variable.concept}: ")
            reasons.append(f"{text} on the window {years}")
    raise NotEstimable(f"{variable.concept}: {'; '.join(reasons)}; a gap is never closed up")


def longest_in(release: Release, measure: str, sample: Estimable) -> str:
    """Longest gap-free window the release has for the provinces of a sample, in words."""
    provinces = sample.frame.index.get_level_values("province_code").unique()
    try:
        first, last = longest_window(wide(release.panel[measure])[list(provinces)])
    except Infeasible:
        return "none"
    return f"{first}-{last}"


def frame_of(sample: Estimable, role: str) -> pd.DataFrame:
    """Series of one role, rows = years, columns = provinces."""
    return wide(sample.frame[role])


def p_text(value: float | None, bound: str = "=") -> str:
    """A p-value as printed; a bound where a table of critical values ends."""
    if value is None or pd.isna(value):
        return ""
    if bound in ("<", ">"):
        return f"{bound}{value:.2f}"
    return f"{value:.3f}" if value >= 0.001 else "<0.001"


def far_from_nominal(*rates: float | None) -> bool:
    """Whether any rate is over twice the nominal 5 %."""
    return any(rate is not None and rate > 2 * NOMINAL for rate in rates)


def size_text(*rates: float | None) -> str:
    """True rejection rates of a nominal 5 % test, in words where one is over twice nominal."""
    if all(rate is None for rate in rates):
        return "not simulated"
    shown = " / ".join("–" if rate is None else f"{100 * rate:.0f}" for rate in rates) + " %"
    return f"{shown}, {OVERSIZED}" if far_from_nominal(*rates) else shown


def statistic_rows(model: str, numbers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Long rows of named numbers and texts; an empty one is left out."""
    rows = []
    for name, value in numbers.items():
        if value is None:
            continue
        text = value if isinstance(value, str) else None
        number = None if text is not None else float(value)
        if number is not None and np.isnan(number):
            continue
        rows.append({"model": model, "name": name, "value": number, "text": text})
    return rows
