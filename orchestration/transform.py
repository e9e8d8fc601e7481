"""From extracted to marts, and from artifacts to results: the dbt project as assets.

Belongs here: running dbt in its own process with the paths of the data root. Not here: SQL.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version

from orchestration import built
from orchestration.resources import Workplace
from orchestration.settings import DBT_PROJECT, Settings, load_settings

HELD_SECONDS = 30.0
ANSI = re.compile(r"\x1b\[[0-9;]*m")
ROW = re.compile(r"\w+=.*, \w+=")  # an offending row as the project's hook logs it
DBT = str(Path(sys.executable).parent / "dbt")


class Rooms(DagsterDbtTranslator):
    """Key an asset by schema and table, as SQL names it, and group it by its room."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and table; a model's alias is its table."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        schema = dbt_resource_props["config"].get("schema") or "seeds"
        return dg.AssetKey([schema, dbt_resource_props.get("alias") or dbt_resource_props["name"]])

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Results read the artifacts' files, which dbt cannot know: the dependency is added here."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if spec.key.path[0] != "results":
            return spec
        return spec.replace_attributes(
            deps=[
                *spec.deps,
                *(dg.AssetDep(dg.AssetKey(["artifacts", n])) for n in ("current", "drift")),
            ]
        )

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """Schema of the model, which is the name of the room."""
        return dbt_resource_props["config"].get("schema") or "seeds"


