"""The pages in a real browser: no request leaves them, none scrolls sideways, both schemes are readable."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from living_panel.estimation.findings.declared import Slope
from living_panel.estimation.report import LIBRARY, build_pages
from living_panel.estimation.tables.result import Picture
from tests.unit.report_fixture import audit, baseline, inputs

pytestmark = pytest.mark.browser
WIDTHS = (320, 390, 1024, 1600)
FINDINGS, TABLE, DATA = "", ".table-4", ".data"
PAGES = (FINDINGS, TABLE, DATA)
# relative luminance and contrast as WCAG 2.2 defines them
CONTRAST = """() => {
  const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return n.length < 4 || n[3] > 0 ? n.slice(0, 3) : null; };
  const light = rgb => { const v = rgb.map(x => { x /= 255; return x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; });
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (c.startsWith('rgb')) { const p = parse(c); if (p) return p; } else return null; } return null; };
  const poor = [];
  for (const e of document.querySelectorAll('p, li, td, th, a, summary, dt, dd, h1, h2, h3, figcaption, caption, code, span, b')) {
    if (!e.textContent.trim() || !e.checkVisibility()) continue;
    const back = ground(e); if (!back) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(back)];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push([e.tagName, e.className, e.textContent.slice(0, 30), ratio]);
  }
  return poor;
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("page")
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
    tables = (baseline((Picture("leverage", "Leverage", Figure((0.1, 0.1))),)), audit())
    given = inputs(root, *tables, declared=[declared])
    folder = root / "report"
    folder.mkdir(exist_ok=True)
    for name, html in build_pages(given).items():
        (folder / name).write_text(html, encoding="utf-8")
    shutil.copy(LIBRARY, folder)
    return folder


@pytest.fixture
def open_page(browser, home: Path):
    """Opens a page at a width and scheme, offline, everything unfolded; gives it and what it asked for."""
    contexts = []

    def opened(width: int, name: str, scheme: str = "light"):
        file = home / f"bi_2025{name}.html"
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: asked.append(f"error {error}"))
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('main details').forEach(d => d.open = true)")
        return page, asked

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways(open_page, width: int, name: str) -> None:
    page, _ = open_page(width, name)
    wide = page.evaluate(
        "() => [document.documentElement.scrollWidth, [...document.querySelectorAll('body *')]"
        ".filter(e => e.checkVisibility() && !e.closest('.scroll, figure.wide, .skip, svg')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))]"
    )
    assert wide[0] <= width, wide
    assert wide[1] == []


def test_wide_tables_scroll_inside_their_own_region_by_keyboard(open_page) -> None:
    page, _ = open_page(390, TABLE)
    region = page.locator(".scroll").filter(has_text="printed and ours").first
    assert region.evaluate("e => e.scrollWidth > e.clientWidth")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_nothing_is_requested_but_the_page_and_its_chart_library(open_page, home: Path) -> None:
    page, asked = open_page(1024, DATA)
    page.locator(".chart").first.scroll_into_view_if_needed()
    page.wait_for_selector(".chart.drawn")
    wanted = [(home / name).as_uri() for name in ("bi_2025.data.html", LIBRARY.name)]
    assert [a for a in asked if not a.startswith("data:")] == wanted


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_first_finding_is_on_the_first_screen(open_page, size: tuple[int, int]) -> None:
    page, _ = open_page(size[0], FINDINGS)
    box = page.locator(".finding .states").first.bounding_box()
    assert box["y"] + box["height"] < size[1] / 2
    assert "0.11" in page.locator(".finding .states").first.inner_text()


def test_a_chart_tells_the_value_under_the_pointer_with_its_source(open_page) -> None:
    page, _ = open_page(1280, DATA)
    chart = page.locator(".chart").first
    chart.scroll_into_view_if_needed()
    page.wait_for_selector(".chart.drawn .live svg")
    chart.locator(".live").hover()
    read = page.locator(".chart + .read").first.inner_text()
    assert re.fullmatch(
        r"\S.*, 201\d: [\d.,]+ \(100 million yuan; statistical yearbook 2016, official\)", read
    )


def test_a_live_chart_has_gaps_where_values_are_missing(open_page, home: Path) -> None:
    """One unit lacks 2012, a second one 2014: the median of their region of three lacks both years."""
    text = (home / "bi_2025.data.html").read_text(encoding="utf-8")
    script = re.search(
        r'(<script type="application/json" id="chart-data"[^>]*>)(.*?)</script>', text
    )
    data = json.loads(script[2])
    measure = next(iter(data["measures"].values()))
    measure["values"][0][2] = measure["values"][1][4] = None
    changed = text.replace(script[2], json.dumps(data))
    (home / "bi_2025.gaps.html").write_text(changed, encoding="utf-8")
    page, asked = open_page(1280, ".gaps")
    chart = page.locator(".chart").first
    chart.scroll_into_view_if_needed()
    page.wait_for_selector(".chart.drawn .live svg")
    lines = chart.locator(".live .mark-line path").evaluate_all(
        "all => all.map(e => e.getAttribute('d'))"
    )
    pieces = sorted(line.count("M") for line in lines)
    assert pieces == [1, 1, 1, 2, 2, 3], "four units, the medians of two regions"
    titles = chart.locator(".live .role-axis-title text").all_text_contents()
    assert sorted(titles) == sorted([data["along"], measure["unit"]])
    assert not [a for a in asked if a.startswith("error")]


