"""Mismatches between records and files: archive, ledger, releases, artifacts recomputed, published warehouse.

Each finding says how to recover; nothing is mended here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd
from jinja2 import Template

from estimation.artifacts import artifact
from estimation.panel.errors import OtherSchema
from estimation.panel.release import TABLES, Release, ReleaseHashes, load_release
from estimation.papers.paper_data import FOLDER, source_of
from ingestion import archive
from ingestion.problems import Place, Problem, problems_of
from ingestion.receipts import read_receipt
from orchestration.assets import codes
from orchestration.assets.publication import (
    content_digest,
    current_tables,
    quoted,
    table_digests,
)
from orchestration.assets.recomputing import OTHER_VERSION, recompute_artifact
from orchestration.assets.release import built_release
from orchestration.assets.specs import spec_folder
from orchestration.lake.location import FILE as SETTINGS_FILE
from orchestration.lake.target import lake_problems
from orchestration.outputs.paper_tables import other_tables
from orchestration.outputs.release_files import described
from orchestration.root import codes as root_codes
from orchestration.root import ledger, published, state
from orchestration.root.readers import rolled_back
from orchestration.root.settings import DBT_PROJECT, Settings
from orchestration.root.workers import TablePool

HASHES = ("units", "measures")
COMPARED = {
    "coefficients": (
        "model", "term", "inference", "estimate", "std_error", "p_value", "ci_low", "ci_high",
    ),
    "statistics": ("model", "term", "statistic", "inference", "value", "text"),
}  # fmt: skip
Say = Callable[[str], None]
NO_PROBLEM = "No problem was found: all files are those of their records."
CORRECTIONS = DBT_PROJECT / "seeds" / "corrections.csv"
ADDED_VALUE = DBT_PROJECT / "macros" / "added_value.sql"
ADDED_VALUES = """
select source, edition::integer, corrected_on, sha256({{ text }})
from (select * replace (corrected_value::double as corrected_value) from read_csv(?, all_varchar = true))
where action = 'add'
"""
Receipts = dict[tuple[str, int, str, str], str]


def verify(settings: Settings, say: Say, noted: str | None = None) -> list[Problem]:
    """Check every stage that keeps things; say each step; return what is wrong.

    `noted` is a line of the ledger that somebody noted elsewhere, as a publication prints it
    (`12:<sha256>`): the ledger has to hold it still.
    """
    folders = settings.artifact_folders()
    with closing(TablePool("verifying")) as tables:
        # the longest first; all else is checked while they are recomputed
        for folder in sorted(folders, key=artifact.seconds_taken, reverse=True):
            tables.ask(folder, recompute_artifact, settings.releases, folder)
        return _problems(settings, say, noted, folders, tables)


def _problems(
    settings: Settings, say: Say, noted: str | None, folders: Sequence[Path], tables: TablePool
) -> list[Problem]:
    root = settings.root
    problems = archive.verify(root)
    say(f"archive: {_counted(problems)}")
    heads = [published.about(settings).get("ledger"), noted]
    unlike = [*ledger.check(root), *ledger.check_length(root, [h for h in heads if h])]
    say(f"ledger: {_counted(unlike)}; its last line is {_head(root)}")
    problems += [*unlike, *(p for note in state.damaged(root).values() for p in note.problems)]
    receipts = _receipts(root)
    for folder in sorted(p.parent for p in settings.releases.glob("[!.]*/manifest.json")):
        problems += _release_problems(folder, receipts, say)
    later: list[str] = []
    of_warehouse = _warehouse_problems(settings, receipts, later.append)
    for folder in folders:
        found, line = tables.answer(folder, say)
        problems += found
        if line:
            say(line)
    problems += of_warehouse
    for line in later:
        say(line)
    if (settings.root / SETTINGS_FILE).exists():
        in_lake = lake_problems(settings)
        say(f"lake: {_counted(in_lake)}")
        problems += in_lake
    return problems


def _counted(problems: Sequence[Problem]) -> str:
    return f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"


def _head(root: Path) -> str:
    try:
        return ledger.head(root)
    except ledger.Broken:
        return "broken"


def _receipts(root: Path) -> Receipts:
    """The kind of values of each file, by place and sha256, from the archive's own receipts."""
    found: Receipts = {}
    for path in root.glob(ledger.KINDS["receipt"]):
        try:
            receipt = read_receipt(path)
        except ValueError:
            continue  # named with the archive's problems
        for entry in receipt.files:
            place = (receipt.source, receipt.edition, receipt.vintage.isoformat(), entry.sha256)
            found[place] = receipt.figures
    return found | _added_values()


