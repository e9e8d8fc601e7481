"""A Spark session for the dbt project: local, or on a standalone cluster.

The session's settings, and the stage extracted as a view, which DuckDB reads by itself; see docs/scaling.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from living_panel.codes import Code
from living_panel.estimation.pushdown import EngineFailure, spark_engine

STAGES = ("extracted", "seeds", "staging", "intermediate", "marts", "results")
PARTS = "*/edition=*/vintage=*/part.parquet"
CORES = 2


def session_settings(folder: Path) -> dict[str, str]:
    """Settings of a session whose tables lie in `folder` and whose catalog lies in memory."""
    return {
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(CORES),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "spill"),
        # tables are Parquet, not Hive text
        "spark.sql.legacy.createHiveTableByDefault": "false",
        "spark.sql.catalogImplementation": "in-memory",
    }


def local_session(folder: Path) -> SparkSession:
    """A session in this process whose tables and catalog end with `folder`."""
    # its workers run this very Python, not whichever is called python3 here
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = (
        SparkSession.builder.master(f"local[{CORES}]")
        .appName("living-panel")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
    )
    for name, value in session_settings(folder).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


@contextmanager
def open_session(folder: Path, master: str | None) -> Iterator[SparkSession]:
    """A session that ends with the block.

    Parameters
    ----------
    folder : Path
        Where tables are written; on a cluster every node sees it under this path.
    master : str, optional
        `spark://host:port` of a standalone cluster; a local session without it.

    Raises
    ------
    EngineFailure
        With the code of what is missing, wrong or refused.
    """
    if master:
        with spark_engine(master=master, settings=session_settings(folder)):
            session = SparkSession.getActiveSession()
            assert session is not None  # the engine has just started it
            yield session
        return
    session = local_session(folder)
    try:
        yield session
    finally:
        session.stop()


def check_extracted(data: Path) -> None:
    """Refuse a data root in which nothing is extracted yet."""
    if next((data / "extracted").glob(PARTS), None) is None:
        raise EngineFailure(
            Code.NOT_BUILT(
                "{root} has no extracted data",
                "run `make run` on this data root first",
                root=str(data),
            )
        )


def register_sources(session: SparkSession, data: Path) -> None:
    """The stage extracted as a view of the schema `extracted`, and the stages dbt writes to.

    Parameters
    ----------
    data : Path
        Absolute data root.
    """
    for stage in STAGES:
        session.sql(f"create database if not exists {stage}")
    parts = data / "extracted" / PARTS
    session.sql(f"create or replace view extracted.figures as select * from parquet.`{parts}`")
