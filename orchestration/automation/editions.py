"""Tables over the editions of their data sets: the job `editions`, and what it publishes."""

import dagster as dg

from living_panel.orchestration.assets import sentences
from living_panel.orchestration.assets.dbt_models import build_results
from living_panel.orchestration.assets.publication import is_published, publish
from living_panel.orchestration.assets.registry import register
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.assets.specs import readable
from living_panel.orchestration.assets.tables import refresh_editions
from living_panel.orchestration.outputs.releases import current_release
from living_panel.orchestration.root.failure import failure_of
from living_panel.problems import Place


@dg.op(
    description="Estimates the chosen tables on each edition (version) of their data set. It keeps estimates that "
    "already exist and does not repeat them."
)
def estimate_editions(context: dg.OpExecutionContext, workplace: Workplace) -> None:
    """Estimate the tables and publish the estimates.

    If the last refresh did not finish, the next refresh publishes the estimates.
    """
    settings = workplace.settings
    if not settings.build_file(None).exists():
        raise failure_of([sentences.NO_PRESENT_STATE(Place(file=str(settings.build_file(None))))])
    specs, _ = readable(settings)
    made = refresh_editions(workplace, specs, context.run_id, context.log.info, in_full=True)
    context.add_output_metadata({"estimated now": made})
    if not is_published(settings):
        context.log.warning("The estimates are stored. The next refresh publishes them.")
        return
    build_results(settings, context.log.info)
    file = publish(settings, settings.build_file(None), current_release(settings, None).name)
    context.log.info(f"published {file}")


@dg.job(name="editions")
def editions_job() -> None:
    """Estimate the chosen tables on each edition (version) of their data set. `make editions` does the same."""
    estimate_editions()


register(editions_job)