def dbt_environment(settings: Settings, as_of: str | None) -> dict[str, str]:
    """Environment of a dbt process: the data root, the file to build, no telemetry."""
    return {
        **os.environ,
        "LIVING_PANEL_DATA": str(settings.root),
        "LIVING_PANEL_BUILD": str(settings.build_file(as_of)),
        "DBT_TARGET_PATH": str(settings.dbt_target),
        "DBT_LOG_PATH": str(settings.dbt_target / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def dbt_variables(settings: Settings, as_of: str | None) -> dict[str, object]:
    """Dbt variables: the vantage, and whose coverage is expected."""
    edition = int(as_of) if as_of and as_of.isdigit() else None
    return {
        "as_of_edition": edition,
        "as_of_date": as_of if as_of and edition is None else None,
        "coverage_root": os.environ.get("LIVING_PANEL_COVERAGE")
        or ("demo" if settings.simulated else "official"),
    }


def manifest_path(settings: Settings) -> Path:
    """Dbt's manifest, parsed anew when a file of the project is newer."""
    manifest = settings.dbt_target / "manifest.json"
    newest = max(
        p.stat().st_mtime
        for p in DBT_PROJECT.rglob("*")
        if p.suffix in (".sql", ".yml", ".csv") and "target" not in p.parts
    )
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        _parse(settings)
    return manifest


def _parse(settings: Settings) -> None:
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    command = [DBT, "parse", "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    command += ["--vars", json.dumps(dbt_variables(settings, None))]
    done = subprocess.run(
        command, env=dbt_environment(settings, None), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"dbt parse failed:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")


class Dbt(DbtCliResource):
    """Dagster's dbt without two things that cost 3.5 s before every call.

    It asks a process of its own for dbt's version, and parses the project a second time for an adapter
    that only column metadata would need. Both names are private: should they go, time is lost, not more.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None


def dbt_resource(settings: Settings) -> Dbt:
    """Dbt of this environment, whether or not the environment is activated."""
    return Dbt(
        project_dir=str(DBT_PROJECT),
        profiles_dir=str(DBT_PROJECT),
        dbt_executable=DBT,
    )


RESULTS = "fqn:living_panel.results"


def build_dbt_assets() -> list[dg.AssetsDefinition]:
    """Dbt models and seeds as assets: one step up to the marts, one for the results."""
    manifest = manifest_path(load_settings())

    @dbt_assets(
        manifest=manifest,
        exclude=RESULTS,
        dagster_dbt_translator=Rooms(),
        pool="warehouse",
        name="dbt_marts",
    )
    def dbt_marts(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, workplace: Workplace
    ) -> Iterator[Any]:
        settings, as_of = workplace.settings, workplace.as_of
        target = settings.build_file(as_of)
        yield from _build(context, dbt, settings, as_of, target, "marts")

    @dbt_assets(
        manifest=manifest,
        select=RESULTS,
        dagster_dbt_translator=Rooms(),
        pool="warehouse",
        name="dbt_results",
    )
    def dbt_results(
        context: dg.AssetExecutionContext, dbt: DbtCliResource, workplace: Workplace
    ) -> Iterator[Any]:
        settings, as_of = workplace.settings, workplace.as_of
        # results of a past vantage join those of the present, unless there is no present yet
        current = settings.build_file(None)
        target = current if current.exists() else settings.build_file(as_of)
        yield from _build(context, dbt, settings, as_of, target, "results")

    return [dbt_marts, dbt_results]


def _build(
    context: dg.AssetExecutionContext,
    dbt: DbtCliResource,
    settings: Settings,
    as_of: str | None,
    target: Path,
    part: str,
) -> Iterator[Any]:
    """Run dbt on one part, or say that its inputs are those of the last successful build."""
    variables = dbt_variables(settings, as_of)
    if target != settings.build_file(None):
        variables["current_index"] = settings.current_file(as_of).name
    inputs = built.inputs_of_marts if part == "marts" else built.inputs_of_results
    current = built.fingerprint(inputs(settings), variables, settings.root)
    if built.is_built(target, part, current) and _whole(context):
        context.log.info(f"{part}: inputs unchanged, nothing to build")
        yield from _unchanged(context)
        return
    kept = {} if part == "marts" else {k: v for k, v in built.noted(target).items() if k == "marts"}
    built.forget(target)
    wait_for(target, context.log.info, rebuild=part == "marts")
    os.environ.update(dbt_environment(settings, as_of) | {"LIVING_PANEL_BUILD": str(target)})
    folder = settings.dbt_target / "runs" / context.run_id[:8]
    command = ["build", "--exclude-resource-type", "unit_test", "--vars", json.dumps(variables)]
    run = dbt.cli(command, context=context, target_path=folder, raise_on_error=False)
    yield from run.stream()
    if not run.is_successful():
        raise dg.Failure(description=explain_failure(folder), allow_retries=False)
    if _whole(context):
        built.remember(target, kept | {part: current})


def wait_for(
    target: Path,
    say: Callable[[str], None],
    seconds: float = HELD_SECONDS,
    *,
    rebuild: bool = False,
) -> None:
    """Wait until nobody else holds the build file, saying for whom; dbt itself would wait unseen.

    A file that cannot be opened at all (damaged, or written by another version of DuckDB) is removed
    where `rebuild` says that all of it is about to be built: nothing is in it that is not derived.

    Raises
    ------
    dagster.Failure
        After the bounded wait, naming the process that holds it; or for a file that cannot be opened
        while it is needed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    deadline, told = time.monotonic() + seconds, False
    while True:
        try:
            duckdb.connect(str(target)).close()
            return
        except duckdb.Error as error:
            if "set lock on file" not in str(error):
                _remove_unreadable(target, error, say, rebuild)
                return
            if time.monotonic() >= deadline:
                raise dg.Failure(
                    description=f"{target} is the build file and is held by somebody else: {error}\n"
                    "Remedy: close it there, and read the published data/warehouse.duckdb instead.",
                    allow_retries=False,
                ) from None
            if not told:
                say(f"Waiting for the build file: {str(error).splitlines()[0]}")
                told = True
            time.sleep(1)


def _remove_unreadable(
    target: Path, error: duckdb.Error, say: Callable[[str], None], rebuild: bool
) -> None:
    first = str(error).splitlines()[0]
    if not rebuild:
        raise dg.Failure(
            description=f"{target} cannot be opened: {first}\nRemedy: run again; it is built anew.",
            allow_retries=False,
        )
    say(f"{target.name} cannot be opened and is built anew: {first}")
    target.unlink(missing_ok=True)
    target.with_name(target.name + ".wal").unlink(missing_ok=True)


def explain_failure(folder: Path) -> str:
    """What failed in a dbt run and on which rows, from its own files.

    A test's offending rows come with key, bound and remedy; another error with its message.
    """
    faults = []
    results = folder / "run_results.json"
    if results.exists():
        for entry in json.loads(results.read_text(encoding="utf-8"))["results"]:
            if entry["status"] in ("error", "fail"):
                faults.append(f"{entry['unique_id'].split('.')[2]}: {entry['message']}")
    rows = list(dict.fromkeys(_offending_rows(folder / "dbt.log")))
    detail = "\n".join([*faults, *rows]) or f"see {folder / 'dbt.log'}"
    return f"The figures do not pass the warehouse's tests; nothing was published.\n{detail}"


def _offending_rows(log: Path) -> Iterator[str]:
    """Lines of the project's on-run-end hook in dbt's JSON log."""
    if not log.exists():
        return
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            message = str(json.loads(line)["info"]["msg"])
        except (json.JSONDecodeError, KeyError, TypeError):
            continue
        message = ANSI.sub("", message).strip()
        if message.startswith("Offending rows of") or ROW.match(message):
            yield message


def _whole(context: dg.AssetExecutionContext) -> bool:
    """Whether the run asks for all models of this step, not for a few."""
    return set(context.selected_asset_keys) == set(
        context.assets_def.node_keys_by_output_name.values()
    )


def _unchanged(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """The outputs of a build that was not needed: its checks passed when it was made."""
    order = TopologicalSorter(context.assets_def.asset_deps).static_order()
    for key in (k for k in order if k in context.selected_asset_keys):
        yield dg.MaterializeResult(asset_key=key, metadata={"built": "inputs unchanged"})
    for check in context.selected_asset_check_keys:
        yield dg.AssetCheckResult(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=True,
            metadata={"evaluated": "inputs unchanged since it last passed"},
        )
