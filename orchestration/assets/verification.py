"""Mismatches between records and files: archive, ledger, releases, artifacts recomputed, published warehouse.

Each finding says how to recover; nothing is mended here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import duckdb
import pandas as pd
from jinja2 import Template

from living_panel.codes import Code
from living_panel.estimation.artifacts import artifact
from living_panel.estimation.panel.digest import FORM, digest_tables
from living_panel.estimation.panel.errors import OtherSchema
from living_panel.estimation.panel.former_names import FORMER_OF_AUDITS, FORMER_SIZES
from living_panel.estimation.panel.release import TABLES, Release, ReleaseHashes, load_release
from living_panel.estimation.panel.spec import spec_files, spec_folder
from living_panel.estimation.papers.source import FOLDER, source_names
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.provenance.receipts import read_receipt
from living_panel.ingestion.storage import archive
from living_panel.orchestration.assets import sentences
from living_panel.orchestration.assets.publication import (
    LOG,
    content_digest,
    current_tables,
    log_digest,
    quoted,
    table_digests,
)
from living_panel.orchestration.assets.recomputing import (
    OTHER_VERSION,
    Finding,
    hold_artifact,
    recompute_artifact,
)
from living_panel.orchestration.assets.report import INDEX, is_remade
from living_panel.orchestration.assets.specs import ROOTS_OWN
from living_panel.orchestration.lake.location import FILE as SETTINGS_FILE
from living_panel.orchestration.lake.target import lake_problems
from living_panel.orchestration.outputs import store
from living_panel.orchestration.outputs.paper_tables import other_tables
from living_panel.orchestration.outputs.release_files import described, unlike_panel
from living_panel.orchestration.outputs.releases import built_release
from living_panel.orchestration.root import accepted, ledger, published, state
from living_panel.orchestration.root import sentences as root_sentences
from living_panel.orchestration.root.processes import compute
from living_panel.orchestration.root.readers import COPY_OF_EARLIER, rolled_back
from living_panel.orchestration.root.settings import DBT_PROJECT, Settings
from living_panel.problems import Place, Problem, name_commands, problems_of

HASHES = ("units", "measures")
COMPARED = {
    "coefficients": (
        "model", "term", "inference", "estimate", "std_error", "p_value", "ci_low", "ci_high",
    ),
    "statistics": ("model", "term", "statistic", "inference", "value", "text"),
}  # fmt: skip
STATISTIC = "case statistic {} else statistic end".format(
    " ".join(
        f"when '{name}' then '{former}'"
        for name, former in {**FORMER_SIZES, **FORMER_OF_AUDITS}.items()
    )
)
"""SQL for the name of a statistic in comparisons: the former name where it has one."""
Say = Callable[[str], None]
NO_PROBLEM = "No problem was found: all files match their records."
Extent = Literal["files", "published", "all"]
"""Which tables are estimated again: none, those of the published state, all."""
HELD = (
    "tables of editions and earlier results, checked only by their digest: {}; `make verify "
    "ALL=yes` estimates them again"
)
FILES_ALONE = (
    "tables compared with their records: {}; none was estimated again (`make verify` does this)"
)
CORRECTIONS = DBT_PROJECT / "seeds" / "corrections.csv"
ADDED_VALUE = DBT_PROJECT / "macros" / "added_value.sql"
ADDED_VALUES = """
select source, edition::integer, corrected_on, sha256({{ text }})
from (select * replace (corrected_value::double as corrected_value) from read_csv(?, all_varchar = true))
where action = 'add'
"""


class Known(NamedTuple):
    """Sources that a manifest or the lineage may name."""

    files: set[tuple[str, int, str, str]]
    """Place and sha256 of each file with a receipt, and of each value that a correction adds."""
    papers: set[str]
    """Names of the papers' own data, which are in git and not in the archive."""


def verify(
    settings: Settings, say: Say, noted: str | None = None, *, extent: Extent = "published"
) -> list[Problem]:
    """Check every stage that keeps things; say each step; return what is wrong.

    `extent` says which tables are estimated again. The others are held by digest: their files against the manifest,
    and the manifest against the ledger. A release of such a table is held by its files alone.

    `noted` is a line of the ledger that somebody noted elsewhere, as a publication prints it
    (`12:<sha256>`): the ledger has to hold it still. Each later line is said: what it covers came after the note.
    """
    if extent == "published":
        return _problems(settings, say, noted, _current_parts(settings))
    return _problems(settings, say, noted, set() if extent == "files" else None)


