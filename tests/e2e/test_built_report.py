"""The report and the site of a whole run: links, three clicks to a source, sizes, words, axe with all opened."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import duckdb
import pytest
from bs4 import BeautifulSoup

from living_panel.estimation.findings.declared import FILE as FINDINGS
from living_panel.estimation.findings.declared import load_findings
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.report import LIBRARY
from living_panel.orchestration.commands.site import write_site
from living_panel.orchestration.root.settings import Settings
from tools import draw_pictures, user_texts
from tools.check_writing import CODES, RULES, find_places

ADDRESS = re.compile(r'\s(?:href|src|data-library)="([^"]*)"')
NAME = re.compile(r'\sid="([^"]+)"')
LARGEST = 2_000_000  # bytes of a page with its chart library
ALIKE = 2  # rows of one form that axe reads in a table
OPEN = f"""() => {{
  document.querySelectorAll('details').forEach(d => d.open = true);
  const form = e => [e.tagName, e.getAttribute('style'), ...e.getAttributeNames(), ...e.classList];
  document.querySelectorAll('tbody').forEach(body => {{
    const read = {{}};
    [...body.rows].forEach(row => {{
      const like = [row, ...row.querySelectorAll('*')].flatMap(form).join(' ');
      read[like] = (read[like] ?? 0) + 1;
      if (read[like] > {ALIKE}) row.remove();
    }});
  }});
}}"""


@pytest.fixture(scope="module")
def report(checkout: Path) -> Path:
    return checkout / "data" / "report"


@cache
def names_in(page: Path) -> frozenset[str]:
    return frozenset(NAME.findall(page.read_text(encoding="utf-8")))


def broken_links(folder: Path) -> list[tuple[str, str]]:
    """Addresses on the pages of a folder that name no file, or no place on their page."""
    broken = set()
    for page in folder.rglob("*.html"):
        for address in set(ADDRESS.findall(page.read_text(encoding="utf-8"))):
            parts = urlsplit(address.replace("&amp;", "&"))
            if parts.scheme:
                continue
            # as a browser does: `..` of the address, whatever folder is a link
            path = os.path.normpath(page.parent / unquote(parts.path))
            target = Path(path) if parts.path else page
            lost = parts.fragment and target.suffix == ".html" and target.is_file()
            if not target.exists() or (lost and parts.fragment not in names_in(target)):
                broken.add((page.name, address))
    return sorted(broken)


def test_a_link_without_a_target_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text('<p id="there">')
    links = ("b.html#there", "b.html", "#none", "b.html#none", "c.html", "https://example.org/")
    text = "".join(f'<a href="{link}">x</a>' for link in links)
    (tmp_path / "a.html").write_text(text)
    assert [link for _, link in broken_links(tmp_path)] == ["#none", "b.html#none", "c.html"]


def test_every_link_of_every_page_leads_somewhere(report: Path) -> None:
    pages = {page.name for page in report.rglob("*.html")}
    assert {"index.html", "bi_2025.html", "province_440000.html"} <= pages
    assert broken_links(report) == []


def test_each_declared_finding_is_a_row_in_sql_and_a_line_with_numbers_on_the_first_page(
    checkout: Path, report: Path
) -> None:
    declared = [
        (file.parent.name, finding.id)
        for file in PAPERS.glob(f"*/{FINDINGS}")
        for finding in load_findings(file.parent)
    ]
    with duckdb.connect(str(checkout / "data" / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("select paper, finding, state from results.findings").fetchall()
        followed = connection.execute(
            "select count(*) from results.findings f join results.current_coefficients c "
            "on f.table_id = c.table_id and f.model = c.model and f.term = c.term and f.estimate = c.estimate"
        ).fetchone()
    assert sorted((paper, finding) for paper, finding, _ in rows) == sorted(declared)
    assert {state for *_, state in rows} <= {"holds", "undecided", "does not hold"}
    assert followed[0] > len(declared) / 2, "the others are differences, counts and audits"
    index = BeautifulSoup((report / "index.html").read_text(encoding="utf-8"), "lxml")
    lines = index.select("ol.index li:not(.rest)")
    targets = sorted(line.a["href"] for line in lines)
    assert targets == sorted(f"{paper}.html#finding-{finding}" for paper, finding in declared)
    assert [line.a["href"] for line in lines if not line.b or not line.b.get_text()] == []


def test_pages_and_tables_follow_the_guide_and_name_things_in_words(report: Path) -> None:
    texts = [*user_texts.results(report.parent)]
    assert len(texts) > 1000
    rules = {**RULES, **CODES}
    assert [str(p) for name, text in texts for p in find_places(name, text, rules)] == []


def test_the_images_of_the_docs_show_what_the_report_shows(report: Path) -> None:
    stored = json.loads(draw_pictures.CONTENTS.read_text(encoding="utf-8"))
    shown = draw_pictures.content_digests(report)
    assert shown == stored, "`make docs` draws them anew"


def test_a_page_and_its_chart_library_are_small(report: Path) -> None:
    library = report / LIBRARY.name
    sizes = {p.name: p.stat().st_size + library.stat().st_size for p in report.rglob("*.html")}
    assert {name: size for name, size in sizes.items() if size >= LARGEST} == {}


HEIGHT = 8_000  # pixels of a page at a width of 1,280, as a reader opens it


@pytest.fixture(scope="module")
def site(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, moved after it was written."""
    place = tmp_path_factory.mktemp("site")
    write_site(Settings(checkout / "data", checkout / ".dagster"), place / "written")
    return (place / "written").rename(place / "moved elsewhere")


