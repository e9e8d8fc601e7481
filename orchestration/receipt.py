"""`make receipt FILE=…`: the receipt of a file somebody dropped in landing, asked for and written."""

from __future__ import annotations

import os
import sys
from datetime import date
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
from orchestration.settings import Settings


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
    given = os.environ.get(f"RECEIPT_{question.field.upper()}")
    if given is not None:
        if problem := wrong_with(question, given):
            raise ValueError(f"RECEIPT_{question.field.upper()}: {problem}.")
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
        answer = input(f"{question.prompt}{choices}{shown}: ").strip() or str(
            question.default or ""
        )
        problem = wrong_with(question, answer)
        if problem is None:
            return answer
        print(f"  {problem}. Once more:")
