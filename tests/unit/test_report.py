"""The page: self-contained, escaped, accessible in its marks, and whole when tables are missing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.figure import Figure
from PIL import Image

from living_panel.estimation.econometrics.drawing import COLOURS
from living_panel.estimation.findings.declared import Audit, Slope
from living_panel.estimation.panel.spec import load_specs
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.papers.source import Source
from living_panel.estimation.report import (
    build_index,
    build_pages,
    entry_of,
    printed_sections,
    read_tables,
)
from living_panel.estimation.report.contents import column_names
from living_panel.estimation.report.elements import named_in_words
from living_panel.estimation.report.finding import find
from living_panel.estimation.report.gather import StoredComparison, StoredTable
from living_panel.estimation.report.panel_pictures import STATUS, cell_kinds
from living_panel.estimation.report.panel_sections import movement_section
from living_panel.estimation.report.search import search_entries, search_script
from living_panel.estimation.tables.result import (
    Picture,
    coefficient_frame,
    statistic_frame,
)
from tests.unit.report_fixture import HOSTILE, audit, baseline, inputs, release, rule


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def pages(root: Path) -> dict[str, BeautifulSoup]:
    source = root / "archive" / "statistical_yearbook" / "2016" / "2016-10-01" / "f#1.csv"
    source.parent.mkdir(parents=True)
    source.touch()
    tables = (baseline((Picture("leverage", "Leverage", Figure((0.1, 0.1))),)), audit())
    made = build_pages(inputs(root, *tables), "identity0")
    return {file: BeautifulSoup(html, "lxml") for file, html in made.items()}


@pytest.fixture
def page(pages: dict[str, BeautifulSoup]) -> BeautifulSoup:
    """The page of Table 4."""
    return pages["bi_2025.table-4.html"]


def whole(given) -> BeautifulSoup:
    """Every page of a paper in one document."""
    return BeautifulSoup("".join(build_pages(given).values()), "lxml")


@pytest.mark.parametrize("file", ["bi_2025.html", "bi_2025.table-4.html", "bi_2025.data.html"])
def test_nothing_is_asked_from_outside(pages: dict[str, BeautifulSoup], file: str) -> None:
    page = pages[file]
    assert not page.select("script[src], link[rel=stylesheet]")
    for tag in page.find_all(True):
        for name in ("src", "href", "srcset", "data", "poster"):
            address = str(tag.get(name, ""))
            assert not re.match(r"(?i)\s*(https?:)?//|javascript:", address), address
    css = "".join(s.get_text() for s in page.find_all("style"))
    assert "@import" not in css and "url(" not in css
    scripts = "".join(s.get_text() for s in page.find_all("script"))
    scripts = scripts.replace("http://www.w3.org/2000/svg", "")  # a name, which nothing asks for
    assert not re.findall(r"https?://|\bfetch\(|XMLHttpRequest|\beval\(", scripts)
    assert 'content="living-panel identity0"' in str(page.head)


def test_text_of_tables_is_shown_and_never_runs(pages: dict[str, BeautifulSoup]) -> None:
    page, audit_page = pages["bi_2025.table-4.html"], pages["bi_2025.audit.html"]
    captions = [c.get_text() for c in page.find_all("caption")]
    assert f"Grid {HOSTILE}" in captions
    assert any(HOSTILE in td.get_text() for td in audit_page.select("#audit-impossible td"))
    assert any(HOSTILE in s.get_text() for s in page.select("#table-t04_baseline > h2"))


def test_tables_have_captions_scopes_and_a_region_of_their_own(
    pages: dict[str, BeautifulSoup],
) -> None:
    tables = [table for page in pages.values() for table in page.find_all("table")]
    assert len(tables) >= 6
    for table in tables:
        assert table.caption and table.caption.get_text(strip=True)
        assert all(th.get("scope") in ("col", "row", "rowgroup") for th in table.find_all("th"))
        region = table.parent
        assert "scroll" in region["class"] and region["tabindex"] == "0" and region["aria-label"]


def test_marks_of_accessibility_are_there(pages: dict[str, BeautifulSoup]) -> None:
    for page in pages.values():
        assert page.html["lang"] == "en" and page.find("main") and page.find("a", class_="skip")
        assert len(page.find_all("h1")) == 1
        assert len(page.select(".contents [aria-current=page]")) == 1
        levels = [int(h.name[1]) for h in page.find_all(re.compile(r"^h[1-6]$"))]
        assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), levels
    drawn = "svg.plot, img"
    pictures = [picture for page in pages.values() for picture in page.select(drawn)]
    assert len(pictures) >= 8
    assert all(p.get("aria-label") or p.get("alt") for p in pictures)


def test_a_number_and_its_per_cent_sign_stay_on_one_line(page: BeautifulSoup) -> None:
    text = page.body.get_text()
    assert "95\N{NO-BREAK SPACE}% interval" in text
    assert not re.findall(r"\d ?%", text)
    assert "f%231.csv" in str(page), "an address is no share"


def test_what_the_audit_did_not_find_is_not_unfolded(tmp_path: Path) -> None:
    given = inputs(
        tmp_path, replace(audit(), statistics=statistic_frame(rule("first", 14, "silent")))
    )
    page = whole(given)
    assert [s.get_text() for s in page.select("#audit summary")] == [
        "Rules without an inconsistency: 1 a rule without any cell does not count as passed"
    ]
    assert not page.select('a[href$="#audit-impossible"]')
    assert page.select_one("#audit tr.rule th").get_text() == "all families"


def test_ids_are_unique_and_every_anchor_has_its_place(pages: dict[str, BeautifulSoup]) -> None:
    ids = {
        file: Counter(tag["id"] for tag in page.find_all(id=True)) for file, page in pages.items()
    }
    assert not [(file, k) for file, names in ids.items() for k, n in names.items() if n > 1]
    for file, page in pages.items():
        for address in {a["href"] for a in page.select("a[href*='#']")}:
            target, _, name = address.partition("#")
            if target.startswith(("../", "data/")):
                continue
            assert name in ids[target or file], (file, address)


def test_every_number_of_a_table_leads_to_its_lineage(page: BeautifulSoup) -> None:
    article = page.select_one("#table-t04_baseline article")  # the page's script makes the links
    assert article["data-lineage"] == "lineage-t04-baseline"
    beside = page.find("caption", string=re.compile("Benchmark.*printed and ours")).parent
    row = next(r for r in beside.select("tbody tr") if "0.452***" in r.get_text())
    assert row.find("a", href="#lineage-t04-baseline").get_text() == "0.110** (0.050)"
    said = row.get_text()
    assert "7 of our standard errors" not in said
    assert "6.8 of our standard errors above" in said
    # the sign is the printed one; neither the stars nor the interval are
    assert [s.get_text() for s in row.select(".yes, .no")] == ["yes", "no", "no"]


def test_links_to_artifacts_exist_relative_to_the_page(page: BeautifulSoup, root: Path) -> None:
    links = [a["href"] for a in page.select("a[href]") if not a["href"].startswith("#")]
    files = [x for x in links if "/artifacts/" in x]
    assert files
    for link in files:
        assert (root / "report" / unquote(link)).resolve().exists(), link
    source = next(x for x in links if "/archive/" in x)
    assert unquote(source).endswith("statistical_yearbook/2016/2016-10-01/f#1.csv")


def test_the_printed_table_has_ours_and_the_test_below_each_number(page: BeautifulSoup) -> None:
    table = page.select_one("table.beside")
    body = next(b for b in table.select("tbody") if b.th.get_text() == "FDI")
    rows = [[c.get_text() for c in row.select("td")] for row in body.select("tr")]
    assert [row.th.get_text() for row in body.select("tr")] == ["FDI", "ours", "status"]
    assert [row[0] for row in rows] == ["0.452***(0.062)", "0.110**(0.050)", "differs"]
    assert rows[1][1].startswith("n.e.") and len(rows[0]) == 7
    notes = [item.get_text() for item in page.select(".foot li")]
    mark = body.select("tr")[1].select("td")[1].sup.get_text()
    assert any(note.startswith(f"{mark} we have no estimate") for note in notes)
    assert body.select("tr")[1].a["href"] == "#lineage-t04-baseline"


def test_ours_has_the_printed_digits_and_one_significant_digit_where_it_would_be_zero(
    root: Path,
) -> None:
    """Card's experience²: printed -.0023 (.0003)."""
    paper = load_paper("card_1995")
    row = {"inference": "classical:ols:t(n-k)", "statistic": -7.0, "df": 2994, "p_value": 1e-12, "n_obs": 3010,
           "figures_status": "official"}  # fmt: skip
    squared = row | {"model": "ols", "term": "expersq", "estimate": -0.002288, "std_error": 0.00032,
                     "ci_low": -0.0029, "ci_high": -0.0017}  # fmt: skip
    schooling = row | {"model": "ols", "term": "educ", "estimate": 0.0747, "std_error": 0.0003,
                       "ci_low": 0.0741, "ci_high": 0.0753}  # fmt: skip
    manifest = {
        "table_id": "card_1995_schooling", "artifact_id": "a" * 16, "status": "estimated", "reason": None,
        "figures_status": "official",
        "spec": {"stars": {}, "options": {"primary": row["inference"]}},
    }  # fmt: skip
    stored = StoredTable(
        manifest, coefficient_frame([squared, schooling]), statistic_frame([]), "released values", Path(), "",
    )  # fmt: skip
    shown = replace(inputs(root), paper=paper, tables=[stored])
    frame = printed_sections.comparisons_of(shown)["15_1"]
    page = BeautifulSoup(printed_sections.printed_section(shown, "15_1", frame), "lxml")
    ours = {
        body.th.get_text(): [c.get_text() for c in body.select("tr.ours td, tr.status td")]
        for body in page.select("table.beside tbody")
    }
    assert ours["experience²"] == ["−0.0023(0.0003)", "n.e.a", "reproduced", ""]
    assert ours["years of schooling"] == ["0.075(0.0003)", "n.e.a", "reproduced", ""]
    assert "−0.0023 (0.0003)" in page.get_text() and "−0.0029 to −0.0017" in page.get_text()


