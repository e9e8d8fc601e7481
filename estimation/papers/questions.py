"""The questions of a paper and the stored numbers that answer them, as `questions.yml` lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, RootModel

from living_panel.estimation.econometrics.statistic import PATTERN, Statistic
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.former_names import former_measures, with_current_measures
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
    """A coefficient of one of our tables."""

    table: str
    """Our table."""
    model: str
    """Column of our table."""
    term: str
    """Variable of the coefficient."""
    inference: str
    """Beginning of the label of the stored inference, such as `cr3:jackknife`."""


class LeftOut(Strict):
    """A stored coefficient that was estimated without one unit."""

    table: str
    """Our table."""
    model: str
    """Column of our table."""
    without: str
    """Code of the unit left out; `least favourable` is the unit whose omission gives the largest p."""


class Printed(Strict):
    """A printed coefficient, or a difference of two."""

    table: str
    """Number of the printed table."""
    model: str
    """Printed column."""
    term: str
    """Variable of the printed coefficient."""
    minus: str | None = None
    """Printed column whose coefficient is subtracted."""


class StoredStatistic(Strict):
    """A p-value that a table stores as a statistic. Without `term` and `inference` it describes the whole model."""

    table: str
    """Our table."""
    model: str
    """Column or block of our table."""
    name: str = Field(pattern=STATISTIC)
    """Name of the stored statistic."""
    term: str = ""
    """Variable that the statistic describes; empty for the whole model."""
    inference: str = ""
    """Label of the inference of the statistic; empty where it has none."""

    @property
    def key(self) -> Statistic:
        """The statistic in parts."""
        return Statistic(self.name, self.term, self.inference)


class DeclaredTest(Strict):
    """A test of the design."""

    kind: TestKind
    """Kind of test: a `placebo` passes if p is below 5 %, a `falsification` if it does not reject."""
    words: str
    """The test in words, as the answer prints it."""
    of: StoredStatistic | Stored
    """Stored p-value or coefficient of the test."""


class DeclaredChoice(Strict):
    """The same number under another choice, which is declared before estimation."""

    kind: str
    """Group of choices of one sort, in few words: `other windows`."""
    words: str
    """Words that complete the sentence "the estimate is 0.1 ..."."""
    reason: str
    """Reason why the choice is worth making."""
    of: Stored | LeftOut
    """Stored coefficient under this choice."""
    compares: bool = True
    """False if the coefficient has another unit; its size is then not compared."""
    test: DeclaredTest | None = None
    """Test of this choice's own design."""


class Version(Strict):
    """One version of a question's list of choices."""

    version: int = Field(ge=1)
    """Number of the version, from 1."""
    choices: str
    """Hash of the list of choices; the error for a changed list names it."""
    says: str
    """Change of this version against the one before, in words."""


class Omitted(Strict):
    """Effect of an omitted control, as tables of kind `fixed_effects` store it."""

    table: str
    """Our table."""
    model: str
    """Column of our table."""
    term: str
    """Variable whose coefficient is of interest."""
    benchmark: str
    """Control with which the strength of the omitted control is compared (benchmark)."""
    times: float
    """Strength of the omitted control, as a multiple of the benchmark's."""


class Fact(StoredStatistic):
    """A stored p-value that the answer quotes."""

    words: str
    """Sentence of the answer, with `{p}` in place of the p-value."""
    below: float | None = None
    """Largest p-value at which the sentence is printed; always without it."""


class _Asked(Strict):
    """What every question has."""

    asks: str
    """The question in one sentence."""
    short: str = ""
    """The question in few words, for lists; by default `asks`."""
    note: str = ""
    """Remark after the answer."""
    facts: list[Fact] = []
    """Stored p-values that the answer quotes."""


class _Number(_Asked):
    """A stored number whose answer is graded by its declared choices and the tests of its design."""

    what: str
    """Beginning of the answer's sentence, which names the number: `The elasticity of ...`."""
    unit: str = ""
    """Unit of the number in words, such as `an elasticity`."""
    expects: Expected = "positive"
    """Sign of estimate minus hypothesis for which the answer is yes; `either` for both."""
    estimate: Stored
    """Stored coefficient that answers the question."""
    printed: Printed | None = None
    """Printed coefficient to compare with."""
    hypothesis: Literal["zero", "printed"] = "zero"
    """Value that is tested: zero or the printed coefficient."""
    choices: list[DeclaredChoice] = Field(default=[], max_length=MOST_CHOICES)
    """Other choices for the same number, declared before estimation, at most 40."""
    tests: list[DeclaredTest] = []
    """Placebo and falsification tests of the design."""
    versions: list[Version] = []
    """Versions of the list of choices, oldest first; a changed list needs a new one."""

    @property
    def choices_id(self) -> str:
        """Content id of what is counted: the estimate, its hypothesis, its choices and tests, without words."""
        return document_hash(self._counted())[:12]

    @property
    def former_choices_id(self) -> str:
        """The same with the former names of renamed measures: of a version from before their renaming."""
        before = {r.measure: r._replace(measure=r.former) for r in former_measures().values()}
        return document_hash(with_current_measures(self._counted(), before))[:12]

    def _counted(self) -> dict[str, object]:
        return {
            "estimate": self.estimate.model_dump(),
            "hypothesis": [self.hypothesis, self.expects],
            "choices": [c.model_dump(include={"kind", "of", "compares"}) for c in self.choices],
            "tests": [
                [t.kind, t.of.model_dump()]
                for t in (*self.tests, *(c.test for c in self.choices if c.test))
            ],
        }


class Slope(_Number):
    """The size of an effect, its test, its power, and the test of the printed value."""

    kind: Literal["slope"]
    """Kind of question: the size of an effect."""
    omitted: Omitted | None = None
    """Stored effect of an omitted control on the estimate."""


class Difference(_Number):
    """A difference of two slopes, its test, and the test of the printed difference."""

    kind: Literal["difference"]
    """Kind of question: a difference of two slopes."""


class Count(_Asked):
    """A count of tests that reject, compared with the counts for another unit's regressors."""

    kind: Literal["count"]
    """Kind of question: a count of tests that reject."""
    table: str
    """Our table."""
    model: str
    """Block of our table with the count."""
    name: str = Field(pattern=STATISTIC)
    """Name of the stored statistic with the answer."""


class StoredNumber(Strict):
    """A statistic with the ends of its interval."""

    words: str
    """The statistic in two or three words."""
    model: str
    """Block of our table with the statistic."""
    term: str
    """Term that the statistic describes."""
    name: str = Field(pattern=STATISTIC)
    """Name of the stored statistic."""
    low: str = Field(pattern=STATISTIC)
    """Name of the statistic with the lower end of the interval."""
    high: str = Field(pattern=STATISTIC)
    """Name of the statistic with the upper end of the interval."""


class Words(_Asked):
    """An answer that a table stores in words, with its number."""

    kind: Literal["words"]
    """Kind of question: an answer that a table stores in words."""
    table: str
    """Our table."""
    model: str
    """Block of our table with the answer."""
    name: str = Field(pattern=STATISTIC)
    """Name of the stored statistic with the answer's text."""
    number: StoredNumber | None = None
    """Number of the answer, with its interval."""


class Audit(_Asked):
    """Inconsistencies of the printed paper that its audit found, from a table of kind `audit`."""

    kind: Literal["audit"]
    """Kind of question: the inconsistencies of an audit."""
    table: str
    """Our table of kind `audit`."""


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
    known = (question.choices_id, question.former_choices_id)
    if (question.choices and newest is None) or (newest and newest.choices not in known):
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
