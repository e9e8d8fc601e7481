"""Commands started from the UI: the launchpad describes each job's configuration."""

from pathlib import Path
from typing import Literal

import dagster as dg
from pydantic import Field

from living_panel.ingestion.provenance.catalog import add_series
from living_panel.orchestration.assets.comparisons import compare
from living_panel.orchestration.assets.landing import landed_file, withdraw_archived, write_answered
from living_panel.orchestration.assets.new_editions import write_new_edition
from living_panel.orchestration.assets.publication import rollback
from living_panel.orchestration.assets.registry import register
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.sides import accept, find_side
from living_panel.orchestration.assets.teaching import teach_landed
from living_panel.orchestration.assets.verification import NO_PROBLEM, verify
from living_panel.orchestration.dbt.coverage import add_coverage, uncovered_editions
from living_panel.orchestration.dbt.generated_files import check_names
from living_panel.orchestration.root import ledger
from living_panel.orchestration.root.accepted import report_folder
from living_panel.orchestration.root.failure import failure_of
from living_panel.problems import Problem, problems_of


class Sides(dg.Config):
    """Two sets of results: `accepted`, `current`, `previous`, a rebuilt edition or date, or part of an id."""

    old: str = "accepted"
    new: str = "current"


class Accepted(dg.Config):
    """Name for the results that are published now."""

    name: str = Field(description="Name for the published results, for example `yearbook 2026`.")


class Verified(dg.Config):
    """Tables that the job estimates again."""

    extent: Literal["files", "published", "all"] = Field(
        default="published",
        description="`files` estimates no table, `published` the published tables, `all` every table.",
    )


class Landed(dg.Config):
    """A file in landing, and facts that you state about it."""

    file: str = Field(
        description="Path of the file, relative to the landing folder: `statistical_yearbook/2026/table.csv`."
    )
    others: list[str] = Field(
        default=[],
        description="More files of the same edition, with the same answers. A wrong file does not stop the "
        "others.",
    )
    answers: dict[str, str] = Field(
        default={},
        description="`obtained_by` is required: book and page, address, or person. Other keys have defaults: "
        "vintage, format, producer, publication, licence_note, figures. If an answer is wrong, the "
        "run fails and names every question. `doubts: yes` confirms values that jump or have another "
        "unit. `coverage: yes` writes the expected coverage.",
    )


class Taught(dg.Config):
    """A table in a file in landing, and facts that neither the file nor the edition before states."""

    file: str = Field(
        description="Path of the file, relative to the landing folder: `statistical_yearbook/2026/table.xls`."
    )
    table: int = Field(default=1, description="Number of the table in the file, from 1.")
    answers: dict[str, str] = Field(
        default={},
        description="Answers by question, such as `column_B: 地区生产总值`. Start without answers: the run then lists "
        "the open questions. `new_unit_B: yes` adds the printed unit of column B to its series, in "
        "the catalog and in `units.csv`.",
    )
    name: str = Field(
        default="", description="Name of the layout; by default, the name of the file."
    )
    replace: bool = Field(
        default=False, description="Whether the run may replace an existing layout of this name."
    )


class Covered(dg.Config):
    """An edition that was ingested before `expected_coverage.csv` had lines for its series."""

    source: str = Field(description="Folder name of the source: `statistical_yearbook`.")
    edition: int = Field(description="Year of the publication.")


class NewEdition(dg.Config):
    """A publication that a source's catalog, or a data set, does not list yet."""

    source: str = Field(
        description="Folder name of the source or data set: `statistical_yearbook`."
    )
    edition: int = Field(
        default=0, description="For a source: year of publication, for example 2027."
    )
    name: str = Field(
        default="", description="For a data set: name of the edition, for example `11.0`."
    )
    title: str = Field(
        default="",
        description="For a source: its title, for example `China Statistical Yearbook 2027`.",
    )
    file: str = Field(default="", description="For a data set: data file of the edition.")
    released: str = Field(
        default="",
        description="For a data set: year, month or day of its release, for example `2026-01`.",
    )
    licence: str = Field(
        default="", description="For a data set: licence that the data set states."
    )
    citation: str = Field(
        default="", description="For a data set: citation that the data set asks for."
    )


