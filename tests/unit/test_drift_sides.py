"""Naming two states of knowledge, accepting one, and pruning comparisons by the written rule."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.estimation.artifacts.artifact import MANIFEST_SCHEMA
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.__main__ import main
from living_panel.orchestration.assets import comparisons
from living_panel.orchestration.assets.comparisons import ASKED_KEPT, prune
from living_panel.orchestration.assets.resources import check_as_of
from living_panel.orchestration.assets.sides import (
    Side,
    accept,
    baseline,
    find_side,
    is_newest,
    must_be_rebuilt,
)
from living_panel.orchestration.automation.jobs import edition_range
from living_panel.orchestration.automation.sensors import record_failure
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import problems_of
from tests.refusals import refuses

RELEASES = {"aaaaaa11": 2024, "bbbbbb22": 2026}


def entries(release: str, version: str = "1") -> list[dict[str, str]]:
    return [
        {"table_id": t, "artifact_id": f"{release[:4]}{t}{version}", "release_id": release}
        for t in ("t04", "t06")
    ]


def write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two releases, two tables on each, the second made twice by other code."""
    root = Settings(root=tmp_path, state=tmp_path / "state")
    for release, edition in RELEASES.items():
        source = {"source": "statistical_yearbook", "edition": edition}
        write(root.releases / release / "manifest.json", {"sources": [source]})
    made = [("aaaaaa11", "1", 1), ("bbbbbb22", "1", 2), ("bbbbbb22", "2", 3)]
    for release, version, day in made:
        for entry in entries(release, version):
            run = {"created_at": f"2026-11-0{day}"}
            folder = root.artifacts / entry["table_id"] / entry["artifact_id"]
            rest = dict.fromkeys(("code", "files", "result_hash", "sample", "sources", "spec"))
            manifest = {"manifest_schema": MANIFEST_SCHEMA, **rest, **entry, "run": run}
            write(folder / "manifest.json", manifest)
    state.write(root.root, "current", entries("bbbbbb22", "2"))
    state.write(root.root, "previous", entries("bbbbbb22", "1"))
    state.write(root.root, "as_of_2024", entries("aaaaaa11"))
    return root


@pytest.mark.parametrize(
    ("name", "release", "version"),
    [
        ("current", "bbbbbb22", "2"), ("previous", "bbbbbb22", "1"), ("2024", "aaaaaa11", "1"),
        ("2026", "bbbbbb22", "2"), ("bbbbbb", "bbbbbb22", "2"), ("aaaaaa11", "aaaaaa11", "1"),
    ],
)  # fmt: skip
def test_a_state_is_found_by_its_name(
    settings: Settings, name: str, release: str, version: str
) -> None:
    assert list(find_side(settings, name).entries) == entries(release, version)


def test_one_artifact_is_found_by_its_id_beside_one_of_another_version(settings: Settings) -> None:
    write(settings.artifacts / "t04" / "older" / "manifest.json", {"manifest_schema": 0})
    assert list(find_side(settings, "bbbbt041").entries) == entries("bbbbbb22", "1")[:1]


def test_an_edition_is_rebuilt_unless_it_is_there_or_the_newest(settings: Settings) -> None:
    assert is_newest(settings, "2026") and not is_newest(settings, "2025")
    assert must_be_rebuilt(settings, "2023") and must_be_rebuilt(settings, "2023-10-01")
    for name in ("2024", "2026", "current", "bbbbbb22", "12345678", "previous"):
        assert not must_be_rebuilt(settings, name), name


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("2023", " AS_OF=2023"), ("2023-10-01", " AS_OF=2023-10-01"), ("nothing", ""), ("bbb", "")],
)
def test_an_unknown_state_is_refused_with_what_is_known(settings, name: str, remedy: str) -> None:
    with refuses(ValueError, Code.UNKNOWN_STATE, name=name, vantage=remedy) as refused:
        find_side(settings, name)
    (problem,) = problems_of(refused.value)
    assert str(problem.fields["there"]).endswith("2024, current, previous")
    assert problem.fix == f"run `make run{remedy}`"


@pytest.mark.parametrize(
    "as_of", ["soon", "20231001", "2023-W40-1", "2023-13-01", "２０２３", "203", ""]
)
def test_what_is_neither_an_edition_nor_a_date_is_no_vantage(as_of: str) -> None:
    with refuses(ValueError, Code.AS_OF):
        check_as_of(as_of)
    check_as_of("2023")
    check_as_of("2023-10-01")
    check_as_of(str(max(catalog.all_editions())))
    check_as_of(date.today().isoformat())


@pytest.mark.parametrize(
    ("as_of", "code"),
    [
        (str(max(catalog.all_editions()) + 1), Code.AS_OF),
        ((date.today() + timedelta(days=2)).isoformat(), Code.AS_OF),
    ],
)
def test_what_nothing_is_or_can_be_known_of_is_no_vantage(as_of: str, code: Code) -> None:
    with refuses(ValueError, code, as_of=as_of):
        check_as_of(as_of)


