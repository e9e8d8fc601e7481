"""Tables to take away: each file opens in the library made for it, and LaTeX compiles and fits."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from living_panel.estimation.tables.render import (
    to_csv,
    to_docx,
    to_html,
    to_latex,
    to_markdown,
    to_xlsx,
)
from living_panel.estimation.tables.result import Block, Statement, TableResult
from tests.unit.reading import shown_in_excel

PACKAGES = ("booktabs", "graphicx", "array", "pdflscape", "siunitx")
TEX = ("table.tex", "appendix.tex")
CHINESE = "实际使用外商直接投资"


def folders(checkout: Path) -> list[Path]:
    artifacts = checkout / "data" / "artifacts"
    current = json.loads((artifacts.parent / "state" / "current.json").read_text(encoding="utf-8"))
    return [artifacts / e["table_id"] / e["artifact_id"] for e in current]


def table(columns: int, rows: int, cell: str = "-0.310***", words: str = "") -> TableResult:
    header = ("", *(f"({n})" for n in range(1, columns)))
    body = [(f"Variable {n}", *[cell] * (columns - 1)) for n in range(rows)]
    if words:
        body = [(*row[:-1], words) for row in body]
    return TableResult(
        table_id="t99_example", title=f"Table {CHINESE}", statements=(Statement("official", ("Official values.",)),),
        blocks=(Block(f"Grid {CHINESE}", header, tuple(body), ("A note.",)),), figures_status="official",
    )  # fmt: skip


def found(*files: str) -> bool:
    """Whether LaTeX is here and knows the files."""
    known = [["kpsewhich", file] for file in files] if shutil.which("kpsewhich") else [["false"]]
    return all(not subprocess.run(k, capture_output=True, check=False).returncode for k in known)


def latex_is_here() -> bool:
    return bool(shutil.which("pdflatex")) and found(*(f"{p}.sty" for p in PACKAGES))


def compiled(text: str, folder: Path) -> str:
    """The compiler's log; it must have succeeded."""
    head = (
        "\\documentclass[a4paper,11pt]{article}\\usepackage[T1]{fontenc}\\usepackage{"
        + ",".join(PACKAGES)
    )
    (folder / "t.tex").write_text(
        f"{head}}}\\begin{{document}}\n{text}\n\\end{{document}}", encoding="utf-8"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "t.tex"],
        cwd=folder, capture_output=True, text=True, errors="replace", check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-1500:]
    return done.stdout


def test_every_table_opens_in_excel_word_and_csv_with_the_same_cells(checkout: Path) -> None:
    assert len(folders(checkout)) >= 3
    for folder in folders(checkout):
        rows = list(csv.reader(io.StringIO((folder / "table.csv").read_text(encoding="utf-8"))))
        book = load_workbook(folder / "table.xlsx")
        in_excel = Counter(
            _texts(map(shown_in_excel, row)) for sheet in book for row in sheet.iter_rows()
        )
        missing = Counter(_texts(row) for row in rows if len(row) > 1) - in_excel
        assert not missing, (folder, missing)
        documents = [Document(folder / f"{part}.docx") for part in ("table", "appendix")]
        cells = {cell.text for d in documents for grid in d.tables for cell in grid._cells}
        said = {p.text for d in documents for p in d.paragraphs}
        shown = {cell for row in rows for cell in row if "***" in cell}
        assert shown <= {*cells, *said} | _notes(shown), folder


def _texts(row: Iterable[str]) -> tuple[str, ...]:
    """Cells of a row as a person reads them."""
    cells = [cell.removeprefix("'").strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _notes(cells: set[str]) -> set[str]:
    """Cells that are sentences: legends and notes are in paragraphs, with other white space."""
    return {c for c in cells if len(c) > 40 or c.startswith("'")}


@pytest.mark.skipif(not latex_is_here(), reason="no LaTeX with booktabs on this machine")
def test_every_table_compiles_and_fits_its_page(checkout: Path, tmp_path: Path) -> None:
    for folder in folders(checkout):
        texts = [(folder / name).read_text(encoding="utf-8") for name in TEX]
        log = compiled("\n".join(texts), tmp_path)
        grids = re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\) in alignment", log)
        assert not [g for g in map(float, grids) if g > 3], (folder.parent.name, grids)
        large = re.findall(r"Float too large for page by ([\d.]+)pt", log)
        assert not [x for x in map(float, large) if x > 15], (folder.parent.name, large)


