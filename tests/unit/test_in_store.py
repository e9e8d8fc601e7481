"""Steps that a refresh leaves out: those whose release and tables are stored, published and on Dagster's record."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from living_panel.estimation.panel.spec import PAPERS, Spec, load_spec
from living_panel.orchestration.assets.in_store import steps_left_out
from living_panel.orchestration.outputs import releases
from living_panel.orchestration.outputs.table_artifact import artifact_folder, make_artifact
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import code_of

PAPER = "kleiber_zeileis_2008"
TABLE = f"{PAPER}_firms"
TABLE_KEY, RELEASE_KEY = dg.AssetKey(["artifacts", TABLE]), dg.AssetKey(["release", PAPER])
ON_PANEL = PAPERS / "bi_2025" / "specs" / "t01_descriptive.yml"


def recorded(version: str) -> list[dg.AssetsDefinition]:
    """Two assets by one version of their code."""

    def made(key: dg.AssetKey) -> dg.AssetsDefinition:
        @dg.asset(key=key, code_version=version)
        def nothing() -> None:
            return None

        return nothing

    return [made(TABLE_KEY), made(RELEASE_KEY)]


class Refreshed:
    """A root with one table on a paper's own data, published, and Dagster's record of it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings, self.papers = Settings(folder / "data", folder / "state"), folder / "papers"
        shutil.copytree(PAPERS / PAPER, self.papers / PAPER)
        monkeypatch.setattr(releases, "spec_folder", lambda: self.papers)
        self.instance = dg.DagsterInstance.ephemeral()
        self.version = "1"
        self.spec: Spec = load_spec(self.papers / PAPER / "specs" / f"{TABLE}.yml")
        self.release = releases.release_for(self.settings, self.spec, None)
        self.folder = artifact_folder(self.settings.artifacts, self.spec, self.release)
        make_artifact(self.folder, self.spec, code_of(self.spec), self.release, None, "run")
        self.publish(self.folder.name)
        assert dg.materialize(recorded(self.version), instance=self.instance).success

    def publish(self, artifact: str) -> None:
        entry = {"table_id": TABLE, "artifact_id": artifact, "release_id": self.release.name}
        state.write(self.settings.root, "current", [entry])

    def left_out(self) -> set[dg.AssetKey]:
        releases.freeze_data.cache_clear()
        assets = {
            key: dg.AssetSpec(key, code_version=self.version) for key in (TABLE_KEY, RELEASE_KEY)
        }
        specs = [self.spec, load_spec(ON_PANEL)]
        return steps_left_out(self.settings, self.instance, specs, assets, ())


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Refreshed]:
    monkeypatch.setattr("living_panel.orchestration.root.made.FOLDER", tmp_path / "kept")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    yield Refreshed(tmp_path, monkeypatch)
    releases.freeze_data.cache_clear()


def test_steps_of_what_is_stored_are_left_out_and_those_of_a_panel_that_is_missing_never(
    root: Refreshed,
) -> None:
    assert root.left_out() == {TABLE_KEY, RELEASE_KEY}


def edit(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n# seen\n")


CHANGES: dict[str, tuple[Callable[[Refreshed], object], set[dg.AssetKey]]] = {
    "the data's source": (lambda r: edit(r.papers / PAPER / "data" / "source.yml"), set()),
    "the paper's file": (lambda r: edit(r.papers / PAPER / "paper.yml"), set()),
    "a stored table": (lambda r: (r.folder / "table.md").write_text("0.310***"), {RELEASE_KEY}),
    "a table that is gone": (lambda r: shutil.rmtree(r.folder), {RELEASE_KEY}),
    "the panel of the release": (lambda r: (r.release / "panel.parquet").write_bytes(b""), set()),
    "another published table": (lambda r: r.publish("another"), {RELEASE_KEY}),
    "a damaged list": (
        lambda r: state.path(r.settings.root, "current").write_bytes(b"["),
        set(),
    ),
    "the ledger": (lambda r: (r.settings.root / "ledger.jsonl").unlink(), set()),
    "the code of the steps": (lambda r: setattr(r, "version", "2"), set()),
    "a new record of runs": (
        lambda r: setattr(r, "instance", dg.DagsterInstance.ephemeral()),
        set(),
    ),
}
"""What changes, and the steps that are left out afterwards."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_step_runs_after_any_change(root: Refreshed, change: str) -> None:
    make, left_out = CHANGES[change]
    make(root)
    assert root.left_out() == left_out
