"""`make receipt FILE=…`: the receipt of a file somebody dropped in landing, asked for and written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from living_panel.estimation.papers.source import FOLDER, RAW, RECEIPTS, RawReceipt, receipts_with
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.provenance.receipts import (
    ReceiptQuestion,
    questions,
    receipt_path,
    wrong_with,
)
from living_panel.orchestration.assets.landing import (
    DOUBTS,
    EXPECTED,
    IN_DOUBT,
    landed_file,
    write_answered,
)
from living_panel.orchestration.commands.prompts import ask
from living_panel.orchestration.commands.questions import question as asked
from living_panel.orchestration.dbt.coverage import COVERAGE
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Refused, name_commands

RAW_QUESTIONS = {
    "obtained": ("vintage", date.today().isoformat()),
    "producer": ("producer", None),
    "publication": ("publication", None),
    "obtained_by": ("obtained_by", None),
    "licence": ("licence_note", ""),
}
"""For each fact of a raw file's receipt: the question, and the answer given by Enter alone."""


def ask_and_write(settings: Settings, file: Path) -> int:
    """Check the file, ask for facts that it lacks, and write its receipt last.

    Each answer is checked when it is given, and asked for again if it cannot be. It may also come from the
    environment (RECEIPT_<FIELD>), for scripts; without a terminal, a wrong or missing answer is an error that
    names the question.
    """
    if is_raw(file.resolve()):
        written = _raw_receipt(file.resolve())
        print(name_commands(f"Wrote {written}. `make try SPEC=…` uses the file."))
        return 0
    file = landed_file(settings, file.resolve())
    answers = {q.field: _answer(q) for q in questions(file, date.today())}
    try:
        answered = write_answered(settings, file, answers)
    except Refused as error:
        if not set(error.codes) & IN_DOUBT:
            raise
        print(name_commands(str(error)))
        answers |= {DOUBTS: ask("RECEIPT", DOUBTS, asked(DOUBTS), None)}
        answered = write_answered(settings, file, answers)
    written = receipt_path(file)
    print(f"Wrote {written}.")
    for problem in (*answered.moved, *answered.revisions, *answered.gaps):
        print(name_commands(str(problem)))
    if answered.lines:
        _offer_lines(settings, file, answers, answered.lines)
    print(name_commands("`make run` takes the file into the archive."))
    return 0


def _offer_lines(
    settings: Settings, file: Path, answers: dict[str, str], lines: Sequence[str]
) -> None:
    """Print the lines that the table of expected coverage lacks, and add them where the answer is yes."""
    print(
        f"{COVERAGE} has no line for these series of this edition: a missing province or year may "
        "pass unseen. Compare these lines with the source; the last column has provinces without a value:"
    )
    print("\n".join(f"  {line}" for line in lines))
    if ask("RECEIPT", EXPECTED, asked(EXPECTED), "no") == "yes":
        write_answered(settings, file, answers | {EXPECTED: "yes"})
        print(f"Added them to {COVERAGE}.")
    else:
        print("Add them to that file, or run the command again with RECEIPT_COVERAGE=yes.")


def is_raw(file: Path) -> bool:
    """Whether a file is one of a paper's raw files."""
    return file.is_file() and file.parts[-3:-1] == (FOLDER, RAW)


def _raw_receipt(file: Path) -> Path:
    """Ask where a raw file of a paper comes from, and write its receipt."""
    answers = {
        field: ask("RECEIPT", field, asked(question), default)
        for field, (question, default) in RAW_QUESTIONS.items()
    }
    entry = {"file": file.name, "sha256": sha256_of(file)[0], **answers}
    path = file.with_name(RECEIPTS)
    text = receipts_with(RawReceipt.model_validate(entry), file.parents[1])
    write_durably(text.encode(), path)
    return path


def _answer(question: ReceiptQuestion) -> str:
    choices = f" ({' | '.join(question.choices)})" if question.choices else ""
    return ask(
        "RECEIPT",
        question.field,
        asked("unit_of_file" if question.field == "unit" else question.field) + choices,
        question.default,
        partial(wrong_with, question),
    )
