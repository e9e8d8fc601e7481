"""The one entry point: `living-panel COMMAND`, `python -m living_panel COMMAND`, `make COMMAND`."""

from __future__ import annotations

import gc
import io
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from living_panel.orchestration.commands.line import Chosen, WrongCall, read_line
from living_panel.orchestration.commands.program import command_list
from living_panel.orchestration.root.disk import (
    be_quiet_about_generators,
    disk_problem,
    find_room,
    path_problem,
)
from living_panel.orchestration.root.limits import memory_problem
from living_panel.orchestration.root.settings import (
    Settings,
    find_workspace,
    load_settings,
    prepare_environment,
    require_root,
)
from living_panel.problems import ProblemError, name_commands, visible

WRONG_CALL = 2
"""Exit code of a line that names no command, or a parameter that it does not have."""
READER_GONE = 141
"""Exit code where the reader of the output ends first, as a shell has it for SIGPIPE."""
UNFORESEEN = 70
"""Exit code of an error that nobody foresaw, as sysexits.h has it."""
LOOK_AFTER = 20_000
"""Objects made before Python looks for garbage: loading the libraries makes many objects and no garbage."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 if it did what it says, 1 with the reason on stderr if not."""
    gc.set_threshold(LOOK_AFTER)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that knows no Chinese is no failure
        sys.stdout.reconfigure(errors="backslashreplace")
    with redirect_stdout(Visible(sys.stdout)), redirect_stderr(Visible(sys.stderr)):
        return _run(arguments)


class Visible:
    """A stream that writes control characters as escapes: a name of a file does not steer the terminal."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, and return the number of its characters."""
        self._stream.write(visible(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        chosen = read_line(command_list(), arguments)
    except WrongCall as error:
        print(error, file=sys.stderr)
        return WRONG_CALL
    if isinstance(chosen, int):
        return chosen
    try:
        settings = _nowhere() if chosen.anywhere else _enter(Path.cwd())
        if not (chosen.anywhere or chosen.makes_root):
            require_root(settings)
    except ProblemError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    try:
        return _call(chosen, settings)
    finally:
        _end_output()


def _call(chosen: Chosen, settings: Settings) -> int:
    """Run a command in a data root; an error becomes words and an exit code."""
    be_quiet_about_generators()
    try:
        if not chosen.anywhere:
            prepare_environment(settings, reads=chosen.reads)
        code = chosen.call(settings, chosen.options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # whoever reads has read enough, as `| head` does
        return READER_GONE
    except KeyboardInterrupt:
        _tell("Stopped. The published state is unchanged.")
        return 130
    except (ProblemError, ValueError, OSError, RuntimeError) as error:
        _tell(disk_problem(error) or memory_problem(error) or path_problem(error) or error)
        return 1
    except Exception as error:  # nobody foresaw it: words and a file, not a page of code
        if problem := disk_problem(error) or memory_problem(error):
            _tell(problem)
            return 1
        _tell(_unforeseen(settings, error))
        return UNFORESEEN


def _tell(reason: object) -> None:
    with suppress(OSError):  # where even this cannot be written, the exit code says it
        print(f"\n{reason}", file=sys.stderr, flush=True)


def _end_output() -> None:
    """Give up output that nobody takes, a full disk or a reader who left: Python would end with a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _enter(folder: Path) -> Settings:
    """Settings of the workspace that a folder lies in, else of the environment or the checkout."""
    if (workspace := find_workspace(folder.resolve())) is not None:
        from living_panel.orchestration.root.workspace import enter_workspace

        enter_workspace(workspace)
    return load_settings()


def _nowhere() -> Settings:
    """Return the settings of a command that works in no data root."""
    find_room()
    try:
        folder = Path(tempfile.gettempdir())
    except FileNotFoundError:  # no folder takes a file
        folder = Path.cwd()
    return Settings(root=folder, state=folder)


def _unforeseen(settings: Settings, error: Exception) -> str:
    file = settings.state / "unforeseen.log"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        where = f"is in {file}"
    except OSError:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"is {last.filename}, line {last.lineno}"
    return name_commands(
        f"This should not happen: {type(error).__name__}: {error}\nThe published state is unchanged. Where "
        f"in the code it happened {where}. Remedy: `make verify` names what is damaged in the data; "
        "if it finds nothing, this is a defect: report it with that file."
    )


if __name__ == "__main__":
    sys.exit(main())
