"""Where things stand: what is published, what waits, what failed.

Belongs here: reading the state of a data root for a person. Not here: changing it.
"""

from __future__ import annotations

import json
import os

from ingestion import archive
from orchestration.estimate import read_current
from orchestration.publish import published_rows
from orchestration.sensors import read_failures
from orchestration.settings import Settings


def status(settings: Settings) -> str:
    """Lines for a terminal."""
    lines = [f"Data root   {settings.root}"]
    if settings.published.is_symlink():
        lines.append(f"Published   {os.readlink(settings.published)}")
        rows = published_rows(settings)
        lines.append(f"            {len(rows)} tables, {sum(rows.values())} rows")
    else:
        lines.append("Published   nothing yet: `make run`")
    current = read_current(settings)
    lines.append(f"Tables      {', '.join(current) or 'none yet'}")
    as_of = sorted(p.stem.removeprefix("as_of_") for p in settings.artifacts.glob("as_of_*.json"))
    if as_of:
        lines.append(f"Rebuilt as of {', '.join(as_of)}")
    lines.append(f"Refreshing  {_running(settings)}")
    waiting = archive.pending(settings.root)
    lines += [
        f"Waiting     {p.file} ({p.source} {p.edition}): `make run` takes it" for p in waiting
    ]
    lines += [f"Landing     {problem}" for problem in archive.landing_problems(settings.root)]
    failures = read_failures(settings)
    lines.append(
        f"Failures    {len(failures)} on record" if failures else "Failures    none on record"
    )
    for failure in failures[-3:]:
        lines.append(f"  {failure['at']}  {failure['job']} {failure['run_id'][:8]}:")
        lines += [
            f"    {text.strip()[:200]}" for text in failure["message"].strip().splitlines()[:3]
        ]
    return "\n".join(lines)


def _running(settings: Settings) -> str:
    record = settings.build / "refresh.lock.json"
    if not record.exists():
        return "nobody"
    try:
        who = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return "somebody, just now"
    alive = os.path.exists(f"/proc/{who['pid']}")
    return f"{who['purpose']}, process {who['pid']} since {who['since']}" if alive else "nobody"
