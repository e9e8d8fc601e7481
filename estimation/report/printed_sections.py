"""Sections on the printed paper: each table compared with ours, and the inconsistencies of the audit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.audit import SEVERITIES, distinct_facts
from living_panel.estimation.audit.registry import RULES
from living_panel.estimation.audit.reproduction import (
    AGREEMENTS,
    CONSTANT,
    OfSeries,
    agreement,
    compare_slopes,
    compare_unit_roots,
    paired,
)
from living_panel.estimation.audit.significance import critical
from living_panel.estimation.audit.statistics_of_tests import FAMILY
from living_panel.estimation.papers.printed import pairs
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report.contents import column_names, table_name
from living_panel.estimation.report.elements import (
    e,
    joined,
    named_in_words,
    sections,
    yes_no,
)
from living_panel.estimation.report.gather import RELEASED, StoredTable, lineage_href
from living_panel.estimation.report.inputs import Inputs
from living_panel.estimation.report.reproduction_section import NUMBER_NAMES, STATUS_NOTE
from living_panel.estimation.report.result_pictures import draw_beside
from living_panel.estimation.tables.kinds.audit import FAMILY_HEADER, families
from living_panel.estimation.tables.texts import NONE, bracket_text, minus, p_text, places_to_show

TEST_NOTE = "p-value of our test that the coefficient equals the printed value."
LONGEST_LABEL = 14  # characters of a column's name beside a figure
CHARTED = (
    "label", "model", "printed_estimate", "printed_error", "series", "estimate", "ci_low", "ci_high",
)  # fmt: skip
"""Columns of the values of a chart."""
SEVERITY_WORDS = {
    "impossible": "the printed number is arithmetically impossible",
    "contradiction": "two printed statements, or the stated sample and the data, cannot both be true",
    "doubtful": "the printed number is true only under the named conditions",
    "form": "a fact that the reader needs is missing",
}


def comparisons_of(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Printed table number to its comparison with every series of results; regressions only."""
    ours = [*inputs.tables, *inputs.demo]
    printed = inputs.paper.tables
    printed_pairs = ((n, p) for n, p in pairs(inputs.paper.id).items() if n in printed)
    return {
        n: with_conditions(inputs.paper, n, ours)
        for n, pair in printed_pairs
        if pair.models and printed[n].content == "regression"
    }


def with_conditions(paper: PrintedPaper, number: str, ours: Sequence[OfSeries]) -> pd.DataFrame:
    """The slopes of a printed table with ours, and in words the condition for each printed one."""
    frame = compare_slopes(paper, pairs(paper.id), number, ours)
    return frame.assign(condition=[*map(condition, frame.to_dict("records"))])


def condition(row: Mapping[str, Any]) -> str:
    """Conditions for the printed estimate and its stars, given our estimate; none for stars that ours has too.

    `row` is one of `compare_slopes`.

    The printed level needs a standard error of at most |printed| / critical value, no stars one of at least that of the
    weakest level. Ours is printed too. An inference without a standard error is asked for its interval and
    p-value instead.
    """
    if pd.isna(row["our_model"]):
        return f"we have no estimate: {row['reason'] or 'our table has no such column or variable'}"
    if row["term"] == CONSTANT:
        return "not judged: the constant is no slope"
    has_error = not pd.isna(row["std_error"])
    sign, stars, inside = (None if pd.isna(row[k]) else bool(row[k]) for k in AGREEMENTS)
    words = []
    if sign is False:
        words.append("the slope would need the opposite sign")
    if inside is False:
        words.append(_outside(row, has_error=has_error))
    marked = row["printed_stars"]
    level = None if pd.isna(row["level"]) or stars else row["level"]
    if level is not None and not has_error:
        words += _stars_by_p(row["p_value"], level, marked=bool(marked))
    elif level is not None and row["printed_estimate"]:
        needed = critical(level, math.inf if pd.isna(row["df"]) else row["df"])
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
        "the printed estimate lies in our interval" if inside else "our estimate has no interval"
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


