"""Printed numbers against ours, after a refresh made its tables: `results.reproduction`, and numbers in the UI."""

from typing import Any

import dagster as dg
import pandas as pd

from living_panel.estimation.audit.reproduction import STATUSES, in_words, summarize
from living_panel.ingestion.files import write_durably
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.specs import spec_folder
from living_panel.orchestration.outputs.reproduction_cells import (
    CAUSES,
    INPUTS,
    NAME,
    compare_papers,
    search_causes,
)


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
        """The reproduced share of each paper's printed numbers, the size of each difference, and its likely causes."""
        settings, tables = workplace.settings, workplace.tables
        tables.ask(NAME, compare_papers, settings, spec_folder())
        cells, damaged = tables.answer(NAME, context.log.info)
        content = cells.to_parquet(index=False)
        write_durably(content, settings.build / NAME)
        cells = cells.drop(columns=INPUTS)
        tables.ask(CAUSES, search_causes, settings, spec_folder(), cells)
        causes = tables.answer(CAUSES, context.log.info)
        write_durably(causes.to_parquet(index=False), settings.build / CAUSES)
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
