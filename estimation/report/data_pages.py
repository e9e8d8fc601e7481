"""Data pages: one a measure and one a unit of the panel, with every cell's source, printed values and tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property, lru_cache, partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from living_panel.estimation.audit.figures import NATIONAL
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.stata import measure_label, number_units, stata_bytes
from living_panel.estimation.report.chart_data import chart_data
from living_panel.estimation.report.contents import Section
from living_panel.estimation.report.elements import e, joined, looks, render_page
from living_panel.estimation.report.indicator_metadata import (
    IndicatorSource,
    cells_of,
    indicator_metadata,
)
from living_panel.estimation.report.panel_pictures import STATUS

FOLDER = "data"
INDEX = "index.html"
DATA_CRUMBS = (("All papers", "../index.html"), ("Data pages", INDEX))
DATA_FOOTER = (
    "Every value links to its source file and to the tables that use it. The page loads nothing from the "
    "internet."
)
WRITTEN = datetime(2000, 1, 1)  # a .dta of the same values has the same bytes
DOWNLOAD = (
    "province_code", "province", "province_zh", "year", "value", "status", "quality", "source", "edition",
    "vintage", "file", "location", "value_printed", "unit", "sha256",
)  # fmt: skip
MOST_REVISIONS = 30
Page = Callable[[], str | bytes]


@dataclass(frozen=True)
class DataInputs:
    """Content of the data pages of a release.

    `prints` is marts.prints and `revisions` marts.revisions; `used` has a row for each cell and table:
    measure, province_code, year, table_id, models. `tables` gives each table's title and page.
    `link` gives the address of a path as the data pages follow it; `columns` is the address of the
    documentation of every column, "" before `make docs`.
    """

    release: Release
    prints: pd.DataFrame
    revisions: pd.DataFrame
    used: pd.DataFrame
    tables: Mapping[str, tuple[str, str]]
    sources: Mapping[str, IndicatorSource]
    archive: Path
    link: Callable[[Path], str]
    columns: str = ""

    @cached_property
    def measures(self) -> list[str]:
        """Measures with a value, in the panel's order."""
        has_values = self.release.panel.notna().any()
        return list(has_values.index[has_values])

    @cached_property
    def units(self) -> pd.DataFrame:
        """Units by code, with names in English and Chinese."""
        return self.release.provinces.sort_values("province_code").set_index("province_code")

    @cached_property
    def titles(self) -> pd.DataFrame:
        """Title, unit and description of each measure."""
        return self.release.indicators.set_index("measure")

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Provincial values with their kind, earlier printed values and tables, by measure, unit and year."""
        key = ["measure", "province_code", "year"]
        cells = self.release.observations.dropna(subset=["value"])
        cells = cells[cells["province_code"] != NATIONAL]
        cells = cells.assign(kind=cells["status"].mask(cells["quality"] == "low", "low"))
        other = self.prints[self.prints["measure"].notna() & ~self.prints["is_winner"].astype(bool)]
        printed = other["value_printed"].astype(str) + " " + other["unit"].astype(str)
        where = (
            other["source"].astype(str).str.replace("_", " ") + " " + other["edition"].astype(str)
        )
        prints = (printed + " (" + where + ")").groupby([other[k] for k in key]).agg("; ".join)
        pairs = [*zip(self.used["table_id"], self.used["models"], strict=True)]
        rests = pd.Series(pairs, self.used.index).groupby([self.used[k] for k in key]).agg(list)
        cells = cells.join(prints.rename("others"), on=key).join(rests.rename("rests"), on=key)
        return cells.sort_values(key)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Labels of each measure as its sources print them, in Chinese, the most frequent first."""
        printed = self.cells.dropna(subset=["indicator_label"]).groupby("measure")
        counted = printed["indicator_label"].value_counts().reset_index("indicator_label")
        return counted.groupby("measure")["indicator_label"].agg("; ".join).to_dict()

    def title(self, measure: str) -> str:
        """Title of a measure."""
        return str(self.titles.loc[measure, "title"])

    @cached_property
    def unit_names(self) -> dict[str, str]:
        """Name of each unit by its code, in English and Chinese."""
        units = self.units.to_dict("index")
        return {
            str(code): f"{unit['province']} {unit.get('province_zh', '') or ''}".strip()
            for code, unit in units.items()
        }

    @cached_property
    def metadata(self) -> Callable[[str], dict[str, Any]]:
        """Describe a measure, once for its page and its file."""
        return cache(partial(indicator_metadata, self.release, sources=self.sources))

    @cached_property
    def frame(self) -> Callable[[str], pd.DataFrame]:
        """Values of a measure, once for its files."""
        return cache(partial(frame_of, self))


