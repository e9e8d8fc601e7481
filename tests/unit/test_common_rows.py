"""The measure `common`: rows of a paper's panel that every edition of its data set has, with all of their measures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.data_sets import data_set
from living_panel.estimation.papers import source
from living_panel.estimation.papers.editions_from_files import add_edition, new_data_set
from living_panel.estimation.papers.paper_data import read_paper_data, release_frames
from tests.refusals import refuses

HEADER = "unit,year,x,z\n"
FIRST = HEADER + "A,2000,1,1\nA,2001,2,2\nB,2000,3,3\nB,2001,4,\nC,2000,,\nD,2000,5,5\n"
SECOND = HEADER + "A,2000,6,6\nB,2000,,7\nB,2001,8,\nC,2000,,\nD,2000,9,9\nD,2001,1,1\n"
COMMON = {
    ("A", 2000): 1,  # both editions have both measures
    ("A", 2001): 0,  # the second edition has no such row
    ("B", 2000): 0,  # the second edition has no x there
    ("B", 2001): 1,  # no edition has z there, so that x alone decides
    ("C", 2000): 0,  # no edition has a value
    ("C", 2001): 0,  # no edition has such a row
}
SOURCE = (
    "source: own\nedition: 2001\nobtained: 2026-11-30\nstatus: authors\ncitation: C\n"
    "data: {set: small, measures: [x, z], common: everywhere}\n"
)
PREPARE = "select unit, year::int as year, y::double as y, x, z from own left join edition using (unit, year)"


@pytest.fixture(params=["panel.csv", "prepare.sql"])
def data(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Data of a paper on two editions, joined by the program or by SQL."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "first_2010.csv").write_text(FIRST)
    (files / "second_2012.csv").write_text(SECOND)
    monkeypatch.setattr(data_set, "sets_folder", lambda: tmp_path / "data_sets")
    data_set.forget_data_sets()
    new_data_set("small", files, tmp_path / "data_sets")
    folder = tmp_path / "paper" / "data"
    (folder / "raw").mkdir(parents=True)
    (folder / "source.yml").write_text(SOURCE)
    (folder / "measures.csv").write_text(
        "measure,title,unit,description\ny,Y,dollars,\neverywhere,In every edition,0 or 1,\n"
    )
    own = "unit,year,y\n" + "".join(f"{unit},{year},1\n" for unit, year in COMMON)
    if request.param == source.PANEL:
        (folder / source.PANEL).write_text(own)
        return folder
    raw = folder / "raw" / "own.csv"
    raw.write_text(own)
    receipt = source.RawReceipt(
        file=raw.name, sha256=source.sha256_of(raw)[0], obtained="2026-11-30", producer="P", publication="P",
        obtained_by="hand",
    )  # fmt: skip
    (folder / "raw" / "receipts.yml").write_text(source.receipts_with(receipt, folder))
    (folder / source.SQL).write_text(PREPARE)
    (folder / "units.csv").write_text("unit,name,group\nA,A,all\nB,B,all\nC,C,all\n")
    return folder


def common(data: Path, edition: str | None = None, as_of: str | None = None) -> dict:
    panel, _, _ = read_paper_data(data, edition, as_of)
    return panel.set_index(["unit", "year"])["everywhere"].to_dict()


@pytest.mark.parametrize("edition", ["first_2010", "second_2012"])
def test_a_row_is_common_if_each_edition_has_what_any_edition_has(data: Path, edition: str) -> None:
    """Whichever edition the values come from."""
    assert common(data, edition) == COMMON


def test_as_of_a_date_later_editions_do_not_count(data: Path) -> None:
    then = {("A", 2001): 1, ("B", 2000): 1}
    assert common(data, as_of="2010") == COMMON | then


def test_an_edition_without_a_measure_leaves_no_row_that_has_it(data: Path, tmp_path: Path) -> None:
    """A new edition counts at once."""
    assert sum(common(data, "first_2010").values()) == 2
    third = tmp_path / "third.csv"
    third.write_text("unit,year,x,z\nA,2000,1,\nB,2001,2,\n")
    add_edition("small", third, "third", "2014", root=tmp_path / "data_sets")
    assert common(data, "first_2010") == dict.fromkeys(COMMON, 0) | {("B", 2001): 1}


def test_the_identity_of_a_release_counts_every_edition(data: Path, tmp_path: Path) -> None:
    first = source.edition_of(data, "first_2010")
    assert first is not None
    then = source.edition_of(data, "first_2010", as_of="2010")
    assert then is not None and then.content_hash() != first.content_hash()
    text = (data / "source.yml").read_text()
    (data / "source.yml").write_text(text.replace(", common: everywhere", ""))
    alone, alone_then = (source.edition_of(data, "first_2010", as_of=of) for of in (None, "2010"))
    assert alone is not None and alone_then is not None
    assert alone.content_hash() == alone_then.content_hash()


def test_its_cells_name_the_edition_they_were_computed_for(data: Path) -> None:
    cells = release_frames(data, "first_2010")["observations"]
    assert set(cells.loc[cells["measure"] == "everywhere", "source"]) == {"small"}


def changed(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return change


def test_a_measure_that_is_a_column_already_is_refused(data: Path) -> None:
    changed("source.yml", "common: everywhere", "common: y")(data)
    with refuses(ValueError, Code.PAPER_DATA, name="y"):
        read_paper_data(data)


def test_the_former_key_is_refused_with_the_present_one(data: Path) -> None:
    changed("source.yml", "common: everywhere", "every_edition: true")(data)
    with refuses(ValueError, Code.FORMER_VERSION, current="common") as caught:
        read_paper_data(data)
    assert caught.value.problems[0].place.file == str(data / "source.yml")
    assert caught.value.problems[0].place.line == 6


def test_values_are_those_of_the_chosen_edition(data: Path) -> None:
    panel, _, _ = read_paper_data(data, "second_2012")
    found = panel.set_index(["unit", "year"])["x"]
    expected = pd.Series({("A", 2000): 6.0, ("B", 2001): 8.0})
    assert found[expected.index].tolist() == expected.tolist()
