"""Printed numbers of every paper against the tables of the state that is built, and likely causes of differences.

Loads no Dagster: child processes run this.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.estimation.artifacts.artifact import read_results
from living_panel.estimation.audit import causes
from living_panel.estimation.audit.causes import Other, deviating, find_causes, key_of, numbered
from living_panel.estimation.audit.reproduction import COLUMNS, StoredResults, reproduce
from living_panel.estimation.findings.declared import followed
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import PAPER_FILE, Spec
from living_panel.estimation.papers.printed import load_paper, pairs
from living_panel.estimation.tables.other_samples import other_samples
from living_panel.orchestration.outputs.other_editions import (
    edition_entries,
    is_missing,
    other_editions,
)
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import folder_hash, module_version

NAME = "reproduction.parquet"
CAUSES = "reproduction_causes.parquet"
INPUTS = "inputs"
"""Column of both files: hash of what the rows of a paper are made from."""
MODULES = (
    "living_panel.orchestration.outputs.reproduction_cells",
    "living_panel.estimation.tables.kinds.panel_models",
)
SAMPLED = "panel_models"
"""Kind of table that is estimated on other samples."""
COMPARISON = "comparison"


def read_stored(settings: Settings, tables: Collection[str] | None = None) -> list[StoredResults]:
    """Return the tables of the state that is being built: `results` is made from the same list.

    Of `tables` alone, if given.
    """
    results = []
    for table, folder in _listed(settings).items():
        if tables is None or table in tables:
            results.append(read_results(folder))
    return results


def _listed(settings: Settings) -> dict[str, Path]:
    """Folder of the artifact of each table of the state that is being built."""
    entries = state.read(settings.root, state.vantage(None))
    return {e["table_id"]: settings.artifacts / e["table_id"] / e["artifact_id"] for e in entries}


def _manifest(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def compare_papers(settings: Settings, papers: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Compare every paper that has a current table; also return each paper that cannot be read, and why.

    A paper with the same files and tables keeps its rows. The rows have `INPUTS` besides `COLUMNS`.
    """
    listed, before = _listed(settings), _read_cells(settings)
    present = {str(_manifest(folder)["spec"].get("paper", "")) for folder in listed.values()}
    code, frames, damaged = module_version(*MODULES), [], {}
    for file in sorted(papers.glob(f"*/{PAPER_FILE}")):
        name = file.parent.name
        if name not in present:
            continue
        try:
            pair = pairs(name, papers)
            ours = sorted({one.table for of in pair.values() for one in of.every})
            artifacts = [[table, listed[table].name] for table in ours if table in listed]
            inputs = document_hash([code, folder_hash(file.parent), artifacts])
            cells = before[(before["paper"] == name) & (before[INPUTS] == inputs)]
            if cells.empty:
                cells = reproduce(load_paper(name, papers), pair, read_stored(settings, ours))
                cells = cells.assign(**{INPUTS: inputs})
        except ValueError as error:
            damaged[name] = str(error)
            continue
        frames.append(cells)
    every = [frame for frame in frames if len(frame)]
    empty = pd.DataFrame(columns=[*COLUMNS, INPUTS])
    return (pd.concat(every, ignore_index=True) if every else empty), damaged


def _read_cells(settings: Settings) -> pd.DataFrame:
    """Rows of the last refresh; empty before the first one, and where they are damaged or of another form."""
    with suppress(OSError, ValueError):  # pyarrow's errors are among these
        cells = pd.read_parquet(settings.build / NAME)
        if list(cells.columns) == [*COLUMNS, INPUTS]:
            return cells
    return pd.DataFrame(columns=[*COLUMNS, INPUTS])


def read_causes(settings: Settings) -> pd.DataFrame:
    """Causes as the last refresh stored them; empty before the first one."""
    path = settings.build / CAUSES
    return pd.read_parquet(path) if path.is_file() else _typed([])