def _current_parts(settings: Settings) -> set[str] | None:
    """Names of the artifacts and releases of the published state; None, which is all, where its list is damaged."""
    try:
        entries = state.read(settings.root, "current")
    except state.Damaged:
        return None
    return {name for e in entries for name in (e["artifact_id"], e["release_id"])} or None


def _is_in(folder: Path, current: set[str] | None) -> bool:
    return current is None or folder.name in current


def _problems(
    settings: Settings,
    say: Say,
    noted: str | None,
    current: set[str] | None,
) -> list[Problem]:
    root, folders = settings.root, settings.artifact_folders()
    problems = archive.verify(root)
    say(f"archive: {_counted(problems)}")
    heads = [published.about(settings).get("ledger"), ledger.witnessed_head(root), noted]
    unlike = [*ledger.check(root), *ledger.check_length(root, [h for h in heads if h])]
    say(f"ledger: {_counted(unlike)}; its last line is {_head(root)}")
    for later_line in _later_lines(root, noted):
        say(str(later_line))
    problems += [*unlike, *(p for note in state.damaged(root).values() for p in note.problems)]
    problems += _accepted_problems(root)
    known = _known_sources(root)
    for folder in sorted(p.parent for p in settings.releases.glob("[!.]*/manifest.json")):
        problems += _release_problems(folder, known, say, is_read_whole=_is_in(folder, current))
    problems += _comparison_problems(root)
    later: list[str] = []
    of_warehouse = [
        *_warehouse_problems(settings, known, later.append),
        *_unlike_ledger(settings, noted or "", later.append),
    ]
    held = [folder for folder in folders if not _is_in(folder, current)]
    findings = _check_tables(settings, folders, current, say)
    for folder in folders:
        found, line = findings[folder]
        problems += found
        if line:
            say(line)
    if held:
        say(name_commands((HELD if current else FILES_ALONE).format(len(held))))
    problems += of_warehouse
    for line in later:
        say(line)
    if (settings.root / SETTINGS_FILE).exists():
        in_lake = lake_problems(settings)
        say(f"lake: {_counted(in_lake)}")
        problems += in_lake
    return problems


def _check_tables(
    settings: Settings, folders: Sequence[Path], current: set[str] | None, say: Say
) -> dict[Path, Finding]:
    """Findings about stored tables, in several processes, the longest first; in this one where none is estimated."""
    if not any(_is_in(folder, current) for folder in folders):
        return {folder: hold_artifact(settings.releases, folder) for folder in folders}
    longest_first = sorted(folders, key=artifact.seconds_taken, reverse=True)
    calls = [
        partial(
            recompute_artifact if _is_in(folder, current) else hold_artifact,
            settings.releases,
            folder,
        )
        for folder in longest_first
    ]
    return dict(zip(longest_first, compute(calls, "verifying tables", say), strict=True))


def _comparison_problems(root: Path) -> list[Problem]:
    """Stored comparisons whose files are not those of their manifest; an older one has no line of the ledger."""
    problems: list[Problem] = []
    for name in ledger.on_disk(root, "comparison").keys() & _listed_comparisons(root):
        try:
            store.CHECKS["comparison"](store.folder_of(root, "comparison", name))
        except (OSError, ValueError) as error:
            problems += problems_of(error)
    return problems


def _listed_comparisons(root: Path) -> set[str]:
    try:
        return {*ledger.known(root, "comparison")}
    except ledger.Broken:
        return set()  # named with the ledger's findings


def _counted(problems: Sequence[Problem]) -> str:
    return f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"


def _head(root: Path) -> str:
    try:
        return ledger.head(root)
    except ledger.Broken:
        return "broken"


def _later_lines(root: Path, noted: str | None) -> list[Problem]:
    try:
        return ledger.later_lines(root, noted or "")
    except ledger.Broken:
        return []  # named with the ledger's problems


def _accepted_problems(root: Path) -> list[Problem]:
    try:
        return [
            Code.VERIFY_STATE(
                "the report of an accepted baseline is missing or changed",
                "restore it from a backup",
                Place(str(f)),
            )
            for f in accepted.changed_reports(root)
        ]
    except state.Damaged:
        return []  # named with the notes


