"""Record the inputs of the last build, so that dbt runs only when an input changed.

In doubt (no note, a file touched by somebody else) the answer is: build.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from living_panel.orchestration.dbt.project_files import digest_of_files, project_digest
from living_panel.orchestration.root import state
from living_panel.orchestration.root.made import BUILDS, made_in
from living_panel.orchestration.root.settings import Settings

Made = dict[str, Any]
"""One build of a part: `inputs`; of the results also `others`, their inputs but for stored comparisons.

Of one made as assets: `run`, `at` and `checks` (whether each passed).
"""
COMPARISON = "drift"
"""Folder of stored comparisons among those of artifacts."""


def inputs_of_marts(settings: Settings) -> list[Path]:
    """Files that the marts are made from, apart from the project."""
    return sorted(settings.extracted.glob("*/edition=*/vintage=*/part.parquet"))


def inputs_of_results(settings: Settings) -> list[Path]:
    """Files that the results are made from: manifests, which hold the hashes of the rest, and lists."""
    # the lists of the published state change at publication, and the results do not read them
    built = [n for n in state.vantages(settings.root) if n not in ("current", "previous")]
    lists = [state.path(settings.root, name) for name in built]
    notes = (state.path(settings.root, name) for name in ("editions", "edition_steps"))
    lists += [p for p in notes if p.is_file()]
    compared = settings.build.glob("reproduction*.parquet")
    return sorted([*settings.artifacts.glob("*/*/manifest.json"), *lists, *compared])


def inputs_of_others(settings: Settings) -> list[Path]:
    """Files that the results are made from, but for the rows of stored comparisons."""
    return [p for p in inputs_of_results(settings) if p.parent.parent.name != COMPARISON]


INPUTS = {"marts": inputs_of_marts, "results": inputs_of_results}


def fingerprint(inputs: Iterable[Path], variables: dict[str, object], root: Path) -> str:
    """Hash over the dbt project, its inputs' bytes and places in the root, and its variables."""
    whole = f"{project_digest()} {json.dumps(variables, sort_keys=True)}"
    return digest_of_files(whole, inputs, root)


def fingerprints(settings: Settings, part: str, variables: dict[str, object]) -> Made:
    """Return the inputs of a part as its note holds them."""
    read = {"inputs": INPUTS[part]} | ({"others": inputs_of_others} if part == "results" else {})
    return {name: fingerprint(of(settings), variables, settings.root) for name, of in read.items()}


def made_from(
    root: Path, build_file: Path, part: str, inputs: str, of: str = "inputs"
) -> Made | None:
    """The last successful build of a part, if the file still is what it left and it was from these inputs.

    `of` names the fingerprint that is compared: `inputs`, or `others` of the results.
    """
    entry = noted(root, build_file).get(part)
    return entry if isinstance(entry, dict) and entry.get(of) == inputs else None


def forget(root: Path, build_file: Path) -> None:
    """Take the note away: called before a build, so that one cut short is never believed."""
    made_in(root, BUILDS).drop(name_of(root, build_file))


def remember(root: Path, build_file: Path, parts: dict[str, Made]) -> None:
    """Leave the note of a build that succeeded; `inputs` of each part is its fingerprint."""
    note = (str(build_file.stat().st_mtime_ns), parts)
    made_in(root, BUILDS).put({name_of(root, build_file): note})


def noted(root: Path, build_file: Path) -> dict[str, Made]:
    """The builds that a file holds, by part; none if somebody touched it since."""
    if not build_file.exists() or build_file.with_name(build_file.name + ".wal").exists():
        return {}
    time = str(build_file.stat().st_mtime_ns)
    return made_in(root, BUILDS).get(name_of(root, build_file), time) or {}


def name_of(root: Path, build_file: Path) -> str:
    """Name of the note of a build file."""
    return os.path.relpath(build_file, root)
