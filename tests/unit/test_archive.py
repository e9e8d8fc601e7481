"""The archive: nothing is lost, nothing half-copied is taken, nothing archived ever changes."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import date
from pathlib import Path

import pytest

from ingestion import archive
from ingestion.archive import ArchiveError
from ingestion.catalog import CATALOG_VARIABLE, UnknownEdition, UnknownSource, catalog_folder
from ingestion.errors import IngestionError
from ingestion.receipts import (
    ReceiptError,
    read_receipt,
    receipt_for,
    receipt_path,
    write_receipt,
)

PLACE = ("postal_express", 2025)


def land(
    root: Path, content: bytes, name: str = "own.csv", day: str = "2026-11-25", **answers
) -> Path:
    """Drop a file with its receipt into landing, as a person does."""
    file = root / "landing" / PLACE[0] / str(PLACE[1]) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    answers = {"obtained_by": "a book", "vintage": day} | answers
    write_receipt(receipt_for(file, **answers), receipt_path(file))
    return file


def tree(folder: Path) -> dict[str, str]:
    """Every visible file below a folder with the hash of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def names(root: Path) -> list[str]:
    return [vintage.name for vintage in archive.vintages(root, *PLACE)]


def test_a_landed_file_is_archived_whole_and_leaves_landing(tmp_path: Path) -> None:
    file = land(tmp_path, b"figures")
    done = archive.take(tmp_path, *PLACE)
    assert done.archived == [file]
    assert list(file.parent.iterdir()) == []
    kept = tmp_path / "archive" / "postal_express" / "2025" / "2026-11-25" / "own.csv"
    assert kept.read_bytes() == b"figures"
    assert read_receipt(kept.with_name("receipt.yml")).files[0].name == "own.csv"
    assert archive.verify(tmp_path) == []


def test_same_bytes_make_no_new_vintage_whatever_their_name_and_date(tmp_path: Path) -> None:
    land(tmp_path, b"figures")
    archive.take(tmp_path, *PLACE)
    before = tree(tmp_path / "archive")
    file = land(tmp_path, b"figures", name="again.csv", day="2026-12-01")
    done = archive.take(tmp_path, *PLACE)
    assert (done.archived, done.already_held) == ([], [(file, "2026-11-25")])
    assert tree(tmp_path / "archive") == before
    assert not file.exists() and not receipt_path(file).exists()


def test_other_bytes_are_a_second_vintage_and_both_are_kept(tmp_path: Path) -> None:
    land(tmp_path, b"first")
    archive.take(tmp_path, *PLACE)
    land(tmp_path, b"second", day="2026-12-01")
    archive.take(tmp_path, *PLACE)
    assert names(tmp_path) == ["2026-11-25", "2026-12-01"]
    folder = tmp_path / "archive" / "postal_express" / "2025"
    assert (folder / "2026-11-25" / "own.csv").read_bytes() == b"first"
    assert (folder / "2026-12-01" / "own.csv").read_bytes() == b"second"


def test_a_file_without_receipt_waits(tmp_path: Path) -> None:
    file = land(tmp_path, b"half")
    receipt_path(file).unlink()
    done = archive.take(tmp_path, *PLACE)
    assert done.archived == []
    assert [(w.file, "make receipt" in w.remedy) for w in done.waiting] == [(file, True)]
    assert file.exists() and names(tmp_path) == []
    assert archive.pending(tmp_path) == []


def test_bytes_that_differ_from_the_receipt_are_refused(tmp_path: Path) -> None:
    file = land(tmp_path, b"whole file")
    file.write_bytes(b"whole fi")
    with pytest.raises(ArchiveError, match="sha256") as caught:
        archive.take(tmp_path, *PLACE)
    assert "make receipt" in str(caught.value) and str(file) in str(caught.value)
    assert file.exists() and receipt_path(file).exists() and names(tmp_path) == []


def test_one_bad_file_holds_back_its_edition_and_all_problems_are_told(tmp_path: Path) -> None:
    good = land(tmp_path, b"good", name="a.csv")
    bad = land(tmp_path, b"bad", name="b.csv")
    bad.write_bytes(b"changed")
    broken = land(tmp_path, b"broken", name="c.csv")
    receipt_path(broken).write_text("edition: [", encoding="utf-8")
    with pytest.raises(ArchiveError) as caught:
        archive.take(tmp_path, *PLACE)
    assert "b.csv" in str(caught.value) and "c.csv" in str(caught.value)
    assert good.exists() and names(tmp_path) == []


