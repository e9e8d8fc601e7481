"""Error rates of the audit: correct tables of many forms give nothing above form, planted errors are found.

Each kind of error is planted in every table that it is possible in, in one cell chosen by a seed. A planted
error counts as found only by an inconsistency above form.
"""

from __future__ import annotations

import os
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from living_panel.estimation.audit import run_audit
from living_panel.estimation.audit.registry import holds
from living_panel.estimation.audit.significance import critical, t_range
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.papers.rows import Cell, PrintedNumber
from living_panel.estimation.papers.schema import PrintedPaper, Table

REFERENCE = Path(__file__).parents[1] / "reference" / "audit"
sys.path.insert(0, str(REFERENCE))
from correct_tables import FORMS, correct  # noqa: E402
from more_correct_tables import MORE_FORMS  # noqa: E402

DOCS = Path(__file__).parents[2] / "docs" / "papers.md"
BEGIN, END = "<!-- planted errors: begin -->", "<!-- planted errors: end -->"
PUBLISHED = ("class_size", "drunk_driving", "grunfeld_firms", "grunfeld_panel", "public_capital")
SHARE = 0.85
FEWEST = 60


@cache
def papers() -> dict[str, PrintedPaper]:
    """Correct papers: estimated here in many forms, and published ones."""
    return {**correct(), **{name: load_paper(name, REFERENCE) for name in PUBLISHED}}


def above_form(paper: PrintedPaper) -> list[dict[str, object]]:
    audit = run_audit(paper).dropna(subset=["inconsistency"])
    found = audit[audit["severity"] != "form"]
    return found[["rule", "severity", "place", "inconsistency", "repeat"]].to_dict("records")


NAMES = [form.__name__ for form in (*FORMS, *MORE_FORMS)]