def beside_section(inputs: Inputs, compared: Mapping[str, pd.DataFrame]) -> Markup:
    """Each printed table compared with ours on the release's values, and on the demo panels."""
    if not inputs.paper.tables:
        return Markup()
    demo = sorted({t.series for t in inputs.demo})
    # data of a paper's own is played by no demo panel
    intro = sections.beside(demo, inputs.revisions is not None, inputs.paper.design)
    return joined([intro, _agreement(compared)])


def printed_section(inputs: Inputs, number: str, frame: pd.DataFrame | None) -> Markup:
    """One printed table with ours; `frame` is its comparison, None for a table without slopes to compare."""
    if not any(_is_stored(inputs, pair.table) for pair in pairs(inputs.paper.id)[number].every):
        return _not_there(inputs, number)
    if frame is not None and len(frame):
        return _regression(inputs, number, frame)
    if number == paired(inputs.paper, pairs(inputs.paper.id), "descriptives"):
        return Markup(
            e.paragraph("In the table below, each printed statistic stands under ours.", "note")
        )
    if number == paired(inputs.paper, pairs(inputs.paper.id), "unit_roots"):
        return _unit_roots(inputs, number)
    return Markup()


def _is_stored(inputs: Inputs, table: str) -> bool:
    return any(t.table_id == table for t in (*inputs.tables, *inputs.demo))


def _agreement(compared: Mapping[str, pd.DataFrame]) -> Markup:
    frames = [agreement(f) for f in compared.values() if len(f)]
    if not frames:
        text = "No table that can be compared with a printed table has been estimated yet."
        return Markup(e.paragraph(text, "note"))
    rows = []
    for row in pd.concat(frames).to_dict("records"):
        href = f"#printed-{row['printed_table']}"
        counts = (row[k] for k in ("printed", "estimated", "signs", "stars", "inside"))
        numbers = ["not compared" if pd.isna(n) else e.number(n, href) for n in counts]
        rows.append([e.link(table_name(row["printed_table"]), href), _values_words(row), *numbers])
    header = ("Printed table", "Ours on", "Printed slopes", "Estimable", "Same sign", "Same stars",
              "Printed inside our 95 % interval")  # fmt: skip
    return Markup(e.table("How far printed slopes and ours agree", header, rows, left=[1]))


def _values_words(row: Mapping[str, Any]) -> str:
    """Data of our estimates: the kinds of values, or the name of a demo release."""
    kinds = row["figures"] or "nothing that can be estimated"
    return kinds if row["series"] == RELEASED else f"{row['series']} ({kinds})"


def _title(inputs: Inputs, number: str) -> str:
    return f"{table_name(number)}, {inputs.paper.tables[number].title}"


def _unit_roots(inputs: Inputs, number: str) -> Markup:
    frame = compare_unit_roots(
        inputs.paper, pairs(inputs.paper.id), inputs.tables, _impossible(inputs)
    )
    if frame.empty:
        return _not_there(inputs, number)
    rows = []
    for row in frame.to_dict("records"):
        shown = {
            "ours": minus(row["ours"], places_to_show(row["ours"], row["places"])),
            "p_asymptotic": p_text(row["p_asymptotic"]),
            "p_simulated": p_text(row["p_simulated"]),
            "size_asymptotic": f"{row['size_asymptotic']:.0%}",
        }
        href = lineage_href(row["table_id"])
        ours = [e.number(t, href) if pd.notna(row[k]) else "" for k, t in shown.items()]
        printed = "rejects" if row["printed_rejects"] else "does not"
        says = "impossible" if row["impossible"] else printed
        cells = [row["label"], row["test"], row["printed"], says, ours[0] or NONE, *ours[1:]]
        rows.append([*cells, yes_no(row["agrees"])])
    header = ("Series", "Test", "Printed", "by its stars", "Ours", "p, asymptotic", "p, simulated",
              "true size of p, asymptotic", "Same decision at 5 %")  # fmt: skip
    done = frame.dropna(subset=["agrees"])
    text = (
        f"Of {len(frame)} printed tests, {int(frame['impossible'].sum())} have stars that contradict the "
        f"test's distribution, so we cannot compare them. We can compute {len(done)} of the others on a window "
        f"of our data without gaps. {int(done['agrees'].sum())} of these give the printed result (rejection or "
        "not) at 5 % by simulated p-values. The true size is the share of true unit roots that the asymptotic "
        "5 % test rejects if provinces are independent. Common shocks can raise it."
    )
    every = e.table(_title(inputs, number), header, rows, left=[1])
    return joined([e.paragraph(text), every])


