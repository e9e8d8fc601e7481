"""A table of a new edition beside its layout of the edition before: what is the same needs no question.

A layout is found again by title, words of the columns and units. Columns under the same words keep their series. What
was renamed, added, left out or moved is named, and a person answers for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion.formats.headers import is_headed, other_values
from living_panel.ingestion.formats.layouts import (
    ENGLISH_TAIL,
    ColumnLayout,
    LayoutTable,
    shown_path,
    title_of,
)
from living_panel.ingestion.text import ENUMERATION, plain_label
from living_panel.problems import Place, Problem

FEWEST_SHARED = 0.5
"""Share of a layout's columns that a table has to have, under another title."""
LIKE = 0.5
"""Similarity of words from which on a column may be one that was renamed."""
_AMOUNT = re.compile("(?<=..)数量$")


@dataclass
class Alignment:
    """What a draft has in common with a layout, and what differs."""

    table: LayoutTable
    columns: dict[str, ColumnLayout] = field(default_factory=dict)
    """Letter of a column of the draft -> the column of the layout under the same words."""
    renamed: dict[str, ColumnLayout] = field(default_factory=dict)
    """Letter -> the column of the layout that it may be, under other words."""
    reworded: list[str] = field(default_factory=list)
    """Letters among `columns` whose words say the same in another form: other numbers, no translation."""
    added: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Columns that the edition before has too, and nobody wanted."""
    differences: list[Problem] = field(default_factory=list)

    @property
    def is_same(self) -> bool:
        """Whether the layout reads the table as it stands."""
        return not (self.renamed or self.reworded or self.added or self.differences)


def align(
    draft: Mapping[str, Any], tables: Iterable[LayoutTable], edition: int
) -> Alignment | None:
    """Return the best match of a draft among the layouts of its source; None where none is near.

    Parameters
    ----------
    draft : mapping
        As `living_panel.ingestion.formats.teach.drafts` gives it.
    tables : iterable of LayoutTable
        Layouts of the source. Those that begin after the edition do not count.
    """
    scores = [
        (_score(draft, aligned), _first(table), aligned)
        for table in tables
        if _first(table) <= edition and _fits_subtitle(draft, table)
        for aligned in [_matched(draft, table)]
    ]
    near = [entry for entry in scores if entry[0] > 0]
    if not near:
        return None
    *_, aligned = max(near, key=lambda entry: entry[:2])
    _place_others(draft, aligned)
    aligned.differences += _differences(draft, aligned, edition)
    return aligned


def _first(table: LayoutTable) -> int:
    """Return the newest edition in which a span of a layout begins."""
    return max(int(str(entry)[:4]) for entry in table.layout.editions)


def _fits_subtitle(draft: Mapping[str, Any], table: LayoutTable) -> bool:
    wanted = plain_label(table.layout.subtitle)
    return not wanted or any(wanted in plain_label(line) for line in draft["lines"])


def _matched(draft: Mapping[str, Any], table: LayoutTable) -> Alignment:
    """Return the columns whose words are those of the layout, each column of the layout once."""
    by_letter: dict[str, ColumnLayout] = {}
    for column in table.layout.columns:
        letters = [
            entry["column"]
            for entry in draft["columns"]
            if is_headed(column.header, entry["words"], column.whole)
            and entry["column"] not in by_letter
        ]
        if len(letters) == 1:
            by_letter[letters[0]] = column
    reworded = _reworded(draft, table, by_letter)
    return Alignment(table, by_letter | reworded, reworded=list(reworded))


def _reworded(
    draft: Mapping[str, Any], table: LayoutTable, matched: Mapping[str, ColumnLayout]
) -> dict[str, ColumnLayout]:
    """Return the other columns that have the words of one column of the layout in another form, and of no second."""
    entries: dict[str, list[Mapping[str, Any]]] = {}
    for entry in draft["columns"]:
        if entry["column"] not in matched:
            entries.setdefault(_bare(entry["header"]), []).append(entry)
    columns: dict[str, list[ColumnLayout]] = {}
    for column in table.layout.columns:
        if column not in matched.values():
            for words in {_bare(path) for path in _wordings(column)}:
                columns.setdefault(words, []).append(column)
    return {
        entries[words][0]["column"]: columns[words][0]
        for words in entries
        if words
        and len(entries[words]) == len(columns.get(words, [])) == 1
        and other_values(entries[words][0]["words"]) == other_values(columns[words][0].header)
    }


def _bare(path: Iterable[str]) -> str:
    """Return the words of a header without their numbers, amounts, and translations above the last row."""
    *above, last = [_AMOUNT.sub("", ENUMERATION.sub("", word)) for word in path] or [""]
    words = "".join([*(ENGLISH_TAIL.sub("", word) for word in above), last])
    return re.sub(r"[\W_]", "", plain_label(words)).lower().replace("乳牛", "奶牛")


def _score(draft: Mapping[str, Any], aligned: Alignment) -> float:
    table = aligned.table
    title = title_of(draft["title"]) if draft["title"] else ""
    shared = len(aligned.columns) / len(table.layout.columns)
    if title and title in table.titles:
        return 2 + shared
    likeness = max(
        (SequenceMatcher(None, title, known).ratio() for known in table.titles), default=0.0
    )
    if shared >= FEWEST_SHARED and likeness >= LIKE:
        return shared + likeness
    return 0.0


def _place_others(draft: Mapping[str, Any], aligned: Alignment) -> None:
    """Say of each other column of the draft which one of the layout it may be, if any."""
    layout = aligned.table.layout
    ignored = {tuple(header) for header in layout.left_out}
    order = [entry["column"] for entry in draft["columns"]]
    rest = [c for c in layout.columns if c not in aligned.columns.values()]
    for entry in draft["columns"]:
        letter = entry["column"]
        if letter in aligned.columns:
            continue
        if tuple(entry["header"]) in ignored:
            aligned.left_out.append(letter)
            continue
        likely = [
            (_likeness(entry, column, order.index(letter), layout.columns), column)
            for column in rest
        ]
        if likely and max(likely, key=lambda pair: pair[0])[0] >= LIKE:
            column = max(likely, key=lambda pair: pair[0])[1]
            aligned.renamed[letter] = column
            rest.remove(column)
        else:
            aligned.added.append(letter)


def _likeness(
    entry: Mapping[str, Any], column: ColumnLayout, position: int, columns: tuple[ColumnLayout, ...]
) -> float:
    """Return how near the words are; the same place in the order speaks for it too."""
    words = "".join(entry["header"])
    near = max(
        (SequenceMatcher(None, words, "".join(path)).ratio() for path in _wordings(column)),
        default=0.0,
    )
    return near + (0.25 if position == columns.index(column) else 0.0)


def _wordings(column: ColumnLayout) -> list[list[str]]:
    paths: list[list[str]] = [[]]
    for part in column.header:
        paths = [[*path, word] for path in paths for word in part.split("|")]
    return paths


def _differences(draft: Mapping[str, Any], aligned: Alignment, edition: int) -> list[Problem]:
    layout = aligned.table.layout
    place = Place(draft["place"])
    where = shown_path(aligned.table.path)
    words = {entry["column"]: " > ".join(entry["header"]) for entry in draft["columns"]}
    problems = [
        Code.ALIGN_DIFFERS(
            "column {column} ({words}) may be {label}; {layout} lists this series under {before}",
            "answer with the series of this column",
            place, column=letter, words=words[letter], before=" > ".join(column.header),
            label=column.label, layout=where,
        )
        for letter, column in aligned.renamed.items()
    ]  # fmt: skip
    problems += [
        Code.ALIGN_MOVED(
            "column {column} ({words}) has the words of {before} in {layout} in another form",
            "you need not do anything: the new layout has the new words",
            place, column=letter, words=words[letter], before=" > ".join(aligned.columns[letter].header), layout=where,
        )
        for letter in aligned.reworded
    ]  # fmt: skip
    problems += [
        Code.ALIGN_DIFFERS(
            "column {column} ({words}) is not in {layout}",
            "answer with the series of this column, or with - to leave the column out",
            place,
            column=letter,
            words=words[letter],
            layout=where,
        )
        for letter in aligned.added
    ]
    known = [*aligned.columns.values(), *aligned.renamed.values()]
    problems += [
        Code.ALIGN_DIFFERS(
            "{layout} expects a column headed {words} ({label}), but the table has none",
            "look for this column in the file, or in another table",
            place,
            label=column.label,
            words=" > ".join(column.header),
            layout=where,
        )
        for column in layout.columns
        if column not in known
    ]
    order = [
        layout.columns.index(aligned.columns[entry["column"]])
        for entry in draft["columns"]
        if entry["column"] in aligned.columns
    ]
    if order != sorted(order):
        labels = [layout.columns[number].label for number in order]
        problems.append(
            Code.ALIGN_MOVED(
                "the columns are in another order than in {layout}: {labels}",
                "you need not do anything: the program finds columns by their headers",
                place,
                labels=labels,
                layout=where,
            )
        )
    title = title_of(draft["title"]) if draft["title"] else ""
    if title and layout.titles and title not in aligned.table.titles:
        problems.append(
            Code.ALIGN_DIFFERS(
                "the title is {title}, but {layout} has the title {before}",
                "confirm that it is the same table, and give the printed title",
                place,
                title=title,
                before=layout.titles[0],
                layout=where,
            )
        )
    if draft["provinces"] != layout.regions.expect:
        problems.append(
            Code.ALIGN_DIFFERS(
                "{count} provinces have a row, but {before} in {layout}",
                "look for the missing rows, or confirm the number",
                place,
                count=draft["provinces"],
                before=layout.regions.expect,
                layout=where,
            )
        )
    skip = {plain_label(text) for text in layout.regions.skip}
    rows = [text for text in draft["skip"] if text not in skip]
    if rows and skip:
        problems.append(
            Code.ALIGN_DIFFERS(
                "the program skips rows that {layout} does not name: {rows}",
                "check that none of these rows is a province",
                place,
                rows=rows,
                layout=where,
            )
        )
    return problems


def with_answers(draft: dict[str, Any], aligned: Alignment, edition: int) -> dict[str, Any]:
    """Return a draft with the series, units and years that the edition before settles.

    A column that is new or renamed is asked for: it has proposals and no default.
    """
    columns = []
    for entry in draft["columns"]:
        letter = entry["column"]
        column = aligned.columns.get(letter) or aligned.renamed.get(letter)
        more: dict[str, Any] = {"asked": letter in aligned.renamed or letter in aligned.added}
        if letter in aligned.columns and column:
            more |= {"label": column.label}
        elif letter in aligned.left_out:
            more |= {"label": ""}
        elif column:
            more |= {"near": list(dict.fromkeys([column.label, *entry["near"]]))}
        if column and isinstance(column.year, int) and column.year <= 0:
            more |= {"year": str(edition + column.year)}
        if column and column.unit:
            more |= {"unit_before": column.unit}
        columns.append(entry | more)
    return draft | {"columns": columns, "expected": aligned.table.layout.regions.expect}