class NewSeries(dg.Config):
    """A series that a source's catalog does not list yet."""

    source: str = Field(description="Folder name of the source: `customs`.")
    label: str = Field(description="The series as printed, for example `第三产业增加值`.")
    title: str = Field(description="The series in English.")
    units: list[str] = Field(
        description="Units as printed, such as `[亿元]`. Each must be a row of the seed `units.csv`."
    )
    measure: str = Field(
        default="", description="Panel column that the series feeds, a row of the seed `measures.csv`; empty for none."
    )  # fmt: skip
    reason: str = Field(description="Reason why the series feeds this column, or none.")


class Withdrawn(dg.Config):
    """A wrong file of the archive, or a deliberate deletion."""

    kind: Literal["file", "receipt", "release", "artifact"] = Field(  # type: ignore[valid-type]
        description="`file` withdraws an archived file; the other kinds record a deletion."
    )
    name: str = Field(
        description="`<source>/<edition>/<vintage>/<file>`; for a deletion, the name that the job `verify` "
        "prints."
    )
    reason: str = Field(
        default="", description="Reason why the file is wrong. Its receipt stores this reason."
    )


@dg.op(description="Makes the published results the baseline of later comparisons.")
def accept_state(context: dg.OpExecutionContext, workplace: Workplace, config: Accepted) -> None:
    """Print the name of the new baseline and the folder of its report."""
    try:
        side = accept(workplace.settings, config.name)
    except ValueError as error:
        raise failure_of(error) from error
    folder = report_folder(workplace.settings)
    context.log.info(f"Later results are compared with {side.name}. Its report is in {folder}.")


@dg.op(
    description="Writes the receipt of a file in landing. The job `refresh` then ingests the file."
)
def write_landed_receipt(
    context: dg.OpExecutionContext, unlocked_workplace: Workplace, config: Landed
) -> None:
    """Say which lines the expected coverage lacks; it does not wait for a refresh."""
    settings = unlocked_workplace.settings
    wrong: list[Problem] = []
    for name in [config.file, *config.others]:
        try:
            file = landed_file(settings, Path(name))
            answered = write_answered(settings, file, config.answers)
        except (ValueError, OSError) as error:
            if not config.others:
                raise failure_of(error) from error
            wrong += problems_of(error)
            continue
        context.log.info(f"Receipt written for {file}. Next: the job `refresh`.")
        for line in answered.lines:
            context.log.warning(f"expected_coverage.csv has no line for this series: {line}")
        for problem in (*answered.moved, *answered.revisions, *answered.gaps):
            context.log.warning(str(problem))
    if wrong:
        raise failure_of(wrong)


@dg.op(
    description="Writes the layout of a printed table. It uses the layout of the edition before."
)
def write_taught_layout(
    context: dg.OpExecutionContext, unlocked_workplace: Workplace, config: Taught
) -> None:
    """Say what differs from the edition before, and what the layout reads."""
    try:
        drafted, path = teach_landed(
            unlocked_workplace.settings, Path(config.file), config.table, config.answers,
            config.name, config.replace,
        )  # fmt: skip
    except (ValueError, OSError) as error:
        raise failure_of(error) from error
    for problem in drafted.differences:
        context.log.warning(str(problem))
    for fault in drafted.read["faults"]:
        context.log.error(str(fault))
    words = (
        "Wrote"
        if drafted.is_needed
        else "Nothing had to be written: this layout already reads the table:"
    )
    context.log.info(
        f"{words} {path}: {len(drafted.read['figures'])} values. Next: the job `receipt`."
    )


@dg.op(description="Adds the missing lines of an extracted edition to the expected coverage.")
def write_coverage(
    context: dg.OpExecutionContext, unlocked_workplace: Workplace, config: Covered
) -> None:
    """Write every line that `status` and the start page list, and name each gap in it."""
    place = config.source, config.edition
    found = [e for e in uncovered_editions(unlocked_workplace.settings) if e[:2] == place]
    for edition in found:
        add_coverage(edition.lines)
        for line in edition.lines:
            context.log.info(f"Written: {line}")
        for gap in edition.gaps:
            context.log.warning(str(gap))
    if not found:
        context.log.info("No line is missing.")


RELOAD = "Next: *Deployment*, *Reload*, then `receipt` for its files. Commit the catalog."


@dg.op(description="Adds an edition to the catalog of a source, or to a data set.")
def write_edition(context: dg.OpExecutionContext, config: NewEdition) -> None:
    """Name the file that was changed, and the next step."""
    try:
        said = {"title": config.title, "licence": config.licence, "citation": config.citation}
        edition = config.name or str(config.edition)
        path = write_new_edition(config.source, edition, config.file, config.released, said)
    except ValueError as error:
        raise failure_of(error) from error
    context.log.info(f"{path} lists {edition} now. {RELOAD}")


