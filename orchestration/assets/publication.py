"""From the build to what readers open: a new file each time, and one link that is swapped.

Copying marts and results into a versioned file, swapping the link atomically, going back to an
earlier file, pruning by the stated rule.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain, count
from logging import Logger
from pathlib import Path

import dagster as dg
import duckdb
import psutil

from ingestion.files import swap_link, sync
from orchestration.assets.release import current_release
from orchestration.assets.resources import Workplace
from orchestration.lake.target import publish_to_lake
from orchestration.root import ledger
from orchestration.root.settings import DBT_PROJECT, Settings

SCHEMAS = ("marts", "results")
ROLLED_BACK = "rolled back to"
POINTED = ("published", ROLLED_BACK, "adopted")
LOG = ("results", "publications")
"""Table of what readers were pointed at; each file holds it up to its own publication."""
BACK = re.compile(r"-back(-\d+)?\.duckdb$")
"""End of the name of a copy that a rollback made."""
KEPT_RUNS = 10  # of dbt's own logs and compiled files, several megabytes each
KEEP = 6  # published files kept: the current one and the five before it


def publish(settings: Settings, build_file: Path, release_id: str) -> Path:
    """Publish the marts and results of a build.

    The file is named by release and content; publishing the same content again changes nothing, unless
    that ends a rollback: then a new file says so. A file that a reader holds open is never written to:
    readers keep theirs, and the next connection sees the new one, to which `warehouse.duckdb` points.
    """
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(build_file), read_only=True) as build:
        digest = content_digest(build)
    name = f"{release_id}-{digest[:12]}"
    target = _untouched_or_new(settings, name, digest, anew=rolled_back(settings) is not None)
    if not target.exists():
        _write(settings, target, "published", lambda new: _copy(build_file, new))
    publish_to_lake(settings, target)
    _point(settings, target)
    _write_down(settings, target, "published")
    _prune(settings)
    _sweep(settings)
    return target


def publish_newest(settings: Settings, log: Logger) -> Path:
    """Publish the build of the present, saying so, and whether that ends a rollback."""
    ended = rolled_back(settings)
    path = publish(settings, settings.build_file(None), current_release(settings, None).name)
    log.info(f"published {path}")
    if ended:
        log.warning(f"this ends the rollback of {ended}: the newest is published again")
    return path


def rollback(settings: Settings) -> Path:
    """Point the link at a copy of the file published before the current one, which says so.

    Raises
    ------
    FileNotFoundError
        If there is nothing before it; the link stays as it is.
    """
    history, current = _history(settings), _current_name(settings)
    shown = BACK.sub(".duckdb", current or "")
    before = history[: history.index(shown)] if shown in history else history
    files = [settings.warehouse / name for name in before]
    whole = [p for p in files if p.exists() and not _changed(settings, p)]
    if not whole:
        raise FileNotFoundError(
            f"{settings.warehouse}: nothing that is still whole was published before {current or 'now'}; "
            "the link is unchanged."
        )
    earlier = whole[-1]
    target = _free(settings, f"{earlier.stem}-back")
    try:
        _write(settings, target, ROLLED_BACK, lambda new: shutil.copy(earlier, new))
    except duckdb.Error as error:
        raise ValueError(f"{earlier} cannot be read: {error} The link is unchanged.") from error
    publish_to_lake(settings, target, ROLLED_BACK)
    _point(settings, target)
    _write_down(settings, target, ROLLED_BACK)
    return target


def rolled_back(settings: Settings) -> str | None:
    """Day on which somebody went back to the file that is published now; None if nobody did."""
    try:
        found = _pointed(settings)
    except ledger.Broken:
        return None  # named where the ledger is checked
    return found[-1]["at"][:10] if found and found[-1]["event"] == ROLLED_BACK else None


def _pointed(settings: Settings) -> list[dict[str, str]]:
    """Lines of the ledger that say which file readers open, oldest first."""
    lines = ledger.lines(ledger.file_of(settings.root, "warehouse"))
    return [e for e in lines if e["kind"] == "warehouse" and e["event"] in POINTED]


def _history(settings: Settings) -> list[str]:
    """Names of the published files, oldest first; of one content the last, others are no step back from it."""
    found: dict[str, str] = {}
    for entry in _pointed(settings):
        if entry["event"] != ROLLED_BACK:
            content = _content_of(entry["name"])
            found.pop(content, None)
            found[content] = entry["name"]
    return list(found.values())


def _write(settings: Settings, target: Path, event: str, fill: Callable[[Path], object]) -> None:
    """Make a file whole, with the log of publications up to its own, and only then give it its name."""
    temporary = settings.warehouse / f".{target.name}.writing"
    temporary.unlink(missing_ok=True)
    fill(temporary)
    lines = [(e["at"], e["event"], e["name"]) for e in _pointed(settings)]
    lines.append((datetime.now(UTC).isoformat(timespec="seconds"), event, target.name))
    with duckdb.connect(str(temporary)) as connection:
        log = ".".join(quoted(part) for part in LOG)
        connection.execute(
            f"create table if not exists {log} (number integer, happened_at varchar, event varchar, file varchar)"
        )
        connection.execute(f"delete from {log}")
        connection.executemany(
            f"insert into {log} values (?, ?, ?, ?)",
            [(n, *line) for n, line in enumerate(lines, 1)],
        )
        connection.execute("checkpoint")
    sync(temporary)
    temporary.rename(target)


def _write_down(settings: Settings, target: Path, event: str) -> None:
    """Say in the ledger which file readers open, if it does not say so already."""
    found = _pointed(settings)
    sha256 = ledger.fingerprint("warehouse", target)
    said = {"name": target.name, "event": event, "sha256": sha256}
    if not found or {k: found[-1][k] for k in said} != said:
        ledger.append(settings.root, "warehouse", target.name, event, sha256)


def content_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Hash over the rows and comments of every published table but the log, order not counting."""
    digest = hashlib.sha256()
    for schema, table in (t for t in _tables(connection) if t != LOG):
        where = f"{quoted(schema)}.{quoted(table)}"
        row = connection.execute(f"select count(*), bit_xor(hash(t)) from {where} as t").fetchone()
        digest.update(f"{schema}.{table} {row}\n".encode())
        comments = connection.execute(
            "select column_name, data_type, comment from duckdb_columns() "
            "where schema_name = ? and table_name = ? order by column_index",
            [schema, table],
        ).fetchall()
        digest.update(f"{comments}\n".encode())
    return digest.hexdigest()


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where schema_name in ('marts', 'results') and not internal order by 1, 2"
    ).fetchall()


