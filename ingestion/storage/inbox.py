"""Landing, the inbox: what lies there, what is out of place, and how finished files are taken.

A file is finished when its receipt is next to it: receipts are written last.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from shlex import quote

from living_panel.codes import Code, NoFix
from living_panel.ingestion.errors import IngestionError
from living_panel.ingestion.provenance.catalog import names, source
from living_panel.ingestion.provenance.receipts import (
    RECEIPT_SUFFIX,
    Receipt,
    ReceiptError,
    name_problem,
    read_receipt,
    receipt_path,
)
from living_panel.ingestion.storage.archive import (
    ArchiveError,
    check,
    find_vintage_of,
    locked,
    one_receipt,
    refuse_links,
    refuse_taken_names,
    visible,
    write_vintage,
)
from living_panel.problems import Place, Problem


@dataclass
class Taken:
    """Result of one look into landing: new bytes, known bytes, files without receipt."""

    archived: list[Path] = field(default_factory=list)
    already_held: list[tuple[Path, str]] = field(default_factory=list)
    waiting: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """Of files that stay in landing while others were taken."""


@dataclass(frozen=True)
class Pending:
    """A file in landing with a matching name and a receipt, for a sensor's run key."""

    source: str
    edition: int
    file: Path
    sha256: str
    misplaced: Problem | None = None
    """What is wrong where the receipt names another source or edition than the folder."""


def landed(root: Path) -> list[Path]:
    """Return the files in the landing folders of the catalog's editions, with receipt or without."""
    base = root / "landing"
    places = [base / name / str(year) for name in names() for year in sorted(source(name).editions)]
    return [file for folder in places for file in _landed(folder)]


def pending(root: Path) -> list[Pending]:
    """Return the files in landing that have a receipt, with the sha256 that the receipt states."""
    items: list[Pending] = []
    for file in landed(root):
        try:
            receipt = read_receipt(receipt_path(file))
        except ReceiptError:
            continue  # missing: still being copied; malformed: `take` says what to mend
        *_, name, edition = file.parent.parts
        misplaced = place_problem(file, receipt, name, int(edition))
        items.append(Pending(name, int(edition), file, receipt.files[0].sha256, misplaced))
    return items


def landing_problems(root: Path) -> list[Problem]:
    """Return what lies in landing at a place that no source and edition of the catalog claims."""
    base = root / "landing"
    problems: list[Problem] = []
    if not base.is_dir():
        return problems
    for entry in visible(base):
        if entry.is_dir() and not entry.is_symlink() and all(map(Path.is_dir, entry.rglob("*"))):
            continue  # an empty folder, whatever it is called, holds nothing back
        if entry.name not in names() or entry.is_symlink() or not entry.is_dir():
            problems.append(
                Code.FILE_PLACE(
                    "this folder is not a source",
                    "move it to landing/<source>/<edition>/, where <source> is one of {known}",
                    Place(str(entry)),
                    known=names(),
                )
            )
            continue
        editions = source(entry.name).editions
        for inner in visible(entry):
            place = Place(str(inner))
            if inner.is_symlink() or not inner.is_dir():
                problems.append(
                    Code.FILE_PLACE(
                        "the file is not in a folder of an edition",
                        "move it into a folder named after its edition",
                        place,
                    )
                )
            elif inner.name not in {str(year) for year in editions}:
                problems.append(
                    Code.CATALOG_UNKNOWN(
                        "edition {edition} of {source} is not in the catalog (known: {known})",
                        "add one line under `editions` in ingestion/sources/{source}/catalog.yml, or move the files",
                        place,
                        edition=inner.name,
                        source=entry.name,
                        known=sorted(editions),
                    )
                )
            else:
                problems += [
                    Code.FILE_PLACE(
                        "this folder lies within the folder of an edition",
                        "move its files up into {folder}",
                        Place(str(folder)),
                        folder=inner,
                    )
                    for folder in visible(inner)
                    if _is_folder(folder) and not all(map(Path.is_dir, folder.rglob("*")))
                ]
    return problems


def refusals(root: Path, source_name: str) -> list[Problem]:
    """Return why finished files of a source stay in landing: what `take` would say of them."""
    problems: list[Problem] = []
    for edition in sorted(source(source_name).editions):
        landing = root / "landing" / source_name / str(edition)
        if any(_landed(landing)):
            _by_day(root, _looked_at(root, landing, Taken(), problems, None), problems)
    return problems


