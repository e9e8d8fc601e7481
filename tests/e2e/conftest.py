"""The browser in which pages are opened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.integration.conftest import refreshed_small  # noqa: F401


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Chromium or Chrome, without a window."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()