@pytest.mark.parametrize(
    ("number", "printed"),
    [("4", "Model(1)"), ("5", "Fully modified ordinary least squares"), ("6", "East")],
)
def test_a_printed_column_keeps_its_name(number: str, printed: str) -> None:
    assert printed in column_names(load_paper("bi_2025"), number).values()


def test_a_column_that_is_called_by_its_number_is_not_put_in_brackets_again() -> None:
    paper = load_paper("bi_2025")
    table = paper.tables["4"]
    cells = tuple(replace(c, column=c.model and f"({c.model})") for c in table.cells)
    tables = {**paper.tables, "4": table.model_copy(update={"cells": cells})}
    names = column_names(paper.model_copy(update={"tables": tables}), "4")
    assert names == {n: f"({n})" for n in "1234567"}


@pytest.mark.parametrize(
    ("tables", "paper", "said"),
    [
        ([baseline(), audit()], "bi_2025", "checked for consistency and compared with the values"),
        ([baseline()], "bi_2025", ", compared with the values"),
        ([baseline()], "innovation_2026", ", estimated on the values"),
    ],
)
def test_the_page_says_what_was_done_with_the_paper(
    tmp_path: Path, tables: list, paper: str, said: str
) -> None:
    given = replace(inputs(tmp_path, *tables), paper=load_paper(paper))
    page = BeautifulSoup(build_pages(given)[f"{paper}.html"], "lxml")
    assert said in " ".join(page.select_one("#head .lead").get_text().split())


