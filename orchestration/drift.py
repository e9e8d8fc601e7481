"""Comparing two states of knowledge: finding them by name, storing what moved, keeping what is asked for."""

import io
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
from pydantic import ValidationError

from estimation.artifacts import artifact
from estimation.artifacts.drift import DRIFT_COLUMNS, State, changed_cells, decompose, release_diff
from estimation.panel.canonical import document_hash
from estimation.panel.release import load_release
from estimation.panel.spec import Spec
from estimation.tables import estimate
from estimation.tables.result import stars
from ingestion.files import write_folder
from orchestration import state
from orchestration.resources import Workplace
from orchestration.settings import Settings
from orchestration.versioning import module_version

ASKED_KEPT = 5
"""Comparisons by name that outlive a refresh (docs/decisions/comparisons.md)."""
SHORTEST_ID = 6


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its name for people and the artifacts it consists of."""

    name: str
    entries: tuple[dict[str, str], ...]

    @property
    def release_id(self) -> str:
        """Release of the panel; tables on a paper's own data come after the others."""
        return self.entries[0]["release_id"]


def find_side(settings: Settings, name: str) -> Side:
    """The side a person names.

    Parameters
    ----------
    name : str
        `current`, `accepted`, `previous`; an edition or date rebuilt before, or the newest edition of
        the current state; the beginning of the id of a release or of an artifact.

    Raises
    ------
    ValueError
        Listing what can be named, with the remedy.
    """
    if name == "accepted":
        return baseline(settings)
    entries = tuple(_listed(settings, name))
    if not entries and is_newest(settings, name):
        entries = tuple(_listed(settings, "current"))
    entries = entries or _by_id(settings, name)
    if entries:
        spoken = {"current": "the current state", "previous": "the state before"}
        return Side(spoken.get(name, f"the state of {name}"), entries)
    there = [n.removeprefix("as_of_") for n in state.vantages(settings.root)]
    vantage = "" if name in ("current", "previous") else f" AS_OF={name}"
    raise ValueError(
        f"nothing is known as {name!r}. Known: {', '.join(there) or 'nothing yet'}, and the ids of "
        f"releases and artifacts (at least {SHORTEST_ID} characters). Remedy: make run{vantage}"
    )


def is_newest(settings: Settings, name: str) -> bool:
    """Whether this is the newest edition that the current state knows."""
    entries = _listed(settings, "current")
    if not name.isdigit() or not entries:
        return False
    manifest = settings.releases / entries[0]["release_id"] / "manifest.json"
    editions = json.loads(manifest.read_text(encoding="utf-8"))["sources"]
    return int(name) == max((e["edition"] for e in editions), default=0)


def must_be_rebuilt(settings: Settings, name: str) -> bool:
    """Whether an edition or date is named whose state was not rebuilt yet."""
    vantage = name.isdigit() or (len(name) == 10 and name.count("-") == 2)
    return vantage and not _listed(settings, name) and not is_newest(settings, name)


def accept(settings: Settings, name: str) -> Side:
    """Write down that the current state was looked at and is what later ones are compared with.

    Raises
    ------
    ValueError
        Before the first refresh.
    """
    side = find_side(settings, "current")
    record = {"name": name, "on": date.today().isoformat(), "entries": list(side.entries)}
    known = [r for r in state.read(settings.root, "accepted") if r["entries"] != record["entries"]]
    state.write(settings.root, "accepted", [*known, record])
    return Side(f"the state accepted as {name!r}", side.entries)


def baseline(settings: Settings) -> Side:
    """The state that the current one is compared with: the last accepted that differs from it.

    Where none was ever accepted: the state before.

    Raises
    ------
    ValueError
        If nothing came before.
    """
    current = list(find_side(settings, "current").entries)
    for record in reversed(state.read(settings.root, "accepted")):
        if record["entries"] != current:
            name = f"the state accepted as {record['name']!r} on {record['on']}"
            return Side(name, tuple(record["entries"]))
    before = find_side(settings, "previous")
    return Side("the state before, accepted by nobody", before.entries)


def compare(settings: Settings, old: Side, new: Side, *, asked: bool) -> Path:
    """Store the comparison of two sides; one that exists is returned.

    Parameters
    ----------
    asked : bool
        Whether a person asked for these two; such a comparison outlives refreshes for a while.

    Returns
    -------
    Path
        Folder with coefficient_drift.parquet, release_diff.parquet, drift.txt, drift.md, drift.png and
        manifest.json.
    """
    identity = document_hash(
        {
            "old": [old.name, list(old.entries)],
            "new": [new.name, list(new.entries)],
            "code": module_version("estimation.artifacts.drift_picture", "orchestration.drift"),
        }
    )[:16]
    folder = settings.artifacts / "drift" / identity
    if not (folder / "manifest.json").exists():
        write_folder(folder, _files(settings, identity, old, new))
    if asked:
        (folder / "asked").touch()
    return folder


def prune(settings: Settings, keep: Path | None) -> None:
    """Remove comparisons but `keep` and the newest `ASKED_KEPT` that somebody asked for by name."""
    folders = [p for p in (settings.artifacts / "drift").glob("[!.]*") if p.is_dir()]
    asked = sorted(
        (p for p in folders if (p / "asked").exists()), key=lambda p: -(p / "asked").stat().st_mtime
    )
    for folder in set(folders) - {keep, *asked[:ASKED_KEPT]}:
        shutil.rmtree(folder)


