"""`verify` reports every change of a byte that matters, with the way to recover it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.storage import inbox
from living_panel.orchestration.__main__ import main
from living_panel.orchestration.assets.publication import publish
from living_panel.orchestration.assets.sources import hold_to_ledger
from living_panel.orchestration.assets.verification import verify
from living_panel.orchestration.commands.status import status
from living_panel.orchestration.root import ledger, state
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Problem
from tests.fixtures import small_root
from tests.fixtures.landed import land, withdraw
from tests.integration.roots import REPOSITORY, build_file


@pytest.fixture
def root(refreshed_small: Path, tmp_path: Path) -> Path:
    shutil.copytree(refreshed_small, tmp_path / "data", symlinks=True)
    return tmp_path / "data"


def problems(root: Path) -> str:
    settings = Settings(root=root, state=root.parent / "state")
    return "\n".join(map(str, verify(settings, lambda _: None)))


def one(root: Path, pattern: str) -> Path:
    return next(iter(sorted(root.glob(pattern))))


def edit(path: Path, change: Callable[[dict], None]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def published(root: Path) -> Path:
    return (root / "warehouse.duckdb").resolve()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def writable(root: Path) -> Path:
    """The published file, after somebody gave himself the right to write into it."""
    published(root).chmod(0o644)
    return published(root)


def by_sql(root: Path) -> None:
    with duckdb.connect(str(writable(root))) as connection:
        connection.execute("update results.coefficients set estimate = estimate + 1")


def by_log(place: Callable[[Path], Path]) -> Callable[[Path], None]:
    """Leave an update in a write-ahead log: the file itself keeps every byte."""

    def forge(root: Path) -> None:
        writable(root)
        with duckdb.connect(str(place(root))) as connection:
            connection.execute("pragma disable_checkpoint_on_shutdown")
            connection.execute("update results.current_coefficients set p_value = 0.0001")

    return forge


def garbage_log(root: Path) -> None:
    file = published(root)
    file.with_name(file.name + ".wal").write_bytes(b"garbage")


def other_list(root: Path) -> None:
    """Another artifact called current, in a list that is well formed."""
    edit_list = json.loads(state.path(root, "current").read_text(encoding="utf-8"))
    edit_list[0]["artifact_id"] = "0" * 16
    state.path(root, "current").write_text(json.dumps(edit_list), encoding="utf-8")


def linked_to_nothing(root: Path) -> None:
    (root / "warehouse.duckdb").unlink()
    (root / "warehouse.duckdb").symlink_to("warehouse/none.duckdb")


def link_as_file(root: Path) -> None:
    file = published(root)
    (root / "warehouse.duckdb").unlink()
    shutil.copy(file, root / "warehouse.duckdb")


def other_code(root: Path) -> None:
    """An estimate changed, with every hash in the manifest adapted, under another code version."""
    folder = one(root, "artifacts/x_small/[0-9a-f]*")
    frame = pd.read_parquet(folder / "coefficients.parquet")
    frame.assign(estimate=frame["estimate"] + 1).to_parquet(folder / "coefficients.parquet")
    sha = sha256_of(folder / "coefficients.parquet")[0]

    def adapt(manifest: dict) -> None:
        manifest["code"]["code_version"] = "f" * 16
        next(f for f in manifest["files"] if f["name"] == "coefficients.parquet")["sha256"] = sha

    edit(folder / "manifest.json", adapt)


RELEASE, ARTIFACT = "releases/[0-9a-f]*/manifest.json", "artifacts/x_small/[0-9a-f]*/manifest.json"
FORGED: dict[str, tuple[Callable[[Path], object], str]] = {
    "source of a release": (
        lambda r: edit(one(r, RELEASE), lambda m: m["sources"][0].update(sha256="0" * 64)),
        "manifest.json",
    ),
    "a release called official": (
        lambda r: edit(one(r, RELEASE), lambda m: m.update(figures="official")), "figures",
    ),
    "sources of an artifact": (
        lambda r: edit(one(r, ARTIFACT), lambda m: m["sources"][0].update(sha256="0" * 64)),
        "LP-VERIFY-ARTIFACT",
    ),
    "sample of an artifact": (
        lambda r: edit(one(r, ARTIFACT), lambda m: m["sample"].update(n_obs=7)),
        "LP-LEDGER-DIFFERS",
    ),
    "choices of an artifact": (
        lambda r: edit(one(r, ARTIFACT), lambda m: m["choices"].update(forged="x")),
        "LP-LEDGER-DIFFERS",
    ),
    "how a receipt's bytes were obtained": (
        lambda r: replace(one(r, "archive/*/*/*/receipt.yml"), "drawn by this test", "downloaded"),
        "LP-LEDGER-DIFFERS",
    ),
    "a vintage deleted": (
        lambda r: shutil.rmtree(one(r, "archive/*/*/*")), "receipt statistical_yearbook/2023",
    ),
    "an artifact deleted": (
        lambda r: shutil.rmtree(one(r, "artifacts/x_small/[0-9a-f]*")), "artifact x_small/",
    ),
    "an artifact under other code": (other_code, "LP-LEDGER-DIFFERS"),
    "a line of the ledger changed": (
        lambda r: replace(r / "ledger.jsonl", '"release"', '"Release"'), "LP-LEDGER-BROKEN",
    ),
    "a line of the ledger taken out": (
        lambda r: (r / "ledger.jsonl").write_text(
            "\n".join((r / "ledger.jsonl").read_text().split("\n")[1:])
        ),
        "LP-LEDGER-BROKEN",
    ),
    "bits of the published file": (lambda r: (writable(r), flip(published(r))), "LP-LEDGER-DIFFERS"),
    "a log next to the published file": (by_log(published), "LP-PUBLISH-CHANGED"),
    "a log through the published link": (by_log(lambda r: r / "warehouse.duckdb"), "LP-PUBLISH-CHANGED"),
    "a garbage log next to the published file": (garbage_log, "LP-PUBLISH-CHANGED"),
    "the note current: another table": (other_list, "LP-PUBLISH-CHANGED"),
    "a cut published file": (
        lambda r: os.truncate(writable(r), published(r).stat().st_size // 2),
        "LP-LEDGER-DIFFERS",
    ),
    "a published value edited by SQL": (by_sql, "LP-PUBLISH-CHANGED"),
    "the published link to nothing": (linked_to_nothing, "LP-PUBLISH-CHANGED"),
    "a file in the published link's place": (link_as_file, "LP-PUBLISH-CHANGED"),
    "the note current: cut": (
        lambda r: state.path(r, "current").write_text("[{"), "current.json: the file is damaged",
    ),
    "an artifact's manifest that lost a key": (
        lambda r: edit(one(r, ARTIFACT), lambda m: m.pop("spec")), "LP-LEDGER-DIFFERS",
    ),
    "a release's cut manifest": (
        lambda r: os.truncate(one(r, RELEASE), 100), "manifest.json",
    ),
}  # fmt: skip


def test_an_untouched_root_has_no_problem_and_a_stray_file_of_the_desktop_is_none(
    root: Path,
) -> None:
    for folder in (root, *root.glob("[!.]*/"), root / "artifacts" / "x_small"):
        (folder / ".DS_Store").write_bytes(b"\0")
    assert problems(root) == ""


@pytest.mark.parametrize("what", FORGED)
def test_what_was_changed_is_named_with_its_remedy(root: Path, what: str) -> None:
    forge, said = FORGED[what]
    forge(root)
    found = problems(root)
    assert said in found and "Fix: " in found, found


CHANGES = {
    "results.current_coefficients": "set p_value = 0.0001",
    "results.statistics": "set value = value + 1",
    "results.sample_cells": "set value = value + 1",
    "results.lineage": "set file = 'another.csv'",
    "results.releases": "set panel_rows = 1",
    "marts.prints": "set value = value + 1",
    "marts.candidates": "set value = value + 1",
    "marts.series_breaks": "set reason = 'none'",
}


@pytest.mark.parametrize("table", CHANGES)
def test_a_table_changed_with_its_line_of_the_ledger_is_named(root: Path, table: str) -> None:
    """The hash in the file's name exposes a change even if the ledger was adapted too."""
    with duckdb.connect(str(writable(root))) as connection:
        changed = connection.execute(f"update {table} {CHANGES[table]}").fetchall()[0][0]
    assert changed
    file = published(root)
    ledger.append(root, "warehouse", file.name, "published", sha256_of(file)[0])
    edit(root / "published" / "state.json", lambda said: said.update(ledger=ledger.head(root)))
    found = problems(root)
    assert "LP-PUBLISH-CHANGED" in found and table in found, found


