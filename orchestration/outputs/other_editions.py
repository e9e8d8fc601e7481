"""A paper's tables on the other editions of its data set, as `make editions` stored them. Loads no Dagster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.estimation.artifacts.artifact import read_results
from living_panel.estimation.audit.causes import Other
from living_panel.estimation.audit.reproduction import StoredResults
from living_panel.estimation.findings.declared import Difference, Slope, followed
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers.schema import Beside
from living_panel.estimation.papers.source import SetEdition, find_data_folder, origin_of
from living_panel.orchestration.outputs.edition_tables import NOTE
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings

Pairs = Mapping[str, Beside]


def edition_entries(settings: Settings, paper: str, papers: Path = PAPERS) -> list[dict[str, str]]:
    """Stored tables of a paper on the editions of its data set: what `make editions` noted."""
    tables = {file.stem for file in papers.glob(f"{paper}/specs/*.yml")}
    return [entry for entry in state.read(settings.root, NOTE) if entry["table_id"] in tables]


def is_missing(settings: Settings, paper: str, pairs: Pairs, papers: Path = PAPERS) -> bool:
    """Whether `make editions` would estimate a table that answers a printed one, and did not yet."""
    data = find_data_folder(papers / paper)
    if (
        data is None
        or origin_of(data, SetEdition) is None
        or edition_entries(settings, paper, papers)
    ):
        return False
    return any(_answers(finding, pairs) for finding, _ in followed(paper, papers))


def other_editions(
    settings: Settings, paper: str, pairs: Pairs, papers: Path = PAPERS
) -> Iterator[Other]:
    """The tables that answer a paper's printed ones, on each other edition.

    A followed table with columns of its own answers by its finding: its first path is our number for the printed
    coefficient that carries the claim, and the rest of that column goes with it.

    Yields
    ------
    Other
        Named by data set and edition.
    """
    current = {e["artifact_id"] for e in state.read(settings.root, state.vantage(None))}
    named: dict[str, list[StoredResults]] = {}
    for entry in edition_entries(settings, paper, papers):
        if entry["artifact_id"] in current:
            continue
        folder = settings.artifacts / entry["table_id"] / entry["artifact_id"]
        if not (folder / "manifest.json").is_file():
            continue
        stored = read_results(folder)
        if stored.manifest["status"] != "estimated":
            continue
        findings = [f for f, of in followed(paper, papers) if of.table == entry["table_id"]]
        in_place = [made for f in findings if (made := _in_place(stored, f, pairs)) is not None]
        direct = any(one.table == entry["table_id"] for p in pairs.values() for one in p.every)
        name = f"{entry['data_set']} {entry['edition']}"
        named.setdefault(name, []).extend([*([stored] if direct else []), *in_place])
    yield from (Other("other_edition", name, tables) for name, tables in named.items() if tables)


def _answers(finding: Slope | Difference, pairs: Pairs) -> bool:
    """Whether the followed table of a finding answers a printed one, itself or by the printed coefficient."""
    table = finding.editions.table if finding.editions else ""
    if any(one.table == table for pair in pairs.values() for one in pair.every):
        return True
    return finding.printed is not None and finding.printed.table in pairs


def _in_place(
    stored: StoredResults, finding: Slope | Difference, pairs: Pairs
) -> StoredResults | None:
    """The first path of a finding under the names of our column that answers the printed coefficient."""
    printed, editions = finding.printed, finding.editions
    if printed is None or editions is None or printed.table not in pairs:
        return None
    pair, path = pairs[printed.table].answering(printed.model), editions.paths[0]
    models = pair.models.get(printed.model)
    if not models or pair.table == editions.table:
        return None
    term = pair.terms.get(printed.term, printed.term)

    def renamed(frame: pd.DataFrame) -> pd.DataFrame:
        rows = frame[frame["model"] == path.model].assign(model=models[0])
        return rows.assign(term=rows["term"].replace({path.term: term}))

    manifest: dict[str, Any] = {**stored.manifest, "table_id": pair.table}
    return StoredResults(manifest, renamed(stored.coefficients), renamed(stored.statistics))
