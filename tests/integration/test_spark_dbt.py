"""The dbt project on Spark, on the bundled figures: its data tests pass, the panel and the estimates from
it are those of DuckDB.
"""

from __future__ import annotations

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

pytest.importorskip("pyspark", reason="no PySpark in this environment: make test-spark")

from estimation.pushdown import two_way
from ingestion.catalog import all_editions, names
from ingestion.extract import extract_edition

pytestmark = pytest.mark.spark

REPOSITORY = Path(__file__).resolve().parents[2]
SELECTED = ["path:seeds", "path:models/staging", "path:models/intermediate", "path:models/marts"]


@pytest.fixture(scope="module")
def panels(tmp_path_factory) -> tuple[Path, Path]:
    """Panels of both engines as Parquet: DuckDB's, Spark's."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(REPOSITORY / "data" / "archive", root / "archive")
    for source in names():
        for edition in all_editions():
            extract_edition(root, source, edition)
    environment = {
        **os.environ,
        "LIVING_PANEL_DATA": str(root),
        "LIVING_PANEL_BUILD": str(root / "warehouse.duckdb"),
        "PYTHONPATH": str(REPOSITORY),
    }
    own, other = root / "duckdb.parquet", root / "spark.parquet"
    project = REPOSITORY / "dbt_project"
    run(
        [str(Path(sys.executable).parent / "dbt"), "build", "--select", *SELECTED,
         "--exclude-resource-type", "unit_test", "--project-dir", str(project),
         "--profiles-dir", str(project), "--target-path", str(root / "target"),
         "--log-path", str(root / "logs")],
        environment,
    )  # fmt: skip
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        connection.sql("select * from marts.panel").write_parquet(str(own))
    build = str(REPOSITORY / "spark" / "build.py")
    run([sys.executable, build, str(root), "--panel", str(other), "--tests"], environment)
    return own, other


def run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_same_panel(panels):
    own, other = (
        pd.read_parquet(path).sort_values(["province_code", "year"], ignore_index=True)
        for path in panels
    )
    assert len(own) == 31 * 20 and own["gdp_cny_100m"].notna().sum() > 500
    pd.testing.assert_frame_equal(own, other, check_dtype=False, rtol=1e-14)
    numbers = own.columns[2:]
    assert (other[numbers].dtypes == "float64").all()


def test_the_same_estimates_from_either_panel(panels, tmp_path):
    from spark.session import local_session

    session = local_session(tmp_path)
    try:
        results = []
        for engine, path in zip(
            (ibis.duckdb.connect(), ibis.pyspark.connect(session)), panels, strict=True
        ):
            table = engine.read_parquet(str(path))
            table = table.filter(
                table.gdp_cny_100m.notnull(), table.fdi_cny_100m.notnull(),
                table.trade_cny_100m.notnull(),
            )  # fmt: skip
            table = table.mutate(
                ln_trade=table.trade_cny_100m.ln(), ln_fdi=table.fdi_cny_100m.ln(),
                ln_gdp=table.gdp_cny_100m.ln(),
            )  # fmt: skip
            results.append(
                two_way(
                    table,
                    "ln_trade",
                    ["ln_fdi", "ln_gdp"],
                    cov="clustered",
                    cluster="province_code",
                    correction="reghdfe",
                    df="t(G-1)",
                )  # fmt: skip
            )
    finally:
        session.stop()
    one, other = results
    assert one.n_obs == other.n_obs > 400
    assert ((one.params - other.params).abs() / one.std_errors).max() < 1e-8
    np.testing.assert_allclose(one.std_errors, other.std_errors, rtol=1e-8)
