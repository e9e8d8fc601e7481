"""What the build file was last built from, so that dbt runs only when an input changed.

Belongs here: the fingerprint of dbt's inputs and the note left after a build that succeeded. Not here:
building. In doubt (no note, a file touched by somebody else) the answer is: build.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from orchestration.dbt_runs import project_files
from orchestration.settings import DBT_PROJECT, Settings


def inputs_of_marts(settings: Settings) -> list[Path]:
    """Files that the marts are made from, apart from the project."""
    return sorted(settings.extracted.glob("*/edition=*/vintage=*/part.parquet"))


def inputs_of_results(settings: Settings) -> list[Path]:
    """Files that the results are made from: manifests, which hold the hashes of the rest, and lists."""
    lists = settings.artifacts.glob("*.json")
    return sorted([*settings.artifacts.glob("*/*/manifest.json"), *lists])


def fingerprint(inputs: Iterable[Path], variables: dict[str, object], root: Path) -> str:
    """Hash over the dbt project, its inputs' bytes and places in the root, and its variables."""
    digest = hashlib.sha256(json.dumps(variables, sort_keys=True).encode())
    named = [(p.relative_to(DBT_PROJECT), p) for p in project_files()]
    for name, path in [*named, *((p.relative_to(root), p) for p in inputs)]:
        digest.update(f"{name}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_built(build_file: Path, part: str, current: str) -> bool:
    """Whether the file still is what the last successful build of this part left, from these inputs."""
    note = _note(build_file)
    return (
        build_file.exists()
        and note.get(part) == current
        and note.get("mtime_ns") == build_file.stat().st_mtime_ns
        and not build_file.with_name(build_file.name + ".wal").exists()
    )


def forget(build_file: Path) -> None:
    """Take the note away: called before a build, so that one cut short is never believed."""
    _path(build_file).unlink(missing_ok=True)


def remember(build_file: Path, parts: dict[str, str]) -> None:
    """Leave the note of a build that succeeded."""
    note = {**parts, "mtime_ns": build_file.stat().st_mtime_ns}
    temporary = _path(build_file).with_suffix(".tmp")
    temporary.write_text(json.dumps(note), encoding="utf-8")
    temporary.replace(_path(build_file))


def noted(build_file: Path) -> dict[str, str]:
    """Fingerprints by part that the note holds."""
    return {k: v for k, v in _note(build_file).items() if k != "mtime_ns"}


def _path(build_file: Path) -> Path:
    return build_file.with_suffix(".built.json")


def _note(build_file: Path) -> dict:
    try:
        return json.loads(_path(build_file).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}
