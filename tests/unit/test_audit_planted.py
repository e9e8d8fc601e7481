"""Every rule of the audit: silent on a paper without a fault, awake to the one planted for it."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from estimation.audit import RULES, Evidence, PrintedPaper
from estimation.audit.significance import degrees, revealed
from estimation.papers.rows import Cell
from estimation.papers.schema import Strict

sys.path.insert(0, str(Path(__file__).parents[1] / "reference" / "audit"))
from clean_paper import FIRST, LAST, cell_of, clean, evidence, table

Build = Callable[[PrintedPaper], PrintedPaper]


# -- ways to change one thing ------------------------------------------------------------------
def altered(part: Any, **changes: object) -> Any:
    """A part of the YAML file, or a row of another, with something else in it."""
    if isinstance(part, Strict):
        return part.model_copy(update=changes)
    return replace(part, **changes)


def reprint(cell: Cell, text: str) -> Cell:
    if not text:
        return replace(cell, text="", estimate=None, bracket=None, stars="")
    same = ("table", "row", "column", "model", "term", "transform", "statistic", "place")
    return cell_of(text, **{name: getattr(cell, name) for name in same})


def form(number: str, **parts: object) -> Build:
    """Other parts of one table."""
    return lambda p: altered(p, tables={**p.tables, number: altered(p.tables[number], **parts)})


def recast(
    number: str, new: Callable[[Cell], Cell], count: int | None = None, **where: str
) -> Build:
    """Another cell for every cell of a table that has the given attributes."""

    def build(paper: PrintedPaper) -> PrintedPaper:
        cells = paper.tables[number].cells
        hit = [all(getattr(c, k) == v for k, v in where.items()) for c in cells]
        assert sum(hit) == (count or sum(hit)) > 0, f"{where} names {sum(hit)} cells"
        made = tuple(new(c) if h else c for c, h in zip(cells, hit, strict=True))
        assert made != cells
        return form(number, cells=made)(paper)

    return build


def change(number: str, text: str, **where: str) -> Build:
    """Reprint the one cell that has the given attributes."""
    return recast(number, lambda c: reprint(c, text), 1, **where)


def edit(number: str, text: str, **where: str) -> Build:
    """Reprint every cell that has the given attributes."""
    return recast(number, lambda c: reprint(c, text), **where)


def add(number: str, *cells: Cell) -> Build:
    return lambda p: form(number, cells=(*p.tables[number].cells, *cells))(p)


def both(*builds: Build) -> Build:
    return lambda paper: reduce(lambda made, build: build(made), builds, paper)


def claims(which: str, **parts: object) -> Build:
    """Change the claims of a kind, or one by its id."""
    return lambda p: altered(
        p,
        claims=tuple(altered(c, **parts) if which in (c.kind, c.id) else c for c in p.claims),
    )


def cite(position: int, **parts: object) -> Build:
    return lambda p: altered(
        p,
        citations=tuple(
            altered(c, **parts) if n == position else c for n, c in enumerate(p.citations)
        ),
    )


def sample(**parts: object) -> Build:
    return lambda p: altered(p, sample=altered(p.sample, **parts))


def equation(**parts: object) -> Build:
    return lambda p: altered(p, equation=altered(p.equation, **parts))


def variable(name: str, **parts: object) -> Build:
    """Other parts of a variable, or of what it is compared with."""

    def build(paper: PrintedPaper) -> PrintedPaper:
        own = paper.variables[name]
        compare = {k: v for k, v in parts.items() if k in type(own.compare).model_fields}
        rest = {k: v for k, v in parts.items() if k not in compare}
        new = altered(own, **rest, compare=altered(own.compare, **compare))
        return altered(paper, variables={**paper.variables, name: new})

    return build


def without_table(number: str) -> Build:
    return lambda p: altered(p, tables={k: t for k, t in p.tables.items() if k != number})


def gap(*texts: str) -> Build:
    """A further coefficient row in Table 3, one text a column ('' leaves the cell empty)."""
    blank = {"table": "3", "row": "ln(Gap)", "term": "gap", "transform": "log"}
    cells = [cell_of("1", **blank, column=f"({m})", model=m) for m in clean().tables["3"].models]
    return add("3", *(reprint(c, text) for c, text in zip(cells, texts, strict=True)))


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
    kept = cells[(cells["measure"] == "cap") & (cells["province_code"] != "X00")]
    top = kept.loc[kept["value"].idxmax()]
    text = f"{top['value'] * factor * evidence().rates[int(top['year'])]:.2f}"
    return both(variable("cap", factor=factor), change("1", text, term="cap", statistic="max"))


def excluded_minimum(factor: float) -> Build:
    """The figure of an excluded unit, in a unit of 1/factor of ours, as the smallest."""
    cells = evidence().cells
    value = cells.loc[
        (cells["measure"] == "wrk") & (cells["province_code"] == "X00"), "value"
    ].iloc[0]
    text = f"{value * factor:.4f}"
    return both(variable("wrk", factor=factor), change("1", text, term="wrk", statistic="min"))


def second_largest(paper: PrintedPaper) -> PrintedPaper:
    cells = evidence().cells
    values = cells.loc[cells["measure"] == "wrk", "value"].sort_values()
    return change("1", f"{values.iloc[-2]:.2f}", term="wrk", statistic="max")(paper)


def scaled(factor: float, *statistics: str) -> Build:
    """Descriptive statistics of one variable times a factor."""
    return both(
        *(
            recast("1", lambda c: reprint(c, f"{c.value * factor:.2f}"), term="edu", statistic=name)
            for name in statistics
        )
    )


def copy_column(paper: PrintedPaper) -> PrintedPaper:
    """A further column with the regressors of the third and other numbers."""
    table = paper.tables["3"]
    own = [replace(c, model="9", column="(9)") for c in table.cells if c.model == "3"]
    new = [
        reprint(c, f"{c.value + 0.01:.4f}*** (0.0154)") if c.statistic == "estimate" else c
        for c in own
    ]
    estimators = {**table.estimators, "9": "fixed_effects"}
    return both(add("3", *new), form("3", estimators=estimators))(paper)


def in_t(cell: Cell) -> Cell:
    assert cell.estimate is not None and cell.bracket is not None
    return reprint(
        cell, f"{cell.estimate.text}{cell.stars} ({cell.value / cell.bracket.value:.4f})"
    )


as_t = recast("5", in_t, statistic="estimate")
"""Table 5 with t statistics in brackets that its note calls standard errors."""


def with_lc(text: str) -> Build:
    """Table 4 with a Hansen statistic that no claim calls support."""
    where = {"table": "4", "row": "Lc", "column": "fmols", "model": "fmols"}
    tests = {**clean().tables["4"].tests, "Lc": "hansen_lc"}
    return both(form("4", tests=tests), add("4", cell_of(text, **where, statistic="test:Lc")))


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
        both(*(edit(t, "719", statistic="n_obs") for t in "13467")),
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
        edit("5", "0.1200", statistic="r_squared"),
    ),
    Fault("mean_outside_extremes", change("1", "1.00", term="cap", statistic="mean")),
    Fault("sd_against_extremes", change("1", "9999999.00", term="cap", statistic="sd")),
    Fault("sd_against_extremes", change("1", "0.01", term="cap", statistic="sd"), name="too small"),
    Fault("units_not_printed", variable("cap", unit=None)),
    Fault("extreme_of_excluded_unit", excluded_minimum(1.0)),
    Fault("extreme_of_excluded_unit", excluded_minimum(100.0), name="in another unit"),
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
    Fault(
        "order_not_in_table",
        change("5", "0.7894*** (0.0236)", model="6", term="cap"),
        both(
            claims("order", relation="largest_first"),
            change("5", "0.0894*** (0.0236)", model="5", term="cap"),
        ),
        name="only the first",
    ),
    Fault("difference_not_significant", change("5", "0.5794*** (0.0236)", model="5", term="cap")),
    Fault("strength_not_in_table", change("5", "0.3894*** (0.0036)", model="5", term="cap")),
    Fault(
        "strength_not_in_table",
        recast("5", lambda c: replace(c, stars="*"), 1, model="4", term="cap"),
        name="fewer stars on the largest |t|",
    ),
    Fault("wrong_table_named", claims("table_reference", table="1")),
    Fault("wrong_table_named", claims("table_reference", table="12"), name="no such table"),
    Fault(
        "facts_disagree",
        claims("i", values=("25",)),
    ),
    Fault(
        "facts_disagree",
        claims("l", values=("FMOLS",)),
        name="said twice",
    ),
    Fault("unit_roots_misread", edit("2", "-9.99***", transform="log")),
    Fault("estimator_against_integration", edit("2", "-9.99***", row="ln Cap")),
    Fault(
        "mixed_integration",
        both(
            edit("2", "-9.99***", row="ln Out"),
            lambda p: form("2", cells=tuple(c for c in p.tables["2"].cells if c.row != "ln Cap"))(
                p
            ),
        ),
    ),
    Fault("infeasible_estimator", sample(first_year=2008)),
    Fault("equation_against_tables", gap("", "", "", "0.1 (0.2)")),
    Fault(
        "equation_against_tables", equation(regressors=("cap", "wrk", "edu", "age")), name="back"
    ),
    Fault("interaction_not_estimated", claims("interaction", terms=("cap", "edu"))),
    Fault("effects_against_equation", change("3", "No", model="3", statistic="flag:time_effects")),
    Fault(
        "transform_against_equation",
        recast("4", lambda c: replace(c, transform="level"), term="cap"),
    ),
    Fault("empty_row", gap("", "", "", "")),
    Fault("missing_table", without_table("6")),
    Fault("symbol_differs", recast("4", lambda c: replace(c, row="ln(Cpa)"), term="cap")),
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


def test_an_impossible_mean_stops_no_other_rule() -> None:
    # Logs of a variable with such a line have no bounds: the columns it enters cannot be judged.
    paper = change("1", "1.00", term="cap", statistic="mean")(clean())
    for name in ("constant_against_means", "constant_steps"):
        assert RULES[name](paper, evidence()).status == "not applicable"


@pytest.mark.parametrize(
    ("neither", "reading"), [(1, "t_statistic"), (2, "standard_error")], ids=["half", "more"]
)
def test_a_note_is_overruled_where_another_reading_halves_what_does_not_fit(
    neither: int, reading: str
) -> None:
    # 3.00 as t earns three stars and as a standard error none; 1.00 earns none as either.
    texts = ["0.50*** (3.00)", *["0.50*** (1.00)"] * neither]
    cells = [cell_of(t, table="9", row=f"x{n}", column="(1)") for n, t in enumerate(texts)]
    legend = {"***": 0.01, "**": 0.05, "*": 0.10}
    made = table("9", "", "regression", cells, stars=legend, brackets="standard_error")
    assert revealed(made) == reading


def test_every_rule_has_a_planted_fault() -> None:
    assert {f.rule for f in FAULTS} == set(RULES)


def test_the_clean_paper_is_clean_and_nearly_every_rule_was_tried_on_it() -> None:
    outcomes = [r(clean(), evidence()) for r in RULES.values()]
    assert {r.rule.id: r.findings for r in outcomes if r.findings} == {}
    untried = {r.rule.id for r in outcomes if not r.applicable}
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


@pytest.mark.parametrize("text", ["-2.33***", "-2.33**"])
def test_rounding_of_a_statistic_is_given_the_benefit_too(text: str) -> None:
    # p is .0098 at -2.335 and .0100 at -2.325: on either side of 1 %.
    paper = change("2", text, row="Δ ln Cap", column="LLC")(clean())
    for name in ("statistic_stars_too_many", "statistic_stars_too_few"):
        assert RULES[name](paper, evidence()).findings == ()


def test_a_title_that_names_no_place_is_held_against_no_citation() -> None:
    outcome = RULES["citation_other_place"](cite(1, about=("Sylvania",))(clean()), evidence())
    assert (outcome.applicable, outcome.findings) == (1, ())


@pytest.mark.parametrize(
    ("position", "names", "findings"),
    [
        (2, "Dew, Elm, et al.", 0),
        (2, "Dew & Elm et al.", 0),
        (2, "Elm et al.", 1),
        (2, "Dew and Elm", 1),  # there are more
        (1, "Birch, Cole", 0),
        (1, "Birch", 1),
    ],
)
def test_names_before_et_al_may_be_several(position: int, names: str, findings: int) -> None:
    outcome = RULES["citation_names"](cite(position, names=names)(clean()), evidence())
    assert len(outcome.findings) == findings


def test_a_group_that_fits_perfectly_allows_any_pooled_fit() -> None:
    paper = change("5", "1.00", model="5", statistic="r_squared")(clean())
    assert RULES["pooled_r2_against_groups"](paper, evidence()).status == "not applicable"


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


def test_a_pooled_slope_may_touch_the_range_of_the_groups() -> None:
    # The groups' slopes are between 0.5 and 2.5, the pooled one is within half a unit of its text.
    groups = both(*(change("5", t, model=m, term="cap") for t, m in zip("112", "456", strict=True)))
    for text, findings in (("-1", 1), ("0", 0), ("3", 0), ("4", 1)):
        paper = both(groups, change("3", text, model="3", term="cap"))(clean())
        outcome = RULES["pooled_slope_outside_groups"](paper, evidence())
        assert len(outcome.findings) == findings


@pytest.mark.parametrize(("units", "named"), [(1, {}), (2, {"t(units-1)": 1})])
def test_one_unit_has_no_degree_of_freedom(units: int, named: dict[str, float]) -> None:
    paper = sample(units=units)(clean())
    by_rows = {"normal": math.inf, "t(N-k-1)": 720 - 1 - 1}
    assert degrees(paper, paper.tables["3"], "1", evidence()) == by_rows | named


def test_rules_between_columns_count_what_they_were_held_against() -> None:
    # Of the four nested columns of Table 3 the last has an interaction without a printed mean.
    # Tables 6 and 7 have one column each, Table 4 two, and three slopes are pooled over the groups.
    wanted = {
        "constant_against_means": 3 + 1 + 1,
        "constant_steps": 2,
        "same_regressors_different_estimates": 6 + 1,
        "pooled_slope_outside_groups": 3,
        "pooled_error_against_groups": 3,
        "group_counts_do_not_add_up": 3 + 1,
        "group_units_do_not_add_up": 3,
        # estimates of Tables 3, 5 and 7, of Table 6, of Table 4, and of all of them
        "negative_standard_error": 14 + 12 + 4,
        "p_value_out_of_range": 4,
        "t_with_wrong_sign": 6,
        "brackets_misnamed": 14 + 12 + 4 + 4 + 6,
        # rows of three or four estimates: cap, wrk and the constant in Table 3, all four in Table 5
        "odd_precision": 4 + 3 + 4 + 4 * 3,
        "more_rows_than_the_panel": 4 + 4 + 2 + 3 + 1 + 1,
        "r2_out_of_range": 4 + 3 + 1 + 1,
    }
    assert {name: RULES[name](clean(), evidence()).applicable for name in wanted} == wanted


@pytest.mark.parametrize(
    ("table", "model", "without", "severity"),
    [
        ("3", "1", (), "doubtful"),
        ("3", "1", ("time",), "doubtful"),
        ("3", "1", ("entity", "time"), "impossible"),
        ("6", "7", (), "impossible"),
    ],
)
def test_a_wrong_constant_is_impossible_only_without_effects(
    table: str, model: str, without: tuple[str, ...], severity: str
) -> None:
    # Effects can be normalised in more than one way, and the constant with them.
    flags = (change("3", "No", model="1", statistic=f"flag:{e}_effects") for e in without)
    paper = both(*flags, change(table, "99.0000", model=model, term="constant"))(clean())
    (found,) = RULES["constant_against_means"](paper, evidence()).findings
    assert found.severity == severity


def test_an_unbalanced_panel_may_have_any_number_of_rows() -> None:
    rule = RULES["count_of_no_complete_panel"]
    everywhere = both(*(edit(t, "719", statistic="n_obs") for t in "13467"))
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


@pytest.mark.parametrize(
    ("years", "rows", "findings"), [("yes", 66, 0), ("yes", 67, 1), ("No", 37, 0), ("No", 38, 1)]
)
def test_effects_take_one_degree_of_freedom_less_than_there_are_units_and_years(
    years: str, rows: int, findings: int
) -> None:
    # As above, with one regressor: at most 9.5 x .75 / .25 = 28.5. Dummies of 8 units and 30 years
    # beside a constant and a slope leave rows - 7 - 29 - 2, those of units alone rows - 7 - 2.
    paper = both(
        *(change("5", "", model="4", term=term) for term in ("wrk", "edu")),
        change("5", "9", model="4", statistic="f_statistic"),
        change("5", "0.3", model="4", statistic="r_squared"),
        change("5", str(rows), model="4", statistic="n_obs"),
        edit("5", years, model="4", statistic="flag:time_effects"),
    )(clean())
    found = [f for f in RULES["f_against_r2"](paper, evidence()).findings if "(4)" in f.place]
    assert len(found) == findings


def edu(*values: float) -> Evidence:
    """Evidence of one variable alone, the years of one unit."""
    years = range(FIRST, FIRST + len(values))
    cells = {"province_code": "N00", "year": years, "measure": "edu", "value": values}
    return replace(evidence(), cells=pd.DataFrame(cells))


@pytest.mark.parametrize(
    ("text", "findings"), [("36", 0), ("37", 1), ("12", 0), ("4", 0), ("3", 1)]
)
def test_a_maximum_up_to_three_times_ours_or_a_third_is_in_scale(text: str, findings: int) -> None:
    paper = change("1", text, term="edu", statistic="max")(clean())
    assert len(RULES["extreme_out_of_scale"](paper, edu(12.0)).findings) == findings


@pytest.mark.parametrize(
    ("statistic", "text", "findings"),
    [("max", "-3", 0), ("max", "-5", 1), ("min", "-5", 0), ("min", "-3", 1)],
)
def test_no_negative_extreme_surpasses_itself(statistic: str, text: str, findings: int) -> None:
    paper = change("1", text, term="edu", statistic=statistic)(clean())
    found = RULES["extreme_is_surpassed"](paper, edu(-3.0, -5.0)).findings
    assert [f.evidence for f in found] == [{"beyond": 1}] * findings


@pytest.mark.parametrize(("rate", "tested"), [(15.0, 0), (25.0, 2)])
def test_extremes_too_coarse_for_a_rate_are_not_tried_with_it(rate: float, tested: int) -> None:
    # A whole number is a multiple of 15 up to rounding by a chance of 1/15, too often; of 25 by .04.
    paper = both(
        change("1", "30001", term="cap", statistic="min"),
        change("1", "90211", term="cap", statistic="max"),
    )(clean())
    outcome = RULES["extremes_share_a_rate"](paper, replace(evidence(), rates={2010: rate}))
    assert outcome.applicable == tested


@pytest.mark.parametrize(("years", "refused"), [(21, ""), (20, "d"), (10, "d"), (9, "fd")])
def test_a_long_run_estimator_needs_five_residual_degrees_of_freedom(
    years: int, refused: str
) -> None:
    # Three regressors: DOLS has 3 x 4 + 1 parameters on T - 3 rows, FMOLS 3 + 1 on T - 1.
    paper = sample(first_year=LAST - years + 1)(clean())
    messages = [f.message for f in RULES["infeasible_estimator"](paper, evidence()).findings]
    assert [m[0] for m in messages] == list(refused)
    assert all(("one lead, one lag" in m) == m.startswith("dols") for m in messages)
