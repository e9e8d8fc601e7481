"""The kind of values behind a result, in one vocabulary for every table, release and comparison.

A status is `official`, or those of `KINDS` that apply, in that order, joined by "+". The kinds are:

- `simulated`: at least one value used is drawn by a program, without information about China.
- `authors`: at least one value used comes from a paper's authors, no authority.
- `proxy`: at least one measure used stands for another concept.
- `interpolated`: at least one cell used is filled between its neighbours.
- `carried-forward`: at least one cell used has the value of an earlier year.

`official` stands alone: it means that none of them applies. The macro `figures_status` of the dbt
project reads what older artifacts stored into the same words.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.panel.errors import Unusable
from living_panel.estimation.panel.filling import STATUSES
from living_panel.estimation.panel.release import Release

AUTHORS = "authors"
KINDS = ("simulated", AUTHORS, "proxy", *STATUSES)
OFFICIAL = "official"
FORMER = {"stand-in": "proxy"}
"""Kinds by the names that older artifacts stored."""
PLANTED = "planted process"


def joined(statuses: Iterable[str]) -> str:
    """One status of several: every kind that any of them has.

    Raises
    ------
    ValueError
        For a word outside the vocabulary.
    """
    kinds = {FORMER.get(part, part) for status in statuses for part in status.split("+") if part}
    strange = sorted(kinds - {*KINDS, OFFICIAL})
    if strange:
        raise Unusable(
            Code.PAPER_TABLE(
                "the kind of values {strange} is unknown",
                "write one of {official}, or join several with +",
                strange=strange,
                official=[*(OFFICIAL, *KINDS)],
            )
        )
    return "+".join(kind for kind in KINDS if kind in kinds) or OFFICIAL


def status_words(status: str) -> str:
    """Return the kind of values in words: official, the authors' data, or what else applies."""
    words = {
        "official": "official values",
        "authors": "the authors' data",
        "simulated": "simulated values",
        "proxy": "some variables are proxies",
        "interpolated": "some cells are interpolated",
    }
    return ", ".join(words.get(part, part) for part in status.split("+") if part)


def authors_measures(release: Release, measures: Iterable[str]) -> list[str]:
    """Return those of some measures that are the data of a paper's authors."""
    return sorted(release.measures_by_status.get(AUTHORS, frozenset()) & set(measures))


def simulated_measures(
    release: Release, measures: Iterable[str] | None = None, cells: pd.MultiIndex | None = None
) -> list[str]:
    """Measures with a simulated value: of all or of those named, anywhere or among the cells used."""
    names = release.measures_by_status.get("simulated", frozenset())
    if measures is not None:
        names &= set(measures)
    if cells is None or not names:
        return sorted(names)
    drawn = release.simulated_cells
    drawn = drawn[drawn["measure"].isin(names)]
    drawn = drawn[pd.MultiIndex.from_frame(drawn[["province_code", "year"]]).isin(cells)]
    return sorted(drawn["measure"].unique())


def partly_simulated(release: Release, measures: Iterable[str]) -> bool:
    """Whether measures have simulated cells and others too, so that it matters which are used."""
    wanted, statuses = set(measures), release.measures_by_status
    others = (names for status, names in statuses.items() if status != "simulated")
    return bool(
        wanted & statuses.get("simulated", frozenset()) and wanted & frozenset().union(*others)
    )


def simulated_mark(release: Release, measures: Iterable[str] | None = None) -> str:
    """Sentence that names the simulated measures used, "" where there is none.

    Every rendering that rests on one carries it: tables, the report, comparisons of releases. A planted process appears
    where the notes of the cells state it as their source.
    """
    names = simulated_measures(release, measures)
    if not names:
        return ""
    cells = release.observations
    notes = cells.loc[(cells["status"] == "simulated") & cells["measure"].isin(names), "note"]
    planted = notes.fillna("").str.startswith(PLANTED).all()
    how = f"drawn from a {PLANTED}" if planted else "simulated"
    return (
        f"SIMULATED VALUES: {', '.join(names)} {'is' if len(names) == 1 else 'are'} {how}, not official "
        "statistics. Results from these values are no evidence about the real world."
    )
