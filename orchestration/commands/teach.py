"""`make teach FILE=…`: a layout drafted from a file, asked for where the file does not say."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion.editions.alignment import Alignment
from living_panel.ingestion.formats.answers import AnswerRequest
from living_panel.ingestion.formats.layouts import layouts_folder, shown_path
from living_panel.ingestion.provenance.catalog import add_series, source
from living_panel.ingestion.provenance.receipts import place_in_landing
from living_panel.ingestion.storage.archive import LARGEST_FILE
from living_panel.ingestion.text import plain_label
from living_panel.orchestration.assets.teaching import (
    aligned_with,
    draft_layout,
    draft_tables,
    write_layout,
    wrong_answer,
)
from living_panel.orchestration.commands.prompts import ask
from living_panel.orchestration.commands.questions import question
from living_panel.orchestration.dbt.generated_files import (
    MEASURES,
    UNITS,
    add_measure,
    add_unit,
    names_in,
)
from living_panel.problems import Place, Refused

_ask = partial(ask, "TEACH")
NEW = "new"
"""The answer that adds a series to the catalog."""


def _ask_number(field: str, prompt: str) -> int:
    def wrong(answer: str) -> str | None:
        plain = answer.isascii() and answer.isdigit()
        return None if plain else f"{answer!r} is no number of digits alone, such as 2024"

    return int(_ask(field, prompt, None, wrong))


def teach(file: Path) -> int:
    """Draft the layout of one table of a file, show what it reads, and write it.

    Every answer may also come from the environment (TEACH_<FIELD>), for scripts; without a terminal
    a question that has neither is an error that names it.
    """
    if not file.is_file() or file.stat().st_size > LARGEST_FILE:
        raise Refused(
            Code.READ_LIMIT(
                "{file} is not an existing file of at most {largest_file} bytes",
                "name an existing file; split a file that is too large",
                file=file,
                largest_file=LARGEST_FILE,
            )
        )
    source_name, edition = place_in_landing(file.resolve())
    name = source_name or _ask("source", question("source"), None)
    source(name)
    year = edition or _ask_number("edition", question("edition"))
    drafts = draft_tables(file, name)
    if not drafts:
        raise Refused(
            Code.READ_TABLE(
                "the file has no table with rows of provinces",
                "type the values into a CSV file (data/README.md describes it) and put the file into landing/",
                Place(file=str(file)),
            )
        )
    draft = _chosen(drafts)
    _show(draft)
    aligned = aligned_with(draft, name, year)
    if aligned:
        _show_differences(aligned)
    drafted = draft_layout(file, name, year, draft, aligned, partial(_answer, name))
    if aligned is None:
        print(*drafted.differences, sep="\n")
    _show_read(drafted.read)
    if aligned and not drafted.is_needed:
        print(f"{shown_path(aligned.table.path)} reads this edition too: no layout is written.")
        return 0
    path = _path(file)
    write_layout(drafted, path, year)
    print(f"Wrote {path}. Land the file under format `table`, or correct the layout by hand.")
    return 1 if drafted.read["faults"] else 0


def _show_differences(aligned: Alignment) -> None:
    print(f"It is the table of {shown_path(aligned.table.path)}.")
    for problem in aligned.differences:
        print(f"  {problem}")


def _chosen(drafts: list[dict[str, Any]]) -> dict[str, Any]:
    if len(drafts) == 1:
        return drafts[0]
    for number, draft in enumerate(drafts, 1):
        print(f"{number}: {draft['place']}, {draft['title'] or 'no title'}")
    number = _ask_number("table", question("table", count=len(drafts)))
    if not 1 <= number <= len(drafts):
        raise Refused(
            Code.READ_TABLE(
                "there is no table {number}: the file has tables 1 to {n_drafts}",
                "write a number from 1 to {n_drafts}",
                number=number,
                n_drafts=len(drafts),
            )
        )
    return drafts[number - 1]


def _show(draft: dict[str, Any]) -> None:
    print(f"{draft['place']}: {draft['provinces']} provinces; lines above:")
    for line in draft["lines"]:
        print(f"  {line}")
    for column in draft["columns"]:
        words = " > ".join(column["header"]) or ("years alone" if column["years"] else "no words")
        printed = column["unit"] or draft["unit"]
        unit = "in each row" if draft["units_in_rows"] else printed or "not printed"
        years = ", ".join(map(str, column["years"]))
        spread = column["columns"]
        where = spread[0] if len(spread) == 1 else f"{spread[0]} to {spread[-1]}"
        print(f"  {where}: {words}; unit {unit}{f'; years {years}' if years else ''}")
    print("  rows of the beginning, the middle and the end:")
    for row in draft["rows"]:
        print("  | " + " | ".join(row))
    if draft["skipped"]:
        print("  rows that are taken for sums of provinces, and passed over:")
    for row in draft["skipped"]:
        print("  | " + " | ".join(row))
    if draft["unknown"]:
        print("  rows that name no province as the project spells it:")
    for row in draft["unknown_rows"]:
        print("  | " + " | ".join(row))


def _answer(name: str, asked: AnswerRequest) -> str:
    """Return a person's answer to one question; report an impossible answer."""

    def wrong(answer: str) -> str | None:
        is_new = asked.kind == "series" and answer == NEW
        return None if is_new else wrong_answer(asked, answer)

    if asked.kind == "new_unit":
        return _new_unit(name, asked, wrong)
    prompt = question(
        "row" if asked.kind == "region" else asked.kind,
        column=asked.column,
        words=asked.words,
        label=asked.label,
        count=asked.count,
    )
    prompt += f"; near: {', '.join(asked.near)}" if asked.near else ""
    default = asked.default
    if asked.kind == "series" and default == "-" and sys.stdin.isatty():
        default = None
    answer = _ask(asked.field, prompt, default, wrong)
    return _new_series(name) if asked.kind == "series" and answer == NEW else answer


