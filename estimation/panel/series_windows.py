"""Each series on the window its spec lists: whole, or a named refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd
from pydantic import Field, model_validator

from living_panel.codes import Code, NoFix
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.wide_panel import longest_window
from living_panel.estimation.panel import sentences
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.periods import Period, period_text, span_text
from living_panel.estimation.panel.release import Release, wide
from living_panel.estimation.panel.sample import Estimable, build_sample, newest_year, units_of
from living_panel.estimation.panel.spec import Interpolation, Sample, Strict, Units, Variable

Trend = Literal["c", "ct"]
Kernel = Literal["bartlett"]
"""Kernels of long-run variances: one, which a spec must still give."""


class SeriesWindow(Strict):
    """Years in which a measure should be complete, and the deterministic terms of the tests for these years."""

    first_year: Period
    """First period of the window."""
    last_year: Period
    """Last period of the window."""
    clip_to_newest: bool
    """Whether the window ends early if a measure ends before `last_year`."""
    trends: list[Trend] = Field(min_length=1)
    """Deterministic terms to test with: `c` a constant, `ct` a constant and a trend."""

    @model_validator(mode="after")
    def _ordered(self) -> SeriesWindow:
        if self.last_year < self.first_year:
            raise InvalidSpec(sentences.YEARS_REVERSED(first=self.first_year, last=self.last_year))
        return self


def on_own_window(
    release: Release,
    role: str,
    variable: Variable,
    windows: Mapping[str, SeriesWindow],
    provinces: Units,
) -> tuple[Estimable, SeriesWindow]:
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
    units, reasons = set(units_of(release, provinces)), []
    for measure in variable.measures:
        if measure not in windows:
            raise InvalidSpec(
                Code.SPEC_MEASURE(
                    "options.windows has no entry for variable {role!r}, measure {measure!r}",
                    "add one with first_year, last_year, clip_to_newest and trends",
                    role=role,
                    measure=measure,
                )
            )
        window = windows[measure]
        alone = {role: variable.model_copy(update={"measures": [measure]})}
        newest = newest_year(release, alone[role], units) or window.last_year
        if window.clip_to_newest and window.last_year > newest:
            window = window.model_copy(update={"last_year": newest})
        years = span_text(window.first_year, window.last_year)
        if window.last_year < window.first_year:
            reasons.append(f"{measure} ends in {period_text(newest)}, before its window begins")
            continue
        sample = Sample(
            units=provinces,
            first_year=window.first_year,
            last_year=window.last_year,
            without_years=[],
            minimum_coverage=1,
        )
        try:
            return build_sample(release, alone, sample, Interpolation(method="none")), window
        except NotEstimable as error:
            (problem,) = error.problems
            lacks = problem.fields.get(
                "passed", problem.text
            )  # of one measure, without the concept
            reasons.append(f"{lacks} on the window {years}")
    raise NotEstimable(
        Code.TABLE_NO_VALUES(
            "{concept}: {reasons}; the program never joins years across a gap",
            NoFix.NOTE,
            concept=variable.concept,
            reasons="; ".join(reasons),
        )
    )


def longest_in(release: Release, measure: str, sample: Estimable) -> str:
    """Longest gap-free window the release has for the units of a sample, in words."""
    provinces = sample.frame.index.get_level_values("province_code").unique()
    try:
        first, last = longest_window(wide(release.panel[measure])[list(provinces)])
    except Infeasible:
        return "none"
    return span_text(int(first), int(last))


def frame_of(sample: Estimable, role: str) -> pd.DataFrame:
    """Series of one role, rows = years, columns = units."""
    return wide(sample.frame[role])
