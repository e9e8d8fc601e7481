"""A local Spark session for the dbt project and the push-down estimator.

The session's settings, and the stage extracted as a view, which DuckDB reads by itself. On a cluster
the session comes from there; see docs/scaling.md.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

STAGES = ("extracted", "seeds", "staging", "intermediate", "marts", "results")


def local_session(folder: Path, cores: int = 2) -> SparkSession:
    """A session whose tables and catalog live in `folder` and in memory, and end with it."""
    # its workers run this very Python, not whichever is called python3 here
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master(f"local[{cores}]")
        .appName("living-panel")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", str(cores))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.local.dir", str(folder / "spill"))
        # tables are Parquet, not Hive text
        .config("spark.sql.legacy.createHiveTableByDefault", "false")
        .config("spark.sql.catalogImplementation", "in-memory")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


def register_sources(session: SparkSession, data: Path) -> None:
    """The stage extracted as a view of the schema `extracted`, and the stages dbt writes to.

    Parameters
    ----------
    data : Path
        Absolute data root.
    """
    for stage in STAGES:
        session.sql(f"create database if not exists {stage}")
    parts = data / "extracted" / "*" / "edition=*" / "vintage=*" / "part.parquet"
    session.sql(f"create or replace view extracted.figures as select * from parquet.`{parts}`")