def shorten(file: Path) -> None:
    file.write_bytes(b"".join(line + b"\n" for line in file.read_bytes().split(b"\n")[:-2]))


@pytest.mark.parametrize("change", [shorten, Path.unlink, lambda p: p.write_bytes(b"")])
def test_a_ledger_that_is_shorter_than_what_it_must_hold_is_named(
    root: Path, change: Callable[[Path], object]
) -> None:
    change(root / "ledger.jsonl")
    assert Code.LEDGER_BROKEN in problems(root)


@pytest.mark.parametrize("change", [shorten, Path.unlink, lambda p: p.write_bytes(b"")])
def test_a_tracked_ledger_is_held_to_the_receipts_and_to_the_commit(
    root: Path, change: Callable[[Path], object]
) -> None:
    file = root / "archive" / "ledger.jsonl"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(root)]
    for arguments in (["init", "-q"], ["add", "archive/ledger.jsonl"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *arguments], check=True)
    assert problems(root) == ""
    change(file)
    found = problems(root)
    assert Code.LEDGER_BROKEN in found and Code.LEDGER_UNKNOWN in found


def test_a_line_noted_elsewhere_is_looked_for(root: Path) -> None:
    settings = Settings(root=root, state=root.parent / "state")
    noted = ledger.head(root)
    assert not verify(settings, lambda _: None, noted)
    file = root / "ledger.jsonl"
    file.unlink()
    ledger.witness(root).unlink()
    edit(root / "published" / "state.json", lambda said: said.update(ledger=""))
    ledger.begin(root, lambda _: None)
    assert not verify(settings, lambda _: None)
    assert Code.LEDGER_BROKEN in [p.code for p in verify(settings, lambda _: None, noted)]
    assert Code.LEDGER_BROKEN in [p.code for p in verify(settings, lambda _: None, "yesterday")]


