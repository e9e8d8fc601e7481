"""Pages of data sets with editions: a page each unit with every cell's history; breaks and largest revisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from markupsafe import Markup

from living_panel.estimation.data_sets.data_set import EVERY, DataSet
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.report.contents import Section
from living_panel.estimation.report.data_pages import DATA_CRUMBS, DATA_FOOTER
from living_panel.estimation.report.elements import e, joined, looks, render_page

AROUND = 3
"""Years on either side of a break that a history shows."""
MOST = 10
"""Cells of each step that are named."""


PLAIN_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")


def data_set_file(name: str) -> str:
    """Name of a data set's page."""
    return f"set_{name}.html"


def data_set_unit_file(name: str, unit: str) -> str:
    """Name of the page of a unit: its code, or a hash of a code that is no plain file name."""
    return f"set_{name}_{unit if PLAIN_CODE.fullmatch(unit) else document_hash(unit)[:12]}.html"


def data_set_pages(data_set: DataSet) -> Iterator[tuple[str, str, Callable[[], str]]]:
    """Yield the name, the identity and the maker of every page of a data set: its own, and one each unit."""
    identity = data_set_identity(data_set)
    yield data_set_file(data_set.name), identity, partial(data_set_page, data_set, identity)
    histories = Histories(data_set)
    for unit in data_set.units["unit"]:
        name = data_set_unit_file(data_set.name, unit)
        yield name, identity, partial(data_set_unit_page, histories, unit, identity)


def data_set_identity(data_set: DataSet) -> str:
    """Hash of what a data set's page is made from."""
    tables = [frame.to_csv(index=False) for _, frame in sorted(data_set.tables.items())]
    return document_hash([[ed.name, ed.sha256] for ed in data_set.editions] + tables + looks())[:16]


