"""The report of a whole run: links that lead somewhere, pages that are small, axe with everything opened."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

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


def test_pages_and_tables_follow_the_guide_and_name_things_in_words(report: Path) -> None:
    texts = [*user_texts.results(report.parent)]
    assert len(texts) > 1000
    rules = {**RULES, **CODES}
    assert [str(p) for name, text in texts for p in find_places(name, text, rules)] == []


def test_the_images_of_the_docs_show_what_the_report_shows(report: Path) -> None:
    stored = json.loads(draw_pictures.CONTENTS.read_text(encoding="utf-8"))
    assert draw_pictures.content_digests(report) == stored, "`make docs` draws them anew"


def test_a_page_and_its_chart_library_are_small(report: Path) -> None:
    (library,) = report.glob("*.js")
    sizes = {p.name: p.stat().st_size + library.stat().st_size for p in report.rglob("*.html")}
    assert {name: size for name, size in sizes.items() if size >= LARGEST} == {}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name",
    ["index", "bi_2025", "munnell_1990", "data/index", "data/measure_fdi_cny_100m", "data/province_440000"],
)  # fmt: skip
def test_axe_finds_nothing_on_a_built_page(browser, report: Path, name: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.goto((report / f"{name}.html").as_uri())
    page.evaluate(OPEN)
    if page.locator(".chart").count():
        page.locator(".chart").first.scroll_into_view_if_needed()
        page.wait_for_selector(".chart.drawn .live svg")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], len(v["nodes"]), v["nodes"][0]["html"]) for v in found] == []
    context.close()
