"""Correct tables that the audit once accused: none has an inconsistency above form, and the rule applied or was silent.

Next to each table is one in which the same place is wrong, so that the silence is not blindness.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from living_panel.estimation.audit import run_audit
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import PrintedPaper, Table

sys.path.insert(0, str(Path(__file__).parents[1] / "reference" / "audit"))
from clean_paper import cell_of
from correct_tables import LEGEND, SAMPLE

Columns = Mapping[str, Mapping[str, str]]


def table(number: str, printed: Columns, **form: object) -> Table:
    """A table of regressions: by column its rows, estimates by term and other rows by statistic."""
    cells: list[Cell] = []
    for model, rows in printed.items():
        for row, text in rows.items():
            is_term = row in ("x", "z", "constant")
            cells.append(
                cell_of(
                    text, table=number, row=row, column=f"({model})", model=model,
                    term=row if is_term else "", transform="level" if is_term else "",
                    statistic="estimate" if is_term else row, place=f"Table {number}, {row}, ({model})",
                )
            )  # fmt: skip
    return Table.model_validate(
        {"number": number, "title": "T", "content": "regression", "place": f"Table {number}",
         "cells": tuple(cells), "stars": LEGEND, "brackets": "standard_error", **form}
    )  # fmt: skip


def paper(*tables: Table, **parts: object) -> PrintedPaper:
    sample = {**SAMPLE, **dict(parts.pop("sample", {}))}  # type: ignore[call-overload]
    return PrintedPaper.model_validate(
        {"paper": "p", "authors": ["A"], "year": 2000, "title": "T", "sample": sample, "variables": {},
         "equation": {"lhs": "y", "regressors": [], "place": "text"},
         "tables": {t.number: t for t in tables}, **parts}
    )  # fmt: skip


def above_form(made: PrintedPaper) -> list[str]:
    found = run_audit(made).dropna(subset=["inconsistency"])
    return found.loc[found["severity"] != "form", "rule"].tolist()


ABSOLUTE_T = {
    "1": {"x": "-0.52** (2.24)", "z": "0.31*** (3.40)", "n_obs": "900"},
    "2": {"x": "-0.48* (1.71)", "z": "0.02 (0.15)", "n_obs": "900"},
}
TWO = {
    "1": {"x": "0.50*** (0.10)", "z": "0.20*** (0.05)", "n_obs": "900"},
    "2": {"x": "0.90*** (0.20)", "z": "0.10*** (0.03)", "n_obs": "900"},
}
EQUAL = {"regressors": "printed", "dependent": "y", "effects": [], "columns": {"*": {"where": ""}}}
COUNTS = {
    "1": {"x": "0.50*** (0.10)", "n_obs": "617"},
    "2": {"x": "0.40*** (0.10)", "n_obs": "617"},
}
PANEL = {"units": 60, "first_year": 2000, "last_year": 2010}
HEADING = {"1": {"x": "0.50*** (0.10)", "n_obs": "900"}}
TWO_WAY = {"lhs": "y", "regressors": ["x"], "effects": ["entity", "time"], "place": "text"}
VARIABLE = {"label": "x", "role": "regressor"}


def estimators(first: str, second: str) -> dict[str, object]:
    return {"estimators": {"1": first, "2": second}, **EQUAL}


CASES: dict[str, tuple[PrintedPaper, PrintedPaper | None, str]] = {
    # name: correct, the same with a fault, the rule that finds the fault
    "absolute t in brackets with stars": (
        paper(table("1", ABSOLUTE_T, brackets="abs_t_statistic")),
        paper(table("1", ABSOLUTE_T)),
        "stars_beyond_reach",
    ),
    "the seventh table alone is transcribed": (
        paper(table("7", HEADING)),
        paper(table("7", HEADING), transcribed="whole"),
        "missing_table",
    ),
    "2SLS and GMM of one list of regressors": (
        paper(table("1", TWO, **estimators("two_stage_least_squares", "gmm"))),
        paper(table("1", TWO, **estimators("ols", "ols"))),
        "same_regressors_different_estimates",
    ),
    "2SLS twice, by other instruments": (
        paper(table("1", TWO, **estimators("two_stage_least_squares", "two_stage_least_squares"))),
        None,
        "",
    ),
    "mean group and common correlated effects": (
        paper(table("1", TWO, **estimators("mean_group", "common_correlated_effects"))),
        None,
        "",
    ),
    "effects in the heading of the column": (
        paper(
            table("1", HEADING, estimators={"1": "fixed_effects"}, effects=["entity", "time"]),
            equation=TWO_WAY,
        ),
        paper(
            table("1", HEADING, estimators={"1": "fixed_effects"}, effects=["entity"]),
            equation=TWO_WAY,
        ),
        "effects_against_equation",
    ),
    "effects that the transcription does not name": (
        paper(table("1", HEADING, estimators={"1": "fixed_effects"}), equation=TWO_WAY),
        None,
        "",
    ),
    "other controls: Yes": (
        paper(
            table(
                "1",
                {m: {**rows, "flag:controls": "Yes"} for m, rows in TWO.items()},
                **estimators("ols", "ols"),
            )
        ),
        paper(table("1", TWO, **estimators("ols", "ols"))),
        "same_regressors_different_estimates",
    ),
    "an unbalanced panel of 617 rows": (
        paper(table("1", COUNTS), sample={**PANEL, "balanced": False}),
        paper(table("1", COUNTS), sample={**PANEL, "balanced": True}),
        "count_of_no_complete_panel",
    ),
    "617 rows of a panel that does not say": (
        paper(table("1", COUNTS), sample=PANEL),
        None,
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_correct_table_of_a_form_once_accused_is_left_alone(name: str) -> None:
    correct, wrong, rule = CASES[name]
    assert above_form(correct) == []
    if wrong is not None:
        assert rule in above_form(wrong)


def test_a_symbol_defined_by_itself_is_no_second_name() -> None:
    """`ln(GSP)` is the symbol of the variable, and the row prints it."""
    rows = {"1": {"x": "0.50*** (0.10)"}}
    for symbol, row, found in (
        ("ln(GSP)", "ln(GSP)", []),
        ("a/b", "a/b", []),
        ("GSP", "K", ["symbol_differs"]),
    ):
        made = table("1", rows)
        cells = tuple(replace(c, row=row) for c in made.cells)
        own = paper(
            made.model_copy(update={"cells": cells}),
            variables={"x": {**VARIABLE, "symbol": symbol}},
        )
        audit = run_audit(own).dropna(subset=["inconsistency"])
        assert audit["rule"].tolist() == found
