"""One rule decides how a coefficient is shown; grids and every format follow it."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.artifacts.artifact import shown_coefficients
from living_panel.estimation.econometrics.shown import show
from living_panel.estimation.findings.declared import Difference, Slope, load_findings
from living_panel.estimation.panel.spec import PAPERS, load_specs
from living_panel.estimation.report.printed_sections import condition
from living_panel.estimation.tables.estimate import build
from living_panel.estimation.tables.facts import JACKKNIFE, PRIMARY
from living_panel.estimation.tables.render import RENDERINGS
from living_panel.estimation.tables.texts import bracket_text, bracket_words, result_cells
from tests.unit.test_robustness_table import planted_release, small_spec

CR1 = "clustered:reghdfe:t(G-1)"
WILD = {
    "inference": PRIMARY, "estimate": 0.25, "std_error": 0.056, "p_value": 0.002, "ci_low": 0.139,
    "ci_high": 0.341, "p_mc_error": 0.0,
}  # fmt: skip
CR3 = {
    "inference": JACKKNIFE, "estimate": 0.25, "std_error": 0.13, "p_value": 0.06, "ci_low": -0.02,
    "ci_high": 0.52,
}  # fmt: skip
CONVENTIONAL = {**CR3, "inference": CR1, "std_error": 0.05}


def test_a_bootstrap_shows_its_interval_and_labels_the_other_error() -> None:
    shown = show([CONVENTIONAL, CR3, WILD], PRIMARY, JACKKNIFE)
    assert np.isnan(shown["std_error"]) and shown["brackets"] == "interval"
    assert (shown["p_value"], shown["ci_low"]) == (0.002, 0.139)
    assert (shown["second_inference"], shown["second_error"]) == (JACKKNIFE, 0.13)
    assert result_cells(shown, {"***": 0.01}) == ("0.250***", "[0.139, 0.341]", "0.002")


def test_a_stored_bootstrap_row_never_prints_its_studentising_error() -> None:
    assert "0.056" not in " ".join(result_cells(WILD))


@pytest.mark.parametrize(
    ("rows", "primary", "errors", "wanted"),
    [
        ([CONVENTIONAL, CR3], PRIMARY, JACKKNIFE, JACKKNIFE),
        ([CONVENTIONAL, CR3], "", "", JACKKNIFE),
        ([CONVENTIONAL, {**CR3, "inference": "cr3:jackknife:t(min G-1)"}], PRIMARY, JACKKNIFE,
         "cr3:jackknife:t(min G-1)"),
        ([{**CR3, "inference": "hc3:t"}, CONVENTIONAL], "", "", CR1),
        ([CR3, CONVENTIONAL, WILD], CR1, None or "", CR1),
    ],
)  # fmt: skip
def test_without_the_primary_the_next_named_inference_is_shown(
    rows: list[dict], primary: str, errors: str, wanted: str
) -> None:
    for order in (rows, rows[::-1]):
        shown = show(order, primary, errors)
        assert shown["inference"] == wanted and shown["brackets"] == "std_error"


def test_brackets_hold_the_p_value_without_an_interval_and_nothing_without_both() -> None:
    no_interval = {**WILD, "ci_low": np.nan, "ci_high": np.nan}
    assert bracket_text(show([no_interval], PRIMARY, "")) == "[p 0.002]"
    assert bracket_text(show([{**no_interval, "p_value": np.nan}], PRIMARY, "")) == ""


def test_an_interval_open_to_one_side_is_shown_with_its_end() -> None:
    shown = show([{**WILD, "ci_high": np.inf}], PRIMARY, "")
    assert shown["precision"] == WILD["std_error"]
    assert bracket_text(shown) == "[0.139, inf]"


def test_the_note_says_what_the_brackets_hold() -> None:
    words = bracket_words(PRIMARY, JACKKNIFE)
    assert "square brackets: 95 % interval, wild bootstrap" in words
    assert "parentheses: standard error, CR3 jackknife" in words
    assert bracket_words(JACKKNIFE, JACKKNIFE) == (
        "In brackets: standard error, CR3 jackknife, t(G-1)."
    )


def text_of(content: str | bytes) -> str:
    """Text of a rendering without the signs by which a format marks brackets; that of a zipped one's parts."""
    if isinstance(content, bytes) and content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = "".join(parts.read(n).decode() for n in parts.namelist() if n.endswith("xml"))
    text = content.decode() if isinstance(content, bytes) else content
    for sign in ("\\", "{", "}"):
        text = text.replace(sign, "")
    return text


