"""The dbt project on Spark: the same panel as on DuckDB, and the same estimates from it."""

from __future__ import annotations

import os
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

pytestmark = pytest.mark.spark

REPOSITORY = Path(__file__).resolve().parents[2]
SELECTED = ["path:seeds", "path:models/staging", "path:models/intermediate", "path:models/marts"]
SERIES = {
    "gdp": ("statistical_yearbook", "地区生产总值", "亿元"),
    "trade": ("statistical_yearbook", "经营单位所在地货物进出口总额", "千美元"),
    "rate": ("statistical_yearbook", "人民币对美元年平均汇率", "元/美元"),
    "fdi": ("commerce_fdi", "实际使用外商直接投资", "亿元"),
    "parcels": ("postal_express", "快递业务量", "万件"),
}
PROVINCES = ["110000", "120000", "130000", "140000", "150000", "210000", "220000", "230000"]


def figures() -> pd.DataFrame:
    """Eight provinces, 2015-2023, two editions of which the second restates the first."""
    rng = np.random.default_rng(5)
    rows = []
    for edition in (2023, 2024):
        for year in range(2015, 2024):
            rows.append(row("rate", edition, "000000", year, 6.0 + rng.uniform()))
            for province in PROVINCES:
                for name in ("gdp", "trade", "fdi", "parcels"):
                    if rng.uniform() < 0.95:
                        scale = {"gdp": 1e4, "trade": 1e7, "fdi": 1e2, "parcels": 1e4}[name]
                        value = round(scale * 1.08 ** (year - 2015) * rng.uniform(0.8, 1.2), 2)
                        rows.append(row(name, edition, province, year, value))
    return pd.DataFrame(rows).astype({"edition": "int32", "year": "int32", "value": "float64"})


def row(name: str, edition: int, province: str, year: int, value: float) -> dict:
    source, label, unit = SERIES[name]
    return {
        "source": source, "edition": edition, "vintage": "2026-11-01",
        "file": f"{source}_{edition}.csv", "sha256": f"{source}-{edition}", "location": "row 2",
        "indicator_label": label, "unit": unit, "province_label": province,
        "province_code": province, "year": year, "value_printed": str(value), "value": value,
        "quality": "high", "status": "official", "compiled_from": "", "note": "",
    }  # fmt: skip


@pytest.fixture(scope="module")
def panels(tmp_path_factory) -> tuple[Path, Path]:
    """Panels of both engines as Parquet: DuckDB's, Spark's."""
    root = tmp_path_factory.mktemp("root")
    for (source, edition), part in figures().groupby(["source", "edition"]):
        folder = root / "extracted" / source / f"edition={edition}" / "vintage=2026-11-01"
        folder.mkdir(parents=True)
        part.to_parquet(folder / "part.parquet", index=False)
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
         "--exclude-resource-type", "unit_test", "test", "--project-dir", str(project),
         "--profiles-dir", str(project), "--target-path", str(root / "target"),
         "--log-path", str(root / "logs")],
        environment,
    )  # fmt: skip
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        connection.sql("select * from marts.panel").write_parquet(str(own))
    build = str(REPOSITORY / "spark" / "build.py")
    run([sys.executable, build, str(root), "--panel", str(other)], environment)
    return own, other


def run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_same_panel(panels):
    own, other = (
        pd.read_parquet(path).sort_values(["province_code", "year"], ignore_index=True)
        for path in panels
    )
    assert len(own) == 31 * 19 and own["gdp_cny_100m"].notna().sum() > 50
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
    assert one.n_obs == other.n_obs > 40
    assert ((one.params - other.params).abs() / one.std_errors).max() < 1e-8
    np.testing.assert_allclose(one.std_errors, other.std_errors, rtol=1e-8)
