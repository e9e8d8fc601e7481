"""The archive: bytes that never change, each vintage of an edition in its own dated folder.

Keeps files with their receipt and verifies them. It never opens their content: the stage extracted judges the content
of a file.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from living_panel.codes import Code
from living_panel.ingestion import sentences
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.errors import IngestionError
from living_panel.ingestion.files import hold_lock, sync
from living_panel.ingestion.provenance.catalog import all_editions, names, source
from living_panel.ingestion.provenance.receipts import (
    INDEX,
    RECEIPT_NAME,
    Receipt,
    ReceiptFile,
    Withdrawal,
    read_receipt,
    write_receipt,
)
from living_panel.problems import Place, Problem

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes; a table of one edition is far below this, whatever its form."""

LOCK_SECONDS = 60.0
LEDGER_NAME, WITNESS_NAME = "ledger.jsonl", "published.json"
"""Published state, and the last line of the root's ledger then; the archive itself never reads them."""
NO_SOURCES = (LEDGER_NAME, WITNESS_NAME)
_IN_PROGRESS = ".incoming"


class ArchiveError(IngestionError):
    """Bytes that cannot be taken, or archived bytes that are not what their receipt says."""


@dataclass(frozen=True)
class Vintage:
    """One archived vintage: its folder, its receipt, and whether its bytes may be used.

    `state` is `present`, `withdrawn` (all of it), or `absent` (fetched elsewhere: the receipt is
    in git, the bytes are not).
    """

    folder: Path
    receipt: Receipt
    state: Literal["present", "withdrawn", "absent"]

    @property
    def name(self) -> str:
        """The vintage's date as in its folder's name."""
        return self.receipt.vintage.isoformat()


# -- reading the archive ---------------------------------------------------------------------------


def edition_folder(root: Path, source_name: str, edition: int) -> Path:
    """Return the archive folder of one edition; the source has to be a known one."""
    return root / "archive" / source(source_name).source / str(int(edition))


def vintages(root: Path, source_name: str, edition: int) -> list[Vintage]:
    """Return the vintages of one edition, oldest first; an empty list if nothing is archived.

    Raises
    ------
    ArchiveError, ReceiptError
        If a folder is not a vintage, or its receipt is missing, malformed or of another place.
    """
    folder = edition_folder(root, source_name, edition)
    refuse_links(root, folder)
    if not folder.is_dir():
        return []
    return [_vintage(entry, source_name, edition) for entry in visible(folder)]


def _vintage(folder: Path, source_name: str, edition: int) -> Vintage:
    if folder.is_symlink() or not folder.is_dir():
        raise ArchiveError(
            Code.FILE_PLACE(
                "this is not the folder of a vintage",
                "remove it, or restore it from git",
                Place(str(folder)),
            )
        )
    receipt = read_receipt(folder / RECEIPT_NAME)
    place = (receipt.source, receipt.edition, receipt.vintage.isoformat())
    if place != (source_name, edition, folder.name):
        expected = f"{source_name}/{edition}/{folder.name}"
        here, stated = Place(str(folder / RECEIPT_NAME)), "/".join(map(str, place))
        raise ArchiveError(
            Code.FILE_PLACE(
                "the receipt says {said}, but this folder is {expected}",
                "restore the folder from git",
                here,
                said=stated,
                expected=expected,
            )
        )
    if not receipt.standing():
        return Vintage(folder, receipt, "withdrawn")
    fetched = all(entry.url for entry in receipt.standing())
    gone = not any((folder / entry.name).exists() for entry in receipt.standing())
    return Vintage(folder, receipt, "absent" if fetched and gone else "present")


def withdrawals(root: Path, source_name: str) -> Iterator[tuple[int, str, ReceiptFile]]:
    """Yield edition, vintage and entry of each withdrawn file; the entry has its mark, or that of its vintage."""
    for edition in source(source_name).editions:
        for vintage in vintages(root, source_name, edition):
            for entry in vintage.receipt.files:
                if mark := entry.withdrawn or vintage.receipt.withdrawn:
                    yield edition, vintage.name, entry.model_copy(update={"withdrawn": mark})


