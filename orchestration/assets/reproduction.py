"""Printed numbers against ours, after a refresh made its tables: `results.reproduction`, and numbers in the UI."""

import json
from typing import Any

import dagster as dg
import pandas as pd

from estimation.artifacts.artifact import read_statistics
from estimation.audit.reproduction import (
    COLUMNS,
    STATUSES,
    StoredResults,
    in_words,
    reproduce,
    summarize,
)
from estimation.panel.spec import PAPER_FILE
from estimation.papers.printed import load_paper, pairs
from ingestion.files import write_durably
from orchestration.assets.registry import Project, builds_assets
from orchestration.assets.resources import Workplace
from orchestration.assets.specs import spec_folder
from orchestration.root import state
from orchestration.root.settings import Settings

NAME = "reproduction.parquet"


def read_stored(settings: Settings) -> list[StoredResults]:
    """Return the tables of the state that is being built: `results` is made from the same list."""
    tables = []
    for entry in state.read(settings.root, state.vantage(None)):
        folder = settings.artifacts / entry["table_id"] / entry["artifact_id"]
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        coefficients = pd.read_parquet(folder / "coefficients.parquet")
        tables.append(StoredResults(manifest, coefficients, read_statistics(folder)))
    return tables


def compare_papers(settings: Settings) -> tuple[pd.DataFrame, dict[str, str]]:
    """Compare every paper that has a current table; also return each paper that cannot be read, and why."""
    stored, frames, damaged = read_stored(settings), [], {}
    present = {str(t.manifest["spec"].get("paper", "")) for t in stored}
    for file in sorted(spec_folder().glob(f"*/{PAPER_FILE}")):
        name = file.parent.name
        if name not in present:
            continue
        try:
            paper, pair = load_paper(name, spec_folder()), pairs(name, spec_folder())
        except ValueError as error:
            damaged[name] = str(error)
            continue
        frames.append(reproduce(paper, pair, stored))
    every = [frame for frame in frames if len(frame)]
    return (
        pd.concat(every, ignore_index=True) if every else pd.DataFrame(columns=COLUMNS)
    ), damaged


@builds_assets
def _assets(_: Project) -> list[dg.AssetsDefinition]:
    """Printed numbers compared with ours."""
    return [reproduction_asset()]


def reproduction_asset() -> dg.AssetsDefinition:
    """Asset that compares each printed number with ours."""

    @dg.asset(
        key=["artifacts", "reproduction"],
        group_name="artifacts",
        deps=[dg.AssetKey(["artifacts", "current"])],
        kinds={"python", "parquet"},
    )
    def reproduction(
        context: dg.AssetExecutionContext, workplace: Workplace
    ) -> dg.MaterializeResult:
        """The reproduced share of each paper's printed numbers, and the size of each difference."""
        settings = workplace.settings
        cells, damaged = compare_papers(settings)
        content = cells.to_parquet(index=False)
        write_durably(content, settings.build / NAME)
        for name, reason in damaged.items():
            context.log.warning(f"{name} is omitted from the reproduction: {reason}")
        return dg.MaterializeResult(metadata=_metadata(cells))

    return reproduction


def _metadata(cells: pd.DataFrame) -> dict[str, Any]:
    """Numbers by paper that Plots follows over editions, and one sentence a paper."""
    summary = summarize(cells)
    papers = summary[summary["scope"] == "paper"].to_dict("records")
    sentences = [f"- **{p['paper']}**: {in_words(p, p['design'])}" for p in papers]
    numbers = {
        f"{paper['paper']}: {name}": int(paper[name])
        for paper in papers
        for name in ("printed", *STATUSES)
    }
    return {"in words": dg.MetadataValue.md("\n".join(sentences)), **numbers}
