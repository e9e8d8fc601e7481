"""The demo prints planted values with the findings of the tables, and `status` says that all is simulated."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from living_panel.orchestration.commands.demo import AS_OF_FIRST, RELEASES, environment
from living_panel.orchestration.commands.status import status
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import REPOSITORY, Settings
from living_panel.orchestration.simulated.beside import (
    BY_REGION,
    ONE,
    planted,
    planted_beside_estimated,
)
from living_panel.orchestration.simulated.planted import load_process


def _store(root: Path, vantage: str, table: str, rows: list[dict[str, object]]) -> None:
    folder = root / "artifacts" / table / "a1"
    folder.mkdir(parents=True)
    pd.DataFrame(rows).to_parquet(folder / "coefficients.parquet")
    state.write(root, vantage, [{"table_id": table, "artifact_id": "a1", "release_id": "r1"}])


def test_planted_values_are_those_of_the_processes_and_stand_beside_stored_estimates(
    tmp_path: Path,
) -> None:
    row = {"model": "headline.7", "term": "fdi", "estimate": 0.282, "std_error": 0.051}
    missing = row | {"model": "headline.7", "std_error": None, "estimate": 9.0}
    _store(tmp_path, f"as_of_{AS_OF_FIRST}", "t04_baseline", [missing, row])
    lines = planted_beside_estimated(tmp_path, f"as_of_{AS_OF_FIRST}")
    assert lines[0] == "FDI, one elasticity: planted 0.310, estimated 0.282 (0.051)"
    assert all(line.endswith("no estimate") for line in lines[1:])
    values = {asked.words: asked.value for asked in planted("first")}
    for region, slopes in load_process("regional").slopes.items():
        assert values[f"FDI, {region}"] == slopes["fdi"]


def test_the_processes_are_those_of_the_releases() -> None:
    assert [release.process for release in RELEASES] == [ONE, BY_REGION]


def test_the_receipt_names_a_process_that_exists() -> None:
    text = (REPOSITORY / "orchestration" / "commands" / "demo.py").read_text(encoding="utf-8")
    assert "orchestration/simulated/processes/{release.process}.yml" in text
    assert (REPOSITORY / "orchestration/simulated/processes/homogeneous.yml").is_file()


def test_status_of_a_demo_root_says_simulated(tmp_path: Path) -> None:
    for name, marked in (("demo", True), ("data", False)):
        (tmp_path / name / "landing").mkdir(parents=True)
        said = status(Settings(tmp_path / name, tmp_path / "state"))
        assert ("SIMULATED" in said) is marked


def test_the_demo_takes_no_setting_of_the_root_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LIVING_PANEL_EXECUTOR", "DAGSTER_HOME", "DAGSTER_STATE"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("LANG", "C.UTF-8")
    root = tmp_path / "data" / "demo"
    given = environment(root)
    assert "elsewhere" not in given.values()
    assert given["LANG"] == "C.UTF-8" and given["LIVING_PANEL_DATA"] == str(root)
    assert Path(given["DAGSTER_STATE"]).is_relative_to(tmp_path)
