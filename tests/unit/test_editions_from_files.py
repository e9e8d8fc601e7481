"""A data set of one's own from CSV, Stata and R files, and another edition of one that is there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
import rdata

from living_panel.codes import Code
from living_panel.estimation.data_sets.data_set import load_data_set, sets_folder
from living_panel.estimation.panel.errors import InvalidSpec, Unusable
from living_panel.estimation.papers.editions_from_files import add_edition, new_data_set
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.report import strips
from tests.unit.test_strips import path

ROWS = pd.DataFrame(
    {"country": ["A", "A", "B", "B"], "year": [2000, 2001] * 2, "gdp": [1.0, 2, 3, 4], "pop": [9.0, 8, 7, 6]}
)  # fmt: skip
R_FILE = Path(__file__).parents[1] / "fixtures" / "cities.rds"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two editions, of which the later one comes first in the alphabet."""
    files = tmp_path / "files"
    files.mkdir()
    ROWS.to_csv(files / "second_2011.csv", index=False)
    ROWS.assign(gdp=ROWS["gdp"] * 2).to_stata(files / "first_2010-03.dta", write_index=False)
    return files


def test_each_file_of_a_folder_is_an_edition(folder: Path, tmp_path: Path) -> None:
    new_data_set("mine", folder, tmp_path / "sets")
    found = load_data_set("mine", tmp_path / "sets")
    assert [(e.name, e.released) for e in found.editions] == [
        ("first_2010-03", "2010-03"),
        ("second_2011", "2011"),
    ]
    values = {e.name: found.read(e)["gdp"].tolist() for e in found.editions}
    assert values == {"first_2010-03": [2.0, 4.0, 6.0, 8.0], "second_2011": [1.0, 2.0, 3.0, 4.0]}
    assert found.editions[0].made_from.startswith("first_2010-03.dta, sha256 ")


def test_a_file_of_r_is_an_edition(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    rdata.write_rds(str(files / "mine_2020.rds"), ROWS.astype({"country": "object"}))
    found = load_data_set(new_data_set("cities", files, tmp_path / "sets").name, tmp_path / "sets")
    assert len(found.read(found.edition())) > 1


@pytest.mark.parametrize(
    ("name", "file", "code"),
    [
        ("Mine", "a_2010.csv", Code.NAME_FORM),
        ("mine", "a.csv", Code.SET_FORM),
        ("mine", "a_2010.txt", Code.SET_FORM),
        ("taken", "a_2010.csv", Code.NAME_TAKEN),
    ],
)
def test_a_folder_that_is_no_data_set_is_refused(
    tmp_path: Path, name: str, file: str, code: object
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    ROWS.to_csv(files / file, index=False)
    (tmp_path / "sets" / "taken").mkdir(parents=True)
    with pytest.raises(InvalidSpec) as error:
        new_data_set(name, files, tmp_path / "sets")
    assert error.value.codes == [code]  # type: ignore[attr-defined]
    assert [path.name for path in (tmp_path / "sets").iterdir()] == ["taken"]


def test_a_file_without_unit_and_period_is_no_edition(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    ROWS.drop(columns=["country", "year"]).to_csv(files / "a_2010.csv", index=False)
    with pytest.raises(InvalidSpec) as error:
        new_data_set("mine", files, tmp_path / "sets")
    assert error.value.codes == [Code.SET_FORM]
    assert error.value.problems[0].place.file == str(files / "a_2010.csv")


def test_another_edition_arrives_whole_or_not_at_all(folder: Path, tmp_path: Path) -> None:
    sets = tmp_path / "sets"
    new_data_set("mine", folder, sets)
    third = tmp_path / "third.csv"
    rows = pd.concat([ROWS, ROWS.head(2).assign(country="C")]).rename(columns={"country": "unit"})
    rows.to_csv(third, index=False)
    add_edition("mine", third, "third", "2012-07", {"licence": "CC BY 4.0"}, sets)
    found = load_data_set("mine", sets)
    assert found.edition(as_of="2012").name == "third" and found.edition().licence == "CC BY 4.0"
    assert "C" in set(found.units["unit"]) and len(found.read(found.edition())) == 6
    kept = {p.name: p.read_bytes() for p in (sets / "mine").iterdir()}
    for released, name, code in (
        ("2009", "fourth", Code.SET_FORM),
        ("2013", "third", Code.NAME_TAKEN),
    ):
        with pytest.raises(InvalidSpec) as error:
            add_edition("mine", third, name, released, root=sets)
        assert error.value.codes == [code]
    rows.assign(year=2000).to_csv(third, index=False)
    with pytest.raises(InvalidSpec) as error:
        add_edition("mine", third, "fourth", "2013", root=sets)
    assert error.value.codes == [Code.SET_FORM]
    rows.to_csv(third, index=False, encoding="utf-16")
    with pytest.raises(Unusable) as unread:
        add_edition("mine", third, "fourth", "2013", root=sets)
    assert unread.value.codes == [Code.SPEC_RELEASE]
    assert unread.value.problems[0].place.file == str(third)
    assert {p.name: p.read_bytes() for p in (sets / "mine").iterdir()} == kept


def test_a_thirteenth_edition_of_the_bundled_set_has_its_measures(tmp_path: Path) -> None:
    name = "penn_world_table"
    shutil.copytree(sets_folder() / name, tmp_path / name)
    newest = load_data_set(name).edition()
    add_edition(name, sets_folder() / name / newest.file, "11", "2026-06", root=tmp_path)
    found = load_data_set(name, tmp_path)
    assert found.edition().name == "11" and len(found.editions) == 13
    assert found.read(found.edition()).equals(found.read(found.edition("10.01")))


def test_the_page_names_the_planted_revisions_of_a_thirteenth_edition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edition 10.01 with three other cells arrives by the documented step."""
    name = "penn_world_table"
    shutil.copytree(sets_folder() / name, tmp_path / name)
    newest = load_data_set(name).edition()
    raw = pd.read_csv(sets_folder() / name / newest.file)
    planted = [("BRA", 1970, "population"), ("FRA", 1985, "gdp_e"), ("KEN", 2000, "inv_share_cur")]
    for unit, year, measure in planted:
        raw.loc[(raw["country_code"] == unit) & (raw["year"] == year), measure] *= 1.5
    raw.to_csv(tmp_path / "thirteenth.csv", index=False)
    add_edition(name, tmp_path / "thirteenth.csv", "11.0", "2026-06", root=tmp_path)
    found = load_data_set(name, tmp_path)
    cells = found.revised_cells(*found.editions[-2:])
    assert set(zip(cells["unit"], cells["year"], cells["measure"], strict=True)) == set(planted)
    assert cells["relative"].tolist() == pytest.approx([0.5] * 3)
    monkeypatch.setattr(strips, "load_data_set", lambda name: found)
    html = str(strips.editions_section(load_paper("acemoglu_2008"), path()))
    assert "3 cells from 10.01 to 11.0" in html
    for unit in ("Brazil", "France", "Kenya"):
        assert f'<th scope="row">{unit}</th>' in html