def test_both_schemes_paint_every_colour_that_plots_use(pages: dict[str, BeautifulSoup]) -> None:
    page = pages["bi_2025.html"]
    css = page.style.get_text()
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    for name in COLOURS:
        assert f"--{name}:" in light and f"--{name}:" in dark
    plots = "".join(str(plot) for page in pages.values() for plot in page.select("svg.plot"))
    assert {*re.findall(r"var\(--(\w+)\)", plots)} <= {*COLOURS}
    assert not re.findall(r"(?:fill|stroke):(?!var)", plots)


@pytest.mark.long
def test_missing_tables_are_said_and_break_nothing(tmp_path: Path) -> None:
    text = " ".join(whole(inputs(tmp_path, audit())).get_text(" ").split())
    assert "t04_baseline has not been estimated" in text
    assert "these panels have not been built" in text
    only = build_pages(inputs(tmp_path / "b", baseline()))
    assert "bi_2025.audit.html" not in only and "audit.html" not in only["bi_2025.html"]


def test_a_design_that_prints_nothing_has_no_section_on_print(tmp_path: Path) -> None:
    own = replace(inputs(tmp_path, baseline()), paper=load_paper("innovation_2026"), revisions=None)
    page, made = whole(own), build_pages(own)
    text = page.get_text(" ")
    assert not page.select("#audit, #beside, #movement, #head .banner")
    links = {a["href"] for a in page.select("nav[aria-label=Contents] a")}
    assert links == set(made)
    assert (
        "checks only whether they are consistent" not in text
        and "the printed value, dashed" not in text
    )


