"""One table's artifact: where it lies, and estimating it. Loads no Dagster: child processes run this."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.artifact import CodeState
from living_panel.estimation.panel.errors import OtherSchema
from living_panel.estimation.panel.release import Release, load_release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.estimate import estimate
from living_panel.orchestration.outputs import store
from living_panel.orchestration.root.limits import table_limits
from living_panel.orchestration.root.versions import code_of


def artifact_folder(
    artifacts: Path, spec: Spec, release: Path, *, numbers_alone: bool = False
) -> Path:
    """Where the artifact of a spec, a release's folder and this code lies, whether it is there or not."""
    inputs = artifact.artifact_inputs(spec, release_manifest(release))
    identity = artifact.artifact_id(spec, inputs, code_of(spec), numbers_alone=numbers_alone)
    return artifacts / spec.table / identity


def make_artifact(
    folder: Path,
    spec: Spec,
    code: CodeState,
    release_folder: Path,
    supersedes: str | None,
    run_id: str,
    *,
    numbers_alone: bool = False,
) -> Path:
    """Estimate a table, write its artifact and return its folder; who asks knows folder and code already."""
    started, release = time.monotonic(), release_in(release_folder)
    with table_limits(spec.table):
        result = estimate(spec, release)
    run = {
        "run_id": run_id,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - started, 3),
    }
    files = artifact.artifact_files(
        result, spec, release, code, supersedes=supersedes, run=run, numbers_alone=numbers_alone
    )
    return store.put(folder.parents[2], "artifact", name_of(folder), files)


def name_of(folder: Path) -> str:
    """Name of an artifact in the store: its table and its identity."""
    return f"{folder.parent.name}/{folder.name}"


def set_aside_damaged(folders: Iterable[Path], say: Callable[[str], None]) -> None:
    """Put damaged artifacts away, where nothing looks for them: results list all others.

    A file of another version of this code stays as it is.
    """
    for folder in folders:
        try:
            artifact.verify_files(folder)
        except OtherSchema:
            continue
        except (OSError, ValueError) as error:
            aside = folder.with_name(f".damaged-{folder.name}")
            shutil.rmtree(aside, ignore_errors=True)
            folder.rename(aside)
            say(f"{folder} is damaged and was set aside as {aside.name}: {error}")


@lru_cache(maxsize=4)
def release_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a release, unchecked: what tables of it are keyed by."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest


@lru_cache(maxsize=2)
def release_in(folder: Path) -> Release:
    """Return a release; it never changes, so that a worker reads it once."""
    return load_release(folder)
