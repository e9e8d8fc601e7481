"""The landing form: what is read, and how each kind of bad file is refused."""

from __future__ import annotations

import pytest

from living_panel.ingestion.errors import FailureCase
from living_panel.ingestion.reading.landing_form import HEADER, read_landing_form
from tests.fixtures.sources.outcome import refused

ROWS = (
    "快递业务量,万件,北京,2024,2192.5,high,notice,\n"
    '快递业务量,万件,内 蒙 古,2024,1000,low,"notice, table 2",一个说明\n'
)
FORM = ",".join(HEADER) + "\n" + ROWS


def faults_of(row: str) -> list[FailureCase]:
    figures, faults = read_landing_form((FORM + row + "\n").encode(), "own.csv")
    assert len(figures) == 2
    return faults


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_utf8_with_or_without_mark_and_gbk_read_alike(encoding: str, end: str) -> None:
    figures, faults = read_landing_form(FORM.replace("\n", end).encode(encoding), "own.csv")
    assert faults == []
    first, second = figures
    assert (first.location, first.province_code, first.value) == ("row 2", "110000", 2192.5)
    assert (second.location, second.province_code, second.value) == ("row 3", "150000", 1000.0)
    assert (second.province_label, second.value_printed) == ("内 蒙 古", "1000")
    assert (second.compiled_from, second.note, second.year) == ("notice, table 2", "一个说明", 2024)


@pytest.mark.parametrize(("printed", "value"), [("无", None), ("…", None), ("-", None), ("-5", -5)])
def test_a_printed_absence_is_null_and_a_negative_is_left_to_the_schema(printed, value) -> None:
    row = f"快递业务量,万件,天津,2024,{printed},high,,\n"
    figures, faults = read_landing_form((FORM + row).encode(), "own.csv")
    assert faults == []
    assert (figures[-1].value_printed, figures[-1].value) == (printed, value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "empty"),
        ("abc", "plain decimal"),
        ("1 234", "plain decimal"),
        ('"1,234"', "thousands"),
        ("nan", "plain decimal"),
        ("NaN", "plain decimal"),
        ("inf", "plain decimal"),
        ("-Infinity", "plain decimal"),
        ("１２３", "full-width"),
        ("٣", "full-width or other digits"),
        ("1e3", "plain decimal"),
        ("0x10", "plain decimal"),
        ("9" * 16, "below"),
        ("9" * 400, "characters"),
        ("=1+1", "plain decimal"),
    ],
)
def test_a_value_that_is_no_plain_number(value: str, said: str) -> None:
    (fault,) = faults_of(f"快递业务量,万件,天津,2024,{value},high,,")
    assert (fault.location, fault.column) == ("row 4", "value")
    assert said in fault.expectation


@pytest.mark.parametrize(
    ("column", "value"),
    [("year", year) for year in ("", "24", "２０２４", "2024年", "2024.0", "-2024")]
    + [("province_label", label) for label in ("深圳", "香港", "北\u200b京")],
)
def test_a_year_and_a_province_that_are_none(column: str, value: str) -> None:
    row = {"province_label": "天津", "year": "2024"} | {column: value}
    (fault,) = faults_of(f"快递业务量,万件,{row['province_label']},{row['year']},5,high,,")
    assert (fault.location, fault.column, fault.value) == ("row 4", column, value)


def test_every_fault_of_a_row_and_of_the_file_is_told() -> None:
    bad = "快递业务量,万件,深圳,24,x,high,,\n快递业务量,万件,天津,2024,y,high,,"
    assert [(f.location, f.column) for f in faults_of(bad)] == [
        ("row 4", "province_label"),
        ("row 4", "year"),
        ("row 4", "value"),
        ("row 5", "value"),
    ]


def test_a_cut_last_line_is_a_fault() -> None:
    whole = FORM.encode()
    cut = whole[: whole.index(b"1000") + 2]
    figures, faults = read_landing_form(cut, "own.csv")
    assert len(figures) == 1
    assert "8 columns, found 5" in faults[0].expectation


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "filled"),
        (b"\xef\xbb\xbf \r\n", "filled"),
        ((",".join(HEADER) + "\n").encode(), "at least one row of values"),
        (b"<!DOCTYPE html><html><body>...</body></html>", "web page"),
        ("\ufeff\n<html><head>".encode(), "web page"),
        (b"PK\x03\x04\x14\x00\x06\x00", "UTF-8 or GBK"),
        (FORM.encode("utf-16"), "UTF-8 or GBK"),
        (FORM.encode() + b"\xff\xfe\xff", "one encoding"),
        (FORM.encode() + "快".encode("gbk") + b"\xff,", "one encoding"),
        (b"a,b,c\n1,2,3\n", "header"),
        (FORM.replace("year,value", "value,year").encode(), "header"),
        (FORM.replace(",", ";").encode(), "commas, not by semicolons"),
        ((FORM + '快递业务量,万件,天津,2024,5,high,,"open').encode(), "closed"),
    ],
)
def test_a_file_that_is_not_the_form(content: bytes, said: str) -> None:
    (case,) = refused(said, read_landing_form, content, "own.csv")
    assert case.file == "own.csv" and said in case.expectation


@pytest.mark.long
def test_size_and_rows_are_capped() -> None:
    most = 32 * 2**20
    refused("a filled CSV file", read_landing_form, bytes(most), "own.csv")
    refused(f"at most {most} bytes", read_landing_form, bytes(most + 1), "own.csv")
    whole = ",".join(HEADER) + "\n" + "a,b,北京,2024,1,high,,\n" * 200_000
    (case,) = refused("at most 200000 rows", read_landing_form, (whole + "x").encode(), "own.csv")
    assert case.location == "row 200002"


def test_a_file_of_nothing_but_faults_is_not_read_to_its_end() -> None:
    content = (",".join(HEADER) + "\n" + "x\n" * 50_000).encode()
    _, faults = read_landing_form(content, "own.csv")
    assert len(faults) == 1_001
