"""The list of all commands, as `living-panel`, `python -m living_panel` and the Makefile have them."""

from __future__ import annotations

from argparse import Namespace

from living_panel.orchestration.commands.entries import packages, papers, sources, state, upkeep
from living_panel.orchestration.commands.line import Commands, command, write_rules
from living_panel.orchestration.commands.waiting import alone
from living_panel.orchestration.root.settings import IS_CHECKOUT, Settings

ENTRIES = (state, papers, sources, packages, upkeep)


@command(
    "docs",
    "develop",
    "write dbt's page of every model, and the generated pages of docs/ again",
)
def _docs(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.docs import write_docs

    with alone(settings, "docs"):  # what dbt is writing cannot be copied
        written = [*write_docs(settings), write_rules(command_list())]
    print("\n".join(map(str, written)))
    return 0


def command_list() -> Commands:
    """Return every command."""
    commands = [entry for module in ENTRIES for entry in module.COMMANDS]
    if IS_CHECKOUT:  # which has docs/; an installed program has none
        commands.append(_docs)
    return Commands(
        "living-panel",
        commands=commands,
        help="Published regression tables as versioned, checkable objects. Commands use the data root in "
        "LIVING_PANEL_DATA. Without it, they use the data root of this workspace or checkout.",
        epilog="`living-panel COMMAND --help` describes one command.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
