"""From the authorities' servers to the archive: assets and a job of their own, never part of a refresh.

Wiring `ingestion/fetching/fetch.py`. A fetch has a lock to itself, so that a slow server holds up nobody's refresh.
"""

import dagster as dg

from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.provenance.catalog import UnknownEdition
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.sources import EDITIONS, ONE_RUN
from living_panel.orchestration.root import ledger


@builds_assets
def fetch_assets(_: Project) -> list[dg.AssetsDefinition]:
    """One asset for each source with a server: the files that it publishes today, by edition."""
    return [_fetch_asset(entry.source) for entry in catalog.all_sources() if entry.fetch]


def _fetch_asset(source: str) -> dg.AssetsDefinition:
    entry = catalog.source(source)

    @dg.asset(
        key=["fetch", source],
        group_name="fetch",
        partitions_def=EDITIONS,
        backfill_policy=ONE_RUN,
        description=f"Downloads an edition of {entry.title} from {', '.join(entry.hosts)}. Without a network, copy "
        "the files into `data/landing` yourself: `data/README.md` says how.",
        kinds={"http"},
    )
    def fetched(
        context: dg.AssetExecutionContext, unlocked_workplace: Workplace
    ) -> dg.MaterializeResult:
        from living_panel.ingestion.fetching.fetch import fetch

        rows = []
        for edition in map(int, context.partition_keys):
            try:
                entry.publication(edition)
            except UnknownEdition:
                context.log.info(f"{source} {edition}: not in the catalog, nothing to ask for")
                continue
            root = unlocked_workplace.settings.root
            with ledger.fetching(root, source, edition):
                done = fetch(root, source, edition, progress=context.log.info)
            rows.append(
                f"- {edition}: {done.figures} values, vintage {done.vintage or 'held already'}"
            )
            rows += [f"- {edition}: {gap}" for gap in done.gaps]
        return dg.MaterializeResult(
            metadata={"fetched": dg.MetadataValue.md("\n".join(rows) or "nothing to ask for")}
        )

    return fetched
