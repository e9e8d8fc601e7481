"""Removing a paper: its tables, the releases that are its own, its folder, and the lines of the ledger."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.spec import load_spec
from living_panel.orchestration.assets.verification import _withdrawn_artifacts
from living_panel.orchestration.commands.authoring import new_paper
from living_panel.orchestration.commands.remove_paper import remove_paper
from living_panel.orchestration.outputs.release_files import freeze_paper
from living_panel.orchestration.outputs.table_artifact import artifact_folder, make_artifact
from living_panel.orchestration.root import ledger
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import code_of
from tests.refusals import refuses

DATA = Path(__file__).resolve().parents[2] / "estimation/papers/munnell_1990/data/panel.csv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A root with the tables of two papers, on data of their own."""
    settings = Settings(tmp_path / "data", tmp_path / "state")
    for name in ("states_2026", "others_2026"):
        data = tmp_path / f"{name}.csv"
        lines = DATA.read_text(encoding="utf-8").splitlines()
        data.write_text("\n".join(lines[: 400 if name[0] == "s" else 500]), encoding="utf-8")
        *_, file = new_paper(name, tmp_path / "papers", data=data)
        spec = load_spec(file)
        release = freeze_paper(settings, file.parents[1] / "data", "code of this test")
        folder = artifact_folder(settings.artifacts, spec, release)
        make_artifact(folder, spec, code_of(spec), release, None, "a run")
    return settings


def stored(settings: Settings) -> dict[str, set[str]]:
    return {kind: {*ledger.on_disk(settings.root, kind)} for kind in ("release", "artifact")}


def test_a_removed_paper_leaves_no_trace_and_no_finding(settings: Settings, tmp_path: Path) -> None:
    before = stored(settings)
    assert [len(names) for names in before.values()] == [2, 2]
    said = remove_paper(settings, "states_2026", force=True, papers=tmp_path / "papers")
    after = stored(settings)
    assert [len(names) for names in after.values()] == [1, 1]
    assert all(name.startswith("others_2026_first/") for name in after["artifact"])
    assert [p.name for p in (tmp_path / "papers").iterdir()] == ["others_2026"]
    assert len(said) == 3 and ledger.check(settings.root) == []
    gone = {kind: (before[kind] - after[kind]).pop() for kind in before}
    for kind, name in gone.items():
        assert ledger.known(settings.root, kind)[name]["event"] == "withdrawn"
    # whose lineage the published file shows until the next one, and `verify` knows
    assert _withdrawn_artifacts(settings.root) == {gone["artifact"].split("/")[1]}
    with refuses(ValueError, Code.SPEC_MISSING):
        remove_paper(settings, "states_2026", force=True, papers=tmp_path / "papers")


def test_data_of_two_sources_are_removed_too(settings: Settings, tmp_path: Path) -> None:
    (artifact,) = settings.artifacts.glob("states_2026_first/*/manifest.json")
    release = settings.releases / json.loads(artifact.read_text())["release_id"] / "manifest.json"
    manifest = json.loads(release.read_text())
    manifest["sources"].append({**manifest["sources"][0], "source": "penn_world_table"})
    release.write_text(json.dumps(manifest))
    remove_paper(settings, "states_2026", force=True, papers=tmp_path / "papers")
    assert not release.exists() and len(stored(settings)["release"]) == 1


def test_what_was_removed_by_hand_is_recorded_too(settings: Settings, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "papers" / "states_2026")
    remove_paper(settings, "states_2026", papers=tmp_path / "papers")
    assert ledger.check(settings.root) == [] and len(stored(settings)["release"]) == 1


def test_tables_that_are_gone_already_are_withdrawn(settings: Settings, tmp_path: Path) -> None:
    shutil.rmtree(settings.artifacts / "states_2026_first")
    assert len(ledger.check(settings.root)) == 1
    remove_paper(settings, "states_2026", force=True, papers=tmp_path / "papers")
    assert ledger.check(settings.root) == []


def test_a_release_that_another_paper_uses_stays(settings: Settings, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    shutil.copytree(papers / "states_2026", papers / "again_2026")
    specs = papers / "again_2026" / "specs"
    (specs / "states_2026_first.yml").rename(specs / "again_2026_first.yml")
    for file in papers.glob("again_2026/**/*.yml"):
        if file.name != "source.yml":
            text = file.read_text(encoding="utf-8").replace("states_2026", "again_2026")
            file.write_text(text, encoding="utf-8")
    spec = load_spec(papers / "again_2026/specs/again_2026_first.yml")
    release = freeze_paper(settings, papers / "again_2026" / "data", "code of this test")
    folder = artifact_folder(settings.artifacts, spec, release)
    make_artifact(folder, spec, code_of(spec), release, None, "a run")
    remove_paper(settings, "again_2026", force=True, papers=papers)
    assert [len(names) for names in stored(settings).values()] == [2, 2]
    assert ledger.check(settings.root) == []


def test_files_that_git_does_not_hold_are_not_removed(settings: Settings, tmp_path: Path) -> None:
    papers, before = tmp_path / "papers", stored(settings)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(papers)]
    for _ in ("no repository", "nothing committed"):
        with refuses(ValueError, Code.PUBLISH):
            remove_paper(settings, "states_2026", papers=papers)
        subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "all"], check=True)
    with (papers / "states_2026/paper.yml").open("a") as stream:
        stream.write("# mine\n")
    with refuses(ValueError, Code.PUBLISH):
        remove_paper(settings, "states_2026", papers=papers)
    assert stored(settings) == before
    subprocess.run([*git, "checkout", "-q", "."], check=True)
    remove_paper(settings, "states_2026", papers=papers)
    assert not (papers / "states_2026").exists()
