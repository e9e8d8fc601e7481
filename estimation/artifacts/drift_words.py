"""A comparison of two states in words: what arrived, what it did to the tables, what moved most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from living_panel.estimation.artifacts.drift import (
    APPEARED,
    GONE,
    NOT_DECOMPOSED,
    PARTS,
    UNCHANGED,
    Comparison,
    Edition,
    relative_change,
)
from living_panel.estimation.artifacts.inputs import changed_inputs, input_sentences
from living_panel.estimation.artifacts.respecified import change_sentences
from living_panel.estimation.econometrics.fixed_effects.regression_data import row_codes
from living_panel.estimation.econometrics.fixed_effects.within import demean, two_way_effects
from living_panel.estimation.panel.figures import simulated_mark
from living_panel.estimation.panel.periods import period_text
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PROVINCE, Unit
from living_panel.estimation.papers.printed import printed_pairs
from living_panel.estimation.papers.schema import PrintedPaper

WORDS = {
    "restated": "restated cells",
    "filled_in": "new values",
    "removed": "removed values",
    "rule": "another winner or unit rule",
    "years": "{periods} that came or left",
    "provinces": "{units} that came or left",
    "interpolation": "interpolated cells",
    "quality": "quality marks or status",
    "spec": "the specification",
    "code": "the code",
}
"""What parts are called, with the words of a unit in braces."""
ANY_UNIT = Unit(name="unit", plural="units")
DIGITS = 3
"""Digits that tables print; what is below the last of them is no movement for a reader."""
LISTED = 5  # of one table


def sentences(names: tuple[str, str], of: Comparison) -> list[str]:
    """The most important facts, one sentence a line; `names` are what the two states are called."""
    first, last = (
        f"{n} (release {r.release_id[:6]})" for n, r in zip(names, of.releases, strict=True)
    )
    texts = [f"From {first} to {last}.", *_arrivals(of), *_kinds(of)]
    texts += change_sentences(of.spec_changes, of.releases[1].words)
    if of.cells.empty:
        texts.append("No cell of the panel differs.")
    return [*texts, *_movement(of)]


class Sentence(NamedTuple):
    """One sentence of a comparison, and the paper that it is about; "" for the panel."""

    text: str
    paper: str = ""


def paper_sentences(of: Comparison) -> list[Sentence]:
    """The same of the tables on one paper's own data, each sentence with the paper's name; none where nothing moved."""
    same = of.cells.empty and (of.slopes["status"] == UNCHANGED).all()
    if same and not changed_inputs(*of.releases):
        return []
    old, new = (r.release_id for r in of.releases)
    ids = (
        f"its own data are the same (release {new[:6]})."
        if old == new
        else f"its own data went from release {old[:6]} to {new[:6]}."
    )
    every = [ids, *_arrivals(of), *_movement(of), *of.carried]
    return [Sentence(f"{of.paper}: {text}", of.paper) for text in every]


def same_numbers_sentence(tables: Sequence[str]) -> list[str]:
    """Tables that another version of the code gave the same numbers; none without such tables."""
    if not tables:
        return []
    counted = "1 table" if len(tables) == 1 else f"{len(tables)} tables"
    return [f"Same numbers, new version: {counted}."]


def part_name(part: str, unit: Unit) -> str:
    """What a part is called of a panel of such units: `countries that came or left`."""
    return unit.fill(WORDS[part])


def _movement(of: Comparison) -> list[str]:
    """Differences between two releases, and the effect of each part on their tables."""
    texts = _restatements(of) + _comings(of)
    texts += input_sentences(changed_inputs(*of.releases), of.releases[1])
    texts += [s for part in (*PARTS, "code") if (s := _effect(part, of))]
    return [*texts, *_stars(of.slopes), _count(of.slopes)]


def printed_findings(drift: pd.DataFrame, papers: Mapping[str, PrintedPaper]) -> list[Sentence]:
    """Printed coefficients for which our estimate changed, one sentence a paper.

    `papers` by their folder.
    """
    rows = drift.set_index(["table_id", "model", "term"]).sort_index()
    findings = []
    for name, paper in papers.items():
        moved, compared = [], 0
        for cell, table, models in printed_pairs(paper):
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
            text = (
                f"Printed findings of {name}: our estimate changed for {len(moved)} of {compared}: "
                f"{'; '.join(moved[:LISTED])}{more}."
            )
            findings.append(Sentence(text, name))
    return findings or [Sentence("Our estimate changed for no printed finding of any paper.")]


def in_words(row: Mapping[str, object], unit: Unit = PROVINCE) -> str:
    """One sentence of a drift row, largest part first, stars gained or lost by name."""
    name = f"{row['table_id']} {row['model']} {row['term']}"
    status = str(row["status"])
    if status in (APPEARED, GONE):
        return f"{name}: {status}{_because(row)}"
    stars = ""
    if row["old_stars"] != row["new_stars"]:
        stars = f"; stars {row['old_stars'] or 'none'} -> {row['new_stars'] or 'none'}"
    whole = f"{name}: {row['old']:.{DIGITS}f} -> {row['new']:.{DIGITS}f}"
    parts = {p: float(row[p]) for p in (*PARTS, "code") if pd.notna(row[p])}  # type: ignore[arg-type]
    errors = float(row.get("std_error") or np.nan)  # type: ignore[arg-type]
    if np.isfinite(errors) and errors > 0:
        whole += f", {abs(float(row['change'])) / errors:.2f} standard errors"  # type: ignore[arg-type]
    shown = [
        f"{part_name(p, unit)} {v:+.{DIGITS}f}"
        for p, v in sorted(parts.items(), key=lambda item: -abs(item[1]))
        if abs(v) >= 0.5 * 10**-DIGITS
    ]
    whole_reason = status + (f": {row['reason']}" if row["reason"] else "")
    why = ", ".join(shown) or (
        whole_reason if not parts else "each part below the last printed digit"
    )
    return f"{whole} ({why}){stars}"


def _because(row: Mapping[str, object]) -> str:
    return f" ({row['reason']})" if row["reason"] else ""


@dataclass(frozen=True)
class Order:
    """Order of the tables: `first` those with printed numbers to compare, `curves` in one line each.

    `units` are the units of tables on data of a paper's own; the others are on the warehouse's panel.
    """

    first: frozenset[str] = frozenset()
    curves: frozenset[str] = frozenset()
    units: Mapping[str, Unit] = field(default_factory=dict)

    def unit_of(self, tables: Iterable[str]) -> Unit:
        """Unit of some tables; any unit where they differ."""
        units = {self.units.get(table, PROVINCE) for table in tables}
        return units.pop() if len(units) == 1 else ANY_UNIT


PLAIN = Order()


def movers(drift: pd.DataFrame, order: Order = PLAIN) -> pd.DataFrame:
    """Coefficients that moved by the last printed digit or more, the largest first, by table.

    Sizes are changes over standard errors, so that a coefficient of few units ranks as it deserves; a
    change without a standard error comes after. `LISTED` of each table; the tables of `order.first`
    first, then in the order of their largest movement. Constants, whose size is that of the outcome, and curves are
    omitted.
    """
    is_compared = (drift["term"] != "constant") & ~drift["table_id"].isin(order.curves)
    moved = _seen(drift[is_compared])
    size = (moved["change"] / moved["std_error"].where(moved["std_error"] > 0)).astype(float).abs()
    moved = moved.assign(
        size=size.fillna(-1.0),
        plain=moved["change"].abs(),
        later=~moved["table_id"].isin(order.first),
    )
    down = moved.sort_values(["size", "plain"], ascending=False, kind="stable")
    top = down.groupby("table_id", sort=False).head(LISTED)
    rank = {table: i for i, table in enumerate(dict.fromkeys(top["table_id"]))}
    ranked = top.assign(rank=top["table_id"].map(rank)).sort_values(
        ["later", "rank"], kind="stable"
    )
    return ranked[drift.columns]


def curve_lines(drift: pd.DataFrame, order: Order) -> list[str]:
    """The change of each curve, in one line: how many estimates by how much, and its medians."""
    lines = []
    for table in sorted(order.curves & set(drift["table_id"])):
        rows = drift[(drift["table_id"] == table) & drift["change"].notna()]
        estimates, medians = rows[rows["term"] != "median"], rows[rows["term"] == "median"]
        moved = _seen(estimates)
        if moved.empty and _seen(medians).empty:
            continue
        typical = f", by {moved['change'].abs().median():.{DIGITS}f} in the median" * bool(
            len(moved)
        )
        lines.append(
            f"{table}: {len(moved):,} of {len(estimates):,} estimates moved by {10**-DIGITS:g} or more"
            f"{typical}"
            + "".join(
                f"; {r.model} {r.old:.{DIGITS}f} -> {r.new:.{DIGITS}f}"
                for r in medians.itertuples()
            )
        )
    return lines


def to_text(
    statements: Sequence[str],
    drift: pd.DataFrame,
    diff: pd.DataFrame,
    escape: Callable[[str], str] = str,
    order: Order = PLAIN,
) -> str:
    """The whole comparison: sentences, largest movements, what has no parts, counts of cells.

    `escape` is for Markdown; a terminal needs none.
    """
    lines = [escape(statements[0]), "", *(f"- {escape(s)}" for s in statements[1:])]
    lines += ["", "Largest movements, as changes over standard errors", ""]
    rows = movers(drift, order).to_dict("records")
    movements = [in_words(r, order.unit_of([r["table_id"]])) for r in rows]
    lines += [f"- {escape(t)}" for t in [*movements, *curve_lines(drift, order)]] or ["- none"]
    without = drift[drift["status"].isin([APPEARED, GONE, NOT_DECOMPOSED])]
    if len(without):
        lines += ["", "Appeared, gone, or without parts", ""]
        lines += [f"- {escape(line)}" for line in _one_sided(without)]
    lines += ["", "Cells that differ", ""]
    shown = diff.rename(columns={"provinces": "units"}).replace({"part": {"provinces": "units"}})
    shown = shown.map(lambda v: escape(v) if isinstance(v, str) else v)
    shown = shown.astype(object).where(shown.notna(), None)
    lines.append(
        shown.to_markdown(index=False, floatfmt=".4g", missingval="") if len(diff) else "none"
    )
    return "\n".join(lines) + "\n"


def _one_sided(rows: pd.DataFrame) -> list[str]:
    """Coefficients on one side only or without parts, one line a table, status and reason."""
    lines = []
    groups = rows.assign(reason=rows["reason"].fillna("")).groupby(["table_id", "status", "reason"])
    for (table, status, reason), part in groups:
        models = list(dict.fromkeys(part["model"]))
        named = ", ".join(models[:LISTED]) + (
            f" and {len(models) - LISTED} more" if len(models) > LISTED else ""
        )
        why = f": {reason}" if reason else ""
        count = f"{len(part)} coefficient{'' if len(part) == 1 else 's'}"
        lines.append(f"{table}: {count} {status} ({named}){why}")
    return lines


def absorbed_share(old: Release, new: Release, measure: str) -> float:
    """Share of the variation of a measure's restatement, in logs, that unit and year effects absorb.

    One less the sum of squares of log(new/old) demeaned both ways over that around the common mean:
    the R-squared of the effects. A factor common to all cells is absorbed whole, 1; missing where no
    positive value was restated.
    """
    both = pd.concat([old.panel[measure], new.panel[measure]], axis=1, keys=["old", "new"]).dropna()
    both = both[(both > 0).all(axis=1)]
    change = np.log(both["new"] / both["old"]).to_numpy()
    if not change.any():
        return float("nan")
    around_mean = change - change.mean()
    total = float(around_mean @ around_mean)
    if total <= 1e-24 * len(change):
        return 1.0
    residual = demean(two_way_effects(*row_codes(both.index)), change)
    return 1.0 - float(residual @ residual) / total


def _arrivals(of: Comparison) -> list[str]:
    """Editions that came or left, those of which no cell is used apart."""
    old, new = map(_files, of.releases)
    known_old, known_new = of.offered or (frozenset(old), frozenset(new))
    arrived, withdrawn = new - old, old - new
    unused = (known_new - known_old) - new - old
    gone = (known_old - known_new) - new - old
    editions_by_verb = {
        "Arrived": arrived,
        "Arrived, but no cell of the panel uses it": unused,
        "No longer used": withdrawn,
        "Removed, and no cell of the panel used it": gone,
    }
    return [
        f"{verb}: {_named(editions)}." for verb, editions in editions_by_verb.items() if editions
    ]


def _files(release: Release) -> set[Edition]:
    return {(s["source"], s["edition"], s["vintage"]) for s in release.manifest["sources"]}


def _named(editions: Iterable[Edition]) -> str:
    return ", ".join(f"{s} edition {e} (obtained {v})" for s, e, v in sorted(editions))


def figures_mark(of: Comparison) -> str:
    """The kind of values, printed first: the mark of simulated ones, else their kinds."""
    return _kinds(of)[0]


def _kinds(of: Comparison) -> list[str]:
    """The mark of simulated values on either side, and the kind of values of each table."""
    marks = dict.fromkeys(mark for side in of.releases[::-1] if (mark := simulated_mark(side)))
    by: dict[str, list[str]] = {}
    for table, kind in of.kinds.items():
        by.setdefault(kind, []).append(table)
    named = "; ".join(f"{kind} in {', '.join(tables)}" for kind, tables in sorted(by.items()))
    return [*marks, f"Kind of values: {named or 'official'}."]


def _restatements(of: Comparison) -> list[str]:
    """Restated values, values read otherwise, and values that now come from another series."""
    _, new = of.releases
    names = new.unit_names
    texts = []
    rule = of.cells["part"] == "rule"
    for verb, mine in (
        ("restated", of.cells[of.cells["part"] == "restated"]),
        ("is read by another rule in", of.cells[rule & of.cells["same_print"]]),
    ):
        for (source, edition, measure), cells in mine.groupby(["source", "edition", "measure"]):
            texts.append(
                f"Edition {int(edition)} of {source} {verb} {new.title(measure)} in "
                f"{_units(cells, of.unit)}, {_span(cells)}: {_sizes(cells, names)}."
            )
    others = of.cells[rule & ~of.cells["same_print"]]
    series = ["source", "edition", "indicator_label"]
    origin = [*series, *(f"old_{c}" for c in series)]
    for (measure, *ends), cells in others.groupby(["measure", *origin], dropna=False):
        to, before = (f"{s} edition {int(e)}, {label}" for s, e, label in (ends[:3], ends[3:]))
        texts.append(
            f"{new.title(str(measure))} of {_units(cells, of.unit)}, {_span(cells)}, comes from another series: "
            f"{before} -> {to}: {_sizes(cells, names)}."
        )
    return texts


def _units(cells: pd.DataFrame, unit: Unit) -> str:
    n = cells["province_code"].nunique()
    return f"{n} {unit.name if n == 1 else unit.plural}"


def _sizes(cells: pd.DataFrame, names: Mapping[str, str]) -> str:
    """By how much cells were restated; of those that were zero, only how many."""
    change = relative_change(cells).dropna()
    zeros = len(cells) - len(change)
    sizes = [f"{zeros} from zero"] if zeros else []
    if len(change) and change.abs().max() < 0.0005:
        sizes.insert(0, "by less than 0.05%")
    elif len(change):
        most = cells.loc[change.abs().idxmax()]
        sizes.insert(
            0,
            f"by {change.abs().median():.1%} in the median, most {names[most['province_code']]} "
            f"{period_text(most['year'])} ({change[most.name]:+.1%})",
        )
    return "; ".join(sizes)


def _comings(of: Comparison) -> list[str]:
    """Cells that came or left, grouped by what they are."""
    texts, cells = [], of.cells
    for part, comes in (
        ("years", True), ("years", False), ("provinces", True), ("provinces", False),
        ("filled_in", True), ("removed", False),
    ):  # fmt: skip
        mine = cells[(cells["part"] == part) & (cells["new"].notna() == comes)]
        if mine.empty:
            continue
        by: dict[str, list[str]] = {}
        for measure, group in mine.groupby("measure"):
            what = _span(group)
            if part == "provinces":
                what = _units(group, of.unit)
            if part in ("filled_in", "removed"):
                what = f"{len(group)} cells of {what}"
            by.setdefault(what, []).append(of.releases[1].title(str(measure)))
        verb = "Came" if comes else "Left"
        named = "; ".join(f"{what} of {', '.join(titles)}" for what, titles in sorted(by.items()))
        texts.append(f"{verb}: {named}.")
    return texts


def _effect(part: str, of: Comparison) -> str | None:
    """Effect of one part on the coefficients; None where there was nothing of it."""
    cells, values = of.cells[of.cells["part"] == part], of.slopes[part].astype(float).abs()
    if cells.empty and not (values > 0.5 * 10**-DIGITS).any():
        return None
    words = part_name(part, of.unit)
    name = words[0].upper() + words[1:]
    reached = of.slopes[values >= 10**-DIGITS]
    why = ""
    if part == "restated":
        measures = cells["measure"].unique()
        shares = {of.releases[1].title(m): absorbed_share(*of.releases, m) for m in measures}
        named = [f"{share:.0%} of {title}'s" for title, share in shares.items() if pd.notna(share)]
        if named:
            why = (
                f" {of.unit.name.capitalize()} and {of.unit.period} effects absorb {' and '.join(named)} restatement "
                "(variation of its logarithm around the common mean)."
            )
    if reached.empty:
        return f"{name} moved no coefficient by {10**-DIGITS:g} or more.{why}"
    at = reached.loc[_most(reached, reached[part].astype(float).abs())]
    return (
        f"{name} moved {_by_table(reached)} by {10**-DIGITS:g} or more, in {at['table_id']} most "
        f"{at['model']} {at['term']}: {at[part]:+.{DIGITS}f}.{why}"
    )


def _stars(drift: pd.DataFrame) -> list[str]:
    """Stars lost and gained, those within the Monte Carlo error of a bootstrap and those of vanished columns apart."""
    sizes = drift["table_id"].value_counts()
    marks = [drift[c].fillna("").str.len() for c in ("new_stars", "old_stars")]
    step = marks[0] - marks[1]
    both = drift["old"].notna() & drift["new"].notna()
    open_ = drift["stars_undecided"].astype(bool)
    texts = []
    for verb, changed in (("lost", step < 0), ("gained", step > 0)):
        for rows, where in ((changed & both & ~open_, ""), (changed & both & open_, UNDECIDED)):
            if rows.any():
                listed = _once(drift[rows])
                texts.append(
                    f"Stars {verb}{where} by {_by_table(listed)}: {_star_list(listed, sizes)}."
                )
    for verb, rows in (("vanished", drift["new"].isna()), ("came", drift["old"].isna())):
        starred = drift[rows & (step != 0)]
        if len(starred):
            listed = _once(starred)
            texts.append(f"Stars {verb} with {_by_table(listed)}: {_star_list(listed, sizes)}.")
    return texts or ["No star was gained or lost."]


UNDECIDED = ", within the Monte Carlo error of the bootstrap,"


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for one regression, however many blocks of a table show it; `also` names the others."""
    key = ["table_id", "term", "old", "new", "old_stars", "new_stars"]
    group = rows.groupby(key, dropna=False, sort=False).ngroup()
    models = rows["model"].groupby(group).agg(list)
    first = rows[~group.duplicated()]
    return first.assign(also=[models[g][1:] for g in group[first.index]])


