"""The available faults, and the shared page through which preload.c receives them.

Building the library, naming the points of a traced run, the control structure.
"""

from __future__ import annotations

import ctypes
import mmap
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

MODES = (
    "off", "trace", "kill_before", "kill_after", "kill_half", "full", "full_once", "io_once",
    "deny_read", "deny_write", "jump",
)  # fmt: skip
RANDOM_NAMES = (
    (re.compile(r"\.(?:\d+-)?[0-9a-f]{8}\.tmp"), ".*.tmp"),
    (re.compile(r"\.writing-\d+-[a-z0-9_]{8}"), ".writing-*"),
    (re.compile(r"runs/[0-9a-f]{8}"), "runs/*"),
    (re.compile(r"stray-\d+"), "stray-*"),
    (re.compile(r"[0-9a-f]{16}-[0-9a-f]{12}"), "*"),
    (re.compile(r"/[0-9a-f]{16}(?=/|$)"), "/*"),
    (re.compile(r"/[0-9a-f-]{36}(?=/|$)"), "/*"),
)


class Control(ctypes.Structure):
    """Mirror of `struct control` in preload.c."""

    _fields_ = [
        ("calls", ctypes.c_long), ("at", ctypes.c_long), ("hit", ctypes.c_long),
        ("mode", ctypes.c_int), ("group", ctypes.c_int), ("by", ctypes.c_long),
        ("root", ctypes.c_char * 512), ("op", ctypes.c_char * 32),
        ("path", ctypes.c_char * 512), ("trace", ctypes.c_char * 512),
    ]  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One kind of write: a call, a file below the root (a pattern), and which time it is made."""

    op: str
    path: str
    at: int = 1

    @property
    def room(self) -> str:
        """Folder of the data root that is written."""
        first = self.path.split("/")[0]
        return "published" if first.startswith((".warehouse", "warehouse.duckdb")) else first

    def __str__(self) -> str:
        return f"{self.op} {self.path} #{self.at}"


def build_library(folder: Path) -> Path:
    """Compile preload.c; needs a C compiler."""
    target = folder / "preload.so"
    source = Path(__file__).resolve().with_name("preload.c")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O1", "-o", str(target), str(source), "-ldl"], check=True
    )
    return target


def write_control(
    file: Path, root: Path, mode: str, *, op: str = "", path: str = "*", at: int = 1,
    trace: Path | None = None, by: int = 0,
) -> None:  # fmt: skip
    """Lay out the page that a run's processes share."""
    control = Control(
        at=at, mode=MODES.index(mode), by=by, root=str(root).encode(), op=op.encode(),
        path=path.encode(), trace=str(trace or "").encode(),
    )  # fmt: skip
    file.write_bytes(bytes(control).ljust(mmap.PAGESIZE, b"\0"))


def was_hit(file: Path) -> bool:
    """Whether the chosen call was reached."""
    return bool(Control.from_buffer_copy(file.read_bytes()).hit)


def points_of(trace: Path) -> list[Point]:
    """Every kind of write of a traced run, in the order in which they are made.

    One that is made often counts three times: at its first call, in the middle and at its last.
    """
    calls = []
    for line in trace.read_text(encoding="utf-8").splitlines():
        op, path = line.split("\t", 1)
        for pattern, shown in RANDOM_NAMES:
            path = pattern.sub(shown, path)
        calls.append((op, path))
    times, seen = Counter(calls), Counter[tuple[str, str]]()
    points = []
    for op, path in calls:
        seen[op, path] += 1
        at, last = seen[op, path], times[op, path]
        if at == 1 or (last > 8 and at in (last // 2, last)):
            points.append(Point(op, path, at))
    return points
