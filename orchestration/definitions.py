"""Definitions of the project for Dagster: assets, jobs, schedules, sensors and resources."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # backfill and freshness policies
warnings.filterwarnings("ignore", category=dg.PreviewWarning)  # partitions of checks

import living_panel.orchestration.automation  # noqa: E402
from living_panel.orchestration.assets.registry import (  # noqa: E402
    Project,
    registered_assets,
    registered_automation,
)
from living_panel.orchestration.assets.resources import Workplace  # noqa: E402
from living_panel.orchestration.assets.specs import readable  # noqa: E402
from living_panel.orchestration.automation.progress import stages_logger  # noqa: E402
from living_panel.orchestration.dbt.project import dbt_cli  # noqa: E402
from living_panel.orchestration.root.executor import make_executor  # noqa: E402
from living_panel.orchestration.root.settings import (  # noqa: E402
    IMPORTED_FROM,
    load_settings,
    require_root,
)
from living_panel.orchestration.root.versions import git  # noqa: E402

OWNER = "team:living-panel"


def load_project() -> Project:
    """Return the data root that the environment names, with its tables."""
    settings = load_settings()
    require_root(settings)
    return Project(settings, *readable(settings))


def build_definitions(project: Project | None = None) -> dg.Definitions:
    """Return the definitions for a project; without one, for the data root that the environment names."""
    project = project or load_project()
    settings, assets = project.settings, registered_assets(project)
    made = registered_automation(living_panel.orchestration.automation)
    schedules = [m for m in made if isinstance(m, dg.ScheduleDefinition)]
    sensors = [m for m in made if isinstance(m, dg.SensorDefinition)]
    return dg.Definitions(
        assets=with_origin(assets),
        jobs=[m for m in made if m not in schedules and m not in sensors],
        schedules=schedules,
        sensors=sensors,
        resources={
            "dbt": dbt_cli(),
            "workplace": Workplace.of(settings),
            "unlocked_workplace": Workplace.of(settings, locked=False),
        },
        executor=make_executor(),
        loggers={"console": dg.colored_console_logger, "stages": stages_logger},
    )


def with_origin(assets: Sequence[Any]) -> Sequence[Any]:
    """Return the assets with their owner and the place of their code: in git if a remote is known."""
    owned = dg.map_asset_specs(
        lambda spec: spec.replace_attributes(
            owners=[OWNER], tags={**spec.tags, "stage": spec.key.path[0]}
        ),
        assets,
    )
    located = dg.with_source_code_references(owned)
    remote = git("remote", "get-url", "origin")
    if not remote.startswith("https://"):
        return located
    return dg.link_code_references_to_git(
        located,
        git_url=remote.removesuffix(".git"),
        git_branch=git("rev-parse", "HEAD"),
        file_path_mapping=dg.AnchorBasedFilePathMapping(IMPORTED_FROM / "living_panel", ""),
    )


PROJECT = load_project()
defs = build_definitions(PROJECT)
