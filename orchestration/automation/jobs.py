"""The jobs a person starts: `fetch`, `refresh` for the present, `as_of` for an earlier state of knowledge."""

from __future__ import annotations

import dagster as dg

from living_panel.orchestration.assets.registry import register
from living_panel.orchestration.assets.sources import EDITIONS
from living_panel.orchestration.automation import codes
from living_panel.problems import Refused

refresh = dg.define_asset_job(
    "refresh",
    dg.AssetSelection.all() - dg.AssetSelection.groups("fetch", "as_of"),
    description="Runs all stages, from landing to the published warehouse. The chosen editions limit the "
    "stages up to extracted; the later stages always run for all editions. The run verifies "
    "unchanged files and does not make them again.",
)
as_of_job = dg.define_asset_job(
    "as_of",
    dg.AssetSelection.groups("as_of"),
    description="Estimates all tables from data known earlier: choose an edition (2024) or a date "
    "(2024-10-01) as the partition. The tables are under as_of/, and the published results "
    "include them.",
)
fetch_job = dg.define_asset_job(
    "fetch",
    dg.AssetSelection.groups("fetch"),
    description="Downloads the chosen editions from the authorities and archives them. The job `refresh` "
    "then processes them. Choose a source by its asset.",
)
register(refresh)
register(as_of_job, fetch_job, needs_sources=True)


def edition_range(first: str | None = None, last: str | None = None) -> dict[str, str]:
    """Tags that make one run cover a range of editions; all of them by default.

    Raises
    ------
    ValueError
        If the catalog has no such edition, or the first comes after the last.
    """
    keys = EDITIONS.get_partition_keys()
    start, end = first or keys[0], last or keys[-1]
    if not {start, end} <= {*keys} or start > end:
        raise Refused(codes.EDITION_RANGE(start=start, end=end, keys=[*keys]))
    return {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}
