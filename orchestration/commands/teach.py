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
    catalog = source(name)
    year = edition or _ask_number("edition", "Edition (year of the publication)")
    content = file.read_bytes()
    drafts = call("ingestion.formats.teach:drafts", content, file.name, [file.name, name])
    if not drafts:
        raise ValueError(
            f"{file}: no table with rows of provinces. Remedy: land the figures in the CSV form."
        )
    draft = _chosen(drafts)
    _show(draft)
    layout = _layout(draft, catalog.source, year, set(catalog.by_label()))
    read = call(
        "ingestion.formats.teach:preview", content, file.name, [file.name, name, year, layout]
    )
    _show_read(read)
    path = _path(file)
    from ingestion.formats.teach import written

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
        words = " > ".join(column["header"]) or "no words"
        print(
            f"  {column['column']}: {words}; unit {column['unit'] or draft['unit'] or 'not printed'}"
        )
    if draft["skip"]:
        print(f"  rows that are taken for no province: {', '.join(draft['skip'])}")
    for row in draft["rows"]:
        print("  | " + " | ".join(row))


def _layout(
    draft: dict[str, Any], source_name: str, edition: int, labels: set[str]
) -> dict[str, Any]:
    """Ask for the series of each column, and for what the table does not print."""
    title = _ask("title", "Title, without number and year", draft["title"] or None)
    subtitle = _ask("subtitle", "A line that tells it from a twin table, or -", "-")

    def wrong(label: str) -> str | None:
        if label == "-" or label in labels:
            return None
        near = get_close_matches(label, labels, n=1, cutoff=0.4)
        said = f", such as {near[0]}" if near else ""
        return f"{label!r} is no series of {source_name}. Take one of its catalog{said}, or add it there first"

    columns = []
    for column in draft["columns"]:
        letter, words = column["column"], " > ".join(column["header"])
        near = f"; near: {', '.join(column['near'])}" if column["near"] else ""
        label = _ask(
            f"column_{letter}", f"Series of column {letter} ({words}), or - for none{near}",
            column["label"] or ("-" if not sys.stdin.isatty() else None), wrong,
        )  # fmt: skip
        if label == "-":
            continue
        if not column["header"]:
            raise ValueError(f"column {letter} has no words above it, so it cannot be described.")
        entry = {"label": label, "header": column["header"], "year": _year(column, draft, edition)}
        if not column["unit"] and not draft["unit"]:
            entry["unit"] = _ask(f"unit_{letter}", f"Unit of {label}, which is not printed", None)
        columns.append(entry)
    if not columns:
        raise ValueError("No column was given a series. Remedy: set TEACH_COLUMN_<letter>.")
    layout: dict[str, Any] = {"source": source_name, "editions": [edition], "titles": [title]}
    if subtitle != "-":
        layout["subtitle"] = subtitle
    regions: dict[str, Any] = {"expect": draft["provinces"]}
    if draft["skip"]:
        regions["skip"] = draft["skip"]
    if draft["provinces"] < 31:
        regions["expect"] = _ask_number(
            "provinces", f"Provinces of the whole table ({draft['provinces']} here)"
        )
    return layout | {"regions": regions, "columns": columns}


def _year(column: dict[str, Any], draft: dict[str, Any], edition: int) -> int | str:
    if len(column["years"]) == 1:
        return "header"
    if len(draft["title_year"]) == 1:
        return "title"
    letter = column["column"]
    return _ask_number(f"year_{letter}", f"Year of column {letter}, which is not printed") - edition


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
