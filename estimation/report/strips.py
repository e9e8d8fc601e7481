"""Strips of a finding over editions: one coefficient with its interval by edition, on its page and in the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.data_sets.data_set import EVERY, DataSet, load_data_set
from living_panel.estimation.econometrics.drawing import (
    DOT,
    FOUR,
    INK,
    MUTED,
    ONE,
    THREE,
    TITLE,
    TWO,
    Axis,
    Plot,
    tick_label,
)
from living_panel.estimation.findings.declared import PANEL, Followed, followed
from living_panel.estimation.findings.steps import path_sentences
from living_panel.estimation.findings.words import p_words
from living_panel.estimation.panel.spec import Unit
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report.axes import scale_axis
from living_panel.estimation.report.data_pages import FOLDER as DATA_PAGES
from living_panel.estimation.report.data_set_pages import data_set_file
from living_panel.estimation.report.elements import sections
from living_panel.estimation.report.result_pictures import COEFFICIENT
from living_panel.estimation.report.stored import printed_value

COLOURS = {"holds": THREE, "undecided": MUTED, "reversed": TWO, "does not hold": TWO}
"""Colour of an estimate by the state of the claim in its edition."""
SMALL_COLOURS = {"holds": ONE, "undecided": MUTED, "reversed": FOUR, "does not hold": FOUR}
"""The same on the first page, where the printed value is drawn in the colour of `reversed`."""
WIDTH, HEIGHT, LEFT = 345, 145 + 2 * TITLE, 34
SMALL_WIDTH, SMALL_HEIGHT = 230, 64
HEADER = (
    "Edition", "Released", "Estimate", "Standard error", "95 % interval", "p-value", "N", "Units", "State",
    "Change", "p, paired", "p, Holm", "Step", "Change from the base", "p, Holm, base",
)  # fmt: skip
CHARTED = ("edition", "estimate", "ci_low", "ci_high", "state")
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
    """One coefficient by edition with its 95 % interval: coloured by the state of the claim.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of one path, oldest edition first: edition, estimate, ci_low, ci_high, state.
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
        colour = COLOURS.get(str(row.state), MUTED)
        plot.add_line([place, place], [row.ci_low, row.ci_high], colour, 2.6, 0.55)
        plot.add_marks([place], [row.estimate], DOT, colour, 5.2)
        if target := (links or {}).get(str(row.edition)):
            title = f"{row.edition}: changes since the edition before"
            plot.add_link(place - 0.5, min(place + 0.5, n - 0.4), target, title)
    words = "; ".join(f"{r.edition} {r.estimate:.3f}" for r in rows.itertuples())
    return Markup(plot.to_svg(f"{name}, by edition: {words}"))


def draw_small_strip(rows: pd.DataFrame, printed: float | None, name: str) -> Markup:
    """One coefficient at the release dates of its editions, for one line of the index.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of one path, oldest edition first: edition, released, estimate, ci_low, ci_high, state.
    printed : float or None
        Printed value, drawn as a line.
    name : str
        The claim, for who does not see it.
    """
    day = pd.to_datetime(rows["released"])
    years = day.dt.year + (day.dt.dayofyear - 1) / 365.25
    first, last = int(years.min()) // 5 * 5, -int(-years.max() // 5) * 5
    ticks = (
        [first, last]
        if last - first <= 5
        else range(first, last + 1, 10 if last - first > 15 else 5)
    )
    x = Axis(first - 0.5, last + 0.5, ticks, [str(tick) for tick in ticks])
    ends = rows[["ci_low", "ci_high", "estimate"]].to_numpy("float64").ravel()
    lines = [0.0] if printed is None else [0.0, printed]
    y = scale_axis([*lines, *ends], 2, tick_label)
    plot = Plot(x, y, SMALL_WIDTH, SMALL_HEIGHT, LEFT)
    plot.add_line([x.low, x.high], [0, 0], MUTED, 0.7)
    if printed is not None:
        step = (x.high - x.low) / 40
        for place in range(20):  # a dashed line
            start = x.low + 2 * place * step
            plot.add_line([start, start + step], [printed] * 2, TWO, 1)
    for at, row in zip(years, rows.itertuples(), strict=True):
        colour = SMALL_COLOURS.get(str(row.state), MUTED)
        plot.add_line([at, at], [row.ci_low, row.ci_high], colour, 1.6, 0.6)
        plot.add_marks([at], [row.estimate], DOT, colour, 3.6)
    words = "; ".join(f"{r.edition} {r.estimate:.3f}" for r in rows.itertuples())
    return Markup(plot.to_svg(f"{name} By edition: {words}"))


