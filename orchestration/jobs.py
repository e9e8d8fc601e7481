"""The jobs a person starts.

Belongs here: `refresh`, the one job that goes through all rooms. Not here: what triggers it.
"""

from __future__ import annotations

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from orchestration.ingest import EDITIONS

NEVER_IN_REFRESH = dg.AssetSelection.groups("fetch")

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all() - NEVER_IN_REFRESH,
    executor_def=dg.in_process_executor,
    description="Landing to published warehouse, for the editions chosen; everything after the "
    "extracted room is always brought up to date, and what is unchanged is verified, not remade.",
)


def edition_range(first: str | None = None, last: str | None = None) -> dict[str, str]:
    """Tags that make one run cover a range of editions; all of them by default."""
    keys = EDITIONS.get_partition_keys()
    return {
        ASSET_PARTITION_RANGE_START_TAG: first or keys[0],
        ASSET_PARTITION_RANGE_END_TAG: last or keys[-1],
    }
