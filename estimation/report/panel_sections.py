"""Sections on the figures: the panel of the release, revisions, and what they moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from estimation.audit.figures import NATIONAL
from estimation.panel.release import Release
from estimation.report.drawing import PAINT
from estimation.report.elements import e, joined
from estimation.report.gather import Comparison, Inputs, data_address
from estimation.report.panel_pictures import (
    STATUS,
    cell_kinds,
    draw_coverage,
    draw_revisions,
    draw_series,
    region_colours,
)

Each = Callable[..., Iterable[Any]]
"""A function that is called as `map` is."""
MEDIAN_LEGEND = ("muted", "bold: median of the region; log scale where the range asks for it")
RELEASE_FILES = ("panel.csv", "panel.parquet", "panel.dta", "observations.parquet", "manifest.json")
PAINTS = {paint: name for name, paint in PAINT.items()}


def panel_section(inputs: Inputs, each: Each) -> Markup:
    """What the tables draw on: coverage by kind of cell, and their series; `each` draws the measures."""
    release = inputs.release
    titles = release.indicators.set_index("measure")
    there, used = release.panel.notna().any(), {m for t in inputs.tables for m in t.spec.measures}
    held = list(there.index[there])
    measures = [m for m in held if m in used] or held
    cells = cell_kinds(release, _filled(inputs))
    covers, series = zip(*each(partial(_drawn, release, cells), measures), strict=True)
    kinds = [STATUS[k] for k in STATUS if (cells["kind"] == k).any()]
    unit = inputs.paper.sample.unit.capitalize()
    parts = [
        e.heading(f"Release {release.release_id}", "release"),
        _release_facts(inputs),
        e.heading("Which cells have a figure, and of which kind"),
        e.paragraph(f"{unit}s, top to bottom by their code, against years. Blank: no figure."),
        e.legend([(PAINTS[colour], what) for colour, what in kinds]),
        e.plots(covers),
    ]
    others = [m for m in held if m not in measures]
    for what, of in (
        ("Held too, used by no table of this page", others),
        ("Without a single figure in this release", list(there.index[~there])),
    ):
        if of:
            parts.append(e.paragraph(f"{what}: {', '.join(titles.loc[of, 'title'])}.", "note"))
    regions = [(PAINTS[colour], name) for name, colour in region_colours(release).items()]
    parts += [e.heading("The series"), e.legend([*regions, MEDIAN_LEGEND]), e.plots(series)]
    return joined(parts)


def _drawn(release: Release, cells: pd.DataFrame, measure: str) -> tuple[Markup, Markup]:
    """Coverage and series of one measure."""
    title, unit = release.indicators.set_index("measure").loc[measure, ["title", "unit"]]
    cover = e.figure(draw_coverage(release, cells, measure, title), title=title)
    return cover, e.figure(draw_series(release, measure, title, unit), unit, title=title)


def _release_facts(inputs: Inputs) -> Markup:
    folder, index = inputs.release_folder, inputs.release.panel.index
    provinces, years = (index.get_level_values(level) for level in (0, 1))
    text = (
        f"{provinces.nunique()} {inputs.paper.sample.unit}s, {years.min()} to {years.max()}, "
        f"{inputs.release.panel.shape[1]} measures."
    )
    links = [e.link(n, inputs.link(folder / n)) for n in RELEASE_FILES if (folder / n).exists()]
    return joined([e.paragraph(text), e.items(links, "take")])


def _filled(inputs: Inputs) -> list[tuple[str, str, int]]:
    """Cells that a current table interpolated."""
    samples: list[Mapping[str, Any]] = [t.manifest["sample"] for t in inputs.tables]
    records = [r for s in samples for r in (s, *(s.get("blocks") or {}).values())]
    cells = [cell for record in records for cell in record.get("filled", [])]
    return sorted({(c["measure"], c["province_code"], int(c["year"])) for c in cells})


def movement_section(inputs: Inputs) -> Markup:
    """What later editions changed, and what that did to the coefficients."""
    parts = [_revisions(inputs)]
    told = [
        c for c in inputs.comparisons if len(c.cells) or (c.drift["status"] != "unchanged").any()
    ]
    parts += [_comparison(inputs, c) for c in told]
    same = len(inputs.comparisons) - len(told)
    if same:
        parts.append(e.paragraph(f"{same} stored comparisons found nothing moved.", "note"))
    if not inputs.comparisons and inputs.revisions is not None:
        text = "No two releases have been compared yet: `make diff` compares them."
        parts.append(e.paragraph(text, "note"))
    return joined(parts)


def _revisions(inputs: Inputs) -> Markup:
    revisions = inputs.revisions
    if revisions is None:
        return Markup()
    provincial = revisions["province_code"] != NATIONAL
    revisions = revisions[provincial].dropna(subset=["relative_difference"])
    if revisions.empty:
        text = (
            "No edition in the archive prints a province's figure differently from the one before."
        )
        return Markup(e.paragraph(text, "note"))
    titles = inputs.release.indicators.set_index("measure")["title"].to_dict()
    names = ", ".join(titles.get(m, m) for m in sorted(revisions["measure"].unique()))
    count = f"{len(revisions):,} figures of provinces"
    caption = f"{names}: {count} that a later edition prints differently (marts.revisions)."
    drawn = draw_revisions(revisions, titles)
    return Markup(e.figure(drawn, caption, title="What later editions changed", wide=True))


def _comparison(inputs: Inputs, comparison: Comparison) -> Markup:
    first, *rest = comparison.manifest["sentences"]
    parts = [e.heading(comparison.title), e.paragraph(first), e.items(rest)]
    picture = comparison.folder / "drift.png"
    if picture.exists() and (comparison.drift["status"] == "moved").any():
        alt = f"{comparison.title}: largest movements by cause"
        parts.append(e.figure(e.image(data_address(picture), alt)))
    whole = e.link("The whole comparison", inputs.link(comparison.folder / "drift.md"))
    return joined([*parts, e.paragraph(whole, "note")])
