"""Results that later processes of this environment need not make again, next to the modules that Python compiled."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from ingestion.files import write_durably

FOLDER = Path(cache_from_source(__file__)).parent


def keep(content: bytes, path: Path) -> None:
    """Keep a result, if Python keeps compiled modules; a folder that cannot be written keeps nothing."""
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            write_durably(content, path)
