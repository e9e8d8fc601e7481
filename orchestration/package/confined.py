"""The checker's own confined process: which folders it has, what it may read, and what it answers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.estimation.package import sentences
from living_panel.estimation.package.facts import WrongPackage
from living_panel.estimation.package.sandbox import (
    Limits,
    Outcome,
    own_places,
    printable,
    run_confined,
    why_no_sandbox,
)
from living_panel.orchestration.package.examine import ANSWER, PACKAGE
from living_panel.orchestration.root.settings import IMPORTED_FROM, REPOSITORY
from living_panel.problems import Place, Problem

OWN_CODE = (
    "estimation", "ingestion", "orchestration", "dbt_project", "dagster.yaml", "pyproject.toml",
    "requirements.lock", "LICENSE", "CITATION.cff", "docs/papers.md",
)  # fmt: skip
"""What the process may read of a checkout: no settings, no data, no history."""
LARGEST_ANSWER = 256 * 1024**2
MODULE = f"{__package__}.examine"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Workplace:
    """Folders of one check, below one that is removed at its end.

    Attributes
    ----------
    folder : Path
        Holds what only the checker reads and writes: logs, the environment of the package's program.
    """

    folder: Path

    @property
    def box(self) -> Path:
        """The folder that the confined process may write."""
        return self.folder / "box"

    @property
    def package(self) -> Path:
        """The unpacked package."""
        return self.box / PACKAGE


def ask(step: str, archive: Path, place: Workplace, limits: Limits, say: Say) -> dict[str, Any]:
    """Let the confined process do one step of a check and return its answer.

    Raises
    ------
    WrongPackage
        If the package cannot be read, or the process was stopped at a limit.
    """
    answer = place.box / ANSWER
    answer.unlink(missing_ok=True)
    command = [sys.executable, "-P", "-B", "-m", MODULE, step, str(archive), str(place.box)]
    outcome = run_confined(
        command, place.box, readable=[archive, *own_places(), *own_code()],
        environment=environment(place.box), limits=limits, output=place.folder / f"{step}.log",
        says=say, in_sandbox=not why_no_sandbox(),
    )  # fmt: skip
    where = Place(file=str(archive))
    if outcome.stopped or outcome.code or not answer.is_file():
        raise WrongPackage(sentences.CHECK_STOPPED(where, reason=_reason(outcome, limits)))
    if answer.stat().st_size > LARGEST_ANSWER:
        raise WrongPackage(sentences.CHECK_STOPPED(where, reason="too many findings"))
    content: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if refused := content.get("refused"):
        raise WrongPackage(*map(problem_from, refused))
    return content


def _reason(outcome: Outcome, limits: Limits) -> str:
    limit = {
        "time": f"{limits.seconds} s",
        "memory": f"{limits.megabytes} MB of memory",
        "disk": f"{limits.disk_megabytes} MB of disk",
        "processes": f"{limits.processes} processes",
    }
    if outcome.stopped:
        return f"at its limit of {limit[outcome.stopped]}"
    last = (outcome.output.strip().splitlines() or ["no output"])[-1]
    return f"exit code {outcome.code}, {last}"


def kernels_of_machine() -> dict[str, str]:
    """Return the variables by which a machine chooses its kernels of BLAS, on which the last bits of numbers depend."""
    return {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}


def environment(box: Path) -> dict[str, str]:
    """Return every variable of a confined process: folders of its own, one thread, else nothing of the caller's."""
    return {
        **kernels_of_machine(),
        "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(box), "TMPDIR": str(box), "USER": "checker",
        "OMP_NUM_THREADS": "1", "PYTHONPATH": str(IMPORTED_FROM), "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1", "LIVING_PANEL_PAPERS": str(box / "papers"),
        "LIVING_PANEL_DATA": str(box / "data"), "DAGSTER_STATE": str(box / "state"),
        "MPLCONFIGDIR": str(box / "matplotlib"),
    }  # fmt: skip


def own_code() -> list[Path]:
    """Return the places of the checker's code, as far as they are there."""
    places = [IMPORTED_FROM / "living_panel", *(REPOSITORY / name for name in OWN_CODE)]
    return [path for path in places if path.exists()]


def problem_from(content: Mapping[str, Any]) -> Problem:
    """Return a problem from its form in JSON, without characters that steer a terminal."""
    code = content["code"] if content["code"] in [*Code] else Code.PACKAGE_NOT_CHECKED.value
    place: dict[str, Any] = {
        k: printable(v) if isinstance(v, str) else v for k, v in content["place"].items()
    }
    text, fix = printable(content["text"]), printable(content["fix"])
    return Problem(code, Place(**place), content["fields"], fix, text)
