"""The graph of assets, jobs, schedules and sensors as it is meant to be.

A snapshot: a change of the graph is a change of this file's neighbour, seen in review. Write it anew with
`UPDATE_SNAPSHOT=1 pytest tests/definitions/test_graph.py`.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import dagster as dg
import pytest

import living_panel.orchestration.assets
import living_panel.orchestration.automation
from living_panel.estimation.panel.spec import load_specs
from living_panel.orchestration.assets import registry
from living_panel.orchestration.automation.progress import STAGES
from living_panel.orchestration.root.settings import load_settings
from tests.paths import SPECS, some_specs

SNAPSHOT = Path(__file__).with_name("graph.json")


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    root = tmp_path_factory.mktemp("root") / "data"
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVING_PANEL_DATA", str(root))
        patch.setenv("DAGSTER_STATE", str(root.parent / "state"))
        from living_panel.orchestration.definitions import build_definitions

        yield build_definitions()


def graph(defs: dg.Definitions) -> dict[str, object]:
    """The graph in short: what each asset is made from, every table, and every paper's own data, standing for all."""
    assets = defs.resolve_asset_graph()
    keys, tables = sorted(assets.get_all_asset_keys(), key=lambda k: k.path), load_specs()
    short = dict.fromkeys(tables, "<table>") | {s.paper: "<paper>" for s in tables.values()}

    def name(key: dg.AssetKey) -> str:
        return "/".join(short.get(part, part) for part in key.path)

    parents: dict[str, set[str]] = {}
    for key in keys:
        parents.setdefault(name(key), set()).update(map(name, assets.get(key).parent_keys))
    return {
        "assets": {child: sorted(found) for child, found in parents.items()},
        "partitioned stages": sorted(
            {k.path[0] for k in keys if assets.get(k).partitions_def is not None}
        ),
        "checks that do not block": sorted(
            {k.name for k in assets.asset_check_keys if not assets.get_check_spec(k).blocking}
        ),
        "jobs": sorted(j.name for j in defs.jobs or []),
        "schedules": sorted(s.name for s in defs.schedules or []),
        "sensors": sorted(s.name for s in defs.sensors or []),
    }


def _text(now: dict[str, object]) -> str:
    """One line an asset, so that a change is read as one."""
    parts = [
        f" {json.dumps(k)}: {json.dumps(v, indent=1)}" for k, v in now.items() if k != "assets"
    ]
    lines = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in dict(now["assets"]).items()]  # type: ignore[call-overload]
    return '{\n "assets": {\n' + ",\n".join(lines) + "\n },\n" + ",\n".join(parts) + "\n}\n"


def test_assets_are_described_in_words_and_not_by_their_sql(defs: dg.Definitions) -> None:
    assets = defs.resolve_asset_graph()
    described = {key: assets.get(key).description for key in assets.get_all_asset_keys()}
    made = {key: text for key, text in described.items() if assets.get(key).is_materializable}
    assert [key for key, text in made.items() if not text or "```" in text] == []


@pytest.mark.long
def test_the_graph_is_the_one_on_record(defs: dg.Definitions) -> None:
    now = graph(defs)
    if os.environ.get("UPDATE_SNAPSHOT"):
        SNAPSHOT.write_text(_text(now), encoding="utf-8")
    assert now == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_a_papers_own_data_lead_over_a_release_of_their_own_to_its_tables_alone(
    defs: dg.Definitions,
) -> None:
    assets, tables = defs.resolve_asset_graph(), load_specs()
    release = dg.AssetKey(["release", "munnell_1990"])
    assert assets.get(release).parent_keys == {dg.AssetKey(["papers", "munnell_1990"])}
    told = assets.get(dg.AssetKey(["papers", "munnell_1990"])).description
    assert "linearmodels.datasets.munnell, edition 1990" in str(told)
    mine = {name for name, spec in tables.items() if spec.paper == "munnell_1990"}
    assert {k.path[-1] for k in assets.get(release).child_keys} == mine
    for stage in ("artifacts", "as_of"):
        assert assets.get(dg.AssetKey([stage, "munnell_1990_audit"])).parent_keys == {release}
    assert release in defs.resolve_job_def("refresh").asset_layer.executable_asset_keys


def test_the_list_of_current_tables_waits_for_the_panel(defs: dg.Definitions) -> None:
    """It names the panel's release, also where every table is on data of its paper."""
    current = defs.resolve_asset_graph().get(dg.AssetKey(["artifacts", "current"]))
    assert dg.AssetKey(["release", "panel"]) in current.parent_keys


def test_assets_are_grouped_by_paper_and_otherwise_by_stage(defs: dg.Definitions) -> None:
    """Data, release and tables of a paper are one group."""
    assets = defs.resolve_asset_graph()
    papers = {name: spec.paper for name, spec in load_specs().items()}
    papers |= {paper: paper for paper in papers.values()}
    for key in assets.get_all_asset_keys():
        own = (
            papers.get(key.path[-1]) if key.path[0] in ("artifacts", "papers", "release") else None
        )
        assert assets.get(key).group_name == (own or key.path[0])


def test_every_job_runs_on_the_configured_executor(defs: dg.Definitions) -> None:
    jobs = defs.get_repository_def().get_all_jobs()
    assert {job.executor_def.name for job in jobs} == {"in_process"}


ADDED = """
import dagster as dg

from living_panel.orchestration.assets.registry import builds_assets


@builds_assets
def added(project):
    return [dg.AssetSpec(["added", f"of_{len(project.specs)}_tables"])]
"""