def read_archived(vintage: Vintage, entry: ReceiptFile) -> bytes:
    """Return the bytes of one archived file after checking them against the receipt.

    Raises
    ------
    ArchiveError
        If the file is missing, a link, larger than `LARGEST_FILE`, or differs from its receipt.
    """
    path = vintage.folder / entry.name
    check(path, entry)
    return path.read_bytes()


def verify(root: Path, source_name: str | None = None) -> list[Problem]:
    """Return everything in the archive that does not match receipts and catalog.

    With `source_name` only that source's folder is read, and folders that are no source's.

    Fetched vintages whose bytes are not on this machine are not a problem: see `absent`.
    """
    problems: list[Problem] = []
    base = root / "archive"
    if not base.is_dir():
        return problems
    for folder in (entry for entry in visible(base) if entry.name not in NO_SOURCES):
        if folder.name not in names() or folder.is_symlink() or not folder.is_dir():
            problems.append(
                Code.FILE_PLACE(
                    "this folder is not a source; known sources: {known}",
                    "move it out of the archive",
                    Place(str(folder)),
                    known=names(),
                )
            )
            continue
        if source_name not in (None, folder.name):
            continue
        for edition in visible(folder):
            problems += _verify_edition(root, folder.name, edition)
    return problems


def _verify_edition(root: Path, source_name: str, folder: Path) -> list[Problem]:
    if not (folder.name.isascii() and folder.name.isdigit()) or not folder.is_dir():
        return [
            Code.FILE_PLACE(
                "this folder is not an edition; its name must be a year",
                "move it out of the archive",
                Place(str(folder)),
            )
        ]
    problems: list[Problem] = []
    known = int(folder.name) in source(source_name).editions
    for entry in visible(folder):
        try:
            refuse_links(root, folder)
            vintage = _vintage(entry, source_name, int(folder.name))
        except IngestionError as error:
            problems += error.problems
            continue
        if not known and vintage.state != "withdrawn":  # a withdrawn one gives no values
            edition = int(folder.name)
            problems.append(
                Code.FILE_PLACE(
                    "the archive has this folder, but edition {edition} of {source} is not in the catalog",
                    "add its line under `editions` in ingestion/sources/{source}/catalog.yml, or move the "
                    "folder out of the archive",
                    Place(str(entry)),
                    edition=edition,
                    source=source_name,
                )
            )
        problems += _verify_vintage(vintage)
    return problems


def _verify_vintage(vintage: Vintage) -> list[Problem]:
    known = {entry.name for entry in vintage.receipt.files} | {RECEIPT_NAME}
    problems = [
        Code.ARCHIVE_CHANGED(
            "{receipt} does not list this file",
            "remove the file, or put it into landing/ with a receipt of its own",
            Place(str(item)),
            receipt=RECEIPT_NAME,
        )
        for item in visible(vintage.folder)
        if item.name not in known
    ]
    if vintage.state == "absent":
        return problems
    for entry in vintage.receipt.files:
        path = vintage.folder / entry.name
        if entry.url and not path.exists() and entry not in vintage.receipt.standing():
            continue
        try:
            check(path, entry)
        except ArchiveError as error:
            problems += error.problems
    return problems


def check(
    path: Path, entry: ReceiptFile, remedy: str = "restore the file from git or a backup"
) -> None:
    """Refuse a file that is no regular one, or other bytes than its receipt says."""
    _refuse_irregular(path)
    try:
        digest, size = sha256_of(path)
    except OSError as error:
        raise ArchiveError(sentences.UNREADABLE(Place(str(path)), reason=error.strerror)) from None
    if (digest, size) != (entry.sha256, entry.bytes):
        raise ArchiveError(
            Code.ARCHIVE_CHANGED(
                "the file has {bytes} bytes and sha256 {sha256}; its receipt says {expected_bytes} bytes and "
    "sha256 {expected}",
                "{remedy}",
                Place(str(path)), bytes=size, sha256=digest, expected_bytes=entry.bytes,
                expected=entry.sha256, remedy=remedy,
            )
        )  # fmt: skip


# -- writing to it ----------------------------------------------------------------------------------


