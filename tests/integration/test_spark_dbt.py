"""The dbt project on a Spark cluster, on the bundled figures: its data tests pass.

Every table of marts and results, and the estimates from the panel, are those of DuckDB.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code

pytest.importorskip("pyspark", reason="no PySpark in this environment: make test-spark")

from living_panel.estimation.pushdown import two_way
from living_panel.ingestion.provenance.catalog import all_editions, names
from living_panel.ingestion.reading.extract import extract_edition
from spark.cluster import running_cluster
from spark.session import local_session
from tests.integration.stored_results import write_results

pytestmark = pytest.mark.spark

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = REPOSITORY / "dbt_project"


@pytest.fixture(scope="module")
def tables(tmp_path_factory) -> tuple[Path, Path]:
    """Folders with the tables of both engines as Parquet: DuckDB's, Spark's."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(REPOSITORY / "data" / "archive", root / "archive")
    for source in names():
        for edition in all_editions():
            extract_edition(root, source, edition)
    (root / "build").mkdir(exist_ok=True)
    write_results(root)
    environment = {
        **os.environ,
        "LIVING_PANEL_DATA": str(root),
        "LIVING_PANEL_BUILD": str(root / "warehouse.duckdb"),
        "PYTHONPATH": str(REPOSITORY),
    }
    own, other = root / "duckdb", root / "spark"
    run(
        [str(Path(sys.executable).parent / "dbt"), "build",
         "--exclude-resource-type", "unit_test", "--project-dir", str(PROJECT),
         "--profiles-dir", str(PROJECT), "--target-path", str(root / "target"),
         "--log-path", str(root / "logs")],
        environment,
    )  # fmt: skip
    export(root / "warehouse.duckdb", own)
    build = str(REPOSITORY / "spark" / "build.py")
    with running_cluster(root / "cluster") as cluster:
        command = [sys.executable, build, str(root), "--master", cluster.master, "--tests"]
        run([*command, "--folder", str(root), "--export", str(other)], environment)
    return own, other


def run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def export(warehouse: Path, folder: Path) -> None:
    folder.mkdir()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        listed = connection.sql(
            "select schema_name, table_name from duckdb_tables() where schema_name in ('marts', 'results')"
        ).fetchall()
        for schema, table in listed:
            file = folder / f"{schema}.{table}.parquet"
            connection.sql(f"select * from {schema}.{table}").write_parquet(str(file))


def read_sorted(path: Path) -> pd.DataFrame:
    """Rows in an order of their own, JSON as objects; one kind of missing value."""
    frame = pd.read_parquet(path)
    for name in frame:
        if frame[name].map(lambda value: isinstance(value, np.ndarray)).any():
            frame[name] = frame[name].map(lambda value: json.dumps(list(value), sort_keys=True))
    if "spec" in frame and path.name == "results.artifacts.parquet":
        frame["spec"] = frame["spec"].map(lambda text: json.dumps(json.loads(text)))
    texts = [n for n in frame if not pd.api.types.is_float_dtype(frame[n])]
    frame[texts] = frame[texts].astype(object).where(frame[texts].notna(), None)
    order = frame.map(str).sort_values(list(frame)).index
    return frame.loc[order].reset_index(drop=True)


def test_every_table_is_the_same(tables):
    own, other = tables
    files = sorted(path.name for path in own.glob("*.parquet"))
    assert files == sorted(path.name for path in other.glob("*.parquet")) and len(files) > 20
    for name in files:
        one, two = read_sorted(own / name), read_sorted(other / name)
        assert list(one) == list(two), name
        pd.testing.assert_frame_equal(one, two, check_dtype=False, rtol=1e-14, obj=name)
    panel = pd.read_parquet(other / "marts.panel.parquet")
    assert len(panel) == 31 * 20 and panel["gdp_cny_100m"].notna().sum() > 500
    assert (panel.dtypes[2:] == "float64").all()


def test_a_root_without_a_stage_is_named(tmp_path):
    build = str(REPOSITORY / "spark" / "build.py")
    done = subprocess.run(
        [sys.executable, build, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and Code.NOT_BUILT in done.stderr


def test_no_table_of_the_results_is_empty(tables):
    """But that of findings: the paper of this root declares none, on DuckDB neither."""
    empty = {p.name for p in tables[1].glob("results.*.parquet") if pd.read_parquet(p).empty}
    assert empty <= {"results.findings.parquet"}


def test_the_same_estimates_from_either_panel(tables, tmp_path):
    session = local_session(tmp_path)
    try:
        results = []
        for engine, folder in zip(
            (ibis.duckdb.connect(), ibis.pyspark.connect(session)), tables, strict=True
        ):
            table = engine.read_parquet(str(folder / "marts.panel.parquet"))
            table = table.filter(
                table.gdp_cny_100m.notnull(),
                table.fdi_cny_100m.notnull(),
                table.trade_cny_100m.notnull(),
            )
            table = table.mutate(
                ln_trade=table.trade_cny_100m.ln(),
                ln_fdi=table.fdi_cny_100m.ln(),
                ln_gdp=table.gdp_cny_100m.ln(),
            )
            results.append(
                two_way(
                    table,
                    "ln_trade",
                    ["ln_fdi", "ln_gdp"],
                    cov="clustered",
                    cluster="province_code",
                    correction="reghdfe",
                    df="t(G-1)",
                )
            )
    finally:
        session.stop()
    one, other = results
    assert one.n_obs == other.n_obs > 400
    assert ((one.params - other.params).abs() / one.std_errors).max() < 1e-8
    np.testing.assert_allclose(one.std_errors, other.std_errors, rtol=1e-8)