def _known_sources(root: Path) -> Known:
    return Known(_archived_files(root) | _added_values(), _paper_sources())


def _archived_files(root: Path) -> set[tuple[str, int, str, str]]:
    """Place and sha256 of each file, from the archive's own receipts."""
    found = set()
    for path in ledger.on_disk(root, "receipt").values():
        try:
            receipt = read_receipt(path)
        except ValueError:
            continue  # named with the archive's problems
        for entry in receipt.files:
            found.add((receipt.source, receipt.edition, receipt.vintage.isoformat(), entry.sha256))
    return found


def _added_values() -> set[tuple[str, int, str, str]]:
    """Values that the seed of corrections adds: each is its own file, hashed by the macro that dbt uses."""
    macro = Template(ADDED_VALUE.read_text(encoding="utf-8")).module
    query = Template(ADDED_VALUES).render(text=macro.added_value_text())  # type: ignore[attr-defined]
    rows = duckdb.execute(query, [str(CORRECTIONS)]).fetchall()
    return {(source, edition, day, digest) for source, edition, day, digest in rows}


def _paper_sources() -> set[str]:
    """Names of the sources of the data that papers bring.

    Earlier states of them are in git alone; a release of one is held by its content, as its name is its hash.
    """
    folders = [p.parent for p in spec_folder().glob(f"*/{FOLDER}/source.yml")]
    return {name for folder in folders for name in source_names(folder)}


def _unknown_sources(where: Place, sources: list[dict[str, Any]], known: Known) -> list[Problem]:
    """Sources that a manifest or the lineage names and no receipt in the archive knows."""
    return [
        Code.VERIFY_ARTIFACT(
            "the file names {source} {edition} of {vintage} with sha256 {sha256}, but no receipt and no "
            "paper has this hash",
            "restore the receipt from git or a backup; or remove this file, then run `make run`",
            where,
            source=s["source"],
            edition=s["edition"],
            vintage=s["vintage"],
            sha256=s["sha256"],
        )
        for s in sources
        if s["source"] not in known.papers
        and (s["source"], s["edition"], str(s["vintage"]), s["sha256"]) not in known.files
    ]


def _release_problems(
    folder: Path, known: Known, say: Say, *, is_read_whole: bool
) -> list[Problem]:
    try:
        release = load_release(folder)
    except OtherSchema:
        say(f"release {folder.name}: {OTHER_VERSION}")
        return []
    except (OSError, ValueError) as error:
        return list(problems_of(error))
    if not is_read_whole:  # its files are those of its manifest, which the ledger holds
        problems = [*_unknown_files(folder, release)]
        problems += _unknown_sources(Place(file=str(folder)), release.manifest["sources"], known)
        return problems
    frames = _frames(release)
    hashes = ReleaseHashes(frames)
    if hashes.release_id() != folder.name:
        return [
            Code.VERIFY_RELEASE(
                "the name of this folder contains a hash that differs from its content",
                "run `make run`, which writes it again",
                Place(file=str(folder)),
            )
        ]
    place = Place(file=str(folder / "manifest.json"))
    problems = [
        Code.VERIFY_RELEASE(
            "{key} is {value!r}, but the tables of this file give {expected!r}",
            "run `make run`, which writes the release again",
            place,
            key=key,
            value=release.manifest.get(key),
            expected=value,
        )
        for key, value in described(frames, hashes).items()
        # releases from before there were hashes of measures have none
        if release.manifest.get(key, value if key in HASHES else None) != value
    ]
    problems += _unknown_sources(Place(file=str(folder)), release.manifest["sources"], known)
    problems += _release_files(folder, release, frames["panel"])
    say(f"release {folder.name}: content is that of its name, {_counted(problems)}")
    return problems


def _release_files(folder: Path, release: Release, panel: pd.DataFrame) -> Iterator[Problem]:
    """Files that the manifest does not name, and copies of the panel that hold other values.

    The release's name is the hash of its Parquet files alone.
    """
    yield from _unknown_files(folder, release)
    for path, reason in unlike_panel(folder, panel):
        yield Code.VERIFY_RELEASE(
            "the file differs from panel.parquet of the same release: {reason}",
            "remove the release's folder, then run `make run`",
            Place(str(path)),
            reason=reason,
        )


