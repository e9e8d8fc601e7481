"""The report next to the UI: only its stages and the start page, only to this machine."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from living_panel.orchestration.assets.report_server import (
    serve_beside,
    serve_report,
    serve_site,
)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    root = tmp_path / "data"
    for name in (
        "report/index.html",
        "artifacts/t/a/table.md",
        "build/secret.txt",
        "build/docs/index.html",
        "report/.hidden",
    ):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")
    (tmp_path / "outside.txt").write_text("outside", encoding="utf-8")
    server = serve_report(root, port=0)
    assert server is not None and server.server_address[0] == "127.0.0.1"
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.mark.parametrize(
    "path", ["report/index.html", "artifacts/t/a/table.md", "build/docs/index.html"]
)
def test_what_the_report_links_to_is_served(address: str, path: str) -> None:
    with urllib.request.urlopen(f"{address}/{path}") as answer:
        assert answer.read().decode() == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "report/",
        "build/secret.txt",
        "report/.hidden",
        "report/../../outside.txt",
        "%2e%2e/outside.txt",
    ],
)
def test_nothing_else_is(address: str, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/{path}")
    assert refused.value.code == 404


@pytest.mark.parametrize(
    ("host", "served"),
    [("evil.example", False), ("127.0.0.1.evil.example", False), ("localhost:8001", True)],
)
def test_another_host_is_refused(address: str, host: str, served: bool) -> None:
    """A page elsewhere may let its own name lead to this machine."""
    asked = urllib.request.Request(f"{address}/report/index.html", headers={"Host": host})
    if served:
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == 200
        return
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked)
    assert refused.value.code == 421


def test_the_start_page_is_made_for_each_request(tmp_path: Path) -> None:
    made = iter(["first", "second"])
    server = serve_report(tmp_path, port=0, start=lambda: next(made))
    assert server is not None
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    for page in ("first", "second"):
        with urllib.request.urlopen(address) as answer:
            assert answer.read().decode() == page
    server.shutdown()


def test_a_taken_port_is_said_and_another_one_serves_the_same_root(tmp_path: Path) -> None:
    first, is_taken = serve_beside(tmp_path, 0, lambda: "first")
    assert first is not None and not is_taken
    port = first.server_address[1]
    second, is_taken = serve_beside(tmp_path, port, lambda: "second")
    assert second is not None and is_taken and second.server_address[1] != port
    with urllib.request.urlopen(f"http://127.0.0.1:{second.server_address[1]}/") as answer:
        assert answer.read().decode() == "second"
    first.shutdown()
    second.shutdown()


def test_a_site_is_served_to_this_machine_without_listings(tmp_path: Path) -> None:
    for name in ("index.html", "files/a.csv", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    with serve_site(tmp_path, 0) as server:
        assert server.server_address[0] == "127.0.0.1"
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        for path, text in (("", "index.html"), ("files/a.csv", "files/a.csv")):
            with urllib.request.urlopen(f"{address}/{path}") as answer:
                assert answer.read().decode() == text
        for path in ("files/", ".hidden", "none.html", "../x"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{address}/{path}")
            assert refused.value.code == 404
        other = urllib.request.Request(f"{address}/", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(other)
        assert refused.value.code == 421
        server.shutdown()
