"""Every column states what it is: outcome, estimator, errors, clusters, df, effects, sizes, R², mean."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.figures import joined, status_words
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.tables.facts import Facts, errors_text, fact_rows, head_row, mean_text
from living_panel.estimation.tables.render import to_appendix, to_markdown
from living_panel.estimation.tables.result import TableResult
from living_panel.estimation.tables.texts import (
    error_text,
    estimate_text,
    places_beside,
    places_to_show,
)
from tests.refusals import refuses
from tests.unit.test_paper_data_from_files import release_of_paper

STATED = (
    "Dependent variable", "Estimator", "Standard errors", "Clustered by", "Degrees of freedom of t",
    "Observations", "Mean, dependent variable",
)  # fmt: skip
TABLES = {
    "baltagi_2005_investment": ("Firm effects", "Firms", "Years"),
    "cameron_trivedi_2010_drugs": ("Fixed effects", "Persons", "Years"),
    "card_1995_schooling": ("Fixed effects", "Men", "Years"),
    "holzer_1993_scrap": ("Firm effects", "Firms", "Years"),
    "munnell_1990_productivity": ("State effects", "States", "Years"),
}
FACTS = Facts(
    "ln y", "Least squares", ("{unit}",), "clustered(unit):reghdfe:t(G-1)", ("{unit}",), 29, 28.0, 290, 29,
    10, {"within": 0.5}, 1.25,
)  # fmt: skip


@pytest.fixture(scope="module")
def releases() -> dict[str, Release]:
    found: dict[str, Release] = {}
    return found


def table_of(name: str, releases: dict[str, Release]) -> TableResult:
    paper = next(PAPERS.glob(f"*/specs/{name}.yml")).parents[1]
    release = releases.setdefault(paper.name, release_of_paper(paper))
    return estimate(load_spec(paper / "specs" / f"{name}.yml"), release)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_a_study_states_what_it_is(name: str, releases: dict[str, Release]) -> None:
    table = table_of(name, releases)
    rows = {row[0]: row[1:] for row in table.page[0].rows}
    for label in (*STATED, *TABLES[name]):
        assert all(rows[label]), label
    r_squared = np.array(
        [[bool(c) for c in row] for label, row in rows.items() if label[:2] == "R²"]
    )
    assert r_squared.any(axis=0).all()
    assert [float(n) for n in rows["Observations"]] == list(
        table.statistics.query("statistic == 'n_obs'")["value"]
    )


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_a_study_speaks_of_its_own_unit_and_data(
    name: str, releases: dict[str, Release]
) -> None:
    table = table_of(name, releases)
    told = to_markdown(table) + to_appendix(table)
    assert not re.search(r"provinc|\{unit|\{period|official", told, re.IGNORECASE)
    assert table.figures_status == "authors" and table.banner[0].startswith("The authors' data:")


def test_only_estimators_of_the_table_are_named(releases: dict[str, Release]) -> None:
    told = to_markdown(table_of("holzer_1993_scrap", releases))
    assert not re.search("Swamy|Random|The between estimator has", told)


def test_a_column_that_does_not_state_all_of_it_is_refused() -> None:
    with refuses(ValueError, Code.KIND_CODE):
        replace(FACTS, n_clusters=None)
    with refuses(ValueError, Code.KIND_CODE):
        replace(FACTS, estimator="")


def test_rows_of_facts_leave_a_refused_column_empty_and_name_which_r_squared() -> None:
    by = {"a": FACTS, "b": None, "c": replace(FACTS, effects=(), r_squared={}, df=np.inf)}
    rows = {row[0]: row[1:] for row in fact_rows(by)}
    assert head_row(by) == ("Dependent variable", "ln y", "", "ln y")
    assert rows["{Unit} effects"] == ("yes", "", "no")
    assert rows["Clusters"] == ("29", "", "29") and rows["Clustered by"] == ("{unit}", "", "{unit}")
    assert rows["Degrees of freedom of t"] == ("28", "", "normal")
    assert rows["R², within"] == ("0.500", "", "") and rows["R²"] == ("", "", "none")


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("clustered(unit):reghdfe:t(G-1)", "clustered"),
        ("driscoll_kraay(2):linearmodels:t(T-1)", "Driscoll-Kraay, 2 lags"),
        ("cr3:jackknife:t(G-1)", "CR3 jackknife"),
        ("HC1:t(n-k)", "robust, HC1"),
    ],
)
def test_a_covariance_is_named_in_words(label: str, words: str) -> None:
    assert errors_text(label) == words


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.39368, "0.3937"), (10.5088, "10.51"), (146.0, "146.0"), (123456.7, "123457"), (0.0, "0.000")],
)  # fmt: skip
def test_a_mean_has_four_significant_digits(value: float, text: str) -> None:
    assert mean_text(value) == text


@pytest.mark.parametrize(
    ("printed", "estimate", "error", "shown"),
    [
        ("-0.0004 (0.0001)", -0.00041, 0.00012, ("-0.0004", "(0.0001)")),
        (".31*** (4.21)", 0.3141, 0.07, ("0.31", "(0.07)")),
        ("1,234 (56)", 1233.6, 55.7, ("1234", "(56)")),
        ("0.31 (0.02)", 0.3141, 0.00004, ("0.314100", "(0.000040)")),  # 0.00 would be no error
        ("", 0.3141, 0.07, ("0.314", "(0.070)")),
    ],
)
def test_digits_follow_the_printed_ones(
    printed: str, estimate: float, error: float, shown: tuple[str, str]
) -> None:
    places = places_beside(printed, error)
    assert (estimate_text(estimate, error, places=places), error_text(error, places)) == shown


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (-0.0023, 4, 4),
        (0.0004, 3, 4),
        (0.00049, 2, 4),
        (0.0006, 3, 3),
        (0.0, 3, 3),
        (1e-15, 3, 3),
        (float("nan"), 3, 3),
    ],
)
def test_a_number_keeps_one_significant_digit(value: float, places: int, shown: int) -> None:
    assert places_to_show(value, places) == shown


def test_the_kind_of_data_has_a_word_of_its_own() -> None:
    assert joined(["authors", "interpolated"]) == "authors+interpolated"
    assert joined(["official", "authors"]) == "authors"
    assert status_words("authors") == "the authors' data"
