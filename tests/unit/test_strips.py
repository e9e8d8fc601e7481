"""Strips of findings over editions: what they draw, in how many editions a claim has which state."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pandas as pd
from bs4 import BeautifulSoup

from living_panel.estimation.data_sets.data_set import load_data_set
from living_panel.estimation.findings.declared import FILE, followed
from living_panel.estimation.findings.steps import path_sentences
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.report.findings_index import FindingLine, PaperEntry, build_index
from living_panel.estimation.report.strips import draw_strip, editions_section

PAPER = "acemoglu_2008"
TRIAL = {
    "5.6": (0.064, "undecided"),
    "8.0": (0.077, "does not hold"),
    "10.01": (0.073, "undecided"),
}


def path() -> pd.DataFrame:
    editions = {e.name: e for e in load_data_set("penn_world_table").editions}
    rows = [
        {
            "data_set": "penn_world_table", "edition": name, "released": editions[name].day, "paper": PAPER,
            "table_id": of.table, "finding": f.id, "claim": f.claim, "path": p.title, "model": p.model,
            "term": p.term, "estimate": value, "std_error": 0.04, "p_value": 0.05, "ci_low": value - 0.08,
            "ci_high": value + 0.08, "n_obs": 715, "n_units": 112, "state": state,
        }
        for f, of in followed(PAPER)
        for p in of.paths
        for name, (value, state) in TRIAL.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_strip_has_a_mark_for_each_edition_in_its_colour() -> None:
    rows = path().query("path == 'The same countries in every edition'").head(3)
    assert path_sentences(rows) == [
        "The claim is undecided in 2, does not hold in 1 of 3 editions."
    ]
    svg = str(draw_strip(rows, 0.010, "a strip"))
    assert len(re.findall(r"stroke:var\(--muted\);stroke-width:5.2", svg)) == 2
    assert len(re.findall(r"stroke:var\(--two\);stroke-width:5.2", svg)) == 1
    assert "5.6 0.064; 8.0 0.077; 10.01 0.073" in svg


def test_the_section_says_licences_and_changes_of_concept() -> None:
    html = str(editions_section(load_paper(PAPER), path()))
    assert (
        html.count('<svg class="plot"') == 8
        and "The claim is undecided in 2, does not hold in 1 of 3 editions." in html
    )
    assert "states none" in html and "CC BY 4.0" in html and "(from memory)" in html
    assert "one chain index becomes" in html


def test_a_paper_without_followed_findings_has_no_section() -> None:
    assert not editions_section(load_paper("munnell_1990"), path())


def steps() -> pd.DataFrame:
    (first, of), *_ = followed(PAPER)
    place = {
        "data_set": "penn_world_table", "paper": PAPER, "table_id": of.table, "finding": first.id,
        "from_edition": "5.6", "to_edition": "8.0",
    }  # fmt: skip
    said = [
        ("part", "revision of income", (0.010, 0.013)),
        ("part", "countries that came (2) or left (1)", (0.003, None)),
        ("unit", "Ghana", (0.001, None)),
        ("unit", "Jordan", (None, 0.020)),
    ]
    rows = [
        {**place, "path": path.title, "kind": kind, "label": label, "change": value}
        for kind, label, values in said
        for path, value in zip(of.paths, values, strict=False)
        if value is not None
    ]
    return pd.DataFrame(rows)


def test_a_strip_leads_to_the_parts_of_each_step() -> None:
    """Plain anchors: the paths of a finding stand beside each other, with the units that carry each."""
    html = str(editions_section(load_paper(PAPER), path(), steps()))
    assert html.count('<a href="#step-1-8.0">') >= 3 + 1  # of each strip, and of the list below
    block = html.partition('<div class="step" id="step-1-8.0">')[2].partition("</div>\n</div>")[0]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", block))
    for said in (
        "Estimate in 5.6 0.0640 0.0640", "Change +0.0130 +0.0130", "of which revision of income +0.0100 +0.0130",
        "of which countries that came (2) or left (1) +0.0030", "Change without Ghana +0.0010", "Change without Jordan",
    ):  # fmt: skip
        assert said in text, text
    assert 'id="step-1-10.01"' not in html and "step-2-8.0" not in html
    assert "province" not in html.lower() and "countrys" not in html


def test_one_state_of_a_panel_alone_is_no_path() -> None:
    assert not editions_section(load_paper(PAPER), path().query("edition == '8.0'"))


def panel_states() -> pd.DataFrame:
    """Two states of the warehouse's panel, each an edition of its own."""
    row = path().iloc[0].to_dict() | {"paper": "bi_2025", "data_set": "panel", "state": "holds"}
    states = [("as of 2022", date(2022, 12, 31)), ("newest", date(2026, 11, 24))]
    return pd.DataFrame(
        [
            row | {"edition": name, "released": day, "path": p.title, "finding": finding.id}
            for finding, of in followed("bi_2025")
            for name, day in states
            for p in of.paths
        ]
    )


