"""The documentation is built as a site: every page is in its contents, and no reference leads nowhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tools.browser import open_browser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    done = subprocess.run(
        [*command, "-d", str(folder.parent / "parse"), str(REPOSITORY / "docs"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_every_page_is_there_and_found_by_search(site: Path) -> None:
    pages = {path.stem for path in (REPOSITORY / "docs").glob("*.md")} - {"writing"}
    pages.add("notebook")
    assert pages <= {path.stem for path in site.glob("*.html")}
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert "westerlund" in index and "tutorial" in index
    assert '"LP-WITHDRAWN":[[' in index, "a code is found by its name"
    assert 'id="lp-archive-005"' in (site / "errors" / "archive.html").read_text(encoding="utf-8")


@pytest.mark.browser
def test_the_search_for_a_code_shows_its_section_first(site: Path) -> None:
    first = {
        "LP-SPEC-UNKNOWN-KEY": "errors/spec.html#lp-spec-unknown-key",
        "lp-archive-006": "errors/archive.html",
    }
    with open_browser() as browser:
        page = browser.new_page()
        for code, target in first.items():
            page.goto(f"{(site / 'search.html').as_uri()}?q={code}")
            page.locator("#search-results p.search-summary", has_text="finished").wait_for()
            assert page.locator("#search-results li a").first.get_attribute("href") == target


def test_each_estimator_has_its_parameters(site: Path) -> None:
    text = (site / "api.html").read_text(encoding="utf-8")
    for name in ("two_way", "ips", "cips", "pedroni", "westerlund", "fmols", "dols", "run_curve"):
        heads = re.findall(rf'<dt class="sig[^>]*id="[\w.]*\.{name}">', text)
        parts = [text[text.index(head) :].split('<dt class="sig', 2)[1] for head in heads]
        assert parts and all("Parameters" in part for part in parts), name


def test_the_site_asks_nothing_of_another_host(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?://[^"]*"', text), page
