"""Sections on the printed paper: each table beside ours, and what in it cannot be true."""

from __future__ import annotations

from typing import Any

import pandas as pd

from estimation.audit import SEVERITIES, distinct_facts
from estimation.report import elements as e
from estimation.report.gather import Inputs, StoredTable
from estimation.report.result_pictures import draw_beside
from estimation.report.side_by_side import (
    agreement,
    compare,
    descriptive,
    orders,
    paired,
    pairs,
    unit_roots,
)
from estimation.tables.audit import findings_of

RELEASED = "released figures"
SEVERITY_WORDS = {
    "impossible": "cannot be true whatever the data",
    "contradiction": "two printed things, or the stated sample and the figures, cannot both hold",
    "doubtful": "would need the conditions named",
    "form": "the reader is left without something needed",
}


def lineage_href(table_id: str, series: str = RELEASED) -> str:
    """Anchor of a table's lineage on the page."""
    name = table_id if series == RELEASED else f"{table_id}-{series}"
    return "#lineage-" + "".join(c if c.isalnum() else "-" for c in name)


def comparisons_of(inputs: Inputs) -> dict[str, pd.DataFrame]:
    """Printed table number to its comparison with every series of results; regressions only."""
    ours = [t.ours() for t in (*inputs.tables, *inputs.demo)]
    numbers = [
        n
        for n, pair in pairs(inputs.paper.id).items()
        if "models" in pair and n in inputs.paper.tables
    ]
    return {n: compare(inputs.paper, n, ours) for n in numbers}


def beside_section(inputs: Inputs, compared: dict[str, pd.DataFrame]) -> str:
    """Each printed table beside ours on the release's figures, and on the demo panels."""
    if not inputs.paper.tables:
        return e.paragraph(
            "This design prints no table: there is nothing to set beside ours.", "note"
        )
    parts = [
        e.paragraph(
            "Ours stand on official figures, or on the stand-ins their tables name. A sign or star that "
            "agrees on a stand-in says that the printed one is not out of reach, no more. The last column "
            "says what would have to hold for the printed number, given our estimate and its error. A printed "
            "number inside an interval that holds nearly everything is no support for it."
        ),
        _demo_note(inputs),
        _agreement(compared),
        _descriptive(inputs),
        _unit_roots(inputs),
    ]
    for number, frame in compared.items():
        parts.append(_regression(inputs, number, frame))
    return "".join(parts)


def _demo_note(inputs: Inputs) -> str:
    if inputs.demo:
        names = sorted({t.series for t in inputs.demo})
        return (
            '<div class="banner sim" role="note">Columns headed “simulated” are estimated on planted '
            f"panels with known elasticities ({e.escape(', '.join(names))}): they show what the estimators "
            "do, and say nothing about China.</div>"
        )
    return e.paragraph(
        "The demo panels are not built in this data root: their columns are left out. `make demo` builds "
        "them, `make report` then shows them.",
        "note",
    )


def _agreement(compared: dict[str, pd.DataFrame]) -> str:
    frames = [agreement(f) for f in compared.values() if len(f)]
    if not frames:
        return e.paragraph(
            "No table that stands beside a printed one has been estimated yet.", "note"
        )
    counts = pd.concat(frames, ignore_index=True)
    rows = []
    for row in counts.to_dict("records"):
        href = f"#printed-{row['printed_table']}"
        rows.append(
            [f'<a href="{href}">Table {e.escape(row["printed_table"])}</a>', e.escape(_figures(row)),
             *(e.number(row[k], href) for k in ("printed", "estimated", "signs", "stars", "inside"))]
        )  # fmt: skip
    header = ("Printed table", "Ours on", "Printed slopes", "Estimable", "Same sign", "Same stars",
              "Printed inside our 95 % interval")  # fmt: skip
    return e.table("How far printed slopes and ours agree", header, rows, left=[1])


def _figures(row: dict[str, Any]) -> str:
    """What our estimates rest on: the kinds of figures, or the name of a demo release."""
    kinds = row["figures"] or "nothing that can be estimated"
    return kinds if row["series"] == RELEASED else f"{row['series']} ({kinds})"


