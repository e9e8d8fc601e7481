"""Steps of tables: the longest first, each asks the workers for a few tables, its duration is its own table's."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest

from living_panel.estimation.artifacts.codes import NO_NUMBER
from living_panel.estimation.panel.spec import PAPERS, Spec, load_specs
from living_panel.orchestration.assets import tables
from living_panel.orchestration.assets.registry import Project
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.outputs.table_artifact import artifact_folder
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.workers import TablePool
from living_panel.problems import Place
from tests.e2e.served import wait
from tests.fixtures import small_root
from tests.integration.roots import copy_root

pytestmark = pytest.mark.slow  # each test starts worker processes of its own
TABLES = 7
OWN_DATA = ("munnell_1990", "holzer_1993")
OPEN = 3  # questions at most: a step's own, and two for the one core


@pytest.fixture
def project(refreshed_small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The smallest root with seven tables like its one; two workers' worth of steps is two tables."""
    root = copy_root(refreshed_small, tmp_path / "data")
    specs = tmp_path / "specs"
    specs.mkdir()
    text = (small_root.SPECS / "x_small.yml").read_text(encoding="utf-8")
    for number in range(TABLES):
        name = f"x_small_{number}"
        (specs / f"{name}.yml").write_text(text.replace("x_small", name), encoding="utf-8")
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(specs))
    monkeypatch.setattr(tables, "cores", lambda: 1)
    settings = Settings(root=root, state=tmp_path / "state")
    return Project(settings, list(load_specs(specs).values()), {})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tables that the pool is asked for, in order; the pool answers as ever."""
    names: list[str] = []
    ask = TablePool.ask

    def note(pool: TablePool, key: str, *question: object) -> None:
        names.append(key)
        ask(pool, key, *question)  # type: ignore[arg-type]
        assert pool.open_questions() <= OPEN

    monkeypatch.setattr(TablePool, "ask", note)
    return names


def run(project: Project, *names: str) -> list[str]:
    """Tables in the order in which Dagster ran their steps."""
    defs = dg.Definitions(
        assets=tables.table_assets(project),
        jobs=[dg.define_asset_job("refresh", executor_def=dg.in_process_executor)],
        resources={"workplace": Workplace.of(project.settings)},
    )
    with dg.instance_for_test() as instance:
        result = defs.resolve_job_def("refresh").execute_in_process(
            instance=instance, asset_selection=[dg.AssetKey(["artifacts", name]) for name in names]
        )
        steps = instance.get_run_step_stats(result.run_id)
    assert result.success
    step_of = {f"artifacts__{name}": name for name in names}
    ran = sorted(steps, key=lambda step: step.start_time or 0)
    return [step_of[step.step_key] for step in ran if step.step_key in step_of]


def asked_by_step(
    project: Project, asked: list[str], monkeypatch: pytest.MonkeyPatch, *names: str
) -> dict[str, list[str]]:
    """Tables that each step asked for."""
    by_step: dict[str, list[str]] = {}
    answer = TablePool.answer

    def note(pool: TablePool, key: str, *more: object) -> object:
        answered = answer(pool, key, *more)  # type: ignore[arg-type]
        by_step[key] = asked[sum(map(len, by_step.values())) :]
        return answered

    monkeypatch.setattr(TablePool, "answer", note)
    assert run(project, *names) == list(by_step)
    return by_step


def test_a_step_asks_for_its_table_and_the_next_two_for_each_core(
    project: Project, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [spec.table for spec in project.specs]
    by_step = asked_by_step(project, asked, monkeypatch, *names)
    assert by_step[names[0]][:OPEN] == names[:OPEN]
    assert asked == names, "each once, in the order of the steps"


def test_a_step_asks_for_no_table_that_is_not_selected(
    project: Project, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [project.specs[number].table for number in (1, 4)]
    assert asked_by_step(project, asked, monkeypatch, *names) == {names[0]: names, names[1]: []}


@pytest.mark.parametrize("released", [False, True])
def test_a_step_asks_for_a_table_of_another_release_once_that_is_there(
    project: Project, asked: list[str], monkeypatch: pytest.MonkeyPatch, released: bool
) -> None:
    """A paper whose data are wrong has no release, and stops no other's tables."""
    names, key = [spec.table for spec in project.specs], tables.release_key

    def key_of(spec: Spec) -> dg.AssetKey:
        return dg.AssetKey(["release", "apart"]) if spec.table == names[1] else key(spec)

    monkeypatch.setattr(tables, "release_key", key_of)
    answer = TablePool.answer

    def release(pool: TablePool, *question: object) -> object:
        pool.released |= {dg.AssetKey(["release", "apart"])} if released else set()
        return answer(pool, *question)  # type: ignore[arg-type]

    monkeypatch.setattr(TablePool, "answer", release)
    first = asked_by_step(project, asked, monkeypatch, *names)[names[0]]
    assert first[:OPEN] == ([names[0], *names[1:3]] if released else [names[0], *names[2:4]])


