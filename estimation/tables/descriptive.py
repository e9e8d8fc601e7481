"""Descriptive statistics beside the printed ones (t01).

Belongs here: count, mean, sd, extremes and where they lie, for every measure that could play a
role, and the difference from a printed table. Not here: judging the difference (`audit`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from estimation.panel.errors import NotEstimable
from estimation.panel.figures import joined, simulated_mark, simulated_measures
from estimation.panel.release import Release
from estimation.panel.sample import build_sample, grid
from estimation.panel.spec import Interpolation, Sample, Spec
from estimation.papers.printed import descriptives
from estimation.tables.result import Block, TableResult, coefficient_frame, statistic_frame

STATISTICS = ("n_obs", "mean", "sd", "min", "max")


class _Panel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    title: str
    sample: Sample
    complete_cases: bool = Field(description="only rows on which every variable has a figure")
    roles: list[str]


class Options(BaseModel):
    """Options of a descriptive table: its panels, and how our units become the printed ones."""

    model_config = ConfigDict(extra="forbid")

    panels: list[_Panel]
    interpolation: Interpolation
    printed_factor: dict[str, float]
    page: str = ""

    @property
    def page_panel(self) -> str:
        """The panel that is read first; the others are in the appendix."""
        return self.page or self.panels[0].id


def estimate(spec: Spec, release: Release) -> TableResult:
    """Descriptive table.

    Notes
    -----
    sd is the sample standard deviation, divisor n - 1. `printed_factor` multiplies a measure to give
    the printed table's unit; a measure without one is not comparable and gets no difference.
    """
    options = Options.model_validate(spec.options)
    printed = descriptives()
    blocks, statistics, records, statuses = [], [], {}, []
    for panel in options.panels:
        try:
            columns, record, status = _columns(spec, release, panel, options.interpolation)
        except NotEstimable as reason:
            statistics.append(
                {"model": panel.id, "name": "not_estimable", "value": None, "text": str(reason)}
            )
            blocks.append(Block(panel.title, ("", "result"), (("not estimable", str(reason)),)))
            continue
        records[panel.id] = record
        statuses.append(status)
        rows = []
        for (role, measure), values in columns.items():
            numbers = describe(values)
            statistics += [
                {
                    "model": panel.id,
                    "name": f"{measure}.{name}",
                    "value": numbers[name],
                    "text": None,
                }
                for name in STATISTICS
            ]
            statistics += [
                {"model": panel.id, "name": f"{measure}.{at}", "value": None, "text": numbers[at]}
                for at in ("min_at", "max_at")
            ]
            factor = options.printed_factor.get(measure)
            rows += _rows(release, role, measure, numbers, printed, factor)
        blocks.append(replace(_block(panel, rows), appendix=panel.id != options.page_panel))
    if not records:
        raise NotEstimable("no panel of this table has figures: " + _reasons(statistics))
    status = joined(statuses)
    first = next(iter(records.values()))
    return TableResult(
        table_id=spec.table,
        title=spec.title,
        coefficients=coefficient_frame([]),
        statistics=statistic_frame(statistics),
        blocks=tuple(blocks),
        banner=_banner(spec, release, options),
        choices={"standard_deviation": "divisor n-1", "printed_factor": options.printed_factor},
        sample={**first, "panels": records},
        figures_status=status,
        notes=(
            "Difference: ours over printed, minus one, after conversion to the printed unit. Each row is "
            "a measure that could play the role; those that stand in for another concept are marked.",
        ),
    )


def describe(values: pd.Series) -> dict[str, Any]:
    """Count, mean, sd (n-1), extremes and the province-year of each extreme."""
    values = values.dropna()
    low, high = values.idxmin(), values.idxmax()
    return {
        "n_obs": float(len(values)),
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)),
        "min": float(values.min()),
        "max": float(values.max()),
        "min_at": f"{low[0]} {low[1]}",
        "max_at": f"{high[0]} {high[1]}",
    }


def _columns(
    spec: Spec, release: Release, panel: _Panel, interpolation: Interpolation
) -> tuple[dict[tuple[str, str], pd.Series], dict[str, Any], str]:
    """Series of a panel by (role, measure): of complete cases, or all that is there."""
    if panel.complete_cases:
        variables = {r: spec.variables[r].model_copy(update={"log": False}) for r in panel.roles}
        sample = build_sample(release, variables, panel.sample, interpolation)
        columns = {(role, sample.choices[role].measure): sample.frame[role] for role in panel.roles}
        return columns, sample.record(), sample.figures_status
    cells = grid(release, panel.sample)
    columns, stands_in = {}, []
    for role in panel.roles:
        for measure in spec.variables[role].measures:
            values = release.panel[measure].reindex(cells)
            if values.notna().any():
                columns[role, measure] = values
                stands_in += [measure] if measure in spec.variables[role].stands_in else []
    if not columns:
        raise NotEstimable(f"{panel.title}: no variable has a figure")
    years = cells.get_level_values("year")
    record = {
        "n_obs": len(cells),
        "n_provinces": int(cells.get_level_values("province_code").nunique()),
        "first_year": int(years.min()),
        "last_year": int(years.max()),
        "measures": [m for _, m in columns],
        "stands_in": stands_in,
        "dropped": [],
        "filled": [],
    }
    simulated = simulated_measures(release, [m for _, m in columns], cells)
    kinds = {"simulated": simulated, "stand-in": stands_in}
    return columns, record, joined(kind for kind, there in kinds.items() if there)


def _rows(
    release: Release,
    role: str,
    measure: str,
    numbers: Mapping[str, Any],
    printed: pd.DataFrame,
    factor: float | None,
) -> list[tuple[str, ...]]:
    names = dict(
        zip(release.provinces["province_code"], release.provinces["province"], strict=True)
    )
    ours = tuple(_shown(numbers[s]) for s in STATISTICS)
    where = tuple(f"{names[p]} {y}" for p, y in (numbers[a].split() for a in ("min_at", "max_at")))
    rows = [(f"{role}: {measure}", *ours, *where)]
    if factor is not None and role in printed.index:
        them = printed.loc[role]
        rows.append((f"  printed {role}", *(_shown(float(them[s])) for s in STATISTICS), "", ""))
        gaps = tuple(
            "" if s == "n_obs" else f"{numbers[s] * factor / float(them[s]) - 1:+.1%}"
            for s in STATISTICS
        )
        rows.append(("  ours over printed", *gaps, "", ""))
    return rows


def _block(panel: _Panel, rows: list[tuple[str, ...]]) -> Block:
    header = ("Variable", "Obs", "Mean", "Std. dev.", "Min", "Max", "Min at", "Max at")
    rules = frozenset(i for i, row in enumerate(rows) if not row[0].startswith(" "))
    return Block(panel.title, header, tuple(rows), (), rules)


def _banner(spec: Spec, release: Release, options: Options) -> tuple[str, ...]:
    measures = {
        m for panel in options.panels for r in panel.roles for m in spec.variables[r].measures
    }
    if mark := simulated_mark(release, measures):
        return (mark,)
    pairs = {
        (measure, spec.variables[role].concept)
        for panel in options.panels
        for role in panel.roles
        for measure in spec.variables[role].stands_in
    }
    lines = ["Official figures, as published; nothing is interpolated."]
    lines += [f"Stand-in: {measure} for {concept}." for measure, concept in sorted(pairs)]
    low = release.observations
    low = low[low["quality"] == "low"].groupby("measure").size()
    if len(low):
        lines.append(
            "Low-quality cells in the release: "
            + ", ".join(f"{m} {n}" for m, n in low.items())
            + "."
        )
    return tuple(lines)


def _shown(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}"
    return f"{value:,.2f}" if abs(value) >= 0.1 else f"{value:.5f}"  # five below a tenth


def _reasons(statistics: list[dict[str, Any]]) -> str:
    return "; ".join(str(s["text"]) for s in statistics if s["name"] == "not_estimable")