def test_a_page_tells_the_comparison_of_its_own_papers_tables_alone(tmp_path: Path) -> None:
    drift = pd.DataFrame({"table_id": ["t04_baseline", "munnell_1990_productivity"],
                          "from_release": ["a", "b"], "to_release": ["c", "d"]})  # fmt: skip
    cells = pd.DataFrame(
        {"measure": ["fdi", "capital"], "from_release": ["a", "b"], "to_release": ["c", "d"]}
    )
    own_paper = "munnell_1990"
    told = [("From x to y.", ""), ("bi_2025: is no paper.", ""), ("Edition 1990 restated.", own_paper),
            ("Our estimate changed for 2 of 3.", own_paper), ("3 of 9.", "bi_2025")]  # fmt: skip
    said = [{"text": text, "paper": paper} for text, paper in told]
    whole = StoredComparison(tmp_path, {"from": "x", "to": "y", "sentences": said}, drift, cells)
    own = whole.of("munnell_1990", {"munnell_1990_productivity"}, on_panel=False)
    assert own.manifest["sentences"] == [said[0], said[2], said[3]]
    assert list(own.cells["measure"]) == ["capital"] and len(own.drift) == 1
    panel = whole.of("bi_2025", {"t04_baseline"}, on_panel=True)
    assert panel.manifest["sentences"] == [said[0], said[1], said[4]]


def test_the_page_of_changes_has_the_main_findings_first(root: Path, tmp_path: Path) -> None:
    stored = {
        "table": "t04_baseline",
        "model": "headline.1",
        "term": "fdi",
        "inference": "clustered",
    }
    declared = Slope(
        id="fdi", claim="FDI raises exports.", what="The elasticity", rule={"estimate": "above"},
        estimate=stored,
    )  # fmt: skip
    row = {"table_id": "t04_baseline", "term": "fdi", "from_release": "a", "to_release": "b"}
    other = {"model": "other.1", "old": 9.1, "new": 9.2, "change": 0.1, "std_error": 0.05}
    main = {"model": "headline.1", "old": 0.21, "new": 0.11, "change": -0.1, "std_error": 0.05}
    drift = pd.DataFrame([
        {**row, **cells, "old_stars": "***", "new_stars": "**", "status": "moved"}
        for cells in (other, main)
    ])  # fmt: skip
    said = [{"text": text, "paper": "bi_2025"} for text in ("From x to y.", "2 of 2 moved.")]
    told = StoredComparison(
        tmp_path,
        {"from": "x", "to": "y", "sentences": said},
        drift,
        pd.DataFrame({"measure": ["a"]}),
    )
    Image.new("RGB", (2, 2)).save(tmp_path / "drift.png")
    (tmp_path / "drift.svg").touch()
    page = movement_section(inputs(root, baseline(), declared=[declared], comparisons=[told]))
    parts = BeautifulSoup(page, "lxml")
    assert [link.get_text() for link in parts.select(".take a")] == ["SVG", "PNG"]
    assert parts.select_one("figure:has(img)")["data-csv"].count("t04_baseline") == 2
    assert [h.get_text() for h in parts.select("h3")][0] == "From x to y"
    cells = [cell.get_text() for cell in parts.select("table")[0].select("tbody th, tbody td")]
    assert cells == ["FDI raises exports.", "0.210***", "0.110**", "−2.00 standard errors"]
    assert page.index("The main findings") < page.index("2 of 2 moved.")


