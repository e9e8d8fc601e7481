"""Spark as an engine: an existing session, a standalone cluster, or Spark Connect."""

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

from living_panel.codes import Code
from living_panel.estimation.pushdown import sentences
from living_panel.estimation.pushdown.engine import EngineFailure
from living_panel.problems import Place

ADDRESS = re.compile(r"(spark|sc)://([^/:;@\s]+):(\d+)/?")
SECRET_VARIABLE = "SPARK_AUTH_SECRET"
"""Variable of the environment with a cluster's shared secret."""
WAIT_SECONDS = 10
RETRIES = 4
"""Attempts to reach a Spark Connect server again, over some five seconds."""
CONNECT_MODE = "SPARK_CONNECT_MODE_ENABLED"
"""Variable that PySpark sets for its process when it connects, and reads in every later session."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@contextmanager
def spark_engine(
    *,
    master: str | None = None,
    remote: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """An Ibis backend on Spark; a session that is started here ends with the block.

    Parameters
    ----------
    master : str, optional
        `spark://host:port` of a standalone cluster; needs Java 17 here.
    remote : str, optional
        `sc://host:port` of a Spark Connect server; needs no Java here.
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
        raise EngineFailure(sentences.SPARK_MISSING()) from error
    if master and remote:
        raise EngineFailure(
            sentences.SPARK_ADDRESS(address=f"{master} and {remote}", form="spark:// or sc://")
        )
    if remote:
        with _connected(SparkSession, remote, settings or {}) as session:
            yield ibis.pyspark.connect(session)
        return
    if master:
        session = _on_cluster(SparkSession, master, settings or {})
    else:  # of whoever owns the session: it is not ended here
        yield ibis.pyspark.connect(SparkSession.builder.getOrCreate())
        return
    try:
        yield ibis.pyspark.connect(session)
    finally:
        session.stop()


def check_address(address: str, option: str) -> None:
    """Refuse an address that has another form, or at which nothing listens."""
    form = "spark://host:port" if option == "master" else "sc://host:port"
    match = ADDRESS.fullmatch(address)
    if match is None or match[1] != form.partition(":")[0]:
        raise EngineFailure(sentences.SPARK_ADDRESS(Place(key=option), address=address, form=form))
    try:
        with socket.create_connection((match[2], int(match[3])), timeout=WAIT_SECONDS):
            pass
    except OSError as error:
        raise EngineFailure(
            Code.SPARK(
                "no Spark server responds at {address}",
                "start the cluster, or correct `{option}`",
                Place(key=option),
                address=address,
                option=option,
            )
        ) from error


def has_java() -> bool:
    """Whether a Java runtime is on the path or in JAVA_HOME."""
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java") or (home and (Path(home) / "bin" / "java").exists()))


def _on_cluster(builder: Any, master: str, settings: Mapping[str, str]) -> Any:
    if not has_java():
        raise EngineFailure(
            Code.NOT_INSTALLED(
                "Spark's driver needs Java 17, but neither PATH nor JAVA_HOME has a java",
                "install a Java runtime (Debian: openjdk-17-jre-headless), or use `remote:`, which does not need Java",
            )
        )
    check_address(master, "master")
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
        _forget_context()
        raise _failed(master, error) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _forget_context() -> None:
    """Stop a context that was refused: the next session would get it."""
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    if context is not None:
        context.stop()


@contextmanager
def _connected(builder: Any, remote: str, settings: Mapping[str, str]) -> Iterator[Any]:
    """A session of Spark Connect; afterwards this process may have one of another kind."""
    mode = os.environ.get(CONNECT_MODE)
    session = None
    try:
        session = _connect(builder, remote, settings)
        _check_server(session, remote)
        yield session
    finally:
        if session is not None:
            session.stop()
            # Collected later, it would close the threads that all sessions share, perhaps while
            # another session waits for them: PySpark 4.0 then waits forever.
            session.client.close = lambda: None
        if mode is None:
            os.environ.pop(CONNECT_MODE, None)


def _connect(builder: Any, remote: str, settings: Mapping[str, str]) -> Any:
    try:
        from pyspark.sql.connect.client.retries import DefaultPolicy
    except ImportError as error:  # its own requirements are not there
        raise EngineFailure(sentences.SPARK_MISSING()) from error
    check_address(remote, "remote")
    configured = builder.builder.remote(remote)
    for name, value in settings.items():
        configured = configured.config(name, value)
    try:
        session = configured.create()  # never one with a token of before
    except Exception as error:
        raise _failed(remote, error) from error
    # by default a server that has gone is waited for some ten minutes
    session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
    return session


def _check_server(session: Any, remote: str) -> None:
    """Refuse a server that refuses the token, or that has another version."""
    import pyspark

    try:
        server = session.version
    except Exception as error:
        status = _grpc_status(error)
        if status in ("UNAUTHENTICATED", "PERMISSION_DENIED"):
            raise EngineFailure(
                Code.SPARK(
                    "{address} rejects the credentials ({status})",
                    "renew the token in SPARK_CONNECT_AUTHENTICATE_TOKEN",
                    address=remote,
                    status=status,
                )
            ) from error
        raise _failed(remote, error) from error
    if server.split(".")[:2] != pyspark.__version__.split(".")[:2]:
        raise EngineFailure(
            Code.NOT_INSTALLED(
                "{address} runs Spark {server}, but PySpark here is {client}",
                "run `pip install pyspark=={server}` to match the cluster",
                address=remote,
                server=server,
                client=pyspark.__version__,
            )
        )


def _grpc_status(error: BaseException | None) -> str | None:
    """Name of the gRPC status that an error, or one of its causes, carries."""
    while error is not None:
        code = getattr(error, "code", None)
        name = getattr(code() if callable(code) else None, "name", None)
        if name:
            return str(name)
        error = error.__cause__ or error.__context__
    return None


def _failed(address: str, error: Exception) -> EngineFailure:
    cause = getattr(error, "java_exception", error)  # of Java, if the driver has one
    lines = str(cause).strip().splitlines() or [repr(error)]
    return EngineFailure(
        Code.SPARK(
            "{address} does not start a session ({kind}): {reason}",
            "compare SPARK_AUTH_SECRET with the cluster's secret, then read the log of the cluster",
            address=address,
            kind=type(error).__name__,
            reason=lines[0],
        )
    )
