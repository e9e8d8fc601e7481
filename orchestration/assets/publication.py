"""From the build to what readers open: a new file each time, and one link that is swapped.

Copying marts and results into a versioned file, swapping the link atomically, going back to an
earlier file, pruning by the stated rule.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import chain, count
from logging import Logger
from pathlib import Path
from typing import Literal, NamedTuple

import dagster as dg
import duckdb

from living_panel.codes import Code
from living_panel.estimation.panel.digest import FORM, describe_tables, digest_table, digest_tables
from living_panel.estimation.panel.sql import quoted
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.ingestion.files import sync, write_durably
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.dbt import build_note
from living_panel.orchestration.dbt.project import dbt_variables
from living_panel.orchestration.lake.target import publish_to_lake
from living_panel.orchestration.outputs.paper_tables import is_of_panel, manifest_or_empty
from living_panel.orchestration.outputs.releases import built_release, current_release
from living_panel.orchestration.root import ledger, published, state
from living_panel.orchestration.root.build_copy import SCHEMAS, copy_build
from living_panel.orchestration.root.failure import failure_of
from living_panel.orchestration.root.leftovers import remove_leftovers, unfinished_files
from living_panel.orchestration.root.readers import COPY_OF_EARLIER, rolled_back
from living_panel.orchestration.root.settings import DBT_PROJECT, Settings
from living_panel.problems import Missing, Place, Refused

POINTED = (*ledger.SHOWN, "adopted")
LOG = ("results", "publications")
"""Table of all published files; each file has the rows up to its own publication."""
LABEL = ".label"
"""File beside the pages of the next report: the release's id, and a hash of the tables that the pages show."""
KEPT_RUNS = 10  # of dbt's own logs and compiled files, several megabytes each
KEEP = 6  # published files kept: the current one and the five before it


@dataclass(frozen=True)
class StateSources:
    """Content of a page: the list of its tables, a file with its marts, and its label for people."""

    tables: Path
    warehouse: Path
    label: str


def publish(
    settings: Settings,
    build_file: Path,
    release_id: str,
    pages: Mapping[str, bytes] | None = None,
) -> Path:
    """Publish the marts and results of a build, with the pages of its report, in one step.

    The name of the file gives release and content; publishing the same content again changes nothing, unless
    that ends a rollback: then a new file says so. A file that a reader holds open is never written to:
    readers keep theirs, and the next connection sees the new one, to which `warehouse.duckdb` leads.
    Without `pages` the report that is published stays.
    """
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    digest = build_digest(build_file)
    name = f"{release_id}-{digest[:12]}"
    target = _untouched_or_new(settings, name, digest, anew=rolled_back(settings) is not None)
    with unfinished_files(settings, target):
        if not target.exists():
            _write(settings, target, "published", partial(copy_build, build_file))
        publish_to_lake(settings, target)
        ledger.record_shown(settings.root, "warehouse", target.name)
        shown = published.pages(settings) if pages is None else pages
        _point(settings, target, shown, _build_digests(build_file))
    _prune(settings)
    _sweep(settings)
    return target


def publish_finished(settings: Settings, log: Logger) -> Path:
    """Publish the state that a refresh built, once it is complete; say whether that ends a rollback.

    Raises
    ------
    dagster.Failure
        With the missing parts: a refresh publishes only finished parts.
    """
    if missing := unfinished(settings) or _without_report(settings):
        place = Place(str(settings.build_file(None)))
        raise failure_of(
            [
                Code.PUBLISH(
                    "this refresh is not complete, so nothing was published; missing: {missing}",
                    "run `make run`; or in the UI choose Jobs, refresh, Materialize all",
                    place,
                    missing=[left.text for left in missing],
                )
            ]
        )
    ended = rolled_back(settings)
    release = current_release(settings, None).name
    pages = published.pages_in(aside(settings))
    path = publish(settings, settings.build_file(None), release, pages)
    _forget_failures(settings)
    log.info(f"published {path}")
    log.info(f"last line of the ledger (keep a copy elsewhere): {ledger.head(settings.root)}")
    if ended:
        log.warning(f"this ends the rollback of {ended}: the newest results are published again")
    return path