@cache
def correct_table(name: str) -> PrintedPaper:
    """A correct table: one in which errors are planted too, or one of the further forms."""
    more = {form.__name__: form for form in MORE_FORMS}
    return more[name]() if name in more else correct()[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_correct_table_is_not_accused(name: str) -> None:
    assert above_form(correct_table(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_correct_table_is_not_accused_where_little_is_transcribed(name: str) -> None:
    """The same with nothing declared but what the brackets, stars and sides of the tests are."""
    paper = correct_table(name)
    kept = (
        "number",
        "title",
        "content",
        "place",
        "cells",
        "brackets",
        "stars",
        "sides",
        "stars_by",
    )
    bare = {
        n: Table.model_validate({k: getattr(t, k) for k in kept}) for n, t in paper.tables.items()
    }
    assert above_form(paper.model_copy(update={"tables": bare})) == []


# -- planting ------------------------------------------------------------------------------------
Place = tuple[str, int]
"""Number of a table, and the place of a cell in it."""
Plant = Callable[[PrintedPaper, random.Random], PrintedPaper | None]


def put(paper: PrintedPaper, place: Place, cell: Cell) -> PrintedPaper:
    number, at = place
    table = paper.tables[number]
    cells = (*table.cells[:at], cell, *table.cells[at + 1 :])
    return form(paper, number, cells=cells)


def form(paper: PrintedPaper, number: str, **parts: object) -> PrintedPaper:
    made = paper.tables[number].model_copy(update=parts)
    return paper.model_copy(update={"tables": {**paper.tables, number: made}})


def places(
    paper: PrintedPaper, wanted: Callable[[Table, Cell], bool], content: str = "regression"
) -> list[tuple[Place, Table, Cell]]:
    return [
        ((n, at), t, c)
        for n, t in paper.tables.items()
        if t.content == content
        for at, c in enumerate(t.cells)
        if c.estimate is not None and wanted(t, c)
    ]


def respell(cell: Cell, estimate: str = "", bracket: str = "", stars: str | None = None) -> Cell:
    number = PrintedNumber(estimate) if estimate else cell.number
    inside = PrintedNumber(bracket) if bracket else cell.bracket
    marks = cell.stars if stars is None else stars
    text = f"{number.text}{marks}" + (f" ({inside.text})" if inside else "")
    return replace(cell, estimate=number, bracket=inside, stars=marks, text=text)


def one(found: list, draw: random.Random) -> tuple[Place, Table, Cell] | None:
    return draw.choice(found) if found else None


def in_one_cell(
    wanted: Callable[[Table, Cell], bool],
    change: Callable[[Table, Cell], Cell],
    content: str = "regression",
) -> Plant:
    def plant(paper: PrintedPaper, draw: random.Random) -> PrintedPaper | None:
        chosen = one(places(paper, wanted, content), draw)
        return None if chosen is None else put(paper, chosen[0], change(chosen[1], chosen[2]))

    return plant


def abs_t(table: Table, cell: Cell) -> float:
    if table.stars_by == "other" or cell.statistic != "estimate" or cell.term == "constant":
        return -1.0
    reach = t_range(cell, table.brackets)
    return reach.value if reach else -1.0


def legend(table: Table) -> list[str]:
    return sorted(table.stars, key=lambda mark: table.stars[mark])  # strictest first


def digits(value: float, number: PrintedNumber) -> str:
    return f"{value:.{max(number.decimals, 0)}f}"


def of(statistic: str) -> Callable[[Table, Cell], bool]:
    return lambda t, c: c.statistic == statistic


def _swap(text: str) -> str:
    """The number with the two first different digits behind the point in the other order."""
    head, _, tail = text.partition(".")
    for n in range(len(tail) - 1):
        if tail[n] != tail[n + 1]:
            return f"{head}.{tail[:n]}{tail[n + 1]}{tail[n]}{tail[n + 2 :]}"
    return f"{head}.{tail[::-1]}"


def swap_columns(paper: PrintedPaper, draw: random.Random) -> PrintedPaper | None:
    """R² of two nested columns in the other's place."""
    for number, table in paper.tables.items():
        if len(table.nested) > 1 and table.r_squared in ("within", "overall", "inclusive"):
            first, second = draw.choice(list(zip(table.nested, table.nested[1:], strict=False)))
            at = {c.model: n for n, c in enumerate(table.cells) if c.statistic == "r_squared"}
            a, b = (table.cells[at[m]] for m in (first, second))
            made = put(paper, (number, at[first]), respell(a, b.number.text))
            return put(made, (number, at[second]), respell(b, a.number.text))
    return None


def claim_of(kind: str, change: Callable[[object], object]) -> Plant:
    def plant(paper: PrintedPaper, draw: random.Random) -> PrintedPaper | None:
        known = [n for n, c in enumerate(paper.claims) if c.kind == kind]
        if not known:
            return None
        at = draw.choice(known)
        claims = list(paper.claims)
        claims[at] = change(claims[at])
        return paper.model_copy(update={"claims": tuple(claims)})

    return plant


def misnamed(paper: PrintedPaper, draw: random.Random) -> PrintedPaper | None:
    """The note calls the brackets another thing than they are."""
    wrong = {"standard_error": "t_statistic", "t_statistic": "standard_error",
             "abs_t_statistic": "standard_error", "p_value": "standard_error"}  # fmt: skip
    known = [
        n for n, t in paper.tables.items()
        if t.content == "regression" and t.brackets in wrong and t.stars and t.stars_by == "brackets"
    ]  # fmt: skip
    if not known:
        return None
    number = draw.choice(known)
    return form(paper, number, brackets=wrong[paper.tables[number].brackets])


KINDS: dict[str, Plant] = {
    "a star too many": in_one_cell(
        lambda t, c: bool(t.stars) and not c.stars
        and 0 <= abs_t(t, c) < critical(max(t.stars.values()), 1e9, t.sides) * 0.9,
        lambda t, c: respell(c, stars=legend(t)[0]),
    ),
    "stars left out": in_one_cell(
        lambda t, c: bool(c.stars) and abs_t(t, c) > 5,
        lambda t, c: respell(c, stars=""),
    ),
    "one star too few": in_one_cell(
        lambda t, c: bool(c.stars) and c.stars == legend(t)[0] and len(t.stars) > 1 and abs_t(t, c) > 5,
        lambda t, c: respell(c, stars=legend(t)[-1]),
    ),
    "error ten times too large": in_one_cell(
        lambda t, c: bool(c.stars) and t.brackets == "standard_error" and 0 < abs_t(t, c) < 16,
        lambda t, c: respell(c, bracket=digits(c.bracket.value * 10, c.bracket)),
    ),
    "error ten times too small": in_one_cell(
        lambda t, c: bool(t.stars) and not c.stars and t.brackets == "standard_error" and abs_t(t, c) > 0.6
        and c.bracket.value / 10 >= 2 * c.bracket.half_unit,
        lambda t, c: respell(c, bracket=digits(c.bracket.value / 10, c.bracket)),
    ),
    "estimate ten times too small": in_one_cell(
        lambda t, c: bool(c.stars) and t.brackets == "standard_error" and 0 < abs_t(t, c) < 16,
        lambda t, c: respell(c, estimate=digits(c.value / 10, c.number)),
    ),
    "a minus before the error": in_one_cell(
        lambda t, c: t.brackets == "standard_error" and abs_t(t, c) > 0,
        lambda t, c: respell(c, bracket=f"-{c.bracket.text}"),
    ),
    "a sign lost next to t": in_one_cell(
        lambda t, c: t.brackets == "t_statistic" and abs_t(t, c) > 0,
        lambda t, c: respell(c, estimate=c.number.text.lstrip("-") if c.value < 0 else f"-{c.number.text}"),
    ),
    "brackets misnamed": misnamed,
    "more rows than the panel": in_one_cell(
        lambda t, c: c.statistic == "n_obs", lambda t, c: respell(c, f"{int(c.value) * 1001}")
    ),
    "rows of one digit more": in_one_cell(
        lambda t, c: c.statistic == "n_obs", lambda t, c: respell(c, f"{int(c.value)}7")
    ),
    "a column of other rows": in_one_cell(
        lambda t, c: c.statistic == "n_obs" and len(t.models) > 1,
        lambda t, c: respell(c, f"{int(c.value) - 7}"),
    ),
    "more units than the sample": in_one_cell(
        of("n_groups"), lambda t, c: respell(c, f"{int(c.value) * 3}")
    ),
    "R2 above one": in_one_cell(of("r_squared"), lambda t, c: respell(c, digits(c.value + 1, c.number))),
    "R2 of another column": swap_columns,
    "R2 a tenth": in_one_cell(
        lambda t, c: c.statistic == "r_squared" and c.value > 0.1 and t.r_squared != "adjusted"
        and t.get(c.model, "f_statistic") is not None,
        lambda t, c: respell(c, digits(c.value / 10, c.number)),
    ),
    "F ten times": in_one_cell(
        lambda t, c: c.statistic == "f_statistic" and t.get(c.model, "r_squared") is not None,
        lambda t, c: respell(c, digits(c.value * 10, c.number)),
    ),
    "another estimate in the text": claim_of(
        "value", lambda c: replace(c, values=(_swap(c.values[0]),))
    ),
    "another sign in the text": claim_of(
        "sign", lambda c: replace(c, relation="negative" if c.relation == "positive" else "positive")
    ),
    "another method in the text": claim_of("method", lambda c: replace(c, values=("between",))),
    "another size in the text": claim_of("size", lambda c: replace(c, values=(c.values[0], _swap(c.values[1])))),
    "digits of t exchanged": in_one_cell(
        of("t_statistic"), lambda t, c: respell(c, digits(c.value * 3, c.number))
    ),
    "p of another cell": in_one_cell(
        of("p_value"), lambda t, c: respell(c, digits((c.value + 0.5) % 1, c.number))
    ),
    "an interval of another cell": in_one_cell(
        of("ci_low"), lambda t, c: respell(c, digits(c.value * 2 if c.value else 1, c.number))
    ),
    "error of another cell": in_one_cell(
        of("std_error"), lambda t, c: respell(c, digits(c.value * 3, c.number))
    ),
    "a mean outside of its extremes": in_one_cell(
        of("mean"), lambda t, c: respell(c, digits(c.value * 1000, c.number)), "descriptives"
    ),
    "a deviation ten times": in_one_cell(
        of("sd"), lambda t, c: respell(c, digits(c.value * 10, c.number)), "descriptives"
    ),
    "rows of a group": in_one_cell(
        lambda t, c: c.statistic == "n_obs" and t.groups_of is not None,
        lambda t, c: respell(c, f"{int(c.value) - 1}"),
    ),
    "a constant with another sign": in_one_cell(
        lambda t, c: c.term == "constant" and c.statistic == "estimate" and abs(c.value) > 1,
        lambda t, c: respell(c, f"-{c.number.text}" if c.value > 0 else c.number.text.lstrip("-")),
    ),
}  # fmt: skip
RARE = ("another size in the text", "digits of t exchanged")
"""Kinds that only one paper can have."""
MOST = 4
"""Papers that a kind of error is planted in, so that a frequent kind does not decide the share."""


def planted() -> Iterator[tuple[str, str, PrintedPaper]]:
    """Every planted error: its kind, the paper, and the paper with it."""
    for kind, plant in KINDS.items():
        done = 0
        for name, paper in papers().items():
            seen: list[PrintedPaper] = []
            for again in range(6):
                made = plant(paper, random.Random(f"{kind} {name} {again}"))
                if made is None or made == paper or done == MOST:
                    continue
                if made in seen or len(seen) == 2 and kind not in RARE:
                    continue
                done += 1
                seen.append(made)
                yield kind, name, made


@pytest.fixture(scope="module")
def outcome() -> dict[str, list[bool]]:
    """Whether each planted error is found, by its kind."""
    found: dict[str, list[bool]] = defaultdict(list)
    for kind, name, paper in planted():
        inconsistencies = above_form(paper)
        assert all(holds(str(f["repeat"])) for f in inconsistencies), (kind, name)
        found[kind].append(bool(inconsistencies))
    return found


@pytest.mark.slow
def test_planted_errors_are_found(outcome: dict[str, list[bool]]) -> None:
    tried = sum(map(len, outcome.values()))
    share = sum(map(sum, outcome.values())) / tried
    assert tried >= FEWEST and all(len(v) >= 2 for v in outcome.values())
    assert share >= SHARE, share


@pytest.mark.slow
def test_the_table_of_the_documentation_has_these_counts(outcome: dict[str, list[bool]]) -> None:
    text = DOCS.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    rows = [f"| {kind} | {sum(v)} of {len(v)} |" for kind, v in outcome.items()]
    total = f"| all | {sum(map(sum, outcome.values()))} of {sum(map(len, outcome.values()))} |"
    table = "\n".join(["", "| planted error | found |", "|---|---|", *rows, total, ""])
    made = f"{head}{BEGIN}{table}{END}{tail}"
    if os.environ.get("UPDATE_SNAPSHOT"):
        DOCS.write_text(made, encoding="utf-8")
    assert text == made or os.environ.get("UPDATE_SNAPSHOT"), "UPDATE_SNAPSHOT=1 writes it anew"


def studies() -> dict[str, list[str]]:
    """Cells of each study's row in the table of the documentation."""
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    return {row[0].split("`")[1]: row for row in rows if len(row) == 7}


@pytest.mark.slow
@pytest.mark.parametrize("name", studies())
def test_the_row_of_a_study_is_what_its_folder_gives(name: str) -> None:
    paper, folder = load_paper(name), PAPERS / name
    found = []
    for kind, plant in KINDS.items():
        made = plant(paper, random.Random(f"{kind} {name} 0"))
        if made is not None and made != paper:
            found.append(bool(above_form(made)))
    lines = [
        sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
        for files in (
            folder.rglob("*.yml"),
            (f for f in folder.rglob("*.csv") if f.name not in ("panel.csv", "units.csv")),
        )
    ]
    _, _, size, _, alarms, planted, _ = studies()[name]
    assert size.removesuffix(" and its data") == f"{lines[0]}, {lines[1]}"
    assert (alarms, planted) == (f"{len(above_form(paper))}", f"{sum(found)} of {len(found)}")


def test_at_least_eight_studies_have_a_row() -> None:
    assert len(studies()) >= 8 and {*studies()} <= {
        p.parent.name for p in PAPERS.glob("*/paper.yml")
    }
