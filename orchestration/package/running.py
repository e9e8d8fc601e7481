"""Run a package's own program on request: installed from wheels by their hashes, then in bubblewrap, offline."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from living_panel.codes import Code
from living_panel.estimation.package import sentences
from living_panel.estimation.package.facts import WrongPackage
from living_panel.estimation.package.sandbox import (
    Limits,
    Outcome,
    printable,
    run_confined,
    why_no_sandbox,
)
from living_panel.estimation.package.stated import FILE as DESCRIPTION
from living_panel.orchestration.bootstrap import EXACTLY, pip_settings, uv_settings
from living_panel.orchestration.package.confined import (
    Say,
    Workplace,
    ask,
    kernels_of_machine,
    problem_from,
)
from living_panel.orchestration.package.contents import LOCK
from living_panel.orchestration.package.examine import MAIN, REPRODUCED, RESULTS, STATED
from living_panel.problems import Place, Problem

RECORD = "reproduction.json"
REQUIREMENT = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+"
    r"(?: *; *[A-Za-z0-9_.'\"<>=!~() -]+)?(?: --hash=sha256:[0-9a-f]{64})+"
)
INSTALLING_SECONDS = 1800
OUTPUTS = (REPRODUCED, RECORD, "data/artifacts", "data/releases", "data/state")
"""What the program makes: none of it may come out of the archive."""


@dataclass(frozen=True)
class RunRecord:
    """How a package's program ran, as the checker measured it.

    Attributes
    ----------
    levels : dict
        Level of the program's output of each table against `results/`.
    problems : list
        Reasons why an output is missing, unusable or different.
    """

    outcome: Outcome
    levels: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def require_sandbox() -> None:
    """Refuse to run a stranger's program where no sandbox works.

    Raises
    ------
    WrongPackage
        With the reason.
    """
    if reason := why_no_sandbox():
        raise WrongPackage(
            Code.NOT_INSTALLED(
                "RUN=yes needs bubblewrap, which does not work here: {reason}",
                "install bubblewrap (Debian: apt-get install bubblewrap), or check without RUN=yes",
                Place(),
                reason=reason,
            )
        )


def run_program(
    archive: Path, place: Workplace, limits: Limits, say: Say, python: str | None
) -> RunRecord:
    """Run the main file of an unpacked package in a sandbox, and compare what it leaves.

    Parameters
    ----------
    archive : Path
        The package's file, for messages.
    place : Workplace
        Folders of the check; the package is unpacked there.
    limits : Limits
        When the program is stopped.
    say : callable
        Receives the progress and what the program prints.
    python : str or None
        Interpreter of an environment that has the packages; None installs them.

    Raises
    ------
    WrongPackage
        If there is no sandbox, the lock is of another form, or the packages cannot be installed.
    """
    require_sandbox()
    for name in OUTPUTS:
        _remove(place.package / name)
    _set_aside(place)
    interpreter = Path(python) if python else install(place, say)
    say("running its main file, without a network …")
    command = [str(interpreter), "-B", MAIN, "--python", str(interpreter)]
    outcome = run_confined(
        command, place.package, readable=_readable(interpreter), environment=_environment(place),
        limits=limits, output=place.folder / "program.log", says=say,
    )  # fmt: skip
    if outcome.stopped:
        limit = {"time": limits.seconds, "memory": limits.megabytes}.get(outcome.stopped, "")
        text = f"{outcome.stopped} {limit}".strip()
        return RunRecord(
            outcome,
            {},
            [
                Code.PACKAGE_RUN(
                    "the program was stopped at its limit: {limit}",
                    "run it on your own machine, if you trust it",
                    Place(file=MAIN),
                    limit=text,
                )
            ],
        )
    answer = ask("output", archive, place, limits, say)
    problems = [problem_from(p) for p in answer["problems"]]
    if outcome.code and outcome.code != DIFFERENT:
        problems.insert(
            0,
            Code.PACKAGE_RUN(
                "the program ended with exit code {code}",
                "read the last lines of its output",
                Place(file=MAIN),
                code=outcome.code,
            ),
        )
    return RunRecord(outcome, answer["tables"], problems)


DIFFERENT = 1
"""Exit code of a main file that finds other numbers; the checker compares them itself."""


def _set_aside(place: Workplace) -> None:
    """Copy what the package states to where its program cannot change it."""
    stated = place.box / STATED
    shutil.copytree(place.package / RESULTS, stated / RESULTS)
    shutil.copy2(place.package / DESCRIPTION, stated / DESCRIPTION)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def install(place: Workplace, say: Say) -> Path:
    """Install the packages of a package's lock into a new environment; return its interpreter.

    The checker's own uv installs them, from wheels alone: no code of a wheel runs at that time.

    Raises
    ------
    WrongPackage
        If the lock has another line than a pinned requirement with hashes, or uv fails.
    """
    lock = place.folder / "requirements.lock"
    text = read_lock(place.package / LOCK)
    lock.write_text(text, encoding="utf-8")
    target, uv = place.folder / "environment", str(Path(sys.prefix) / "bin" / "uv")
    base = getattr(sys, "_base_executable", sys.executable)
    say("installing the packages of its lock from wheels …")
    settings = os.environ | uv_settings(pip_settings(Path(sys.executable)))
    python = target / "bin" / "python"
    for command in (
        [uv, "venv", "--quiet", "--no-config", "--no-project", "--python", base, str(target)],
        [uv, "pip", "install", "--no-config", "--python", str(python), *EXACTLY, str(lock)],
    ):
        try:
            done = subprocess.run(
                command, cwd=place.folder, env=settings, capture_output=True, text=True, check=False,
                timeout=INSTALLING_SECONDS,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise WrongPackage(sentences.NOT_INSTALLED(Place(file=LOCK), reason=error)) from error
        if done.returncode:
            reason = printable(done.stderr.strip()[-500:])
            raise WrongPackage(sentences.NOT_INSTALLED(Place(file=LOCK), reason=reason))
    return python


def read_lock(path: Path) -> str:
    """Return the requirements of a lock, one a line, each pinned and with hashes.

    Raises
    ------
    WrongPackage
        For a missing file, and with each line that is an option, an address, or without a hash.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongPackage(sentences.FILE_MISSING(Place(file=LOCK))) from error
    requirements = dict(_requirements(text))
    if problems := [
        Code.PACKAGE_ARCHIVE(
            "this requirement is not pinned with hashes",
            "write name==version with --hash=sha256:…, and no option",
            Place(file=LOCK, line=number),
        )
        for number, line in requirements.items()
        if not REQUIREMENT.fullmatch(line)
    ]:
        raise WrongPackage(*problems)
    return "\n".join(requirements.values()) + "\n"


def _requirements(text: str) -> Iterator[tuple[int, str]]:
    """Each requirement as one line without comments, with the number of its first line."""
    begun, parts = 0, []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.partition("#")[0].strip()
        if not bare:
            continue
        begun = begun or number
        parts.append(bare.removesuffix("\\").strip())
        if not bare.endswith("\\"):
            yield begun, " ".join(parts)
            begun, parts = 0, []
    if parts:
        yield begun, " ".join(parts)


def _readable(interpreter: Path) -> list[Path]:
    """Folders of an interpreter: its environment, and the installation that it belongs to."""
    prefix = interpreter.absolute().parents[1]
    base = interpreter.resolve().parents[1]
    return sorted({p for p in (prefix, base) if not p.is_relative_to("/usr") or p == prefix})


def _environment(place: Workplace) -> dict[str, str]:
    home = str(place.package)
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": home, "USER": "checker",
            "TMPDIR": "/tmp", "OMP_NUM_THREADS": "1", **kernels_of_machine()}  # fmt: skip