def _forget_failures(settings: Settings) -> None:
    """Delete the recorded failures of refreshes of any origin: one has succeeded."""
    known = state.read(settings.root, "failures")
    left = [f for f in known if f["job"] != "refresh" and not f["job"].startswith("__")]
    if left != known:
        state.write(settings.root, "failures", left)


class Unfinished(NamedTuple):
    """A stage that a refresh has left undone, in words; of tables, which one where it is one."""

    stage: Literal["marts", "release", "artifacts", "results", "report"]
    text: str
    table: str = ""


def unfinished(settings: Settings) -> list[Unfinished]:
    """Return what a refresh has left undone of the state it builds, stage by stage; empty if nothing.

    Goes by content: whoever ran which stage, a state is complete when every stage was made from what
    the stage before it holds now.
    """
    if catalog.has_sources() and not is_built(settings, "marts"):
        return [Unfinished("marts", "the marts were built from other extracted data")]
    release = current_release(settings, None).name
    if built_release(settings.build_file(None)) != release:
        return [Unfinished("release", "the release was frozen from other marts")]
    entries = state.read(settings.root, state.vantage(None))
    if not entries or _is_of_other_panel(settings, entries, release):
        return [Unfinished("artifacts", "the tables were estimated on another release")]
    missing = [
        Unfinished("artifacts", f"{e['table_id']} is not estimated", e["table_id"])
        for e in entries
        if not (settings.artifacts / e["table_id"] / e["artifact_id"] / "manifest.json").is_file()
    ]
    if not missing and not is_built(settings, "results"):
        missing.append(Unfinished("results", "the results were built from other tables"))
    return missing


def _is_of_other_panel(
    settings: Settings, entries: Sequence[Mapping[str, str]], release: str
) -> bool:
    """Whether a table was estimated on another release of the panel, or on one that cannot be read."""
    if not catalog.has_sources():
        return False
    others = {e["release_id"] for e in entries} - {release}
    manifests = (manifest_or_empty(settings.releases / other) for other in others)
    return any(not manifest or is_of_panel(manifest) for manifest in manifests)


def is_published(settings: Settings) -> bool:
    """Whether the results that were built last are the published ones."""
    built = state.read(settings.root, state.vantage(None))
    release = published.about(settings).get("release_id")
    return (
        built == state.read(settings.root, "current")
        and release is not None
        and release == current_release(settings, None).name
        and all(left.stage == "results" for left in unfinished(settings))
    )


def aside(settings: Settings) -> Path:
    """Folder in which the next report is made before its publication."""
    return settings.build / published.REPORT


def _without_report(settings: Settings) -> list[Unfinished]:
    """Say that the report is missing or of another state; call it where all else is complete."""
    label, digest = aside(settings) / LABEL, build_digest(settings.build_file(None))
    name = f"{current_release(settings, None).name}-{digest[:12]}"
    made = label.is_file() and label.read_text(encoding="utf-8") == name
    return [] if made else [Unfinished("report", "the report was made from other tables")]


def _extracted(settings: Settings) -> list[str]:
    parts = settings.extracted.glob("*/edition=*/vintage=*/part.parquet")
    places = (p.parts[-4:-1] for p in parts)
    return ["/".join(part.split("=")[-1] for part in place) for place in places]


def is_built(settings: Settings, part: str) -> bool:
    """Whether a part of the build file was built from its current inputs."""
    current = build_note.fingerprint(
        build_note.INPUTS[part](settings), dbt_variables(settings, None), settings.root
    )
    build = settings.build_file(None)
    return build_note.made_from(settings.root, build, part, current) is not None


