"""The slope of a curve under other treatments of breaks, trends, dynamics and common shocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.robustness import treatments
from living_panel.estimation.econometrics.robustness.curve import window_words
from living_panel.estimation.econometrics.robustness.treatments import (
    TreatedSlope,
    TreatmentDesign,
    treated_slope,
)
from living_panel.estimation.panel import content_cache
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.figures import joined
from living_panel.estimation.panel.roles import Role
from living_panel.estimation.panel.sample import Estimable
from living_panel.estimation.panel.spec import Strict
from living_panel.estimation.tables.builder import REFUSED, Builder, Points
from living_panel.estimation.tables.facts import PRIMARY
from living_panel.estimation.tables.texts import NONE, interval_text, p_text
from living_panel.problems import problems_of

Series = dict[tuple[str, str], Estimable]
"""Each measure under each rule of interpolation, by (rule, measure), where it has values."""


class TreatmentMethod(Strict):
    """Estimator of one treatment, with its settings."""

    method: Literal[
        "two_way", "split_effects", "province_trends", "differences", "common_factors",
        "common_averages",
    ]  # fmt: skip
    """Estimator of the slope: two-way effects, split effects, unit trends, differences, common factors, or common
    correlated effects.
    """
    years: list[int] = []
    """Years in which every unit's effect changes, for `two_way` and `split_effects`."""
    breaks_of: list[Role] = []
    """Variables whose documented breaks split the effects of single units."""
    lag: int = Field(default=1, ge=1)
    """Length of the differences in periods, for `differences`."""
    factors: int = Field(default=1, ge=1)
    """Number of common factors, for `common_factors`."""
    starts: int = Field(default=1, ge=1)
    """Random starts of each fit, for `common_factors`; usually 3."""
    seed: int = 0
    """Seed of the random starts, for `common_factors`."""

    def design(self, y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame | None) -> TreatmentDesign:
        """Rows and regressors of this treatment; `breaks` are those of `breaks`."""
        if self.method == "differences":
            return treatments.differences(y, x, lag=self.lag)
        if self.method == "common_factors":
            how = {"factors": self.factors, "starts": self.starts, "seed": self.seed}
            return treatments.common_factors(y, x, **how)
        if self.method == "province_trends":
            return treatments.unit_trends(y, x)
        if self.method == "common_averages":
            return treatments.common_averages(y, x)
        assert breaks is not None, "effects are split at breaks"
        return treatments.split_effects(y, x, breaks)


class Treatment(TreatmentMethod):
    """One treatment with its title."""

    title: str
    """Title of the treatment in tables."""

    def breaks(self, table: Builder) -> pd.DataFrame | None:
        """Documented breaks of single units, and the years in which all of them change.

        Only for treatments that split effects; else None.
        """
        if self.method not in ("two_way", "split_effects"):
            return None
        measures = {m for v in table.spec.playing(self.breaks_of).values() for m in v.measures}
        known = table.release.series_breaks
        named = known["province_code"].fillna("") != ""
        named_breaks = known.loc[known["measure"].isin(measures) & named, ["province_code", "year"]]
        every = pd.DataFrame({"province_code": "", "year": self.years})
        return pd.concat([named_breaks, every], ignore_index=True).drop_duplicates()


class Treatments(Strict):
    """Other estimators of the slope (treatments), each with every set of columns in every window."""

    draws: int = Field(ge=99)
    """Draws of the wild cluster bootstrap; usually 999."""
    windows: list[tuple[int, int]]
    """First and last year of each window."""
    columns: dict[str, list[Role]]
    """Sets of controls, by name: variables, each by its first measure."""
    each: dict[str, Treatment]
    """Treatments, by name."""


@dataclass(frozen=True)
class CurveParts:
    """Parts that the treatments take from their curve: measures, and the test of the slope."""

    outcome: str
    focal: str
    controls: Mapping[str, str]
    seed: int
    level: float
    min_clusters: int
    min_df: int


@dataclass(frozen=True)
class _Case:
    """One treatment with one set of columns in one window."""

    model: str
    name: str
    treatment: Treatment
    y: pd.Series
    x: pd.DataFrame
    status: str


def _cases(how: Treatments, asked: CurveParts, series: Series) -> Iterator[tuple[str, _Case]]:
    """Window asked for and case; nothing is interpolated."""
    for first, last in how.windows:
        for columns, roles in how.columns.items():
            measures = [asked.outcome, asked.focal, *(asked.controls[r] for r in roles)]
            if not all(("none", m) in series for m in measures):
                continue
            frame = pd.DataFrame({m: series["none", m].frame.iloc[:, 0] for m in measures}).dropna()
            years = frame.index.get_level_values(1)
            frame = frame[(years >= first) & (years <= last)]
            status = joined(series["none", m].figures_status for m in measures)
            y, x = frame[asked.outcome], frame[measures[1:]]
            for name, treatment in how.each.items():
                model = f"treatment | {name} | {first}-{last} | {columns}"
                yield f"{first}-{last}", _Case(model, name, treatment, y, x, status)


