"""From landing to extracted: two assets a source, partitioned by edition, and the age of its values.

All sources share one set of editions, since Dagster refuses one job over several; each partition says
what its own edition has, and an edition with nothing published says so.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from shlex import quote
from types import MappingProxyType
from typing import Any

import dagster as dg
import pandas as pd

from living_panel.codes import Code, NoFix
from living_panel.estimation.panel.canonical import document_hash
from living_panel.ingestion.errors import ExtractionError, FailureCase
from living_panel.ingestion.provenance import catalog
from living_panel.ingestion.provenance.receipts import read_receipt, receipt_path
from living_panel.ingestion.reading.extract import Part, extract_edition, refused_files
from living_panel.ingestion.storage import archive, inbox
from living_panel.orchestration.assets import sentences as asset_sentences
from living_panel.orchestration.assets.landing import without_receipt
from living_panel.orchestration.assets.markdown_text import listed, markdown
from living_panel.orchestration.assets.registry import Project, builds_assets
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.root import ledger
from living_panel.orchestration.root.failure import failure_of
from living_panel.orchestration.root.versions import module_version
from living_panel.problems import Place, name_commands

EDITIONS = dg.StaticPartitionsDefinition([str(edition) for edition in catalog.all_editions()])
ONE_RUN = dg.BackfillPolicy.single_run()
# A publication comes once a year: values of an edition that began 13 months before its successor's year
# are old, whenever they were last looked at.
LONGEST_DAYS = 400
ASSET_JOB = "__ASSET_JOB"
"""Name that Dagster gives to a job that runs assets chosen in the UI."""
PUBLISHED = dg.AssetKey(["warehouse", "published"])
TAKEN = "taken"
"""Metadata entry of an edition in the archive: the files that came in this run."""
NO_VALUE: Any = dg.Nothing
# Dagster notes every edition of a run as materialised, and shows each as green, unless the output says
# that its events were noted already, by the mark that Dagster gives its observed assets.
NOTED_ALREADY = "__source_asset_observation__"
ALL_SAID: dg.Output[None] = dg.Output(None, metadata={NOTED_ALREADY: True})


@builds_assets
def ingestion_assets(project: Project) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Archive and extracted assets of every source, and the check of its newest values."""
    assets: list[dg.AssetsDefinition | dg.AssetChecksDefinition] = []
    for source in catalog.names():
        checks = [newest_figures(source), receipts_complete(source), files_taken(source)]
        assets += [
            archive_asset(source),
            *checks,
            extracted_asset(source),
            files_read(source),
        ]
    return assets


def newest_figures(source: str) -> dg.AssetChecksDefinition:
    """Check the age of the newest values of a source; the date of the last run does not matter."""

    @dg.asset_check(
        asset=["archive", source],
        name="newest_figures",
        description=f"The year of the newest edition in the archive ended at most {LONGEST_DAYS} days ago.",
    )
    def newest(unlocked_workplace: Workplace) -> dg.AssetCheckResult:
        edition = newest_edition(unlocked_workplace.settings.root, source)
        age = (date.today() - date(edition, 12, 31)).days if edition else None
        return dg.AssetCheckResult(
            passed=age is not None and age <= LONGEST_DAYS,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "newest edition": str(edition or "none"),
                "days since the end of its year": max(age, 0) if age is not None else -1,
                "remedy": name_commands(
                    f"When the edition of {date.today().year} is published, put it into landing/, or run `make fetch "
                    f"SOURCE={source} EDITION={date.today().year}`."
                ),
            },
        )

    return newest


def receipts_complete(source: str) -> dg.AssetChecksDefinition:
    """Check that no file of a source waits in landing for its receipt."""

    @dg.asset_check(
        asset=["archive", source],
        name="receipts_complete",
        description="Every new file in `data/landing` has a receipt, which states its origin. A file without a "
        "receipt is not ingested.",
    )
    def complete(unlocked_workplace: Workplace) -> dg.AssetCheckResult:
        files = without_receipt(unlocked_workplace.settings, source)
        landing = unlocked_workplace.settings.landing
        named = [file.relative_to(landing).as_posix() for file in files]
        metadata: dict[str, Any] = {"files without a receipt": len(files)}
        if files:
            metadata["files"] = dg.MetadataValue.md(listed(named))
            metadata["remedy"] = name_commands(
                f"Jobs, receipt, Launchpad: `file: {named[0]}` with `answers: {{obtained_by: ...}}`; or `make receipt "
                f"FILE={quote(str(files[0]))}`. Then run `refresh`."
            )
        return dg.AssetCheckResult(
            passed=not files, severity=dg.AssetCheckSeverity.WARN, metadata=metadata
        )

    return complete