def data_pages(inputs: DataInputs) -> Iterator[tuple[str, str, Page]]:
    """Yield the name, the identity and the maker of every file of the data pages.

    A file whose identity is that of the stored one need not be made again.
    """
    cells = inputs.cells
    common = document_hash([looks(), sorted(inputs.tables.items()), list(inputs.units.index)])[:16]
    hashes = pd.util.hash_pandas_object(cells.astype(str), index=False)
    by_measure = hashes.groupby(cells["measure"].to_numpy()).sum()
    by_unit = hashes.groupby(cells["province_code"].to_numpy()).sum()
    for measure in inputs.measures:
        identity = f"{common}-{by_measure.get(measure, 0):x}"
        yield measure_file(measure), identity, partial(measure_page, inputs, measure, identity)
        for name, content in downloads(inputs, measure).items():
            yield name, identity, content
    for code in inputs.units.index:
        identity = f"{common}-{by_unit.get(code, 0):x}"
        yield unit_file(code), identity, partial(unit_page, inputs, code, identity)
    identity = (
        f"{common}-{hashes.sum():x}-{inputs.release.release_id}{inputs.columns and '-columns'}"
    )
    yield INDEX, identity, partial(index_page, inputs, identity)


def measure_file(measure: str) -> str:
    """Name of a measure's page."""
    return f"measure_{measure}.html"


def unit_file(code: str) -> str:
    """Name of a unit's page."""
    return f"province_{code}.html"


def cell_address(measure: str, code: str, year: int) -> str:
    """Address of one cell, from another data page."""
    return f"{unit_file(code)}#{measure}-{year}"


def _render(
    inputs: DataInputs,
    title: str,
    lead: str,
    identity: str,
    parts: Sequence[tuple[str, str, Markup]],
    links: Sequence[tuple[str, str]] = (),
) -> str:
    """A data page of its parts, anchor, title and content of each; `links` are its contents, by default the parts."""
    shown = [Section(f"part-{key}", name, html) for key, name, html in parts]
    return render_page(
        title,
        shown,
        identity,
        crumbs=DATA_CRUMBS,
        lead=lead,
        contents=[("On this page", links or [(s.title, f"#{s.identity}") for s in shown])],
        simulated=inputs.release.simulated,
        footer=DATA_FOOTER,
    )


def measure_page(inputs: DataInputs, measure: str, identity: str = "") -> str:
    """Page of one measure: definition, chart, values, breaks, revisions, sources, downloads."""
    about = inputs.metadata(measure)
    chart = [
        _finder(inputs),
        e.figure(e.chart(measure, "", alone=True), title=f"{about['title']}, by province"),
        chart_data(inputs.release, [measure], "years", library="../vega.min.js"),
    ]
    parts = [
        ("about", "About", joined([_facts(inputs, measure, about), _downloads(measure)])),
        ("series", "The series", joined(chart)),
        (
            "values",
            "Values, provinces by years",
            _legend(inputs, measure) + _values(inputs, measure),
        ),
        ("breaks", "Breaks", _breaks(inputs, measure)),
        ("revisions", "Revisions", _revisions(inputs, measure)),
        ("sources", "Sources", _sources(about)),
        ("tables", "Tables that use this measure", _used_by(inputs, measure)),
    ]
    lead = f"{about['description_short']} Unit: {about['unit']}."
    return _render(inputs, about["title"], lead, identity, parts)


