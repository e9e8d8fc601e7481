"""Sections on the values: the panel of the release, revisions, and their effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.artifacts.drift_words import movers
from living_panel.estimation.audit.figures import NATIONAL
from living_panel.estimation.findings.declared import Difference, Slope
from living_panel.estimation.panel.periods import period_text
from living_panel.estimation.panel.release import Release
from living_panel.estimation.report.chart_data import chart_data
from living_panel.estimation.report.elements import e, joined, sections
from living_panel.estimation.report.gather import StoredComparison, chart_files, data_address
from living_panel.estimation.report.inputs import Inputs
from living_panel.estimation.report.panel_pictures import (
    STATUS,
    cell_kinds,
    draw_coverage,
    draw_revisions,
    draw_series,
    kinds_csv,
    region_colours,
)
from living_panel.estimation.tables.texts import estimate_text, minus

RELEASE_FILES = ("panel.csv", "panel.parquet", "panel.dta", "observations.parquet", "manifest.json")


def panel_section(inputs: Inputs, *, is_drawn: bool) -> Markup:
    """Data of the tables: the release with its files, coverage by kind of cell, and their series."""
    release = sections.release(inputs.release, _size(inputs), _files(inputs))
    return Markup(release) + (_series_section(inputs) if is_drawn else Markup())


def _series_section(inputs: Inputs) -> Markup:
    """Coverage by kind of cell and the series, which have a place where units are few."""
    release = inputs.release
    titles = release.indicators.set_index("measure")
    has_values, used = (
        release.panel.notna().any(),
        {m for t in inputs.tables for m in t.spec.measures},
    )
    present = list(has_values.index[has_values])
    measures = [m for m in present if m in used] or present
    cells = cell_kinds(release, _filled(inputs))
    covers, series = zip(*(_drawn(inputs, cells, measure) for measure in measures), strict=True)
    without = (
        (
            "Also in the panel, but used by no table of this page",
            [m for m in present if m not in measures],
        ),
        ("Without any value in this release", list(has_values.index[~has_values])),
    )
    return Markup(
        sections.panel(
            inputs.paper.sample.units_words,
            inputs.paper.sample.periods_words,
            kinds=[look for k, look in STATUS.items() if (cells["kind"] == k).any()],
            covers=covers,
            regions=[(colour, name) for name, colour in region_colours(release).items()],
            series=series,
            data=chart_data(release, measures, inputs.paper.sample.periods_words),
            units=_unit_names(release),
            without=[(what, list(titles.loc[of, "title"])) for what, of in without],
        )
    )


def _drawn(inputs: Inputs, cells: pd.DataFrame, measure: str) -> tuple[Markup, Markup]:
    """Coverage and series of one measure."""
    release, unit_of_panel = inputs.release, inputs.paper.sample.unit
    title, unit = release.indicators.set_index("measure").loc[measure, ["title", "unit"]]
    units, period = inputs.paper.sample.units_words, inputs.paper.sample.periods_words
    drawn = draw_coverage(release, cells, measure, title, units, period)
    values = kinds_csv(release, cells, measure)
    cover = e.figure(drawn, title=f"{title}: kinds of cells", csv=values)
    series = e.chart(measure, draw_series(release, measure, title, unit, unit_of_panel, period))
    return cover, e.figure(series, title=f"{title}, by {unit_of_panel}")


def _unit_names(release: Release) -> list[str]:
    """Names to look a unit up by, as the page's script writes them."""
    names = release.provinces.sort_values("province_code")
    local = names["province_zh"].fillna("") if "province_zh" in names else ""
    local = local.where(local != names["province"], "") if isinstance(local, pd.Series) else local
    return list((names["province"] + " " + local).str.strip())


def _size(inputs: Inputs) -> str:
    panel = inputs.release.panel
    units, years = (panel.index.get_level_values(level) for level in (0, 1))
    span = " to ".join(dict.fromkeys(period_text(year) for year in (years.min(), years.max())))
    return (
        f"{units.nunique()} {inputs.paper.sample.units_words}, {span}, {panel.shape[1]} measures."
    )


def _files(inputs: Inputs) -> list[str]:
    """Links to the existing files of the release."""
    files = [inputs.release_folder / name for name in RELEASE_FILES]
    return [e.link(file.name, inputs.link(file)) for file in files if file.exists()]


