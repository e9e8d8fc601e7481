"""Files of older and newer versions: read as they were, or refused with a remedy.

tests/fixtures/older holds a release and an artifact of schema 1 as they were written, so that a change of
the form without a change of its number is seen. Other versions are made from them here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.artifacts.artifact import read_manifest, read_statistics, verify_files
from living_panel.estimation.panel.former_names import current_statistics
from living_panel.estimation.panel.release import TABLES, load_release, release_id
from living_panel.estimation.tables.kinds.audit import inconsistencies_of
from living_panel.estimation.tables.result import STATISTIC_COLUMNS
from living_panel.orchestration.assets import dbt_models
from living_panel.orchestration.assets.dbt_models import wait_for
from living_panel.orchestration.assets.publication import publish, rollback
from living_panel.orchestration.assets.verification import verify
from living_panel.orchestration.root import ledger
from living_panel.orchestration.root.failure import PROBLEMS
from living_panel.orchestration.root.readers import published_rows
from living_panel.orchestration.root.settings import Settings
from tests.fixtures import small_root
from tests.integration.roots import run_small
from tests.paths import ARTIFACT, RELEASE
from tests.refusals import refuses


def changed(folder: Path, target: Path, **keys: object) -> Path:
    """A copy of a stored folder whose manifest says something else."""
    shutil.copytree(folder, target)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    (target / "manifest.json").write_text(json.dumps(manifest | keys), encoding="utf-8")
    return target


def test_a_stored_release_of_schema_1_is_read_and_has_its_id() -> None:
    release = load_release(RELEASE)
    assert release.release_id == RELEASE.name
    frames = {name: pd.read_parquet(RELEASE / f"{name}.parquet") for name in TABLES}
    assert release_id(frames) == RELEASE.name, "the form changed: raise RELEASE_SCHEMA"
    assert len(release.panel) == 31 * 18


def test_a_stored_artifact_of_schema_1_is_read_and_verified() -> None:
    manifest = verify_files(ARTIFACT)
    assert manifest["artifact_id"] == ARTIFACT.name
    assert manifest["release_id"] == RELEASE.name
    statistics = read_statistics(ARTIFACT)
    assert list(statistics.columns) == STATISTIC_COLUMNS
    assert "n_obs" in set(statistics["statistic"]) and set(statistics["term"]) == {""}


def test_inconsistencies_of_an_audit_of_schema_1_are_split_as_sql_splits_them() -> None:
    names = [
        "applicable",
        "finding_012.place",
        "finding_012.finding",
        "n_findings",
        "joint.p_value",
    ]
    older = pd.DataFrame({"model": "r", "name": names, "value": None, "text": "x"})
    found = current_statistics(older)[["term", "statistic", "inference"]]
    assert found.to_numpy().tolist() == [
        ["", "applicable", ""],
        ["12", "place", ""],
        ["12", "inconsistency", ""],
        ["", "n_inconsistencies", ""],
        ["", "joint.p_value", ""],
    ]


def test_an_audit_of_0_4_0_is_read_under_the_names_of_today() -> None:
    texts = {"family": "f", "title": "t", "reason": "r", "status": "found"}
    rows = [("rule", "", "applicable", 4.0, None), ("rule", "", "n_findings", 1.0, None)]
    rows += [("rule", "", name, None, text) for name, text in texts.items()]
    rows += [
        ("rule", "1", "severity", None, "impossible"),
        ("rule", "1", "finding", None, "a sum is wrong"),
    ]
    older = pd.DataFrame(rows, columns=["model", "term", "statistic", "value", "text"])
    found = inconsistencies_of(current_statistics(older.assign(inference="")))
    assert found[["rule", "severity", "inconsistency"]].to_numpy().tolist() == [
        ["rule", "impossible", "a sum is wrong"]
    ]


@pytest.mark.parametrize("schema", [0, 3, None, "1"])
def test_other_schemas_are_refused_with_the_remedy(tmp_path: Path, schema: object) -> None:
    release = changed(RELEASE, tmp_path / "release", release_schema=schema)
    with refuses(ValueError, Code.FORMER_VERSION, kind="release", found=schema):
        load_release(release)
    artifact = changed(ARTIFACT, tmp_path / "artifact", manifest_schema=schema)
    with refuses(ValueError, Code.FORMER_VERSION, kind="manifest", found=schema):
        read_manifest(artifact)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"release_schema": 1, "manifest_schema": 1}',
        b'{"release_schema": 1, "cu',
        b"\xff\x00",
    ],
)
def test_a_manifest_of_no_form_is_named_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    for folder, read in ((RELEASE, load_release), (ARTIFACT, read_manifest)):
        copy = shutil.copytree(folder, tmp_path / folder.name)
        (copy / "manifest.json").write_bytes(content)
        with pytest.raises(ValueError, match=r"manifest\.json: .*Fix: .*make run"):
            read(copy)


def warehouse(path: Path, version: str | None = None) -> Path:
    """A warehouse of an older schema (a panel of two columns), in a chosen storage version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    chosen = f"(storage_version '{version}')" if version else ""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as old {chosen}")
        connection.execute("create schema old.marts; create schema old.results")
        connection.execute("create table old.marts.panel as select 'x' as province, 2005 as year")
        connection.execute("create table old.results.tables as select 1 as n")
        connection.execute("detach old")
    return path


