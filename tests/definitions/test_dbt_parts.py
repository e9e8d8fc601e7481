"""The two steps of dbt: each node belongs to one of them."""

from __future__ import annotations

import json
import re

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


RULES = re.compile(
    r"^\s*(where|case|when|and|distinct|row_number|group by|window)\b|\bjoin\b|\bunnest|columns_of_structs|"
    r"figures_status\(|over \(",
    re.MULTILINE | re.IGNORECASE,
)
"""What joins, filters, chooses, classifies or reshapes; a model without it renames and casts."""


def test_every_model_with_a_rule_has_a_unit_test(manifest: dict) -> None:
    models = {
        n["name"]: n["raw_code"]
        for n in manifest["nodes"].values()
        if n["resource_type"] == "model"
    }
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    bare = {name: re.sub(r"--.*", "", sql) for name, sql in models.items()}
    with_rules = {name for name, sql in bare.items() if RULES.search(sql)}
    assert not with_rules - tested
    assert len(with_rules) > 20 and tested <= models.keys()


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