def editions_section(
    paper: PrintedPaper,
    path: pd.DataFrame,
    steps: pd.DataFrame | None = None,
    names: Mapping[str, str] = {},
) -> Markup:
    """Strips of every followed finding of a paper; nothing where none is followed.

    Parameters
    ----------
    paper : PrintedPaper
        Whose findings they are.
    path : pandas.DataFrame
        Followed coefficients, as `results.finding_paths` has them.
    steps : pandas.DataFrame, optional
        Parts and units of each change, as `results.edition_steps` has them.
    names : mapping
        Short name of each table.
    """
    mine = path[path["paper"] == paper.id]
    if mine.empty or mine["edition"].nunique() < 2:  # one state alone is no path
        return Markup()
    parts = []
    for number, (finding, of) in enumerate(followed(paper.id), start=1):
        rows = mine[mine["finding"] == finding.id]
        if rows.empty:
            continue
        cell = printed_value(finding.printed, paper) if finding.printed else None
        printed = None if cell is None else cell.value
        changes = _steps(rows, _steps_of(finding.id, of, paper.id, steps), number)
        links = {edition: f"#{identity}" for identity, edition, *_ in changes}
        strips = [
            (
                title,
                path_sentences(part),
                draw_strip(part, printed, title, links),
                _cells(part),
                part[list(CHARTED)].to_csv(index=False, lineterminator="\n"),
            )
            for title, part in rows.groupby("path", sort=False)
        ]
        place = paper.tables[finding.printed.table].place if finding.printed else ""
        parts.append((finding.claim, of.table, place, printed, strips, changes))
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
    return Markup(sections.editions(parts, HEADER, COLOURS, described, unit, names))


def _steps_of(finding: str, of: Followed, paper: str, steps: pd.DataFrame | None) -> pd.DataFrame:
    if steps is None or steps.empty:
        return pd.DataFrame()
    is_mine = steps["finding"].eq(finding) & steps["table_id"].eq(of.table)
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
    titles = dict(zip(data_set.measures["measure"], data_set.measures["title"], strict=True))
    titles[EVERY] = "all values"
    return [
        [f"{old} to {new}", "; ".join(titles[m] for m in measures.split(";")), reason]
        for old, new, measures, reason in zip(
            frame["from_edition"],
            frame["to_edition"],
            frame["measures"],
            frame["reason"],
            strict=True,
        )
    ]


def _tested_cells(row: Any) -> list[str]:
    """Change from the edition before and from the base, with the p-values of their tests and the name of the step."""
    return [
        _signed(row.step_change), _p(row.step_p_value), _p(row.step_p_holm),
        f"{row.step or ''}{', large' if row.is_large else ''}",
        _signed(row.base_change), _p(row.base_p_holm),
    ]  # fmt: skip


def _p(value: float) -> str:
    return "" if pd.isna(value) else p_words(value)


def _cells(rows: pd.DataFrame) -> Sequence[list[str]]:
    """Rows of the table under a strip."""
    return [
        [
            r.edition, f"{r.released:%Y-%m}", f"{r.estimate:.3f}", f"{r.std_error:.3f}",
            f"{r.ci_low:.3f} to {r.ci_high:.3f}", f"{r.p_value:.3f}", f"{r.n_obs:.0f}",
            "" if pd.isna(r.n_units) else f"{r.n_units:.0f}", r.state or "",
            *(_tested_cells(r) if "step" in rows else [""] * 6),
        ]
        for r in rows.itertuples()
    ]  # fmt: skip
