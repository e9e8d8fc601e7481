"""Names that a paper's files give to what a table does not have: `make try` refuses them.

`side_by_side.yml` names our columns, terms, inferences and statistics, and the printed ones; `findings.yml`
names stored numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from living_panel.estimation.econometrics.inference_label import is_asked
from living_panel.estimation.econometrics.statistic import block_of
from living_panel.estimation.findings.declared import FILE, Difference, Slope, Stored, load_findings
from living_panel.estimation.panel.marked_yaml import nearest
from living_panel.estimation.papers.printed import PAIRS_FILE, load_paper, pairs
from living_panel.estimation.papers.schema import Beside, PrintedPaper
from living_panel.estimation.papers.sentences import UNKNOWN_OURS, UNKNOWN_PRINTED
from living_panel.estimation.tables.result import TableResult
from living_panel.problems import Place, Problem


@dataclass(frozen=True)
class Known:
    """Names that a table stores: its columns, with the blocks they belong to, terms, inferences and statistics."""

    table: str
    columns: frozenset[str]
    terms: frozenset[str]
    inferences: frozenset[str]
    statistics: frozenset[str]

    @classmethod
    def of(cls, table: TableResult) -> Known:
        """The names of an estimated table."""
        rows, numbers = table.coefficients, table.statistics
        columns = set() if table.reason else {*rows["model"], *numbers["model"]}
        columns |= {block_of(str(model)) for model in columns}
        return cls(
            table.table_id, frozenset(columns), frozenset(rows["term"]), frozenset(rows["inference"]),
            frozenset(numbers["statistic"]),
        )  # fmt: skip

    def has_column(self, name: str) -> bool:
        """Whether a column is there, or its block, under which a refused column is stored.

        A table that is not estimable has none, and any name may be one of its columns.
        """
        return not self.columns or name in self.columns or block_of(name) in self.columns


def unknown_names(folder: Path, table: TableResult, tables: Collection[str]) -> Iterator[Problem]:
    """Names in a paper's files that neither a table nor the printed paper has.

    Parameters
    ----------
    folder : Path
        Folder of the paper.
    table : TableResult
        The table, estimated.
    tables : collection of str
        Names of the paper's tables.
    """
    paper, known = load_paper(folder.name, folder.parent), Known.of(table)
    place = Place(file=str(folder / PAIRS_FILE), table=known.table)
    written = pairs(folder.name, folder.parent).items()
    for number, pair in ((n, one) for n, first in written for one in first.every):
        if pair.table not in tables:
            yield _ours(place, folder.name, "table", pair.table, tables)
        yield from _unprinted(place, paper, number, pair)
        if pair.table == known.table:
            yield from _unknown_in_pair(place, known, pair)
    yield from _unknown_in_findings(folder, known)


def _ours(place: Place, owner: str, what: str, name: str, known: Iterable[str]) -> Problem:
    return UNKNOWN_OURS(place, name=name, what=what, table=owner, choices=nearest(name, known))


def _unprinted(place: Place, paper: PrintedPaper, number: str, pair: Beside) -> Iterator[Problem]:
    """Printed tables, columns, terms and statistics that are not printed."""
    table = paper.tables.get(number)
    if table is None:
        yield UNKNOWN_PRINTED(
            place, name=number, what="table", choices=nearest(number, paper.tables)
        )
        return
    by_column = pair.inference if isinstance(pair.inference, dict) else {}
    asked = {
        "column": ({*pair.models, *pair.not_attempted, *by_column} - {"*"}, table.models),
        "term": ({*pair.terms, *pair.scale}, {cell.term for cell in table.cells}),
        "statistic": (set(pair.statistics), {cell.statistic for cell in table.cells}),
    }
    for what, (names, printed) in asked.items():
        for name in sorted(names - set(printed)):
            yield UNKNOWN_PRINTED(place, name=name, what=what, choices=nearest(name, printed))


def _unknown_in_pair(place: Place, known: Known, pair: Beside) -> Iterator[Problem]:
    """Columns, terms, statistics and inferences of ours that the table does not have."""
    for column in dict.fromkeys(m for asked in pair.models.values() for m in asked):
        if not known.has_column(column):
            yield _ours(place, known.table, "column", column, known.columns)
    if not known.terms:
        return
    asked = {"term": (pair.terms, known.terms), "statistic": (pair.statistics, known.statistics)}
    for what, (names, there) in asked.items():
        for name in sorted(set(names.values()) - there):
            yield _ours(place, known.table, what, name, there)
    inference = pair.inference
    for way in filter(None, inference.values() if isinstance(inference, dict) else [inference]):
        yield from _unknown_inference(place, known, way)


def _unknown_inference(place: Place, known: Known, way: str) -> Iterator[Problem]:
    if not any(is_asked(stored, way) for stored in known.inferences):
        yield _ours(place, known.table, "inference", way, known.inferences)


def _unknown_in_findings(folder: Path, known: Known) -> Iterator[Problem]:
    """Stored numbers that findings name and the table does not have; a refused column has no terms."""
    place = Place(file=str(folder / FILE), table=known.table)
    for finding in load_findings(folder):
        if not isinstance(finding, Slope | Difference):
            continue
        named = (finding.estimate, finding.minus, *(choice.of for choice in finding.choices))
        for stored in named:
            if isinstance(stored, Stored) and stored.table == known.table:
                yield from _unknown_in_finding(place, known, stored)


def _unknown_in_finding(place: Place, known: Known, stored: Stored) -> Iterator[Problem]:
    for column in (stored.model, *stored.among):
        if not known.has_column(column):
            yield _ours(place, known.table, "column", column, known.columns)
    if known.terms and stored.term not in known.terms:
        yield _ours(place, known.table, "term", stored.term, known.terms)
    if known.inferences and stored.inference:
        yield from _unknown_inference(place, known, stored.inference)
