"""One printed table audited without a workspace: reading, declaration, JSON, exit code, documented codes."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from living_panel.codes import Code
from living_panel.estimation.audit import RULES, audit_table
from living_panel.estimation.audit.alone import (
    as_json,
    declared_beside,
    is_accused,
    read_table,
    undeclared,
)
from living_panel.estimation.panel.errors import InvalidSpec, Unusable
from living_panel.estimation.papers.rows import TranscriptionError
from living_panel.orchestration.__main__ import main
from tests.conftest import REPOSITORY

DOCS = REPOSITORY / "docs" / "audit.md"
BEGIN, END = "<!-- rules: begin -->", "<!-- rules: end -->"
RIGHT = """\
,(1),(2),Odds ratio
x,0.350***,0.300,1.46 [1.10; 1.94]
,(0.100),(0.200),
z,-0.21** (0.10),.11,
,,[0.50],
Constant,1.20*** (0.3),"1,001.5 (900.1)",
Year effects,Yes,No,
Firm FE,Yes,Yes,
Controls,Yes,No,
Observations,"1,300",300,300
Number of firms,100,30,
Within R2,0.31,0.22,
Adj. R2,0.30,0.21,
Sargan p,0.41,,
"Standard errors in parentheses. *** p<0.01, ** p<0.05, * p<0.1",,,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(RIGHT, encoding="utf-8")
    return path


def test_a_table_as_printed_is_read(file: Path) -> None:
    table = read_table(file).tables["1"]
    x, z = (table.get(m, "estimate", t) for m, t in (("1", "x"), ("1", "z")))
    assert x and z and x.bracket and z.bracket
    assert (x.text, x.stars, x.bracket.text) == ("0.350*** (0.100)", "***", "0.100")
    assert (z.value, z.stars, z.bracket.text) == (-0.21, "**", "0.10")
    assert table.get("2", "estimate", "z").bracket.text == "0.50"
    assert table.get("2", "estimate", "constant").value == 1001.5
    assert table.get("odds_ratio", "ci_low", "x").value == 1.10
    assert table.get("odds_ratio", "ci_high", "x").value == 1.94
    numbers = {
        s: table.get("1", s).value for s in ("n_obs", "n_groups", "r_squared", "r_squared_adjusted")
    }
    assert numbers == {
        "n_obs": 1300,
        "n_groups": 100,
        "r_squared": 0.31,
        "r_squared_adjusted": 0.30,
    }
    assert table.has_flag("1", "time_effects") and not table.has_flag("2", "time_effects")
    assert table.has_flag("2", "entity_effects") and table.has_flag("1", "controls")
    assert table.stars == {"***": 0.01, "**": 0.05, "*": 0.1}
    assert (table.brackets, table.r_squared) == ("standard_error", "within")
    assert table.get("1", "test:Sargan p").value == 0.41 and "sargan_p" not in table.terms("1")


def test_a_right_table_is_not_accused_and_a_wrong_one_is(file: Path) -> None:
    assert not is_accused(audit_table(file))
    file.write_text(RIGHT.replace("0.300,1.46", "0.300***,1.46"), encoding="utf-8")
    found = audit_table(file).dropna(subset=["inconsistency"])
    assert "stars_beyond_reach" in {*found["rule"]} and is_accused(found)


def test_a_frame_is_read_as_a_file_is(file: Path) -> None:
    frame = pd.read_csv(file, dtype="str", keep_default_na=False)
    own = audit_table(frame)
    pd.testing.assert_frame_equal(own, audit_table(file))


def test_a_declaration_says_more_than_the_notes(file: Path, tmp_path: Path) -> None:
    declaration = tmp_path / "table.yml"
    declaration.write_text(
        "brackets: t_statistic\nsample: {units: 10, first_year: 2000, last_year: 2009}\n"
        'columns: {"1": {where: ""}}\n',
        encoding="utf-8",
    )
    paper = read_table(file, declaration)
    assert (paper.tables["1"].brackets, paper.sample.periods) == ("t_statistic", 10)
    found = audit_table(file, declaration).dropna(subset=["inconsistency"])
    assert {"more_rows_than_the_panel", "more_units_than_the_sample"} <= {*found["rule"]}
    declaration.write_text("brackets: magic\n", encoding="utf-8")
    with pytest.raises(TranscriptionError):
        audit_table(file, declaration)
    with pytest.raises(InvalidSpec):
        audit_table(file, {"brackets": "magic"})


def test_transcribed_cells_and_descriptives_are_read(tmp_path: Path) -> None:
    cells = REPOSITORY / "estimation" / "papers" / "mroz_1987" / "printed" / "table_15_5.csv"
    assert not is_accused(
        audit_table(cells, {"brackets": "standard_error", "covariance": "classical"})
    )
    described = tmp_path / "described.csv"
    described.write_text(
        "Variable,Obs,Mean,Std. Dev.,Min,Max\nage,100,70.1,5.0,20,60\n", encoding="utf-8"
    )
    found = audit_table(described).dropna(subset=["inconsistency"])
    assert "mean_outside_extremes" in {*found["rule"]}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, Code.FILE_MISSING), ("", Code.PRINTED_TABLE), ("a\nb\n", Code.PRINTED_TABLE),
        (",(1)\nx,yes please\n", Code.PRINTED_TABLE), ("\xff\xfe", Code.PRINTED_TABLE),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: str | None, code) -> None:
    path = tmp_path / "table.csv"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
    with pytest.raises(Unusable) as error:
        audit_table(path)
    assert error.value.codes == [code]


