"""A full fetch of one edition from the stand-in ends in the same panel as the bundled figures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion.archive import vintages
from ingestion.catalog import all_editions, names
from ingestion.extract import extract_edition
from ingestion.fetch import fetch
from tests.fixtures.sources import bundled
from tests.fixtures.sources.settings import catalog_at, quick
from tests.fixtures.sources.standin import Database, Indicator, serve

REPOSITORY = Path(__file__).resolve().parents[2]
DBT = Path(sys.executable).parent / "dbt"
PLACE = ("statistical_yearbook", 2026)


def panel(root: Path) -> pd.DataFrame:
    """Extract every edition of a root, build up to the marts, and return the panel."""
    for name in names():
        for edition in all_editions():
            extract_edition(root, name, edition)
    build = root / "build"
    build.mkdir()
    environment = os.environ | {
        "LIVING_PANEL_DATA": str(root),
        "LIVING_PANEL_BUILD": str(build / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(build / "target"),
        "DBT_LOG_PATH": str(build / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    project = str(REPOSITORY / "dbt_project")
    done = subprocess.run(
        [str(DBT), "build", "--project-dir", project, "--profiles-dir", project]
        + ["--exclude", "results", "--exclude-resource-type", "unit_test"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    with duckdb.connect(str(build / "warehouse.duckdb"), read_only=True) as warehouse:
        return warehouse.execute("select * from marts.panel order by province_code, year").df()


def stand_in() -> tuple[Database, dict[str, dict[str, str]]]:
    """A site that serves the whole bundled edition, and the series that the catalog then names."""
    series = sorted({(row["indicator_label"], row["unit"]) for row in bundled.rows(*PLACE)})
    catalogues = {
        f"{label}目录": [Indicator(label, unit, bundled.values(*PLACE, label, unit))]
        for label, unit in series
    }
    return Database(catalogues=catalogues), {
        f"{label}目录": {label: unit} for label, unit in series
    }


@pytest.mark.timeout(400)
def test_a_fetched_edition_gives_the_panel_of_the_bundled_one(tmp_path, monkeypatch) -> None:
    known, fetched = tmp_path / "known", tmp_path / "fetched"
    for root in (known, fetched):
        for path in sorted(bundled.ARCHIVE.glob("*/*/*/")):
            shutil.copytree(path, root / "archive" / path.relative_to(bundled.ARCHIVE))
    shutil.rmtree(fetched / "archive" / PLACE[0] / str(PLACE[1]) / "2026-11-24")

    site, series = stand_in()

    def edit(name: str, content: dict) -> None:
        if name == PLACE[0]:
            content["fetch"]["database"]["catalogues"] = series

    with serve(site) as host:
        catalog_at(tmp_path / "catalog", host, monkeypatch, edit)
        done = fetch(
            fetched, *PLACE, client=quick(host), today=date(2026, 11, 25), progress=lambda _: None
        )
    assert done.figures == len(bundled.rows(*PLACE))
    files = [entry for v in vintages(fetched, *PLACE) for entry in v.receipt.files]
    assert [entry for entry in files if entry.url]

    expected, found = panel(known), panel(fetched)
    pd.testing.assert_frame_equal(found, expected)
    assert found["gdp_cny_100m"].notna().sum() > 500