@pytest.mark.parametrize(
    ("first", "last"), [("1999", None), (None, "2017"), ("2024", "2023"), ("soon", None)]
)
def test_a_range_of_editions_is_one_of_the_catalog(first: str | None, last: str | None) -> None:
    with refuses(ValueError, Code.COMMAND):
        edition_range(first, last)


def test_the_other_side_is_the_last_accepted_state_that_differs(settings: Settings) -> None:
    assert "which nobody accepted" in baseline(settings).name
    accept(settings, "first look")
    assert "which nobody accepted" in baseline(settings).name, "itself is no other side"
    state.write(settings.root, "current", entries("aaaaaa11"))
    state.write(settings.root, "previous", entries("bbbbbb22", "1"))
    side = baseline(settings)
    assert "'first look'" in side.name and list(side.entries) == entries("bbbbbb22", "2")
    accept(settings, "second look")
    assert "'first look'" in baseline(settings).name
    state.write(settings.root, "current", entries("bbbbbb22", "2"))
    assert "'second look'" in find_side(settings, "accepted").name


def test_what_is_gone_of_an_earlier_state_stops_no_comparison_of_the_rest(
    settings: Settings,
) -> None:
    accept(settings, "first look")
    state.write(settings.root, "current", entries("aaaaaa11"))
    state.write(settings.root, "previous", entries("bbbbbb22", "1"))
    shutil.rmtree(settings.artifacts / "t04" / "bbbbt042")
    side = baseline(settings)
    assert "'first look'" in side.name and list(side.entries) == entries("bbbbbb22", "2")[1:]
    shutil.rmtree(settings.artifacts / "t06" / "bbbbt062")
    assert "which nobody accepted" in baseline(settings).name
    shutil.rmtree(settings.releases / "bbbbbb22")
    with refuses(ValueError, Code.UNKNOWN_STATE):
        baseline(settings)


def test_a_state_of_which_something_is_gone_is_rebuilt(settings: Settings) -> None:
    assert not must_be_rebuilt(settings, "2024")
    shutil.rmtree(settings.artifacts / "t04" / "aaaat041")
    assert must_be_rebuilt(settings, "2024")


def test_who_accepts_after_a_failed_refresh_is_told_what_was_accepted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")  # `main` sets it: put back afterwards
    monkeypatch.setenv("LIVING_PANEL_DATA", str(settings.root))
    monkeypatch.setenv("DAGSTER_STATE", str(settings.state))
    assert main(["accept", "quiet"]) == 0
    assert "failed" not in capsys.readouterr().out
    record_failure(settings, "1f0e2d3c4b5a", "refresh", "row 5: 火星 is no province")
    assert main(["accept", "too soon"]) == 0
    assert "The last refresh failed" in (said := capsys.readouterr().out) and "1f0e2d3c" in said


def test_a_refresh_keeps_its_own_comparison_and_the_last_asked_for(settings: Settings) -> None:
    drift = settings.artifacts / "drift"
    for number in range(ASKED_KEPT + 2):
        write(drift / f"asked{number}" / "manifest.json", {})
        (drift / f"asked{number}" / "asked").touch()
        os.utime(drift / f"asked{number}" / "asked", (number, number))
    for name in ("old", "mine", ".writing-1-x"):
        write(drift / name / "manifest.json", {})
    prune(settings, drift / "mine")
    left = {p.name for p in drift.iterdir()}
    assert left == {"mine", ".writing-1-x", *(f"asked{n}" for n in range(2, ASKED_KEPT + 2))}


def test_an_edition_that_just_arrived_belongs_to_the_state_that_is_built(tmp_path: Path) -> None:
    """Before publication and after it: a refresh that is repeated gives the same comparison."""
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    sides = {}
    for name, release in (("current", "a" * 16), ("next", "b" * 16)):
        entry = {"table_id": "t", "artifact_id": release[:8], "release_id": release}
        state.write(tmp_path, name, [entry])
        sides[name] = Side(name, (entry,))
        (tmp_path / "releases" / release).mkdir(parents=True)
        (tmp_path / "releases" / release / "manifest.json").write_text('{"sources": []}')
    folder = tmp_path / "archive" / "customs" / "2024" / "2024-05-01"
    folder.mkdir(parents=True)
    (folder / "receipt.yml").touch()
    arrived = frozenset({("customs", 2024, "2024-05-01")})
    for _ in range(2):
        assert comparisons._offered(settings, sides["next"]) == arrived
        assert comparisons._offered(settings, sides["current"]) == frozenset()
        state.write(tmp_path, "current", list(sides["next"].entries))  # it is published
