"""The registry of what modules load into Dagster: a new asset, job or sensor changes no other file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import living_panel.orchestration.assets
from living_panel.estimation.panel.spec import Spec
from living_panel.ingestion.provenance.catalog import has_sources
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Problem


@dataclass(frozen=True)
class Project:
    """Sources of the assets: the settings, the tables, and by name the reason why a spec is wrong."""

    settings: Settings
    specs: Sequence[Spec]
    wrong: dict[str, tuple[Problem, ...]]


Builder = Callable[[Project], Iterable[Any]]
_BUILDERS: list[Builder] = []
_AUTOMATION: list[tuple[Any, bool]] = []


def builds_assets(builder: Builder) -> Builder:
    """Register a function that makes assets and checks of a project."""
    _BUILDERS.append(builder)
    return builder


def register(*made: Any, needs_sources: bool = False) -> None:
    """Register jobs, schedules and sensors; those that need sources are not in a workspace without any."""
    _AUTOMATION.extend((definition, needs_sources) for definition in made)


def registered_assets(project: Project) -> list[Any]:
    """Assets and checks of every module of this folder."""
    import_modules(living_panel.orchestration.assets)
    return [asset for builder in _BUILDERS for asset in builder(project)]


def registered_automation(package: ModuleType) -> list[Any]:
    """Jobs, schedules and sensors of every module of a package."""
    import_modules(package)
    return [made for made, needs_sources in _AUTOMATION if has_sources() or not needs_sources]


def import_modules(package: ModuleType) -> None:
    """Import the modules of a package, which register themselves; a leading underscore marks a helper."""
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{package.__name__}.{module.name}")
