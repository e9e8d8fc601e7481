"""The jobs a person starts: `refresh` for the present, `as_of` for an earlier state of knowledge."""

from __future__ import annotations

import dagster as dg

from orchestration.ingest import EDITIONS

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("fetch", "as_of"),
    executor_def=dg.in_process_executor,
    description="Landing to published warehouse, for the editions chosen; everything after the "
    "extracted room is always brought up to date, and what is unchanged is verified, not remade.",
)

as_of_job = dg.define_asset_job(
    "as_of",
    selection=dg.AssetSelection.groups("as_of"),
    executor_def=dg.in_process_executor,
    description="An earlier state of knowledge beside the present one: choose an edition (2024) or a date "
    "(2024-10-01) as the partition. Its tables are under as_of/, and in the published results.",
)


def edition_range(first: str | None = None, last: str | None = None) -> dict[str, str]:
    """Tags that make one run cover a range of editions; all of them by default."""
    keys = EDITIONS.get_partition_keys()
    return {
        "dagster/asset_partition_range_start": first or keys[0],
        "dagster/asset_partition_range_end": last or keys[-1],
    }
