"""Earlier states of knowledge, rebuilt: assets of their own, one partition an edition or date.

Nothing of the present is touched but what lists every state: the results and the published warehouse.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from living_panel.codes import Code
from living_panel.estimation.artifacts import artifact
from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import Spec
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.provenance.catalog import has_sources
from living_panel.orchestration.assets import sentences
from living_panel.orchestration.assets.checks import artifact_faults
from living_panel.orchestration.assets.dbt_models import build_as_of, build_results
from living_panel.orchestration.assets.publication import is_published, publish
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.release import release_key
from living_panel.orchestration.assets.resources import Workplace, check_as_of
from living_panel.orchestration.assets.tables import (
    estimated,
    table_result,
    write_current,
)
from living_panel.orchestration.outputs.releases import (
    current_release,
    freeze,
    freeze_empty,
    has_panel,
    is_on_panel,
    remember,
    was_published,
)
from living_panel.orchestration.root.failure import failure_of
from living_panel.problems import Place, name_commands

AS_OF = "as_of"
STATES = dg.DynamicPartitionsDefinition(name=AS_OF)
RESULTS_FOLLOW = {"living_panel/results": "follow"}
"""Tag of a run; the program that started the run then builds and publishes the results."""


def offer_editions(instance: dg.DagsterInstance) -> None:
    """Add each edition of the catalogs as a partition of `as_of`; a person adds dates."""
    if has_sources():
        known = set(instance.get_dynamic_partitions(AS_OF))
        editions = [str(edition) for edition in catalog.all_editions()]
        instance.add_dynamic_partitions(AS_OF, [e for e in editions if e not in known])


@builds_assets
def as_of_assets(project: Project) -> list[dg.AssetsDefinition]:
    """Assets of data known earlier: release, tables and list. Without any source there are none."""
    if not catalog.has_sources():
        return []
    specs = project.specs
    return [_release(specs), *map(_table, specs), _state(specs)]


def _release(specs: Sequence[Spec]) -> dg.AssetsDefinition:
    @dg.asset(
        key=["as_of", "release"],
        group_name="as_of",
        partitions_def=STATES,
        deps=[
            dg.AssetDep(
                dg.AssetKey(["extracted", source]), partition_mapping=dg.AllPartitionMapping()
            )
            for source in catalog.names()
        ],
        pool="warehouse",
        kinds={"parquet"},
    )
    def release(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """The panel with the values known in an edition (2024) or on a date (2024-10-01).

        The partition names this edition or date.
        """
        settings, as_of = workplace.settings, context.partition_key
        try:
            check_as_of(as_of)
        except ValueError as error:
            raise failure_of(error) from error
        if not settings.build_file(None).exists():
            place = Place(file=str(settings.build_file(None)))
            raise failure_of([sentences.NO_PRESENT_STATE(place)])
        if not any(was_published(spec, as_of) for spec in specs):
            raise failure_of(
                [
                    Code.AS_OF(
                        "at AS_OF={as_of}, no table has data yet",
                        "write a later year or date",
                        as_of=as_of,
                    )
                ]
            )
        if not has_panel(as_of):
            folder = freeze_empty(settings)
            remember(settings, as_of, folder.name)
            return _panel_result(folder)
        build_as_of(settings, as_of, context.log.info)
        folder = freeze(settings, as_of)
        remember(settings, as_of, folder.name)
        return _panel_result(folder)

    return release


def _panel_result(folder: Path) -> dg.MaterializeResult:
    panel = load_release(folder).panel
    return dg.MaterializeResult(
        data_version=dg.DataVersion(folder.name),
        metadata={
            "release_id": folder.name,
            "dagster/row_count": len(panel),
            "cells with a value": int(panel.notna().sum().sum()),
            "path": dg.MetadataValue.path(str(folder)),
        },
    )


def as_of_release(spec: Spec) -> dg.AssetKey:
    """Data of a table as known earlier: the earlier panel, or its paper's own data, which have only one version."""
    return dg.AssetKey(["as_of", "release"]) if is_on_panel(spec) else release_key(spec)


def _table(spec: Spec) -> dg.AssetsDefinition:
    @dg.asset(
        key=["as_of", spec.table],
        group_name="as_of",
        partitions_def=STATES,
        deps=[as_of_release(spec)],
        description=f"{spec.title}. The table is estimated from the values known in the edition or on the date that "
        "names the partition. The tab Plots shows how its numbers change between partitions.",
        kinds={"python", "parquet"},
    )
    def table(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        if not was_published(spec, context.partition_key):
            return dg.MaterializeResult(
                data_version=dg.DataVersion("not yet published"),
                metadata={"not yet published": context.partition_key},
            )
        folder, made = estimated(context, workplace, spec, context.partition_key)
        manifest = artifact.read_manifest(folder)
        if faults := artifact_faults(folder, manifest):
            raise failure_of(faults)
        return table_result(folder, manifest, made)

    return table


def _state(specs: Sequence[Spec]) -> dg.AssetsDefinition:
    @dg.asset(
        key=["as_of", "state"],
        group_name="as_of",
        partitions_def=STATES,
        deps=[dg.AssetKey(["as_of", spec.table]) for spec in specs],
        pool="warehouse",
        kinds={"json"},
    )
    def state(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """List of the stored result of each table, estimated from the data of this edition or date.

        The published results include this list. `make diff` can compare the lists of two editions or dates. If the last
        refresh did not finish, the published results include this list only after the next complete refresh.
        """
        settings, as_of = workplace.settings, context.partition_key
        known = [spec for spec in specs if was_published(spec, as_of)]
        path = write_current(settings, known, as_of)
        if later := sorted(spec.table for spec in specs if spec not in known):
            context.log.info(f"not yet published as of {as_of}: {', '.join(later)}")
        release = current_release(settings, as_of).name
        said: dict[str, Any] = {"path": dg.MetadataValue.path(str(path)), "release_id": release}
        if not is_published(settings):
            text = (
                f"the tables as of {as_of} are stored. The last refresh did not finish, so the published results do "
                "not list them yet. Fix: run `make run`."
            )
            context.log.warning(name_commands(text))
            return dg.MaterializeResult(metadata={**said, "published": "not yet"})
        if RESULTS_FOLLOW.items() <= context.run.tags.items():
            return dg.MaterializeResult(metadata={**said, "published": "by what called this run"})
        # No asset of the present depends on this one: Dagster would ask whoever refreshes to confirm
        # that no earlier state was asked for.
        build_results(settings, context.log.info)
        file = publish(settings, settings.build_file(None), current_release(settings, None).name)
        return dg.MaterializeResult(metadata={**said, "published": file.name})

    return state
