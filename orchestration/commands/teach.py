"""`make teach FILE=…`: a layout drafted from a file, asked for where the file does not say."""

from __future__ import annotations

import re
import sys
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from ingestion.archive import LARGEST_FILE
from ingestion.bounded import call
from ingestion.catalog import source
from ingestion.files import write_durably
from ingestion.formats.answers import Asked, layout_of, written
from ingestion.formats.layouts import own_folder
from ingestion.receipts import place_in_landing
from orchestration.commands.prompts import ask

_ask = partial(ask, "TEACH")


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
        raise ValueError(
            f"{file} is not a file of at most {LARGEST_FILE} bytes. Remedy: name the file itself."
        )
    found, edition = place_in_landing(file.resolve())
    name = found or _ask("source", "Source whose catalog lists the series", None)
    source(name)
    year = edition or _ask_number("edition", "Edition (year of the publication)")
    content = file.read_bytes()
    drafts = call("ingestion.formats.teach:drafts", content, file.name, [file.name, name])
    if not drafts:
        raise ValueError(
            f"{file}: no table with rows of provinces. Remedy: land the figures in the CSV form."
        )
    draft = _chosen(drafts)
    _show(draft)
    layout = layout_of(draft, name, year, file.name, _answer)
    read = call(
        "ingestion.formats.teach:preview", content, file.name, [file.name, name, year, layout]
    )
    _show_read(read)
    path = _path(file)
    write_durably(written(layout).encode(), path)
    print(f"Wrote {path}. Land the file under format `table`, or correct the layout by hand.")
    return 1 if read["faults"] else 0


def _chosen(drafts: list[dict[str, Any]]) -> dict[str, Any]:
    if len(drafts) == 1:
        return drafts[0]
    for number, draft in enumerate(drafts, 1):
        print(f"{number}: {draft['place']}, {draft['title'] or 'no title'}")
    number = _ask_number("table", f"Which table (1 to {len(drafts)})")
    if not 1 <= number <= len(drafts):
        raise ValueError(f"table {number}: expected a number from 1 to {len(drafts)}.")
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


def _answer(asked: Asked) -> str:
    """Return a person's answer to one question; one that cannot be is named."""

    def wrong(answer: str) -> str | None:
        if asked.kind in {"year", "provinces"}:
            plain = answer.isascii() and answer.isdigit()
            return None if plain else f"{answer!r} is no number of digits alone, such as 2024"
        if not answer:
            return "an answer is needed"
        if asked.kind == "unit" and answer not in asked.known:
            return f"{answer!r} is no unit of {asked.label}: {', '.join(asked.known)}"
        if asked.kind == "series" and answer not in {"-", *asked.known}:
            near = get_close_matches(answer, asked.known, n=1, cutoff=0.4)
            said = f", such as {near[0]}" if near else ""
            return f"{answer!r} is no series of the source. Take one of its catalog{said}, or add it there first"
        return None

    prompts = {
        "title": "Title, without number and year, or - for none",
        "subtitle": "A line that tells it from a twin table, or -",
        "series": f"Series of column {asked.column} ({asked.words}), or - for none",
        "unit": f"Unit of {asked.label}, which is not printed",
        "year": f"Year of column {asked.column}, which is not printed",
        "provinces": f"Provinces of the whole table ({asked.count} here)",
    }
    prompt = prompts[asked.kind] + (f"; near: {', '.join(asked.near)}" if asked.near else "")
    default = asked.default
    if asked.kind == "series" and default == "-" and sys.stdin.isatty():
        default = None
    return _ask(asked.field, prompt, default, wrong)


def _show_read(read: dict[str, Any]) -> None:
    print(f"Read by this layout: {len(read['figures'])} figures, {len(read['faults'])} faults.")
    for figure in read["figures"][:6]:
        place, label, unit, region, _, year, printed = figure[:7]
        print(f"  {place}: {label}, {region}, {year}: {printed} {unit}")
    for fault in read["faults"][:6]:
        print(f"  {fault}")


def _path(file: Path) -> Path:
    stem = re.sub(r"[^\w-]+", "_", file.stem).strip("_") or "layout"
    name = _ask("name", "Name of the layout", stem)
    if re.fullmatch(r"[\w-]+", name) is None:
        raise ValueError(f"{name!r} is no plain name. Remedy: letters, digits, - and _.")
    path = own_folder() / f"{name}.yml"
    if path.exists() and _ask("replace", f"{path} is there; replace it (yes or no)", "no") != "yes":
        raise ValueError(f"{path} is kept. Remedy: another name, or answer yes to `replace`.")
    return path
