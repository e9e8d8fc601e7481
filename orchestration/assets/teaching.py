"""A layout for a table, drafted from its file and the layout of the edition before, with a person's answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion import sentences as ingestion_sentences
from living_panel.ingestion.bounded import call
from living_panel.ingestion.editions.alignment import Alignment, align, with_answers
from living_panel.ingestion.errors import ExtractionError
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.formats.answers import AnswerRequest, layout_of, written
from living_panel.ingestion.formats.layouts import (
    closed_before,
    layout_files,
    layouts_folder,
    read_layout,
)
from living_panel.ingestion.provenance.receipts import place_in_landing
from living_panel.orchestration.assets import sentences
from living_panel.orchestration.assets.landing import landed_file
from living_panel.orchestration.dbt.generated_files import add_unit
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Problem, Refused


@dataclass(frozen=True)
class Drafted:
    """A layout and what it reads from the file."""

    layout: dict[str, Any]
    read: dict[str, Any]
    aligned: Alignment | None
    is_needed: bool
    """Whether a new layout is needed, because the layout of the previous edition does not read the table."""

    @property
    def differences(self) -> list[Problem]:
        """What differs from the edition before; a table that it does not have says so."""
        if self.aligned:
            return self.aligned.differences
        title = ", ".join(self.layout.get("titles", ())) or self.layout["sheet"]
        return [ingestion_sentences.TABLE_NEW(Place(self.layout["source"]), title=title)]


def draft_tables(file: Path, source_name: str) -> list[dict[str, Any]]:
    """Return the tables of provinces of a file; see `living_panel.ingestion.formats.teach.drafts`."""
    drafts: list[dict[str, Any]] = call(
        "living_panel.ingestion.formats.teach:drafts",
        file.read_bytes(),
        file.name,
        [file.name, source_name],
    )
    return drafts


def aligned_with(draft: dict[str, Any], source_name: str, edition: int) -> Alignment | None:
    """Return the layout of the source that a table had in an earlier edition, and what differs."""
    tables = [read_layout(path) for path in layout_files(source_name)]
    return align(draft, [t for t in tables if t.layout.source == source_name], edition)


def draft_layout(
    file: Path,
    source_name: str,
    edition: int,
    draft: dict[str, Any],
    aligned: Alignment | None,
    ask: Callable[[AnswerRequest], str],
) -> Drafted:
    """Return the layout of a table, and what it reads; asks only for what neither file nor layout says.

    Raises
    ------
    ExtractionError
        If an answer contradicts the file.
    """
    if aligned and aligned.is_same and aligned.table.layout.covers(edition):
        known = aligned.table.layout.model_dump(mode="json", exclude_defaults=True)
        read = _preview(file, source_name, edition, known)
        if not read["faults"]:
            return Drafted(known, read, aligned, is_needed=False)
    if aligned:
        draft = with_answers(draft, aligned, edition)
    layout = layout_of(draft, source_name, edition, file.name, ask)
    return Drafted(layout, _preview(file, source_name, edition, layout), aligned, is_needed=True)


def _preview(file: Path, source_name: str, edition: int, layout: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = call(
        "living_panel.ingestion.formats.teach:preview",
        file.read_bytes(),
        file.name,
        [file.name, source_name, edition, layout],
    )
    return read


def write_layout(drafted: Drafted, path: Path, edition: int) -> None:
    """Write a layout, and close the one that it follows, if that is one's own."""
    write_durably(written(drafted.layout).encode(), path)
    if drafted.aligned is None or not drafted.aligned.table.layout.covers(edition):
        return
    earlier = drafted.aligned.table.path
    if earlier == path or layouts_folder().resolve() not in earlier.resolve().parents:
        return  # shipped layouts stay: one's own comes first
    content = drafted.aligned.table.layout.model_dump(mode="json", exclude_defaults=True)
    if left := closed_before(drafted.aligned.table.layout.editions, edition):
        write_durably(written(content | {"editions": left}).encode(), earlier)


def wrong_answer(asked: AnswerRequest, answer: str) -> str | None:
    """Return what is wrong with the form of an answer, None where it may be one."""
    if asked.kind in {"year", "provinces"}:
        plain = answer.isascii() and answer.isdigit()
        return None if plain else f"{answer!r} is no number of digits alone, such as 2024"
    if not answer:
        return "an answer is needed"
    if asked.kind == "new_unit" and answer not in asked.known:
        return f"{answer!r} is neither yes nor no"
    if asked.kind == "unit" and answer not in asked.known:
        return f"{answer!r} is no unit of {asked.label}: {', '.join(asked.known)}"
    if asked.kind == "region" and answer not in asked.known:
        return f"{answer!r} is neither - nor a province: {', '.join(asked.known[1:])}"
    if asked.kind == "series" and answer not in {"-", *asked.known}:
        near = get_close_matches(answer, asked.known, n=1, cutoff=0.4)
        hint = f", such as {near[0]}" if near else ""
        return (
            f"{answer!r} is no series of the source. Take one of its catalog{hint}, or answer `new`"
        )
    return None


@dataclass(frozen=True)
class ProposedAnswers:
    """The open questions of a table, each with the answer that is likely; "" where a person has to know it."""

    questions: dict[str, AnswerRequest]
    answers: dict[str, str]
    drafted: Drafted


