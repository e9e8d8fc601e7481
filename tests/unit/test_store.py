"""The store: what is put is got as it was put, or said to be another and made anew; the ledger has a line for each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.ingestion.digests import listed_with_sha256
from living_panel.ingestion.storage import inbox
from living_panel.orchestration.assets.verification import _comparison_problems
from living_panel.orchestration.outputs import store
from living_panel.orchestration.root import ledger
from tests.fixtures.landed import land

NAME = "0a1b2c3d4e5f6071"
OF = ("comparison", NAME)


def put(root: Path) -> Path:
    files = {"drift.txt": b"nothing moved", "drift.svg": b"<svg/>"}
    manifest = json.dumps({"files": listed_with_sha256(files)}).encode()
    return store.put(root, *OF, {**files, "manifest.json": manifest})


def test_what_is_put_is_got_and_has_one_line_of_the_ledger(tmp_path: Path) -> None:
    assert store.get(tmp_path, *OF) is None
    folder = put(tmp_path)
    (folder / store.ASKED).touch()  # a mark that may come later
    assert store.get(tmp_path, *OF) == put(tmp_path) == folder
    assert [
        (e["kind"], e["name"], e["event"]) for e in ledger.lines(tmp_path / "ledger.jsonl")
    ] == [(*OF, "published")]
    assert store.verify(tmp_path, *OF) == "" and _comparison_problems(tmp_path) == []
    store.remove(tmp_path, *OF)
    assert not folder.exists() and ledger.check(tmp_path) == []
    assert ledger.known(tmp_path, "comparison")[NAME]["event"] == "pruned"


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file changed": (lambda f: (f / "drift.txt").write_text("it moved"), Code.VERIFY_ARTIFACT),
    "a file gone": (lambda f: (f / "drift.svg").unlink(), Code.VERIFY_ARTIFACT),
    "a file more": (lambda f: (f / "more.txt").touch(), Code.VERIFY_ARTIFACT),
    "another manifest": (
        lambda f: (f / "manifest.json").write_text(
            json.dumps(json.loads((f / "manifest.json").read_text()), indent=3)
        ),
        "not what was published",
    ),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "No such file"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_thing_is_said_and_made_anew(tmp_path: Path, change: str) -> None:
    folder, said = put(tmp_path), list[str]()
    damage, reason = CHANGES[change]
    damage(folder)
    assert reason in store.verify(tmp_path, *OF)
    if reason.startswith("LP-"):
        assert {p.code for p in _comparison_problems(tmp_path)} == {reason}
    else:
        assert ledger.check(tmp_path)
    assert store.get(tmp_path, *OF, say=said.append) is None and not folder.exists()
    assert len(said) == 1 and NAME in said[0] and reason in said[0]
    put(tmp_path)
    assert store.get(tmp_path, *OF) == folder and ledger.check(tmp_path) == []


def test_a_receipt_that_comes_again_after_its_deletion_is_written_down(tmp_path: Path) -> None:
    """Its vintage was deleted on purpose; another file of the same day comes in its place."""
    place, name = ("postal_express", 2025), "postal_express/2025/2026-11-25"
    for content in (b"wrong", b"right"):
        land(tmp_path, place, content)
        with ledger.taking(tmp_path, place[0], {name.partition("/")[2]}):
            inbox.take(tmp_path, *place)
        assert ledger.known(tmp_path, "receipt")[name]["event"] == "published"
        assert ledger.check(tmp_path, ("receipt",)) == []
        if content == b"wrong":
            shutil.rmtree(tmp_path / "archive" / name)
            ledger.withdraw(tmp_path, "receipt", name)
