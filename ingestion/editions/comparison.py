"""Values of a new edition beside those of the editions before: revisions, other units, and values that are in doubt.

Editions print several years, so that the same cell is often printed again. A cell that differs is a revision. One that
jumps by a power of ten, or by a factor that the history of its series makes rare, is a question to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code, Sentence
from living_panel.ingestion import evidence, sentences
from living_panel.ingestion.provenance.catalog import Source, source
from living_panel.ingestion.provinces import NATIONAL, PROVINCES
from living_panel.ingestion.units import size_of
from living_panel.problems import Place, Problem

LARGE_REVISION = float(np.log(1.5))
"""A revision beyond this factor is in doubt, unless the series was revised more before."""
FAR = float(np.log(1.5))
"""Distance from the extremes of the series' own growth from which on a growth is rare."""
FEW = 30
"""Growth rates below which a history says nothing about rare ones."""
RARE_WITHOUT_HISTORY = float(np.log(10))
NEAR_POWER = 0.15
"""Distance in powers of ten."""
SHOWN = 5
CELL = ["label", "scope_unit", "province_code", "year"]


@dataclass
class Comparison:
    """Result for one file: what is listed, and what a person confirms."""

    revisions: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)
    overlap: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Label -> cells that an earlier edition has too, and how many of them agree."""
    moved: list[Problem] = field(default_factory=list)
    """Rows that are new or moved, and tables that are elsewhere in the file."""


def compare(
    source_name: str, edition: int, rows: pd.DataFrame, history: pd.DataFrame
) -> Comparison:
    """Compare the values of a file with those of earlier editions, series by series.

    Parameters
    ----------
    rows : DataFrame
        Extracted rows of the file.
    history : DataFrame
        Extracted rows of the source, as `living_panel.ingestion.editions.history.read_history` gives them.

    Returns
    -------
    Comparison
        At most one revision, one doubt about the unit, one about jumps and one for each mark, for each series.
    """
    entry = source(source_name)
    new, past = _in_base_units(rows, entry), _in_base_units(history, entry)
    past = past[past["edition"] <= edition]
    comparison = Comparison()
    for label in dict.fromkeys(new["label"]):
        here, before = new[new["label"] == label], past[past["label"] == label]
        place = Place(f"{source_name}/{edition}")
        comparison.doubts += _marked(place, str(label), here)
        if before.empty:
            continue
        comparison.doubts += _other_units(place, here, before)
        kinds = set(here["kind"])
        before = before[before["kind"].isin(kinds)].sort_values(["edition", "vintage"])
        _series(place, str(label), here, before, comparison)
    comparison.moved += _rows_and_tables(Place(f"{source_name}/{edition}"), new, past, edition)
    return comparison


def missing_tables(
    source_name: str, edition: int, labels: Iterable[str], history: pd.DataFrame
) -> list[Problem]:
    """Return a problem if the edition before has series that no file of this one brings.

    Parameters
    ----------
    labels : iterable of str
        Series of all files of the edition, in landing and in the archive.
    """
    entry = source(source_name)
    past = history[history["value"].notna() & (history["edition"] < edition)]
    if past.empty:
        return []
    last = int(past["edition"].max())
    here = {entry.canonical(str(label)) for label in labels}
    before = past.loc[past["edition"] == last, "indicator_label"]
    gone = [label for label in dict.fromkeys(map(entry.canonical, before)) if label not in here]
    place = Place(f"{source_name}/{edition}")
    return (
        [
            Code.ALIGN_TABLES(
                "edition {edition} has {labels}, but no file of this edition has them",
                "put the file with this table into landing/, or continue without it",
                place,
                labels=gone,
                edition=last,
            )
        ]
        if gone
        else []
    )


def _rows_and_tables(
    place: Place, new: pd.DataFrame, past: pd.DataFrame, edition: int
) -> list[Problem]:
    """Return what differs in rows and places of tables, once for all series with the same difference."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    for label in dict.fromkeys(new["label"]):
        here = new[new["label"] == label]
        before = past[(past["label"] == label) & (past["edition"] < edition)]
        if before.empty:
            continue
        last = int(before["edition"].max())
        before = before[before["edition"] == last]
        for code, fields in _differences(here, before):
            alike.setdefault((code, last, *fields.items()), []).append(str(label))
    return [
        code(place, labels=labels, edition=last, **dict(fields))
        for (code, last, *fields), labels in alike.items()
    ]


