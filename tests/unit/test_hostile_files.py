"""Hostile bytes against every reader: a named refusal, in bounded memory and time, nothing executed.

Refusals of one reader (entity bombs, zip members that point outside, links in landing, receipts with paths) are tested
with that reader. This file tests the refusals of all readers.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from living_panel.codes import Code
from living_panel.estimation.artifacts.artifact import read_manifest
from living_panel.estimation.panel.spec import load_spec
from living_panel.ingestion.bounded import call, read_file
from living_panel.ingestion.errors import ExtractionError
from living_panel.ingestion.provenance.catalog import names
from living_panel.ingestion.provenance.receipts import (
    Receipt,
    ReceiptError,
    place_in_landing,
    read_receipt,
)
from living_panel.ingestion.reading.readers import readers
from living_panel.ingestion.text import NotANumber, parse_number, plain_label, split_unit
from tests.fixtures.sources import documents
from tests.fixtures.sources.outcome import outcome, zipped
from tests.refusals import refuses

READERS = {
    f"{source}-{form}": reader for source in names() for form, reader in readers(source).items()
}
MEGABYTE = 2**20
HEADER = "indicator_label,unit,province_label,year,value,quality,compiled_from,note\n"
ROW = "地区生产总值,亿元,{province},2022,{value},high,book,{note}\n"


def form(value: str = "1.0", province: str = "北京", note: str = "") -> bytes:
    return (HEADER + ROW.format(value=value, province=province, note=note)).encode()


def entities(head: str) -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'{head}<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l11;</x>'.encode()


def table(old: bytes, new: bytes) -> bytes:
    """A workbook whose sheet's XML has one piece replaced."""
    return documents.in_sheet(documents.trade_sheet(), old, new)


MERGES = b"".join(b'<mergeCell ref="A1:Z%d"/>' % (500 + n % 3000) for n in range(20_000))
HOSTILE: dict[str, Callable[[], bytes]] = {
    "gzip bomb": lambda: gzip.compress(b"0" * (64 * MEGABYTE)),
    "gzipped form": lambda: gzip.compress(form()),
    "zip bomb": lambda: zipped({"xl/worksheets/sheet1.xml": b"0" * (64 * MEGABYTE)}),
    "zip of zips": lambda: zipped({"a.zip": zipped({"b.zip": zipped({"c.xls": b"0" * MEGABYTE})})}),
    "zip that climbs": lambda: zipped({"../../../../etc/cron.d/x.xls": b"* * * * * root true\n"}),
    "entity bomb": lambda: entities("<?xml version='1.0'?>"),
    "entity bomb in a page": lambda: entities("<html>"),
    "external entity": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
    ),
    "deep markup": lambda: b"<table>" + b"<tr><td>" * 15_000,
    "deep JSON": lambda: b'{"data":' + b"[" * 100_000,
    "long JSON number": lambda: b'{"success": true, "data": [' + b"9" * 100_000 + b"]}",
    "20,000 overlapping merged areas": lambda: table(b"</mergeCells>", MERGES + b"</mergeCells>"),
    "a merged area given twice": lambda: table(
        rb'<mergeCell ref="A1:D1"', b'<mergeCell ref="A1:D1" ref="A1:XFD1048576"'
    ),
    "a cell beyond the last column": lambda: table(rb'r="A7"', b'r="ZZZZZZ7"'),
    "a cell beyond the last row": lambda: table(rb'r="A7"', b'r="A99999999"'),
    "300,000 nested tables": lambda: b"<table><tr><td>" * 300_000,
    "300,000 nested elements": lambda: b"<div>" * 300_000 + b"<table></table>",
    "a million columns": lambda: b"a," * 1_000_000 + b"a\n",
    "a member without a name": lambda: documents.archive("", documents.trade_sheet(), "utf-8"),
    "a member named .": lambda: zipped({".": documents.trade_sheet()}),
    "a workbook with a password": lambda: documents.encrypted(documents.trade_sheet(), "secret"),
    "nothing": lambda: b"",
    "zeros": lambda: bytes(MEGABYTE),
    "half UTF-8, half GBK": lambda: (
        form() + ROW.format(province="上海", value="2", note="").encode("gbk")
    ),
    "UTF-16": lambda: form().decode().encode("utf-16"),
    "a PDF of nothing": lambda: b"%PDF-1.7\n" + b"<<" * 50_000,
    "infinite": lambda: form("Infinity"),
    "not a number": lambda: form("NaN"),
    "enormous": lambda: form("1" * 400),
    "exponent": lambda: form("1e308"),
    "full-width digits": lambda: form("１２３"),
    "Arabic digits": lambda: form("١٢٣"),
    "zero-width in a label": lambda: form(province="北\u200b京"),
    "formula in a note": lambda: form(province="=1+1"),
    "markup as province": lambda: form(province="<script>alert(1)</script>"),
}


