"""Printed numbers compared with ours, and the findings of each paper: `results.reproduction`, `results.findings`."""

from functools import partial
from typing import Any

import dagster as dg
import pandas as pd

from living_panel.estimation.audit.reproduction import STATUSES, counts, in_words
from living_panel.estimation.panel.spec import spec_folder
from living_panel.ingestion.files import write_durably
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.outputs import finding_rows
from living_panel.orchestration.outputs.reproduction_cells import (
    CAUSES,
    INPUTS,
    NAME,
    compare_papers,
    search_causes,
)
from living_panel.orchestration.root.processes import compute


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
        """Printed numbers of each paper compared with ours, causes of differences, and the state of each finding."""
        settings = workplace.settings
        ((cells, damaged),) = compute([partial(compare_papers, settings, spec_folder())])
        content = cells.to_parquet(index=False)
        write_durably(content, settings.build / NAME)
        cells = cells.drop(columns=INPUTS)
        (causes,) = compute([partial(search_causes, settings, spec_folder(), cells)])
        write_durably(causes.to_parquet(index=False), settings.build / CAUSES)
        (findings,) = compute([partial(finding_rows.find_papers, settings, spec_folder())])
        write_durably(findings.to_parquet(index=False), settings.build / finding_rows.NAME)
        for name, reason in damaged.items():
            context.log.warning(f"{name} is omitted from the reproduction: {reason}")
        return dg.MaterializeResult(metadata={**_metadata(cells), **_states(findings)})

    return reproduction


def _states(findings: pd.DataFrame) -> dict[str, Any]:
    """Number of findings by state, and one line a finding."""
    lines = [
        f"- **{row.paper}**: {row.claim} *{row.state or 'not estimated'}*"
        for row in findings.itertuples()
    ]
    counted = {
        f"findings: {state}": int(n)
        for state, n in findings["state"].value_counts().items()
        if state
    }
    return {"findings": dg.MetadataValue.md("\n".join(lines)), **counted}


def _metadata(cells: pd.DataFrame) -> dict[str, Any]:
    """Numbers by paper that Plots follows over editions, and one sentence a paper."""
    sentences: list[str] = []
    numbers: dict[str, int] = {}
    for (paper, design), part in cells.groupby(["paper", "design"], sort=False):
        counted = counts(part, design)
        sentences.append(f"- **{paper}**: {in_words(counted, design)}")
        numbers |= {f"{paper}: {name}": counted[name] for name in ("printed", *STATUSES)}
    return {"in words": dg.MetadataValue.md("\n".join(sentences)), **numbers}
