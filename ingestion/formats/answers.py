"""The layout of a drafted table: what the file prints, and a person's answers where it prints nothing.

Loads no parser: it runs where the person is asked, not in the child that reads the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from living_panel.ingestion import codes
from living_panel.ingestion.catalog import source
from living_panel.ingestion.errors import refusal
from living_panel.ingestion.formats.layouts import file_title
from living_panel.ingestion.provinces import PROVINCES


@dataclass(frozen=True)
class AnswerRequest:
    """One thing that a file does not say, for a person to answer."""

    field: str
    """The name of the answer in the environment, such as `column_B`."""
    kind: Literal["title", "subtitle", "series", "unit", "year", "provinces"]
    default: str | None = None
    column: str = ""
    words: str = ""
    """The header of the column."""
    label: str = ""
    """The series of the column, once it is known."""
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
    title = ask(AnswerRequest("title", "title", draft["title"] or "-"))
    subtitle = ask(AnswerRequest("subtitle", "subtitle", draft["subtitle"] or "-"))
    columns = [
        entry
        for column in draft["columns"]
        if (entry := _column_layout(column, draft, source_name, edition, file, ask))
    ]
    if not columns:
        raise refusal(
            codes.HEADER, file, draft["place"], "no series", "a series for one column at least",
            "Answer with a series of the catalog (TEACH_COLUMN_<letter> in a script).", "columns",
        )  # fmt: skip
    layout: dict[str, Any] = {"source": source_name, "editions": [edition]}
    if title == "-":
        layout |= {"file": file_title(file), "sheet": draft["place"]}
    else:
        layout["titles"] = [title]
    if subtitle != "-":
        layout["subtitle"] = subtitle
    regions: dict[str, Any] = {"expect": draft["provinces"]}
    if draft["provinces"] < len(PROVINCES):
        asked = AnswerRequest("provinces", "provinces", None, count=draft["provinces"])
        regions["expect"] = int(ask(asked))
    if draft["skip"]:
        regions["skip"] = draft["skip"]
    return layout | {"regions": regions, "columns": columns}


def _column_layout(
    column: dict[str, Any], draft: dict[str, Any], source_name: str, edition: int, file: str,
    ask: Callable[[AnswerRequest], str],
) -> dict[str, Any] | None:  # fmt: skip
    letter, words = column["column"], " > ".join(column["header"])
    labels = tuple(source(source_name).by_label())
    label = ask(
        AnswerRequest(
            f"column_{letter}", "series", column["label"] or "-", letter, words,
            known=labels, near=tuple(column["near"]),
        )
    )  # fmt: skip
    if label == "-":
        return None
    place = f"{draft['place']} column {letter}"
    if not column["header"] and not column["years"]:
        raise refusal(
            codes.HEADER, file, place, "no words", "words above the column that no other column has",
            "Complete the header, or land the values in the CSV form.", "header",
        )  # fmt: skip
    units = source(source_name).by_label()[label].units
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
        asked = AnswerRequest(f"year_{letter}", "year", None, letter, words, label)
        entry["year"] = int(ask(asked)) - edition
    if not (column["unit"] or draft["unit"] or draft["units_in_rows"]):
        asked = AnswerRequest(f"unit_{letter}", "unit", None, letter, words, label, known=units)
        entry["unit"] = ask(asked)
    return entry


def written(layout: dict[str, Any]) -> str:
    """Return a layout as its YAML file."""
    return yaml.safe_dump(layout, allow_unicode=True, sort_keys=False, width=100)
