"""Messages name the program's commands where there is no make, with the parameters that the program has."""

from __future__ import annotations

import click
import pytest

from living_panel import problems
from living_panel.codes import Code, Sentence
from living_panel.orchestration.__main__ import command_list
from living_panel.problems import (
    FLAGS,
    OPTIONS,
    WITHOUT_MAKE,
    name_commands,
    of_program,
)


def variables() -> dict[str, click.Parameter]:
    """Every parameter, by command and make's name of it."""
    return {
        f"{name} {getattr(p, 'make_variable', str(p.name).upper())}": p
        for name, command in command_list().commands.items()
        for p in command.params
    }


def is_listed(name: str) -> bool:
    return bool({name, name.split()[1]} & OPTIONS)


def test_the_options_are_those_of_the_program() -> None:
    found = {name for name, parameter in variables().items() if isinstance(parameter, click.Option)}
    assert found == {name for name in variables() if is_listed(name)}
    flags = {
        n.split()[1] for n, p in variables().items() if isinstance(p, click.Option) and p.is_flag
    }
    assert flags == FLAGS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("run `make run`", "run `living-panel run`"),
        ("`make run AS_OF=2024` rebuilds", "`living-panel run --as-of 2024` rebuilds"),
        ("`make run PAPER=a`, `make checksums PAPER=a`", "`living-panel run --paper a`, `living-panel checksums a`"),
        ("`make receipt FILE=a b.csv`", "`living-panel receipt a b.csv`"),
        ("`make withdraw KIND=release NAME=x`", "`living-panel withdraw release x`"),
        ("`make diff FROM=accepted TO=2024`", "`living-panel diff --from accepted --to 2024`"),
        ("`make new-paper NAME=… DATA=…`", "`living-panel new-paper NAME --data DATA`"),
        ("`make package WAREHOUSE=1`", "`living-panel package --warehouse`"),
        ("`make sql EXTERNAL=yes`", "`living-panel sql --external`"),
        ("`make sql FILE=a.sql`", "`living-panel sql --file a.sql`"),
        ("add it, then run `make lock`", "add it, then run `make lock`"),
        ("make no change; `makers`", "make no change; `makers`"),
    ],
)  # fmt: skip
def test_a_command_of_make_becomes_one_of_the_program(text: str, words: str) -> None:
    assert of_program(text) == words


def test_problems_name_the_commands_of_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    code = Sentence(Code.FILE_MISSING, "{file} is not there", "run `make run`, then `make report`")
    assert name_commands("`make run`") == "`make run`"
    assert code(file="a").fix == "run `make run`, then `make report`"
    monkeypatch.setenv(WITHOUT_MAKE, "1")
    assert code(file="a").fix == "run `living-panel run`, then `living-panel report`"
    assert code(file="a") == code(file="a")


def test_a_choice_among_no_names_is_words() -> None:
    code = Sentence(Code.SPEC_MISSING, "no such paper", "write {choices:or}")
    assert code(choices=[]).fix == "write a known name"
    assert code(choices=["a", "b"]).fix == "write 'a' or 'b'"


def test_an_installed_program_has_no_make(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "MAKEFILE", problems.MAKEFILE.with_name("absent"))
    assert name_commands("`make run`") == "`living-panel run`"
