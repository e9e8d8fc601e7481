"""The questions of a paper and the stored numbers that answer them, as `questions.yml` lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, RootModel

from living_panel.estimation.econometrics.statistic import PATTERN, Statistic
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.papers import codes
from living_panel.estimation.papers.printed import PAIRS_FILE, pairs, read_form
from living_panel.estimation.papers.schema import PrintedPaper, Strict
from living_panel.estimation.verdicts.rule import TestKind
from living_panel.estimation.verdicts.words import Expected
from living_panel.problems import Place

FILE = "questions.yml"
MOST_CHOICES = 40
LEAST_FAVOURABLE = "least favourable"
STATISTIC = rf"^{PATTERN}$"


class Stored(Strict):
    """A coefficient of one of our tables; `inference` is how its stored way of inference begins."""

    table: str
    model: str
    term: str
    inference: str


class LeftOut(Strict):
    """A coefficient re-estimated without one unit, as tables store it by unit.

    `without` is a unit's code, or `least favourable`: the unit without which the estimate has the largest p-value.
    """

    table: str
    model: str
    without: str


class Printed(Strict):
    """A printed coefficient; with `minus`, its difference from that of another printed column."""

    table: str
    model: str
    term: str
    minus: str | None = None


class StoredStatistic(Strict):
    """A p-value that a table stores as a statistic; without `term` and `inference` it is of the whole model."""

    table: str
    model: str
    name: str = Field(pattern=STATISTIC)
    term: str = ""
    inference: str = ""

    @property
    def key(self) -> Statistic:
        """The statistic in parts."""
        return Statistic(self.name, self.term, self.inference)


class DeclaredTest(Strict):
    """A test of the design.

    A `placebo` must reject, a `falsification` (trends before, leads, a false date) must not.
    """

    kind: TestKind
    words: str
    of: StoredStatistic | Stored


class DeclaredChoice(Strict):
    """The same number under one other choice, which is declared before estimation.

    `kind` groups choices of one sort in few words, and `words` complete "the estimate is 0.1 ...". `compares` is false
    where the number has another unit. `test` is one of this choice's own design.
    """

    kind: str
    words: str
    reason: str
    of: Stored | LeftOut
    compares: bool = True
    test: DeclaredTest | None = None


class Version(Strict):
    """One version of a question: the content id of its list of choices, and what changed."""

    version: int = Field(ge=1)
    choices: str
    says: str


class Omitted(Strict):
    """A control that is not there, `times` as strong as one that is, as tables of kind `fixed_effects` store it."""

    table: str
    model: str
    term: str
    benchmark: str
    times: float


class Fact(StoredStatistic):
    """A stored p-value that belongs into the answer: `words` has `{p}` in its place.

    With `below` the sentence is printed only if the p-value is smaller.
    """

    words: str
    below: float | None = None


class _Asked(Strict):
    asks: str
    short: str = ""
    note: str = ""
    facts: list[Fact] = []


class _Number(_Asked):
    """A stored number whose answer is graded by its declared choices and the tests of its design.

    `hypothesis` is the value that is tested: zero or the printed one. `expects` is the sign of the estimate minus
    that value where the answer is yes. `unit` says what a unit of the number is.
    """

    what: str
    unit: str = ""
    expects: Expected = "positive"
    estimate: Stored
    printed: Printed | None = None
    hypothesis: Literal["zero", "printed"] = "zero"
    choices: list[DeclaredChoice] = Field(default=[], max_length=MOST_CHOICES)
    tests: list[DeclaredTest] = []
    versions: list[Version] = []

    @property
    def choices_id(self) -> str:
        """Content id of what is counted: the estimate, its hypothesis, its choices and tests, without words."""
        counted = {
            "estimate": self.estimate.model_dump(),
            "hypothesis": [self.hypothesis, self.expects],
            "choices": [c.model_dump(include={"kind", "of", "compares"}) for c in self.choices],
            "tests": [
                [t.kind, t.of.model_dump()]
                for t in (*self.tests, *(c.test for c in self.choices if c.test))
            ],
        }
        return document_hash(counted)[:12]


class Slope(_Number):
    """The size of an effect, its test, its power, and the test of the printed value."""

    kind: Literal["slope"]
    omitted: Omitted | None = None


class Difference(_Number):
    """A difference of two slopes, its test, and the test of the printed difference."""

    kind: Literal["difference"]


class Count(_Asked):
    """A count of tests that reject, judged by the counts with another unit's regressors, in a table's words."""

    kind: Literal["count"]
    table: str
    model: str
    name: str = Field(pattern=STATISTIC)


class StoredNumber(Strict):
    """A statistic with the ends of its interval; `words` say in two words what it is."""

    words: str
    model: str
    term: str
    name: str = Field(pattern=STATISTIC)
    low: str = Field(pattern=STATISTIC)
    high: str = Field(pattern=STATISTIC)


class Words(_Asked):
    """An answer that a table stores in words, with the number that they are about."""

    kind: Literal["words"]
    table: str
    model: str
    name: str = Field(pattern=STATISTIC)
    number: StoredNumber | None = None


class Audit(_Asked):
    """Findings of the audit of the printed paper, from a table of kind `audit`."""

    kind: Literal["audit"]
    table: str


Question = Annotated[Slope | Difference | Count | Words | Audit, Field(discriminator="kind")]


class Questions(RootModel[list[Question] | None]):
    """`questions.yml`."""


def load_questions(folder: Path) -> list[Question]:
    """Questions of a paper's folder, in order; a paper without the file has none.

    Raises
    ------
    ValueError
        If the file is not of the form, or the choices of a question are not those of its newest version; names
        file, line and what was expected.
    """
    path = folder / FILE
    questions = read_form(path, Questions).root or [] if path.exists() else []
    for question in questions:
        if isinstance(question, Slope | Difference):
            _hold_version(path, question)
    return questions


def _hold_version(path: Path, question: Slope | Difference) -> None:
    """Refuse a list of choices that is not that of the question's last version."""
    newest = question.versions[-1] if question.versions else None
    if (question.choices and newest is None) or (newest and newest.choices != question.choices_id):
        number = newest.version if newest else 0
        raise InvalidSpec(
            codes.CHANGED_CHOICES(
                Place(file=str(path)),
                asks=question.asks,
                version=number,
                found=question.choices_id,
                next=number + 1,
            )
        )