def _facts(inputs: DataInputs, measure: str, about: Mapping[str, Any]) -> Markup:
    cells = inputs.cells[inputs.cells["measure"] == measure]
    licences = list(dict.fromkeys(o["license"]["name"] for o in about["origins"]))
    producers = list(dict.fromkeys(o["producer"] for o in about["origins"]))
    rows = [
        ("Printed as", inputs.labels.get(measure, "")), ("Column of the panel", e.code(measure)),
        ("Unit", f"{about['unit']} ({about['short_unit']})"),
        ("Timespan", about["timespan"]), ("Cells with a value", f"{len(cells):,}"),
        ("Producer", "; ".join(producers)), ("Licence", "; ".join(licences)),
        ("Last obtained", max((o["date_accessed"] for o in about["origins"]), default="")),
        ("Processing", f"{about['processing_level']}. {about.get('description_processing', 'As published.')}"),
        ("Citation", about["citation_short"]),
        ("Full citation", " ".join(o["citation_full"] for o in about["origins"])),
    ]  # fmt: skip
    return Markup("<dl class='about'>{}</dl>").format(
        joined(Markup("<dt>{}</dt><dd>{}</dd>").format(k, v) for k, v in rows if v)
    )


def _downloads(measure: str) -> Markup:
    links = [e.link(end, f"measure_{measure}.{end}") for end in ("csv", "dta", "metadata.json")]
    return Markup(e.items(["Download:", *links], "take"))


def _finder(inputs: DataInputs) -> Markup:
    names = inputs.unit_names.values()
    options = joined(Markup('<option value="{}"></option>').format(name) for name in names)
    return Markup(
        '<div class="find"><label for="unit">Find and highlight</label> <input id="unit" type="search" '
        'list="unit-names"><datalist id="unit-names">{}</datalist></div>'
    ).format(options)


def _legend(inputs: DataInputs, measure: str) -> Markup:
    kinds = inputs.cells.loc[inputs.cells["measure"] == measure, "kind"].unique()
    marks = [(kind, words) for kind, (_, words) in STATUS.items() if kind in kinds]
    items = joined(
        Markup('<li><i class="k-{}"></i>{}</li>').format(kind, words) for kind, words in marks
    )
    return Markup('<ul class="legend">{}</ul>').format(items)


def _values(inputs: DataInputs, measure: str) -> Markup:
    """Table of provinces by years; each value leads to its cell on the page of its province."""
    cells = inputs.cells[inputs.cells["measure"] == measure]
    years = range(int(cells["year"].min()), int(cells["year"].max()) + 1)
    sources = {
        (c, y): (v, k)
        for c, y, v, k in zip(
            cells["province_code"], cells["year"], cells["value"], cells["kind"], strict=True
        )
    }
    rows = []
    for code in inputs.units.index:
        line = [
            f'<th scope="row"><a href="{unit_file(code)}#{measure}">{escape(inputs.unit_names[code])}</a></th>'
        ]
        for year in years:
            value, kind = sources.get((code, year), (None, ""))
            line.append(
                "<td></td>" if value is None else
                f'<td class="k-{kind}"><a class="n" href="{cell_address(measure, code, year)}">{shown(value)}</a></td>'
            )  # fmt: skip
        rows.append(f"<tr>{''.join(line)}</tr>")
    head = "".join(f'<th scope="col">{year}</th>' for year in years)
    caption = escape(f"{inputs.title(measure)}, {inputs.titles.loc[measure, 'unit']}")
    return _table("map", caption, f'<th scope="col">Province</th>{head}', "".join(rows))


