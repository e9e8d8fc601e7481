"""What a new edition has to bring, by how its publication prints: missing years and provinces, each named.

A file that lacks a cell says nothing about it. So the earlier editions say what is expected, in whatever unit they
print it: years and provinces that all of them have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from living_panel.ingestion import sentences
from living_panel.ingestion.provenance.catalog import Source, source
from living_panel.ingestion.provinces import CODES, NATIONAL, PROVINCES
from living_panel.ingestion.storage.archive import withdrawals
from living_panel.problems import Place, Problem

COLUMNS = [
    *("edition", "vintage", "indicator_label", "unit", "province_code", "year", "value"),
    *("value_printed", "location"),
]
FEWEST_EDITIONS = 2
"""Earlier editions from which on their last years tell which year an edition has to reach."""

_NAMES = {province.code: province.short for province in PROVINCES} | {NATIONAL: "全国"}


@dataclass(frozen=True)
class Gap:
    """Cells that are expected and absent: of one series, with the edition that has them."""

    label: str
    year: int
    provinces: tuple[str, ...]
    """Codes; none where the whole year is absent."""
    edition: int
    """The edition that has the cells, or one like them; 0 where the file itself says so."""
    units: tuple[str, ...]
    """Units in which that edition prints them."""
    is_exact: bool = True
    """Whether the edition has these very cells, not those of the nearest year."""


def read_history(root: Path, source_name: str) -> pd.DataFrame:
    """Return the extracted values of all editions of a source; no row where nothing is extracted.

    Values of a file that was withdrawn since are left out: the next refresh removes them.
    """
    parts = [
        pd.read_parquet(path, columns=[*COLUMNS, "sha256"])
        for path in sorted(
            (root / "extracted" / source_name).glob("edition=*/vintage=*/part.parquet")
        )
    ]
    parts = [part for part in parts if not part.empty]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    rows = pd.concat(parts, ignore_index=True)
    withdrawn = {
        (edition, day, entry.sha256) for edition, day, entry in withdrawals(root, source_name)
    }
    keys = zip(rows["edition"], rows["vintage"], rows["sha256"], strict=True)
    return rows.loc[[key not in withdrawn for key in keys], COLUMNS].reset_index(drop=True)


def find_gaps(
    source_name: str,
    edition: int,
    rows: pd.DataFrame,
    history: pd.DataFrame,
    completes: bool = True,
) -> list[Gap]:
    """Return what the values of an edition lack, series by series, whatever the unit.

    Parameters
    ----------
    rows : DataFrame
        Columns indicator_label, unit, province_code, year and value; of one file or of the whole edition.
    history : DataFrame
        As `read_history` gives it. Later editions do not count.
    completes : bool
        Whether earlier rows of the same edition belong to the same whole, as files of one yearbook do. An
        answer of a database stands for itself: earlier answers are what it is compared with.
    """
    entry = source(source_name)
    new = _with_values(rows, entry)
    past = _with_values(history, entry)
    same = past[past["edition"] == edition]
    same, past = (
        (same, past[past["edition"] < edition])
        if completes
        else (
            same.iloc[:0],
            past[past["edition"] <= edition],
        )
    )
    gaps: list[Gap] = []
    newest = max([*new["year"].astype(int), *same["year"].astype(int)], default=0)
    for label in dict.fromkeys(new["label"]):
        whole = pd.concat([new[new["label"] == label], same[same["label"] == label]])
        before = _of_series(past, str(label), entry)
        # the country and the provinces may have different years
        for here, earlier in zip(_by_scope(whole), _by_scope(before), strict=True):
            cells = set(zip(here["province_code"], here["year"].astype(int), strict=True))
            gaps += _gaps_of(str(label), edition, cells, earlier, newest)
    return gaps


def _by_scope(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    national = rows["province_code"] == NATIONAL
    return rows[national], rows[~national]


def gap_problems(source_name: str, edition: int, gaps: Iterable[Gap]) -> list[Problem]:
    """Return one problem for each thing that is missing, with all series that lack it."""
    grouped: dict[tuple[str, int, bool], list[Gap]] = {}
    for gap in gaps:
        is_lost = gap.is_exact and gap.edition == edition  # an earlier answer had these cells
        grouped.setdefault((gap.label, gap.edition, is_lost), []).append(gap)
    alike: dict[tuple[str, int, bool], list[Gap]] = {}
    for (_, known, _), listed in grouped.items():
        is_exact = all(gap.is_exact for gap in listed)
        alike.setdefault((describe(listed), known, is_exact), []).extend(listed)
    place = Place(f"{source_name}/{edition}")
    problems = []
    for (missing, known, is_exact), listed in alike.items():
        facts = {"label": list(dict.fromkeys(gap.label for gap in listed)), "missing": missing}
        if not known:
            problems.append(sentences.GAP_IN_FILE(place, **facts))
        elif is_exact:
            units = sorted({unit for gap in listed for unit in gap.units})
            problems.append(sentences.GAP_OF_EDITION(place, **facts, edition=known, units=units))
        else:
            problems.append(sentences.GAP_AFTER_EDITION(place, **facts, edition=known))
    return problems


def describe(gaps: Iterable[Gap]) -> str:
    """Return years and provinces of gaps in few words: `2005-2008 西藏; 2011`."""
    years: dict[tuple[str, ...], list[int]] = {}
    for gap in gaps:
        years.setdefault(gap.provinces, []).append(gap.year)
    texts = []
    for provinces, listed in years.items():
        spans: list[list[int]] = []
        for year in sorted(set(listed)):
            if spans and year == spans[-1][-1] + 1:
                spans[-1].append(year)
            else:
                spans.append([year])
        shown = ", ".join(str(s[0]) if len(s) == 1 else f"{s[0]}-{s[-1]}" for s in spans)
        names = " ".join(_NAMES.get(code, code) for code in provinces)
        if len(provinces) == len(PROVINCES):
            names = f"{len(PROVINCES)} provinces"
        texts.append(f"{shown} {names}".strip())
    return "; ".join(texts)


def _with_values(rows: pd.DataFrame, entry: Source) -> pd.DataFrame:
    with_value = rows[rows["value"].notna()] if "value" in rows else rows
    return with_value.assign(
        label=[entry.canonical(str(text)) for text in with_value["indicator_label"]]
    )


def _of_series(past: pd.DataFrame, label: str, entry: Source) -> pd.DataFrame:
    """Return the earlier values of a series; where there is none, of another that feeds its measure."""
    rows = past[past["label"] == label]
    if not rows.empty:
        return rows
    measures = _measures(entry, label)
    others = {series.label for series in entry.series if measures & _measures(entry, series.label)}
    return past[past["label"].isin(others)]


def _measures(entry: Source, label: str) -> set[str]:
    series = entry.by_label().get(label)
    return {feed.measure for feed in series.feeds if feed.measure} if series else set()


def _gaps_of(
    label: str, edition: int, cells: set[tuple[str, int]], past: pd.DataFrame, newest: int
) -> Iterator[Gap]:
    """Yield the gaps of one series: years, then provinces of each year."""
    provinces_here: dict[int, set[str]] = {}
    for code, year in cells:
        provinces_here.setdefault(year, set()).add(code)
    years = sorted(provinces_here)
    if not years:
        return
    for year in sorted(_expected_years(years, edition, past, newest) - set(years)):
        known, units = _who_has(past, year)
        yield Gap(label, year, (), known or int(past["edition"].max()), units, bool(known))
    for year in years:
        wanted, known, units = _expected_provinces(past, edition, year)
        is_exact = bool((past["year"] == year).any())
        if lacking := wanted - provinces_here[year]:
            yield Gap(label, year, tuple(sorted(lacking)), known, units, is_exact)
        # a province before and after the year, and not in it, unless an edition before prints it so
        before = {c for y in years if y < year for c in provinces_here[y]}
        after = {c for y in years if y > year for c in provinces_here[y]}
        inside = (before & after) - provinces_here[year] - lacking
        if inside and not is_exact:
            yield Gap(label, year, tuple(sorted(inside)), 0, ())


def _expected_years(years: list[int], edition: int, past: pd.DataFrame, newest: int) -> set[int]:
    """Return the years that a series has to have, by the editions before.

    Between its first and last year, those that each edition around them has. After its last year, up to the year that
    all editions reach, if any series of this edition reaches it: `newest` is the newest year of the edition.
    """
    prints = {int(e): set(map(int, part)) for e, part in past.groupby("edition")["year"]}
    # an answer of a database has all that an earlier one of the same edition had
    expected = prints.pop(edition, set())
    for year in range(years[0], years[-1] + 1):
        around = [held for held in prints.values() if min(held) <= year <= max(held)]
        if around and all(year in held for held in around):
            expected = expected | {year}
    lags = {known - max(held) for known, held in prints.items()}
    if len(prints) >= FEWEST_EDITIONS and len(lags) == 1:
        expected = expected | {*range(years[-1] + 1, min(edition - lags.pop(), newest) + 1)}
    return expected


def _expected_provinces(
    past: pd.DataFrame, edition: int, year: int
) -> tuple[set[str], int, tuple[str, ...]]:
    """Return provinces that all editions have in a year, else in their last years; the newest edition; units."""
    same = past[past["year"] == year]
    if same.empty:
        same = past[past["year"] == past.groupby("edition")["year"].transform("max")]
    if same.empty:
        return set(), 0, ()
    prints = {int(e): set(part) for e, part in same.groupby("edition")["province_code"]}
    always = set.intersection(*prints.values()) | prints.get(edition, set())
    return always & (CODES | {NATIONAL}), max(prints), tuple(sorted(set(same["unit"])))


def _who_has(past: pd.DataFrame, year: int) -> tuple[int, tuple[str, ...]]:
    same = past[past["year"] == year]
    if same.empty:
        return 0, ()
    return int(same["edition"].max()), tuple(sorted(set(same["unit"])))
