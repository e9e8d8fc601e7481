"""The lock of a data root, with a word on stderr while a command waits for it."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager

from living_panel.orchestration.root.settings import Settings


def alone(settings: Settings, purpose: str) -> AbstractContextManager[None]:
    """The root's lock, as a refresh holds it."""
    from living_panel.orchestration.root.lock import refresh_lock

    return refresh_lock(settings.root, purpose, say=say_waiting)


def say_waiting(text: str) -> None:
    """Say on stderr what a command waits for."""
    print(text, file=sys.stderr, flush=True)
