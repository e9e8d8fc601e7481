"""Files of the dbt project that say again what stands elsewhere: written from there, never by hand.

The seed of series comes from the sources' catalogs, the panel's columns from the seed of measures.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.panel.marked_yaml import nearest
from living_panel.ingestion import sentences as ingestion_sentences
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.provenance.catalog import CatalogError
from living_panel.ingestion.units import like_unit
from living_panel.orchestration.root.settings import DBT_PROJECT
from living_panel.problems import Place, Refused

SERIES = DBT_PROJECT / "seeds" / "indicator_series.csv"
MEASURES = DBT_PROJECT / "seeds" / "measures.csv"
UNITS = DBT_PROJECT / "seeds" / "units.csv"
PANEL = DBT_PROJECT / "models" / "marts" / "panel.yml"
MARK = "      # written from seeds/measures.csv by the next run\n"
HEADER = ("source", "indicator_label", "unit", "measure", "valid_from", "valid_to", "series_priority",
          "status", "reason")  # fmt: skip


def series() -> str:
    """Return the seed of series: one row a label, unit and span of years, as the catalogs say."""
    measures, units = names_in(MEASURES), names_in(UNITS)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for source in catalog.all_sources():
        for entry in source.series:
            for feed in entry.feeds:
                ranked = (feed.priority, feed.status) if feed.measure else ("", "")
                if feed.measure and feed.measure not in measures:
                    raise _unknown(source.source, feed.measure, measures, MEASURES)
                for unit in feed.units or entry.units:
                    if unit not in units:
                        raise _unknown(source.source, unit, units, UNITS)
                    writer.writerow(
                        [source.source, entry.label, unit, feed.measure, feed.first, feed.last]
                        + [*ranked, feed.reason]
                    )
    return text.getvalue()


def check_series(source: str, rows: pd.DataFrame) -> None:
    """Refuse rows of a series and unit for which the next refresh would have no line in its seed.

    Raises
    ------
    ValueError
        Naming the series, the unit and the file in which the line is missing.
    """
    known = {tuple(row[:3]) for row in csv.reader(io.StringIO(series()))}
    for label, unit in dict.fromkeys(zip(rows["indicator_label"], rows["unit"], strict=True)):
        if (source, label, unit) not in known:
            path = catalog.catalog_folder() / source / "catalog.yml"
            raise Refused(
                Code.SEED(
                    "{label} in {unit} has no `feeds`, so the next refresh would stop",
                    "add `feeds` with a measure, or with the reason why this series feeds no measure",
                    Place(file=str(path)),
                    label=label,
                    unit=unit,
                )
            )


def check_names(source: str, units: Iterable[str], measure: str) -> None:
    """Refuse units and a measure of a new series that no seed has; an empty measure is allowed.

    Raises
    ------
    CatalogError
        Naming the seed and the nearest name in it.
    """
    for names, seed in (([measure] if measure else [], MEASURES), (units, UNITS)):
        known = names_in(seed)
        for name in names:
            if name not in known:
                raise _unknown(source, name, known, seed)


def add_unit(source: str, label: str, unit: str) -> None:
    """Add a unit to a series of a catalog, and to the seed of units, by one that measures the same.

    Raises
    ------
    CatalogError
        If no unit of the series measures the same.
    """
    known = catalog.source(source).by_label()[label].units
    if unit in known:
        return
    pair = like_unit(unit, known)
    if pair is None:
        path = catalog.catalog_folder() / source / "catalog.yml"
        raise CatalogError(
            ingestion_sentences.UNIT_OF_NO_SERIES(Place(file=str(path)), label=label, unit=unit)
        )
    like, times = pair
    if unit not in names_in(UNITS):
        dimension, multiple = next(row[1:3] for row in _rows(UNITS) if row[0] == like)
        row = [unit, dimension, f"{float(multiple) * times:.12g}", f"{times:.12g} {like}"]
        text = UNITS.read_text(encoding="utf-8").rstrip("\n")
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerow(row)
        write_durably(f"{text}\n{stream.getvalue()}".encode(), UNITS)
    catalog.add_unit(source, label, unit, like)


def names_in(seed: Path) -> list[str]:
    """Names of the rows of a seed: its first column."""
    return [row[0] for row in _rows(seed)][1:]


def _rows(seed: Path) -> list[list[str]]:
    """The rows of a seed with its header, each as wide as that."""
    with seed.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        rows = []
        for row in reader:
            rows.append(row)
            if len(row) != len(rows[0]):
                raise Refused(
                    Code.SEED(
                        "the line has {n_cells} cells, but the header has {n_rows}",
                        "write a comma after each cell, and put text with a comma in double quotes",
                        Place(file=str(seed), line=reader.line_num),
                        n_cells=len(row),
                        n_rows=len(rows[0]),
                    )
                )
    return rows


def _unknown(source: str, name: str, known: list[str], seed: Path) -> ValueError:
    """The error of a catalog that names what no seed has, with the line where it first stands, if it does."""
    path = catalog.catalog_folder() / source / "catalog.yml"
    lines = path.read_text(encoding="utf-8").splitlines()
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")  # no part of another name
    line = next((number for number, text in enumerate(lines, 1) if word.search(text)), None)
    place, choices = Place(file=str(path), line=line), nearest(name, known)
    return CatalogError(
        Code.SEED(
            "{seed} does not list {name!r}",
            "write {choices:or}, or add a line to the seed",
            place,
            name=name,
            seed=str(seed),
            choices=choices,
        )
    )


def panel_measures() -> list[str]:
    """Return the columns that the panel has after the next run: the measures of the seed."""
    with MEASURES.open(encoding="utf-8", newline="") as stream:
        return [row["measure"] for row in csv.DictReader(stream) if row["in_panel"] == "true"]


def add_measure(name: str, title: str, unit: str, concept: str) -> None:
    """Add a measure to the seed: a column of the panel in a printed unit, without bounds above.

    Raises
    ------
    Refused
        For a name that is taken or is no name of a column, or a unit that the seed of units lacks.
    """
    known = names_in(MEASURES)
    rows = {row[0]: row for row in _rows(UNITS)[1:]}
    place = Place(file=str(MEASURES))
    if name in panel_measures() or name in known or not re.fullmatch(r"[a-z][a-z0-9_]{2,31}", name):
        raise Refused(
            Code.SEED(
                "{name!r} cannot be the name of a new measure",
                "write a name that no measure has: 3 to 32 lower-case letters, digits and _, beginning with a letter",
                place,
                name=name,
            )
        )
    if unit not in rows:
        raise Refused(
            Code.SEED(
                "the seed of units does not list {unit!r}",
                "write {choices:or}, or add a row to dbt_project/seeds/units.csv",
                place,
                unit=unit,
                choices=nearest(unit, [*rows]),
            )
        )
    _, dimension, multiple, words = rows[unit][:4]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(
        [name, title, words, dimension, multiple, "true", concept, "", "0", "", "", "", "", title]
    )
    text = MEASURES.read_text(encoding="utf-8").rstrip("\n")
    write_durably(f"{text}\n{stream.getvalue()}".encode(), MEASURES)


def panel() -> str:
    """Return the description of the panel with a column for each measure that is in it."""
    before, mark, _ = PANEL.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise Refused(
            Code.SEED(
                "{panel}: the line {mark!r} is missing",
                "restore it from git",
                panel=PANEL,
                mark=MARK.strip(),
            )
        )
    with MEASURES.open(encoding="utf-8", newline="") as stream:
        measures = [row for row in csv.DictReader(stream) if row["in_panel"] == "true"]
    lines = [before, mark]
    for row in measures:
        instead = f" Proxy for {row['proxy_for']}." if row["proxy_for"] else ""
        lines.append(
            f"      - name: {row['measure']}\n        data_type: double\n"
            f'        description: "{row["title"]}, {row["unit"]}.{instead}"\n'
        )
    return "".join(lines)


def write() -> None:
    """Write both where they changed; catalogs of another folder are no part of this project."""
    for seed in MEASURES.parent.glob("*.csv"):
        _rows(seed)
    wanted = {PANEL: panel()}
    if not os.environ.get(catalog.CATALOG_VARIABLE):
        wanted[SERIES] = series()
    for path, text in wanted.items():
        if path.read_text(encoding="utf-8") != text:
            write_durably(text.encode("utf-8"), path)
