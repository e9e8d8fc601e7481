"""The UI in a real browser: the graph, a refresh started and watched, a table read, a failure mended.

Screenshots go to the folder in LIVING_PANEL_SCREENSHOTS, if it is set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from living_panel.orchestration.automation.progress import STAGES
from tests.e2e.served import Server, serving, wait
from tests.integration.roots import command, copy_root, drop, figures
from tools.browser import open_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class BrowserWindow:
    """A browser's page on the server, and every address it asked for."""

    page: object
    server: Server
    asked: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.server.address + path)

    def shows(self, text: str, seconds: float = 90) -> None:
        """Wait until a label is to be seen that says this and nothing else."""
        self.page.get_by_text(text, exact=True).first.wait_for(timeout=seconds * 1000)

    def markdown(self, text: str, name: str) -> str:
        """Text of the first Markdown of the page, once it contains this text; takes a screenshot."""
        self.page.get_by_text("[Show Markdown]").first.click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_text(text).first.wait_for()
        self.picture(name)
        said = dialog.inner_text()
        self.page.keyboard.press("Escape")
        return said

    def picture(self, name: str) -> None:
        if folder := os.environ.get("LIVING_PANEL_SCREENSHOTS"):
            self.page.wait_for_timeout(1500)
            self.page.screenshot(path=Path(folder) / f"{name}.png")

    def refresh(self) -> str:
        """Start the refresh of all editions from the job's page, and watch its run to the end."""
        before = {run["runId"] for run in self.server.runs()}
        self.open("/locations/living_panel.orchestration.definitions/jobs/refresh")
        self.page.get_by_role("button", name="Materialize all").click()
        self.page.get_by_role("button", name="All", exact=True).click()
        self.page.get_by_role("button", name="Launch").click()

        def started() -> list[str]:
            return [r["runId"] for r in self.server.runs() if r["runId"] not in before]

        run = wait(started, "the run", 120)
        assert len(run) == 1, "all editions are one run"
        self.open(f"/runs/{run[0]}")
        return run[0]


@pytest.fixture(scope="module")
def server(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("browser")
    root = copy_root(checkout / "data", folder / "data")
    hook = folder / "tell.sh"
    hook.write_text(f'#!/bin/sh\ncat >> "{folder}/told.txt"\n', encoding="utf-8")
    hook.chmod(0o755)
    with serving(checkout, root, LIVING_PANEL_NOTIFY=str(hook)) as running:
        yield running


@pytest.fixture(scope="module")
def window(server: Server) -> Iterator[BrowserWindow]:
    with open_browser() as browser:
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        page.set_default_timeout(90_000)
        shown = BrowserWindow(page, server)
        context.on("request", lambda request: shown.asked.append(request.url))
        yield shown


def test_the_graph_shows_the_rooms_from_left_to_right(window: BrowserWindow) -> None:
    window.open("/asset-groups")
    places = []
    for stage in [r for r in STAGES if r not in ("landing", "staging")]:
        label = window.page.locator("foreignObject, svg").get_by_text(stage, exact=True).first
        label.wait_for()
        places.append(label.bounding_box()["x"])
    window.picture("graph")
    assert places == sorted(places) and len(set(places)) == len(places)


def test_a_refresh_is_started_and_watched_to_success(window: BrowserWindow) -> None:
    link = os.path.realpath(window.server.root / "warehouse.duckdb")
    run = window.refresh()
    window.shows("Success", seconds=400)
    window.picture("run")
    assert [r["status"] for r in window.server.runs() if r["runId"] == run] == ["SUCCESS"]
    assert os.path.realpath(window.server.root / "warehouse.duckdb") == link, "nothing had changed"


def test_a_table_is_read_on_its_page(window: BrowserWindow) -> None:
    window.open("/assets/artifacts/t04_baseline")
    said = window.markdown("Observations", "table")
    for words in ("ln FDI", "ln GDP", "Province effects", "not estimable"):
        assert words.lower() in said.lower(), words


def test_the_editions_of_a_source_are_its_partitions(window: BrowserWindow) -> None:
    window.open("/assets/archive/statistical_yearbook?view=partitions")
    for edition in ("2018", "2023", "2024", "2026"):
        window.shows(edition)
    window.shows("Materialized (8)")  # an edition that the source lacks says so
    window.picture("partitions")


def test_a_failing_check_shows_its_cases_and_somebody_is_told(window: BrowserWindow) -> None:
    server = window.server
    link = os.path.realpath(server.root / "warehouse.duckdb")
    rows = figures("地区生产总值", "亿元", [2023], 100.0)
    rows[3] = ("地区生产总值", "亿元", "火星", 2023, 5.0, "high", "book", "")
    drop(server.root, "statistical_yearbook", 2026, "gdp.csv", rows)
    window.refresh()
    window.shows("Failure", seconds=400)
    window.open("/assets/extracted/statistical_yearbook?view=checks")
    window.shows("Failed")
    said = window.markdown("火星", "failing_check")
    assert "gdp.csv" in said and "row 5" in said and "remedy" in said
    published = os.path.realpath(server.root / "warehouse.duckdb")
    assert Path(published).name.split("-")[0] == Path(link).name.split("-")[0], "the same release"
    told = server.root.parent / "told.txt"
    wait(lambda: told.exists() and "火星" in told.read_text("utf-8"), "what the hook is told", 120)
    status = command(server.root, "status").stdout
    assert "extracted__statistical_yearbook" in status


def test_nothing_left_this_machine_and_nobody_else_is_served(window: BrowserWindow) -> None:
    import psutil

    hosts = {urlsplit(url).netloc for url in window.asked if url.startswith(("http", "ws"))}
    assert hosts == {f"127.0.0.1:{window.server.port}"}
    top = psutil.Process(window.server.process.pid)
    sockets = []
    for process in (top, *top.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # a run's process may just have ended
            sockets += process.net_connections("inet")
    listening = {c.laddr.ip for c in sockets if c.status == psutil.CONN_LISTEN}
    assert window.server.port in {c.laddr.port for c in sockets}
    assert listening == {"127.0.0.1"}
    assert {c.raddr.ip for c in sockets if c.raddr} <= {"127.0.0.1"}
