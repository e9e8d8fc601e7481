"""Dbt as dagster-dbt runs it, and the project's manifest, as new as the project."""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from living_panel.ingestion.files import write_durably
from living_panel.ingestion.provenance.catalog import names
from living_panel.ingestion.storage.archive import withdrawals
from living_panel.orchestration.dbt import generated_files, sentences
from living_panel.orchestration.dbt.project_files import project_digest
from living_panel.orchestration.root.made import MadeByCode
from living_panel.orchestration.root.settings import DBT_PROJECT, Settings
from living_panel.problems import ProblemError

if TYPE_CHECKING:
    from dagster_dbt import DbtCliResource

MANIFEST, PARTIAL_PARSE = "manifest.json", "partial_parse.msgpack"
PARSED = MadeByCode("parsed.json")
"""The manifest that new data roots begin with, by what dbt parsed."""


@cache
def dbt_cli() -> DbtCliResource:
    """Return the resource that runs dbt, within the step of its assets and elsewhere."""
    from dagster_dbt import DbtCliResource  # here: it loads Dagster, and `status` runs no dbt

    executable = str(Path(sys.executable).parent / "dbt")
    return DbtCliResource(DBT_PROJECT, profiles_dir=DBT_PROJECT, dbt_executable=executable)


@contextmanager
def dbt_environment(settings: Settings, build_file: Path) -> Iterator[None]:
    """Name the data root and the file to build while dbt begins: dagster-dbt hands this process's environment on.

    From the target folder of the root dagster-dbt takes what dbt parsed before.
    """
    names = {
        "LIVING_PANEL_DATA": settings.root,
        "LIVING_PANEL_BUILD": build_file,
        "DBT_TARGET_PATH": settings.dbt_target,
        "DBT_LOG_LEVEL_FILE": "info",  # a tenth of a build writes what nobody reads
    }
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: str(path) for name, path in names.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def prepare(settings: Settings) -> None:
    """See that a data root has the manifest of these very files in this very place.

    Times say nothing: a folder may be copied from another clone, in which dbt would still look for the seeds. One at
    a time: who comes meanwhile, in this process or another, finds it made.
    """
    target = settings.dbt_target
    target.mkdir(parents=True, exist_ok=True)
    with FileLock(target / "prepare.lock"):
        generated_files.write()
        made_of, content = target / "made_of", f"{project_digest()} {DBT_PROJECT}"
        before = made_of.read_text(encoding="utf-8") if made_of.is_file() else ""
        if before == content and _manifest_in(target):
            return
        made_of.unlink(missing_ok=True)
        if before.partition(" ")[2] != str(DBT_PROJECT):
            for parsed in target.rglob(PARTIAL_PARSE):
                parsed.unlink()
        if not _take_parsed(target, content):
            parse(settings)
            PARSED.put({MANIFEST: (content, _manifest_in(target))})
        made_of.write_text(content, encoding="utf-8")


def _take_parsed(target: Path, content: str) -> bool:
    """Take over the manifest of this content from another data root; False where none is known."""
    manifest = PARSED.get(MANIFEST, content)
    if manifest is not None:
        write_durably(json.dumps(manifest).encode(), target / MANIFEST)
    return manifest is not None


def _manifest_in(target: Path) -> dict[str, Any]:
    """Manifest of a root; empty where it is missing or damaged."""
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) and "nodes" in manifest else {}


def dbt_variables(settings: Settings, as_of: str | None) -> dict[str, object]:
    """Dbt variables: the as-of date, what is expected of editions, and which tables count as current."""
    edition = int(as_of) if as_of and as_of.isdigit() else None
    return {
        "as_of_edition": edition,
        "as_of_date": as_of if as_of and edition is None else None,
        "current_index": "next.json",  # of the state that is being built
        "coverage_root": coverage_root(settings),
        "withdrawn_editions": sorted(
            {
                f"{source}/{edition}"
                for source in names()
                for edition, _, _ in withdrawals(settings.root, source)
            }
        ),
    }


def coverage_root(settings: Settings) -> str:
    """Return whose lines of the expected coverage and of the corrections count."""
    named = os.environ.get("LIVING_PANEL_COVERAGE")
    return named or ("demo" if settings.simulated else "official")


class DbtFailure(ProblemError, RuntimeError):
    """A dbt command that failed."""


def parse(settings: Settings) -> None:
    """Have dbt write its manifest into the target folder of a root.

    Raises
    ------
    DbtFailure
        With what dbt said, if the project does not parse.
    """
    call_dbt(settings, settings.build_file(None), settings.dbt_target, "parse")


def call_dbt(settings: Settings, build_file: Path, folder: Path, *arguments: str) -> None:
    """Run dbt on a file, to the end; its own files go to `folder`.

    Raises
    ------
    DbtFailure
        With dbt's own errors and the limits of this machine, if it fails.
    """
    variables = json.dumps(dbt_variables(settings, None))
    with dbt_environment(settings, build_file):
        run = dbt_cli().cli(
            [*arguments, "--quiet", "--vars", variables], target_path=folder, raise_on_error=False
        )
    events = [event.raw_event["info"] for event in run.stream_raw_events()]
    if not run.is_successful():
        # without the lines of dbt's code
        errors = [
            " ".join(event["msg"].split())
            for event in events
            if event["level"] == "error" and event["name"] != "MainStackTrace"
        ]
        said = "; ".join(errors) or f"see {folder / 'dbt.log'}"
        limits = disk_limits(settings.root)
        raise DbtFailure(sentences.DBT_FAILED(command=arguments[0], said=said, limits=limits))


def disk_limits(folder: Path) -> str:
    """Return what is free on the disk of a folder, and how large a file may be."""
    free = shutil.disk_usage(folder).free / 2**20
    largest, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (
        "" if largest == resource.RLIM_INFINITY else f", files of at most {largest / 2**20:.1f} MB"
    )
    return f"{free:.1f} MB free on the disk{size}"