def rollback(settings: Settings) -> Path:
    """Point the link at a copy of the file published before the current one, which says so.

    Raises
    ------
    FileNotFoundError
        If there is nothing before it; the link stays as it is.
    """
    history, current = _history(settings), published.file_name(settings)
    shown = COPY_OF_EARLIER.sub(".duckdb", current or "")
    before = history[: history.index(shown)] if shown in history else history
    files = [settings.warehouse / name for name in before]
    whole = [p for p in files if p.exists() and not _changed(settings, p) and not _log(p).exists()]
    if not whole:
        raise Missing(
            Code.UNKNOWN_STATE(
                "no complete file was published before {current}; the link is unchanged",
                "run `make run`, which publishes the newest results",
                Place(file=str(settings.warehouse)),
                current=current or "now",
            )
        )
    earlier = whole[-1]
    target = _free(settings, f"{earlier.stem}-back")
    with unfinished_files(settings, target):
        try:
            _write(settings, target, ledger.ROLLED_BACK, lambda new: shutil.copy(earlier, new))
            with duckdb.connect(str(target), read_only=True) as connection:
                digests = table_digests(connection)
        except duckdb.Error as error:
            raise Refused(
                Code.DAMAGED(
                    "{earlier} cannot be read: {error} The link is unchanged",
                    "run `make run`, which publishes the newest results",
                    earlier=earlier,
                    error=error,
                )
            ) from error
        publish_to_lake(settings, target, ledger.ROLLED_BACK)
        ledger.record_shown(settings.root, "warehouse", target.name, ledger.ROLLED_BACK)
        then = published.of_file(settings, earlier.name)
        report = {k: v for k, v in (then or {}).items() if k.startswith(f"{published.REPORT}/")}
        _point(settings, target, report or published.pages(settings), digests)
    return target


def _pointed(settings: Settings) -> list[dict[str, str]]:
    """Lines of the ledger that say which file readers open, oldest first."""
    lines = ledger.lines(ledger.file_of(settings.root, "warehouse"))
    return [e for e in lines if e["kind"] == "warehouse" and e["event"] in POINTED]


def _history(settings: Settings) -> list[str]:
    """Names of the published files, oldest first; of one content the last, others are no step back from it."""
    found: dict[str, str] = {}
    for entry in _pointed(settings):
        if entry["event"] != ledger.ROLLED_BACK:
            content = content_of(entry["name"])
            found.pop(content, None)
            found[content] = entry["name"]
    return list(found.values())


def _write(settings: Settings, target: Path, event: str, fill: Callable[[Path], object]) -> None:
    """Make a file whole, with the log of publications up to its own, and only then give it its name."""
    temporary = settings.warehouse / f".{target.name}.writing"
    temporary.unlink(missing_ok=True)
    fill(temporary)
    temporary.chmod(0o644)  # a copy of a published file comes without the right to write
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
    temporary.chmod(0o444)  # nobody writes into what is published
    sync(temporary)
    temporary.rename(target)


def build_digest(build_file: Path) -> str:
    """Return the digest of what a build publishes, read once for a file that nobody wrote to since."""
    return digest_tables(_build_digests(build_file))


def _build_digests(build_file: Path) -> dict[str, str]:
    stats = [p.stat() for p in (build_file, _log(build_file)) if p.exists()]
    return _digests_of(build_file, tuple((s.st_ino, s.st_size, s.st_mtime_ns) for s in stats))


@lru_cache(maxsize=4)
def _digests_of(build_file: Path, _state: object) -> dict[str, str]:
    with duckdb.connect(str(build_file), read_only=True) as connection:
        return table_digests(connection, SCHEMAS)


