"""Builds of dbt: how one begins, and the results of its run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
from dagster_dbt import DbtCliInvocation, DbtCliResource, DbtProject

from living_panel.codes import Code
from living_panel.orchestration.dbt import sentences
from living_panel.orchestration.dbt.project import (
    dbt_environment,
    dbt_variables,
    disk_limits,
    prepare,
)
from living_panel.orchestration.root.settings import DBT_PROJECT, Settings
from living_panel.orchestration.root.state import vantage
from living_panel.problems import Place, Problem

RUN_RESULTS = "run_results.json"
SHOWN_IN_TEXT = 10
MOST_FILES = 10
NOT_THE_CELL = ["remedy", "newer_file", "other_file"]
"""Columns of a failing row that do not tell which cell it is."""


def dbt_project(settings: Settings) -> DbtProject:
    """The project with its compiled files in this data root, parsed if need be.

    Dagster's own preparation parses at every start, and does nothing outside `dagster dev`.
    """
    prepare(settings)
    return DbtProject(DBT_PROJECT, target_path=settings.dbt_target, profiles_dir=DBT_PROJECT)


def manifest_path(settings: Settings) -> Path:
    """Dbt's manifest, as new as the project."""
    return dbt_project(settings).manifest_path


def build_folder(settings: Settings, as_of: str | None) -> Path:
    """Folder of dbt's own files of a state: log, results, compiled SQL, and what it parsed."""
    return settings.dbt_target / "runs" / vantage(as_of)


def begin_build(
    dbt: DbtCliResource,
    settings: Settings,
    as_of: str | None,
    selection: Sequence[str] = (),
    context: dg.AssetExecutionContext | None = None,
) -> DbtCliInvocation:
    """Begin `dbt build` of what is selected: by a step's `context`, or by dbt's own arguments."""
    folder = build_folder(settings, as_of)
    (folder / RUN_RESULTS).unlink(missing_ok=True)
    variables = json.dumps(dbt_variables(settings, as_of))
    arguments = ["build", "--exclude-resource-type", "unit_test", "--vars", variables]
    with dbt_environment(settings, settings.build_file(as_of)):
        return dbt.cli(
            [*arguments, *selection], context=context, target_path=folder, raise_on_error=False
        )


def offending_rows(folder: Path, build_file: Path) -> dict[str, pd.DataFrame]:
    """Rows that each failed test of a build returned, by the test's unique id."""
    failed = {
        e["unique_id"]: e["compiled_code"] for e in run_results(folder) if e["status"] == "fail"
    }
    if not failed:
        return {}
    with duckdb.connect(str(build_file), read_only=True) as connection:
        return {name: connection.execute(sql).df() for name, sql in failed.items()}


def run_results(folder: Path) -> list[dict[str, Any]]:
    """Dbt's own account of a run; empty if it died before it could write one."""
    path = folder / RUN_RESULTS
    return json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []


def explain_failure(folder: Path, rows: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Failures of a dbt run, each with its rows: key, value, bound and remedy.

    A test that failed speaks of the values; an error (a full disk, a limit, wrong SQL) does not.
    """
    failed = [e for e in run_results(folder) if e["status"] in ("error", "fail")]
    problems = []
    for entry in failed:
        shown = rows_in_words(rows.get(entry["unique_id"], pd.DataFrame()).head(SHOWN_IN_TEXT))
        message = "\n".join([str(entry["message"]), *shown])
        place = Place(table=entry["unique_id"].split(".")[2])
        code = sentences.DBT_TEST if entry["status"] == "fail" else sentences.DBT_ERROR
        problems.append(code(place, message=message))
    tests = sum(entry["status"] == "fail" for entry in failed)
    if tests:
        return [
            Code.DBT_VALUES(
                "{count} tests of the warehouse failed; nothing was published",
                "correct the values listed below, or the bounds of these tests",
                count=tests,
            ),
            *problems,
            *files_in_doubt(rows)[:MOST_FILES],
        ]
    reason = f"{len(problems)} errors, as below" if problems else f"see {folder / 'dbt.log'}"
    limits = disk_limits(folder)
    whole = sentences.DBT_FAILED(Place(str(folder)), command="build", said=reason, limits=limits)
    return [whole, *problems]


def files_of(row: Mapping[str, Any]) -> list[str]:
    """Return the archived files, `source/edition/vintage/file`, that a row of a failed test has values of.

    A row names them in `files`, or in `newer_file` and `other_file`; a row that is one value has the file's parts.
    """
    named = [row[key] for key in ("newer_file", "other_file") if row.get(key)]
    parts = ("source", "edition", "vintage", "file")
    if not named and all(key in row for key in parts):
        named = ["/".join(str(row[key]) for key in parts)]
    return list(dict.fromkeys([*row.get("files", ()), *named]))


def files_in_doubt(rows: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return a problem for each file that failing rows name, the one with the most rows first."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for test, part in rows.items():
        for row in part.to_dict("records"):
            for file in files_of(row):
                found.setdefault(file, []).append((test.split(".")[2].rstrip("_"), row))
    return [
        Code.FILE_IN_DOUBT(
            "{count} failing rows have values of this file: {tests}; the first row: {first}",
            "if the file is wrong, `make withdraw KIND=file NAME={name} REASON=…`, then `make run`",
            Place(file=file),
            count=len(named),
            tests=sorted({test for test, _ in named}),
            first=rows_in_words(
                pd.DataFrame([named[0][1]]).drop(columns=NOT_THE_CELL, errors="ignore")
            )[0].strip(),
            name=file,
        )
        for file, named in sorted(found.items(), key=lambda item: -len(item[1]))
    ]


def one_file_in_doubt(
    folder: Path, rows: Mapping[str, pd.DataFrame], is_new: Callable[[str], bool]
) -> Problem | None:
    """Return the problem of the one new file that every failing row has values of.

    None where no or several such files are, or where dbt had an error that is not about values.
    """
    if any(entry["status"] == "error" for entry in run_results(folder)):
        return None
    named = [files_of(row) for part in rows.values() for row in part.to_dict("records")]
    new = {file for file in {f for files in named for f in files} if is_new(file)}
    common = new.intersection(*named) if named else new
    if len(common) != 1:
        return None
    return next(p for p in files_in_doubt(rows) if p.place.file in common)


def rows_in_words(rows: pd.DataFrame) -> list[str]:
    """One line a row, cells that are empty left out."""
    return [
        "  "
        + ", ".join(
            f"{name}={value}"
            for name, value in row.items()
            if name != "files" and not pd.isna(value)
        )
        for row in rows.to_dict("records")
    ]