def test_a_unit_that_is_looked_up_is_highlighted_in_every_chart(open_page) -> None:
    page, _ = open_page(1280, DATA)
    page.locator(".find").scroll_into_view_if_needed()
    page.wait_for_selector(".chart.drawn .live svg")
    name = page.locator("#unit-names option").nth(1).get_attribute("value")
    page.fill("#unit", name)
    read = page.locator(".chart.drawn + .read").all_inner_texts()
    assert read and all(text.startswith(f"{name}, 2015: ") for text in read)
    wide = "[...document.querySelectorAll('.live path')].filter(p => p.getAttribute('stroke-width') === '2.8').length"
    assert page.evaluate(wide) == len(read)
    page.fill("#unit", "")
    assert page.evaluate(wide) == 0


def test_print_shows_the_static_plot_and_cuts_no_column(open_page) -> None:
    page, _ = open_page(1024, DATA)
    page.locator(".find").scroll_into_view_if_needed()
    page.wait_for_selector(".chart.drawn .live svg")
    page.set_viewport_size({"width": 688, "height": 972})  # A4 within margins of 14 mm
    page.emulate_media(media="print")
    chart = page.locator(".chart.drawn").first
    assert chart.locator("svg.plot").is_visible() and not chart.locator(".live").is_visible()
    cut = page.evaluate(
        "[...document.querySelectorAll('main table')].filter(t => t.getBoundingClientRect().right > innerWidth).length"
    )
    assert cut == 0


def test_charts_stay_static_where_the_library_is_missing(open_page, home: Path) -> None:
    library = home / LIBRARY.name
    away = library.rename(library.with_suffix(".away"))
    try:
        page, _ = open_page(1280, DATA)
        page.locator(".chart").first.scroll_into_view_if_needed()
        page.wait_for_selector("html.static")
        assert page.locator(".chart svg.plot").first.is_visible()
    finally:
        away.rename(library)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_everything_unfolded(open_page, scheme: str, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page, _ = open_page(1280, name, scheme)
    if name == DATA:
        page.locator(".find").scroll_into_view_if_needed()
        page.wait_for_selector(".chart.drawn .live svg")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], len(v["nodes"]), v["nodes"][0]["html"]) for v in found] == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(open_page, scheme: str, name: str) -> None:
    page, _ = open_page(1024, name, scheme)
    assert page.evaluate(CONTRAST) == []


def test_plots_change_their_paint_with_the_scheme(open_page) -> None:
    paints = []
    for scheme in ("light", "dark"):
        page, _ = open_page(1024, DATA, scheme)
        paints.append(
            page.evaluate(
                "() => [getComputedStyle(document.body).backgroundColor, ...[...document.querySelectorAll("
                "'svg.plot path')].slice(0, 40).map(e => getComputedStyle(e).stroke)]"
            )
        )
    assert paints[0][0] != paints[1][0]
    assert set(paints[0][1:]) - {"none"} and set(paints[0][1:]).isdisjoint(
        set(paints[1][1:]) - {"none"}
    )


def test_a_number_leads_to_its_lineage_and_on_to_the_artifact(open_page) -> None:
    page, _ = open_page(1024, TABLE)
    page.locator("#table-t04_baseline td a.n").first.click()
    assert page.url.endswith("#lineage-t04-baseline")
    page.locator("#lineage-t04-baseline a", has_text="its own page").click()
    assert page.url.endswith("/table.html")
    assert "0.110**" in page.content()


@pytest.mark.parametrize(("name", "is_live"), [(TABLE, False), (DATA, True)])
def test_a_chart_is_a_file_of_each_kind(
    open_page, tmp_path: Path, name: str, is_live: bool
) -> None:
    page, _ = open_page(1280, name, "dark")
    figure = page.locator("figure:has(.chart)" if is_live else "figure[data-csv]").first
    files = {}
    for end in ("SVG", "PNG", "CSV"):
        with page.expect_download() as download:
            figure.locator("button", has_text=end).click()
        files[end] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[end])
    title = figure.locator("b").inner_text()
    svg = ElementTree.parse(files["SVG"]).getroot()
    texts = [e.text for e in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == title and "var(" not in files["SVG"].read_text()
    with Image.open(files["PNG"]) as image:
        assert image.width > 800 and len(image.convert("RGB").getcolors(10**6) or []) > 5
    values = pd.read_csv(files["CSV"])
    if is_live:
        assert list(values.columns) == ["code", "unit", "period", "value", "source"]
        assert values["value"].notna().all() and len(values) > 4
    else:
        assert values.loc[0, ["model", "printed_estimate", "estimate"]].tolist() == [
            "Model(1)",
            0.452,
            0.11,
        ]
