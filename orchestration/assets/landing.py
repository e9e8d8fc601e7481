"""New files in landing that have no receipt yet, and receipts written from a person's answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from living_panel.codes import Code
from living_panel.ingestion.editions.comparison import Comparison, compare
from living_panel.ingestion.editions.history import find_gaps, gap_problems, read_history
from living_panel.ingestion.provenance.catalog import CATALOG_VARIABLE
from living_panel.ingestion.provenance.receipts import (
    Receipt,
    ReceiptQuestion,
    questions,
    receipt_for,
    receipt_path,
    write_receipt,
    wrong_with,
)
from living_panel.ingestion.reading.extract import read_before_receipt
from living_panel.ingestion.storage import inbox
from living_panel.ingestion.storage.archive import withdraw_file
from living_panel.orchestration.assets import sentences
from living_panel.orchestration.dbt.coverage import ExpectedSeries, add_coverage, missing_coverage
from living_panel.orchestration.dbt.generated_files import check_series
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Problem, Refused


def landed_file(settings: Settings, file: Path) -> Path:
    """Return the absolute path of a file in landing; a relative one starts at the landing folder.

    Raises
    ------
    ValueError
        If the file does not lie in landing.
    """
    place = (settings.landing / file).resolve()
    if settings.landing.resolve() not in place.parents:
        where = f"{settings.landing}/<source>/<edition>/"
        raise Refused(sentences.NOT_IN_LANDING(Place(str(file)), folder=where))
    return place


DOUBTS = "doubts"
"""The answer `yes` confirms values that differ much from those of earlier editions, or that the file marks."""
EXPECTED = "coverage"
"""The answer `yes` writes the proposed lines, with their gaps, into `expected_coverage.csv`."""
IN_DOUBT = frozenset({Code.HISTORY_DOUBT})


@dataclass(frozen=True)
class Answered:
    """Result of a receipt: lines for the expected coverage; gaps, revisions and moved rows by earlier editions."""

    lines: list[str]
    gaps: list[Problem]
    revisions: list[Problem]
    moved: list[Problem]


@dataclass(frozen=True)
class LandedValues:
    """The values of a landed file beside those of earlier editions."""

    labels: tuple[str, ...]
    compared: Comparison
    gaps: list[Problem]
    missing: list[ExpectedSeries]
    """Lines that `expected_coverage.csv` lacks."""

    @classmethod
    def empty(cls) -> LandedValues:
        """Return the values of a file that cannot be read before a person answers."""
        return cls((), Comparison(), [], [])


def examine(settings: Settings, file: Path, receipt: Receipt) -> LandedValues:
    """Read a landed file, and compare it with earlier editions; write nothing.

    Raises
    ------
    ValueError
        If the file cannot be read, or has a series that the next refresh would not know.
    """
    rows = read_before_receipt(file, receipt)
    if not os.environ.get(CATALOG_VARIABLE):
        check_series(receipt.source, rows)
    facts = receipt.source, receipt.edition, rows, read_history(settings.root, receipt.source)
    return LandedValues(
        tuple(map(str, dict.fromkeys(rows["indicator_label"]))),
        compare(*facts),
        gap_problems(receipt.source, receipt.edition, find_gaps(*facts)),
        missing_coverage(receipt.source, receipt.edition, rows),
    )


def write_answered(settings: Settings, file: Path, answers: Mapping[str, str]) -> Answered:
    """Check a landed file and write its receipt last.

    Parameters
    ----------
    settings : Settings
    file : pathlib.Path
        In landing.
    answers : mapping of str to str
        By field of a question; a question with a default may be left out. `doubts: yes` confirms values
        that jump or that the file marks, or another unit, after a first attempt has named them.
        `coverage: yes` writes the lines that an attempt without it has named, with their gaps.

    Returns
    -------
    Answered
        Lines that the expected coverage has no entry for, and each gap that they contain.

    Raises
    ------
    ValueError
        If an answer is missing, wrong or to no question; names every question with its default. If values
        are in doubt and not confirmed; has one problem for each doubt.
    """
    answers = dict(answers)
    confirmed, covers = answers.pop(DOUBTS, "no"), answers.pop(EXPECTED, "no")
    asked = questions(file, date.today())
    fields = [question.field for question in asked]
    wrong = [f"{name}: no such question" for name in answers if name not in fields]
    wrong += [f"{q.field}: {problem}" for q in asked if (problem := _wrong(q, answers))]
    if wrong:
        known = "; ".join(_described(question) for question in asked)
        place = Place(str(file))
        raise Refused(
            Code.ANSWER(
                "the receipt was not written: {wrong}",
                "answer these questions under `answers`: {questions}",
                place,
                wrong="; ".join(wrong),
                questions=known,
            )
        )
    receipt = receipt_for(file, **answers)
    values = examine(settings, file, receipt)
    compared, missing = values.compared, values.missing
    if compared.doubts and confirmed != "yes":
        raise Refused(*compared.doubts)
    write_receipt(receipt, receipt_path(file))
    if covers == "yes":
        add_coverage(missing)
    lines = [] if covers == "yes" else list(map(str, missing))
    return Answered(lines, values.gaps, compared.revisions, compared.moved)


def without_receipt(settings: Settings, source: str = "") -> list[Path]:
    """Return the files of a source in landing, or of all sources, that have no receipt."""
    taken = {waiting.file for waiting in inbox.pending(settings.root)}
    files = [f for f in inbox.landed(settings.root) if not source or f.parts[-3] == source]
    return [file for file in files if file not in taken and not receipt_path(file).exists()]


def _wrong(question: ReceiptQuestion, answers: Mapping[str, str]) -> str | None:
    answer = answers.get(question.field, question.default)
    return "an answer is needed" if answer is None else wrong_with(question, answer)


def _described(question: ReceiptQuestion) -> str:
    choices = f", one of {', '.join(question.choices)}" if question.choices else ""
    default = "needed" if question.default is None else f"default {question.default!r}"
    return f"{question.field} ({question.prompt}{choices}; {default})"


def withdraw_archived(
    settings: Settings, name: str, reason: str, by: Literal["person", "run"] = "person"
) -> Path:
    """Withdraw one archived file by its place, `<source>/<edition>/<vintage>/<file>`; return its receipt.

    Raises
    ------
    ValueError
        If there is no such file, it is withdrawn already, or no reason is given.
    """
    if len(reason.strip()) < 3:
        raise Refused(
            Code.ANSWER(
                "the reason is missing", "say in a few words why the file is wrong", Place(name)
            )
        )
    return withdraw_file(settings.root, name, reason.strip(), by=by)
