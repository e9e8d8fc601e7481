"""Reproduction cell by cell: each status at its edge, every printed number in the denominator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.audit.reproduction import (
    STATUSES,
    StoredResults,
    counts,
    display_level,
    in_words,
    replication_class,
    reproduce,
    status_of,
    summarize,
)
from living_panel.estimation.econometrics.statistic import STARLESS
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.papers.printed import load_paper, pairs, read_paper
from living_panel.estimation.papers.rows import Cell, PrintedNumber
from living_panel.estimation.papers.schema import Beside, PrintedPaper
from living_panel.estimation.report.reproduction_section import origins
from living_panel.estimation.tables.estimate import estimate
from tests.unit.test_audit_false_alarms import paper as printed_paper
from tests.unit.test_audit_false_alarms import table as printed_table

PAPER = PAPERS / "munnell_1990"


@pytest.mark.parametrize(
    ("printed", "ours", "error", "stars", "status"),
    [
        ("0.155", 0.15549, None, True, "reproduced"),
        ("0.155", 0.15550, None, True, "reproduced"),
        ("0.155", 0.15551, None, True, "rounding"),
        ("0.155", 0.1565, None, True, "rounding"),
        ("0.155", 0.1566, None, True, "differs"),
        ("0.155", 0.1566, 0.017, True, "minor"),
        ("0.155", 0.1566, 0.017, False, "differs"),
        ("0.155", 0.1570, 0.017, True, "differs"),
        ("-0.001", 0.001, 0.05, True, "differs"),
        ("0.00", -0.004, None, True, "reproduced"),
        ("1,380", 1380.0, None, True, "reproduced"),
        (".31", 0.3149, None, True, "reproduced"),
        ("0.626", 0.662, 0.073, True, "differs"),
        ("0.626", np.nan, 0.073, True, "not attempted"),
    ],
)
def test_status_at_its_edges(
    printed: str, ours: float, error: float | None, stars: bool, status: str
) -> None:
    assert status_of(PrintedNumber(printed), ours, error, stars_agree=stars) == status


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((5, 0, 0, 0, 0), "full"),
        ((4, 1, 0, 0, 0), "full with minor issues"),
        ((4, 0, 1, 0, 0), "full with minor issues"),
        ((3, 0, 0, 1, 0), "full with minor issues"),
        ((2, 0, 0, 1, 0), "partial"),
        ((2, 0, 0, 0, 1), "partial"),
        ((1, 0, 0, 1, 2), "partial"),
        ((1, 0, 0, 2, 2), "failure"),
        ((0, 0, 0, 3, 2), "failure"),
        ((0, 0, 0, 0, 0), "nothing printed"),
    ],
)
def test_classes_of_the_data_editor(numbers: tuple[int, ...], said: str) -> None:
    assert replication_class(dict(zip(STATUSES, numbers, strict=True))) == said


@pytest.mark.parametrize(
    ("numbers", "level"),
    [((4, 1, 0, 0, 0), 5), ((4, 0, 1, 0, 0), 4), ((4, 0, 0, 1, 1), 3), ((0, 0, 0, 0, 3), 1)],
)
def test_levels_of_a_display_item(numbers: tuple[int, ...], level: int) -> None:
    assert display_level(dict(zip(STATUSES, numbers, strict=True))) == level


@pytest.fixture(scope="module")
def ours() -> list[StoredResults]:
    frames = release_frames(PAPER / "data")
    panel = frames.pop("panel").set_index(["province_code", "year"]).sort_index()
    manifest = {"sources": [{"source": "munnell", "edition": 1990}]}
    spec = load_spec(PAPER / "specs" / "munnell_1990_productivity.yml")
    made = estimate(spec, Release("0" * 16, panel, **frames, manifest=manifest))
    stored = {
        "table_id": spec.table,
        "artifact_id": "a" * 16,
        "status": "estimated",
        "spec": {"options": spec.options},
    }
    return [StoredResults(stored, made.coefficients, made.statistics)]


def altered(paper: PrintedPaper, text: str, term: str, model: str) -> PrintedPaper:
    """The paper with other numbers in one cell."""
    table = paper.tables["productivity"]
    number, bracket = text.rstrip(")").split(" (")

    def one(cell: Cell) -> Cell:
        if (cell.term, cell.model, cell.statistic) != (term, model, "estimate"):
            return cell
        return replace(
            cell, estimate=PrintedNumber(number), bracket=PrintedNumber(bracket), text=text
        )

    made = table.model_copy(update={"cells": tuple(map(one, table.cells))})
    return paper.model_copy(update={"tables": {"productivity": made}})


def test_every_printed_number_of_a_right_paper_is_reproduced(ours: list[StoredResults]) -> None:
    cells = reproduce(read_paper("munnell_1990"), pairs("munnell_1990"), ours)
    assert len(cells) == 32 and set(cells["status"]) == {"reproduced"}
    whole = summarize(cells).iloc[0]
    assert (whole["reproduced"], whole["printed"]) == (32, 32)
    assert in_words(whole, "reproduction") == "32 of 32 printed numbers reproduced."


def test_a_class_is_given_where_the_work_itself_is_reproduced(ours: list[StoredResults]) -> None:
    """A table that a textbook prints of another work's data gives neither of them a class."""
    paper = read_paper("munnell_1990")
    own = paper.model_copy(update={"data_of": ""})
    for said, design, word in ((paper, "tables", "tables only"), (own, "reproduction", "full")):
        whole = summarize(reproduce(said, pairs("munnell_1990"), ours)).iloc[0]
        assert (said.design, whole["design"], whole["class"]) == (design, design, word)
        assert whole["i4r"] == "recreate reproducibility"


