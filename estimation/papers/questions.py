"""The questions of a paper and the stored numbers that answer them, as `questions.yml` lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, RootModel

from estimation.econometrics.statistic import PATTERN, Statistic
from estimation.panel.errors import InvalidSpec
from estimation.papers import codes
from estimation.papers.printed import PAIRS_FILE, pairs, read_form
from estimation.papers.schema import PrintedPaper, Strict
from ingestion.problems import Place

FILE = "questions.yml"
STATISTIC = rf"^{PATTERN}$"


class Stored(Strict):
    """A coefficient of one of our tables; `inference` is how its stored way of inference begins."""

    table: str
    model: str
    term: str
    inference: str


class LeftOut(Strict):
    """A coefficient re-estimated without one unit, as tables store it by unit."""

    table: str
    model: str
    without: str


class Printed(Strict):
    """A printed coefficient; with `minus`, its difference from that of another printed column."""

    table: str
    model: str
    term: str
    minus: str | None = None


class Variant(Strict):
    """The same number under one other choice; `words` complete "it is not significant ..."."""

    words: str
    of: Stored | LeftOut


class Omitted(Strict):
    """A control that is not there, `times` as strong as one that is, as tables of kind `fixed_effects` store it."""

    table: str
    model: str
    term: str
    benchmark: str
    times: float


class Fact(Strict):
    """A stored p-value that belongs into the answer: `words` has `{p}` in its place.

    With `below` the sentence is printed only if the p-value is smaller. `term` and `inference` are empty for
    a statistic of the whole model.
    """

    words: str
    table: str
    model: str
    name: str = Field(pattern=STATISTIC)
    term: str = ""
    inference: str = ""
    below: float | None = None

    @property
    def key(self) -> Statistic:
        """The statistic in parts."""
        return Statistic(self.name, self.term, self.inference)


class _Asked(Strict):
    asks: str
    note: str = ""
    facts: list[Fact] = []


class _Number(_Asked):
    what: str
    estimate: Stored
    printed: Printed | None = None


class Slope(_Number):
    """The size of an effect, its test, its power, and the test of the printed value."""

    kind: Literal["slope"]
    variants: list[Variant] = []
    omitted: Omitted | None = None


class Difference(_Number):
    """A difference of two slopes, its test, and the test of the printed difference."""

    kind: Literal["difference"]


class Words(_Asked):
    """An answer that a table stores in words."""

    kind: Literal["words"]
    table: str
    model: str
    name: str = Field(pattern=STATISTIC)


class Audit(_Asked):
    """Findings of the audit of the printed paper, from a table of kind `audit`."""

    kind: Literal["audit"]
    table: str


Question = Annotated[Slope | Difference | Words | Audit, Field(discriminator="kind")]


class Questions(RootModel[list[Question] | None]):
    """`questions.yml`."""


def load_questions(folder: Path) -> list[Question]:
    """Questions of a paper's folder, in order; a paper without the file has none.

    Raises
    ------
    ValueError
        If the file is not of the form; names file, line and what was expected.
    """
    path = folder / FILE
    return read_form(path, Questions).root or [] if path.exists() else []


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
        named = {*pair.models, *pair.not_attempted} - {"*"}
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