def _designed(table: Builder, case: _Case) -> TreatmentDesign:
    if case.y.empty:
        raise NotEstimable(
            Code.TABLE_NO_VALUES(
                "no unit has a {{period}} in which all variables have values",
                "choose other years or fewer variables",
            )
        )
    return case.treatment.design(case.y, case.x, case.treatment.breaks(table))


def _content(design: TreatmentDesign) -> str:
    """Identity of the rows, values and effects of a design: a specification counts once."""
    arrays = (design.y, design.x, design.added, design.unit, design.time)
    rows, columns = list(design.y.index), list(design.x.columns)
    return content_cache.content_key(([*map(np.asarray, arrays)], rows, columns))


def _slope(design: TreatmentDesign, asked: CurveParts, draws: int) -> TreatedSlope:
    slope = treated_slope(design, draws=draws, seed=asked.seed)
    if slope.n_clusters < asked.min_clusters or slope.residual_df < asked.min_df:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "{n_clusters} units and {residual_df} residual degrees of freedom are too few: {min_clusters} "
                "and {min_df} are needed",
                "use a longer window, more units or fewer regressors",
                n_clusters=slope.n_clusters,
                residual_df=slope.residual_df,
                min_clusters=asked.min_clusters,
                min_df=asked.min_df,
            )
        )
    return slope


def treatment_points(table: Builder, how: Treatments, asked: CurveParts, series: Series) -> Points:
    """Slopes of every treatment that the data allow."""
    seen: set[str] = set()
    treated = {
        name: (treatment.model_dump_json(), treatment.breaks(table), asked)
        for name, treatment in how.each.items()
    }
    y, rows = None, ""

    def identified(case: _Case) -> tuple[str, float]:
        design = _designed(table, case)
        return _content(design), _slope(design, asked, draws=1).estimate

    for _, case in _cases(how, asked, series):
        if case.y is not y:  # the same rows serve every treatment
            y, rows = case.y, content_cache.content_key((case.y, case.x))
        content = ("treatment", treated[case.name], rows)
        try:
            design, estimate = content_cache.keep(content, partial(identified, case))
        except REFUSED:
            continue
        if design not in seen:
            seen.add(design)
            yield (case.model, asked.focal), estimate


def add_treatments(
    table: Builder, how: Treatments, asked: CurveParts, series: Series
) -> dict[str, tuple[list[str], pd.MultiIndex]]:
    """Add a grid a window: one row a treatment, three cells a set of columns.

    Returns
    -------
    dict
        Measures and rows that each estimated model uses.
    """
    used: dict[str, tuple[list[str], pd.MultiIndex]] = {}
    rows: dict[str, dict[str, list[str]]] = {}
    seen: dict[str, str] = {}
    for window, case in _cases(how, asked, series):
        cells = rows.setdefault(window, {}).setdefault(case.treatment.title, [])
        try:
            design = _designed(table, case)
            place = f"{case.treatment.title}, {window}"
            if (first := seen.setdefault(_content(design), place)) != place:
                cells += [f"as {first}", "", ""]
                continue
            slope = _slope(design, asked, how.draws)
        except REFUSED as why:
            table.refuse(case.model, problems_of(why))
            cells += [NONE, "", ""]
            continue
        low, high = slope.test.interval(1 - asked.level)
        p = slope.test.p_value()
        row = {
            "term": asked.focal, "inference": PRIMARY, "estimate": slope.estimate,
            "std_error": slope.std_error, "p_value": p,
            "p_mc_error": slope.test.p_error(), "ci_low": low, "ci_high": high,
            "n_obs": slope.n_obs, "n_clusters": slope.n_clusters,
        }  # fmt: skip
        table.estimates(case.model, [row], case.status)
        used[case.model] = [str(case.y.name), *map(str, case.x)], _rows_used(case, design)
        years = window_words(sorted(set(design.y.index.get_level_values(1))))
        table.add_numbers(case.model, {"years": years, "residual_df": slope.residual_df})
        cells += [
            f"{slope.estimate:.3f}",
            f"{interval_text(low, high)}, p {p_text(p)}",
            f"{slope.n_obs} / {slope.n_clusters}",
        ]
    header = (
        "Treatment",
        *(h for c in how.columns for h in (c, "95 % interval, p", "Obs / {units}")),
    )
    label = table.release.words(asked.outcome)
    notes = [
        f"{label} on {table.release.words(asked.focal)}, without interpolation, wild cluster bootstrap. Common "
        "factors and averages use the {units} without a missing cell; the bootstrap treats them as known. "
        "Differences over several {periods} use all pairs of {periods} at that distance, with {period} effects.",
    ]
    for window, by_cell in rows.items():
        table.grid(
            f"Other treatments, {window}",
            header,
            [(t, *c) for t, c in by_cell.items()],
            notes,
            appendix=False,
        )
    return used


def _rows_used(case: _Case, design: TreatmentDesign) -> pd.MultiIndex:
    """Unit and year of the rows behind a design; one of differences uses both ends."""
    index = design.y.index
    if case.treatment.method != "differences":
        return index
    unit, year = (index.get_level_values(i) for i in (0, 1))
    return index.union(pd.MultiIndex.from_arrays([unit, year - case.treatment.lag]))
