"""Is a stored table what its manifest says: its files, its release, its numbers estimated again.

Loads no Dagster: child processes run this.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.comparison import compare_numbers, numbers_of, read_numbers
from living_panel.estimation.panel.errors import OtherSchema
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.estimate import estimate, kind_names
from living_panel.estimation.tables.result import TableResult
from living_panel.orchestration.assets import sentences
from living_panel.orchestration.outputs.table_artifact import release_in, release_manifest
from living_panel.orchestration.root.limits import BeyondTableLimit, table_limits
from living_panel.orchestration.root.versions import code_of
from living_panel.problems import Place, Problem, ProblemError

OTHER_VERSION = "written by another version, so checked only against the ledger"
Finding = tuple[list[Problem], str]


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
    list of Problem, str
        Problems, and one line of what was done; either may be empty.
    """
    problems, line, manifest = _held(folder)
    if manifest is None:
        return problems, line
    try:
        spec = Spec.model_validate(manifest["spec"])
        code = code_of(spec) if spec.kind in kind_names() else None
    except ProblemError as error:
        return list(error.problems), ""
    except (OSError, ValueError, KeyError) as error:
        return [sentences.ARTIFACT_UNREADABLE(Place(file=str(folder)), reason=str(error))], ""
    release_folder = _release_of(releases, manifest)
    if release_folder is None:
        place = Place(file=str(folder))
        return [sentences.RELEASE_MISSING(place, release=manifest["release_id"])], ""
    try:
        release = release_in(release_folder)
    except ValueError:
        return [], ""  # a problem of the release, which is checked itself
    if manifest["sources"] != list(release.manifest["sources"]):
        place = Place(file=str(folder / "manifest.json"))
        problems.append(sentences.OTHER_SOURCES(place, release=manifest["release_id"]))
    name = f"{spec.table} {folder.name}"
    if code is None or code.version != manifest["code"]["code_version"]:
        commit = manifest["code"]["commit"][:8]
        return (
            problems,
            f"{name}: files match; other code ({commit}) made this table, so it was not estimated again",
        )
    differences, done = _recomputed(spec, release, folder, manifest)
    return [*problems, *differences], done and f"{name}: recomputed, {done}"


def hold_artifact(releases: Path, folder: Path) -> Finding:
    """Check the files of a stored table against its manifest, and that a release which it rests on is there.

    The ledger holds the manifest. See `recompute_artifact`, which estimates the table again.
    """
    problems, line, manifest = _held(folder)
    if manifest is not None and _release_of(releases, manifest) is None:
        place = Place(file=str(folder))
        problems = [sentences.RELEASE_MISSING(place, release=manifest["release_id"])]
    return problems, line


def _held(folder: Path) -> tuple[list[Problem], str, dict[str, Any] | None]:
    """The manifest of a stored table whose files are those of it; None, and why, where they are not."""
    try:
        return [], "", artifact.verify_files(folder)
    except OtherSchema:
        return [], f"{folder.parent.name} {folder.name}: {OTHER_VERSION}", None
    except ProblemError as error:
        return list(error.problems), "", None
    except (OSError, ValueError, KeyError) as error:
        problem = sentences.ARTIFACT_UNREADABLE(Place(file=str(folder)), reason=str(error))
        return [problem], "", None


def _recomputed(spec: Spec, release: Release, folder: Path, manifest: Mapping[str, Any]) -> Finding:
    try:
        with table_limits(spec.table):
            result = estimate(spec, release)
    except BeyondTableLimit as error:
        return [replace(p, place=Place(file=str(folder))) for p in error.problems], ""
    try:
        stored = read_numbers(folder)
    except (OSError, ValueError) as error:
        return [sentences.ARTIFACT_UNREADABLE(Place(file=str(folder)), reason=str(error))], ""
    compared = compare_numbers(spec.table, stored, numbers_of(result))
    if compared.level == "same bytes":
        return [*_other_texts(result, folder, manifest)], compared.level
    if compared.level == "same numbers":
        return [], f"{compared.level}, largest relative difference {compared.largest:.1e}"
    first, place = compared.cells[0], Place(file=str(folder))
    return [
        Code.VERIFY_ARTIFACT(
            "{number} recomputed cells differ; the first is {cell}: stored {stated}, recomputed {found}",
            "check whether a library or the machine has changed; `make run` makes a current table",
            place,
            number=len(compared.cells),
            cell=first.name,
            stated=first.stated,
            found=first.found,
        )
    ], ""


def _other_texts(
    result: TableResult, folder: Path, manifest: Mapping[str, Any]
) -> Iterator[Problem]:
    """Parts of the manifest, cells and renderings that are not those of the table estimated again.

    Call it where the numbers are the same, so that a rendering is the same text.
    """
    place = Place(file=str(folder / "manifest.json"))
    alone = bool(manifest.get(artifact.ALONE))
    for key, expected in artifact.told_by(result, numbers_alone=alone).items():
        if manifest.get(key) != expected:
            yield sentences.TEXT_OF_MANIFEST(
                place, key=key, value=_short(manifest.get(key)), expected=_short(expected)
            )
    if not (alone or artifact.has_cells_of(folder, result)):
        yield sentences.OTHER_CELLS(Place(file=str(folder / artifact.CELLS)))
    for name, content in artifact.renderings(result).items():
        file = folder / name
        if file.is_file() and file.read_bytes() != content:
            yield sentences.OTHER_RENDERING(Place(file=str(file)))


def _short(value: object) -> str:
    return textwrap.shorten(json.dumps(value, ensure_ascii=False), 200, placeholder=" …")


def _release_of(releases: Path, manifest: Mapping[str, Any]) -> Path | None:
    """Folder of the release an artifact was estimated on; where it is gone, of one with equal inputs."""
    named = releases / manifest["release_id"]
    others = sorted(path.parent for path in releases.glob("[!.]*/manifest.json"))
    for folder in (named, *others):
        with suppress(OSError, ValueError):
            if artifact.rests_on(manifest, release_manifest(folder)):
                return folder
    return None