def _new_unit(name: str, asked: AnswerRequest, wrong: Callable[[str], str | None]) -> str:
    """Ask whether a printed unit is added to its series, and add it."""
    prompt = question("new_unit", label=asked.label, words=asked.printed) + f"; {asked.near[0]}"
    answer = _ask(asked.field, prompt, asked.default, wrong)
    if answer == "yes":
        add_unit(name, asked.label, asked.printed)
        print(f"Added {asked.printed} to {asked.label}.")
    return answer


def _new_series(name: str) -> str:
    """Ask for a series that the catalog does not list yet, add it, and return its label."""
    measures, units = names_in(MEASURES), names_in(UNITS)

    def unknown(known: list[str], seed: Path, answer: str) -> str | None:
        odd = [text for text in map(str.strip, answer.split(",")) if text not in known]
        if not odd:
            return None
        return f"{odd[0]!r} is none of {', '.join(known)}; add a row to {seed} for another one"

    label = plain_label(_ask("new_label", question("new_label"), None))
    title = _ask("new_title", question("new_title"), None)
    units_answer = _ask("new_units", question("new_units"), None, partial(unknown, units, UNITS))
    measure = _ask(
        "new_measure",
        question("new_measure"),
        "-",
        partial(unknown, ["-", NEW, *measures], MEASURES),
    )
    if measure == NEW:
        measure = _ask("measure_name", question("measure_name"), None)
        unit = _ask("measure_unit", question("measure_unit"), units_answer.split(",")[0].strip())
        add_measure(
            measure, title, unit, _ask("measure_concept", question("measure_concept"), measure)
        )
        print(
            f"Added the measure {measure} to {MEASURES}. Its columns minimum and maximum are bounds of the values."
        )
    reason = _ask("new_reason", question("new_reason"), None)
    unit_names = tuple(map(str.strip, units_answer.split(",")))
    path = add_series(name, label, title, unit_names, "" if measure == "-" else measure, reason)
    print(f"Added {label} to {path}.")
    return label


def _show_read(read: dict[str, Any]) -> None:
    print(f"Read by this layout: {len(read['figures'])} values, {len(read['faults'])} faults.")
    for figure in read["figures"][:6]:
        place, label, unit, region, _, year, printed = figure[:7]
        print(f"  {place}: {label}, {region}, {year}: {printed} {unit}")
    for fault in read["faults"][:6]:
        print(f"  {fault}")


def _path(file: Path) -> Path:
    stem = re.sub(r"[^\w-]+", "_", file.stem).strip("_") or "layout"
    name = _ask("name", question("name"), stem)
    if re.fullmatch(r"[\w-]+", name) is None:
        raise Refused(
            Code.NAME_FORM(
                "{name!r} is not a plain name", "use only letters, digits, - and _", name=name
            )
        )
    path = layouts_folder() / f"{name}.yml"
    if path.exists() and _ask("replace", question("replace", path=path), "no") != "yes":
        raise Refused(
            Code.NAME_TAKEN(
                "{path} already exists and was not replaced",
                "choose another name, or answer yes to `replace`",
                path=path,
            )
        )
    return path
