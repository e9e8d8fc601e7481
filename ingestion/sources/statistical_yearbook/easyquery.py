"""Recorded answers of the Bureau's retired `easyquery` interface, provincial years (`fsnd`).

An offline format: the interface is gone, recordings of it are not. Reads `returndata.datanodes`
against the names and units in `returndata.wdnodes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion.errors import FailureCase, refusal
from living_panel.ingestion.figures import Figure
from living_panel.ingestion.formats.json import read_json
from living_panel.ingestion.provinces import OutsidePanel, UnknownProvince, province_code
from living_panel.ingestion.sources.statistical_yearbook.esdata import series_name
from living_panel.ingestion.text import NotANumber, parse_number

_REMEDY = "Download the whole response again, for yearly values of provinces (dbcode fsnd)."
_DIMENSIONS = {"zb", "reg", "sj"}


@dataclass(frozen=True)
class _Names:
    indicators: dict[str, tuple[str, str]]
    regions: dict[str, str]


def read_easyquery(
    content: bytes, file: str, edition: int
) -> tuple[list[Figure], list[FailureCase]]:
    """Read one recorded answer; a node without data (`hasdata: false`) gives no row, never zero.

    The number is taken from `data`, which has more decimals than `strdata`; the two have to agree.

    Raises
    ------
    ExtractionError
        If the answer is an error (`returncode` other than 200), or not of this form.
    """
    names, nodes = _parts(read_json(content, file), file)
    values: list[Figure] = []
    faults: list[FailureCase] = []
    for i, node in enumerate(nodes):
        place = f"datanodes[{i}]"
        value = _figure(node, place, names, file)
        if isinstance(value, FailureCase):
            faults.append(value)
        elif value is not None:
            values.append(value)
    return values, faults


def _parts(document: Any, file: str) -> tuple[_Names, list[Any]]:
    answer = document.get("returndata") if isinstance(document, dict) else None
    code = document.get("returncode") if isinstance(document, dict) else None
    if code != "200" or not isinstance(answer, dict):
        raise refusal(
            Code.READ_FORM, file, "returndata", answer if isinstance(answer, str) else code,
            "returncode 200 and an object of data", _REMEDY,
        )  # fmt: skip
    nodes, dimensions = answer.get("datanodes"), answer.get("wdnodes")
    if not isinstance(nodes, list) or not isinstance(dimensions, list):
        raise refusal(
            Code.READ_FORM, file, "returndata", "no datanodes or wdnodes", "both lists", _REMEDY
        )
    indicators: dict[str, tuple[str, str]] = {}
    regions: dict[str, str] = {}
    for dimension in dimensions:
        listed = dimension.get("nodes") if isinstance(dimension, dict) else None
        # an answer without content lists [null]
        for node in listed if isinstance(listed, list) else []:
            if not isinstance(node, dict):
                continue
            key, name = str(node.get("code")), str(node.get("cname") or node.get("name"))
            if dimension.get("wdcode") == "zb":
                indicators[key] = series_name(name, str(node.get("unit") or ""))
            elif dimension.get("wdcode") == "reg":
                regions[key] = name
    return _Names(indicators, regions), nodes


def _figure(node: Any, place: str, names: _Names, file: str) -> Figure | FailureCase | None:
    def fault(code: Code, column: str, value: object, expectation: str) -> FailureCase:
        return FailureCase(file, place, column, str(value), expectation, _REMEDY, code)

    data = node.get("data") if isinstance(node, dict) else None
    keys = _keys(node)
    if not isinstance(data, dict) or keys is None:
        return fault(
            Code.READ_FORM, "wds", node, "one indicator (zb), one region (reg), one year (sj)"
        )
    if data.get("hasdata") is False:
        return None
    if data.get("hasdata") is not True:
        return fault(Code.READ_FORM, "hasdata", data.get("hasdata"), "true or false")
    if not re.fullmatch(r"[0-9]{4}", keys["sj"]):
        return fault(Code.READ_YEAR, "sj", keys["sj"], "a year")
    if keys["zb"] not in names.indicators or keys["reg"] not in names.regions:
        return fault(
            Code.READ_FORM,
            "wdnodes",
            f"{keys['zb']}, {keys['reg']}",
            "the names of indicator and region",
        )
    region = names.regions[keys["reg"]]
    try:
        code = province_code(keys["reg"])
        if province_code(region) != code:
            return fault(
                Code.READ_REGION,
                "reg",
                f"{keys['reg']} {region}",
                "a code and a name of one province",
            )
    except OutsidePanel:
        return None
    except UnknownProvince as error:
        return fault(Code.READ_REGION, "reg", keys["reg"], error.expectation)
    printed = str(data.get("data"))
    try:
        value = parse_number(printed)
        stated = str(data.get("strdata"))
        parse_number(stated)
    except NotANumber as error:
        return fault(
            Code.READ_NUMBER, "data", f"{printed} / {data.get('strdata')}", error.expectation
        )
    if not _agree(printed, stated):
        return fault(
            Code.READ_CONTRADICTION, "strdata", stated, f"{printed}, the number in `data`, rounded"
        )
    label, unit = names.indicators[keys["zb"]]
    return Figure(place, label, unit, region, code, int(keys["sj"]), printed, value)


def _keys(node: Any) -> dict[str, str] | None:
    dimensions = node.get("wds") if isinstance(node, dict) else None
    if not isinstance(dimensions, list) or not all(isinstance(d, dict) for d in dimensions):
        return None
    keys = {str(d.get("wdcode")): str(d.get("valuecode")) for d in dimensions}
    return keys if set(keys) == _DIMENSIONS and len(dimensions) == 3 else None


def _agree(printed: str, stated: str) -> bool:
    """Whether `stated` is `printed` rounded to the decimals that it shows."""
    step = Decimal(1).scaleb(-len(stated.partition(".")[2]))
    return abs(Decimal(printed) - Decimal(stated)) <= step / 2
