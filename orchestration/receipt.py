"""`make receipt FILE=…`: the receipt of a file somebody dropped in landing, asked for and written."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

from ingestion.extract import check_before_receipt
from ingestion.receipts import Question, questions, receipt_for, receipt_path, write_receipt
from orchestration.settings import Settings


def ask_and_write(settings: Settings, file: Path) -> int:
    """Check the file, ask what it cannot tell, and write its receipt last.

    An answer may also come from the environment (RECEIPT_<FIELD>), for scripts; without a terminal,
    a question that has neither an answer nor a default is an error that names it.
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
    given = os.environ.get(f"RECEIPT_{question.field.upper()}")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        if question.default is not None:
            return str(question.default)
        raise ValueError(
            f"{question.field} is needed: {question.prompt}. Remedy: answer at a terminal, or set "
            f"RECEIPT_{question.field.upper()}."
        )
    shown = f" [{question.default}]" if question.default is not None else ""
    choices = f" ({' | '.join(map(str, question.choices))})" if question.choices else ""
    while True:
        text = input(f"{question.prompt}{choices}{shown}: ").strip()
        if text or question.default is not None:
            return text or str(question.default)
