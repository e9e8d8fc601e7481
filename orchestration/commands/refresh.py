"""One refresh from a terminal: the same job the UI starts, in this process, with its progress."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.ingestion.provenance.catalog import has_sources
from living_panel.orchestration.automation.failures import explanation
from living_panel.orchestration.root import state
from living_panel.orchestration.root.executor import load_executor
from living_panel.orchestration.root.lock import release_lock
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place

STARTED = time.monotonic()
NEXT = (
    "Next",
    "  `make findings` lists the findings; data/report/index.html shows them.",
    "  `make audit FILE=table.csv` checks a printed table.",
    "  `make new-paper NAME=my_paper DATA=my_data.csv` makes a living table of your data.",
    "  `make sql` queries results.findings and the panel; `make dev` opens the UI.",
)
"""Last lines of a run: the three jobs of README."""


@dataclass
class RunOutcome:
    """Result of a refresh: success, seconds by part, new files, whether it published."""

    success: bool
    run_id: str
    seconds: dict[str, float] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    published: bool = False


def run_refresh(
    settings: Settings,
    as_of: str | None,
    *,
    first: str | None = None,
    last: str | None = None,
    results_follow: bool = False,
) -> RunOutcome:
    """Refresh the present over a range of editions, all by default, or rebuild an earlier state.

    An earlier state is listed together with the present one; with `results_follow`, the caller sees to that. The
    present one is made first if it is missing.

    Raises
    ------
    ValueError
        For an as-of date that is neither an edition nor a date, or before the first edition.
    """
    from living_panel.orchestration.assets.as_of import RESULTS_FOLLOW
    from living_panel.orchestration.assets.resources import check_as_of
    from living_panel.orchestration.automation.jobs import edition_range

    if as_of is None:
        return _run(settings, "refresh", tags=edition_range(first, last) if has_sources() else None)
    check_as_of(as_of)
    if not settings.build_file(None).exists():
        present = _run(settings, "refresh", tags=edition_range(first, last))
        if not present.success:
            return present
    tags = RESULTS_FOLLOW if results_follow else None
    return _run(settings, "as_of", partition=as_of, tags=tags)


def run_editions(settings: Settings) -> RunOutcome:
    """Estimate the followed tables on each edition of their data sets, and publish the paths."""
    return _run(settings, "editions")


def run_paper(settings: Settings, paper: str) -> RunOutcome:
    """Bring one paper's tables and report up to date on the present releases.

    Other papers' tables stay as they were published.

    Raises
    ------
    InvalidSpec
        For a paper without tables, with the nearest name of one that has some. Before the first publication. Where
        a stage that this run does not build is stale, so that its end would not be published.
    """
    from living_panel.estimation.panel.marked_yaml import nearest
    from living_panel.estimation.panel.spec import spec_folder
    from living_panel.orchestration.assets.publication import unfinished
    from living_panel.orchestration.assets.release import release_key
    from living_panel.orchestration.assets.specs import readable
    from living_panel.orchestration.definitions import defs
    from living_panel.orchestration.outputs.releases import is_on_panel

    specs, wrong = readable(settings)
    mine = [spec for spec in specs if spec.paper == paper]
    if not mine:
        written = [file.stem for file in (spec_folder() / paper).glob("specs/*.yml")]
        if problems := [p for table in written for p in wrong.get(table, ())]:
            raise InvalidSpec(*dict.fromkeys(problems))
        known = sorted({spec.paper for spec in specs if spec.paper})
        raise InvalidSpec(
            Code.UNKNOWN_TABLE(
                "paper {paper!r} has no table",
                "write one of {choices}",
                paper=paper,
                choices=nearest(paper, known),
            )
        )
    if not settings.build_file(None).exists():
        raise InvalidSpec(
            Code.NOT_BUILT(
                "no results are published yet that {paper} could be added to",
                "run `make run` once",
                paper=paper,
            )
        )
    redone = {spec.table for spec in mine}
    before = ("marts", "release", "artifacts")
    stale = [u for u in unfinished(settings) if u.stage in before and u.table not in redone]
    if stale:
        place = Place(file=str(settings.build_file(None)))
        missing = [left.text for left in stale]
        raise InvalidSpec(
            Code.PUBLISH(
                "{paper} cannot be published alone: {missing}",
                "run `make run`; it also updates {paper}",
                place,
                paper=paper,
                missing=missing,
            )
        )
    releases = [] if is_on_panel(mine[0]) else [release_key(mine[0])]
    tables = [dg.AssetKey(["artifacts", spec.table]) for spec in mine]
    job, graph = defs.resolve_job_def("refresh"), defs.resolve_asset_graph()
    wanted = dg.AssetSelection.assets(*releases, *tables).downstream().resolve(graph)
    # the results count as built only as one step, and some of their models read no table
    results = graph.get(dg.AssetKey(["results", "artifacts"])).assets_def.keys
    keys = (wanted | results) & job.asset_layer.selected_asset_keys
    return _run(settings, "refresh", assets=sorted(keys))


def job_named(name: str) -> dg.JobDefinition:
    """Return a job of this project; each process of a run calls this."""
    from living_panel.orchestration.definitions import defs

    return defs.resolve_job_def(name)


def _run(
    settings: Settings,
    job: str,
    *,
    tags: dict[str, str] | None = None,
    partition: str | None = None,
    assets: Sequence[dg.AssetKey] | None = None,
) -> RunOutcome:
    """Run a job in this process, its progress on stderr; of `assets` alone if given."""
    from living_panel.orchestration.assets.as_of import STATES
    from living_panel.orchestration.assets.in_store import ALL_TABLES
    from living_panel.orchestration.automation.sensors import called, forget_failures
    from living_panel.orchestration.root.instance import open_instance

    load_executor()  # its processes load while this one begins
    imported = time.monotonic()
    settings.build.mkdir(parents=True, exist_ok=True)
    # dbt's own lines go to a file, added to: another run may be writing there, or wait for this one.
    # Progress, on stderr, is for the person.
    log = (settings.build / "refresh.log").open("a", encoding="utf-8")
    with open_instance(settings) as instance, log, redirect_stdout(log):
        if partition:
            instance.add_dynamic_partitions(str(STATES.name), [partition])
            tags = {**(tags or {}), "dagster/partition": partition}
        if job == "refresh" and assets is None:
            assets = _without_stored(settings, instance)
            tags = {**(tags or {}), **(ALL_TABLES if assets else {})}
        result = dg.execute_job(
            dg.build_reconstructable_job(__name__, job_named.__name__, (job,)),
            instance=instance,
            tags=tags,
            asset_selection=assets,
            run_config={"loggers": {"stages": {}}},
            raise_on_error=False,
        )
        release_lock(settings.root, result.run_id)
        outcome = RunOutcome(success=result.success, run_id=result.run_id)
        _read_events(result.all_events, outcome)
        for step in instance.get_run_step_stats(result.run_id):
            spent = (step.end_time or 0) - (step.start_time or 0)
            part = _part(step.step_key)
            outcome.seconds[part] = outcome.seconds.get(part, 0.0) + max(spent, 0.0)
        outcome.seconds["imports"] = imported - STARTED
        outcome.seconds["rest"] = time.monotonic() - STARTED - sum(outcome.seconds.values())
        if result.success:
            forget_failures(settings, called(job, partition))
        else:
            record_reasons(settings, called(job, partition), outcome)
    return outcome


def _without_stored(settings: Settings, instance: dg.DagsterInstance) -> list[dg.AssetKey] | None:
    """Return the assets of a refresh without those that are stored; None, which is all, where none is."""
    from living_panel.orchestration.assets.in_store import steps_left_out
    from living_panel.orchestration.assets.release import PANEL
    from living_panel.orchestration.definitions import PROJECT, defs

    wanted, graph = job_named("refresh").asset_layer.selected_asset_keys, defs.resolve_asset_graph()
    assets = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    before = dg.AssetSelection.assets(PANEL).upstream().resolve(graph)
    of_panel = {key for one in before for key in graph.get(one).assets_def.keys} & wanted
    stored = steps_left_out(settings, instance, PROJECT.specs, assets, of_panel)
    if not stored:
        return None
    print(
        f"{len(stored)} of {len(wanted)} assets are unchanged: no step makes them again",
        file=sys.stderr,
    )
    return sorted(wanted - stored)


def record_reasons(settings: Settings, job: str, outcome: RunOutcome) -> None:
    """Record why a run failed; a damaged record of failures is named after the run's own reasons."""
    from living_panel.orchestration.automation.sensors import record_failure

    try:
        text = "\n".join(outcome.failures)
        record_failure(settings, outcome.run_id, job, text, outcome.problems)
    except state.Damaged as error:
        outcome.failures.append(str(error))


