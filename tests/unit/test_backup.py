"""A backup brings back all that was there, or says why not; it never writes over anything."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.orchestration.commands.backup import BackupError, back_up, restore
from living_panel.orchestration.root.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    root = tmp_path / "data"
    for name in (
        "archive/s/2023/2026-01-01/receipt.yml", "archive/ledger.jsonl", "archive/.lock",
        "releases/r/manifest.json", "artifacts/t/a/manifest.json", "artifacts/t/.writing-1-x/half",
        "states/r-c/tables.json", "warehouse/r-c.duckdb", "state/accepted.json",
        "state/holder.json", "ledger.jsonl", "landing/s/2024/file.csv", "extracted/part", "build/w",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"content of {name}", encoding="utf-8")
    (root / "published").symlink_to("states/r-c")
    (root / "warehouse.duckdb").symlink_to("warehouse/r-c.duckdb")
    (root / "state" / "current.json").symlink_to("../published/tables.json")
    return Settings(root=root, state=tmp_path / "state")


def content(root: Path) -> dict[str, str]:
    files = [p for p in root.rglob("*") if p.is_symlink() or p.is_file()]
    return {
        str(p.relative_to(root)): str(p.readlink()) if p.is_symlink() else p.read_text("utf-8")
        for p in files
    }


def test_all_that_cannot_be_rebuilt_comes_back(settings: Settings, tmp_path: Path) -> None:
    before, file = content(settings.root), tmp_path / "elsewhere" / "backup.tar.gz"
    number = back_up(settings, file)
    shutil.rmtree(settings.root)
    for empty in ("landing/s", "state"):  # as a clone has it, and who holds the lock
        (settings.root / empty).mkdir(parents=True)
    (settings.root / "state" / "holder.json").write_text("{}", encoding="utf-8")
    assert restore(settings, file) == number
    left_out = ("extracted/", "build/", "artifacts/t/.writing", "state/holder", "archive/.lock")
    assert content(settings.root) == {
        name: text for name, text in before.items() if not name.startswith(left_out)
    }
    assert (settings.published).read_text("utf-8") == "content of warehouse/r-c.duckdb"


def test_nothing_is_written_over(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    back_up(settings, file)
    before = content(settings.root)
    with pytest.raises(BackupError) as refused:
        restore(settings, file)
    assert refused.value.codes == [Code.BACKUP]
    with pytest.raises(BackupError) as again:
        back_up(settings, file)
    assert again.value.codes == [Code.NAME_TAKEN]
    with pytest.raises(BackupError) as inside:
        back_up(settings, settings.root / "backup.tar.gz")
    assert inside.value.codes == [Code.BACKUP]
    assert content(settings.root) == before


@pytest.mark.parametrize("damage", ["cut", "flipped", "no backup", "another file", "outside"])
def test_a_damaged_backup_changes_nothing(settings: Settings, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "backup.tar.gz"
    back_up(settings, file)
    whole = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "flipped":
        whole[len(whole) // 2] ^= 0xFF
        file.write_bytes(whole)
    elif damage == "no backup":
        file.write_bytes(b"garbage" * 100)
    else:
        name = "../outside" if damage == "outside" else "archive/more"
        with tarfile.open(file) as old, tarfile.open(tmp_path / "other", "w:gz") as new:
            for member in old.getmembers():
                new.addfile(member, old.extractfile(member) if member.isreg() else None)
            new.addfile(tarfile.TarInfo(name))
        (tmp_path / "other").replace(file)
    shutil.rmtree(settings.root)
    with pytest.raises(BackupError) as refused:
        restore(settings, file)
    assert refused.value.codes == [Code.BACKUP]
    assert not (tmp_path / "outside").exists()
    assert not settings.root.exists() or not content(settings.root)