def content_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Digest of all tables of a published file but the log (`estimation/panel/digest.py`)."""
    return digest_tables(table_digests(connection))


def table_digests(
    connection: duckdb.DuckDBPyConnection, schemas: Sequence[str] | None = None
) -> dict[str, str]:
    """Return the digest of each table and view but the log, by schema and name; of all schemas by default."""
    log = ".".join(LOG)
    return {
        described.name: digest_table(connection, described, described.name.split(".", 1))
        for described in describe_tables(connection, schemas)
        if described.name != log
    }


def log_digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the digest of the log of publications in a published file; empty without one."""
    log = ".".join(LOG)
    found = [d for d in describe_tables(connection, LOG[:1]) if d.name == log]
    return digest_table(connection, found[0], LOG) if found else ""


def _untouched_or_new(settings: Settings, name: str, digest: str, *, anew: bool) -> Path:
    """File of this content that no reader has changed, or the next free name."""
    found = (
        p for p in settings.warehouse.glob(f"{name}*.duckdb") if not COPY_OF_EARLIER.search(p.name)
    )
    whole = [] if anew else [p for p in found if _holds(settings, p, digest)]
    current = published.file_name(settings)
    return next(
        (p for p in whole if p.name == current), whole[0] if whole else _free(settings, name)
    )


def _free(settings: Settings, name: str) -> Path:
    """Path of a name, with the first number that no file has."""
    ends = chain([""], (f"-{n}" for n in count(2)))
    paths = (settings.warehouse / f"{name}{end}.duckdb" for end in ends)
    return next(path for path in paths if not path.exists())


def _holds(settings: Settings, path: Path, digest: str) -> bool:
    """Whether a published file is readable and has the same content as at its publication."""
    if _log(path).exists():
        return False  # somebody is writing into it, or died doing so
    if _changed(settings, path):
        return False
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return content_digest(connection) == digest
    except duckdb.Error:
        return False


def _changed(settings: Settings, path: Path) -> bool:
    """Whether the bytes of a file have changed since its publication."""
    line = ledger.known(settings.root, "warehouse").get(path.name)
    return line is not None and line["sha256"] != ledger.fingerprint("warehouse", path)


def _point(
    settings: Settings, target: Path, pages: Mapping[str, bytes], digests: Mapping[str, str]
) -> None:
    """Swap to the state of a file in one step; a reader sees the old state or the new one, whole."""
    entries, before = current_tables(target), _noted(settings, "current")
    earlier = before if before and before != entries else _noted(settings, "previous")
    files = {published.TABLES: _json(entries), published.PREVIOUS: _json(earlier), **pages}
    with duckdb.connect(str(target), read_only=True) as connection:
        log = log_digest(connection)
    said = {
        "file": target.name,
        "release_id": target.name.split("-")[0],
        "digest": FORM,
        "content": digest_tables(digests),
        "tables": {**digests, ".".join(LOG): log},
        "vintages": sorted(_extracted(settings)),
        "rests_on": _manifests(settings, entries),
        "files": {name: sha256_of_bytes(content) for name, content in files.items()},
    }
    files[published.ABOUT] = _json(said | {"ledger": _head(settings, said)})
    for log_file in published.logs(settings):  # of whoever wrote through a link, of no other file
        if log_file.parent != settings.warehouse:
            log_file.rename(settings.warehouse / f"stray-{log_file.stat().st_mtime_ns}.wal")
    published.point(settings, target, files)
    # outside all that can be made anew: the archive alone still says that something was published
    with suppress(
        OSError
    ):  # on a read-only archive an earlier line stays, which the ledger still holds
        write_durably(_json({"ledger": ledger.head(settings.root)}), ledger.witness(settings.root))


