"""Receipts: what is asked, what is computed, and what is refused."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest
import yaml

from living_panel.codes import Code
from living_panel.ingestion.errors import ExtractionError
from living_panel.ingestion.provenance.receipts import (
    ReceiptError,
    name_problem,
    questions,
    read_receipt,
    receipt_for,
    receipt_path,
    write_receipt,
)
from living_panel.ingestion.reading.extract import check_before_receipt
from living_panel.ingestion.reading.vintages import read_vintage
from living_panel.ingestion.storage.archive import Vintage
from tests.fixtures.sources import documents
from tests.refusals import refuses


@pytest.fixture
def landed(tmp_path: Path) -> Path:
    file = tmp_path / "landing" / "postal_express" / "2025" / "own.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"some bytes")
    return file


def test_place_answers_source_and_edition_and_a_person_says_how(landed: Path) -> None:
    asked = {question.field: question for question in questions(landed, date(2026, 11, 25))}
    assert not {"source", "edition"} & set(asked)
    assert asked["vintage"].default == "2026-11-25"
    assert "Post Bureau" in (asked["producer"].default or "")
    assert asked["obtained_by"].default is None
    with refuses(ReceiptError, Code.ANSWER):
        receipt_for(landed)


def test_a_receipt_of_more_than_4_mib_is_not_even_parsed(tmp_path: Path) -> None:
    file, most = tmp_path / "receipt.yml", 4 * 2**20
    file.write_bytes(bytes(most))
    with refuses(ReceiptError, Code.RECEIPT_FORM):
        read_receipt(file)
    file.write_bytes(bytes(most + 1))
    with refuses(ReceiptError, Code.READ_LIMIT):
        read_receipt(file)


def test_outside_landing_source_and_edition_are_asked(tmp_path: Path) -> None:
    file = tmp_path / "loose.csv"
    file.write_text("x")
    assert {"source", "edition"} <= {q.field for q in questions(file, date(2026, 1, 2))}
    with refuses(ReceiptError, Code.ANSWER):
        receipt_for(file, obtained_by="a book")


def test_a_receipt_survives_writing_and_reading(landed: Path) -> None:
    receipt = receipt_for(landed, obtained_by="Book, page 7", vintage="2026-11-25")
    write_receipt(receipt, receipt_path(landed))
    again = read_receipt(receipt_path(landed))
    assert again == receipt
    assert again.files[0].sha256 == hashlib.sha256(b"some bytes").hexdigest()
    assert (again.files[0].bytes, again.edition, again.vintage) == (10, 2025, date(2026, 11, 25))
    assert [p.name for p in landed.parent.iterdir() if p.name.endswith(".tmp")] == []


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("edition: 2025", "edition: soon", Code.RECEIPT_FORM),
        ("figures: official", "figures: guessed", Code.RECEIPT_FORM),
        ("sha256: ", "sha256: 0", Code.RECEIPT_FORM),
        ("name: own.csv", "name: ../own.csv", Code.FILE_NAME),
        ("vintage: '2026-11-25'", "vintage: '2026-11-45'", Code.RECEIPT_FORM),
        ("source: postal_express", "source: post", Code.CATALOG_UNKNOWN),
        ("publication:", "printed_in:", Code.RECEIPT_FORM),
        ("source: postal_express", "source: [postal_express", Code.RECEIPT_FORM),
    ],
)
def test_a_malformed_receipt_names_field_and_remedy(
    landed: Path, old: str, new: str, named: Code
) -> None:
    path = receipt_path(landed)
    write_receipt(receipt_for(landed, obtained_by="Book", vintage="2026-11-25"), path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ReceiptError) as caught:
        read_receipt(path)
    assert set(caught.value.codes) == {named}
    assert all(p.fix and p.place.file == str(path) for p in caught.value.problems)


def test_what_earlier_versions_call_a_table_is_one(landed: Path) -> None:
    path = receipt_path(landed)
    write_receipt(receipt_for(landed, obtained_by="Book", format="table"), path)
    text = path.read_text(encoding="utf-8").replace("format: table", "format: yearbook_html")
    path.write_text(text, encoding="utf-8")
    assert read_receipt(path).files[0].format == "table"


def test_a_missing_receipt_and_a_linked_one_are_refused(landed: Path) -> None:
    with refuses(ReceiptError, Code.RECEIPT_MISSING):
        read_receipt(receipt_path(landed))
    receipt_path(landed).symlink_to(landed)
    with refuses(ReceiptError, Code.RECEIPT_FORM):
        read_receipt(receipt_path(landed))


@pytest.mark.parametrize(
    "name",
    ["", "..", "a/b.csv", ".hidden", "receipt.yml", "x.receipt.yml", "a\u202eb.csv", "x" * 201],
)
def test_names_that_cannot_be_archived(name: str) -> None:
    assert name_problem(name)
    assert name_problem("11-8_分地区货物进出口总额.xls") is None


@pytest.mark.parametrize(
    ("source", "name", "content", "form"),
    [
        ("statistical_yearbook", "own.csv", b"indicator_label,unit", "landing_csv"),
        ("statistical_yearbook", "own.csv", "数据库：分省年度数据".encode("gbk"), "nbs_site_csv"),
        ("statistical_yearbook", "own.csv", "\ufeff数据库：分省年度数据".encode(), "nbs_site_csv"),
        ("statistical_yearbook", "a.json", b'{"returncode":200}', "nbs_easyquery_json"),
        (
            "statistical_yearbook",
            "a.json",
            b'{"data":[{"values":[{"i_showname":"x"}]}]}',
            "nbs_esdata_json",
        ),
        ("statistical_yearbook", "a.XLS", b"\xd0\xcf", "table"),
        ("postal_express", "a.htm", b"", "spb_html"),
        ("postal_express", "a.pdf", b"%PDF-", "table"),
    ],
)
def test_the_likely_format_is_offered(
    tmp_path: Path, source: str, name: str, content: bytes, form: str
) -> None:
    file = tmp_path / source / "2024" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    asked = {question.field: question for question in questions(file, date(2026, 11, 25))}
    assert asked["format"].default == form
    assert form in asked["format"].choices and "index" not in asked["format"].choices


@pytest.mark.long
def test_what_a_download_does_not_print_is_asked_recorded_and_read(tmp_path: Path) -> None:
    file = tmp_path / "landing" / "statistical_yearbook" / "2026" / "地区生产总值.csv"
    file.parent.mkdir(parents=True)
    file.write_bytes(documents.site_years())
    asked = {question.field: question for question in questions(file, date(2026, 11, 25))}
    assert asked["format"].default == "nbs_site_csv"
    assert asked["indicator"].default is asked["unit"].default is None and "region" not in asked
    with pytest.raises(ExtractionError, match=r"when `make receipt FILE=…` asks \(indicator\)"):
        check_before_receipt(file, receipt_for(file, obtained_by="the site"))
    receipt = receipt_for(file, obtained_by="the site", indicator="地区生产总值", unit="亿元")
    write_receipt(receipt, receipt_path(file))
    kept = read_receipt(receipt_path(file))
    assert kept.files[0].stated == {"indicator": "地区生产总值", "unit": "亿元"}
    rows = read_vintage(Vintage(file.parent, kept, "present"))
    assert len(rows) == 92 and set(rows["indicator_label"]) == {"地区生产总值"}


def test_only_a_download_states_what_it_does_not_print(landed: Path) -> None:
    with refuses(ReceiptError, Code.RECEIPT_FORM):
        receipt_for(landed, obtained_by="a book", format="landing_csv", indicator="快递业务量")


def test_two_files_of_one_receipt_have_two_names(landed: Path) -> None:
    receipt = receipt_for(landed, obtained_by="a book")
    (entry,) = receipt.files
    twice = [file.model_dump(mode="json") for file in (entry, entry)]
    for file in twice:
        file.pop("stated", None)
    text = yaml.safe_dump(receipt.model_dump(mode="json", exclude={"files"}) | {"files": twice})
    receipt_path(landed).write_text(text, encoding="utf-8")
    with refuses(ReceiptError, Code.FILE_NAME) as caught:
        read_receipt(receipt_path(landed))
    assert caught.value.problems[0].place.file == str(receipt_path(landed))


def test_a_receipt_without_permission_is_named(landed: Path, monkeypatch) -> None:
    write_receipt(receipt_for(landed, obtained_by="a book"), receipt_path(landed))

    def denied(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as changed:
        changed.setattr(Path, "read_text", denied)
        with refuses(ReceiptError, Code.FILE_UNREADABLE, reason="Permission denied"):
            read_receipt(receipt_path(landed))


def test_a_name_that_cannot_be_archived_and_a_wrong_answer_are_refused(landed: Path) -> None:
    hidden = landed.rename(landed.with_name(".own.csv"))
    with refuses(ReceiptError, Code.FILE_NAME, problem="starts with a dot"):
        receipt_for(hidden, obtained_by="a book")
    with refuses(ReceiptError, Code.ANSWER):
        receipt_for(hidden.rename(landed), obtained_by="a book", vintage="last week")
