"""The yearly refresh, done wholly in the UI: receipts, a failing value, its mend, drift, accept."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from living_panel.ingestion.provenance.receipts import receipt_path
from living_panel.orchestration.root import state
from living_panel.orchestration.root.instance import LOCATION
from tests.e2e.served import Server, serving, wait
from tests.fixtures import small_root
from tools.browser import open_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]
JOBS = f"/locations/{LOCATION}/jobs"
OPS = {"receipt": "write_landed_receipt", "accept": "accept_state", "diff": "compare_states"}


@pytest.fixture(scope="module")
def server(refreshed_small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("yearly") / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    more = {
        k: v
        for k, v in small_root.environment(root).items()
        if k.startswith(("LIVING_", "DAGSTER_"))
    }
    with serving(small_root.REPOSITORY, root, **more) as running:
        yield running


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[object]:
    with open_browser() as browser:
        opened = browser.new_page(viewport={"width": 1400, "height": 900})
        opened.set_default_timeout(120_000)
        yield opened


def finished(page, server: Server, before: set[str]) -> str:
    """Status of the one run that was started since, once it has ended; nobody watches it meanwhile."""

    def started() -> list[dict[str, object]]:
        return [r for r in server.runs() if r["runId"] not in before]

    wait(started, "the run", 600)
    page.goto("about:blank")
    wait(lambda: all(run["endTime"] for run in started()), "its end", 600)
    (run,) = started()
    return str(run["status"])


def launch(page, server: Server, job: str, config: dict[str, object]) -> str:
    """Start a job from its launchpad with a configuration, and return how its run ended."""
    before = {run["runId"] for run in server.runs()}
    text = yaml.safe_dump({"ops": {OPS[job]: {"config": config}}}, allow_unicode=True)
    page.goto(f"{server.address}{JOBS}/{job}/playground/setup?config={quote(text)}")
    page.get_by_role("button", name="Launch Run").click()
    return finished(page, server, before)


def refresh(page, server: Server) -> str:
    """Start the refresh of all editions from the job's page, and return how its run ended."""
    before = {run["runId"] for run in server.runs()}
    page.goto(f"{server.address}{JOBS}/refresh")
    page.get_by_role("button", name="Materialize all").click()
    page.get_by_role("button", name="All", exact=True).click()
    page.get_by_role("button", name="Launch").click()
    return finished(page, server, before)


def test_the_yearly_refresh_needs_no_terminal(page, server: Server) -> None:
    root = server.root
    published = (root / "published").resolve()
    *others, file = small_root.next_edition(root)
    receipt_path(file).unlink()  # the others came with theirs
    assert all(receipt_path(other).exists() for other in others)
    right = file.read_text(encoding="utf-8")
    assert "北京" in right
    file.write_text(right.replace("北京", "火星", 1), encoding="utf-8")

    named = {"file": file.relative_to(root / "landing").as_posix()}
    wrong = {**named, "answers": {}}
    assert launch(page, server, "receipt", wrong) == "FAILURE", "how it was obtained has to be said"
    wrong = {**named, "answers": {"obtained_by": "typed by this test"}}
    assert launch(page, server, "receipt", wrong) == "FAILURE", "no province is called 火星"
    file.write_text(right, encoding="utf-8")  # mended where it was found

    answers = {"obtained_by": "typed by this test", "figures": "simulated"}
    assert launch(page, server, "receipt", {**named, "answers": answers}) == "SUCCESS"
    assert refresh(page, server) == "SUCCESS"
    assert (root / "published").resolve() != published
    assert launch(page, server, "diff", {"old": "previous", "new": "current"}) == "SUCCESS"
    assert launch(page, server, "accept", {"name": "edition of 2024"}) == "SUCCESS"
    (accepted,) = state.read(root, "accepted")
    assert accepted["name"] == "edition of 2024"
    kept = root / "accepted" / (root / "published").resolve().name
    assert (kept / "index.html").is_file()
