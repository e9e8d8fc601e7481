"""Each forgery of a data root is named by `verify` with its code, also where the ledger was given a line for it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from living_panel.codes import Code
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.files import swap_link
from living_panel.orchestration.assets import report, verification
from living_panel.orchestration.assets.publication import publish, rollback
from living_panel.orchestration.assets.sides import accept
from living_panel.orchestration.assets.verification import _changed_tables, _state_problems, verify
from living_panel.orchestration.outputs.releases import built_release
from living_panel.orchestration.root import ledger, published
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Problem
from tests.fixtures.small_root import SPECS
from tests.integration.roots import build_file

Forge = Callable[[Path], object]
ARTIFACT, RELEASE = "artifacts/x_small/[0-9a-f]*", "releases/[0-9a-f]*"


@pytest.fixture(scope="module")
def accepted(refreshed_small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A refreshed root whose state somebody accepted."""
    root = tmp_path_factory.mktemp("accepted") / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    accept(settings_of(root), "the first look")
    return root


@pytest.fixture
def root(accepted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(SPECS))
    shutil.copytree(accepted, tmp_path / "data", symlinks=True)
    return tmp_path / "data"


def settings_of(root: Path) -> Settings:
    return Settings(root=root, state=root.parent / "state")


def found(root: Path, head: str | None = None) -> list[Problem]:
    return verify(settings_of(root), lambda _: None, head)


def one(root: Path, pattern: str) -> Path:
    (path,) = root.glob(pattern)
    return path


def current(root: Path, pattern: str) -> Path:
    """The folder of the published release or artifact."""
    said = json.loads((root / "published" / "state.json").read_text(encoding="utf-8"))
    return next(
        p
        for p in root.glob(pattern)
        if any(str(p.relative_to(root)) in n for n in said["rests_on"])
    )


