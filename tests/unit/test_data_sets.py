"""Data sets with editions: the bundled one, and what a folder of another form is refused for."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.data_sets.data_set import (
    DataSet,
    forget_data_sets,
    load_data_set,
    sets_folder,
)
from living_panel.estimation.data_sets.dates import last_day, precision_of
from living_panel.estimation.panel.errors import InvalidSpec

NAME = "penn_world_table"
ROWS = {"5.6": 5039, "6.1": 5850, "6.2": 7406, "6.3": 8452, "7.0": 8745, "7.1": 8960, "8.0": 8295,
        "8.1": 8297, "9.0": 9439, "9.1": 9985, "10.0": 10399, "10.01": 10399}  # fmt: skip
FROM_MEMORY = ["5.6", "6.2", "9.0", "9.1"]


@pytest.fixture(scope="module")
def bundled() -> DataSet:
    return load_data_set(NAME)


def test_the_twelve_editions_have_their_rows_dates_and_licences(bundled: DataSet) -> None:
    assert {e.name: len(bundled.read(e)) for e in bundled.editions} == ROWS
    assert sum(ROWS.values()) == 101_266
    assert [e.name for e in bundled.editions if e.released_from_memory] == FROM_MEMORY
    assert {e.name for e in bundled.editions if e.licence} == {"10.0", "10.01"}
    assert all(e.citation and e.precision == "month" for e in bundled.editions)


def test_codes_of_each_edition_become_those_of_today(bundled: DataSet) -> None:
    """The files hold both; `country_code` is the independent one."""
    for edition in bundled.editions:
        printed = pd.read_csv(bundled.path(edition), usecols=["country_code"], dtype="str")
        assert bundled.read(edition)["unit"].tolist() == printed["country_code"].tolist()


@pytest.mark.parametrize(
    ("as_of", "edition"),
    [("2012", "7.1"), ("2012-07-30", "7.0"), ("2012-07-31", "7.1"), ("1995", "5.6"), ("2030", "10.01")],
)  # fmt: skip
def test_the_newest_edition_is_the_one_published_by_a_date(
    bundled: DataSet, as_of: str, edition: str
) -> None:
    assert bundled.edition(as_of=as_of).name == edition


def test_an_edition_is_named_as_its_publisher_does(bundled: DataSet) -> None:
    assert bundled.edition("10.01").reference_year == 2017
    for name, as_of, code in (
        ("11", None, Code.SET_UNKNOWN),
        ("newest", "1990", Code.AS_OF),
        ("10.01", "2012", Code.AS_OF),
    ):
        with pytest.raises(InvalidSpec) as error:
            bundled.edition(name, as_of)
        assert error.value.codes == [code]


@pytest.mark.parametrize(
    ("written", "day", "precision"),
    [
        ("2012", date(2012, 12, 31), "year"),
        ("2012-02", date(2012, 2, 29), "month"),
        ("2012-02-03", date(2012, 2, 3), "day"),
    ],
)
def test_a_date_counts_from_its_last_day(written: str, day: date, precision: str) -> None:
    assert (last_day(written), precision_of(written)) == (day, precision)


def test_income_is_made_of_the_columns_that_an_edition_has(bundled: DataSet) -> None:
    early, late = (bundled.read(bundled.edition(name)) for name in ("7.1", "8.0"))
    assert early["income_level"].equals(early["gdp_pc_chain"].rename("income_level"))
    by_hand = late["gdp_e"] / late["population"] * 1000
    assert late["income_level"].tolist() == pytest.approx(by_hand.tolist(), nan_ok=True, rel=1e-12)
    assert bundled.source_columns("8.0")["income_level"] == "rgdpe / pop"
    assert "2005" in bundled.measure_units(bundled.edition("8.0"))["income_level"]


def test_a_change_of_concept_lies_between_two_editions(bundled: DataSet) -> None:
    assert "income_level" in bundled.concept_breaks("7.1", "8.0")
    assert "income_level" not in bundled.concept_breaks("8.0", "8.1")
    assert "*" in bundled.concept_breaks("5.6", "6.1")


def test_breaks_inside_an_edition_hold_for_what_is_made_of_them(bundled: DataSet) -> None:
    found = bundled.breaks_inside("6.2")
    places = set(zip(found["unit"], found["measure"], found["year"], strict=True))
    assert ("GNQ", "population", 1975) in places and ("GHA", "income_level", 1965) in places
    assert "JOR" in set(bundled.breaks_inside("5.6")["unit"])
    assert bundled.breaks_inside("10.01").empty


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A data set of one edition, in a folder of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "a.csv").write_text("code,year,x,y\nAA,2000,1,4\nAA,2001,2,0\nBB,2000,,8\n")
    (folder / "units.csv").write_text("unit,name,group\nAA,A,all\nBB,B,all\n")
    (folder / "measures.csv").write_text(
        "measure,title,unit,description\nx,X,percent,\nratio,R,percent,\n"
    )
    (folder / "columns.csv").write_text(
        "measure,edition,column,distributed_as\nx,1.10,x,\nratio,1.10,x / y x100,\n"
    )
    digest = hashlib.sha256((folder / "a.csv").read_bytes()).hexdigest()
    (folder / "editions.yml").write_text(
        "data_set: small\ntitle: Small\nunit: {name: firm, plural: firms}\ncolumns: {unit: code, year: year}\n"
        f'editions:\n  - {{name: "1.10", released: "2001", file: a.csv, sha256: {digest}, licence: "", citation: A}}\n'
    )
    forget_data_sets()
    return tmp_path


def test_a_measure_may_be_one_column_over_another(small: Path) -> None:
    found = load_data_set("small", small)
    frame = found.read(found.edition())
    assert frame["ratio"].tolist() == pytest.approx([25.0, float("nan"), float("nan")], nan_ok=True)


def changed(name: str, old: str, new: str, *, hashed: bool = False) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        before = hashlib.sha256(path.read_bytes()).hexdigest()
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        if hashed:
            editions = folder / "editions.yml"
            after = hashlib.sha256(path.read_bytes()).hexdigest()
            editions.write_text(editions.read_text().replace(before, after))

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda f: (f / "a.csv").unlink(), Code.SET_CHANGED),
        (changed("a.csv", "2,0", "3,0"), Code.SET_CHANGED),
        (changed("a.csv", "AA,2001", "AA,2000", hashed=True), Code.SET_FORM),
        (changed("a.csv", "BB", "CC", hashed=True), Code.SET_FORM),
        (changed("a.csv", "2,0", "many,0", hashed=True), Code.SET_FORM),
        (changed("a.csv", "year,x,y", "year,x,z", hashed=True), Code.COLUMN_MISSING),
        (changed("columns.csv", "x / y x100", "x / y / x"), Code.SET_FORM),
        (changed("columns.csv", "x,1.10", "z,1.10"), Code.SET_FORM),
        (changed("units.csv", "name", "names"), Code.SET_FORM),
        (changed("editions.yml", '"2001"', '"last year"'), Code.SET_FORM),
    ],
)
def test_what_does_not_hold_is_refused_with_its_code(
    small: Path, change: Callable[[Path], None], code: object
) -> None:
    change(small / "small")
    forget_data_sets()
    with pytest.raises(InvalidSpec) as error:
        found = load_data_set("small", small)
        found.read(found.edition())
    assert code in error.value.codes  # type: ignore[attr-defined]
    assert error.value.problems[0].place.file


def test_editions_stand_in_the_order_of_their_release(small: Path) -> None:
    path = small / "small" / "editions.yml"
    entry = path.read_text().splitlines()[-1]
    path.write_text(path.read_text() + entry.replace("1.10", "1.0").replace("2001", "1999") + "\n")
    with pytest.raises(InvalidSpec) as error:
        load_data_set("small", small)
    assert error.value.codes == [Code.SET_FORM]


def test_a_name_that_no_data_set_has_is_refused() -> None:
    with pytest.raises(InvalidSpec) as error:
        load_data_set("pen_world_table")
    assert error.value.codes == [Code.SET_UNKNOWN]
    assert error.value.problems[0].fields["choices"] == [NAME]


def test_a_copy_of_the_bundled_set_is_the_same_data_set(tmp_path: Path) -> None:
    """A workspace may take it as it is."""
    shutil.copytree(sets_folder() / NAME, tmp_path / NAME)
    found = load_data_set(NAME, tmp_path)
    assert len(found.read(found.edition("5.6"))) == ROWS["5.6"]
