"""Is a stored table what its manifest says: its files, its release, its numbers estimated again.

Loads no Dagster: workers run this.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from estimation.artifacts import artifact
from estimation.panel.errors import OtherSchema
from estimation.panel.release import Release
from estimation.panel.spec import Spec
from estimation.tables.estimate import estimate, kind_names
from orchestration.assets.table_artifact import release_in, release_manifest
from orchestration.root.limits import BeyondTableLimit, table_limits
from orchestration.root.versions import code_of

TOLERANCE = 1e-7
"""Largest relative difference between machines that counts as the same number."""
OTHER_VERSION = "in the form of another version, checked against the ledger alone"
ANEW = "Remedy: `make run` makes a current one anew."
Finding = tuple[list[str], str]


def recompute_artifact(releases: Path, folder: Path) -> Finding:
    """Check the files of a stored table, estimate it again, and compare.

    Parameters
    ----------
    releases : Path
        Folder of the releases.
    folder : Path
        The artifact.

    Returns
    -------
    list of str, str
        Problems in words, and one line of what was done; either may be empty.
    """
    try:
        manifest = artifact.verify_files(folder)
        spec = Spec.model_validate(manifest["spec"])
        code = code_of(spec) if spec.kind in kind_names() else None
    except OtherSchema:
        return [], f"{folder.parent.name} {folder.name}: {OTHER_VERSION}"
    except (OSError, ValueError, KeyError) as error:
        return [f"{folder}: {error}. {ANEW}"], ""
    release_folder = _release_of(releases, manifest)
    if release_folder is None:
        gone = f"{folder}: its release {manifest['release_id']} is gone. Remedy: `make run` rebuilds it."
        return [gone], ""
    try:
        release = release_in(release_folder)
    except ValueError:
        return [], ""  # a problem of the release, which is checked itself
    problems = []
    if manifest["sources"] != list(release.manifest["sources"]):
        problems.append(
            f"{folder / 'manifest.json'}: its sources are not those of its release "
            f"{manifest['release_id']}. {ANEW}"
        )
    name = f"{spec.table} {folder.name}"
    if code is None or code.version != manifest["code"]["code_version"]:
        commit = manifest["code"]["commit"][:8]
        return problems, f"{name}: files agree; made by other code ({commit}), not recomputed"
    found, done = _recomputed(spec, release, folder, manifest)
    return [*problems, *found], done and f"{name}: recomputed, {done}"


def _recomputed(spec: Spec, release: Release, folder: Path, manifest: Mapping[str, Any]) -> Finding:
    try:
        with table_limits(spec.table):
            result = estimate(spec, release)
    except BeyondTableLimit as error:
        return [f"{folder}: not recomputed: {error}"], ""
    if artifact.result_hash(result) == manifest["result_hash"]:
        return [], "same result hash"
    gap = artifact.largest_difference(folder, result)
    if gap <= TOLERANCE:
        return [], f"largest relative difference {gap:.1e}"
    problem = (
        f"{folder}: recomputed numbers differ by {gap:.1e} relative; expected at most "
        f"{TOLERANCE:.0e}."
    )
    return [problem], ""


def _release_of(releases: Path, manifest: Mapping[str, Any]) -> Path | None:
    """Folder of the release an artifact was estimated on; where it is gone, of one with equal inputs."""
    named = releases / manifest["release_id"]
    others = sorted(path.parent for path in releases.glob("[!.]*/manifest.json"))
    for folder in (named, *others):
        with suppress(OSError, ValueError):
            if artifact.rests_on(manifest, release_manifest(folder)):
                return folder
    return None
