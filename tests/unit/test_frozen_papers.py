"""A paper's data are read once: the release of the same files is found again, and verified, by every process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.spec import PAPERS
from living_panel.ingestion.digests import listed_with_sha256
from living_panel.orchestration.outputs import release_files
from living_panel.orchestration.outputs.release_files import freeze_paper
from living_panel.orchestration.root import made
from living_panel.orchestration.root.limits import BeyondTableLimit
from living_panel.orchestration.root.settings import Settings

CODE = "a1b2"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Own data of a paper, a package's, that a test may change."""
    monkeypatch.setattr(made, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    shutil.copytree(PAPERS / "mullahy_1997", tmp_path / "mullahy_1997")
    return tmp_path / "mullahy_1997" / "data"


@pytest.fixture
def reads(data: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders of which the data were read, in their order."""
    read: list[Path] = []
    real = release_files.release_frames

    def noted(folder: Path, *more: object) -> dict:
        read.append(folder)
        return real(folder)

    monkeypatch.setattr(release_files, "release_frames", noted)
    return read


def _damage(settings: Settings, _data: Path) -> None:
    file = next(settings.releases.glob("*/panel.parquet"))
    file.write_bytes(file.read_bytes()[:-1] + b"?")


def _remove(settings: Settings, _data: Path) -> None:
    shutil.rmtree(next(settings.releases.glob("*/")))


def _change_the_source(_settings: Settings, data: Path) -> None:
    source = data / "source.yml"
    source.write_text(source.read_text(encoding="utf-8") + "# seen\n", encoding="utf-8")


def _change_the_paper(_settings: Settings, data: Path) -> None:
    paper = data.parent / "paper.yml"
    paper.write_text(paper.read_text(encoding="utf-8") + "\n# seen\n", encoding="utf-8")


def _spoil_the_note(_settings: Settings, _data: Path) -> None:
    next(made.FOLDER.glob("*.json")).write_text("[", encoding="utf-8")


def test_unchanged_data_are_not_read_again(tmp_path: Path, data: Path, reads: list[Path]) -> None:
    settings = Settings(tmp_path / "root", tmp_path / "state")
    folder = freeze_paper(settings, data, CODE)
    assert freeze_paper(settings, data, CODE) == folder and len(reads) == 1
    elsewhere = freeze_paper(Settings(tmp_path / "other", tmp_path / "state"), data, CODE)
    assert elsewhere.name == folder.name and (elsewhere / "manifest.json").exists()


@pytest.mark.parametrize(
    "change",
    [_damage, _remove, _change_the_source, _change_the_paper, _spoil_the_note],
    ids=lambda change: change.__name__,
)
def test_what_is_changed_is_read_again(
    tmp_path: Path, data: Path, reads: list[Path], change: Callable[[Settings, Path], None]
) -> None:
    settings = Settings(tmp_path / "root", tmp_path / "state")
    folder = freeze_paper(settings, data, CODE)
    change(settings, data)
    again = freeze_paper(settings, data, CODE)
    assert again == folder and release_files.load_release(again)
    assert len(reads) == 2


def test_other_code_or_another_version_of_the_package_reads_again(
    tmp_path: Path, data: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(tmp_path / "root", tmp_path / "state")
    freeze_paper(settings, data, CODE)
    freeze_paper(settings, data, "c3d4")
    assert len(reads) == 2
    assert release_files.origin_of(data, release_files.Package) is not None
    monkeypatch.setattr(release_files.Package, "installed_version", "0.0.1")
    freeze_paper(settings, data, "c3d4")
    assert len(reads) == 3


def test_too_little_memory_names_the_release_and_leaves_no_file(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")

    def write(*_arguments: object, **_options: object) -> None:
        raise MemoryError

    monkeypatch.setattr(release_files, "_write_stata", write)
    with pytest.raises(BeyondTableLimit) as stopped:
        freeze_paper(settings, data, CODE)
    (problem,) = stopped.value.problems
    assert problem.code == Code.LIMIT
    assert problem.fields["table"] == "the release of mullahy_1997"
    assert [*settings.releases.iterdir()] == []


def test_a_manifest_has_the_hashes_of_the_files_as_they_are(data: Path, tmp_path: Path) -> None:
    folder = freeze_paper(Settings(tmp_path / "data", tmp_path / "state"), data, CODE)
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    del files["manifest.json"]
    assert listed == listed_with_sha256(files)
    panel = pd.read_parquet(folder / "panel.parquet")
    assert files["panel.csv"] == panel.to_csv(index=False, lineterminator="\n").encode()