def _star_list(rows: pd.DataFrame, sizes: pd.Series) -> str:
    """The first rows by name, tables of few coefficients first: in a curve of thousands a star says little."""
    order = rows.assign(of=rows["table_id"].map(sizes)).sort_values("of", kind="stable")
    shown = order.head(LISTED)
    named = "; ".join(
        f"{r.table_id} {r.model} {r.term} {r.old_stars or 'none'} -> {r.new_stars or 'none'}"
        + (f" (also in {', '.join(r.also)})" if r.also else "")
        for r in shown.itertuples()
    )
    return named + (f" and {len(rows) - len(shown)} more" if len(rows) > len(shown) else "")


def _count(drift: pd.DataFrame) -> str:
    moved = drift["change"].notna() & (drift["status"] != UNCHANGED)
    seen = len(_seen(drift))
    counts = {
        f"moved by {10**-DIGITS:g} or more": seen,
        "moved by less, which no table prints": int(moved.sum()) - seen,
        "did not move": int((drift["status"] == UNCHANGED).sum()),
        "are new": int((drift["status"] == APPEARED).sum()),
        "are gone": int((drift["status"] == GONE).sum()),
    }
    named = ", ".join(f"{n:,} {what}" for what, n in counts.items() if n)
    if len(drift) and (drift["status"] == UNCHANGED).all():
        return f"None of {len(drift):,} slopes moved."
    without = int((drift["status"] == NOT_DECOMPOSED).sum())
    rest = f" {without:,} that moved are not decomposed." if without else ""
    return f"Of {len(drift):,} slopes, {named or 'none is compared'}.{rest}"


def _seen(drift: pd.DataFrame) -> pd.DataFrame:
    """Rows whose change reaches the last printed digit."""
    return drift[drift["change"].astype(float).abs() >= 10**-DIGITS]


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
    return " to ".join(map(period_text, dict.fromkeys((first, last))))
