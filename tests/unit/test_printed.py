"""The printed paper as data: loading, checksums, the parts of a cell."""

from __future__ import annotations

import csv
import hashlib
import shutil
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.errors import Unusable
from living_panel.estimation.papers import printed
from living_panel.estimation.papers.printed import TranscriptionError, load_paper, verify_checksums
from living_panel.estimation.papers.rows import PrintedNumber
from living_panel.estimation.papers.schema import PrintedPaper
from tests.refusals import refuses

FOLDER = Path(printed.__file__).parent / "bi_2025"


@pytest.fixture(scope="module")
def paper() -> PrintedPaper:
    return load_paper("bi_2025")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "bi_2025")
    return tmp_path


def test_the_transcription_is_the_one_that_was_proof_read() -> None:
    assert verify_checksums(FOLDER) == 11


def test_a_file_more_or_less_is_refused(copy: Path) -> None:
    (copy / "bi_2025" / "printed" / "table_3.csv").write_text("", encoding="utf-8")
    with refuses(TranscriptionError, Code.PAPER_CHECKSUMS, odd="printed/table_3.csv"):
        load_paper("bi_2025", copy)
    (copy / "bi_2025" / "printed" / "table_3.csv").unlink()
    (copy / "bi_2025" / "claims.csv").unlink()
    with refuses(TranscriptionError, Code.PAPER_CHECKSUMS, odd="claims.csv"):
        load_paper("bi_2025", copy)


def test_parts_of_a_cell_must_make_its_text(copy: Path) -> None:
    folder = copy / "bi_2025"
    path = folder / "printed" / "table_4.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("0.452,0.062,***", "0.425,0.062,***"),
        encoding="utf-8",
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = (folder / "CHECKSUMS").read_text().splitlines()
    lines = [f"{digest}  printed/table_4.csv" if x.endswith("table_4.csv") else x for x in lines]
    (folder / "CHECKSUMS").write_text("\n".join(lines) + "\n")
    with refuses(TranscriptionError, Code.PRINTED_TABLE):
        load_paper("bi_2025", copy)


def test_tables_have_the_printed_shape(paper: PrintedPaper) -> None:
    shapes = {"1": (8, 5), "2": (8, 4), "4": (12, 7), "5": (7, 2), "6": (13, 3)}
    for number, (rows, columns) in shapes.items():
        cells = paper.tables[number].cells
        assert len(cells) == rows * columns
        assert len({c.row for c in cells}) == rows
        assert len({c.place for c in cells}) == len(cells)
    assert "3" not in paper.tables


def test_statistics_that_a_paper_does_not_print_are_left_out(monkeypatch) -> None:
    table = printed.printed_of("bi_2025", "descriptives")
    cells = tuple(c for c in table.cells if c.statistic != "n_obs")
    monkeypatch.setattr(
        printed, "printed_of", lambda *asked: table.model_copy(update={"cells": cells})
    )
    wide = printed.descriptives("bi_2025")
    assert wide["n_obs"].isna().all() and wide["mean"].notna().all()


def test_a_printed_table_is_found_by_what_it_holds_in_its_own_paper() -> None:
    five = printed.printed_of("bi_2025", "regression", "fmols")
    assert printed.frame(five).equals(printed.printed_table("bi_2025", "5"))
    assert not printed.printed_of("innovation_2026", "unit_roots").cells
    assert not printed.printed_of("", "descriptives").cells and printed.descriptives("").empty


def test_frames_keep_what_is_printed() -> None:
    four = printed.printed_table("bi_2025", "4").set_index(["term", "model"])
    assert four.loc[("tec", "7"), ["text", "stars"]].tolist() == ["0.458 (0.059)", ""]
    assert four.loc[("fdi", "7"), "bracket"] == 0.0551
    assert (four.loc["gdp", "text"] == "").all()
    wide = printed.descriptives("bi_2025")
    assert list(wide.index) == ["ex", "fdi", "ce", "lab", "tec", "kn", "ed", "gdp"], "as printed"
    assert wide.loc["fdi", ["n_obs", "max"]].tolist() == [2521, 122348949.52]


def test_every_claim_names_what_is_there(paper: PrintedPaper) -> None:
    references = {r.number for r in paper.references}
    for claim in paper.claims:
        if claim.table:
            table = paper.tables[claim.table]
            assert set(claim.models) <= set(table.models), claim
            rows = {c.term for c in table.cells} | set(table.tests)
            assert set(claim.terms) <= rows, claim
        if claim.kind == "literature" and claim.reference:
            assert claim.reference in references
    assert len({c.id for c in paper.claims}) == len(paper.claims) == 96
    assert len(references) == 26


def test_a_number_keeps_its_last_digit() -> None:
    assert PrintedNumber("0.310").half_unit == pytest.approx(0.0005)
    number = PrintedNumber("−0.0620")
    assert (number.value, number.decimals) == (-0.062, 4)
    assert (number.low, number.high) == pytest.approx((-0.06205, -0.06195))
    assert PrintedNumber("2521").half_unit == 0.5
    assert (PrintedNumber("1.2e-05").decimals, PrintedNumber("1.2e-05").half_unit) == (
        6,
        pytest.approx(5e-7),
    )


def test_a_table_that_is_not_there_is_named(copy: Path) -> None:
    with refuses(TranscriptionError, Code.UNKNOWN_TABLE, paper="bi_2025", number="44"):
        printed.printed_table("bi_2025", "44")
    folder = copy / "bi_2025"
    (folder / "printed" / "table_4.csv").unlink()
    _sealed(folder)
    with refuses(TranscriptionError, Code.PRINTED_TABLE, number="4") as caught:
        load_paper("bi_2025", copy)
    assert caught.value.problems[0].place.file == str(folder / "printed" / "table_4.csv")


def test_a_claim_quotes_as_many_numbers_as_its_kind(copy: Path) -> None:
    path = copy / "bi_2025" / "claims.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    first = next(row for row in rows if row["kind"] == "value")
    text = path.read_text(encoding="utf-8")
    old = next(line for line in text.splitlines() if line.startswith(f"{first['id']},"))
    new = old.replace(f",{first['values']},", ",much,", 1)
    path.write_text(text.replace(old, new), encoding="utf-8")
    _sealed(copy / "bi_2025")
    with refuses(TranscriptionError, Code.PRINTED_UNKNOWN, id=first["id"], values="much"):
        load_paper("bi_2025", copy)


def test_a_file_in_another_encoding_is_named(copy: Path) -> None:
    path = copy / "bi_2025" / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    _sealed(copy / "bi_2025")
    with refuses(Unusable, Code.SPEC_RELEASE) as caught:
        load_paper("bi_2025", copy)
    assert caught.value.problems[0].place.file == str(path)


def test_a_cell_of_words_has_no_number(paper: PrintedPaper) -> None:
    cells = [cell for table in paper.tables.values() for cell in table.cells]
    cell = next(cell for cell in cells if cell.estimate is None)
    with refuses(Unusable, Code.PRINTED_TABLE, text=cell.text):
        _ = cell.number


def _sealed(folder: Path) -> None:
    """Write the digests of the files as they stand now."""
    names = [line.split("  ")[1] for line in (folder / "CHECKSUMS").read_text().splitlines()]
    there = [folder / name for name in names if (folder / name).exists()]
    lines = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder)}" for p in there
    ]
    (folder / "CHECKSUMS").write_text("\n".join(lines) + "\n")
