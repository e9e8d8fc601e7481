"""Progress on stderr holds what the project says, and not what Dagster and dagster-dbt say of themselves."""

from types import ModuleType

import dagster as dg
import pytest
from dagster_dbt import asset_utils
from dagster_dbt.core import dbt_cli_invocation

from living_panel.orchestration.automation.progress import stages_logger


@dg.asset
def first(context: dg.AssetExecutionContext) -> None:
    context.log.info("Running dbt is no secret")
    context.log.debug("a detail")
    dbt_cli_invocation.logger.info("Running dbt command: `dbt build`.")
    raise dg.Failure("no value")


@dg.asset(deps=[first])
def second() -> None:
    """A step that is skipped, which Dagster logs as an error."""


def test_messages_of_steps_are_printed_and_those_of_libraries_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    job = dg.Definitions(
        assets=[first, second],
        jobs=[dg.define_asset_job("both")],
        loggers={"stages": stages_logger},
    ).resolve_job_def("both")
    job.execute_in_process(run_config={"loggers": {"stages": {}}}, raise_on_error=False)
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("    ")] == [
        "    Running dbt is no secret",
        "    first: FAILED",
    ]


@pytest.mark.parametrize("module", [dbt_cli_invocation, asset_utils])
def test_dagster_dbt_logs_with_the_logger_that_is_marked(module: ModuleType) -> None:
    assert module.logger is dg.get_dagster_logger()