def test_two_files_of_one_day_share_a_vintage(tmp_path: Path) -> None:
    land(tmp_path, b"one", name="a.csv", obtained_by="book A")
    land(tmp_path, b"two", name="b.csv", obtained_by="book B")
    archive.take(tmp_path, *PLACE)
    land(tmp_path, b"three", name="c.csv")
    archive.take(tmp_path, *PLACE)
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    assert [entry.name for entry in vintage.receipt.files] == ["a.csv", "b.csv", "c.csv"]
    assert "book A" in vintage.receipt.obtained_by and "book B" in vintage.receipt.obtained_by
    assert archive.verify(tmp_path) == []


def test_one_date_cannot_have_two_versions_of_a_file(tmp_path: Path) -> None:
    land(tmp_path, b"first")
    archive.take(tmp_path, *PLACE)
    before = tree(tmp_path)
    file = land(tmp_path, b"second")
    with pytest.raises(ArchiveError, match="2026-11-25") as caught:
        archive.take(tmp_path, *PLACE)
    assert "withdraw" in str(caught.value) and file.exists()
    assert {k: v for k, v in tree(tmp_path).items() if k in before} == before


def test_a_withdrawn_file_makes_room_for_its_correction_on_the_same_day(tmp_path: Path) -> None:
    land(tmp_path, b"wrong")
    archive.take(tmp_path, *PLACE)
    archive.withdraw(tmp_path, *PLACE, "2026-11-25", "misprint", on=date(2026, 11, 25))
    land(tmp_path, b"right")
    archive.take(tmp_path, *PLACE)
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    assert vintage.state == "present"
    assert [vintage.folder.joinpath(e.name).read_bytes() for e in vintage.receipt.standing()] == [
        b"right"
    ]
    assert sorted(p.read_bytes() for p in vintage.folder.glob("*.csv")) == [b"right", b"wrong"]
    assert archive.verify(tmp_path) == []


def test_withdrawal_keeps_the_bytes_and_refuses_them_next_time(tmp_path: Path) -> None:
    land(tmp_path, b"wrong")
    archive.take(tmp_path, *PLACE)
    archive.withdraw(tmp_path, *PLACE, "2026-11-25", "wrong column", on=date(2026, 12, 2))
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    assert vintage.state == "withdrawn" and vintage.receipt.standing() == ()
    assert (vintage.folder / "own.csv").read_bytes() == b"wrong"
    land(tmp_path, b"wrong", day="2026-12-03")
    with pytest.raises(ArchiveError, match="wrong column"):
        archive.take(tmp_path, *PLACE)


def test_withdrawing_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    land(tmp_path, b"x")
    archive.take(tmp_path, *PLACE)
    with pytest.raises(ArchiveError, match="2020-01-01"):
        archive.withdraw(tmp_path, *PLACE, "2020-01-01", "why", on=date(2026, 1, 1))
    with pytest.raises(ArchiveError, match=r"other\.csv"):
        archive.withdraw(
            tmp_path, *PLACE, "2026-11-25", "why", on=date(2026, 1, 1), file="other.csv"
        )


