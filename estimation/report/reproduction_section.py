"""How many printed numbers are reproduced: the first section of a paper's page, and its line in the index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from living_panel.estimation.audit.causes import (
    NO_CAUSE,
    NOT_TRIED,
    in_few_words,
    key_of,
    numbered,
)
from living_panel.estimation.audit.reproduction import (
    REASONS,
    STATUSES,
    counts,
    in_words,
    summarize,
)
from living_panel.estimation.findings.declared import Printed
from living_panel.estimation.papers.schema import PrintedPaper
from living_panel.estimation.report.contents import column_names, table_name
from living_panel.estimation.report.elements import e, joined
from living_panel.estimation.report.gather import lineage_href
from living_panel.estimation.report.inputs import Inputs
from living_panel.estimation.report.result_pictures import TESTS
from living_panel.estimation.tables.facts import R_SQUARED, inference_text
from living_panel.estimation.tables.texts import minus, places_to_show
from living_panel.problems import name_commands

STATUS_NOTE = (
    "Reproduced: our number rounds to the printed digits. Rounding: our number differs by one unit of the last "
    "printed digit. Minor: our number has the same sign and stars, and differs by at most 0.1 standard errors. "
    "Differs: every other number that was compared. If the paper does not name its R², we compare a whole row with "
    "one kind. We choose the kind that fits best. Such an R² never counts as reproduced."
)
DEFINITION = f"The total counts every printed number that was transcribed. {STATUS_NOTE}"
READ_FROM = {
    "page": "read from the page",
    "output": "typed from memory without a check of the page; the output of a program agrees",
    "memory": "typed from memory without a check of the page",
    "unstated": "entered without a note of their source",
}
"""Where printed numbers come from, in words."""
NUMBER_NAMES = {
    "std_error": "standard error",
    "ci_low": "lower end of the interval",
    "ci_high": "upper end of the interval",
    "n_obs": "N",
    "r_squared": "R²",
    **{f"r_squared_{kind}": words for kind, words in R_SQUARED.items()},
    "n_provinces": "number of units",
    "n_years": "number of periods",
}
"""Stored names of numbers in words; others are read with blanks."""
NAMING = ("not_computed", "not_estimated")
"""Codes whose stored reasons name a table or a column of ours."""
MOST_ROWS = 400  # of differing numbers on the page
MOST_CAUSES = 2  # of one number
ABOUT_CAUSES = (
    "Each possible cause is a hypothesis. Its count says how many compared numbers of the column would agree "
    "if the hypothesis were true."
)


def paper_counts(cells: pd.DataFrame) -> dict[str, Any] | None:
    """Counts over the whole paper; None where nothing printed is transcribed."""
    if cells.empty:
        return None
    design = str(cells["design"].iloc[0])
    return {"design": design, **counts(cells, design)}


def printed_cell(cells: pd.DataFrame, printed: Printed) -> pd.Series | None:
    """Comparison of one printed coefficient with ours for the same cell; None where it was not compared."""
    is_it = (cells["printed_table"] == printed.table) & (cells["model"] == printed.model)
    is_it &= (cells["term"] == printed.term) & (cells["statistic"] == "estimate")
    found = cells[is_it & (cells["part"] == "estimate")]
    return None if found.empty else found.iloc[0]


def sentence(cells: pd.DataFrame) -> str:
    """The first sentence on a paper: how many of its printed numbers are reproduced."""
    paper_count = paper_counts(cells)
    return in_words(paper_count, str(paper_count["design"])) if paper_count else ""


def reproduction_section(inputs: Inputs, cells: pd.DataFrame) -> Markup:
    """Counts by printed table and column, and every number that is not reproduced."""
    if cells.empty:
        return Markup()
    cells = _in_words(cells)
    summary = summarize(cells)
    parts = [e.paragraph(sentence(cells)), e.paragraph(DEFINITION, "note")]
    parts += [e.paragraph(text, "note") for text in (*origins(inputs.paper), *_standards(cells))]
    parts += [
        _counted(inputs, summary),
        _columns(inputs.paper, summary),
        _others(inputs.paper, cells, inputs.causes),
    ]
    return joined(parts)


def _in_words(cells: pd.DataFrame) -> pd.DataFrame:
    """Numbers with reasons that name no column of ours."""
    words = cells["reason_code"].map({code: REASONS[code] for code in NAMING})
    return cells.assign(reason=words.fillna(cells["reason"]))


def origins(paper: PrintedPaper) -> list[str]:
    """Where the printed numbers of each table come from, tables with the same origin together."""
    tables: dict[str, list[str]] = {}
    for table in paper.tables.values():
        if table.cells:
            origin = READ_FROM[table.read_from] + (f" ({table.checked})" if table.checked else "")
            tables.setdefault(origin, []).append(table.number)
    named = {origin: "" for origin in tables}
    if len(tables) > 1:
        named = {origin: f" of table {', '.join(numbers)}" for origin, numbers in tables.items()}
    return [f"The printed numbers{which} were {origin}." for origin, which in named.items()]


def _standards(cells: pd.DataFrame) -> list[str]:
    """The words of the Institute for Replication and of the AEA Data Editor."""
    paper_count = paper_counts(cells)
    sentences = (
        [f"Class of the Institute for Replication: {paper_count['i4r']}."] if paper_count else []
    )
    reasons = cells.loc[cells["aea_reason"].fillna("") != "", "aea_reason"].value_counts()
    if len(reasons):
        listed = "; ".join(f"{reason} ({number})" for reason, number in reasons.items())
        sentences.append(f"Reasons in the AEA Data Editor's words: {listed}.")
    return [" ".join(sentences)] if sentences else []


def _counted(inputs: Inputs, summary: pd.DataFrame) -> Markup:
    by_table = summary[summary["scope"] == "table"].to_dict("records")
    rows = [_line(table_name(r["printed_table"]), r, _level(r)) for r in by_table]
    total = summary[summary["scope"] == "paper"].iloc[0].to_dict()
    rows.append(_line("all tables", total, ""))
    header = (
        "Printed table",
        "Numbers",
        *map(str.capitalize, STATUSES),
        "Class (AEA)",
        "Level (SSRP)",
        "Not attempted because",
    )
    header, rows = _without_empty_reasons(header, rows)
    title = "Printed numbers by status"
    return Markup(e.table(title, header, rows, left=[7], words=[9], total=True))


def _line(name: str, line: dict[str, Any], *more: str) -> list[str]:
    numbers = [str(line[key]) for key in ("printed", *STATUSES)]
    return [name, *numbers, str(line["class"]), *more, str(line["reasons"])]


def _level(line: dict[str, Any]) -> str:
    """Level of a display item; only a table is one."""
    return "" if pd.isna(line["ssrp_level"]) else str(int(line["ssrp_level"]))


def _without_empty_reasons(
    header: tuple[str, ...], rows: list[list[str]]
) -> tuple[tuple[str, ...], list[list[str]]]:
    """Header and rows, without the last column where everything was attempted."""
    if any(row[-1] for row in rows):
        return header, rows
    return header[:-1], [row[:-1] for row in rows]


def _columns(paper: PrintedPaper, summary: pd.DataFrame) -> Markup:
    by_column = summary[summary["scope"] == "column"].to_dict("records")
    rows = [
        _line(
            f"{table_name(n)}, {column_names(paper, n).get(r['model'], 'all columns')}",
            r,
        )
        for r in by_column
        if (n := str(r["printed_table"]))
    ]
    header = (
        "Column",
        "Numbers",
        *map(str.capitalize, STATUSES),
        "Class (AEA)",
        "Not attempted because",
    )
    header, rows = _without_empty_reasons(header, rows)
    inside = e.table("Printed numbers by column", header, rows, left=[7], words=[8])
    return Markup(e.details("By column", f"{len(rows)} printed columns", inside))


def _others(paper: PrintedPaper, cells: pd.DataFrame, causes: pd.DataFrame) -> Markup:
    """Every printed number that ours does not round to, with possible causes where they were searched."""
    numbers = numbered(cells)
    others = numbers[numbers["status"] != "reproduced"].head(MOST_ROWS)
    if others.empty:
        return Markup()
    rows = [_other(paper, row) for row in others.to_dict("records")]
    header: tuple[str, ...] = (
        "Place",
        "Printed",
        "Ours",
        "Difference",
        "In printed errors",
        "Status",
        "Our number, or why we have none",
    )
    words, notes = [6], Markup()
    if len(causes):
        header, words = (*header, "Possible causes"), [6, 7]
        texts = causes_in_words(causes)
        keys = (key_of(row) for row in others.to_dict("records"))
        rows = [[*row, texts.get(key, "")] for row, key in zip(rows, keys, strict=True)]
        notes = joined(e.paragraph(text, "note") for text in _about(causes))
    inside = notes + e.table("Numbers that are not reproduced", header, rows, left=[5], words=words)
    title = f"Numbers not reproduced: {(cells['status'] != 'reproduced').sum()}"
    return Markup(e.details(title, "each with ours or the reason", inside))


def causes_in_words(causes: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """Possible causes of each number, the ones that explain most of its column first."""
    texts: dict[tuple[str, ...], list[str]] = {}
    for row in causes.to_dict("records"):
        if row["cause"] == NOT_TRIED:
            continue
        of_row = texts.setdefault(key_of(row), [])
        if len(of_row) < MOST_CAUSES:
            named = {str(name): value for name, value in row.items()}
            of_row.append("none found" if row["cause"] == NO_CAUSE else in_few_words(named))
    return {key: "; ".join(words) for key, words in texts.items()}


def _about(causes: pd.DataFrame) -> list[str]:
    """Sentences above possible causes."""
    not_tried = (causes["cause"] == NOT_TRIED).any()
    other = (
        "Other editions of the data were not tried. Run `make editions` to estimate the tables on each "
        "edition."
    )
    return [ABOUT_CAUSES, *([name_commands(other)] if not_tried else [])]


def name_in_words(name: str) -> Markup:
    """A number of ours in words; a measure, as in "mean of", stays a name of the panel's columns."""
    what, of, measure = name.partition(" of ")
    words = NUMBER_NAMES.get(what, what.replace("_", " "))
    known = TESTS.get(measure)
    after = known or (e.code(measure) if of else "")
    return joined([Markup("{}{}").format(words, of), Markup("{}").format(after)])