def _added_values() -> Receipts:
    """Values that the seed of corrections adds: each is its own file, hashed by the macro that dbt uses."""
    macro = Template(ADDED_VALUE.read_text(encoding="utf-8")).module
    query = Template(ADDED_VALUES).render(text=macro.added_value_text())  # type: ignore[attr-defined]
    rows = duckdb.execute(query, [str(CORRECTIONS)]).fetchall()
    return {(source, edition, day, digest): "official" for source, edition, day, digest in rows}


def _paper_sources() -> set[str]:
    """Sources of the data that papers bring, which lie in git and not in the archive.

    Earlier states of them are in git alone; a release of one is held by its content, as its name is its hash.
    """
    told = [source_of(p.parent) for p in spec_folder().glob(f"*/{FOLDER}/source.yml")]
    return {str(t["source"]) for t in told}


def _unknown_sources(
    where: Place, sources: list[dict[str, object]], receipts: Receipts
) -> list[Problem]:
    """Sources that a manifest or the lineage names and no receipt in the archive knows."""
    own = _paper_sources()
    return [
        codes.UNKNOWN_SOURCE(
            where,
            source=s["source"],
            edition=s["edition"],
            vintage=s["vintage"],
            sha256=s["sha256"],
        )
        for s in sources
        if s["source"] not in own
        and (s["source"], s["edition"], str(s["vintage"]), s["sha256"]) not in receipts
    ]


def _release_problems(folder: Path, receipts: Receipts, say: Say) -> list[Problem]:
    try:
        release = load_release(folder)
    except OtherSchema:
        say(f"release {folder.name}: {OTHER_VERSION}")
        return []
    except (OSError, ValueError) as error:
        return list(problems_of(error))
    frames = _frames(release)
    hashes = ReleaseHashes(frames)
    if hashes.release_id() != folder.name:
        return [codes.RELEASE_CONTENT(Place(file=str(folder)))]
    place = Place(file=str(folder / "manifest.json"))
    problems = [
        codes.RELEASE_MANIFEST(place, key=key, value=release.manifest.get(key), expected=value)
        for key, value in described(frames, hashes).items()
        # releases from before there were hashes of measures have none
        if release.manifest.get(key, value if key in HASHES else None) != value
    ]
    problems += _unknown_sources(Place(file=str(folder)), release.manifest["sources"], receipts)
    say(f"release {folder.name}: content is that of its name, {_counted(problems)}")
    return problems


def _frames(release: Release) -> dict[str, pd.DataFrame]:
    return {
        name: release.panel.reset_index() if name == "panel" else getattr(release, name)
        for name in TABLES
    }


def _warehouse_problems(settings: Settings, receipts: Receipts, say: Say) -> list[Problem]:
    """The published file against its line in the ledger, the releases, the artifacts, the receipts."""
    link = settings.published
    place = Place(file=str(link))
    if not link.is_symlink():
        if link.exists():
            return [codes.FILE_AS_LINK(place)]
        anything = any(settings.warehouse.glob("[!.]*.duckdb"))
        return [codes.NO_LINK(place)] if anything else []
    path = link.resolve()
    if not path.exists() or path.parent != settings.warehouse.resolve():
        return [codes.LINK_ELSEWHERE(place, target=str(path))]
    problems = [
        codes.PAST_STATE(Place(str(settings.root / name)))
        for name in published.wrong_links(settings)
    ]
    if logs := published.logs(settings):  # what the file holds cannot be seen through them
        return problems + [root_codes.LOG_BESIDE(Place(str(log))) for log in logs]
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            problems += _content_problems(settings, connection, path, receipts)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        return [*problems, codes.WAREHOUSE_DAMAGED(Place(file=str(path)), reason=reason)]
    day = rolled_back(settings)
    say(
        f"published {path.name}: each of its tables, against releases, artifacts and receipts, "
        f"{_counted(problems)}{f'; an earlier file, rolled back on {day}' if day else ''}"
    )
    return problems


