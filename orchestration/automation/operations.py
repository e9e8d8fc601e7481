"""Jobs for commands of the project. The launchpad shows the configuration of each job."""

from pathlib import Path
from typing import Literal

import dagster as dg
from pydantic import Field

from living_panel.ingestion.provenance.catalog import add_series
from living_panel.orchestration.assets.comparisons import compare, gaps_of_arrivals
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
    """Name for the published results."""

    name: str = Field(
        description="Name that you give to the published results, for example `yearbook 2026`."
    )


class Verified(dg.Config):
    """Tables that the job `verify` estimates again."""

    extent: Literal["files", "published", "all"] = Field(
        default="published",
        description="`files` only checks files. `published` also estimates the published tables again. `all` also "
        "estimates all older stored results again.",
    )


class Landed(dg.Config):
    """A new file in `data/landing`, and facts about its origin that you state."""

    file: str = Field(
        description="Path of the file below `data/landing`, for example `statistical_yearbook/2026/table.csv`."
    )
    others: list[str] = Field(
        default=[],
        description="Further files of the same edition to which the same answers apply. If one file is wrong, the "
        "job still writes the receipts of the others.",
    )
    answers: dict[str, str] = Field(
        default={},
        description="`obtained_by` is required: the book and page, the address, or the person that the file comes "
        "from. The other keys have defaults: vintage, format, producer, publication, licence_note, figures. If an "
        "answer is wrong, the run fails and lists all questions. `doubts: yes` confirms values that jump, that have a "
        "unit other than before, or that a workbook marks. `coverage: yes` lists the cells of the file in "
        "`expected_coverage.csv`.",
    )


class Taught(dg.Config):
    """A table in a new file, and facts that neither the file nor the previous edition states."""

    file: str = Field(
        description="Path of the file below `data/landing`, for example `statistical_yearbook/2026/table.xls`."
    )
    table: int = Field(default=1, description="Number of the table in the file, from 1.")
    answers: dict[str, str] = Field(
        default={},
        description="Questions with your answers, for example `column_B: 地区生产总值`. Start without answers: the "
        "run then lists the open questions. `new_unit_B: yes` adds the printed unit of column B to the catalog and "
        "to `units.csv`.",
    )
    name: str = Field(
        default="", description="Name of the layout file; by default, the name of the data file."
    )
    replace: bool = Field(
        default=False,
        description="Whether the run may replace an existing layout file of this name.",
    )


class Covered(dg.Config):
    """An ingested edition whose series have no lines in `expected_coverage.csv`."""

    source: str = Field(
        description="Folder of the source in `ingestion/sources`, for example `statistical_yearbook`."
    )
    edition: int = Field(description="Year of the publication.")


class NewEdition(dg.Config):
    """A new edition, which the catalog of its source (or its data set) does not list yet."""

    source: str = Field(
        description="Folder name of the source or data set, for example `statistical_yearbook`."
    )
    edition: int = Field(
        default=0, description="For a source: year of the publication, for example 2027."
    )
    name: str = Field(
        default="", description="For a data set: name of the edition, for example `11.0`."
    )
    title: str = Field(
        default="",
        description="For a source: title of the publication, for example `China Statistical Yearbook 2027`.",
    )
    file: str = Field(
        default="", description="For a data set: path of the file with the data of this edition."
    )
    released: str = Field(
        default="",
        description="For a data set: year, month or day on which the edition appeared, for example `2026-01`.",
    )
    licence: str = Field(default="", description="For a data set: licence that its authors state.")
    citation: str = Field(
        default="", description="For a data set: citation that its authors ask for."
    )


class NewSeries(dg.Config):
    """A new series, which the catalog of its source does not list yet."""

    source: str = Field(
        description="Folder of the source in `ingestion/sources`, for example `customs`."
    )
    label: str = Field(description="The series as printed, for example `第三产业增加值`.")
    title: str = Field(description="The series in English.")
    units: list[str] = Field(
        description="Units as printed, for example `[亿元]`. Each unit must be listed in "
        "`dbt_project/seeds/units.csv`."
    )
    measure: str = Field(
        default="",
        description="Panel column that takes its values from the series, as `dbt_project/seeds/measures.csv` lists "
        "it. Leave it empty if no column uses the series.",
    )
    reason: str = Field(
        description="Why the panel column in `measure` uses the series; if `measure` is empty, why no column uses it."
    )


class Withdrawn(dg.Config):
    """A wrong file in the archive, or something that you deleted on purpose."""

    kind: Literal["file", "receipt", "release", "artifact"] = Field(  # type: ignore[valid-type]
        description="`file` withdraws a wrong file from use. The other kinds record that you deleted something on "
        "purpose."
    )
    name: str = Field(
        description="For a file: `<source>/<edition>/<vintage>/<file>`, its path in the archive. For a deletion: the "
        "name that the job `verify` prints."
    )
    reason: str = Field(
        default="",
        description="Reason why the file is wrong. The receipt of the file stores this reason.",
    )


@dg.op(
    description="Makes the published results the baseline. The next refreshes are compared with them."
)
def accept_state(context: dg.OpExecutionContext, workplace: Workplace, config: Accepted) -> None:
    """Log the name of the new baseline and the folder of its report."""
    try:
        side = accept(workplace.settings, config.name)
    except ValueError as error:
        raise failure_of(error) from error
    folder = report_folder(workplace.settings)
    context.log.info(f"Later results are compared with {side.name}. Its report is in {folder}.")