def row_name(paper: PrintedPaper, row: Mapping[str, Any]) -> str:
    """Row of a printed number; one that is the name of a variable or of a statistic has its words."""
    printed, term = str(row["row"]), "" if pd.isna(row["term"]) else str(row["term"])
    if printed in NUMBER_NAMES:
        return NUMBER_NAMES[printed]
    return paper.name_of(term) if term and ("_" in printed or printed in paper.roles) else printed


def _other(paper: PrintedPaper, row: dict[str, Any]) -> list[str]:
    place = f"{table_name(row['printed_table'])}: {row_name(paper, row)}, {row['column']}"
    if row["part"] == "bracket":
        place += " (bracket)"
    if pd.isna(row["ours"]):
        return [place, row["printed"], "", "", "", row["status"], row["reason"]]
    digits = max(int(row["decimals"]) + 1, 0)
    href = lineage_href(row["table_id"])
    ours = e.number(minus(row["ours"], places_to_show(row["ours"], digits)), href)
    error = "" if pd.isna(row["difference_se"]) else minus(row["difference_se"], 2)
    gap = minus(row["difference"], places_to_show(row["difference"], digits))
    kind = f" ({inference_text(row['our_inference'])})" if row["our_inference"] else ""
    name = Markup(": {}{}").format(name_in_words(row["our_name"]), kind)
    why = f"; {row['reason']}" if row["reason_code"] == "unnamed_kind" else ""
    words = joined([e.code(row["our_model"]), name, why])
    return [place, row["printed"], ours, gap, error, row["status"], words]