def _table(kind: str, caption: str, head: str, rows: str) -> Markup:
    """Table of markup that is escaped already: ten thousand cells by macros would take seconds."""
    return Markup(
        f'<div class="scroll" tabindex="0" role="group" aria-label="{caption}"><table class="{kind}">'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def shown(value: float) -> str:
    """A value in at most six significant digits, as the chart shows it."""
    return f"{float(f'{value:.6g}'):,.10g}"


def _breaks(inputs: DataInputs, measure: str) -> Markup:
    breaks = inputs.release.series_breaks
    breaks = breaks[breaks["measure"] == measure]
    if breaks.empty:
        return Markup(e.paragraph("No break of the series is documented.", "note"))
    rows = [
        (str(r["year"]), inputs.unit_names[r["province_code"]] if r["province_code"] in inputs.units.index else "all",
         r.get("grade", "") or "", r["reason"])
        for r in breaks.sort_values(["year", "province_code"]).to_dict("records")
    ]  # fmt: skip
    columns = ("Year", "Province", "Grade", "Reason")
    return Markup(e.table("Documented breaks", columns, rows, left=[1, 2], words=[3]))


def _revisions(inputs: DataInputs, measure: str) -> Markup:
    revisions = inputs.revisions
    revisions = revisions[
        (revisions["measure"] == measure) & (revisions["province_code"] != NATIONAL)
    ]
    revisions = revisions.dropna(subset=["relative_difference"])
    if revisions.empty:
        return Markup(e.paragraph("No later edition changes a value of this measure.", "note"))
    size = revisions["relative_difference"].abs()
    rows = [
        (f"{old} to {new}", f"{len(part):,}", f"{size[part.index].median():.2%}", f"{size[part.index].max():.2%}")
        for (old, new), part in revisions.groupby(["edition_from", "edition_to"])
    ]  # fmt: skip
    columns = ("Editions", "Values", "Median change", "Largest change")
    largest = revisions.loc[size.sort_values(ascending=False).index[:MOST_REVISIONS]]
    of_units = largest[largest["province_code"].isin(inputs.units.index)]
    lines = [_revision(inputs, measure, row) for row in of_units.to_dict("records")]
    names = ("Cell", "Editions", "Printed before", "Printed later", "Change")
    inside = e.table("Largest revisions", names, lines, left=[1])
    return joined([
        e.table("Values that a later edition prints differently", columns, rows),
        e.details("Largest revisions", f"{len(lines)} of {len(revisions)}", inside),
    ])  # fmt: skip


def _revision(inputs: DataInputs, measure: str, row: Mapping[str, Any]) -> list[str]:
    code, year = str(row["province_code"]), int(row["year"])
    cell = e.link(f"{inputs.unit_names[code]}, {year}", cell_address(measure, code, year))
    steps = f"{row['edition_from']} to {row['edition_to']}"
    return [
        cell,
        steps,
        row["printed_from"],
        row["printed_to"],
        f"{row['relative_difference']:+.2%}",
    ]


def _sources(about: Mapping[str, Any]) -> Markup:
    rows = [
        (o["title"], o["producer"], o["date_published"], o["date_accessed"], str(o["cells"]), o["license"]["name"],
         e.link(o["url_main"], o["url_main"]) if o["url_main"] else "")
        for o in about["origins"]
    ]  # fmt: skip
    columns = ("Publication", "Producer", "Published", "Obtained", "Cells", "Licence", "Address")
    return Markup(e.table("Publications behind the values", columns, rows, left=[1, 5, 6]))


def _used_by(inputs: DataInputs, measure: str) -> Markup:
    uses = inputs.used[inputs.used["measure"] == measure]
    if uses.empty:
        return Markup(e.paragraph("No current table uses this measure.", "note"))
    rows = [
        (_table_link(inputs, table), str(len(part)), f"{part['year'].min()}-{part['year'].max()}")
        for table, part in uses.groupby("table_id")
    ]
    return Markup(e.table("Tables", ("Table", "Cells used", "Years"), rows))


def _table_link(inputs: DataInputs, table: str) -> Markup:
    title, page = inputs.tables.get(table, (table, ""))
    return Markup(e.link(title, f"../{page}#table-{table}")) if page else Markup(escape(table))


def unit_page(inputs: DataInputs, code: str, identity: str = "") -> str:
    """Page of one unit: each cell with its value, source, file, other printed values and the tables on it."""
    # as Python objects: reading them one by one from pandas' columns takes four times as long
    rows = inputs.cells[inputs.cells["province_code"] == code].astype(object)
    cells = rows.to_dict("records")
    by_measure = {m: [*part] for m, part in groupby(cells, key=itemgetter("measure"))}
    body = joined(_cells(inputs, m, part) for m, part in by_measure.items())
    links = [(inputs.title(m), f"#{m}") for m in by_measure]
    unit = inputs.units.loc[code]
    lead = f"Province {code}, region {unit['region_three']}. {len(cells):,} cells with a value."
    return _render(inputs, inputs.unit_names[code], lead, identity, [("cells", "", body)], links)


def _cells(inputs: DataInputs, measure: str, cells: Sequence[Mapping[str, Any]]) -> Markup:
    """Table of the cells of one measure and unit, a row a year, folded: a unit has some five hundred."""
    rows = "".join(_cell(inputs, measure, cell) for cell in cells)
    title = escape(inputs.title(measure))
    unit = escape(str(inputs.titles.loc[measure, "unit"]))
    names = (
        "Year",
        "Value",
        "Kind",
        "Source, edition",
        "File and place",
        "Other printed values",
        "Tables that use it",
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    head = head.replace('<th scope="col">Other', '<th scope="col" class="words">Other')
    head = head.replace('<th scope="col">Tables', '<th scope="col" class="words">Tables')
    table = _table("cells", f"{title}, {unit}", head, rows)
    years = [int(cell["year"]) for cell in cells]
    span = f"{len(cells)} cells, {min(years)} to {max(years)}, {unit}"
    whole = e.paragraph(e.link("The measure in every unit", measure_file(measure)), "note")
    return Markup(e.details(inputs.title(measure), span, table + whole, identity=measure))


def _cell(inputs: DataInputs, measure: str, cell: Mapping[str, Any]) -> str:
    year = int(cell["year"])
    source = str(cell["source"]).replace("_", " ")
    others = "" if pd.isna(cell["others"]) else escape(cell["others"])
    used = cell["rests"] if isinstance(cell["rests"], list) else []
    rests = " ".join(_rest(inputs, table, models) for table, models in used)
    note = (
        ""
        if pd.isna(cell.get("note")) or not cell.get("note")
        else f' title="{escape(cell["note"])}"'
    )
    return (
        f'<tr id="{measure}-{year}"><th scope="row">{year}</th><td>{shown(cell["value"])}</td>'
        f'<td class="left k-{cell["kind"]}"{note}>{cell["kind"]}</td>'
        f'<td class="left">{escape(source)} {cell["edition"]}</td>'
        f'<td class="left">{_file(inputs, cell)}</td><td class="words">{others}</td><td class="words">{rests}</td></tr>'
    )


def _file(inputs: DataInputs, cell: Mapping[str, Any]) -> str:
    """Link to the bytes of a cell's file, and its place there."""
    steps = (str(cell[step]) for step in ("source", "edition", "vintage", "file"))
    place = escape(f", {cell.get('location') or ''}".rstrip(", "))
    return _file_link(inputs.archive, inputs.link, *steps) + place


@lru_cache(maxsize=10_000)
def _file_link(archive: Path, link: Callable[[Path], str], *steps: str) -> Markup:
    """Name of a file of the archive, with a link where it is there."""
    path, name = archive.joinpath(*steps), escape(steps[-1])
    if "#" in name or not path.is_file():
        return name
    return Markup(f'<a href="{escape(link(path))}">{name}</a>')


def _rest(inputs: DataInputs, table: str, models: int) -> str:
    page = inputs.tables.get(table, ("", ""))[1]
    words = f"<code>{table}</code> ({models})"
    return f'<a href="../{page}#table-{table}">{words}</a>' if page else words


def downloads(inputs: DataInputs, measure: str) -> dict[str, Page]:
    """Files of a measure by name: CSV, Stata and metadata."""
    stem = f"measure_{measure}"
    return {
        f"{stem}.csv": lambda: inputs.frame(measure).to_csv(index=False, lineterminator="\n").encode(),
        f"{stem}.dta": lambda: _stata(inputs.frame(measure), inputs.titles.loc[measure]),
        f"{stem}.metadata.json": lambda: json.dumps(
            inputs.metadata(measure), ensure_ascii=False, indent=1
        ).encode(),
    }  # fmt: skip


def frame_of(inputs: DataInputs, measure: str) -> pd.DataFrame:
    """Values of a measure with their sources, one row a cell."""
    cells = cells_of(inputs.release, measure).join(inputs.units, on="province_code")
    return cells.reindex(columns=list(DOWNLOAD)).sort_values(["province_code", "year"])


def _stata(frame: pd.DataFrame, about: pd.Series) -> bytes:
    """A .dta with numeric panel identifiers, value labels for provinces and a labelled value."""
    codes = frame["province_code"].astype(str)
    # a code such as that of a country is no number: the units are then numbered, and keep their names as labels
    numbers = (
        codes.astype("int32")
        if codes.str.isdecimal().all()
        else codes.map(number_units(codes)).astype("int32")
    )
    names = dict(zip(map(int, numbers), frame["province"], strict=True))
    columns = frame.drop(columns=["province", "sha256"]).assign(
        province_code=numbers, year=frame["year"].astype("int16")
    )
    texts = [c for c in columns.columns if not pd.api.types.is_numeric_dtype(columns[c])]
    columns[texts] = columns[texts].astype("object").where(columns[texts].notna(), "").astype(str)
    for name in columns.select_dtypes("number").columns.difference(["province_code", "year"]):
        columns[name] = columns[name].astype("float64")
    simulated = (frame["status"] == "simulated").any()
    label = measure_label(("SIMULATED: " if simulated else "") + about["title"], about["unit"])
    return stata_bytes(
        columns,
        variable_labels={"value": label},
        value_labels={"province_code": names},
        title=label,
        written=WRITTEN,
    )


def index_page(inputs: DataInputs, identity: str = "") -> str:
    """List of the measures and the units."""
    cells = inputs.cells
    count = cells.groupby("measure").size()
    span = cells.groupby("measure")["year"].agg(["min", "max"])
    rows = [
        (e.link(inputs.title(m), measure_file(m)), inputs.labels.get(m, ""), str(inputs.titles.loc[m, "unit"]),
         f"{span.loc[m, 'min']}-{span.loc[m, 'max']}", f"{count[m]:,}", m)
        for m in inputs.measures if m in count.index
    ]  # fmt: skip
    columns = ("Measure", "Printed as", "Unit", "Years", "Cells", "Column of the panel")
    units = [e.link(inputs.unit_names[code], unit_file(code)) for code in inputs.units.index]
    rows = [(*row[:-1], e.code(row[-1])) for row in rows]
    measures = Markup(e.table("Measures of the panel", columns, rows, words=[1], left=[2, 5]))
    if inputs.columns:
        link = e.link("Every table and column of the warehouse", inputs.columns)
        measures += e.paragraph(joined([link, Markup(" (dbt docs).")]))
    parts = [
        ("measures", "Measures", measures),
        ("units", "Provinces", Markup(e.items(units, "take"))),
    ]
    lead = f"{len(rows)} measures of {len(units)} provinces, release {inputs.release.release_id}."
    return _render(inputs, "The panel, cell by cell", lead, identity, parts)
