"""The data root and the program: backup, room, demo, completion."""

from __future__ import annotations

from argparse import Namespace

from living_panel.orchestration.commands.line import (
    argument,
    choice,
    command,
    completion_script,
    option,
    path,
)
from living_panel.orchestration.commands.waiting import alone, say_waiting
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import name_commands


@command(
    "backup",
    "yearly",
    "write one file with all data that cannot be rebuilt",
    argument("file", "/mnt/backups/living-panel.tar.gz", type=path()),
)
def _back_up(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.backup import back_up
    from living_panel.orchestration.root.lock import reader_lock

    with reader_lock(settings.root, "backup", say=say_waiting):
        number = back_up(settings, options.file)
    text = (
        f"{options.file}: {number} files. `make restore FILE=…` puts them into an empty data root."
    )
    print(name_commands(text))
    return 0


@command(
    "restore",
    "yearly",
    "put a backup into an empty data root",
    argument("file", "/mnt/backups/living-panel.tar.gz", type=path()),
    makes_root=True,
)
def _restore(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.backup import restore

    with alone(settings, "restore"):
        number = restore(settings, options.file)
    text = f"Restored {number} files into {settings.root}. `make verify` checks them."
    print(name_commands(text))
    return 0


@command(
    "tidy",
    "yearly",
    "list old releases, tables and runs that nothing uses; FORCE=yes removes them",
    option("--force", "Remove the listed files.", is_flag=True),
    details="It keeps everything that published results, a date, a rollback or an accepted baseline "
    "needs. It also keeps the newest runs.",
)
def _tidy(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands import tidy
    from living_panel.orchestration.root.instance import open_instance

    with alone(settings, "tidy"):
        instance = open_instance(settings)
        things, runs = tidy.unneeded_things(settings), tidy.unneeded_runs(settings, instance)
        print("\n".join(tidy.describe([*things, *runs])))
        if options.force:
            tidy.remove_things(settings, things)
            tidy.remove_runs(settings, instance, runs)
        instance.dispose()
    if things or runs:
        words = "Removed." if options.force else "Nothing was removed: `make tidy FORCE=yes` does."
        print(name_commands(words))
    return 0


@command(
    "clean",
    "develop",
    "remove files that can be rebuilt; never landing, archive, releases, artifacts",
)
def _clean(settings: Settings, options: Namespace) -> int:
    import shutil

    from living_panel.orchestration.root import ledger

    places = (settings.extracted, settings.build, settings.warehouse, settings.published)
    there = [p.name for p in places if p.is_symlink() or p.exists()]
    if not there:
        print(f"{settings.root}: nothing is there to be removed.")
        return 0
    with alone(settings, "clean"):
        for name in ledger.known(settings.root, "warehouse"):
            ledger.prune(settings.root, "warehouse", name)
        for folder in (settings.extracted, settings.build, settings.warehouse):
            shutil.rmtree(folder, ignore_errors=True)
        settings.published.unlink(missing_ok=True)
    print(name_commands(f"Removed {', '.join(there)}. `make run` rebuilds them."))
    return 0


@command(
    "demo",
    "use",
    "make a second data root with two simulated releases of known elasticities",
)
def _demo(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.demo import build_demo

    return build_demo(settings)


@command(
    "completion",
    "use",
    "print the script that lets a shell complete commands: bash, zsh or fish",
    argument("shell", "bash", type=choice("bash", "zsh", "fish")),
    details='For bash: eval "$(living-panel completion bash)" in ~/.bashrc.',
    anywhere=True,
)
def _completion(settings: Settings, options: Namespace) -> int:
    print(completion_script(options.shell))
    return 0


COMMANDS = [
    _back_up,
    _restore,
    _tidy,
    _clean,
    _demo,
    _completion,
]