def test_an_asset_in_a_module_of_its_own_is_loaded_without_another_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.import_modules(living_panel.orchestration.assets)
    (tmp_path / "added_assets.py").write_text(ADDED)
    (tmp_path / "_helper.py").write_text("raise ImportError")
    monkeypatch.setattr(
        living_panel.orchestration.assets,
        "__path__",
        [*living_panel.orchestration.assets.__path__, str(tmp_path)],
    )
    monkeypatch.setattr(registry, "_BUILDERS", [])
    (asset,) = registry.registered_assets(registry.Project(load_settings(), [], {}))
    assert asset.key.path == ["added", "of_0_tables"]


ADDED_JOB = """
import dagster as dg

from living_panel.orchestration.assets.registry import register

register(dg.define_asset_job("added"), needs_sources=False)
register(dg.define_asset_job("added_with_sources"), needs_sources=True)
"""


@pytest.mark.parametrize("has_sources", [True, False])
def test_a_job_in_a_module_of_its_own_is_loaded_without_another_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_sources: bool
) -> None:
    registry.import_modules(living_panel.orchestration.automation)
    (tmp_path / f"added_job_{has_sources}.py").write_text(ADDED_JOB)
    monkeypatch.setattr(
        living_panel.orchestration.automation,
        "__path__",
        [*living_panel.orchestration.automation.__path__, str(tmp_path)],
    )
    monkeypatch.setattr(registry, "_AUTOMATION", [])
    monkeypatch.setattr(registry, "has_sources", lambda: has_sources)
    names = [
        job.name for job in registry.registered_automation(living_panel.orchestration.automation)
    ]
    assert names == ["added", *(["added_with_sources"] if has_sources else [])]


def test_every_check_says_what_it_demands(defs: dg.Definitions) -> None:
    assets = defs.resolve_asset_graph()
    silent = [k for k in assets.asset_check_keys if not assets.get_check_spec(k).description]
    assert not silent


def test_refresh_goes_through_every_room_and_never_fetches(defs: dg.Definitions) -> None:
    job = defs.resolve_job_def("refresh")
    stages = {key.path[0] for key in job.asset_layer.executable_asset_keys}
    assert stages >= set(STAGES[1:])
    assert not stages & {"fetch", "as_of"}, "neither fetches nor touches an earlier state"


def test_nobody_who_refreshes_is_asked_to_confirm(defs: dg.Definitions) -> None:
    """Dagster asks when an asset that a job leaves out comes before one of it and was never made."""
    assets = defs.resolve_asset_graph()
    chosen = defs.resolve_job_def("refresh").asset_layer.executable_asset_keys
    before = {parent for key in chosen for parent in assets.get(key).parent_keys} - chosen
    assert not {key for key in before if assets.get(key).is_materializable}


def test_a_wrong_spec_stops_its_own_table_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from living_panel.orchestration.definitions import build_definitions

    specs = some_specs(tmp_path, "t04_baseline", "x_open_window", "t06_regions")
    (specs / "t04_baseline.yml").write_text("table: [", encoding="utf-8")
    text = (specs / "t06_regions.yml").read_text(encoding="utf-8")
    line = text.splitlines().index('  primary: "wild_cluster_bootstrap:rademacher"') + 1
    text = text.replace("  primary:", "  primarry:")
    (specs / "t06_regions.yml").write_text(text, encoding="utf-8")
    other = tmp_path / "other_2020" / "specs"
    other.mkdir(parents=True)
    (other.parent / "paper.yml").write_text("roles: {gdp: {meas", encoding="utf-8")
    shutil.copy(SPECS / "x_curve.yml", other)
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("LIVING_PANEL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DAGSTER_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(tmp_path))
    assets = build_definitions().resolve_asset_graph()
    tables = {
        key.path[1]: assets.get(key)
        for key in assets.get_all_asset_keys()
        if key.path[0] == "artifacts"
    }
    described = {  # as Markdown shows it
        name: str(node.description).replace("\\", "") for name, node in tables.items()
    }
    assert "t04_baseline.yml:1: the file is not valid YAML" in described["t04_baseline"]
    fault = f"t06_regions.yml:{line}: options.primarry: this key is unknown. Fix: write 'primary'"
    assert fault in described["t06_regions"]
    # A fault in one paper's file stops that paper.
    assert "other_2020/paper.yml:1: the file is not valid YAML" in described["x_curve"]
    listed = {k.path[1] for k in tables["current"].parent_keys if k.path[0] == "artifacts"}
    assert listed == {"x_open_window"}, "the others are published without it"


def test_every_spec_has_its_asset(defs: dg.Definitions) -> None:
    names = {"/".join(key.path) for key in defs.resolve_asset_graph().get_all_asset_keys()}
    assert {
        f"{stage}/{table}" for stage in ("artifacts", "as_of") for table in load_specs()
    } <= names


def test_all_partitioned_assets_share_the_editions(defs: dg.Definitions) -> None:
    from living_panel.ingestion.provenance import catalog

    assets = defs.resolve_asset_graph()
    partitions = {
        tuple(assets.get(k).partitions_def.get_partition_keys())
        for k in assets.get_all_asset_keys()
        if assets.get(k).partitions_def is not None and k.path[0] != "as_of"
    }
    assert partitions == {tuple(str(e) for e in catalog.all_editions())}
