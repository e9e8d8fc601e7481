"""Steps of tables: each estimates its table, its duration is the table's, and limits have codes."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from living_panel.codes import Code
from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.sentences import NO_NUMBER
from living_panel.estimation.panel.spec import Spec, load_specs
from living_panel.orchestration.assets import tables
from living_panel.orchestration.assets.registry import Project
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.root.limits import MEMORY_VARIABLE, TIMEOUT_VARIABLE, table_limits
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place
from tests.fixtures import small_root
from tests.integration.roots import copy_root

pytestmark = pytest.mark.slow  # each test starts worker processes of its own
TABLES = 5


@pytest.fixture
def project(refreshed_small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The smallest root with five tables like its one."""
    root = copy_root(refreshed_small, tmp_path / "data")
    specs = tmp_path / "specs"
    specs.mkdir()
    text = (small_root.SPECS / "x_small.yml").read_text(encoding="utf-8")
    for number in range(TABLES):
        name = f"x_small_{number}"
        (specs / f"{name}.yml").write_text(text.replace("x_small", name), encoding="utf-8")
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(specs))
    settings = Settings(root=root, state=tmp_path / "state")
    return Project(settings, list(load_specs(specs).values()), {})


def test_each_step_estimates_its_table_alone_and_takes_its_seconds(project: Project) -> None:
    """One that the run does not select is not estimated; the second run finds all of them."""
    names = [project.specs[number].table for number in (1, 4)]
    defs = dg.Definitions(
        assets=tables.table_assets(project),
        jobs=[dg.define_asset_job("refresh")],
        resources={"workplace": Workplace.of(project.settings)},
        executor=dg.in_process_executor,
    )
    keys = [dg.AssetKey(["artifacts", name]) for name in names]
    estimated = []
    with dg.instance_for_test() as instance:
        for _ in range(2):
            result = defs.resolve_job_def("refresh").execute_in_process(
                instance=instance, asset_selection=keys
            )
            made = [m.metadata["estimated now"].value for m in materializations(result)]
            estimated.append(made)
            if len(estimated) == 1:
                steps = instance.get_run_step_stats(result.run_id)
    assert estimated == [[True, True], [False, False]]
    taken = {step.step_key: (step.start_time, step.end_time) for step in steps}
    artifacts = project.settings.artifacts
    assert not (artifacts / project.specs[0].table).exists()
    for name in names:
        (folder,) = (artifacts / name).iterdir()
        run = artifact.read_manifest(folder)["run"]
        begun, ended = taken[f"artifacts__{name}"]
        created = datetime.fromisoformat(run["created_at"]).timestamp()
        assert run["seconds"] <= ended - begun
        assert begun - 1 <= created <= ended  # the manifest has whole seconds


def materializations(result: dg.ExecuteInProcessResult) -> list[dg.AssetMaterialization]:
    """Tables that a run made or verified."""
    events = result.get_asset_materialization_events()
    return [e.materialization for e in events if e.asset_key.path[0] == "artifacts"]


@pytest.mark.parametrize(
    ("executor", "variable"),
    [
        ("in_process", MEMORY_VARIABLE),
        ("in_process", TIMEOUT_VARIABLE),
        ("in_process", ""),
        ("multiprocess", MEMORY_VARIABLE),
        ("multiprocess", TIMEOUT_VARIABLE),
    ],
)
def test_limits_and_the_death_of_a_process_are_told_apart(
    project: Project, monkeypatch: pytest.MonkeyPatch, executor: str, variable: str
) -> None:
    """A table in a child of the run, and one in the process of its step, which here is this test's."""
    monkeypatch.setenv("LIVING_PANEL_EXECUTOR", executor)
    work = {MEMORY_VARIABLE: fill_memory, TIMEOUT_VARIABLE: spend_time}.get(variable, die)
    monkeypatch.setattr(tables, "make_artifact", work)
    if variable:
        monkeypatch.setenv(variable, "1")
    key = dg.AssetKey(["artifacts", project.specs[0].table])
    assets = tables.table_assets(project)
    resources = {"workplace": Workplace.of(project.settings)}
    with dg.instance_for_test() as instance:
        result = dg.materialize(
            assets, selection=[key], instance=instance, resources=resources, raise_on_error=False
        )
    (failure,) = [e for e in result.all_events if e.is_step_failure]
    (problem,) = failure.step_failure_data.user_failure_data.metadata["problems"].value
    assert problem["code"] == Code.LIMIT
    assert problem["fields"]["variable"] == (variable or MEMORY_VARIABLE)
    assert ("table" in problem["fields"]) == bool(variable)  # a process that died names no table


def fill_memory(_folder: Path, spec: Spec, *_: object) -> None:
    """Need more memory than a table may have."""
    with table_limits(spec.table):
        bytearray(2**40)


def spend_time(_folder: Path, spec: Spec, *_: object) -> None:
    """Need more time than a table may take; a process that forks has the environment of its own start."""
    os.environ[TIMEOUT_VARIABLE] = "1"
    with table_limits(spec.table):
        while True:
            pass


def die(*_: object) -> None:
    """End the process, as for want of memory."""
    os._exit(1)


def test_a_table_that_is_not_sane_fails_its_check_and_its_step_and_is_not_materialised(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = dg.AssetKey(["artifacts", "x_small_0"])
    monkeypatch.setattr(
        tables, "artifact_faults", lambda folder, _: [NO_NUMBER(Place(str(folder)))]
    )
    job = dg.define_asset_job("refresh", executor_def=dg.in_process_executor)
    defs = dg.Definitions(
        assets=tables.table_assets(project),
        jobs=[job],
        resources={"workplace": Workplace.of(project.settings)},
    )
    with dg.instance_for_test() as instance:
        result = defs.resolve_job_def("refresh").execute_in_process(
            instance=instance, asset_selection=[key], raise_on_error=False
        )
        (check,) = result.get_asset_check_evaluations()
        (failure,) = [e for e in result.all_events if e.is_step_failure]
        assert (check.asset_check_key.name, check.passed) == (tables.SANE, False)
        (problem,) = failure.step_failure_data.user_failure_data.metadata["problems"].value
        assert problem["code"] == Code.ARTIFACT_NUMBERS
        assert instance.get_latest_materialization_event(key) is None
