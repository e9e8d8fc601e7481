"""Readers' view of a data root: published tables and rows, current tables, unpublished changes.

Loads no Dagster, so that commands which only look start at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from living_panel.codes import Code
from living_panel.estimation.panel.sql import quoted
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.storage import archive
from living_panel.orchestration.root import ledger, published, sentences, state
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Problem, Refused

SHOWN = ("marts", "results", "papers")
"""Schemas of a published file: what dbt builds, and the data that papers bring."""
COPY_OF_EARLIER = re.compile(r"-back(-\d+)?\.duckdb$")
"""End of the name of a file that somebody went back to."""

RENAMED = re.compile(r"\.withdrawn-[0-9a-f]{8}(?=\.|$)")
"""What the name of a withdrawn file gets when the vintage takes another file of its name."""


def unpublished_vintages(settings: Settings) -> list[str]:
    """Return the archived vintages (source/edition/vintage) that the published state does not know."""
    known = published.about(settings).get("vintages")
    return sorted(set(archived_vintages(settings)) - set(known)) if known is not None else []


def archived_vintages(settings: Settings) -> list[str]:
    """Return every vintage that the archive holds, as source/edition/vintage."""
    return [
        f"{source}/{edition}/{vintage.name}"
        for source in catalog.names()
        for edition in catalog.source(source).editions
        for vintage in archive.vintages(settings.root, source, edition)
        if vintage.state == "present"
    ]


def withdrawn_by_runs(settings: Settings) -> list[Problem]:
    """Return a problem for each file that a run withdrew and nobody replaced or confirmed.

    A valid file of the same name in the edition replaces it. A person who withdraws it too confirms it.
    """
    problems = []
    for source in catalog.names():
        for edition, day, entry in archive.withdrawals(settings.root, source):
            if entry.withdrawn is None or entry.withdrawn.by != "run":
                continue
            of_edition = archive.vintages(settings.root, source, edition)
            valid = {file.name for vintage in of_edition for file in vintage.receipt.standing()}
            if RENAMED.sub("", entry.name) not in valid:
                name, mark = f"{source}/{edition}/{day}/{entry.name}", entry.withdrawn
                problems.append(
                    Code.WITHDRAWN(
                        "a run withdrew this file on {day}, and published without its values: {reason}",
                        "land a corrected file of the same name; or confirm: `make withdraw "
                        "KIND=file NAME={name} REASON=…`",
                        Place(file=name),
                        day=mark.date.isoformat(),
                        reason=mark.reason,
                        name=name,
                    )
                )
    return problems


def rolled_back(settings: Settings) -> str | None:
    """Day on which somebody went back to the file that is published now; None if nobody did."""
    name = published.file_name(settings)
    if name is None or not COPY_OF_EARLIER.search(name):
        return None
    try:
        line = ledger.known(settings.root, "warehouse").get(name, {})
    except ledger.Broken:
        return "a day that the ledger no longer tells"
    return line.get("at", "")[:10] or "a day that the ledger no longer tells"


def read_current(settings: Settings, as_of: str | None = None) -> dict[str, str]:
    """Return the artifact of each table in the published state, or in an earlier state rebuilt."""
    entries = state.read(settings.root, state.vantage(as_of) if as_of else "current")
    return {e["table_id"]: e["artifact_id"] for e in entries}


def published_rows(settings: Settings) -> dict[str, int]:
    """Rows of each published table; empty before the first publication."""
    if not settings.published.exists():
        return {}
    with open_published(settings) as connection:
        return {
            f"{schema}.{table}": connection.execute(
                f"select count(*) from {quoted(schema)}.{quoted(table)}"
            ).fetchall()[0][0]
            for schema, table in published_tables(connection, SHOWN)
        }


@contextmanager
def open_published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file that readers use.

    Raises
    ------
    ValueError
        If the file cannot be read: damaged, or written by another version of DuckDB; or if it has a write-ahead log.
    """
    if logs := published.logs(settings):
        raise Refused(sentences.LOG_BESIDE(Place(str(logs[0]))))
    with open_warehouse(settings.published.resolve()) as connection:
        yield connection


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a warehouse file to be read; raises as `open_published` does."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            yield connection
    except duckdb.Error as error:
        raise Refused(
            Code.DAMAGED(
                "{path} cannot be read: {reason}",
                "run `make run`, which publishes a file of this version; or `make rollback`, which returns to "
                "the file before",
                path=path,
                reason=str(error).splitlines()[0],
            )
        ) from error


def published_tables(
    connection: duckdb.DuckDBPyConnection, schemas: Sequence[str] = ("marts", "results")
) -> list[tuple[str, str]]:
    """Return schema and name of each table of some schemas: those that dbt builds, by default."""
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where list_contains(?, schema_name) and not internal order by 1, 2",
        [list(schemas)],
    ).fetchall()
