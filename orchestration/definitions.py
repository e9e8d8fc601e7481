"""Everything Dagster knows of this project, put together.

Belongs here: assembling. Not here: any asset's own logic.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)  # backfill and freshness policies

from estimation.panel.spec import SPEC_FOLDER, load_specs  # noqa: E402
from orchestration.drift import drift_asset  # noqa: E402
from orchestration.estimate import artifact_asset, current_asset  # noqa: E402
from orchestration.fetch import fetch_assets, fetch_job  # noqa: E402
from orchestration.ingest import ingestion_assets  # noqa: E402
from orchestration.jobs import refresh  # noqa: E402
from orchestration.progress import rooms_logger  # noqa: E402
from orchestration.publish import published_asset  # noqa: E402
from orchestration.release import release_panel  # noqa: E402
from orchestration.report import report_asset  # noqa: E402
from orchestration.resources import Workplace  # noqa: E402
from orchestration.schedules import yearly_refresh  # noqa: E402
from orchestration.sensors import failure_sensor, landing_sensor  # noqa: E402
from orchestration.settings import load_settings  # noqa: E402
from orchestration.transform import build_dbt_assets, dbt_resource  # noqa: E402


def build_definitions() -> dg.Definitions:
    """Definitions over the data root of the environment.

    LIVING_PANEL_SPECS names another folder of tables: a fork's own, or the few cheap ones of a trial.
    """
    specs = list(load_specs(Path(os.environ.get("LIVING_PANEL_SPECS") or SPEC_FOLDER)).values())
    return dg.Definitions(
        assets=[
            *fetch_assets(),
            *ingestion_assets(),
            *build_dbt_assets(),
            release_panel,
            *(artifact_asset(spec) for spec in specs),
            current_asset(specs),
            drift_asset(),
            published_asset(),
            report_asset(),
        ],
        jobs=[refresh, fetch_job],
        schedules=[yearly_refresh],
        sensors=[landing_sensor, failure_sensor],
        resources={"workplace": Workplace(), "dbt": dbt_resource(load_settings())},
        executor=dg.in_process_executor,
        loggers={"console": dg.colored_console_logger, "rooms": rooms_logger},
    )


defs = build_definitions()