def test_a_moved_site_has_no_broken_link_and_leads_nowhere_else(site: Path) -> None:
    assert {"index.html", "search.js", "bi_2025.table-4.html"} <= {p.name for p in site.iterdir()}
    assert broken_links(site) == []
    pages = [page for page in site.rglob("*.html") if "files" not in page.relative_to(site).parts]
    for page in pages:
        for address in set(ADDRESS.findall(page.read_text(encoding="utf-8"))):
            if not urlsplit(address).scheme:
                place = Path(os.path.normpath(page.parent / unquote(urlsplit(address).path)))
                assert place.is_relative_to(site), (page.name, address)


def test_every_entry_of_the_search_leads_to_a_page(site: Path) -> None:
    text = (site / "search.js").read_text(encoding="utf-8")
    found = json.loads(text.removeprefix("const searchIndex=").removesuffix(";\n"))
    assert {kind for kind, *_ in found} == {
        "paper", "finding", "table", "printed number", "measure", "unit",
    }  # fmt: skip
    addresses = {address.partition("#")[0] for _, _, address, *_ in found}
    assert {address for address in addresses if not (site / address).is_file()} == set()


IDENTIFIERS = re.compile(
    r"\bheadline\.\w|\bdols_\d|\bstd_error\b|\bpaper_window\.|\bthree\.(?:East|West|Central)|\.(?:differences|levels)\."
    r"|\bx_[a-z_]+\b|\bt0\d_\w+|\b(?:n_obs|r_squared\w*|p_value|ci_low|ci_high|printed_p_value)\b"
    # any name with an underscore that is no part of an address or of a file's name; B_plmFunction is a document
    r"|(?<![\w./=#-])(?!B_plm|A_plm)[A-Za-z]\w*_\w+(?![\w/#-]|\.\w)"
    r"|\b(?:educ|exper|expersq|totchr|blhisp|linc|smsa(?:66)?|cigs|faminc|bwght|d8\d|y[78]\d|reg66\d|lwage|agesq)\b"
)


def test_an_identifier_is_found_and_a_file_name_is_none() -> None:
    text = "hi_empunion: 0.9; d88; fdi_cny_100m, customs_2019.csv, https://a.cn/c_1/list_2.shtml; FDI; Table 14.1"
    assert IDENTIFIERS.findall(text) == ["hi_empunion", "d88", "fdi_cny_100m"]


def test_no_identifier_of_a_spec_stands_outside_code_and_file_names(report: Path) -> None:
    found, pages = set(), [*report.rglob("*.html")]
    assert report / "index.html" in pages
    for page in pages:
        if page.name.startswith("province_") and page.name != "province_440000.html":
            continue  # they are alike
        soup = BeautifulSoup(page.read_bytes(), "lxml")
        for tag in soup(["code", "script", "style"]):
            tag.decompose()
        for named in IDENTIFIERS.finditer(soup.get_text(" ")):
            found.add((page.name, named[0]))
    assert sorted(found) == []


def test_every_chart_has_a_title_titled_axes_and_its_values(report: Path) -> None:
    wrong, charts = [], 0
    for page in report.rglob("*.html"):
        for figure in BeautifulSoup(page.read_bytes(), "lxml").select(
            "figure:has(svg.plot, .chart)"
        ):
            charts += 1
            title, plot = figure.find("b", recursive=False), figure.select_one("svg.plot")
            axes = [text.get_text(strip=True) for text in plot.select("text.title")] if plot else []
            is_titled = title is not None and title.get_text(strip=True)
            # without a static plot, the script titles the axes
            has_axes = plot is None or (len(axes) == 2 and all(axes))
            has_values = figure.get("data-csv") or figure.select_one(".chart[data-measure]")
            if not (is_titled and has_axes and has_values):
                wrong.append((page.name, title and title.get_text(), axes, bool(has_values)))
    assert charts > 100 and wrong == []


