"""The validator of the stage artifacts finds each violation of its rules."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.artifacts import sentences
from living_panel.estimation.tables.result import COEFFICIENT_COLUMNS
from living_panel.orchestration.assets.checks import artifact_faults
from living_panel.problems import Place
from tests.paths import ARTIFACT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(ARTIFACT, tmp_path / ARTIFACT.name)


def rewrite(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> dict:
    """Change a table and put its new hash into the manifest, which is returned."""
    file = folder / f"{name}.parquet"
    frame = pd.read_parquet(file)
    if name == "coefficients":  # an artifact from before the Monte Carlo error of p was stored
        frame = frame.reindex(columns=COEFFICIENT_COLUMNS)
    change(frame).to_parquet(file)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        if entry["name"] == file.name:
            entry["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return save(folder, manifest)


def save(folder: Path, manifest: dict) -> dict:
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return manifest


def first_row(**values: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        for column, value in values.items():
            frame.loc[frame.index[0], column] = value
        return frame

    return change


def test_a_sound_artifact_has_no_fault(folder: Path) -> None:
    assert artifact_faults(folder, rewrite(folder, "coefficients", lambda frame: frame)) == []


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"estimate": float("inf")}, Code.ARTIFACT_NUMBERS),
        ({"estimate": float("nan")}, Code.ARTIFACT_NUMBERS),
        ({"std_error": 0.0}, Code.ARTIFACT_NUMBERS),
        ({"std_error": -0.1}, Code.ARTIFACT_NUMBERS),
        ({"p_value": 1.001}, Code.ARTIFACT_NUMBERS),
        ({"p_value": -0.001}, Code.ARTIFACT_NUMBERS),
        ({"ci_low": 2.0, "ci_high": 1.0}, Code.ARTIFACT_NUMBERS),
    ],
)
def test_an_impossible_number_is_named_with_its_place(
    folder: Path, values: dict, code: Code
) -> None:
    manifest = rewrite(folder, "coefficients", first_row(**values))
    first = pd.read_parquet(folder / "coefficients.parquet").iloc[0]
    (problem,) = artifact_faults(folder, manifest)
    place = Place(file=str(folder), table=first.model, cell=first.term, column=first.inference)
    assert (problem.code, problem.place) == (code, place)
    assert str([*problem.fields.values()]) == str([*values.values()])


def test_changed_files_are_named(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "table.md").write_text("0.310***", encoding="utf-8")
    changed = sentences.FILE_CHANGED(Place(file=str(folder / "table.md")))
    assert artifact_faults(folder, manifest) == [changed]


def test_an_estimated_table_has_numbers_a_banner_and_the_schema_s_columns(folder: Path) -> None:
    for name in ("coefficients", "statistics"):
        manifest = rewrite(folder, name, lambda frame: frame.iloc[:0])
    whole = Place(file=str(folder))
    assert artifact_faults(folder, manifest) == [sentences.NO_NUMBER(whole)]
    manifest = save(folder, manifest | {"banner": []})
    assert sentences.NO_BANNER(whole) in artifact_faults(folder, manifest)
    manifest = rewrite(folder, "statistics", lambda frame: frame.assign(more=1))
    assert artifact_faults(folder, manifest) == [sentences.OTHER_COLUMNS(whole)]
