"""From landing to extracted: two assets a source, partitioned by edition.

Belongs here: wiring `ingestion` to assets, and showing failures where they can be mended. Not here:
reading any file. All sources share one set of editions, since Dagster refuses one job over several.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import pandas as pd

from estimation.panel.canonical import document_hash
from estimation.tables.render import escape_markdown
from ingestion import archive, catalog
from ingestion.errors import ExtractionError
from ingestion.extract import Extracted, extract_edition
from orchestration.resources import Workplace
from orchestration.versioning import module_version

EDITIONS = dg.StaticPartitionsDefinition([str(edition) for edition in catalog.all_editions()])
ONE_RUN = dg.BackfillPolicy.single_run()
# The yearbook comes once a year; a source not looked at for thirteen months is stale.
YEARLY = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(days=400), warn_window=timedelta(days=370)
)


def ingestion_assets() -> list[dg.AssetsDefinition]:
    """Archive and extracted assets of every source."""
    assets = []
    for source in catalog.names():
        assets += [archive_asset(source), extracted_asset(source)]
    return assets


def archive_asset(source: str) -> dg.AssetsDefinition:
    """Asset that takes a source's landed files and holds the archive to its receipts."""
    entry = catalog.source(source)

    @dg.asset(
        key=["archive", source],
        group_name="archive",
        partitions_def=EDITIONS,
        backfill_policy=ONE_RUN,
        freshness_policy=YEARLY,
        code_version=module_version("ingestion.archive"),
        description=f"{entry.title} ({entry.producer}): bytes and receipts, by edition.",
        kinds={"file"},
    )
    def archived(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        root, rows = workplace.settings.root, []
        if strays := archive.landing_problems(root):
            raise dg.Failure("Landing holds what no source claims:\n" + "\n".join(strays))
        for edition in map(int, context.partition_keys):
            taken = archive.take(root, source, edition)
            for path in taken.archived:
                context.log.info(f"taken into the archive: {path.name} of {source} {edition}")
            for waiting in taken.waiting:
                context.log.warning(f"{waiting.file}: {waiting.remedy}")
            rows += [_vintage_row(v) for v in archive.vintages(root, source, edition)]
        if problems := archive.verify(root, source):
            raise dg.Failure(
                description="The archive does not match its receipts and the catalog:\n"
                + "\n".join(problems),
                allow_retries=False,
            )
        table = pd.DataFrame(rows)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(_digest(rows)),
            metadata={
                "vintages": dg.MetadataValue.md(_markdown(table) if rows else "none"),
                "dagster/row_count": len(rows),
            },
        )

    return archived


def extracted_asset(source: str) -> dg.AssetsDefinition:
    """Asset of a source's tidy figures, with the schema as a blocking check."""
    key = dg.AssetKey(["extracted", source])

    @dg.asset(
        key=key,
        group_name="extracted",
        deps=[dg.AssetKey(["archive", source])],
        partitions_def=EDITIONS,
        backfill_policy=ONE_RUN,
        code_version=module_version(
            "ingestion.extract",
            f"ingestion.sources.{source}.reader",
            data=(f"ingestion/sources/{source}",),
        ),
        description=f"{catalog.source(source).title}: one row a figure, as printed.",
        kinds={"parquet", "pandera"},
        check_specs=[
            dg.AssetCheckSpec(
                "as_expected",
                asset=key,
                blocking=True,
                description="Known province, indicator and unit; finite; unique; not after the edition.",
            )
        ],
    )
    def extracted(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Any]:
        root, rows = workplace.settings.root, []
        for edition in map(int, context.partition_keys):
            try:
                done = extract_edition(root, source, edition)
            except ExtractionError as error:
                yield _failed(key, error)
                raise dg.Failure(
                    description=f"{error}\nNothing was written for this edition; the published "
                    "warehouse is as it was.",
                    metadata={"failures": _failures(error)},
                    allow_retries=False,
                ) from error
            rows += _part_rows(edition, done)
            context.log.info(f"{source} {edition}: {done.rows} figures")
        yield dg.MaterializeResult(
            data_version=dg.DataVersion(_digest(rows)),
            metadata={
                "parts": dg.MetadataValue.md(pd.DataFrame(rows).to_markdown(index=False)),
                "dagster/row_count": sum(row["figures"] for row in rows),
            },
            check_results=[dg.AssetCheckResult(check_name="as_expected", passed=True)],
        )

    return extracted


def _vintage_row(vintage: archive.Vintage) -> dict[str, object]:
    receipt = vintage.receipt
    return {
        "edition": receipt.edition,
        "vintage": vintage.name,
        "state": vintage.state,
        "publication": receipt.publication,
        "files": ", ".join(entry.name for entry in receipt.files),
        "sha256": ", ".join(entry.sha256[:12] for entry in receipt.files),
    }


def _part_rows(edition: int, done: Extracted) -> list[dict[str, Any]]:
    return [
        {"edition": edition, "vintage": p.vintage, "figures": p.rows, "sha256": p.sha256[:12]}
        for p in done.parts
    ]


def _digest(rows: list[dict[str, Any]]) -> str:
    return document_hash(rows)[:16]


def _failures(error: ExtractionError) -> dg.MetadataValue:
    return dg.MetadataValue.md(_markdown(error.table().head(50)))


def _markdown(table: pd.DataFrame) -> str:
    """A frame for the UI: what a file or a receipt says is text there, never markup."""
    return table.map(lambda cell: escape_markdown(str(cell))).to_markdown(index=False)


def _failed(key: dg.AssetKey, error: ExtractionError) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name="as_expected",
        passed=False,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"failures": _failures(error), "count": len(error.cases)},
    )