def _title(inputs: Inputs, number: str) -> str:
    return f"Table {number}, {inputs.paper.tables[number].title}"


def _heading(inputs: Inputs, number: str) -> str:
    return f'<h3 id="printed-{number}">{e.escape(_title(inputs, number))}</h3>'


def _descriptive(inputs: Inputs) -> str:
    number = paired(inputs.paper, "descriptives")
    if number is None:
        return ""
    frame = descriptive(inputs.paper, [t.ours() for t in inputs.tables])
    heading = _heading(inputs, number)
    if frame.empty:
        return heading + _not_there(inputs, number)
    rows = []
    for (_, label, measure), part in frame.groupby(["series", "label", "measure"], sort=False):
        values = part.set_index("statistic")
        href = lineage_href(part["table_id"].iloc[0])
        cells = []
        for statistic in ("n_obs", "mean", "sd", "min", "max"):
            if statistic not in values.index:
                cells += ["", "", ""]
                continue
            line = values.loc[statistic]
            cells += [_plain(line["printed"]), e.number(_plain(line["ours"]), href)]
            cells.append(
                e.number(f"{line['relative']:+.1%}", href) if abs(line["relative"]) < 10 else "×"
            )
        rows.append([f"{e.escape(label)}: {e.escape(measure)}", *cells])
    header = ["Variable and measure"]
    for name in ("Obs", "Mean", "Sd", "Min", "Max"):
        header += [f"{name}, printed", "ours", "apart"]
    note = (
        "Ours in the printed unit, 29 provinces, 2005-2022, every cell there is. Several measures can be "
        "the variable; each is shown. × marks a difference of more than tenfold."
    )
    inside = e.table("Printed and ours, measure by measure", header, rows) + e.paragraph(
        note, "note"
    )
    return heading + inside


def _unit_roots(inputs: Inputs) -> str:
    number = paired(inputs.paper, "unit_roots")
    if number is None:
        return ""
    frame = unit_roots(inputs.paper, [t.ours() for t in inputs.tables], _impossible(inputs))
    heading = _heading(inputs, number)
    if frame.empty:
        return heading + _not_there(inputs, number)
    rows = []
    for row in frame.to_dict("records"):
        href = lineage_href(row["table_id"])
        shown = [_p(row["p_asymptotic"]), _p(row["p_simulated"])]
        size = row["size_asymptotic"]
        rows.append(
            [e.escape(row["label"]), e.escape(row["test"]), e.escape(row["printed"]),
             "impossible" if row["impossible"] else "rejects" if row["printed_rejects"] else "does not",
             e.number(f"{row['ours']:.2f}", href) if pd.notna(row["ours"]) else "n.e.",
             *(e.number(s, href) if s else "" for s in shown),
             e.number(f"{size:.0%}", href) if pd.notna(size) else "",
             e.yes_no(row["agrees"])]
        )  # fmt: skip
    header = ("Series", "Test", "Printed", "by its stars", "Ours", "p, asymptotic", "p, simulated",
              "true size of the former", "Same verdict at 5 %")  # fmt: skip
    done = frame.dropna(subset=["agrees"])
    text = (
        f"Of {len(frame)} printed tests {int(frame['impossible'].sum())} cannot be true as printed, so that "
        f"there is no verdict to agree with. {len(done)} of the others can be computed on a gap-free window of "
        f"our figures; {int(done['agrees'].sum())} give the printed verdict at 5 % by simulated p-values. A "
        "test whose asymptotic p has a true size of 40 % rejects four true unit roots in ten."
    )
    return (
        heading
        + e.paragraph(text)
        + e.details(
            "Every test",
            f"{len(frame)} printed",
            e.table(_title(inputs, number), header, rows, left=[1]),
        )
    )


def _impossible(inputs: Inputs) -> set[str]:
    """Places of printed cells that cannot be true whatever the data."""
    frames = [findings_of(t.statistics) for t in inputs.of_kind("audit")]
    return {place for f in frames for place in f.loc[f["severity"] == "impossible", "place"]}


