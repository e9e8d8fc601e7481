"""A small data root, brought to a stage, refreshed under a fault, judged, and refreshed again.

The stages, running a chain of cases, the undisturbed run that all are held against.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from living_panel.ingestion.digests import sha256_of
from living_panel.orchestration.root import state
from living_panel.orchestration.root.executor import DEFAULT, VARIABLE, executor_name
from tests.fixtures import small_root
from tools.faults import judge
from tools.faults.faults import Point, build_library, points_of, was_hit, write_control

LONGEST, TIMES = 240.0, 6.0
"""Seconds of a run under a fault, at least, and as a multiple of an undisturbed run: machines are busy."""
LONGEST_FIRST = 1200.0
# Where a run is cut to make a stage: what comes before is done, and need not be done in every case.
STAGES = {
    "landed": None,
    "before_release": Point("mkdir", "releases/.writing-*"),
    "before_publication": Point("unlink", "warehouse/.*.duckdb.writing"),
}
PUBLISHED = "published"
"""Stage after an undisturbed run, at which the other commands are stopped."""
COMMANDS = {
    "accept": ("accept", "a look"),
    "backup": ("backup", "{backups}/backup.tar.gz"),
    "rollback": ("rollback",),
    "diff": ("diff", "--from", "previous"),
    "as_of": ("run", "--as-of", "2023"),
}
"""Commands that write, each with its line; a backup writes beside the root."""
EXECUTOR = executor_name()


@dataclass(frozen=True)
class Case:
    """One fault: its kind, the call at which it comes, and the stage the refresh starts from."""

    kind: str
    mode: str
    point: Point | None = None
    stage: str = "landed"
    kill_after: float | None = None
    memory: int | None = None
    by: int = 0
    room: str = ""  # free bytes on a real small disk, as text, for kind "small disk"
    command: str = ""  # a key of COMMANDS; empty for a refresh

    def name(self) -> str:
        """Name in the results, the same in every run."""
        where = str(self.point) if self.point else ""
        extra = self.kill_after or self.memory or self.by or self.room or ""
        name = f"{self.kind}: {self.mode} {where} {extra}".strip()
        return name if EXECUTOR == DEFAULT else f"{name} ({EXECUTOR})"


class Bench:
    """One root at one path, so that what was built for a stage holds when it is restored."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "kept" / "data"
        self.state = folder / "kept" / "data-state"
        self.backups = folder / "kept" / "backups"
        self.control = folder / "control"
        self.log = folder / "log"
        self.environment = small_root.environment(self.root)
        if EXECUTOR != DEFAULT:
            self.environment |= {VARIABLE: EXECUTOR, "LIVING_PANEL_SPECS": str(self._two_tables())}
        self.library = build_library(folder)
        self.longest = LONGEST_FIRST
        self.open()

    def _two_tables(self) -> Path:
        """Folder of the one specification and of one like it: two steps estimate at once."""
        specs = self.folder / "specs"
        specs.mkdir()
        text = (small_root.SPECS / "x_small.yml").read_text(encoding="utf-8")
        for name in ("x_small", "x_small_again"):
            (specs / f"{name}.yml").write_text(text.replace("x_small", name), encoding="utf-8")
        return specs

    def open(self) -> None:
        """Start the workshop."""
        self.workshop = subprocess.Popen(
            [sys.executable, "-m", "tools.faults.workshop"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, "LD_PRELOAD": str(self.library)},
        )  # fmt: skip
        assert self._answer() == "ready"

    def _answer(self) -> str:
        assert self.workshop.stdout is not None
        return self.workshop.stdout.readline().strip()

    def close(self) -> None:
        """End the workshop."""
        assert self.workshop.stdin is not None
        self.workshop.stdin.close()
        self.workshop.wait(timeout=30)

    def run(
        self, mode: str = "off", line: Sequence[str] = ("run",), **how: Any
    ) -> tuple[int, float, bool]:
        """Refresh once, or run another command; exit status (minus the signal), seconds, whether the fault came."""
        limits = {k: how.pop(k) for k in ("kill_after", "memory") if k in how}
        watched = self.root.parent if line[0] == "backup" else self.root
        write_control(self.control, watched, mode, **how)
        self.log.write_text("")
        with suppress(
            FileNotFoundError
        ):  # the silence of a killed run, for which nobody waits here
            os.utime(state.path(self.root, "holder"), (0, 0))
        request = {
            "environment": self.environment, "arguments": [*line],
            "log": str(self.log), "control": str(self.control), "seconds": self.longest, **limits,
        }  # fmt: skip
        assert self.workshop.stdin is not None
        self.workshop.stdin.write(json.dumps(request) + "\n")
        self.workshop.stdin.flush()
        answer = json.loads(self._answer())
        return answer["status"], answer["seconds"], was_hit(self.control)

    def prepare(self, commands: Sequence[str] = tuple(COMMANDS)) -> None:
        """Make the stages, and the undisturbed run: its points, seconds, and the state it gives; points of commands."""
        small_root.first_edition(self.root)
        status, _, _ = self.run()
        assert status == 0, f"the first refresh: {self.log.read_text()[-3000:]}"
        small_root.next_edition(self.root)
        self._save("landed")
        self.old = judge.state_of(self.root)
        self.landed = {
            str(p.relative_to(self.root)): sha256_of(p)[0]
            for room in ("archive", "landing")
            for p in self.root.glob(f"{room}/**/*.csv")
        }
        trace = self.folder / "trace"
        trace.unlink(missing_ok=True)
        status, self.seconds, _ = self.run("trace", trace=trace)
        assert status == 0, self.log.read_text()[-3000:]
        self.longest = max(LONGEST, TIMES * self.seconds)
        self.points = points_of(trace)
        self.new = judge.state_of(self.root)
        self._save(PUBLISHED)
        self.points_of = {name: self._command_points(name) for name in commands}
        for stage, point in STAGES.items():
            if point is not None:
                self.restore("landed")
                _, _, hit = self.run("kill_before", op=point.op, path=point.path)
                assert hit, f"{stage}: {point} was not reached"
                self._save(stage)

    def _line(self, command: str) -> list[str]:
        return [part.format(backups=self.backups) for part in COMMANDS[command]]

    def _command_points(self, command: str) -> list[Point]:
        """Every kind of write of an undisturbed command."""
        self.restore(PUBLISHED)
        trace = self.folder / "trace"
        trace.unlink(missing_ok=True)
        status, _, _ = self.run("trace", self._line(command), trace=trace)
        assert status == 0, f"{command}: {self.log.read_text()[-3000:]}"
        assert (problems := judge.leavings(self.root, self.backups)) == [], problems
        return points_of(trace)

    def _stopped_command(self, case: Case) -> dict[str, Any]:
        """Stop a command, and hold what `verify` finds next, and what then remains, against it."""
        self.restore(PUBLISHED)
        assert case.point is not None
        point = {"op": case.point.op, "path": case.point.path, "at": case.point.at}
        status, seconds, hit = self.run(case.mode, self._line(case.command), **point)
        result = self._case_record(case, status, seconds, hit)
        problems = result["problems"]
        if (
            case.command == "accept"
            and status >= 0
            and judge.is_accepted(self.root) != (status == 0)
        ):
            problems.append(
                f"accepted: {judge.is_accepted(self.root)}, but the command ended with {status}"
            )
        status, spent, _ = self.run(line=("verify",))
        if status:
            problems.append(f"verify: {self._last_output(800)}")
        return result | {
            "again": spent,
            "problems": problems + judge.leavings(self.root, self.backups),
        }

    def _save(self, stage: str) -> None:
        for folder in (self.root, self.state):
            shutil.copytree(folder, self.folder / stage / folder.name, symlinks=True)

    def restore(self, stage: str) -> None:
        """Bring the root to a stage, without a backup beside it."""
        shutil.rmtree(self.backups, ignore_errors=True)
        for folder in (self.root, self.state):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.folder / stage / folder.name, folder, symlinks=True)

    def try_chain(self, cases: Sequence[Case]) -> list[dict[str, Any]]:
        """Faults one after the other on one root, and then an undisturbed run.

        Each run has to get past the traces of the fault before it, to the call of its own fault. The last one has to
        give the result of an undisturbed run. The chain ends early if a call is no longer made, if a run survives its
        fault, and at the first problem. The results are those of the cases that were tried, at least the first.
        """
        if cases[0].command:
            return [self._stopped_command(cases[0])]
        if cases[0].kind == "small disk":
            return [self._on_a_small_disk(cases[0])]
        self.restore(cases[0].stage)
        results: list[dict[str, Any]] = []
        for case in cases:
            status, seconds, hit = self._under(case)
            if not hit and results:
                if status:
                    results[-1]["problems"].append(f"the next run fails: {self._last_output(800)}")
                break
            results.append(self._case_record(case, status, seconds, hit))
            if status == 0 or results[-1]["problems"]:
                break
        return self._recovered(results)

    def _under(self, case: Case) -> tuple[int, float, bool]:
        how: dict[str, Any] = {"kill_after": case.kill_after, "memory": case.memory}
        if case.point is not None:
            how |= {"op": case.point.op, "path": case.point.path, "at": case.point.at}
        status, seconds, hit = self.run(case.mode, by=case.by, **how)
        return status, seconds, hit or case.point is None

    def _on_a_small_disk(self, case: Case) -> dict[str, Any]:
        """The refresh on a file system of its own that has so many bytes left."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        size = 64 * 2**20
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(self.root)], check=True
        )
        try:
            shutil.rmtree(self.state, ignore_errors=True)
            shutil.copytree(self.folder / "landed" / self.state.name, self.state, symlinks=True)
            shutil.copytree(
                self.folder / "landed" / "data", self.root, symlinks=True, dirs_exist_ok=True
            )
            free = os.statvfs(self.root)
            ballast = self.root / "ballast"
            with ballast.open("wb") as stream:
                stream.write(b"\0" * (free.f_bavail * free.f_bsize - int(case.room)))
            status, seconds, _ = self.run("off")
            ballast.unlink()
            return self._recovered([self._case_record(case, status, seconds, status != 0)])[0]
        finally:
            subprocess.run(["umount", str(self.root)], check=True)

    def _case_record(self, case: Case, status: int, seconds: float, hit: bool) -> dict[str, Any]:
        """Problems of the root after a fault."""
        problems = judge.faults_of(self.root, self.landed, self.old, self.new)
        return {
            "case": case.name(), "kind": case.kind, "stage": case.stage, "executor": EXECUTOR,
            "room": case.point.room if case.point else "", "hit": hit, "status": status,
            "seconds": seconds, "problems": problems,
            **({"said": self._last_output(600)} if problems else {}),
        }  # fmt: skip

    def _recovered(self, results: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Refresh without a fault; what is wrong then is held against every case of the chain."""
        status, spent, _ = self.run()
        problems = (
            [f"the next run fails: {self._last_output(800)}"]
            if status
            else judge.after_recovery(self.root, self.new)
        )
        chain = {"chain": len(results)} if len(results) > 1 else {}
        return [
            result | {"again": spent, "problems": result["problems"] + problems} | chain
            for result in results
        ]

    def _last_output(self, characters: int) -> str:
        return self.log.read_text(errors="replace")[-characters:]