def _unknown_files(folder: Path, release: Release) -> Iterator[Problem]:
    named = {"manifest.json", *(str(entry["name"]) for entry in release.manifest["files"])}
    for path in sorted(folder.iterdir()):
        if path.name not in named:
            yield Code.VERIFY_RELEASE(
                "the release's manifest does not name this file",
                "move it out of the data folder",
                Place(str(path)),
            )


def _frames(release: Release) -> dict[str, pd.DataFrame]:
    return {
        name: release.panel.reset_index() if name == "panel" else getattr(release, name)
        for name in TABLES
    }


def _warehouse_problems(settings: Settings, known: Known, say: Say) -> list[Problem]:
    """The published file against its line in the ledger, the releases, the artifacts, the receipts."""
    link = settings.published
    place = Place(file=str(link))
    if not link.is_symlink():
        if link.exists():
            return [sentences.FILE_AS_LINK(place)]
        if any(settings.warehouse.glob("[!.]*.duckdb")):
            return [sentences.NO_LINK(place)]
        say("published: nothing")
        return []
    path = link.resolve()
    state_problems = list(_state_problems(settings))
    if not path.exists() or path.parent != settings.warehouse.resolve():
        return [*state_problems, sentences.LINK_ELSEWHERE(place, target=str(path))]
    problems = [
        Code.PUBLISH_CHANGED(
            "this link does not point to the published results",
            "run `make run`, which publishes again",
            Place(str(settings.root / name)),
        )
        for name in published.wrong_links(settings)
    ]
    problems += state_problems
    if logs := published.logs(settings):  # what the file holds cannot be seen through them
        return problems + [root_sentences.LOG_BESIDE(Place(str(log))) for log in logs]
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            problems += _content_problems(settings, connection, path, known)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        return [*problems, sentences.WAREHOUSE_DAMAGED(Place(file=str(path)), reason=reason)]
    day = rolled_back(settings)
    say(
        f"published {path.name}: each of its tables, against releases, artifacts and receipts, "
        f"{_counted(problems)}{f'; an earlier file, rolled back on {day}' if day else ''}"
    )
    return problems


def _unlike_ledger(settings: Settings, noted: str, say: Say) -> Iterator[Problem]:
    """What readers open, if it is not what the ledger published last; other remarks are said."""
    try:
        found = published.unlike_ledger(settings, noted)
    except ledger.Broken:
        return  # named with the ledger's problems
    if found and found.code == Code.LEDGER_PUBLISHED:
        yield found
    elif found:
        say(str(found))


def _state_problems(settings: Settings) -> Iterator[Problem]:
    """What differs between the published state and its own description, which the ledger holds."""
    folder = settings.publication.resolve()
    place = Place(str(folder / published.ABOUT))
    said = published.about(settings)
    if not said:
        there = (folder / published.ABOUT).is_file()
        reason = "it is empty or damaged" if there else "the file is missing"
        yield sentences.STATE_UNREADABLE(place, reason=reason)
    elif said.get("digest") != FORM:
        yield sentences.OLD_DIGEST(place, found=said.get("digest") or "64 bits")
    else:
        yield from _described_problems(settings, folder, said)
    withdrawn, specified = _withdrawn_artifacts(settings.root), _specified_tables(settings)
    for entry in _listed(settings):
        if entry["artifact_id"] in withdrawn and entry["table_id"] not in specified:
            continue  # its paper was removed
        manifest = settings.artifacts / entry["table_id"] / entry["artifact_id"] / "manifest.json"
        if not manifest.is_file():
            yield sentences.PART_MISSING(Place(str(manifest)))


