"""Where things stand: what is published, what waits, what failed."""

from __future__ import annotations

import os

from ingestion import archive
from orchestration import ledger, state
from orchestration.estimate import read_current
from orchestration.publish import published_rows, rolled_back
from orchestration.settings import Settings


def status(settings: Settings) -> str:
    """Lines for a terminal."""
    lines = [f"Data root   {settings.root}"]
    if settings.published.is_symlink():
        lines.append(f"Published   {os.readlink(settings.published)}")
        if day := rolled_back(settings):
            lines.append(f"            an earlier file: rolled back on {day}; `make run` ends that")
        rows = published_rows(settings)
        lines.append(f"            {len(rows)} tables, {sum(rows.values())} rows")
    else:
        lines.append("Published   nothing yet: `make run`")
    current = read_current(settings)
    lines.append(f"Tables      {', '.join(current) or 'none yet'}")
    as_of = [n[6:] for n in state.vantages(settings.root) if n.startswith("as_of_")]
    if as_of:
        lines.append(f"Rebuilt as of {', '.join(as_of)}")
    lines.append(f"Refreshing  {_running(settings)}")
    waiting = archive.pending(settings.root)
    lines += [
        f"Waiting     {p.file} ({p.source} {p.edition}): `make run` takes it" for p in waiting
    ]
    lines += [f"Landing     {problem}" for problem in archive.landing_problems(settings.root)]
    lines += [f"Ledger      {problem}" for problem in ledger.check(settings.root)]
    failures = state.read(settings.root, "failures")
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
    who = state.read(settings.root, "holder")
    if not who:
        return "nobody"
    alive = os.path.exists(f"/proc/{who['pid']}")
    return f"{who['purpose']}, process {who['pid']} since {who['since']}" if alive else "nobody"
