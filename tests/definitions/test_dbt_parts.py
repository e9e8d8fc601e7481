"""The nodes of each part of the dbt project are those that dbt's own selection chooses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dagster_dbt import utils

from living_panel.orchestration.dbt import parts
from living_panel.orchestration.dbt.runs import manifest_path
from living_panel.orchestration.root.settings import REPOSITORY, Settings


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("root")
    path = manifest_path(Settings(folder / "data", folder / "state"))
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("part", "sources"), [("marts", True), ("results", True), ("results", False)]
)
def test_the_nodes_of_a_part_are_those_that_dbt_selects(
    manifest: dict, part: str, sources: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "has_sources", lambda: sources)
    option, chosen = parts.selected(part)
    given = {"select": "fqn:*", "exclude": ""} | {option.removeprefix("--"): chosen}
    by_dbt = utils._select_unique_ids_from_manifest(
        **given, selector="", manifest_json=manifest, project=None
    )
    mine = parts.nodes_of(part, manifest)
    assert mine == {name for name in by_dbt if name in manifest["nodes"]}
    assert mine
    assert parts.manifest_of(part, manifest)["nodes"].keys() == mine


def test_every_node_belongs_to_one_part(manifest: dict) -> None:
    marts, results = (parts.nodes_of(part, manifest) for part in ("marts", "results"))
    assert not marts & results
    assert marts | results == manifest["nodes"].keys()


def test_the_results_that_show_comparisons_are_two(manifest: dict) -> None:
    """No other model reads them, so that a new comparison builds these alone."""
    found = utils._select_unique_ids_from_manifest(
        select=parts.COMPARISONS, exclude="", selector="", manifest_json=manifest, project=None
    )
    models = {name for name in found if name.startswith("model.")}
    assert models == {
        f"model.living_panel.{name}" for name in ("coefficient_drift", "release_diff")
    }


ASSETS = """
import sys
{first}
from living_panel.orchestration.definitions import defs
from living_panel.orchestration.dbt.integration import HAS_DBT
graph = defs.resolve_asset_graph()
print(HAS_DBT, "dbt" in sys.modules)
for key in sorted(graph.get_all_asset_keys()):
    print(key.to_user_string(), sorted(graph.get(key).parent_keys))
print(*sorted(map(str, graph.asset_check_keys)), sep=chr(10))
"""


def test_the_assets_are_the_same_where_dbt_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    environment = os.environ | {
        "LIVING_PANEL_DATA": str(tmp_path / "data"),
        "DAGSTER_STATE": str(tmp_path / "state"),
    }
    said = []
    for first in ("", "import dagster_dbt"):
        done = subprocess.run(
            [sys.executable, "-c", ASSETS.format(first=first)], env=environment, cwd=REPOSITORY,
            capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        said.append(done.stdout.splitlines())
    (without, *assets), (with_dbt, *others) = said
    assert (without, with_dbt) == ("False False", "True True")
    assert assets == others and len(assets) > 50