def files_taken(source: str) -> dg.AssetChecksDefinition:
    """Fail the run if files stay in landing, after all other files are ingested."""

    @dg.asset_check(
        asset=["archive", source],
        name="files_taken",
        description="Every file in `data/landing` with a receipt was ingested. If a file is wrong, the run ingests "
        "the others and then fails.",
    )
    def all_taken(unlocked_workplace: Workplace) -> dg.AssetCheckResult:
        root = unlocked_workplace.settings.root
        strays = inbox.landing_problems(root) if source == catalog.names()[0] else []
        claimed = (
            [
                Code.FILE_PLACE(
                    "landing has {count} files or folders that belong to no source, listed below",
                    "move or remove each of them, or add its edition to the catalog",
                    count=len(strays),
                )
            ]
            if strays
            else []
        )
        if problems := [*claimed, *strays, *inbox.refusals(root, source)]:
            raise failure_of(problems)
        return dg.AssetCheckResult(passed=True)

    return all_taken


def files_read(source: str) -> dg.AssetChecksDefinition:
    """Fail the run if archived files have faults, after the other files are read."""

    @dg.asset_check(
        asset=["extracted", source],
        name="files_read",
        description="The run could read every file of the archive. If a file is wrong, the run reads the others and "
        "then fails.",
    )
    def all_read(unlocked_workplace: Workplace) -> dg.AssetCheckResult:
        refused = refused_files(unlocked_workplace.settings.root, source)
        if refused:
            advice = [
                str(
                    Code.WITHDRAWN(
                        "this archived file has errors, so the run omits its values",
                        "withdraw the file (`make withdraw KIND=file NAME=… REASON=…`) and put "
                        "a corrected file into landing/",
                        Place(file=file),
                    )
                )
                for file in refused
            ]
            cases = [case for faults in refused.values() for case in faults]
            raise failure_of(ExtractionError(source, cases, "\n".join(advice)))
        return dg.AssetCheckResult(passed=True)

    return all_read


def newest_edition(root: Path, source: str) -> int | None:
    """Newest edition with a file in the archive that is not withdrawn."""
    editions = (
        edition
        for edition in catalog.all_editions()
        if any(v.state == "present" for v in archive.vintages(root, source, edition))
    )
    return max(editions, default=None)


def archive_asset(source: str) -> dg.AssetsDefinition:
    """Asset that archives the new files of a source, and checks the archive against its receipts."""
    entry = catalog.source(source)

    @dg.asset(
        key=["archive", source],
        group_name="archive",
        partitions_def=EDITIONS,
        backfill_policy=ONE_RUN,
        dagster_type=NO_VALUE,
        code_version=module_version("living_panel.ingestion.storage.archive"),
        description=f"{entry.title} ({entry.producer}): the original files of each edition, with receipts that state "
        "their origin.",
        kinds={"file"},
    )
    def archived(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Any]:
        _refuse_graph_backfill(context)
        _refuse_without_publication(context)
        root, of_edition = workplace.settings.root, {}
        hold_to_ledger(root, source, context.log.warning)
        finished = {p.file: p for p in inbox.pending(root) if p.source == source}
        names_in_archive = {
            file: f"{p.edition}/{read_receipt(receipt_path(file)).vintage}/{file.name}"
            for file, p in finished.items()
        }
        landed = {name.rpartition("/")[0] for name in names_in_archive.values()}
        new: dict[int, list[str]] = {}
        with ledger.taking(root, source, landed):
            for edition in map(int, context.partition_keys):
                taken = _take(root, source, edition, finished)
                for path in taken.archived:
                    context.log.info(f"taken into the archive: {path.name} of {source} {edition}")
                new[edition] = [f"{source}/{names_in_archive[path]}" for path in taken.archived]
                for problem in taken.problems:
                    context.log.error(f"stays in landing: {problem}")
                for path in taken.waiting:
                    command = name_commands(f"`make receipt FILE={quote(str(path))}`")
                    context.log.warning(f"{path}: no receipt yet: {command}")
                vintages = [_vintage_row(v) for v in archive.vintages(root, source, edition)]
                of_edition[edition] = vintages
        if problems := archive.verify(root, source):
            raise failure_of(
                [
                    Code.ARCHIVE_CHANGED(
                        "the archive does not match its receipts and the catalog: {count} problems, listed below",
                        NoFix.SUMMARY,
                        count=len(problems),
                    ),
                    *problems,
                ]
            )
        for edition, vintages in of_edition.items():
            more = {TAKEN: dg.MetadataValue.json(new[edition])} if new[edition] else {}
            _note_edition(context, context.asset_key, edition, len(vintages), vintages, more)
        yield ALL_SAID

    return archived


