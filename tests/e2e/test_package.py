"""A package, packed in a checkout, checked elsewhere and run in a sandbox; its metadata by their validators."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.spec import PAPERS
from living_panel.orchestration.package.check import check_package, report_lines
from tests.conftest import REPOSITORY, copy_checkout, make

VALIDATORS = REPOSITORY / ".venv-validators" / "bin"
PAPER = "munnell_1990"

pytestmark = [pytest.mark.slow, pytest.mark.package]


@pytest.fixture(scope="module")
def packed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_checkout(checkout, tmp_path_factory.mktemp("packing") / "checkout")
    (first,) = made(folder)
    content = first.read_bytes()
    (again,) = made(folder)
    assert again.read_bytes() == content, "another packing, other bytes"
    return first


def made(folder: Path) -> list[Path]:
    done = make(folder, "package", f"PAPER={PAPER}")
    assert done.returncode == 0, done.stderr[-3000:]
    return [*(folder / "data" / "packages").glob("*.zip")]


@pytest.mark.sandbox
def test_a_package_gives_the_same_numbers_elsewhere(packed: Path) -> None:
    report = check_package(packed, print, run=True, python=sys.executable)
    assert report.problems == [] and report.findings == []
    assert report.editor_class == "full"
    specs = (PAPERS / PAPER / "specs").glob("*.yml")
    same = dict.fromkeys((path.stem for path in specs), "same bytes")
    assert {t["table"]: t["level"] for t in report.tables} == same
    assert report.run is not None and report.run.levels == same
    assert "**numbers: full**" in "\n".join(report_lines(report))


def test_a_package_on_the_warehouse_is_refreshed_from_its_archived_files(
    checkout: Path, tmp_path: Path
) -> None:
    folder = copy_checkout(checkout, tmp_path / "checkout")
    done = make(folder, "package", "PAPER=innovation_2026")
    assert done.returncode == 0, done.stderr[-3000:]
    (file,) = (folder / "data" / "packages").glob("*.zip")
    report = check_package(file, print)
    assert report.problems == [] and report.unchecked == [] and report.editor_class == "full"
    assert {t["level"] for t in report.tables} == {"same bytes"}


def test_a_changed_value_is_found(packed: Path, tmp_path: Path) -> None:
    name = f"{PAPER}/papers/{PAPER}/data/panel.csv"
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(changed, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename == name:
                content = content.replace(b"28418", b"28419")
            if not member.filename.endswith(f"papers/{PAPER}/CHECKSUMS"):
                new.writestr(member, content)
    report = check_package(changed, print)
    found = {p.code for p in report.problems}
    assert Code.PACKAGE_CHECKSUMS in found and not report.is_reproduced
    assert {Code.PACKAGE_NUMBERS, Code.PACKAGE_DATA} & found


@pytest.mark.skipif(not VALIDATORS.is_dir(), reason="no .venv-validators (make validators)")
def test_metadata_are_valid_by_their_own_validators(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path)
    script = REPOSITORY / "orchestration" / "package" / "validate_crate.py"
    commands: list[list[str | Path]] = [
        [VALIDATORS / "python", "-I", script],
        [VALIDATORS / "frictionless", "validate", "datapackage.json"],
        [VALIDATORS / "mlcroissant", "validate", "--jsonld", "croissant.json"],
    ]
    for command in commands:
        done = subprocess.run(command, cwd=tmp_path / PAPER, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.skipif(not VALIDATORS.is_dir(), reason="no .venv-validators (make validators)")
def test_the_validators_can_fail(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / PAPER
    said = json.loads((folder / "datapackage.json").read_text())
    said["resources"][0]["schema"]["fields"][2]["constraints"]["maximum"] = 0
    (folder / "datapackage.json").write_text(json.dumps(said))
    command: list[str | Path] = [VALIDATORS / "frictionless", "validate", "datapackage.json"]
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode != 0