def test_every_shipped_work_says_who_printed_it_and_whose_data_it_uses() -> None:
    """No entry joins the authors of the data to those of the book."""
    for folder in sorted(path.parent for path in PAPERS.glob("*/paper.yml")):
        paper = read_paper(folder.name)
        own = (folder / "data" / "raw").is_dir()  # the authors' own files: they print their data
        printed = any(table.cells for table in paper.tables.values())
        if paper.data == "authors" and printed and not own:
            assert paper.data_of, folder.name
            assert not [a for a in paper.authors if a in paper.data_of], folder.name


def test_a_failed_replication_is_visible(ours: list[StoredResults]) -> None:
    """Values in another order: an interval of ours that holds the printed one does not hide it."""
    paper = altered(read_paper("munnell_1990"), "0.594 (0.140)", "emp", "pooled")
    paper = altered(paper, "0.786 (0.030)", "emp", "within")
    cells = reproduce(paper, pairs("munnell_1990"), ours).set_index(["term", "model", "part"])
    assert cells.loc[("emp", "pooled", "bracket"), "status"] == "differs"
    within = cells.loc[("emp", "within", "estimate")]
    assert within["status"] == "differs"
    assert within["difference"] == pytest.approx(-0.018, abs=5e-4)
    whole = summarize(cells.reset_index()).iloc[0]
    assert (whole["reproduced"], whole["differs"]) == (30, 2)
    assert replication_class(whole) == "full with minor issues"


def test_what_is_not_attempted_stays_in_the_denominator(ours: list[StoredResults]) -> None:
    paper, pair = read_paper("munnell_1990"), pairs("munnell_1990")["productivity"]
    fewer = {k: v for k, v in pair.models.items() if k != "between"}
    said = {
        "productivity": pair.model_copy(update={"models": fewer, "not_attempted": {"random": "IV"}})
    }
    cells = reproduce(paper, said, ours)
    lacking = cells[cells["status"] == "not attempted"]
    codes = lacking.groupby("model")["reason_code"].unique().str.join("").to_dict()
    assert codes == {"between": "no_column", "random": "declared"}
    words = lacking.groupby("model")["aea_reason"].unique().str.join("").to_dict()
    assert words == {"between": "insufficient time", "random": "software not available"}
    whole = counts(cells, "reproduction")
    assert (whole["printed"], whole["reproduced"], whole["not attempted"]) == (32, 16, 16)
    assert in_words(whole, "reproduction").endswith("16 not attempted: estimator: between; IV.")
    none = reproduce(paper, {}, ours)
    assert set(none["reason_code"]) == {"no_pair"} and len(none) == 32


def test_other_data_make_a_comparison() -> None:
    paper = read_paper("bi_2025")
    cells = reproduce(paper, pairs("bi_2025"), [])
    whole = summarize(cells).iloc[0]
    assert paper.design == whole["design"] == whole["class"] == "comparison"
    assert in_words(whole, paper.design).startswith(
        "A comparison with other data, not a reproduction"
    )
    assert set(cells["reason_code"]) <= {"not_estimated", "no_pair"}
    assert set(cells["aea_reason"]) == {""} and summarize(cells)["ssrp_level"].isna().all()


