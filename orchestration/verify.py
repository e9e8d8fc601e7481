"""Is everything what it says it is: the archive, the releases, every artifact recomputed.

Belongs here: comparing what is stored with what the stored inputs give. Not here: mending.
"""

from __future__ import annotations

from collections.abc import Callable

from estimation.artifacts import artifact
from estimation.panel.release import load_release, release_id
from estimation.panel.spec import Spec
from estimation.tables.estimate import estimate
from ingestion import archive
from orchestration.settings import Settings
from orchestration.versioning import code_of_kind

TOLERANCE = 1e-7
"""Largest relative difference between machines that counts as the same number."""


def verify(settings: Settings, say: Callable[[str], None]) -> list[str]:
    """Check every room that keeps things; say each step; return what is wrong, in words."""
    problems = archive.verify(settings.root)
    say(f"archive: {len(problems)} problems")
    for folder in sorted(p for p in settings.releases.glob("*") if (p / "manifest.json").exists()):
        problems += _release_problems(folder, say)
    for folder in settings.artifact_folders():
        problems += _artifact_problems(settings, folder, say)
    return problems


def _release_problems(folder, say: Callable[[str], None]) -> list[str]:  # type: ignore[no-untyped-def]
    try:
        release = load_release(folder)
    except ValueError as error:
        return [str(error)]
    frames = {
        "panel": release.panel.reset_index(),
        "observations": release.observations,
        "indicators": release.indicators,
        "provinces": release.provinces,
        "series_breaks": release.series_breaks,
        "national": release.national,
    }
    if release_id(frames) != folder.name:
        return [f"{folder}: the content is not that of its name. Remedy: remove it; `make run`."]
    say(f"release {folder.name}: content is that of its name")
    return []


def _artifact_problems(settings, folder, say: Callable[[str], None]) -> list[str]:  # type: ignore[no-untyped-def]
    try:
        manifest = artifact.verify_files(folder)
        spec = Spec.model_validate(manifest["spec"])
        code = code_of_kind(spec.kind)
    except ValueError as error:
        return [str(error)]
    name = f"{spec.table} {folder.name}"
    if code.version != manifest["code"]["code_version"]:
        say(
            f"{name}: files hold; made by other code ({manifest['code']['commit'][:8]}), not recomputed"
        )
        return []
    release_folder = settings.releases / manifest["release_id"]
    if not release_folder.exists():
        return [
            f"{folder}: its release {manifest['release_id']} is gone. Remedy: `make run` rebuilds it."
        ]
    result = estimate(spec, load_release(release_folder))
    if artifact.result_hash(result) == manifest["result_hash"]:
        say(f"{name}: recomputed, same result hash")
        return []
    gap = artifact.largest_difference(folder, result)
    if gap <= TOLERANCE:
        say(f"{name}: recomputed, largest relative difference {gap:.1e}")
        return []
    return [
        f"{folder}: recomputed numbers differ by {gap:.1e} relative; expected at most {TOLERANCE:.0e}."
    ]
