"""The data answer of the Bureau's current interface (`stream/esData`): periods, then values.

Reads `data[].values[]`: label and unit from `i_showname` and `du_name`, region from `da` (or
`areaCode`), the value a string. Nothing here sends a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from living_panel.codes import Code, NoFix
from living_panel.ingestion.errors import FailureCase, refusal
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.formats.json import read_json
from living_panel.ingestion.provinces import OutsidePanel, UnknownProvince, province_code
from living_panel.ingestion.text import NotANumber, printed_value, split_unit

_PERIOD = re.compile(r"([0-9]{4})YY")
_QUALIFIERS = ("(人口抽样调查)",)
"""Part of the printed name that says how the count was taken, the same for a whole catalogue."""

_REMEDY = "Run the fetch again; if the source has changed its format, put the values into landing/ yourself."


@dataclass(frozen=True)
class EsdataEntry:
    """One value object of the answer, filled or empty."""

    location: str
    label: str
    unit: str
    region_code: str
    region_name: str
    year: int
    printed: str


def series_name(showname: str, unit_name: str) -> tuple[str, str]:
    """Return label and unit of an indicator from its shown name and its unit field.

    The shown name carries the unit in a last parenthesis; where that is not the unit, it belongs to
    the label. An index, whose base is part of the label, has its base as unit.
    """
    label, unit = split_unit(showname)
    stated = split_unit(f"x({unit_name})")[1] if unit_name.strip() else ""
    if "=" not in unit and unit and stated and unit != stated:
        label, unit = f"{label}({unit})", stated
    for qualifier in _QUALIFIERS:
        label = label.replace(qualifier, "")
    return label, unit or stated


def entries(document: Any, file: str) -> Iterator[EsdataEntry]:
    """Yield every value object of an answer.

    Raises
    ------
    ExtractionError
        If the answer says `success: false`, or is not of this form.
    """
    answer = document if isinstance(document, dict) else {"data": document}
    if not isinstance(document, dict) or not isinstance(document.get("data"), list):
        texts = (answer.get(name) for name in ("message", "returndata", "data"))
        reason = next((text for text in texts if text is not None), "nothing")
        raise refusal(Code.READ_FORM, file, "data", str(reason)[:80], "a list of periods", _REMEDY)
    if document.get("success") is not True:
        raise refusal(
            Code.READ_FORM, file, "success", document.get("message", document.get("success")),
            "success: true", _REMEDY,
        )  # fmt: skip
    for i, period in enumerate(document["data"]):
        code = period.get("code") if isinstance(period, dict) else period
        match = _PERIOD.fullmatch(str(code))
        if not match:
            raise refusal(
                Code.READ_YEAR, file, f"data[{i}]", code, "a yearly period such as 2024YY", _REMEDY
            )
        # a period of which nothing is published comes without values
        values = period.get("values") or []
        if not isinstance(values, list):
            raise refusal(
                Code.READ_FORM, file, f"data[{i}].values", values, "a list of values", _REMEDY
            )
        for j, value in enumerate(values):
            yield _entry(value, f"data[{i}].values[{j}]", int(match.group(1)), file)


def _entry(value: Any, place: str, year: int, file: str) -> EsdataEntry:
    if not isinstance(value, dict):
        raise refusal(Code.READ_FORM, file, place, value, "an object", _REMEDY)
    fields = {
        "i_showname": value.get("i_showname"),
        "du_name": value.get("du_name"),
        "da": value.get("da", value.get("areaCode")),
        "da_name": value.get("da_name", value.get("area")),
        # null is a placeholder too
        "value": "" if value.get("value", 0) is None else value.get("value"),
    }
    for name, text in fields.items():
        if not isinstance(text, str):
            raise refusal(Code.READ_FORM, file, f"{place}.{name}", text, "text", _REMEDY)
    texts = {name: str(text) for name, text in fields.items()}
    label, unit = series_name(texts["i_showname"], texts["du_name"])
    return EsdataEntry(
        place, label, unit, texts["da"], texts["da_name"], year, texts["value"].strip()
    )


def read_esdata(content: bytes, file: str, edition: int) -> tuple[list[Figure], list[FailureCase]]:
    """Read one answer of `stream/esData`.

    An empty value is a placeholder (the period is not published) and gives no row; `无` is a
    printed absence and gives a null. Hong Kong, Macao and Taiwan are omitted.

    Raises
    ------
    ExtractionError
        If the answer is not of this form, or holds no value at all, not even a placeholder.
    """
    values: list[Figure] = []
    faults: list[FailureCase] = []
    rows = list(entries(read_json(content, file), file))
    if not rows:
        raise refusal(
            Code.READ_EMPTY, file, "data", "an empty success", "at least one value", _REMEDY
        )
    for entry in rows:
        if entry.printed == "":
            continue
        try:
            province = province_code(entry.region_code)
            if province_code(entry.region_name) != province:
                raise UnknownProvince(
                    Code.READ_REGION(
                        "the name of the region that the code {region} stands for",
                        NoFix.PART,
                        region=entry.region_code,
                    )
                )
            value = printed_value(entry.printed)
        except OutsidePanel:
            continue
        except (UnknownProvince, NotANumber) as error:
            code, at = Code.READ_NUMBER, ("value", entry.printed)
            if isinstance(error, UnknownProvince):
                code, at = Code.READ_REGION, ("da_name", entry.region_name)
            case = FailureCase(file, entry.location, *at, error.expectation, _REMEDY, code)
            faults.append(case)
            continue
        region = entry.region_name, province
        printed = entry.printed, value
        values.append(
            Figure(entry.location, entry.label, entry.unit, *region, entry.year, *printed)
        )
    return values, faults
