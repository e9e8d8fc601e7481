"""Conditions after a fault: no torn file, no lost file, every hash verifies."""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet

from living_panel.estimation.artifacts.artifact import verify_files
from living_panel.estimation.panel.digest import Description, describe_tables, digest_table
from living_panel.estimation.panel.release import load_release
from living_panel.ingestion.digests import sha256_of
from living_panel.ingestion.storage import archive
from living_panel.orchestration.assets.publication import LOG, content_digest
from living_panel.orchestration.root import ledger

LEFT = (
    "releases/.*", "artifacts/*/.writing*", "warehouse/.*", "states/.*", "accepted/.*", ".*.next",
    ".*.tmp", "state/.*", "states/*/.*", "build/.*.tmp", "state/unfinished.json",
)  # fmt: skip
"""Files and folders that are written aside; those of locks are none."""
OF_THE_RUN = "run_id, created_at, seconds, frozen_at"


@dataclass
class State:
    """Key of the content of a root: ids and hashes, independent of the run that made them."""

    published: str = ""
    content: dict[str, str] = field(default_factory=dict)
    releases: list[str] = field(default_factory=list)
    artifacts: dict[str, str] = field(default_factory=dict)
    current: list[dict[str, str]] = field(default_factory=list)
    archive: dict[str, str] = field(default_factory=dict)
    extracted: dict[str, str] = field(default_factory=dict)
    landing: list[str] = field(default_factory=list)

    def differences(self, other: State) -> list[str]:
        """Fields that differ; of one with entries, the entries."""
        problems = []
        for name in self.__dataclass_fields__:
            ours, theirs = getattr(self, name), getattr(other, name)
            if isinstance(ours, dict):
                apart = {k for k, _ in ours.items() ^ theirs.items()}
                ours, theirs = ({k: v for k, v in d.items() if k in apart} for d in (ours, theirs))
            if ours != theirs:
                problems.append(f"{name} differs: {ours} / {theirs}"[:600])
        return problems


def state_of(root: Path) -> State:
    """Read the state of a root that is at rest."""
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        content = {
            described.name: _digest(connection, described)
            for described in describe_tables(connection)
            if described.name != ".".join(LOG)  # one more line whenever a run comes to its end
        }
    return State(
        published=(root / "warehouse.duckdb").resolve().name.split("-")[0],
        content=content,
        releases=sorted(p.name for p in (root / "releases").glob("[0-9a-f]*")),
        artifacts={
            str(p.parent.relative_to(root / "artifacts")): json.loads(p.read_text())["result_hash"]
            for p in sorted((root / "artifacts").glob("x_*/[0-9a-f]*/manifest.json"))
        },
        current=json.loads((root / "state" / "current.json").read_text()),
        archive={
            str(p.relative_to(root)): sha256_of(p)[0]
            for p in sorted((root / "archive").glob("*/*/*/[!.]*"))
        },
        extracted={
            str(p.relative_to(root)): sha256_of(p)[0]
            for p in sorted((root / "extracted").glob("*/*/*/part.parquet"))
        },
        landing=sorted(str(p.relative_to(root)) for p in (root / "landing").rglob("*.csv")),
    )


def _digest(connection: duckdb.DuckDBPyConnection, described: Description) -> str:
    """Digest of a table without the columns that a run makes anew."""
    columns = tuple(c for c in described.columns if c.name not in OF_THE_RUN.split(", "))
    place = described.name.split(".", 1)
    return digest_table(connection, replace(described, columns=columns), place)


def faults_of(root: Path, landed: dict[str, str], old: State, new: State) -> list[str]:
    """Everything that a fault may not leave behind; empty if the root is whole.

    Parameters
    ----------
    landed
        sha256 by place of every file that was handed in, in landing or in the archive.
    old, new
        The states between which the run was cut.
    """
    return [
        *_published(root, {old.published, new.published}),
        *_folders(root, {*old.releases}, {*old.artifacts}),
        *_lists(root, (old.current, new.current)),
        *_bytes(root, landed),
        *_ledgers(root),
    ]


