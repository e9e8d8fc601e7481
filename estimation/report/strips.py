"""Strips of a conclusion over editions: one coefficient with its interval by edition, and the index of all papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.data_sets.data_set import EVERY, DataSet, load_data_set
from living_panel.estimation.panel.spec import Unit
from living_panel.estimation.papers.conclusions import PANEL, Conclusion, conclusions_of
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report.contents import page_file
from living_panel.estimation.report.data_pages import FOLDER as DATA_PAGES
from living_panel.estimation.report.data_set_pages import data_set_file
from living_panel.estimation.report.elements import e, joined, sections
from living_panel.estimation.report.plot import (
    DOT,
    INK,
    MUTED,
    THREE,
    TITLE,
    TWO,
    Axis,
    Plot,
    scale_axis,
    tick_label,
)
from living_panel.estimation.report.result_pictures import COEFFICIENT

HOLDS, FAILS = THREE, TWO
WIDTH, HEIGHT, LEFT = 345, 145 + 2 * TITLE, 34
HEADER = (
    "Edition", "Released", "Estimate", "Standard error", "95 % interval", "p-value", "N", "Units", "Holds",
)  # fmt: skip
CHARTED = ("edition", "estimate", "ci_low", "ci_high", "holds")
"""Columns of the values of a strip."""
UNKNOWN = ""
STEP_DIGITS = 4
MOST_REVISIONS = 20
"""Revised cells of the newest edition that a page names."""


class Change(NamedTuple):
    """What changed from one edition to the next: its anchor, the two editions, and a table."""

    identity: str
    edition: str
    before: str
    header: list[str]
    rows: list[list[str]]


def draw_strip(
    rows: pd.DataFrame, printed: float | None, name: str, links: Mapping[str, str] | None = None
) -> Markup:
    """One coefficient by edition with its 95 % interval: green where the conclusion holds, else orange.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of one path, oldest edition first: edition, estimate, ci_low, ci_high, holds.
    printed : float or None
        Printed value, drawn as a line.
    name : str
        What the strip shows, for who does not see it.
    links : mapping, optional
        Address of what changed, by edition.
    """
    n = len(rows)
    x = Axis(-0.6, n - 0.4, range(n), list(rows["edition"]))
    ends = rows[["ci_low", "ci_high", "estimate"]].to_numpy("float64").ravel()
    lines = [0.0] if printed is None else [0.0, printed]
    y = scale_axis([*lines, *ends], 5, tick_label, has_grid=True)
    plot = Plot(x, y, WIDTH, HEIGHT, LEFT, COEFFICIENT, "edition")
    plot.add_line([x.low, x.high], [0, 0], MUTED, 0.7)
    if printed is not None:
        for place in range(2 * n + 1):  # a dashed line
            plot.add_line([place / 2 - 0.6, place / 2 - 0.35], [printed] * 2, INK, 1)
    for place, row in enumerate(rows.itertuples()):
        colour = HOLDS if row.holds else FAILS
        plot.add_line([place, place], [row.ci_low, row.ci_high], colour, 2.6, 0.55)
        plot.add_marks([place], [row.estimate], DOT, colour, 5.2)
        if target := (links or {}).get(str(row.edition)):
            title = f"{row.edition}: changes since the edition before"
            plot.add_link(place - 0.5, min(place + 0.5, n - 0.4), target, title)
    words = "; ".join(f"{r.edition} {r.estimate:.3f}" for r in rows.itertuples())
    return plot.to_svg(f"{name}, by edition: {words}")


def editions_section(
    paper: PrintedPaper,
    path: pd.DataFrame,
    steps: pd.DataFrame | None = None,
    names: Mapping[str, str] = {},
) -> Markup:
    """Strips of every conclusion of a paper; nothing where none is followed.

    Parameters
    ----------
    paper : PrintedPaper
        Whose conclusions they are.
    path : pandas.DataFrame
        Followed coefficients, as `results.edition_path` has them.
    steps : pandas.DataFrame, optional
        Parts and units of each change, as `results.edition_steps` has them.
    names : mapping
        Short name of each table.
    """
    mine = path[path["paper"] == paper.id]
    if mine.empty or mine["edition"].nunique() < 2:  # one state alone is no path
        return Markup()
    parts = []
    for number, conclusion in enumerate(conclusions_of(paper.id), start=1):
        rows = mine[
            (mine["table_id"] == conclusion.table) & (mine["conclusion"] == conclusion.says)
        ]
        if rows.empty:
            continue
        printed = _printed(paper, conclusion)
        changes = _steps(rows, _steps_of(conclusion, paper.id, steps), number)
        links = {edition: f"#{identity}" for identity, edition, *_ in changes}
        strips = [
            (
                title,
                held_text(part),
                draw_strip(part, printed, title, links),
                _cells(part),
                part[list(CHARTED)].to_csv(index=False, lineterminator="\n"),
            )
            for title, part in rows.groupby("path", sort=False)
        ]
        place = paper.tables[conclusion.printed.table].place if conclusion.printed else ""
        parts.append((conclusion.says, conclusion.table, place, printed, strips, changes))
    unit = Unit(name=paper.sample.unit, plural=paper.sample.units_words)
    sets = [load_data_set(str(name)) for name in sorted(set(mine["data_set"]) - {PANEL})]
    described = [
        (
            s.form.title,
            f"{DATA_PAGES}/{data_set_file(s.name)}",
            _edition_rows(s),
            _break_rows(s),
            *_revisions(s),
        )
        for s in sets
    ]
    return Markup(sections.editions(parts, HEADER, (HOLDS, FAILS), described, unit, names))


def _steps_of(conclusion: Conclusion, paper: str, steps: pd.DataFrame | None) -> pd.DataFrame:
    if steps is None or steps.empty:
        return pd.DataFrame()
    is_mine = steps["conclusion"].eq(conclusion.says) & steps["table_id"].eq(conclusion.table)
    return steps[is_mine & steps["paper"].eq(paper)]


def _steps(rows: pd.DataFrame, steps: pd.DataFrame, number: int) -> list[Change]:
    """What changed from each edition to the next, the paths beside each other."""
    if steps.empty:
        return []
    paths = list(rows["path"].drop_duplicates())
    changes = []
    for (old, new), part in steps.groupby(["from_edition", "to_edition"], sort=False):
        ends = rows[rows["edition"].isin([old, new])].pivot_table(
            index="edition", columns="path", values="estimate"
        )
        both = ends.reindex(index=[old, new], columns=paths)
        lines = [
            [f"Estimate in {old}", *both.loc[old].map(_number)],
            [f"Estimate in {new}", *both.loc[new].map(_number)],
            ["Change", *(both.loc[new] - both.loc[old]).map(_signed)],
            *_beside(part[part["kind"] == "part"], paths, "of which {}"),
            *_beside(part[part["kind"] == "unit"], paths, "Change without {}"),
        ]
        changes.append(Change(f"step-{number}-{new}", str(new), str(old), ["", *paths], lines))
    return changes


def _beside(rows: pd.DataFrame, paths: Sequence[str], words: str) -> list[list[str]]:
    """One line a label, the paths in columns; what moved most in any path comes first."""
    if rows.empty:
        return []
    beside = rows.pivot_table(index="label", columns="path", values="change", sort=False)
    beside = beside.reindex(columns=list(paths))
    size = beside.abs().max(axis=1).sort_values(ascending=False, kind="stable")
    order = size.index if words.startswith("of") else beside.index
    return [[words.format(label), *beside.loc[label].map(_signed)] for label in order]


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.{STEP_DIGITS}f}"


def _signed(value: float) -> str:
    return "" if pd.isna(value) else f"{value:+.{STEP_DIGITS}f}"


def held_text(rows: pd.DataFrame) -> str:
    """In how many editions a conclusion holds."""
    return f"holds in {int(rows['holds'].sum())} of {len(rows)} editions"


def editions_index(path: pd.DataFrame, files: dict[str, str], names: dict[str, str]) -> Markup:
    """Papers by editions: how many conclusions hold in each, by their first paths.

    Parameters
    ----------
    path : pandas.DataFrame
        All followed coefficients, as `results.edition_path` has them.
    files, names : mapping
        Page and words of each paper.
    """
    if path.empty:
        return Markup()
    key = ["paper", "table_id", "conclusion"]
    first = path.drop_duplicates([*key, "edition"])  # the first path of a conclusion counts
    editions = list(path.sort_values("released", kind="stable")["edition"].drop_duplicates())
    rows = []
    for paper, part in first.groupby("paper", sort=True):
        counts = part.groupby("edition")["holds"].agg(["sum", "size"])
        cells = [_count(counts, edition) for edition in editions]
        target = files.get(str(paper), "")
        if part["edition"].nunique() < 2:  # its page has no strip
            target = page_file(str(paper))
        rows.append([e.link(names.get(str(paper), str(paper)), target), *cells])
    return Markup(e.table("Conclusions that hold, by edition", ["Paper", *editions], rows))


def moved_conclusions(path: pd.DataFrame, files: dict[str, str], names: dict[str, str]) -> Markup:
    """What the newest edition of each data set changed: conclusions that hold since, or no longer do."""
    if path.empty:
        return Markup()
    key = ["paper", "table_id", "conclusion"]
    first = path.drop_duplicates([*key, "edition"])
    lines = []
    for _, part in first.groupby("data_set", sort=True):
        editions = list(part.sort_values("released", kind="stable")["edition"].drop_duplicates())
        if len(editions) < 2:
            continue
        holds = part.set_index([*key, "edition"])["holds"].unstack()[editions[-2:]].dropna()
        moved = holds[holds[editions[-2]] != holds[editions[-1]]]
        text = f"Edition {editions[-1]} after {editions[-2]}: {len(moved)} of {len(holds)} conclusions changed."
        lines.append(
            joined(
                [
                    Markup("{} ").format(text),
                    *(_moved(row, files, names) for row in moved.itertuples()),
                ]
            )
        )
    return Markup(e.items(lines)) if lines else Markup()


def _moved(row: Any, files: dict[str, str], names: dict[str, str]) -> Markup:
    paper, _, conclusion = row.Index
    link = e.link(names.get(paper, paper), files.get(paper, ""))
    return Markup("{}: {} {} ").format(
        link, conclusion, "It holds now." if row[-1] else "It no longer holds."
    )


def _count(counts: pd.DataFrame, edition: str) -> str:
    if edition not in counts.index:
        return UNKNOWN
    row = counts.loc[edition]
    return f"{int(row['sum'])} of {int(row['size'])}"


def _edition_rows(data_set: DataSet) -> list[list[str]]:
    """Release, base, licence and citation of each edition, with what is known to be wrong in it."""
    rows = []
    for edition in data_set.editions:
        released = edition.released + (" (from memory)" if edition.released_from_memory else "")
        base = "" if edition.reference_year is None else str(edition.reference_year)
        doi = f"; doi {edition.doi}" if edition.doi else ""
        rows.append(
            [
                edition.name, released, base, edition.licence or "states none",
                edition.citation + doi, " ".join(edition.known_errors),
            ]
        )  # fmt: skip
    return rows


def _revisions(data_set: DataSet) -> tuple[str, list[list[str]]]:
    """What the newest edition revised: in words, and the largest revisions cell by cell."""
    if len(data_set.editions) < 2:
        return "", []
    old, new = data_set.editions[-2:]
    cells = data_set.revised_cells(old, new)
    names = dict(zip(data_set.units["unit"], data_set.units["name"], strict=True))
    titles = dict(zip(data_set.measures["measure"], data_set.measures["title"], strict=True))
    rows = [
        [
            names[r.unit], str(r.year), titles[r.measure], f"{r.old:.8g}", f"{r.new:.8g}",
            "" if pd.isna(r.relative) else f"{100 * r.relative:+.1f} %",
        ]
        for r in cells.head(MOST_REVISIONS).itertuples()
    ]  # fmt: skip
    return f"{len(cells):,} cells from {old.name} to {new.name}", rows


def _break_rows(data_set: DataSet) -> list[list[str]]:
    """Changes of concept between editions."""
    frame = data_set.tables["concept_breaks.csv"]
    words = frame["measures"].replace(EVERY, "all values").str.replace(";", ", ")
    return [
        [f"{old} to {new}", measures, reason]
        for old, new, measures, reason in zip(
            frame["from_edition"], frame["to_edition"], words, frame["reason"], strict=True
        )
    ]


def _printed(paper: PrintedPaper, conclusion: object) -> float | None:
    printed = getattr(conclusion, "printed", None)
    if printed is None:
        return None
    cell = paper.tables[printed.table].get(printed.model, "estimate", printed.term)
    return None if cell is None else cell.value


def _cells(rows: pd.DataFrame) -> Sequence[list[str]]:
    """Rows of the table under a strip."""
    return [
        [
            r.edition, f"{r.released:%Y-%m}", f"{r.estimate:.3f}", f"{r.std_error:.3f}",
            f"{r.ci_low:.3f} to {r.ci_high:.3f}", f"{r.p_value:.3f}", f"{r.n_obs:.0f}",
            "" if pd.isna(r.n_units) else f"{r.n_units:.0f}", "yes" if r.holds else "no",
        ]
        for r in rows.itertuples()
    ]  # fmt: skip