def _take(root: Path, source: str, edition: int, finished: Container[Path]) -> inbox.Taken:
    """Take the files of an edition; where none can be taken, the check `files_taken` fails, and nothing else."""
    try:
        return inbox.take(root, source, edition, finished)
    except archive.ArchiveError as error:
        if Code.NOTHING_TAKEN not in error.codes:
            raise
        problems = [p for p in error.problems if p.code != Code.NOTHING_TAKEN]
        return inbox.Taken(problems=problems)


def _refuse_graph_backfill(context: dg.AssetExecutionContext) -> None:
    """Stop a backfill of assets before it takes anything; a backfill of the job `refresh` goes on.

    Such a backfill splits the stages over several runs; only the job brings a state to publication in one.
    """
    if "dagster/backfill" in context.run.tags and context.run.job_name == ASSET_JOB:
        place = Place(table=context.asset_key.to_user_string())
        raise failure_of([asset_sentences.GRAPH_BACKFILL(place)])


def _refuse_without_publication(context: dg.AssetExecutionContext) -> None:
    """Stop a run over chosen assets that lack the publication, by the same rule: one asset, one partition, any."""
    chosen = context.run.asset_selection
    if context.run.job_name == ASSET_JOB and chosen is not None and PUBLISHED not in chosen:
        place = Place(table=context.asset_key.to_user_string())
        raise failure_of([asset_sentences.GRAPH_BACKFILL(place)])


def hold_to_ledger(root: Path, source: str, warn: Callable[[str], None]) -> None:
    """Stop if a receipt differs from its line in the ledger; warn if a vintage is missing."""
    # A problem of the ledger itself has no name, and stops every source.
    problems = [
        p
        for p in ledger.check(root, ("receipt",))
        if str(p.fields.get("name", f"{source}/")).startswith(f"{source}/")
    ]
    gone = [p for p in problems if p.code == Code.LEDGER_GONE]
    for problem in gone:
        warn(str(problem))
    if changed := [p for p in problems if p not in gone]:
        raise failure_of(changed)


def extracted_asset(source: str) -> dg.AssetsDefinition:
    """Asset of a source's tidy values, with the schema as a blocking check."""
    key = dg.AssetKey(["extracted", source])

    @dg.asset(
        key=key,
        group_name="extracted",
        deps=[dg.AssetKey(["archive", source])],
        partitions_def=EDITIONS,
        backfill_policy=ONE_RUN,
        dagster_type=NO_VALUE,
        code_version=_version_of_extraction(source),
        description=f"{catalog.source(source).title}: all printed values, with one row for each value.",
        kinds={"parquet", "pandera"},
        check_specs=[
            dg.AssetCheckSpec(
                "as_expected",
                asset=key,
                partitions_def=EDITIONS,
                blocking=True,
                description="Every value is a finite number with a known province, indicator and unit. No value is "
                "repeated, and no year is later than the edition. If a file breaks these rules, the run omits the "
                "file, and the check `files_read` fails.",
            )
        ],
    )
    def extracted(context: dg.AssetExecutionContext, workplace: Workplace) -> Iterator[Any]:
        _refuse_graph_backfill(context)
        root, counts = workplace.settings.root, {}
        refused: list[FailureCase] = []
        for edition in _absent_first(root, source, context.partition_keys):
            parts = extract_edition(root, source, edition)
            cases = [case for part in parts for case in part.refused]
            refused += cases
            _note_check(context, _checked(key, cases), edition)
            for part in parts:
                for case in part.refused:
                    context.log.error(f"left out of {part.vintage}: {case}")
            counts[edition] = sum(part.rows for part in parts)
            _note_edition(context, key, edition, counts[edition], _part_rows(edition, parts))
        context.log.info(f"{source}: {in_one_line(counts)}")
        yield _checked(key, refused)
        yield ALL_SAID

    return extracted