def test_the_table_that_took_longest_is_the_first_step(
    project: Project, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [spec.table for spec in project.specs]
    run(project, *names)
    settings, release = project.settings, next(iter(project.settings.releases.iterdir()))
    folders = {s.table: artifact_folder(settings.artifacts, s, release) for s in project.specs}
    current = [
        {"table_id": t, "artifact_id": f.name, "release_id": release.name}
        for t, f in folders.items()
    ]
    state.write(settings.root, "current", current)
    assert all(tables.artifact.seconds_taken(f, unknown=-1) >= 0 for f in folders.values())
    monkeypatch.setattr(  # those that were measured may be equal
        tables.artifact,
        "seconds_taken",
        lambda folder, **_: float(names.index(folder.parent.name)),
    )
    asked.clear()
    assert run(project, *names) == names[::-1] and not asked  # nothing is estimated anew


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
        assert problem["code"] == NO_NUMBER.name
        assert instance.get_latest_materialization_event(key) is None


def test_tables_on_data_of_papers_are_begun_before_there_are_marts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that the run selects; tables of the panel wait for it."""
    specs = tmp_path / "specs"
    for paper in OWN_DATA:
        shutil.copytree(PAPERS / paper, specs / paper)
    shutil.copytree(small_root.SPECS, specs / "small" / "specs")
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(specs))
    settings = Settings(root=tmp_path / "data", state=tmp_path / "state")
    known = list(load_specs(specs).values())
    chosen = [["release", "munnell_1990"], ["artifacts", "munnell_1990_productivity"], ["artifacts", "x_small"],
              ["release", "holzer_1993"]]  # fmt: skip
    begun: list[TablePool] = []

    @dg.asset
    def begins(context, workplace: Workplace) -> None:  # the module's annotations are text
        pool = workplace.tables
        begun.append(pool)
        tables.begin_own_tables(context, workplace, known)
        wait(pool.is_ready, "a worker", 60)  # the step itself waits for none
        tables.begin_own_tables(context, workplace, known)
        for paper in OWN_DATA:
            assert pool.answer(("release", specs / paper / "data")).is_dir()
        tables.begin_own_tables(context, workplace, known)
        tables.begin_own_tables(context, workplace, known)
        assert pool.answer("munnell_1990_productivity").parent.name == "munnell_1990_productivity"

    monkeypatch.setattr(tables, "keys_of_run", lambda _: {dg.AssetKey(key) for key in chosen})
    assert dg.materialize([begins], resources={"workplace": Workplace.of(settings)}).success
    assert list(begun[0].looked_for) == ["munnell_1990_productivity"]
    assert len(list(settings.releases.iterdir())) == 2
    assert [path.name for path in settings.artifacts.iterdir()] == ["munnell_1990_productivity"]
