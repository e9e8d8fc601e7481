"""Requests that the servers of this project answer: their own hosts, and changes from their own pages only.

A page of another site cannot read an answer of a server on this machine, but its browser sends requests there. A
browser says in `Host` which name it asked for, and in `Origin` and `Sec-Fetch-Site` which page asks. Programs that
are no browser, such as `dagster-graphql`, send neither of the last two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from living_panel.codes import Code
from living_panel.problems import Problem

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
VARIABLE = "LIVING_PANEL_HOSTS"
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[0-9a-z._-]+)(:[0-9]+)?")
READING = ("GET", "HEAD")
GRAPHQL = "/graphql"
JSON = "application/json"


def own_hosts() -> frozenset[str]:
    """Return the names of this machine for itself, and those of a team in LIVING_PANEL_HOSTS."""
    return LOOPBACK | frozenset(os.environ.get(VARIABLE, "").lower().replace(",", " ").split())


def check_host(given: Iterable[str]) -> Problem | None:
    """Refuse a request for another host; the port does not count, as SSH may forward another one.

    Parameters
    ----------
    given : iterable of str
        All `Host` headers of the request. None and several are refused.
    """
    hosts = [host.lower() for host in given]
    parts = HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if parts and parts["name"] in own_hosts():
        return None
    return Code.REQUEST_HOST(
        "this server does not accept the host name {host}",
        "open the UI at 127.0.0.1, or add the host to LIVING_PANEL_HOSTS (docs/deployment.md)",
        host=", ".join(hosts) or "none",
    )


@dataclass(frozen=True)
class Request:
    """The parts of a request that say who asks for what.

    Parameters
    ----------
    method : str
        Method of HTTP; `WEBSOCKET` for the opening of a websocket.
    path, query : str
        Path, decoded, and query of the address.
    headers : tuple of (str, str)
        Headers; names in small letters.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for key, value in self.headers if key == name]


def check_request(request: Request) -> Problem | None:
    """Refuse another host, a change that another page asks for, and a change in another form than JSON."""
    if problem := check_host(request.header("host")):
        return problem
    if request.method in READING:
        return _check_reading(request)
    if problem := _check_page(request):
        return problem
    return None if request.method == "WEBSOCKET" else _check_form(request)


def _check_reading(request: Request) -> Problem | None:
    """Refuse GraphQL in an address: an image or a link of any page could ask for it."""
    asks = any(name == "query" for name, _ in parse_qsl(request.query, keep_blank_values=True))
    is_graphql = request.path.rstrip("/").endswith(GRAPHQL)
    return (
        Code.REQUEST_QUERY(
            "the address contains a GraphQL query", "send it by POST as application/json"
        )
        if asks and is_graphql
        else None
    )


def _check_page(request: Request) -> Problem | None:
    (host,) = request.header("host")
    addresses = {f"{scheme}://{host}".lower() for scheme in ("http", "https")}
    pages = {origin for origin in request.header("origin") if origin.lower() not in addresses}
    sites = {site for site in request.header("sec-fetch-site") if site.lower() != "same-origin"}
    return (
        Code.REQUEST_PAGE(
            "another web page ({page}) requests a change",
            "make the change on a page of the UI itself",
            page=", ".join(sorted(pages | sites)),
        )
        if pages | sites
        else None
    )


def _check_form(request: Request) -> Problem | None:
    kinds = request.header("content-type")
    is_json = len(kinds) == 1 and kinds[0].split(";")[0].strip().lower() == JSON
    if request.method == "POST" and is_json:
        return None
    return Code.REQUEST_FORM(
        "a change needs a POST request with content type application/json; this request is {method} with "
        "{content_type}",
        "send it as POST with application/json",
        method=request.method,
        content_type=", ".join(kinds) or "none",
    )
