"""Data pages in a real browser: from a table's number to a cell and to its bytes, and accessibility."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from living_panel.estimation.report import LIBRARY, DataInputs, build_pages, data_pages
from living_panel.ingestion.provenance import catalog
from tests.unit.report_fixture import audit, baseline, inputs

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pages")
    given = inputs(root, baseline(), audit())
    observed = given.release.observations
    observed["location"], observed["file"] = "row 7", "f.csv"
    given.release.indicators["description"] = "Values of a test."
    file = root / "archive" / "statistical_yearbook" / "2016" / "2016-10-01" / "f.csv"
    file.parent.mkdir(parents=True)
    file.write_text("the bytes")
    key = ["measure", "province_code", "year"]
    cells = observed[key]
    inputs_of_data = DataInputs(
        release=given.release,
        prints=pd.DataFrame(
            columns=[*key, "source", "edition", "unit", "value_printed", "is_winner"]
        ),
        revisions=pd.DataFrame(columns=[*key, "edition_from", "edition_to", "relative_difference"]),
        used=cells.assign(table_id="t04_baseline", models=1),
        tables={"t04_baseline": ("Table 4", "bi_2025.table-4.html")},
        sources={name: catalog.source(name) for name in catalog.names()},
        archive=root / "archive",
        link=lambda path: f"../../{path.relative_to(root).as_posix()}",
    )
    home = root / "report"
    (home / "data").mkdir(parents=True)
    for name, html in build_pages(given).items():
        (home / name).write_text(html, encoding="utf-8")
    shutil.copy(LIBRARY, home)
    for name, _, make in data_pages(inputs_of_data):
        made = make()
        (home / "data" / name).write_bytes(made if isinstance(made, bytes) else made.encode())
    return home


def test_three_clicks_lead_from_a_number_to_its_cell_and_one_to_its_bytes(
    browser, home: Path
) -> None:
    page = browser.new_page()
    page.goto((home / "bi_2025.table-4.html").as_uri() + "#table-t04_baseline")
    page.locator("#table-t04_baseline td a.n").first.click()
    page.locator("#lineage-t04-baseline a[href^='data/measure_fdi']").click()
    page.locator("table.map a[href='province_110000.html#fdi_cny_100m-2012']").click()
    row = page.locator("#fdi_cny_100m-2012")
    assert row.is_visible() and page.url.endswith("province_110000.html#fdi_cny_100m-2012")
    back = row.locator("a", has_text="t04_baseline").get_attribute("href")
    assert back == "../bi_2025.table-4.html#table-t04_baseline"
    bytes_of = row.locator("a", has_text="f.csv").get_attribute("href")
    assert (home / "data" / bytes_of).resolve().read_text() == "the bytes"
    row.locator("a", has_text="t04_baseline").click()
    assert page.locator("#table-t04_baseline table").first.is_visible()
    page.close()


@pytest.mark.parametrize("name", ["index", "measure_fdi_cny_100m", "province_110000"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_data_page(browser, home: Path, name: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto((home / "data" / f"{name}.html").as_uri())
    if name.startswith("measure"):
        page.locator(".chart").scroll_into_view_if_needed()
        page.wait_for_selector(".chart.drawn .live svg")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_metadata_is_beside_every_measure(home: Path) -> None:
    files = list((home / "data").glob("measure_*.metadata.json"))
    assert files and all(json.loads(file.read_text())["title"] for file in files)


@pytest.mark.parametrize("name", ["index", "measure_fdi_cny_100m", "province_110000"])
def test_print_cuts_no_column_of_a_data_page(browser, home: Path, name: str) -> None:
    page = browser.new_page(viewport={"width": 688, "height": 972})  # A4 within margins of 14 mm
    page.goto((home / "data" / f"{name}.html").as_uri())
    page.emulate_media(media="print")
    right = "[...document.querySelectorAll('main table')].map(t => t.getBoundingClientRect().right)"
    assert max(page.evaluate(right)) <= 688
    page.close()
