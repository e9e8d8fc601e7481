"""Installing from the lock: uv as the lock has it, with the settings this machine gave pip."""

from __future__ import annotations

from pathlib import Path

import pytest

from living_panel.orchestration.bootstrap import locked, uv_settings

REPOSITORY = Path(__file__).resolve().parents[2]


def test_uv_is_installed_as_locked_and_nothing_else() -> None:
    lines = locked("uv", (REPOSITORY / "requirements.lock").read_text(encoding="utf-8"))
    assert lines.startswith("uv==") and "--hash=sha256:" in lines
    assert sum(line[0] not in " #" for line in lines.splitlines() if line) == 1
    assert locked("uv", "uvicorn==1 \\\n  --hash=sha256:0\n") == ""


def test_uv_reaches_the_index_that_pip_was_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    pip = {"index-url": "https://index.example/simple", "find-links": "/wheels", "timeout": "5"}
    assert uv_settings(pip) == {
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_FIND_LINKS": "/wheels",
    }
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
    assert "UV_DEFAULT_INDEX" not in uv_settings(pip), "uv's own settings come first"
