"""Serve the report next to the UI: a browser follows no link from a served page to a file on disk."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from living_panel.orchestration.root.browser_requests import check_host

SERVED_FOLDERS = (
    "report",
    "accepted",
    "artifacts",
    "releases",
    "archive",
)  # what the report links to
DBT_DOCS = ("build", "docs")
PAGES = "/pages/"
"""Path in the UI that redirects to the report. Another server shows the report, from the data folder of this UI."""
PAGES_VARIABLE = "LIVING_PANEL_PAGES"
"""Variable with the address of these pages: `make dev` sets it, and a team can set the address of its site."""


def report_address(page: str = "index.html") -> str:
    """Address of a page of the report for the UI, whatever ports it and the pages have."""
    return f"{PAGES}{page}"


class _Handler(SimpleHTTPRequestHandler):
    """Serve plain files below a folder to this machine: no listing, no hidden file, no other host.

    A page elsewhere may let its own name lead here; its browser then sends that name.
    """

    def send_head(self):  # type: ignore[no-untyped-def]
        """Refuse requests for other files, and for other hosts."""
        if problem := check_host(self.headers.get_all("Host", [])):
            self.send_error(421, explain=str(problem))
            return None
        path = Path(self.translate_path(self.path))
        parts = path.relative_to(Path(self.directory)).parts
        hidden = any(part.startswith(".") for part in parts)
        if not self.is_served(parts) or hidden or not path.is_file():
            self.send_error(404, "not a file of the report")
            return None
        return super().send_head()

    def is_served(self, parts: tuple[str, ...]) -> bool:
        """Whether files at a place below the folder are served."""
        return bool(parts)

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to Dagster."""


class _SiteHandler(_Handler):
    """Serve a site; its front page is at the root."""

    def send_head(self):  # type: ignore[no-untyped-def]
        """Lead the root to the front page."""
        if self.path == "/":
            self.path = "/index.html"
        return super().send_head()


class _ReportHandler(_Handler):
    """Serve only the start page and files of five stages of a data root."""

    def __init__(self, *arguments: Any, start: Callable[[], str] | None, **named: Any) -> None:
        self.start = start
        super().__init__(*arguments, **named)

    def _send_start(self, page: str) -> io.BytesIO:
        """Send the start page, which is made for each request."""
        content = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        return io.BytesIO(content)

    def send_head(self):  # type: ignore[no-untyped-def]
        """Make the start page where it is asked for."""
        hosts = self.headers.get_all("Host", [])
        if self.path == "/" and self.start is not None and not check_host(hosts):
            return self._send_start(self.start())
        return super().send_head()

    def is_served(self, parts: tuple[str, ...]) -> bool:
        """Whether files at a place below the data root are served."""
        return parts[:1] != () and (parts[0] in SERVED_FOLDERS or parts[:2] == DBT_DOCS)


def serve_site(folder: Path, port: int) -> ThreadingHTTPServer:
    """Return the server of a site to this machine; it serves once `serve_forever` is called."""
    handler = partial(_SiteHandler, directory=str(folder))
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def serve_report(
    root: Path, port: int, start: Callable[[], str] | None = None
) -> ThreadingHTTPServer | None:
    """Serve a data root's report to this machine; None where the port is taken. Port 0 is any free one.

    `start` makes the start page; without it there is none.
    """
    handler = partial(_ReportHandler, directory=str(root), start=start)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        return None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def serve_beside(
    root: Path, port: int, start: Callable[[], str]
) -> tuple[ThreadingHTTPServer | None, bool]:
    """Serve a data root's report at a port, or at any free one where it is taken; say whether it is taken."""
    if server := serve_report(root, port, start):
        return server, False
    return serve_report(root, 0, start), True
