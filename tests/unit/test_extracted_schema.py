"""The stage extracted: each rule shown to fail on a row made for it, and the written part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError, FailureCase
from living_panel.ingestion.provenance.catalog import CATALOG_VARIABLE, catalog_folder
from living_panel.ingestion.provenance.receipts import ReceiptError, receipt_for
from living_panel.ingestion.reading import schema
from living_panel.ingestion.reading.extract import (
    check_before_receipt,
    extract_edition,
    part_path,
    refused_files,
    sweep,
)
from living_panel.ingestion.reading.landing_form import HEADER
from living_panel.ingestion.storage import archive, inbox
from living_panel.ingestion.storage.archive import withdraw_file
from tests.fixtures import landed
from tests.fixtures.landed import withdraw
from tests.refusals import refuses

PLACE = ("postal_express", 2025)
GOOD = "快递业务量,万件,北京,2024,1,high,,\n"


def rows(**changed: object) -> pd.DataFrame:
    """Two good rows, the second with the given cells."""
    good = {
        "source": "postal_express",
        "edition": 2025,
        "vintage": "2026-11-25",
        "file": "own.csv",
        "sha256": "0" * 64,
        "location": "row 2",
        "indicator_label": "快递业务量",
        "unit": "万件",
        "province_label": "北京",
        "province_code": "110000",
        "year": 2024,
        "value_printed": "12.5",
        "value": 12.5,
        "quality": "high",
        "status": "official",
        "compiled_from": "",
        "note": "",
    }
    second = {"location": "row 3", "province_label": "天津", "province_code": "120000"}
    return schema.typed(pd.DataFrame([good, good | second | changed]))


def test_good_rows_pass_and_a_missing_value_is_no_fault() -> None:
    assert schema.failures(rows()) == []
    assert schema.failures(rows(value=np.nan, value_printed="无")) == []
    assert schema.failures(rows(value=0.0, value_printed="0")) == []
    assert schema.failures(rows(year=2025)) == []  # a communiqué on the year in which it comes out
    assert schema.failures(schema.empty_rows()) == []


@pytest.mark.parametrize(
    ("changed", "column", "value", "expectation"),
    [
        ({"indicator_label": "快递业务"}, "indicator_label", "快递业务", "快递业务量"),
        ({"unit": "亿元"}, "unit", "亿元", "万件, 亿件"),
        ({"year": 2026}, "year", "2026", "the edition, 2025"),
        ({"year": 1900}, "year", "1900", "1949"),
        ({"value": -1.0, "value_printed": "-1"}, "value", "-1", "zero or more"),
        ({"quality": "good"}, "quality", "good", "high, medium or low"),
        ({"quality": ""}, "quality", "", "high, medium or low"),
        ({"note": "a\u200bb"}, "note", "a\u200bb", "invisible"),
        ({"compiled_from": "\u202e0001"}, "compiled_from", "\u202e0001", "invisible"),
        ({"note": "x" * 301}, "note", "x" * 301, "300 characters"),
    ],
)
def test_each_rule_fails_on_a_row_made_for_it(
    changed: dict[str, object], column: str, value: str, expectation: str
) -> None:
    (case,) = schema.failures(rows(**changed))
    assert (case.file, case.location, case.column, case.value) == (
        "own.csv",
        "row 3",
        column,
        value,
    )
    assert expectation in case.expectation
    assert case.remedy and "<source>" not in case.remedy


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("province_code", ""),
        ("province_code", "710000"),
        ("value", np.inf),
        ("value", 1.1e15),
        ("status", "guessed"),
        ("sha256", "abc"),
        ("vintage", "today"),
        ("file", ""),
        ("location", ""),
        ("source", "elsewhere"),
    ],
)
def test_what_only_a_defect_can_cause_is_told_as_one(column: str, value: object) -> None:
    cases = schema.failures(rows(**{column: value}))
    assert cases and {case.remedy for case in cases} == {"Report this as a defect"}


def test_a_series_that_can_be_negative_is_marked_in_the_catalog(tmp_path, monkeypatch) -> None:
    text = (catalog_folder() / PLACE[0] / "catalog.yml").read_text("utf-8")
    assert text.count("{label: 快递业务量,") == 1
    own = tmp_path / PLACE[0] / "catalog.yml"
    own.parent.mkdir()
    own.write_text(
        text.replace("{label: 快递业务量,", "{label: 快递业务量, signed: true,"), "utf-8"
    )
    monkeypatch.setenv(CATALOG_VARIABLE, str(tmp_path))
    assert schema.failures(rows(value=-1.0, value_printed="-1")) == []
    cases = schema.failures(rows(value=-1.0, value_printed="-1", indicator_label="邮件净额"))
    assert {case.column for case in cases} == {"indicator_label", "value"}


def test_a_national_series_of_a_province_is_refused() -> None:
    one = {
        "source": "statistical_yearbook",
        "indicator_label": "人民币对美元年平均汇率",
        "unit": "元/美元",
    }
    (case,) = schema.failures(rows(**one))
    assert "country only" in case.expectation
    assert schema.failures(rows(**one, province_label="全国", province_code="000000")) == []


@pytest.mark.parametrize(("printed", "word"), [("12.5", "again"), ("99", "but")])
def test_a_cell_stated_twice_is_reported_with_both_places(printed: str, word: str) -> None:
    twice = rows(
        province_label="北 京",
        province_code="110000",
        value=float(printed),
        value_printed=printed,
        file="b.csv",
    )
    (case,) = schema.failures(twice)
    assert case.location == "row 3"
    assert f"{printed} here, {word} 12.5 at row 2 of own.csv" in case.value
    assert "withdraw" in case.remedy


def test_all_failures_come_at_once_in_the_order_of_the_file() -> None:
    frame = rows(unit="克", value=-1.0, value_printed="-1")
    frame.loc[0, "quality"] = "?"
    cases = schema.failures(frame)
    assert [(c.location, c.column) for c in cases] == [
        ("row 2", "quality"),
        ("row 3", "unit"),
        ("row 3", "value"),
    ]
    table = ExtractionError("edition", cases).table()
    assert list(table.columns) == [
        "file", "location", "column", "value", "expectation", "remedy", "code",
    ]  # fmt: skip
    assert len(table) == 3


def test_a_frame_of_another_shape_is_told_before_its_rows() -> None:
    frame = rows(unit="克").assign(extra="?")
    frame.loc[0, "quality"] = "?"
    cases = schema.failures(frame)
    assert [(c.location, c.expectation) for c in cases[:1]] == [("", "the extracted shape")]
    assert [c.location for c in cases[1:]] == ["row 2", "row 3"]


def test_failures_alike_are_counted_so_that_another_one_is_seen() -> None:
    cases = schema.failures(rows(unit="克")) * 20 + schema.failures(rows(quality="?"))
    first, *told = str(ExtractionError("edition", cases)).splitlines()
    assert "21 problems" in first and "and 17 more" in told[3] and len(told) == 5
    assert "quality" in told[4]
    cases = schema.failures(rows(unit="克")) * 4
    assert "1 more like these" in str(ExtractionError("edition", cases))


def test_kinds_of_failures_beyond_a_dozen_are_counted() -> None:
    cases = [
        FailureCase(f"{n}.csv", "row 2", "unit", "克", "a unit", "Mend.", Code.READ_UNIT)
        for n in range(20)
    ]
    text = str(ExtractionError("edition", cases))
    assert "11.csv" in text and "12.csv" not in text and "8 more of other kinds" in text


# -- from archive to part -------------------------------------------------------------------------


def land(root: Path, text: str, name: str = "own.csv", **answers: object) -> Path:
    content = f"{','.join(HEADER)}\n{text}".encode()
    return landed.land(root, PLACE, content, name, **answers)


def take(root: Path, text: str, day: str = "2026-11-25", **answers: object) -> None:
    land(root, text, vintage=day, **answers)
    inbox.take(root, *PLACE)


def test_a_part_has_exactly_the_documented_columns_and_types(tmp_path: Path) -> None:
    take(
        tmp_path,
        "快递业务量,万件,北 京,2024,12.50,high,p. 1,\n快递业务量,万件,天津,2024,无,low,,n\n",
    )
    (part,) = extract_edition(tmp_path, *PLACE)
    assert part.path == part_path(tmp_path, *PLACE, "2026-11-25")
    table = pyarrow.parquet.read_table(part.path, partitioning=None)
    assert table.schema.equals(schema.ARROW_SCHEMA, check_metadata=True)
    first, second = table.to_pylist()
    assert first["value_printed"] == "12.50" and first["value"] == 12.5
    assert (first["province_label"], first["province_code"]) == ("北 京", "110000")
    assert (first["location"], first["status"], first["compiled_from"]) == (
        "row 2",
        "official",
        "p. 1",
    )
    assert second["value"] is None and second["value_printed"] == "无"
    entry = archive.vintages(tmp_path, *PLACE)[0].receipt.files[0]
    assert (first["file"], first["sha256"]) == (entry.name, entry.sha256)


def test_an_edition_without_anything_has_an_empty_part(tmp_path: Path) -> None:
    (part,) = extract_edition(tmp_path, *PLACE)
    assert (part.vintage, part.rows) == ("none", 0)
    table = pyarrow.parquet.read_table(part.path, partitioning=None)
    assert table.schema.equals(schema.ARROW_SCHEMA) and table.num_rows == 0
    take(tmp_path, GOOD)
    (later,) = extract_edition(tmp_path, *PLACE)
    assert later.vintage == "2026-11-25" and not part.path.exists()


def test_the_same_bytes_give_the_same_part_and_a_simulated_receipt_marks_its_rows(tmp_path) -> None:
    for name, figures in (("a", "official"), ("b", "official"), ("c", "simulated")):
        take(tmp_path / name, GOOD, figures=figures)
    (a,), (b,), (c,) = (extract_edition(tmp_path / name, *PLACE) for name in "abc")
    assert a.sha256 == b.sha256 != c.sha256
    table = pyarrow.parquet.read_table(c.path, partitioning=None)
    assert table["status"].to_pylist() == ["simulated"]
    whole, written = a.path.read_bytes(), a.path.stat().st_mtime_ns
    extract_edition(tmp_path / "a", *PLACE)
    assert a.path.stat().st_mtime_ns == written  # existing files do not change
    a.path.write_bytes(whole[:-1])
    extract_edition(tmp_path / "a", *PLACE)
    assert a.path.read_bytes() == whole


def test_a_withdrawn_vintage_is_not_extracted_and_its_part_goes(tmp_path: Path) -> None:
    take(tmp_path, GOOD)
    take(tmp_path, "快递业务量,万件,北京,2024,2,high,,\n", day="2026-12-01")
    assert len(extract_edition(tmp_path, *PLACE)) == 2
    withdraw(tmp_path, *PLACE, "2026-12-01", "wrong")
    assert [part.vintage for part in extract_edition(tmp_path, *PLACE)] == ["2026-11-25"]
    assert not part_path(tmp_path, *PLACE, "2026-12-01").exists()


def test_a_vintage_without_a_good_file_is_left_out_and_the_others_stand(tmp_path: Path) -> None:
    take(tmp_path, GOOD)
    (part,) = extract_edition(tmp_path, *PLACE)
    content = part.path.read_bytes()
    take(
        tmp_path,
        "快递业务量,斤,北京,2024,2,high,,\n快递业务量,万件,深圳,2024,x,high,,\n",
        "2026-12-01",
    )
    good, wrong = extract_edition(tmp_path, *PLACE)
    assert good.path.read_bytes() == content and good.refused == ()
    assert (wrong.vintage, wrong.rows) == ("2026-12-01", 0)
    assert [(c.location, c.column) for c in wrong.refused] == [
        ("row 3", "province_label"),
        ("row 3", "value"),
        ("row 2", "unit"),
    ]
    assert refused_files(tmp_path, PLACE[0]) == {
        f"{PLACE[0]}/{PLACE[1]}/2026-12-01/own.csv": list(wrong.refused)
    }
    withdraw_file(tmp_path, f"{PLACE[0]}/{PLACE[1]}/2026-12-01/own.csv", "a city")
    assert [part.vintage for part in extract_edition(tmp_path, *PLACE)] == ["2026-11-25"]
    assert refused_files(tmp_path) == {}


def test_a_wrong_file_is_left_out_and_the_others_of_its_day_are_read(tmp_path: Path) -> None:
    take(tmp_path, GOOD)
    take(tmp_path, "快递业务量,万件,深圳,2024,2,high,,\n", name="wrong.csv")
    (part,) = extract_edition(tmp_path, *PLACE)
    assert part.rows == 1 and {case.file for case in part.refused} == {"wrong.csv"}
    assert len(refused_files(tmp_path)) == 1
    withdraw_file(tmp_path, f"{PLACE[0]}/{PLACE[1]}/2026-11-25/wrong.csv", "a city")
    (part,) = extract_edition(tmp_path, *PLACE)
    assert part.rows == 1 and part.refused == ()
    assert refused_files(tmp_path) == {}


def test_files_that_state_the_same_cell_are_both_left_out(tmp_path: Path) -> None:
    take(tmp_path, GOOD)
    take(tmp_path, "快递业务量,万件,北京市,2024,2,high,,\n", name="other.csv")
    take(tmp_path, "快递业务量,万件,天津,2024,3,high,,\n", name="third.csv")
    (part,) = extract_edition(tmp_path, *PLACE)
    assert part.rows == 1 and {case.file for case in part.refused} == {"own.csv", "other.csv"}
    (case,) = (case for case in part.refused if case.file == "other.csv")
    assert case.location == "row 2" and "1 at row 2 of own.csv" in case.value


def test_a_format_that_the_source_has_not_is_named(tmp_path: Path) -> None:
    with refuses(ReceiptError, Code.RECEIPT_FORM, format="nbs_site_csv", name="own.csv"):
        take(tmp_path, "x", format="nbs_site_csv")


def test_bytes_changed_in_the_archive_are_never_read(tmp_path: Path) -> None:
    take(tmp_path, GOOD)
    (vintage,) = archive.vintages(tmp_path, *PLACE)
    file = vintage.folder / "own.csv"
    file.write_bytes(file.read_bytes().replace(b",1,", b",2,"))
    with refuses(archive.ArchiveError, Code.ARCHIVE_CHANGED):
        extract_edition(tmp_path, *PLACE)


def test_a_landed_file_can_be_checked_before_it_has_a_receipt(tmp_path: Path) -> None:
    file = land(tmp_path, "快递业务量,万件,深圳,2024,1,high,,\n")
    with pytest.raises(ExtractionError, match="深圳") as caught:
        check_before_receipt(file, receipt_for(file, obtained_by="a book"))
    assert "withdrawn" not in str(caught.value)
    file = land(tmp_path, "快递业务量,万件,天津,2024,1,high,,\n")
    assert check_before_receipt(file, receipt_for(file, obtained_by="a book")) == 1


def test_a_wrong_file_is_replaced_on_the_same_day(tmp_path: Path) -> None:
    take(tmp_path, "快递业务量,斤,北京,2024,1,high,,\n")
    (part,) = extract_edition(tmp_path, *PLACE)
    assert part.rows == 0 and "a unit that the catalog lists" in part.refused[0].expectation
    withdraw(tmp_path, *PLACE, "2026-11-25", "wrong unit")
    take(tmp_path, GOOD)
    (part,) = extract_edition(tmp_path, *PLACE)
    assert (part.vintage, part.rows) == ("2026-11-25", 1)


def test_parts_that_no_archived_vintage_explains_are_swept(tmp_path: Path) -> None:
    take(tmp_path, GOOD)
    extract_edition(tmp_path, *PLACE)
    kept = part_path(tmp_path, *PLACE, "2026-11-25")
    strays = [
        part_path(tmp_path, *PLACE, "2026-11-26"),  # its archived vintage is gone
        part_path(tmp_path, PLACE[0], 1999, "2026-11-25"),  # no line of the catalog
        part_path(tmp_path, "elsewhere", 2024, "none"),  # no source
        part_path(tmp_path, *PLACE, "none"),  # an edition is empty, or it is not
    ]
    for stray in strays:
        stray.parent.mkdir(parents=True)
        stray.write_bytes(kept.read_bytes())
    assert set(sweep(tmp_path)) == {stray.parent for stray in strays}
    assert list((tmp_path / "extracted").rglob("*.parquet")) == [kept]
    assert sweep(tmp_path) == []
