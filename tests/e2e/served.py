"""A Dagster server on a data root of its own: starting it, asking it, stopping it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.integration.roots import environment

ALL_TABLES = {"LIVING_PANEL_SPECS": ""}
FINISHED = ("SUCCESS", "FAILURE", "CANCELED")


@dataclass(frozen=True)
class Server:
    """A running server and the root it works on."""

    address: str
    port: int
    process: subprocess.Popen[bytes]
    root: Path
    log: Path

    def ask(self, query: str) -> dict[str, Any]:
        """Answer of its GraphQL interface."""
        request = urllib.request.Request(
            f"{self.address}/graphql",
            data=json.dumps({"query": query}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())["data"]

    def runs(self) -> list[dict[str, Any]]:
        """Its runs, newest first, with times of creation, start and end."""
        query = "{runsOrError{... on Runs{results{runId status startTime endTime creationTime}}}}"
        return self.ask(query)["runsOrError"]["results"]

    def wait_for_runs(self, number: int, seconds: float = 400) -> list[dict[str, Any]]:
        """The runs, once that many exist and all have finished."""

        def finished() -> list[dict[str, Any]] | None:
            runs = self.runs()
            done = len(runs) >= number and all(run["status"] in FINISHED for run in runs)
            return runs if done else None

        return wait(finished, f"{number} finished runs", seconds)


def wait(what: Callable[[], Any], name: str, seconds: float, every: float = 0.5) -> Any:
    """Value of a function, once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(every)
    raise AssertionError(f"waited {seconds:.0f} s for {name}")


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(checkout: Path, root: Path, **more: str) -> Iterator[Server]:
    """A server as `make dev` starts it, on a free port; stopped at the end."""
    port = free_port()
    log = root.parent / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "living_panel", "dev", "--port", str(port)], cwd=checkout,
            env=environment(root) | {"PYTHONPATH": str(checkout), **ALL_TABLES} | more, stdin=subprocess.DEVNULL,
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait(lambda: process.poll() is not None or _answers(address), "the server", 240)
        assert process.poll() is None, log.read_text(encoding="utf-8")[-4000:]
        yield Server(address, port, process, root, log)
    finally:
        stop(process)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/server_info", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the processes that this one started, and no other."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    process.terminate()
    for child in children:
        with suppress(psutil.NoSuchProcess):
            child.terminate()
    _, left = psutil.wait_procs(children, timeout=30)
    for child in left:
        child.kill()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