def _untouched_or_new(settings: Settings, name: str, digest: str, *, anew: bool) -> Path:
    """File of this content that no reader has changed, or the next free name."""
    found = (p for p in settings.warehouse.glob(f"{name}*.duckdb") if not BACK.search(p.name))
    whole = [] if anew else [p for p in found if _holds(settings, p, digest)]
    current = _current_name(settings)
    return next(
        (p for p in whole if p.name == current), whole[0] if whole else _free(settings, name)
    )


def _free(settings: Settings, name: str) -> Path:
    """Path of a name, with the first number that no file has."""
    ends = chain([""], (f"-{n}" for n in count(2)))
    paths = (settings.warehouse / f"{name}{end}.duckdb" for end in ends)
    return next(path for path in paths if not path.exists())


def _holds(settings: Settings, path: Path, digest: str) -> bool:
    """Whether a published file can be read and still has the content it was published with."""
    if path.with_name(path.name + ".wal").exists():
        return False  # somebody is writing into it, or died doing so
    if _changed(settings, path):
        return False
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return content_digest(connection) == digest
    except duckdb.Error:
        return False


def _changed(settings: Settings, path: Path) -> bool:
    """Whether a file has other bytes than were published."""
    line = ledger.known(settings.root, "warehouse").get(path.name)
    return line is not None and line["sha256"] != ledger.fingerprint("warehouse", path)


def _copy(build_file: Path, target: Path) -> None:
    """Copy marts and results with their keys and comments into a new file."""
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"attach {literal(build_file)} as build (read_only)")
        for schema in SCHEMAS:
            connection.execute(f"create schema if not exists {quoted(schema)}")
        tables = connection.execute(
            "select schema_name, table_name, sql, comment from duckdb_tables() "
            "where database_name = 'build' and schema_name in ('marts', 'results') order by 1, 2"
        ).fetchall()
        for schema, table, statement, comment in tables:
            here = f"{quoted(schema)}.{quoted(table)}"
            connection.execute(statement)
            connection.execute(f"insert into {here} select * from build.{here}")
            if comment:
                connection.execute(f"comment on table {here} is {literal(comment)}")
            columns = connection.execute(
                "select column_name, comment from duckdb_columns() where database_name = 'build' "
                "and schema_name = ? and table_name = ? and comment is not null",
                [schema, table],
            ).fetchall()
            for column, text in columns:
                connection.execute(f"comment on column {here}.{quoted(column)} is {literal(text)}")
        connection.execute("detach build")
        connection.execute("checkpoint")


