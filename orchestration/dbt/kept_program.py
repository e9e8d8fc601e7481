"""The program of a kept dbt process: dbt is loaded and the project parsed once, each command runs in a fork.

A fork takes over what was parsed, and its end frees the build file. Variables of a command occur in SQL alone, so that
one parse without any serves all of them (`tests/integration/test_kept_dbt.py` compares). A request is a line of JSON
on a socket, with the descriptor that dbt writes to.

Events in JSON are written here, unless a level is asked for. Dbt would format each event for each of its logs before it
looks at the level, a seventh of a build.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any

import living_panel.orchestration.root.seldom_garbage  # noqa: F401  (before dbt)

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

LARGEST_REQUEST = 1 << 20
PARSE = ["parse", "--no-write-json"]
"""A parse whose result only later commands need."""
NO_VARIABLES = "{}"
"""Variables of a parse: dbt begins with what it parsed only where they are the same, for all data roots."""
UNSEEN_LEVELS = ("debug", "test")
"""Levels of events that nobody asked to see."""
LOGS = ("DBT_LOG_LEVEL", "DBT_LOG_LEVEL_FILE")
"""Variables that give the level of dbt's own logs."""
FORKS = multiprocessing.get_context("fork")


def main(descriptor: int) -> None:
    """Answer requests until the process that started this one is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the commands are interrupted, not their parent
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who asked is gone: end, without a traceback
    channel = socket.socket(fileno=descriptor)
    resource_tracker.ensure_running()  # dbt's would take the output of a command over, and hold it open
    import dbt.cli.main  # noqa: F401

    manifest, parsed = None, ""  # of the project with this hash
    while request := receive(channel):
        content, output = request
        arguments = content["arguments"]
        code: int | None = 0
        is_parse = arguments[0] == "parse"
        is_known = manifest is not None and parsed == content["project"]
        if not is_known or (is_parse and arguments[: len(PARSE)] != PARSE):
            parse = arguments if is_parse else [*PARSE, "--vars", NO_VARIABLES]
            code, manifest = run_here(content | {"arguments": parse}, output)
            parsed = content["project"]
            gc.freeze()  # what was loaded and parsed is no garbage, in no fork either
        if not is_parse:
            code = run_in_fork(content, output, manifest, channel)
        os.close(output)
        tell(channel, {"code": code})


def run_here(content: dict[str, Any], output: int) -> tuple[int, Any]:
    """Parse in this process, which goes on; return the exit code and the manifest."""
    usual = os.dup(1)
    code, manifest = run(content, output, None)
    os.dup2(usual, 1)
    os.close(usual)
    return code, manifest if code == 0 else None


def run_in_fork(
    content: dict[str, Any], output: int, manifest: Any, channel: socket.socket
) -> int | None:
    """Run a command in a fork of this process; return its exit code."""
    fork = FORKS.Process(target=run_forked, args=(content, output, manifest, channel))
    fork.start()
    tell(channel, {"pid": fork.pid})
    fork.join()
    return fork.exitcode


def run_forked(content: dict[str, Any], output: int, manifest: Any, channel: socket.socket) -> None:
    """Run a command in this fork, and end with its exit code."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    channel.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a build goes on to its end
    os.dup2(output, 2)
    code, _ = run(content, output, manifest)
    DuckDBConnectionManager.close_all_connections()  # at the end of a fork nothing else would
    sys.exit(code)


def receive(channel: socket.socket) -> tuple[dict[str, Any], int] | None:
    """Return the next request and the descriptor for its output; None at the end."""
    try:
        message, descriptors, _, _ = socket.recv_fds(channel, LARGEST_REQUEST, 1)
    except ConnectionResetError:  # who asked ended before it read the last answer
        return None
    while message and not message.endswith(b"\n"):
        message += channel.recv(LARGEST_REQUEST)
    return (json.loads(message), descriptors[0]) if message else None


def tell(channel: socket.socket, answer: dict[str, int | None]) -> None:
    """Send an answer; one that nobody waits for any more is no harm."""
    try:
        channel.sendall(json.dumps(answer).encode() + b"\n")
    except OSError:
        sys.exit(0)


def run(content: dict[str, Any], output: int, manifest: Any) -> tuple[int, Any]:
    """Run a dbt command in this process; return its exit code and its result."""
    from dbt.cli.main import dbtRunner

    os.dup2(output, 1)
    os.environ.clear()
    os.environ.update(content["environment"])
    os.chdir(content["folder"])
    callbacks: list[Callable[[EventMsg], None]] = []
    if os.environ.get("DBT_LOG_FORMAT") == "json" and os.environ.keys().isdisjoint(LOGS):
        os.environ.update(dict.fromkeys(LOGS, "none"))
        callbacks = [write_event]
    done = dbtRunner(manifest=manifest, callbacks=callbacks).invoke(content["arguments"])
    if done.exception:
        print(done.exception, flush=True)
    sys.stdout.flush()
    return (0 if done.success else 1 if done.exception is None else 2), done.result


def write_event(event: EventMsg) -> None:
    """Write an event from the level `info` on, as dbt does: to the output and to `dbt.log`.

    On a full disk, or when nobody reads any more, a line is lost: after an error here dbt would wait for ever.
    """
    if event.info.level in UNSEEN_LEVELS:
        return
    from dbt_common.events.functions import env_scrubber, msg_to_json

    line = env_scrubber(msg_to_json(event)) + "\n"
    with suppress(OSError):
        sys.stdout.write(line)
        sys.stdout.flush()
    log = Path(os.environ["DBT_LOG_PATH"], "dbt.log")
    with suppress(OSError), log.open("a", encoding="utf-8") as lines:
        lines.write(line)


if __name__ == "__main__":
    main(int(sys.argv[1]))
