"""A panel from raw files: receipts, the SQL that makes it, its hash, and what it may not do."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.papers.paper_data import read_paper_data, release_frames
from living_panel.estimation.papers.source import (
    RawReceipt,
    WrongRawFiles,
    prepare,
    raw_receipts,
    receipts_with,
    source_record,
)

SQL = """\
select trim(o.state) as unit, o.year::int as year, o.output::double as output, c.capital::double as capital
from output as o join capital as c using (state, year)
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Data of a paper: two raw files, joined by SQL."""
    folder = tmp_path / "data"
    (folder / "raw").mkdir(parents=True)
    years = [(s, y) for s in ("01", "02") for y in (2001, 2002, 2003)]
    for name in ("output", "capital"):
        rows = "".join(f"{s},{y},{len(name) * y + int(s)}\n" for s, y in years)
        (folder / "raw" / f"{name}.csv").write_text(f"state,year,{name}\n{rows}")
        receipt(folder, f"{name}.csv")
    (folder / "prepare.sql").write_text(SQL)
    (folder / "units.csv").write_text("unit,name,group\n01,One,All\n02,Two,All\n")
    titles = "".join(f"{m},{m.title()},dollars,\n" for m in ("output", "capital"))
    (folder / "measures.csv").write_text(f"measure,title,unit,description\n{titles}")
    (folder / "source.yml").write_text(
        "source: bureau\nedition: 2004\nobtained: 2026-11-28\nstatus: official\ncitation: Bureau (2004).\n"
    )
    return folder


def receipt(folder: Path, name: str) -> None:
    digest = hashlib.sha256((folder / "raw" / name).read_bytes()).hexdigest()
    said = RawReceipt(
        file=name, sha256=digest, obtained=date(2026, 11, 28), producer="Bureau", publication="Yearbook",
        obtained_by="page 3",
    )  # fmt: skip
    (folder / "raw" / "receipts.yml").write_text(receipts_with(said, folder))


def test_the_sql_makes_the_panel_and_codes_stay_text(data: Path) -> None:
    panel, units, measures = read_paper_data(data)
    assert list(panel["unit"]) == ["01"] * 3 + ["02"] * 3
    assert panel.loc[0, "output"] == 6 * 2001 + 1 and panel.loc[5, "capital"] == 7 * 2003 + 2
    assert release_frames(data)["panel"].shape == (6, 4)
    assert (len(units), len(measures)) == (2, 2)


def test_the_hash_is_that_of_the_shell_over_sql_and_raw_files(data: Path) -> None:
    listing = "sha256sum prepare.sql raw/capital.csv raw/output.csv | sha256sum"
    said = subprocess.run(listing, cwd=data, shell=True, capture_output=True, text=True, check=True)
    told = source_record(data)
    assert told["sha256"] == said.stdout.split()[0]
    assert told["file"] == "prepare.sql, raw/capital.csv, raw/output.csv"


def test_rows_in_another_order_make_the_same_panel(data: Path) -> None:
    pd.testing.assert_frame_equal(prepare(data), prepare(data, mix=True))
    with_ties = SQL.replace("o.output::double", "(row_number() over ())::double")
    (data / "prepare.sql").write_text(with_ties)
    assert not prepare(data).equals(prepare(data, mix=True))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: (d / "raw/more.csv").write_text("x\n"), Code.RECEIPT_MISSING),
        (lambda d: (d / "raw/output.csv").unlink(), Code.RAW),
        (lambda d: (d / "raw/output.csv").write_text("state,year,output\n"), Code.RAW),
        (lambda d: (d / "raw/receipts.yml").write_text("- {file: output.csv}"), Code.RAW),
        (lambda d: (d / "raw/receipts.yml").unlink(), Code.RAW),
        (lambda d: (d / "prepare.sql").write_text("select state, year from outptu"), Code.RAW),
        (lambda d: (d / "prepare.sql").write_text("select state, year from output"), Code.RAW),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_refused(
    data: Path, change: Callable[[Path], object], code: object
) -> None:
    change(data)
    with pytest.raises(WrongRawFiles) as error:
        prepare(data)
    assert error.value.codes == [code]  # type: ignore[attr-defined]


@pytest.mark.parametrize("source", ["read_csv('{path}')", "'{path}'", "read_text('{path}')"])
def test_the_sql_reads_no_file_without_a_receipt(data: Path, source: str) -> None:
    other = data.parent / "other.csv"
    other.write_text("unit,year\nA,2001\n")
    (data / "prepare.sql").write_text(f"select * from {source.format(path=other)}")
    with pytest.raises(WrongRawFiles) as error:
        prepare(data)
    assert error.value.codes == [Code.RAW]


def test_a_receipt_is_written_once_a_file(data: Path) -> None:
    (data / "raw/output.csv").write_text("state,year,output\n01,2001,1\n")
    receipt(data, "output.csv")
    assert [r.file for r in raw_receipts(data)] == ["capital.csv", "output.csv"]


def test_the_receipt_of_a_raw_file_is_asked_for(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from living_panel.orchestration.commands.receipt import ask_and_write
    from living_panel.orchestration.root.settings import Settings

    (data / "raw" / "more.csv").write_text("x\n1\n")
    answers = {"PRODUCER": "Bureau", "PUBLICATION": "Yearbook", "OBTAINED_BY": "page 4"}
    for field, answer in answers.items():
        monkeypatch.setenv(f"RECEIPT_{field}", answer)
    assert ask_and_write(Settings(root=data, state=data), data / "raw" / "more.csv") == 0
    assert raw_receipts(data)[-1].obtained_by == "page 4"