def _described_problems(
    settings: Settings, folder: Path, said: Mapping[str, Any]
) -> Iterator[Problem]:
    try:
        known = ledger.known(settings.root, "state")
    except ledger.Broken:
        known = {folder.name: {}}  # named with the ledger's problems
    if folder.name not in known:
        place = Place(str(folder / published.ABOUT))
        yield root_sentences.UNKNOWN(place, kind="state", name=folder.name)
    expected = said.get("files")
    expected = dict(expected) if isinstance(expected, dict) else {}
    own = {published.ABOUT, published.FILE}
    present = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).as_posix() not in own
    }
    changed = {
        name
        for name in expected.keys() | present.keys()
        if name not in present or sha256_of(present[name])[0] != expected.get(name)
    }
    pages = {name for name in changed if name.startswith("report/")}
    if f"report/{INDEX}" in pages and is_remade(settings):
        yield Code.VERIFY_STATE(
            "{count} files of the report were made again with other templates after publication; the ledger "
            "does not record them",
            "run `make run`, which publishes and records them",
            Place(str(folder / "report")),
            count=len(pages),
        )
        changed -= pages
    for name in sorted(changed):
        at = Place(str(folder / name))
        if name not in present:
            yield sentences.STATE_FILE_MISSING(at)
        elif name not in expected:
            if present[name].name[0] != ".":  # of the desktop
                yield sentences.STATE_FILE(at)
        else:
            yield sentences.STATE_FILE_CHANGED(at)
    parts = said.get("rests_on")
    for name, digest in sorted(parts.items() if isinstance(parts, dict) else ()):
        path = settings.root / name
        if path.is_file() and sha256_of(path)[0] != digest:
            yield Code.VERIFY_STATE(
                "the published results need this file, but it changed after publication",
                "restore it from a backup; or remove its folder, then run `make run`",
                Place(str(path)),
            )


def _listed(settings: Settings) -> list[dict[str, str]]:
    try:
        found: list[dict[str, str]] = state.read(settings.root, "current")
    except state.Damaged:
        return []  # named with the notes
    return found


def _content_problems(
    settings: Settings, connection: duckdb.DuckDBPyConnection, path: Path, known: Known
) -> list[Problem]:
    problems = [
        sentences.TABLE_CHANGED(Place(str(path)), table=name)
        for name in _changed_tables(settings, connection, path)
    ]
    try:
        listed = state.read(settings.root, "current")
    except state.Damaged:
        listed = None  # named with the notes
    if listed is not None and published.about(settings) and listed != current_tables(path):
        place = Place(str(state.path(settings.root, "current")))
        problems.append(sentences.TABLE_CHANGED(place, table="the list of current tables"))
    named = path.name.split("-")[0]
    if built_release(path) != named:
        problems.append(sentences.OTHER_MARTS(Place(file=str(path)), release=named))
    problems += _unlike_artifacts(settings, connection, path)
    for table, release, rows in other_tables(connection, settings.releases):
        source = f"release {release}"
        problems.append(
            sentences.OTHER_ROWS(Place(str(path)), rows=rows, table=table, source=source)
        )
    lineage = connection.execute("select distinct * from results.lineage").df()
    lineage = lineage[~lineage["artifact_id"].isin(_withdrawn_artifacts(settings.root))]
    sources = lineage[["source", "edition", "vintage", "sha256"]].drop_duplicates()
    where = Place(file=str(path), table="results.lineage")
    problems += _unknown_sources(where, sources.to_dict("records"), known)
    return problems


def _specified_tables(settings: Settings) -> set[str]:
    """Tables that a specification still asks for: each of them needs its current artifact."""
    folders = (spec_folder(), settings.root / ROOTS_OWN)
    return {path.stem for folder in folders for path in spec_files(folder)}


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
    said = published.about(settings)
    then = said.get("tables") if said.get("file") == path.name else None
    if isinstance(then, dict) and said.get("digest") == FORM:
        now = table_digests(connection) | {".".join(LOG): log_digest(connection)}
        if changed := {k for k, _ in then.items() ^ now.items()}:
            return sorted(changed)
        of_name = said.get("content") if COPY_OF_EARLIER.search(path.name) else None
        now.pop(".".join(LOG))
        expected = str(of_name or path.stem.split("-")[1])
        return [] if digest_tables(now).startswith(expected) else ["one of its tables"]
    if said and said.get("digest") != FORM:
        return []  # it cannot be compared, which is named
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
            these = ", ".join(
                STATISTIC if column == "statistic" else quoted(column)
                for column in columns
                if column in known
            )
            once = "distinct" if name == "statistics" else ""  # some are under two names
            differing = connection.execute(
                f"""with here as (
                    select {once} {these}
                    from results.{quoted(name)} where artifact_id = $artifact
                ), there as (
                    select {once} {these}
                    from read_parquet($file)
                )
                select count(*)
                from ((from here except all from there) union all (from there except all from here))""",
                {"artifact": identity, "file": str(file)},
            ).fetchall()[0][0]
            if differing:
                place, source = Place(str(path)), f"artifact {table} {identity}"
                yield sentences.OTHER_ROWS(
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
        yield sentences.OTHER_ROWS(
            place, rows=differing, table="results.current_coefficients", source=source
        )
