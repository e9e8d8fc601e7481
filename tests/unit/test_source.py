"""`source.yml` of a paper's data: what it may say, and what is refused with the place of the key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.spec import PAPERS
from living_panel.estimation.papers import source
from living_panel.estimation.papers.rows import Claim, TranscriptionError, read_rows
from tests.refusals import refuses

TEXT = """\
source: bureau
edition: 2004
obtained: 2026-11-28
citation: Bureau (2004).
status: official
"""


def written(folder: Path, text: str) -> Path:
    (folder / "source.yml").write_text(text, encoding="utf-8")
    return folder


def test_keys_of_earlier_versions_are_read(tmp_path: Path) -> None:
    """Other keys, a month, a number in place of a text, and a key without a value."""
    text = TEXT.replace("2026-11-28", "2026-11").replace("Bureau (2004).", "2004") + "note: x\n"
    read = source.read_source(written(tmp_path, f"{text}licence:\ndata:\n"))
    assert (read.obtained, read.citation, read.licence, read.data) == ("2026-11", "2004", "", None)
    assert source.read_source(written(tmp_path, TEXT)).obtained == "2026-11-28"


@pytest.mark.parametrize(
    ("change", "code", "key"),
    [
        (("edition: 2004\n", ""), Code.SPEC_MISSING_KEY, "edition"),
        (("citation: Bureau (2004).", "citation:"), Code.SPEC_MISSING_KEY, "citation"),
        (("edition: 2004", "edition: spring"), Code.SPEC_VALUE, "edition"),
        (("status: official", "status: borrowed"), Code.SPEC_VALUE, "status"),
        (("status: official", "status: official\ndata: {package: a, dataset: b}"),
         Code.SPEC_MISSING_KEY, "data.year"),
        (("status: official", "status: official\ndata: {set: a}"), Code.SPEC_MISSING_KEY, "data.measures"),
        (("status: official", "status: official\ndata: {set: a, measures: [b], unit: c}"),
         Code.SPEC_UNKNOWN_KEY, "data.unit"),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named_with_its_place(
    tmp_path: Path, change: tuple[str, str], code: object, key: str
) -> None:
    assert change[0] in TEXT
    written(tmp_path, TEXT.replace(*change))
    with refuses(InvalidSpec, code) as error:  # type: ignore[arg-type]
        source.read_source(tmp_path)
    assert error.value.problems[0].place.key == key


def test_the_origin_is_known_while_other_keys_are_wrong(tmp_path: Path) -> None:
    written(tmp_path, "data: {set: penn_world_table, measures: [income_level]}\n")
    chosen = source.origin_of(tmp_path, source.SetEdition)
    assert chosen is not None and chosen.edition == "newest"
    assert source.origin_of(tmp_path, source.Package) is None
    written(tmp_path, "data: {package: linearmodels, oops: 1}\n")
    assert source.origin_of(tmp_path, source.SetEdition) is None
    with pytest.raises(InvalidSpec) as error:
        source.origin_of(tmp_path, source.Package)
    assert {p.place.key for p in error.value.problems} >= {"data.dataset", "data.oops"}


def test_a_raw_file_may_be_one_of_r(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    shutil.copy(
        Path(__file__).parents[1] / "fixtures" / "cities.rds", tmp_path / "raw" / "values.rds"
    )
    digest = source.sha256_of(tmp_path / "raw" / "values.rds")[0]
    receipt = source.RawReceipt(
        file="values.rds", sha256=digest, obtained="2026-11-28", producer="Bureau", publication="Yearbook",
        obtained_by="page 3",
    )  # fmt: skip
    (tmp_path / "raw" / "receipts.yml").write_text(source.receipts_with(receipt, tmp_path))
    (tmp_path / "prepare.sql").write_text(
        "select city as unit, year(day) as year, rent from values"
    )
    assert source.prepare(tmp_path)["rent"].tolist() == [510.5, 520.0, 498.0]


def test_a_damaged_raw_file_is_named(tmp_path: Path) -> None:
    test_a_raw_file_may_be_one_of_r(tmp_path)
    shutil.move(tmp_path / "raw" / "values.rds", tmp_path / "raw" / "values.dta")
    receipts = (tmp_path / "raw" / "receipts.yml").read_text()
    (tmp_path / "raw" / "receipts.yml").write_text(receipts.replace(".rds", ".dta"))
    with refuses(InvalidSpec, Code.PAPER_DATA) as error:
        source.prepare(tmp_path)
    assert error.value.problems[0].place.file == str(tmp_path / "raw" / "values.dta")


@pytest.mark.parametrize(
    ("old", "new", "name", "words"),
    [
        (",sign,", ",signs,", "kind", "one of value, range, trend"),
        (",positive,", ",upwards,", "relation", "one of rising, falling"),
        ("0.05", "5 %", "level", "a number, or nothing"),
    ],
)
def test_a_wrong_cell_says_what_is_expected(
    tmp_path: Path, old: str, new: str, name: str, words: str
) -> None:
    text = (
        "id,place,kind,table,models,terms,statistic,values,relation,level,reference,label\n"
        "c1,p. 3,sign,4,1;2,fdi,estimate,,positive,0.05,,\n"
    )
    file = tmp_path / "claims.csv"
    file.write_text(text)
    (claim,) = read_rows(file, Claim)
    assert (claim.models, claim.values, claim.level) == (("1", "2"), (), 0.05)
    file.write_text(text.replace(old, new))
    with refuses(TranscriptionError, Code.PRINTED_TABLE, name=name) as error:
        read_rows(file, Claim)
    problem = error.value.problems[0]
    assert problem.place.line == 2 and str(problem.fields["words"]).startswith(words)


def test_each_shipped_source_is_read() -> None:
    files = [*PAPERS.glob("*/data/source.yml")]
    kinds = {type(source.read_source(f.parent).data) for f in files}
    assert kinds == {type(None), source.Package, source.SetEdition}