def store(root: Path, receipt: Receipt, folder: Path) -> str | None:
    """Archive files of a folder that already have a whole receipt, as a fetch does.

    Returns
    -------
    The vintage's date, or None if the edition already holds every one of these bytes.

    Raises
    ------
    ArchiveError
        If bytes differ from the receipt, were withdrawn, or have a name that is taken on that day. The given files stay
        where they are.
    """
    source(receipt.source).publication(receipt.edition)
    with locked(root):
        fresh = tuple(
            entry
            for entry in receipt.files
            if find_vintage_of(root, receipt, entry, folder / entry.name) is None
        )
        if all(entry.format == INDEX for entry in fresh):
            return None
        reduced = receipt.model_copy(update={"files": fresh})
        for entry in fresh:
            check(folder / entry.name, entry)
        refuse_taken_names(root, reduced)
        write_vintage(root, reduced, folder)
    return receipt.vintage.isoformat()


def locked(root: Path) -> AbstractContextManager[None]:
    """Hold the archive of one data root; two takers never interleave.

    Raises
    ------
    ArchiveError
        If another process holds it for longer than a minute.
    """
    lock = root / "archive" / ".lock"
    busy = ArchiveError(
        Code.BUSY(
            "another process has locked the archive for {seconds:.0f} s",
            "wait until the other run or fetch ends, then run this command again",
            Place(str(lock)),
            seconds=LOCK_SECONDS,
        )
    )
    return hold_lock(lock, LOCK_SECONDS, busy)


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder, in order, without hidden files: those are being written."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def find_vintage_of(root: Path, receipt: Receipt, new: ReceiptFile, file: Path) -> str | None:
    """Return the vintage that holds these very bytes; refuse bytes that were withdrawn.

    Withdrawn bytes may come again in another vintage, by a receipt that a person writes. A fetch does not bring
    them back.

    Bytes that were fetched on another machine, whose receipt alone is here, are put back.
    """
    refused: Problem | None = None
    for vintage in vintages(root, receipt.source, receipt.edition):
        for entry in vintage.receipt.files:
            if entry.sha256 != new.sha256:
                continue
            if not (vintage.folder / entry.name).exists():
                _put_back(file, vintage.folder / entry.name, entry)
            mark = vintage.receipt.withdrawn or entry.withdrawn
            if mark is None:
                return vintage.name
            if receipt.vintage != vintage.receipt.vintage and not new.url:
                continue  # a person has looked again: the same bytes, of another day
            named = f"{vintage.name} of {receipt.source}/{receipt.edition}"
            refused = Code.WITHDRAWN(
                "this file equals a file of vintage {vintage} that was withdrawn on {day} ({reason})",
                "remove the file from landing; if the file is right, write another date into its receipt",
                Place(new.name),
                vintage=named,
                day=mark.date.isoformat(),
                reason=mark.reason,
            )
    if refused:
        raise ArchiveError(refused)
    return None


def refuse_taken_names(root: Path, receipt: Receipt) -> None:
    """Refuse files whose name their vintage has with other, standing bytes, or in other capitals.

    A vintage that is dated after today is refused too: nobody has obtained it yet.
    """
    if receipt.vintage > latest_vintage():
        day, latest = receipt.vintage.isoformat(), latest_vintage().isoformat()
        raise ArchiveError(
            Code.ARCHIVE_CONFLICT(
                "the receipt says obtained on {day}, which is in the future",
                "correct the date in the receipt ({latest} or earlier)",
                Place(f"{receipt.source}/{receipt.edition}"),
                day=day,
                latest=latest,
            )
        )
    refuse_links(root, edition_folder(root, receipt.source, receipt.edition))
    folder = edition_folder(root, receipt.source, receipt.edition) / receipt.vintage.isoformat()
    place = receipt.source, receipt.edition
    before = _vintage(folder, *place).receipt if folder.exists() else None
    spelt = {e.name.casefold(): e.name for e in (*receipt.files, *(before.files if before else ()))}
    vintage = f"{receipt.source}/{receipt.edition}, {receipt.vintage}"
    problems = [
        Code.FILE_NAME(
            "its name differs from {other} of {vintage} only in capital letters",
            "rename the file, then run `make receipt`",
            Place(name),
            other=other,
            vintage=vintage,
        )
        for name in (entry.name for entry in receipt.files)
        if (other := spelt[name.casefold()]) != name
    ]
    hashes = {entry.name: entry.sha256 for entry in (before.standing() if before else ())}
    problems += [
        Code.ARCHIVE_CONFLICT(
            "the archive has this file of {vintage} with sha256 {held}, the new file has {sha256}. An "
            "archived file has one version for each date",
            "if the archived file is wrong, withdraw it (`make withdraw KIND=file NAME=…` marks it in "
            "{receipt}). If the new file is a later version, write the date on which you obtained it into "
            "its receipt",
            Place(entry.name),
            vintage=vintage,
            held=hashes[entry.name],
            sha256=entry.sha256,
            receipt=str(folder / RECEIPT_NAME),
        )
        for entry in receipt.files
        if hashes.get(entry.name, entry.sha256) != entry.sha256
    ]
    if problems:
        raise ArchiveError(*problems)


