"""The printed paper as data: loading, checksums, the parts of a cell, and proof-reading."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from estimation.papers import printed
from estimation.papers.printed import TranscriptionError, load_paper, verify_checksums
from estimation.papers.schema import Number, PrintedPaper
from tools.proofread import (
    first_reading,
    locate,
    passages,
    printed_rows,
    proofread,
    reference_reading,
    second_reading,
)

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


def test_a_changed_figure_is_refused(copy: Path) -> None:
    path = copy / "bi_2025" / "printed" / "table_6.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("0.352", "0.325"), encoding="utf-8")
    with pytest.raises(TranscriptionError, match=r"table_6\.csv: sha256"):
        load_paper("bi_2025", copy)


def test_a_file_more_or_less_is_refused(copy: Path) -> None:
    (copy / "bi_2025" / "printed" / "table_3.csv").write_text("", encoding="utf-8")
    with pytest.raises(TranscriptionError, match=r"differ: printed/table_3\.csv"):
        load_paper("bi_2025", copy)
    (copy / "bi_2025" / "printed" / "table_3.csv").unlink()
    (copy / "bi_2025" / "claims.csv").unlink()
    with pytest.raises(TranscriptionError, match=r"differ: claims\.csv"):
        load_paper("bi_2025", copy)


def test_parts_of_a_cell_must_make_its_text(copy: Path) -> None:
    folder = copy / "bi_2025"
    path = folder / "printed" / "table_4.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("0.452,0.062,***", "0.425,0.062,***"),
        encoding="utf-8",
    )
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = (folder / "CHECKSUMS").read_text().splitlines()
    lines = [f"{digest}  printed/table_4.csv" if x.endswith("table_4.csv") else x for x in lines]
    (folder / "CHECKSUMS").write_text("\n".join(lines) + "\n")
    with pytest.raises(TranscriptionError, match="row 1, column 1: text '0.452"):
        load_paper("bi_2025", copy)


def test_tables_have_the_printed_shape(paper: PrintedPaper) -> None:
    shapes = {"1": (8, 5), "2": (8, 4), "4": (12, 7), "5": (7, 2), "6": (13, 3)}
    for number, (rows, columns) in shapes.items():
        cells = paper.tables[number].cells
        assert len(cells) == rows * columns
        assert len({c.row for c in cells}) == rows
        assert len({c.place for c in cells}) == len(cells)
    assert "3" not in paper.tables


def test_descriptives_are_wide_and_in_printed_order() -> None:
    wide = printed.descriptives("bi_2025")
    assert list(wide.index) == ["ex", "fdi", "ce", "lab", "tec", "kn", "ed", "gdp"]
    assert list(wide.columns) == ["n_obs", "mean", "sd", "min", "max"]
    assert (wide["n_obs"] == 2521).all()
    assert wide.loc["fdi", "max"] == 122348949.52
    assert wide.loc["ce", "min"] == 0.00249


def test_a_printed_table_is_found_by_what_it_holds_in_its_own_paper() -> None:
    five = printed.printed_of("bi_2025", "regression", "fmols")
    assert printed.frame(five).equals(printed.printed_table("bi_2025", "5"))
    assert not printed.printed_of("innovation_2026", "unit_roots").cells
    assert not printed.printed_of("", "descriptives").cells and printed.descriptives("").empty


def test_long_frames_keep_text_and_numbers() -> None:
    for table, rows in (
        (printed.printed_table("bi_2025", "1"), 40),
        (printed.printed_table("bi_2025", "2"), 32),
        (printed.printed_table("bi_2025", "4"), 84),
        (printed.printed_table("bi_2025", "5"), 14),
        (printed.printed_table("bi_2025", "6"), 39),
    ):
        assert list(table.columns) == list(printed.CELL_COLUMNS)
        assert len(table) == rows
    four = printed.printed_table("bi_2025", "4").set_index(["term", "model"])
    assert four.loc[("tec", "7"), "text"] == "0.458 (0.059)"
    assert four.loc[("tec", "7"), "stars"] == ""
    assert four.loc[("fdi", "7"), "bracket"] == 0.0551
    assert (four.loc["gdp", "text"] == "").all()


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
    assert len({c.id for c in paper.claims}) == len(paper.claims) == 94
    assert len(references) == 26


def test_a_number_keeps_its_last_digit() -> None:
    assert Number("0.310").half_unit == pytest.approx(0.0005)
    assert Number("2521").half_unit == 0.5
    assert Number("−4.78").value == -4.78


# -- proof-reading: on a text made up here, since the paper's own is not kept -------------------
TEXT = """
1. Introduction

