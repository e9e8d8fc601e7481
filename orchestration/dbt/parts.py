"""The two parts of the dbt project, up to the marts and the results: what dbt builds of each, and its nodes."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from living_panel.ingestion.provenance.catalog import has_sources
from living_panel.orchestration.dbt.integration import HAS_DBT

FOLDER = ["living_panel", "results"]
"""Project and folder of the models of results, as dbt's names of nodes begin."""
RESULTS = f"fqn:{'.'.join(FOLDER)}"
RESULTS_ALONE = f"+{RESULTS}"
"""The results with the seeds that they read, for a data root without sources, whose marts are not built."""
COMPARISONS = "source:living_panel.artifacts.drift+"
"""Results that show stored comparisons of two states."""


def selected(part: str) -> list[str]:
    """Return what dbt is asked to build of a part."""
    if part == "marts":
        return ["--exclude", RESULTS]
    return ["--select", RESULTS if has_sources() else RESULTS_ALONE]


def assets_of(part: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments by which `dbt_assets` takes the nodes of a part: with dbt by its selection."""
    if not HAS_DBT:
        return {"manifest": manifest_of(part, manifest)}
    option, chosen = selected(part)
    return {"manifest": manifest, option.removeprefix("--"): chosen}


def manifest_of(part: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest whose nodes are those of a part; the others stand where only a look-up by id finds them.

    Without dbt, dagster-dbt takes all nodes of a manifest, and looks up what a node depends on.
    """
    mine = nodes_of(part, manifest)
    others = {name: node for name, node in manifest["nodes"].items() if name not in mine}
    nodes = {name: node for name, node in manifest["nodes"].items() if name in mine}
    return {**manifest, "nodes": nodes, "metrics": {**manifest["metrics"], **others}}


def nodes_of(part: str, manifest: Mapping[str, Any]) -> Set[str]:
    """Return the ids of the nodes that `selected` chooses: a test goes with any model that it tests."""
    nodes, parents = manifest["nodes"], manifest["parent_map"]
    results = {name for name, node in nodes.items() if node["fqn"][: len(FOLDER)] == FOLDER}
    if part == "results" and not has_sources():
        waiting = [*results]
        while waiting:
            above = {name for name in parents[waiting.pop()] if name in nodes} - results
            results |= above
            waiting += above
    results |= {
        name
        for name, node in nodes.items()
        if node["resource_type"] == "test" and not results.isdisjoint(parents[name])
    }
    return results if part == "results" else nodes.keys() - results
