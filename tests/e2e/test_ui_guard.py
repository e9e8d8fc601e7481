"""The UI against a page of another origin, in a real browser, and against another host.

Each way by which a page can send a request without being asked is tried. The same mutation from the UI's own page
works, so that the test would see one that came through.
"""

from __future__ import annotations

import json
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from living_panel.orchestration.root.instance import LOCATION
from tests.e2e.served import Server, serving
from tests.fixtures import small_root

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCHEDULE = (
    f'{{repositoryLocationName: "{LOCATION}", repositoryName: "__repository__", '
    'scheduleName: "yearly_refresh"}'
)
MUTATION = f"mutation {{startSchedule(scheduleSelector: {SCHEDULE}) {{__typename}}}}"
STATE = f"{{scheduleOrError(scheduleSelector: {SCHEDULE}) {{... on Schedule {{scheduleState {{status}}}}}}}}"
ASSETS = "{assetsOrError {... on AssetConnection {nodes {key {path}}}}}"
KINDS = ("text/plain", "text/plain; application/json", "application/x-www-form-urlencoded")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server(refreshed_small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("guard") / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    own = small_root.environment(root).items()
    more = {k: v for k, v in own if k.startswith(("LIVING_", "DAGSTER_"))}
    with serving(small_root.REPOSITORY, root, **more) as running:
        yield running


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a page of another site, on this machine."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "index.html").write_text("<!doctype html><title>another site</title>", "utf-8")
    handler = partial(_Quiet, directory=str(folder))
    site = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://localhost:{site.server_address[1]}/"
    site.shutdown()


def status(server: Server) -> str:
    return str(server.ask(STATE)["scheduleOrError"]["scheduleState"]["status"])


def ask_raw(server: Server, **headers: str) -> int:
    """Status of the mutation, sent with these headers by a program that is no browser."""
    body = json.dumps({"query": MUTATION}).encode()
    request = urllib.request.Request(f"{server.address}/graphql", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_page_of_another_site_changes_nothing(browser, server: Server, elsewhere: str) -> None:
    address = f"{server.address}/graphql"
    in_address = f"{address}?query={quote(MUTATION)}"
    page = browser.new_page()
    answered: list[tuple[str, int]] = []
    page.on("response", lambda r: answered.append((r.request.method, r.status)))
    page.goto(elsewhere)
    answered.clear()
    page.evaluate(
        """async ([address, inAddress, report, body, kinds]) => {
            const settle = p => p.catch(() => null);
            await new Promise(done => {
                const image = new Image(); image.onload = image.onerror = done; image.src = inAddress;
            });
            await settle(fetch(inAddress, {mode: "no-cors"}));
            await settle(fetch(inAddress, {mode: "no-cors", method: "POST"}));
            await settle(fetch(report, {mode: "no-cors", method: "POST"}));
            await settle(fetch(address, {method: "POST", body, headers: {"Content-Type": "application/json"}}));
            for (const kind of kinds)
                await settle(fetch(address, {mode: "no-cors", method: "POST", body, headers: {"Content-Type": kind}}));
            navigator.sendBeacon(address, new Blob([body], {type: "text/plain"}));
        }""",
        [address, in_address, f"{server.address}/report_asset_materialization/planted",
         json.dumps({"query": MUTATION}), KINDS],
    )  # fmt: skip
    page.evaluate(
        """([address, name]) => {
            const form = document.createElement("form");
            form.method = "post"; form.enctype = "text/plain"; form.action = address;
            const field = document.createElement("input");
            field.name = name; field.value = '"}'; form.append(field); document.body.append(form);
        }""",
        [address, json.dumps({"query": MUTATION, "a": ""}).removesuffix('"}')],
    )
    with page.expect_navigation():
        page.evaluate("document.forms[0].submit()")
    assert page.goto(in_address).status == 405
    page.close()
    assert len(answered) >= 8 and {code for _, code in answered} <= {403, 405, 415}, answered
    assert status(server) == "STOPPED"
    assert ["planted"] not in [
        n["key"]["path"] for n in server.ask(ASSETS)["assetsOrError"]["nodes"]
    ]


def test_a_websocket_opens_for_the_own_page_only(browser, server: Server, elsewhere: str) -> None:
    """And carries no mutation even there: Dagster's own pages send those by POST."""
    script = """([address, mutation]) => new Promise(done => {
        const socket = new WebSocket(address, "graphql-ws");
        socket.onerror = () => done("refused");
        socket.onopen = () => socket.send('{"type": "connection_init"}');
        socket.onmessage = event => {
            const said = JSON.parse(event.data);
            if (said.type === "connection_ack")
                socket.send(JSON.stringify({type: "start", id: "1", payload: {query: mutation}}));
            else done(said.type);
        };
    })"""
    address = f"ws://127.0.0.1:{server.port}/graphql"
    page = browser.new_page()
    page.goto(elsewhere)
    assert page.evaluate(script, [address, MUTATION]) == "refused"
    page.goto(f"{server.address}/runs")
    assert page.evaluate(script, [address, MUTATION]) == "error"
    page.close()
    assert status(server) == "STOPPED"


def test_no_page_of_another_site_shows_the_ui_in_a_frame(
    browser, server: Server, elsewhere: str
) -> None:
    page = browser.new_page()
    page.goto(elsewhere)
    page.evaluate(
        """address => new Promise(done => {
            const frame = document.createElement("iframe");
            frame.onload = done; frame.src = address; document.body.append(frame);
        })""",
        f"{server.address}/runs",
    )
    assert page.frames[1].url.startswith("chrome-error:")
    page.close()


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "evil.example", "Content-Type": "application/json"}, 421),
        ({"Host": "evil.example:80", "Content-Type": "text/html"}, 421),
        ({"Content-Type": "application/json", "Origin": "http://evil.example"}, 403),
        ({"Content-Type": "application/json", "Origin": "null"}, 403),
        ({"Content-Type": "application/graphql"}, 415),
    ],
)
def test_another_host_or_form_changes_nothing(
    server: Server, headers: dict[str, str], code: int
) -> None:
    assert ask_raw(server, **headers) == code
    assert status(server) == "STOPPED"


def test_the_same_change_from_the_own_page_is_made(browser, server: Server) -> None:
    page = browser.new_page()
    page.goto(f"{server.address}/runs")
    said = page.evaluate(
        """async body => {
            const headers = {"Content-Type": "application/json"};
            return await (await fetch("/graphql", {method: "POST", body, headers})).json();
        }""",
        json.dumps({"query": MUTATION}),
    )
    page.close()
    assert said["data"]["startSchedule"]["__typename"] == "ScheduleStateResult"
    assert status(server) == "RUNNING"