def withdraw_file(
    root: Path,
    name: str,
    reason: str,
    on: date | None = None,
    by: Literal["person", "run"] = "person",
) -> Path:
    """Declare one archived file wrong, in its receipt; its bytes stay. A person confirms what a run withdrew.

    Parameters
    ----------
    name
        `<source>/<edition>/<vintage>/<file>`.
    reason
        At least three characters; kept in the receipt.

    Returns
    -------
    The receipt.

    Raises
    ------
    ArchiveError
        If the archive has no such file, or it is withdrawn already.
    """
    place = name.split("/", 3)
    if len(place) != 4 or not (place[1].isascii() and place[1].isdigit()):
        raise ArchiveError(sentences.FILE_NOT_ARCHIVED(Place(name)))
    mark = Withdrawal(date=on or date.today(), reason=reason, by=by)
    with locked(root):
        vintage = next(
            (v for v in vintages(root, place[0], int(place[1])) if v.name == place[2]), None
        )
        entries = vintage.receipt.files if vintage else ()
        entry = next((entry for entry in entries if entry.name == place[3]), None)
        if vintage is None or entry is None:
            raise ArchiveError(sentences.FILE_NOT_ARCHIVED(Place(name)))
        before = vintage.receipt.withdrawn or entry.withdrawn
        if before and before.by == "person":
            raise ArchiveError(
                Code.WITHDRAWN(
                    "this file was already withdrawn on {day} ({reason})",
                    "put the corrected file into landing/ with a receipt of its own",
                    Place(name),
                    day=before.date.isoformat(),
                    reason=before.reason,
                )
            )
        files = tuple(
            other.model_copy(update={"withdrawn": mark}) if other is entry else other
            for other in entries
        )
        path = vintage.folder / RECEIPT_NAME
        write_receipt(vintage.receipt.model_copy(update={"files": files}), path)
    return path


def latest_vintage() -> date:
    """Return the latest date on which bytes can have been obtained.

    That is today, or the end of the newest edition's year: a clock that was set back stops nobody.
    """
    return max(date.today(), datetime.now(UTC).date(), date(max(all_editions()), 12, 31))


def one_receipt(receipts: Sequence[Receipt]) -> Receipt:
    """Return one receipt for files of one day; what differs between them is joined."""
    first = receipts[0]
    kinds = sorted({receipt.figures for receipt in receipts})
    if len(kinds) > 1:
        vintage = f"{first.source}/{first.edition}, {first.vintage}"
        raise ArchiveError(
            Code.ARCHIVE_CONFLICT(
                "one vintage cannot have both official and simulated values",
                "give their receipts different dates",
                Place(vintage),
            )
        )
    joined = {
        name: "; ".join(dict.fromkeys(getattr(receipt, name) for receipt in receipts))
        for name in ("producer", "publication", "obtained_by", "licence_note")
    }
    files = tuple(entry for receipt in receipts for entry in receipt.files)
    return first.model_copy(update={**joined, "files": files})


