"""A printed unit that a series lacks is a question with a conversion; the answer is written into catalog and seed."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.units import like_unit, size_of
from living_panel.orchestration.assets.teaching import teach_landed
from living_panel.orchestration.commands.teach import teach
from living_panel.orchestration.dbt import generated_files
from living_panel.orchestration.dbt.generated_files import add_unit, series
from living_panel.orchestration.root.settings import Settings
from tests.fixtures import next_yearbook
from tests.fixtures.next_yearbook import SOURCE
from tests.refusals import refuses

GDP, TRADE = "地区生产总值", "经营单位所在地进出口总额"


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The seed of units; it and the catalogs are copies that a test may change."""
    shutil.copytree(catalog.catalog_folder(), tmp_path / "sources")
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(tmp_path / "sources"))
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(tmp_path / "layouts"))
    (tmp_path / "layouts").mkdir()
    seed = tmp_path / "units.csv"
    shutil.copyfile(generated_files.UNITS, seed)
    monkeypatch.setattr(generated_files, "UNITS", seed)
    return seed


@pytest.mark.parametrize(
    ("unit", "known", "found"),
    [
        ("千万元", ("亿元",), ("亿元", 0.1)),
        ("百万美元", ("千美元", "亿元"), ("千美元", 1000.0)),
        ("吨", ("亿元",), None),
        ("亿元", ("亿元", "万元"), None),
        ("斗", ("亿元",), None),
    ],
)
def test_a_unit_is_converted_into_one_that_measures_the_same(
    unit: str, known: tuple[str, ...], found: tuple[str, float] | None
) -> None:
    assert like_unit(unit, known) == found


def test_a_unit_is_added_wherever_the_one_like_it_stands(units: Path) -> None:
    before = [
        line for line in series().splitlines() if line.startswith(f"{SOURCE},{TRADE},千美元,")
    ]
    add_unit(SOURCE, TRADE, "百万美元")
    entry = catalog.source(SOURCE).by_label()[TRADE]
    assert entry.units == ("千美元", "百万美元", "万美元", "亿美元", "亿元")
    after = [
        line for line in series().splitlines() if line.startswith(f"{SOURCE},{TRADE},百万美元,")
    ]
    assert after == [line.replace(",千美元,", ",百万美元,") for line in before]
    assert catalog.source(SOURCE).by_label()[GDP].units == ("亿元",)


def test_the_seed_converts_as_the_catalog_of_units_does(units: Path) -> None:
    add_unit(SOURCE, GDP, "千万元")
    with units.open(encoding="utf-8", newline="") as stream:
        (row,) = (row for row in csv.DictReader(stream) if row["unit"] == "千万元")
    assert (row["dimension"], float(row["multiple"])) == ("cny", size_of("千万元")[1])
    add_unit(SOURCE, GDP, "千万元")  # once more: nothing changes
    assert catalog.source(SOURCE).by_label()[GDP].units == ("亿元", "千万元")
    with refuses(catalog.CatalogError, Code.CATALOG_UNKNOWN, unit="吨"):
        add_unit(SOURCE, GDP, "吨")


def test_a_block_list_of_units_gets_one_more_line(units: Path) -> None:
    path = catalog.catalog_folder() / SOURCE / "catalog.yml"
    text = path.read_text(encoding="utf-8")
    old = "  - {label: 城镇单位就业人员, title: Employed persons in urban units, units: [万人],\n"
    new = "  - label: 城镇单位就业人员\n    title: Employed persons in urban units\n    units:\n      - 万人\n"
    at = text.index(old)
    end = text.index("\n", text.index("feeds:", at))
    feeds = text[text.index("feeds:", at) : end].removesuffix("}")
    path.write_text(f"{text[:at]}{new}    {feeds}{text[end:]}", encoding="utf-8")
    catalog.add_unit(SOURCE, "城镇单位就业人员", "千人", "万人")
    assert catalog.source(SOURCE).by_label()["城镇单位就业人员"].units == ("万人", "千人")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "landing" / SOURCE / "2025"
    folder.mkdir(parents=True)
    (folder / "gdp.xlsx").write_bytes(next_yearbook.gdp(2025, "千万元", 10.0))
    return folder / "gdp.xlsx"


@pytest.mark.long
def test_the_job_writes_the_unit_after_a_yes_alone(units: Path, file: Path, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    drafted, _ = teach_landed(settings, file, 1, {}, "gdp", False)
    assert drafted.read["faults"] and catalog.source(SOURCE).by_label()[GDP].units == ("亿元",)
    with refuses(ValueError, Code.ANSWER):
        teach_landed(settings, file, 1, {"new_unit_B": "perhaps"}, "gdp", True)
    drafted, _ = teach_landed(settings, file, 1, {"new_unit_B": "yes"}, "gdp", True)
    assert drafted.read["faults"] == []
    assert {figure[2] for figure in drafted.read["figures"]} == {"千万元", "上年=100"}


@pytest.mark.long
def test_the_terminal_asks_and_writes(
    units: Path, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TEACH_NEW_UNIT_B", "yes")
    monkeypatch.setenv("TEACH_NAME", "gdp_2025")
    assert teach(file) == 0
    assert f"Added 千万元 to {GDP}." in capsys.readouterr().out
    assert "千万元" in catalog.source(SOURCE).by_label()[GDP].units
