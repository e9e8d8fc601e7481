"""Replication packages and the data release."""

from __future__ import annotations

from argparse import Namespace

from living_panel.orchestration.commands.line import (
    WrongCall,
    argument,
    command,
    option,
    path,
)
from living_panel.orchestration.commands.sentences import PARAMETER_MISSING
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, name_commands


@command(
    "package",
    "use",
    "write the replication package of a paper, or the data release of the panel, as one archive",
    argument("paper", "author_2026", required=False),
    option("--warehouse", "Package the data release of the panel, not a paper.", is_flag=True),
    details="Estimates every table again with shuffled rows and scans the files. Writes data, specs, "
    "results, code and README into data/packages/. Asks at a terminal for facts that only the "
    "author knows (licence, contact, DOI) and stores them in package.yml. Without a terminal, it "
    "lists the missing facts.",
)
def _package(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.package import make_data_release, make_package

    if options.warehouse:
        make_data_release(settings)
    elif options.paper:
        make_package(settings, options.paper)
    else:
        example = name_commands("`make package PAPER=author_2026` or `make package WAREHOUSE=1`")
        raise WrongCall(
            PARAMETER_MISSING(Place(file="package"), parameter="PAPER", example=example)
        )
    return 0


@command(
    "check-package",
    "use",
    "unpack a package in another folder, estimate its tables with this code, compare every number",
    argument("file", "data/packages/author_2026.zip", type=path()),
    option("--run", "Also run the package's own program, in a sandbox: RUN=yes.", is_flag=True),
    option(
        "--python",
        "With RUN=yes: Python interpreter with the required packages (default: install them).",
    ),
    details="Nothing of the package runs without RUN=yes. Prints the AEA Data Editor's class, the cells that "
    "differ, and the static scan. Prints each of the sixteen rules of the Data and Code Availability Standard, "
    "with evidence or what is missing. Writes them next to the file.",
    anywhere=True,
)
def _check_package(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.package import check

    return check(options.file, run=options.run, python=options.python)


@command(
    "validators",
    "use",
    "install the validators of a package's metadata, for check-package",
    details="Installs them in a separate Python environment (needs the package index).",
    anywhere=True,
)
def _validators(settings: Settings, options: Namespace) -> int:
    from living_panel.orchestration.commands.validators import ENVIRONMENT, install_validators

    made = install_validators()
    print(f"{ENVIRONMENT} {'is ready' if made else 'is up to date'}.")
    return 0


COMMANDS = [
    _package,
    _check_package,
    _validators,
]
