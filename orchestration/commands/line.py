"""The command line: one list of commands for `living-panel`, `python -m living_panel` and make.

A command is declared once, beside what it calls. Click parses it and completes it in a shell. `write_rules` writes
the rule of the Makefile, which hands make's variables over in the environment.
"""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import click.shell_completion

from living_panel.ingestion.files import write_durably
from living_panel.orchestration.commands import sentences
from living_panel.orchestration.root.settings import REPOSITORY, Settings
from living_panel.problems import Place, ProblemError, has_make

Command = Callable[[Settings, Namespace], int]
GROUPS = ("use", "yearly", "develop")
VIA_MAKE = "VIA_MAKE"
"""Set by the rules of make: parameters may then come from variables such as FILE and AS_OF."""
PROGRAM = "living-panel"
COMPLETE = f"_{PROGRAM}_complete".replace("-", "_").upper()
RULES = REPOSITORY / "orchestration" / "commands" / "commands.mk"


class WrongCall(ProblemError, ValueError):
    """A command was called with other parameters than it has."""


def is_via_make() -> bool:
    """Whether a rule of make started this process."""
    return os.environ.get(VIA_MAKE) == "1"


def program() -> str:
    """Return how a person calls a command here: by make, as a module of a checkout, or as the program."""
    if is_via_make():
        return "make"
    return "python -m living_panel" if has_make() else PROGRAM


def argument(name: str, example: str, **more: Any) -> click.Argument:
    """Return a parameter that is given by its place; make calls it NAME."""
    parameter = click.Argument([name], **more)
    parameter.example, parameter.make_variable = example, name.upper()  # type: ignore[attr-defined]
    return parameter


def option(flag: str, text: str, *, name: str = "", short: str = "", **more: Any) -> click.Option:
    """Return a parameter that is given by its flag, or a short one; make calls --as-of AS_OF."""
    variable = flag.removeprefix("--").replace("-", "_").upper()
    names = [*filter(None, [short]), flag, name or variable.lower()]
    parameter = click.Option(names, help=text, **more)
    parameter.make_variable = variable  # type: ignore[attr-defined]
    return parameter


def path() -> click.ParamType:
    """Return the type of a parameter that is a path."""
    return click.Path(path_type=Path)


def choice(*words: str) -> click.ParamType:
    """Return the type of a parameter that is one of a few words."""
    return click.Choice(words)


def command(
    name: str,
    group: str,
    text: str,
    *parameters: click.Parameter,
    details: str = "",
    anywhere: bool = False,
    reads: bool = False,
    makes_root: bool = False,
) -> Callable[[Command], click.Command]:
    """Declare the function below as a command; it takes settings and options and returns the exit code.

    Parameters
    ----------
    name : str
        Word on the command line, and target of make.
    group : str
        One of `GROUPS`.
    text : str
        What it does, in one line.
    *parameters : click.Parameter
        Made by `argument` and `option`.
    details : str
        More for `--help`: what it reads and writes, and an example.
    anywhere : bool
        Whether it needs no data root.
    reads : bool
        Whether it works where nothing can be written.
    makes_root : bool
        Whether it makes the data root where there is none.
    """

    def declare(call: Command) -> click.Command:
        declared = click.Command(
            name,
            callback=lambda **values: Chosen(
                call, Namespace(**values), anywhere=anywhere, reads=reads, makes_root=makes_root
            ),
            params=[*parameters],
            short_help=text,
            help="\n\n".join(filter(None, [f"{text[:1].upper()}{text[1:]}.", details])),
            epilog=f"Example: living-panel {_example(name, parameters)}",
        )
        declared.group = group  # type: ignore[attr-defined]
        return declared

    return declare


