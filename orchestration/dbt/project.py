"""The dbt project's manifest, as new as the project: loads neither dbt nor Dagster.

An environment is built for each dbt process and handed to it; nothing is written to this one's.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from ingestion.problems import ProblemError
from orchestration.dbt import codes, generated_files
from orchestration.dbt.kept_program import NO_VARIABLES, PARSE
from orchestration.dbt.process import begin, keep_dbt
from orchestration.dbt.project_files import project_digest
from orchestration.root import environment_cache
from orchestration.root.settings import DBT_PROJECT, Settings

PARSED_FOR = Path("warehouse.duckdb")
"""Build file of a parse, which reads none. One for all data roots, as dbt keeps what it parsed for one file."""
PARTIAL_PARSE = "partial_parse.msgpack"
KEPT_PARSES = environment_cache.FOLDER
"""Folder of the parse that new data roots begin with."""


def prepare(target: Path) -> None:
    """Parse into a target folder unless its manifest was made from these very files.

    Times say nothing: a folder may be copied from another clone. One at a time: who comes meanwhile, in
    this process or another, finds it made.
    """
    target.mkdir(parents=True, exist_ok=True)
    with FileLock(target / "prepare.lock"):
        generated_files.write()
        made_of, content = target / "made_of", project_digest()
        if not (
            _readable(target / "manifest.json")
            and made_of.is_file()
            and made_of.read_text(encoding="utf-8") == content
        ):
            made_of.unlink(missing_ok=True)
            with _known_parse(target, content):
                parse(Settings(root=target.parent.parent, state=Path()))
            made_of.write_text(content, encoding="utf-8")


@contextmanager
def _known_parse(target: Path, content: str) -> Iterator[None]:
    """Let dbt begin with what it parsed of this project for another data root, or keep what it parses now.

    Dbt itself checks whether it can use that.
    """
    known, own = KEPT_PARSES / f"{content[:16]}.msgpack", target / PARTIAL_PARSE
    with suppress(OSError):
        if not own.exists():
            shutil.copy(known, own)
    yield
    with suppress(OSError):
        parsed = own.read_bytes()
        if not known.exists() or known.read_bytes() != parsed:
            environment_cache.keep(parsed, known)
            for other in set(KEPT_PARSES.glob("*.msgpack")) - {known}:
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