def _impossible(inputs: Inputs) -> set[str]:
    """Places of printed tests that arithmetic or their own distribution rules out."""
    inconsistencies = inputs.inconsistencies
    wrong = inconsistencies["severity"].isin(["impossible", "contradiction"])
    of_tests = inconsistencies["rule"].isin(
        [rule.id for rule in RULES.values() if rule.family == FAMILY]
    )
    return set(
        inconsistencies.loc[
            wrong & (of_tests | (inconsistencies["severity"] == "impossible")), "place"
        ]
    )


def _regression(inputs: Inputs, number: str, frame: pd.DataFrame) -> Markup:
    names = column_names(inputs.paper, number)
    short = {m: name if len(name) <= LONGEST_LABEL else _short(m) for m, name in names.items()}
    labels = (
        frame.drop_duplicates("term").set_index("term")["label"].drop("constant", errors="ignore")
    )
    plots = [
        e.figure(
            draw_beside(frame, term, short, RELEASED),
            title=f"{label}: printed and ours",
            csv=_values_of(frame, term, names),
        )
        for term, label in labels.items()
    ]
    key = [("two", "printed, with the interval its errors imply"), ("one", "ours, 95 % interval")]
    key += [("four", "ours on simulated panels")] if inputs.demo else []
    whole = beside_table(inputs, number, frame, names)
    cells = _cells(frame, names, f"{_title(inputs, number)}: printed and ours")
    counted = f"{frame.groupby(['model', 'term']).ngroups} printed estimates"
    every = e.details("Number by number", counted, cells)
    return joined([e.legend(key), e.plots(plots), whole, every])


def _short(model: str) -> str:
    """Name of a printed column where its heading is too long."""
    return model.upper() if model.isalpha() else model.replace("_", " ")


def _values_of(frame: pd.DataFrame, term: str, names: Mapping[str, str]) -> str:
    """The values of a chart of one slope, as CSV."""
    part = frame.loc[frame["term"] == term, list(CHARTED)]
    return part.assign(model=part["model"].map(names)).to_csv(index=False, lineterminator="\n")


def beside_table(
    inputs: Inputs, number: str, frame: pd.DataFrame, names: Mapping[str, str]
) -> Markup:
    """The printed table with ours below each number, and the status of each; reasons as footnotes."""
    statuses = _statuses(inputs, number)
    part = frame[frame["series"] == RELEASED]
    models = [m for m in names if m in set(frame["model"])]
    notes: dict[str, str] = {}
    groups = []
    for label, rows in frame.drop_duplicates(["model", "term"]).groupby("label", sort=False):
        printed = rows.set_index("model")
        ours = part[part["label"] == label].set_index("model")
        lines: dict[str, list[str]] = {what: [] for what in ("printed", "ours", "status", "test")}
        for model in models:
            text = printed.at[model, "printed"] if model in printed.index else ""
            lines["printed"].append(e.stacked(*_parted(text)) if text else "")
            coefficient = ours.loc[model] if model in ours.index else None
            status = "" if coefficient is None else statuses.get((model, coefficient["term"]), "")
            cells = _beside_cells(coefficient, status, notes)
            for what, cell in zip(("ours", "status", "test"), cells, strict=True):
                lines[what].append(cell)
        groups.append((label, _with_cells(lines)))
    groups += _whole_columns(inputs, number, models)
    title = f"{_title(inputs, number)}: printed, ours and status"
    used = {what for _, rows in groups for what, _ in rows}
    about = (("status", STATUS_NOTE), ("test", TEST_NOTE))
    footnotes = [(what, text) for what, text in about if what in used]
    footnotes += [(mark, text) for text, mark in notes.items()]
    return Markup(e.beside(title, [names[m] for m in models], groups, footnotes))


