"""The questions of `teach` and `receipt`: the same in each language, and a new series from the dialogue."""

from __future__ import annotations

import os
import shutil
import string
import sys
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.ingestion.formats.layouts import read_layout
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.commands import teach as teach_command
from living_panel.orchestration.commands.questions import LANGUAGE_VARIABLE, QUESTIONS, question
from living_panel.orchestration.commands.teach import teach
from living_panel.orchestration.dbt import generated_files
from tests.fixtures.sources import documents
from tests.refusals import refuses

SOURCES = Path(catalog.__file__).parents[1] / "sources"


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_each_question_stands_in_each_language_with_an_example() -> None:
    english, chinese = QUESTIONS["en"], QUESTIONS["zh"]
    assert english.keys() == chinese.keys()
    for kind, (text, example) in english.items():
        assert fields(text) == fields(chinese[kind][0]) and example and chinese[kind][1]


def test_the_setting_chooses_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LANGUAGE_VARIABLE, "zh")
    assert question("edition").startswith(QUESTIONS["zh"]["edition"][0])
    monkeypatch.setenv(LANGUAGE_VARIABLE, "fr")
    with pytest.raises(ValueError, match=LANGUAGE_VARIABLE):
        question("edition")


@pytest.mark.long
def test_a_new_series_comes_from_the_dialogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in catalog.names():
        folder = tmp_path / "sources" / name
        folder.mkdir(parents=True)
        shutil.copy(SOURCES / name / "catalog.yml", folder)
    monkeypatch.setenv(catalog.CATALOG_VARIABLE, str(tmp_path / "sources"))
    monkeypatch.setenv("LIVING_PANEL_LAYOUTS", str(tmp_path / "layouts"))
    monkeypatch.setattr(sys, "stdin", open(os.devnull))
    for field, answer in {
        "SOURCE": "statistical_yearbook", "EDITION": "2030", "NAME": "own", "COLUMN_B": "new", "COLUMN_C": "-",
        "NEW_LABEL": "第三产业增加值", "NEW_TITLE": "Value added of services", "NEW_UNITS": "亿元, 万元",
        "NEW_MEASURE": "new", "NEW_REASON": "the only series", "MEASURE_NAME": "services_cny_100m",
        "MEASURE_UNIT": "亿元", "MEASURE_CONCEPT": "services",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"TEACH_{field}", answer)
    seed = tmp_path / "measures.csv"
    shutil.copy(generated_files.MEASURES, seed)
    for module in (generated_files, teach_command):
        monkeypatch.setattr(module, "MEASURES", seed)
    before = catalog.source("statistical_yearbook")
    file = tmp_path / "own.xlsx"
    file.write_bytes(documents.xlsx(documents.gdp_sheet(B3="第三产业增加值")))
    assert teach(file) == 0
    after = catalog.source("statistical_yearbook")
    assert after.series[:-1] == before.series and after.formats == before.formats
    added = after.series[-1]
    assert (added.label, added.units) == ("第三产业增加值", ("亿元", "万元"))
    assert [feed.measure for feed in added.feeds] == ["services_cny_100m"]
    line = seed.read_text(encoding="utf-8").splitlines()[-1]
    assert line.startswith(
        "services_cny_100m,Value added of services,100 million yuan,cny,100000000,true,services"
    )
    assert "services_cny_100m" in generated_files.panel_measures()
    assert "- name: services_cny_100m\n        data_type: double" in generated_files.panel()
    for name in ("services_cny_100m", "Services", "2nd"):
        with refuses(ValueError, Code.SEED):
            generated_files.add_measure(name, "x", "亿元", "x")
    with refuses(ValueError, Code.SEED):
        generated_files.add_measure("other_cny", "x", "亿", "x")
    layout = read_layout(tmp_path / "layouts" / "own.yml").layout
    assert [column.label for column in layout.columns] == ["第三产业增加值"]
    with refuses(catalog.CatalogError, Code.CATALOG_ENTRY):
        catalog.add_series("statistical_yearbook", "地区生产总值", "x", ("亿元",), "", "again")