def test_states_of_the_panel_have_no_licence() -> None:
    page = str(editions_section(load_paper("bi_2025"), panel_states()))
    ((_, of),) = followed("bi_2025")
    assert page.count("holds in 2 of 2 editions") >= len(of.paths) and "Licence" not in page


def line_of(html: str, claim: str) -> str:
    """Text of the line of a claim in the index."""
    (line,) = [
        li for li in BeautifulSoup(html, "lxml").select("ol.index li") if claim in li.get_text()
    ]
    return str(line)


def test_the_index_draws_the_first_path_of_each_followed_finding() -> None:
    """With its number of editions and a link to them; a finding on one edition alone says so."""
    claims = [f.claim for f, _ in followed(PAPER)]
    lines = [
        FindingLine(
            PAPER,
            f.id,
            f.claim,
            "",
            "",
            "",
            "",
            "",
            "",
            0.01,
            None,
            "",
            "",
            "",
            (),
            data_set="Penn World Table",
            editions=3,
        )  # fmt: skip
        for f, _ in followed(PAPER)
    ]
    entry = PaperEntry(PAPER, "acemoglu_2008.html", "Acemoglu", 2008, tuple(lines), "2026-12-01")
    html = build_index([entry], paths=path())
    for claim in claims:
        line = line_of(html, claim)
        assert (
            "Penn World Table: 3 editions" in line
            and "acemoglu_2008.editions.html#editions" in line
        )
        assert len(re.findall(r"stroke-width:3.6", line)) == 3
    entry = replace(entry, lines=tuple(replace(line, editions=0) for line in lines))
    one = line_of(build_index([entry], paths=path().query("edition == '8.0'")), claims[0])
    assert "one edition" in one and "<svg" not in one


def test_every_followed_paper_has_its_paths() -> None:
    papers = [p.parent.name for p in PAPERS.glob(f"*/{FILE}") if followed(p.parent.name)]
    assert len(papers) == 5
    assert isinstance(path()["released"].iloc[0], date)


def path_with_tests() -> pd.DataFrame:
    """One path of four editions, of which one moved and one crosses the line."""
    return pd.DataFrame(
        {
            "edition": ["a", "b", "c", "d"],
            "released": [date(2000 + n, 1, 1) for n in range(4)],
            "estimate": [0.10, 0.12, 0.30, 0.11],
            "state": ["holds", "undecided", "reversed", "undecided"],
            "step": [None, "crosses the line", "moved", "moved"],
            "step_change": [float("nan"), 0.02, 0.18, -0.19],
            "step_p_value": [float("nan"), 0.4, 0.01, 0.002],
            "step_p_holm": [float("nan"), 0.4, 0.02, 0.006],
            "is_large": [False, False, False, True],
            "base": "a",
            "base_p_holm": [float("nan"), 0.4, 0.03, 0.9],
            "test_groups": [float("nan"), 19, 21, 22],
            "test_bandwidth": [float("nan")] * 4,
        }
    )


def test_the_editions_are_told_by_a_rule() -> None:
    """Largest step, largest number of units and every named edition follow from the rows alone."""
    assert path_sentences(path_with_tests()) == [
        "The claim holds in 1, is undecided in 2, is reversed in 1 of 4 editions.",
        "Of 3 steps, 2 (c, d) are significant after Holm\N{RIGHT SINGLE QUOTATION MARK}s correction, and "
        "1 (b) crosses the line without a significant change.",
        "The largest step is \N{MINUS SIGN}0.190 from c to d (paired test, p .002; .006 by Holm).",
        "Larger than the declared bound: d.",
        "Compared with the base (a), c differs significantly (Holm).",
        "With 19 units the tests are approximate.",
    ]
    other = path_sentences(path_with_tests().assign(base="b"))
    assert "The base (b) does not meet the claim, so no edition is reversed." in other
