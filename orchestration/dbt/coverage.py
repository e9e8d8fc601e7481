"""Which series of an edition the seed of expected coverage does not list: gaps there pass unseen."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pandas as pd

from living_panel.codes import Code
from living_panel.ingestion.editions.history import find_gaps, gap_problems, read_history
from living_panel.ingestion.files import write_durably
from living_panel.ingestion.provenance.catalog import names
from living_panel.ingestion.provinces import CODES, NATIONAL
from living_panel.orchestration.dbt.project import coverage_root
from living_panel.orchestration.root.settings import DBT_PROJECT, Settings
from living_panel.problems import Place, Problem

COVERAGE = DBT_PROJECT / "seeds" / "expected_coverage.csv"
OFFICIAL = "official"
"""Data root of official values; drawn values have no list of what they must bring."""


class ExpectedSeries(NamedTuple):
    """A line of the seed of expected coverage."""

    source: str
    edition: int
    label: str
    unit: str
    scope: str
    first_year: int
    last_year: int
    missing: str

    def __str__(self) -> str:
        return ",".join(map(str, ("official", *self)))


class Uncovered(NamedTuple):
    """An extracted edition with series that the expected coverage does not list."""

    source: str
    edition: int
    lines: list[ExpectedSeries]
    gaps: list[Problem]
    """What the lines lack, by the editions before."""


def uncovered_editions(settings: Settings) -> list[Uncovered]:
    """Return the extracted editions that have series without expected coverage; withdrawn values do not count."""
    if coverage_root(settings) != OFFICIAL:
        return []
    editions = []
    for source in names():
        history = read_history(settings.root, source)
        for edition, part in history[history["value"].notna()].groupby("edition"):
            if missing := missing_coverage(source, int(edition), part):
                unlisted = {(line.label, line.unit) for line in missing}
                keys = zip(part["indicator_label"], part["unit"], strict=True)
                here = part[[key in unlisted for key in keys]]
                editions.append(
                    Uncovered(
                        source, int(edition), missing, _gaps(source, int(edition), here, history)
                    )
                )
    return editions


def edition_gaps(settings: Settings, source: str, edition: int) -> list[Problem]:
    """Return what the extracted values of an edition lack, by the editions before."""
    history = read_history(settings.root, source)
    return _gaps(source, edition, history[history["edition"] == edition], history)


def _gaps(source: str, edition: int, rows: pd.DataFrame, history: pd.DataFrame) -> list[Problem]:
    past = history[history["edition"] < edition]
    return gap_problems(source, edition, find_gaps(source, edition, rows, past))


def uncovered(settings: Settings) -> list[Problem]:
    """Return a problem for each extracted edition that has series without expected coverage, and its gaps."""
    problems: list[Problem] = []
    for source, edition, missing, gaps in uncovered_editions(settings):
        problems += gaps
        problems.append(
            Code.HISTORY_GAP(
                "{seed} has no line for {series}, so a missing province or year may stay unnoticed",
                "compare these lines with the source, then add them to {seed}:{lines}\n  The last column has the "
                "codes of provinces without a value",
                Place(f"{source}/{edition}"),
                seed=str(COVERAGE),
                series=sorted({f"{line.label} ({line.unit})" for line in missing}),
                lines="".join(f"\n  {line}" for line in missing),
            )
        )
    return problems


def missing_coverage(source: str, edition: int, rows: pd.DataFrame) -> list[ExpectedSeries]:
    """Return lines for the seed of expected coverage where an edition has none yet for a series.

    One line for each span of years with the same provinces. Without them a province that is absent from
    the file is noticed only if the edition before had it.
    """
    written = {(r["source"], r["edition"], r["indicator_label"], r["unit"]) for r in _expected()}
    lines = []
    for (label, unit), part in rows.groupby(["indicator_label", "unit"], sort=False):
        if (source, str(edition), label, unit) in written:
            continue
        for first, last, provinces in _spans(part):
            scope = "national" if provinces == {NATIONAL} else "province"
            missing = "" if scope == "national" else " ".join(sorted(CODES - provinces))
            lines.append(ExpectedSeries(source, edition, label, unit, scope, first, last, missing))
    return lines


def _expected() -> list[dict[str, str]]:
    with COVERAGE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _spans(part: pd.DataFrame) -> Iterator[tuple[int, int, set[str]]]:
    """Yield first year, last year and regions of each span of years that has the same regions."""
    regions = part.groupby("year")["province_code"].agg(frozenset).sort_index()
    first = last = 0
    for year, here in regions.items():
        if first and (year != last + 1 or here != regions[last]):
            yield first, last, set(regions[last])
            first = 0
        first, last = first or year, year
    yield first, last, set(regions[last])


def add_coverage(lines: Iterable[ExpectedSeries]) -> None:
    """Append lines to the seed of expected coverage."""
    text = COVERAGE.read_text(encoding="utf-8").rstrip("\n")
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(("official", *line) for line in lines)
    write_durably(f"{text}\n{stream.getvalue()}".encode(), COVERAGE)
