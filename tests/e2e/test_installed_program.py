"""The wheel, installed, in a workspace: every command of its help, and a paper from a file to its removal."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
import urllib.request
import zipfile
from pathlib import Path

import duckdb
import pytest

from living_panel.codes import Code
from living_panel.orchestration.__main__ import UNFORESEEN, command_list
from living_panel.orchestration.assets.verification import NO_PROBLEM
from tests.conftest import REPOSITORY
from tests.e2e.served import free_port
from tests.fixtures.installed_wheel import Program, files_of_git, installed, installed_estimators

pytestmark = pytest.mark.slow

DATA = REPOSITORY / "estimation" / "papers" / "munnell_1990" / "data" / "panel.csv"
OF_A_CHECKOUT = {"docs"}
LINES = {
    "accept NAME": 1,
    "add-edition none 1": 1,
    "backup copy.tar.gz": 0,
    "check-manuscript": 0,
    "check-package none.zip": 1,
    "checksums author_2026": 1,
    "clean": 0,
    "audit none.csv": 1,
    "completion bash": 0,
    "diff": 1,
    "editions": 1,
    "export none table.tex": 1,
    "fetch statistical_yearbook 2026": 1,
    "findings": 1,
    "init other": 0,
    "migrate author_2026": 1,
    "lake-sql": 1,
    "new-data-set none --data .": 1,
    "new-paper author_2026": 1,
    "package author_2026": 1,
    "receipt none.csv": 1,
    "remove-paper author_2026": 1,
    "report": 1,
    "restore none.tar.gz": 1,
    "rollback": 1,
    "run": 1,
    "site public": 1,
    "snapshots": 1,
    "sql": 1,
    "status": 0,
    "teach none.xlsx": 1,
    "tidy": 0,
    "try my_table": 1,
    "validators": 1,  # without a package index
    "verify": 0,
    "withdraw release none": 1,
    "new-source my_bureau": 0,  # last: then the workspace has a source
}
"""A line of each command, with its exit code in an empty workspace."""
BY_ITSELF = {"demo", "dev"}
"""Commands with tests of their own."""
FINITE_SAMPLE = """
import importlib.util
import numpy as np
import pandas as pd
import living_panel.econometrics as lp

