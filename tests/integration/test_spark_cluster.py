"""The same table from DuckDB, a standalone Spark cluster and Spark Connect: `make test-spark`.

A master, two workers and a Connect server run as processes of their own on the loopback address.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import ibis
import numpy as np
import pytest

from living_panel.codes import Code

pytest.importorskip("pyspark", reason="no PySpark in this environment: make test-spark")

import pyspark

from living_panel.estimation.econometrics.inference.reading import resolve_mapping
from living_panel.estimation.pushdown import EngineFailure, fitted, infer, spark_engine
from living_panel.orchestration.simulated.firms import draw_firms
from spark.cluster import Cluster, running_cluster, stop

pytestmark = pytest.mark.spark

TOKEN = "only-for-this-test"
SECRET = "right"
EQUAL = 1e-8
X = ["ln_fdi", "ln_size"]
BY = {"correction": "reghdfe", "df": "t(G-1)"}
WAYS = [
    {"cov": "clustered", "cluster": "province", **BY},
    {"cov": "clustered", "cluster": ["province", "year"], **BY},
    {"cov": "cr3:jackknife", "cluster": "province", "correction": "none", "df": "t(G-1)"},
    {"cov": "wild_cluster_bootstrap:rademacher", "cluster": "province", "correction": "none",
     "df": "none", "draws": 199, "seed": 1},
]  # fmt: skip
SETTINGS = {"spark.sql.shuffle.partitions": "2", "spark.executor.memory": "512m"}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with running_cluster(folder, secret=SECRET) as found:
        yield found


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> Path:
    """A folder of several Parquet files, so that several tasks read them."""
    folder = tmp_path_factory.mktemp("records")
    frame = draw_firms(12, 100, 12)
    frame = frame.sample(frac=0.9, random_state=1)
    for number in range(4):
        frame.iloc[number::4].to_parquet(folder / f"part-{number}.parquet", index=False)
    return folder


def results(data) -> list:
    with fitted(
        data, "ln_exports", X, clusters=["province", "year"], unit="firm", time="year"
    ) as fit:
        return [infer(fit, resolve_mapping(way)) for way in WAYS]


@pytest.fixture(scope="module")
def expected(records) -> list:
    return results(ibis.duckdb.connect().read_parquet(str(records / "*.parquet")))


def assert_equal(found: list, expected: list) -> None:
    for one, other in zip(found, expected, strict=True):
        assert one.label == other.label and one.n_obs == other.n_obs
        gap = (one.params - other.params).abs() / other.std_errors
        assert gap.max() < EQUAL, one.label
        np.testing.assert_allclose(one.std_errors, other.std_errors, rtol=EQUAL)
        np.testing.assert_allclose(one.p_values, other.p_values, atol=1e-9)


def test_the_same_table_from_the_cluster(cluster, records, expected, monkeypatch):
    monkeypatch.setenv("SPARK_AUTH_SECRET", SECRET)
    with spark_engine(master=cluster.master, settings=SETTINGS) as engine:
        assert_equal(results(engine.read_parquet(str(records))), expected)


def test_a_secret_that_is_not_the_clusters(cluster, monkeypatch):
    """Spark asks three times, over a minute."""
    monkeypatch.setenv("SPARK_AUTH_SECRET", "expired")
    assert refused(master=cluster.master) == [Code.SPARK]
    monkeypatch.setenv("SPARK_AUTH_SECRET", SECRET)
    few = {**SETTINGS, "spark.cores.max": "1"}
    with spark_engine(master=cluster.master, settings=few) as engine:  # the refused context is gone
        assert engine.raw_sql("select count(*) from range(10)").collect()[0][0] == 10


def test_a_worker_is_killed_in_the_middle_of_a_scan(cluster, records, expected, monkeypatch):
    """The other worker is enough, also for who uses this cluster afterwards."""
    monkeypatch.setenv("SPARK_AUTH_SECRET", SECRET)
    with spark_engine(master=cluster.master, settings=SETTINGS) as engine:
        context = engine._session.sparkContext
        killed: list[int] = []

        def kill() -> None:
            """Once a task runs: a worker with its executor, which is in its process group."""
            end = time.monotonic() + 120
            while time.monotonic() < end:
                tracker = context.statusTracker()
                jobs = [tracker.getJobInfo(job) for job in tracker.getActiveJobsIds()]
                stages = [tracker.getStageInfo(s) for job in jobs if job for s in job.stageIds]
                if any(s and s.numActiveTasks for s in stages):
                    stop(cluster.workers[0], signal.SIGKILL)
                    killed.append(cluster.workers[0].pid)
                    return
                time.sleep(0.005)

        thread = threading.Thread(target=kill)
        thread.start()
        found = results(engine.read_parquet(str(records)))
        thread.join()
    assert killed
    assert_equal(found, expected)


# -- Spark Connect


@pytest.fixture(scope="module")
def connected(tmp_path_factory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("connect")
    with running_cluster(folder, connect=True, token=TOKEN) as found:
        yield found


def test_the_same_table_through_spark_connect(connected, records, expected, monkeypatch):
    monkeypatch.setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", TOKEN)
    monkeypatch.setenv("PATH", "/nonexistent")  # the client needs no Java
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with spark_engine(remote=connected.remote) as engine:
        assert_equal(results(engine.read_parquet(str(records))), expected)


def test_a_token_that_is_not_valid_any_more(connected, monkeypatch):
    monkeypatch.setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", "expired")
    assert refused(remote=connected.remote) == [Code.SPARK]
    monkeypatch.setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", TOKEN)
    with spark_engine(remote=connected.remote) as engine:  # the renewed one
        assert engine.raw_sql("select 1").collect()[0][0] == 1
    assert "SPARK_CONNECT_MODE_ENABLED" not in os.environ


def test_another_version_of_spark(connected, monkeypatch):
    monkeypatch.setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", TOKEN)
    monkeypatch.setattr(pyspark, "__version__", "3.5.1")
    assert refused(remote=connected.remote) == [Code.NOT_INSTALLED]


def test_a_cluster_that_ends_in_the_middle_is_named(connected, records, monkeypatch):
    """The last test that uses this cluster."""
    monkeypatch.setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", TOKEN)
    with spark_engine(remote=connected.remote) as engine:
        data = engine.read_parquet(str(records))
        with fitted(data, "ln_exports", X, clusters=["province"], unit="firm", time="year") as fit:
            for process in (*connected.workers, *connected.others):
                stop(process)
            with pytest.raises(EngineFailure) as caught:
                infer(fit, resolve_mapping(WAYS[0]))
    assert caught.value.codes == [Code.ENGINE]


# -- failures before anything is computed


def refused(**address: str | None) -> list[str]:
    with pytest.raises(EngineFailure) as caught:
        with spark_engine(**address):  # type: ignore[arg-type]
            pass
    return caught.value.codes


def test_no_java(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert refused(master="spark://127.0.0.1:7077") == [Code.NOT_INSTALLED]


@pytest.mark.parametrize(
    "address, code",
    [
        ({"master": "spark://127.0.0.1:1"}, Code.SPARK),
        ({"remote": "sc://127.0.0.1:1"}, Code.SPARK),
        ({"master": "yarn"}, Code.SPARK),
        ({"remote": "sc://127.0.0.1:1/;token=secret"}, Code.SPARK),
        ({"master": "spark://127.0.0.1:1", "remote": "sc://127.0.0.1:1"}, Code.SPARK),
    ],
)
def test_a_wrong_address(address, code):
    assert refused(**address) == [code]
    assert "secret" not in os.environ.get("SPARK_REMOTE", "")