def test_latex_is_sound_in_structure_without_a_compiler(checkout: Path) -> None:
    for folder in folders(checkout):
        parts = [(folder / name).read_text(encoding="utf-8") for name in TEX]
        text = "\n".join(parts)
        for name in ("table", "tabular", "landscape"):
            assert text.count(rf"\begin{{{name}}}") == text.count(rf"\end{{{name}}}")
        assert text.count(r"\toprule") == text.count(r"\bottomrule") == text.count(r"\caption") >= 1
        for part in parts:
            named = re.search(r"^% \\usepackage\{(.*)\}", part)[1].split(",")
            assert ("graphicx" in named) == (r"\resizebox" in part)
            assert ("pdflscape" in named) == (r"\begin{landscape}" in part)
            assert ("siunitx" in named) == ("S[table-format" in part)


@pytest.mark.skipif(not latex_is_here(), reason="no LaTeX with booktabs on this machine")
@pytest.mark.parametrize(("columns", "rows"), [(4, 10), (10, 30), (14, 12), (4, 90), (10, 120)])
def test_tables_of_any_shape_fit(columns: int, rows: int, tmp_path: Path) -> None:
    hostile = r"\input{/etc/passwd} $x$ 100% & #1 _a^b~"
    log = compiled(to_latex(table(columns, rows, words=hostile)).replace(CHINESE, "FDI"), tmp_path)
    assert not re.findall(r"Overfull \\hbox \((?!0|1\.|2\.)[\d.]+pt too wide\) in alignment", log)
    assert "Float too large" not in log


def test_chinese_text_reaches_every_file() -> None:
    given = table(3, 2, cell="江苏")
    for render in (to_markdown, to_latex, to_csv, to_html):
        assert CHINESE in render(given) and "江苏" in render(given)
    book = load_workbook(io.BytesIO(to_xlsx(given))).active
    assert any(c.value == "江苏" for row in book for c in row)
    document = Document(io.BytesIO(to_docx(given)))
    assert document.tables[0].cell(1, 1).text == "江苏"
    assert CHINESE in document.paragraphs[0].text


def test_a_wide_table_turns_the_word_page_on_its_side() -> None:
    narrow, wide = (Document(io.BytesIO(to_docx(table(n, 3)))).sections[0] for n in (4, 8))
    assert narrow.page_width < narrow.page_height
    assert wide.page_width > wide.page_height


@pytest.mark.skipif(shutil.which("lualatex") is None, reason="no LuaLaTeX on this machine")
def test_chinese_compiles_under_lualatex(tmp_path: Path) -> None:
    needed = ("fontspec.sty", "booktabs.sty", "lmroman10-regular.otf", "luaotfload-main.lua")
    if not found(*needed):
        pytest.skip("no fontspec with its fonts for LuaLaTeX on this machine")
    fonts = subprocess.run(
        ["fc-list", ":lang=zh", "file"], capture_output=True, text=True, check=False
    ).stdout
    if "NotoSerifCJK-Regular.ttc" not in fonts:
        pytest.skip("no Noto Serif CJK on this machine")
    body = to_latex(table(3, 2, cell="江苏"))
    text = (
        "\\documentclass{article}\\usepackage{fontspec,booktabs}"
        "\\setmainfont{NotoSerifCJK-Regular.ttc}[FontIndex=2]\\begin{document}"
        + body
        + "\\end{document}"
    )
    (tmp_path / "t.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["lualatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"], cwd=tmp_path,
        capture_output=True, text=True, errors="replace", check=False, timeout=240,
        env={"PATH": "/usr/bin:/bin", "TEXMFVAR": str(tmp_path), "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-1500:]
    assert "Missing character" not in (tmp_path / "t.log").read_text(
        encoding="utf-8", errors="replace"
    )
