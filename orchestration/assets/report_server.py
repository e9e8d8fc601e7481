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
"""Path of the UI's server that leads to the server of the same data root's pages."""
PAGES_VARIABLE = "LIVING_PANEL_PAGES"
"""Address of the pages there: `make dev` sets it, and a team may name its site."""


def report_address(page: str = "index.html") -> str:
    """Address of a page of the report for the UI, whatever ports it and the pages have."""
    return f"{PAGES}{page}"


class _ReportHandler(SimpleHTTPRequestHandler):
    """Serve only the start page and files of five stages of a data root: no listing, no hidden file."""

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
        """Refuse requests for other files than plain files of these stages, and for other hosts.

        A page elsewhere may let its own name lead here; its browser then sends that name.
        """
        if problem := check_host(self.headers.get_all("Host", [])):
            self.send_error(421, explain=str(problem))
            return None
        if self.path == "/" and self.start is not None:
            return self._send_start(self.start())
        path = Path(self.translate_path(self.path))
        parts = path.relative_to(Path(self.directory)).parts
        hidden = any(part.startswith(".") for part in parts)
        served = parts[:1] and parts[0] in SERVED_FOLDERS or parts[:2] == DBT_DOCS
        if not served or hidden or not path.is_file():
            self.send_error(404, "not a file of the report")
            return None
        return super().send_head()

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to Dagster."""


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