def test_every_image_of_a_chart_has_its_three_files(report: Path) -> None:
    """Of pages made now: artifacts up to 0.4.0 have no SVG."""
    taken = [
        [link.get_text() for link in figure.find_next_sibling("ul").select("a")]
        for page in report.rglob("*.html")
        for figure in BeautifulSoup(page.read_bytes(), "lxml").select("main figure:has(> img)")
    ]
    assert len(taken) >= 7 and {*map(tuple, taken)} == {("SVG", "PNG", "CSV")}


@pytest.mark.skipif(
    shutil.which("vnu") is None, reason="no vnu here: npm install vnu-jar, with Java"
)
def test_the_checker_of_html_finds_no_error(site: Path) -> None:
    alike = {page for page in site.glob("data/province_*.html") if page.stem != "province_440000"}
    pages = [str(page) for page in site.rglob("*.html") if page not in alike]
    done = subprocess.run(
        ["vnu", "--errors-only", *pages], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr[:2000]) == (0, "")


@pytest.mark.browser
def test_three_clicks_lead_from_the_front_page_to_a_number_and_its_source(
    browser, site: Path
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto((site / "index.html").as_uri())
    page.locator(".index a", has_text="Foreign direct investment raises exports.").first.click()
    page.locator(".contents a", has_text=re.compile("^Table 4$")).click()
    table = page.locator("table.beside")
    column = table.locator("thead th").all_inner_texts().index("Model(7)")
    rows = table.locator("tbody").first.locator("tr")
    assert rows.nth(0).locator("td").nth(column - 2).inner_text().startswith("0.310***")
    ours = rows.nth(1).locator("td").nth(column - 2).locator("a")
    assert ours.is_visible() and re.match(r"0\.\d{3}", ours.inner_text())
    ours.click()
    source = page.locator("#lineage-t04-baseline a", has_text="commerce_fdi_2021.csv")
    assert source.is_visible()
    bytes_of = source.get_attribute("href")
    assert (site / unquote(bytes_of)).is_file() and bytes_of.startswith("files/archive/")
    page.close()


@pytest.mark.browser
def test_the_search_finds_a_printed_number_from_disk(browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.fill("#seek", "0.310 FDI table 4")
    first = page.locator(".seek li a").first
    assert first.inner_text().startswith("0.310 0.0551: Table 4")
    first.click()
    assert page.url.endswith("/bi_2025.table-4.html")
    page.close()


@pytest.mark.browser
def test_no_table_is_cut_at_1440_pixels(browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    cut = {}
    for file in report.glob("*.html"):
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        wide = "list => list.filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel)"
        names = page.locator(".scroll").evaluate_all(wide)
        cut |= {file.name: names} if names else {}
    assert cut == {}
    page.close()


@pytest.mark.browser
def test_no_page_is_higher_than_a_reader_scrolls(browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    high = {}
    for file in report.rglob("*.html"):
        page.goto(file.as_uri())
        height = page.evaluate("document.documentElement.scrollHeight")
        high |= {file.name: height} if height > HEIGHT else {}
    assert high == {}
    page.close()


@pytest.mark.browser
def test_print_holds_every_table(browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": 688, "height": 972})  # A4 within margins of 14 mm
    for name in ("bi_2025.table-4", "bi_2025.audit", "data/province_440000"):
        page.goto((report / f"{name}.html").as_uri())
        page.emulate_media(media="print")
        folded = page.locator("main details:not([open])").count()
        hidden = (
            "[...document.querySelectorAll('main table')].filter(t => !t.checkVisibility()).length"
        )
        assert folded and page.evaluate(hidden) == 0, name
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name",
    [
        "index", "bi_2025", "bi_2025.table-4", "bi_2025.audit", "bi_2025.changes", "bi_2025.data",
        "munnell_1990.numbers", "munnell_1990.table-productivity", "data/index",
        "data/measure_fdi_cny_100m", "data/province_440000",
    ],
)  # fmt: skip
def test_axe_finds_nothing_on_a_built_page(browser, report: Path, name: str, scheme: str) -> None:
    assert violations(browser, report / f"{name}.html", color_scheme=scheme) == []


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "bi_2025.table-4", "data/measure_fdi_cny_100m"])
def test_axe_finds_nothing_on_a_phone(browser, report: Path, name: str) -> None:
    phone = {"width": 390, "height": 844}
    assert violations(browser, report / f"{name}.html", viewport=phone) == []


def violations(browser, file: Path, **look) -> list[tuple[str, int, str]]:
    """What axe finds on a page with everything opened: rule, number of places, the first of them."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(**look)
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto(file.as_uri())
    page.evaluate(OPEN)
    if page.locator(".chart").count():
        page.locator(".chart").first.scroll_into_view_if_needed()
        page.wait_for_selector(".chart.drawn .live svg")
    found = Axe().run(page).response["violations"]
    context.close()
    return [(v["id"], len(v["nodes"]), v["nodes"][0]["html"]) for v in found]