@pytest.mark.long
def test_demo_columns_are_called_simulated_wherever_they_stand(root: Path, tmp_path: Path) -> None:
    own = inputs(root, baseline())
    demo = [replace(own.tables[0], series="simulated, current")]
    page = whole(replace(own, demo=demo))
    beside = page.find("caption", string=re.compile("Benchmark.*printed and ours")).parent
    heads = [th.get_text() for th in beside.select("thead th")]
    assert "simulated, current" in heads
    assert page.select_one(".banner.sim") is not None
    assert page.find(id="lineage-t04-baseline-simulated--current") is not None


def test_simulated_estimates_alone_are_not_drawn_as_ours(root: Path, monkeypatch) -> None:
    own = inputs(root, baseline())
    own = replace(own, tables=[], demo=[replace(own.tables[0], series="simulated, current")])
    drawn = []
    monkeypatch.setattr(printed_sections, "draw_beside", lambda of, *_: drawn.append(of) or "")
    frame = printed_sections.comparisons_of(own)["4"]
    text = printed_sections.printed_section(own, "4", frame)
    assert drawn and all(set(of["series"]) == {"simulated, current"} for of in drawn)
    assert "0 printed estimates" not in text


def test_an_artifact_that_was_changed_is_refused(tmp_path: Path) -> None:
    given = inputs(tmp_path, baseline())
    (given.tables[0].folder / "table.html").write_text("<article>0.999</article>")
    artifacts = tmp_path / "artifacts"
    with pytest.raises(ValueError, match="differ from its manifest"):
        read_tables(artifacts, artifacts / "current.json", "released values")


def test_a_cell_is_of_one_kind_and_filled_ones_are_marked() -> None:
    cells = cell_kinds(
        release(), [("exports_cny_100m", "110000", 2012), ("fdi_cny_100m", "110000", 2012)]
    )
    key = cells.set_index(["measure", "province_code", "year"])["kind"]
    assert not key.index.has_duplicates
    assert key["exports_cny_100m", "110000", 2012] == "interpolated"
    assert key["fdi_cny_100m", "110000", 2012] == "official", "a value of the panel keeps its kind"
    assert (key == "low").sum() == 1


@pytest.mark.parametrize(
    ("places", "says"),
    [
        (0, "No printed number is impossible by arithmetic alone"),
        (1, "1 printed number is impossible by arithmetic alone"),
        (2, "2 printed numbers (1 distinct fact) are impossible by arithmetic alone"),
    ],
)
def test_the_finding_of_an_audit_counts_facts_and_places(places: int, says: str) -> None:
    found = [("impossible", f"Table {n}", "2521 rows") for n in range(places)]
    rows = rule("first", 14, "found", *found) + rule("other", 3, "found", ("doubtful", "x", "y"))
    spec = load_specs()["x_audit"].model_dump(mode="json")
    manifest = {
        "spec": spec,
        "sample": {},
        "figures_status": "official",
        "artifact_id": "0",
        "sources": [],
    }
    frames = (coefficient_frame([]), statistic_frame(rows))
    stored = {"x_audit": StoredTable(manifest, *frames, "released values", Path(), "")}
    declared = Audit(id="a", kind="audit", claim="Numbers are impossible.", table="x_audit")
    (found,) = find([declared], load_paper("bi_2025"), stored)
    assert found.says == f"{says}. 1 fact is doubtful."
    assert found.state == ("holds" if places else "does not hold")


