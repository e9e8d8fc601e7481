"""A problem as data: a code, a place, fields and a fix. Text is made here and nowhere else.

Every error, warning, refusal and finding of the project is a `Problem`. Its code is registered once, in the
`codes` module of the folder that uses it, with a template of the text and one of the fix. Code compares
codes and fields; no code reads the text. This module imports the standard library only, so that every
package may use it.
"""

from __future__ import annotations

import os
import re
import string
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

T = TypeVar("T")

NAME = re.compile(r"LP-[A-Z]+-[0-9]{3}")
REGISTRY: dict[str, ProblemCode] = {}
"""Every code that is registered, by name."""
NO_FIX = {
    "summary": "This text introduces or quotes other problems, and their texts give the fixes.",
    "part": "Another problem quotes this text, mostly as the expected value, and gives the fix.",
    "note": "This text is a note under a table: it names values that the data lack.",
}
"""Reasons for a code without a fix."""


@dataclass(frozen=True)
class Place:
    """Where a problem is. Only what is known is given.

    Parameters
    ----------
    file : str
        Path of a file.
    line : int, optional
        Line of the file, from 1.
    key : str
        Dotted key in a YAML file: `options.columns.0.cov`.
    table : str
        Table, or table and model.
    column : str
        Column or indicator.
    cell : str
        Cell, row or unit: `B7`, `row 12`, `330000, 2015`.
    """

    file: str = ""
    line: int | None = None
    key: str = ""
    table: str = ""
    column: str = ""
    cell: str = ""

    def __str__(self) -> str:
        file = f"{self.file}:{self.line}" if self.line is not None else self.file
        inside = ", ".join(p for p in (self.key, self.table, self.cell, self.column) if p)
        return ": ".join(part for part in (file, inside) if part)


NOWHERE = Place()


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. Two problems are equal if code, place and fields are.

    Make one by calling a `ProblemCode`, which fills in the words.
    """

    code: str
    place: Place = NOWHERE
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)
    fix: str = field(default="", compare=False)
    text: str = field(default="", compare=False)

    @property
    def sentence(self) -> str:
        """Text and fix, without place and code: for a note under a table."""
        return " ".join(
            _ended(part) for part in (self.text, self.fix and f"Fix: {self.fix}") if part
        )

    def __str__(self) -> str:
        if not self.is_classified:
            return self.text
        place = str(self.place)
        return f"{place}{': ' if place else ''}{self.sentence} [{self.code}]"

    @property
    def is_classified(self) -> bool:
        """Whether the problem has a code of its own, and not the general one of its kind of error."""
        return not is_general(self.code)

    def within(self, table: str) -> Problem:
        """Return the same problem, with the table or group of series that it lies in."""
        return replace(self, place=replace(self.place, table=table))

    @property
    def without_place(self) -> Problem:
        """The same problem wherever it is: what several places have in common."""
        return replace(self, place=NOWHERE)

    def to_dict(self) -> dict[str, Any]:
        """Return code, place, fields, text and fix for JSON."""
        place = {k: v for k, v in asdict(self.place).items() if v not in ("", None)}
        return {
            "code": self.code, "place": place, "fields": dict(self.fields),
            "text": self.text, "fix": self.fix,
        }  # fmt: skip


@dataclass(frozen=True)
class ProblemCode:
    """A registered kind of problem.

    Parameters
    ----------
    name : str
        `LP-<AREA>-<number>`. A code keeps its meaning for ever; a code that is no longer used is not
        given to another problem. Number 000 is for texts that have no code of their own yet.
    text, fix : str
        Templates with the fields in braces, as in `str.format`. A sequence is joined with commas; the
        format `or` quotes its members and joins them with "or"; of an empty one it says "a known name".
    no_fix : {"", "summary", "part", "note"}
        Reason why the code has no fix, a key of `NO_FIX`.
    """

    name: str
    text: str
    fix: str = ""
    no_fix: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a code of the form LP-AREA-001")
        if self.no_fix and (self.fix or self.no_fix not in NO_FIX):
            raise ValueError(f"{self.name}: no_fix is one of {[*NO_FIX]}, of a code without fix")
        if REGISTRY.setdefault(self.name, self) != self:
            raise ValueError(f"{self.name} is registered twice")

    @property
    def field_names(self) -> set[str]:
        """Fields that the templates use."""
        parts = (*_WORDS.parse(self.text), *_WORDS.parse(self.fix))
        return {re.split(r"[.\[]", name)[0] for _, name, _, _ in parts if name}

    def __call__(self, place: Place = NOWHERE, /, **fields: Any) -> Problem:
        """Return a problem of this kind.

        Raises
        ------
        TypeError
            If the fields are not those of the templates.
        """
        if set(fields) != self.field_names:
            raise TypeError(
                f"{self.name} has fields {sorted(self.field_names)}, not {sorted(fields)}"
            )
        text, fix = (
            name_commands(_WORDS.format(template, **fields)) for template in (self.text, self.fix)
        )
        return Problem(self.name, place, fields, fix, text)


WITHOUT_MAKE = "LIVING_PANEL_WITHOUT_MAKE"
"""Variable of the environment that is set in a workspace, whose commands are those of the program."""
MAKEFILE = Path(__file__).resolve().parents[1] / "Makefile"
OPTIONS = frozenset({
    "ALL", "AS_OF", "BLOCK", "DATA", "DECLARE", "DIGITS", "DROP", "DRY_RUN", "EXTERNAL", "FILES", "FIRST", "FORCE",
    "FROM", "HEAD", "JSON", "KEEP", "LAST", "OUT", "PORT", "PYTHON", "REASON", "RUN", "STYLE", "TO", "WAREHOUSE",
    "run PAPER", "findings PAPER", "check-manuscript FILE", "sql FILE", "sql QUERY",
    "add-edition CITATION", "add-edition FILE", "add-edition LICENCE", "add-edition RELEASED", "add-edition TITLE",
})  # fmt: skip
"""Variables of make that are options of the program, some of one command only; the others are arguments."""
FLAGS = frozenset({"ALL", "DRY_RUN", "EXTERNAL", "FILES", "FORCE", "JSON", "RUN", "WAREHOUSE"})
_OF_MAKE = frozenset({"docs", "lock"})
"""Commands of a checkout, which the program does not have elsewhere."""
_COMMAND = re.compile(r"`make ([a-z-]+)( [^`]*)?`")
_GIVEN = re.compile(r"([A-Z_]+)=(.*?)(?=\s+[A-Z_]+=|$)", re.DOTALL)


def has_make() -> bool:
    """Whether commands are called by make here: in a checkout, and not in a workspace."""
    return MAKEFILE.is_file() and not os.environ.get(WITHOUT_MAKE)


def name_commands(text: str) -> str:
    """Return a text with its commands as they are called here: by make, or of the program itself."""
    return text if has_make() else of_program(text)


def of_program(text: str) -> str:
    """Return a text with the program's own commands, `living-panel run`, in place of those of make."""
    return _COMMAND.sub(_of_program, text)