def _with_cells(lines: Mapping[str, list[str]]) -> list[tuple[str, list[str]]]:
    """Lines of a variable with a cell that is not empty."""
    return [line for line in lines.items() if any(line[1])]


def _statuses(inputs: Inputs, number: str) -> dict[tuple[str, str], str]:
    """Status of each printed coefficient of a table, by model and term: the one that is counted."""
    cells = inputs.reproduction
    is_slope = (cells["statistic"] == "estimate") & (cells["part"] == "estimate")
    slopes = cells[(cells["printed_table"] == number) & is_slope]
    return {(r["model"], r["term"]): r["status"] for r in slopes.to_dict("records")}


def _beside_cells(
    row: pd.Series | None, status: str, notes: dict[str, str]
) -> tuple[str, str, str]:
    """Our number, the status of the printed one and its test; a mark of a footnote where we have none."""
    if row is None:
        return "", "", ""
    if pd.isna(row["estimate"]):
        mark = notes.setdefault(row["condition"], _mark(len(notes)))
        return Markup(e.absent(NONE)) + Markup("<sup>{}</sup>").format(mark), "", ""
    href = lineage_href(row["table_id"], row["series"])
    ours = e.stacked(*_our_number(row), href)
    if pd.isna(row["printed_p"]):
        return ours, status, ""
    return ours, status, e.number(f"p {p_text(row['printed_p'])}", href)


def _our_number(row: pd.Series) -> tuple[str, str]:
    """Our estimate with its stars, and its brackets, each at the digits of the printed one."""
    estimate = minus(row["estimate"], places_to_show(row["estimate"], row["places"]))
    places = places_to_show(row["precision"], row["bracket_places"])
    return f"{estimate}{row['our_stars']}", bracket_text(row, places)


def _parted(text: str) -> tuple[str, str]:
    """A printed cell as its number and its brackets."""
    number, _, brackets = text.partition(" ")
    return number, brackets