def propose_answers(
    file: Path, source_name: str, edition: int, draft: dict[str, Any], aligned: Alignment | None
) -> ProposedAnswers:
    """Draft a table as far as it goes without a person, and propose an answer to each open question.

    Raises
    ------
    ExtractionError
        If the table can be taught by no answer.
    """
    questions: dict[str, AnswerRequest] = {}
    answers: dict[str, str] = {}

    def ask(asked: AnswerRequest) -> str:
        if asked.kind == "new_unit":
            questions[asked.field], answers[asked.field] = asked, "yes"
            return "no"  # nothing is written before a person confirms it
        if asked.default is not None:
            return asked.default
        likely = _likely_answer(asked, edition, aligned)
        questions[asked.field], answers[asked.field] = asked, likely
        return likely or _stand_in(asked, edition)

    drafted = draft_layout(file, source_name, edition, draft, aligned, ask)
    return ProposedAnswers(questions, answers, drafted)


def _likely_answer(asked: AnswerRequest, edition: int, aligned: Alignment | None) -> str:
    """Return the proposal for a question, "" where none is safe."""
    if asked.kind == "series":
        renamed = aligned is not None and asked.column in aligned.renamed
        return asked.near[0] if renamed and asked.near else "-"
    if asked.kind == "provinces":
        return str(asked.count)
    if asked.kind == "year":
        return str(edition - 1)
    listed = asked.known if asked.kind == "unit" else asked.near
    return listed[0] if len(listed) == 1 else ""


def _stand_in(asked: AnswerRequest, edition: int) -> str:
    """Return an answer with which the other questions can be asked too, so that one attempt names all."""
    first = next(iter(asked.known), "")
    return {"provinces": "1", "year": str(edition), "unit": first}.get(
        asked.kind, asked.near[0] if asked.near else "-"
    )


def teach_landed(
    settings: Settings, file: Path, table: int, answers: Mapping[str, str], name: str, replace: bool
) -> tuple[Drafted, Path]:
    """Draft the layout of a table of a landed file from answers that are given ahead, and write it.

    Parameters
    ----------
    settings : Settings
    file : pathlib.Path
        In landing, in the folder of its edition.
    table : int
        Number of the table in the file, from 1.
    answers : mapping of str to str
        By field of a question. What has a default, or is settled by the edition before, may be left out.
    name : str
        Name of the layout; that of the file where it is empty.
    replace : bool
        Whether a layout of that name may be replaced.

    Returns
    -------
    Drafted
        The layout, and what it reads.
    pathlib.Path
        The layout's file: written, or that of the edition before, which reads the table as it is.

    Raises
    ------
    ValueError
        If the file is not in landing, an answer is missing or wrong (names every open question), or the
        layout would replace another one.
    ExtractionError
        If an answer contradicts the file.
    """
    file = landed_file(settings, file)
    source_name, edition = place_in_landing(file)
    if source_name is None or edition is None or not file.is_file():
        raise Refused(
            sentences.NOT_IN_LANDING(
                Place(str(file)), folder=f"{settings.landing}/<source>/<edition>/"
            )
        )
    drafts = draft_tables(file, source_name)
    if not 1 <= table <= len(drafts):
        titles = [f"{i}: {draft['title'] or draft['place']}" for i, draft in enumerate(drafts, 1)]
        raise Refused(
            Code.READ_TABLE(
                "the file has no table {number}; it has {tables}",
                "give one of these numbers",
                Place(str(file)),
                number=table,
                tables=titles or ["none"],
            )
        )
    draft = drafts[table - 1]
    aligned = aligned_with(draft, source_name, edition)
    open_questions: list[str] = []
    new_units: list[tuple[str, str]] = []

    def ask(asked: AnswerRequest) -> str:
        answer = answers.get(asked.field, asked.default)
        wrong = "is open" if answer is None else wrong_answer(asked, answer)
        if wrong is None and answer is not None:
            if asked.kind == "new_unit" and answer == "yes":
                new_units.append((asked.label, asked.printed))
            return answer
        near = f"; near: {', '.join(asked.near)}" if asked.near else ""
        open_questions.append(
            f"{asked.field} ({asked.kind} {asked.words or asked.label}{near}) {wrong}"
        )
        return _stand_in(asked, edition)

    try:
        drafted = draft_layout(file, source_name, edition, draft, aligned, ask)
    except ExtractionError:
        if not open_questions:
            raise
    place = Place(str(file))
    differences = [str(problem) for problem in aligned.differences] if aligned else []
    if open_questions:
        raise Refused(
            Code.ANSWER(
                "the layout was not written: {questions}; differences from the edition before: {differences}",
                "answer these questions under `answers`; each key is the first word of a question",
                place,
                questions=open_questions,
                differences=differences or ["none"],
            )
        )
    if not drafted.is_needed and aligned:
        return drafted, aligned.table.path
    for label, unit in dict.fromkeys(new_units):
        add_unit(source_name, label, unit)
    if new_units:
        drafted = draft_layout(file, source_name, edition, draft, aligned, ask)
    stem = name or re.sub(r"[^\w-]+", "_", file.stem).strip("_") or "layout"
    if re.fullmatch(r"[\w-]+", stem) is None:
        raise Refused(
            Code.NAME_FORM(
                "{name!r} is not a plain name",
                "use only letters, digits, - and _",
                place,
                name=stem,
            )
        )
    path = layouts_folder() / f"{stem}.yml"
    if path.exists() and not replace:
        raise Refused(
            Code.NAME_TAKEN(
                "{path} already exists",
                "give another name, or set `replace` to true",
                place,
                path=str(path),
            )
        )
    write_layout(drafted, path, edition)
    return drafted, path