def edit(path: Path, change: Callable[[dict], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")


def sql(statement: str) -> Forge:
    def forge(root: Path) -> None:
        file = (root / "warehouse.duckdb").resolve()
        file.chmod(0o644)
        with duckdb.connect(str(file)) as connection:
            connection.execute(statement)

    return forge


def all_but_the_archive(root: Path) -> None:
    for path in root.iterdir():
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.name != "archive":
            shutil.rmtree(path)


ABOUT, LIST = "published/state.json", "state/accepted.json"
WITHOUT_A_LINE: dict[str, tuple[Forge, Code]] = {
    "state.json deleted": (lambda r: (r / ABOUT).unlink(), Code.VERIFY_STATE),
    "state.json emptied": (lambda r: (r / ABOUT).write_bytes(b""), Code.VERIFY_STATE),
    "state.json without content": (lambda r: (r / ABOUT).write_text("{}"), Code.VERIFY_STATE),
    "state.json: no list of tables": (
        lambda r: edit(r / ABOUT, lambda s: s.pop("tables")), Code.LEDGER_DIFFERS,
    ),
    "state.json called one of an earlier version": (
        lambda r: edit(r / ABOUT, lambda s: s.pop("digest")), Code.VERIFY_WAREHOUSE,
    ),
    "a file more in a release": (
        lambda r: (current(r, RELEASE) / "notes.csv").write_text("a"), Code.VERIFY_RELEASE,
    ),
    "a folder more in a release": (
        lambda r: (current(r, RELEASE) / "more").mkdir(), Code.VERIFY_RELEASE,
    ),
    "accepted.json deleted": (lambda r: (r / LIST).unlink(), Code.LEDGER_GONE),
    "accepted.json emptied": (lambda r: (r / LIST).write_text("[]"), Code.LEDGER_DIFFERS),
    "accepted.json: another name": (
        lambda r: (r / LIST).write_text((r / LIST).read_text().replace("first", "last")),
        Code.LEDGER_DIFFERS,
    ),
    "the report of the accepted state changed": (
        lambda r: one(r, "accepted/*/index.html").write_text("forged"), Code.VERIFY_STATE,
    ),
    "the report of the accepted state deleted": (
        lambda r: shutil.rmtree(one(r, "accepted/*/index.html").parent), Code.VERIFY_STATE,
    ),
    "all but the archive deleted": (all_but_the_archive, Code.LEDGER_BROKEN),
    "all but archive and ledger deleted": (
        lambda r: [shutil.rmtree(r / n) for n in ("states", "warehouse", "releases", "artifacts")],
        Code.LEDGER_GONE,
    ),
    "a page of the report changed": (
        lambda r: (r / "report" / "index.html").write_text("forged"), Code.VERIFY_STATE,
    ),
    "a page of the report deleted": (
        lambda r: (r / "report" / "index.html").unlink(), Code.VERIFY_STATE,
    ),
    "a page more in the report": (
        lambda r: (r / "report" / "more.html").write_text("forged"), Code.VERIFY_STATE,
    ),
    "the list of tables before this state changed": (
        lambda r: (r / "published" / "previous.json").write_text("[ ]"), Code.VERIFY_STATE,
    ),
    "the published state deleted": (
        lambda r: shutil.rmtree((r / "published").resolve()), Code.LEDGER_GONE,
    ),
}  # fmt: skip


def test_a_root_that_nobody_changed_has_no_problem(root: Path) -> None:
    assert found(root) == []


@pytest.mark.parametrize("what", WITHOUT_A_LINE)
def test_a_forgery_without_a_line_of_the_ledger_is_named(root: Path, what: str) -> None:
    forge, expected = WITHOUT_A_LINE[what]
    forge(root)
    assert expected in [problem.code for problem in found(root)]


def of_manifest(change: Callable[[dict], object]) -> Forge:
    return lambda root: edit(current(root, ARTIFACT) / "manifest.json", change)


def rewritten(pattern: str, name: str, change: Callable[[Path], object]) -> Forge:
    """Change a file, and its hash in the manifest of its folder."""

    def forge(root: Path) -> None:
        folder = current(root, pattern)
        change(folder / name)

        def adapt(manifest: dict) -> None:
            entry = next(f for f in manifest["files"] if f["name"] == name)
            entry["sha256"] = sha256_of(folder / name)[0]

        edit(folder / "manifest.json", adapt)

    return forge


def every_number(path: Path) -> None:
    text = re.sub(r"\d\.\d+", "0.310", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")


def other_workbook(path: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B2"] = 0.31
    book.save(path)


def one_cell(path: Path) -> None:
    head, first, *rest = path.read_text(encoding="utf-8").splitlines()
    first = re.sub(r"[^,]*$", "999999", first)  # of simulated values it is their mark
    path.write_text("\n".join([head, first, *rest]) + "\n", encoding="utf-8")


def other_stata(path: Path) -> None:
    import pandas as pd

    frame = pd.read_stata(path, convert_categoricals=False)
    last = frame.select_dtypes("number").columns[-1]
    frame.loc[0, last] = 999999.0
    frame.to_stata(path, write_index=False, version=118)


def fewer_cells(path: Path) -> None:
    import pandas as pd

    pd.read_parquet(path).iloc[1:].to_parquet(path, index=False)


SWAP = """
update marts.panel set {0} = (
    select max(other.{0}) from marts.panel other
    where other.year = panel.year and other.province_code <> panel.province_code
        and other.province_code in ('130000', '650000'))
where year = 2020 and province_code in ('130000', '650000')
"""
WITH_A_LINE: dict[str, tuple[str, Forge, Code]] = {
    "a manifest's sample": (
        ARTIFACT, of_manifest(lambda m: m["sample"].update(forged=1)), Code.VERIFY_ARTIFACT
    ),
    "a manifest's banner": (
        ARTIFACT, of_manifest(lambda m: m.update(banner=["official"])), Code.VERIFY_ARTIFACT
    ),
    "a manifest's title": (
        ARTIFACT, of_manifest(lambda m: m.update(title="forged")), Code.VERIFY_ARTIFACT
    ),
    "a manifest's choices": (
        ARTIFACT, of_manifest(lambda m: m["choices"].update(forged="x")), Code.VERIFY_ARTIFACT
    ),
    "a manifest called official": (
        ARTIFACT, of_manifest(lambda m: m.update(figures_status="official")),
        Code.VERIFY_ARTIFACT,
    ),
    "a manifest's question, which a spec gives": (
        ARTIFACT, of_manifest(lambda m: m.update(question="forged?")), Code.VERIFY_STATE
    ),
    "a manifest under other code": (
        ARTIFACT, of_manifest(lambda m: m["code"].update(code_version="f" * 16)),
        Code.VERIFY_STATE,
    ),
    "table.md": (ARTIFACT, rewritten(ARTIFACT, "table.md", every_number), Code.VERIFY_ARTIFACT),
    "table.html": (ARTIFACT, rewritten(ARTIFACT, "table.html", every_number), Code.VERIFY_ARTIFACT),
    "table.tex": (ARTIFACT, rewritten(ARTIFACT, "table.tex", every_number), Code.VERIFY_ARTIFACT),
    "table.csv": (ARTIFACT, rewritten(ARTIFACT, "table.csv", every_number), Code.VERIFY_ARTIFACT),
    "table.xlsx": (
        ARTIFACT, rewritten(ARTIFACT, "table.xlsx", other_workbook), Code.VERIFY_ARTIFACT
    ),
    "cells of a sample": (
        ARTIFACT, rewritten(ARTIFACT, "sample_cells.parquet", fewer_cells), Code.VERIFY_ARTIFACT
    ),
    "the current artifact deleted": (
        "", lambda r: shutil.rmtree(current(r, ARTIFACT)), Code.VERIFY_STATE
    ),
    "panel.csv of a release": (
        RELEASE, rewritten(RELEASE, "panel.csv", one_cell), Code.VERIFY_RELEASE
    ),
    "panel.dta of a release": (
        RELEASE, rewritten(RELEASE, "panel.dta", other_stata), Code.VERIFY_RELEASE
    ),
    "comment of a table": (
        "warehouse", sql("comment on table marts.panel is 'forged'"), Code.PUBLISH_CHANGED
    ),
    "comment of a column": (
        "warehouse", sql("comment on column marts.panel.year is 'forged'"), Code.PUBLISH_CHANGED
    ),
    "type of a column": (
        "warehouse", sql("alter table marts.prints alter year type bigint"), Code.PUBLISH_CHANGED
    ),
    "two cells exchanged": (
        "warehouse", sql(SWAP.format("gdp_cny_100m")), Code.PUBLISH_CHANGED
    ),
    "a table more": (
        "warehouse", sql("create table main.more as select 1 as x"), Code.PUBLISH_CHANGED
    ),
    "a schema more": (
        "warehouse", sql("create schema more; create table more.x as select 1 as x"),
        Code.PUBLISH_CHANGED,
    ),
    "a view more": (
        "warehouse", sql("create view results.more as from marts.panel"), Code.PUBLISH_CHANGED
    ),
    "the log of publications": (
        "warehouse", sql("update results.publications set event = 'forged'"), Code.PUBLISH_CHANGED
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WITH_A_LINE)
def test_a_forgery_with_a_line_of_the_ledger_is_named(root: Path, what: str) -> None:
    kind, forge, expected = WITH_A_LINE[what]
    noted = ledger.head(root)
    gone = current(root, ARTIFACT)
    forge(root)
    if not kind:
        ledger.append(root, "artifact", f"x_small/{gone.name}", "withdrawn", "0" * 64)
    elif kind == "warehouse":
        file = (root / "warehouse.duckdb").resolve()
        ledger.append(root, kind, file.name, "published", sha256_of(file)[0])
    else:
        place = current(root, kind)
        name = place.name if kind == RELEASE else f"x_small/{place.name}"
        of = "release" if kind == RELEASE else "artifact"
        ledger.append(root, of, name, "published", sha256_of(place / "manifest.json")[0])
    problems = [problem.code for problem in found(root)]
    assert expected in problems, problems
    assert not {Code.LEDGER_DIFFERS, Code.LEDGER_GONE} & {*problems}, "the line covers it"
    told: list[str] = []
    verify(settings_of(root), told.append, noted)
    assert sum(Code.LEDGER_BROKEN in line for line in told) == 1


def test_a_table_that_is_not_published_is_held_by_digest(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forged one with a line of the ledger is found where it is estimated again, one without a line always."""
    monkeypatch.setattr(verification, "_current_parts", lambda _: {"another"})
    place, told = current(root, ARTIFACT), []
    edit(place / "manifest.json", lambda m: m.update(title="forged"))
    assert Code.LEDGER_DIFFERS in [p.code for p in verify(settings_of(root), told.append)]
    digest = sha256_of(place / "manifest.json")[0]
    ledger.append(root, "artifact", f"x_small/{place.name}", "published", digest)
    codes_ = [p.code for p in verify(settings_of(root), told.append)]
    assert Code.VERIFY_ARTIFACT not in codes_
    assert any("checked only by their digest" in line and "ALL=yes" in line for line in told)
    again = verify(settings_of(root), told.append, extent="all")
    assert Code.VERIFY_ARTIFACT in [p.code for p in again]
    (place / "table.md").write_text("forged")
    assert len(verify(settings_of(root), told.append)) > len(codes_)


def test_files_are_compared_with_their_records_without_estimating_a_table(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed file is found. A forged record with a line of the ledger is found by estimating alone."""
    monkeypatch.setattr(verification, "recompute_artifact", lambda *_: pytest.fail("estimated"))
    place, told = current(root, ARTIFACT), []
    assert verify(settings_of(root), told.append, extent="files") == []
    assert any("none was estimated again" in line for line in told)
    edit(place / "manifest.json", lambda m: m.update(title="forged"))
    assert Code.LEDGER_DIFFERS in [
        p.code for p in verify(settings_of(root), told.append, extent="files")
    ]
    (place / "table.md").write_text("forged")
    assert len(verify(settings_of(root), told.append, extent="files")) > 1


def test_pages_of_newer_templates_are_named_once_and_other_changes_one_by_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(root)
    monkeypatch.setattr(report, "looks", lambda: ["newer templates"])
    assert report.make_report(settings)[1]
    (problem,) = found(root)
    assert problem.code == Code.VERIFY_STATE and problem.fields["count"] > 1
    with (root / "published" / "tables.json").open("a", encoding="utf-8") as file:
        file.write("\n")
    remade, changed = found(root)
    assert changed.code == Code.VERIFY_STATE and "tables.json" in str(changed.place)
    assert remade == problem
    monkeypatch.setattr(report, "looks", lambda: ["still newer templates"])
    assert problem.template not in [p.template for p in found(root)]


def test_each_line_after_the_noted_one_is_said(root: Path) -> None:
    """Here the owner changed everything at once, each thing with its line: only the note shows it."""
    noted, told = ledger.head(root), []
    about = (root / ABOUT).resolve()
    sql("update marts.panel set year = year + 1")(root)
    file = (root / "warehouse.duckdb").resolve()
    ledger.append(root, "warehouse", file.name, "published", sha256_of(file)[0])
    edit(about, lambda s: s.update(vintages=[]))
    ledger.append(root, "state", about.parent.name, "published", sha256_of(about)[0])
    verify(settings_of(root), told.append, noted)
    later = [line for line in told if Code.LEDGER_BROKEN in line]
    assert len(later) == 2 and file.name in later[0] and "state" in later[1]
    told.clear()
    verify(settings_of(root), told.append, ledger.head(root))
    assert not [line for line in told if Code.LEDGER_BROKEN in line]


def test_readers_who_are_led_to_an_older_state_are_named(root: Path) -> None:
    settings = settings_of(root)
    link, pages = settings.publication.readlink(), published.pages(settings)
    file = settings.build_file(None)
    publish(settings, file, built_release(file), pages | {"report/note.html": b"newer"})
    noted = ledger.head(root)
    assert found(root, noted) == []
    swap_link(settings.publication, str(link))
    ledger.witness(root).unlink()
    (problem,) = found(root, noted)
    assert problem.code == Code.LEDGER_PUBLISHED
    assert found(root) == [], "a publication that nobody noted may have been stopped"


def test_a_state_of_an_earlier_version_is_named_until_the_next_publication(
    settings: Settings,
) -> None:
    """As 0.3.6 left it: digests of 64 bits in `state.json` and in the file's name, no line for the state."""
    first = publish(settings, build_file(settings, 1), "r1")
    older = first.with_name("r1-0123456789ab.duckdb")
    first.rename(older)
    shutil.rmtree(settings.states)
    (settings.root / "ledger.jsonl").unlink()
    ledger.witness(settings.root).unlink()
    folder = settings.states / "r1-0123456789ab"
    folder.mkdir(parents=True)
    (folder / "warehouse.duckdb").symlink_to(f"../../warehouse/{older.name}")
    for name in ("tables.json", "previous.json"):
        (folder / name).write_text("[]")
    said = {"file": older.name, "release_id": "r1", "tables": {"marts.panel": "75facc9d7d590b12"}}
    settings.publication.unlink()
    settings.publication.symlink_to("states/r1-0123456789ab")
    ledger.append(settings.root, "warehouse", older.name, "published", sha256_of(older)[0])
    said |= {"vintages": [], "ledger": ledger.head(settings.root)}
    (folder / "state.json").write_text(json.dumps(said))

    def of_digest() -> list[str]:
        named = {Code.VERIFY_WAREHOUSE, Code.PUBLISH_CHANGED, Code.LEDGER_UNKNOWN}
        with duckdb.connect(str(settings.published), read_only=True) as connection:
            changed = _changed_tables(settings, connection, settings.published.resolve())
        return [p.code for p in _state_problems(settings) if p.code in named] + changed

    assert of_digest() == [Code.VERIFY_WAREHOUSE]
    newer = publish(settings, build_file(settings, 1), "r1")
    assert newer != older and of_digest() == []
    publish(settings, build_file(settings, 2), "r2")
    back = rollback(settings)
    assert back.name.startswith(newer.stem) and of_digest() == []
    rollback(settings)  # to the file with the older name
    assert of_digest() == []
    assert ledger.check(settings.root, ("warehouse", "state")) == []
