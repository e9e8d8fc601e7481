"""The one store of what results rest on: releases, artifacts and comparisons, each a folder named by its content.

A folder is written whole. Its manifest has the SHA-256 of its files, and the ledger that of the manifest. Results that
can be made again without a trace are noted elsewhere (`root.made`). Loads no Dagster: child processes run this.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from living_panel.estimation.artifacts.artifact import hold_files, verify_files
from living_panel.estimation.panel.release import verify_release
from living_panel.ingestion.files import Content, write_folder
from living_panel.orchestration.root import ledger

ASKED = "asked"
"""Empty file in the folder of a comparison that a person requested."""


def _verify_comparison(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    hold_files(folder, manifest.get("files", ()), {ASKED})


CHECKS: dict[str, Callable[[Path], Any]] = {
    "artifact": verify_files,
    "comparison": _verify_comparison,
    "release": verify_release,
}
"""What holds the files of each kind against its manifest."""


def folder_of(root: Path, kind: str, name: str) -> Path:
    """Place of a thing, whether it is there or not."""
    return (root / ledger.KINDS[kind][0].format(name)).parent


def put(root: Path, kind: str, name: str, files: Mapping[str, Content]) -> Path:
    """Write a thing whole, and its line of the ledger; return its folder. One that is there stays."""
    folder = folder_of(root, kind, name)
    write_folder(folder, files)
    ledger.record(root, kind, name)
    return folder


def get(
    root: Path, kind: str, name: str, say: Callable[[str], None] = lambda _: None
) -> Path | None:
    """Folder of a thing that is as it was put; one that is not is said and removed, to be made anew."""
    folder = folder_of(root, kind, name)
    if not folder.exists():
        return None
    if not (damage := verify(root, kind, name)):
        return folder
    say(f"{name} is made anew: {damage}")
    shutil.rmtree(folder)
    return None


def verify(root: Path, kind: str, name: str) -> str:
    """Say why a thing is not the one that was put; "" for one that is."""
    try:
        CHECKS[kind](folder_of(root, kind, name))
        return "" if ledger.holds(root, kind, name) else "not what was published"
    except (OSError, ValueError) as error:
        return str(error)


def remove(root: Path, kind: str, name: str) -> None:
    """Take a thing away; the ledger says so first."""
    ledger.prune(root, kind, name)
    shutil.rmtree(folder_of(root, kind, name))