def _regression(inputs: Inputs, number: str, frame: pd.DataFrame) -> str:
    printed = inputs.paper.tables[number]
    title = f"Table {number}, {printed.title}"
    heading = f'<h3 id="printed-{number}">{e.escape(title)}</h3>'
    if frame.empty:
        return heading + _not_there(inputs, number)
    names = {g.model: g.name for g in inputs.paper.groups}
    names = {m: names.get(m, m.upper() if m.isalpha() else f"({m})") for m in printed.models}
    terms = [t for t in dict.fromkeys(frame["term"]) if t != "constant"]
    official = frame[frame["series"] == RELEASED]
    shown = frame if len(official) else frame.assign(series=RELEASED)
    labels = frame.drop_duplicates("term").set_index("term")["label"]
    plots = "".join(
        e.figure(draw_beside(shown, term, names, RELEASED), title=str(labels[term]))
        for term in terms
    )
    key = [("two", "printed, with the interval its errors imply"), ("one", "ours, 95 % interval")]
    key += [("four", "ours on simulated panels")] if inputs.demo else []
    parts = [heading, e.legend(key), f'<div class="plots">{plots}</div>']
    if printed.groups_of and inputs.paper.groups:
        parts.append(_orders(inputs, number, frame))
    parts.append(
        e.details(
            "Number by number", f"{len(official)} printed estimates", _cells(frame, names, title)
        )
    )
    return "".join(parts)


def _cells(frame: pd.DataFrame, names: dict[str, str], title: str) -> str:
    simulated = sorted(s for s in frame["series"].unique() if s != RELEASED)
    by_series = {
        s: frame[frame["series"] == s].set_index(["model", "term"]) for s in (RELEASED, *simulated)
    }
    base = frame[frame["series"] == (RELEASED if len(by_series[RELEASED]) else simulated[0])]
    rows = []
    for row in base.to_dict("records"):
        key = (row["model"], row["term"])
        own = by_series[RELEASED].loc[key] if key in by_series[RELEASED].index else None
        cells = [e.escape(names.get(row["model"], row["model"])), e.escape(row["printed"])]
        cells += [
            e.escape(own["our_model"]) if own is not None and pd.notna(own["our_model"]) else "",
            e.escape(own["figures_status"])
            if own is not None and pd.notna(own["estimate"])
            else "",
            *_own(own),
        ]
        for series in simulated:
            other = by_series[series]
            cells.append(_estimate(other.loc[key]) if key in other.index else "")
        condition = own["condition"] if own is not None else "no table of ours stands beside it yet"
        rows.append([e.escape(row["label"]), *cells, e.escape(condition)])
    header = ["Variable", "Column", "Printed", "Our column", "Figures", "Ours", "95 % interval", "Same sign",
              "Same stars", "Printed inside", *simulated, "What would have to hold for the printed number"]  # fmt: skip
    return e.table(
        f"{title}: printed and ours", header, rows, words=[len(header) - 1], left=[1, 3, 4]
    )


def _own(row: pd.Series | None) -> list[str]:
    if row is None or pd.isna(row["estimate"]):
        return ['<span class="none">n.e.</span>', "", *[e.yes_no(None)] * 3]
    href = lineage_href(row["table_id"], row["series"])
    interval = ""
    if pd.notna(row["ci_low"]):
        interval = e.number(f"{row['ci_low']:.3f} to {row['ci_high']:.3f}", href)
    agree = [e.yes_no(row[k]) for k in ("sign_agrees", "stars_agree", "inside")]
    return [_estimate(row), interval, *agree]


def _estimate(row: pd.Series) -> str:
    if pd.isna(row["estimate"]):
        return '<span class="none">n.e.</span>'
    text = f"{row['estimate']:.3f}{row['our_stars']} ({row['std_error']:.3f})"
    return e.number(text, lineage_href(row["table_id"], row["series"]))


