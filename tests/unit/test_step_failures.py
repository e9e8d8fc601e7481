"""A failed step carries its problems: dbt's own failures, and problems with code, place and fields."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.ingestion.errors import refusal
from living_panel.orchestration.assets import sentences as asset_sentences
from living_panel.orchestration.dbt.runs import explain_failure, one_file_in_doubt
from living_panel.orchestration.root.failure import MOST, PROBLEMS, failure_of
from living_panel.problems import Place


def written(folder: Path, *statuses: str) -> Path:
    results = [
        {"unique_id": f"test.living_panel.check_{n}", "status": status, "message": "Got 1 result"}
        for n, status in enumerate(statuses)
    ]
    (folder / "run_results.json").write_text(json.dumps({"results": results}), encoding="utf-8")
    return folder


def test_a_failed_test_of_dbt_is_named_with_its_rows(tmp_path: Path) -> None:
    rows = {"test.living_panel.check_1": pd.DataFrame({"year": [2020], "value": [None]})}
    whole, test = explain_failure(written(tmp_path, "pass", "fail"), rows)
    assert (whole.code, whole.fields["count"]) == (Code.DBT_VALUES, 1)
    assert (test.code, test.place) == (Code.DBT_VALUES, Place(table="check_1"))
    assert test.fields["message"] == "Got 1 result\n  year=2020"


def test_an_error_of_dbt_speaks_of_the_machine(tmp_path: Path) -> None:
    whole, error = explain_failure(written(tmp_path, "error"), {})
    assert [whole.code, error.code] == [Code.DBT_FAILED, Code.DBT_FAILED]
    (tmp_path / "run_results.json").unlink()  # dbt died before it could write it
    (whole,) = explain_failure(tmp_path, {})
    assert "dbt.log" in whole.fields["said"]


def test_the_metadata_of_a_failure_hold_code_place_and_fields() -> None:
    problem = asset_sentences.NO_LINK(Place(file="data/warehouse.duckdb"))
    failure = failure_of([problem])
    assert failure.description == str(problem)
    assert failure.metadata[PROBLEMS].data == [problem.to_dict()]
    error = refusal(Code.READ_NUMBER, "a.csv", "row 2", "x", "a number", "Correct it.")
    entries = failure_of(error, failure.metadata).metadata[PROBLEMS].data
    assert [(entry["code"], entry["place"]["file"]) for entry in entries] == [
        (Code.READ_NUMBER, "a.csv")
    ]
    assert len(failure_of([problem] * (MOST + 1)).metadata[PROBLEMS].data) == MOST


A, B, OLD = (f"customs/2024/2026-01-01/{name}.csv" for name in ("a", "b", "old"))
NEW = {A, B}


def growth(newer: str, other: str) -> dict[str, object]:
    return {"measure": "gdp", "newer_file": newer, "other_file": other, "remedy": "compare"}


def total(*files: str, other: str = OLD) -> dict[str, object]:
    return {"measure": "gdp", "year": 2023, "files": [*files], "other_file": other}


def value(file: str) -> dict[str, object]:
    return dict(zip(("source", "edition", "vintage", "file"), file.split("/"), strict=True))


@pytest.mark.parametrize(
    ("tests", "found"),
    [
        ([[growth(A, OLD)], [total(OLD, A)], [value(A)]], A),
        ([[growth(A, A), growth(A, B)]], A),  # b is the neighbour of one of the values alone
        ([[growth(A, OLD)], [value(B)]], None),
        ([[growth(A, B)]], None),  # either may be wrong
        ([[total(A, B)]], None),
        ([[growth(OLD, OLD)]], None),
        ([[growth(A, OLD)], [{"indicator_label": "GDP", "expected_by": "the seed"}]], None),
        ([], None),
    ],
)
def test_a_file_is_in_doubt_alone_if_every_failing_row_has_a_value_of_it(
    tmp_path: Path, tests: list[list[dict[str, object]]], found: str | None
) -> None:
    rows = {f"test.living_panel.check_{n}": pd.DataFrame(part) for n, part in enumerate(tests)}
    written(tmp_path, *["fail"] * len(tests))
    problem = one_file_in_doubt(tmp_path, rows, NEW.__contains__)
    assert (problem.place.file if problem else None) == found
    written(tmp_path, *["fail"] * len(tests), "error")
    assert one_file_in_doubt(tmp_path, rows, NEW.__contains__) is None, "an error is no doubt"


def test_the_files_of_failing_values_are_named_with_the_command_that_withdraws_them(
    tmp_path: Path,
) -> None:
    rows = {"test.living_panel.growth_": pd.DataFrame([growth(A, OLD), growth(A, OLD)])}
    *_, first, second = explain_failure(written(tmp_path, "fail"), rows)
    assert (first.code, first.place.file) == (Code.FILE_IN_DOUBT, A)
    assert first.fields["tests"] == ["growth"] and first.fields["count"] == 2
    assert first.fields["first"] == "measure=gdp" and f"NAME={A}" in first.fix
    assert second.place.file == OLD
