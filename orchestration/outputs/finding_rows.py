"""Findings of every paper on the tables of the built state: rows of `results.findings`. Loads no Dagster."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from living_panel.estimation.findings.declared import load_findings
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import PAPER_FILE
from living_panel.estimation.papers.printed import load_paper
from living_panel.orchestration.outputs.reproduction_cells import read_stored
from living_panel.orchestration.root.settings import Settings

NAME = "findings.parquet"


def find_papers(settings: Settings, papers: Path) -> pd.DataFrame:
    """One row for each finding of a paper with a current table: `COLUMNS` of `estimation.report.finding`.

    A paper that cannot be read has no row: its own tables name the reason.
    """
    # the report takes a second to load, which definitions should not cost
    from living_panel.estimation.report.finding import COLUMNS, find

    rows = []
    stored = {table.table_id: table for table in read_stored(settings)}
    present = {str(table.manifest["spec"].get("paper", "")) for table in stored.values()}
    for file in sorted(papers.glob(f"*/{PAPER_FILE}")):
        name = file.parent.name
        mine = {t: s for t, s in stored.items() if s.manifest["spec"].get("paper") == name}
        if name not in present:
            continue
        try:
            paper, declared = load_paper(name, papers), load_findings(file.parent)
        except ValueError:
            continue
        release = load_release(settings.releases / next(iter(mine.values())).manifest["release_id"])
        found = find(declared, paper, mine, release.unit_names)
        rows += [finding.row(name, place) for place, finding in enumerate(found, start=1)]
    kinds = {"varchar": "string", "double": "float64", "integer": "Int64"}
    frame = pd.DataFrame(rows, columns=[*COLUMNS])
    return frame.astype({name: kinds[kind] for name, kind in COLUMNS.items()})