def test_the_page_says_where_printed_numbers_were_read() -> None:
    said = {text.partition(" were ")[0]: text for text in origins(load_paper("mullahy_1997"))}
    assert (
        "typed from memory without a check of the page ("
        in said["The printed numbers of table 15_3"]
    )
    assert "output of a program agrees (R output" in said["The printed numbers of table 6_1"]
    (page,) = origins(load_paper("baltagi_2005"))
    assert page.startswith("The printed numbers were read from the page (B_plmFunction.html")


LABELS = ("classical:n-k:t(n-k)", "HC1:t(n-k)", "clustered(unit):stata:t(G-1)")


def with_errors() -> StoredResults:
    """A table of two columns whose coefficients have three inferences each; the first is primary."""
    rows = [
        {"model": model, "term": "x", "inference": label, "estimate": 0.5, "std_error": error,
         "statistic": 0.5 / error, "df": 30.0, "p_value": 0.01, "ci_low": 0.3, "ci_high": 0.7, "n_obs": 90.0,
         "n_clusters": np.nan, "figures_status": "authors"}
        for model in ("a", "b")
        for label, error in zip(LABELS, (0.1, 0.2, 0.3), strict=True)
    ]  # fmt: skip
    statistics = pd.DataFrame(
        {"model": "a", "term": "", "inference": "", "text": None,
         "statistic": ["r_squared_overall", "r_squared_adjusted"], "value": [0.42, 0.41]}
    )  # fmt: skip
    manifest = {"table_id": "t", "artifact_id": "a" * 16, "status": "estimated",
                "spec": {"options": {"primary": LABELS[0]}}}  # fmt: skip
    return StoredResults(manifest, pd.DataFrame(rows), statistics)


def compared(columns: dict[str, object], pair: dict[str, object], **form: object) -> pd.DataFrame:
    rows = {"1": {"x": "0.5 (0.3)", "r_squared": "0.41"}}
    made = printed_table("1", rows, columns=columns, **form)
    paper_of = printed_paper(made)
    cells = reproduce(
        paper_of, {"1": Beside.model_validate({"table": "t", **pair})}, [with_errors()]
    )
    return cells.set_index(["statistic", "part"])


@pytest.mark.parametrize(
    ("declared", "error", "status"),
    [
        ({}, 0.1, "differs"),
        ({"covariance": "classical"}, 0.1, "differs"),
        ({"covariance": "robust"}, 0.2, "rounding"),
        ({"covariance": "clustered", "cluster": ["unit"]}, 0.3, "reproduced"),
        ({"covariance": "clustered", "cluster": ["unit", "year"]}, np.nan, "not attempted"),
        ({"vcov": {"cov": "HC1", "correction": "n-k", "df": "t(n-k)"}}, 0.2, "rounding"),
    ],
)
def test_errors_are_compared_with_those_that_the_column_declares(
    declared: dict[str, object], error: float, status: str
) -> None:
    cells = compared({"1": declared}, {"models": {"1": ["a"]}})
    found = cells.loc[("estimate", "bracket")]
    assert found["ours"] == error or (np.isnan(found["ours"]) and np.isnan(error))
    assert found["status"] == status
    assert found["reason_code"] == ("other_errors" if status == "not attempted" else "")
    assert cells.loc[("estimate", "estimate"), "status"] == "reproduced"


def test_the_inference_that_a_pair_names_wins() -> None:
    cells = compared(
        {"1": {"covariance": "robust"}}, {"models": {"1": ["a"]}, "inference": "clustered"}
    )
    assert cells.loc[("estimate", "bracket"), "ours"] == 0.3


def test_r_squared_is_of_the_kind_that_the_column_declares() -> None:
    for kind, name in (("overall", "r_squared_overall"), ("adjusted", "r_squared_adjusted")):
        cells = compared({"1": {"r_squared": kind}}, {"models": {"1": ["a"]}}, r_squared="unnamed")
        assert cells.loc[("r_squared", "estimate"), "our_name"] == name


def test_stars_that_ours_cannot_earn_make_no_minor_deviation_a_difference() -> None:
    """Printed 0.509 without a star: ours has p .01, and is .09 printed errors away."""
    made = printed_paper(printed_table("1", {"1": {"x": "0.509 (0.1)"}}))
    pair = {"1": Beside(table="t", models={"1": ["a"]})}
    starred = with_errors()
    why = {
        "model": "a",
        "term": "",
        "inference": "",
        "text": "it covers 62 %",
        "statistic": STARLESS,
    }
    without = replace(starred, statistics=pd.concat([starred.statistics, pd.DataFrame([why])]))
    for ours_of, status in ((starred, "differs"), (without, "minor")):
        assert reproduce(made, pair, [ours_of])["status"].iloc[0] == status


