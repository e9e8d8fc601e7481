"""A receipt beside earlier editions: doubts are confirmed, gaps named, and the expected coverage written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from living_panel.ingestion import codes
from living_panel.ingestion.provenance.receipts import receipt_path
from living_panel.ingestion.provinces import PROVINCES
from living_panel.ingestion.reading.extract import extract_edition
from living_panel.ingestion.storage.inbox import take
from living_panel.orchestration.assets.landing import write_answered
from living_panel.orchestration.commands.receipt import ask_and_write
from living_panel.orchestration.dbt import coverage
from living_panel.orchestration.root.settings import Settings
from tests.fixtures import landed
from tests.refusals import refuses

HEAD = "indicator_label,unit,province_label,year,value,quality,compiled_from,note\n"
SOURCE = "postal_express"


def lines(year: int, times: float, without: str = "") -> bytes:
    rows = (
        f"快递业务量,万件,{p.short},{year},{round(100 * (i + 1) * times, 2)},high,,"
        for i, p in enumerate(PROVINCES)
        if p.short != without
    )
    return (HEAD + "\n".join(rows) + "\n").encode()


@pytest.mark.long
def test_doubts_gaps_and_coverage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = tmp_path / "expected_coverage.csv"
    shutil.copyfile(coverage.COVERAGE, seed)
    monkeypatch.setattr(coverage, "COVERAGE", seed)
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    landed.land(tmp_path, (SOURCE, 2025), lines(2023, 1.0))
    take(tmp_path, SOURCE, 2025)
    extract_edition(tmp_path, SOURCE, 2025)
    file = settings.landing / SOURCE / "2026" / "own.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(lines(2024, 10_000.0, without="西藏"))
    answers = {"obtained_by": "a book, page 7", "vintage": "2026-11-25"}
    with refuses(ValueError, codes.RARE_VALUES):
        write_answered(settings, file, answers)
    assert not receipt_path(file).exists()
    answered = write_answered(settings, file, answers | {"doubts": "yes"})
    assert receipt_path(file).exists() and len(answered.lines) == 1
    (gap,) = answered.gaps
    assert gap.code == codes.GAP_AFTER_EDITION.name and "西藏" in gap.fields["missing"]
    before = seed.read_text(encoding="utf-8")
    answered = write_answered(settings, file, answers | {"doubts": "yes", "coverage": "yes"})
    assert answered.lines == []
    added = seed.read_text(encoding="utf-8").removeprefix(before.rstrip("\n")).strip()
    assert added == "official,postal_express,2026,快递业务量,万件,province,2024,2024,540000"
    seed.write_text(before, encoding="utf-8")
    for field, said in {"OBTAINED_BY": "a book, page 7", "DOUBTS": "yes", "COVERAGE": "no"}.items():
        monkeypatch.setenv(f"RECEIPT_{field}", said)
    assert ask_and_write(settings, file) == 0 and seed.read_text(encoding="utf-8") == before
    monkeypatch.setenv("RECEIPT_COVERAGE", "yes")
    assert ask_and_write(settings, file) == 0
    assert added in seed.read_text(encoding="utf-8"), "the command writes the same lines"
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "`make run` takes the file into the archive.", "the next step comes last"
