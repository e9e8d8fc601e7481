"""One release, one spec, one code: one result hash, whatever the machine is set to.

Run with LIVING_PANEL_OTHER_PYTHON=/path/to/python of an environment made from requirements.lock with
another Python, to have that held against this one as well.

Within one environment numbers are the same at 10 significant digits (`living_panel.estimation.panel.canonical`).
Between environments they are compared by value (`living_panel.estimation.artifacts.comparison`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.artifacts.artifact import result_hash
from living_panel.estimation.artifacts.comparison import compare_numbers, numbers_of, read_numbers
from living_panel.estimation.package.compared import compare_folders
from living_panel.estimation.tables.result import TableResult
from living_panel.orchestration.root.readers import read_current
from living_panel.orchestration.root.settings import Settings
from tests.integration.roots import REPOSITORY, command, manifest
from tests.paths import RELEASE

# the small table, and the ways of inference whose sums, inversions and draws could differ
SCRIPT = """
import json, sys
from dataclasses import replace
from pathlib import Path
from living_panel.estimation.artifacts.artifact import result_hash
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.panel.release import load_release, release_id
from living_panel.estimation.panel.spec import load_spec
spec = load_spec(Path(sys.argv[2]))
options = dict(spec.options)
options["inference"] = [
    *options["inference"],
    {"cov": "clustered", "cluster": ["province_code"], "correction": "reghdfe", "df": "t(G-1)"},
]
release = load_release(Path(sys.argv[1]))
result = estimate(spec.model_copy(update={"options": options}), release)
assert result.status == "estimated", result.reason
frames = {name: getattr(release, name) for name in
          ("observations", "indicators", "provinces", "series_breaks", "national")}
frames["panel"] = release.panel.reset_index()
print(json.dumps([result_hash(result), release_id(frames), len(options["inference"])]))
"""


def outcome(
    release: Path = RELEASE, python: str = sys.executable, cwd: Path = REPOSITORY, **variables: str
) -> list[str]:
    """Result hash, release id and number of ways of inference, in a process of its own."""
    spec = REPOSITORY / "tests" / "fixtures" / "small_specs" / "x_small.yml"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "TZ"))}
    done = subprocess.run(
        [python, "-c", SCRIPT, str(release), str(spec)], cwd=cwd, capture_output=True, text=True,
        env=clean | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"} | variables, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def usual() -> list[str]:
    return outcome()


@pytest.mark.parametrize("variables", [
    {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "1"},
])  # fmt: skip
def test_threads_locale_time_zone_and_hash_seed_change_nothing(
    usual: list[str], variables: dict[str, str]
) -> None:
    assert outcome(**variables) == usual


def test_another_folder_changes_nothing(usual: list[str], tmp_path: Path) -> None:
    elsewhere = tmp_path / "über all 北京" / "release"
    shutil.copytree(RELEASE, elsewhere)
    assert outcome(release=elsewhere, cwd=tmp_path) == usual
    assert usual[1] == RELEASE.name


@pytest.fixture
def other_python() -> str:
    """Interpreter of a second environment, of another Python than this one."""
    other = os.environ.get("LIVING_PANEL_OTHER_PYTHON")
    if not other:
        pytest.skip("LIVING_PANEL_OTHER_PYTHON names no second environment")
    version = subprocess.run(
        [other, "-c", "import sys; print(sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert version != str(sys.version_info[:2]), "the same Python proves nothing"
    return other


def test_another_python_gives_the_same_hash(usual: list[str], other_python: str) -> None:
    assert outcome(python=other_python) == usual


def test_another_python_gives_the_release_and_the_numbers_of_every_table(
    checkout: Path, tmp_path: Path, other_python: str
) -> None:
    """From the archived bytes on: artifact ids and hashes differ, numbers and printed digits do not.

    In both directions: the tolerances are not symmetric in the standard error.
    """
    root = tmp_path / "data"
    shutil.copytree(checkout / "data" / "archive", root / "archive")
    done = command(root, "run", python=other_python, LIVING_PANEL_SPECS="")
    assert done.returncode == 0, done.stderr[-3000:]
    roots = (checkout / "data", root)
    here, there = (read_current(Settings(root=data, state=data)) for data in roots)
    assert len(here) > 10 and here.keys() == there.keys()
    for table, identity in here.items():
        ours, theirs = (manifest(data, table) for data in roots)
        assert theirs["release_id"] == ours["release_id"]
        folders = [
            roots[0] / "artifacts" / table / identity,
            root / "artifacts" / table / there[table],
        ]
        for stated, found in (folders, folders[::-1]):
            compared = compare_folders(table, stated, found)
            assert compared.level != "different", compared.cells[:3]
            assert not compared.words and not compared.figures, table


def stored(folder: Path) -> TableResult:
    """A stored table's numbers, as a result."""
    names = ("coefficients", "statistics", "specifications")
    files = {name: folder / f"{name}.parquet" for name in names}
    frames = {name: pd.read_parquet(path) for name, path in files.items() if path.exists()}
    return TableResult(
        table_id="x_small", title="", blocks=(), statements=(), choices={}, sample={},
        figures_status="simulated", **frames,
    )  # fmt: skip


@pytest.fixture
def artifact(refreshed_small: Path) -> Path:
    """A stored table of this version."""
    (folder,) = (refreshed_small / "artifacts" / "x_small").iterdir()
    return folder


def shifted(result: TableResult, factor: float) -> TableResult:
    coefficients = result.coefficients.copy()
    for column in coefficients.select_dtypes("float").columns:
        coefficients[column] = coefficients[column] * factor
    return TableResult(**{**result.__dict__, "coefficients": coefficients})


def test_the_last_bits_do_not_count_and_the_tenth_digit_does(artifact: Path) -> None:
    result = stored(artifact)
    recorded = json.loads((artifact / "manifest.json").read_text(encoding="utf-8"))["result_hash"]
    assert result_hash(result) == recorded
    assert result_hash(shifted(result, 1 + 4 * np.finfo(float).eps)) == recorded
    assert result_hash(shifted(result, 1 + 1e-8)) != recorded


def test_a_last_digit_is_the_same_number_and_a_digit_that_matters_is_named(artifact: Path) -> None:
    result = stored(artifact)
    numbers = read_numbers(artifact)
    assert compare_numbers("x", numbers, numbers_of(result)).level == "same bytes"
    for factor, level in ((1 + 1e-9, "same numbers"), (1 + 1e-7, "different")):
        assert compare_numbers("x", numbers, numbers_of(shifted(result, factor))).level == level


def test_the_specifications_of_a_curve_are_compared(artifact: Path, tmp_path: Path) -> None:
    folder, rows = tmp_path / "curve", pd.DataFrame({"model": ["a", "b"], "estimate": [0.1, 0.2]})
    shutil.copytree(artifact, folder)
    rows.to_parquet(folder / "specifications.parquet")
    result, numbers = stored(folder), read_numbers(folder)
    assert compare_numbers("x", numbers, numbers_of(result)).level == "same bytes"
    changed = replace(result, specifications=rows.assign(estimate=[0.1, 0.3]))
    compared = compare_numbers("x", numbers, numbers_of(changed))
    assert [(c.model, c.statistic, c.stated, c.found) for c in compared.cells] == [
        ("b", "estimate", 0.2, 0.3)
    ]
    without = compare_numbers("x", numbers, numbers_of(replace(result, specifications=None)))
    assert without.level == "different" and len(without.cells) == 2