def data_set_page(data_set: DataSet, identity: str = "") -> str:
    """Page of one data set: its breaks with the history of their cells, then what each edition revised."""
    words = data_set.form.unit
    values = _long(data_set)
    lead = (
        f"{len(data_set.editions)} editions, {values['unit'].nunique()} {words.plural}, "
        f"{values['measure'].nunique()} measures, {len(values):,} values."
    )
    shown = [
        Section("units", f"Every {words.name}", joined(_unit_links(data_set))),
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


CHANGED_CELL = (
    "A value in bold differs from that of the edition before, of the same concept and base."
)


@dataclass(frozen=True, eq=False)
class Histories:
    """Every value of a data set over its editions, read once for the pages of all units."""

    data_set: DataSet

    @cached_property
    def values(self) -> dict[str, dict[str, pd.DataFrame]]:
        """By unit and measure: values, a row a year and a column an edition; no empty row or column."""
        return _histories(self.data_set)

    @cached_property
    def changed(self) -> dict[tuple[str, str], set[str]]:
        """Measures whose concept or base changed from one edition to a later one."""
        names = [edition.name for edition in self.data_set.editions]
        return {
            (old, new): set(self.data_set.concept_breaks(old, new))
            for old, new in combinations(names, 2)
        }

    def are_alike(self, measure: str, editions: Sequence[str]) -> list[bool]:
        """Whether each edition measures the same concept, on the same base, as the edition before."""
        return [False, *(not {measure, EVERY} & self.changed[pair] for pair in pairwise(editions))]


def data_set_unit_page(histories: Histories, unit: str, identity: str = "") -> str:
    """Page of one unit: each measure's values, a row a year and a column an edition.

    Parameters
    ----------
    histories : Histories
    unit : str
        Code of the unit.
    identity : str
        Hash of what the page is made from.
    """
    data_set, tables = histories.data_set, histories.values[unit]
    about = data_set.measures.set_index("measure")
    breaks = data_set.tables["series_breaks.csv"]
    mine = breaks[breaks["unit"] == unit]
    parts = [Markup(e.paragraph(CHANGED_CELL, "note"))]
    for measure in about.index:
        if measure not in tables:
            continue
        caption = f"{about.loc[measure, 'title']}, {about.loc[measure, 'unit']}"
        broken = mine[mine["measure"] == measure].groupby("reason", sort=False)["edition"]
        notes = [
            e.paragraph(f"{_capital(reason)} ({', '.join(dict.fromkeys(rows))})", "note")
            for reason, rows in broken
        ]
        table = _cells(histories, caption, measure, tables[measure])
        inside = joined([*map(Markup, notes), table])
        years = tables[measure].index
        what = f"{years.min()} to {years.max()}"
        parts.append(Markup(e.details(caption, what, inside, measure)))
    name = dict(zip(data_set.units["unit"], data_set.units["name"], strict=True))[unit]
    lead = f"{data_set.form.title}: what each edition says of {name}."
    crumbs = [*DATA_CRUMBS, (data_set.form.title, data_set_file(data_set.name))]
    shown = [Section("head", "", joined(parts))]
    return render_page(
        name, shown, identity, crumbs=crumbs, lead=lead, contents=[], footer=DATA_FOOTER
    )


def _unit_links(data_set: DataSet) -> list[Markup]:
    """Links to the pages of the units, by name."""
    units = data_set.units.sort_values("name")
    links = [
        e.link(name, data_set_unit_file(data_set.name, unit))
        for unit, name in zip(units["unit"], units["name"], strict=True)
    ]
    plural = data_set.form.unit.plural
    return [Markup(e.details(f"A page for each of {len(links)} {plural}", "", e.items(links)))]


def _histories(data_set: DataSet) -> dict[str, dict[str, pd.DataFrame]]:
    """By unit and measure: values, a row a year and a column an edition; without empty rows and columns."""
    read = {edition.name: data_set.read(edition) for edition in data_set.editions}
    units, measures = list(data_set.units["unit"]), list(data_set.measures["measure"])
    years = pd.RangeIndex(
        min(f["year"].min() for f in read.values()), max(f["year"].max() for f in read.values()) + 1
    )
    cube = np.full((len(units), len(measures), len(years), len(read)), np.nan)
    for column, frame in enumerate(read.values()):
        rows = pd.Index(units).get_indexer(frame["unit"]), frame["year"].to_numpy() - years[0]
        for place, measure in enumerate(measures):
            if measure in frame:
                cube[rows[0], place, rows[1], column] = frame[measure].to_numpy("float64")
    histories: dict[str, dict[str, pd.DataFrame]] = {}
    for unit, tables in zip(units, cube, strict=True):
        histories[unit] = {}
        for measure, table in zip(measures, tables, strict=True):
            has_value = ~np.isnan(table)
            if has_value.any():
                in_rows, in_columns = has_value.any(axis=1), has_value.any(axis=0)
                histories[unit][measure] = pd.DataFrame(
                    table[in_rows][:, in_columns],
                    index=years[in_rows],
                    columns=[name for name, is_in in zip(read, in_columns, strict=True) if is_in],
                )
    return histories


def _cells(histories: Histories, caption: str, measure: str, history: pd.DataFrame) -> Markup:
    """Table of years by editions; made without macros, since there are a million cells."""
    are_alike = histories.are_alike(measure, list(history.columns))
    rows = []
    for year, values in zip(history.index, history.to_numpy().tolist(), strict=True):
        cells, before = [], ""
        for value, alike in zip(values, are_alike, strict=True):
            text = _value(value)
            is_new = alike and text and before and text != before
            cells.append(f"<td><b>{text}</b>" if is_new else f"<td>{text}")
            before = text
        rows.append(f'<tr id="{measure}-{year}"><th scope="row">{year}{"".join(cells)}')
    names = _column_names(histories.data_set, caption, history.columns)
    head = joined(Markup('<th scope="col">{}').format(name) for name in names)
    return Markup(
        '<div class="scroll" tabindex="0" role="group" aria-label="{0}"><table><caption>{0}</caption>'
        '<thead><tr><th scope="col">Year{1}</thead><tbody>{2}</tbody></table></div>'
    ).format(caption, head, Markup("".join(rows)))


def _column_names(data_set: DataSet, caption: str, editions: Sequence[str]) -> list[str]:
    """Names of editions, with the reference year where the unit rests on it."""
    years = {edition.name: edition.reference_year for edition in data_set.editions}
    if "the reference year" not in caption:
        return list(editions)
    return [name if years[name] is None else f"{name} ({years[name]})" for name in editions]


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
        names = list(dict.fromkeys(rows["edition"]))
        editions = f"edition{'s' * (len(names) > 1)} {', '.join(names)}"
        span = range(years.min() - AROUND, years.max() + AROUND + 1)
        parts += [
            Markup(e.heading(f"{_capital(reason)} ({editions})", f"break-{unit}-{years.min()}")),
            _history(data_set, values, unit, measure, span),
        ]
    return parts


def _capital(reason: object) -> str:
    return str(reason)[:1].upper() + str(reason)[1:]


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
    return "" if value != value else f"{float(f'{value:.6g}'):,.10g}"


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
    unit, measure, year = (str(row[key]) for key in ("unit", "measure", "year"))
    page = f"{data_set_unit_file(data_set.name, unit)}#{measure}-{year}"
    return [Markup(e.link(units[unit], page)), year, titles[measure], change, history]
