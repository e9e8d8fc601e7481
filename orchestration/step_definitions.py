"""Import this before processes of steps are forked: they find the definitions with all jobs resolved."""

from living_panel.orchestration.definitions import defs

JOBS = {job.name: job for job in defs.get_repository_def().get_all_jobs()}
