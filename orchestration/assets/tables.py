"""From a release to artifacts: one asset a spec with its check, and the list of what is current."""

from collections.abc import Callable, Collection, Iterator, Sequence, Set
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import dagster as dg

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.spec import Spec
from living_panel.orchestration.assets.checks import artifact_faults
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.release import (
    begin_releases,
    current_release,
    freezing_code,
    is_on_panel,
    release_for,
    release_key,
    was_frozen,
    was_published,
)
from living_panel.orchestration.assets.report import answers
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.table_metadata import table_metadata
from living_panel.orchestration.dbt.metadata import listed as as_list
from living_panel.orchestration.outputs.edition_tables import (
    NOTE,
    are_followed,
    estimate_over_editions,
)
from living_panel.orchestration.outputs.table_artifact import (
    artifact_folder,
    discard_damaged,
    make_artifact,
    set_aside_damaged,
)
from living_panel.orchestration.root import state
from living_panel.orchestration.root.failure import failure_of
from living_panel.orchestration.root.limits import BeyondTableLimit
from living_panel.orchestration.root.readers import read_current
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import code_of
from living_panel.orchestration.root.workers import TablePool, WorkerDied, cores

LAST_FIRST = float("inf")
SANE = "sane"
"""Name of the check of a table."""
SANE_MEANS = (
    "Its files are those of its manifest. Standard errors are positive, p-values in [0, 1], "
    "intervals in order. An estimated table holds numbers and states the kind of its values."
)
FIRST_PRIORITY = -2  # of the first table, after the panel's release


def estimated(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    ordered: Sequence[Spec],
    spec: Spec,
    as_of: str | None,
) -> tuple[Path, bool]:
    """Folder of a table's artifact, and whether it was estimated now.

    The step asks for its own table and for the next few of `ordered`, the order of the steps, so that no
    worker waits for the next step. An artifact that was there already is as it was published.
    """
    tables, stage, wanted = workplace.tables, context.asset_key.path[0], keys_of_run(context)
    selected = [o for o in ordered if dg.AssetKey([stage, o.table]) in wanted]
    if as_of is not None:
        selected = [o for o in selected if was_published(o, as_of)]
    ask_for_tables(context, workplace, [spec], as_of)

    def ask_for_more() -> None:
        ask_for_tables(context, workplace, next_tables(tables, selected, spec), as_of)

    try:
        made = tables.answer(spec.table, context.log.info, ask_for_more) is not None
    except (WorkerDied, BeyondTableLimit) as error:
        raise failure_of(error) from error
    return tables.looked_for[spec.table], made


def keys_of_run(context: dg.AssetExecutionContext) -> Set[dg.AssetKey]:
    """Assets that a run selects."""
    return context.job_def.asset_layer.selected_asset_keys


def ask_for_tables(
    context: dg.AssetExecutionContext,
    workplace: Workplace,
    specs: Sequence[Spec],
    as_of: str | None,
) -> None:
    """Have workers estimate the tables that are not there and were not asked for."""
    settings, tables = workplace.settings, workplace.tables
    current = read_current(settings, as_of)
    for spec in specs:
        if spec.table not in tables.looked_for:
            release = release_for(settings, spec, as_of, tables)
            folder = artifact_folder(settings.artifacts, spec, release)
            discard_damaged(folder, context.log.warning)
            if not folder.exists():
                question = (folder, spec, code_of(spec), release, current.get(spec.table))
                tables.ask(spec.table, make_artifact, *question, context.run_id)
            tables.looked_for[spec.table] = folder


def begin_own_tables(
    context: dg.AssetExecutionContext, workplace: Workplace, specs: Sequence[Spec]
) -> None:
    """Have workers freeze the data of papers, and estimate the tables on data that are frozen by now.

    They need nothing of the sources and the marts. It does not wait: call it again.
    """
    tables, wanted = workplace.tables, keys_of_run(context)
    own = [spec for spec in specs if not is_on_panel(spec) and release_key(spec) in wanted]
    if not own or not tables.is_ready():
        return
    with suppress(WorkerDied):  # the steps of release and table say so: this one needs neither
        begin_releases(workplace.settings, tables, own)
        ready = [
            spec
            for spec in own
            if spec.table not in tables.looked_for
            and dg.AssetKey(["artifacts", spec.table]) in wanted
            and was_frozen(tables, spec)
        ]
        if ready:
            ask_for_tables(context, workplace, ready, None)


def next_tables(tables: TablePool, ordered: Sequence[Spec], spec: Spec) -> list[Spec]:
    """The next tables whose release is there: until two for each core wait besides the step's own."""
    released = {release_key(spec), *tables.released}
    there = (
        other
        for other in ordered
        if other.table not in tables.looked_for and release_key(other) in released
    )
    return list(islice(there, max(2 * cores() + 1 - tables.open_questions(), 0)))


