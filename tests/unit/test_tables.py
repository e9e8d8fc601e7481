"""Renderings: the same cells in every format, and no text that a program would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from docx import Document
from openpyxl import load_workbook

from living_panel.codes import Code
from living_panel.estimation.econometrics.statistic import Statistic
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.tables import estimate
from living_panel.estimation.tables.builder import Builder, by_reason, distinct
from living_panel.estimation.tables.kinds.fixed_effects import Diagnostics, _tests
from living_panel.estimation.tables.regressions import Columns, ShownInference, t_rows
from living_panel.estimation.tables.render import (
    RENDERINGS,
    to_appendix,
    to_csv,
    to_docx,
    to_docx_appendix,
    to_html,
    to_latex,
    to_latex_appendix,
    to_markdown,
    to_xlsx,
)
from living_panel.estimation.tables.result import (
    Block,
    Statement,
    StatisticRow,
    TableResult,
    not_estimable,
    stars,
    statistic_frame,
)
from living_panel.estimation.tables.texts import result_cells
from living_panel.problems import Place, problem_words
from tests.refusals import refuses
from tests.unit.reading import shipped
from tests.unit.release_fixture import tiny_release

HOSTILE = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x")',
    "@SUM(1)",
    "+1+cmd|' /C calc'!A0",
    r"\input{/etc/passwd} $x$ 100% & #1 _a^b~",
    "a|b`c`*d*",
    "line\nbreak\u202eevil\u200b",
]


def table(cells: list[str], status: str = "official") -> TableResult:
    rows = tuple((text, "-0.310***", "(0.047)") for text in cells)
    return TableResult(
        table_id="t99_example",
        title="Example & more",
        blocks=(Block("Grid <b>", ("", "(1)", "(2)"), rows, ("A note with 5 % & more",)),),
        statements=(
            Statement("official", ("Official values.",)),
            Statement("proxies", ("Proxy: trade for <exports>.",)),
        ),
        figures_status=status,
    )


def in_word(content: bytes) -> str:
    """Every text of a Word document."""
    document = Document(io.BytesIO(content))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def test_html_shows_the_text_it_was_given() -> None:
    page = BeautifulSoup(to_html(table(HOSTILE)), "lxml")
    assert page.select("tbody th")[0].get_text() == HOSTILE[0]
    assert page.find("caption").get_text() == "Grid <b>"
    assert all(th.get("scope") == "row" for th in page.select("tbody th"))


def test_numbers_stay_numbers_and_text_stays_text_in_csv_and_excel() -> None:
    cells = [cell for row in csv.reader(io.StringIO(to_csv(table(HOSTILE)))) for cell in row]
    assert {"-0.310***", "'" + HOSTILE[1]} <= set(cells)
    book = load_workbook(io.BytesIO(to_xlsx(table(HOSTILE))))
    shown = {cell.value: cell.number_format for row in book.active for cell in row}
    assert shown[-0.31] == '0.000"***"' and shown[0.047] == '"("0.000")"', "shown as printed"


def test_a_page_and_its_appendix_are_kept_apart_in_every_format() -> None:
    long = Block("Every test", ("", "p"), (("row kept for those who ask", "0.04"),), appendix=True)
    whole = table(["x"])
    whole = replace(whole, blocks=(*whole.blocks, long), fine_print=("A convention.",))
    assert "row kept" not in to_markdown(whole) and "appendix.md" in to_markdown(whole)
    assert "row kept" in to_appendix(whole) and "Official values." in to_appendix(whole)
    page = BeautifulSoup(to_html(whole), "lxml")
    assert "row kept" in page.select_one("details.appendix").get_text()
    assert "A note with" in to_latex(whole) and "row kept" not in to_latex(whole)
    assert "row kept" in to_latex_appendix(whole) and "A convention." in to_latex_appendix(whole)
    book = load_workbook(io.BytesIO(to_xlsx(whole)))
    assert book.sheetnames == ["t99_example", "appendix 1", "notes"]
    document = Document(io.BytesIO(to_docx(whole)))
    assert all("w:tblHeader" in t.rows[0]._tr.xml for t in document.tables), "heads repeat"
    assert "row kept" not in in_word(to_docx(whole))
    assert "row kept" in in_word(to_docx_appendix(whole))


def test_every_part_of_a_long_grid_floats_with_one_caption_in_latex() -> None:
    given = table(["x"])
    short = replace(given.blocks[0], title="Short")
    long = replace(short, title="Long", rows=short.rows * 100)
    whole = replace(given, blocks=(short, long, short))
    main, appendix = to_latex(whole), to_latex_appendix(whole)
    floating = re.findall(r"\\begin{table}.*?\\end{table}", appendix, flags=re.DOTALL)
    captions = re.findall(r"\\caption{([^}]*)}\\label{([^}]*)}", main + appendix)
    number = len(captions) - 2
    assert len(floating) == 1 + number and number > 2
    parts = [f"Long (part {n} of {number})" for n in range(1, number + 1)]
    assert [title for title, _ in captions] == [r"Example \& more. Short", *parts, "Short"]
    labels = ["", ":2", *(f":2-{n}" for n in range(2, number + 1)), ":3"]
    assert [label for _, label in captions] == [f"tab:t99_example{n}" for n in labels]


def test_a_caption_has_no_second_number() -> None:
    given = replace(table(["x"]), title="Table 4. FDI and exports.")
    named = replace(given, blocks=(replace(given.blocks[0], title="Numbers"),))
    assert r"\caption{FDI and exports. Numbers}" in to_latex(named)


def test_columns_of_words_share_what_numbers_leave_of_the_line_by_their_length() -> None:
    given = Block("Words", ("", "said", "why"), (("1.00", "x" * 100, "y" * 200),))
    latex = to_latex(replace(table(["x"]), blocks=(given,)))
    said, why = (float(width) for width in re.findall(r"p{([\d.]+)\\linewidth}", latex))
    assert why == pytest.approx(2 * said, abs=0.02)
    assert 0.75 < said + why < 0.95, "the page is used, with space for the numbers"


@pytest.mark.parametrize("render", [to_docx, to_xlsx])
def test_office_files_carry_no_time_of_writing(render: Callable[[TableResult], bytes]) -> None:
    with ZipFile(io.BytesIO(render(table(["x"])))) as parts:
        assert {part.date_time for part in parts.infolist()} == {(2025, 1, 1, 0, 0, 0)}
        times = re.findall(r">(\d{4}-\d\d-\d\dT[^<]*)<", parts.read("docProps/core.xml").decode())
    assert set(times) == {"2025-01-01T00:00:00Z"}


def test_invisible_characters_reach_no_file() -> None:
    given = table(HOSTILE)
    assert "\u202e" not in in_word(to_docx(given)) + to_csv(given) + to_latex(given)


def test_a_row_is_one_line_of_markdown_and_of_latex() -> None:
    lines = [line for line in to_markdown(table(HOSTILE)).splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(HOSTILE)
    rows = [line for line in to_latex(table(HOSTILE)).splitlines() if line.endswith(r"\\")]
    assert len(rows) == 1 + len(HOSTILE)
    assert all(line.replace(r"\&", "").count("&") == 2 for line in rows)


def test_every_rendering_carries_the_banner() -> None:
    for name, render in RENDERINGS.items():
        content = render(table(["x"], "simulated"))
        if name.endswith(".docx"):
            content = in_word(content)
        elif name == "table.xlsx":
            sheet = load_workbook(io.BytesIO(content)).active
            content = "\n".join(str(c.value) for row in sheet for c in row)
        assert "Official values." in content, name


LEGEND = {"***": 0.01, "**": 0.05, "*": 0.10}


def test_stars_follow_the_legend_strictly() -> None:
    p_values = (0.009, 0.01, 0.049, 0.05, 0.099, 0.1, float("nan"))
    assert [stars(p, LEGEND) for p in p_values] == ["***", "**", "**", "*", "*", "", ""]


@pytest.mark.parametrize(("groups", "tested"), [(5, False), (6, True)])
def test_fewer_than_six_clusters_have_no_p_value_and_no_interval(groups: int, tested: bool) -> None:
    """The 97.5 % point of t with five degrees of freedom is 2.5706."""
    (row,) = t_rows(pd.Series({"x": 1.0}), pd.Series({"x": 0.5}), 5.0, "a way", 60, groups)
    assert (row["term"], row["inference"], row["statistic"]) == ("x", "a way", 2.0)
    assert (row["n_obs"], row["n_clusters"], row["df"]) == (60, groups, 5.0)
    ends = (row["ci_low"], row["ci_high"])
    assert pd.notna(row["p_value"]) == tested
    assert ends == pytest.approx(
        (-0.2853, 2.2853) if tested else (np.nan, np.nan), abs=1e-4, nan_ok=True
    )


@pytest.mark.parametrize(
    ("estimate", "error", "p", "shown"),
    [
        (0.0617, 0.0653, 0.35, ("0.062", "(0.065)", "0.350")),
        (-0.1662, 1.142, 0.889, ("-0.2", "(1.1)", "0.889")),
        (-0.025, 1.149, 0.983, ("0.0", "(1.1)", "0.983")),
        (1.0842, 0.2211, 0.0004, ("1.08***", "(0.22)", "<0.001")),
        (1234.5, 321.0, None, ("1234", "(321)", "none")),
        (0.12349, float("nan"), 0.049, ("0.123**", "", "0.049")),
        (-2.04e-5, 0.93e-5, 0.04, ("-0.0000204**", "(0.0000093)", "0.040")),
        (0.12349, 0.0, None, ("0.123", "(0.000)", "none")),
    ],
)
def test_an_estimate_has_the_digits_its_error_supports(
    estimate: float, error: float, p: float | None, shown: tuple[str, ...]
) -> None:
    row = {"estimate": estimate, "std_error": error, "p_value": p}
    assert result_cells(row, LEGEND) == shown


@pytest.mark.parametrize("name", ["vif.fdi", "p_value fdi", "1st", ""])
def test_a_statistic_whose_name_has_parts_is_refused(name: str) -> None:
    with refuses(ValueError, Code.KIND_CODE):
        statistic_frame([StatisticRow("m", "", name, "", 1.0, None)])


def test_a_model_has_a_number_once_by_term_and_inference() -> None:
    table = Builder(shipped("t04_baseline"), tiny_release())
    for term, inference in (("fdi", "a"), ("fdi", "b"), ("gdp", "a")):
        table.add_numbers("m", {Statistic("p_value", term, inference): 0.5})
    with refuses(ValueError, Code.KIND_CODE):
        table.add_numbers("m", {Statistic("p_value", "gdp", "a"): 0.6})
    assert len(table.numbers) == 3


def test_what_a_builder_shows_is_read_only() -> None:
    table = Builder(shipped("t04_baseline"), tiny_release())
    table.estimates("m", [{"term": "fdi", "estimate": 1.0, "inference": "hc1"}], "official")
    for change in (
        lambda: table.coefficients[0].update(estimate=2.0),
        lambda: table.samples.update(a=None),
        lambda: setattr(table, "reasons", {}),
    ):
        with pytest.raises(AttributeError):
            change()


def test_stars_are_earned_by_the_primary_way_alone() -> None:
    """Where a term has another way of inference only, it is shown without stars."""
    ways = ShownInference("a", {"a": "a", "b": "b"})
    columns = Columns(Builder(shipped("t04_baseline"), tiny_release()), ways)
    row = {"estimate": 1.0, "std_error": 0.1, "p_value": 0.001}
    rows = [{**row, "term": way, "inference": way} for way in "ab"]
    columns.put("m", "(1)", rows, {}, "official")
    columns.grid("", {"a": "by a", "b": "by b"}, [])
    shown = {r[0]: r[1] for r in columns.table.blocks[0].rows}
    assert (shown["by a"], shown["by b"]) == ("1.00***", "1.00")


def test_a_test_is_shown_under_its_column_and_none_under_a_column_that_is_refused() -> None:
    columns = Columns(
        Builder(shipped("t04_baseline"), tiny_release()), ShownInference("a", {"a": "a"})
    )
    numbers = {"cd": -1.234, "cd_p_value": 0.217, "mundlak": 5.0, "mundlak_p_value": np.nan}
    columns.put("m", "(1)", [], numbers, "official")
    columns.refuse(
        "(2)",
        "n",
        (
            Code.TABLE_NO_VALUES(
                "no unit has a {{period}} in which all variables have values",
                "choose other years or fewer variables",
            ),
        ),
    )
    shown = {label: cells for label, *cells in _tests(columns, Diagnostics(lags=[1]))}
    assert shown["CD, residuals without {period} effects (p)"] == ["-1.23 (0.217)", ""]
    assert shown["Mundlak F (p)"] == ["n.e.", ""]


def test_a_table_that_is_not_estimable_counts_no_row_and_says_why_in_every_format() -> None:
    reason = "express revenue is not published by province"
    empty = not_estimable("t99_example", "Example", reason, "official", "")
    assert (empty.status, empty.reason) == ("not_estimable", reason)
    assert empty.sample == {"n_obs": 0, "dropped": [], "filled": []}
    assert empty.coefficients.empty and empty.statistics["value"].isna().all()
    assert all(reason in render(empty) for render in (to_markdown, to_latex, to_html, to_csv))


def test_a_refused_table_on_simulated_values_carries_their_mark_in_every_format() -> None:
    mark = "SIMULATED VALUES: fdi is drawn from a planted process"
    empty = not_estimable("t99_example", "Example", "no value", "simulated", mark)
    assert all(mark in render(empty) for render in (to_markdown, to_latex, to_html, to_csv))


def test_a_release_of_simulated_values_marks_the_table_that_it_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> TableResult:
        raise NotEstimable("no value")

    monkeypatch.setattr(estimate, "build", refuse)
    tiny, spec = tiny_release(), shipped("t05_long_run")
    drawn = replace(tiny, observations=tiny.observations.assign(status="simulated"))
    refused = estimate.estimate(spec, drawn)
    assert refused.status == "not_estimable" and refused.banner[0].startswith("SIMULATED VALUES: ")
    assert not any("SIMULATED" in line for line in estimate.estimate(spec, tiny).banner)


def test_refusals_are_grouped_by_code_and_fields_wherever_they_are() -> None:
    first, second = (
        (
            Code.TABLE_NO_VALUES(
                "{count} annual changes in both measures are too few",
                "name measures that share five or more consecutive years",
                Place(table=table),
                count=3,
            ),
        )
        for table in ("all", "some")
    )
    other = (
        Code.TABLE_NO_VALUES(
            "{count} annual changes in both measures are too few",
            "name measures that share five or more consecutive years",
            count=4,
        ),
    )
    assert by_reason({"a": first, "b": other, "c": second}) == {
        problem_words(first): ["a", "c"],
        problem_words(other): ["b"],
    }
    assert distinct([first, other, second]) == [*second, *other]


def test_a_long_banner_is_shortened_to_its_first_sentence() -> None:
    """A full stop inside a sentence ends nothing."""
    first = "Official values: exports (U.S. dollars)."
    long = Statement("cells", ("x" * 1000,))
    whole = replace(table(["x"]), statements=(Statement("official", (first, "More.")), long))
    assert "Official values: exports (U.S. dollars). Values: official;" in to_latex(whole).replace(
        "\\$", "$"
    )
