"""What a new edition has to bring, by the editions before it: missing years, provinces and units, each named.

A file that lacks a cell says nothing about it. So the earlier editions say what is expected, in whatever unit they
print it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from living_panel.ingestion import codes
from living_panel.ingestion.provenance.catalog import Source, source
from living_panel.ingestion.provinces import CODES, NATIONAL, PROVINCES
from living_panel.ingestion.storage.archive import withdrawals
from living_panel.problems import Place, Problem

COLUMNS = [
    *("edition", "vintage", "indicator_label", "unit", "province_code", "year", "value"),
    *("value_printed", "location"),
]
LONG_SERIES = 5
"""Years of one edition from which on it prints a series from its beginning, not its last years."""

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
    for label in dict.fromkeys(new["label"]):
        whole = pd.concat([new[new["label"] == label], same[same["label"] == label]])
        before = _of_series(past, str(label), entry)
        # the country and the provinces may have different years
        for here, earlier in zip(_by_scope(whole), _by_scope(before), strict=True):
            cells = set(zip(here["province_code"], here["year"].astype(int), strict=True))
            gaps += _gaps_of(str(label), edition, cells, earlier)
    return gaps


def _by_scope(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    national = rows["province_code"] == NATIONAL
    return rows[national], rows[~national]


def gap_problems(source_name: str, edition: int, gaps: Iterable[Gap]) -> list[Problem]:
    """Return one problem a series and edition that has what is missing."""
    grouped: dict[tuple[str, int, bool], list[Gap]] = {}
    for gap in gaps:
        grouped.setdefault((gap.label, gap.edition, gap.is_exact), []).append(gap)
    place = Place(f"{source_name}/{edition}")
    problems = []
    for (label, known, is_exact), listed in grouped.items():
        missing = describe(listed)
        units = sorted({unit for gap in listed for unit in gap.units})
        facts = {"label": label, "missing": missing}
        if not known:
            problems.append(codes.GAP_IN_FILE(place, **facts))
        elif is_exact:
            problems.append(codes.GAP_OF_EDITION(place, **facts, edition=known, units=units))
        else:
            problems.append(codes.GAP_AFTER_EDITION(place, **facts, edition=known))
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
    label: str, edition: int, cells: set[tuple[str, int]], past: pd.DataFrame
) -> Iterator[Gap]:
    """Yield the gaps of one series: years, then provinces of each year."""
    years = sorted({year for _, year in cells})
    if not years:
        return
    expected = _expected_years(years, edition, past)
    for year in sorted(expected - set(years)):
        known, units = _who_has(past, year)
        yield Gap(
            label,
            year,
            (),
            known or (expected_by(past) if year > years[-1] else 0),
            units,
            bool(known),
        )
    provinces_here: dict[int, set[str]] = {}
    for code, year in cells:
        provinces_here.setdefault(year, set()).add(code)
    for year in years:
        wanted, known, units = _expected_provinces(past, year)
        lacking = wanted - provinces_here[year]
        if lacking:
            is_exact = bool((past["year"] == year).any())
            yield Gap(label, year, tuple(sorted(lacking)), known, units, is_exact)
        # a province before and after the year, and not in it
        before = {c for y in years if y < year for c in provinces_here[y]}
        after = {c for y in years if y > year for c in provinces_here[y]}
        inside = (before & after) - provinces_here[year] - lacking
        if inside:
            yield Gap(label, year, tuple(sorted(inside)), 0, ())


def expected_by(past: pd.DataFrame) -> int:
    """Return the newest earlier edition, 0 where there is none."""
    return int(past["edition"].max()) if not past.empty else 0


def _expected_years(years: list[int], edition: int, past: pd.DataFrame) -> set[int]:
    """Return the years that a series has to have: no hole, and what the edition before leads to expect."""
    expected = set(range(years[0], years[-1] + 1))
    if past.empty:
        return expected
    last = expected_by(past)
    before = sorted(set(past.loc[past["edition"] == last, "year"].astype(int)))
    # a gap that the edition before has too is one of the series, such as a year without survey
    expected -= set(range(before[0], before[-1] + 1)) - set(before)
    step = edition - last
    if len(before) >= LONG_SERIES:
        return expected | set(before) | {before[-1] + i for i in range(1, step + 1)}
    return expected | {year + step for year in before}


def _expected_provinces(past: pd.DataFrame, year: int) -> tuple[set[str], int, tuple[str, ...]]:
    """Return provinces that the year has to have, the edition that has them, and its units."""
    same = past[past["year"] == year]
    if same.empty and not past.empty:
        newest = past[past["edition"] == expected_by(past)]
        nearest = newest["year"].max() if newest["year"].max() < year else newest["year"].min()
        same = newest[newest["year"] == nearest]
    if same.empty:
        return set(), 0, ()
    newest = same[same["edition"] == same["edition"].max()]
    return (
        set(same["province_code"]) & (CODES | {NATIONAL}),
        int(newest["edition"].iloc[0]),
        tuple(sorted(set(same["unit"]))),
    )


def _who_has(past: pd.DataFrame, year: int) -> tuple[int, tuple[str, ...]]:
    same = past[past["year"] == year]
    if same.empty:
        return 0, ()
    return int(same["edition"].max()), tuple(sorted(set(same["unit"])))
