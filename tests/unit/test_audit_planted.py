"""Every rule of the audit: silent on a paper without a fault, awake to the one planted for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from estimation.audit import RULES, Evidence, PrintedPaper
from estimation.papers.schema import Cell, Citation, Claim, Number, Table, Variable

sys.path.insert(0, str(Path(__file__).parents[1] / "reference" / "audit"))
from clean_paper import cell_of, clean, evidence

Build = Callable[[PrintedPaper], PrintedPaper]


# -- ways to change one thing ------------------------------------------------------------------
def reprint(cell: Cell, text: str) -> Cell:
    new = cell_of(
        text, table=cell.table, row=cell.row, column=cell.column, model=cell.model,
        term=cell.term, transform=cell.transform, statistic=cell.statistic, place=cell.place,
    )  # fmt: skip
    return new if text else replace(new, estimate=None, bracket=None, stars="")


def with_table(paper: PrintedPaper, table: Table) -> PrintedPaper:
    return replace(paper, tables={**paper.tables, table.number: table})


def change(number: str, text: str, **where: str) -> Build:
    """Reprint the one cell of a table that has the given attributes."""

    def build(paper: PrintedPaper) -> PrintedPaper:
        table = paper.tables[number]
        hit = [c for c in table.cells if all(getattr(c, k) == v for k, v in where.items())]
        assert len(hit) == 1, f"{where} names {len(hit)} cells"
        cells = tuple(reprint(c, text) if c is hit[0] else c for c in table.cells)
        return with_table(paper, table.with_cells(cells))

    return build


def edit(number: str, text: Callable[[Cell], str], **where: str) -> Build:
    """Reprint every cell of a table that has the given attributes."""

    def build(paper: PrintedPaper) -> PrintedPaper:
        table = paper.tables[number]
        chosen = lambda c: all(getattr(c, k) == v for k, v in where.items())  # noqa: E731
        cells = tuple(reprint(c, text(c)) if chosen(c) else c for c in table.cells)
        assert cells != table.cells
        return with_table(paper, table.with_cells(cells))

    return build


def form(number: str, **parts: object) -> Build:
    return lambda p: with_table(p, replace(p.tables[number], **parts))


def both(*builds: Build) -> Build:
    def build(paper: PrintedPaper) -> PrintedPaper:
        for one in builds:
            paper = one(paper)
        return paper

    return build


def claims(kind: str, **parts: object) -> Build:
    """Change all claims of a kind."""

    def changed(claim: Claim) -> Claim:
        return replace(claim, **parts) if claim.kind == kind else claim

    return lambda p: replace(p, claims=tuple(changed(c) for c in p.claims))


def cite(position: int, **parts: object) -> Build:
    def build(paper: PrintedPaper) -> PrintedPaper:
        cited: list[Citation] = list(paper.citations)
        cited[position] = replace(cited[position], **parts)
        return replace(paper, citations=tuple(cited))

    return build


def sample(**parts: object) -> Build:
    return lambda p: replace(p, sample=replace(p.sample, **parts))


def equation(**parts: object) -> Build:
    return lambda p: replace(p, equation=replace(p.equation, **parts))


def variable(name: str, **parts: object) -> Build:
    def build(paper: PrintedPaper) -> PrintedPaper:
        new: Variable = replace(paper.variables[name], **parts)
        return replace(paper, variables={**paper.variables, name: new})

    return build


def without_table(number: str) -> Build:
    return lambda p: replace(p, tables={k: t for k, t in p.tables.items() if k != number})


def add_row(number: str, row: str, *texts: str, term: str = "new", transform: str = "log") -> Build:
    """A further coefficient row, one text a model ('' leaves the cell empty)."""

    def build(paper: PrintedPaper) -> PrintedPaper:
        table = paper.tables[number]
        new = tuple(
            reprint(
                Cell(number, row, f"({m})", m, term, transform, "estimate", None, None, "", "",
                     f"Table {number}, {row}, ({m})"),
                text,
            )
            for m, text in zip(table.models, texts, strict=True)
        )  # fmt: skip
        return with_table(paper, table.with_cells((*table.cells, *new)))

    return build


def two_rates(paper: PrintedPaper) -> PrintedPaper:
    """Both extremes of a variable multiplied by the rate of one year."""
    rate = evidence().rates[2010]
    low, high = 1234 * rate, 90210 * rate
    plant = [
        change("1", f"{low:.2f}", term="cap", statistic="min"),
        change("1", f"{high:.2f}", term="cap", statistic="max"),
    ]
    return both(*plant)(paper)


def twice(factor: float) -> Build:
    """The largest figure, in a unit of 1/factor of ours, multiplied by the rate of its own year."""
    cells = evidence().cells
    assert cells is not None
    kept = cells[(cells["measure"] == "cap") & (cells["province_code"] != "X00")]
    top = kept.loc[kept["value"].idxmax()]
    text = f"{top['value'] * factor * evidence().rates[int(top['year'])]:.2f}"
    return both(variable("cap", factor=factor), change("1", text, term="cap", statistic="max"))


def excluded_minimum(paper: PrintedPaper) -> PrintedPaper:
    cells = evidence().cells
    assert cells is not None
    value = cells.loc[
        (cells["measure"] == "wrk") & (cells["province_code"] == "X00"), "value"
    ].iloc[0]
    text = f"{round(value, 4)}"
    return change("1", text, term="wrk", statistic="min")(paper)


def second_largest(paper: PrintedPaper) -> PrintedPaper:
    cells = evidence().cells
    assert cells is not None
    values = cells.loc[cells["measure"] == "wrk", "value"].sort_values()
    return change("1", f"{values.iloc[-2]:.2f}", term="wrk", statistic="max")(paper)


def scaled(factor: float, *statistics: str) -> Build:
    def text(cell: Cell) -> str:
        assert cell.estimate is not None
        return f"{cell.value * factor:.2f}" if cell.statistic in statistics else cell.text

    return edit("1", text, term="edu")


def copy_column(paper: PrintedPaper) -> PrintedPaper:
    """A further column with the regressors of the third and other numbers."""
    table = paper.tables["3"]
    new = tuple(
        replace(
            reprint(
                c, f"{c.value + 0.01:.4f}*** (0.0154)" if c.statistic == "estimate" else c.text
            ),
            model="9",
            column="(9)",
        )
        for c in table.cells
        if c.model == "3"
    )
    estimators = {**table.estimators, "9": "fixed_effects"}
    return with_table(paper, replace(table, cells=(*table.cells, *new), estimators=estimators))


def as_t(paper: PrintedPaper) -> PrintedPaper:
    """Table 5 with t statistics in brackets that its note calls standard errors."""

    def text(cell: Cell) -> str:
        if cell.statistic != "estimate" or cell.estimate is None or cell.bracket is None:
            return cell.text
        return f"{cell.estimate.text}{cell.stars} ({cell.value / cell.bracket.value:.4f})"

    return edit("5", text)(paper)


def with_lc(text: str) -> Build:
    """Table 4 with a Hansen statistic that no claim calls support."""
    return both(
        form("4", tests={**clean().tables["4"].tests, "Lc": "hansen_lc"}),
        lambda p: with_table(
            p,
            p.tables["4"].with_cells(
                (
                    *p.tables["4"].cells,
                    cell_of(text, table="4", row="Lc", column="fmols", model="fmols",
                            statistic="test:Lc"),
                )
            ),
        ),
    )  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """A rule, what is planted for it, and the paper it is planted in (clean unless said)."""

    rule: str
    plant: Build
    base: Build = lambda paper: paper
    name: str = ""


cap = {"model": "3", "term": "cap", "statistic": "estimate"}
FAULTS = [
    Fault("stars_beyond_reach", change("3", "-0.0352** (0.0216)", model="3x", term="cap*wrk")),
    Fault("stars_short_of_reach", change("3", "0.4310* (0.0154)", **cap)),
    Fault("stars_short_of_reach", change("3", "0.4310 (0.0154)", **cap), name="none at all"),
    Fault(
        "stars_fail_as_revealed", change("5", "0.0965* (0.2519)", model="4", term="constant"), as_t
    ),
    Fault("stars_not_monotone", change("3", "0.4310** (0.0154)", **cap)),
    Fault("stars_differ_at_equal_t", change("3", "0.4310** (0.0154)", **cap)),
    Fault("no_legend_fits_column", change("3", "0.4310 (0.0154)", **cap)),
    Fault("no_legend_fits_table", change("3", "0.4310 (0.0154)", **cap)),
    Fault("unknown_mark", change("3", "0.4310**** (0.0154)", **cap)),
    Fault("negative_standard_error", change("3", "0.4310*** (-0.0154)", **cap)),
    Fault("t_with_wrong_sign", change("4", "0.4350*** (-21.7500)", model="fmols", term="cap")),
    Fault("p_value_out_of_range", change("6", "-0.6334*** (1.2000)", term="cap")),
    Fault("brackets_misnamed", as_t),
    Fault("brackets_misnamed", form("4", brackets="standard_error"), name="long run"),
    Fault("odd_precision", change("3", "0.4310*** (0.01540)", **cap)),
    Fault("statistic_on_wrong_side", change("2", "1.05***", row="Δ ln Cap", column="LLC")),
    Fault(
        "statistic_on_wrong_side",
        change("2", "12.67***", row="Δ ln Cap", column="Fisher"),
        name="chi-squared",
    ),
    Fault("statistic_stars_too_many", change("2", "60.00***", row="Δ ln Cap", column="Fisher")),
    Fault("statistic_stars_too_few", change("2", "-8.12*", row="Δ ln Cap", column="LLC")),
    Fault("statistic_below_tables", change("4", "0.10**", row="Lc"), with_lc("1.20**")),
    Fault("statistic_out_of_range", change("2", "-4.00", row="ln Cap", column="Fisher")),
    Fault("rejection_called_support", change("4", "9.90***", model="dols", statistic="test:JB")),
    Fault(
        "rejection_called_support",
        change("4", "-0.31", model="dols", statistic="test:Kao"),
        name="no cointegration left standing",
    ),
    Fault("single_equation_test_on_panel", with_lc("1.20**")),
    Fault("f_statistic_stars", change("5", "1.20***", model="4", statistic="f_statistic")),
    Fault("more_rows_than_the_panel", change("3", "2521", model="3", statistic="n_obs")),
    Fault(
        "more_rows_than_the_panel", change("5", "241", model="4", statistic="n_obs"), name="group"
    ),
    Fault(
        "count_of_no_complete_panel",
        both(*(edit(t, lambda c: "719", statistic="n_obs") for t in "13467")),
    ),
    Fault("group_counts_do_not_add_up", change("5", "230", model="4", statistic="n_obs")),
    Fault("group_units_do_not_add_up", sample(units=25)),
    Fault("count_not_printed", change("4", "", model="dols", statistic="n_obs")),
    Fault("f_against_r2", change("5", "79.977***", model="4", statistic="f_statistic")),
    Fault(
        "f_against_r2", change("6", "99.000***", statistic="f_statistic"), name="without effects"
    ),
    Fault("r2_out_of_range", change("3", "1.2000", model="3", statistic="r_squared")),
    Fault("r2_falls", change("3", "0.5000", model="3", statistic="r_squared")),
    Fault("t_against_r2", change("3", "0.6600", model="3", statistic="r_squared")),
    Fault("t_against_r2", change("3", "0.7250", model="1", statistic="r_squared"), name="first"),
    Fault("r2_not_named", form("3", r_squared="unnamed")),
    Fault("r2_below_effects", form("3", r_squared="inclusive")),
    Fault(
        "pooled_r2_against_groups",
        edit("5", lambda c: "0.1200", statistic="r_squared"),
    ),
    Fault("mean_outside_extremes", change("1", "1.00", term="cap", statistic="mean")),
    Fault("sd_against_extremes", change("1", "9999999.00", term="cap", statistic="sd")),
    Fault("sd_against_extremes", change("1", "0.01", term="cap", statistic="sd"), name="too small"),
    Fault("units_not_printed", variable("cap", unit=None)),
    Fault("extreme_of_excluded_unit", excluded_minimum),
    Fault("extreme_is_surpassed", second_largest),
    Fault("extreme_out_of_scale", scaled(6.7, "max")),
    Fault("mean_and_sd_differ", scaled(1.2, "mean")),
    Fault("mean_and_sd_differ", scaled(1.4, "sd"), name="sd"),
    Fault("figures_not_published", variable("cap", measures=("absent",), unpublished="no source")),
    Fault("extremes_share_a_rate", two_rates),
    Fault("converted_twice", twice(1.0)),
    Fault("converted_twice", twice(100.0), name="in another unit"),
    Fault("constant_against_means", change("3", "9.6032*** (0.2403)", model="1", term="constant")),
    Fault("constant_steps", change("3", "4.7000*** (0.2119)", model="2", term="constant")),
    Fault("same_regressors_different_estimates", copy_column),
    Fault("pooled_slope_outside_groups", change("3", "0.9310*** (0.0154)", **cap)),
    Fault("pooled_error_against_groups", change("3", "0.4310*** (0.0011)", **cap)),
    Fault("number_not_in_table", claims("value", values=("0.4130",))),
    Fault("number_not_in_table", claims("value", models=("1", "3")), name="not in each"),
    Fault("range_not_in_table", claims("range", values=("0.1000", "0.4310"))),
    Fault("trend_not_in_table", claims("trend", relation="falling")),
    Fault("significance_not_starred", change("3", "0.4310 (0.0154)", **cap)),
    Fault(
        "significance_not_starred", change("3", "-0.4310*** (0.0154)", **cap), name="but negative"
    ),
    Fault(
        "significance_not_starred",
        claims("significance", terms=("cap", "absent")),
        name="not printed",
    ),
    Fault("significance_against_errors", change("3", "0.4310*** (0.4154)", **cap)),
    Fault("order_not_in_table", change("5", "0.7894*** (0.0236)", model="5", term="cap")),
    Fault("difference_not_significant", change("5", "0.5794*** (0.0236)", model="5", term="cap")),
    Fault("strength_not_in_table", change("5", "0.3894*** (0.0036)", model="5", term="cap")),
    Fault("wrong_table_named", claims("table_reference", table="1")),
    Fault("wrong_table_named", claims("table_reference", table="12"), name="no such table"),
    Fault(
        "facts_disagree",
        lambda p: replace(
            p, claims=tuple(replace(c, values=("25",)) if c.id == "i" else c for c in p.claims)
        ),
    ),
    Fault(
        "facts_disagree",
        lambda p: replace(
            p, claims=tuple(replace(c, values=("FMOLS",)) if c.id == "l" else c for c in p.claims)
        ),
        name="said twice",
    ),
    Fault("unit_roots_misread", edit("2", lambda c: "-9.99***", transform="log")),
    Fault("estimator_against_integration", edit("2", lambda c: "-9.99***", row="ln Cap")),
    Fault(
        "mixed_integration",
        lambda p: with_table(
            edit("2", lambda c: "-9.99***", row="ln Out")(p),
            p.tables["2"].with_cells(
                tuple(
                    reprint(c, "-9.99***") if c.row == "ln Out" else c
                    for c in p.tables["2"].cells
                    if c.row != "ln Cap"
                )
            ),
        ),
    ),
    Fault("infeasible_estimator", sample(first_year=2008)),
    Fault("equation_against_tables", add_row("3", "ln(Gap)", "", "", "", "0.1 (0.2)", term="gap")),
    Fault(
        "equation_against_tables", equation(regressors=("cap", "wrk", "edu", "age")), name="back"
    ),
    Fault(
        "interaction_not_estimated",
        lambda p: replace(
            p,
            claims=tuple(
                replace(c, terms=("cap", "edu")) if c.kind == "interaction" else c for c in p.claims
            ),
        ),
    ),
    Fault("effects_against_equation", change("3", "No", model="3", statistic="flag:time_effects")),
    Fault(
        "transform_against_equation",
        lambda p: with_table(
            p,
            p.tables["4"].with_cells(
                tuple(
                    replace(c, transform="level") if c.term == "cap" else c
                    for c in p.tables["4"].cells
                )
            ),
        ),
    ),
    Fault("empty_row", add_row("3", "ln(Gap)", "", "", "", "", term="gap")),
    Fault("missing_table", without_table("6")),
    Fault(
        "symbol_differs",
        lambda p: with_table(
            p,
            p.tables["4"].with_cells(
                tuple(
                    replace(c, row="ln(Cpa)") if c.term == "cap" else c for c in p.tables["4"].cells
                )
            ),
        ),
    ),
    Fault("citation_year", cite(0, year=2005)),
    Fault("citation_names", cite(1, names="Birch and Dale")),
    Fault("citation_names", cite(1, names="Birch et al."), name="et al. for two"),
    Fault("citation_unmatched", cite(2, reference="7")),
    Fault("citation_other_place", cite(0, about=("Sylvania",))),
    Fault("citation_other_subject", cite(0, topics=("weather",))),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.rule} {f.name}".strip())
def test_a_planted_fault_is_caught_and_its_absence_passes(fault: Fault) -> None:
    rule = RULES[fault.rule]
    before = rule(fault.base(clean()), evidence())
    assert before.applicable > 0, "the rule was not tried before the fault was planted"
    assert before.findings == ()
    after = rule(fault.plant(fault.base(clean())), evidence())
    assert after.findings, "the planted fault was not found"
    assert all(f.place and f.message for f in after.findings)


def test_every_rule_has_a_planted_fault() -> None:
    assert {f.rule for f in FAULTS} == set(RULES)


def test_the_clean_paper_is_clean_and_nearly_every_rule_was_tried_on_it() -> None:
    outcomes = [r(clean(), evidence()) for r in RULES.values()]
    assert {r.rule: r.findings for r in outcomes if r.findings} == {}
    untried = {r.rule for r in outcomes if not r.applicable}
    # The first needs brackets that are misnamed, the second a starred test without a p-value.
    assert untried == {"stars_fail_as_revealed", "statistic_below_tables"}


def test_rules_that_need_figures_say_so_instead_of_passing() -> None:
    needing = [r for r in RULES.values() if r.needs]
    assert needing
    for rule in needing:
        result = rule(clean(), Evidence())
        assert result.applicable == 0
        assert result.status.startswith("no evidence: ")


def test_a_stand_in_is_not_held_against_means_or_extremes() -> None:
    def stand_in(name: str) -> PrintedPaper:
        return variable(name, measures=("absent",), stand_ins=(name,))(clean())

    def applicable(rule: str, paper: PrintedPaper) -> int:
        return RULES[rule](paper, evidence()).applicable

    for rule in ("mean_and_sd_differ", "extreme_of_excluded_unit", "extreme_out_of_scale"):
        assert applicable(rule, stand_in("cap")) < applicable(rule, clean())
    # A gap of our archive alone is no question to the paper.
    assert not RULES["figures_not_published"](stand_in("cap"), evidence()).findings
    # It does serve where only shares of variation are wanted.
    assert applicable("r2_below_effects", stand_in("out")) > 0


def test_rounding_is_given_the_benefit_of_the_doubt() -> None:
    # 0.033/0.020 = 1.65 prints from values anywhere between 1.59 and 1.72: both readings stand.
    for text in ("0.033* (0.020)", "0.033 (0.020)"):
        paper = change("3", text, model="3x", term="cap*wrk")(clean())
        for name in ("stars_beyond_reach", "stars_short_of_reach", "no_legend_fits_column"):
            assert RULES[name](paper, evidence()).findings == (), (text, name)


def test_a_number_knows_the_interval_it_was_rounded_from() -> None:
    number = Number("-0.0620")
    assert (number.value, number.decimals) == (-0.062, 4)
    assert number.low == pytest.approx(-0.06205)
    assert number.high == pytest.approx(-0.06195)


def test_a_standard_error_that_prints_as_zero_is_not_negative() -> None:
    paper = change("3", "0.4310*** (0.0000)", model="3", term="cap")(clean())
    assert RULES["negative_standard_error"](paper, evidence()).findings == ()


def test_a_further_extreme_on_the_same_rate_is_told_with_its_quotient_of_two_decimals() -> None:
    rate = evidence().rates[2010]
    other = next(
        c for c in clean().tables["1"].cells if c.statistic == "max" and c.term not in ("cap", "")
    )
    plain = two_rates(clean())
    hidden = change("1", f"{512.25 * rate:.2f}", term=other.term, statistic="max")(plain)
    finer = change("1", f"{512.253 * rate:.3f}", term=other.term, statistic="max")(plain)
    (found,) = RULES["extremes_share_a_rate"](hidden, evidence()).findings
    assert f"also {other.term} max = 512.25 x {rate}" in found.message
    (found,) = RULES["extremes_share_a_rate"](finer, evidence()).findings
    assert f"{other.term} max = 512.253" not in found.message


def test_an_estimate_without_a_bracket_is_not_held_against_printed_errors() -> None:
    # The claim speaks of three estimates; one of them has no printed error.
    rule = RULES["significance_against_errors"]
    assert rule(clean(), evidence()).applicable == 3
    bare = rule(change("3", "0.4310***", **cap)(clean()), evidence())
    assert (bare.applicable, bare.findings) == (2, ())


def test_the_chance_of_a_shared_rate_counts_every_year_and_variable_that_was_tried() -> None:
    rule, rate = RULES["extremes_share_a_rate"], evidence().rates[2010]
    # Two variables have numbers large enough to be tried at the rates of 30 years.
    paper = two_rates(scaled(1000, "min", "max")(clean()))
    outcome = rule(paper, evidence())
    assert outcome.applicable == 2 * 2
    # A number of two decimals is whole by a chance of 0.01 / rate.
    (found,) = outcome.findings
    assert found.evidence["chance"] == pytest.approx((0.01 / rate) ** 2 * 30 * 2)
    # With one decimal both are whole by a chance of (0.1 / rate)² 60 = 0.01, which is no trace.
    coarser = both(
        change("1", f"{1234 * rate:.1f}", term="cap", statistic="min"),
        change("1", f"{90210 * rate:.1f}", term="cap", statistic="max"),
    )
    assert rule(coarser(paper), evidence()).findings == ()


def test_two_groups_make_a_range_for_the_pooled_slope_and_one_does_not() -> None:
    rule = RULES["pooled_slope_outside_groups"]
    pooled = change("3", "0.9310*** (0.0154)", **cap)
    two = change("5", "", model="6", term="cap")
    one = both(two, change("5", "", model="5", term="cap"))
    everything = rule(pooled(clean()), evidence()).applicable
    for groups, findings in ((two, 1), (one, 0)):
        outcome = rule(both(pooled, groups)(clean()), evidence())
        assert len(outcome.findings) == findings
        assert everything - outcome.applicable == 1 - findings


def test_rules_between_columns_count_what_they_were_held_against() -> None:
    # Of the four nested columns of Table 3 the last has an interaction without a printed mean.
    # Tables 6 and 7 have one column each, Table 4 two, and three slopes are pooled over the groups.
    wanted = {
        "constant_against_means": 3 + 1 + 1,
        "constant_steps": 2,
        "same_regressors_different_estimates": 6 + 1,
        "pooled_slope_outside_groups": 3,
        "pooled_error_against_groups": 3,
    }
    assert {name: RULES[name](clean(), evidence()).applicable for name in wanted} == wanted


@pytest.mark.parametrize(
    ("table", "model", "severity"), [("3", "1", "doubtful"), ("6", "7", "impossible")]
)
def test_a_wrong_constant_is_impossible_only_without_effects(
    table: str, model: str, severity: str
) -> None:
    # Effects can be normalised in more than one way, and the constant with them.
    paper = change(table, "99.0000", model=model, term="constant")(clean())
    (found,) = RULES["constant_against_means"](paper, evidence()).findings
    assert found.severity == severity


def test_an_unbalanced_panel_may_have_any_number_of_rows() -> None:
    rule = RULES["count_of_no_complete_panel"]
    everywhere = both(*(edit(t, lambda c: "719", statistic="n_obs") for t in "13467"))
    assert rule(everywhere(clean()), evidence()).findings
    outcome = rule(both(everywhere, sample(balanced=False))(clean()), evidence())
    assert (outcome.applicable, outcome.findings) == (0, ())


def test_r2_that_prints_the_same_with_one_regressor_more_has_not_fallen() -> None:
    before = clean().tables["3"].get("2", "r_squared")
    assert before is not None
    for step, findings in ((0.0, 0), (0.0001, 1)):
        text = f"{before.value - step:.4f}"
        paper = change("3", text, model="3", statistic="r_squared")(clean())
        assert len(RULES["r2_falls"](paper, evidence()).findings) == findings


@pytest.mark.parametrize(("rows", "findings"), [("60", 0), ("61", 1)])
def test_f_and_r2_agree_with_the_rows_up_to_the_end_of_their_rounding(
    rows: str, findings: int
) -> None:
    # Two regressors, F below 9.5 and R² above .25: at most 9.5 x 2 x .75 / .25 = 57 degrees of
    # freedom. 60 rows leave 60 - 2 - 1 = 57, and 61 leave more.
    paper = both(
        change("6", "", term="edu"),
        change("6", "9", statistic="f_statistic"),
        change("6", "0.3", statistic="r_squared"),
        change("6", rows, statistic="n_obs"),
    )(clean())
    assert len(RULES["f_against_r2"](paper, evidence()).findings) == findings
