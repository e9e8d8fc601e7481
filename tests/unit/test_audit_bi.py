"""The audit of Bi (2025): each contradiction known beforehand is found, and found at its place.

What is expected here was worked out by hand from the printed tables, not read off the audit.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from estimation.audit import RULES, Evidence, distinct_facts, load_paper, run_audit, summary
from estimation.audit.columns import log_mean_bounds
from estimation.audit.counts import smallest_factor
from estimation.audit.currency import whole_multiple
from estimation.audit.descriptive import lines
from estimation.audit.methods import dols_parameters
from estimation.audit.registry import Outcome, Rule, rule
from estimation.audit.significance import revealed
from estimation.panel.release import Release
from estimation.papers.rows import Number
from estimation.papers.schema import PrintedPaper

PAPER = load_paper("bi_2025")
EAST, CENTRAL = 11, 8


def figures() -> pd.DataFrame:
    """A few official cells, enough to trace extremes: Tibet 2005, Guangdong 2020 to 2022."""
    rows = [
        ("540000", 2005, "gdp_cny_100m", 243.1),
        ("540000", 2005, "employed_10k", 143.6),
        ("540000", 2005, "schooling_years", 3.738),
        ("440000", 2022, "gdp_cny_100m", 129118.58),
        ("440000", 2022, "employed_10k", 6904.0),
        ("440000", 2021, "employed_10k", 7072.0),
        ("440000", 2020, "employed_10k", 7039.0),
        ("440000", 2020, "fdi_cny_100m", 1620.3),
        ("630000", 2005, "gdp_cny_100m", 499.4),
    ]
    return pd.DataFrame(rows, columns=["province_code", "year", "measure", "value"])


def provinces() -> pd.DataFrame:
    codes = [*(f"E{i}" for i in range(EAST)), *(f"C{i}" for i in range(CENTRAL))]
    codes += [*(f"W{i}" for i in range(10)), "540000", "650000", "440000"]
    regions = {"E": "East", "C": "Central", "W": "West"}
    return pd.DataFrame(
        {
            "province_code": codes,
            "province": codes,
            "region_three": [regions.get(c[0], "West") for c in codes[:-1]] + ["East"],
        }
    ).iloc[1:]  # Guangdong is one of the eleven


RATES = {2020: 6.8976, 2021: 6.4515, 2022: 6.7261}
EVIDENCE = Evidence.of(figures(), provinces(), RATES)


def places(name: str) -> set[str]:
    return {f.place for f in RULES[name](PAPER, EVIDENCE).findings}


def messages(name: str) -> str:
    return "\n".join(f.message for f in RULES[name](PAPER, EVIDENCE).findings)


def test_table_4_stars_against_its_standard_errors() -> None:
    # b/se: labour 3.26, 3.16, 3.08, 3.08, 3.07 with two, two, two, one, one stars; technology 7.76
    # without any. All pass the 1 % value of t(28), 2.763.
    assert places("stars_short_of_reach") == {
        *(f"Table 4, row 3, column {m}" for m in (3, 4, 5, 6, 7)),
        "Table 4, row 4, column 7",
    }
    assert not any(p.startswith("Table 4") for p in places("stars_beyond_reach"))
    assert places("stars_differ_at_equal_t") == {
        "Table 4, row 3, column 6",
        "Table 4, row 4, column 7",
    }
    # Education's 2.43 has two stars in the column where labour's 3.07 has one.
    assert {"Table 4, row 3, column 7", "Table 4, row 4, column 7"} <= places("stars_not_monotone")
    assert "Table 4" in places("no_legend_fits_table")
    assert {"Table 4, Model(6)", "Table 4, Model(7)"} <= places("no_legend_fits_column")


def test_table_6_brackets_are_t_statistics() -> None:
    assert [revealed(PAPER.tables[n]) for n in ("4", "5", "6")] == [
        "standard_error",
        "t_statistic",
        "t_statistic",
    ]
    assert places("brackets_misnamed") == {"Table 6"}
    assert places("negative_standard_error") == {f"Table 6, row 8, column {m}" for m in (1, 2, 3)}
    # 19 of 21 slopes are starred; |b/bracket| is below .4 for all of them.
    slopes = [p for p in places("stars_beyond_reach") if p.startswith("Table 6")]
    assert len(slopes) == 19
    # Read as t: 1.624 cannot have a star, 2.364 has one too few for eleven provinces.
    assert places("stars_fail_as_revealed") == {
        "Table 6, row 8, column 2",
        "Table 6, row 3, column 1",
    }


def test_table_2_against_its_distributions() -> None:
    wrong_side = {f"Table 2, row {r}, column {c}" for r in (4, 7) for c in (1, 2, 3, 4)}
    assert places("statistic_on_wrong_side") == wrong_side
    # chi-squared(58): 1 % value 85.95, 5 % 76.78, 10 % 72.16.
    assert stats.chi2.isf([0.01, 0.05, 0.10], 58) == pytest.approx([85.95, 76.78, 72.16], abs=0.01)
    too_many = {f"Table 2, row {r}, column 4" for r in (1, 2, 3, 6)}
    too_many |= {"Table 5, row 5, column 1", "Table 5, row 5, column 2"}
    assert places("statistic_stars_too_many") == too_many
    assert places("statistic_stars_too_few") == {"Table 2, row 3, column 1"}
    assert "all 6 level series" in messages("unit_roots_misread")
    # Table 5 prints FDI and CE with controls; GDP, the table's last row, is not in the equation.
    assert places("estimator_against_integration") == {f"Table 2, row {r}" for r in (1, 2, 3, 5, 6)}


def test_table_5_tests() -> None:
    assert places("statistic_below_tables") == {f"Table 5, row 4, column {c}" for c in (1, 2)}
    assert len(RULES["rejection_called_support"](PAPER).findings) == 4
    # Jarque-Bera 5.536: chi-squared(2) gives exp(-2.768).
    assert f"p = {math.exp(-5.5365 / 2):.4f}" in messages("statistic_stars_too_many")
    # Six regressors, one lead and lag: 25 parameters; 18 years leave 15.
    assert dols_parameters(6) == 25
    assert places("infeasible_estimator") == {"Table 5, dols"}


def test_counts() -> None:
    assert smallest_factor(2521) == 2521
    assert len(places("more_rows_than_the_panel")) == 15
    assert "29 units x 18 years = 522" in messages("more_rows_than_the_panel")
    assert "it is prime" in messages("count_of_no_complete_panel")
    assert len(places("count_not_printed")) == 5


def test_fit() -> None:
    # df = F k (1-R²)/R²: 79.977 x 7 x .588/.412 = 799, of which the East has 198 rows.
    found = RULES["f_against_r2"](PAPER, EVIDENCE).findings
    assert [f.place for f in found] == [f"Table 6, row 9, column {m}" for m in (1, 2, 3)]
    assert found[0].evidence["low"] < 799.0 < found[0].evidence["high"]
    # (.452/.062)² x .275/.725 = 20.2 degrees of freedom in the first column.
    first = RULES["t_against_r2"](PAPER, EVIDENCE).findings[0]
    # Rounding: |t| from .4515/.0625 to .4525/.0615, R² from .7245 to .7255.
    assert first.evidence["low"] == pytest.approx((0.4515 / 0.0625) ** 2 * 0.2745 / 0.7255)
    assert first.evidence["high"] == pytest.approx((0.4525 / 0.0615) ** 2 * 0.2755 / 0.7245)
    steps = RULES["t_against_r2"](PAPER, EVIDENCE).findings
    assert len(steps) == 6
    # An R² that counts the effects does not start from 0: the first column holds for R² within only.
    assert ["R² is the one within" in f.message for f in steps] == [True, *[False] * 5]
    assert all("this holds if the errors are classical" in f.message for f in (*steps, *found))
    # 1 - .148/.588 = .748.
    pooled = RULES["pooled_r2_against_groups"](PAPER, EVIDENCE).findings[0]
    assert pooled.evidence["needed"] == pytest.approx(0.748, abs=0.002)


def test_columns() -> None:
    constants = places("constant_against_means")
    assert "Table 4, row 8, column 1" in constants
    assert "Table 4, row 8, column 3" in places("constant_steps")
    assert "models 6 and 7" in messages("same_regressors_different_estimates")
    outside = {f"Table 4, row {r}, column 7" for r in (1, 2, 3, 4, 5)}  # education lies inside
    assert places("pooled_slope_outside_groups") == outside


def test_bounds_of_the_mean_of_logs_hold_and_are_sharp() -> None:
    draw = np.random.default_rng(3)
    line = lines(PAPER)["fdi"]
    for _ in range(50):
        x = np.exp(draw.normal(draw.uniform(-2, 5), draw.uniform(0.2, 2), 400))
        numbers = [Number(f"{v:.6f}") for v in (x.mean(), x.std(), x.min(), x.max())]
        made = type(line)("x", "", 400, *numbers)
        low, high = log_mean_bounds(made)
        assert low - 1e-4 <= np.log(x).mean() <= high + 1e-4
    two = np.array([1.0] * 30 + [9.0] * 10)  # the least favourable distribution itself
    numbers = [Number(f"{v:.6f}") for v in (two.mean(), two.std(), 1.0, 20.0)]
    low, _ = log_mean_bounds(type(line)("x", "", 40, *numbers))
    assert low == pytest.approx(np.log(two).mean(), abs=1e-4)


@pytest.mark.parametrize("shift", [0, 40])
def test_least_deviation_that_the_extremes_force(shift: int) -> None:
    # Four values from 0 to 10 with mean 5: the other two at 5 give sqrt(50/3) = 4.08. All of them
    # moved by a constant have the same deviation.
    line = lines(PAPER)["fdi"]
    term = PAPER.tables["1"]

    def with_sd(text: str) -> PrintedPaper:
        numbers = dict(zip(("n_obs", "mean", "sd", "min", "max"),
                           ("4", f"{5 + shift}.00", text, f"{shift}.00", f"{10 + shift}.00"),
                           strict=True))  # fmt: skip
        cells = tuple(
            replace(c, estimate=Number(numbers[c.statistic]))
            for c in term.cells
            if c.term == line.term
        )
        return PAPER.model_copy(update={"tables": {"1": term.model_copy(update={"cells": cells})}})

    rule_ = RULES["sd_against_extremes"]
    assert rule_(with_sd("4.09")).status == "silent"
    assert rule_(with_sd("3.90")).status == "found"
    assert rule_(with_sd("5.77")).status == "silent"  # two values at each end: sqrt(100/3)
    assert rule_(with_sd("5.90")).status == "found"


def test_simulated_figures_are_no_evidence() -> None:
    def release(status: str) -> Release:
        national = pd.DataFrame(
            {"measure": ["cny_per_usd", "gdp"], "year": [2022, 2022], "value": [6.7261, 1.0]}
        )
        return Release(
            release_id="0" * 16,
            panel=pd.DataFrame(),
            observations=figures().assign(status=status),
            indicators=pd.DataFrame(),
            provinces=provinces(),
            series_breaks=pd.DataFrame(),
            national=national,
            manifest={},
        )

    official = Evidence.from_release(release("official"))
    assert official.rates == {2022: 6.7261}
    assert len(official.groups["Central"]) == CENTRAL
    assert RULES["extreme_of_excluded_unit"](PAPER, official).status == "found"
    simulated = Evidence.from_release(release("simulated"))
    assert RULES["extreme_of_excluded_unit"](PAPER, simulated).status == "no evidence: cells"


def test_text_against_tables() -> None:
    assert "text 0.325, table 0.352** (2.019)" in messages("number_not_in_table")
    assert "in 4 of 5 models" in messages("number_not_in_table")
    assert len(RULES["number_not_in_table"](PAPER).findings) == 2
    assert "gdp has no printed estimate in model 7" in messages("significance_not_starred")
    assert "table 1 is" in messages("wrong_table_named")
    # Labour, East less Central: .073 / hypot(.815/2.364, .742/1.953) = .14.
    assert "is +0.073 with z = 0.14" in messages("difference_not_significant")
    # The West's |t| of FDI (4.179) and CE (2.019) are below the East's (4.328, 2.167), as said.
    strength = [f.place[-28:] for f in RULES["strength_not_in_table"](PAPER).findings]
    assert len(strength) == 4
    assert not any("column 3" in place for place in strength)
    assert "|t| 4.328 and 4.586" in messages("strength_not_in_table")
    assert "FMOLS and DOLS" in messages("facts_disagree")
    for silent in ("order_not_in_table", "range_not_in_table", "trend_not_in_table"):
        result = RULES[silent](PAPER)
        assert result.applicable > 0
        assert result.status == "silent"


def test_what_only_our_archive_lacks_is_no_question_to_the_paper() -> None:
    # Exports are printed by the yearbook and not in this evidence; international express revenue is
    # printed for the country only.
    assert "exports_cny_100m" not in set(figures()["measure"])
    found = RULES["figures_not_published"](PAPER, EVIDENCE).findings
    assert [f.message.split(":")[0] for f in found] == ["CE"]
    landed = pd.concat(
        [
            figures(),
            pd.DataFrame(
                [
                    (f"E{i:02d}", year, "express_international_cny_100m", 1.0)
                    for i in range(29)
                    for year in range(2005, 2023)
                ],
                columns=figures().columns,
            ),
        ]
    )
    own = Evidence.of(landed, provinces(), RATES)
    assert RULES["figures_not_published"](PAPER, own).status == "silent"


def test_facts_are_counted_not_cells() -> None:
    # 2521 stands in fifteen cells; Table 6 calls t statistics standard errors, which makes three of
    # them negative and nineteen too small. The rest are seventeen facts of one cell each.
    audit = run_audit(PAPER, EVIDENCE)
    impossible = audit[audit["severity"] == "impossible"]
    assert len(impossible) == 15 + 3 + 19 + 17
    assert distinct_facts(audit, "impossible") == 2 + 17


def test_form_equation_and_citations() -> None:
    assert places("empty_row") == {"Table 4, row 7"}
    assert places("missing_table") == {"Table 3"}
    assert places("symbol_differs") == {"Table 5, row 2", "Table 6, row 2"}
    assert places("odd_precision") == {"Table 4, row 1, column 7"}
    assert "gdp: a row of Table 4, Table 6" in messages("equation_against_tables")
    assert "fdi x ce" in messages("interaction_not_estimated")
    assert "Wang et al. (2024) points to an entry of 2020" in messages("citation_year")
    assert len(RULES["citation_year"](PAPER).findings) == 1
    assert len(places("citation_other_place")) == 2
    assert "state estimation" in messages("citation_other_subject")


def test_sample_and_currency_traces() -> None:
    assert places("extreme_of_excluded_unit") == {f"Table 1, row {r}" for r in (4, 7, 8)}
    assert "2 stated cells lie beyond it" in messages("extreme_is_surpassed")
    assert whole_multiple(Number("8178.94"), 6.7261).value == 1216  # type: ignore[union-attr]
    assert whole_multiple(Number("122348949.52"), 6.7261).value == 18190177  # type: ignore[union-attr]
    assert whole_multiple(Number("53265.80"), 6.7261, 2).value == 7919.27  # type: ignore[union-attr]
    assert whole_multiple(Number("8178.95"), 6.7261) is None
    assert "the rate of 2022" in messages("extremes_share_a_rate")
    assert "ex max = 7919.27 x 6.7261" in messages("extremes_share_a_rate")
    assert "converted twice?" in messages("extreme_out_of_scale")


@pytest.mark.slow
def test_the_frame_is_ready_for_parquet(tmp_path: Path) -> None:
    audit = run_audit(PAPER, EVIDENCE)
    assert set(audit["rule"]) == set(RULES)
    counts = audit.drop_duplicates("rule").set_index("rule")["applicable"]
    assert counts.to_dict() == {r.id: r(PAPER, EVIDENCE).applicable for r in RULES.values()}
    assert counts["group_counts_do_not_add_up"] == 0
    assert counts["r2_falls"] == 6
    path = tmp_path / "audit.parquet"
    audit.to_parquet(path)
    back = pd.read_parquet(path)
    assert len(back) == len(audit)
    assert all(isinstance(json.loads(e), dict) for e in back["evidence"].dropna())
    totals = summary(audit)
    assert totals["rules"].sum() == len(RULES)
    for severity in ("impossible", "contradiction", "doubtful", "form"):
        by_hand = audit[audit["severity"] == severity].groupby("family")["fact"].nunique().sum()
        assert totals[severity].sum() == by_hand
    bare = run_audit(PAPER)
    assert bare["status"].str.startswith("no evidence").sum() == sum(
        bool(r.needs) for r in RULES.values()
    )


def test_a_rule_needs_a_reason_and_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def empty_row(paper: object, evidence: object) -> Outcome:
        yield 0

    with pytest.raises(ValueError, match="two rules are called empty_row"):
        rule("form")(empty_row)  # type: ignore[arg-type]

    def new_rule(paper: object, evidence: object) -> Outcome:
        """Only a title."""
        yield 0

    with pytest.raises(ValueError, match="a title, a blank line and a reason"):
        rule("form")(new_rule)  # type: ignore[arg-type]


def test_a_rule_cannot_find_where_it_did_not_apply() -> None:
    from estimation.audit.registry import Finding

    broken = Rule("x", "form", "t", "r", (), lambda p, e: iter([Finding("here", "form", "m")]))
    with pytest.raises(AssertionError, match="applied to nothing"):
        broken(PAPER)


def test_rules_name_no_paper() -> None:
    """Rules are general: no number of this paper stands in their code."""
    folder = Path(run_audit.__code__.co_filename).parent
    own = {"2521", "6.7261", "0.325", "0.352", "bi_2025", "Tibet"}
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not {w for w in own if w in text}, path.name
