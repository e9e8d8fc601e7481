"""Content of a refusal: file, place, value, expectation and remedy, one row a failure.

Only the error types of the first three stages. The module that checks a rule documents it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from living_panel.codes import Code
from living_panel.problems import (
    Place,
    Problem,
    ProblemError,
    groups_alike,
    words_of,
)

if TYPE_CHECKING:
    import pandas as pd

SHOWN_IN_MESSAGE, SHOWN_ALIKE = 12, 3
"""Kinds of failures in the text of an error, and of each; the rest are counted, all are in `.cases`."""

SHOWN_OF_A_VALUE = 80
"""Characters of an offending value that are repeated back, so that a message stays readable."""


class IngestionError(ProblemError, ValueError):
    """Something in landing, archive or extracted cannot be accepted as it is."""


class SourceUnreachable(IngestionError):
    """A source could not be asked: no network, a refusal, or a server that does not answer."""


@dataclass(frozen=True)
class FailureCase:
    """One thing that is wrong, where it is, and what mends it."""

    file: str
    location: str
    column: str
    value: str
    expectation: str
    remedy: str
    code: str
    """A member of `Code`."""

    @property
    def problem(self) -> Problem:
        """The failure as a problem."""
        fields = {"value": self.value, "expectation": self.expectation}
        place = Place(file=self.file, cell=self.location, column=self.column)
        code = Code(self.code)
        problem = code(
            f"{code.meaning}: {{shown}} - expected {{expectation}}",
            "{fix}",
            place,
            shown=shown(self.value),
            expectation=self.expectation,
            fix=self.remedy[:1].lower() + self.remedy[1:],
        )
        return replace(problem, fields=fields)

    def __str__(self) -> str:
        return str(self.problem)


class ExtractionError(IngestionError):
    """Content that cannot enter the stage extracted; `cases` lists every failure.

    `what` was being read opens the message; `advice` on the file as a whole ends it.
    """

    def __init__(self, what: str, cases: Sequence[FailureCase], advice: str = "") -> None:
        self.what = what
        self.cases = list(cases)
        self.advice = advice
        message = _message(what, self.cases)
        super().__init__(f"{message}\n{advice}" if advice else message)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every failure as a problem."""
        return tuple(case.problem for case in self.cases)

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[type[ExtractionError], tuple[object, ...]]:
        return type(self), (self.what, self.cases, self.advice)

    def table(self) -> pd.DataFrame:
        """Return the failures as a frame: file, location, column, value, expectation, remedy."""
        import pandas as pd  # here: whoever only reads files needs no frames

        columns = list(FailureCase.__dataclass_fields__)
        return pd.DataFrame([asdict(case) for case in self.cases], columns=columns)


def refusal(
    code: Code,
    file: str,
    location: str,
    value: object,
    expectation: str,
    remedy: str,
    column: str = "",
) -> ExtractionError:
    """Return the error of a file that as a whole is not what its format says."""
    case = FailureCase(file, location, column, str(value), expectation, remedy, code)
    return ExtractionError(file, [case])


def damaged(file: str, error: BaseException, expectation: str, remedy: str) -> ExtractionError:
    """Return the refusal of a file on which a library fails, as they do in many ways on damaged files."""
    words = words_of(error) if isinstance(error, ProblemError) else str(error)
    cause = f"{type(error).__name__}: {' '.join(words.split())[:100]}"
    return refusal(Code.READ_DAMAGED, file, "file", cause, expectation, remedy)


def shown(value: object) -> str:
    """Return `value` quoted for a message, shortened, with invisible characters spelled out."""
    text = str(value)
    if len(text) > SHOWN_OF_A_VALUE:
        text = f"{text[:SHOWN_OF_A_VALUE]}… ({len(text)} characters)"
    return "'" + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text) + "'"


def _message(what: str, cases: Sequence[FailureCase]) -> str:
    """One careless habit fails in every row: of failures alike the first are spelled out."""
    alike = groups_alike(
        cases, lambda case: (case.file, case.column, case.expectation, case.remedy)
    )
    lines = [f"{what}: {len(cases)} problem{'' if len(cases) == 1 else 's'}"]
    for group in alike[:SHOWN_IN_MESSAGE]:
        lines += [f"  {case}" for case in group[:SHOWN_ALIKE]]
        omitted = len(group) - SHOWN_ALIKE
        if omitted > 0:
            lines.append(f"  … and {omitted} more like these, the last in {group[-1].location}")
    untold = sum(map(len, alike[SHOWN_IN_MESSAGE:]))
    return "\n".join([*lines, f"  … and {untold} more of other kinds"] if untold else lines)
