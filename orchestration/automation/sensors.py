"""Triggers of a refresh: finished files in landing, once no file changes; and messages when a run fails."""

import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from living_panel.ingestion.digests import sha256_of_bytes
from living_panel.ingestion.storage import inbox
from living_panel.orchestration.assets.registry import register
from living_panel.orchestration.assets.resources import Workplace
from living_panel.orchestration.automation.failures import explanation
from living_panel.orchestration.automation.jobs import edition_range, refresh
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings, is_automatic

KEPT_FAILURES = 50
QUIET_SECONDS = 60


@dg.sensor(
    job=refresh,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING
    if is_automatic()
    else dg.DefaultSensorStatus.STOPPED,
    description="Starts the job `refresh` once for all editions with new files in `data/landing`. A file must have "
    f"its receipt, which states its origin. The sensor waits until no file has changed for {QUIET_SECONDS} seconds.",
)
def landing_sensor(unlocked_workplace: Workplace) -> dg.RunRequest | dg.SkipReason:
    """Request one run for all new files in `data/landing`."""
    settings = unlocked_workplace.settings
    waiting = inbox.pending(settings.root)
    if not waiting:
        return dg.SkipReason("landing has no file with a receipt")
    if (quiet := _quiet_seconds(settings.landing)) < QUIET_SECONDS:
        return dg.SkipReason(f"files are still arriving: the last change was {quiet:.0f} s ago")
    contents = sorted(f"{p.source}/{p.edition}/{p.sha256}" for p in waiting)
    run_key = sha256_of_bytes("\n".join(contents).encode())
    first, last = (str(choose(p.edition for p in waiting)) for choose in (min, max))
    if first == last:
        return dg.RunRequest(run_key=run_key, partition_key=first)
    return dg.RunRequest(run_key=run_key, tags=edition_range(first, last))


def _quiet_seconds(landing: Path) -> float:
    """Seconds since anything in landing was written, moved or removed.

    A time in the future comes from a wrong clock. It counts as equally far in the past.
    """
    changed = []
    for path in (landing, *landing.rglob("*")):
        with suppress(FileNotFoundError):  # taken away meanwhile
            changed.append(path.stat().st_ctime)
    return min((abs(time.time() - when) for when in changed), default=0.0)


@dg.run_failure_sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,  # report every failure
    description="Records each failed run, so that `make status` shows it. It then calls the program that the "
    "environment variable LIVING_PANEL_NOTIFY names.",
)
def failure_sensor(context: dg.RunFailureSensorContext, unlocked_workplace: Workplace) -> None:
    """Record a failed run and call the program for notices."""
    note_failure(unlocked_workplace.settings, context)


def note_failure(settings: Settings, context: dg.RunFailureSensorContext) -> None:
    """Record why the run failed, and call the program for notices."""
    run = context.dagster_run
    reasons = [explanation(event) for event in context.get_step_failure_events()]
    text = (
        "\n".join(str(reason) for reason in reasons if reason)
        or context.failure_event.message
        or ""
    )
    if has_succeeded_since(context.instance, run):
        return
    job = called(run.job_name, run.tags.get("dagster/partition"))
    problems = [problem for reason in reasons if reason for problem in reason.problems]
    record_failure(settings, run.run_id, job, text, problems)


def has_succeeded_since(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a later run of the same job and partition has succeeded: sensors come up to half a minute late."""
    record = instance.get_run_record_by_id(run.run_id)
    ended = record.end_time if record else None
    if ended is None:
        return False
    wanted = dg.RunsFilter(job_name=run.job_name, statuses=[dg.DagsterRunStatus.SUCCESS])
    partition = run.tags.get("dagster/partition")
    return any(
        (other.end_time or 0) > ended
        and other.dagster_run.tags.get("dagster/partition") == partition
        for other in instance.get_run_records(wanted, limit=KEPT_FAILURES)
    )


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Deletes the recorded failures of a job after a later run of the same job has succeeded.",
)
def success_sensor(context: dg.RunStatusSensorContext, unlocked_workplace: Workplace) -> None:
    """Delete the failures of a job that has succeeded."""
    run = context.dagster_run
    job = called(run.job_name, run.tags.get("dagster/partition"))
    record = context.instance.get_run_record_by_id(run.run_id)
    ended = record.end_time if record and record.end_time else time.time()
    forget_failures(unlocked_workplace.settings, job, datetime.fromtimestamp(ended, UTC))


register(landing_sensor, needs_sources=True)
register(failure_sensor, success_sensor)


def record_failure(
    settings: Settings,
    run_id: str,
    job: str,
    message: str,
    problems: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Add a failure to the file that `status` shows, once a run, and hand it to the hook.

    `problems` are those of the failed steps, as `Problem.to_dict` gives them.

    The hook is the command in LIVING_PANEL_NOTIFY (a mailer, a chat client); it gets the message on
    standard input. A hook that fails is itself recorded, and fails nothing else.

    Raises
    ------
    state.Damaged
        If the file cannot be read, after the hook got the message. The next refresh sets the file aside.
    """
    known, damage = [], None
    try:
        known = state.read(settings.root, "failures")
    except state.Damaged as error:
        damage = error
    if any(entry["run_id"] == run_id for entry in known):
        return
    entry: dict[str, Any] = {
        "run_id": run_id,
        "job": job,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "message": message[:4000],
        "problems": [*problems],
    }
    hook = os.environ.get("LIVING_PANEL_NOTIFY")
    if hook:
        entry["told"] = _tell(hook, f"living-panel: {job} {run_id[:8]} failed\n{message}\n")
    if damage is not None:
        raise damage
    state.write(settings.root, "failures", [*known, entry][-KEPT_FAILURES:])


def forget_failures(settings: Settings, job: str, ended: datetime | None = None) -> None:
    """Delete the recorded failures of a job that has succeeded since; those after `ended` stay."""
    known = state.read(settings.root, "failures")
    last = (ended or datetime.now(UTC)).isoformat(timespec="seconds")
    if others := [entry for entry in known if entry["job"] != job or entry["at"] > last]:
        state.write(settings.root, "failures", others)
    elif known:
        state.forget(settings.root, "failures")


def called(job: str, partition: str | None) -> str:
    """Name of a run: an earlier state by its name, since each succeeds for itself."""
    return f"{job} {partition}" if job == "as_of" and partition else job


def _tell(hook: str, message: str) -> str:
    try:
        done = subprocess.run(
            shlex.split(hook),
            input=message,
            encoding="utf-8",
            timeout=30,
            capture_output=True,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"hook failed: {error}"
    return (
        "ok" if done.returncode == 0 else f"hook exited with {done.returncode}: {done.stderr[:200]}"
    )
