"""Printed numbers compared with ours: agreement counted by hand, and the condition for the printed number."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from living_panel.estimation.audit import load_paper
from living_panel.estimation.audit.reproduction import agreement, compare_unit_roots
from living_panel.estimation.econometrics.statistic import STARLESS
from living_panel.estimation.panel.spec import load_specs
from living_panel.estimation.papers.printed import pairs
from living_panel.estimation.report import printed_sections
from living_panel.estimation.report.gather import StoredTable
from living_panel.estimation.report.printed_sections import condition
from living_panel.estimation.report.printed_sections import with_conditions as compare
from living_panel.estimation.tables.result import StatisticRow, coefficient_frame, statistic_frame

PAPER = load_paper("bi_2025")
WAY = "clustered:reghdfe:t(G-1)"
LEGEND = {"***": 0.01, "**": 0.05, "*": 0.10}


def line(
    model: str, term: str, estimate: float, error: float, way: str = WAY, df: float = 28
) -> dict:
    t = estimate / error
    half = float(stats.t.isf(0.025, df)) * error
    return {
        "model": model, "term": term, "inference": way, "estimate": estimate, "std_error": error,
        "statistic": t, "df": df, "p_value": float(2 * stats.t.sf(abs(t), df)), "ci_low": estimate - half,
        "ci_high": estimate + half, "n_obs": 290, "n_clusters": 29, "figures_status": "proxy",
    }  # fmt: skip


def ours(
    table: str, rows: list[dict], statistics: list[StatisticRow] | None = None, **spec: object
) -> StoredTable:
    manifest = {
        "table_id": table,
        "artifact_id": "a" * 16,
        "figures_status": "proxy",
        "status": "estimated",
        "reason": None,
        "spec": {"stars": LEGEND, "options": {"primary": WAY, **spec}},
    }
    return StoredTable(
        manifest, coefficient_frame(rows), statistic_frame(statistics or []), "released values",
        Path(), "",
    )  # fmt: skip


def test_sign_stars_and_interval_are_compared_cell_by_cell() -> None:
    rows = [
        line("headline.1", "fdi", 0.45, 0.06),  # printed 0.452***
        line("headline.7", "fdi", -0.31, 0.05),  # printed 0.310***
        line("headline.7", "kn", 0.23, 0.50),  # printed 0.230, with stars
    ]
    frame = compare(PAPER, "4", [ours("t04_baseline", rows)]).set_index(["model", "term"])
    first = frame.loc[("1", "fdi")]
    assert first["sign_agrees"] and first["stars_agree"] and first["inside"]
    assert first["distance"] == pytest.approx(0.002 / 0.06)
    assert first["condition"] == "no condition: the printed estimate lies in our interval"
    wrong = frame.loc[("7", "fdi")]
    assert not wrong["sign_agrees"] and wrong["stars_agree"] and not wrong["inside"]
    assert "opposite sign" in wrong["condition"]
    weak = frame.loc[("7", "kn")]
    assert weak["inside"] and weak["sign_agrees"] and not weak["stars_agree"]
    assert "error would have to be at most" in weak["condition"]
    counts = agreement(frame.reset_index()).iloc[0]
    assert (counts["estimated"], counts["signs"], counts["stars"], counts["inside"]) == (3, 2, 2, 2)


def test_the_first_column_that_has_the_coefficient_is_taken_and_named() -> None:
    rows = [
        line("dols_0_0", "ce", 0.3, 0.1),
        line("dols_0_1", "fdi", 0.2, 0.1),
        line("dols_0_0", "fdi", 9, 1),
    ]
    frame = compare(PAPER, "5", [ours("t05_long_run", rows)]).set_index(["model", "term"])
    assert frame.loc[("dols", "ce"), "our_model"] == "dols_0_0"
    assert frame.loc[("dols", "fdi"), "our_model"] == "dols_0_1"


def test_the_primary_way_of_inference_is_read() -> None:
    rows = [
        line("headline.1", "fdi", 0.4, 0.4, "cr3:jackknife:t(G-1)"),
        line("headline.1", "fdi", 0.4, 0.1),
    ]
    frame = compare(PAPER, "4", [ours("t04_baseline", rows)]).set_index(["model", "term"])
    assert frame.loc[("1", "fdi"), "std_error"] == 0.1


def test_what_is_not_estimable_carries_the_tables_own_reason() -> None:
    reason = StatisticRow("headline.2", "", "not_estimable", "", None, "CE: no values")
    frame = compare(PAPER, "4", [ours("t04_baseline", [], [reason])]).set_index(["model", "term"])
    row = frame.loc[("2", "ce")]
    assert row["condition"] == "we have no estimate: CE: no values"
    assert pd.isna(row["sign_agrees"]) and pd.isna(row["estimate"])
    assert agreement(frame.reset_index())["estimated"].iloc[0] == 0


def test_the_largest_error_for_the_printed_stars_is_exact() -> None:
    row = {"sign_agrees": True, "inside": True, "distance": 0.0, "printed_stars": "***", "our_stars": "",
           "printed_estimate": 0.31, "std_error": 0.2, "our_model": "1", "term": "fdi", "df": 28,
           "stars_agree": False, "level": 0.01}  # fmt: skip
    largest = 0.31 / stats.t.isf(0.005, 28)
    assert f"at most {largest:.3f}; ours is {0.2 / largest:.1f} times" in condition(row)
    small = row | {"printed_estimate": -0.0023, "std_error": 0.002}
    assert "at most 0.00083; ours" in condition(small), "not 0.001"
    enough = row | {"std_error": largest * 0.999}
    assert condition(enough).startswith("no condition")
    none = row | {"printed_estimate": 0.0, "std_error": 0.1}  # printed 0.000***
    assert condition(none).startswith("no condition")
    normal = 0.31 / stats.norm.isf(0.005)
    assert f"at most {normal:.3f}" in condition(row | {"df": None})


def test_an_estimate_printed_without_stars_needs_an_error_that_earns_none() -> None:
    row = {"sign_agrees": True, "inside": True, "distance": 0.0, "printed_stars": "", "our_stars": "***",
           "printed_estimate": 0.31, "std_error": 0.05, "our_model": "1", "term": "fdi", "df": 28,
           "stars_agree": False, "level": 0.1}  # fmt: skip
    least = 0.31 / stats.t.isf(0.05, 28)  # that of one star, the weakest
    assert condition(row) == (
        f"for no stars, the standard error would have to be at least {least:.3f}"
    )
    # 0.05 over our error is no star, whatever ours has
    assert condition(row | {"printed_estimate": 0.05}).startswith("no condition")
    assert condition(row | {"stars_agree": None, "level": None}).startswith("no condition"), (
        "a table without any star"
    )
    few = row | {"inside": None, "std_error": 0.5}
    assert condition(few | {"df": 4}) == "no condition: our estimate has no interval"


def test_stars_are_compared_by_the_printed_legend() -> None:
    four = PAPER.tables["4"].model_copy(update={"stars": {"***": 0.05}})
    paper = PAPER.model_copy(update={"tables": {**PAPER.tables, "4": four}})
    rows = [line("headline.1", "fdi", 0.45, 0.20)]  # p = .03, printed 0.452***
    frame = compare(paper, "4", [ours("t04_baseline", rows)]).set_index(["model", "term"])
    assert frame.loc[("1", "fdi"), "stars_agree"]


def test_a_constant_is_not_judged() -> None:
    rows = [line("fmols", "constant", 8.4, 0.5), line("fmols", "fdi", -0.35, 0.05)]
    frame = compare(PAPER, "5", [ours("t05_long_run", rows)]).set_index(["model", "term"])
    constant, slope = (frame.loc[("fmols", term)] for term in ("constant", "fdi"))
    assert constant["estimate"] == 8.4
    assert constant["condition"] == "not judged: the constant is no slope"
    agreements = ["sign_agrees", "stars_agree", "inside", "printed_p"]
    assert constant[agreements].isna().all() and not slope["sign_agrees"]


def test_stars_that_ours_earns_too_need_no_smaller_error() -> None:
    rows = [line("fmols", "fdi", 0.9, 0.3)]  # printed 0.351***
    frame = compare(PAPER, "5", [ours("t05_long_run", rows)]).set_index(["model", "term"])
    row = frame.loc[("fmols", "fdi")]
    assert row["stars_agree"] and row["condition"].startswith("no condition")


def test_an_inference_that_earns_no_stars_is_not_judged_by_them() -> None:
    why = StatisticRow("fmols", "", STARLESS, "", None, "the true coverage is 62 %")
    rows = [line("fmols", "fdi", 0.36, 0.01), line("dols_0_1", "fdi", 0.36, 0.01)]
    frame = compare(PAPER, "5", [ours("t05_long_run", rows, [why])]).set_index(["model", "term"])
    without, starred = frame.loc[("fmols", "fdi")], frame.loc[("dols", "fdi")]
    assert (without["our_stars"], starred["our_stars"]) == ("", "***")
    assert pd.isna(without["stars_agree"]) and starred["stars_agree"]
    assert "stars" not in without["condition"]


def test_unit_root_verdicts_follow_simulated_p_and_printed_stars() -> None:
    statistics = [
        StatisticRow("fdi.levels.c.raw", "llc", "statistic", "asymptotic", -5.0, None),
        StatisticRow("fdi.levels.c.raw", "llc", "p_value", "asymptotic", 0.0001, None),
        StatisticRow("fdi.levels.c.raw", "llc", "p_value", "simulated", 0.2, None),
    ]
    frame = compare_unit_roots(
        PAPER, pairs(PAPER.id), [ours("t02_unit_roots", [], statistics)]
    ).set_index(["term", "test"])
    row = frame.loc[("fdi", "LLC")]
    assert row["printed_rejects"] and not row["we_reject"] and not row["agrees"]
    assert pd.isna(frame.loc[("gdp", "LLC"), "agrees"])
    assert frame.loc[("lab", "LLC"), "form"] == "differences"


def test_a_printed_verdict_that_cannot_be_true_is_not_agreed_with() -> None:
    # Printed for the differenced labour series: LLC 1.05 with three stars, on the side where it never
    # rejects.
    statistics = [StatisticRow("lab.differences.c.raw", "llc", "p_value", "simulated", 0.001, None)]
    stored = [ours("t02_unit_roots", [], statistics)]
    frame = compare_unit_roots(
        PAPER, pairs(PAPER.id), stored, {"Table 2, row 4, column 1"}
    ).set_index(["term", "test"])
    row = frame.loc[("lab", "LLC")]
    assert row["we_reject"] and row["printed_rejects"] and row["impossible"]
    assert pd.isna(row["agrees"])


def test_agreement_says_what_the_estimates_rest_on() -> None:
    frame = compare(PAPER, "4", [ours("t04_baseline", [line("headline.1", "fdi", 0.4, 0.1)])])
    assert agreement(frame)["figures"].iloc[0] == "proxy"


def test_every_pair_names_a_printed_column_and_a_table_that_has_a_spec() -> None:
    specs = load_specs()
    for paper in (PAPER, load_paper("munnell_1990")):
        for number, pair in pairs(paper.id).items():
            assert specs[pair.table].paper == paper.id
            for model in pair.models.keys() - {"*"}:
                assert model in paper.tables[number].models


def test_other_tables_are_left_alone() -> None:
    other = ours("t05_long_run", [line("headline.1", "fdi", 1, 1)])
    assert compare(PAPER, "4", [other]).empty
    assert agreement(compare(PAPER, "4", [other])).empty


def test_a_term_is_compared_by_our_name_and_in_the_printed_unit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As `terms` and `scale` of side_by_side.yml say: ours is log(fdi), in hundredths of the printed unit."""
    pair = pairs("bi_2025")["4"].model_copy(
        update={"terms": {"fdi": "log(fdi)"}, "scale": {"fdi": -100.0}}
    )
    monkeypatch.setattr(printed_sections, "pairs", lambda _: {"4": pair})
    rows = [line("headline.1", "log(fdi)", -0.0045, 0.0006), line("headline.7", "fdi", 0.3, 0.05)]
    frame = compare(PAPER, "4", [ours("t04_baseline", rows)]).set_index(["model", "term"])
    first = frame.loc[("1", "fdi")]
    assert (first["estimate"], first["std_error"]) == pytest.approx((0.45, 0.06))
    assert first["ci_low"] < first["estimate"] < first["ci_high"] and first["inside"]
    assert pd.isna(frame.loc[("7", "fdi")]["estimate"]), "this name is no longer asked for"