def in_step_order(project: Project) -> list[Spec]:
    """Tables in the order in which their steps run, in each group the longest of the last time first.

    The first one of the panel, whose step asks for further ones; those on papers' own data, which workers began
    while the panel was built; the others of the panel.
    """
    settings = project.settings
    current = _listed(settings)

    def seconds(spec: Spec) -> float:
        folder = settings.artifacts / spec.table / current.get(spec.table, "none")
        return artifact.seconds_taken(folder, unknown=LAST_FIRST)

    longest_first = sorted(project.specs, key=seconds, reverse=True)
    panel = [spec for spec in longest_first if is_on_panel(spec)]
    own = [spec for spec in longest_first if spec not in panel]
    return [*panel[:1], *own, *panel[1:]]


def step_priority(ordered: Sequence[Spec], spec: Spec) -> dict[str, str]:
    """Tags of a step that make the executor run the tables in their order."""
    rank = [other.table for other in ordered].index(spec.table)
    return {"dagster/priority": str(FIRST_PRIORITY - 2 * rank)}


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
    """Asset of every table, with its check, and the list of the current ones."""
    settings, ordered = project.settings, in_step_order(project)
    current = _listed(settings)
    tables = [_table_asset(spec, ordered, settings, current) for spec in project.specs]
    return [*tables, current_asset(project.specs)]


def _listed(settings: Settings) -> dict[str, str]:
    """Artifact of each published table; none where the list is damaged: a run names that and writes it anew."""
    try:
        return read_current(settings)
    except state.Damaged:
        return {}


def _table_asset(
    spec: Spec, ordered: Sequence[Spec], settings: Settings, current: dict[str, str]
) -> dg.AssetsDefinition:
    last, words = _last_answers(spec, settings), _words(spec, settings, current)
    named = (spec.in_words(text, words) for text in (spec.title, spec.question))

    key = dg.AssetKey(["artifacts", spec.table])

    @dg.asset(
        key=key,
        group_name=spec.paper or "artifacts",
        deps=[release_key(spec)],
        code_version=f"{code_of(spec).version}-{spec.sha256[:12]}",
        op_tags=step_priority(ordered, spec),
        description="\n\n".join([*named, *last]),
        check_specs=[dg.AssetCheckSpec(SANE, asset=key, description=SANE_MEANS, blocking=True)],
        kinds={"python", "parquet"},
    )
    def table(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Any]:
        folder, made = estimated(context, workplace, ordered, spec, None)
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
    """Return the result of a table's step, of the present or of an earlier state."""
    return dg.MaterializeResult(
        data_version=dg.DataVersion(manifest["result_hash"]),
        metadata={"estimated now": made, **table_metadata(folder, manifest)},
    )


def _words(spec: Spec, settings: Settings, current: dict[str, str]) -> dict[str, str] | None:
    """Measure of each role in the current artifact, so that titles are those of the report."""
    folder = settings.artifacts / spec.table / current.get(spec.table, "none")
    try:
        words: dict[str, str] | None = artifact.read_manifest(folder)["sample"].get("words")
    except (OSError, ValueError, KeyError):
        return None
    return words


def _last_answers(spec: Spec, settings: Settings) -> list[str]:
    """Text of the published report about a table, at the time these definitions were loaded."""
    said = answers(settings, spec.table)
    return ["**Last answer**", *said] if said else []


def refresh_editions(
    workplace: Workplace, specs: Sequence[Spec], run_id: str, say: Callable[[str], None]
) -> int:
    """Estimate what is missing of the tables that are followed over editions; how many were missing."""
    settings, code = workplace.settings, freezing_code()
    made = estimate_over_editions(settings, specs, code, workplace.tables, run_id, say)
    say(f"editions: {made} tables estimated now, {len(state.read(settings.root, NOTE))} in all")
    return made


def _tables_asked(context: dg.AssetExecutionContext) -> set[str] | None:
    """Tables that a run selects; None for a run without selected assets."""
    wanted = context.run.asset_selection
    if not wanted:
        return None
    return {key.path[-1] for key in wanted if key.path[0] == "artifacts"}


def current_asset(specs: Sequence[Spec]) -> dg.AssetsDefinition:
    """Asset that lists the current artifact of each table; results are built over it."""

    @dg.asset(
        key=["artifacts", "current"],
        group_name="artifacts",
        deps=[dg.AssetKey(["artifacts", spec.table]) for spec in specs],
        kinds={"json"},
    )
    def current(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
        """The artifact of each table in this refresh."""
        tables = workplace.tables
        # those of this run have been looked at, and checked
        others = set(workplace.settings.artifact_folders()) - set(tables.looked_for.values())
        set_aside_damaged(sorted(others), context.log.warning)
        estimated = sum(map(tables.has_asked, tables.looked_for))
        context.log.info(f"{len(specs)} tables, of which {estimated} estimated now")
        if are_followed(workplace.settings):
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
