"""`make receipt FILE=…`: the receipt of a file somebody dropped in landing, asked for and written."""

from __future__ import annotations

import os
from datetime import date
from functools import partial
from pathlib import Path

from ingestion.catalog import CATALOG_VARIABLE
from ingestion.extract import read_before_receipt
from ingestion.receipts import (
    Question,
    questions,
    receipt_for,
    receipt_path,
    write_receipt,
    wrong_with,
)
from orchestration.commands.prompts import ask
from orchestration.commands.questions import question as asked
from orchestration.dbt.generated_files import COVERAGE, check_series, missing_coverage
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
    rows = read_before_receipt(file, receipt)
    if not os.environ.get(CATALOG_VARIABLE):
        check_series(receipt.source, rows)
    write_receipt(receipt, receipt_path(file))
    print(f"Wrote {receipt_path(file)}. `make run` takes the file into the archive.")
    if lines := missing_coverage(receipt.source, receipt.edition, rows):
        print(
            f"Nothing is written in {COVERAGE} for these series of {receipt.source} {receipt.edition}: a "
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