@pytest.mark.parametrize("blob", HOSTILE)
def test_every_reader_refuses_by_name_and_soon(blob: str) -> None:
    content = HOSTILE[blob]()
    for name, reader in READERS.items():
        started = time.monotonic()
        figures, faults = outcome(reader, content, "hostile", 2024)
        assert faults, f"{name} reads {blob} as {figures[:2]}"
        assert all(f.file == "hostile" and f.expectation and f.remedy for f in faults), name
        assert time.monotonic() - started < 60, name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb'<mergeCell ref="A1:D1"', b'<mergeCell ref="A1&#58;XFD1048576"'),
        (b"</mergeCells>", b"</mergeCells><hyperlinks>"
         + b'<hyperlink ref="A1&#58;XFD1048576" display="x"/>' * 2000 + b"</hyperlinks>"),
    ],
)  # fmt: skip
def test_areas_that_hide_their_size_cost_nothing(old: bytes, new: bytes) -> None:
    started = time.monotonic()
    reader = readers("statistical_yearbook")["table"]
    figures, faults = reader(table(old, new), "own", 2023)
    assert faults == [] and len(figures) == 93
    assert time.monotonic() - started < 30


@pytest.mark.long
def test_a_parser_that_does_not_end_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(ExtractionError, match="own.*not finished.*at most 1 s of processor time"):
        call("tests.unit.endless:parse", b"x", "own", [], seconds=1)
    assert time.monotonic() - started < 60


@pytest.mark.long
def test_the_clock_of_a_busy_machine_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the processor that the file takes; a parser that waits for ever is ended all the same."""
    assert call("tests.unit.endless:wait", b"read", "own", [3], seconds=1) == "read"
    monkeypatch.setattr("living_panel.ingestion.bounded.LEAST_WALL_SECONDS", 2.0)
    with pytest.raises(
        ExtractionError, match="not finished.*at most 2 s of wall-clock time"
    ) as ended:
        call("tests.unit.endless:wait", b"read", "own", [600], seconds=0.2)
    assert ended.value.codes == [Code.READ_LIMIT]


def test_a_parser_that_takes_all_memory_is_refused() -> None:
    with pytest.raises(
        ExtractionError, match=r"own: file: .*: 'MemoryError' - expected .* 3072 MB"
    ):
        call("operator:mul", b"x" * 1000, "own", [10**8])


@pytest.mark.long
def test_a_file_is_read_in_a_child_as_it_would_be_here() -> None:
    content = documents.trade_sheet()
    here = readers("statistical_yearbook")["table"](content, "own", 2023)
    assert read_file("statistical_yearbook", "table", content, "own", 2023) == here
    with pytest.raises(ExtractionError, match="own: file") as refused:
        read_file("statistical_yearbook", "table", b"PK", "own", 2023)
    assert refused.value.cases[0].remedy


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (Path.mkdir, "the receipt is not a regular file"),
        (os.mkfifo, "the receipt is not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "is a symbolic link, but must be a file"),
    ],
)
def test_a_receipt_that_is_no_file_is_refused_at_once(tmp_path: Path, make, said: str) -> None:
    make(tmp_path / "receipt.yml")
    with pytest.raises(ReceiptError, match=said):
        read_receipt(tmp_path / "receipt.yml")


def test_a_year_of_5000_digits(tmp_path: Path) -> None:
    path = tmp_path / "own.csv.receipt.yml"
    path.write_text(f"source: commerce_fdi\nedition: {'9' * 5000}\n")
    with refuses(ReceiptError, Code.RECEIPT_FORM):
        read_receipt(path)
    assert place_in_landing(tmp_path / "commerce_fdi" / ("9" * 250) / "own.csv")[1] is None


IN_LITTLE_MEMORY = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
from living_panel.ingestion.bounded import call, read_file
from living_panel.ingestion.errors import ExtractionError
from living_panel.ingestion.reading.readers import readers
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
content = open(sys.argv[1], "rb").read()
try:
    figures, faults = readers("statistical_yearbook")["landing_csv"](content, "rows.csv", 2024)
    said = str(faults[0]) if faults else "read"
except ExtractionError as error:
    said = str(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
print(said)
"""


@pytest.mark.slow
@pytest.mark.parametrize("line", ["\n", "1,2,3,4,5,6,7,8\n"])
def test_ten_million_rows_are_refused_in_little_memory(tmp_path: Path, line: str) -> None:
    file = tmp_path / "rows.csv"
    rows = 10_000_000
    file.write_bytes(HEADER.encode() + line.encode() * rows)
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", IN_LITTLE_MEMORY.format(limit=3 * 1024 * MEGABYTE), str(file)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    grown, said = done.stdout.split("\n", 1)
    assert "rows.csv" in said and "expected" in said
    assert int(grown) * 1024 < 16 * file.stat().st_size + 64 * MEGABYTE
    assert time.monotonic() - started < 100