assert not [name for name in ("pyarrow", "fastparquet", "linearmodels") if importlib.util.find_spec(name)]
steps = np.random.default_rng(1).standard_normal((9, 29))
walks = pd.DataFrame(steps.cumsum(axis=0), range(2000, 2009)).T.stack().rename_axis(["unit", "year"])
print(lp.ips(walks, lags=0, finite_sample=True))
"""
TARGETS = "|".join(sorted(command_list().commands))
OF_MAKE = re.compile(rf"\bmake ({TARGETS})\b")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return installed(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def workspace(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workspaces")
    assert program.call(folder, "init", "my-study").returncode == 0
    return folder / "my-study"


IN_THE_CHECKOUT = re.compile(r"estimation/data_sets/\w+/[\w.]+\.csv\.gz")
"""Files of editions: a workspace makes data sets from files of its own."""


def test_the_wheel_holds_the_tracked_files_of_its_packages(program: Program) -> None:
    """But for the files of editions, which are in the checkout alone."""
    all_tracked = files_of_git("ingestion", "estimation", "orchestration")
    tracked = [name for name in all_tracked if not IN_THE_CHECKOUT.fullmatch(name)]
    assert len(tracked) < len(all_tracked)
    small, whole = ({*zipfile.ZipFile(wheel).namelist()} for wheel in reversed(program.wheels))
    assert not small & whole
    assert "living_panel/econometrics.py" in small
    assert {f"living_panel/{name}" for name in tracked} <= small | whole
    assert not [name for name in small | whole if name.endswith(".gz")]
    assert {name.split("/")[0].partition("-")[0] for name in whole} == {"living_panel"}
    assert {name.split("/")[0].partition("-")[0] for name in small} == {
        "living_panel",
        "living_panel_econometrics",
    }


def test_the_estimators_wheel_needs_the_packages_that_it_declares_alone(tmp_path: Path) -> None:
    python = installed_estimators(tmp_path)
    called = subprocess.run([python, "-I", "-c", FINITE_SAMPLE], capture_output=True, text=True)
    assert called.returncode == 0, called.stderr
    assert "20000 draws of 29 independent Gaussian units" in called.stdout


def test_each_command_of_the_help_is_called_below(program: Program, workspace: Path) -> None:
    said = program.call(workspace, "--help").stdout
    listed = set(re.findall(r"^  ([a-z][a-z-]+)  +\w", said, re.MULTILINE))
    called = {line.split()[0] for line in LINES} | BY_ITSELF
    assert listed == called == set(command_list().commands) - OF_A_CHECKOUT


@pytest.mark.parametrize("line", LINES)
def test_a_command_answers_in_an_empty_workspace(
    program: Program, workspace: Path, line: str
) -> None:
    done = program.call(workspace, *line.split(), PIP_NO_INDEX="1")
    said = done.stdout + done.stderr
    assert done.returncode == LINES[line] != UNFORESEEN, said
    assert "Traceback" not in said and not OF_MAKE.search(said), said
    if done.returncode:
        assert re.search(r"\[LP(?:-[A-Z]+)+\]", said), said


def test_the_ui_loads_what_is_installed(program: Program, workspace: Path) -> None:
    port = free_port()
    command = [program.environment / "bin" / "living-panel", "dev", "--port", str(port)]
    query = "{workspaceOrError{... on Workspace{locationEntries{locationOrLoadError"
    query += "{__typename ... on PythonError{message}}}}}}"
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"content-type": "application/json"},
    )
    server = subprocess.Popen(
        command, cwd=workspace, env=program.environment_of_a_person(), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(300):
            time.sleep(1)
            assert server.poll() is None
            try:
                answer = json.load(urllib.request.urlopen(request, timeout=60))
                break
            except OSError:
                continue
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
    (entry,) = answer["data"]["workspaceOrError"]["locationEntries"]
    assert entry["locationOrLoadError"]["__typename"] == "RepositoryLocation", entry


def test_the_demo_is_drawn_and_estimated(program: Program, workspace: Path) -> None:
    done = program.call(workspace, "demo")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert re.search(r"FDI, one elasticity: planted 0\.310, estimated 0\.\d+", done.stdout)
    assert not OF_MAKE.search(done.stdout)


def test_a_paper_goes_from_a_file_to_publication_and_away(program: Program, tmp_path: Path) -> None:
    def call(*arguments: str, code: int = 0) -> str:
        done = program.call(folder, *arguments)
        said = done.stdout + done.stderr
        assert done.returncode == code, said[-3000:]
        assert not OF_MAKE.search(said), said
        return said

    def stored() -> list[Path]:
        return sorted(p for p in (folder / "data").rglob("*") if p.is_file())

    assert program.call(tmp_path, "init", "my-study").returncode == 0
    folder = tmp_path / "my-study"
    call("new-paper", "states_2026", "--data", str(DATA))
    before = stored()
    assert r"public\_capital" in call("try", "states_2026_first")
    assert stored() == before, "a trial stores nothing"
    paper = folder / "papers" / "states_2026" / "paper.yml"
    text = paper.read_text(encoding="utf-8")
    said = call("run", code=1)
    assert {Code.ANSWER, Code.NOT_BUILT} <= {*re.findall(r"LP(?:-[A-Z]+)+", said)}
    assert "IndexError" not in said
    paper.write_text(text.replace("- …", "- A. Reader").replace("title: …", "title: Mine"), "utf-8")
    said = call("run")
    assert "succeeded" in said and "0 rows" not in said and "papers.states_2026 816" in said
    with duckdb.connect(str(folder / "data" / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from papers.states_2026").fetchone() == (816,)
        releases = connection.execute("select panel_rows from results.releases").fetchall()
        schemas = connection.execute("select distinct schema_name from duckdb_tables()").fetchall()
    assert releases == [(816,)] and "marts" not in {name for (name,) in schemas}
    assert NO_PROBLEM in call("verify")
    assert (folder / "data" / "report" / "index.html").is_file()
    ignored = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=folder, capture_output=True
    )
    assert b"data/" not in ignored.stdout.replace(b"states_2026/data/", b"")
    assert "LP-PUBLISH" in call("remove-paper", "states_2026", code=1)
    call("remove-paper", "states_2026", "--force")
    assert NO_PROBLEM in call("verify") and not paper.exists()
    call("status")


def test_the_tutorial_runs_as_it_stands(program: Program, tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "tutorial.md").read_text(encoding="utf-8")
    story = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    person = program.environment_of_a_person()
    done = subprocess.run(
        ["bash", "-e", "-c", story], cwd=tmp_path, capture_output=True, text=True,
        env=person | {"PATH": f"{program.environment / 'bin'}:{person['PATH']}"},
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-3000:]
    assert not OF_MAKE.search(said), OF_MAKE.search(said)
    assert re.search(r"log\(capital\)[ │|,]+0\.[345]", said) and "restated capital" in said
    assert NO_PROBLEM in said and "full" in said
