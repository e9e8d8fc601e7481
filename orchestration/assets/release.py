"""Assets of releases: fixed copies of the panel and of the data of papers."""

from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from living_panel.estimation.panel.periods import period_text
from living_panel.estimation.panel.release import TABLES, load_release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.papers.source import source_record
from living_panel.ingestion.provenance.catalog import has_sources
from living_panel.orchestration.assets.markdown_text import markdown
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.outputs.releases import (
    find_paper_data,
    freeze,
    freeze_data,
    is_on_panel,
    remember,
)
from living_panel.orchestration.root.failure import failure_of
from living_panel.orchestration.root.limits import BeyondTableLimit
from living_panel.orchestration.root.versions import module_version

PANEL = dg.AssetKey(["release", "panel"])


def release_key(spec: Spec) -> dg.AssetKey:
    """Key of the asset of the release from which a table is estimated."""
    return PANEL if is_on_panel(spec) else dg.AssetKey(["release", spec.paper])


@builds_assets
def release_assets(project: Project) -> list[dg.AssetSpec | dg.AssetsDefinition]:
    """Asset of the panel's release; for each paper with own data, an asset of the data and one of their release."""
    papers = {s.paper: find_paper_data(s) for s in project.specs}
    own = [
        asset
        for paper, data in sorted(papers.items())
        if data is not None
        for asset in (_paper_data_asset(paper, data), _paper_release_asset(paper, data))
    ]
    return [release_panel, *own]


def _paper_data_asset(paper: str, data: Path) -> dg.AssetSpec:
    told = source_record(data)
    return dg.AssetSpec(
        ["papers", paper],
        group_name=paper,
        description=f"{paper}'s own data: {told['source']}, edition {told['edition']}, obtained on {told['vintage']}. "
        f"The folder {data} has the data files, or names the installed package that has them. A check verifies their "
        "format. These data never become part of the panel.",
        metadata={"path": dg.MetadataValue.path(str(data)), "sha256": str(told["sha256"])},
        kinds={"csv"},
    )


def _paper_release_asset(paper: str, data: Path) -> dg.AssetsDefinition:
    @dg.asset(
        key=["release", paper],
        group_name=paper,
        deps=[dg.AssetKey(["papers", paper])],
        code_version=module_version("living_panel.orchestration.assets.release"),
        description=f"A fixed copy of {paper}'s own data, called a release. The tables of {paper} are estimated from "
        "this copy.",
        kinds={"parquet"},
    )
    def paper_release(workplace: Workplace) -> dg.MaterializeResult:
        try:
            folder = freeze_data(workplace.settings, data)
        except BeyondTableLimit as error:
            raise failure_of(error) from error
        return dg.MaterializeResult(
            data_version=dg.DataVersion(folder.name), metadata=_release_metadata(folder)
        )

    return paper_release


def _release_metadata(folder: Path) -> dict[str, Any]:
    release = load_release(folder)
    coverage = release.panel.notna().groupby(level="year").sum()
    coverage.index = coverage.index.map(period_text)
    return {
        "release_id": folder.name,
        "path": dg.MetadataValue.path(str(folder)),
        "dagster/row_count": len(release.panel),
        "values by year": dg.MetadataValue.md(coverage.to_markdown()),
        "sources": dg.MetadataValue.md(markdown(pd.DataFrame(release.manifest["sources"]))),
    }


@dg.asset(
    key=PANEL,
    group_name="release",
    deps=[dg.AssetKey(["marts", name]) for name in TABLES if has_sources()],
    code_version=module_version("living_panel.orchestration.assets.release"),
    pool="warehouse",
    kinds={"parquet"},
)
def release_panel(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
    """A fixed copy of the warehouse's panel, called a release. Tables are estimated from this copy.

    Without any source, the panel has no rows, and all papers use their own data.
    """
    folder = freeze(workplace.settings, None)
    remember(workplace.settings, None, folder.name)
    metadata = _release_metadata(folder)
    if has_sources():
        context.log.info(f"release {folder.name}: {metadata['dagster/row_count']} rows, {folder}")
    return dg.MaterializeResult(data_version=dg.DataVersion(folder.name), metadata=metadata)