def _content_problems(
    settings: Settings, connection: duckdb.DuckDBPyConnection, path: Path, receipts: Receipts
) -> list[Problem]:
    problems = [
        codes.TABLE_CHANGED(Place(str(path)), table=name)
        for name in _changed_tables(settings, connection, path)
    ]
    try:
        listed = state.read(settings.root, "current")
    except state.Damaged:
        listed = None  # named with the notes
    if listed is not None and published.about(settings) and listed != current_tables(path):
        place = Place(str(state.path(settings.root, "current")))
        problems.append(codes.TABLE_CHANGED(place, table="the list of current tables"))
    named = path.name.split("-")[0]
    if built_release(path) != named:
        problems.append(codes.OTHER_MARTS(Place(file=str(path)), release=named))
    problems += _unlike_artifacts(settings, connection, path)
    for table, release, rows in other_tables(connection, settings.releases):
        source = f"release {release}"
        problems.append(codes.OTHER_ROWS(Place(str(path)), rows=rows, table=table, source=source))
    lineage = connection.execute("select distinct * from results.lineage").df()
    lineage = lineage[~lineage["artifact_id"].isin(_withdrawn_artifacts(settings.root))]
    sources = lineage[["source", "edition", "vintage", "sha256"]].drop_duplicates()
    where = Place(file=str(path), table="results.lineage")
    problems += _unknown_sources(where, sources.to_dict("records"), receipts)
    return problems


def _withdrawn_artifacts(root: Path) -> set[str]:
    """Artifacts that somebody removed on purpose; the published file shows them until the next one."""
    try:
        lines = ledger.known(root, "artifact").items()
    except ledger.Broken:
        return set()  # named with the ledger's findings
    return {name.split("/")[-1] for name, line in lines if line["event"] == "withdrawn"}


def _changed_tables(
    settings: Settings, connection: duckdb.DuckDBPyConnection, path: Path
) -> list[str]:
    """Tables whose content differs from the publication; all of them if the content is unknown."""
    said, now = published.about(settings), table_digests(connection)
    then = said.get("tables") if said.get("file") == path.name else None
    if isinstance(then, dict) and (changed := {k for k, _ in then.items() ^ now.items()}):
        return sorted(changed)
    promised = path.stem.split("-")[1]
    return [] if content_digest(connection).startswith(promised) else ["one of its tables"]


def _unlike_artifacts(
    settings: Settings, connection: duckdb.DuckDBPyConnection, path: Path
) -> Iterator[Problem]:
    """Results that are not those of the artifacts' own files, and current ones that are no coefficients."""
    stored = connection.execute("select table_id, artifact_id from results.artifacts").fetchall()
    for table, identity in stored:
        for name, columns in COMPARED.items():
            file = settings.artifacts / table / identity / f"{name}.parquet"
            if not file.exists():
                continue  # named with the ledger's findings
            # an older file or warehouse has its statistics under names of one part
            stored_columns = connection.table(f"results.{name}").columns
            known = {*stored_columns} & {*connection.read_parquet(str(file)).columns}
            these = ", ".join(quoted(column) for column in columns if column in known)
            differing = connection.execute(
                f"""with here as (
                    select {these} from results.{quoted(name)} where artifact_id = $artifact
                ), there as (select {these} from read_parquet($file))
                select count(*)
                from ((from here except all from there) union all (from there except all from here))""",
                {"artifact": identity, "file": str(file)},
            ).fetchall()[0][0]
            if differing:
                place, source = Place(str(path)), f"artifact {table} {identity}"
                yield codes.OTHER_ROWS(
                    place, rows=differing, table=f"results.{name}", source=source
                )
    both = ", ".join(quoted(column) for column in ("artifact_id", *COMPARED["coefficients"]))
    differing = connection.execute(
        f"""with here as (select {both} from results.current_coefficients), there as (
            select {both} from results.coefficients
            where artifact_id in (select artifact_id from results.artifacts where is_current)
        ) select count(*)
        from ((from here except all from there) union all (from there except all from here))"""
    ).fetchall()[0][0]
    if differing:
        place, source = Place(str(path)), "results.coefficients"
        yield codes.OTHER_ROWS(
            place, rows=differing, table="results.current_coefficients", source=source
        )