def hold_printed(folder: Path, paper: PrintedPaper) -> None:
    """Refuse questions and pairs that name a printed column or slope which is not there.

    Raises
    ------
    ValueError
        Naming file, what is not there and the remedy.
    """
    for number, pair in pairs(folder.name, folder.parent).items():
        table = paper.tables.get(number)
        known = table.models if table else tuple(paper.tables)
        named = {m for one in pair.every for m in (*one.models, *one.not_attempted)} - {"*"}
        odd = sorted(named - set(known)) if table else [number]
        if odd:
            raise InvalidSpec(
                codes.NOT_PRINTED(
                    Place(file=str(folder / PAIRS_FILE)), number=number, odd=odd[0], known=[*known]
                )
            )
    for question in load_questions(folder):
        if isinstance(question, Slope | Difference) and question.printed:
            _hold_slope(folder / FILE, question.asks, question.printed, paper)


def _hold_slope(path: Path, asks: str, printed: Printed, paper: PrintedPaper) -> None:
    table = paper.tables.get(printed.table)
    for model in filter(None, (printed.model, printed.minus)):
        if not (table and table.get(model, "estimate", printed.term)):
            raise InvalidSpec(
                codes.SLOPE_NOT_PRINTED(
                    Place(file=str(path)),
                    asks=asks,
                    term=printed.term,
                    model=model,
                    table=printed.table,
                )
            )