def _differences(
    here: pd.DataFrame, before: pd.DataFrame
) -> Iterator[tuple[Sentence, dict[str, str]]]:
    """Yield new and moved rows of the newest year, and another sheet; `history` names missing ones."""
    rows, rows_before = _order(here), _order(before)
    if new := [code for code in rows if code not in rows_before]:
        yield sentences.ROWS_NEW, {"provinces": _names(new)}
    common = [code for code in rows if code in rows_before]
    expected = [code for code in rows_before if code in rows]
    blocks = SequenceMatcher(None, expected, common, autojunk=False).get_matching_blocks()
    covered = {code for block in blocks for code in common[block.b : block.b + block.size]}
    if moved := [code for code in common if code not in covered]:
        yield sentences.ROWS_MOVED, {"provinces": _names(moved)}
    sheets, sheets_before = _sheets(here), _sheets(before)
    if sheets and sheets_before and not set(sheets) & set(sheets_before):
        yield (
            sentences.TABLES_MOVED,
            {"sheet": ", ".join(sheets), "before": ", ".join(sheets_before)},
        )


def _order(rows: pd.DataFrame) -> list[str]:
    """Return the provinces in the order of the file; of several years that of the newest."""
    newest = rows[rows["year"] == rows["year"].max()]
    return [str(code) for code in dict.fromkeys(newest["province_code"])]


def _sheets(rows: pd.DataFrame) -> list[str]:
    """Return the sheets of a workbook that the rows are from; none for other files."""
    sheets = rows["location"].astype(str).str.extract(r"^(sheet \d+)\b", expand=False).dropna()
    return sorted(sheets.unique())


def _names(province_codes: Iterable[str]) -> str:
    return " ".join(map(_name, province_codes))


def _in_base_units(rows: pd.DataFrame, entry: Source) -> pd.DataFrame:
    in_base_units = rows[rows["value"].notna()].copy()
    in_base_units["label"] = [
        entry.canonical(str(label)) for label in in_base_units["indicator_label"]
    ]
    sizes = {unit: size_of(str(unit)) for unit in in_base_units["unit"].unique()}
    in_base_units["kind"] = [sizes[unit][0] for unit in in_base_units["unit"]]
    size = np.array([sizes[unit][1] for unit in in_base_units["unit"]], dtype=float)
    in_base_units["base"] = in_base_units["value"].to_numpy(dtype=float) * size
    decimals = [len(str(text).partition(".")[2]) for text in in_base_units["value_printed"]]
    in_base_units["half"] = 0.5 * size * 10.0 ** -np.array(decimals, dtype=float)
    return in_base_units


def _marked(place: Place, label: str, here: pd.DataFrame) -> Iterator[Problem]:
    """Yield a doubt for each kind of mark that the reader of the workbook has put behind values."""
    for mark, what in evidence.MARKS.items() if "note" in here else ():
        rows = here[here["note"].str.contains(mark, regex=False)]
        if len(rows):
            cells = "; ".join(
                f"{_name(row.province_code)} {int(row.year)}: {row.value_printed} {row.unit} "
                f"({row.location}; {row.note})"
                for row in rows.head(SHOWN).itertuples()
            )
            yield sentences.MARKED_VALUES(
                place, label=label, count=len(rows), what=what, cells=cells
            )


def _other_units(place: Place, here: pd.DataFrame, before: pd.DataFrame) -> Iterator[Problem]:
    """Yield a doubt if the last edition of a series has other units, with what the values say of it."""
    last = before[before["edition"] == before["edition"].max()]
    units, known = sorted(set(here["unit"])), sorted(set(last["unit"]))
    if not set(units) & set(known):
        yield sentences.UNIT_CHANGED(
            place, label=str(here["label"].iloc[0]), units=units, edition=int(last["edition"].iloc[0]), before=known
        )  # fmt: skip


def _series(
    place: Place, label: str, here: pd.DataFrame, before: pd.DataFrame, comparison: Comparison
) -> None:
    if before.empty:
        return
    keys = ["kind", "province_code", "year"]
    latest = before.drop_duplicates(keys, keep="last")
    both = here.merge(latest, on=keys, suffixes=("", "_old"))
    differs = both[
        (both["base"] - both["base_old"]).abs() > (both["half"] + both["half_old"]) * (1 + 1e-9)
    ]
    comparison.overlap[label] = (len(both), len(both) - len(differs))
    ratio = _log(differs["base"] / differs["base_old"])
    usual = _usual_revision(before, keys)
    odd = differs[
        (ratio.abs() > max(LARGE_REVISION, 1.5 * usual)).to_numpy() | ~np.isfinite(ratio).to_numpy()
    ]
    listed = differs.drop(odd.index)
    if len(listed):
        comparison.revisions.append(
            Code.HISTORY_REVISED(
                "{label}: compared with edition {edition}, {count} values differ and {same} agree; {cells}",
                "you need not do anything; check these values in the file if they surprise you",
                place, label=label, count=len(listed), cells=_cells(listed),
                edition=int(listed["edition_old"].max()), same=len(both) - len(differs),
            )
        )  # fmt: skip
    doubtful = [*_said(odd), *_rare_growth(here, latest)]
    if doubtful:
        comparison.doubts.append(
            sentences.RARE_VALUES(
                place, label=label, count=len(doubtful), cells="; ".join(doubtful[:SHOWN])
            )
        )


