"""Drift on planted figures, through all stages: the drift table finds the changes made to them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from living_panel.estimation.artifacts.drift import PARTS
from living_panel.ingestion.provenance.receipts import read_receipt, receipt_path
from living_panel.ingestion.provinces import PROVINCES
from living_panel.ingestion.storage import archive
from living_panel.orchestration.commands.demo import SERIES
from living_panel.orchestration.dbt.runs import run_results
from living_panel.orchestration.root import state
from living_panel.orchestration.simulated.planted import draw, load_process
from tests.fixtures.landed import withdraw
from tests.integration.roots import command, drop, figure
from tests.paths import SPECS, some_specs

NAMES = {province.code: province.short for province in PROVINCES}
USED = ("exports_cny_100m", "gdp_cny_100m", "patent_applications")
COVERAGE = {"LIVING_PANEL_COVERAGE": "demo"}  # a build is also made from its variables
HELD_BACK = "640000"  # Ningxia comes with the second release
RESTATED = [("110000", y) for y in range(2012, 2016)]
REMOVED = [("370000", 2014), ("370000", 2015)]


def landed(root: Path, panel: pd.DataFrame, name: str, vintage: str) -> Path:
    rows = [
        figure(*SERIES[measure][2:], NAMES[province], year, value)
        for measure in USED
        for province, year, value in panel[["province_code", "year", measure]].dropna().to_numpy()
    ]
    return drop(root, "statistical_yearbook", 2023, name, rows, vintage=vintage)


def specs(folder: Path, first_year: int) -> str:
    """Folder with one table whose window is open and begins in `first_year`."""
    folder.mkdir()
    spec = yaml.safe_load((SPECS / "x_open_window.yml").read_text(encoding="utf-8"))
    sample = spec["options"]["blocks"][0]["sample"]
    sample |= {"first_year": first_year, "units": "all", "minimum_coverage": 0.9}
    spec["variables"]["ex"] = {"measures": ["exports_cny_100m"]}  # what is planted
    (some_specs(folder, "x_open_window") / "x_open_window.yml").write_text(
        yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8"
    )
    return str(folder)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    root = folder / "data"
    panel = draw(load_process("homogeneous"), 7)
    at = pd.MultiIndex.from_frame(panel[["province_code", "year"]])
    first = panel[(panel["year"] < 2022) & (panel["province_code"] != HELD_BACK)].copy()
    second = panel.copy()
    second.loc[at.isin(RESTATED), "gdp_cny_100m"] *= 1.2
    second.loc[at.isin(REMOVED), "gdp_cny_100m"] = float("nan")
    landed(root, first, "first.csv", "2025-01-01")
    done = command(root, "run", **COVERAGE, LIVING_PANEL_SPECS=specs(folder / "before", 2007))
    assert done.returncode == 0, done.stderr[-3000:]
    file = landed(root, second, "second.csv", "2025-02-01")
    assert archive.store(root, read_receipt(receipt_path(file)), file.parent)
    withdraw(
        root, "statistical_yearbook", 2023, "2025-01-01", "replaced whole", on=date(2025, 2, 2)
    )
    done = command(root, "run", **COVERAGE, LIVING_PANEL_SPECS=specs(folder / "after", 2009))
    assert done.returncode == 0, done.stderr[-3000:]
    return root


def stored(root: Path, table: str, side: str) -> pd.DataFrame:
    """Rows of comparisons of which the current release is one side."""
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(f"from results.{table}").df()
    return found[found[side] == state.read(root, "release")["next"]]


@pytest.fixture(scope="module")
def drift(root: Path) -> pd.DataFrame:
    return stored(root, "coefficient_drift", "to_release").set_index(["model", "term"])


def test_every_part_that_was_touched_moves_and_no_other(drift: pd.DataFrame) -> None:
    row = drift.loc[("open.2", "gdp")]
    assert row["status"] == "moved"
    for part in ("restated", "removed", "years", "provinces", "spec"):
        assert abs(row[part]) > 1e-6, part
    for part in ("filled_in", "rule", "interpolation", "code"):
        assert abs(row[part]) < 1e-9, part


def test_the_parts_add_up_to_the_change_of_every_coefficient(drift: pd.DataFrame) -> None:
    assert len(drift) >= 3
    gap = (drift[[*PARTS, "code"]].sum(axis=1) - drift["change"]).abs()
    assert gap.max() < 1e-9


def test_patents_alone_are_not_moved_by_cells_of_gdp(drift: pd.DataFrame) -> None:
    """Column 1 has no GDP; its sample is the block's, so removed rows may move it, restated GDP not."""
    row = drift.loc[("open.1", "kn")]
    assert abs(row["restated"]) < 1e-9
    assert abs(row["years"]) > 1e-6


def test_a_comparison_that_somebody_asks_for_is_in_the_results_at_once(
    root: Path, drift: pd.DataFrame
) -> None:
    assert stored(root, "coefficient_drift", "from_release").empty
    done = command(root, "diff", "--from", "current", "--to", "previous", **COVERAGE)
    assert done.returncode == 0, done.stderr[-3000:]
    back = stored(root, "coefficient_drift", "from_release").set_index(["model", "term"])
    assert len(back) == len(drift) and back["std_error"].notna().any()
    assert (back["change"] + drift["change"].reindex(back.index)).abs().max() < 1e-12
    diff = stored(root, "release_diff", "from_release").set_index(["measure", "part"])["cells"]
    assert diff["gdp_cny_100m", "restated"] == len(RESTATED)
    # nothing else is built again: no other model reads comparisons
    built = [e["unique_id"].split(".") for e in run_results(root / "build/dbt/runs/next")]
    models = {name for kind, _, name, *_ in built if kind == "model"}
    assert models == {"coefficient_drift", "release_diff"}


def test_after_a_rollback_a_comparison_publishes_nothing(root: Path) -> None:
    done = command(root, "rollback")
    assert done.returncode == 0, done.stderr[-3000:]
    file = (root / "warehouse.duckdb").resolve()
    done = command(root, "diff", "--from", "previous", "--to", "current")
    assert done.returncode == 0, done.stderr[-3000:]
    assert (root / "warehouse.duckdb").resolve() == file
    assert "The published state is not the one that was built last" in done.stderr
