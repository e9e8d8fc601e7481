"""What waits for a person: for each thing the job that goes on, its configuration filled in, and what it confirms.

Reads landing, the archive and the parts, and writes nothing. A person confirms a proposal by starting its job.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion import sentences as ingestion_sentences
from living_panel.ingestion.editions.alignment import Alignment
from living_panel.ingestion.editions.comparison import missing_tables
from living_panel.ingestion.editions.history import read_history
from living_panel.ingestion.errors import IngestionError
from living_panel.ingestion.formats.answers import AnswerRequest
from living_panel.ingestion.formats.layouts import layout_files
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.provenance.receipts import (
    TABLE,
    guess_format,
    place_in_landing,
    questions,
    receipt_for,
)
from living_panel.ingestion.reading.extract import refused_files
from living_panel.ingestion.storage import inbox
from living_panel.ingestion.storage.archive import LARGEST_FILE, withdrawals
from living_panel.orchestration.assets.landing import (
    DOUBTS,
    EXPECTED,
    LandedValues,
    examine,
    without_receipt,
)
from living_panel.orchestration.assets.teaching import aligned_with, draft_tables, propose_answers
from living_panel.orchestration.dbt.coverage import COVERAGE, uncovered_editions
from living_panel.orchestration.dbt.generated_files import UNITS
from living_panel.orchestration.root import state
from living_panel.orchestration.root.readers import withdrawn_by_runs
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Problem

ORIGIN = "obtained_by"
"""Key of the one answer in a receipt that a person must always give."""
MOST_FILES = 128


@dataclass(frozen=True)
class Proposal:
    """One thing that waits, and the job that goes on with it."""

    job: str
    """Name of the job; empty if a person must first correct a file."""
    config: dict[str, Any]
    """Configuration of the job's one op. A person fills in each empty text."""
    title: str
    confirms: tuple[str, ...] = ()
    """Facts that a person confirms by starting the job."""
    typed: tuple[str, ...] = ()
    """Names of the answers that a person must type."""
    notes: tuple[str, ...] = ()
    """Differences from the previous edition that need no answer."""


