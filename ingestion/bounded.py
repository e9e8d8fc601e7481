"""The one place where files that somebody else made are parsed: a process that can be ended.

Parsers of workbooks, pages and PDF have no limits of time and memory of their own. They run in a
child with both; a child that is ended becomes a refusal that names the file.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, FailureCase, refusal
from living_panel.ingestion.figures import Figure

MOST_SECONDS = 120
"""Seconds of processor time: on a busy machine the same file takes several times longer by the clock."""
WALL_TIMES, LEAST_WALL_SECONDS = 10, 60.0
"""A waiting reader takes no processor time: its limit of wall-clock time is so many times the other, or so long."""
MOST_MEGABYTES = 3072
"""Megabytes of address space; the libraries take half of it."""

UNBOUNDED = frozenset(
    {"landing_csv", "nbs_site_csv", "nbs_esdata_json", "nbs_easyquery_json", "index"}
)
"""Formats whose readers bound themselves by bytes and rows, so that no child is needed."""

_REMEDY = "Open the file in its program, save only the table, and put that file into landing."


def read_file(
    source: str,
    form: str,
    content: bytes,
    file: str,
    edition: int,
    stated: Mapping[str, str] | None = None,
    seconds: float = MOST_SECONDS,
) -> tuple[list[Figure], list[FailureCase]]:
    """Read one file by the reader that its source has for its format, within time and memory.

    Raises
    ------
    ExtractionError
        If the reader refuses the file, or does not end within the limits.
    """
    arguments = [source, form, file, edition, dict(stated or {})]
    answer = call(
        "living_panel.ingestion.reading.readers:figures", content, file, arguments, seconds
    )
    if answer["refused"] is not None:
        what, cases = answer["refused"]
        raise ExtractionError(what, [FailureCase(*case) for case in cases])
    return (
        [Figure(*figure) for figure in answer["figures"]],
        [FailureCase(*case) for case in answer["faults"]],
    )


def call(
    function: str, content: bytes, file: str, arguments: list[Any], seconds: float = MOST_SECONDS
) -> Any:
    """Return what `module:function(content, *arguments)` gives in a child, as JSON.

    Raises
    ------
    ExtractionError
        If the child does not end within the limits, or fails.
    """
    root = str(Path(__file__).parents[2])  # of `living_panel`: not resolved, a checkout has links
    paths = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    child = subprocess.Popen(
        [sys.executable, "-m", "living_panel.ingestion.bounded", function, json.dumps(arguments), str(seconds)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    wall = max(WALL_TIMES * seconds, LEAST_WALL_SECONDS)
    try:
        out, errors = child.communicate(content, timeout=wall)
    except subprocess.TimeoutExpired:
        raise refusal(
            Code.READ_LIMIT,
            file,
            "file",
            "not finished",
            f"at most {wall:.0f} s of wall-clock time",
            _REMEDY,
        ) from None
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode == 0:
        return json.loads(out)
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    # a parser that may not have more memory ends by MemoryError, or is aborted
    cause = (
        f"stopped by signal {-child.returncode}" if child.returncode < 0 else (lines or ["?"])[-1]
    )
    cause = "not finished" if child.returncode == -signal.SIGXCPU else cause
    limits = f"at most {seconds:.0f} s of processor time and {MOST_MEGABYTES} MB of memory"
    raise refusal(Code.READ_LIMIT, file, "file", cause, limits, _REMEDY)


def main() -> None:
    """Be the child: limits first, then the call; only its result goes to the standard output."""
    answer = os.dup(1)
    os.dup2(2, 1)
    function, arguments, seconds = sys.argv[1], json.loads(sys.argv[2]), float(sys.argv[3])
    content = sys.stdin.buffer.read()
    memory = MOST_MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    processor = math.ceil(
        time.process_time() + seconds
    )  # what this module took to load does not count
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module, name = function.split(":")
    result = getattr(importlib.import_module(module), name)(content, *arguments)
    with os.fdopen(answer, "wb") as stream:
        stream.write(json.dumps(result).encode())


if __name__ == "__main__":
    main()
