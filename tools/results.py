"""Records of a campaign: one JSON document a line, added to by every run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path


def read_results(file: Path, key: str) -> list[dict]:
    """Every case tried so far, by its name under `key`; of one tried again, what came last."""
    if not file.exists():
        return []
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return list({row[key]: row for row in rows}.values())


def add_results(file: Path, rows: Iterable[dict]) -> None:
    """Add cases at the end, in one write."""
    with file.open("a", encoding="utf-8") as stream:
        stream.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
