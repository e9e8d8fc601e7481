"""Assets of tables: one for each specification, with its check, and the list of current results."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.spec import Spec
from living_panel.orchestration.assets.checks import artifact_faults
from living_panel.orchestration.assets.in_store import ALL_TABLES, table_key
from living_panel.orchestration.assets.markdown_text import listed as as_list
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.release import PANEL, release_key
from living_panel.orchestration.assets.report import findings_of_table
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.table_metadata import metadata_version, table_metadata
from living_panel.orchestration.outputs import store
from living_panel.orchestration.outputs.edition_tables import (
    NOTE,
    estimate_over_editions,
)
from living_panel.orchestration.outputs.releases import current_release, freezing_code, release_for
from living_panel.orchestration.outputs.table_artifact import (
    artifact_folder,
    make_artifact,
    name_of,
    set_aside_damaged,
)
from living_panel.orchestration.root import state
from living_panel.orchestration.root.executor import has_own_process
from living_panel.orchestration.root.failure import failure_of
from living_panel.orchestration.root.limits import BeyondTableLimit
from living_panel.orchestration.root.processes import WorkerDied, compute
from living_panel.orchestration.root.readers import read_current
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import code_of

SANE = "sane"
"""Name of the check of a table."""
SANE_MEANS = (
    "The stored files of the table match their list, the manifest. Standard errors are positive, p-values are in [0, "
    "1], and the lower end of an interval is not above the upper end. An estimated table contains numbers. It also "
    "states the kind of its data, for example official or simulated."
)


def estimated(
    context: dg.AssetExecutionContext, workplace: Workplace, spec: Spec, as_of: str | None
) -> tuple[Path, bool]:
    """Folder of a table's artifact, and whether it was estimated now.

    A process of its own estimates it, which the limits of a table end. An artifact that was there already is as it
    was published.
    """
    settings = workplace.settings
    release = release_for(settings, spec, as_of)
    folder = artifact_folder(settings.artifacts, spec, release)
    if store.get(settings.root, "artifact", name_of(folder), context.log.warning):
        return folder, False
    supersedes = read_current(settings, as_of).get(spec.table)
    question = (folder, spec, code_of(spec), release, supersedes, context.run_id)
    estimate = partial(make_artifact, *question)
    try:
        if has_own_process():
            estimate()
        else:
            compute([estimate])
    except (WorkerDied, BeyondTableLimit) as error:
        raise failure_of(error) from error
    return folder, True


def write_current(
    settings: Settings,
    specs: Sequence[Spec],
    as_of: str | None,
    asked: Collection[str] | None = None,
) -> Path:
    """Write which artifact each table has at this as-of date; None is the state built next.

    That list becomes the current one when its state is published, and not before. Tables that a run of
    one paper did not ask for (`asked`) stay as they were published; one never published is omitted.
    """
    kept = []
    if asked is not None:
        kept = [e for e in state.read(settings.root, "current") if e["table_id"] not in asked]
        specs = [spec for spec in specs if spec.table in asked]
    releases = {spec.table: release_for(settings, spec, as_of) for spec in specs}
    listed = [
        {
            "table_id": spec.table,
            "artifact_id": artifact_folder(settings.artifacts, spec, releases[spec.table]).name,
            "release_id": releases[spec.table].name,
        }
        for spec in specs
    ]
    listed = state.in_order([*kept, *listed], current_release(settings, as_of).name)
    return state.write(settings.root, state.vantage(as_of), listed)


@builds_assets
def table_assets(project: Project) -> list[dg.AssetsDefinition]:
    """Assets of all tables with their checks, and the asset that lists the current results."""
    settings = project.settings
    current = _listed(settings)
    tables = [_table_asset(spec, settings, current) for spec in project.specs]
    return [*tables, current_asset(project.specs)]


def _listed(settings: Settings) -> dict[str, str]:
    """Artifact of each published table; none where the list is damaged: a run names that and writes it anew."""
    try:
        return read_current(settings)
    except state.Damaged:
        return {}


def _table_asset(spec: Spec, settings: Settings, current: dict[str, str]) -> dg.AssetsDefinition:
    last, words = _last_findings(spec, settings), _words(spec, settings, current)
    named = (spec.in_words(text, words) for text in (spec.title, spec.question))

    key = table_key(spec)

    @dg.asset(
        key=key,
        group_name=spec.paper or "artifacts",
        deps=[release_key(spec)],
        code_version="-".join([code_of(spec).version, spec.sha256[:12], metadata_version(spec)]),
        description="\n\n".join([*named, *last]),
        check_specs=[dg.AssetCheckSpec(SANE, asset=key, description=SANE_MEANS, blocking=True)],
        kinds={"python", "parquet"},
    )
    def table(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Any]:
        folder, made = estimated(context, workplace, spec, None)
        manifest = artifact.read_manifest(folder)
        faults = artifact_faults(folder, manifest)
        yield dg.AssetCheckResult(
            check_name=SANE,
            passed=not faults,
            metadata={"faults": dg.MetadataValue.md(as_list(map(str, faults)) or "none")},
        )
        if faults:
            raise failure_of(faults)
        yield table_result(folder, manifest, made)

    return table


def table_result(folder: Path, manifest: dict[str, Any], made: bool) -> dg.MaterializeResult:
    """Return the result of a table's step, for current data or for data known earlier."""
    return dg.MaterializeResult(
        data_version=dg.DataVersion(manifest["result_hash"]),
        metadata={"estimated now": made, **table_metadata(folder, manifest)},
    )