class Commands(click.Group):
    """The commands, listed by group."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; where a rule of make started this process, its variables are parameters."""
        named = super().get_command(ctx, cmd_name)
        for parameter in named.params if named else ():
            parameter.envvar = getattr(parameter, "make_variable", None) if is_via_make() else None
        return named

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, those of each group together."""
        for group in GROUPS:
            listed = [
                (name, c.get_short_help_str(100))
                for name, c in sorted(self.commands.items())
                if getattr(c, "group", "") == group
            ]
            if listed:
                with formatter.section(group):
                    formatter.write_dl(listed)


@dataclass(frozen=True)
class Chosen:
    """A command with its options, as parsed; the rest as `command` describes it."""

    call: Command
    options: Namespace
    anywhere: bool
    reads: bool
    makes_root: bool


def read_line(commands: Commands, arguments: Sequence[str] | None) -> Chosen | int:
    """Return the command that a line names, or the exit code where click has done all.

    Raises
    ------
    WrongCall
        If a parameter is missing, unknown or of another type.
    """
    given = None if arguments is None else [*arguments]
    try:
        chosen = commands.main(given, prog_name=PROGRAM, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.MissingParameter as error:
        raise WrongCall(_missing(error)) from error
    except click.UsageError as error:
        name = (error.ctx.command_path if error.ctx else PROGRAM).replace(PROGRAM, program(), 1)
        command = "make help" if is_via_make() else f"{name} --help"
        place, reason = Place(file=name), error.format_message().rstrip(".")
        raise WrongCall(sentences.WRONG_CALL(place, reason=reason, command=command)) from error
    finally:
        os.environ.pop(VIA_MAKE, None)  # of this line, not of the commands that it starts
    return chosen if isinstance(chosen, Chosen) else int(chosen or 0)


def _missing(error: click.MissingParameter) -> Any:
    command = error.ctx.command if error.ctx else click.Command("")
    via_make = any(p.envvar for p in command.params)
    name = str(command.name)
    example = (
        f"make {_make_example(name, command.params)}"
        if via_make
        else f"{program()} {_example(name, command.params)}"
    )
    wanted = str(error.param.name).upper() if error.param else ""
    return sentences.PARAMETER_MISSING(Place(file=name), parameter=wanted, example=example)


def _example(name: str, parameters: Sequence[click.Parameter]) -> str:
    return " ".join([name, *(_quoted(p.example) for p in parameters if hasattr(p, "example"))])


def _make_example(name: str, parameters: Sequence[click.Parameter]) -> str:
    given = (
        f"{str(p.name).upper()}={_quoted(p.example)}" for p in parameters if hasattr(p, "example")
    )
    return " ".join([name, *given])


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


def completion_script(shell: str) -> str:
    """Return the script that makes a shell complete the commands; a shell evaluates it at its start."""
    completion = click.shell_completion.get_completion_class(shell)
    assert completion is not None, shell  # one of the choices
    return completion(Commands(), {}, PROGRAM, COMPLETE).source()


def rules(commands: Commands) -> str:
    """Return the rules of make, one a command."""
    lines = [
        "# Written by `make docs` from orchestration/commands/entries/: do not edit.",
        f".PHONY: {' '.join(sorted(commands.commands))}",
    ]
    # what a newcomer needs is the first line of `make help`
    for name, command in sorted(commands.commands.items(), key=lambda c: (c[0] != "run", c[0])):
        group, text = getattr(command, "group", "use"), command.get_short_help_str(200)
        needed = [p for p in command.params if hasattr(p, "example")]
        optional = [p for p in command.params if isinstance(p, click.Option)]
        more = f": make {_make_example(name, needed)}" if needed else ""
        more += "".join(f" [{getattr(p, 'make_variable', '')}=…]" for p in optional)
        lines += ["", f"{name}: $(STAMP) ## {group}: {text}{more}", f"\t@$(ORCHESTRATION) {name}"]
    return "\n".join(lines) + "\n"


def write_rules(commands: Commands) -> Path:
    """Write the rules that the Makefile includes."""
    write_durably(rules(commands).encode(), RULES)
    return RULES
