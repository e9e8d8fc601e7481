"""Compare each printed table with ours: agreement, and the conditions for the printed claim.

Pairing printed cells with stored estimates, comparing sign, stars and size, and the condition in
words.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from living_panel.estimation.audit.significance import critical, revealed, standard_error
from living_panel.estimation.econometrics.statistic import Statistic, starless
from living_panel.estimation.papers.printed import pairs
from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import Beside, PrintedPaper, Table
from living_panel.estimation.report.gather import StoredTable
from living_panel.estimation.tables.result import stars
from living_panel.estimation.tables.texts import p_text

COLUMNS = [
    "printed_table", "model", "term", "label", "printed", "printed_estimate", "printed_error",
    "printed_stars", "series", "our_model", "inference", "estimate", "std_error", "p_value", "ci_low",
    "ci_high", "brackets", "precision", "our_stars", "printed_p", "sign_agrees", "stars_agree", "inside",
    "distance", "condition", "table_id", "figures_status", "places", "bracket_places",
]  # fmt: skip
AGREEMENT = [
    "printed_table", "series", "figures", "printed", "estimated", "signs", "stars", "inside",
]  # fmt: skip
LEVEL = 0.05
CONSTANT = "constant"
ENDS = ("ci_low", "ci_high")
NOT_JUDGED = {
    **dict.fromkeys(("sign_agrees", "stars_agree", "inside")),
    **dict.fromkeys(("distance", "printed_p"), math.nan),
    "condition": "not judged: the constant is no slope",
}
"""Comparison of a constant: it depends on the units of the variables and on how effects are counted."""


def paired(paper: PrintedPaper, content: str) -> str | None:
    """Number of the printed table of a content that is compared with one of ours."""
    numbers = (n for n in pairs(paper.id) if n in paper.tables)
    return next((n for n in numbers if paper.tables[n].content == content), None)


def compare(paper: PrintedPaper, number: str, ours: Sequence[StoredTable]) -> pd.DataFrame:
    """Every printed coefficient of a table with ours, one row for each series of results.

    Parameters
    ----------
    number : str
        Number of the printed table, one with a `models` entry in `side_by_side.yml`.
    ours : sequence of StoredTable
        The paired table in each series of results; others are ignored.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`. `inside`: the printed estimate lies in our 95 % interval. `distance`: printed minus
        ours in our standard errors, null where our inference has none. `printed_p`: p-value of the
        printed value by our inference. `places`: decimals of the printed estimate; `bracket_places`: of the
        printed standard error, else of the estimate. The three agreements are null where we have no estimate, and
        for a constant: it is no slope, so it is not judged. `stars_agree` is null where our inference earns no stars.
    """
    pair, table = pairs(paper.id)[number], paper.tables[number]
    brackets = revealed(table)
    rows = [
        _row(paper, table, cell, standard_error(cell, brackets), source, one)
        | printed_places(cell, is_error=brackets == "standard_error")
        for one in pair.every
        for source in ours
        if source.table_id == one.table
        for cell in table.estimates()
        if cell.model in one.models
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    kinds = dict.fromkeys(("sign_agrees", "stars_agree", "inside"), "boolean")
    numbers = (
        "estimate", "std_error", "p_value", "ci_low", "ci_high", "precision", "distance",
        "printed_error", "printed_p",
    )  # fmt: skip
    return frame.astype(kinds | dict.fromkeys(numbers, "float64"))


def printed_places(cell: Cell, *, is_error: bool) -> dict[str, int]:
    """Decimals of a printed estimate and of its brackets, which ours follow; other brackets than errors give none."""
    places = max(cell.estimate.decimals, 0) if cell.estimate else 0
    has_error = is_error and cell.bracket is not None
    bracket = max(cell.bracket.decimals, 0) if has_error and cell.bracket else places
    return {"places": places, "bracket_places": bracket}


def _row(
    paper: PrintedPaper,
    table: Table,
    cell: Cell,
    printed_error: float | None,
    source: StoredTable,
    pair: Beside,
) -> dict[str, Any]:
    models, term = pair.models[cell.model], pair.terms.get(cell.term, cell.term)
    factor = pair.scale.get(cell.term, 1.0)
    row: dict[str, Any] = {
        "printed_table": table.number,
        "model": cell.model,
        "term": cell.term,
        "label": paper.name_of(cell.term),
        "printed": cell.text,
        "printed_estimate": cell.value,
        "printed_error": printed_error,
        "printed_stars": cell.stars,
        "series": source.series,
        "table_id": source.table_id,
        "figures_status": source.manifest["figures_status"],
    }
    estimates = ((m, estimate) for m in models if (estimate := source.row(m, term)) is not None)
    model, ours = next(estimates, ("", None))
    if ours is None:
        return row | {"condition": f"we have no estimate: {source.reason(models)}"}
    value, error = factor * float(ours["estimate"]), abs(factor) * float(ours["std_error"])
    low, high = (factor * ours[end] for end in (ENDS if factor > 0 else reversed(ENDS)))
    earns = model not in starless(source.statistics)
    legend = table.stars if earns else {}
    mark = stars(ours["p_value"], table.stars or source.manifest["spec"]["stars"]) if earns else ""
    tested = Statistic("printed_p_value", term, str(ours["inference"]))
    row |= {
        "inference": ours["inference"],
        "estimate": value,
        "std_error": error,
        "p_value": ours["p_value"],
        "brackets": ours["brackets"],
        "precision": abs(factor) * ours["precision"],
        "printed_p": (source.numbers(model, tested) or [math.nan])[0],
        "ci_low": low,
        "ci_high": high,
        "our_model": model,
        "our_stars": mark,
        "sign_agrees": cell.value * value > 0,
        "stars_agree": mark == cell.stars if legend else None,
        "inside": None if pd.isna(low) or pd.isna(high) else bool(low <= cell.value <= high),
        "distance": (cell.value - value) / error if error > 0 else math.nan,
        "figures_status": ours["figures_status"],
    }
    if cell.term == CONSTANT:
        return row | NOT_JUDGED
    return row | {"condition": condition(row, legend, ours["df"])}


def condition(row: Mapping[str, Any], legend: Mapping[str, float], df: float | None) -> str:
    """Conditions for the printed estimate and its stars, given our estimate; none for stars that ours has too.

    The printed level needs a standard error of at most |printed| / critical value, no stars one of at least that of the
    weakest level. Ours is printed too. An inference without a standard error is asked for its interval and
    p-value instead.
    """
    has_error = not pd.isna(row["std_error"])
    words = []
    if row["sign_agrees"] is False:
        words.append("the slope would need the opposite sign")
    if row["inside"] is False:
        words.append(_outside(row, has_error=has_error))
    marked = row["printed_stars"]
    level = legend.get(marked) if marked else max(legend.values(), default=None)
    if row.get("stars_agree") is True:
        level = None
    if level is not None and not has_error:
        words += _stars_by_p(row["p_value"], level, marked=bool(marked))
    elif level is not None and row["printed_estimate"]:
        needed = critical(level, math.inf if df is None or pd.isna(df) else df)
        bound, error = abs(row["printed_estimate"]) / needed, row["std_error"]
        if marked and error > bound:
            words.append(
                f"for the printed stars, the standard error would have to be at most {_bound(bound)}; ours is "
                f"{error / bound:.1f} times as large"
            )
        elif not marked and error < bound:
            words.append(
                f"for no stars, the standard error would have to be at least {_bound(bound)}"
            )
    position = (
        "the printed estimate lies in our interval"
        if row["inside"]
        else "our estimate has no interval"
    )
    return "; ".join(words) or f"no condition: {position}"


def _bound(value: float) -> str:
    """A bound of a standard error: three decimals, or two significant digits where these need more."""
    return f"{value:.{max(3, 1 - math.floor(math.log10(value)))}f}"


def _outside(row: Mapping[str, Any], *, has_error: bool) -> str:
    """How far the printed estimate lies outside our interval, by the inference that is shown."""
    if has_error:
        side = "above" if row["distance"] > 0 else "below"
        return f"the slope would have to lie {abs(row['distance']):.1f} of our standard errors {side} our estimate"
    side = "above" if row["printed_estimate"] > row["ci_high"] else "below"
    tested = (
        "" if pd.isna(row["printed_p"]) else f" (p of the printed value {p_text(row['printed_p'])})"
    )
    return f"the slope would have to lie {side} our 95 % interval{tested}"


def _stars_by_p(p_value: float, level: float, *, marked: bool) -> list[str]:
    """What the printed stars need of our p-value, where our inference has no standard error."""
    if pd.isna(p_value) or (p_value < level) == marked:
        return []
    if marked:
        return [
            f"for the printed stars, p would have to be below {level:g}; ours is {p_text(p_value)}"
        ]
    return [f"for no stars, p would have to be at least {level:g}; ours is {p_text(p_value)}"]


def unit_roots(
    paper: PrintedPaper, ours: Sequence[StoredTable], wrong: Collection[str] = ()
) -> pd.DataFrame:
    """Printed unit-root statistics with ours on the same form of the series.

    Parameters
    ----------
    wrong : collection of str
        Places of printed cells that the audit rules out.

    Returns
    -------
    pandas.DataFrame
        term, label, form, test, printed, printed_rejects (stars of 5 % or stricter). Then ours,
        p_asymptotic, p_simulated, size_asymptotic, we_reject (simulated p), impossible (the audit finds
        against the printed cell), agrees (null for such a cell), table_id.
    """
    number = paired(paper, "unit_roots")
    if number is None:
        return pd.DataFrame()
    pair, table = pairs(paper.id)[number], paper.tables[number]
    rows = [
        _unit_root(table, cell, source, pair.form) | {"impossible": cell.place in wrong}
        for source in ours
        if source.table_id == pair.table
        for cell in table.cells
        if cell.estimate is not None and cell.statistic.removeprefix("test:") in table.tests
    ]
    if not rows:
        return pd.DataFrame()
    frame = pd.DataFrame(rows)
    kinds = dict.fromkeys(("ours", "p_asymptotic", "p_simulated", "size_asymptotic"), "float64")
    frame = frame.astype(kinds | {"we_reject": "boolean"})
    agrees = frame["we_reject"] == frame["printed_rejects"]
    return frame.assign(agrees=agrees.mask(frame["impossible"]))


def _unit_root(table: Table, cell: Cell, source: StoredTable, form: str) -> dict[str, Any]:
    test = cell.statistic.removeprefix("test:")
    kind = "differences" if cell.transform.startswith("diff") else "levels"

    def our_number(name: str, values: str = "asymptotic") -> float | None:
        model = f"{cell.term}.{kind}.{form}"
        numbers = source.numbers(model, Statistic(name, table.tests[test], values))
        return numbers[0] if numbers else None

    p = our_number("p_value", "simulated")
    return {
        "term": cell.term,
        "label": cell.row,
        "form": kind,
        "test": test,
        "printed": cell.text,
        "printed_rejects": table.stars.get(cell.stars, 1.0) <= LEVEL,
        "ours": our_number("statistic"),
        "p_asymptotic": our_number("p_value"),
        "p_simulated": p,
        "size_asymptotic": our_number("size_independent"),
        "places": printed_places(cell, is_error=False)["places"],
        "we_reject": None if p is None or math.isnan(p) else p < LEVEL,
        "table_id": source.table_id,
    }


def agreement(compared: pd.DataFrame) -> pd.DataFrame:
    """Counts by printed table and series: estimates compared, signs, stars and intervals that agree.

    `figures` says on what kinds of values the estimates of a series rest.
    """
    rows = []
    slopes = compared[compared["term"] != CONSTANT]
    for (table, series), part in slopes.groupby(["printed_table", "series"], sort=False):
        done = part[part["estimate"].notna()]
        agree = part[["sign_agrees", "stars_agree", "inside"]].sum().tolist()
        if done["stars_agree"].isna().all() and len(done):
            agree[1] = pd.NA  # no stars are printed, or ours earns none
        figures = ", ".join(done["figures_status"].unique())
        rows.append((table, series, figures, len(part), len(done), *agree))
    return pd.DataFrame(rows, columns=AGREEMENT).astype(dict.fromkeys(AGREEMENT[3:], "Int64"))
