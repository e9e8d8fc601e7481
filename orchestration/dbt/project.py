"""The dbt project's manifest, as new as the project: loads neither dbt nor Dagster.

An environment is built for each dbt process and handed to it; nothing is written to this one's.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from living_panel.orchestration.dbt import codes, generated_files
from living_panel.orchestration.dbt.kept_program import NO_VARIABLES, PARSE
from living_panel.orchestration.dbt.process import begin, keep_dbt
from living_panel.orchestration.dbt.project_files import project_digest
from living_panel.orchestration.root import environment_cache
from living_panel.orchestration.root.settings import DBT_PROJECT, Settings
from living_panel.problems import ProblemError

PARSED_FOR = Path("warehouse.duckdb")
"""Build file of a parse, which reads none. One for all data roots, as dbt keeps what it parsed for one file."""
MANIFEST, PARTIAL_PARSE = "manifest.json", "partial_parse.msgpack"
KEPT_PARSES = environment_cache.FOLDER
"""Folder of the manifest that new data roots begin with, and of what dbt needs to go on from it."""


def prepare(target: Path) -> None:
    """See that a target folder has the manifest of these very files in this very place.

    Times say nothing: a folder may be copied from another clone, in which dbt would still look for the seeds. One at
    a time: who comes meanwhile, in this process or another, finds it made.
    """
    target.mkdir(parents=True, exist_ok=True)
    with FileLock(target / "prepare.lock"):
        generated_files.write()
        made_of, content = target / "made_of", f"{project_digest()} {DBT_PROJECT}"
        before = made_of.read_text(encoding="utf-8") if made_of.is_file() else ""
        if before == content and _readable(target / MANIFEST):
            return
        made_of.unlink(missing_ok=True)
        if before.partition(" ")[2] != str(DBT_PROJECT):
            (target / PARTIAL_PARSE).unlink(missing_ok=True)
        if not _take_kept(target, content):
            parse(Settings(root=target.parent.parent, state=Path()))
            _keep(target, content)
        made_of.write_text(content, encoding="utf-8")


def _kept(content: str) -> dict[str, Path]:
    """Files of the parse of this content, by their names in a target folder."""
    key = hashlib.sha256(f"{content} {PARSED_FOR} {NO_VARIABLES}".encode()).hexdigest()[:16]
    return {name: KEPT_PARSES / f"dbt_{key}_{name}" for name in (PARTIAL_PARSE, MANIFEST)}


def _take_kept(target: Path, content: str) -> bool:
    """Take over what dbt parsed of this content for another data root; False where nothing is kept."""
    kept = _kept(content)
    try:
        if not _readable(kept[MANIFEST]):
            return False
        for name, file in kept.items():
            shutil.copy(file, target / name)
    except OSError:
        return False
    return True


def _keep(target: Path, content: str) -> None:
    """Keep what was parsed in a target folder for other data roots, and nothing older."""
    kept = _kept(content)
    with suppress(OSError):
        for name, file in kept.items():
            environment_cache.keep((target / name).read_bytes(), file)
        for other in set(KEPT_PARSES.glob("dbt_*")) - {*kept.values()}:
            other.unlink()


def prepare_meanwhile(target: Path, then: Callable[[], object] = lambda: None) -> None:
    """Begin to load dbt and prepare while something else loads, and call `then` at the end.

    A reader of the manifest waits, and gets the error. The process that loads dbt here runs the later commands.
    """
    keep_dbt()

    def quietly() -> None:
        with suppress(Exception):
            prepare(target)
            parse(Settings(root=target.parent.parent, state=Path()), *PARSE[1:])
        then()

    threading.Thread(target=quietly, daemon=True).start()


def _readable(manifest: Path) -> bool:
    try:
        return "nodes" in json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def dbt_environment(settings: Settings, build_file: Path) -> dict[str, str]:
    """Environment of a dbt process: the data root, the file to build, no telemetry."""
    return {
        **os.environ,
        "LIVING_PANEL_DATA": str(settings.root),
        "LIVING_PANEL_BUILD": str(build_file),
        "DBT_PROFILES_DIR": str(DBT_PROJECT),
        "DBT_PROJECT_DIR": str(DBT_PROJECT),
        "DBT_TARGET_PATH": str(settings.dbt_target),
        "DBT_LOG_PATH": str(settings.dbt_target / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def dbt_variables(settings: Settings, as_of: str | None) -> dict[str, object]:
    """Dbt variables: the as-of date, whose coverage is expected, and which tables count as current."""
    edition = int(as_of) if as_of and as_of.isdigit() else None
    return {
        "as_of_edition": edition,
        "as_of_date": as_of if as_of and edition is None else None,
        "current_index": "next.json",  # of the state that is being built
        "coverage_root": coverage_root(settings),
    }


def coverage_root(settings: Settings) -> str:
    """Return whose lines of the expected coverage and of the corrections count."""
    named = os.environ.get("LIVING_PANEL_COVERAGE")
    return named or ("demo" if settings.simulated else "official")


class DbtFailure(ProblemError, RuntimeError):
    """A dbt command that failed."""


def parse(settings: Settings, *options: str) -> None:
    """Have dbt write its manifest.

    Raises
    ------
    DbtFailure
        With what dbt said, if the project does not parse.
    """
    call_dbt(settings, PARSED_FOR, NO_VARIABLES, "parse", *options)


def call_dbt(settings: Settings, build_file: Path, variables: str, *arguments: str) -> None:
    """Run dbt on a file, to the end; `variables` are JSON.

    Raises
    ------
    DbtFailure
        With dbt's own errors and the limits of this machine, if it fails.
    """
    environment = dbt_environment(settings, build_file) | {"DBT_LOG_FORMAT": "json"}
    process = begin(arguments, environment, variables)
    output = process.stdout.read().decode(errors="replace") if process.stdout else ""
    if process.wait():
        errors = _errors(output) or [output[-2000:]]
        raise DbtFailure(
            codes.DBT_FAILED(
                command=arguments[0], said="; ".join(errors), limits=disk_limits(settings.root)
            )
        )


def _errors(output: str) -> list[str]:
    """Return the errors among dbt's events, without the lines of its code."""
    events = [json.loads(line)["info"] for line in output.splitlines() if line.startswith("{")]
    named = (e for e in events if e["level"] == "error" and e["name"] != "MainStackTrace")
    return [" ".join(event["msg"].split()) for event in named]


def disk_limits(folder: Path) -> str:
    """Return what is free on the disk of a folder, and how large a file may be."""
    free = shutil.disk_usage(folder).free / 2**20
    largest, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (
        "" if largest == resource.RLIM_INFINITY else f", files of at most {largest / 2**20:.1f} MB"
    )
    return f"{free:.1f} MB free on the disk{size}"
