"""One list of commands: on the command line, as targets of make, and in the Makefile's rules."""

from __future__ import annotations

import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.orchestration.__main__ import _call, command_list, main
from living_panel.orchestration.commands.line import (
    COMPLETE,
    GROUPS,
    RULES,
    VIA_MAKE,
    Chosen,
    WrongCall,
    read_line,
    rules,
)
from living_panel.orchestration.root.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_rules_of_make_are_those_of_the_list() -> None:
    assert RULES.read_text(encoding="utf-8") == rules(command_list())


def test_every_command_has_a_group_a_text_and_an_example() -> None:
    for name, command in command_list().commands.items():
        assert command.group in GROUPS, name  # type: ignore[attr-defined]
        assert command.get_short_help_str(200), name
        assert str(command.epilog).startswith(f"Example: living-panel {name}"), name


def test_make_hands_its_variables_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VIA_MAKE, "1")
    for variable, value in {"SOURCE": "customs", "EDITION": "2026", "DRY_RUN": "1"}.items():
        monkeypatch.setenv(variable, value)
    chosen = read_line(command_list(), ["fetch"])
    assert not isinstance(chosen, int)
    options = chosen.options
    assert (options.source, options.edition, options.dry_run) == ("customs", 2026, True)


def test_without_make_the_environment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VIA_MAKE, raising=False)
    monkeypatch.setenv("NAME", "the_name_of_this_computer")
    with pytest.raises(WrongCall) as error:
        read_line(command_list(), ["new-paper"])
    assert error.value.codes == [Code.COMMAND]
    assert error.value.problems[0].fields["parameter"] == "NAME"


@pytest.mark.parametrize("line", [["recipt"], ["run", "--as-off", "2024"], ["fetch", "a", "b"]])
def test_a_wrong_line_is_a_problem(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(line) == 2
    assert Code.COMMAND in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["check-package", "a\x1b[31m\u202e.zip"], Code.PACKAGE_ARCHIVE),
        (["check-manuscript", "--file", "a\x1b[31m\u202e.md"], Code.FILE_MISSING),
    ],
)
def test_a_name_does_not_steer_the_terminal(
    line: list[str], code: Code, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line) == 1
    said = capsys.readouterr().err
    assert r"a\x1b[31m\u202e." in said and code in said
    assert "\x1b" not in said and "\u202e" not in said


@pytest.mark.parametrize("error", [ValueError, OSError, RuntimeError])
def test_an_error_that_a_command_foresees_is_words(
    error: type[Exception], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise error("the port is taken")

    command = Chosen(fail, Namespace(), anywhere=True, reads=True, makes_root=False)
    assert _call(command, Settings(tmp_path, tmp_path)) == 1
    assert "the port is taken" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_a_missing_folder_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "none" / "table.tex"
    command = Chosen(
        lambda *_: file.write_bytes(b""), Namespace(), anywhere=True, reads=True, makes_root=False
    )
    assert _call(command, Settings(tmp_path, tmp_path)) == 1
    said = capsys.readouterr().err
    assert str(file) in said and Code.DISK_ACCESS in said and "Errno" not in said


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert set(command_list().commands) <= set(re.findall(r"(?m)^  ([a-z-]+)  ", said))


def test_make_help_needs_no_installation(tmp_path: Path) -> None:
    said = subprocess.run(
        ["make", "help", f"VENV={tmp_path}/none"], cwd=REPOSITORY, capture_output=True, text=True
    ).stdout
    assert set(command_list().commands) <= set(re.findall(r"make ([a-z-]+)", said))


def test_the_shell_completes_commands() -> None:
    script = "from living_panel.orchestration.__main__ import main; import sys; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True,
        env={COMPLETE: "bash_complete", "COMP_WORDS": "living-panel rec", "COMP_CWORD": "1"},
    )  # fmt: skip
    assert done.stdout.strip() == "plain,receipt", done.stderr


def test_a_wrong_value_of_make_names_the_help_of_make(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in {VIA_MAKE: "1", "TABLE": "t", "FILE": "t.tex", "STYLE": "nice"}.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(WrongCall) as error:
        read_line(command_list(), ["export"])
    problem = error.value.problems[0]
    assert (problem.fields["command"], str(problem.place)) == ("make help", "make export")