@pytest.mark.long
def test_grid_and_formats_show_the_stored_rows() -> None:
    spec = small_spec("headline", "ppml")
    table = build(spec, planted_release())
    shown = shown_coefficients(
        table.coefficients, {"spec": {"options": {"primary": PRIMARY, "errors": JACKKNIFE}}}
    )
    by = {(row["model"], row["term"]): row for row in shown}
    cells = {row[0]: row[1:] for row in table.page[0].rows}
    files = {name: text_of(render(table)) for name, render in RENDERINGS.items()}
    files = {name: text for name, text in files.items() if "appendix" not in name}
    assert len(files) == 6
    for line in spec.options["lines"]:
        row = by[line["id"], line["focal"]]
        assert cells[line["title"]][1] == bracket_text(row)
        # a workbook holds an error as a number, an interval as text
        asked = {
            n: t for n, t in files.items() if n != "table.xlsx" or row["brackets"] == "interval"
        }
        assert [name for name, text in asked.items() if bracket_text(row) not in text] == []
    assert by["headline", "fdi"]["brackets"] == "interval"
    assert by["ppml", "fdi"]["brackets"] == "std_error"


def test_a_printed_value_is_judged_by_the_inference_that_is_shown() -> None:
    row = {
        "sign_agrees": True, "inside": False, "distance": np.nan, "printed_stars": "***",
        "printed_estimate": 0.452, "std_error": np.nan, "p_value": 0.049, "ci_low": 0.139,
        "ci_high": 0.341, "printed_p": 0.0019, "our_model": "headline.1", "term": "fdi", "df": np.nan,
        "stars_agree": False, "level": 0.01,
    }  # fmt: skip
    words = condition(row)
    assert "above our 95 % interval (p of the printed value 0.002)" in words
    assert "p would have to be below 0.01; ours is 0.049" in words and "errors" not in words
    below = row | {"printed_estimate": 0.1, "printed_p": np.nan, "printed_stars": "", "level": 0.1}
    words = condition(below)
    assert "below our 95 % interval;" in words
    assert "for no stars, p would have to be at least 0.1; ours is 0.049" in words


@pytest.mark.parametrize("paper", sorted(p.parent.name for p in PAPERS.glob("*/findings.yml")))
def test_each_finding_is_exact_and_by_the_inference_of_its_table(paper: str) -> None:
    specs = load_specs()
    for finding in load_findings(PAPERS / paper):
        if not isinstance(finding, Slope | Difference):
            continue
        asked = finding.estimate
        options = specs[asked.table].options
        if "exact" not in options or not asked.inference.startswith("wild_cluster_bootstrap"):
            continue
        assert asked.inference == options["primary"]
        listed = {(e["model"], e["term"]) for e in options["exact"]}
        assert (asked.model, asked.term) in listed, f"{asked.table}: list it under `exact`"


def test_shown_rows_keep_one_row_a_coefficient() -> None:
    frame = pd.DataFrame(
        [{**row, "model": m, "term": "fdi"} for m in ("b", "a") for row in (CONVENTIONAL, WILD)]
    )
    shown = shown_coefficients(frame, {"spec": {"options": {"primary": PRIMARY}}})
    assert [(row["model"], row["inference"]) for row in shown] == [("b", PRIMARY), ("a", PRIMARY)]
