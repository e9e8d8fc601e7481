"""The lake of a data root: what `make run`, `rollback`, `verify` and `sql` do with it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from living_panel.codes import Code
from living_panel.orchestration.lake import sentences
from living_panel.orchestration.lake.connection import reader_script
from living_panel.orchestration.lake.location import Location, load_location
from living_panel.orchestration.lake.snapshots import (
    PUBLISHED,
    Snapshot,
    list_snapshots,
    publish_snapshot,
    verify_snapshot,
)
from living_panel.orchestration.root import published
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Problem

REPLACE = "LIVING_PANEL_REPLACE"
"""Variable that confirms the number of a snapshot of another root, which a publication replaces."""


def publish_to_lake(settings: Settings, file: Path, event: str = PUBLISHED) -> Snapshot | None:
    """Make a finished file the newest snapshot, if the root publishes to a lake.

    Call it before readers are pointed at the file: if it raises, nobody sees the new state.

    Raises
    ------
    LakeFailure
        Whatever stops it; also where the newest snapshot is not what this root publishes now.
    """
    location = load_location(settings.root)
    if location is None:
        return None
    release = file.name.split("-")[0].removesuffix(".duckdb")
    return publish_snapshot(
        location,
        file,
        release=release,
        edition=newest_edition(settings, release),
        author=location.writer,
        event=event,
        predecessor=_published_tables(settings),
        over=_confirmed(),
    )


def _published_tables(settings: Settings) -> dict[str, str]:
    """Digests of the tables that this root publishes now; empty before the first publication."""
    tables = published.about(settings).get("tables")
    return {str(k): str(v) for k, v in tables.items()} if isinstance(tables, dict) else {}


def _confirmed() -> int | None:
    written = os.environ.get(REPLACE, "")
    if not written:
        return None
    if not (written.isascii() and written.isdecimal()):
        raise sentences.LakeFailure(
            Code.ENVIRONMENT(
                "LIVING_PANEL_REPLACE={written} is not the number of a snapshot",
                "write the number from the error message, or remove the variable",
                written=written,
            )
        )
    return int(written)


def newest_edition(settings: Settings, release: str) -> str:
    """Newest edition of the sources of a release; `unknown` if its manifest is not there."""
    manifest = settings.releases / release / "manifest.json"
    if not manifest.exists():
        return "unknown"
    sources = json.loads(manifest.read_text(encoding="utf-8"))["sources"]
    return str(max((source["edition"] for source in sources), default="unknown"))


def lake_problems(settings: Settings) -> list[Problem]:
    """Read the newest publication in the lake anew; what differs from what was published."""
    location = load_location(settings.root)
    if location is None:
        return []
    try:
        published = [s for s in list_snapshots(location) if s.tables]
        if not published:
            return [sentences.NO_PUBLICATION(number="newest")]
        number = published[-1].number
        return [
            Code.VERIFY_WAREHOUSE(
                "snapshot {number}: {table} differs from the published table",
                "run `make run`, which publishes the tables of this data root again",
                Place(table=table),
                number=number,
                table=table,
            )
            for table in verify_snapshot(location)
        ]
    except sentences.LakeFailure as failure:
        return list(failure.problems)


def snapshot_lines(settings: Settings) -> list[str]:
    """One line for each snapshot of the root's lake, oldest first.

    Raises
    ------
    LakeFailure
        If the root has no lake, or the lake cannot be read.
    """
    return [
        f"{s.number:>6}  {s.happened_at:%Y-%m-%d %H:%M}  {s.author or '-':<12}  {s.message or '-'}"
        for s in list_snapshots(_required(settings))
    ]


def lake_sql(settings: Settings) -> str:
    """SQL that attaches the root's lake in a DuckDB shell, for reading."""
    return "\n".join(reader_script(_required(settings)))


def _required(settings: Settings) -> Location:
    location = load_location(settings.root)
    if location is None:
        raise sentences.LakeFailure(
            sentences.SETTINGS(
                sentences.IN_SETTINGS, keys=["publish"], reason="this root has no lake"
            )
        )
    return location