Growth matters [1]. Ash (2001) agrees with 24 units in all [1]. The slope is 0.45 here.

2. Results

2.1. Base

The coefficient is 0.45, as said. It rose by 7.5 points
in one region.

Table 1. Base

Variables\tA\tB
x\t0.45*** (0.06)\t0.50
N\t100\t100

Note: stars.

References

- [1] Ash B, Birch C, et al. A study [J]. Press, 2001, 1(2): 3-4.
"""


def test_tables_and_passages_are_read_from_text() -> None:
    assert printed_rows(TEXT) == {
        "1": [["Variables", "A", "B"], ["x", "0.45*** (0.06)", "0.50"], ["N", "100", "100"]]
    }
    parts = passages(TEXT)
    assert [(p.section, p.paragraph, len(p.sentences)) for p in parts] == [
        ("section 1", 1, 3),
        ("section 2.1", 1, 2),
    ]
    assert locate("section 1, paragraph 1, sentence 3", parts).startswith("The slope")
    assert locate("section 2.1, last sentence", parts).endswith("in one region.")
    assert locate("section 9, sentence 1", parts) == ""


def test_each_reading_finds_a_slip(paper: PrintedPaper) -> None:
    from estimation.papers.schema import Cell, Citation, Claim, Reference, Table

    def cell(row: str, column: str, text: str) -> Cell:
        return Cell("1", row, column, column, row, "", "estimate", None, None, "", text, "")

    cells = (
        cell("x", "A", "0.45*** (0.06)"),
        cell("x", "B", "0.50"),
        cell("N", "A", "100"),
        cell("N", "B", "100"),
    )
    blank = Claim("a", "", "fact", "", (), (), "", (), "", None, "", "")
    right = replace(
        paper,
        tables={"1": Table("1", "Base", "regression", cells)},
        claims=(
            replace(blank, place="section 1, paragraph 1, sentence 2", values=("24",)),
            replace(blank, place="section 1, paragraph 1, sentence 3", values=("0.45",)),
            replace(blank, place="section 2.1, last sentence", values=("7.5",)),
        ),
        citations=(Citation("section 1, sentence 2", "Ash", 2001, "1", (), ()),),
        references=(Reference("1", ("Ash", "Birch"), True, 2001, (), (), ""),),
    )
    assert proofread(right, TEXT) == {"tables": [], "text": [], "references": []}

    slip = (replace(cells[0], text="0.54*** (0.06)"), *cells[1:])
    wrong = replace(right, tables={"1": right.tables["1"].with_cells(slip)})
    assert "0.54" in first_reading(wrong, TEXT)[0]
    assert first_reading(replace(right, tables={}), TEXT) == [
        "table 1: in the text, not transcribed"
    ]
    misplaced = replace(right, claims=(replace(right.claims[0], values=("25",)), *right.claims[1:]))
    assert any("'25' is not in the sentence" in d for d in second_reading(misplaced, TEXT))
    forgotten = replace(right, claims=right.claims[:2])
    assert any("figure 7.5 is in no claim" in d for d in second_reading(forgotten, TEXT))
    cited = replace(right, citations=(replace(right.citations[0], year=2002),))
    assert any("'2002' is not in the sentence" in d for d in second_reading(cited, TEXT))
    for change in ({"year": 2011}, {"authors": ("Ash", "Dew")}, {"more_authors": False}):
        listed = replace(right, references=(replace(right.references[0], **change),))  # type: ignore[arg-type]
        assert reference_reading(listed, TEXT)


@pytest.mark.skipif("PRINTED_PAPER_TEXT" not in os.environ, reason="the paper's text is not kept")
def test_the_transcription_agrees_with_the_paper(paper: PrintedPaper) -> None:
    text = Path(os.environ["PRINTED_PAPER_TEXT"]).read_text(encoding="utf-8")
    assert proofread(paper, text) == {"tables": [], "text": [], "references": []}
