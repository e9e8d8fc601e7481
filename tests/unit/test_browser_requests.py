"""Which requests the UI and the report answer: every way of another page to ask, and each own way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from living_panel.codes import Code
from living_panel.orchestration.assets.report_server import PAGES_VARIABLE, report_address
from living_panel.orchestration.commands.webserver import STATUS, RequestGuard
from living_panel.orchestration.root.browser_requests import Request, check_host, check_request

HOST = ("host", "127.0.0.1:3000")
JSON = ("content-type", "application/json")
OWN = ("origin", "http://127.0.0.1:3000")
MUTATION = "query=mutation%7BlaunchRun%7D"


def asked(
    method: str, *headers: tuple[str, str], path: str = "/graphql", query: str = ""
) -> str | None:
    """Code of the refusal, or None."""
    problem = check_request(Request(method, path, query, headers))
    return problem.code if problem else None


@pytest.mark.parametrize("host", [
    "127.0.0.1:3000", "localhost:3000", "LOCALHOST", "[::1]:3000", "127.0.0.1:8080",
])  # fmt: skip
def test_own_hosts_are_answered(host: str) -> None:
    assert check_host([host]) is None


@pytest.mark.parametrize("hosts", [
    [], [""], ["evil.example"], ["evil.example:3000"], ["127.0.0.1.evil.example"], ["evil.example@127.0.0.1"],
    ["127.0.0.1@evil.example"], ["127.0.0.1", "evil.example"], ["127.0.0.1/evil"], ["127.0.0.1:3000:1"], ["[::1"],
    ["panel.example.org"],
])  # fmt: skip
def test_other_hosts_are_refused(hosts: list[str]) -> None:
    problem = check_host(hosts)
    assert problem is not None and problem.code == Code.REQUEST_HOST


def test_a_team_names_its_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVING_PANEL_HOSTS", "Panel.example.org, other.example.org")
    assert check_host(["panel.example.org"]) is None
    assert check_host(["other.example.org:443"]) is None
    assert check_host(["evil.example"]) is not None
    headers = (("host", "panel.example.org"), JSON, ("origin", "https://panel.example.org"))
    assert asked("POST", *headers) is None


def test_the_ui_itself_and_programs_are_answered() -> None:
    assert asked("GET", HOST, path="/runs", query="q=status") is None
    assert asked("POST", HOST, JSON, OWN, ("sec-fetch-site", "same-origin")) is None
    assert asked("POST", HOST, ("content-type", "application/json; charset=utf-8"), OWN) is None
    assert asked("POST", HOST, JSON) is None, "a program that is no browser"
    assert asked("WEBSOCKET", HOST, OWN) is None
    assert asked("GET", HOST, path="/graphql") is None, "the page in which queries are typed"


@pytest.mark.parametrize("origin", [
    "http://evil.example", "null", "http://localhost:3000", "http://127.0.0.1:8080", "file://",
    "http://127.0.0.1:3000.evil.example", "",
])  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "WEBSOCKET", "PUT"])
def test_other_pages_change_nothing(method: str, origin: str) -> None:
    assert asked(method, HOST, JSON, ("origin", origin)) == Code.REQUEST_PAGE


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_what_the_browser_says_of_the_page_counts(site: str) -> None:
    assert asked("POST", HOST, JSON, OWN, ("sec-fetch-site", site)) == Code.REQUEST_PAGE


@pytest.mark.parametrize("kinds", [
    [], ["text/plain"], ["text/plain; application/json"], ["application/x-www-form-urlencoded"],
    ["multipart/form-data; boundary=application/json"], ["application/graphql"], ["application/json", "text/plain"],
])  # fmt: skip
@pytest.mark.parametrize("path", ["/graphql", "/report_asset_materialization/x", "/anything"])
def test_a_change_has_a_body_of_json(path: str, kinds: list[str]) -> None:
    headers = [("content-type", kind) for kind in kinds]
    assert asked("POST", HOST, *headers, path=path, query=MUTATION) == Code.REQUEST_FORM


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_change_is_sent_by_post(method: str) -> None:
    assert asked(method, HOST, JSON, OWN) == Code.REQUEST_FORM


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/prefix/graphql"])
@pytest.mark.parametrize("query", [MUTATION, "a=1&query=", "que%72y=mutation{x}", "query"])
def test_no_address_holds_graphql(method: str, path: str, query: str) -> None:
    assert asked(method, HOST, OWN, path=path, query=query) == Code.REQUEST_QUERY


def answer(scope: dict[str, Any]) -> list[dict[str, Any]]:
    """Messages that the guard sends for one request; the app behind it answers 200."""
    sent: list[dict[str, Any]] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"method": "GET", "path": "/", "query_string": b"", **scope}
    asyncio.run(RequestGuard(app)(scope, None, send))  # type: ignore[arg-type]
    return sent


def test_the_guard_answers_in_words_and_with_the_status() -> None:
    start, body = answer({"type": "http", "headers": [(b"Host", b"evil.example")]})
    assert start["status"] == STATUS[Code.REQUEST_HOST] == 421
    assert Code.REQUEST_HOST.encode() in body["body"]
    assert set(STATUS) == {code for code in Code if code.startswith("LP-REQUEST")}


def test_the_guard_closes_a_websocket_before_it_is_open() -> None:
    headers = [(b"host", b"127.0.0.1:3000"), (b"origin", b"http://evil.example")]
    assert answer({"type": "websocket", "headers": headers}) == [{"type": "websocket.close"}]


def test_no_page_of_the_ui_is_shown_inside_another_site() -> None:
    (start,) = answer({"type": "http", "headers": [(b"host", b"127.0.0.1:3000")]})
    assert (b"x-frame-options", b"SAMEORIGIN") in start["headers"]


def test_links_of_the_ui_lead_to_the_pages_of_its_own_data_root(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = {
        "type": "http",
        "path": report_address("bi_2025.table-4.html"),
        "headers": [(b"host", b"127.0.0.1:3010")],
    }
    (start,) = answer(asked)
    assert start["status"] == 200, "without such a server the UI answers"
    monkeypatch.setenv(PAGES_VARIABLE, "http://127.0.0.1:3011/report/")
    start, _ = answer(asked)
    assert start["status"] == 307
    assert dict(start["headers"])[b"location"] == (
        b"http://127.0.0.1:3011/report/bi_2025.table-4.html"
    )
    (start,) = answer({**asked, "path": "/runs"})
    assert start["status"] == 200
