"""Each printed table beside ours: what agrees, and what would have to hold for the printed claim.

Pairing printed cells with stored estimates, comparing sign, stars, size and order of the regions,
and the condition in words.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy import stats

from estimation.artifacts.artifact import primary_rows
from estimation.audit.significance import revealed, standard_error
from estimation.papers.printed import pairs
from estimation.papers.rows import Cell
from estimation.papers.schema import PrintedPaper, Table
from estimation.tables.result import stars

COLUMNS = [
    "printed_table", "model", "term", "label", "printed", "printed_estimate", "printed_error",
    "printed_stars", "series", "our_model", "estimate", "std_error", "ci_low", "ci_high", "our_stars",
    "sign_agrees", "stars_agree", "inside", "distance", "condition", "table_id", "artifact_id",
    "figures_status",
]  # fmt: skip
AGREEMENT = [
    "printed_table", "series", "figures", "printed", "estimated", "signs", "stars", "inside",
]  # fmt: skip
LEVEL = 0.05


@dataclass(frozen=True)
class Ours:
    """One of our tables as stored, in a series of results: "released figures" or a demo release."""

    series: str
    coefficients: pd.DataFrame
    statistics: pd.DataFrame
    manifest: Mapping[str, Any]

    @property
    def table_id(self) -> str:
        """Name of the table."""
        return str(self.manifest["table_id"])

    def row(self, model: str, term: str) -> pd.Series | None:
        """The coefficient by the table's primary way of inference, else by its first."""
        found = self.coefficients
        found = found[(found["model"] == model) & (found["term"] == term)]
        chosen = primary_rows(found, self.manifest)
        chosen = found if chosen.empty else chosen
        return None if chosen.empty else chosen.iloc[0]

    def reason(self, models: Iterable[str]) -> str:
        """Why none of the models has an estimate, in the artifact's own words."""
        if self.manifest["status"] != "estimated":
            return str(self.manifest["reason"])
        why = self.statistics[self.statistics["name"] == "not_estimable"]
        for model in models:
            text = why.loc[why["model"].isin([model, model.split(".")[0]]), "text"]
            if len(text):
                return str(text.iloc[0])
        return "our table has no such column or variable"


def paired(paper: PrintedPaper, content: str) -> str | None:
    """Number of the printed table of a content that stands beside one of ours."""
    numbers = (n for n in pairs(paper.id) if n in paper.tables)
    return next((n for n in numbers if paper.tables[n].content == content), None)


