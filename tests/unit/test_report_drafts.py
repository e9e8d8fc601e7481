"""Pages and checks of papers that did not change: kept by what they are made from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.orchestration.assets import specs
from living_panel.orchestration.assets.report import make_next
from living_panel.orchestration.outputs import report_drafts
from living_panel.orchestration.outputs.release_files import freeze_paper
from living_panel.orchestration.outputs.report_drafts import Draft, drafts, keep_drafts
from living_panel.orchestration.outputs.table_artifact import artifact_folder, make_artifact
from living_panel.orchestration.root import state
from living_panel.orchestration.root.failure import PROBLEMS
from living_panel.orchestration.root.made import made_in
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import code_of

PAPER = "kleiber_zeileis_2008"
TABLE = f"{PAPER}_firms"


def never(*_: object, **__: object) -> None:
    raise AssertionError("what did not change is not made again")


def compared(settings: Settings, paper: str) -> Path:
    """Folder of a stored comparison with a sentence about one paper."""
    folder = settings.artifacts / "drift" / paper
    folder.mkdir(parents=True)
    sentences = [{"text": "From one to two.", "paper": ""}, {"text": "It moved.", "paper": paper}]
    manifest = {"from": "one", "to": "two", "old": [], "new": [], "sentences": sentences}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for name in ("coefficient_drift", "release_diff"):
        pd.DataFrame({"table_id": []}).to_parquet(folder / f"{name}.parquet")
    return folder


def test_draft_of_unchanged_page_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    spec = load_spec(PAPERS / PAPER / "specs" / f"{TABLE}.yml")
    release = freeze_paper(settings, PAPERS / PAPER / "data", "code of the test")
    artifact = artifact_folder(settings.artifacts, spec, release)
    make_artifact(artifact, spec, code_of(spec), release, None, "run")
    entry = {"table_id": TABLE, "artifact_id": artifact.name, "release_id": release.name}
    listing = state.write(settings.root, "next", [entry])
    pages = tmp_path / "pages"

    def made() -> Draft:
        return drafts(settings, listing, [], pages, pages, None, "a state")[PAPER]()

    first = made()
    page = first.pages("a state")[f"{PAPER}.html"]
    assert page and "a state" not in page, "data of the paper's own: its page names no state"
    pages.mkdir()
    (pages / f"{PAPER}.html").write_text(page, encoding="utf-8")
    settings.build.mkdir(parents=True, exist_ok=True)
    keep_drafts(settings, [first])
    monkeypatch.setattr(report_drafts, "load_release", never)
    kept = made()
    assert kept.html is None and kept.entry == first.entry and kept.identity == first.identity
    assert (kept.text, kept.by_table) == (first.text, first.by_table)
    compared(settings, "another_2026")
    assert made().html is None, "a comparison that finds nothing about a paper leaves its page"
    comparison = compared(settings, PAPER)
    with pytest.raises(AssertionError, match="not made again"):
        made()
    shutil.rmtree(comparison)
    note = made_in(settings.root, report_drafts.DRAFTS).path
    content = note.read_bytes()
    for damage in (b"[]", content[:-9], content.replace(first.identity.encode(), b"another")):
        note.write_bytes(damage)
        with pytest.raises(AssertionError, match="not made again"):
            made()
    note.write_bytes(content)
    (pages / f"{PAPER}.html").unlink()
    with pytest.raises(AssertionError, match="not made again"):
        made()


def test_files_of_a_paper_without_faults_are_checked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(PAPERS / PAPER, tmp_path / PAPER))
    assert specs._paper_fault(folder) == ()
    with monkeypatch.context() as patched:
        patched.setattr(specs, "_found_fault", never)
        assert specs._paper_fault(folder) == ()
    (folder / "CHECKSUMS").unlink()
    for _ in range(2):
        assert [problem.code for problem in specs._paper_fault(folder)] == ["LP-PAPER-CHECKSUMS"]


def test_a_refresh_whose_tables_all_fail_has_no_page_and_says_so(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    state.write(settings.root, "next", [])
    with pytest.raises(dg.Failure) as failure:
        make_next(settings)
    (problem,) = failure.value.metadata[PROBLEMS].data
    assert problem["code"] == Code.NOT_BUILT
