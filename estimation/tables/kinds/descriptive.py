"""Descriptive statistics of every measure that could play a role, with the printed ones (kind `descriptive`, t01)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pydantic import model_validator

from living_panel.codes import Code, NoFix
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable
from living_panel.estimation.panel.roles import Role
from living_panel.estimation.panel.sample import build_sample, grid, span
from living_panel.estimation.panel.spec import Interpolation, Sample, Strict
from living_panel.estimation.papers.printed import descriptives
from living_panel.estimation.tables.builder import Builder

STATISTICS = ("n_obs", "mean", "sd", "min", "max")
HEADER = ("Variable", "Obs", "Mean", "Std. dev.", "Min", "Max", "Min at", "Max at")
NOTE = (
    "Difference: our statistic divided by the printed statistic, minus one, in the printed unit. Each row is a "
    "series that could be the paper's variable. The list above the table names the proxies."
)
Series = dict[tuple[str, str], pd.Series]
"""Values by (role, measure)."""


class Panel(Strict):
    """Statistics over one sample."""

    id: str
    """Name of the panel in results."""
    title: str
    """Heading of the panel."""
    sample: Sample
    """Units and periods of the panel."""
    complete_cases: bool
    """Whether to use only rows on which every variable has a value."""
    roles: list[Role]
    """Variables to describe: of complete cases the chosen measures, else every measure by itself."""


class Options(Strict):
    """Options of a descriptive table."""

    panels: list[Panel]
    """Panels of the table, each on its own sample."""
    interpolation: Interpolation
    """Cells that may be filled in panels of complete cases."""
    printed_factor: dict[str, float]
    """Factor that converts a measure into the printed unit, by measure; without a factor there is no comparison."""
    page: str = ""
    """Panel on the page; by default the first one. The appendix has the others."""

    @model_validator(mode="after")
    def _page_is_there(self) -> Options:
        known = [panel.id for panel in self.panels]
        if self.page and self.page not in known:
            raise InvalidSpec(
                Code.SPEC_OPTIONS(
                    "page {page!r} is not a page of panels",
                    "write one of {known}",
                    page=self.page,
                    known=known,
                )
            )
        return self


def fill(table: Builder, options: Options) -> None:
    """Count, mean, standard deviation (divisor n - 1), extremes and where they lie."""
    printed = descriptives(table.spec.paper)
    for panel in options.panels:
        aside = panel.id != (options.page or options.panels[0].id)
        try:
            columns = _columns(table, panel, options.interpolation)
        except NotEstimable as why:
            table.refuse(panel.id, why.problems, panel.title, appendix=aside)
            continue
        rows = []
        for (role, measure), values in columns.items():
            numbers = describe(values)
            table.add_numbers(
                panel.id, {Statistic(name, measure): value for name, value in numbers.items()}
            )
            factor = options.printed_factor.get(measure)
            theirs = printed.loc[role] if factor and role in printed.index else None
            where = [f"{table.provinces[unit]} {year}" for unit, year in extremes(values).values()]
            rows += _rows(f"{role}: {measure}", numbers, where, theirs, factor or 1.0)
        table.grid(panel.title, HEADER, rows, rules=None, appendix=aside)
    if set(table.refusals) == {panel.id for panel in options.panels}:
        reasons = "; ".join(table.reasons.values())
        raise NotEstimable(
            Code.TABLE_NO_VALUES(
                "no panel of this table has values: {reasons}", NoFix.SUMMARY, reasons=reasons
            )
        )
    there = [panel for panel in options.panels if panel.id not in table.refusals]
    whole = {p.id: table.samples[p.id].record() for p in there if p.complete_cases}
    roles = table.spec.playing(there[0].roles)
    table.describe_sample({**span(grid(table.release, there[0].sample, roles)), "blocks": whole})
    table.choose(standard_deviation="divisor n-1")
    table.add_notes(NOTE)


def describe(values: pd.Series) -> dict[str, Any]:
    """Count, mean, sd (n-1), extremes and the unit-year of each extreme."""
    values = values.dropna()
    statistics = values.agg(["count", "mean", "std", "min", "max"])
    return {
        **dict(zip(STATISTICS, statistics.astype(float), strict=True)),
        **{name: f"{unit} {year}" for name, (unit, year) in extremes(values).items()},
    }


def extremes(values: pd.Series) -> dict[str, tuple[str, int]]:
    """Unit and year of the smallest and of the largest value."""
    return {"min_at": values.idxmin(), "max_at": values.idxmax()}


def _columns(table: Builder, panel: Panel, interpolation: Interpolation) -> Series:
    """Series of a panel: of complete cases, or of every measure by itself where it has values."""
    if panel.complete_cases:
        variables = table.spec.variables
        plain = {r: variables[r].model_copy(update={"log": False}) for r in panel.roles}
        sample = build_sample(table.release, plain, panel.sample, interpolation)
        table.add_sample(panel.id, sample)
        return {(r, sample.choices[r].measure): sample.frame[r] for r in panel.roles}
    columns: Series = {}
    whole = panel.sample.model_copy(update={"minimum_coverage": 0.0})
    for role in panel.roles:
        for measure, sample in table.measured(role, whole, Interpolation(method="none"), log=False):
            table.add_parts(sample)
            columns[role, measure] = sample.frame[role]
    if not columns:
        raise NotEstimable(
            Code.TABLE_NO_VALUES(
                "{title}: none of the variables has a value",
                "name measures with values in the years of the sample",
                title=panel.title,
            )
        )
    return columns


def _rows(
    label: str,
    numbers: dict[str, Any],
    where: Sequence[str],
    theirs: pd.Series | None,
    factor: float,
) -> list[tuple[str, ...]]:
    """A measure's statistics, the printed ones, and ours over them."""
    rows = [(label, *(_shown(numbers[s]) for s in STATISTICS), *where)]
    if theirs is not None:
        printed = {s: float(theirs[s]) for s in STATISTICS}
        rows.append((f"  printed {theirs.name}", *map(_shown, printed.values())))
        pairs = ((numbers[s] * factor, printed[s]) for s in STATISTICS[1:])
        gaps = (_share(ours / other - 1) if abs(other) > 0 else "" for ours, other in pairs)
        rows.append(("  ours over printed", "", *gaps))
    return rows


def _share(value: float) -> str:
    """Share in per cent with its sign, none before a zero."""
    return f"{round(value, 3) + 0.0:+.1%}" if round(value, 3) else "0.0%"


def _shown(value: float) -> str:
    if pd.isna(value):
        return ""
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}"
    return f"{value:,.2f}" if abs(value) >= 0.1 else f"{value:.5f}"  # five below a tenth
