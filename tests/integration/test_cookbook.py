"""What a reader of the warehouse is given: queries, dictionary, notebook, R script, all of them run."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from tests.conftest import copy_checkout, make

REPOSITORY = Path(__file__).resolve().parents[2]
QUERIES = sorted((REPOSITORY / "docs" / "cookbook").glob("*.sql"))
MAY_BE_EMPTY = "-- May be empty:"


@pytest.fixture(scope="module")
def warehouse(checkout: Path) -> duckdb.DuckDBPyConnection:
    path = (checkout / "data" / "warehouse.duckdb").resolve()
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    return connection.execute(next(q for q in QUERIES if q.stem == name).read_text("utf-8")).df()


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.stem)
def test_every_query_of_the_cookbook_answers(
    query: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    text = query.read_text(encoding="utf-8")
    answer = warehouse.execute(text).df()
    assert answer.shape[1] >= 3
    if MAY_BE_EMPTY not in text:
        assert len(answer) > 0
    assert f"(cookbook/{query.name})" in (REPOSITORY / "docs" / "cookbook.md").read_text("utf-8")


def test_there_are_at_least_twelve_queries() -> None:
    assert len(QUERIES) >= 12


def test_a_coefficient_leads_to_bytes_whose_sum_is_the_one_named(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for row in ask(warehouse, "01_coefficient_to_source_bytes").itertuples():
        path = (
            checkout / "data" / "archive" / row.source / str(row.edition) / row.vintage / row.file
        )
        assert hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256


def test_trade_per_fdi_is_that_of_the_panel(
    official_release: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    answer = ask(warehouse, "02_trade_per_fdi_by_region").set_index(["region", "year"])
    panel = pd.read_parquet(official_release / "panel.parquet")
    provinces = pd.read_parquet(official_release / "provinces.parquet")
    east = provinces.loc[provinces["region_three"] == "East", "province_code"]
    part = panel[(panel["year"] == 2015) & panel["province_code"].isin(east)]
    part = part.dropna(subset=["trade_cny_100m", "fdi_cny_100m"])
    expected = part["trade_cny_100m"].sum() / part["fdi_cny_100m"].sum()
    assert answer.loc[("East", 2015), "trade_per_fdi"] == pytest.approx(expected)
    assert answer.loc[("East", 2015), "provinces"] == len(part) == 11


def test_the_history_of_a_cell_ends_in_the_panels_figure(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    history = ask(warehouse, "03_revision_history_of_one_cell")
    assert len(history) >= 2
    assert history["edition"].is_monotonic_increasing
    now = warehouse.execute(
        "select gdp_cny_100m from marts.panel where province_code = '440000' and year = 2018"
    ).fetchone()[0]
    assert history["value"].iloc[-1] == now
    editions = {int(e) for e in history["edition"]}
    landed = {
        int(p.name) for p in (checkout / "data" / "archive" / "statistical_yearbook").iterdir()
    }
    assert editions <= landed


def test_two_releases_stand_side_by_side(checkout: Path, tmp_path: Path) -> None:
    copy = tmp_path / "two.duckdb"
    shutil.copy2((checkout / "data" / "warehouse.duckdb").resolve(), copy)
    with duckdb.connect(str(copy)) as connection:
        one = ask(connection, "04_two_releases_side_by_side")
        assert one["older"].isna().all(), "one release: nothing to compare with"
        connection.execute(
            "insert into results.artifacts by name select * replace ('old-' || artifact_id as artifact_id,"
            " 'older' as release_id, '2001-01-01T00:00:00' as created_at) from results.artifacts"
        )
        connection.execute(
            "insert into results.coefficients by name select * replace ('old-' || artifact_id as artifact_id,"
            " estimate - 0.25 as estimate) from results.coefficients"
        )
        two = ask(connection, "04_two_releases_side_by_side")
    assert len(two) == len(one)
    assert (two["newer"] - two["older"] - 0.25).abs().max() < 1e-9


def test_audit_in_sql_is_the_audit_of_the_rules(warehouse: duckdb.DuckDBPyConnection) -> None:
    from estimation.audit import RULES

    rules = warehouse.execute(
        "select rule, max(applicable) from results.audit group by rule"
    ).fetchall()
    assert {r for r, _ in rules} == set(RULES)
    impossible = ask(warehouse, "08_audit_findings")
    assert (impossible["applicable"] > 0).all()
    assert impossible["finding"].str.contains("2521").any()


def test_the_dictionary_is_current_and_leaves_no_column_out(checkout: Path) -> None:
    from orchestration.dictionary import dictionary

    manifest = json.loads(
        (checkout / "data" / "build" / "dbt" / "manifest.json").read_text("utf-8")
    )
    text = (REPOSITORY / "docs" / "dictionary.md").read_text(encoding="utf-8")
    assert text == dictionary(manifest, REPOSITORY / "dbt_project" / "seeds"), "remedy: make docs"
    with (REPOSITORY / "dbt_project" / "seeds" / "measures.csv").open(encoding="utf-8") as handle:
        wanted = {r["measure"] for r in csv.DictReader(handle) if r["in_panel"] == "true"}
    panel = text[text.index("## marts.panel") : text.index("## marts.provinces")]
    assert wanted <= set(re.findall(r"^\| `(\w+)`", panel, re.MULTILINE))
    assert "printed 万元 × 0.0001" in panel
    assert "mean CNY per USD" in panel
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["config"]["schema"] in ("marts", "results"):
            assert f"## {node['config']['schema']}.{node['name']}" in text
            assert all(c["description"] for c in node["columns"].values()), node["name"]


def test_formulas_follow_a_column_to_where_it_is_made() -> None:
    from orchestration.dictionary import formulas_of

    found = formulas_of(
        "with a as (select x, {{ macro() }} as j from {{ ref('t') }}),\n"
        "b as (select a.x as y, a.x - 1 as z from a)\n"
        "select b.y, b.z, b.y / b.z as ratio, cast(b.z as integer) as w from b"
    )
    assert found == {"z": "a.x - 1", "w": "a.x - 1", "ratio": "b.y / b.z"}


def test_dbt_documents_itself_on_one_static_page(checkout: Path, tmp_path: Path) -> None:
    checkout = copy_checkout(checkout, tmp_path / "living-panel")
    before = (checkout / "data" / "build" / "warehouse.duckdb").stat().st_mtime_ns
    done = make(checkout, "docs")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    page = checkout / "data" / "build" / "docs" / "index.html"
    text = page.read_text(encoding="utf-8")
    assert "coefficient_drift" in text and "MANIFEST.JSON INLINE DATA" not in text
    assert (checkout / "data" / "build" / "warehouse.duckdb").stat().st_mtime_ns == before
    ignored = subprocess.run(["git", "check-ignore", "-q", str(page)], cwd=checkout, check=False)
    assert ignored.returncode == 0


def test_the_notebook_runs_and_finds_the_stored_slope(checkout: Path) -> None:
    notebook = nbformat.read(checkout / "docs" / "notebook.ipynb", as_version=4)
    assert not any(c.get("outputs") for c in notebook.cells), (
        "the notebook is stored without outputs"
    )
    environment = {
        **os.environ,
        "LIVING_PANEL_DATA": str(checkout / "data"),
        "PYTHONPATH": str(checkout),
    }
    client = NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(checkout)}},
    )
    # the kernel of this very environment, whatever kernels the machine has registered
    client.create_kernel_manager()
    client.km.kernel_spec.argv[0] = sys.executable
    client.execute(env=environment)
    assert any("sha256" in str(c.get("outputs")) for c in notebook.cells)


@pytest.mark.skipif(
    shutil.which("Rscript") is None, reason="no R on this machine (apt-get install r-base)"
)
def test_r_reads_the_release_and_finds_the_stored_slope(
    checkout: Path, official_release: Path
) -> None:
    done = subprocess.run(
        ["Rscript", "--vanilla", str(checkout / "docs" / "read_release.R"), str(official_release)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    slope = float(re.search(r"^slope (\S+)", done.stdout, re.MULTILINE)[1])
    current = json.loads((checkout / "data" / "state" / "current.json").read_text("utf-8"))
    identity = next(e["artifact_id"] for e in current if e["table_id"] == "t04_baseline")
    stored = pd.read_parquet(
        checkout / "data" / "artifacts" / "t04_baseline" / identity / "coefficients.parquet"
    )
    own = stored[(stored["model"] == "headline.1") & (stored["term"] == "fdi")]
    assert slope == pytest.approx(own["estimate"].iloc[0], rel=1e-8)
