"""Simulated tables of known truth: none is accused, on the seed of the rules and on one that they never saw.

Planted in them, each rule on intervals, adjusted R², differences, clusters and whole numbers finds its fault.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from living_panel.estimation.audit import RULES, run_audit
from living_panel.estimation.audit.registry import holds
from living_panel.estimation.papers.rows import Cell, PrintedNumber
from living_panel.estimation.papers.schema import PrintedPaper

sys.path.insert(0, str(Path(__file__).parents[1] / "reference" / "audit"))
from simulated_tables import EACH, FORMS, HELD_OUT, TUNED, bare, of_form

ACCUSED = ("contradiction", "impossible")
FEWEST = 150


made = cache(lambda seed, form: [*of_form(seed, form)])


def accusations(paper: PrintedPaper) -> list[dict[str, object]]:
    audit = run_audit(paper).dropna(subset=["inconsistency"])
    found = audit[audit["severity"].isin(ACCUSED)]
    return found[["rule", "place", "inconsistency"]].to_dict("records")


NAMES = [form.__name__ for form in FORMS]


@pytest.mark.parametrize("form", NAMES)
def test_a_right_table_is_not_accused(form: str) -> None:
    papers = made(TUNED, form)
    assert len(papers) == EACH
    assert [accusations(p) for p in papers] == [[]] * EACH


@pytest.mark.slow
@pytest.mark.parametrize("form", NAMES)
def test_a_right_table_of_another_seed_is_not_accused(form: str) -> None:
    papers = made(HELD_OUT, form)
    assert [accusations(p) for p in papers] == [[]] * EACH


@pytest.mark.slow
@pytest.mark.parametrize("seed", [TUNED, HELD_OUT])
@pytest.mark.parametrize("form", NAMES)
def test_a_right_table_is_not_accused_where_little_is_declared(form: str, seed: int) -> None:
    assert [accusations(bare(p)) for p in made(seed, form)] == [[]] * EACH


def test_there_are_enough_tables() -> None:
    assert len(NAMES) * EACH >= FEWEST


# -- what each rule finds ------------------------------------------------------------------------
Change = Callable[[Cell], Cell]


def number(text: str) -> Change:
    def change(cell: Cell) -> Cell:
        inside = f" ({cell.bracket.text})" if cell.bracket else ""
        return replace(cell, estimate=PrintedNumber(text), text=f"{text}{cell.stars}{inside}")

    return change


def starred(marks: str) -> Change:
    def change(cell: Cell) -> Cell:
        inside = f" ({cell.bracket.text})" if cell.bracket else ""
        return replace(cell, stars=marks, text=f"{cell.number.text}{marks}{inside}")

    return change


def planted(paper: PrintedPaper, table: str, change: Change, **where: str) -> PrintedPaper:
    """The paper with the first cell that has these attributes changed."""
    cells = list(paper.tables[table].cells)
    at = next(n for n, c in enumerate(cells) if all(getattr(c, k) == v for k, v in where.items()))
    cells[at] = change(cells[at])
    own = paper.tables[table].model_copy(update={"cells": tuple(cells)})
    return paper.model_copy(update={"tables": {**paper.tables, table: own}})


def columns(paper: PrintedPaper, **said: object) -> PrintedPaper:
    """The paper with more declared of every column."""
    table = paper.tables["1"]
    own = {m: table.column(m).model_copy(update=said) for m in table.models}
    return paper.model_copy(
        update={"tables": {**paper.tables, "1": table.model_copy(update={"columns": own})}}
    )


def one(form: str, again: int = 0) -> PrintedPaper:
    return made(TUNED, form)[again]


def less(text: str, by: float = 1.0) -> str:
    printed = PrintedNumber(text)
    return f"{printed.value - by:.{printed.decimals}f}"


def text_of(paper: PrintedPaper, table: str, **where: str) -> str:
    cells = paper.tables[table].cells
    return next(c for c in cells if all(getattr(c, k) == v for k, v in where.items())).number.text


def few_clusters() -> PrintedPaper:
    """A column of 4 printed clusters whose |t| of 2.5 has no star under t(3)."""
    paper = next(
        p
        for p in made(TUNED, "four_clusters")
        if "n_clusters" in {c.statistic for c in p.tables["1"].cells}
    )
    cells = tuple(
        replace(c, estimate=PrintedNumber("0.250"), bracket=PrintedNumber("0.100"), stars="", text="0.250 (0.100)")
        if c.term == "x" else c
        for c in paper.tables["1"].cells
    )  # fmt: skip
    table = paper.tables["1"].model_copy(update={"cells": cells, "stars": {"**": 0.05}})
    vcov = {"cov": "clustered", "cluster": ["region"], "correction": "stata", "df": "t(G-1)"}
    return columns(paper.model_copy(update={"tables": {"1": table}}), vcov=vcov)


def with_clusters() -> PrintedPaper:
    """Effects with clusters of units, whose number is printed."""
    paper = one("effects_one_by_one")
    table = paper.tables["1"]
    own = next(c for c in table.cells if c.statistic == "n_groups")
    more = replace(own, statistic="n_clusters", row="clusters")
    return paper.model_copy(
        update={"tables": {"1": table.model_copy(update={"cells": (*table.cells, more)})}}
    )


def cases() -> dict[str, tuple[PrintedPaper, PrintedPaper]]:
    """Rule: a right paper, and the same with one fault of that kind."""
    nested, levels, pair = one("least_squares"), one("first_differences"), one("difference_column")
    words, whole = one("symmetric_intervals"), next(p for p in made(TUNED, "described"))
    adjusted = {"statistic": "r_squared_adjusted", "model": "2"}
    x = text_of(pair, "1", model="3", term="x")
    strict = max(words.tables["1"].stars, key=len)
    outside = next(
        p for p in made(TUNED, "symmetric_intervals")
        if any(c.term == "x" and not c.stars and c.statistic == "estimate" for c in p.tables["1"].cells)
    )  # fmt: skip
    assert strict
    mean, n = (text_of(whole, "2", term="binary", statistic=s) for s in ("mean", "n_obs"))
    return {
        "adjusted_r2_above_r2": (nested, planted(nested, "1", number("0.9999"), **adjusted)),
        "adjusted_r2_against_r2": (
            nested, planted(nested, "1", number(less(text_of(nested, "1", **adjusted), 0.0123)), **adjusted),
        ),
        "f_against_adjusted_r2": (
            nested, planted(nested, "1", number("999.99"), statistic="f_statistic", model="2"),
        ),
        "differences_with_rows_of_levels": (
            levels, planted(levels, "1", number(text_of(levels, "1", statistic="n_obs", model="1")),
                            statistic="n_obs", model="2"),
        ),
        "more_clusters_than_units": (
            with_clusters(), planted(with_clusters(), "1", number("99"), statistic="n_clusters"),
        ),
        "stars_under_few_clusters": (
            few_clusters(), planted(few_clusters(), "1", starred("**"), term="x"),
        ),
        "difference_of_columns": (
            pair, planted(pair, "1", number(less(x, -0.5)), model="3", term="x"),
        ),
        "error_of_difference": (
            pair, planted(pair, "1", lambda c: replace(c, bracket=PrintedNumber("9.99")), model="3", term="x"),
        ),
        "interval_against_stars": (
            outside, planted(outside, "1", starred(strict), term="x", statistic="estimate"),
        ),
        "mean_of_no_whole_numbers": (
            whole, planted(whole, "2", number(f"{(int(float(mean) * int(n)) + 0.5) / int(n):.6f}"),
                           term="binary", statistic="mean"),
        ),
        "sd_of_no_binary_variable": (
            whole, planted(whole, "2", number("0.750"), term="binary", statistic="sd"),
        ),
    }  # fmt: skip


PLANTED_HERE = (
    "adjusted_r2_above_r2", "adjusted_r2_against_r2", "f_against_adjusted_r2", "differences_with_rows_of_levels",
    "more_clusters_than_units", "stars_under_few_clusters", "difference_of_columns", "error_of_difference",
    "interval_against_stars", "mean_of_no_whole_numbers", "sd_of_no_binary_variable",
)  # fmt: skip


@pytest.mark.parametrize("rule", PLANTED_HERE)
def test_a_planted_fault_is_found_and_its_absence_passes(rule: str) -> None:
    right, wrong = cases()[rule]
    assert RULES[rule](right).applicable and not RULES[rule](right).inconsistencies
    found = RULES[rule](wrong).inconsistencies
    assert found and all(f.severity in ACCUSED and holds(f.repeat) for f in found)