def _mark(number: int) -> str:
    """Mark of a footnote: a, b, …, z, aa, ab and so on."""
    letter = chr(ord("a") + number % 26)
    return letter if number < 26 else _mark(number // 26 - 1) + letter


def _whole_columns(
    inputs: Inputs, number: str, models: Sequence[str]
) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Printed numbers of whole columns, such as N and R², with ours."""
    cells = inputs.reproduction
    cells = cells[
        (cells["printed_table"] == number)
        & (cells["term"].fillna("") == "")
        & cells["model"].isin(list(models))
    ]
    groups = []
    for label, rows in cells.drop_duplicates(["model", "row"]).groupby("row", sort=False):
        by = rows.set_index("model")
        lines: dict[str, list[str]] = {"printed": [], "ours": [], "status": []}
        for model in models:
            row = by.loc[model] if model in by.index else None
            lines["printed"].append("" if row is None else row["printed"])
            ours = None if row is None or pd.isna(row["ours"]) else row
            lines["ours"].append("" if ours is None else _own_number(ours))
            lines["status"].append("" if ours is None else str(ours["status"]))
        name = NUMBER_NAMES.get(str(label), str(label))
        if len(chosen := rows.loc[rows["reason_code"] == "unnamed_kind", "our_name"]):
            name += f" (ours: {NUMBER_NAMES[chosen.iloc[0]]}, chosen because it fits best)"
        groups.append((name, _with_cells(lines)))
    return groups


def _own_number(row: pd.Series) -> str:
    text = minus(row["ours"], places_to_show(row["ours"], max(int(row["decimals"]), 0)))
    return Markup(e.number(text, lineage_href(row["table_id"])))


def _cells(frame: pd.DataFrame, names: Mapping[str, str], title: str) -> Markup:
    by = {s: part.set_index(["model", "term"]) for s, part in frame.groupby("series")}
    simulated = sorted(s for s in by if s != RELEASED)
    base = by.get(RELEASED)
    rows = []
    for key, row in (base if base is not None else by[simulated[0]]).iterrows():
        others = [_estimate(by[s].loc[key]) if key in by[s].index else "" for s in simulated]
        ours = row if base is not None else None
        condition = (
            row["condition"] if ours is not None else "no table of ours to compare with it yet"
        )
        cells = [
            row["label"],
            names.get(key[0], key[0]),
            row["printed"],
            *_our_cells(ours),
            *others,
        ]
        rows.append([*cells, condition])
    header = ["Variable", "Column", "Printed", "Our column", "Values", "Ours", "95 % interval", "Same sign",
              "Same stars", "Printed inside", *simulated, "Conditions for the printed number"]  # fmt: skip
    return Markup(e.table(title, header, rows, words=[len(header) - 1], left=[1, 3, 4]))


def _our_cells(row: pd.Series | None) -> Sequence[str]:
    """Our column, kind of values, estimate, interval and the three agreements; blank without an estimate."""
    if row is None or pd.isna(row["estimate"]):
        return ["", "", e.absent(NONE), "", *[yes_no(None)] * 3]
    interval = ""
    if pd.notna(row["ci_low"]):
        href = lineage_href(row["table_id"], row["series"])
        low, high = (
            minus(row[end], places_to_show(row[end], row["places"]))
            for end in ("ci_low", "ci_high")
        )
        interval = e.number(f"{low} to {high}", href)
    agree = [yes_no(row[k]) for k in ("sign_agrees", "stars_agree", "inside")]
    return [e.code(row["our_model"]), row["figures_status"], _estimate(row), interval, *agree]


def _estimate(row: pd.Series) -> str:
    if pd.isna(row["estimate"]):
        return str(e.absent(NONE))
    text = " ".join(_our_number(row))
    return Markup(e.number(text, lineage_href(row["table_id"], row["series"])))


def _not_there(inputs: Inputs, number: str) -> Markup:
    table = e.code(pairs(inputs.paper.id)[number].table)
    rest = " has not been estimated, so we have no table to compare with the printed one."
    text = joined([table, rest])
    return Markup(e.paragraph(text, "note"))


def audit_counts(inputs: Inputs) -> tuple[int, int, int]:
    """Facts that arithmetic rules out, all facts found, cells the rules applied to."""
    frame = inputs.inconsistencies
    cells = int(frame.drop_duplicates("rule")["applicable"].sum())
    facts = [distinct_facts(frame, s) for s in SEVERITIES]
    return facts[0], sum(facts), cells


def audit_section(table: StoredTable) -> Markup:
    """Inconsistencies of an audit by severity, with the cells each rule applied to."""
    frame = table.inconsistencies
    href = table.lineage
    rows = [[family, *(e.number(n, href) for n in counts)] for family, *counts in families(frame)]
    parts = [e.table("Checks and inconsistencies", FAMILY_HEADER, rows, total=True)]
    for severity in [s for s in SEVERITIES if (frame["severity"] == s).any()]:
        inconsistencies, what = frame[frame["severity"] == severity], SEVERITY_WORDS[severity]
        lines = [
            [
                named_in_words(r.place, {}),
                named_in_words(r.inconsistency, {}),
                f"{r.title}. {r.reason}",
                e.number(r.applicable, href),
            ]
            for r in inconsistencies.itertuples()
        ]
        words = ("Place", "Inconsistency", "Rule, and why it holds", "Cells checked")
        inside = e.table(f"{severity.capitalize()}: {what}", words, lines, words=[1, 2])
        facts = inconsistencies["fact"].nunique()
        places = f", in {len(inconsistencies)} places" if len(inconsistencies) > facts else ""
        title = f"{severity.capitalize()}: {facts}{places}"
        parts.append(e.details(title, what, inside, f"audit-{severity}"))
    quiet = frame[frame["inconsistency"].isna()]
    lines = [[r.title, r.status, e.number(r.applicable, href)] for r in quiet.itertuples()]
    header = ("Rule", "Status", "Cells checked")
    inside = e.table("Rules without an inconsistency", header, lines, left=[1])
    what = "a rule without any cell does not count as passed"
    return joined(
        [*parts, e.details(f"Rules without an inconsistency: {len(quiet)}", what, inside)]
    )
