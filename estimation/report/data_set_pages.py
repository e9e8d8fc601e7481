"""Pages of data sets with editions: histories of cells over editions, documented breaks, and largest revisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.data_sets.data_set import EVERY, DataSet
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.report.contents import Section
from living_panel.estimation.report.data_pages import DATA_CRUMBS, DATA_FOOTER
from living_panel.estimation.report.elements import e, joined, render_page

CSS, SCRIPT = (Path(__file__).resolve().with_name(f"page.{end}") for end in ("css", "js"))
AROUND = 3
"""Years on either side of a break that a history shows."""
MOST = 10
"""Cells of each step that are named."""


def data_set_file(name: str) -> str:
    """Name of a data set's page."""
    return f"set_{name}.html"


def data_set_identity(data_set: DataSet) -> str:
    """Hash of what a data set's page is made from."""
    tables = [frame.to_csv(index=False) for _, frame in sorted(data_set.tables.items())]
    looks = [p.read_text(encoding="utf-8") for p in (CSS, SCRIPT, Path(__file__))]
    return document_hash([[ed.name, ed.sha256] for ed in data_set.editions] + tables + looks)[:16]


def data_set_page(data_set: DataSet, identity: str = "") -> str:
    """Page of one data set: its breaks with the history of their cells, then what each edition revised."""
    words = data_set.form.unit
    values = _long(data_set)
    lead = (
        f"{len(data_set.editions)} editions, {values['unit'].nunique()} {words.plural}, "
        f"{values['measure'].nunique()} measures, {len(values):,} values."
    )
    shown = [
        Section("breaks", "Documented breaks inside editions", joined(_breaks(data_set, values))),
        Section("revisions", "Revisions of each edition", joined(_revisions(data_set, values))),
    ]
    return render_page(
        data_set.form.title,
        shown,
        identity,
        crumbs=DATA_CRUMBS,
        lead=lead,
        contents=[("On this page", [(s.title, f"#{s.identity}") for s in shown])],
        footer=DATA_FOOTER,
    )


def _long(data_set: DataSet) -> pd.DataFrame:
    parts = [
        data_set.read(edition)
        .drop(columns="quality")
        .melt(["unit", "year"], var_name="measure")
        .dropna(subset=["value"])
        .assign(edition=edition.name)
        for edition in data_set.editions
    ]
    return pd.concat(parts, ignore_index=True)


def _names(data_set: DataSet) -> tuple[dict[str, str], dict[str, str]]:
    units = dict(zip(data_set.units["unit"], data_set.units["name"], strict=True))
    titles = dict(zip(data_set.measures["measure"], data_set.measures["title"], strict=True))
    return units, titles


def _breaks(data_set: DataSet, values: pd.DataFrame) -> list[Markup]:
    listed = data_set.tables["series_breaks.csv"]
    parts: list[Markup] = []
    if listed.empty:
        return [Markup(e.paragraph("No break is documented.", "note"))]
    for reason, rows in listed.groupby("reason", sort=False):
        unit, measure = str(rows["unit"].iloc[0]), str(rows["measure"].iloc[0])
        years = rows["year"].astype(int)
        found = list(dict.fromkeys(rows["edition"]))
        editions = f"edition{'s' * (len(found) > 1)} {', '.join(found)}"
        span = range(years.min() - AROUND, years.max() + AROUND + 1)
        said = str(reason)[:1].upper() + str(reason)[1:]
        parts += [
            Markup(e.heading(f"{said} ({editions})", f"break-{unit}-{years.min()}")),
            _history(data_set, values, unit, measure, span),
        ]
    return parts


def _history(
    data_set: DataSet, values: pd.DataFrame, unit: str, measure: str, years: Sequence[int]
) -> Markup:
    """Values of a unit in some years, a row an edition."""
    units, titles = _names(data_set)
    mine = values[(values["unit"] == unit) & (values["measure"] == measure)]
    wide = mine.pivot_table(index="edition", columns="year", values="value", sort=False)
    wide = wide.reindex(columns=list(years))
    rows = [[str(edition), *map(_value, wide.loc[edition])] for edition in wide.index]
    about = data_set.measures.set_index("measure").loc[measure]
    caption = f"{units[unit]}: {titles[measure]}, {about['unit']}"
    return Markup(e.table(caption, ["Edition", *map(str, years)], rows))


def _value(value: float) -> str:
    return "" if pd.isna(value) else f"{float(f'{value:.6g}'):,.10g}"


def _revisions(data_set: DataSet, values: pd.DataFrame) -> list[Markup]:
    """Counts of revised cells from each edition to the next, and the largest revisions with their histories."""
    units, titles = _names(data_set)
    pairs = [*pairwise(data_set.editions)]
    counts, parts = [], []
    for old, new in pairs:
        cells = data_set.revised_cells(old, new)
        changed = data_set.concept_breaks(old.name, new.name)
        alike = cells[~cells["measure"].isin(list(changed))] if EVERY not in changed else cells[:0]
        counts.append([f"{old.name} to {new.name}", f"{len(cells):,}", f"{len(alike):,}"])
        alike = alike.drop_duplicates(["unit", "measure"])  # the largest of each series
        if len(alike):
            rows = [
                _line(data_set, values, units, titles, row)
                for row in alike.head(MOST).to_dict("records")
            ]
            header = [
                data_set.form.unit.name.capitalize(),
                "Year",
                "Measure",
                "Change",
                "Every edition",
            ]
            table = e.table(
                f"Largest revisions from {old.name} to {new.name}", header, rows, words=[2, 4]
            )
            parts.append(
                Markup(
                    e.details(
                        f"From {old.name} to {new.name}",
                        f"{len(alike):,} series of the same concept",
                        table,
                    )
                )
            )
    head = ["Editions", "Cells with another value", "of the same concept and base"]
    table = e.table("Revised cells", head, counts)
    return [Markup(table), *parts[::-1]]


def _line(
    data_set: DataSet,
    values: pd.DataFrame,
    units: Mapping[str, str],
    titles: Mapping[str, str],
    row: Mapping[str, object],
) -> list[str]:
    is_cell = (
        (values["unit"] == row["unit"])
        & (values["year"] == row["year"])
        & (values["measure"] == row["measure"])
    )
    history = "; ".join(
        f"{edition} {_value(value)}"
        for edition, value in values.loc[is_cell, ["edition", "value"]].itertuples(index=False)
    )
    relative = float(str(row["relative"]))
    change = "" if pd.isna(relative) else f"{100 * relative:+.1f} %"
    return [units[str(row["unit"])], str(row["year"]), titles[str(row["measure"])], change, history]