def _orders(inputs: Inputs, number: str, frame: pd.DataFrame) -> str:
    rows = [
        [e.escape(r["label"]), e.escape(r["series"]), e.escape(r["printed_order"]),
         e.escape(r["our_order"] if pd.notna(r["our_order"]) else "not every region is estimable"),
         e.yes_no(r["agrees"])]
        for r in orders(inputs.paper, number, frame).to_dict("records")
    ]  # fmt: skip
    header = ("Slope", "Ours on", "Printed order", "Our order", "Same")
    note = (
        "An order of point estimates is no finding: with 8 to 11 clusters a region it takes differences "
        "several times their errors, which the table by region tests."
    )
    table = e.table("Order of the regions, largest slope first", header, rows, left=[1, 2, 3])
    return table + e.paragraph(note, "note")


def _not_there(inputs: Inputs, number: str) -> str:
    name = pairs(inputs.paper.id)[number]["table"]
    return e.paragraph(
        f"{name} is not among the current artifacts: nothing of ours to set beside it.", "note"
    )


def audit_section(inputs: Inputs) -> str:
    """Findings of the audit by severity, with the cells each rule applied to."""
    audits = inputs.of_kind("audit")
    if not audits:
        return e.paragraph("No audit is among the current artifacts.", "note")
    return "".join(_audit(table) for table in audits)


def audit_counts(inputs: Inputs) -> tuple[int, int, int]:
    """Facts that cannot be true, all facts found, cells the rules applied to."""
    frames = [findings_of(t.statistics) for t in inputs.of_kind("audit")]
    if not frames:
        return 0, 0, 0
    frame = pd.concat(frames)
    cells = int(frame.drop_duplicates("rule")["applicable"].sum())
    facts = [distinct_facts(frame, s) for s in SEVERITIES]
    return facts[0], sum(facts), cells


def _audit(table: StoredTable) -> str:
    frame = findings_of(table.statistics)
    href = lineage_href(table.table_id)
    rows = []
    for family, part in frame.groupby("family", sort=False):
        once = part.drop_duplicates("rule")
        counts = [len(once), int((once["applicable"] > 0).sum()), int(once["applicable"].sum())]
        counts += [distinct_facts(part, s) for s in SEVERITIES]
        rows.append([e.escape(family), *(e.number(c, href) for c in counts)])
    header = ("Family of rules", "Rules", "That applied", "Cells they applied to", *SEVERITIES)
    parts = [e.table("What was checked, and what was found", header, rows)]
    for severity in SEVERITIES:
        found = frame[frame["severity"] == severity]
        lines = [
            [e.escape(r["place"]), e.escape(r["finding"]), e.escape(f"{r['title']}. {r['reason']}"),
             e.number(r["applicable"], href)]
            for r in found.to_dict("records")
        ]  # fmt: skip
        words = ("Place", "Finding", "Rule, and why it holds", "Cells it applied to")
        inside = e.table(
            f"{severity.capitalize()}: {SEVERITY_WORDS[severity]}", words, lines, words=[1, 2]
        )
        facts = found["fact"].nunique()
        title = f"{severity.capitalize()}: {facts}"
        title += f", in {len(found)} places" if len(found) > facts else ""
        parts.append(
            e.details(title, SEVERITY_WORDS[severity], inside, identity=f"audit-{severity}")
        )
    quiet = frame[frame["finding"].isna()]
    lines = [
        [e.escape(r["title"]), e.escape(r["status"]), e.number(r["applicable"], href)]
        for r in quiet.to_dict("records")
    ]
    inside = e.table(
        "Rules without a finding", ("Rule", "Status", "Cells it applied to"), lines, left=[1]
    )
    parts.append(
        e.details(
            f"Rules without a finding: {len(quiet)}",
            "none of them is a pass where it applied to nothing",
            inside,
        )
    )
    return "".join(parts)


def _plain(value: float) -> str:
    if pd.isna(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:,.2f}"


def _p(value: float) -> str:
    if pd.isna(value):
        return ""
    return f"{value:.3f}" if value >= 0.001 else "<0.001"
