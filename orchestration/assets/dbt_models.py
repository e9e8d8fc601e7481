"""From extracted to marts, and from artifacts to results: the dbt project as assets."""

import errno
import fcntl
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from living_panel.codes import Code
from living_panel.ingestion.provenance.catalog import has_sources, names
from living_panel.ingestion.reading.extract import sweep
from living_panel.orchestration.assets.doubts import new_files, withdraw_for_build
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.dbt import build_note
from living_panel.orchestration.dbt.coverage import edition_gaps, uncovered
from living_panel.orchestration.dbt.metadata import column_lineage, described, tables_of, with_facts
from living_panel.orchestration.dbt.project import dbt_cli, dbt_variables
from living_panel.orchestration.dbt.runs import (
    begin_build,
    build_folder,
    dbt_project,
    explain_failure,
    offending_rows,
    one_file_in_doubt,
)
from living_panel.orchestration.outputs.edition_tables import write_edition_tables
from living_panel.orchestration.outputs.paper_tables import own_releases, write_paper_tables
from living_panel.orchestration.root import state
from living_panel.orchestration.root.failure import failure_of
from living_panel.orchestration.root.readers import unpublished_vintages
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.state import vantage

HELD_SECONDS = 30.0
RESULTS = "fqn:living_panel.results"
"""Tells dbt to build only the tables of the schema `results`, with tests. All other dbt tables are built before."""
RESULTS_ALONE = f"+{RESULTS}"
"""The same with the seeds that these tables read; for a data folder without sources, which has no other tables."""
COMPARISONS = "source:living_panel.artifacts.drift+"
"""Results that show stored comparisons of two states."""


class WarehouseTranslator(DagsterDbtTranslator):
    """Key an asset by schema and table, as SQL names it, and group it by its schema."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and table; a model's alias is its table."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        schema = dbt_resource_props["config"].get("schema") or "seeds"
        return dg.AssetKey([schema, dbt_resource_props.get("alias") or dbt_resource_props["name"]])

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Description in the YAML of the node; dagster-dbt adds the SQL, of a seed an empty block."""
        return str(dbt_resource_props["description"]).strip()

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Add the folders of the sources, which dbt knows as one source."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if spec.key.path[0] == "staging":
            return spec.replace_attributes(
                deps=[dg.AssetDep(dg.AssetKey(["extracted", name])) for name in names()]
            )
        return spec

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Schema of the model, the name of its stage."""
        return dbt_resource_props["config"].get("schema") or "seeds"


@builds_assets
def build_dbt_assets(loaded: Project) -> list[dg.AssetsDefinition]:
    """Dbt models and seeds as assets: one step up to the marts, one for the results."""
    settings = loaded.settings
    project = dbt_project(settings)
    manifest = described(json.loads(project.manifest_path.read_text(encoding="utf-8")))

    dbt_part = partial(dbt_assets, dagster_dbt_translator=WarehouseTranslator(), pool="warehouse")

    @dbt_part(manifest=manifest, exclude=RESULTS, name="dbt_marts")
    def dbt_marts(
        context: dg.AssetExecutionContext, workplace: Workplace, dbt: DbtCliResource
    ) -> Iterator[Any]:
        new = {tuple(name.split("/")[:2]) for name in unpublished_vintages(workplace.settings)}
        gaps = [
            problem
            for source, edition in sorted(new)
            for problem in edition_gaps(workplace.settings, source, int(edition))
        ]
        for text in dict.fromkeys(map(str, (*gaps, *uncovered(workplace.settings)))):
            context.log.warning(text)
        yield from _build(context, dbt, workplace.settings, manifest, "marts")

    @dbt_part(manifest=manifest, select=selected_results(), name="dbt_results")
    def dbt_results(
        context: dg.AssetExecutionContext, workplace: Workplace, dbt: DbtCliResource
    ) -> Iterator[Any]:
        yield from _build(context, dbt, workplace.settings, manifest, "results")

    return [dbt_marts, dbt_results] if has_sources() else [dbt_results]


def selected_results() -> str:
    """Return dbt's selection of the results."""
    return RESULTS if has_sources() else RESULTS_ALONE


