"""Jobs that a person starts: `fetch`, `refresh` (current data) and `as_of` (data known earlier)."""

from __future__ import annotations

import dagster as dg

from living_panel.codes import Code
from living_panel.orchestration.assets.registry import register
from living_panel.orchestration.assets.sources import EDITIONS
from living_panel.problems import Refused

refresh = dg.define_asset_job(
    "refresh",
    dg.AssetSelection.all() - dg.AssetSelection.groups("fetch", "as_of"),
    description="Runs all stages, from the new files in `data/landing` to the published warehouse. An edition is the "
    "publication of one year. The stages archive and extracted run for the chosen editions only; all later stages "
    "run for all editions. The run checks unchanged files and does not write them again.",
)
as_of_job = dg.define_asset_job(
    "as_of",
    dg.AssetSelection.groups("as_of"),
    description="Estimates all tables from the data that were known earlier. Choose the partition: an edition such "
    "as 2024 (data up to this yearbook), or a date such as 2024-10-01. The tables are the assets under `as_of/`. The "
    "published results include them.",
)
fetch_job = dg.define_asset_job(
    "fetch",
    dg.AssetSelection.groups("fetch"),
    description="Downloads the files of the chosen editions from the statistical authorities, and stores them in the "
    "archive. Then start the job `refresh`, which processes them. To download one source only, choose its asset.",
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
        raise Refused(
            Code.COMMAND(
                "{start} to {end} is not a range of editions",
                "write two of {keys}, the earlier first",
                start=start,
                end=end,
                keys=[*keys],
            )
        )
    return {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}