def _version_of_extraction(source: str) -> str:
    return module_version(
        "living_panel.ingestion.reading.extract",
        f"living_panel.ingestion.sources.{source}.reader",
        data=(f"ingestion/sources/{source}",),
    )


def extract_again(context: dg.AssetExecutionContext, root: Path, source: str, edition: int) -> None:
    """Extract an edition whose archive changed in this run, and note it as the asset itself does."""
    parts = extract_edition(root, source, edition)
    rows, count = _part_rows(edition, parts), sum(part.rows for part in parts)
    _note_edition(context, dg.AssetKey(["extracted", source]), edition, count, rows)


def taken_in(record: dg.EventLogEntry) -> list[str]:
    """Return the files (source/edition/vintage/file) that a step took into the archive, by its note of an edition."""
    event = record.dagster_event
    metadata = event.step_materialization_data.materialization.metadata if event else {}
    return list(metadata[TAKEN].value) if TAKEN in metadata else []  # type: ignore[arg-type]


def _absent_first(root: Path, source: str, editions: Iterable[str]) -> list[int]:
    """Order editions so that those without a file come first: a bad file then fails its own edition alone."""
    return sorted(
        map(int, editions),
        key=lambda edition: (bool(archive.vintages(root, source, edition)), edition),
    )


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


def _part_rows(edition: int, parts: list[Part]) -> list[dict[str, Any]]:
    return [
        {
            "edition": edition, "vintage": p.vintage, "figures": p.rows, "sha256": p.sha256[:12],
            **({"left out": ", ".join(sorted({case.file for case in p.refused}))} if p.refused else {}),
        }
        for p in parts
    ]  # fmt: skip


def in_one_line(counts: dict[int, int]) -> str:
    """Count the values of each edition of a source, and name the editions without any."""
    counted = [(edition, n) for edition, n in counts.items() if n]
    none = ", ".join(str(edition) for edition, n in counts.items() if not n)
    if not counted:
        return "nothing published"
    (first, number), *others = counted
    some = ", ".join(
        [f"{number} values of {first}", *(f"{n} of {edition}" for edition, n in others)]
    )
    return some + (f"; nothing published in {none}" if none else "")


def _note_edition(
    context: dg.AssetExecutionContext,
    key: dg.AssetKey,
    edition: int,
    n_values: int,
    rows: list[dict[str, Any]],
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Note an edition as materialised, with what it holds; one that the source lacks says so."""
    tags = {
        "dagster/data_version": document_hash(rows)[:16],
        "dagster/code_version": str(
            context.assets_def.code_versions_by_key[key]
            if key in context.assets_def.code_versions_by_key
            else _version_of_extraction(key.path[-1])
        ),
    }
    table = pd.DataFrame(rows).rename(columns={"figures": "values"})
    shown = markdown(table) if n_values else f"nothing published in {edition}"
    metadata: dict[str, Any] = {
        "dagster/row_count": n_values,
        "held": dg.MetadataValue.md(shown),
    }
    context.log_event(
        dg.AssetMaterialization(
            key, partition=str(edition), metadata={**metadata, **more}, tags=tags
        )
    )


def _note_check(
    context: dg.AssetExecutionContext, result: dg.AssetCheckResult, edition: int
) -> None:
    """Note the check of one edition where a run covers several: Dagster notes only the whole range."""
    if len(context.partition_keys) > 1:
        evaluation = dg.AssetCheckEvaluation(
            asset_key=context.asset_key,
            check_name=str(result.check_name),
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            partition=str(edition),
        )
        # Under this run's id: a note without a run can be made once for an edition, and never again.
        event = dg.DagsterEvent(
            event_type_value=dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
            job_name=context.run.job_name,
            event_specific_data=evaluation,
        )
        context.instance.report_dagster_event(event, run_id=context.run_id)


def _checked(key: dg.AssetKey, cases: Sequence[FailureCase] = ()) -> dg.AssetCheckResult:
    """Return the check of the extracted values; with faults it fails and shows the first ones.

    It stops nothing: the files with faults are left out, and the values of the others go on.
    """
    metadata: dict[str, Any] = {}
    if cases:
        failures = dg.MetadataValue.md(
            markdown(ExtractionError(key.to_user_string(), cases).table().head(50))
        )
        metadata = {"failures": failures, "count": len(cases)}
    return dg.AssetCheckResult(
        asset_key=key, check_name="as_expected", passed=not cases, metadata=metadata,
        severity=dg.AssetCheckSeverity.WARN,
    )  # fmt: skip