def of_the_future(path: Path) -> Path:
    """A file whose header this version of DuckDB refuses, as it does that of a later one."""
    content = bytearray(warehouse(path).read_bytes())
    assert content[8:12] == b"DUCK"
    content[12:20] = (999).to_bytes(8, "little")
    path.write_bytes(content)
    return path


def point(settings: Settings, file: Path) -> None:
    settings.published.symlink_to(file.relative_to(settings.root))
    ledger.begin(settings.root, print)


@pytest.mark.parametrize("version", ["v0.10.2", "v1.0.0", "v1.2.0"])
def test_an_older_warehouse_is_read_replaced_and_can_be_gone_back_to(
    settings: Settings, version: str
) -> None:
    old = warehouse(settings.warehouse / "old-000000000000.duckdb", version)
    point(settings, old)
    assert published_rows(settings) == {"marts.panel": 1, "results.tables": 1}
    build = warehouse(settings.root / "build" / "warehouse.duckdb")
    new = publish(settings, build, "new")
    assert settings.published.resolve() == new
    assert rollback(settings).name == f"{old.stem}-back.duckdb"
    assert published_rows(settings)["marts.panel"] == 1


def test_a_warehouse_of_a_later_version_is_refused_with_the_remedy_and_replaced(
    settings: Settings,
) -> None:
    old = of_the_future(settings.warehouse / "old-000000000000.duckdb")
    point(settings, old)
    with refuses(ValueError, Code.DAMAGED):
        published_rows(settings)
    build = warehouse(settings.root / "build" / "warehouse.duckdb")
    publish(settings, build, "new")
    assert published_rows(settings)["marts.panel"] == 1
    assert old.exists()


@pytest.mark.parametrize("content", ["future", "damaged", "text"])
def test_a_build_file_that_cannot_be_opened_is_built_anew(tmp_path: Path, content: str) -> None:
    file = tmp_path / "warehouse.duckdb"
    if content == "text":
        file.write_text("no database at all " * 1000, encoding="utf-8")
    else:
        of_the_future(file)
        if content == "damaged":
            file.write_bytes(file.read_bytes()[:5000])
    said: list[str] = []
    with pytest.raises(dg.Failure) as failure:
        wait_for(file, said.append)
    (problem,) = failure.value.metadata[PROBLEMS].data
    assert problem["code"] == Code.DAMAGED
    assert file.exists()
    wait_for(file, said.append, rebuild=True)
    assert "built again" in said[0]
    assert not file.exists()


HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def test_a_build_file_that_somebody_holds_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, said = warehouse(tmp_path / "warehouse.duckdb"), []
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    monkeypatch.setattr(dbt_models, "HELD_SECONDS", 0.1)
    with pytest.raises(dg.Failure) as failure:
        wait_for(file, said.append, rebuild=True)
    (problem,) = failure.value.metadata[PROBLEMS].data
    assert problem["code"] == Code.BUSY
    assert f"PID {holder.pid}" in problem["fields"]["error"]
    assert "Waiting for the build file" in said[0]
    monkeypatch.undo()
    holder.communicate("")
    wait_for(file, said.append)
    assert file.stat().st_size


def test_a_root_of_an_older_version_is_refreshed_and_keeps_what_it_has(tmp_path: Path) -> None:
    root = tmp_path / "data"
    settings = Settings(root=root, state=tmp_path / "data-state")
    small_root.first_edition(root)
    release = changed(RELEASE, root / "releases" / ("0" * 16), release_schema=0)
    place = root / "artifacts" / "x_small" / ("0" * 16)
    artifact = changed(ARTIFACT, place, manifest_schema=0, artifact_id=place.name)
    point(settings, warehouse(settings.warehouse / "old-000000000000.duckdb", "v1.0.0"))
    of_the_future(root / "build" / "warehouse.duckdb")
    done = run_small(root)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "is built again" in done.stderr
    assert release.exists() and artifact.exists()
    assert verify(settings, print) == [], "what another version wrote is no finding"
    assert settings.published.resolve().name != "old-000000000000.duckdb"
    assert published_rows(settings)["marts.panel"] == 31 * 18
    assert rollback(settings).name == "old-000000000000-back.duckdb"
