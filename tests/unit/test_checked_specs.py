"""The options of a spec are checked once for all processes; a wrong one every time, a changed one anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.orchestration.assets import specs
from living_panel.orchestration.root import made
from living_panel.orchestration.root.settings import Settings
from tests.fixtures.small_root import SPECS as SMALL
from tests.unit.test_papers_by_yaml import edited, written


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Read the specs as a new process would: returns the tables that hold, and how many specs were checked."""
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(tmp_path / "papers"))
    monkeypatch.setattr(made, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    written(tmp_path / "papers")
    check, before, calls = specs.check_options, specs.KEPT, []

    def counted(*arguments: object) -> None:
        calls.append(arguments)
        check(*arguments)

    monkeypatch.setattr(specs, "check_options", counted)

    def read() -> tuple[list[str], int]:
        kept = made.MadeByCode(before.file, before.made_by, before.is_current)
        monkeypatch.setattr(specs, "KEPT", kept)
        calls.clear()
        found, _ = specs.readable(Settings(tmp_path / "data", tmp_path / "state"))
        kept.write()
        return [spec.table for spec in found], len(calls)

    return read


def test_options_that_hold_are_checked_once(checked) -> None:
    assert checked() == (["growth_2026_main"], 1)
    assert checked() == (["growth_2026_main"], 0)


def test_a_wrong_or_changed_spec_is_checked_again(checked, tmp_path: Path) -> None:
    spec = tmp_path / "papers" / "growth_2026" / "specs" / "growth_2026_main.yml"
    checked()
    right = spec.read_text(encoding="utf-8")
    edited(spec, "primary:", "primry:")
    assert checked() == checked() == ([], 1)
    spec.write_text(right, encoding="utf-8")
    edited(spec, "Output on foreign", "The output on foreign")
    assert checked() == (["growth_2026_main"], 1)


def test_other_code_checks_again(checked, monkeypatch: pytest.MonkeyPatch) -> None:
    checked()
    monkeypatch.setattr(specs, "_code_of_kinds", lambda: "other")
    assert checked() == (["growth_2026_main"], 1)


def test_a_measure_that_no_panel_has_stops_its_table_before_a_run(
    checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "small"
    (folder).mkdir()
    text = (SMALL / "x_small.yml").read_text(encoding="utf-8")
    (folder / "x_small.yml").write_text(text, encoding="utf-8")
    wrong = text.replace("x_small", "x_wrong").replace("gdp_cny_100m", "gdp_cny_100n")
    (folder / "x_wrong.yml").write_text(wrong, encoding="utf-8")
    monkeypatch.setenv("LIVING_PANEL_SPECS", str(folder))
    found, problems = specs.readable(Settings(tmp_path / "data", tmp_path / "state"))
    assert [spec.table for spec in found] == ["x_small"]
    (problem,) = problems["x_wrong"]
    assert problem.code == Code.SPEC_MEASURE and problem.fields["measure"] == "gdp_cny_100n"
    assert "gdp_cny_100m" in problem.fix and problem.place.line
