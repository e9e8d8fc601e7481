"""Schedule: a refresh starts once a year, after the yearbook appears."""

import dagster as dg

from living_panel.orchestration.assets.registry import register
from living_panel.orchestration.assets.sources import EDITIONS
from living_panel.orchestration.automation.jobs import refresh
from living_panel.orchestration.root.settings import is_automatic


@dg.schedule(
    job=refresh,
    cron_schedule="0 6 1 11 *",
    execution_timezone="Asia/Shanghai",
    default_status=dg.DefaultScheduleStatus.RUNNING
    if is_automatic()
    else dg.DefaultScheduleStatus.STOPPED,
    description="Runs the job `refresh` each year on 1 November, for the newest edition that the catalogs list. "
    "The yearbook appears in September or October.",
)
def yearly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Refresh the newest edition of the catalog."""
    return dg.RunRequest(
        partition_key=EDITIONS.get_last_partition_key(),
        run_key=str(context.scheduled_execution_time.date()),
    )


register(yearly_refresh, needs_sources=True)