def test_a_receipt_of_nested_aliases_is_refused_soon(tmp_path: Path) -> None:
    nests = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    bomb = "\n".join(["a: &a0 [x, x]", *nests, ""])
    file = tmp_path / "receipt.yml"
    file.write_text(bomb + "files: *a11\nsource: *a11\n", encoding="utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    started = time.monotonic()
    with pytest.raises(ReceiptError) as refused:
        read_receipt(file)
    assert time.monotonic() - started < 60
    assert len(str(refused.value)) < 5_000
    assert (soft, hard) == resource.getrlimit(resource.RLIMIT_AS)


# -- fuzzers of what the reader tests do not fuzz: numbers, labels, receipts, specs, manifests -----

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates()
)
TREE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
NUMBERS = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[+-]?[0-9]{0,30}\.?[0-9]{0,6}", fullmatch=True),
    st.floats().map(str),
    st.text("0123456789.,-+eE١２∞ \u200b", max_size=12),
)


@pytest.mark.parametrize("text", ["1" + "0" * 15, "-1" + "0" * 15])
def test_no_figure_reaches_the_bound(text: str) -> None:
    with refuses(NotANumber, Code.READ_NUMBER):
        parse_number(text)
    assert parse_number(text.replace("1", "9").removesuffix("0")) == float(text) * 0.9


@FUZZ
@given(NUMBERS)
def test_a_number_is_finite_and_as_printed_or_refused(text: str) -> None:
    try:
        number = parse_number(text)
    except NotANumber as error:
        assert str(error)
        return
    assert math.isfinite(number) and text.isascii()
    assert number == float(text)


@FUZZ
@given(st.text(max_size=60))
def test_labels_lose_blanks_and_nothing_else(text: str) -> None:
    label, unit = split_unit(text)
    assert not any(c.isspace() for c in label + unit)
    assert label in plain_label(text) and unit in plain_label(text)


GOOD = {
    "source": "commerce_fdi", "edition": 2022, "vintage": "2026-01-01", "producer": "a ministry",
    "publication": "a bulletin", "obtained_by": "a hand", "licence_note": "facts",
    "figures": "official",
    "files": [{"name": "a.csv", "format": "landing_csv", "sha256": "0" * 64, "bytes": 1}],
}  # fmt: skip
FIELD = st.sampled_from([*GOOD, "extra", "withdrawn"])


@pytest.mark.long
@FUZZ
@given(st.dictionaries(FIELD, TREE, max_size=3), st.binary(max_size=6), st.integers(0, 400))
def test_any_receipt_is_whole_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changed: dict, noise: bytes, at: int
) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzzed.receipt.yml"
    text = yaml.safe_dump(GOOD | changed, allow_unicode=True).encode("utf-8", "surrogatepass")
    file.write_bytes(text[:at] + noise + text[at:])
    try:
        receipt = read_receipt(file)
    except ReceiptError as error:
        assert str(file) in str(error)
        return
    assert isinstance(receipt, Receipt)
    assert not any("/" in entry.name or entry.name.startswith(".") for entry in receipt.files)


@FUZZ
@given(st.one_of(TREE.map(lambda t: yaml.safe_dump(t).encode("utf-8", "replace")),
                 st.binary(max_size=60)))  # fmt: skip
@example(b"'[': null\n")
def test_any_spec_is_refused_by_name(tmp_path_factory: pytest.TempPathFactory, text: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "x_fuzzed.yml"
    file.write_bytes(text)
    with pytest.raises(ValueError, match="x_fuzzed.yml"):
        load_spec(file)


@FUZZ
@given(st.one_of(TREE.map(lambda t: json.dumps(t, default=str).encode()), st.binary(max_size=60)))
def test_any_manifest_is_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzzed"
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_bytes(text)
    with pytest.raises(ValueError, match="manifest.json"):
        read_manifest(folder)


@pytest.mark.parametrize("lost", [5, 400])
def test_a_workbook_without_its_end_is_refused_in_words(lost: int) -> None:
    content = documents.trade_xls()[:-lost]
    with pytest.raises(ExtractionError, match=r"cut\.xls.* a workbook that can be read"):
        readers("statistical_yearbook")["table"](content, "cut.xls", 2023)


@pytest.mark.parametrize("part", ["xlsx", "zip"])
def test_a_zip_for_a_later_version_of_its_format_is_refused_in_words(part: str) -> None:
    book = documents.xlsx(documents.gdp_sheet())
    content = book if part == "xlsx" else zipped({"2-1_gdp.xlsx": book})
    first = content.index(b"PK\x01\x02") + 6  # of the version that is needed to extract
    later = content[:first] + b"\xff" + content[first + 1 :]
    figures, faults = outcome(readers("statistical_yearbook")["table"], later, "own", 2023)
    assert not figures and faults[0].file == "own" and faults[0].remedy
