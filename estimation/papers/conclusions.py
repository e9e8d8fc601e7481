"""Conclusions of a paper that are followed over the editions of its data set, as `conclusions.yml` lists them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, RootModel

from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.marked_yaml import Marked, nearest
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers import codes
from living_panel.estimation.papers.printed import load_paper, read_form
from living_panel.estimation.papers.schema import Strict

FILE = "conclusions.yml"
PANEL = "panel"
"""Data set of the rows of tables on the warehouse's own panel, among those on data sets with editions."""
LEVEL = 0.05
Expected = Literal["not significant", "positive", "negative"]
"""What an estimate must be, at 5 %, for its conclusion to hold."""


class PrintedEstimate(Strict):
    """The printed coefficient from which the conclusion follows."""

    table: str
    """Number of the printed table."""
    model: str
    """Printed column."""
    term: str
    """Variable of the printed coefficient."""


class FollowedCoefficient(Strict):
    """One coefficient of the table, which is estimated on every edition."""

    title: str
    """Heading of the chart of this coefficient."""
    model: str
    """Column of our table."""
    term: str
    """Variable of the coefficient."""


class Conclusion(Strict):
    """A conclusion, and the coefficients that test it on every edition."""

    table: str
    """Our table, estimated on a data set with editions."""
    says: str = Field(min_length=3)
    """The conclusion in one sentence."""
    holds: Expected
    """Sign that the estimates must have, significant at 5 %, or `not significant`."""
    printed: PrintedEstimate | None = None
    """Printed coefficient from which the conclusion follows; leave it out for a study of your own."""
    paths: list[FollowedCoefficient] = Field(min_length=1)
    """Coefficients to follow over the editions; the first one counts in the index."""


def does_hold(expected: Expected, estimate: float, p_value: float, level: float = LEVEL) -> bool:
    """Whether an estimate is what a conclusion expects: its sign and significance, or that it has none."""
    if expected == "not significant":
        return p_value >= level
    sign = 1.0 if expected == "positive" else -1.0
    return p_value < level and estimate * sign > 0


@cache
def conclusions_of(paper: str, papers: Path = PAPERS) -> tuple[Conclusion, ...]:
    """Conclusions of a paper; none without `conclusions.yml`.

    Raises
    ------
    InvalidSpec
        For a table that is not the paper's, and a printed coefficient that is not there.
    """
    path = papers / paper / FILE
    if not path.is_file():
        return ()
    conclusions = read_form(path, RootModel[list[Conclusion]]).root
    marked = Marked(path)
    tables = [p.stem for p in (papers / paper / "specs").glob("*.yml")]
    for number, conclusion in enumerate(conclusions):
        if conclusion.table not in tables:
            raise InvalidSpec(
                codes.UNKNOWN_OURS(
                    marked.place((number, "table")), name=conclusion.table, what="table", table=paper,
                    choices=nearest(conclusion.table, tables),
                )
            )  # fmt: skip
        if (printed := conclusion.printed) is not None:
            known = load_paper(paper, papers).tables
            cell = (
                known[printed.table].get(printed.model, "estimate", printed.term)
                if printed.table in known
                else None
            )
            if cell is None:
                odd = f"{printed.term} of {printed.model}"
                raise InvalidSpec(
                    codes.NOT_PRINTED(
                        marked.place((number, "printed")), number=printed.table, odd=odd, known=[*known]
                    )
                )  # fmt: skip
    return tuple(conclusions)
