"""The yearbook of 2027, made from the newest one, finished in the UI alone: clicks, words, confirmations are counted.

The start page shows what waits. Each of its links opens a launchpad that is filled in. A person reads it, types what
only a person knows, and presses *Launch*.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from tests.conftest import clone_checkout
from tests.e2e.served import Server, free_port, serving, stop, wait
from tests.fixtures import next_yearbook, small_root
from tests.fixtures.next_yearbook import SOURCE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]
MOST_CONFIRMATIONS = 5
START = """
import sys, time
from functools import partial
from living_panel.orchestration.assets.report_server import serve_report
from living_panel.orchestration.commands.start_page import start_page
from living_panel.orchestration.root.settings import load_settings
settings = load_settings()
assert serve_report(settings.root, int(sys.argv[1]), partial(start_page, settings, int(sys.argv[2])))
time.sleep(3600)
"""


def own_environment(checkout: Path, root: Path) -> dict[str, str]:
    return small_root.environment(root) | {"PYTHONPATH": str(checkout)}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose catalog, seeds and layouts the jobs may change."""
    folder = tmp_path_factory.mktemp("yearbook") / "checkout"
    clone_checkout(folder)
    return folder


@pytest.fixture(scope="module")
def server(
    checkout: Path, refreshed_small: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("yearbook-root") / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    next_yearbook.first_edition(root, 2026)
    next_yearbook.next_edition(root, 2027)
    with serving(checkout, root, **own_environment(checkout, root)) as running:
        yield running


@contextmanager
def start_pages(checkout: Path, server: Server) -> Iterator[str]:
    """The start page, served as `make dev` serves it, at a free port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(port), str(server.port)], cwd=checkout,
        env=own_environment(checkout, server.root), stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        stop(process)


@dataclass
class Person:
    """Somebody at the start page, who reads, types and presses; all is counted."""

    page: object
    server: Server
    start: str
    clicks: int = 0
    typed: list[str] = field(default_factory=list)
    launched: list[str] = field(default_factory=list)

    def open_start(self) -> str:
        """Text of the start page."""

        def shown() -> bool:
            try:
                self.page.goto(self.start)
            except Exception as error:
                if "ERR_CONNECTION_REFUSED" not in str(error):
                    raise
                return False
            return True

        wait(shown, "the start page", 120)
        return self.page.locator("main").inner_text()

    def click(self, place) -> None:
        place.click()
        self.clicks += 1

    def type_at(self, name: str, text: str) -> None:
        """Put the cursor between the quotes of an empty answer, and type."""
        self.page.locator(".CodeMirror").first.wait_for()
        self.page.evaluate(
            """name => {
                const editor = document.querySelector(".CodeMirror").CodeMirror;
                const lines = editor.getValue().split("\\n");
                const line = lines.findIndex(text => text.includes(name + ":"));
                editor.focus();
                editor.setCursor({line, ch: lines[line].indexOf("''") + 1});
            }""",
            name,
        )
        self.clicks += 1
        self.page.keyboard.type(text)
        self.typed.append(text)

    def launch(self, job: str, index: int = 0, **typed: str) -> str:
        """Follow the first link to this job's filled-in launchpad, type, press *Launch Run*, and wait."""
        self.open_start()
        before = {run["runId"] for run in self.server.runs()}
        self.click(self.page.locator(f"a:has-text('{job}, filled in')").nth(index))
        button = self.page.get_by_role("button", name="Launch Run")
        button.wait_for()
        for name, text in typed.items():
            self.type_at(name, text)
        self.click(button)
        return self._ended(job, before)

    def refresh(self) -> str:
        """Start the refresh of all editions, as the start page says."""
        self.open_start()
        before = {run["runId"] for run in self.server.runs()}
        self.click(self.page.locator("h2 + ul a:text-is('refresh')").first)
        self.click(self.page.get_by_role("button", name="Materialize all"))
        self.click(self.page.get_by_role("button", name="All", exact=True))
        self.click(self.page.get_by_role("button", name="Launch"))
        return self._ended("refresh", before)

    def reload(self) -> None:
        """Reload the definitions, as the start page says after a new edition."""
        assert "was listed since the UI began" in self.open_start()
        self.click(self.page.get_by_role("link", name="Deployment"))
        self.click(self.page.get_by_role("button", name="Reload").first)

    def _ended(self, job: str, before: set[str]) -> str:
        self.launched.append(job)

        def started() -> list[dict[str, object]]:
            return [run for run in self.server.runs() if run["runId"] not in before]

        wait(started, "the run", 300)
        self.page.goto("about:blank")
        wait(lambda: all(run["endTime"] for run in started()), "its end", 600)
        (run,) = started()
        return str(run["status"])


def test_the_next_yearbook_is_finished_in_the_ui_alone(checkout: Path, server: Server) -> None:
    from tools.browser import open_browser

    with start_pages(checkout, server) as start, open_browser() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(120_000)
        person = Person(page, server, start)
        assert f"{SOURCE}/2027 is no edition" in person.open_start()
        assert person.launch("add_edition") == "SUCCESS"
        person.reload()
        shown = person.open_start()
        assert "千万元" in shown and "出口额合计" in shown and "附加指标" in shown
        assert person.launch("teach") == "SUCCESS"
        assert person.launch("teach") == "SUCCESS"
        shown = person.open_start()
        assert "3 files of" in shown and "西藏" in shown and "obtained_by, doubts" in shown
        origin = "bought in the shop, tables 3-9 and 11-8"
        assert person.launch("receipt", obtained_by=origin, doubts="yes") == "SUCCESS"
        assert person.refresh() == "SUCCESS"
        assert "There is nothing to do" in person.open_start()
    print(
        f"\n{person.clicks} clicks, {len(person.typed)} typed, {len(person.launched)} confirmations"
    )
    assert person.launched == ["add_edition", "teach", "teach", "receipt", "refresh"]
    assert len(person.launched) <= MOST_CONFIRMATIONS and len(person.typed) == 2
    assert person.clicks <= 20
    with duckdb.connect(str(server.root / "warehouse.duckdb"), read_only=True) as connection:
        values = connection.execute(
            "select count(*), min(value) from marts.observations "
            "where measure = 'gdp_cny_100m' and year = 2026"
        ).fetchone()
    assert values == (31, pytest.approx(next_yearbook.value("gdp", 0, 2026, 800), abs=1e-6))
    seed = (checkout / "dbt_project" / "seeds" / "expected_coverage.csv").read_text("utf-8")
    assert f"official,{SOURCE},2027,经营单位所在地出口总额,千美元,province,2026,2026,540000" in seed
    assert not list(server.root.glob(f"landing/{SOURCE}/*/*"))