def causes_of(settings: Settings, paper: str) -> pd.DataFrame:
    """Stored causes of one paper's numbers."""
    frame = read_causes(settings)
    return frame.loc[frame["paper"] == paper, causes.COLUMNS].reset_index(drop=True)


def search_causes(settings: Settings, papers: Path, cells: pd.DataFrame) -> pd.DataFrame:
    """Likely causes of every number that deviates, one row a cause; a paper with the same inputs keeps its rows.

    A comparison on other data than the authors' has none: the data differ.

    Parameters
    ----------
    settings : Settings
        The data root.
    papers : Path
        Folder of the papers.
    cells : pandas.DataFrame
        What `compare_papers` found.

    Returns
    -------
    pandas.DataFrame
        `causes.COLUMNS` and `INPUTS`. Where no cause was found, `cause` is none; where another edition was not tried,
        it is not tried.
    """
    # a number of ours that does not count, such as an R² of a kind that was chosen, needs no cause
    cells = cells.assign(ours=cells["ours"].mask(cells["status"] == "not attempted"))
    if deviating(cells[cells["design"] != COMPARISON]).empty:
        return _typed([])
    before, frames = read_causes(settings), []
    code = module_version(*MODULES)
    for name, paper_cells in cells.groupby("paper", sort=False):
        paper = str(name)
        if paper_cells["design"].iloc[0] == COMPARISON or deviating(paper_cells).empty:
            continue
        entries = edition_entries(settings, paper, papers)
        declared = [p.model_dump() for p in pairs(paper, papers).values()]
        declared += [f.model_dump() for f, _ in followed(paper, papers)]
        inputs = document_hash([code, paper_cells.to_csv(index=False), entries, declared])
        stored = before[(before["paper"] == paper) & (before[INPUTS] == inputs)]
        rows = stored if len(stored) else _explained(settings, papers, paper, paper_cells)
        frames.append(rows.assign(**{INPUTS: inputs}))
    return _typed(frames)


def _typed(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows below each other, with one type a column, so that an empty file has them too."""
    names = [*causes.COLUMNS, INPUTS]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names)
    counts = dict.fromkeys(("number", "explains", "of", "rank"), "Int64")
    texts = dict.fromkeys((n for n in names if n not in counts and n != "ours"), "string")
    return whole[names].astype(counts | texts | {"ours": "float64"})


def _explained(
    settings: Settings,
    papers: Path,
    paper: str,
    cells: pd.DataFrame,
) -> pd.DataFrame:
    """Causes of one paper's numbers, with a row for each number that has none."""
    mine, stored = pairs(paper, papers), read_stored(settings)
    tables = {*deviating(cells)["table_id"]}
    others = [
        *(o for t in stored if t.table_id in tables for o in _samples(settings, t)),
        *other_editions(settings, paper, mine, papers),
    ]
    explained = find_causes(load_paper(paper, papers), mine, stored, others, cells)
    rows = deviating(numbered(cells))
    plain = rows[[c for c in causes.COLUMNS if c in rows]]
    known = {key_of(row) for row in explained.to_dict("records")}
    lacking = plain[[key_of(row) not in known for row in plain.to_dict("records")]]
    parts = [explained, lacking.assign(cause=causes.NO_CAUSE, detail="")]
    if is_missing(settings, paper, mine, papers):
        parts.append(plain.assign(cause=causes.NOT_TRIED, detail="other_edition"))
    return _with_columns(parts)


def _with_columns(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([p.reindex(columns=causes.COLUMNS).astype(object) for p in parts])


def _samples(settings: Settings, table: StoredResults) -> Iterator[Other]:
    """A table on other samples of its release, where its kind is estimated so."""
    manifest = table.manifest
    folder = settings.releases / str(manifest.get("release_id", ""))
    if manifest["status"] == "estimated" and manifest["spec"].get("kind") == SAMPLED:
        if (folder / "manifest.json").is_file():
            spec = Spec.model_validate(manifest["spec"])
            yield from other_samples(spec, load_release(folder))