def build_as_of(settings: Settings, as_of: str, say: Callable[[str], None]) -> None:
    """Build the marts as they were known then, into a file of their own.

    Raises
    ------
    dagster.Failure
        If a value fails a test; with the rows that fail.
    """
    sweep(settings.root)
    target, variables = settings.build_file(as_of), dbt_variables(settings, as_of)
    now = build_note.fingerprints(settings, "marts", variables)
    if build_note.made_from(settings.root, target, "marts", now["inputs"]):
        say(f"marts as of {as_of}: inputs unchanged, nothing to build")
        return
    _build_apart(settings, as_of, "marts", ["--exclude", RESULTS], now, say)


def build_results(settings: Settings, say: Callable[[str], None]) -> None:
    """Build the results, which list every state of knowledge there is; of unchanged ones nothing.

    Where only a stored comparison is new, they are the models that show comparisons.

    Raises
    ------
    dagster.Failure
        If they do not pass their tests; with the offending rows.
    """
    target, variables = settings.build_file(None), dbt_variables(settings, None)
    now = build_note.fingerprints(settings, "results", variables)
    if build_note.made_from(settings.root, target, "results", now["inputs"]):
        say("results: inputs unchanged, nothing to build")
        return
    stand = build_note.made_from(settings.root, target, "results", now["others"], "others")
    selection = COMPARISONS if stand else selected_results()
    _build_apart(settings, None, "results", ["--select", selection], now, say)


def _build_apart(
    settings: Settings,
    as_of: str | None,
    part: str,
    selection: Sequence[str],
    now: build_note.Made,
    say: Callable[[str], None],
) -> None:
    """Run dbt on some of a part, telling nothing asset by asset, and note what it was made from (`now`)."""
    target, folder = settings.build_file(as_of), build_folder(settings, as_of)
    note = _begin(settings, target, part, say)
    run = begin_build(dbt_cli(), settings, as_of, selection)
    run.wait()
    if not run.is_successful():
        raise failure_of(explain_failure(folder, offending_rows(folder, target)))
    if part == "results":
        _add_papers(settings, as_of)
    build_note.remember(settings.root, target, note | {part: now})


def _add_papers(settings: Settings, as_of: str | None) -> None:
    """Add the data that the papers of a state bring to its build file, where readers and the digest find them."""
    entries = state.read(settings.root, vantage(as_of))
    write_paper_tables(settings.build_file(as_of), own_releases(settings, entries))
    write_edition_tables(settings, settings.build_file(as_of))


def _begin(
    settings: Settings, target: Path, part: str, say: Callable[[str], None]
) -> dict[str, build_note.Made]:
    """Take the note of a build away and wait for its file; return what stays true of the other part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    noted = build_note.noted(settings.root, target)
    build_note.forget(settings.root, target)
    wait_for(target, say, rebuild=part == "marts")
    return {k: v for k, v in noted.items() if (k, part) == ("marts", "results")}


def _build(
    context: dg.AssetExecutionContext,
    dbt: DbtCliResource,
    settings: Settings,
    manifest: Mapping[str, Any],
    part: str,
) -> Iterator[Any]:
    """Run dbt on one part, or say that its inputs are those of the last successful build."""
    target, variables = settings.build_file(None), dbt_variables(settings, None)
    for part_folder in sweep(settings.root):
        context.log.warning(f"removed, because the archive has no such vintage: {part_folder}")
    now = build_note.fingerprints(settings, part, variables)
    made = build_note.made_from(settings.root, target, part, now["inputs"])
    if made and _is_whole_step(context) and _answers(context, made):
        context.log.info(f"{part}: inputs unchanged since run {made['run']}, nothing to build")
        yield from _unchanged(context, made)
        return
    note = _begin(settings, target, part, context.log.info)
    folder = build_folder(settings, None)

    def build() -> tuple[bool, list[Any], dict[str, pd.DataFrame]]:
        run = begin_build(dbt, settings, None, context=context)
        events = [*run.stream()]  # the file can be looked into once dbt has let go of it
        return run.is_successful(), events, offending_rows(folder, target)

    is_built, events, rows = build()
    if rows and part == "marts":
        doubt = one_file_in_doubt(folder, rows, new_files(context, settings))
        if doubt is not None:
            take_back = withdraw_for_build(context, settings, doubt)
            try:
                now = build_note.fingerprints(settings, part, dbt_variables(settings, None))
                is_built, events, rows = build()
            finally:
                if not is_built:
                    take_back()
    tables = tables_of(target)
    nodes = {
        WarehouseTranslator().get_asset_key(n): n
        for n in manifest["nodes"].values()
        if n["resource_type"] == "model"
    }
    yield from with_facts(
        context, events, tables, rows,
        lambda key: column_lineage(nodes[key], manifest, tables, folder, WarehouseTranslator()) if key in nodes else {},
    )  # fmt: skip
    checks = {
        _named(e.asset_key, e.check_name): e.passed
        for e in events
        if isinstance(e, dg.AssetCheckResult)
    }
    if not is_built:
        raise failure_of(explain_failure(folder, rows))
    if part == "results":
        _add_papers(settings, None)
    if _is_whole_step(context):
        note[part] = {
            **now,
            "run": context.run_id,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "checks": checks,
        }
    build_note.remember(settings.root, target, note)


def wait_for(target: Path, say: Callable[[str], None], *, rebuild: bool = False) -> None:
    """Wait until nobody else holds the build file, saying for whom; dbt itself would wait unseen.

    A file that cannot be opened at all (damaged, or written by another version of DuckDB) is removed if `rebuild` is
    true. All of it is then built again: its content is derived.

    Raises
    ------
    dagster.Failure
        After the bounded wait, naming the process that holds it; or for a file that cannot be opened
        while it is needed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    deadline, is_waiting = time.monotonic() + HELD_SECONDS, False
    while (error := _opening_error(target)) is not None:
        if not isinstance(error, Held):
            _remove_unreadable(target, error, say, rebuild)
            return
        holder = str(error).splitlines()[0]  # DuckDB's words, which name the process
        if time.monotonic() >= deadline:
            raise failure_of(
                [
                    Code.BUSY(
                        "another program has locked the build file {target}: {error}",
                        "close the file in that program, and read the published data/warehouse.duckdb instead",
                        target=target,
                        error=holder,
                    )
                ]
            )
        if not is_waiting:
            say(f"Waiting for the build file: {holder}")
            is_waiting = True
        time.sleep(1)