def _point(settings: Settings, target: Path) -> None:
    """Swap the link in one step; a reader opens the old file or the new one, never neither."""
    swap_link(settings.published, str(target.relative_to(settings.root)))
    # A write-ahead log beside the link belongs to whoever wrote through it, and to no other file.
    stray = settings.root / "warehouse.duckdb.wal"
    if stray.exists():
        stray.rename(settings.warehouse / f"stray-{stray.stat().st_mtime_ns}.wal")


def _content_of(name: str) -> str:
    """Beginning of a file's name that says its content, whatever number follows."""
    return "-".join(name.removesuffix(".duckdb").split("-")[:2])


def _current_name(settings: Settings) -> str | None:
    link = settings.published
    return link.readlink().name if link.is_symlink() else None


def _prune(settings: Settings) -> None:
    """Remove published files beyond the newest `KEEP`, set changed ones aside, sweep what was cut short."""
    keep = {*_history(settings)[-KEEP:], _current_name(settings)}
    for path in settings.warehouse.glob("*.duckdb"):
        if path.name not in keep:
            sha256 = ledger.fingerprint("warehouse", path)
            ledger.append(settings.root, "warehouse", path.name, "pruned", sha256)
            path.unlink()
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
        elif _changed(settings, path):  # nobody may be led back to it
            ledger.append(settings.root, "warehouse", path.name, "pruned", ledger.FIRST)
            path.rename(path.with_name(path.name + ".changed"))
    for path in settings.warehouse.glob(".*.writing*"):
        path.unlink()


def _sweep(settings: Settings) -> None:
    """Remove what runs cut short left half written, and what dbt left of old ones; called under the lock.

    A comparison of releases may be written without the lock: of those, only what has no writer goes.
    """
    for pattern in ("releases/.writing-*", "artifacts/*/.writing-*"):
        for folder in settings.root.glob(pattern):
            if folder.parent.name != "drift" or _writer_is_gone(folder):
                shutil.rmtree(folder, ignore_errors=True)
    for pattern in ("extracted/*/*/*/.*.tmp", "artifacts/.*.tmp", "build/.*.tmp"):
        for path in settings.root.glob(pattern):
            path.unlink(missing_ok=True)
    runs = sorted((settings.dbt_target / "runs").glob("*"), key=lambda p: p.stat().st_mtime)
    for folder in runs[:-KEPT_RUNS]:
        shutil.rmtree(folder, ignore_errors=True)


def _writer_is_gone(folder: Path) -> bool:
    """Whether the process that a half-written folder is named after has ended, or an hour has."""
    named = re.match(r"\.writing-(\d+)-", folder.name)
    if named is None or folder.stat().st_mtime < time.time() - 3600:
        return True
    writer = int(named[1])
    return writer == os.getpid() or not psutil.pid_exists(writer)  # we write none while we sweep


def quoted(name: str) -> str:
    """SQL identifier of a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """SQL string of a text; DuckDB takes no parameters in ATTACH and COMMENT."""
    return "'" + str(text).replace("'", "''") + "'"


def results_models() -> list[str]:
    """Names of the dbt models of the results room."""
    return sorted(p.stem for p in (DBT_PROJECT / "models" / "results").rglob("*.sql"))


def published_asset() -> dg.AssetsDefinition:
    """Asset of the published warehouse."""

    @dg.asset(
        key=["warehouse", "published"],
        group_name="warehouse",
        deps=[dg.AssetKey(["results", name]) for name in results_models()],
        pool="warehouse",
        kinds={"duckdb"},
    )
    def published(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """The file that readers open: `warehouse.duckdb`, a link that is swapped in one step."""
        settings = workplace.settings
        path = publish_newest(settings, context.log)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(path.stem),
            metadata={"path": dg.MetadataValue.path(str(settings.published)), "file": path.name},
        )

    return published


def published_rows(settings: Settings) -> dict[str, int]:
    """Rows of each published table; empty before the first publication."""
    if not settings.published.exists():
        return {}
    with open_published(settings) as connection:
        return {
            f"{schema}.{table}": connection.execute(
                f"select count(*) from {quoted(schema)}.{quoted(table)}"
            ).fetchall()[0][0]
            for schema, table in _tables(connection)
        }


@contextmanager
def open_published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """What readers open, to be read.

    Raises
    ------
    ValueError
        If the file cannot be read: damaged, or written by another version of DuckDB.
    """
    path = settings.published.resolve()
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            yield connection
    except duckdb.Error as error:
        raise ValueError(
            f"{path} cannot be read: {str(error).splitlines()[0]} Remedy: `make run` publishes a file "
            "of this version; `make rollback` points at the one before."
        ) from error
