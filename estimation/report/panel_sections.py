"""Sections on the figures: the panel of the release, revisions, and what they moved."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pandas as pd

from estimation.report import elements as e
from estimation.report.drawing import PAINT
from estimation.report.gather import Comparison, Inputs
from estimation.report.panel_pictures import (
    STATUS,
    cell_kinds,
    draw_coverage,
    draw_revisions,
    draw_series,
    region_colours,
    tiles,
)

MEDIAN_LEGEND = ("muted", "bold: median of the region; log scale where the range asks for it")


def panel_section(inputs: Inputs) -> str:
    """What the tables draw on: coverage by kind of cell, their series, provinces at their places."""
    release = inputs.release
    titles = release.indicators.set_index("measure")
    held = [m for m in release.panel.columns if release.panel[m].notna().any()]
    empty = [m for m in release.panel.columns if m not in held]
    used = _used(inputs)
    measures = [m for m in held if m in used] or held
    others = [m for m in held if m not in measures]
    cells = cell_kinds(release, _filled(inputs))
    kinds = [k for k in STATUS if (cells["kind"] == k).any()]
    colours = {
        "official": "one",
        "derived": "three",
        "low": "two",
        "interpolated": "five",
        "simulated": "four",
    }
    paints = {paint: name for name, paint in PAINT.items()}
    words = {m: (str(titles.loc[m, "title"]), str(titles.loc[m, "unit"])) for m in measures}
    covered = "".join(
        e.figure(draw_coverage(release, cells, m, title), title=title)
        for m, (title, _) in words.items()
    )
    drawn = "".join(
        e.figure(draw_series(release, m, title, unit), unit, title=title)
        for m, (title, unit) in words.items()
    )
    parts = [
        f'<h3 id="release">Release {e.escape(release.release_id)}</h3>',
        _release_facts(inputs),
        "<h3>Which cells have a figure, and of which kind</h3>",
        e.paragraph(
            f"{inputs.paper.sample.unit.capitalize()}s, top to bottom by their code, against years. Blank: no figure."
        ),
        e.legend([(colours[k], STATUS[k][1]) for k in kinds]),
        f'<div class="plots">{covered}</div>',
    ]
    if others:
        names = ", ".join(str(titles.loc[m, "title"]) for m in others)
        parts.append(e.paragraph(f"Held too, used by no table of this page: {names}.", "note"))
    if empty:
        names = ", ".join(str(titles.loc[m, "title"]) for m in empty)
        parts.append(e.paragraph(f"Without a single figure in this release: {names}.", "note"))
    parts += [
        "<h3>The series</h3>",
        e.legend([*((paints[c], r) for r, c in region_colours(release).items()), MEDIAN_LEGEND]),
        f'<div class="plots">{drawn}</div>',
        _tile_grid(inputs),
    ]  # fmt: skip
    return "".join(parts)


def _release_facts(inputs: Inputs) -> str:
    folder = inputs.release_folder
    names = ("panel.csv", "panel.parquet", "panel.dta", "observations.parquet", "manifest.json")
    links = "".join(
        f'<li><a href="{e.escape(inputs.link(folder / n))}">{n}</a></li>'
        for n in names
        if (folder / n).exists()
    )
    years = inputs.release.panel.index.get_level_values("year")
    provinces = inputs.release.panel.index.get_level_values("province_code").nunique()
    units, measures = inputs.paper.sample.unit, inputs.release.panel.shape[1]
    text = f"{provinces} {units}s, {years.min()} to {years.max()}, {measures} measures."
    return e.paragraph(text) + f'<ul class="take">{links}</ul>'


def _used(inputs: Inputs) -> set[str]:
    """Measures that the spec of a current table names."""
    said = [v for t in inputs.tables for v in t.manifest["spec"]["variables"].values()]
    return {m for v in said for m in (*v["measures"], v["per"], v["deflate_by"]) if m}


def _filled(inputs: Inputs) -> list[tuple[str, str, int]]:
    """Cells that a current table interpolated."""
    samples: list[Mapping[str, Any]] = [t.manifest["sample"] for t in inputs.tables]
    records = [r for s in samples for r in (s, *(s.get("blocks") or {}).values())]
    cells = [cell for record in records for cell in record.get("filled", [])]
    return sorted({(c["measure"], c["province_code"], int(c["year"])) for c in cells})


def _tile_grid(inputs: Inputs) -> str:
    for top, bottom in (("exports_cny_100m", "fdi_cny_100m"), ("trade_cny_100m", "fdi_cny_100m")):
        if {top, bottom} <= set(inputs.release.panel.columns):
            year, provinces = tiles(inputs.release, top, bottom)
            if year is not None:
                break
    else:
        return ""
    titles = inputs.release.indicators.set_index("measure")["title"]
    what = f"{titles[top]} over {str(titles[bottom])[0].lower() + str(titles[bottom])[1:]}, {year}"
    items = []
    for tile in provinces:
        value = tile["value"]
        text = (
            "–"
            if value is None
            else (f"{value:.0f}" if float(str(value)) >= 10 else f"{value:.1f}")
        )
        style = f"grid-row:{tile['row']};grid-column:{tile['column']};--shade:{tile['shade']:.3f}"
        shown = e.number(text, "#release")
        items.append(
            f'<li style="{style}" title="{e.escape(tile["name"])}"><b>{tile["letters"]}</b>{shown}</li>'
        )
    caption = "Each province at its place; darker is more, on a log scale. – no figure."
    return (
        f"<h3>{e.escape(what)}</h3>"
        f'<ul class="tiles" aria-label="{e.escape(what)}">{"".join(items)}</ul>'
        + e.paragraph(caption, "note")
    )


def movement_section(inputs: Inputs) -> str:
    """What later editions changed, and what that did to the coefficients."""
    titles = inputs.release.indicators.set_index("measure")["title"].to_dict()
    parts = []
    if inputs.revisions is not None and len(inputs.revisions):
        parts.append(
            e.figure(
                draw_revisions(inputs.revisions, titles),
                _revised(inputs.revisions, titles),
                title="What later editions changed",
                wide=True,
            )
        )
    elif inputs.revisions is not None:
        parts.append(
            e.paragraph(
                "No edition in the archive prints a figure differently from the one before.", "note"
            )
        )
    else:
        parts.append(
            e.paragraph("The published warehouse was not at hand: revisions are not drawn.", "note")
        )
    told = [
        c for c in inputs.comparisons if len(c.cells) or (c.drift["status"] != "unchanged").any()
    ]
    parts += [_comparison(inputs, c) for c in told]
    same = len(inputs.comparisons) - len(told)
    if same:
        parts.append(e.paragraph(f"{same} stored comparisons found nothing moved.", "note"))
    if not inputs.comparisons:
        parts.append(
            e.paragraph(
                "No two releases have been compared yet: `make diff` compares them.", "note"
            )
        )
    return "".join(parts)


def _revised(revisions: pd.DataFrame, titles: Mapping[str, str]) -> str:
    names = ", ".join(titles.get(m, m) for m in sorted(revisions["measure"].unique()))
    return f"{names}: {len(revisions):,} figures that a later edition prints differently (marts.revisions)."


def _comparison(inputs: Inputs, comparison: Comparison) -> str:
    first, *rest = comparison.manifest["sentences"]
    items = "".join(f"<li>{e.escape(sentence)}</li>" for sentence in rest)
    parts = [f"<h3>{e.escape(comparison.title)}</h3>", e.paragraph(first), f"<ul>{items}</ul>"]
    picture = comparison.folder / "drift.png"
    if picture.exists() and (comparison.drift["status"] == "moved").any():
        address = "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
        parts.append(e.figure(e.image(address, f"{comparison.title}: largest movements by cause")))
    parts.append(
        f'<p class="note"><a href="{e.escape(inputs.link(comparison.folder / "drift.md"))}">'
        "The whole comparison</a></p>"
    )
    return "".join(parts)