def write_vintage(root: Path, receipt: Receipt, folder: Path) -> None:
    """Copy a folder's files and their receipt into the vintage's folder, new or already there."""
    parent = edition_folder(root, receipt.source, receipt.edition)
    target = parent / receipt.vintage.isoformat()
    refuse_links(root, target)
    parent.mkdir(parents=True, exist_ok=True)
    incoming = parent / _IN_PROGRESS
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir()
    try:
        for entry in receipt.files:
            _copy_verified(folder / entry.name, incoming / entry.name, entry)
        if target.exists():
            _add_to_vintage(target, incoming, receipt)
        else:
            write_receipt(receipt, incoming / RECEIPT_NAME)
            sync(incoming)
            incoming.rename(target)
        sync(parent)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _add_to_vintage(target: Path, incoming: Path, receipt: Receipt) -> None:
    """Add files to a day that already has some; the receipt is replaced last.

    A vintage that was withdrawn as a whole keeps that mark file by file, so that the files that
    replace it count. A withdrawn file whose name is taken again is renamed to its hash.
    """
    before = read_receipt(target / RECEIPT_NAME)
    if before.figures != receipt.figures:
        raise ArchiveError(
            Code.ARCHIVE_CONFLICT(
                "this vintage has {held} values, but the new values are {figures}",
                "give the receipt another date",
                Place(str(target)),
                held=before.figures,
                figures=receipt.figures,
            )
        )
    names = {entry.name for entry in receipt.files}
    entries: list[ReceiptFile] = []
    for entry in before.files:
        mark = entry.withdrawn or before.withdrawn
        name = entry.name
        if name in names:
            path = Path(name)
            name = f"{path.stem}.withdrawn-{entry.sha256[:8]}{path.suffix}"
            # a second link first: at every instant the old bytes have a name
            if not (target / name).exists() and (target / entry.name).exists():
                os.link(target / entry.name, target / name)
        entries.append(entry.model_copy(update={"name": name, "withdrawn": mark}))
    merged = one_receipt([before.model_copy(update={"withdrawn": None}), receipt])
    merged = merged.model_copy(update={"files": (*entries, *receipt.files)})
    for entry in receipt.files:
        (incoming / entry.name).replace(target / entry.name)
    sync(target)
    write_receipt(merged, target / RECEIPT_NAME)


def _put_back(file: Path, target: Path, entry: ReceiptFile) -> None:
    copy = target.with_name(f".{target.name}.tmp")
    copy.unlink(missing_ok=True)
    _copy_verified(file, copy, entry)
    copy.replace(target)
    sync(target.parent)


def _copy_verified(file: Path, copy: Path, entry: ReceiptFile) -> None:
    """Copy without following links, flush, and read the copy back against the receipt."""
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(descriptor, "rb") as origin, copy.open("xb") as stream:
        shutil.copyfileobj(origin, stream, 1024 * 1024)
        stream.flush()
        os.fsync(stream.fileno())
    check(copy, entry, f"{file} changed while the program copied it: run this command again")


def _refuse_irregular(path: Path) -> None:
    try:
        mode = path.lstat()
    except FileNotFoundError:
        raise ArchiveError(
            Code.ARCHIVE_CHANGED(
                "the file is missing", "restore it from git or a backup", Place(str(path))
            )
        ) from None
    except OSError as error:
        raise ArchiveError(sentences.UNREADABLE(Place(str(path)), reason=error.strerror)) from None
    if not stat.S_ISREG(mode.st_mode):
        raise ArchiveError(
            Code.FILE_PLACE(
                "this is a symbolic link or a special file",
                "put the file itself at this place",
                Place(str(path)),
            )
        )
    if mode.st_size > LARGEST_FILE:
        raise ArchiveError(
            Code.READ_LIMIT(
                "the file has {bytes} bytes; the limit is {limit}",
                "split it into files of at most {limit} bytes",
                Place(str(path)),
                bytes=mode.st_size,
                limit=LARGEST_FILE,
            )
        )


def refuse_links(root: Path, folder: Path) -> None:
    """Refuse a symbolic link anywhere between the data root and `folder`."""
    for part in [folder, *folder.parents]:
        if part == root:
            return
        if part.is_symlink():
            raise ArchiveError(
                Code.FILE_PLACE(
                    "this is a symbolic link, but a real folder is expected",
                    "put the folder itself at this place",
                    Place(str(part)),
                )
            )
