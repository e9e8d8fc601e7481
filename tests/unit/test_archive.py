"""The archive: nothing is lost, nothing half-copied is taken, nothing archived ever changes."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import date
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.ingestion.provenance.catalog import (
    CATALOG_VARIABLE,
    UnknownEdition,
    UnknownSource,
    catalog_folder,
)
from living_panel.ingestion.provenance.receipts import read_receipt, receipt_path
from living_panel.ingestion.storage import archive, inbox
from living_panel.ingestion.storage.archive import ArchiveError
from living_panel.orchestration.assets.sources import newest_edition
from living_panel.problems import Place
from tests.fixtures import landed
from tests.fixtures.landed import withdraw
from tests.refusals import refuses

PLACE = ("postal_express", 2025)
DAY = "2026-11-25"


def land(root: Path, content: bytes, name: str = "own.csv", day: str = DAY, **answers) -> Path:
    """Drop a file with its receipt into landing, as a person does."""
    return landed.land(root, PLACE, content, name, vintage=day, **answers)


def take(root: Path, *landed: tuple[bytes, str]) -> inbox.Taken:
    """Take what has been landed, and these contents of these dates one after another."""
    for content, day in landed:
        land(root, content, day=day)
        inbox.take(root, *PLACE)
    return inbox.take(root, *PLACE)


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
    done = take(tmp_path)
    assert done.archived == [file]
    assert list(file.parent.iterdir()) == []
    kept = tmp_path / "archive" / "postal_express" / "2025" / DAY / "own.csv"
    assert kept.read_bytes() == b"figures"
    assert read_receipt(kept.with_name("receipt.yml")).files[0].name == "own.csv"
    assert archive.verify(tmp_path) == []


def test_same_bytes_make_no_new_vintage_whatever_their_name_and_date(tmp_path: Path) -> None:
    take(tmp_path, (b"figures", DAY))
    before = tree(tmp_path / "archive")
    file = land(tmp_path, b"figures", name="again.csv", day="2026-12-01")
    done = take(tmp_path)
    assert (done.archived, done.already_held) == ([], [(file, DAY)])
    assert tree(tmp_path / "archive") == before
    assert not file.exists() and not receipt_path(file).exists()


def test_other_bytes_are_a_second_vintage_and_both_are_kept(tmp_path: Path) -> None:
    take(tmp_path, (b"first", DAY), (b"second", "2026-12-01"))
    assert names(tmp_path) == [DAY, "2026-12-01"]
    folder = tmp_path / "archive" / "postal_express" / "2025"
    assert (folder / DAY / "own.csv").read_bytes() == b"first"
    assert (folder / "2026-12-01" / "own.csv").read_bytes() == b"second"


def test_a_file_without_receipt_waits(tmp_path: Path) -> None:
    file = land(tmp_path, b"half")
    receipt_path(file).unlink()
    done = take(tmp_path)
    assert (done.archived, done.waiting) == ([], [file])
    assert file.exists() and names(tmp_path) == []
    assert inbox.pending(tmp_path) == []


def test_bytes_that_differ_from_the_receipt_are_refused(tmp_path: Path) -> None:
    file = land(tmp_path, b"whole file")
    file.write_bytes(b"whole fi")
    with refuses(ArchiveError, Code.NOTHING_TAKEN, Code.ARCHIVE_CHANGED) as caught:
        take(tmp_path)
    assert "make receipt" in str(caught.value) and str(file) in str(caught.value)
    assert file.exists() and receipt_path(file).exists() and names(tmp_path) == []


def test_a_bad_file_stays_and_holds_back_no_other(tmp_path: Path) -> None:
    good = land(tmp_path, b"good", name="a.csv")
    bad = land(tmp_path, b"bad", name="b.csv")
    bad.write_bytes(b"changed")
    broken = land(tmp_path, b"broken", name="c.csv")
    receipt_path(broken).write_text("edition: [", encoding="utf-8")
    done = inbox.take(tmp_path, *PLACE)
    assert done.archived == [good] and not good.exists() and names(tmp_path) == [DAY]
    assert bad.exists() and broken.exists()
    assert [p.code for p in done.problems] == [Code.ARCHIVE_CHANGED, Code.RECEIPT_FORM]
    with refuses(ArchiveError, Code.NOTHING_TAKEN, Code.ARCHIVE_CHANGED, Code.RECEIPT_FORM):
        inbox.take(tmp_path, *PLACE)


def test_a_second_version_of_a_day_holds_back_no_other(tmp_path: Path) -> None:
    take(tmp_path, (b"first", DAY))
    second = land(tmp_path, b"second")
    other = land(tmp_path, b"other", name="other.csv")
    done = inbox.take(tmp_path, *PLACE)
    assert done.archived == [other] and second.exists()
    assert [problem.code for problem in done.problems] == [Code.ARCHIVE_CONFLICT]


def test_a_file_is_withdrawn_alone_and_comes_again_on_another_day(tmp_path: Path) -> None:
    land(tmp_path, b"wrong", name="a.csv")
    land(tmp_path, b"good", name="b.csv")
    take(tmp_path)
    name = f"{PLACE[0]}/{PLACE[1]}/{DAY}/a.csv"
    archive.withdraw_file(tmp_path, name, "wrong column")
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    assert [entry.name for entry in vintage.receipt.standing()] == ["b.csv"]
    assert (vintage.folder / "a.csv").read_bytes() == b"wrong"
    assert archive.verify(tmp_path) == []
    with refuses(ArchiveError, Code.WITHDRAWN):
        archive.withdraw_file(tmp_path, name, "again")
    for odd in ("a.csv", f"{PLACE[0]}/x/{DAY}/a.csv", name.replace("a.csv", "c.csv")):
        with refuses(ArchiveError, Code.UNKNOWN_ENTRY):
            archive.withdraw_file(tmp_path, odd, "no such file")
    # looked at again, it was right
    land(tmp_path, b"wrong", name="a.csv", day="2026-12-03")
    take(tmp_path)
    assert names(tmp_path) == [DAY, "2026-12-03"]
    land(tmp_path, b"wrong", name="a.csv", day="2026-12-03")
    assert inbox.take(tmp_path, *PLACE).already_held


def test_the_newest_edition_of_a_source_has_a_file_that_is_not_withdrawn(tmp_path: Path) -> None:
    source, edition = PLACE
    assert newest_edition(tmp_path, source) is None
    landed.land(tmp_path, (source, edition - 1), b"earlier")
    inbox.take(tmp_path, source, edition - 1)
    take(tmp_path, (b"figures", DAY))
    assert newest_edition(tmp_path, source) == edition
    withdraw(tmp_path, *PLACE, DAY, "wrong")
    assert newest_edition(tmp_path, source) == edition - 1


def test_two_files_of_one_day_share_a_vintage(tmp_path: Path) -> None:
    land(tmp_path, b"one", name="a.csv", obtained_by="book A")
    land(tmp_path, b"two", name="b.csv", obtained_by="book B")
    take(tmp_path)
    land(tmp_path, b"three", name="c.csv")
    take(tmp_path)
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    assert [entry.name for entry in vintage.receipt.files] == ["a.csv", "b.csv", "c.csv"]
    assert "book A" in vintage.receipt.obtained_by and "book B" in vintage.receipt.obtained_by
    assert archive.verify(tmp_path) == []


def test_one_date_cannot_have_two_versions_of_a_file(tmp_path: Path) -> None:
    take(tmp_path, (b"first", DAY))
    before = tree(tmp_path)
    file = land(tmp_path, b"second")
    with pytest.raises(ArchiveError, match=DAY) as caught:
        take(tmp_path)
    assert "withdraw" in str(caught.value) and file.exists()
    assert {k: v for k, v in tree(tmp_path).items() if k in before} == before


def test_names_that_differ_in_capitals_only_are_one_name(tmp_path: Path) -> None:
    land(tmp_path, b"figures", name="a.csv")
    for _ in range(2):  # both in landing; then one of them in the archive
        second = land(tmp_path, b"other figures", name="A.csv")
        with refuses(ArchiveError, Code.NOTHING_TAKEN, Code.FILE_NAME):
            take(tmp_path)
        second.unlink()
        take(tmp_path)
    assert archive.verify(tmp_path) == [] and names(tmp_path) == [DAY]


def test_a_withdrawn_file_makes_room_for_its_correction_on_the_same_day(tmp_path: Path) -> None:
    take(tmp_path, (b"wrong", DAY))
    withdraw(tmp_path, *PLACE, DAY, "misprint")
    take(tmp_path, (b"right", DAY))
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    assert vintage.state == "present"
    assert [vintage.folder.joinpath(e.name).read_bytes() for e in vintage.receipt.standing()] == [
        b"right"
    ]
    assert sorted(p.read_bytes() for p in vintage.folder.glob("*.csv")) == [b"right", b"wrong"]
    assert archive.verify(tmp_path) == []


def test_withdrawal_keeps_the_bytes_and_refuses_them_next_time(tmp_path: Path) -> None:
    take(tmp_path, (b"wrong", DAY))
    withdraw(tmp_path, *PLACE, DAY, "wrong column")
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    assert vintage.state == "withdrawn" and vintage.receipt.standing() == ()
    assert (vintage.folder / "own.csv").read_bytes() == b"wrong"
    land(tmp_path, b"wrong")
    with refuses(ArchiveError, Code.NOTHING_TAKEN, Code.WITHDRAWN):
        take(tmp_path)


def test_a_source_folder_that_is_a_link_is_never_written_through(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / PLACE[0]).symlink_to(elsewhere)
    file = land(tmp_path, b"figures")
    with refuses(ArchiveError, Code.NOTHING_TAKEN, Code.FILE_PLACE):
        inbox.take(tmp_path, *PLACE)
    assert file.read_bytes() == b"figures" and not any(elsewhere.iterdir())


def test_a_date_to_come_is_refused_and_a_clock_set_back_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = land(tmp_path, b"figures", day="9999-12-31")
    with refuses(ArchiveError, Code.NOTHING_TAKEN, Code.ARCHIVE_CONFLICT):
        inbox.take(tmp_path, *PLACE)
    assert file.exists() and not names(tmp_path)
    file.unlink()

    class Early(date):
        @classmethod
        def today(cls) -> date:
            return cls(2016, 1, 1)

    monkeypatch.setattr(archive, "date", Early)
    take(tmp_path, (b"figures", DAY))
    assert names(tmp_path) == [DAY]


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
        take(root)
    assert not (root / "archive" / "postal_express").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("own.csv", "other.csv", "exactly one file, named own.csv"),
        ("edition: 2025", "edition: 2024", "says postal_express/2024"),
        ("withdrawn: null", "withdrawn: {date: 2026-11-25, reason: a misprint}", "withdrawn. Fix"),
    ],
)
def test_a_receipt_that_does_not_fit_its_file_is_refused(tmp_path, old, new, said) -> None:
    file = land(tmp_path, b"x")
    text = receipt_path(file).read_text(encoding="utf-8")
    assert old in text
    receipt_path(file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ArchiveError, match=re.escape(said)):
        take(tmp_path)
    assert file.exists()


def test_unknown_places_in_landing_are_told(tmp_path: Path) -> None:
    for place in ("treasury/2025", "postal_express/1999", "postal_express/later"):
        (tmp_path / "landing" / place).mkdir(parents=True)
        (tmp_path / "landing" / place / "a.csv").write_text("x")
    (tmp_path / "landing" / "loose.csv").write_text("x")
    problems = inbox.landing_problems(tmp_path)
    assert [problem.code for problem in problems] == [
        Code.FILE_PLACE,
        Code.CATALOG_UNKNOWN,
        Code.CATALOG_UNKNOWN,
        Code.FILE_PLACE,
    ]
    assert problems[1].fields["source"] == "postal_express"
    with pytest.raises(UnknownEdition):
        inbox.take(tmp_path, "postal_express", 1999)
    with pytest.raises(UnknownSource):
        inbox.take(tmp_path, "treasury", 2025)


def test_an_interrupted_removal_is_finished_next_time(tmp_path: Path, monkeypatch) -> None:
    file = land(tmp_path, b"figures")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", _no_more_unlinks)
        with pytest.raises(KeyboardInterrupt):
            take(tmp_path)
    assert file.exists() and names(tmp_path) == [DAY]
    gone = land(tmp_path, b"other figures", name="gone.csv")
    gone.unlink()  # an interruption between the file and its receipt
    done = take(tmp_path)
    assert done.already_held == [(file, DAY)] and done.archived == []
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
            take(tmp_path)
    assert file.read_bytes() == b"figures" and receipt_path(file).exists()
    assert names(tmp_path) == []
    assert take(tmp_path).archived == [file]


def test_a_file_that_changes_while_it_is_copied_is_refused(tmp_path: Path, monkeypatch) -> None:
    file = land(tmp_path, b"figures")
    monkeypatch.setattr(
        archive.shutil, "copyfileobj", lambda origin, copy, _: copy.write(origin.read()[1:])
    )
    with refuses(ArchiveError, Code.ARCHIVE_CHANGED, bytes=6):
        take(tmp_path)
    assert file.exists() and names(tmp_path) == []


def test_verify_finds_changed_missing_stray_and_misplaced_bytes(tmp_path: Path) -> None:
    land(tmp_path, b"figures")
    land(tmp_path, b"more", name="more.csv")
    take(tmp_path)
    folder = tmp_path / "archive" / "postal_express" / "2025" / DAY
    (folder / "own.csv").write_bytes(b"figureS")
    (folder / "more.csv").unlink()
    (folder / "stray.csv").write_bytes(b"?")
    (tmp_path / "archive" / "elsewhere").mkdir()
    (tmp_path / "archive" / "postal_express" / "later").mkdir()
    (tmp_path / "archive" / "postal_express" / "2024").write_bytes(b"a file")
    found = {(Path(p.place.file).name, p.code) for p in archive.verify(tmp_path)}
    assert found == {
        ("elsewhere", Code.FILE_PLACE),
        ("2024", Code.FILE_PLACE),
        ("later", Code.FILE_PLACE),
        ("own.csv", Code.ARCHIVE_CHANGED),
        ("more.csv", Code.ARCHIVE_CHANGED),
        ("stray.csv", Code.ARCHIVE_CHANGED),
    }
    folder.rename(folder.with_name("2026-11-26"))
    moved = [p for p in archive.verify(tmp_path) if "expected" in p.fields]
    assert [p.fields["expected"] for p in moved] == ["postal_express/2025/2026-11-26"]


def test_an_edition_without_its_line_in_the_catalog_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(tmp_path, (b"figures", DAY))
    assert archive.verify(tmp_path) == []
    text = (catalog_folder() / PLACE[0] / "catalog.yml").read_text("utf-8")
    short = tmp_path / "sources" / PLACE[0] / "catalog.yml"
    short.parent.mkdir(parents=True)
    short.write_text(re.sub(r"\n  2025: .*", "", text), encoding="utf-8")
    monkeypatch.setenv(CATALOG_VARIABLE, str(short.parents[1]))
    (problem,) = archive.verify(tmp_path)
    assert problem.code == Code.FILE_PLACE and problem.fields["edition"] == 2025
    assert archive.verify(tmp_path, PLACE[0]) == [problem]
    withdraw(tmp_path, *PLACE, DAY, "edition taken back")
    assert archive.verify(tmp_path) == [], (
        "a withdrawn edition gives no values, and holds nothing back"
    )


def test_fetched_bytes_that_are_not_here_are_absent_and_can_come_back(tmp_path: Path) -> None:
    file = land(tmp_path, b"page", name="page.html")
    receipt = read_receipt(receipt_path(file))
    entry = receipt.files[0].model_copy(update={"url": "https://www.spb.gov.cn/x"})
    receipt = receipt.model_copy(update={"files": (entry,)})
    assert archive.store(tmp_path, receipt, file.parent) == DAY
    kept = tmp_path / "archive" / "postal_express" / "2025" / DAY / "page.html"
    kept.unlink()
    assert [vintage.state for vintage in archive.vintages(tmp_path, *PLACE)] == ["absent"]
    assert archive.verify(tmp_path) == []
    later = receipt.model_copy(update={"vintage": date(2027, 1, 5)})
    assert archive.store(tmp_path, later, file.parent) is None
    assert kept.read_bytes() == b"page" and names(tmp_path) == [DAY]


def missing(root: Path) -> list[str]:
    """Files that the archive lacks."""
    found = [p for p in archive.verify(root) if p.code == Code.ARCHIVE_CHANGED]
    return [Path(p.place.file).name for p in found]


def test_one_of_two_fetched_files_that_is_gone_is_no_absence(tmp_path: Path) -> None:
    landed = [land(tmp_path, name.encode(), name=name) for name in ("a.html", "b.html")]
    receipts = [read_receipt(receipt_path(file)) for file in landed]
    web = {"url": "https://www.spb.gov.cn/x"}
    entries = tuple(receipt.files[0].model_copy(update=web) for receipt in receipts)
    both = receipts[0].model_copy(update={"files": entries})
    assert archive.store(tmp_path, both, landed[0].parent) == DAY
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    (vintage.folder / "a.html").unlink()
    assert archive.vintages(tmp_path, *PLACE)[0].state == "present"
    assert missing(tmp_path) == ["a.html"]


def test_a_landed_file_that_is_gone_is_no_absence(tmp_path: Path) -> None:
    """A day with a fetched file too: a file landed by a person is in git, or it is lost."""
    fetched = land(tmp_path, b"page", name="page.html")
    receipt = read_receipt(receipt_path(fetched))
    entry = receipt.files[0].model_copy(update={"url": "https://www.spb.gov.cn/x"})
    archive.store(tmp_path, receipt.model_copy(update={"files": (entry,)}), fetched.parent)
    fetched.unlink()
    take(tmp_path, (b"figures", DAY))
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    for file in ("own.csv", "page.html"):
        (vintage.folder / file).unlink()
    assert archive.vintages(tmp_path, *PLACE)[0].state == "present"
    assert "own.csv" in missing(tmp_path)


def test_official_and_simulated_figures_never_share_a_vintage(tmp_path: Path) -> None:
    land(tmp_path, b"one", name="a.csv")
    land(tmp_path, b"two", name="b.csv", figures="simulated")
    with refuses(ArchiveError, Code.NOTHING_TAKEN, Code.ARCHIVE_CONFLICT):
        take(tmp_path)


def test_pending_gives_the_hash_of_each_finished_file(tmp_path: Path) -> None:
    file = land(tmp_path, b"figures")
    (found,) = inbox.pending(tmp_path)
    assert (found.source, found.edition, found.file) == (*PLACE, file)
    assert found.sha256 == hashlib.sha256(b"figures").hexdigest()


def test_a_second_taker_is_told_who_is_in_the_way(tmp_path: Path, monkeypatch) -> None:
    land(tmp_path, b"figures")
    monkeypatch.setattr(archive, "LOCK_SECONDS", 0.05)
    with archive.locked(tmp_path), refuses(ArchiveError, Code.BUSY):
        take(tmp_path)


def test_reading_archived_bytes_checks_them(tmp_path: Path, monkeypatch) -> None:
    take(tmp_path, (b"figures", DAY))
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    entry = vintage.receipt.files[0]
    assert archive.read_archived(vintage, entry) == b"figures"
    monkeypatch.setattr(archive, "LARGEST_FILE", 6)
    with refuses(ArchiveError, Code.READ_LIMIT, bytes=7, limit=6):
        archive.read_archived(vintage, entry)
    monkeypatch.undo()
    (vintage.folder / "own.csv").write_bytes(b"changed")
    with refuses(ArchiveError, Code.ARCHIVE_CHANGED):
        archive.read_archived(vintage, entry)


@pytest.mark.parametrize("place", ["landing", "archive"])
def test_files_that_cannot_be_read_are_named(tmp_path: Path, monkeypatch, place: str) -> None:
    file = land(tmp_path, b"figures")
    if place == "archive":
        take(tmp_path)

    def denied(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(archive, "sha256_of", denied)
    if place == "landing":
        with refuses(ArchiveError, Code.NOTHING_TAKEN, Code.FILE_UNREADABLE):
            take(tmp_path)
        assert file.exists()
    else:
        (problem,) = archive.verify(tmp_path)
        assert problem.code == Code.FILE_UNREADABLE and problem.place.file.endswith("own.csv")
        assert problem.fields == {"reason": "Permission denied"}


def test_a_pipe_in_landing_is_named_and_an_empty_folder_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "landing" / "statistical_yearbook"
    (folder / "2030" / "empty").mkdir(parents=True)
    (folder / "2031").mkdir()
    assert inbox.landing_problems(tmp_path) == []
    assert inbox.take(tmp_path, folder.name, 2031) == inbox.Taken()
    os.mkfifo(folder / "pipe.csv")
    problems = inbox.landing_problems(tmp_path)
    assert (
        Code.FILE_PLACE(
            "the file is not in a folder of an edition",
            "move it into a folder named after its edition",
            Place(str(folder / "pipe.csv")),
        )
        in problems
    )


def test_a_file_between_vintages_and_a_folder_in_an_edition_are_named(tmp_path: Path) -> None:
    take(tmp_path, (b"figures", DAY))
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    stray = vintage.folder.parent / "notes.txt"
    stray.write_text("x", encoding="utf-8")
    with refuses(ArchiveError, Code.FILE_PLACE) as caught:
        archive.vintages(tmp_path, *PLACE)
    assert caught.value.problems[0].place == Place(str(stray))
    inner = tmp_path / "landing" / PLACE[0] / str(PLACE[1]) / "more" / "own.csv"
    inner.parent.mkdir(parents=True)
    inner.write_bytes(b"figures")
    (problem,) = inbox.landing_problems(tmp_path)
    assert (problem.code, problem.place.file) == (Code.FILE_PLACE, str(inner.parent))


def test_values_of_another_kind_on_one_date_are_refused(tmp_path: Path) -> None:
    take(tmp_path, (b"figures", DAY))
    land(tmp_path, b"other", name="other.csv", figures="simulated")
    with refuses(ArchiveError, Code.ARCHIVE_CONFLICT, held="official", figures="simulated"):
        inbox.take(tmp_path, *PLACE)
    assert [path.name for path in inbox.landed(tmp_path)] == ["other.csv"]
