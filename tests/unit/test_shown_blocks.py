"""Blocks of README and docs: the Python runs as it stands, SQL names what is published, commands exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from jinja2 import Template

from living_panel.orchestration.__main__ import command_list
from tests.conftest import REPOSITORY

DOCS = sorted((REPOSITORY / "docs").glob("*.md"))
DOCUMENTS = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *DOCS]
TYPES = {"string": "varchar"}
CALL = re.compile(r"\bmake ([a-z][a-z-]*)((?: [A-Z_]+=[^\s`]+)*)")


def blocks(document: Path, *languages: str) -> list[str]:
    """Content of the fenced blocks of these languages; a block without one has ""."""
    text = document.read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [content for language, content in found if language in languages]


def run_python(code: str, folder: Path) -> str:
    """Run a block in a folder, as a file of one's own, and return what it prints."""
    (folder / "block.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "block.py"], cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.long
def test_the_python_of_the_readme_runs_in_an_empty_folder(tmp_path: Path) -> None:
    (block,) = blocks(REPOSITORY / "README.md", "python")
    said = run_python(block, tmp_path)
    assert "cr3(firm):jackknife:t(G-1)" in said and "group_adf" in said


ESTIMATORS = blocks(REPOSITORY / "docs" / "estimators.md", "python")


@pytest.mark.long
@pytest.mark.parametrize("block", ESTIMATORS, ids=range(1, len(ESTIMATORS) + 1))
def test_the_examples_of_estimators_run_in_an_empty_folder(block: str, tmp_path: Path) -> None:
    """Each is a program of its own that prints a result."""
    assert len(ESTIMATORS) >= 6
    said = run_python(block, tmp_path)
    assert re.search(r"Sample: rows \d+|Fits side by side", said)


@pytest.mark.long
def test_the_python_on_clients_reads_the_published_columns(
    tmp_path: Path, published: duckdb.DuckDBPyConnection
) -> None:
    (tmp_path / "data").mkdir()
    published.execute(f"attach '{tmp_path / 'data' / 'warehouse.duckdb'}' as written")
    published.execute("copy from database memory to written")
    published.execute("detach written")
    (block,) = blocks(REPOSITORY / "docs/clients.md", "python")
    assert "estimate" in run_python(block, tmp_path)


@pytest.mark.long
def test_the_python_on_scaling_runs_on_a_folder_of_records(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    firm, year = (axis.ravel() for axis in np.indices((60, 8)))
    records = pd.DataFrame({"firm": firm, "province": firm % 12, "year": 2005 + year})
    for name in ("ln_fdi", "ln_gdp", "ln_exports"):
        records[name] = draw.normal(size=len(records))
    (tmp_path / "customs").mkdir()
    records.to_parquet(tmp_path / "customs" / "2019.parquet")
    block = next(b for b in blocks(REPOSITORY / "docs/scaling.md", "python") if "pushdown" in b)
    said = run_python(f"{block}\nprint(result.n_obs, list(result.params.index))", tmp_path)
    assert said.startswith("300 ") and "ln_fdi:ln_gdp" in said


def type_of(column: dict[str, str]) -> str:
    """Type of a contract's column in DuckDB."""
    text = Template(column["data_type"]).render(target={"type": "duckdb"})
    return TYPES.get(text, text)


@pytest.fixture(scope="module")
def published() -> duckdb.DuckDBPyConnection:
    """The published tables with the columns of their contracts, and no rows."""
    with duckdb.connect() as connection:
        for stage in ("marts", "results"):
            connection.execute(f"create schema {stage}")
            for file in (REPOSITORY / "dbt_project" / "models" / stage).glob("[!_]*.yml"):
                for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", []):
                    columns = ", ".join(f"{c['name']} {type_of(c)}" for c in model["columns"])
                    connection.execute(f"create table {stage}.{model['name']} ({columns})")
        yield connection


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_every_shown_statement_names_published_tables_and_columns(
    document: Path, published: duckdb.DuckDBPyConnection
) -> None:
    for block in blocks(document, "sql"):
        for statement in filter(str.strip, block.split(";")):
            published.execute(statement)


def known_calls() -> dict[str, set[str]]:
    """Targets of make, each with the variables that it reads."""
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    found = {
        target: set(re.findall(r"\$\((?:if |or \$\()?([A-Z]+)\b", recipe))
        for target, recipe in re.findall(r"^([a-z][a-z-]*):(.*(?:\n\t.*)*)", makefile, re.MULTILINE)
    }
    for name, command in command_list().commands.items():
        found[name] = {getattr(p, "make_variable", str(p.name).upper()) for p in command.params}
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_every_shown_command_of_make_exists_with_its_variables(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    shown = [*re.findall(r"`((?:[A-Z_]+=\S+ )?make [^`\n]*)`", text)]
    shown += [line for block in blocks(document, "", "sh") for line in block.splitlines()]
    known, wrong = known_calls(), []
    for line in shown:
        for target, given in CALL.findall(line.split("#")[0]):
            variables = set(re.findall(r"([A-Z_]+)=", given)) - {"PYTHON"}
            if target not in known or not variables <= known[target]:
                wrong.append(line)
    assert not wrong


EXCERPT = re.compile(r"<!-- excerpt: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
EXCERPTS = [found for d in DOCUMENTS for found in EXCERPT.findall(d.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("file", "shown"), EXCERPTS, ids=[file for file, _ in EXCERPTS])
def test_an_excerpt_is_in_its_file_as_it_stands(file: str, shown: str) -> None:
    assert len(EXCERPTS) >= 2
    assert shown in (REPOSITORY / file).read_text(encoding="utf-8")


def test_the_speeds_of_the_estimators_are_those_that_the_benchmark_stored() -> None:
    stored = (REPOSITORY / "benchmarks" / "LIBRARY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \|[^|]*\| ([^|]+) \|[^|]*\| ([\d.]+) \(", stored, re.MULTILINE)
    ratios = {peer: ratio for _, peer, ratio in rows}
    said = " ".join((REPOSITORY / "docs" / "estimators.md").read_text(encoding="utf-8").split())
    assert f"takes {ratios['pyfixest']} times as long as pyfixest" in said
    assert f"takes {ratios['wildboottest']} times as long as wildboottest" in said
    of_import = ratios["numpy, pandas, scipy"]
    assert (
        f"Importing the library takes {of_import} times as long as importing numpy, pandas and scipy."
        in said
    )
    of_tests = [ratios[f"plm {name}"] for name in ("levinlin", "ips", "madwu")]
    assert "take {}, {} and {} times as long as plm".format(*of_tests) in said


def test_the_times_of_scaling_are_those_that_the_benchmark_stored() -> None:
    stored = (REPOSITORY / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (1e\+\d+) \|[^|]*\| ([a-z-]+) \| ([\d.]+) \([^|]*\| ([\d.]+) \|", stored, re.MULTILINE
    )
    of = {(rows_of, tool): (seconds, peak) for rows_of, tool, seconds, peak in rows}
    seconds, peak = of["1e+08", "push-down"]
    said = " ".join((REPOSITORY / "docs" / "scaling.md").read_text(encoding="utf-8").split())
    assert f"10^8 rows take {seconds} s and {peak} GB on two cores." in said
    ours, theirs = of["1e+07", "push-down"][0], of["1e+07", "pyfixest"][0]
    assert f"10^7 rows take {ours} s, and pyfixest takes {theirs} s." in said