@dataclass(frozen=True)
class FileState:
    """What is known of a landed file without a receipt."""

    file: Path
    teach: tuple[Proposal, ...] = ()
    values: LandedValues | None = None
    typed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Reasons why the file cannot be read."""
    notes: tuple[str, ...] = ()


def list_proposals(settings: Settings) -> list[Proposal]:
    """Return what waits, in the order in which it is done."""
    proposals = list(_unlisted_editions(settings))
    waiting = sorted(without_receipt(settings))
    for _, files in groupby(waiting, key=lambda file: file.parts[-3:-1]):
        proposals += _of_edition(settings, list(files))
    left = [*_left_out(settings), *_withdrawn(settings), *_uncovered(settings)]
    return [*_in_doubt(settings), *proposals, *left]


def _unlisted_editions(settings: Settings) -> Iterator[Proposal]:
    """Yield the editions that have a folder in landing and no line in their catalog."""
    for problem in inbox.landing_problems(settings.root):
        if problem.code != Code.CATALOG_UNKNOWN:
            continue
        name, year = str(problem.fields["source"]), str(problem.fields["edition"])
        if not re.fullmatch(r"(?:19|20)[0-9]{2}", year):
            continue
        title = likely_title(catalog.source(name), int(year))
        config = {"source": name, "edition": int(year), "title": title}
        yield Proposal(
            "add_edition", config, f"{name}/{year} is no edition of the catalog.",
            (f"the publication is called {title}",) if title else (), () if title else ("title",),
        )  # fmt: skip


def likely_title(entry: catalog.Source, edition: int) -> str:
    """Return the title of the newest edition that contains its own year, with the new year in its place."""
    dated = [(year, text) for year, text in sorted(entry.editions.items()) if str(year) in text]
    return dated[-1][1].replace(str(dated[-1][0]), str(edition)) if dated else ""


def _of_edition(settings: Settings, files: list[Path]) -> Iterator[Proposal]:
    looked = [_look(settings, file, _stamp(settings, file)) for file in files]
    for found in looked:
        yield from found.teach
        if found.problems:
            name = _name(settings, found.file)
            yield Proposal("", {}, f"{name} cannot be read. Correct or remove it.", found.problems)
    ready = [found for found in looked if found.values]
    for _, alike in groupby(sorted(ready, key=lambda s: s.typed), key=lambda s: s.typed):
        yield _receipts(settings, list(alike), is_whole=len(ready) == len(files))


def _receipts(settings: Settings, looked: list[FileState], is_whole: bool) -> Proposal:
    """Return one proposal for the receipts of files of an edition that ask for the same answers."""
    values = [found.values for found in looked if found.values]
    first, *others = [_name(settings, found.file) for found in looked]
    source_name, edition = place_in_landing(looked[0].file)
    assert source_name is not None and edition is not None
    doubts = [str(problem) for value in values for problem in value.compared.doubts]
    lines = [str(line) for value in values for line in value.missing]
    gaps = [str(problem) for value in values for problem in value.gaps]
    typed = (*looked[0].typed, DOUBTS) if doubts else looked[0].typed
    answers = dict.fromkeys(typed, "")
    answers |= {EXPECTED: "yes"} if lines else {}
    config: dict[str, Any] = {"file": first, "answers": answers}
    differences = [p for v in values for p in (*v.compared.moved, *v.compared.revisions)]
    if is_whole:
        labels = [label for value in values for label in value.labels]
        differences += _missing_tables(settings, source_name, edition, labels)
    count = f"{len(looked)} files of {source_name}/{edition} have" if others else f"{first} has"
    return Proposal(
        "receipt", config | ({"others": others} if others else {}), f"{count} no receipt.",
        (*doubts, *(f"{COVERAGE.name} gets the line {line}" for line in lines), *gaps), typed,
        (*(note for found in looked for note in found.notes), *map(str, differences)),
    )  # fmt: skip


def _missing_tables(
    settings: Settings, source_name: str, edition: int, labels: Iterable[str]
) -> list[Problem]:
    """Return the series of the edition before that neither landing nor the archive has; none while files wait."""
    pending = inbox.pending(settings.root)
    if any((p.source, p.edition) == (source_name, edition) for p in pending):
        return []
    history = read_history(settings.root, source_name)
    edition_labels = history.loc[history["edition"] == edition, "indicator_label"]
    return missing_tables(source_name, edition, [*labels, *edition_labels], history)


def _stamp(settings: Settings, file: Path) -> tuple[int, ...]:
    """Return what the view of a file depends on: its bytes, layouts, catalogs, seeds, receipts, earlier values."""
    paths = [file, COVERAGE, UNITS, *layout_files(file.parts[-3])]
    paths += catalog.catalog_folder().glob("*/catalog.yml")
    paths += (settings.extracted / file.parts[-3]).glob("*/*/*")
    paths += (settings.archive / file.parts[-3]).glob("*/*/receipt.yml")
    return tuple(path.stat().st_mtime_ns for path in sorted(paths) if path.exists())


@lru_cache(maxsize=MOST_FILES)
def _look(settings: Settings, file: Path, stamp: tuple[int, ...]) -> FileState:
    """Read a landed file as far as it goes; `stamp` makes a changed one be read again."""
    source_name, edition = place_in_landing(file)
    assert source_name is not None and edition is not None
    try:
        asked = [q.field for q in questions(file, date.today()) if q.default is None]
        teach: list[Proposal] = []
        notes: list[str] = []
        if guess_format(file, source_name) == TABLE and file.stat().st_size <= LARGEST_FILE:
            teach, notes = _tables(settings, file, source_name, edition)
        if teach:
            return FileState(file, tuple(teach), notes=tuple(notes))
        if set(asked) - {ORIGIN}:  # the file is read once a person has said what it leaves out
            return FileState(file, values=LandedValues.empty(), typed=tuple(asked))
        values = examine(settings, file, receipt_for(file, **{ORIGIN: "proposed"}))
    except (ValueError, OSError) as error:
        if unknown := tuple(_unknown_tables(settings, file, source_name, str(error))):
            return FileState(file, unknown)
        return FileState(file, problems=(str(error),))
    return FileState(file, values=values, typed=tuple(asked), notes=tuple(notes))


def _tables(
    settings: Settings, file: Path, source_name: str, edition: int
) -> tuple[list[Proposal], list[str]]:
    """Return a proposal for each table with an open question, and what else differs from the edition before."""
    proposals: list[Proposal] = []
    notes: list[str] = []
    for number, draft in enumerate(draft_tables(file, source_name), 1):
        aligned = aligned_with(draft, source_name, edition)
        if aligned is None:
            title = draft["title"] or draft["place"]
            notes.append(str(ingestion_sentences.TABLE_NEW(Place(str(file)), title=title)))
        differences = [str(problem) for problem in aligned.differences] if aligned else []
        try:
            proposed = propose_answers(file, source_name, edition, draft, aligned)
        except IngestionError as error:
            if aligned:
                notes += [*differences, str(error)]
            continue  # no column of a new table is a series of the catalog: nobody misses it
        drafted = proposed.drafted
        if not drafted.is_needed or (
            aligned and not proposed.questions and _is_read(aligned, edition)
        ):
            notes += differences
            continue
        name = _name(settings, file)
        config = {
            "file": name,
            "answers": proposed.answers,
            **({"table": number} if number > 1 else {}),
        }
        asked = [
            _question(question, proposed.answers[field])
            for field, question in proposed.questions.items()
        ]
        faults = () if proposed.questions else tuple(drafted.read["faults"])
        proposals.append(
            Proposal(
                "teach", config, f"{name}, table {number} ({draft['title'] or draft['place']}), differs from the "
                "edition before." if aligned else f"{name}, table {number}, is new.", tuple(asked),
                tuple(field for field, answer in proposed.answers.items() if not answer), (*differences, *faults),
            )
        )  # fmt: skip
    return proposals, notes


def _unknown_tables(
    settings: Settings, file: Path, source_name: str, reason: str
) -> Iterator[Proposal]:
    """Yield a proposal to teach each table of a file in which no column is known; none for a file without tables.

    Columns near to a series wait for a person's answer, and the others are left out.
    """
    try:
        is_table = guess_format(file, source_name) == TABLE and file.stat().st_size <= LARGEST_FILE
        drafts = draft_tables(file, source_name) if is_table else []
    except (ValueError, OSError):
        return
    for number, draft in enumerate(drafts, 1):
        columns = [column for column in draft["columns"] if column["header"] or column["years"]]
        if draft["cities"] or not columns or any(column["label"] for column in columns):
            continue
        chosen = [column for column in columns if column["near"]] or columns[:1]
        answers = {f"column_{c['column']}": "" if c in chosen else "-" for c in columns}
        name = _name(settings, file)
        yield Proposal(
            "teach", {"file": name, "answers": answers} | ({"table": number} if number > 1 else {}),
            f"{name}, table {number} ({draft['title'] or draft['place']}), is unknown.",
            tuple(
                f"column {c['column']} ({' > '.join(c['header'])}) is a series of the catalog, or - to leave it out"
                + (f" (near: {', '.join(c['near'])})" if c["near"] else "")
                for c in columns
            ),
            tuple(field for field, answer in answers.items() if not answer),
            (reason, "A series that the catalog lacks: the job add_series first."),
        )  # fmt: skip


def _is_read(aligned: Alignment, edition: int) -> bool:
    """Whether the layout of the edition before reads a table in which nothing is asked."""
    harmless = {Code.ALIGN_MOVED}
    differs = {problem.code for problem in aligned.differences} - harmless
    return not (differs or aligned.reworded) and aligned.table.layout.covers(edition)


def _question(asked: AnswerRequest, answer: str) -> str:
    """Return a question with the proposed answer, in words."""
    near = f" (near: {', '.join(asked.near)})" if asked.near and asked.kind == "series" else ""
    words = {
        "series": f"column {asked.column} ({asked.words}) is {'left out' if answer == '-' else answer}",
        "new_unit": f"{asked.label} is printed in {asked.printed}: {', '.join(asked.near)}",
        "provinces": f"the whole table has {answer} provinces",
        "unit": f"{asked.label} is in {answer or '…'}, which is not printed",
        "year": f"column {asked.column} is of {answer}, which is not printed",
        "region": f"the row {asked.words} is {answer or '… (a province, or -)'}",
    }
    return words.get(asked.kind, f"{asked.field}: {answer}") + near


def _in_doubt(settings: Settings) -> Iterator[Proposal]:
    """Yield the files whose values failed a test in the last run of each job, unless they were withdrawn since."""
    last = {entry["job"]: entry for entry in state.read(settings.root, "failures")}
    withdrawn = {
        f"{source}/{edition}/{day}/{entry.name}"
        for source in catalog.names()
        for edition, day, entry in withdrawals(settings.root, source)
    }
    for entry in last.values():
        for problem in entry.get("problems", ()):
            if problem["code"] != Code.FILE_IN_DOUBT:
                continue
            name = str(problem["place"]["file"])
            if name not in withdrawn and (settings.archive / name).is_file():
                config = {"kind": "file", "name": name, "reason": problem["text"][:300]}
                yield Proposal(
                    "withdraw", config, f"The last {entry['job']} failed on values of {name}: {problem['text']}.",
                    ("the file is wrong, and not the other values or the bound of the test",),
                )  # fmt: skip


def _withdrawn(settings: Settings) -> Iterator[Proposal]:
    """Yield the files that a run withdrew, until a person confirms it or lands a corrected file."""
    for problem in withdrawn_by_runs(settings):
        name, reason = problem.place.file, str(problem.fields["reason"])
        config = {"kind": "file", "name": name, "reason": reason}
        yield Proposal(
            "withdraw", config, f"{name}: {problem.text}.",
            ("the file is wrong. Or land a corrected file of the same name",),
        )  # fmt: skip


def _left_out(settings: Settings) -> Iterator[Proposal]:
    """Yield the archived files whose values are left out."""
    for name, cases in refused_files(settings.root).items():
        config = {"kind": "file", "name": name, "reason": str(cases[0])[:300]}
        yield Proposal(
            "withdraw", config, f"{name} has errors, so its values are omitted.",
            ("the file is wrong, and a corrected file is in landing",), (), tuple(map(str, cases[:3])),
        )  # fmt: skip


def _uncovered(settings: Settings) -> Iterator[Proposal]:
    """Yield the extracted editions with series that the expected coverage does not list."""
    for source_name, edition, lines, gaps in uncovered_editions(settings):
        yield Proposal(
            "add_coverage",
            {"source": source_name, "edition": edition},
            f"{COVERAGE.name} does not list series of {source_name}/{edition}.",
            (*(f"it gets the line {line}" for line in lines), *map(str, gaps)),
        )


def _name(settings: Settings, file: Path) -> str:
    return file.relative_to(settings.landing).as_posix()
