"""The data pages of a state, from its marts and tables. Loads no Dagster: child processes run this."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from living_panel.estimation.artifacts.artifact import read_manifest
from living_panel.estimation.data_sets.data_set import load_data_set
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.papers.paper_data import rests_on_panel
from living_panel.estimation.report import (
    DataInputs,
    data_pages,
    data_set_pages,
)
from living_panel.estimation.report.contents import table_file
from living_panel.estimation.report.data_pages import Page
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.outputs.report_drafts import papers_of
from living_panel.orchestration.root import state
from living_panel.orchestration.root.made import Made
from living_panel.orchestration.root.readers import open_warehouse
from living_panel.orchestration.root.settings import Settings

IDENTITIES = "identities.json"  # of its files: what each was made from
CELLS = "sample_cells.parquet"
KEY = ["measure", "province_code", "year_measured", "model"]
# other printed values of a cell, and the tables whose models use it
PRINTS = """
    select measure, province_code, year, source, edition, unit, value_printed, is_winner
    from marts.prints where measure is not null and not is_winner
    order by all
"""
REVISIONS = "select * from marts.revisions"
USED = """
    select measure, province_code, year_measured::integer as year, table_id, count(distinct model) as models
    from cells group by all order by all
"""


@dataclass(frozen=True)
class ShownMarts:
    """Rows of the marts that the pages show: further printed values of a cell, and values that were revised."""

    prints: pd.DataFrame
    revisions: pd.DataFrame


@dataclass(frozen=True)
class ShownTable:
    """A table of the panel whose cells the data pages name: its title, its paper's page, its files."""

    title: str
    page: str
    folder: Path
    release: Path


def read_marts(warehouse: Path) -> ShownMarts | None:
    """Read the rows of the marts that the pages show; None before the first build and without sources."""
    if not catalog.has_sources() or not warehouse.exists():
        return None
    with open_warehouse(warehouse) as connection:
        return ShownMarts(connection.execute(PRINTS).df(), connection.execute(REVISIONS).df())


def make_data_pages(
    settings: Settings, listing: Path, marts: ShownMarts | None, folder: Path, home: Path
) -> None:
    """Make the data pages whose content changed in `folder`, and remove those of measures that are gone.

    `listing` is the list of current tables. Links start at `home`. There are no pages of the panel without marts, or
    where no table is on it; those of data sets come with their editions.
    """
    tables = panel_tables(settings, listing)
    inputs = gather_data(settings, marts, tables, home) if marts and tables else None
    notes = Made(folder / IDENTITIES)
    known = notes.read()
    made = () if inputs is None else data_pages(inputs)
    wanted = {name: (identity, make) for name, identity, make in (*made, *_set_pages(settings))}
    for name, (identity, make) in wanted.items():
        if known.get(name) != (identity, None) or not (folder / name).is_file():
            content = make()
            write_durably(
                content if isinstance(content, bytes) else content.encode(), folder / name
            )
    for path in folder.glob("[!.]*"):
        if path.name not in wanted and path != notes.path:
            path.unlink()
    if wanted:
        notes.replace({name: (identity, None) for name, (identity, _) in wanted.items()})


def _set_pages(settings: Settings) -> Iterator[tuple[str, str, Page]]:
    """Yield name, identity and maker of the pages of each data set whose editions are followed."""
    for name in sorted({entry["data_set"] for entry in state.read(settings.root, "editions")}):
        yield from data_set_pages(load_data_set(name))


def panel_tables(settings: Settings, listing: Path) -> dict[str, ShownTable]:
    """Return the current tables on the panel, by name; a table of no paper stands on the first paper's page."""
    first, tables = papers_of(settings, listing)[0], {}
    for entry in json.loads(listing.read_text(encoding="utf-8")):
        folder = settings.artifacts / entry["table_id"] / entry["artifact_id"]
        manifest = read_manifest(folder)
        paper = manifest["spec"].get("paper") or first
        if rests_on_panel(paper):
            release = settings.releases / entry["release_id"]
            name = str(manifest["table_id"])
            page = table_file(paper, name, str(manifest["spec"]["kind"]))
            table = ShownTable(str(manifest["title"]), page, folder, release)
            tables[entry["table_id"]] = table
    return tables


def gather_data(
    settings: Settings, marts: ShownMarts, tables: Mapping[str, ShownTable], home: Path
) -> DataInputs:
    """Read what stands on the data pages, whose links start at `home`."""
    columns = settings.build / "docs" / "index.html"

    def link(path: Path) -> str:
        return os.path.relpath(path, home).replace(os.sep, "/").replace("#", "%23")

    return DataInputs(
        release=load_release(next(iter(tables.values())).release),
        prints=marts.prints,
        revisions=marts.revisions,
        used=used_cells({name: table.folder for name, table in tables.items()}),
        tables={name: (table.title, table.page) for name, table in tables.items()},
        sources={name: catalog.source(name) for name in catalog.names()},
        archive=settings.archive,
        link=link,
        columns=link(columns) if columns.is_file() else "",
    )


def used_cells(folders: Mapping[str, Path]) -> pd.DataFrame:
    """Cells that the models of tables use: measure, province_code, year, table_id, and the number of models.

    A table whose models have a sample each stores no cells.
    """
    used = (pc.field("state") == "used") & pc.field("measure").is_valid()
    parts = []
    for table, folder in folders.items():
        if (folder / CELLS).is_file():
            cells = pq.read_table(folder / CELLS, columns=KEY, filters=used)
            parts.append(cells.append_column("table_id", pa.repeat(table, len(cells))))
    if not parts:
        empty = dict.fromkeys(("measure", "province_code", "year", "table_id", "models"), ())
        return pd.DataFrame(empty)
    with duckdb.connect() as connection:
        connection.register("cells", pa.concat_tables(parts, promote_options="permissive"))
        return connection.execute(USED).df()
