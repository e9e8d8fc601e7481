"""Content of the page of a data root, read from its stages.

Finding the stored tables, release, comparisons and revisions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from estimation.audit import load_paper
from estimation.panel.release import load_release
from estimation.panel.spec import PAPER_FILE, PAPERS
from estimation.papers.paper_data import find_data_folder
from estimation.papers.questions import load_questions
from estimation.report import DataInputs, Inputs, StoredTable, read_tables
from estimation.report.gather import RELEASED, read_comparisons
from ingestion import catalog
from orchestration.assets.publication import StateSources
from orchestration.root.readers import open_warehouse
from orchestration.root.settings import Settings

# other prints of a cell, and the tables whose models use it
PRINTS = """
    select measure, province_code, year, source, edition, unit, value_printed, is_winner
    from marts.prints where measure is not null and not is_winner
    order by all
"""
USED = """
    select measure, province_code, year_measured as year, cells.table_id, count(distinct model) as models
    from results.sample_cells as cells join results.artifacts using (table_id, artifact_id)
    where state = 'used' and is_current and measure is not null
    group by all order by all
"""


def gather(
    settings: Settings, sources: StateSources, home: Path, demo_lists: Sequence[Path]
) -> list[Inputs]:
    """Read everything that stands on the pages: one of each paper that has current tables.

    Links start at `home`, the pages' folder. `demo_lists` are lists of current artifacts on simulated
    figures, one a simulated release.
    """
    own = "simulated, current" if settings.simulated else RELEASED
    tables = read_tables(settings.artifacts, sources.tables, own)
    demo = _demo_tables(demo_lists)
    named = (p.parent.name for p in PAPERS.glob(f"*/{PAPER_FILE}"))
    # papers on the warehouse first: the answers of the first one are those of the README
    known = sorted(named, key=lambda name: (find_data_folder(PAPERS / name) is not None, name))
    papers = [p for p in known if any(t.paper == p for t in tables)] or known[:1]
    printed = {name: load_paper(name) for name in papers}
    found, comparisons = [], read_comparisons(settings.artifacts)
    for name, paper in printed.items():
        # tables of no paper (a fork's own) stand on the first page
        mine = [t for t in tables if t.paper == name or (not t.paper and name == papers[0])]
        folder = settings.releases / mine[0].release_id
        on_panel = find_data_folder(PAPERS / name) is None
        found.append(
            Inputs(
                paper=paper,
                release=load_release(folder),
                tables=mine,
                demo=[t for t in demo if t.paper == name],
                comparisons=[
                    c.of(name, {t.table_id for t in mine}, on_panel=on_panel) for c in comparisons
                ],
                revisions=_revisions(sources.warehouse) if on_panel else None,
                home=home,
                release_folder=folder,
                archive=settings.archive,
                questions=load_questions(PAPERS / name),
                # a page on data of a paper's own does not change with the warehouse
                published=sources.label if on_panel else "",
            )
        )
    return found


def gather_data(
    settings: Settings, sources: StateSources, papers: Sequence[Inputs], home: Path
) -> DataInputs | None:
    """Read what stands on the data pages, whose links start at `home`; None without a panel of sources."""
    on_panel = [inputs for inputs in papers if inputs.has_data_pages]
    if not on_panel or not sources.warehouse.exists():
        return None
    with open_warehouse(sources.warehouse) as connection:
        prints = connection.execute(PRINTS).df()
        used = connection.execute(USED).df()
    tables = {
        t.table_id: (str(t.manifest["title"]), f"{inputs.paper.id}.html")
        for inputs in on_panel
        for t in inputs.tables
    }
    first = on_panel[0]
    columns = settings.build / "docs" / "index.html"

    def link(path: Path) -> str:
        return os.path.relpath(path, home).replace(os.sep, "/").replace("#", "%23")

    return DataInputs(
        release=first.release,
        prints=prints,
        revisions=first.revisions if first.revisions is not None else pd.DataFrame(),
        used=used[used["table_id"].isin(list(tables))],
        tables=tables,
        sources={name: catalog.source(name) for name in catalog.names()},
        archive=settings.archive,
        link=link,
        columns=link(columns) if columns.is_file() else "",
    )


def _demo_tables(demo_lists: Sequence[Path]) -> list[StoredTable]:
    tables = []
    for listing in demo_lists:
        name = f"simulated, {listing.stem.replace('_', ' ')}"
        tables += read_tables(listing.parents[1] / "artifacts", listing, name)
    return tables


def _revisions(warehouse: Path) -> pd.DataFrame | None:
    if not warehouse.exists():
        return None
    with open_warehouse(warehouse) as connection:
        return connection.execute("select * from marts.revisions").df()
