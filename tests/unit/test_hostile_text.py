"""Text from sources in what people open: tables in six formats, the UI's Markdown, failure lists.

Whatever a province label, a title or a note holds, it is shown and never executed.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import dagster as dg
import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from living_panel.codes import Code
from living_panel.estimation.tables.render import (
    to_csv,
    to_html,
    to_html_fragment,
    to_latex,
    to_markdown,
    to_xlsx,
)
from living_panel.estimation.tables.result import Block, Statement, TableResult
from living_panel.ingestion.errors import FailureCase
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.sources import _checked, receipts_complete
from living_panel.orchestration.root.settings import Settings

PIECES = st.sampled_from([
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "</td></tr>",
    "{{7*7}}", "{% for %}", r"\input{/etc/passwd}", r"\write18{id}", "\\end{tabular}", "^^5c",
    "$x$", "%", "&amp;", '"onclick="x', "=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1",
    "|", "`", "\n", "\r\n", "\u202e", "\u200b", "\u2028", "\ufeff", "北京", "１２３", "−0.3", "[x](http://y)",
])  # fmt: skip
TEXT = st.lists(st.one_of(PIECES, st.text(max_size=6)), min_size=1, max_size=4).map("".join)
FUZZ = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
CONTROL = {c for c in map(chr, range(32)) if c not in "\t\n\r"}


def hostile(text: str) -> TableResult:
    """A table that has the text in every place that text can reach."""
    return TableResult(
        table_id="t99_example", title=text, statements=(Statement("official", (text,)),),
        figures_status="official", notes=(text,),
        blocks=(Block(text, ("", text), ((text, text), ("GDP", "-0.310***")), (text,)),),
    )  # fmt: skip


def xml_safe(text: str) -> bool:
    return not (CONTROL | {"\ufffe"}) & set(text)


@pytest.mark.slow
@FUZZ
@given(TEXT)
def test_html_has_only_the_elements_it_was_made_of(text: str) -> None:
    usual = BeautifulSoup(to_html(hostile("plain")), "lxml")
    for render in (to_html, to_html_fragment):
        page = BeautifulSoup(render(hostile(text)), "lxml")
        assert not page.find_all(["script", "img", "svg", "iframe", "a", "object", "link", "form"])
        for tag in page.find_all(True):
            assert not [name for name in tag.attrs if name.startswith("on")]
    whole = BeautifulSoup(to_html(hostile(text)), "lxml")
    assert [t.name for t in whole.find_all(True)] == [t.name for t in usual.find_all(True)]


@FUZZ
@given(TEXT)
def test_latex_has_only_the_commands_it_was_made_of(text: str) -> None:
    latex = to_latex(hostile(text))
    body = "\n".join(line for line in latex.splitlines() if not line.startswith("%"))
    for command in (r"\input", r"\write", r"\include", r"\openout", r"\catcode", r"\def"):
        assert not re.search(re.escape(command) + r"(?![a-z])", body), command
    unescaped = re.sub(r"\\[{}$%&#_\\]", "", body)
    assert unescaped.count("{") == unescaped.count("}")
    assert "^^" not in unescaped and "%" not in re.sub(r"%$", "", unescaped, flags=re.MULTILINE)


@FUZZ
@given(TEXT)
@example("+5")
def test_no_cell_of_a_spreadsheet_is_a_formula(text: str) -> None:
    for row in csv.reader(io.StringIO(to_csv(hostile(text)))):
        for cell in row:
            assert cell == "-0.310***" or not re.match(r"[=+@\t\r]|-(?![0-9.]+\**$)", cell), cell


@pytest.mark.long
@FUZZ
@given(TEXT.filter(xml_safe))
@example(",")
@example("+5")
@example("=1+1")
def test_no_cell_of_a_workbook_is_a_formula(text: str) -> None:
    book = load_workbook(io.BytesIO(to_xlsx(hostile(text))))
    kinds = {cell.data_type for row in book.active for cell in row if cell.value is not None}
    assert kinds <= {"s", "n"}


@FUZZ
@given(TEXT)
def test_markdown_has_no_markup_of_the_text_s_own(text: str) -> None:
    markdown = to_markdown(hostile(text))
    assert not re.search(r"(?<!\\)<", markdown)
    assert not re.search(r"(?<!\\)\]\(", markdown)
    assert "\u202e" not in markdown and "\u200b" not in markdown


@FUZZ
@given(TEXT)
def test_the_ui_s_list_of_failures_is_text(text: str) -> None:
    case = FailureCase(
        text, "row 2", "province_label", text, "a province", "Correct it.", Code.READ_REGION
    )
    failed = _checked(dg.AssetKey("any"), [case])
    shown = str(failed.metadata["failures"].value)
    assert not re.search(r"(?<!\\)<", shown)
    assert len(shown.splitlines()) == 3


def test_the_ui_s_list_of_files_without_a_receipt_is_text(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, state=tmp_path / "state")
    folder = settings.landing / "statistical_yearbook" / "2024"
    folder.mkdir(parents=True)
    (folder / "a`<img src=x onerror=alert(1)>[b](javascript:c)\n# d.csv").touch()
    result = receipts_complete("statistical_yearbook")(Workplace.of(settings))
    shown = str(result.metadata["files"].value)
    assert len(shown.splitlines()) == 1
    assert not re.search(r"(?<!\\)[<`]|(?<!\\)\]\(", shown), shown