def _of_program(found: re.Match[str]) -> str:
    command, given = found[1], found[2] or ""
    if command in _OF_MAKE:
        return found[0]
    words = ["living-panel", command]
    for variable, value in _GIVEN.findall(given):
        value = variable if value == "…" else value
        if not {variable, f"{command} {variable}"} & OPTIONS:
            words.append(value)
            continue
        words.append("--" + variable.lower().replace("_", "-"))
        words += [] if variable in FLAGS else [value]
    return f"`{' '.join(words)}`"


def is_general(code: str) -> bool:
    """Return whether a code stands for texts without a code of their own; such a text contains its fix."""
    return code.endswith("-000")


class _Words(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "or":
            if not value:
                return "a known name"
            *most, last = map(repr, value)
            return f"{', '.join(most)} or {last}" if most else last
        if (
            not format_spec
            and isinstance(value, Sequence | set | frozenset)
            and not isinstance(value, str)
        ):
            return ", ".join(
                map(str, sorted(value) if isinstance(value, set | frozenset) else value)
            )
        return str(format(value, format_spec))


_WORDS = _Words()

GENERAL = ProblemCode("LP-GENERAL-000", "{text}")


class ProblemError(Exception):
    """Base of the project's errors: an exception that carries problems.

    A text instead of a problem is accepted; it gets the general code of its class.
    """

    general: ClassVar[ProblemCode] = GENERAL

    def __init__(self, *problems: Problem | str) -> None:
        super().__init__(*problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems, one by one."""
        return tuple(p if isinstance(p, Problem) else self.general(text=str(p)) for p in self.args)

    @property
    def codes(self) -> list[str]:
        """Codes of the problems, in order."""
        return [p.code for p in self.problems]

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class Refused(ProblemError, ValueError):
    """The request does not fit the present state, or has a wrong value."""


class Missing(ProblemError, FileNotFoundError):
    """A file or a state that is asked for is not there."""


class Unexpected(ProblemError, ValueError):
    """A label or number that is not of its form; its text says what was expected."""

    @property
    def expectation(self) -> str:
        """The expected value, in words."""
        return self.problems[0].text


def problems_of(error: Exception) -> tuple[Problem, ...]:
    """Return what an exception says is wrong, whether it is one of the project's or not."""
    return error.problems if isinstance(error, ProblemError) else (GENERAL(text=str(error)),)


def words_of(error: Exception) -> str:
    """Return what an exception says is wrong, without places and codes: for a note under a table."""
    return problem_words(problems_of(error))


def problem_words(problems: Iterable[Problem]) -> str:
    """Return problems as words, without places and codes: for a note under a table."""
    return "; ".join(p.sentence.rstrip(".") if p.is_classified else p.text for p in problems)


def shortened(problems: Sequence[Problem], most_alike: int = 3) -> list[str]:
    """Return one line for each problem; of more than `most_alike` alike, the first ones and their number.

    Problems are alike if code, file, column and fix are the same.
    """
    lines: list[str] = []
    for group in groups_alike(problems, lambda p: (p.code, p.place.file, p.place.column, p.fix)):
        lines += map(str, group[:most_alike])
        more = len(group) - most_alike
        if more > 0:
            lines.append(f"… and {more} more like these")
    return lines


def groups_alike(items: Iterable[T], key: Callable[[T], Hashable]) -> list[list[T]]:
    """Return items that have a key in common, in the order in which the keys first appear."""
    found: dict[Hashable, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.values())


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
