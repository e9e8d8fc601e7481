"""Data pages: a cell leads to its file, its other values and its tables; metadata is whole; files are stable."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from living_panel.estimation.report.data_pages import (
    DataInputs,
    data_pages,
    index_page,
    measure_page,
    unit_page,
)
from living_panel.estimation.report.indicator_metadata import (
    REQUIRED,
    SHORT_UNITS,
    indicator_metadata,
    missing_fields,
)
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.root import published
from living_panel.orchestration.root.accepted import accept_entries, report_folder
from living_panel.orchestration.root.settings import Settings
from tests.unit.report_fixture import release


@pytest.fixture
def given(tmp_path: Path) -> DataInputs:
    own = release()
    own.indicators["description"] = "Values of a test."
    observed = own.observations.assign(
        file="f.csv",
        location="row 7",
        value_printed=own.observations["value"].astype(str),
        unit="亿元",
    )
    own = own.__class__(**{**vars(own), "observations": observed})
    bytes_of = tmp_path / "archive" / "statistical_yearbook" / "2016" / "2016-10-01" / "f.csv"
    bytes_of.parent.mkdir(parents=True)
    bytes_of.write_text("value")
    cell = {"measure": ["fdi_cny_100m"], "province_code": ["110000"], "year": [2012]}
    other = {
        "source": "commerce_fdi",
        "edition": 2014,
        "unit": "亿元",
        "value_printed": "9.5 <b>",
        "is_winner": False,
    }
    later = {"edition_from": 2014, "edition_to": 2016, "printed_from": "9.5", "printed_to": "9.7",
             "relative_difference": 0.021}  # fmt: skip
    return DataInputs(
        release=own,
        prints=pd.DataFrame(cell | other),
        revisions=pd.DataFrame(cell | later),
        used=pd.DataFrame(cell | {"table_id": "t04_baseline", "models": 3}),
        tables={"t04_baseline": ("Table 4", "bi_2025.table-4.html")},
        sources={name: catalog.source(name) for name in catalog.names()},
        archive=tmp_path / "archive",
        link=lambda path: f"../../{path.relative_to(tmp_path).as_posix()}",
    )


def test_a_cell_leads_to_its_file_its_other_values_and_its_tables(given: DataInputs) -> None:
    page = BeautifulSoup(unit_page(given, "110000"), "lxml")
    row = page.find(id="fdi_cny_100m-2012")
    links = {a["href"]: a.get_text() for a in row.find_all("a")}
    assert links == {
        "../../archive/statistical_yearbook/2016/2016-10-01/f.csv": "f.csv",
        "../bi_2025.table-4.html#table-t04_baseline": "t04_baseline (3)",
    }
    assert "9.5 <b> 亿元 (commerce fdi 2014)" in row.get_text(), "escaped, and shown as printed"


def test_every_value_of_a_measure_leads_to_its_cell(given: DataInputs) -> None:
    page = BeautifulSoup(measure_page(given, "fdi_cny_100m"), "lxml")
    values = page.select("table.map td a")
    panel = given.release.panel["fdi_cny_100m"]
    assert len(values) == panel.notna().sum()
    for link in values:
        file, anchor = link["href"].split("#")
        unit = BeautifulSoup(unit_page(given, file[9:15]), "lxml")
        assert unit.find(id=anchor).td.get_text() == link.get_text()
    shown = page.select_one('a[href="province_110000.html#fdi_cny_100m-2012"]').get_text()
    assert float(shown.replace(",", "")) == pytest.approx(panel["110000", 2012], rel=1e-5)


def test_a_measure_is_named_as_its_source_prints_it(given: DataInputs) -> None:
    observed = given.release.observations
    fdi = observed["measure"] == "fdi_cny_100m"
    observed.loc[fdi, "indicator_label"] = "实际使用外商直接投资"
    for page in (index_page(given), measure_page(given, "fdi_cny_100m")):
        assert "实际使用外商直接投资" in page


def test_revisions_count_the_values_of_provinces_alone(given: DataInputs) -> None:
    """Two provinces go up by a tenth and a fifth; a national total, which no page of a cell has, by nine tenths."""
    one = given.revisions.iloc[0].to_dict()
    changes = {"110000": 0.1, "120000": -0.2, "000000": 0.9}
    rows = [one | {"province_code": p, "relative_difference": d} for p, d in changes.items()]
    page = measure_page(replace(given, revisions=pd.DataFrame(rows)), "fdi_cny_100m")
    part = BeautifulSoup(page.replace("\N{NO-BREAK SPACE}", ""), "lxml").select_one(
        "#part-revisions"
    )
    counted, largest = (
        [
            [cell.get_text() for cell in row.find_all(["th", "td"])]
            for row in table.tbody.find_all("tr")
        ]
        for table in part.select("table")
    )
    assert counted == [["2014 to 2016", "2", "15.00%", "20.00%"]]
    assert [row[-1] for row in largest] == ["-20.00%", "+10.00%"]


def test_downloads_hold_the_panels_values(given: DataInputs) -> None:
    made = {name: make() for name, _, make in data_pages(given)}
    wanted = given.release.panel["fdi_cny_100m"].to_numpy()
    csv = pd.read_csv(io.BytesIO(made["measure_fdi_cny_100m.csv"]), dtype={"province_code": str})
    stata = pd.read_stata(io.BytesIO(made["measure_fdi_cny_100m.dta"]), convert_categoricals=False)
    assert csv["value"].to_numpy() == pytest.approx(wanted, rel=1e-12)
    assert stata["value"].to_numpy() == pytest.approx(wanted, rel=1e-12)
    assert (
        stata["province_code"].dtype.kind == "i"
        and not stata.duplicated(["province_code", "year"]).any()
    )
    labels = pd.io.stata.StataReader(io.BytesIO(made["measure_fdi_cny_100m.dta"])).value_labels()
    assert labels["province_code"][110000] == given.units.loc["110000", "province"]


def test_identity_changes_with_the_cell_and_with_nothing_else(given: DataInputs) -> None:
    before = {name: identity for name, identity, _ in data_pages(given)}
    assert before == {name: identity for name, identity, _ in data_pages(given)}
    other = given.release.observations.copy()
    cell = (
        (other["measure"] == "fdi_cny_100m")
        & (other["province_code"] == "110000")
        & (other["year"] == 2012)
    )
    other.loc[cell, "value"] += 1
    changed = replace(given.release, observations=other)
    fields = {k: v for k, v in vars(given).items() if k in DataInputs.__dataclass_fields__}
    after = {
        name: identity
        for name, identity, _ in data_pages(DataInputs(**(fields | {"release": changed})))
    }
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {
        "index.html",
        "province_110000.html",
        *(n for n in before if "_fdi_cny_100m." in n),
    }


def test_every_measure_of_the_project_has_a_short_unit_and_a_description() -> None:
    measures = pd.read_csv("dbt_project/seeds/measures.csv")
    assert measures["description"].str.len().min() >= 20
    short = measures["unit"].map(lambda unit: SHORT_UNITS.get(unit, unit))
    assert short.str.len().max() <= 13


@pytest.mark.parametrize("name", catalog.names())
def test_every_source_fills_the_fields_of_an_origin(name: str) -> None:
    source = catalog.source(name)
    assert source.address.startswith("http") and len(source.licence) > 10
    assert source.producer and all(source.editions.values())


def test_required_fields_are_filled_and_an_empty_one_is_named(given: DataInputs) -> None:
    found = indicator_metadata(given.release, "fdi_cny_100m", given.sources)
    assert missing_fields(found) == []
    assert json.dumps(found)
    for name in REQUIRED:
        assert missing_fields(found | {name: ""}) == [name]
    origin = {**found["origins"][0], "license": ""}
    assert missing_fields(found | {"origins": [origin]}) == ["origins.0.license"]
    assert missing_fields(found | {"processing_level": "major", "description_processing": ""}) == [
        "description_processing"
    ]


def test_the_report_of_an_accepted_state_keeps_its_address_and_its_links(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    file = settings.warehouse / "r1-c1.duckdb"
    for name, text in {
        "artifacts/t/table.html": "t",
        "archive/f.csv": "f",
        "warehouse/r1-c1.duckdb": "",
    }.items():
        (settings.root / name).parent.mkdir(parents=True, exist_ok=True)
        (settings.root / name).write_text(text)
    page = b'<a href="data/cell.html">c</a><a href="../artifacts/t/table.html">t</a>'
    cell = b'<a href="../index.html">i</a><a href="../../archive/f.csv">f</a>'
    pages = {"report/index.html": page, "report/data/cell.html": cell}
    published.point(settings, file, pages)
    accept_entries(settings, "a look", [{"table_id": "t", "artifact_id": "a", "release_id": "r"}])
    kept = report_folder(settings)
    published.point(settings, file, {"report/index.html": b"later"})
    assert (settings.root / "report" / "index.html").read_bytes() == b"later"
    assert kept == settings.root / "accepted" / "r1-c1"
    for name in ("index.html", "data/cell.html"):
        links = BeautifulSoup((kept / name).read_bytes(), "lxml").find_all("a")
        assert [
            a["href"] for a in links if not ((kept / name).parent / a["href"]).resolve().is_file()
        ] == []


def test_a_measure_was_last_obtained_with_its_newest_vintage(given: DataInputs) -> None:
    observed = given.release.observations
    years = observed["year"].astype(int)
    observed["vintage"] = [f"{max(2012, year)}-03-01" for year in years]
    page = BeautifulSoup(measure_page(given, "fdi_cny_100m"), "lxml")
    shown = {
        term.get_text(): term.find_next("dd").get_text() for term in page.select("dl.about dt")
    }
    assert shown["Last obtained"] == "2015-03-01"


def test_the_index_leads_to_the_documentation_of_columns_where_it_was_made(
    given: DataInputs,
) -> None:
    made = {name: (identity, make) for name, identity, make in data_pages(given)}
    documented = replace(given, columns="../../build/docs/index.html")
    after = {name: (identity, make) for name, identity, make in data_pages(documented)}
    assert {n for n in made if made[n][0] != after[n][0]} == {"index.html"}
    links = [a["href"] for a in BeautifulSoup(after["index.html"][1](), "lxml").find_all("a")]
    assert "../../build/docs/index.html" in links
    assert "../../build/docs/index.html" not in made["index.html"][1]()
