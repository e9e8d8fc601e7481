"""Run dbt in a process of its own: its arguments and the results of its run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
from packaging.version import Version

from living_panel.orchestration.dbt import codes
from living_panel.orchestration.dbt.integration import (
    DagsterDbtTranslator,
    DbtCliInvocation,
    DbtProject,
)
from living_panel.orchestration.dbt.process import begin, keep_dbt
from living_panel.orchestration.dbt.project import dbt_environment, disk_limits, prepare
from living_panel.orchestration.root.settings import DBT_PROJECT, Settings
from living_panel.problems import Place, Problem

SHOWN_ROWS = 50
SHOWN_IN_TEXT = 10


class Project(DbtProject):
    """The dbt project, parsed when its manifest was made from other files, or cannot be read.

    Dagster's own preparation parses at every start, needs the environment activated, and does nothing
    outside `dagster dev`.
    """

    def prepare_if_dev(self) -> None:
        """Parse if that is needed, under `dagster dev` or not."""
        prepare(self.target_path)


def dbt_project(settings: Settings) -> Project:
    """The project with its compiled files in this data root, parsed if need be."""
    project = Project(DBT_PROJECT, target_path=settings.dbt_target, profiles_dir=DBT_PROJECT)
    project.prepare_if_dev()
    return project


def manifest_path(settings: Settings) -> Path:
    """Dbt's manifest, as new as the project."""
    return dbt_project(settings).manifest_path


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
    keep_dbt()  # later builds of this process need not load it again
    command = ["build", "--exclude-resource-type", "unit_test", *selection]
    more = {"DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(folder), "DBT_LOG_FORMAT": "json"}
    environment = {"PYTHONUNBUFFERED": "1"} | dbt_environment(settings, build_file) | more
    return DbtCliInvocation(
        process=begin(command, environment, json.dumps(variables)),
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


def explain_failure(folder: Path, rows: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Failures of a dbt run, each with its rows: key, value, bound and remedy.

    A test that failed speaks of the values; an error (a full disk, a limit, wrong SQL) does not.
    """
    failed = [e for e in run_results(folder) if e["status"] in ("error", "fail")]
    found = []
    for entry in failed:
        shown = rows_in_words(rows.get(entry["unique_id"], pd.DataFrame()).head(SHOWN_IN_TEXT))
        message = "\n".join([str(entry["message"]), *shown])
        place = Place(table=entry["unique_id"].split(".")[2])
        code = codes.DBT_TEST if entry["status"] == "fail" else codes.DBT_ERROR
        found.append(code(place, message=message))
    tests = sum(entry["status"] == "fail" for entry in failed)
    if tests:
        return [codes.VALUES_REFUSED(count=tests), *found]
    said = f"{len(found)} errors, as below" if found else f"see {folder / 'dbt.log'}"
    limits = disk_limits(folder)
    whole = codes.DBT_FAILED(Place(str(folder)), command="build", said=said, limits=limits)
    return [whole, *found]


def rows_in_words(rows: pd.DataFrame) -> list[str]:
    """One line a row, cells that are empty left out."""
    return [
        "  " + ", ".join(f"{name}={value}" for name, value in row.items() if not pd.isna(value))
        for row in rows.to_dict("records")
    ]
