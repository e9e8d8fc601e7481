"""Running dbt in a process of its own: where it finds things, what it is told, what its run left.

An environment is built for each process and handed to it; nothing is written to this one's.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtProject
from packaging.version import Version

from orchestration import derived
from orchestration.settings import DBT_PROJECT, Settings

DBT = str(Path(sys.executable).parent / "dbt")
SHOWN_ROWS = 50
PROJECT_SUFFIXES = (".sql", ".yml", ".csv")


class Project(DbtProject):
    """The dbt project, parsed when its manifest was made from other files, or cannot be read.

    Dagster's own preparation parses at every start, needs the environment activated, and does nothing
    outside `dagster dev`. Times say nothing: a folder may be copied from another clone.
    """

    def prepare_if_dev(self) -> None:
        """Parse if that is needed, under `dagster dev` or not."""
        derived.write()
        made_of, content = self.manifest_path.with_name("made_of"), project_digest()
        if not (
            _readable(self.manifest_path) and made_of.is_file() and made_of.read_text() == content
        ):
            made_of.unlink(missing_ok=True)
            parse(Settings(root=self.target_path.parent.parent, state=Path()))
            made_of.write_text(content)


def _readable(manifest: Path) -> bool:
    try:
        return "nodes" in json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def project_files() -> list[Path]:
    """Everything the dbt project is made of, what dbt itself writes left out."""
    return sorted(
        p for p in DBT_PROJECT.rglob("*")
        if p.suffix in PROJECT_SUFFIXES and not {"target", "logs"} & set(p.relative_to(DBT_PROJECT).parts)
    )  # fmt: skip


def project_digest() -> str:
    """Hash over the dbt project's files, their places, and dbt's version."""
    digest = hashlib.sha256(metadata.version("dbt-core").encode())
    for path in project_files():
        digest.update(f"{path.relative_to(DBT_PROJECT)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def dbt_project(settings: Settings) -> Project:
    """The project with its compiled files in this data root, parsed if need be."""
    project = Project(DBT_PROJECT, target_path=settings.dbt_target, profiles_dir=DBT_PROJECT)
    project.prepare_if_dev()
    return project


def manifest_path(settings: Settings) -> Path:
    """Dbt's manifest, as new as the project."""
    return dbt_project(settings).manifest_path


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
    """Dbt variables: the as-of date, and whose coverage is expected."""
    edition = int(as_of) if as_of and as_of.isdigit() else None
    return {
        "as_of_edition": edition,
        "as_of_date": as_of if as_of and edition is None else None,
        "coverage_root": os.environ.get("LIVING_PANEL_COVERAGE")
        or ("demo" if settings.simulated else "official"),
    }


def parse(settings: Settings) -> None:
    """Have dbt write its manifest.

    Raises
    ------
    RuntimeError
        With what dbt said, if the project does not parse.
    """
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    command = [DBT, "parse", "--vars", json.dumps(dbt_variables(settings, None))]
    environment = dbt_environment(settings, settings.build_file(None))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"dbt parse failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")


def start_build(
    settings: Settings,
    build_file: Path,
    folder: Path,
    variables: Mapping[str, object],
    selection: Sequence[str],
    *,
    manifest: Mapping[str, Any] | None = None,
    translator: DagsterDbtTranslator | None = None,
    context: dg.AssetExecutionContext | None = None,
) -> DbtCliInvocation:
    """Start `dbt build`; its own files (log, results, compiled SQL) go to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    parsed = settings.dbt_target / "partial_parse.msgpack"
    if parsed.exists():  # what `parse` found need not be found again
        shutil.copy(parsed, folder / parsed.name)
    command = [DBT, "build", "--exclude-resource-type", "unit_test", "--vars"]
    command += [json.dumps(variables), *selection]
    more = {"DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(folder), "DBT_LOG_FORMAT": "json"}
    return DbtCliInvocation.run(
        args=command,
        env=dbt_environment(settings, build_file) | more | {"PYTHONUNBUFFERED": "1"},
        manifest=manifest or {},
        dagster_dbt_translator=translator or DagsterDbtTranslator(),
        project_dir=DBT_PROJECT,
        target_path=folder,
        raise_on_error=False,
        context=context,
        adapter=None,
        cli_version=Version(metadata.version("dbt-core")),
    )


def offending_rows(folder: Path, build_file: Path) -> dict[str, pd.DataFrame]:
    """Rows that each failed test of a build returned, at most `SHOWN_ROWS`, by the test's unique id."""
    failed = {
        e["unique_id"]: e["compiled_code"] for e in run_results(folder) if e["status"] == "fail"
    }
    if not failed:
        return {}
    with duckdb.connect(str(build_file), read_only=True) as connection:
        return {name: connection.execute(sql).df().head(SHOWN_ROWS) for name, sql in failed.items()}


def run_results(folder: Path) -> list[dict[str, Any]]:
    """Dbt's own account of a run; empty if it died before it could write one."""
    path = folder / "run_results.json"
    return json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []


def explain_failure(folder: Path, rows: Mapping[str, pd.DataFrame]) -> str:
    """What failed in a dbt run and on which rows: key, value, bound and remedy."""
    lines = []
    for entry in run_results(folder):
        if entry["status"] in ("error", "fail"):
            name = entry["unique_id"].split(".")[2]
            lines.append(f"{name}: {entry['message']}")
            lines += rows_in_words(rows.get(entry["unique_id"], pd.DataFrame()).head(10))
    detail = "\n".join(dict.fromkeys(lines)) or f"see {folder / 'dbt.log'}"
    return f"The figures do not pass the warehouse's tests; nothing was published.\n{detail}"


def rows_in_words(rows: pd.DataFrame) -> list[str]:
    """One line a row, cells that are empty left out."""
    return [
        "  " + ", ".join(f"{name}={value}" for name, value in row.items() if not pd.isna(value))
        for row in rows.to_dict("records")
    ]