def _read_events(events: Sequence[Any], outcome: RunOutcome) -> None:
    reasons: set[str] = set()
    for event in events:
        if event.event_type_value == "ASSET_MATERIALIZATION":
            metadata = event.materialization.metadata
            outcome.published |= event.asset_key.path == ["warehouse", "published"]
            if "estimated now" in metadata and metadata["estimated now"].value:
                outcome.made.append(event.asset_key.path[-1])
        if event.event_type_value in ("STEP_FAILURE", "PIPELINE_FAILURE"):
            found = explanation(event)
            if found and found.text not in reasons:  # several steps may have one cause
                reasons.add(found.text)
                outcome.failures.append(str(found))
                outcome.problems += found.problems


def _part(step: str) -> str:
    stage, _, name = step.partition("__")
    # the release and the list of an earlier state are built by dbt within their own steps
    if stage.startswith("dbt") or (stage == "as_of" and name in ("release", "state")):
        return "dbt"
    return "estimates" if stage in ("artifacts", "as_of") else "other stages"


def summary(settings: Settings, outcome: RunOutcome, as_of: str | None) -> str:
    """Summary at the end of a refresh."""
    seconds = ", ".join(
        f"{k} {v:.1f}" for k, v in sorted(outcome.seconds.items(), key=lambda i: -i[1])
    )
    return "\n".join(
        [
            "",
            *withdrawn_words(settings),
            f"Run {outcome.run_id[:8]} succeeded" + (f", as of {as_of}" if as_of else "") + ".",
            *_state(settings, outcome.made, as_of),
            f"Seconds: {seconds}",
            *NEXT,
        ]
    )


