"""Every reader on mutated documents: no crash, no hang, no wrong figure.

Bytes are changed at random, and tables lose, double and exchange their rows and cells. A value that a reader accepts
has to be printed in the document. If no digit was changed, it has to be the figure of that series, province and year in
the undisturbed document.
"""

from __future__ import annotations

import json
import math
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from living_panel.ingestion.reading.landing_form import HEADER
from living_panel.ingestion.reading.readers import Reader, readers
from tests.fixtures.sources import bundled, documents
from tests.fixtures.sources.outcome import outcome, zipped


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


def zipped_workbook() -> bytes:
    """The fixture workbook inside an archive, stored without compression."""
    book = {"11-8_分地区货物进出口总额.xls": documents.trade_xls()}
    return zipped(book, zipfile.ZIP_STORED)


def landed() -> bytes:
    """A landing file of all parcels of a year."""
    rows = [
        f"快递业务量,万件,{name},2024,{volume},high,notice,"
        for name, (volume, _) in bundled.parcels().items()
    ]
    return "\n".join([",".join(HEADER), *rows, ""]).encode()


def easyquery() -> bytes:
    return json.dumps(documents.easyquery(), ensure_ascii=False).encode()


def bulletin() -> bytes:
    return documents.bulletin([documents.BULLETIN_HEAD + documents.bulletin_rows()])


def form(name: str, source: str, kind: str, edition: int, load, is_text: bool = True) -> Form:
    return Form(name, readers(source)[kind], edition, load, is_text)


BUREAU, MINISTRY, POST = "statistical_yearbook", "commerce_fdi", "postal_express"
FORMS = [
    form("landing form", POST, "landing_csv", 2025, landed),
    form("esdata", BUREAU, "nbs_esdata_json", 2026, esdata),
    form("easyquery", BUREAU, "nbs_easyquery_json", 2026, easyquery),
    form(
        "site csv",
        BUREAU,
        "nbs_site_csv",
        2026,
        lambda: documents.site_years("指标：地区生产总值(亿元)"),
    ),
    form("xls", BUREAU, "table", 2023, documents.trade_xls, False),
    form("xlsx", BUREAU, "table", 2023, lambda: documents.xlsx(documents.gdp_sheet()), False),
    form("zip", BUREAU, "table", 2023, zipped_workbook, False),
    form(
        "old page",
        BUREAU,
        "table",
        2004,
        lambda: documents.attainment_page().encode("gb2312"),
    ),
    form("bulletin", MINISTRY, "table", 2023, bulletin, False),
    form("notice", POST, "spb_html", 2025, lambda: documents.notice().encode()),
    form("communique", POST, "spb_html", 2025, lambda: documents.communique().encode()),
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
    figures, faults = outcome(form.read, content)
    assert all(f.file == "own" and f.location and f.expectation and f.remedy for f in faults)
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


AT_LENGTH = pytest.mark.parametrize("examples", [40, pytest.param(400, marks=pytest.mark.long)])


def tried(examples: int, *strategies):
    """Run a check as often, on drawn values."""
    settled = settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck)
    )
    return lambda check: settled(given(*strategies)(check))()


@AT_LENGTH
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_changed_bytes(form: Form, examples: int) -> None:
    @tried(examples, CUTS, TAIL)
    def _(cuts: list[tuple[int, int, bytes]], tail: int | None) -> None:
        content = mutated(document(form.name), cuts, tail)
        for figure in accepted(form, content):
            assert not form.is_text or figure.value_printed.encode() in content


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
            first_piece, between, last_piece = text[slice(*a)], text[a[1] : b[0]], text[slice(*b)]
            text = text[: a[0]] + last_piece + between + first_piece + text[b[1] :]
    return text


ENCODINGS = {"old page": "gb2312"}


EXCHANGEABLE = {"old page rows", "notice rows", "site csv lines", "easyquery nodes"}
"""Pieces that can be exchanged, while every figure keeps its own labels."""


@AT_LENGTH
@pytest.mark.parametrize("key", PIECES)
def test_lost_doubled_and_exchanged_pieces(key: str, examples: int) -> None:
    name, pattern = PIECES[key]
    encoding = ENCODINGS.get(name, "utf-8")

    @tried(examples, STEPS)
    def _(steps: list[tuple[str, int, int]]) -> None:
        if key not in EXCHANGEABLE:
            # a cell lost and another doubled in one row is another table, not a damaged one
            steps = [step for step in steps if step[0] == steps[0][0] != "exchange"]
        content = rearranged(document(name).decode(encoding), pattern, steps).encode(encoding)
        known = truth(name)
        for figure in accepted(BY_NAME[name], content):
            place = (figure.indicator_label, figure.province_code, figure.year)
            if figure.value is not None:
                assert comparable(figure) == pytest.approx(known[place], rel=1e-5), (figure, steps)


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


@pytest.mark.long
@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_json(value: Any) -> None:
    content = json.dumps(value).encode()
    for name in ("esdata", "easyquery"):
        assert accepted(BY_NAME[name], content) == []
