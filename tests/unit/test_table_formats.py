"""The six formats of one table, read back: each shows the same digits, stars and brackets."""

from __future__ import annotations

import csv
import io
import pickle
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bs4 import BeautifulSoup
from docx import Document
from openpyxl import load_workbook

from living_panel.estimation.panel.spec import PAPERS, Spec, load_spec
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.tables.facts import inference_text
from living_panel.estimation.tables.number import Number
from living_panel.estimation.tables.render import (
    to_csv,
    to_docx,
    to_html,
    to_latex,
    to_latex_appendix,
    to_markdown,
    to_xlsx,
)
from living_panel.estimation.tables.render.parts import Page, parts, said_once
from living_panel.estimation.tables.result import Block, TableResult
from living_panel.estimation.tables.texts import column_places, interval_text
from tests.unit.reading import shown_in_excel
from tests.unit.test_paper_data_from_files import release_of_paper

MUNNELL = PAPERS / "munnell_1990"
Grid = list[tuple[str, ...]]


def munnell(**changes: Any) -> TableResult:
    spec: Spec = load_spec(MUNNELL / "specs" / "munnell_1990_productivity.yml")
    return estimate(spec.model_copy(update=changes), release_of_paper(MUNNELL))


@pytest.fixture(scope="module")
def table() -> TableResult:
    return munnell()


def grid_of(table: TableResult, name: str = "") -> Grid:
    """Cells of the first grid, as a format has them: LaTeX and Word say once what all columns share."""
    block = said_once(table.page[0]) if name in ("tex", "docx") else table.page[0]
    return [tuple(c.strip() for c in row) for row in block.rows]


def from_markdown(table: TableResult) -> Grid:
    lines = [line for line in to_markdown(table).splitlines() if line.startswith("|")]
    cells = (re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[2:])
    return [tuple(re.sub(r"\\(.)", r"\1", c).strip() for c in row) for row in cells]


def from_html(table: TableResult) -> Grid:
    body = BeautifulSoup(to_html(table), "lxml").select_one("table tbody")
    assert body is not None
    return [tuple(c.get_text().strip() for c in row.select("th, td")) for row in body.select("tr")]


def from_csv(table: TableResult) -> Grid:
    rows = [r for r in csv.reader(io.StringIO(to_csv(table))) if len(r) > 1]
    # an apostrophe keeps a spreadsheet from reading a text that begins with a minus as a formula
    grid = rows[1 : 1 + len(grid_of(table))]
    return [tuple(c.removeprefix("'").strip() for c in row) for row in grid]


def from_word(table: TableResult) -> Grid:
    # a grid that is longer than a page is in several parts
    parts = Document(io.BytesIO(to_docx(table))).tables
    grids = (
        [tuple(cell.text.strip() for cell in row.cells) for row in part.rows] for part in parts
    )
    return [row for grid in grids for row in grid[1:]][: len(grid_of(table, "docx"))]


def from_excel(table: TableResult) -> Grid:
    rows = list(load_workbook(io.BytesIO(to_xlsx(table))).active.iter_rows())
    start = next(n for n, row in enumerate(rows) if row[0].value == "Dependent variable")
    width = len(table.page[0].columns)
    found = rows[start : start + len(grid_of(table))]
    return [tuple(shown_in_excel(cell) for cell in row[:width]) for row in found]


def from_latex(table: TableResult) -> Grid:
    text = to_latex(table)
    bodies = re.findall(r"\\midrule(.*?)\\bottomrule", text, re.DOTALL)
    rows = []
    for line in "".join(bodies).splitlines():
        if not line.endswith(r"\\"):
            continue
        cells = re.split(r"(?<!\\)&", line.removesuffix(r"\\"))
        plain = [re.sub(r"\\textless\{\}", "<", c.replace("$^2$", "²")) for c in cells]
        plain = [re.sub(r"\\([%&#_])", r"\1", c) for c in plain]
        rows.append(tuple(re.sub(r"[{}]", "", c).strip() for c in plain))
    return rows