class Held(Exception):
    """Somebody else has the file open."""


def _opening_error(target: Path) -> Exception | None:
    """Why a DuckDB file cannot be opened for writing; None if it can.

    DuckDB raises one class for a lock and for damage. The lock itself tells which: DuckDB holds a record lock on
    the whole file. Under a lock of this process no other process is the reason.
    """
    try:
        duckdb.connect(str(target)).close()
        return None
    except duckdb.ConnectionException as error:  # open in this process, for reading
        return Held(error)
    except duckdb.Error as error:
        first = error
    with target.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                raise
            return Held(first)
        try:
            duckdb.connect(str(target)).close()
        except duckdb.Error as error:
            return error
    return None


def _remove_unreadable(
    target: Path, error: Exception, say: Callable[[str], None], rebuild: bool
) -> None:
    first = str(error).splitlines()[0]
    if not rebuild:
        raise failure_of(
            [
                Code.DAMAGED(
                    "{target} cannot be opened: {first}",
                    "run again; the run builds this file again",
                    target=target,
                    first=first,
                )
            ]
        )
    say(f"{target.name} cannot be opened and is built again: {first}")
    target.unlink(missing_ok=True)
    target.with_name(target.name + ".wal").unlink(missing_ok=True)


def _is_whole_step(context: dg.AssetExecutionContext) -> bool:
    """Whether the run asks for all models of this step, not for a few."""
    return set(context.selected_asset_keys) == set(
        context.assets_def.node_keys_by_output_name.values()
    )


def _named(asset_key: dg.AssetKey | None, check: str | None) -> str:
    """A check as the note of a build calls it."""
    return f"{asset_key.to_user_string() if asset_key else ''}: {check}"


def _answers(context: dg.AssetExecutionContext, made: build_note.Made) -> bool:
    """Whether the note of a build holds the outcome of every check that is asked for."""
    asked = {_named(c.asset_key, c.name) for c in context.selected_asset_check_keys}
    return asked <= set(made.get("checks", ()))


def _unchanged(context: dg.AssetExecutionContext, made: build_note.Made) -> Iterator[Any]:
    """The outputs of a build that was not needed: its checks as the run that made it found them."""
    since = {"since run": dg.MetadataValue.dagster_run(made["run"]), "of": made["at"]}
    order = TopologicalSorter(context.assets_def.asset_deps).static_order()
    for key in (k for k in order if k in context.selected_asset_keys):
        yield dg.MaterializeResult(asset_key=key, metadata={"built": "inputs unchanged", **since})
    for check in context.selected_asset_check_keys:
        yield dg.AssetCheckResult(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=made["checks"][_named(check.asset_key, check.name)],
            metadata={"evaluated": "not now, inputs unchanged", **since},
        )
