"""Spark as an engine: an existing session, or a standalone cluster."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis

from estimation.pushdown import codes
from estimation.pushdown.engine import EngineFailure
from ingestion.problems import Place

ADDRESS = re.compile(r"(spark)://([^/:;@\s]+):(\d+)/?")
SECRET_VARIABLE = "SPARK_AUTH_SECRET"
"""Variable of the environment with a cluster's shared secret."""
WAIT_SECONDS = 10
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@contextmanager
def spark_engine(
    *,
    master: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """An Ibis backend on Spark; a session that is started here ends with the block.

    Parameters
    ----------
    master : str, optional
        `spark://host:port` of a standalone cluster; needs Java 17 here.
    settings : mapping, optional
        Spark's own settings of the session.

    Yields
    ------
    ibis backend

    Raises
    ------
    EngineFailure
        With the code of what is missing, wrong or refused.
    """
    try:
        from pyspark.sql import SparkSession  # not among the requirements
    except ImportError as error:
        raise EngineFailure(codes.SPARK_MISSING()) from error
    if master:
        session = _on_cluster(SparkSession, master, settings or {})
    else:  # of whoever owns the session: it is not ended here
        yield ibis.pyspark.connect(SparkSession.builder.getOrCreate())
        return
    try:
        yield ibis.pyspark.connect(session)
    finally:
        session.stop()


def check_address(address: str) -> None:
    """Refuse an address that has another form, or at which nothing listens."""
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise EngineFailure(
            codes.SPARK_ADDRESS(Place(key="master"), address=address, form="spark://host:port")
        )
    try:
        with socket.create_connection((found[2], int(found[3])), timeout=WAIT_SECONDS):
            pass
    except OSError as error:
        raise EngineFailure(
            codes.SPARK_UNREACHABLE(Place(key="master"), address=address, option="master")
        ) from error


def has_java() -> bool:
    """Whether a Java runtime is on the path or in JAVA_HOME."""
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java") or (home and (Path(home) / "bin" / "java").exists()))


def _on_cluster(builder: Any, master: str, settings: Mapping[str, str]) -> Any:
    if not has_java():
        raise EngineFailure(codes.NO_JAVA())
    check_address(master)
    options = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
    }
    if ADDRESS.fullmatch(master)[2] in LOOPBACK:  # type: ignore[index]
        options |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if secret := os.environ.get(SECRET_VARIABLE):
        options |= {"spark.authenticate": "true", "spark.authenticate.secret": secret}
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    configured = builder.builder.appName("living-panel").master(master)
    for name, value in (options | dict(settings)).items():
        configured = configured.config(name, value)
    try:
        session = configured.getOrCreate()
    except Exception as error:
        raise _failed(master, error) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _failed(address: str, error: Exception) -> EngineFailure:
    lines = str(error).strip().splitlines() or [repr(error)]
    return EngineFailure(
        codes.SPARK_FAILED(address=address, kind=type(error).__name__, reason=lines[0])
    )