def _manifests(settings: Settings, entries: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Sha256 of the manifest of each artifact and release that a state rests on, by its place below the root."""
    places = {f"artifacts/{e['table_id']}/{e['artifact_id']}/manifest.json" for e in entries}
    places |= {f"releases/{e['release_id']}/manifest.json" for e in entries}
    there = (place for place in sorted(places) if (settings.root / place).is_file())
    return {place: sha256_of(settings.root / place)[0] for place in there}


def _head(settings: Settings, said: Mapping[str, object]) -> str:
    """Last line of the ledger; where the published state says the same of itself, the line that it names."""
    now = published.about(settings)
    named = str(now.pop("ledger", ""))
    same = now == said and not ledger.missing_heads(settings.root, [named])
    return named if same else ledger.head(settings.root)


def current_tables(file: Path) -> list[dict[str, str]]:
    """Return the artifact of each table that a warehouse file calls current, in the one order of tables."""
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            rows = connection.execute(
                "select table_id, artifact_id, release_id from results.artifacts where is_current"
            ).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException):
        return []  # a file without such columns lists no tables
    entries = [
        {"table_id": table, "artifact_id": artifact, "release_id": release}
        for table, artifact, release in rows
    ]
    return state.in_order(entries, file.name.split("-")[0])


def _noted(settings: Settings, name: str) -> list[dict[str, str]]:
    try:
        found: list[dict[str, str]] = state.read(settings.root, name)
    except state.Damaged:
        return []  # named by `verify` and by the next run
    return found


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def _log(path: Path) -> Path:
    """Write-ahead log of a DuckDB file."""
    return path.with_name(path.name + ".wal")


def content_of(name: str) -> str:
    """Beginning of a file's name that says its content, whatever number follows."""
    return "-".join(name.removesuffix(".duckdb").split("-")[:2])


def _prune(settings: Settings) -> None:
    """Remove published files beyond the newest `KEEP`, set changed ones aside, sweep what was cut short."""
    keep = {*_history(settings)[-KEEP:], published.file_name(settings)}
    for path in settings.warehouse.glob("*.duckdb"):
        if path.name not in keep:
            sha256 = ledger.fingerprint("warehouse", path)
            ledger.append(settings.root, "warehouse", path.name, "pruned", sha256)
            path.unlink()
            _log(path).unlink(missing_ok=True)
        elif _changed(settings, path) or _log(path).exists():  # nobody may be led back to it
            ledger.append(settings.root, "warehouse", path.name, "pruned", ledger.FIRST)
            path.rename(path.with_name(path.name + ".changed"))
            if _log(path).exists():
                _log(path).rename(path.with_name(path.name + ".changed.wal"))
    for path in settings.warehouse.glob(".*.writing*"):
        path.unlink()
    published.sweep(settings, {p.name for p in settings.warehouse.glob("*.duckdb")})


def _sweep(settings: Settings) -> None:
    """Remove what runs cut short left half written, and what dbt left of old ones; called under the lock."""
    remove_leftovers(settings.root)
    for path in settings.root.glob("build/as_of_*.duckdb*"):  # as versions before 0.3.3 named them
        path.unlink(missing_ok=True)
    runs = sorted((settings.dbt_target / "runs").glob("*"), key=lambda p: p.stat().st_mtime)
    for folder in runs[:-KEPT_RUNS]:
        shutil.rmtree(folder, ignore_errors=True)


def results_models() -> list[str]:
    """Names of the dbt models of the stage results."""
    return sorted(p.stem for p in (DBT_PROJECT / "models" / "results").rglob("*.sql"))


@builds_assets
def _assets(_: Project) -> list[dg.AssetsDefinition]:
    """The published warehouse."""
    return [published_asset()]


def published_asset() -> dg.AssetsDefinition:
    """Asset of the published warehouse."""

    @dg.asset(
        key=["warehouse", "published"],
        group_name="warehouse",
        deps=[
            dg.AssetKey(["report", "page"]),
            *(dg.AssetKey(["results", name]) for name in results_models()),
        ],
        pool="warehouse",
        kinds={"duckdb"},
    )
    def publication(
        context: dg.AssetExecutionContext, workplace: Workplace
    ) -> dg.MaterializeResult:
        """The published warehouse, tables and report, which readers open. A refresh replaces all of them at once."""
        settings = workplace.settings
        path = publish_finished(settings, context.log)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(path.stem),
            metadata={"path": dg.MetadataValue.path(str(settings.published)), "file": path.name},
        )

    return publication
