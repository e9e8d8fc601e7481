"""Pages of data sets: documented breaks with histories over editions, in the words of the data set's units."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from living_panel.estimation.data_sets.data_set import load_data_set
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.report import elements
from living_panel.estimation.report.data_pages import _stata
from living_panel.estimation.report.data_set_pages import (
    Histories,
    _value,
    data_set_identity,
    data_set_page,
    data_set_pages,
    data_set_unit_file,
    data_set_unit_page,
)

SET = "penn_world_table"


@pytest.fixture(scope="module")
def page() -> str:
    data_set = load_data_set(SET)
    return data_set_page(data_set, data_set_identity(data_set))


def text_of(html: str) -> str:
    return re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2].partition("<script")[0])
    )


@pytest.mark.long
def test_the_breaks_are_named_with_their_editions(page: str) -> None:
    text = text_of(page)
    for said in (
        "Population of Equatorial Guinea breaks in 1975 (editions 6.2, 6.3, 7.0, 7.1)",
        "Population of Jordan breaks in 1971: the territory changes (edition 5.6)",
        "Income of Ghana breaks in 1965-66 (editions 6.2, 6.3)",
    ):
        assert said in text
    for anchor in ("break-GNQ-1975", "break-JOR-1971", "break-GHA-1965"):
        assert f'id="{anchor}"' in page


def test_a_history_has_the_values_of_every_edition(page: str) -> None:
    data_set = load_data_set(SET)
    part = page.partition('id="break-JOR-1971"')[2].partition("<h3")[0]
    for edition in data_set.editions:
        values = data_set.read(edition).set_index(["unit", "year"])["population"]
        if ("JOR", 1971) in values.index and pd.notna(values["JOR", 1971]):
            assert _value(values["JOR", 1971]) in part, edition.name


def test_each_unit_has_a_page_with_the_value_of_every_edition() -> None:
    data_set = load_data_set(SET)
    pages = {name: make for name, _, make in data_set_pages(data_set)}
    assert set(pages) == {
        "set_penn_world_table.html",
        *(data_set_unit_file(SET, u) for u in data_set.units["unit"]),
    }
    page = pages[data_set_unit_file(SET, "GHA")]()
    part = page.partition('<details id="population">')[2].partition("</details>")[0]
    head = re.findall(r'<th scope="col">([^<]*)', part)
    for edition in data_set.editions:
        values = data_set.read(edition).set_index(["unit", "year"])["population"].loc["GHA"]
        for year, value in values.items():
            row = part.partition(f'<tr id="population-{year}">')[2].partition("<tr")[0]
            cells = re.split(r"<t[hd][^>]*>", row)[1:]
            text = re.sub("<[^>]+>", "", cells[head.index(edition.name)])
            assert text == _value(value), (edition.name, year)
    assert "Income of Ghana breaks in 1965-66 (6.2, 6.3)" in text_of(page)


@pytest.mark.long
def test_a_value_in_bold_differs_from_an_edition_of_the_same_concept() -> None:
    data_set = load_data_set(SET)
    page = data_set_unit_page(Histories(data_set), "JOR")
    told = {}
    for measure in ("population", "gdp_pc_chain"):
        part = page.partition(f'<details id="{measure}">')[2].partition("</details>")[0]
        names = [name.split(" (")[0] for name in re.findall(r'<th scope="col">([^<]*)', part)[1:]]
        assert ("6.1 (1996)" in part) == (measure == "gdp_pc_chain")
        for row in re.findall(r'<tr id="\w+-\d+">(.*?)(?=<tr|</tbody)', part, re.DOTALL):
            cells = re.split(r"<td>", row)[1:]
            texts = [re.sub("<[^>]+>", "", cell) for cell in cells]
            for place in range(1, len(cells)):
                broken = data_set.concept_breaks(names[place - 1], names[place])
                is_new = (
                    bool(texts[place] and texts[place - 1]) and texts[place] != texts[place - 1]
                )
                is_marked = "<b>" in cells[place]
                assert is_marked == (is_new and not {measure, "*"} & set(broken))
                told[measure] = told.get(measure, 0) + is_marked
    assert told["population"] > 50


@pytest.mark.parametrize(
    "name", ["page.html.j2", "page.elements.html.j2", "page.css", "page.js", "contents.py"]
)
def test_the_identity_changes_with_each_file_that_makes_the_page(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_set, folder = load_data_set(SET), tmp_path / "report"
    shutil.copytree(Path(elements.__file__).parent, folder)
    monkeypatch.setattr(elements, "__file__", str(folder / "elements.py"))
    before = data_set_identity(data_set)
    assert data_set_identity(data_set) == before
    (folder / name).write_text(f"{(folder / name).read_text()} ", encoding="utf-8")
    assert data_set_identity(data_set) != before


def test_a_code_that_is_no_file_name_is_hashed() -> None:
    assert re.fullmatch(r"set_a_[0-9a-f]{12}\.html", data_set_unit_file("a", "../b"))


def test_a_page_of_countries_has_the_words_of_countries(page: str) -> None:
    text = text_of(page).lower()
    assert "province" not in text and "countrys" not in text and "country" in page.lower()


def test_a_download_for_stata_takes_the_codes_of_countries(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Codes such as JOR are no numbers: units are numbered and keep their names."""
    frames = release_frames(PAPERS / "acemoglu_2008" / "data", "6.2")
    panel = frames["panel"].set_index(["province_code", "year"]).sort_index()
    others = {name: frame for name, frame in frames.items() if name != "panel"}
    release = Release("6.2", panel, **others, manifest={"sources": []})
    cells = release.observations[release.observations["measure"] == "income_level"]
    cells = cells.join(release.provinces.set_index("province_code"), on="province_code")
    frame = cells.reindex(
        columns=["province_code", "province", "year", "value", "status", "sha256"]
    )
    about = release.indicators.set_index("measure").loc["income_level"]
    (tmp_path / "x.dta").write_bytes(_stata(frame, about))
    found = pd.read_stata(tmp_path / "x.dta")
    assert len(found) == len(frame) and "Jordan" in set(found["province_code"])
