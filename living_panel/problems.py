"""A problem as data: a code, a place, fields and a fix. Text is made here and nowhere else.

Every error, warning, refusal and finding of the project is a `Problem`. Its code is a member of
`living_panel.codes.Code`, which is called with a template of the text and one of the fix. Code compares codes and
fields; no code reads the text. This module imports the standard library only, so that every package may use it.
"""

from __future__ import annotations

import os
import re
import string
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

GENERAL = "LP-GENERAL"
"""Code of a text without a code of its own; such a text contains its fix."""


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
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that steer a terminal or turn the direction of a text."""


def visible(text: str) -> str:
    """Return a text whose control characters are written as escapes, all but line feed and tab."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. Two problems are equal if code, place, fields and templates are.

    Make one by calling a `Code` or a `Sentence`, which fills in the words.
    """

    code: str
    place: Place = NOWHERE
    fields: Mapping[str, Any] = field(default_factory=dict, hash=False)
    fix: str = field(default="", compare=False)
    text: str = field(default="", compare=False)
    template: tuple[str, str] = field(default=("", ""), repr=False)
    """Text and fix before the fields were filled in; of a problem read from a file it is empty."""

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
        return self.code != GENERAL

    def with_fields(self, **fields: Any) -> Problem:
        """Return the same problem with other values of some fields, and its words with them."""
        values = {**self.fields, **fields}
        text, fix = (filled(part, values) for part in self.template)
        return replace(self, fields=values, text=text, fix=fix)

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


def filled(template: str, fields: Mapping[str, Any]) -> str:
    """Return a template with its fields, and its commands as they are called here."""
    return name_commands(_WORDS.format(template, **fields))


def field_names(templates: Iterable[str]) -> set[str]:
    """Return the names of the fields of templates."""
    parts = [part for template in templates for part in _WORDS.parse(template)]
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in parts if name}


def _general(text: str) -> Problem:
    return Problem(GENERAL, fields={"text": text}, text=text, template=("{text}", ""))


class ProblemError(Exception):
    """Base of the project's errors: an exception that carries problems.

    A text instead of a problem is accepted; it gets the general code.
    """

    def __init__(self, *problems: Problem | str) -> None:
        super().__init__(*problems)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems, one by one."""
        return tuple(p if isinstance(p, Problem) else _general(str(p)) for p in self.args)

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
    return error.problems if isinstance(error, ProblemError) else (_general(str(error)),)


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
