"""The graph of assets, jobs, schedules and sensors as it is meant to be.

A snapshot: a change of the graph is a change of this file's neighbour, seen in review. Write it anew with
`UPDATE_SNAPSHOT=1 pytest tests/definitions/test_graph.py`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import dagster as dg
import pytest

SNAPSHOT = Path(__file__).with_name("graph.json")


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    root = tmp_path_factory.mktemp("root") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVING_PANEL_DATA", str(root))
        patch.setenv("DAGSTER_STATE", str(root.parent / "state"))
        from orchestration.definitions import build_definitions

        yield build_definitions()


def graph(defs: dg.Definitions) -> dict[str, object]:
    assets = defs.resolve_asset_graph()
    keys = sorted(assets.get_all_asset_keys(), key=lambda k: k.path)
    return {
        "assets": {
            "/".join(k.path): {
                "group": assets.get(k).group_name,
                "from": sorted("/".join(p.path) for p in assets.get(k).parent_keys),
                "partitioned": assets.get(k).partitions_def is not None,
            }
            for k in keys
        },
        "blocking checks": len(
            [k for k in assets.asset_check_keys if assets.get_check_spec(k).blocking]
        ),
        "jobs": sorted(j.name for j in defs.jobs or []),
        "schedules": sorted(s.name for s in defs.schedules or []),
        "sensors": sorted(s.name for s in defs.sensors or []),
    }


def test_the_graph_is_the_one_on_record(defs: dg.Definitions) -> None:
    now = graph(defs)
    if os.environ.get("UPDATE_SNAPSHOT"):
        SNAPSHOT.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert now == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_every_asset_stands_in_the_room_its_name_says(defs: dg.Definitions) -> None:
    for name, asset in graph(defs)["assets"].items():
        assert asset["group"] == name.split("/")[0]


def test_refresh_goes_through_every_room_and_never_fetches(defs: dg.Definitions) -> None:
    job = defs.resolve_job_def("refresh")
    rooms = {key.path[0] for key in job.asset_layer.executable_asset_keys}
    assert rooms >= {
        "archive",
        "extracted",
        "staging",
        "intermediate",
        "marts",
        "release",
        "artifacts",
        "results",
    }
    assert "fetch" not in rooms


def test_every_spec_has_its_asset(defs: dg.Definitions) -> None:
    from estimation.panel.spec import load_specs

    names = set(graph(defs)["assets"])
    assert {f"artifacts/{table}" for table in load_specs()} <= names


def test_all_partitioned_assets_share_the_editions(defs: dg.Definitions) -> None:
    from ingestion import catalog

    assets = defs.resolve_asset_graph()
    partitions = {
        tuple(assets.get(k).partitions_def.get_partition_keys())
        for k in assets.get_all_asset_keys()
        if assets.get(k).partitions_def is not None
    }
    assert partitions == {tuple(str(e) for e in catalog.all_editions())}