BAD_LINES = [b"1", b"null", b"[]", b'"x"', b"[" * 100_000, b"{}", b'{"before": 1}']
BAD_LINES += [
    json.dumps(dict.fromkeys(ledger.FIELDS, value) | {"before": ledger.FIRST}).encode()
    for value in (1, None, [], {})
]


@pytest.mark.parametrize("line", BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_damaged_line_is_named_whatever_it_is(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(line + b"\n")
    with pytest.raises(ledger.Broken) as broken:
        ledger.known(tmp_path, "release")
    assert broken.value.codes == [Code.LEDGER_BROKEN]
    assert Code.LEDGER_BROKEN in status(Settings(root=tmp_path, state=tmp_path / "s"))


def test_a_cut_last_line_is_what_a_killed_run_leaves_and_is_overwritten(root: Path) -> None:
    with (root / "ledger.jsonl").open("ab") as stream:
        stream.write(b'{"at": "2026')
    assert problems(root) == ""
    ledger.append(root, "artifact", "t/x", "withdrawn", "0" * 64)
    assert ledger.lines(root / "ledger.jsonl")[-1]["name"] == "t/x"


def test_what_was_withdrawn_may_be_gone(root: Path) -> None:
    folder = one(root, "artifacts/x_small/[0-9a-f]*")
    shutil.rmtree(folder)
    assert "is missing" in problems(root)
    line = ledger.known(root, "artifact")[f"x_small/{folder.name}"]
    ledger.append(root, "artifact", f"x_small/{folder.name}", "withdrawn", line["sha256"])
    assert "is missing" not in problems(root)


PLACE, DAY = ("postal_express", 2025), "2026-11-25"


def taken(root: Path, content: bytes = b"") -> tuple[str, list[Problem]]:
    """Land these bytes, if any, and take what lies in landing: the last event, and problems."""
    if content:
        land(root, PLACE, content, vintage=DAY)
    with ledger.taking(root, PLACE[0], {f"{PLACE[1]}/{DAY}"}):
        inbox.take(root, *PLACE)
    (line,) = ledger.known(root, "receipt").values()
    return line["event"], ledger.check(root, ("receipt",))


@pytest.mark.parametrize("gone", [False, True])
def test_a_correction_of_the_same_day_is_no_forgery(tmp_path: Path, gone: bool) -> None:
    assert taken(tmp_path, b"wrong") == ("published", [])
    withdraw(tmp_path, *PLACE, DAY, "a misprint")
    assert taken(tmp_path) == ("withdrawn", [])
    if gone:
        shutil.rmtree(tmp_path / "archive" / PLACE[0])
    assert taken(tmp_path, b"right") == ("published", [])


@pytest.mark.parametrize("hidden", ["before a withdrawal", "after one", "by a deletion"])
def test_a_change_of_a_receipt_stays_one(tmp_path: Path, hidden: str) -> None:
    taken(tmp_path, b"figures")
    if hidden == "by a deletion":
        shutil.rmtree(tmp_path / "archive" / PLACE[0])
        land(tmp_path, PLACE, b"others", vintage=DAY)
    if hidden == "after one":
        withdraw(tmp_path, *PLACE, DAY, "a misprint")
        taken(tmp_path)
    if hidden != "by a deletion":
        replace(one(tmp_path, "archive/*/*/*/receipt.yml"), "a book", "a dream")
        withdraw(tmp_path, *PLACE, DAY, "a misprint")
    _, (problem,) = taken(tmp_path)
    assert problem.code == Code.LEDGER_DIFFERS
    assert problem.fields["name"] == f"{PLACE[0]}/{PLACE[1]}/{DAY}"


@pytest.mark.parametrize("folder", ["data", "ledger-2026", "what is gone", "postal_express"])
def test_the_name_of_a_root_changes_no_decision(tmp_path: Path, folder: str) -> None:
    """A changed receipt stops its own source, and a missing one only warns, under any path."""
    root = tmp_path / folder
    root.mkdir()
    taken(root, b"figures")
    warnings: list[str] = []
    hold_to_ledger(root, PLACE[0], warnings.append)
    assert warnings == []
    replace(one(root, "archive/*/*/*/receipt.yml"), "a book", "a dream")
    hold_to_ledger(root, "commerce_fdi", warnings.append)
    with pytest.raises(dg.Failure):
        hold_to_ledger(root, PLACE[0], warnings.append)
    assert warnings == []
    shutil.rmtree(root / "archive" / PLACE[0])
    hold_to_ledger(root, PLACE[0], warnings.append)
    assert len(warnings) == 1 and Code.LEDGER_GONE in warnings[0]


class HalfPastSevenInBeijing(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime(2026, 2, 28, 23, 30, tzinfo=UTC).astimezone(
            tz or timezone(timedelta(hours=8))
        )


def test_a_fetch_adds_to_the_day_by_utc_or_the_day_before(monkeypatch) -> None:
    monkeypatch.setattr(ledger, "datetime", HalfPastSevenInBeijing)
    monkeypatch.setattr(ledger, "taking", lambda root, source, vintages: vintages)
    assert ledger.fetching(Path(), *PLACE) == {"2025/2026-02-28", "2025/2026-02-27"}


def test_what_is_no_beginning_of_a_line_is_not_what_a_killed_run_left(settings: Settings) -> None:
    publish(settings, build_file(settings, 1), "r1")
    file = settings.root / "ledger.jsonl"
    whole = file.read_bytes()
    for cut in (b"", b'{"a', b'{"at": "2026'):
        file.write_bytes(whole + cut)
        assert len(ledger.lines(file)) == 2  # the file and the state
    for content in (b"garbage", whole + b"garbage", b"[]\n"):
        file.write_bytes(content)
        with pytest.raises(ledger.Broken) as broken:
            ledger.lines(file)
        assert broken.value.codes == [Code.LEDGER_BROKEN]
    file.unlink()
    file.mkdir()
    with pytest.raises(ledger.Broken) as unreadable:
        ledger.lines(file)
    assert unreadable.value.codes == [Code.LEDGER_BROKEN]
    assert unreadable.value.problems[0].place.file == str(file)


def test_the_bundled_receipts_are_those_of_the_tracked_ledger() -> None:
    root = REPOSITORY / "data"
    tracked = subprocess.run(
        ["git", "ls-files", "data/archive/*receipt.yml"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    names = {"/".join(Path(p).parts[-4:-1]) for p in tracked}
    assert names <= set(ledger.known(root, "receipt")), "run `make run` and commit the ledger"
    assert all(ledger.holds(root, "receipt", name) for name in names)


def test_what_was_withdrawn_by_command_is_no_finding(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in small_root.environment(settings.root).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", "")  # `main` sets it: put back afterwards
    settings.root.mkdir()
    ledger.append(settings.root, "artifact", "t/x", "published", "0" * 64)
    (problem,) = ledger.check(settings.root, ("artifact",))
    assert (problem.code, problem.fields["name"]) == (Code.LEDGER_GONE, "t/x")
    assert main(["verify"]) == 1 and main(["withdraw", "artifact", "nobody"]) == 1
    assert Code.UNKNOWN_ENTRY in capsys.readouterr().err
    there = settings.root / "artifacts" / "t" / "x" / "manifest.json"
    there.parent.mkdir(parents=True)
    there.write_text("{}", encoding="utf-8")
    assert main(["withdraw", "artifact", "t/x"]) == 1
    assert Code.UNKNOWN_ENTRY in capsys.readouterr().err
    there.unlink()
    there.parent.rmdir()
    assert main(["withdraw", "artifact", "t/x"]) == main(["verify"]) == 0
    assert ledger.check(settings.root, ("artifact",)) == []
