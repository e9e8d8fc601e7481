"""An artifact is written whole or not at all, and says when it is not what it was."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.artifact import CodeState, artifact_files, artifact_id
from living_panel.estimation.panel.errors import Unusable
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.result import (
    Block,
    Statement,
    StatisticRow,
    TableResult,
    coefficient_frame,
    statistic_frame,
)
from living_panel.ingestion.files import write_folder
from tests.paths import RELEASE
from tests.refusals import refuses
from tests.unit.release_fixture import tiny_release
from tests.unit.test_spec import GOOD

SPEC = Spec.model_validate(GOOD)
CODE = CodeState(version="c" * 16, facts={"commit": "f" * 40, "dirty": False})

INPUTS = {"release": "0" * 16}


def result(estimate: float = 0.31) -> TableResult:
    row = {
        "model": "1", "term": "fdi", "inference": "clustered:reghdfe:t(G-1)", "estimate": estimate,
        "std_error": 0.1, "statistic": 3.1, "df": 28, "p_value": 0.004, "ci_low": 0.1, "ci_high": 0.5,
        "n_obs": 290, "n_clusters": 29, "figures_status": "official",
    }  # fmt: skip
    return TableResult(
        table_id=SPEC.table,
        title=SPEC.title,
        coefficients=coefficient_frame([row]),
        statistics=statistic_frame([StatisticRow("1", "", "n_obs", "", 290, None)]),
        blocks=(Block("Grid", ("", "(1)"), (("ln FDI", "0.310***"),)),),
        statements=(Statement("official", ("Official values.",)),),
        choices={},
        sample={"n_obs": 290, "dropped": [], "filled": []},
        figures_status="official",
    )


def write(root: Path, table: TableResult | None = None) -> Path:
    folder = root / SPEC.table / artifact_id(SPEC, INPUTS, CODE)
    table, run = table or result(), {"run_id": "r"}
    files = artifact_files(table, SPEC, tiny_release(), CODE, supersedes=None, run=run)
    write_folder(folder, files)
    return folder


def test_the_folder_is_named_by_spec_release_and_code(tmp_path: Path) -> None:
    folder = write(tmp_path)
    changed = SPEC.model_copy(update={"title": "Other"})
    other = CodeState(version="d" * 16, facts={})
    for parts in (
        (SPEC, INPUTS, other),
        (SPEC, {"release": "1" * 16}, CODE),
        (changed, INPUTS, CODE),
    ):
        assert artifact_id(*parts) != folder.name


def test_an_artifact_that_exists_is_not_written_again(tmp_path: Path) -> None:
    folder = write(tmp_path)
    before = (folder / "manifest.json").stat().st_mtime_ns
    assert write(tmp_path, result(0.99)) == folder
    assert (folder / "manifest.json").stat().st_mtime_ns == before


def test_an_artifact_supersedes_another_one_and_never_itself() -> None:
    own = artifact_id(SPEC, INPUTS, CODE)
    for before, said in ((None, None), ("other", "other"), (own, None)):
        files = artifact_files(result(), SPEC, tiny_release(), CODE, supersedes=before, run={})
        assert json.loads(files["manifest.json"])["supersedes"] == said


def test_a_release_with_a_changed_or_a_missing_file_is_not_read(tmp_path: Path) -> None:
    folder = shutil.copytree(RELEASE, tmp_path / RELEASE.name)
    assert load_release(folder).release_id == RELEASE.name
    file = folder / "panel.parquet"
    file.write_bytes(file.read_bytes() + b" ")
    with refuses(ValueError, Code.SPEC_RELEASE):
        load_release(folder)
    file.unlink()
    with refuses(ValueError, Code.SPEC_RELEASE):
        load_release(folder)


@pytest.mark.parametrize("name", ["coefficients.parquet", "table.md", "table.xlsx"])
def test_a_changed_a_missing_and_an_added_file_are_found(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path)
    artifact.verify_files(folder)
    (folder / "extra.txt").write_text("x")
    with refuses(Unusable, Code.VERIFY_ARTIFACT):
        artifact.verify_files(folder)
    (folder / "extra.txt").unlink()
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content + b" ")
    with refuses(Unusable, Code.VERIFY_ARTIFACT):
        artifact.verify_files(folder)
    (folder / name).unlink()
    with refuses(Unusable, Code.VERIFY_ARTIFACT):
        artifact.verify_files(folder)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:

    with pytest.raises(TypeError):
        write_folder(tmp_path / "t" / "id", {"a.txt": b"a", "b.txt": "not bytes"})  # type: ignore[dict-item]
    assert list((tmp_path / "t").iterdir()) == []


def test_a_function_writes_a_file_and_finds_those_before_it(tmp_path: Path) -> None:
    files = {
        "a.txt": b"a",
        "b/c.txt": lambda path: path.write_bytes((path.parents[1] / "a.txt").read_bytes() + b"c"),
    }
    write_folder(tmp_path / "id", files)
    assert (tmp_path / "id" / "b" / "c.txt").read_bytes() == b"ac"


def test_a_function_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def write(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        write_folder(tmp_path / "t" / "id", {"a.txt": b"a", "b.txt": write})
    assert list((tmp_path / "t").iterdir()) == []


def test_every_file_is_flushed_before_the_folder_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []

    def fsync(descriptor: int) -> None:
        assert not (tmp_path / "id").exists()
        flushed.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)

    monkeypatch.setattr("os.fsync", fsync)
    write_folder(tmp_path / "id", {"a.txt": b"a", "b.txt": lambda path: path.write_bytes(b"b")})
    assert flushed == ["a.txt", "b.txt"]


def test_a_group_may_write_where_the_umask_lets_it(tmp_path: Path) -> None:
    before = os.umask(0o007)
    try:
        write_folder(tmp_path / "id", {"a.txt": b"a"})
    finally:
        os.umask(before)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("id", "id/a.txt")]
    assert modes == [0o770, 0o660]


def test_the_result_hash_follows_the_numbers(tmp_path: Path) -> None:
    assert artifact.result_hash(result()) == artifact.result_hash(result(0.31 + 1e-14))
    assert artifact.result_hash(result()) != artifact.result_hash(result(0.3100001))


def test_two_rows_for_one_coefficient_are_refused() -> None:
    row = result().coefficients.iloc[0].to_dict()
    with refuses(ValueError, Code.PAPER_TABLE, key="model/term/inference"):
        coefficient_frame([row, row])
