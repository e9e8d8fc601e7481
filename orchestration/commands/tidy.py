"""`make tidy`: releases, tables and runs that nothing rests on, shown, and removed on request.

What stays is stated here and in docs/reliability.md. A state rests on the artifacts of its list and on their releases.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from living_panel.orchestration.outputs import store
from living_panel.orchestration.root import ledger, published, state
from living_panel.orchestration.root.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

KEPT_RUNS = 5
"""Finished runs that Dagster's record keeps, the newest ones."""
KINDS = ("release", "artifact")


@dataclass(frozen=True)
class Unneeded:
    """A thing that nothing rests on.

    Attributes
    ----------
    kind : str
        `release`, `artifact` or `run`.
    name : str
        Name in the ledger, or the run's id.
    size_bytes : int
    """

    kind: str
    name: str
    size_bytes: int


def unneeded_things(settings: Settings) -> list[Unneeded]:
    """List releases and artifacts that no state, no list of a date and no accepted baseline names."""
    needed = {"artifact": set[str](), "release": set[str]()}
    for entry in _entries(settings):
        needed["artifact"].add(f"{entry['table_id']}/{entry['artifact_id']}")
        needed["release"].add(entry["release_id"])
    needed["release"] |= {*state.read(settings.root, "release").values(), *_published(settings)}
    needed["release"] |= {*_behind(settings, needed["artifact"])}
    return [
        Unneeded(kind, name, _size(path.parent))
        for kind in KINDS
        for name, path in sorted(ledger.on_disk(settings.root, kind).items())
        if name not in needed[kind]
    ]


def unneeded_runs(settings: Settings, instance: DagsterInstance) -> list[Unneeded]:
    """List finished runs but the newest `KEPT_RUNS`."""
    from dagster import DagsterRunStatus, RunsFilter

    ended = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    finished = instance.get_run_ids(RunsFilter(statuses=ended))  # newest first
    return [
        Unneeded("run", run, sum(map(_size, _files_of_run(settings, run))))
        for run in finished[KEPT_RUNS:]
    ]


def describe(things: list[Unneeded]) -> list[str]:
    """One line a kind: how many things, and their size."""
    lines = []
    for kind in ("release", "artifact", "run"):
        of_kind = [thing for thing in things if thing.kind == kind]
        size = sum(thing.size_bytes for thing in of_kind) / 1e6
        lines.append(f"{kind}s: {len(of_kind)}, {size:,.1f} MB")
    return lines


def remove_things(settings: Settings, things: list[Unneeded]) -> None:
    """Remove releases and artifacts; each line of the ledger is written before its files go."""
    for thing in things:
        store.remove(settings.root, thing.kind, thing.name)


def remove_runs(settings: Settings, instance: DagsterInstance, runs: list[Unneeded]) -> None:
    """Remove runs from Dagster's record, with their files, and give their space back."""
    for run in runs:
        instance.delete_run(run.name)
        for path in _files_of_run(settings, run.name):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    for database in settings.state.glob("history/**/*.db") if runs else ():
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(database)) as connection:
            connection.execute(
                "vacuum"
            )  # a file that a server writes at this moment stays as it is


def _entries(settings: Settings) -> Iterator[dict[str, str]]:
    """Yield every line of every list of tables that a person can go back to."""
    for name in [*state.vantages(settings.root), "editions"]:
        yield from state.read(settings.root, name)
    for accepted in state.read(settings.root, "accepted"):
        yield from accepted["entries"]
    for folder in settings.states.glob("[!.]*"):
        for name in (published.TABLES, published.PREVIOUS):
            with suppress(FileNotFoundError):
                yield from json.loads((folder / name).read_bytes())


def _published(settings: Settings) -> Iterator[str]:
    for about in settings.states.glob(f"[!.]*/{published.ABOUT}"):
        if release := json.loads(about.read_bytes()).get("release_id"):
            yield str(release)


def _behind(settings: Settings, artifacts: set[str]) -> Iterator[str]:
    """Yield the releases that artifacts were estimated on."""
    for name in artifacts:
        with suppress(FileNotFoundError):
            manifest = json.loads((settings.artifacts / name / "manifest.json").read_bytes())
            yield str(manifest["release_id"])


def _files_of_run(settings: Settings, run: str) -> list[Path]:
    stored = settings.state.glob(f"history/runs/{run}.db*")
    return [
        *stored,
        *(p for p in (settings.state / run, settings.state / "storage" / run) if p.exists()),
    ]


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if file.is_file())