def _published(root: Path, allowed: set[str]) -> list[str]:
    link = root / "warehouse.duckdb"
    try:
        with duckdb.connect(str(link), read_only=True) as connection:
            digest = content_digest(connection)
    except duckdb.Error as error:
        return [f"published: does not open: {error}"]
    release, promised = link.resolve().stem.split("-")[:2]
    problems = [] if release in allowed else [f"published: {release}, neither old nor new"]
    if not digest.startswith(promised):
        problems.append(f"published: {link.resolve().name} holds content {digest[:12]}")
    return problems


def _folders(root: Path, releases: set[str], artifacts: set[str]) -> list[str]:
    problems = []
    for folder in (root / "releases").glob("[0-9a-f]*"):
        releases.discard(folder.name)
        try:
            load_release(folder)
        except (ValueError, OSError) as error:
            problems.append(f"release: {error}")
    for folder in (root / "artifacts").glob("*/[0-9a-f]*"):
        artifacts.discard(str(folder.relative_to(root / "artifacts")))
        try:
            if folder.parent.name == "drift":  # a comparison has no hashes of its own
                json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
                pyarrow.parquet.read_table(folder / "coefficient_drift.parquet")
            else:
                verify_files(folder)
        except (ValueError, OSError) as error:
            problems.append(f"artifact: {error}")
    for part in (root / "extracted").glob("*/*/*/part.parquet"):
        try:
            pyarrow.parquet.read_table(part)
        except Exception as error:
            problems.append(f"extracted: {part}: {error}")
    return problems + [f"lost: {name}" for name in sorted(releases | artifacts)]


def _lists(root: Path, allowed: tuple) -> list[str]:
    try:
        current = json.loads((root / "state" / "current.json").read_text())
    except (OSError, ValueError) as error:
        return [f"current.json: {error}"]
    problems = [] if current in allowed else [f"current.json: neither old nor new: {current}"]
    for entry in current:
        folder = root / "artifacts" / entry["table_id"] / entry["artifact_id"]
        if not folder.exists():
            problems.append(f"current.json: names {folder}, which is not there")
    return problems


def _bytes(root: Path, landed: dict[str, str]) -> list[str]:
    paths: dict[str, list[Path]] = {}
    for path in [*root.glob("landing/*/*/*"), *root.glob("archive/*/*/*/*")]:
        if path.is_file():
            paths.setdefault(sha256_of(path)[0], []).append(path)
    return [f"lost: the bytes of {name}" for name, sha in landed.items() if sha not in paths]


def _ledgers(root: Path) -> list[str]:
    """A line that does not follow from the one before; a last line cut short is allowed."""
    problems = []
    for file in {ledger.file_of(root, kind) for kind in ledger.KINDS}:
        try:
            ledger.lines(file)
        except ledger.Broken as error:
            problems.append(f"ledger: {error}")
    return problems


def after_recovery(root: Path, new: State) -> list[str]:
    """Problems after the next run has succeeded: it must equal an undisturbed run."""
    return [
        *state_of(root).differences(new),
        *map(str, archive.verify(root)),
        *map(str, ledger.check(root)),
        *leavings(root),
    ]


def leavings(root: Path, backups: Path | None = None) -> list[str]:
    """Everything that a stopped command may not leave once the next command has ended."""
    problems = [
        f"left behind: {path.relative_to(root)}"
        for pattern in LEFT
        for path in root.glob(pattern)
        if path.name != ".lock"
    ]
    accepted = {p.name for p in (root / "accepted").glob("[!.]*")}
    named = {r["report"]["folder"] for r in _accepted(root) if "report" in r}
    problems += [f"left behind: accepted/{name}" for name in sorted(accepted - named)]
    there = sorted(backups.iterdir()) if backups is not None and backups.is_dir() else []
    for path in there:
        if path.name.startswith("."):
            problems.append(f"left behind: {path.name}")
        else:
            try:
                with tarfile.open(path) as archive:
                    archive.getmembers()
            except (OSError, EOFError, tarfile.TarError) as error:
                problems.append(f"backup: {error}")
    return problems


def is_accepted(root: Path) -> bool:
    """Whether a state is recorded as accepted, in the list or in the ledger."""
    return bool(_accepted(root)) or bool(ledger.known(root, "accepted"))


def _accepted(root: Path) -> list[dict[str, Any]]:
    path = root / "state" / "accepted.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
