"""Strips over editions: what they draw, in how many editions a conclusion holds, and the index of papers."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest

from living_panel.estimation.data_sets.data_set import load_data_set
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers import codes
from living_panel.estimation.papers.conclusions import FILE, conclusions_of, does_hold
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.report.strips import (
    draw_strip,
    editions_index,
    editions_section,
    held_text,
    moved_conclusions,
)

PAPER = "acemoglu_2008"
TRIAL = {"5.6": (0.064, 0.092), "8.0": (0.077, 0.035), "10.01": (0.073, 0.057)}


def path() -> pd.DataFrame:
    editions = {e.name: e for e in load_data_set("penn_world_table").editions}
    rows = [
        {
            "data_set": "penn_world_table", "edition": name, "released": editions[name].day, "paper": PAPER,
            "table_id": c.table, "conclusion": c.says, "path": p.title, "model": p.model, "term": p.term,
            "estimate": value, "std_error": 0.04, "p_value": p_value, "ci_low": value - 0.08,
            "ci_high": value + 0.08, "n_obs": 715, "n_units": 112, "holds": does_hold(c.holds, value, p_value),
        }
        for c in conclusions_of(PAPER)
        for p in c.paths
        for name, (value, p_value) in TRIAL.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("expected", "estimate", "p_value", "holds"),
    [
        ("not significant", 1.0, 0.05, True),
        ("not significant", 1.0, 0.049, False),
        ("positive", 1.0, 0.049, True),
        ("positive", -1.0, 0.01, False),
        ("negative", -1.0, 0.01, True),
        ("negative", -1.0, 0.06, False),
    ],
)
def test_a_conclusion_is_judged_at_five_per_cent(
    expected: str, estimate: float, p_value: float, holds: bool
) -> None:
    assert does_hold(expected, estimate, p_value) is holds  # type: ignore[arg-type]


def test_a_strip_has_a_mark_for_each_edition_in_its_colour() -> None:
    rows = path().query("path == 'The same countries in every edition'").head(3)
    assert held_text(rows) == "holds in 2 of 3 editions"
    svg = str(draw_strip(rows, 0.010, "a strip"))
    assert len(re.findall(r"stroke:var\(--three\);stroke-width:5.2", svg)) == 2
    assert len(re.findall(r"stroke:var\(--two\);stroke-width:5.2", svg)) == 1
    assert "5.6 0.064; 8.0 0.077; 10.01 0.073" in svg


def test_the_section_says_licences_and_changes_of_concept() -> None:
    html = str(editions_section(load_paper(PAPER), path()))
    assert html.count('<svg class="plot"') == 6 and "holds in 2 of 3 editions" in html
    assert "states none" in html and "CC BY 4.0" in html and "(from memory)" in html
    assert "one chain index becomes" in html


def test_a_paper_without_followed_conclusions_has_no_section() -> None:
    assert not editions_section(load_paper("munnell_1990"), path())
    assert not editions_index(path().head(0), {}, {})


def test_the_index_counts_the_first_path_of_each_conclusion() -> None:
    html = str(editions_index(path(), {PAPER: "acemoglu_2008.html#editions"}, {PAPER: "Acemoglu"}))
    assert html.count("0 of 2") == 1 and html.count("2 of 2") == 2


def steps() -> pd.DataFrame:
    first, *_ = conclusions_of(PAPER)
    place = {
        "data_set": "penn_world_table", "paper": PAPER, "table_id": first.table, "conclusion": first.says,
        "from_edition": "5.6", "to_edition": "8.0",
    }  # fmt: skip
    said = [
        ("part", "values of income", (0.010, 0.013)),
        ("part", "countries that came (2) or left (1)", (0.003, None)),
        ("unit", "Ghana", (0.001, None)),
        ("unit", "Jordan", (None, 0.020)),
    ]
    rows = [
        {**place, "path": path.title, "kind": kind, "label": label, "change": value}
        for kind, label, values in said
        for path, value in zip(first.paths, values, strict=False)
        if value is not None
    ]
    return pd.DataFrame(rows)


def test_a_strip_leads_to_the_parts_of_each_step() -> None:
    """Plain anchors: the paths of a conclusion stand beside each other, with the units that carry each."""
    html = str(editions_section(load_paper(PAPER), path(), steps()))
    assert html.count('<a href="#step-1-8.0">') >= 3 + 1  # of each strip, and of the list below
    block = html.partition('<div class="step" id="step-1-8.0">')[2].partition("</div>\n</div>")[0]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", block))
    for said in (
        "Estimate in 5.6 0.0640 0.0640", "Change +0.0130 +0.0130", "of which values of income +0.0100 +0.0130",
        "of which countries that came (2) or left (1) +0.0030", "Change without Ghana +0.0010", "Change without Jordan",
    ):  # fmt: skip
        assert said in text, text
    assert 'id="step-1-10.01"' not in html and "step-2-8.0" not in html
    assert "province" not in html.lower() and "countrys" not in html


def test_one_state_of_a_panel_alone_is_no_path() -> None:
    assert not editions_section(load_paper(PAPER), path().query("edition == '8.0'"))


def test_states_of_the_panel_are_columns_of_the_index() -> None:
    """A provincial paper is a row, and its states have no licence or citation to list."""
    first, *_ = conclusions_of("bi_2025")
    row = path().iloc[0].to_dict() | {
        "paper": "bi_2025", "data_set": "panel", "table_id": first.table, "conclusion": first.says, "holds": True,
    }  # fmt: skip
    states = [("as of 2022", date(2022, 12, 31)), ("newest", date(2026, 11, 24))]
    rows = [
        row | {"edition": name, "released": day, "path": p.title}
        for name, day in states
        for p in first.paths
    ]
    both = pd.concat([path(), pd.DataFrame(rows)], ignore_index=True)
    html = str(editions_index(both, {"bi_2025": "bi_2025.html#editions"}, {"bi_2025": "Bi"}))
    assert "as of 2022" in html and "newest" in html and html.count("1 of 1") == 2
    assert "bi_2025.html#editions" in html
    alone = both[(both["data_set"] != "panel") | (both["edition"] == "newest")]
    assert "bi_2025.html#editions" not in str(
        editions_index(alone, {"bi_2025": "bi_2025.html#editions"}, {"bi_2025": "Bi"})
    )
    page = str(editions_section(load_paper("bi_2025"), both))
    assert page.count("holds in 2 of 2 editions") >= len(first.paths) and "Licence" not in page


def test_a_conclusion_of_an_unknown_table_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "x_2020"
    (folder / "specs").mkdir(parents=True)
    (folder / "specs" / "x_2020_main.yml").write_text("")
    (folder / FILE).write_text(
        "- {table: x_2020_mian, says: It holds., holds: positive, paths: [{title: t, model: m, term: x}]}\n"
    )
    with pytest.raises(InvalidSpec) as error:
        conclusions_of("x_2020", tmp_path)
    assert error.value.codes == [codes.UNKNOWN_OURS.name]


def test_every_followed_paper_holds() -> None:
    followed = [p.parent.name for p in PAPERS.glob(f"*/{FILE}")]
    assert len(followed) == 5 and all(conclusions_of(paper) for paper in followed)
    assert isinstance(path()["released"].iloc[0], date)


def test_what_the_newest_edition_moved_is_read_of_the_last_two_by_date() -> None:
    """Not by name: 10.0 is after 9.1. An edition in which nothing can be estimated changes nothing."""
    lines = [
        ("9.0", "2015", True, True),
        ("9.1", "2019", True, False),
        ("10.0", "2021", False, True),
    ]
    path = pd.DataFrame(
        [
            ("paper", "set", "t", says, edition, pd.Timestamp(year), holds)
            for edition, year, *both in lines
            for says, holds in zip(("It rises.", "It falls."), both, strict=True)
        ],
        columns=["paper", "data_set", "table_id", "conclusion", "edition", "released", "holds"],
    )
    text = str(moved_conclusions(path, {"paper": "p.html"}, {"paper": "Somebody (2000)"}))
    assert "Edition 10.0 after 9.1: 2 of 2 conclusions changed." in text
    assert "It rises. It no longer holds." in text and "It falls. It holds now." in text
    path["holds"] = path["holds"].astype("boolean").mask(path["edition"] == "9.1")
    assert "0 of 0 conclusions changed" in str(moved_conclusions(path, {}, {}))
