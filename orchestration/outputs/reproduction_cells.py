"""Printed numbers of every paper against the tables of the state that is built. Loads no Dagster: workers run this."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from living_panel.estimation.artifacts.artifact import read_statistics
from living_panel.estimation.audit.reproduction import COLUMNS, StoredResults, reproduce
from living_panel.estimation.panel.spec import PAPER_FILE
from living_panel.estimation.papers.printed import load_paper, pairs
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings


def read_stored(settings: Settings) -> list[StoredResults]:
    """Return the tables of the state that is being built: `results` is made from the same list."""
    tables = []
    for entry in state.read(settings.root, state.vantage(None)):
        folder = settings.artifacts / entry["table_id"] / entry["artifact_id"]
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        coefficients = pd.read_parquet(folder / "coefficients.parquet")
        tables.append(StoredResults(manifest, coefficients, read_statistics(folder)))
    return tables


def compare_papers(settings: Settings, papers: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Compare every paper that has a current table; also return each paper that cannot be read, and why."""
    stored, frames, damaged = read_stored(settings), [], {}
    present = {str(t.manifest["spec"].get("paper", "")) for t in stored}
    for file in sorted(papers.glob(f"*/{PAPER_FILE}")):
        name = file.parent.name
        if name not in present:
            continue
        try:
            paper, pair = load_paper(name, papers), pairs(name, papers)
        except ValueError as error:
            damaged[name] = str(error)
            continue
        frames.append(reproduce(paper, pair, stored))
    every = [frame for frame in frames if len(frame)]
    return (
        pd.concat(every, ignore_index=True) if every else pd.DataFrame(columns=COLUMNS)
    ), damaged