def _files(settings: Settings, identity: str, old: Side, new: Side) -> dict[str, bytes]:
    from estimation.artifacts.drift_picture import (
        draw_drift,
    )  # loads matplotlib: only when it draws
    from estimation.artifacts.drift_words import sentences, to_text
    from estimation.tables.render import escape_markdown

    releases = (
        load_release(settings.releases / old.release_id),
        load_release(settings.releases / new.release_id),
    )
    cells = changed_cells(*releases)
    diff = release_diff(cells)
    # a table on its paper's own data has nothing to drift with
    before, after = (
        {e["table_id"]: e["artifact_id"] for e in s.entries if e["release_id"] == s.release_id}
        for s in (old, new)
    )
    frames: list[pd.DataFrame] = []
    kinds: dict[str, str] = {}
    for table in sorted(set(before) & set(after)):
        left, _ = _state(settings, releases[0], table, before[table])
        right, manifest = _state(settings, releases[1], table, after[table])
        kinds[table] = manifest["figures_status"]
        points = estimate.points if estimate.gives_points(manifest["spec"]["kind"]) else None
        if len(left.stored) or len(right.stored):
            frames.append(decompose(table, left, right, points, cells))
    drift = pd.concat(frames or [pd.DataFrame(columns=DRIFT_COLUMNS)], ignore_index=True)
    said = sentences((old.name, new.name), releases, cells, drift, kinds)
    mark = next(s for s in said if s.startswith(("SIMULATED", "Kind of figures")))
    link = {"from_release": old.release_id, "to_release": new.release_id, "comparison": identity}
    manifest = {
        "old": list(old.entries), "new": list(new.entries), "from": old.name, "to": new.name,
        "sentences": said,
    }  # fmt: skip
    return {
        "coefficient_drift.parquet": _parquet(drift.assign(**link)),
        "release_diff.parquet": _parquet(diff.assign(**link)),
        "drift.txt": to_text(said, drift, diff).encode(),
        "drift.md": to_text(said, drift, diff, escape_markdown).encode(),
        "drift.png": draw_drift(drift, said[0], mark),
        "manifest.json": json.dumps(manifest, indent=1, ensure_ascii=False).encode(),
    }


def _state(
    settings: Settings, release: Any, table: str, identity: str
) -> tuple[State, dict[str, Any]]:
    """What a table was, with its manifest; without a spec where today's code does not read it."""
    folder = settings.artifacts / table / identity
    manifest = artifact.read_manifest(folder)
    written = manifest["spec"]
    try:
        spec = Spec.model_validate(written)
    except ValidationError:
        spec = None
    coefficients = pd.read_parquet(folder / "coefficients.parquet")
    primary = written["options"].get("primary")
    chosen = coefficients[coefficients["inference"] == primary] if primary else coefficients
    first = chosen.drop_duplicates(["model", "term"]).set_index(["model", "term"])
    marks = {k: stars(p, written["stars"]) for k, p in first["p_value"].items()}
    every = coefficients.drop_duplicates(["model", "term"]).set_index(["model", "term"])["estimate"]
    return State(release=release, spec=spec, stored=every, stars=marks), manifest


def _listed(settings: Settings, name: str) -> list[dict[str, str]]:
    note = name if name in ("current", "previous") else f"as_of_{name}"
    return state.read(settings.root, note)


def _by_id(settings: Settings, name: str) -> tuple[dict[str, str], ...]:
    """The newest artifact of each table on the release, or the one artifact, whose id begins so."""
    if len(name) < SHORTEST_ID:
        return ()
    newest: dict[str, tuple[str, dict[str, str]]] = {}
    for folder in settings.artifact_folders():
        manifest = artifact.read_manifest(folder)
        if manifest["release_id"].startswith(name) or folder.name.startswith(name):
            entry = {k: manifest[k] for k in ("table_id", "artifact_id", "release_id")}
            made = str(manifest["run"].get("created_at", ""))
            newest[entry["table_id"]] = max(
                newest.get(entry["table_id"], ("", entry)), (made, entry), key=lambda pair: pair[0]
            )
    found = tuple(entry for _, entry in sorted(newest.values(), key=lambda p: p[1]["table_id"]))
    releases = {e["release_id"] for e in found}
    if len(releases) > 1:
        raise ValueError(
            f"{name!r} begins the ids of several releases: {', '.join(sorted(releases))}. "
            "Remedy: more characters."
        )
    return found


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    numbers = [c for c in frame.columns if c in (*DRIFT_COLUMNS[3:15], "largest_relative_change")]
    frame = frame.astype({c: "float64" for c in numbers})
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def drift_asset() -> dg.AssetsDefinition:
    """Asset that compares what a refresh made with the last state that was accepted."""

    @dg.asset(
        key=["artifacts", "drift"],
        group_name="artifacts",
        deps=[dg.AssetKey(["artifacts", "current"])],
        kinds={"python", "parquet"},
    )
    def drift(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """What changed since the last accepted state, how every coefficient moved, and why."""
        settings = workplace.settings
        there = {n for n in ("accepted", "previous", "current") if state.read(settings.root, n)}
        if "current" not in there or len(there) == 1:
            return dg.MaterializeResult(metadata={"comparison": "nothing came before"})
        new = find_side(settings, "current")
        folder = compare(settings, baseline(settings), new, asked=False)
        prune(settings, folder)
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sentences"]
        context.log.info(" ".join(said))
        return dg.MaterializeResult(
            data_version=dg.DataVersion(folder.name),
            metadata={
                "in words": dg.MetadataValue.md("\n".join(f"- {s}" for s in said)),
                "drift": dg.MetadataValue.md((folder / "drift.md").read_text(encoding="utf-8")),
                "path": dg.MetadataValue.path(str(folder)),
            },
        )

    return drift
