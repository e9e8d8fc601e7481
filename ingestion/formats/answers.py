"""The layout of a drafted table: what the file prints, and a person's answers where it prints nothing.

Loads no parser: it runs where the person is asked, not in the child that reads the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from living_panel.codes import Code
from living_panel.ingestion.errors import refusal
from living_panel.ingestion.formats.layouts import file_title
from living_panel.ingestion.provenance.catalog import source
from living_panel.ingestion.provinces import (
    PROVINCES,
    nearest_province,
    region_of,
    regions_in,
)
from living_panel.ingestion.text import plain_label
from living_panel.ingestion.units import like_unit


@dataclass(frozen=True)
class AnswerRequest:
    """One thing that a file does not say, for a person to answer."""

    field: str
    """The name of the answer in the environment, such as `column_B`."""
    kind: Literal["title", "subtitle", "series", "unit", "new_unit", "year", "provinces", "region"]
    default: str | None = None
    column: str = ""
    words: str = ""
    """The header of the column."""
    label: str = ""
    """The series of the column, once it is known."""
    printed: str = ""
    """The unit that the table prints, and the series does not have."""
    known: tuple[str, ...] = ()
    """Allowed values of an answer."""
    near: tuple[str, ...] = ()
    count: int = 0


def layout_of(
    draft: dict[str, Any],
    source_name: str,
    edition: int,
    file: str,
    ask: Callable[[AnswerRequest], str],
) -> dict[str, Any]:
    """Return the layout of a draft, with what the file does not print from a person.

    Parameters
    ----------
    ask
        Gives the answer to one question; the catalog of the source is read again after each.

    Raises
    ------
    ExtractionError
        If no column was given a series, a column has no words, or its printed unit is none of the
        series.
    """
    if draft["cities"]:
        raise refusal(
            Code.READ_REGION, file, draft["place"], draft["cities"], "rows of provinces",
            "Put a table with rows of provinces into landing/.", "region",
        )  # fmt: skip
    title = ask(AnswerRequest("title", "title", draft["title"] or "-"))
    subtitle = ask(AnswerRequest("subtitle", "subtitle", draft["subtitle"] or "-"))
    columns = [
        entry
        for column in draft["columns"]
        if (entry := _column_layout(column, draft, source_name, edition, file, ask))
    ]
    if not columns:
        raise refusal(
            Code.READ_HEADER, file, draft["place"], "no series", "a series for at least one column",
            "Answer with a series of the catalog (TEACH_COLUMN_<letter> in a script).", "columns",
        )  # fmt: skip
    layout: dict[str, Any] = {"source": source_name, "editions": [f"{edition}-"]}
    if title == "-":
        layout |= {"file": file_title(file), "sheet": draft["place"]}
    else:
        layout["titles"] = [title]
    if subtitle != "-":
        layout["subtitle"] = subtitle
    layout |= {"regions": _regions(draft, file, ask), "columns": columns}
    taken = [tuple(entry["header"]) for entry in columns]
    left_out = [
        c["header"] for c in draft["columns"] if c["header"] and tuple(c["header"]) not in taken
    ]
    return layout | ({"left_out": left_out} if left_out else {})


def _regions(
    draft: dict[str, Any], file: str, ask: Callable[[AnswerRequest], str]
) -> dict[str, Any]:
    """Return the rows of a layout: how many provinces, confirmed spellings, and what is passed over."""
    aliases, skip = _spellings(draft, file, ask)
    count = draft["provinces"] + len(aliases)
    regions: dict[str, Any] = {"expect": count}
    if count < len(PROVINCES):
        # as many as the edition before had are no question
        default = str(count) if draft.get("expected") == count else None
        regions["expect"] = int(ask(AnswerRequest("provinces", "provinces", default, count=count)))
    if draft["skip"] or skip:
        regions["skip"] = [*draft["skip"], *skip]
    if aliases:
        regions["aliases"] = aliases
    return regions


def _spellings(
    draft: dict[str, Any], file: str, ask: Callable[[AnswerRequest], str]
) -> tuple[dict[str, str], list[str]]:
    """Return the spellings of provinces that a person confirms, and labels that name none.

    Raises
    ------
    ExtractionError
        If an answer contradicts the label or another row, or more rows are unknown than known.
    """
    unknown = draft["unknown"]
    if len(unknown) > draft["provinces"]:
        raise refusal(
            Code.READ_REGION, file, draft["place"], f"{len(unknown)} other rows, such as {unknown[0]}",
            f"more rows of provinces than other rows, not {draft['provinces']}",
            "Put a table with rows of provinces into landing/.", "region",
        )  # fmt: skip
    short = {province.code: province.short for province in PROVINCES}
    lacking = set(short) - set(draft["regions"])
    aliases: dict[str, str] = {}
    skip: list[str] = []
    for number, label in enumerate(unknown, 1):
        named = regions_in(label)
        near = [short[code] for code in sorted(named or lacking)]
        if not named and (guess := nearest_province(label, lacking)):
            near = [short[guess]]
        asked = AnswerRequest(
            f"region_{number}", "region", None, words=label, near=tuple(near),
            known=("-", *short.values()),
        )  # fmt: skip
        answer = ask(asked)
        code = region_of(answer)
        taken = set(draft["regions"]) | {str(region_of(name)) for name in aliases.values()}
        if answer == "-":
            wanted = named - taken or {nearest_province(label, lacking)} - {""}
            wrong = bool(wanted)
        else:
            wanted = named or lacking
            wrong = code not in short or code in taken or (bool(named) and code not in named)
        if wrong:
            shown = ", ".join(short[code] for code in sorted(wanted - taken)) or "no province"
            raise refusal(
                Code.READ_REGION, file, draft["place"], f"{label}: {answer}",
                f"{shown}, as the label and the other rows say",
                "Correct the answer, or type the values into a CSV file (data/README.md).", "region",
            )  # fmt: skip
        if answer == "-":
            skip.append(plain_label(label))
        else:
            aliases[label] = short[str(code)]
    return aliases, skip


def _column_layout(
    column: dict[str, Any], draft: dict[str, Any], source_name: str, edition: int, file: str,
    ask: Callable[[AnswerRequest], str],
) -> dict[str, Any] | None:  # fmt: skip
    letter, words = column["column"], " > ".join(column["header"])
    labels = tuple(source(source_name).by_label())
    label = ask(
        AnswerRequest(
            f"column_{letter}", "series", None if column.get("asked") else column["label"] or "-",
            letter, words,
            known=labels, near=tuple(column["near"]),
        )
    )  # fmt: skip
    if label == "-":
        return None
    place = f"{draft['place']} column {letter}"
    if not column["header"] and not column["years"]:
        raise refusal(
            Code.READ_HEADER, file, place, "no words", "words above the column that no other column has",
            "Complete the header, or type the values into a CSV file (data/README.md).", "header",
        )  # fmt: skip
    units = source(source_name).by_label()[label].units
    printed = "" if draft["units_in_rows"] else column["unit"] or draft["unit"]
    if printed and (like := like_unit(printed, units)):
        # `yes` is written into the catalog by whoever asks, before the table is read
        ask(
            AnswerRequest(
                f"new_unit_{letter}", "new_unit", "no", letter, words, label, printed, ("yes", "no"),
                (f"1 {printed} = {like[1]:g} {like[0]}",),
            )
        )  # fmt: skip
    entry: dict[str, Any] = {"label": label, "header": column["header"]}
    if column["whole"]:
        entry["whole"] = True
    if column["years"]:
        entry["year"] = "header"
    elif draft["years_in_rows"]:
        entry["year"] = "row"
    elif len(draft["title_year"]) == 1:
        entry["year"] = "title"
    else:
        asked = AnswerRequest(f"year_{letter}", "year", column.get("year"), letter, words, label)
        entry["year"] = int(ask(asked)) - edition
    if not (column["unit"] or draft["unit"] or draft["units_in_rows"]):
        before = column.get("unit_before")
        asked = AnswerRequest(f"unit_{letter}", "unit", before, letter, words, label, known=units)
        entry["unit"] = ask(asked)
    return entry


def written(layout: dict[str, Any]) -> str:
    """Return a layout as its YAML file."""
    return yaml.safe_dump(layout, allow_unicode=True, sort_keys=False, width=100)