READERS = {
    "md": from_markdown, "html": from_html, "csv": from_csv, "docx": from_word, "xlsx": from_excel,
    "tex": from_latex,
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_a_format_shows_the_digits_of_every_cell(name: str, table: TableResult) -> None:
    assert READERS[name](table) == grid_of(table, name)


def test_excel_holds_estimates_at_full_precision(table: TableResult) -> None:
    rows = list(load_workbook(io.BytesIO(to_xlsx(table))).active.iter_rows())
    row = next(row for row in rows if row[0].value == "ln public capital")
    ours = table.coefficients.query("term == 'pcap' and inference.str.startswith('clustered')")
    assert [c.value for c in row[1:6]] == pytest.approx(ours["estimate"].tolist(), rel=1e-14)


def test_latex_holds_the_main_table_alone_with_its_label(table: TableResult) -> None:
    text, appendix = to_latex(table), to_latex_appendix(table)
    assert text.count(r"\begin{tabular}") == 1 and "Appendix" not in text
    assert "dependent variable: ln GSP; degrees of freedom of t: 47" in text
    assert rf"\label{{tab:{table.table_id}}}" in text
    assert rf"\label{{tab:{table.table_id}:2}}" in appendix and "SE, classical" in appendix
    assert r"\documentclass" not in text and text.startswith(r"% \usepackage{booktabs,")
    assert text.count("S[table-format={(}-1.3{***}") == 5, "stars follow aligned numbers"


def long_block(rows: int, columns: int = 3) -> Block:
    """Coefficients of two rows each under a rule, and two facts, one of which all columns share."""
    body = [
        (f"x{n // 2}" if n % 2 == 0 else "", *[f"{n}.5"] * columns) for n in range(2 * (rows // 2))
    ]
    facts = [("Estimator", *["OLS"] * columns), ("Rows", *map(str, range(columns)))]
    rules = frozenset(range(0, len(body) + 1, 2))
    heads = ("", *(f"({n + 1})" for n in range(columns)))
    places = frozenset((len(body), len(body) + 1))
    return Block("Many", heads, (*body, *facts), ("A note.",), rules, facts=places)


def test_what_all_columns_share_is_said_once() -> None:
    block = long_block(4)
    once = said_once(block)
    assert once.notes == ("Every column: estimator: OLS.", "A note.")
    assert [row[0] for row in once.rows] == ["x0", "", "x1", "", "Rows"]
    assert once.facts == {4} and once.rules == {0, 2, 4}
    refused = replace(block, rows=tuple((*row[:-1], "") for row in block.rows))
    assert said_once(refused).notes[0] == "Every estimated column: estimator: OLS."
    without = replace(block, facts=frozenset())
    assert said_once(without) == without


def test_a_long_or_wide_grid_is_split_into_parts_with_every_cell_once() -> None:
    block = long_block(101, columns=9)
    page = Page(characters=40, lines=30)
    found = parts(block, page)
    assert len(found) > 1 and all(len(part.rows) <= 30 for part in found)
    assert [part.title for part in found][:2] == [
        f"Many (part {n} of {len(found)})" for n in (1, 2)
    ]
    assert [part.notes for part in found] == [()] * (len(found) - 1) + [("A note.",)]
    assert all(part.rows[0][0] for part in found), "no part begins inside a coefficient"
    assert all(part.columns[0] == "" for part in found)
    cells = [cell for part in found for row in part.rows for cell in row[1:]]
    assert sorted(cells) == sorted(cell for row in block.rows for cell in row[1:])
    assert parts(block, Page(400, 200)) == [block]


def test_a_column_has_equal_digits(table: TableResult) -> None:
    for n in range(1, 6):
        numbers = [row[n] for row in table.appendix[0].rows if re.match(r"-?\d+\.\d+\**$", row[n])]
        constant = next(row[n] for row in table.page[0].rows if row[0] == "Constant")
        others = [row[n] for row in table.page[0].rows if row[0] == "ln labour"]
        places = {len(cell.rstrip("*").partition(".")[2]) for cell in (constant, *others) if cell}
        assert len(places) == 1 and numbers
    assert column_places([2, 3, 7]) == 3, "a variable in large units has places of its own"
    assert column_places([]) is None


def siunitx_is_here() -> bool:
    if not shutil.which("pdflatex") or not shutil.which("kpsewhich"):
        return False
    names = ["kpsewhich", "siunitx.sty", "booktabs.sty"]
    found = subprocess.run(names, capture_output=True, text=True, check=False).stdout
    return len(found.split()) == 2


@pytest.mark.skipif(not siunitx_is_here(), reason="no LaTeX with siunitx on this machine")
def test_the_main_table_is_read_by_input_and_referred_to(
    table: TableResult, tmp_path: Path
) -> None:
    (tmp_path / "table.tex").write_text(to_latex(table), encoding="utf-8")
    (tmp_path / "paper.tex").write_text(
        r"\documentclass{article}\usepackage{booktabs,siunitx,graphicx}\begin{document}"
        rf"Table~\ref{{tab:{table.table_id}}}.\input{{table}}\end{{document}}",
        encoding="utf-8",
    )
    for _ in range(2):  # the second run knows the label
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"], cwd=tmp_path,
            capture_output=True, text=True, errors="replace", check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-1500:]
    assert "undefined" not in done.stdout and "Overfull" not in done.stdout


def test_a_word_table_has_three_lines_and_no_grid(table: TableResult) -> None:
    grid = Document(io.BytesIO(to_docx(table))).tables[0]
    lines = [re.findall(r"<w:(top|bottom|left|right) w:val", row._tr.xml) for row in grid.rows]
    width = len(table.page[0].columns)
    assert lines[0] == ["top", "bottom"] * width and lines[-1] == ["bottom"] * width
    assert not any(lines[1:-1]) and grid.style.name == "Normal Table"


@pytest.mark.parametrize("hidden", [["p"], ["printed"], ["p", "printed"]])
def test_rows_of_p_and_of_printed_values_can_be_left_out(hidden: list[str]) -> None:
    table = munnell(hide=hidden)
    labels = {row[0].strip() for row in table.page[0].rows}
    assert labels.isdisjoint(hidden) and {"p", "printed"} - {*hidden} <= labels
    appendix = {row[0].strip() for row in table.appendix[0].rows}
    assert "printed" in appendix, "the appendix has everything"


COMBINATIONS = [
    ["t"], ["se", "t"], ["p", "se"], ["interval"], ["t", "p", "interval"], ["se", "t", "p", "interval"],
]  # fmt: skip
LABELS = {"se": "", "t": "t", "p": "p", "interval": "95 % interval"}


@pytest.mark.parametrize("asked", COMBINATIONS)
def test_any_statistics_stand_under_a_coefficient_in_all_formats(asked: list[str]) -> None:
    table = munnell(rows=asked)
    grid = grid_of(table)
    at = next(n for n, row in enumerate(grid) if row[0] == "ln public capital")
    assert [row[0] for row in grid[at + 1 : at + 1 + len(asked)]] == [LABELS[a] for a in asked]
    for name, read in READERS.items():
        assert read(table) == grid_of(table, name), name
    rows = table.coefficients.query("term == 'pcap' and inference.str.startswith('clustered')")
    if "t" in asked:
        shown = [float(cell) for cell in grid[at + 1 + asked.index("t")][1:]]
        t = rows["estimate"] / rows["std_error"]
        assert shown == pytest.approx(t[: len(shown)].tolist(), abs=0.006)


def test_any_statistics_stand_under_a_coefficient_of_a_formula() -> None:
    paper = PAPERS / "card_1995"
    spec = load_spec(paper / "specs" / "card_1995_schooling.yml")
    table = estimate(spec.model_copy(update={"rows": ["t", "interval"]}), release_of_paper(paper))
    labels = [row[0] for row in grid_of(table)]
    assert labels.count("t") == labels.count("95 % interval") > 0
    for name, read in READERS.items():
        assert read(table) == grid_of(table, name), name


def test_hiding_nothing_keeps_the_identity_of_a_spec() -> None:
    spec = load_spec(MUNNELL / "specs" / "munnell_1990_productivity.yml")
    assert not {"hide", "rows"} & {*spec.model_dump(exclude_defaults=True)}
    assert spec.model_copy(update={"hide": ["p"]}).sha256 != spec.sha256


def test_a_number_keeps_its_value_through_a_copy_of_a_process() -> None:
    cell = pickle.loads(pickle.dumps(Number("0.155**", 0.15500700516)))
    assert (cell, cell.value) == ("0.155**", 0.15500700516)
    assert np.isclose(Number("<0.001", 3e-8).value, 3e-8)


@pytest.mark.parametrize(
    ("ends", "error", "text"),
    [
        ((0.000413, 0.277), 0.081, "[0.0004, 0.277]"),  # significant, and seen to be
        ((-0.0003, 0.2), 0.081, "[-0.0003, 0.200]"),
        ((0.0, 0.2), 0.1, "[0.00, 0.20]"),
        ((0.00001, 0.2), 0.1, "[0.00, 0.20]"),
    ],
)
def test_the_end_of_an_interval_shows_its_side_of_zero(ends, error, text) -> None:
    assert interval_text(*ends, error) == text


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("cr3:jackknife:t(G-1)", "CR3 jackknife, t(G-1)"),
        ("clustered:reghdfe:t(G-1)", "clustered, corrected as by reghdfe, t(G-1)"),
        ("wild_cluster_bootstrap:rademacher", "wild bootstrap, Rademacher weights"),
        ("HC1:n-k:t(n-k)", "robust, HC1, n-k, t(n-k)"),
        ("driscoll_kraay(2):none:normal", "Driscoll-Kraay, 2 lags, normal"),
        (
            "clustered(unit+year):stata:t(G-1)",
            "two-way clustered, corrected as by Stata, t(G-1)",
        ),
        ("the covariance of each column", "the covariance of each column"),
    ],
)
def test_a_note_names_an_inference_in_words(label: str, words: str) -> None:
    assert inference_text(label) == words
