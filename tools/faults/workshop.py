"""A process that has everything imported and forks one refresh a request, under its own faults.

Reads one JSON document a line (environment, arguments, log, control file, memory, seconds) and
answers with how the run ended. The fork calls the same entry point as `make run`; it only saves the seconds for
imports.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import time
from typing import Any

import psutil

GROUP_OFFSET = 3 * 8 + 4  # of `group` in the control structure of preload.c


def main() -> None:
    """Serve until the input ends."""
    _import_what_a_run_imports()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_serve(json.loads(line))), flush=True)


def _import_what_a_run_imports() -> None:
    for name in (
        "dagster",
        "dagster_dbt",
        "duckdb",
        "linearmodels",
        "pyarrow.parquet",
        "living_panel.estimation.tables.kinds.fixed_effects",
        "living_panel.estimation.tables.render",
        "living_panel.ingestion.reading.extract",
        "living_panel.orchestration.commands.refresh",
    ):
        importlib.import_module(name)


def _serve(request: dict[str, Any]) -> dict[str, Any]:
    started = time.monotonic()
    child = os.fork()
    if not child:
        _become_a_run(request)
    status = _wait(child, started + request["seconds"], request.get("kill_after"))
    return {"status": status, "seconds": round(time.monotonic() - started, 2)}


def _become_a_run(request: dict[str, Any]) -> None:
    os.setpgid(0, 0)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, origin in ((0, nothing), (1, log), (2, log)):
        os.dup2(origin, target)
    variables = {k: os.environ[k] for k in ("LD_PRELOAD",) if k in os.environ}
    os.environ.clear()
    os.environ.update(request["environment"] | variables)
    if request.get("control"):
        with open(request["control"], "r+b") as control:
            control.seek(GROUP_OFFSET)
            control.write(os.getpid().to_bytes(4, sys.byteorder))
        os.environ["FAULT_CONTROL"] = request["control"]
        ctypes.CDLL(None).fault_arm(request["control"].encode())
    if request.get("memory"):
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"],) * 2)
    code = 1
    try:
        from living_panel.orchestration.__main__ import main as entry

        code = entry(request["arguments"])
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int, deadline: float, kill_after: float | None) -> int:
    """Wait for the run and everything it started; kill it at `kill_after`, or at the deadline."""
    started = time.monotonic()
    status: int | None = None
    while status is None:
        done, code = os.waitpid(child, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(code)
        elif time.monotonic() > deadline or (
            kill_after is not None and time.monotonic() - started > kill_after
        ):
            os.killpg(child, signal.SIGKILL)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        else:
            time.sleep(0.01)
    for _ in range(100):  # dbt, orphaned, dies a moment later
        if not _others_live(child):
            return status
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return status


def _others_live(group: int) -> bool:
    """Whether a process of the group can still write; one that is dead waits for init to notice."""
    for process in psutil.process_iter(["status"]):
        with contextlib.suppress(ProcessLookupError):
            if process.info["status"] != psutil.STATUS_ZOMBIE and os.getpgid(process.pid) == group:
                return True
    return False


if __name__ == "__main__":
    main()
