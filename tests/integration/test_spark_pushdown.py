"""The push-down estimator on Spark, against the in-memory one and DuckDB: `make test-spark`."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pyspark", reason="no PySpark in this environment: make test-spark")

from living_panel.estimation.econometrics.errors import InvalidData
from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.estimators import _two_way as fixed_effects
from living_panel.estimation.pushdown import EngineFailure, fitted, infer, two_way
from spark.session import local_session
from tests.unit.panels import CLUSTERED, JACKKNIFE

pytestmark = pytest.mark.spark

EQUAL = 1e-8
X = ["fdi", "lab"]
WAYS = [
    CLUSTERED,
    {**CLUSTERED, "cluster": "year"},
    {**CLUSTERED, "cluster": "policy"},
    {**CLUSTERED, "cluster": ["province_code", "year"], "correction": "none"},
    JACKKNIFE,
    {"cov": "wild_cluster_bootstrap:rademacher", "cluster": "province_code", "correction": "none",
     "df": "none", "draws": 299, "seed": 1},
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    session = local_session(tmp_path_factory.mktemp("spark"))
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    index = pd.MultiIndex.from_product(
        [[f"{i:02d}" for i in range(20)], range(2005, 2017)], names=["province_code", "year"]
    )
    data = pd.DataFrame(rng.normal(size=(len(index), 3)), index=index, columns=["ex", *X])
    data["ex"] += 0.3 * data["fdi"] + rng.normal(8, 2, 20).repeat(12)
    data["policy"] = rng.integers(0, 9, len(data))
    return data.sample(frac=0.85, random_state=0).sort_index()


def read(engine, frame: pd.DataFrame, folder):
    frame.reset_index().to_parquet(folder / "panel.parquet", index=False)
    return engine.read_parquet(str(folder / "panel.parquet"))


def test_every_family_of_inference(engine, frame, tmp_path):
    reference = fixed_effects.fit_two_way(frame["ex"], frame[X])
    duckdb = ibis.duckdb.connect().read_parquet
    names = ["province_code", "year", "policy"]
    with fitted(read(engine, frame, tmp_path), "ex", X, clusters=names) as fit:
        for way in WAYS:
            keys = np.atleast_1d(way.get("cluster", [])).tolist()
            given = [k if k in ("province_code", "year") else frame[k] for k in keys]
            memory = resolve_mapping({**way, **({"cluster": given} if keys else {})})
            expected = fixed_effects.infer(reference, memory, exact=None)
            found = infer(fit, resolve_mapping(way))
            assert found.label == expected.label
            gap = (found.params - expected.params).abs() / expected.std_errors
            assert gap.max() < EQUAL, found.label
            np.testing.assert_allclose(found.std_errors, expected.std_errors, rtol=EQUAL)
            np.testing.assert_allclose(found.p_values, expected.p_values, atol=1e-9)
    other = two_way(duckdb(tmp_path / "panel.parquet"), "ex", X, **CLUSTERED)
    found = two_way(read(engine, frame, tmp_path), "ex", X, **CLUSTERED)
    np.testing.assert_allclose(found.params, other.params, rtol=1e-10)


def test_bad_input(engine, frame, tmp_path):
    double = pd.concat([frame, frame.iloc[[4]]])
    with pytest.raises(InvalidData, match="occur more than once"):
        two_way(read(engine, double, tmp_path), "ex", X, **CLUSTERED)
    holes = frame.copy()
    holes.iloc[7, holes.columns.get_loc("fdi")] = np.nan
    with pytest.raises(InvalidData, match="column fdi is missing.*1 row"):
        two_way(read(engine, holes, tmp_path), "ex", X, **CLUSTERED)


def test_files_that_go_away_in_the_middle(engine, frame, tmp_path):
    data = read(engine, frame, tmp_path)
    with fitted(data, "ex", X, clusters=["province_code"]) as fit:
        (tmp_path / "panel.parquet").unlink()
        with pytest.raises(EngineFailure, match="scan 3 of 3"):
            infer(fit, resolve_mapping(CLUSTERED))
