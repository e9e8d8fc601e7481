"""The browser in which pages are opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.conftest import refreshed_small  # noqa: F401
from tools.browser import open_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Chromium or Chrome, without a window."""
    with open_browser() as running:
        yield running
