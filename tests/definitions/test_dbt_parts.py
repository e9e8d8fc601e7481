"""The two steps of dbt: each node belongs to one of them."""

from __future__ import annotations

import json

import pytest
from dagster_dbt import utils

from living_panel.orchestration.assets import dbt_models
from living_panel.orchestration.dbt.runs import manifest_path
from living_panel.orchestration.root.settings import Settings


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("root")
    path = manifest_path(Settings(folder / "data", folder / "state"))
    return json.loads(path.read_text(encoding="utf-8"))


def chosen(manifest: dict, select: str = "fqn:*", exclude: str = "") -> set[str]:
    """Nodes that dbt's selection chooses."""
    names = utils._select_unique_ids_from_manifest(
        select=select, exclude=exclude, selector="", manifest_json=manifest, project=None
    )
    return {name for name in names if name in manifest["nodes"]}


def test_every_node_belongs_to_one_step(manifest: dict) -> None:
    marts = chosen(manifest, exclude=dbt_models.RESULTS)
    results = chosen(manifest, dbt_models.RESULTS)
    assert marts and results and not marts & results
    assert marts | results == manifest["nodes"].keys()


def test_results_alone_have_the_seeds_that_they_read(manifest: dict) -> None:
    more = chosen(manifest, dbt_models.RESULTS_ALONE) - chosen(manifest, dbt_models.RESULTS)
    assert more and {name.split(".")[0] for name in more} <= {"seed", "test"}


def test_the_results_that_show_comparisons_are_two(manifest: dict) -> None:
    """No other model reads them, so that a new comparison builds these alone."""
    models = {n for n in chosen(manifest, dbt_models.COMPARISONS) if n.startswith("model.")}
    assert models == {
        f"model.living_panel.{name}" for name in ("coefficient_drift", "release_diff")
    }