def _words(spec: Spec, settings: Settings, current: dict[str, str]) -> dict[str, str] | None:
    """Measure of each role in the current artifact, so that titles are those of the report."""
    if spec.table not in current:
        return None
    folder = settings.artifacts / spec.table / current[spec.table]
    try:
        words: dict[str, str] | None = artifact.read_manifest(folder)["sample"].get("words")
    except (OSError, ValueError, KeyError):
        return None
    return words


def _last_findings(spec: Spec, settings: Settings) -> list[str]:
    """Text of the published report about a table, at the time these definitions were loaded."""
    said = findings_of_table(settings, spec.table)
    return ["**Last findings**", *said] if said else []


def refresh_editions(
    workplace: Workplace,
    specs: Sequence[Spec],
    run_id: str,
    say: Callable[[str], None],
    *,
    in_full: bool = False,
) -> int:
    """Estimate missing tables of those that are followed over editions; return their number."""
    settings, code = workplace.settings, freezing_code()
    made = estimate_over_editions(settings, specs, code, run_id, say, in_full=in_full)
    say(f"editions: {made} tables estimated now, {len(state.read(settings.root, NOTE))} in all")
    return made


def _tables_asked(context: dg.AssetExecutionContext) -> set[str] | None:
    """Tables that a run selects; None for a run of all, also where it leaves out what is stored."""
    wanted = context.run.asset_selection
    if not wanted or ALL_TABLES.items() <= context.run.tags.items():
        return None
    return {key.path[-1] for key in wanted if key.path[0] == "artifacts"}


def current_asset(specs: Sequence[Spec]) -> dg.AssetsDefinition:
    """Asset that lists the current result of each table; the stage results reads this list."""

    @dg.asset(
        key=["artifacts", "current"],
        group_name="artifacts",
        deps=[PANEL, *map(table_key, specs)],  # names both
        kinds={"json"},
    )
    def current(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """List of the newest stored result (artifact) of each table."""
        set_aside_damaged(workplace.settings.artifact_folders(), context.log.warning)
        context.log.info(f"{len(specs)} tables")
        # a new edition estimates itself, the others are verified
        refresh_editions(workplace, specs, context.run_id, context.log.info)
        path = write_current(workplace.settings, specs, None, _tables_asked(context))
        listed = state.read(workplace.settings.root, state.vantage(None))
        return dg.MaterializeResult(
            data_version=dg.DataVersion(document_hash(listed)[:16]),
            metadata={
                "path": dg.MetadataValue.path(str(path)),
                "dagster/row_count": len(listed),
                "tables": dg.MetadataValue.json(listed),
            },
        )

    return current