def _filled(inputs: Inputs) -> list[tuple[str, str, int]]:
    """Cells that a current table filled."""
    samples: list[Mapping[str, Any]] = [t.manifest["sample"] for t in inputs.tables]
    records = [r for s in samples for r in (s, *(s.get("blocks") or {}).values())]
    cells = [cell for record in records for cell in record.get("filled", [])]
    return sorted({(c["measure"], c["province_code"], int(c["year"])) for c in cells})


def movement_section(inputs: Inputs) -> Markup:
    """Changes from one state to another, the main findings first; then the values that later editions changed."""
    moved = [
        c for c in inputs.comparisons if len(c.cells) or (c.drift["status"] != "unchanged").any()
    ]
    parts = [_comparison(inputs, c) for c in moved]
    same = len(inputs.comparisons) - len(moved)
    if same:
        comparisons = "1 stored comparison" if same == 1 else f"{same} stored comparisons"
        parts.append(
            e.paragraph(f"{comparisons} found no changed estimate and no changed cell.", "note")
        )
    if not inputs.comparisons and inputs.revisions is not None:
        text = (
            "No two versions of the results have been compared yet: ",
            e.code("make diff"),
            " compares them.",
        )
        parts.append(e.paragraph(joined(text), "note"))
    if revised := _revisions(inputs):
        parts += [e.heading("Values that a later edition changed"), revised]
    return joined(parts)


REVISION_COLUMNS = (
    "province_code", "year", "measure", "edition_from", "edition_to", "value_from", "value_to", "relative_difference",
)  # fmt: skip
"""Columns of the chart of revisions as CSV."""


def _revisions(inputs: Inputs) -> Markup:
    revisions = inputs.revisions
    if revisions is None:
        return Markup()
    provincial = revisions["province_code"] != NATIONAL
    revisions = revisions[provincial].dropna(subset=["relative_difference"])
    if revisions.empty:
        text = "No edition in the archive changes a value of the edition before it."
        return Markup(e.paragraph(text, "note"))
    titles = inputs.release.indicators.set_index("measure")["title"].to_dict()
    names = ", ".join(titles.get(m, m) for m in sorted(revisions["measure"].unique()))
    count = f"{len(revisions):,} values of {inputs.paper.sample.units_words}"
    caption = f"{names}: a later edition prints {count} differently."
    drawn, legend = draw_revisions(revisions, titles)
    title = "Changes in later editions, per cent, by year of the value"
    values = revisions[list(REVISION_COLUMNS)].to_csv(index=False, lineterminator="\n")
    shown = joined([e.legend(legend), drawn])
    return Markup(e.figure(shown, caption, title=title, wide=True, csv=values))


def _comparison(inputs: Inputs, told: StoredComparison) -> Markup:
    file = told.folder / "drift.png"
    shown = file.exists() and (told.drift["status"] == "moved").any()
    folder, findings = inputs.link(told.folder), _main_findings(inputs, told)
    if not shown:
        return Markup(sections.comparison(told, findings, folder))
    image, values = data_address(file.read_bytes()), movers(told.drift).to_csv(index=False)
    return Markup(sections.comparison(told, findings, folder, image, values, chart_files(file)))


def _main_findings(inputs: Inputs, told: StoredComparison) -> list[tuple[str, ...]]:
    """Rows of the numbers of the paper's findings: before, after, and the change in standard errors."""
    keys = ["table_id", "model", "term"]
    if not {*keys} <= {*told.drift}:
        return []
    by = told.drift.drop_duplicates(keys).set_index(keys)
    rows: list[tuple[str, ...]] = []
    for finding in inputs.findings:
        if not isinstance(finding.declared, Slope | Difference):
            continue
        of = finding.declared.estimate
        if (place := (of.table, of.model, of.term)) in by.index:
            rows.append((finding.claim, *_movement_cells(by.loc[place])))
    return rows


def _movement_cells(row: pd.Series) -> tuple[str, str, str]:
    """Number before and after, with its stars, and the change in words."""
    before, after = (
        "" if pd.isna(row[side]) else estimate_text(row[side], row["std_error"]) + _text(row[stars])
        for side, stars in (("old", "old_stars"), ("new", "new_stars"))
    )
    if row["status"] == "unchanged":
        return before, after, "none"
    if pd.isna(row["change"]) or not row["std_error"] > 0:
        return before, after, str(row["status"])
    return before, after, f"{minus(row['change'] / row['std_error'])} standard errors"


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