def unchanged(settings: Settings, outcome: RunOutcome) -> str:
    """Message of a later refresh that finds no change."""
    first = (
        f"Nothing new since run {outcome.run_id[:8]}: inbox, archive, code and all that was made from "
        "them are byte for byte as it left them."
    )
    return "\n".join(["", *withdrawn_words(settings), first, *_state(settings, [], None)])


def withdrawn_words(settings: Settings) -> list[str]:
    """One text for each file that a run withdrew and nobody replaced or confirmed."""
    from living_panel.orchestration.root.readers import withdrawn_by_runs

    return [str(problem) for problem in withdrawn_by_runs(settings)]


def _state(settings: Settings, made: Sequence[str], as_of: str | None) -> list[str]:
    from living_panel.estimation.artifacts.artifact import read_manifest
    from living_panel.orchestration.root.readers import published_rows, read_current

    lines = ["", "Stages"]
    for stage, text in _stages(settings).items():
        lines.append(f"  {stage:<13}{text}")
    lines.append("Artifacts")
    for table, identity in read_current(settings, as_of).items():
        folder = settings.artifacts / table / identity
        manifest = read_manifest(folder)
        state = "made now" if table in made else "unchanged"
        if manifest["status"] != "estimated":
            when = f" as of {as_of}" if as_of else ""
            why = textwrap.shorten(manifest["reason"], 90, placeholder=" …")
            state = f"not estimable{when}: {why}"
        lines.append(
            f"  {table:<28} {_shown(folder / 'table.md')}  ({manifest['figures_status']}; {state})"
        )
    if as_of and (later := _not_yet_published(settings, as_of)):
        listed = ", ".join(later)
        lines += [
            "Not yet published",
            *textwrap.wrap(listed, 100, initial_indent="  ", subsequent_indent="  "),
        ]
    rows = ", ".join(f"{name}\xa0{number}" for name, number in published_rows(settings).items())
    wrapped = textwrap.wrap(rows, 100, initial_indent="  ", subsequent_indent="  ")
    return [*lines, "Published, with their rows", *(row.replace("\xa0", " ") for row in wrapped)]


def _not_yet_published(settings: Settings, as_of: str) -> list[str]:
    """Tables whose data did not exist then."""
    from living_panel.orchestration.assets.specs import readable
    from living_panel.orchestration.outputs.releases import was_published

    specs, _ = readable(settings)
    return sorted(spec.table for spec in specs if not was_published(spec, as_of))


def _stages(settings: Settings) -> dict[str, str]:
    receipts = list(settings.archive.glob("*/*/*/receipt.yml"))
    parts = list(settings.extracted.glob("*/*/*/part.parquet"))
    releases = [p for p in settings.releases.glob("*/manifest.json")]
    artifacts = settings.artifact_folders()
    return {
        "landing": f"{sum(1 for p in settings.landing.rglob('*') if p.is_file() and p.name[0] != '.')} files waiting",
        "archive": f"{len(receipts)} vintages",
        "extracted": f"{len(parts)} parts",
        "release": f"{len(releases)} releases"
        + (f"; current {_current_release(settings)}" if has_sources() else ""),
        "artifacts": f"{len(artifacts)} artifacts",
    }


def _current_release(settings: Settings) -> str:
    from living_panel.orchestration.outputs.releases import published_release

    try:
        manifest = published_release(settings) / "manifest.json"
        content = json.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "none"
    return f"{content['release_id']} ({content['rows']['panel']} rows, {content['figures']})"


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def tell_failure(outcome: RunOutcome) -> None:
    """Print why a run failed, and whether the rest of it was published."""
    consequence = (
        "All parts that do not depend on it were published."
        if outcome.published
        else "The published warehouse, releases and artifacts are as they were."
    )
    print(f"\nRun {outcome.run_id[:8]} failed. {consequence}\n", file=sys.stderr)
    for text in outcome.failures:
        print(text + "\n", file=sys.stderr)