@pytest.mark.long
def test_the_command_needs_no_workspace(file: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    line = [sys.executable, "-m", "living_panel", "audit", file.name, "--json"]
    for text, code in ((RIGHT, 0), (RIGHT.replace("0.300,1.46", "0.300***,1.46"), 1)):
        file.write_text(text, encoding="utf-8")
        run = subprocess.run(line, cwd=file.parent, env=environment, capture_output=True, text=True)
        content = json.loads(run.stdout)
        assert (run.returncode, content["version"]) == (code, 2)
        assert {f["code"] for f in content["inconsistencies"]} == {*content["rules"]["found"]}
        assert {p.name for p in file.parent.iterdir()} == {file.name}, "nothing is written"


@pytest.mark.long
def test_the_page_shows_a_table_that_its_command_audits(tmp_path: Path) -> None:
    text = DOCS.read_text(encoding="utf-8")
    table, python = (
        re.search(rf"^```{k}\n(.*?)^```", text, re.S | re.M)[1] for k in ("text", "python")
    )
    (command,) = re.findall(r"^```sh\nliving-panel (.*?)\n```", text, re.M)
    (tmp_path / "table.csv").write_text(table, encoding="utf-8")
    declared = ast.literal_eval(re.search(r"\{.*\}(?=\)$)", python, re.M)[0])
    (tmp_path / "table.yml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    line = [sys.executable, "-m", "living_panel", *command.split()]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    run = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    subprocess.run([sys.executable, "-c", python], cwd=tmp_path, env=environment, check=True)


def test_json_has_every_rule_once(file: Path) -> None:
    content = json.loads(as_json(audit_table(file)))
    listed = [code for codes_ in content["rules"].values() for code in codes_]
    assert sorted(listed) == sorted(RULES)


def test_every_code_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    rows = [f"| `{r.id}` | {r.family} | {r.title}. {r.reason} |" for r in RULES.values()]
    table = "\n".join(["", "| code | family | what it finds |", "|---|---|---|", *rows, ""])
    made = f"{head}{BEGIN}{table}{END}{tail}"
    if os.environ.get("UPDATE_SNAPSHOT"):
        DOCS.write_text(made, encoding="utf-8")
    assert text == made or os.environ.get("UPDATE_SNAPSHOT"), "UPDATE_SNAPSHOT=1 writes it anew"


def test_what_is_undeclared_and_silences_rules_is_named() -> None:
    """0.013*** (0.008) contradicts its stars only as a raw coefficient; a ratio may have them."""
    printed = pd.DataFrame(
        [["x", "0.013***"], ["", "(0.008)"], ["Standard errors in parentheses. *** p<0.01", ""]],
        columns=["", "(1)"],
    )
    assert undeclared(read_table(printed)).startswith("Undeclared: scale, covariance. Rules")
    declared = {"columns": {"*": {"scale": "raw", "covariance": "classical"}}}
    assert undeclared(read_table(printed, declared)) == ""
    assert is_accused(audit_table(printed, declared)) and not is_accused(audit_table(printed))


def test_the_command_reads_the_paper_beside_the_table_or_says_why_not(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = REPOSITORY / "estimation/papers/munnell_1990/printed/table_productivity.csv"
    assert main(["audit", str(printed)]) == 0
    said = capsys.readouterr()
    assert "munnell_1990/paper.yml" in said.err and "covariance" not in said.out
    declared, _ = declared_beside(printed)
    assert declared["sample"]["units"] == 48 and declared["brackets"] == "standard_error"
    other = {"brackets": "standard_error", "covariance": "clustered"}
    declaration = file.with_name("own.yml")
    declaration.write_text(yaml.safe_dump(other), encoding="utf-8")
    main(["audit", str(printed), "--declare", str(declaration)])
    assert "paper.yml" not in capsys.readouterr().err, "what is named wins"
    copy = file.parent / "paper.yml"
    copy.write_bytes(printed.parents[1].joinpath("paper.yml").read_bytes())
    main(["audit", str(file)])
    assert f"Not read: {copy}" in capsys.readouterr().err


def test_the_command_says_why_it_ends_with_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed, declaration = tmp_path / "table.csv", tmp_path / "own.yml"
    printed.write_text(
        ',(1)\nx,0.013***\n,(0.008)\n"Standard errors in parentheses. *** p<0.01",\n'
    )
    declared = {"columns": {"*": {"scale": "raw", "covariance": "classical"}}}
    declaration.write_text(yaml.safe_dump(declared), encoding="utf-8")
    assert main(["audit", str(printed), "--declare", str(declaration)]) == 1
    assert "the exit code is 1; make then" in capsys.readouterr().err
