"""The report beside the UI: a browser follows no link from a page it was served to a file on disk."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

ROOMS = ("report", "accepted", "artifacts", "releases", "archive")  # what the report links to
PORT = 3001
HOSTS = ("127.0.0.1", "localhost", "::1")


def report_address() -> str:
    """Where a browser finds the report while `make dev` runs."""
    return f"http://127.0.0.1:{PORT}/report/index.html"


class _Rooms(SimpleHTTPRequestHandler):
    """Files of five rooms of a data root; no listing, nothing hidden, nothing else."""

    def send_head(self):  # type: ignore[no-untyped-def]
        """Refuse what is not a plain file of these rooms, and whoever asks for another host.

        A page elsewhere may let its own name lead here; its browser then sends that name.
        """
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in HOSTS:
            self.send_error(421, "the report is served to this machine by its own name only")
            return None
        path = Path(self.translate_path(self.path))
        parts = path.relative_to(Path(self.directory)).parts
        hidden = any(part.startswith(".") for part in parts)
        if not parts or parts[0] not in ROOMS or hidden or not path.is_file():
            self.send_error(404, "not a file of the report")
            return None
        return super().send_head()

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to Dagster."""


def serve_report(root: Path, port: int = PORT) -> ThreadingHTTPServer | None:
    """Serve a data root's report to this machine; None where the port is taken."""
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Rooms, directory=str(root)))
    except OSError:
        return None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
