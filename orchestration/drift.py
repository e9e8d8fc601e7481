"""Comparing two states of knowledge: which figures changed, and how every coefficient moved.

Belongs here: finding the two sides, storing the comparison under artifacts/drift, the asset and what
`make diff` prints. Not here: the decomposition (`estimation.artifacts.drift`).
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from estimation.artifacts import artifact
from estimation.artifacts.drift import DRIFT_COLUMNS, State, decompose, release_diff
from estimation.panel.canonical import document_hash
from estimation.panel.release import load_release
from estimation.panel.spec import Spec
from estimation.tables.estimate import module_of
from estimation.tables.result import stars
from orchestration.resources import Workplace
from orchestration.settings import Settings
from orchestration.versioning import module_version


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its name for people and the artifacts it consists of."""

    name: str
    entries: tuple[dict[str, str], ...]

    @property
    def release_id(self) -> str:
        """Release that all its artifacts were estimated on."""
        return self.entries[0]["release_id"]


def find_side(settings: Settings, name: str | None) -> Side:
    """The side a person names: `current`, `previous`, an edition or date rebuilt before.

    Raises
    ------
    ValueError
        Listing what can be named, with the remedy.
    """
    path = _path(settings, name or "current")
    if not path.exists():
        there = sorted(p.stem.removeprefix("as_of_") for p in settings.artifacts.glob("*.json"))
        raise ValueError(
            f"nothing is known as {name!r}. Known: {', '.join(there) or 'nothing yet'}. "
            f"Remedy: make run{'' if name in (None, 'current') else f' AS_OF={name}'}"
        )
    entries = tuple(json.loads(path.read_text(encoding="utf-8")))
    if not entries:
        raise ValueError(f"{path}: lists no table. Remedy: make run")
    return Side(name or "current", entries)


def compare(settings: Settings, old: Side, new: Side) -> Path:
    """Store the comparison of two sides; one that exists is returned.

    Returns
    -------
    Path
        Folder with coefficient_drift.parquet, release_diff.parquet, drift.md, drift.png, manifest.json.
    """
    identity = document_hash(
        {
            "old": list(old.entries),
            "new": list(new.entries),
            "code": module_version("estimation.artifacts.drift_picture"),
        }
    )[:16]
    folder = settings.artifacts / "drift" / identity
    if (folder / "manifest.json").exists():
        return folder
    from estimation.artifacts.drift_picture import (  # loads matplotlib: only when it draws
        draw_drift,
        to_text,
    )

    old_release, new_release = (load_release(settings.releases / s.release_id) for s in (old, new))
    diff = release_diff(old_release, new_release)
    frames = []
    tables = {e["table_id"]: e["artifact_id"] for e in new.entries}
    before = {e["table_id"]: e["artifact_id"] for e in old.entries}
    for table in sorted(set(tables) & set(before)):
        left = _state(settings, old_release, table, before[table])
        right = _state(settings, new_release, table, tables[table])
        frames.append(_movement(table, left, right))
    drift = pd.concat(
        [f for f in frames if len(f)] or [pd.DataFrame(columns=DRIFT_COLUMNS)], ignore_index=True
    )
    title = f"From {old.name} ({old.release_id[:6]}) to {new.name} ({new.release_id[:6]})"
    link = {"from_release": old.release_id, "to_release": new.release_id, "comparison": identity}
    files = {
        "coefficient_drift.parquet": _parquet(drift.assign(**link)),
        "release_diff.parquet": _parquet(diff.assign(**link)),
        "drift.md": to_text(drift, diff, old.name, new.name).encode(),
        "drift.png": draw_drift(drift, title),
        "manifest.json": json.dumps(
            {"old": list(old.entries), "new": list(new.entries), "from": old.name, "to": new.name},
            indent=1,
        ).encode(),
    }
    artifact.write_folder(folder, files)
    return folder


def _movement(table: str, old: State, new: State) -> pd.DataFrame:
    """Drift of one table; nothing where its kind has no point estimates to follow."""
    module = module_of(new.spec.kind)
    if old.stored.empty and new.stored.empty:
        return pd.DataFrame(columns=DRIFT_COLUMNS)
    if not hasattr(module, "points"):
        return _undecomposed(table, old, new)
    return decompose(table, old, new, module.points)


def _undecomposed(table: str, old: State, new: State) -> pd.DataFrame:
    """Movements without parts, for a kind that cannot be re-estimated cheaply."""
    names = sorted(set(old.stored.index) | set(new.stored.index))
    rows: list[dict[str, Any]] = []
    for model, term in names:
        left, right = old.stored.get((model, term)), new.stored.get((model, term))
        status = (
            "appeared" if left is None else "gone" if right is None else "moved, not decomposed"
        )
        if status.startswith("moved") and abs(right - left) <= 1e-9 * max(1.0, abs(left)):
            status = "unchanged"
        rows.append(
            {"table_id": table, "model": model, "term": term, "old": left, "new": right,
             "change": None if left is None or right is None else right - left,
             "old_stars": old.stars.get((model, term), ""), "new_stars": new.stars.get((model, term), ""),
             "status": status}
        )  # fmt: skip
    return pd.DataFrame(rows, columns=DRIFT_COLUMNS)


def _state(settings: Settings, release: Any, table: str, identity: str) -> State:
    folder = settings.artifacts / table / identity
    manifest = artifact.read_manifest(folder)
    spec = Spec.model_validate(manifest["spec"])
    coefficients = pd.read_parquet(folder / "coefficients.parquet")
    primary = spec.options.get("primary")
    chosen = coefficients[coefficients["inference"] == primary] if primary else coefficients
    first = chosen.drop_duplicates(["model", "term"]).set_index(["model", "term"])
    marks = {k: stars(p, spec.stars) for k, p in first["p_value"].items()}
    every = coefficients.drop_duplicates(["model", "term"]).set_index(["model", "term"])["estimate"]
    return State(release=release, spec=spec, stored=every, stars=marks)


def _path(settings: Settings, name: str) -> Path:
    if name in ("current", "previous"):
        return settings.artifacts / f"{name}.json"
    return settings.artifacts / f"as_of_{name}.json"


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    numbers = [c for c in frame.columns if c in (*DRIFT_COLUMNS[3:15], "largest_relative_change")]
    frame = frame.astype({c: "float64" for c in numbers})
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def drift_asset() -> dg.AssetsDefinition:
    """Asset that compares what a refresh made with what it replaced."""

    @dg.asset(
        key=["artifacts", "drift"],
        group_name="artifacts",
        deps=[dg.AssetKey(["artifacts", "current"])],
        kinds={"python", "parquet"},
    )
    def drift(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """What the newest release changed in the figures, and how every coefficient moved and why."""
        settings = workplace.settings
        if not _path(settings, "previous").exists() or workplace.as_of is not None:
            return dg.MaterializeResult(metadata={"comparison": "nothing came before"})
        folder = compare(settings, find_side(settings, "previous"), find_side(settings, "current"))
        text = (folder / "drift.md").read_text(encoding="utf-8")
        context.log.info(f"compared with what came before: {folder / 'drift.md'}")
        return dg.MaterializeResult(
            data_version=dg.DataVersion(folder.name),
            metadata={
                "drift": dg.MetadataValue.md(text),
                "path": dg.MetadataValue.path(str(folder)),
            },
        )

    return drift