@dg.op(
    description="Writes the receipt of a new file in `data/landing`: a small file that states its origin. Then start "
    "the job `refresh`, which ingests the file."
)
def write_landed_receipt(
    context: dg.OpExecutionContext, unlocked_workplace: Workplace, config: Landed
) -> None:
    """Write the receipts, and report each line that is missing in `expected_coverage.csv`.

    This step can run during a refresh.
    """
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
    description="Writes a layout: a file that says where a printed table has its values. The job starts from the "
    "layout of the previous edition."
)
def write_taught_layout(
    context: dg.OpExecutionContext, unlocked_workplace: Workplace, config: Taught
) -> None:
    """Write the layout, and log its values and its differences from the previous edition."""
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


@dg.op(
    description="Adds the missing lines of an ingested edition to `expected_coverage.csv`. This file lists the cells "
    "that each edition must have."
)
def write_coverage(
    context: dg.OpExecutionContext, unlocked_workplace: Workplace, config: Covered
) -> None:
    """Write each line of coverage that `make status` and the start page list, and log each missing cell."""
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


@dg.op(description="Adds a new edition to the catalog of its source, or to its data set.")
def write_edition(context: dg.OpExecutionContext, config: NewEdition) -> None:
    """Change the catalog, and log the changed file and the next step."""
    try:
        said = {"title": config.title, "licence": config.licence, "citation": config.citation}
        edition = config.name or str(config.edition)
        path = write_new_edition(config.source, edition, config.file, config.released, said)
    except ValueError as error:
        raise failure_of(error) from error
    context.log.info(f"{path} lists {edition} now. {RELOAD}")


@dg.op(description="Adds a new series to the catalog of its source.")
def write_series(context: dg.OpExecutionContext, config: NewSeries) -> None:
    """Change the catalog, and log the changed file and the next step."""
    try:
        check_names(config.source, config.units, config.measure)
        path = add_series(
            config.source, config.label, config.title, tuple(config.units), config.measure, config.reason
        )  # fmt: skip
    except ValueError as error:
        raise failure_of(error) from error
    context.log.info(f"{path} lists {config.label} now. {RELOAD}")


@dg.op(
    description="Withdraws a wrong file of the archive, so that later builds ignore it. Or records a deletion made on "
    "purpose: of a receipt, a release (fixed copy of the data) or an artifact (stored result of a table)."
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
    description="Estimates the published tables again, and compares them with the stored results. Lists files that "
    "differ from their recorded sha256."
)
def verify_everything(
    context: dg.OpExecutionContext, workplace: Workplace, config: Verified
) -> None:
    """Fail with the list of mismatches if there are any."""
    problems = verify(workplace.settings, context.log.info, extent=config.extent)
    if problems:
        raise failure_of(problems)
    context.log.info(NO_PROBLEM)


@dg.op(
    description="Publishes the previous warehouse file again. Readers who open `warehouse.duckdb` then get this file."
)
def point_back(context: dg.OpExecutionContext, workplace: Workplace) -> None:
    """Publish the previous file, and log its name."""
    try:
        context.log.info(f"The published file is now {rollback(workplace.settings).name}.")
    except (OSError, ValueError) as error:
        raise failure_of(error) from error


@dg.op(
    description="Compares the coefficients of two sets of results, and lists the causes of each change."
)
def compare_states(context: dg.OpExecutionContext, workplace: Workplace, config: Sides) -> str:
    """Compare the two sets of results, and show the comparison on the page of the run."""
    settings = workplace.settings
    try:
        old, new = (find_side(settings, name) for name in (config.old, config.new))
        folder = compare(settings, old, new, context.log.info, asked=True)
    except (OSError, ValueError) as error:
        raise failure_of(error) from error
    text = (folder / "drift.md").read_text(encoding="utf-8")
    context.log.info(f"{folder}")
    for problem in gaps_of_arrivals(settings, old, new):
        context.log.warning(str(problem))
    context.add_output_metadata({"drift": dg.MetadataValue.md(text)})
    return folder.name


@dg.job(name="verify")
def verify_job() -> None:
    """Check all files, and compare the published tables with new estimates. `make verify` does the same."""
    verify_everything()


@dg.job(name="rollback")
def rollback_job() -> None:
    """Publish the previous warehouse file again. `make rollback` does the same."""
    point_back()


@dg.job(name="diff")
def diff_job() -> None:
    """Compare two sets of results, which you name in the launchpad. `make diff FROM=… TO=…` does the same."""
    compare_states()


@dg.job(name="accept")
def accept_job() -> None:
    """Make the published results the baseline of comparisons. `make accept NAME=…` does the same."""
    accept_state()


@dg.job(name="receipt")
def receipt_job() -> None:
    """Write the receipt of a new file: it states the origin. `make receipt FILE=…` does the same."""
    write_landed_receipt()


@dg.job(name="teach")
def teach_job() -> None:
    """Write a layout: a file that says where a printed table has its values. `make teach FILE=…` does the same."""
    write_taught_layout()


@dg.job(name="add_coverage")
def add_coverage_job() -> None:
    """List the cells of an ingested edition in `expected_coverage.csv`. Later builds then require these cells."""
    write_coverage()


@dg.job(name="withdraw")
def withdraw_job() -> None:
    """Withdraw a wrong file, or record a deletion made on purpose. `make withdraw` does the same."""
    withdraw_from_ledger()


@dg.job(name="add_edition")
def add_edition_job() -> None:
    """Add a new edition to the catalog of its source, or to its data set."""
    write_edition()


@dg.job(name="add_series")
def add_series_job() -> None:
    """Add a new series to the catalog of its source."""
    write_series()


register(
    verify_job, rollback_job, diff_job, accept_job, receipt_job, teach_job, withdraw_job, add_edition_job,
    add_series_job, add_coverage_job,
)  # fmt: skip
