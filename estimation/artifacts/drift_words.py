"""A comparison of two states in words: what arrived, what it did to the tables, what moved most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from estimation.artifacts.drift import PARTS, Comparison, relative_change
from estimation.econometrics.fixed_effects.regression_data import codes
from estimation.econometrics.fixed_effects.within import demean, two_way_effects
from estimation.panel.figures import simulated_mark
from estimation.panel.release import Release
from estimation.papers.printed import beside
from estimation.papers.schema import PrintedPaper

WORDS = {
    "restated": "restated cells",
    "filled_in": "cells filled in",
    "removed": "cells removed",
    "rule": "another winner or unit rule",
    "years": "years that came or left",
    "provinces": "provinces that came or left",
    "interpolation": "interpolated cells",
    "spec": "the specification",
    "code": "the code",
}
DIGITS = 3
"""Digits that tables print; what is below the last of them is no movement for a reader."""
LISTED = 5  # of one table


def sentences(names: tuple[str, str], of: Comparison) -> list[str]:
    """What a reader must know first, one sentence a line; `names` are what the two states are called."""
    first, last = (
        f"{n} (release {r.release_id[:6]})" for n, r in zip(names, of.releases, strict=True)
    )
    said = [f"From {first} to {last}.", *_arrivals(of), *_kinds(of)]
    if of.cells.empty:
        said.append("No cell of the panel differs.")
    return [*said, *_movement(of, "province")]


def own_sentences(of: Comparison) -> list[str]:
    """The same of the tables on one paper's own data, each sentence with the paper's name; none where nothing moved."""
    if of.cells.empty and (of.slopes["status"] == "unchanged").all():
        return []
    old, new = (r.release_id[:6] for r in of.releases)
    ids = f"its own data went from release {old} to {new}."
    return [f"{of.paper}: {said}" for said in [ids, *_arrivals(of), *_movement(of, "unit")]]


def _movement(of: Comparison, unit: str) -> list[str]:
    """What differs between two releases, and what each part of it did to the tables on them."""
    said = _restatements(of, unit) + _comings(of)
    said += [s for part in (*PARTS, "code") if (s := _effect(part, of, unit))]
    return [*said, *_stars(of.slopes), _count(of.slopes)]


def printed_findings(drift: pd.DataFrame, papers: Mapping[str, PrintedPaper]) -> list[str]:
    """Which printed coefficients have another estimate of ours beside them now, one sentence a paper.

    `papers` by their folder; `beside` says which of our columns stand beside which printed ones.
    """
    rows = drift.set_index(["table_id", "model", "term"]).sort_index()
    said = []
    for name, paper in papers.items():
        moved, compared = [], 0
        for cell, table, models in beside(paper):
            row = next(
                (rows.loc[k] for m in models if (k := (table, m, cell.term)) in rows.index), None
            )
            if row is None or pd.isna(row["change"]):
                continue
            compared += 1
            marks = [str(row[c] or "") for c in ("old_stars", "new_stars")]
            if abs(row["change"]) >= 10**-DIGITS or marks[0] != marks[1]:
                sides = (
                    f"{row[c]:.{DIGITS}f}{m}" for c, m in zip(("old", "new"), marks, strict=True)
                )
                place = f"{paper.tables[cell.table].place}, {cell.column}, {cell.row}"
                moved.append(f"{place}, printed {cell.text}: {' -> '.join(sides)}")
        if moved:
            more = f"; and {len(moved) - LISTED} more" if len(moved) > LISTED else ""
            said.append(
                f"Printed findings of {name}: beside {len(moved)} of {compared} stands another estimate now: "
                f"{'; '.join(moved[:LISTED])}{more}."
            )
    return said or ["Beside no printed finding of any paper stands another estimate now."]


def in_words(row: Mapping[str, object]) -> str:
    """One sentence of a drift row, largest part first, stars gained or lost by name."""
    name = f"{row['table_id']} {row['model']} {row['term']}"
    status = str(row["status"])
    if status in ("appeared", "gone"):
        return f"{name}: {status}"
    stars = ""
    if row["old_stars"] != row["new_stars"]:
        stars = f"; stars {row['old_stars'] or 'none'} -> {row['new_stars'] or 'none'}"
    whole = f"{name}: {row['old']:.{DIGITS}f} -> {row['new']:.{DIGITS}f}"
    parts = {p: float(row[p]) for p in (*PARTS, "code") if pd.notna(row[p])}  # type: ignore[arg-type]
    shown = [
        f"{WORDS[p]} {v:+.{DIGITS}f}"
        for p, v in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if abs(v) >= 0.5 * 10**-DIGITS
    ]
    why = ", ".join(shown) or (status if not parts else "each part below the last printed digit")
    return f"{whole} ({why}){stars}"


def movers(drift: pd.DataFrame) -> pd.DataFrame:
    """Coefficients that moved by the last printed digit or more, the largest first, by table.

    Tables in the order of their largest movement, `LISTED` of each; constants are left out, whose size
    is that of the outcome.
    """
    moved = _seen(drift[drift["term"] != "constant"])
    moved = moved.assign(size=moved["change"].abs()).sort_values("size", ascending=False)
    top = moved.groupby("table_id", sort=False).head(LISTED)
    rank = {table: i for i, table in enumerate(dict.fromkeys(top["table_id"]))}
    order = top.assign(rank=top["table_id"].map(rank))
    return order.sort_values(["rank", "size"], ascending=[True, False])[drift.columns]


def to_text(
    said: Sequence[str],
    drift: pd.DataFrame,
    diff: pd.DataFrame,
    escape: Callable[[str], str] = str,
) -> str:
    """The whole comparison: sentences, largest movements, what has no parts, counts of cells.

    `escape` is for Markdown; a terminal needs none.
    """
    lines = [escape(said[0]), "", *(f"- {escape(s)}" for s in said[1:])]
    lines += ["", "Largest movements", ""]
    lines += [f"- {escape(in_words(r))}" for r in movers(drift).to_dict("records")] or ["- none"]
    without = drift[drift["status"].isin(["appeared", "gone"]) | _undecomposed(drift)]
    if len(without):
        lines += ["", "Appeared, gone, or without parts", ""]
        for (table, status), part in without.groupby(["table_id", "status"]):
            lines.append(f"- {escape(f'{table}: {len(part)} coefficients {status}')}")
    lines += ["", "Cells that differ", ""]
    shown = diff.map(lambda v: escape(v) if isinstance(v, str) else v)
    shown = shown.astype(object).where(shown.notna(), None)
    lines.append(
        shown.to_markdown(index=False, floatfmt=".4g", missingval="") if len(diff) else "none"
    )
    return "\n".join(lines) + "\n"


def absorbed_share(old: Release, new: Release, measure: str) -> float:
    """Share of a measure's restatement, in logs, that province and year effects absorb.

    One less the sum of squares of log(new/old), demeaned both ways, over that before; missing where
    no figure was positive and is another positive one.
    """
    both = pd.concat([old.panel[measure], new.panel[measure]], axis=1, keys=["old", "new"]).dropna()
    both = both[(both > 0).all(axis=1)]
    change = np.log(both["new"] / both["old"]).to_numpy()
    if not change.any():
        return float("nan")
    left = demean(two_way_effects(*codes(both.index)), change)
    return 1.0 - float(left @ left) / float(change @ change)


def _arrivals(of: Comparison) -> list[str]:
    def files(release: Release) -> set[tuple[str, int, str]]:
        return {(s["source"], s["edition"], s["vintage"]) for s in release.manifest["sources"]}

    old, new = map(files, of.releases)
    said = []
    for verb, some in (("Arrived", new - old), ("Left", old - new)):
        if listed := sorted(some):
            text = ", ".join(f"{s} edition {e} (obtained {v})" for s, e, v in listed)
            said.append(f"{verb}: {text}.")
    return said


def _kinds(of: Comparison) -> list[str]:
    """The mark of simulated figures on either side, and the kind of figures of each table."""
    marks = dict.fromkeys(mark for side in of.releases[::-1] if (mark := simulated_mark(side)))
    by: dict[str, list[str]] = {}
    for table, kind in of.kinds.items():
        by.setdefault(kind, []).append(table)
    named = "; ".join(f"{kind} in {', '.join(tables)}" for kind, tables in sorted(by.items()))
    return [*marks, f"Kind of figures: {named or 'official'}."]


def _restatements(of: Comparison, unit: str) -> list[str]:
    _, new = of.releases
    names = new.provinces.set_index("province_code")["province"]
    said = []
    for part, verb in (("restated", "restated"), ("rule", "is read by another rule in")):
        mine = of.cells[of.cells["part"] == part]
        for (source, edition, measure), some in mine.groupby(["source", "edition", "measure"]):
            n = some["province_code"].nunique()
            said.append(
                f"Edition {int(edition)} of {source} {verb} {new.title(measure)} in "
                f"{n} {unit}{'' if n == 1 else 's'}, {_span(some)}: {_sizes(some, names)}."
            )
    return said


def _sizes(cells: pd.DataFrame, names: pd.Series) -> str:
    """By how much cells were restated; of those that were zero, only how many."""
    change = relative_change(cells).dropna()
    zeros = len(cells) - len(change)
    said = [f"{zeros} from zero"] if zeros else []
    if len(change) and change.abs().max() < 0.0005:
        said.insert(0, "by less than 0.05%")
    elif len(change):
        most = cells.loc[change.abs().idxmax()]
        said.insert(
            0,
            f"by {change.abs().median():.1%} in the median, most {names[most['province_code']]} "
            f"{int(most['year'])} ({change[most.name]:+.1%})",
        )
    return "; ".join(said)


def _comings(of: Comparison) -> list[str]:
    """Cells that came or left, grouped by what they are."""
    said, cells = [], of.cells
    for part, comes in (
        ("years", True), ("years", False), ("provinces", True), ("provinces", False),
        ("filled_in", True), ("removed", False),
    ):  # fmt: skip
        mine = cells[(cells["part"] == part) & (cells["new"].notna() == comes)]
        if mine.empty:
            continue
        by: dict[str, list[str]] = {}
        for measure, some in mine.groupby("measure"):
            what = _span(some)
            if part == "provinces":
                what = f"{some['province_code'].nunique()} provinces"
            if part in ("filled_in", "removed"):
                what = f"{len(some)} cells of {what}"
            by.setdefault(what, []).append(of.releases[1].title(str(measure)))
        verb = "Came" if comes else "Left"
        named = "; ".join(f"{what} of {', '.join(titles)}" for what, titles in sorted(by.items()))
        said.append(f"{verb}: {named}.")
    return said


def _effect(part: str, of: Comparison, unit: str) -> str | None:
    """What one part did to the coefficients; None where there was nothing of it."""
    cells, values = of.cells[of.cells["part"] == part], of.slopes[part].astype(float).abs()
    if cells.empty and not (values > 0.5 * 10**-DIGITS).any():
        return None
    name = WORDS[part][0].upper() + WORDS[part][1:]
    reached = of.slopes[values >= 10**-DIGITS]
    why = ""
    if part == "restated":
        measures = cells["measure"].unique()
        shares = {of.releases[1].title(m): absorbed_share(*of.releases, m) for m in measures}
        named = [f"{share:.0%} of {title}'s" for title, share in shares.items() if pd.notna(share)]
        if named:
            why = f" {unit.capitalize()} and year effects absorb {' and '.join(named)} restatement, in logs."
    if reached.empty:
        return f"{name} moved no coefficient by {10**-DIGITS:g}.{why}"
    at = reached.loc[_most(reached, reached[part].astype(float).abs())]
    return (
        f"{name} moved {_by_table(reached)} by {10**-DIGITS:g} or more, in {at['table_id']} most "
        f"{at['model']} {at['term']}: {at[part]:+.{DIGITS}f}.{why}"
    )


def _stars(drift: pd.DataFrame) -> list[str]:
    both = drift[drift["old"].notna() & drift["new"].notna()]
    step = both["new_stars"].fillna("").str.len() - both["old_stars"].fillna("").str.len()
    said = []
    for verb, some in (("lost", both[step < 0]), ("gained", both[step > 0])):
        if some.empty:
            continue
        # tables of few coefficients first: in a curve of thousands a star says little
        order = some.assign(of=some["table_id"].map(drift["table_id"].value_counts()))
        shown = order.sort_values("of", kind="stable").head(LISTED)
        named = "; ".join(
            f"{r.table_id} {r.model} {r.term} {r.old_stars or 'none'} -> {r.new_stars or 'none'}"
            for r in shown.itertuples()
        )
        more = f" and {len(some) - len(shown)} more" if len(some) > len(shown) else ""
        said.append(f"Stars {verb} by {_by_table(some)}: {named}{more}.")
    return said or ["No star was gained or lost."]


def _count(drift: pd.DataFrame) -> str:
    moved = drift["change"].notna() & (drift["status"] != "unchanged")
    seen = len(_seen(drift))
    counts = {
        f"moved by {10**-DIGITS:g} or more": seen,
        "by less, which no table prints": int(moved.sum()) - seen,
        "not at all": int((drift["status"] == "unchanged").sum()),
        "appeared": int((drift["status"] == "appeared").sum()),
        "are gone": int((drift["status"] == "gone").sum()),
    }
    named = ", ".join(f"{n:,} {what}" for what, n in counts.items() if n)
    if len(drift) and (drift["status"] == "unchanged").all():
        return f"None of {len(drift):,} slopes moved."
    without = int(_undecomposed(drift).sum())
    rest = f" {without:,} that moved are not decomposed." if without else ""
    return f"Of {len(drift):,} slopes {named or 'none is compared'}.{rest}"


def _seen(drift: pd.DataFrame) -> pd.DataFrame:
    """Rows whose change reaches the last printed digit."""
    return drift[drift["change"].astype(float).abs() >= 10**-DIGITS]


def _undecomposed(drift: pd.DataFrame) -> pd.Series:
    return drift["status"].str.startswith("not decomposed")


def _most(rows: pd.DataFrame, size: pd.Series) -> object:
    """Label of the largest row of the table with fewest coefficients among those that moved."""
    few = rows["table_id"].map(rows["table_id"].value_counts())
    return size[few == few.min()].idxmax()


def _by_table(rows: pd.DataFrame) -> str:
    counts = rows["table_id"].value_counts()
    plural = "coefficient" if len(rows) == 1 else "coefficients"
    return f"{len(rows):,} {plural} ({', '.join(f'{t} {n:,}' for t, n in sorted(counts.items()))})"


def _span(cells: pd.DataFrame) -> str:
    first, last = int(cells["year"].min()), int(cells["year"].max())
    return str(first) if first == last else f"{first} to {last}"