def _log(values: pd.Series) -> pd.Series:
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.Series(np.log(values.to_numpy(dtype=float)), index=values.index)


def _usual_revision(before: pd.DataFrame, keys: list[str]) -> float:
    """Return the largest revision that the series had between its earlier editions, as a log factor."""
    sizes = [
        abs(float(np.log(part["base"].iloc[i + 1] / part["base"].iloc[i])))
        for _, part in before.groupby(keys)
        for i in range(len(part) - 1)
        if part["base"].iloc[i] > 0 and part["base"].iloc[i + 1] > 0
    ]
    return max(sizes, default=0.0)


def _rare_growth(here: pd.DataFrame, latest: pd.DataFrame) -> list[str]:
    """Return cells of years without an earlier print whose growth the history of the series makes rare.

    Growth is per year, from the nearest earlier year of the same province. In one year, a common factor of
    all provinces that is a power of ten is a slip of the unit, in one cell a slip of the decimal point.
    """
    new_years = sorted(set(here["year"]) - set(latest["year"]))
    past = _growth(latest, latest)
    known = past["growth"].to_numpy()
    high, low = (known.max(), known.min()) if len(known) >= FEW else (0.0, 0.0)
    margin = FAR if len(known) >= FEW else RARE_WITHOUT_HISTORY
    now = _growth(here[here["year"].isin(new_years)], latest)
    if now.empty:
        return []
    slips = []
    for year, part in now.groupby("year"):
        common = float(np.median(part["total"]))
        if (
            len(part) > 2
            and (power := _power(common))
            and not low <= common / part["years"].iloc[0] <= high
        ):
            slips.append(f"{int(year)}: all values by 10^{power}")
            continue
        for row in part.itertuples():
            rest = row.total - (common if len(part) > 2 else 0.0)
            outside = row.growth > high + margin or row.growth < low - margin
            slip = _power(rest) and not low <= row.growth <= high
            if outside or slip:
                slips.append(
                    f"{_name(row.province_code)} {int(year)}: {np.exp(row.total):.3g} times {int(row.base_year)}"
                )
    return slips


def _growth(of: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the log growth per year of each cell from the nearest earlier year of its province."""
    left = of[of["base"] > 0].sort_values("year")
    right = before[before["base"] > 0].sort_values("year")[
        ["kind", "province_code", "year", "base"]
    ]
    right = right.rename(columns={"year": "base_year", "base": "old"})
    left = left.assign(at=left["year"].astype("int64") - 1)
    right = right.assign(at=right["base_year"].astype("int64"))
    both = pd.merge_asof(
        left, right.sort_values("at"), on="at", by=["kind", "province_code"], direction="backward"
    ).dropna(subset=["old"])
    years = (both["year"] - both["base_year"]).astype(float)
    total = np.log(both["base"] / both["old"])
    return both.assign(total=total, years=years, growth=total / years)[
        ["province_code", "year", "base_year", "total", "years", "growth"]
    ]


def _power(log_ratio: float) -> int:
    """Return the power of ten that a factor is near to, 0 for none."""
    exponent = log_ratio / np.log(10)
    nearest = round(exponent)
    return int(nearest) if nearest and abs(exponent - nearest) < NEAR_POWER else 0


def _said(rows: pd.DataFrame) -> list[str]:
    return [
        f"{_name(row.province_code)} {int(row.year)}: {row.value_printed} {row.unit}, before "
        f"{row.value_printed_old} {row.unit_old}"
        for row in rows.itertuples()
    ]


def _cells(rows: pd.DataFrame) -> str:
    more = f"; {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    return "; ".join(_said(rows)[:SHOWN]) + more


def _name(code: str) -> str:
    if code == NATIONAL:
        return "全国"
    return next((province.short for province in PROVINCES if province.code == code), code)
