"""`make receipt FILE=…`: the receipt of a file somebody dropped in landing, asked for and written."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

from ingestion.receipts import Question, questions, receipt_path, wrong_with
from orchestration.assets.landing import landed_file, write_answered
from orchestration.commands.prompts import ask
from orchestration.commands.questions import question as asked
from orchestration.dbt.generated_files import COVERAGE
from orchestration.root.settings import Settings


def ask_and_write(settings: Settings, file: Path) -> int:
    """Check the file, ask for facts that it lacks, and write its receipt last.

    Each answer is checked when it is given, and asked for again if it cannot be. It may also come from
    the environment (RECEIPT_<FIELD>), for scripts; without a terminal, a wrong or missing answer is an error that names
    the question.
    """
    file = landed_file(settings, file.resolve())
    answers = {q.field: _answer(q) for q in questions(file, date.today())}
    lines = write_answered(settings, file, answers)
    print(f"Wrote {receipt_path(file)}. `make run` takes the file into the archive.")
    if lines:
        print(
            f"Nothing is written in {COVERAGE} for these series of this edition: a "
            "missing province or year may pass unseen. Compare these lines with the source, and add them:"
        )
        print("\n".join(f"  {line}" for line in lines))
    return 0


def _answer(question: Question) -> str:
    choices = f" ({' | '.join(question.choices)})" if question.choices else ""
    return ask(
        "RECEIPT",
        question.field,
        asked("unit_of_file" if question.field == "unit" else question.field) + choices,
        question.default,
        partial(wrong_with, question),
    )
