"""Every reader on mutated documents: no crash, no hang, no wrong figure.

Bytes are changed at random, and tables lose, double and exchange their rows and cells. What a
reader accepts has to be printed in the document; where no digit was touched, it has to be the
figure of that series, province and year in the undisturbed document.
"""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.errors import ExtractionError
from ingestion.readers import Reader
from ingestion.sources.commerce_fdi import reader as commerce_fdi
from ingestion.sources.postal_express import reader as postal_express
from ingestion.sources.statistical_yearbook import reader as statistical_yearbook
from tests.fixtures.sources import build, bundled

FIXTURES = Path(build.__file__).parent


def esdata() -> bytes:
    """An answer of the current interface: GDP of two years, 31 provinces."""
    values = bundled.values("statistical_yearbook", 2026, "地区生产总值", "亿元")
    periods = []
    for year in (2024, 2023):
        entries = [
            {
                "i_showname": "地区生产总值 (亿元) ",
                "du_name": "亿元",
                "da": f"{bundled.CODES[name]}0000000000",
                "da_name": full,
                "value": values[name, year],
            }
            for name, full in bundled.FULL_NAMES.items()
        ]
        periods.append({"code": f"{year}YY", "name": f"{year}年", "values": entries})
    return json.dumps({"success": True, "data": periods}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Form:
    """One reader with its undisturbed document."""

    name: str
    reader: Reader
    edition: int
    load: Callable[[], bytes]
    is_text: bool = True

    def read(self, content: bytes):
        return self.reader(content, "own", self.edition)


def stored(name: str) -> Callable[[], bytes]:
    return lambda: (FIXTURES / name).read_bytes()


def zipped_workbook() -> bytes:
    """The fixture workbook inside an archive, stored without compression."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("11-8_分地区货物进出口总额.xls", stored("goods_trade_2022.xls")())
    return stream.getvalue()


YEARBOOK, MINISTRY, POST = (
    statistical_yearbook.READERS,
    commerce_fdi.READERS,
    postal_express.READERS,
)
FORMS = [
    Form("esdata", YEARBOOK["nbs_esdata_json"], 2026, esdata),
    Form("easyquery", YEARBOOK["nbs_easyquery_json"], 2026, stored("easyquery_gdp.json")),
    Form("site csv", YEARBOOK["nbs_site_csv"], 2026, stored("site_gdp.csv")),
    Form("xls", YEARBOOK["yearbook_xls"], 2023, stored("goods_trade_2022.xls"), False),
    Form("xlsx", YEARBOOK["yearbook_xlsx"], 2023, stored("gdp_2022.xlsx"), False),
    Form("zip", YEARBOOK["yearbook_zip"], 2023, zipped_workbook, False),
    Form("old page", YEARBOOK["yearbook_html"], 2004, stored("attainment_2003.html")),
    Form("bulletin", MINISTRY["mofcom_pdf"], 2023, stored("bulletin_2023.pdf"), False),
    Form("notice", POST["spb_html"], 2025, stored("notice_2024.shtml")),
    Form("communique", POST["spb_html"], 2025, stored("communique_2024.shtml")),
]
BY_NAME = {form.name: form for form in FORMS}


@cache
def document(name: str) -> bytes:
    return BY_NAME[name].load()


@cache
def truth(name: str) -> dict[tuple[str, str, int], float]:
    figures, faults = BY_NAME[name].read(document(name))
    assert figures and not faults
    return {(f.indicator_label, f.province_code, f.year): comparable(f) for f in figures}


def comparable(figure) -> float:
    """The value in one unit: the notice prints national revenue in two, and either is right."""
    return figure.value * {"万元": 1e-4}.get(figure.unit, 1.0)


def accepted(form: Form, content: bytes):
    """The figures of a mutated document; anything but a named refusal fails the test."""
    try:
        figures, faults = form.read(content)
    except ExtractionError as error:
        assert error.cases
        assert all(case.file == "own" and case.expectation and case.remedy for case in error.cases)
        return []
    assert all(fault.location and fault.expectation and fault.remedy for fault in faults)
    if faults:
        return []  # one fault refuses the whole vintage
    for figure in figures:
        assert figure.value is None or math.isfinite(figure.value)
        assert figure.value is None or float(figure.value_printed) == figure.value
    return figures


# -- bytes -----------------------------------------------------------------------------------------

CUTS = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 30), st.binary(max_size=8)),
    min_size=1,
    max_size=5,
)
TAIL = st.one_of(st.none(), st.integers(0, 10**6))


def mutated(content: bytes, cuts: list[tuple[int, int, bytes]], tail: int | None) -> bytes:
    """Replace stretches of bytes, and perhaps cut the end off."""
    for start, length, new in cuts:
        at = start % (len(content) + 1)
        content = content[:at] + new + content[at + length :]
    return content if tail is None else content[: tail % (len(content) + 1)]


def check_bytes(form: Form, cuts: list[tuple[int, int, bytes]], tail: int | None) -> None:
    content = mutated(document(form.name), cuts, tail)
    figures = accepted(form, content)
    if not form.is_text:
        return
    for figure in figures:
        assert figure.value_printed.encode() in content


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_changed_bytes(form: Form) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(CUTS, TAIL)
    def run(cuts, tail) -> None:
        check_bytes(form, cuts, tail)

    run()


@pytest.mark.long
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_changed_bytes_at_length(form: Form) -> None:
    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(CUTS, TAIL)
    def run(cuts, tail) -> None:
        check_bytes(form, cuts, tail)

    run()


# -- rows and cells --------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "double", "exchange"]),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=3,
)
PIECES = {
    "old page rows": ("old page", r"<tr>.*?</tr>\n?"),
    "old page cells": ("old page", r"<td[^>]*>.*?</td>"),
    "notice rows": ("notice", r"<tr>.*?</tr>\n?"),
    "notice cells": ("notice", r"<td[^>]*>.*?</td>"),
    "notice paragraphs": ("notice", r"<p>.*?</p>"),
    "site csv lines": ("site csv", r"[^\r\n]*\r\n"),
    "site csv cells": ("site csv", r"[^,\r\n]*,"),
    "esdata values": ("esdata", r"\{\"i_showname\"[^{}]*\},? ?"),
    "esdata fields": ("esdata", r"\"[a-z_]+\": \"[^\"]*\",? ?"),
    "easyquery nodes": ("easyquery", r"\{\"code\": \"zb.*?\}\]\},? ?"),
    "easyquery fields": ("easyquery", r"\"[a-z]+\": (?:\"[^\"]*\"|[a-z0-9.]+),? ?"),
}


def rearranged(text: str, pattern: str, steps: list[tuple[str, int, int]]) -> str:
    """Drop, double or exchange pieces; an exchange moves whole pieces past their neighbours."""
    for step, first, second in steps:
        spans = [found.span() for found in re.finditer(pattern, text, re.DOTALL)]
        if len(spans) < 2:
            return text
        a, b = sorted((spans[first % len(spans)], spans[second % len(spans)]))
        if step == "drop":
            text = text[: a[0]] + text[a[1] :]
        elif step == "double":
            text = text[: a[1]] + text[a[0] : a[1]] + text[a[1] :]
        elif a != b:
            text = (
                text[: a[0]]
                + text[b[0] : b[1]]
                + text[a[1] : b[0]]
                + text[a[0] : a[1]]
                + text[b[1] :]
            )
    return text


ENCODINGS = {"old page": "gb2312", "site csv": "gbk"}


def check_pieces(key: str, steps: list[tuple[str, int, int]]) -> None:
    name, pattern = PIECES[key]
    encoding = ENCODINGS.get(name, "utf-8")
    if not exchangeable(key):
        # a cell lost and another doubled in one row is another table, not a damaged one
        steps = [step for step in steps if step[0] == steps[0][0] != "exchange"]
    content = rearranged(document(name).decode(encoding), pattern, steps).encode(encoding)
    known = truth(name)
    for figure in accepted(BY_NAME[name], content):
        key_of = (figure.indicator_label, figure.province_code, figure.year)
        if figure.value is not None:
            assert comparable(figure) == pytest.approx(known[key_of], rel=1e-5), (figure, steps)


def exchangeable(key: str) -> bool:
    """Whether exchanged pieces leave every figure beside its own labels."""
    return key in {
        "old page rows",
        "notice rows",
        "site csv lines",
        "easyquery nodes",
    }


@pytest.mark.parametrize("key", PIECES)
def test_lost_doubled_and_exchanged_pieces(key: str) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def run(steps) -> None:
        check_pieces(key, steps)

    run()


@pytest.mark.long
@pytest.mark.parametrize("key", PIECES)
def test_lost_doubled_and_exchanged_pieces_at_length(key: str) -> None:
    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def run(steps) -> None:
        check_pieces(key, steps)

    run()


# -- any document ----------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["data", "success", "values", "code", "returndata", "returncode", "wds"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_json(value: Any) -> None:
    content = json.dumps(value).encode()
    for name in ("esdata", "easyquery"):
        assert accepted(BY_NAME[name], content) == []