def test_the_index_shows_each_finding_and_leads_to_its_page_and_the_data_pages(
    tmp_path: Path,
) -> None:
    stored = {"table": "t04_baseline", "model": "headline.1", "term": "fdi"}
    first = Slope(
        id="fdi", claim="FDI raises exports.", place="Table 4, column 1", what="The slope",
        rule={"estimate": "above"}, estimate=stored, printed={"table": "4", "model": "1", "term": "fdi"},
    )  # fmt: skip
    second = first.model_copy(update={"id": "too-large", "claim": "0.452 is too large."})
    given = inputs(tmp_path, baseline(), declared=[first, second])
    page = BeautifulSoup(
        build_index([entry_of(given, "bi_2025.html")], "identity1", "data/index.html"), "lxml"
    )
    rows = page.select("ol.index li:not(.rest)")
    assert [row.a["href"] for row in rows] == [
        "bi_2025.html#finding-fdi",
        "bi_2025.html#finding-too-large",
    ]
    said = rows[0].get_text()
    for words in (
        "FDI raises exports.",
        "Holds",
        "0.11 (0.008 to 0.21)",
        "0.452",
        "Table 4, column 1",
    ):
        assert words in said, words
    assert rows[0].select_one(".strip .dot") is not None
    assert page.select_one('header a[href="data/index.html"]') is not None
    without = BeautifulSoup(build_index([entry_of(given, "bi_2025.html")]), "lxml")
    assert without.select_one("header a") is None


def test_every_other_page_of_a_paper_leads_back_to_its_first(tmp_path: Path) -> None:
    made = build_pages(inputs(tmp_path, baseline()))
    assert len(made) > 1
    for name, text in made.items():
        links = [a["href"] for a in BeautifulSoup(text, "lxml").select("header a")]
        assert "index.html" in links, name
        assert ("bi_2025.html" in links) is (name != "bi_2025.html"), name


def test_the_last_change_of_a_paper_is_that_of_its_newest_table(tmp_path: Path) -> None:
    given = inputs(tmp_path, baseline(), audit())
    older, newer = (table.manifest["run"] for table in given.tables)
    older["created_at"], newer["created_at"] = "2026-11-30T08:00:00", "2026-12-02T08:00:00"
    assert entry_of(given, "bi_2025.html").last_change == "2026-12-02"


def test_a_cell_of_every_status_of_own_data_is_drawn() -> None:
    assert {*get_args(Source.model_fields["status"].annotation)} <= {*STATUS}


def test_the_search_index_names_papers_tables_numbers_measures_and_units(root: Path) -> None:
    found = [*search_entries(inputs(root, baseline()))]
    kinds = Counter(kind for kind, *_ in found)
    assert {*kinds} >= {"paper", "table", "printed number", "measure", "unit"}
    numbers = {words: address for kind, words, address, *_ in found if kind == "printed number"}
    asked = next(words for words in numbers if words.startswith("0.310 0.0551: Table 4"))
    assert numbers[asked] == "bi_2025.table-4.html"
    assert search_script(found).startswith("const searchIndex=[[")


@pytest.mark.parametrize(
    ("paper", "asked"),
    [
        ("card_1995", "Card 1995"),
        ("card_1995", "Introductory Econometrics 15.1"),
        ("holzer_1993", "Holzer, Block, Cheatham and Knott"),
        ("mroz_1987", "Mroz"),
        ("munnell_1990", "Munnell unemployment"),
        ("vella_verbeek_1998", "Vella and Verbeek union"),
        ("acemoglu_2008", "Acemoglu democracy 2008"),
        ("mankiw_romer_weil_1992", "Contribution to the Empirics of Economic Growth"),
    ],
)
def test_the_search_finds_a_paper_by_its_data_title_outcome_and_terms(
    root: Path, paper: str, asked: str
) -> None:
    shown = replace(inputs(root), paper=load_paper(paper), revisions=None)
    (found,) = [entry for entry in search_entries(shown) if entry[0] == "paper"]
    kind, text, address, more = found
    assert address == f"{paper}.html"
    words = f"{kind} {text} {more}".lower()
    assert [word for word in asked.lower().split() if word not in words] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fdi_cny_100m: Tibet 2005", "FDI &amp; more: Tibet 2005"),
        ("tec_industry <b>", "<code>tec_industry</code> &lt;b&gt;"),
        ("customs_2019.csv, https://a.cn/c_1/d_2", "customs_2019.csv, https://a.cn/c_1/d_2"),
        ("Pooled: y ~ x_lag | year", "Pooled: <code>y ~ x_lag | year</code>"),
        ("I(packs * 0.05)", "<code>I(packs * 0.05)</code>"),
    ],
)
def test_a_name_is_a_title_or_code_and_a_file_name_stays(text: str, shown: str) -> None:
    assert named_in_words(text, {"fdi_cny_100m": "FDI & more"}) == shown
