"""The program with its libraries loaded, each command in a fork: `run_command` is its caller's side.

Loading them costs a command three seconds of processor. The program's own modules are loaded by each command, from the
checkout whose code it is to run. Environment, folder, output and end are those of a process started anew.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

LIBRARIES = (
    "dagster",
    "dagster_dbt",
    "docx",
    "matplotlib.figure",
    "networkx",
    "openpyxl",
    "scipy.stats",
)
"""Those that begin no thread, which a fork would lack: neither duckdb nor pyarrow, nor who loads them."""
LARGEST_REQUEST = 1 << 20
SIZE = 4
"""Bytes of a number."""


@cache
def channel() -> socket.socket:
    """The way to a process that runs commands, and ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.integration.loaded_program", str(theirs.fileno())],
            cwd=Path(__file__).parents[2],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    return ours


def run_command(
    arguments: list[str], folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """`python -m living_panel ARGUMENTS` in a checkout, to its end and that of who holds its errors."""
    request = {"arguments": arguments, "folder": str(folder), "environment": environment}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        ours, theirs = os.pipe()
        line = json.dumps(request).encode() + b"\n"
        socket.send_fds(channel(), [line], [out.fileno(), theirs])
        os.close(theirs)
        fork = receive_number(channel())
        try:
            with os.fdopen(ours, encoding="utf-8", errors="replace") as errors:
                said = errors.read()
            code = receive_number(channel())
        except BaseException:  # the test has taken too long
            os.kill(fork, signal.SIGKILL)
            channel().close()
            channel.cache_clear()
            raise
        out.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), said)


def receive_number(answers: socket.socket) -> int:
    """The next answer of the process that runs commands."""
    answer = answers.recv(SIZE)
    assert answer, "the process that runs commands is gone"
    return int.from_bytes(answer, "big", signed=True)


def send_number(asked: socket.socket, number: int) -> None:
    """Answer with the number of a fork, then with its exit code."""
    asked.sendall(number.to_bytes(SIZE, "big", signed=True))


def wait_for_request(asked: socket.socket) -> list[str]:
    """Fork for each request; return in the fork, which is then the process that was asked for."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(asked, LARGEST_REQUEST, 2)
        if not message:
            sys.exit()
        while not message.endswith(b"\n"):
            message += asked.recv(LARGEST_REQUEST)
        fork = os.fork()
        if not fork:
            break
        for descriptor in descriptors:
            os.close(descriptor)
        send_number(asked, fork)
        _, status = os.waitpid(fork, 0)
        send_number(asked, os.waitstatus_to_exitcode(status))
    asked.close()
    for number, descriptor in enumerate(descriptors, 1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    request = json.loads(message)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path[0] = request["folder"]
    return list(request["arguments"])


if __name__ == "__main__":
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()  # in no fork are they garbage
    threads = Path("/proc/self/task")
    assert not threads.is_dir() or len([*threads.iterdir()]) == 1, "a library begins a thread"
    sys.argv[1:] = wait_for_request(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module("living_panel", run_name="__main__", alter_sys=True)