@dg.op(description="Adds a series to the catalog of a source.")
def write_series(context: dg.OpExecutionContext, config: NewSeries) -> None:
    """Name the file that was changed, and the next step."""
    try:
        check_names(config.source, config.units, config.measure)
        path = add_series(
            config.source, config.label, config.title, tuple(config.units), config.measure, config.reason
        )  # fmt: skip
    except ValueError as error:
        raise failure_of(error) from error
    context.log.info(f"{path} lists {config.label} now. {RELOAD}")


@dg.op(
    description="Marks an archived file as withdrawn, or records a deliberate deletion of a receipt, release "
    "or artifact."
)
def withdraw_from_ledger(
    context: dg.OpExecutionContext, workplace: Workplace, config: Withdrawn
) -> None:
    """Write the withdrawal into the ledger."""
    try:
        if config.kind == "file":
            withdraw_archived(workplace.settings, config.name, config.reason)
        else:
            ledger.withdraw(workplace.settings.root, config.kind, config.name)
    except ValueError as error:
        raise failure_of(error) from error
    context.log.info(f"Recorded: {config.kind} {config.name} is withdrawn.")


@dg.op(
    description="Estimates the published tables again; lists mismatches between files, manifests and ledger."
)
def verify_everything(
    context: dg.OpExecutionContext, workplace: Workplace, config: Verified
) -> None:
    """Fail with the list of what is wrong."""
    problems = verify(workplace.settings, context.log.info, extent=config.extent)
    if problems:
        raise failure_of(problems)
    context.log.info(NO_PROBLEM)


@dg.op(description="Returns readers to the file published before the current one.")
def point_back(context: dg.OpExecutionContext, workplace: Workplace) -> None:
    """Say which file is published now."""
    try:
        context.log.info(f"The published file is now {rollback(workplace.settings).name}.")
    except (OSError, ValueError) as error:
        raise failure_of(error) from error


@dg.op(description="Compares two sets of results and gives the causes of each change.")
def compare_states(context: dg.OpExecutionContext, workplace: Workplace, config: Sides) -> str:
    """Show the comparison on the run's page."""
    settings = workplace.settings
    try:
        old, new = (find_side(settings, name) for name in (config.old, config.new))
        folder = compare(settings, old, new, context.log.info, asked=True)
    except (OSError, ValueError) as error:
        raise failure_of(error) from error
    text = (folder / "drift.md").read_text(encoding="utf-8")
    context.log.info(f"{folder}")
    context.add_output_metadata({"drift": dg.MetadataValue.md(text)})
    return folder.name


@dg.job(name="verify")
def verify_job() -> None:
    """Check every file, estimate the published tables again and compare, as `make verify` does."""
    verify_everything()


@dg.job(name="rollback")
def rollback_job() -> None:
    """Return readers to the file published before, as `make rollback` does."""
    point_back()


@dg.job(name="diff")
def diff_job() -> None:
    """Compare two sets of results named in the launchpad, as `make diff FROM=… TO=…` does."""
    compare_states()


@dg.job(name="accept")
def accept_job() -> None:
    """Make the published results the baseline, as `make accept NAME=…` does."""
    accept_state()


@dg.job(name="receipt")
def receipt_job() -> None:
    """Write the receipt of a file in landing, as `make receipt FILE=…` does."""
    write_landed_receipt()


@dg.job(name="teach")
def teach_job() -> None:
    """Write the layout of a printed table, as `make teach FILE=…` does."""
    write_taught_layout()


@dg.job(name="add_coverage")
def add_coverage_job() -> None:
    """Write the expected coverage of an edition that was ingested without it."""
    write_coverage()


@dg.job(name="withdraw")
def withdraw_job() -> None:
    """Withdraw a wrong file or record a deliberate deletion, as `make withdraw` does."""
    withdraw_from_ledger()


@dg.job(name="add_edition")
def add_edition_job() -> None:
    """List a new edition under `editions` of a source's catalog, or of a data set."""
    write_edition()


@dg.job(name="add_series")
def add_series_job() -> None:
    """List a new series under `series` of a source's catalog."""
    write_series()


register(
    verify_job, rollback_job, diff_job, accept_job, receipt_job, teach_job, withdraw_job, add_edition_job,
    add_series_job, add_coverage_job,
)  # fmt: skip