WITHIN, OVERALL = "r_squared_within_xtreg", "r_squared_overall"


def row_of_r_squared(kind: str, **pair: object) -> pd.DataFrame:
    """R² of two columns: the first is nearest to the overall one, both together to the one within."""
    ours = pd.DataFrame(
        [{"model": model, "term": "", "inference": "", "text": None, "statistic": name, "value": value}
         for model, name, value in (("a", OVERALL, 0.724), ("a", WITHIN, 0.7252),
                                    ("b", OVERALL, 0.02), ("b", WITHIN, 0.78))]
    )  # fmt: skip
    rows = {
        "1": {"x": "0.5 (0.1)", "r_squared": "0.724"},
        "2": {"x": "0.5 (0.1)", "r_squared": "0.78"},
    }
    made = printed_table("1", rows, r_squared=kind, effects=["entity", "time"])
    whole = {"1": Beside.model_validate({"table": "t", "models": {"1": ["a"], "2": ["b"]}, **pair})}
    cells = reproduce(printed_paper(made), whole, [replace(with_errors(), statistics=ours)])
    return cells[cells["statistic"] == "r_squared"].set_index("model")


def test_an_r_squared_without_a_name_is_of_one_kind_in_a_row_and_never_reproduced() -> None:
    cells = row_of_r_squared("unnamed")
    assert set(cells["our_name"]) == {WITHIN} and set(cells["status"]) == {"not attempted"}
    assert set(cells["reason"]) == {"R² not named: chosen because it fits best"}
    assert cells["ours"].tolist() == [0.7252, 0.78]
    assert counts(cells, "reproduction")["reasons"] == cells.loc["1", "reason"]


def test_a_declared_r_squared_is_compared_whatever_fits() -> None:
    for kind, pair in (("overall", {}), ("unnamed", {"statistics": {"r_squared": OVERALL}})):
        cells = row_of_r_squared(kind, **pair)
        assert set(cells["our_name"]) == {OVERALL}
        assert cells["status"].tolist() == ["reproduced", "differs"]
    assert set(row_of_r_squared("within")["our_name"]) == {WITHIN}


def test_least_squares_without_effects_has_one_r_squared() -> None:
    for estimator, status in (("ols", "reproduced"), ("random_effects", "not attempted")):
        rows = {"1": {"x": "0.5 (0.1)", "r_squared": "0.42"}}
        made = printed_paper(printed_table("1", rows, estimators={"1": estimator}, effects=[]))
        pair = {"1": Beside(table="t", models={"1": ["a"]})}
        cells = reproduce(made, pair, [with_errors()]).set_index("statistic")
        assert cells.loc["r_squared", "status"] == status


def test_several_of_our_tables_answer_one_printed_table() -> None:
    rows = {"1": {"x": "0.5 (0.1)"}, "2": {"x": "0.5 (0.1)"}, "3": {"x": "0.5 (0.1)"}}
    pair = Beside.model_validate(
        {"table": "t", "models": {"1": ["a"]},
         "also": [{"table": "u", "models": {"2": ["b"]}}, {"table": "t", "not_attempted": {"3": "no library"}}]}
    )  # fmt: skip
    first = with_errors()
    second = StoredResults(
        {**first.manifest, "table_id": "u"}, first.coefficients, first.statistics
    )
    cells = reproduce(printed_paper(printed_table("1", rows)), {"1": pair}, [first, second])
    found = cells[cells["part"] == "estimate"].set_index("model")
    assert found["table_id"].tolist() == ["t", "u", "t"]
    assert found["our_model"].tolist() == ["a", "b", ""]
    assert found.loc["3", "reason"] == "no library"


def test_a_count_is_off_by_no_rounding() -> None:
    """One row more is another sample; one unit of the last digit of an R² is rounding."""
    assert status_of(PrintedNumber("0.48"), 0.4895) == "rounding"
    frame = with_errors()
    for text, status in (("90", "reproduced"), ("91", "differs")):
        rows = {"1": {"x": "0.5 (0.1)", "n_obs": text}}
        counted = pd.DataFrame(
            [{"model": "a", "term": "", "inference": "", "statistic": "n_obs", "value": 90.0, "text": None}]
        )  # fmt: skip
        own = StoredResults(frame.manifest, frame.coefficients, counted)
        pair = {"1": Beside(table="t", models={"1": ["a"]})}
        cells = reproduce(printed_paper(printed_table("1", rows)), pair, [own]).set_index(
            "statistic"
        )
        assert cells.loc["n_obs", "status"] == status