def compare(paper: PrintedPaper, number: str, ours: Sequence[Ours]) -> pd.DataFrame:
    """Every printed coefficient of a table beside ours, one row for each series of results.

    Parameters
    ----------
    number : str
        Number of the printed table, one with a `models` entry in `side_by_side.yml`.
    ours : sequence of Ours
        The paired table in each series of results; others are ignored.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`. `inside`: the printed estimate lies in our 95 % interval. `distance`: printed minus
        ours in our standard errors. The three agreements are null where we have no estimate.
    """
    pair, table = pairs(paper.id)[number], paper.tables[number]
    reading = revealed(table)
    rows = [
        _row(paper, table, reading, cell, source, pair.models[cell.model])
        for source in ours
        if source.table_id == pair.table
        for cell in table.estimates()
        if cell.model in pair.models
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    kinds = dict.fromkeys(("sign_agrees", "stars_agree", "inside"), "boolean")
    numbers = ("estimate", "std_error", "ci_low", "ci_high", "distance", "printed_error")
    return frame.astype(kinds | dict.fromkeys(numbers, "float64"))


def _row(
    paper: PrintedPaper, table: Table, reading: Any, cell: Cell, source: Ours, models: Sequence[str]
) -> dict[str, Any]:
    printed = cell.value
    label = paper.variables[cell.term].symbol if cell.term in paper.variables else cell.term
    row: dict[str, Any] = dict.fromkeys(COLUMNS) | {
        "printed_table": table.number,
        "model": cell.model,
        "term": cell.term,
        "label": label,
        "printed": cell.text,
        "printed_estimate": printed,
        "printed_error": standard_error(cell, reading),
        "printed_stars": cell.stars,
        "series": source.series,
        "table_id": source.table_id,
        "artifact_id": source.manifest["artifact_id"],
        "figures_status": source.manifest["figures_status"],
    }
    for model in models:
        estimate = source.row(model, cell.term)
        if estimate is not None:
            break
    else:
        reason = source.reason(models)
        return row | {"condition": f"figures that allow the estimate: {reason}"}
    legend = source.manifest["spec"]["stars"]
    error = float(estimate["std_error"])
    distance = (printed - float(estimate["estimate"])) / error if error > 0 else math.nan
    row |= {k: estimate[k] for k in ("estimate", "std_error", "ci_low", "ci_high")}
    mark = stars(estimate["p_value"], legend)
    inside = None
    if pd.notna(estimate["ci_low"]) and pd.notna(estimate["ci_high"]):
        inside = bool(estimate["ci_low"] <= printed <= estimate["ci_high"])
    row |= {
        "our_model": model,
        "our_stars": mark,
        "sign_agrees": bool(printed * float(estimate["estimate"]) > 0),
        "stars_agree": mark == cell.stars if table.stars else None,
        "inside": inside,
        "distance": distance,
        "figures_status": estimate["figures_status"],
    }
    return row | {"condition": condition(row, table.stars, estimate["df"])}


def condition(row: Mapping[str, Any], legend: Mapping[str, float], df: float | None) -> str:
    """What would have to hold for the printed estimate and its stars, given our estimate.

    Notes
    -----
    The printed level needs a standard error of at most |printed| / critical value; ours is put beside.
    """
    words = []
    if row["sign_agrees"] is False:
        words.append("the slope would have to have the other sign")
    if row["inside"] is False:
        side = "above" if row["distance"] > 0 else "below"
        words.append(
            f"the slope would have to lie {abs(row['distance']):.1f} of our errors {side} ours"
        )
    level = legend.get(row["printed_stars"])
    if level is not None:
        tail = level / 2
        critical = stats.norm.isf(tail) if df is None or pd.isna(df) else stats.t.isf(tail, df)
        largest = abs(float(row["printed_estimate"])) / float(critical)
        if float(row["std_error"]) > largest:
            times = float(row["std_error"]) / largest
            words.append(
                f"for its stars the error would have to be at most {largest:.3f}, "
                f"{times:.1f} times smaller than ours"
            )
    elif row["our_stars"] and legend:
        words.append(
            "our error would have to be larger: the printed estimate has no stars, ours has"
        )
    return "; ".join(words) or "nothing more: the printed estimate lies in our interval"


def unit_roots(
    paper: PrintedPaper, ours: Sequence[Ours], wrong: Collection[str] = ()
) -> pd.DataFrame:
    """Printed unit-root statistics beside ours on the same form of the series.

    Parameters
    ----------
    paper : PrintedPaper
    ours : sequence of Ours
    wrong : collection of str
        Places of printed cells of which the audit finds that they cannot be true.

    Returns
    -------
    pandas.DataFrame
        series, term, label, form, test, printed, printed_rejects (stars of 5 % or stricter), ours,
        p_asymptotic, p_simulated, size_asymptotic, we_reject (simulated p), impossible (the audit finds
        that the printed cell cannot be true), agrees (null for such a cell), table_id, artifact_id.
    """
    number = paired(paper, "unit_roots")
    if number is None:
        return pd.DataFrame()
    pair, table = pairs(paper.id)[number], paper.tables[number]
    rows: list[dict[str, Any]] = []
    for source in (o for o in ours if o.table_id == pair.table):
        numbers = source.statistics.set_index(["model", "name"])["value"]
        for cell in table.cells:
            test = cell.statistic.removeprefix("test:")
            if cell.estimate is None or test not in table.tests:
                continue
            form = "differences" if cell.transform.startswith("diff") else "levels"
            stem = f"{table.tests[test]}.{pair.form}"
            key = f"{cell.term}.{form}"
            names = ("statistic", "p_asymptotic", "p_simulated", "size_asymptotic.independent")
            own = {name: numbers.get((key, f"{stem}.{name}")) for name in names}
            p = own["p_simulated"]
            rejects = p is not None and pd.notna(p) and bool(p < LEVEL)
            printed = table.stars.get(cell.stars, 1.0) <= LEVEL
            known = p is not None and pd.notna(p)
            rows.append(
                {"series": source.series, "term": cell.term, "label": cell.row, "form": form, "test": test,
                 "printed": cell.text, "printed_rejects": printed, "ours": own["statistic"],
                 "p_asymptotic": own["p_asymptotic"], "p_simulated": p,
                 "size_asymptotic": own["size_asymptotic.independent"],
                 "we_reject": rejects if known else None, "impossible": cell.place in wrong,
                 "agrees": rejects == printed if known and cell.place not in wrong else None,
                 "table_id": source.table_id, "artifact_id": source.manifest["artifact_id"]}
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    kinds = dict.fromkeys(("ours", "p_asymptotic", "p_simulated", "size_asymptotic"), "float64")
    return frame.astype(kinds | {"we_reject": "boolean", "agrees": "boolean"}) if rows else frame


def agreement(compared: pd.DataFrame) -> pd.DataFrame:
    """Counts by printed table and series: estimates compared, signs, stars and intervals that agree.

    `figures` says on what kinds of figures the estimates of a series rest.
    """
    rows = []
    slopes = compared[compared["term"] != "constant"]
    for (table, series), part in slopes.groupby(["printed_table", "series"], sort=False):
        done = part[part["estimate"].notna()]
        agree = part[["sign_agrees", "stars_agree", "inside"]].sum().tolist()
        if done["stars_agree"].isna().all() and len(done):
            agree[1] = pd.NA  # the printed table has no stars
        figures = ", ".join(done["figures_status"].unique())
        rows.append((table, series, figures, len(part), len(done), *agree))
    return pd.DataFrame(rows, columns=AGREEMENT).astype(dict.fromkeys(AGREEMENT[3:], "Int64"))
