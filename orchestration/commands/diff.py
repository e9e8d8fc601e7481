"""Compare two states of knowledge from a terminal, and publish the rows of the comparison."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from living_panel.orchestration.assets.sides import baseline, find_side, must_be_rebuilt
from living_panel.orchestration.root.executor import load_executor
from living_panel.orchestration.root.lock import refresh_lock
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import name_commands

Say = Callable[[str], None]


def diff(settings: Settings, old: str | None, new: str | None) -> int:
    """Print what changed between two states, by name; 0 unless a state cannot be rebuilt."""
    named = dict.fromkeys(filter(None, (old, new)))
    rebuilt = [name for name in named if must_be_rebuilt(settings, name)]
    for name in rebuilt:
        print(f"Rebuilding the state of {name} …", file=sys.stderr, flush=True)
        load_executor()
        from living_panel.orchestration.commands.refresh import run_refresh, tell_failure

        outcome = run_refresh(settings, name, results_follow=True)
        if not outcome.success:
            tell_failure(outcome)
            return 1
    from living_panel.orchestration.assets.comparisons import compare, gaps_of_arrivals

    sides = (
        find_side(settings, old) if old else baseline(settings),
        find_side(settings, new or "current"),
    )
    say = partial(print, file=sys.stderr, flush=True)
    say("Comparing …")
    folder = compare(settings, *sides, say, asked=True)
    print((folder / "drift.txt").read_text(encoding="utf-8"))
    for problem in gaps_of_arrivals(settings, *sides):
        print(name_commands(str(problem)))
    print(f"Figure: {folder / 'drift.png'}")
    publish_rows(settings, folder, say)
    return 0


def _build_results(settings: Settings) -> bool:
    """Build the results unless the published state is not the one built last; whether it was done.

    Dbt's own lines go to the file in which those of a refresh are.
    """
    from living_panel.orchestration.assets.dbt_models import build_results
    from living_panel.orchestration.assets.publication import is_published

    if not is_published(settings):
        return False
    log = (settings.build / "refresh.log").open("a", encoding="utf-8")
    with log, redirect_stdout(log):
        build_results(settings, lambda _: None)
    return True


def publish_rows(settings: Settings, folder: Path, say: Say) -> bool:
    """Publish the rows of a stored comparison in the results, and say whether that was done.

    Publish only if the published state is the one built last: not after a rollback or a stopped refresh, nor before the
    first refresh.
    """
    from living_panel.orchestration.assets.publication import publish
    from living_panel.orchestration.outputs.releases import published_release

    later = name_commands(
        f"the rows of comparison {folder.name} come into results.* with the next `make run`"
    )
    if not settings.build_file(None).exists():
        say(f"Nothing is published yet: {later}.")
        return False
    with refresh_lock(settings.root, "diff", say=say):
        say("Building the results …")
        if not _build_results(settings):
            say(f"The published state is not the one that was built last: {later}.")
            return False
        release = published_release(settings).name
        published = publish(settings, settings.build_file(None), release)
    say(
        f"Published {published.name}: results.coefficient_drift and results.release_diff have "
        f"comparison {folder.name}."
    )
    return True
