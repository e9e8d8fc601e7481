"""A standalone Spark cluster on this machine: a master, workers and Spark Connect, each a process.

Run: `python spark/cluster.py --workers 2` in the environment of requirements-spark.lock. Everything listens on
the loopback address only, and ends with this program.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyspark

HOST = "127.0.0.1"
CLASSES = "org.apache.spark.deploy"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
START_SECONDS = 120


@dataclass
class Cluster:
    """A running cluster: its addresses and processes."""

    folder: Path
    master: str
    web: str
    remote: str | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def state(self) -> dict[str, object]:
        """The master's description of itself and its workers."""
        with urllib.request.urlopen(f"{self.web}/json/", timeout=10) as answer:
            return dict(json.load(answer))


@contextmanager
def running_cluster(
    folder: Path,
    *,
    workers: int = 2,
    cores: int = 1,
    memory: str = "1g",
    connect: bool = False,
    token: str | None = None,
    secret: str | None = None,
) -> Iterator[Cluster]:
    """A cluster that lives as long as the block.

    Parameters
    ----------
    workers, cores, memory
        Number of workers, and what each of them offers.
    connect : bool
        Also start a Spark Connect server; clients need `token`, if it is given.
    secret : str, optional
        Shared secret of the cluster, without which it takes no driver.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port, web = _free_port(), _free_port()
    more = secret_settings(secret)
    cluster = Cluster(folder, f"spark://{HOST}:{port}", f"http://{HOST}:{web}")
    try:
        address = ["--host", HOST, "--port", str(port), "--webui-port", str(web)]
        cluster.others.append(
            _start(folder, "master", f"{CLASSES}.master.Master", *address, **more)
        )
        _wait(lambda: _answers(web), cluster, "the master")
        for number in range(workers):
            offer = ["--host", HOST, "--cores", str(cores), "--memory", memory]
            offer += ["--webui-port", "0", "--work-dir", str(folder / f"work-{number}")]
            name = f"worker-{number}"
            command = (*offer, cluster.master)
            cluster.workers.append(
                _start(folder, name, f"{CLASSES}.worker.Worker", *command, **more)
            )
        _wait(lambda: cluster.state()["aliveworkers"] == workers, cluster, "the workers")
        if connect:
            _start_connect(cluster, folder, token)
        yield cluster
    finally:
        for process in (*cluster.workers, *cluster.others):
            stop(process)


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
    """End a process with the executors that it started."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass
    process.wait(timeout=30)


def secret_settings(secret: str | None) -> dict[str, str]:
    """Variables by which Spark's own servers get a secret."""
    if secret is None:
        return {}
    given = f"-Dspark.authenticate=true -Dspark.authenticate.secret={secret}"
    return {"SPARK_DAEMON_JAVA_OPTS": given}


def _start_connect(cluster: Cluster, folder: Path, token: str | None) -> None:
    port = _free_port()
    settings = {
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    given = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    command = ["--class", CONNECT, "--master", cluster.master, *given]
    command.append("spark-internal")
    more = {"SPARK_DAEMON_MEMORY": "1g"}  # Spark takes this as the memory of its own servers
    more |= {"SPARK_CONNECT_AUTHENTICATE_TOKEN": token} if token else {}
    process = _start(folder, "connect", f"{CLASSES}.SparkSubmit", *command, **more)
    cluster.others.append(process)
    cluster.remote = f"sc://localhost:{port}"  # by this name a client sends a token without TLS
    _wait(lambda: _answers(port), cluster, "Spark Connect")


def _start(
    folder: Path, name: str, entry: str, *arguments: str, **more: str
) -> subprocess.Popen[bytes]:
    home = Path(pyspark.__file__).parent
    environment = os.environ | {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(folder / "spill"),
        "SPARK_DAEMON_MEMORY": "256m",
    }
    command = [str(home / "bin" / "spark-class"), entry, *arguments]
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            command, env=environment | more, stdout=log, stderr=log, start_new_session=True
        )


def _wait(ready: object, cluster: Cluster, name: str) -> None:
    """Wait until something is ready, or one of the processes has ended."""
    assert callable(ready)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        ended = [p for p in (*cluster.workers, *cluster.others) if p.poll() is not None]
        if ended:
            raise RuntimeError(f"{name}: a process ended; its log is in {cluster.folder}")
        try:
            if ready():
                return
        except (OSError, ValueError):  # nobody answers yet, or the answer is no JSON yet
            pass
        time.sleep(0.2)
    raise TimeoutError(f"{name} did not start within {START_SECONDS} s; logs: {cluster.folder}")


def _answers(port: int) -> bool:
    with socket.create_connection((HOST, port), timeout=1):
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Run a cluster until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--memory", default="1g")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="living-panel-cluster-") as folder:
        given = {"workers": options.workers, "cores": options.cores, "memory": options.memory}
        with running_cluster(Path(folder), connect=True, **given) as cluster:
            print(
                f"master: {cluster.master}\nremote: {cluster.remote}\nCtrl-C ends it.", flush=True
            )
            try:
                signal.pause()
            except KeyboardInterrupt:
                pass


if __name__ == "__main__":
    main()
