"""`make receipt FILE=…`: the receipt of a file somebody dropped in landing, asked for and written."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

from ingestion.extract import check_before_receipt
from ingestion.receipts import (
    Question,
    questions,
    receipt_for,
    receipt_path,
    write_receipt,
    wrong_with,
)
from orchestration.commands.prompts import ask
from orchestration.root.settings import Settings


def ask_and_write(settings: Settings, file: Path) -> int:
    """Check the file, ask what it cannot tell, and write its receipt last.

    Each answer is checked when it is given, and asked for again if it cannot be. It may also come from
    the environment (RECEIPT_<FIELD>), for scripts; without a terminal, a wrong answer, or none where
    there is no default, is an error that names the question.
    """
    file = file.resolve()
    if settings.landing.resolve() not in file.parents:
        raise ValueError(
            f"{file} is not in landing. Remedy: put it at {settings.landing}/<source>/<edition>/ first."
        )
    answers = {q.field: _answer(q) for q in questions(file, date.today())}
    receipt = receipt_for(file, **answers)
    check_before_receipt(file, receipt)
    write_receipt(receipt, receipt_path(file))
    print(f"Wrote {receipt_path(file)}. `make run` takes the file into the archive.")
    return 0


def _answer(question: Question) -> str:
    choices = f" ({' | '.join(question.choices)})" if question.choices else ""
    return ask(
        "RECEIPT",
        question.field,
        question.prompt + choices,
        question.default,
        partial(wrong_with, question),
    )
