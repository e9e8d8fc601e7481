"""What a person otherwise types, started from the UI: verify, rollback, and a comparison by name."""

import dagster as dg

from orchestration.assets.comparisons import compare, find_side
from orchestration.assets.publication import rollback
from orchestration.assets.resources import Workplace
from orchestration.assets.verification import verify


class Sides(dg.Config):
    """Two states: `accepted`, `current`, `previous`, an edition or date rebuilt, the beginning of an id."""

    old: str = "accepted"
    new: str = "current"


@dg.op(description="Recomputes every artifact and compares; says what is not what it says it is.")
def verify_everything(context: dg.OpExecutionContext, workplace: Workplace) -> None:
    """Fail with the list of what is wrong."""
    problems = verify(workplace.settings, context.log.info)
    if problems:
        raise dg.Failure("\n".join(problems))
    context.log.info("Everything is what it says it is.")


@dg.op(description="Points readers at the file published before the current one.")
def point_back(context: dg.OpExecutionContext, workplace: Workplace) -> None:
    """Say which file is published now."""
    try:
        context.log.info(f"Published is now {rollback(workplace.settings).name}.")
    except (OSError, ValueError) as error:
        raise dg.Failure(str(error)) from error


@dg.op(description="What changed between two states of knowledge, and why.")
def compare_states(context: dg.OpExecutionContext, workplace: Workplace, config: Sides) -> str:
    """Show the comparison on the run's page."""
    settings = workplace.settings
    try:
        old, new = (find_side(settings, name) for name in (config.old, config.new))
        folder = compare(settings, old, new, workplace.tables, context.log.info, asked=True)
    except (OSError, ValueError) as error:
        raise dg.Failure(str(error)) from error
    text = (folder / "drift.md").read_text(encoding="utf-8")
    context.log.info(f"{folder}")
    context.add_output_metadata({"drift": dg.MetadataValue.md(text)})
    return folder.name


@dg.job(name="verify", executor_def=dg.in_process_executor)
def verify_job() -> None:
    """Recompute every artifact and compare, as `make verify`."""
    verify_everything()


@dg.job(name="rollback", executor_def=dg.in_process_executor)
def rollback_job() -> None:
    """Point readers one file back, as `make rollback`."""
    point_back()


@dg.job(name="diff", executor_def=dg.in_process_executor)
def diff_job() -> None:
    """Compare two states named in the launchpad, as `make diff FROM=… TO=…`."""
    compare_states()


OPERATIONS = [verify_job, rollback_job, diff_job]
