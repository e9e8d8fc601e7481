"""The registry of what the modules of this folder load into Dagster: a new asset changes no other file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orchestration.assets
from estimation.panel.spec import Spec
from orchestration.root.settings import Settings


@dataclass(frozen=True)
class Project:
    """Sources of the assets: the settings, the tables, and by name the reason why a spec is wrong."""

    settings: Settings
    specs: Sequence[Spec]
    wrong: dict[str, str]


Builder = Callable[[Project], Iterable[Any]]
_BUILDERS: list[Builder] = []


def builds_assets(builder: Builder) -> Builder:
    """Register a function that makes assets and checks of a project."""
    _BUILDERS.append(builder)
    return builder


def registered_assets(project: Project) -> list[Any]:
    """Assets and checks of every module of this folder."""
    import_modules()
    return [asset for builder in _BUILDERS for asset in builder(project)]


def import_modules() -> None:
    """Import the modules of this folder, which register themselves; a leading underscore marks a helper."""
    for module in pkgutil.iter_modules(orchestration.assets.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{orchestration.assets.__name__}.{module.name}")
