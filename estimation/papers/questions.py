"""The questions of a paper and the stored numbers that answer them, as `questions.yml` lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from estimation.panel.marked_yaml import Marked

FILE = "questions.yml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stored(_Strict):
    """A coefficient of one of our tables; `inference` is how its stored way of inference begins."""

    table: str
    model: str
    term: str
    inference: str


class LeftOut(_Strict):
    """A coefficient re-estimated without one unit, as tables store it under `without.<unit>`."""

    table: str
    model: str
    without: str


class Printed(_Strict):
    """A printed coefficient; with `minus`, its difference from that of another printed column."""

    table: str
    model: str
    term: str
    minus: str | None = None


class Variant(_Strict):
    """The same number under one other choice; `words` complete "the verdict stays …"."""

    words: str
    of: Stored | LeftOut


class Omitted(_Strict):
    """A control that is not there, `times` as strong as one that is, as tables of kind `fixed_effects` store it."""

    table: str
    model: str
    term: str
    benchmark: str
    times: float


class Slope(_Strict):
    """Whether an effect is there, how large, what could have been found, what of the printed value."""

    kind: Literal["slope"]
    asks: str
    what: str
    estimate: Stored
    printed: Printed | None = None
    variants: list[Variant] = []
    omitted: Omitted | None = None
    note: str = ""


class Difference(_Strict):
    """Whether two slopes differ, and whether the printed order can be told."""

    kind: Literal["difference"]
    asks: str
    what: str
    estimate: Stored
    printed: Printed | None = None
    note: str = ""


class Words(_Strict):
    """An answer that a table stores in words."""

    kind: Literal["words"]
    asks: str
    table: str
    model: str
    name: str
    note: str = ""


class Audit(_Strict):
    """What in the paper cannot be true, from a table of kind `audit`."""

    kind: Literal["audit"]
    asks: str
    table: str
    note: str = ""


Question = Annotated[Slope | Difference | Words | Audit, Field(discriminator="kind")]


class Questions(RootModel[list[Question]]):
    """`questions.yml`."""


def load_questions(folder: Path) -> list[Question]:
    """Questions of a paper's folder, in order; a paper without the file has none.

    Raises
    ------
    ValueError
        If the file is not of the form; names file, line and what was expected.
    """
    path = folder / FILE
    if not path.exists():
        return []
    marked = Marked(path)
    try:
        return Questions.model_validate(marked.content or []).root
    except ValidationError as error:
        raise ValueError(marked.faults(error, Questions)) from error