@pytest.mark.parametrize("kind", ["file", "edition", "source", "fifo"])
def test_links_and_special_files_are_refused(tmp_path: Path, kind: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    file = land(root, b"secret")
    if kind == "fifo":
        file.unlink()
        os.mkfifo(file)
    else:
        path = {"file": file, "edition": file.parent, "source": file.parent.parent}[kind]
        path.rename(outside)
        path.symlink_to(outside)
    with pytest.raises(ArchiveError, match="symbolic link"):
        archive.take(root, *PLACE)
    assert not (root / "archive" / "postal_express").exists()


def test_a_receipt_cannot_point_outside_its_folder(tmp_path: Path) -> None:
    file = land(tmp_path, b"x")
    text = receipt_path(file).read_text(encoding="utf-8")
    receipt_path(file).write_text(text.replace("own.csv", "../../own.csv"), encoding="utf-8")
    with pytest.raises(ArchiveError, match="plain file name"):
        archive.take(tmp_path, *PLACE)


def test_a_receipt_of_another_place_is_refused(tmp_path: Path) -> None:
    file = land(tmp_path, b"x")
    text = receipt_path(file).read_text(encoding="utf-8")
    receipt_path(file).write_text(text.replace("edition: 2025", "edition: 2024"), encoding="utf-8")
    with pytest.raises(IngestionError, match="postal_express/2024"):
        archive.take(tmp_path, *PLACE)


def test_unknown_places_in_landing_are_told(tmp_path: Path) -> None:
    for place in ("treasury/2025", "postal_express/1999", "postal_express/later"):
        (tmp_path / "landing" / place).mkdir(parents=True)
        (tmp_path / "landing" / place / "a.csv").write_text("x")
    (tmp_path / "landing" / "loose.csv").write_text("x")
    problems = archive.landing_problems(tmp_path)
    assert len(problems) == 4
    assert any("postal_express/catalog.yml" in problem for problem in problems)
    with pytest.raises(UnknownEdition):
        archive.take(tmp_path, "postal_express", 1999)
    with pytest.raises(UnknownSource):
        archive.take(tmp_path, "treasury", 2025)


def test_an_interrupted_removal_is_finished_next_time(tmp_path: Path, monkeypatch) -> None:
    file = land(tmp_path, b"figures")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", _no_more_unlinks)
        with pytest.raises(KeyboardInterrupt):
            archive.take(tmp_path, *PLACE)
    assert file.exists() and names(tmp_path) == ["2026-11-25"]
    done = archive.take(tmp_path, *PLACE)
    assert done.already_held == [(file, "2026-11-25")]
    assert list(file.parent.iterdir()) == [] and archive.verify(tmp_path) == []


def _no_more_unlinks(self: Path, missing_ok: bool = False) -> None:
    if "landing" in self.parts:
        raise KeyboardInterrupt
    os.unlink(self) if self.exists() else None


@pytest.mark.parametrize("call", ["_copy_verified", "write_receipt", "sync"])
def test_a_failure_while_copying_leaves_landing_and_no_vintage(
    tmp_path: Path, monkeypatch, call: str
) -> None:
    file = land(tmp_path, b"figures")

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(archive, call, fail)
        with pytest.raises(OSError, match="no space"):
            archive.take(tmp_path, *PLACE)
    assert file.read_bytes() == b"figures" and receipt_path(file).exists()
    assert names(tmp_path) == []
    assert archive.take(tmp_path, *PLACE).archived == [file]


def test_verify_finds_changed_missing_stray_and_misplaced_bytes(tmp_path: Path) -> None:
    land(tmp_path, b"figures")
    land(tmp_path, b"more", name="more.csv")
    archive.take(tmp_path, *PLACE)
    folder = tmp_path / "archive" / "postal_express" / "2025" / "2026-11-25"
    (folder / "own.csv").write_bytes(b"figureS")
    (folder / "more.csv").unlink()
    (folder / "stray.csv").write_bytes(b"?")
    (tmp_path / "archive" / "elsewhere").mkdir()
    found = "\n".join(archive.verify(tmp_path))
    assert found.count("\n") == 3
    assert "own.csv: 7 bytes" in found and "more.csv: missing" in found
    assert "stray.csv: not in receipt.yml" in found and "elsewhere: not a source" in found
    folder.rename(folder.with_name("2026-11-26"))
    assert "expected postal_express/2025/2026-11-26" in "\n".join(archive.verify(tmp_path))


def test_an_edition_without_its_line_in_the_catalog_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(tmp_path, b"figures")
    archive.take(tmp_path, *PLACE)
    assert archive.verify(tmp_path) == []
    text = (catalog_folder() / PLACE[0] / "catalog.yml").read_text("utf-8")
    short = tmp_path / "sources" / PLACE[0] / "catalog.yml"
    short.parent.mkdir(parents=True)
    short.write_text(re.sub(r"\n  2025: .*", "", text), encoding="utf-8")
    monkeypatch.setenv(CATALOG_VARIABLE, str(short.parents[1]))
    (problem,) = archive.verify(tmp_path)
    assert "2025/2026-11-25: archived, but edition 2025" in problem and "catalog.yml" in problem
    assert archive.verify(tmp_path, PLACE[0]) == [problem]


def test_fetched_bytes_that_are_not_here_are_absent_and_can_come_back(tmp_path: Path) -> None:
    file = land(tmp_path, b"page", name="page.html")
    receipt = read_receipt(receipt_path(file))
    entry = receipt.files[0].model_copy(update={"url": "https://www.spb.gov.cn/x"})
    receipt = receipt.model_copy(update={"files": (entry,)})
    assert archive.store(tmp_path, receipt, [file]) == "2026-11-25"
    kept = tmp_path / "archive" / "postal_express" / "2025" / "2026-11-25" / "page.html"
    kept.unlink()
    assert [vintage.state for vintage in archive.vintages(tmp_path, *PLACE)] == ["absent"]
    assert archive.verify(tmp_path) == [] and len(archive.absent(tmp_path)) == 1
    later = receipt.model_copy(update={"vintage": date(2027, 1, 5)})
    assert archive.store(tmp_path, later, [file]) is None
    assert kept.read_bytes() == b"page" and names(tmp_path) == ["2026-11-25"]


def test_official_and_simulated_figures_never_share_a_vintage(tmp_path: Path) -> None:
    land(tmp_path, b"one", name="a.csv")
    land(tmp_path, b"two", name="b.csv", figures="simulated")
    with pytest.raises(ArchiveError, match="simulated"):
        archive.take(tmp_path, *PLACE)


def test_pending_gives_the_hash_of_each_finished_file(tmp_path: Path) -> None:
    file = land(tmp_path, b"figures")
    (found,) = archive.pending(tmp_path)
    assert (found.source, found.edition, found.file) == (*PLACE, file)
    assert found.sha256 == hashlib.sha256(b"figures").hexdigest()


def test_a_second_taker_is_told_who_is_in_the_way(tmp_path: Path, monkeypatch) -> None:
    land(tmp_path, b"figures")
    monkeypatch.setattr(archive, "LOCK_SECONDS", 0.05)
    with archive.locked(tmp_path), pytest.raises(ArchiveError, match=r"\.lock"):
        archive.take(tmp_path, *PLACE)


def test_reading_archived_bytes_checks_them(tmp_path: Path) -> None:
    land(tmp_path, b"figures")
    archive.take(tmp_path, *PLACE)
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    entry = vintage.receipt.files[0]
    assert archive.read_archived(vintage, entry) == b"figures"
    with pytest.raises(ArchiveError, match="at most 3"):
        archive.read_archived(vintage, entry, largest=3)
    (vintage.folder / "own.csv").write_bytes(b"changed")
    with pytest.raises(ArchiveError, match="sha256"):
        archive.read_archived(vintage, entry)


def test_a_receipt_of_two_files_does_not_fit_one_landed_file(tmp_path: Path) -> None:
    file = land(tmp_path, b"x")
    receipt = read_receipt(receipt_path(file))
    second = receipt.files[0].model_copy(update={"name": "other.csv"})
    write_receipt(
        receipt.model_copy(update={"files": (*receipt.files, second)}), receipt_path(file)
    )
    with pytest.raises(ArchiveError, match="expected one file"):
        archive.take(tmp_path, *PLACE)
    assert issubclass(ReceiptError, IngestionError)


@pytest.mark.parametrize("place", ["landing", "archive"])
def test_files_that_cannot_be_read_are_named(tmp_path: Path, monkeypatch, place: str) -> None:
    file = land(tmp_path, b"figures")
    if place == "archive":
        archive.take(tmp_path, *PLACE)

    def denied(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(archive, "sha256_of", denied)
    if place == "landing":
        with pytest.raises(ArchiveError, match=r"own\.csv: cannot be read \(Permission denied\)"):
            archive.take(tmp_path, *PLACE)
        assert file.exists()
    else:
        (problem,) = archive.verify(tmp_path)
        assert "own.csv: cannot be read (Permission denied)" in problem


def test_a_pipe_in_landing_is_named_and_an_empty_folder_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "landing" / "statistical_yearbook"
    (folder / "2030" / "empty").mkdir(parents=True)
    assert archive.landing_problems(tmp_path) == []
    os.mkfifo(folder / "pipe.csv")
    assert any("pipe.csv" in problem for problem in archive.landing_problems(tmp_path))