def take(root: Path, source_name: str, edition: int, only: Container[Path] | None = None) -> Taken:
    """Take every finished file of one edition from landing into the archive.

    A file is finished when its receipt is next to it: receipts are written last. The files are copied,
    flushed and verified before the landing copies go. Bytes that the edition already holds make no new
    vintage. A file that cannot be taken stays, and holds back no other. Files outside `only` came after the
    list was made: the next look takes them.

    Raises
    ------
    ArchiveError, ReceiptError, UnknownSource, UnknownEdition
        If no file can be taken: with every problem of this edition's landing folder, which stays as it was.
    """
    landing = root / "landing" / source_name / str(edition)
    entry = source(source_name)
    done = Taken()
    if not any(_landed(landing)):
        return done
    entry.publication(edition)
    refuse_links(root, landing)
    with locked(root):
        problems: list[Problem] = []
        receipts = _looked_at(root, landing, done, problems, only)
        joined = _by_day(root, receipts, problems)
        taken = {entry.name for receipt in joined for entry in receipt.files}
        done.archived = [file for file in done.archived if file.name in taken]
        done.problems = problems
        if problems and not done.archived and not done.already_held:
            raise ArchiveError(
                Code.NOTHING_TAKEN(
                    "no file was ingested from landing because of {count} problems, listed below",
                    NoFix.SUMMARY,
                    Place(str(landing)),
                    count=len(problems),
                ),
                *problems,
            )
        for receipt in joined:
            write_vintage(root, receipt, landing)
        for file in [*done.archived, *(file for file, _ in done.already_held)]:
            # the receipt goes last: without its file it is harmless, and is swept below
            file.unlink()
            receipt_path(file).unlink()
        _sweep(landing)
    return done


def _looked_at(
    root: Path, landing: Path, done: Taken, problems: list[Problem], only: Container[Path] | None
) -> list[Receipt]:
    """Return the receipts of new files, after noting in `done` and `problems` what becomes of each."""
    *_, name, edition = landing.parts
    receipts = []
    for file in _landed(landing):
        if not receipt_path(file).exists() and not receipt_path(file).is_symlink():
            done.waiting.append(file)
            continue
        try:
            receipt = _checked(file, name, int(edition))
            vintage = find_vintage_of(root, receipt, receipt.files[0], file)
        except IngestionError as error:
            problems += error.problems
            continue
        if only is not None and file not in only:
            continue
        if vintage is not None:
            done.already_held.append((file, vintage))
        else:
            receipts.append(receipt)
            done.archived.append(file)
    return receipts


def _by_day(root: Path, receipts: list[Receipt], problems: list[Problem]) -> list[Receipt]:
    """Return one receipt a day, and note which of them the archive cannot take."""
    batches: dict[date, list[Receipt]] = {}
    for receipt in receipts:
        batches.setdefault(receipt.vintage, []).append(receipt)
    joined = []
    for _, batch in sorted(batches.items()):
        good = []
        for receipt in batch:
            try:
                refuse_taken_names(root, receipt)
                good.append(receipt)
            except IngestionError as error:
                problems += error.problems
        if not good:
            continue
        try:
            # files that contradict each other stay together: nobody knows which of them is wrong
            joined.append(one_receipt(good))
            refuse_taken_names(root, joined[-1])
        except IngestionError as error:
            problems += error.problems
            joined = [receipt for receipt in joined if receipt.vintage != good[0].vintage]
    return joined


def _checked(file: Path, source_name: str, edition: int) -> Receipt:
    """Return the receipt of a landed file after comparing it with the file and its place."""
    problem = name_problem(file.name)
    if problem:
        raise ArchiveError(
            Code.FILE_NAME(
                "the name {problem}",
                "rename the file, then run `make receipt`",
                Place(str(file)),
                problem=problem,
            )
        )
    receipt = read_receipt(receipt_path(file))
    remedy = _again(file)
    place = Place(str(receipt_path(file)))
    if misplaced := place_problem(file, receipt, source_name, edition):
        raise ReceiptError(misplaced)
    if len(receipt.files) != 1 or receipt.files[0].name != file.name:
        raise ReceiptError(
            Code.RECEIPT_FORM(
                "the receipt must list exactly one file, named {name}",
                "{remedy}",
                place,
                name=file.name,
                remedy=remedy,
            )
        )
    if receipt.withdrawn or receipt.files[0].withdrawn:
        raise ReceiptError(
            Code.WITHDRAWN("this file was withdrawn", "remove the file from landing", place)
        )
    check(file, receipt.files[0], f"copy the file again, because it has changed; or {remedy}")
    return receipt


def place_problem(file: Path, receipt: Receipt, source_name: str, edition: int) -> Problem | None:
    """Return what is wrong where a receipt names another source or edition than its file's folder."""
    if (receipt.source, receipt.edition) == (source_name, edition):
        return None
    stated, lies = f"{receipt.source}/{receipt.edition}", f"{source_name}/{edition}"
    place = Place(str(receipt_path(file)))
    return Code.FILE_PLACE(
        "the receipt says {said}, but the file lies in {place}",
        "move the file, or {remedy}",
        place,
        said=stated,
        place=lies,
        remedy=_again(file),
    )


def _again(file: Path) -> str:
    return f"write the receipt again with `make receipt FILE={quote(str(file))}`"


def _landed(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        files = (entry for entry in visible(folder) if not _is_folder(entry))
        yield from (entry for entry in files if not entry.name.endswith(RECEIPT_SUFFIX))


def _is_folder(entry: Path) -> bool:
    return entry.is_dir() and not entry.is_symlink()


def _sweep(landing: Path) -> None:
    """Remove receipts whose file has already been taken, left by an interrupted run."""
    for entry in landing.glob(f"*{RECEIPT_SUFFIX}"):
        if not entry.with_name(entry.name.removesuffix(RECEIPT_SUFFIX)).exists():
            entry.unlink()
