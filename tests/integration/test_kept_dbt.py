"""The kept dbt process: commands run as by dbt itself, and the build file is free after each."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psutil
import pytest

from living_panel.orchestration.dbt import process, project, project_files
from living_panel.orchestration.dbt.project import (
    PARTIAL_PARSE,
    dbt_environment,
    dbt_variables,
    parse,
    prepare,
)
from living_panel.orchestration.root.settings import DBT_PROJECT, Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A root in which nothing was built."""
    found = Settings(root=tmp_path / "data", state=tmp_path / "state")
    found.build.mkdir(parents=True)
    return found


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[psutil.Process]:
    """The process that runs the commands of a test."""
    monkeypatch.setattr(process, "_kept", None)
    process.keep_dbt()
    holder = process._kept
    assert holder is not None
    running = psutil.Process(holder._process.pid)
    yield running
    holder._answers.close()
    holder._channel.close()
    assert running.wait(timeout=120) is not None  # it ends with the one that started it


def begin(settings: Settings, *arguments: str) -> subprocess.Popen[bytes]:
    """A command that was begun."""
    environment = dbt_environment(settings, settings.build_file(None))
    return process.begin(arguments, environment, json.dumps(dbt_variables(settings, None)))


def run(settings: Settings, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    begun = begin(settings, *arguments)
    assert begun.stdout is not None
    output = begun.stdout.read().decode()
    return begun.wait(), output


def run_unread(settings: Settings, *arguments: str) -> int:
    """Exit code of a command whose output nobody reads."""
    begun = begin(settings, *arguments)
    assert begun.stdout is not None
    begun.stdout.close()
    return begun.wait()


def seeds(settings: Settings) -> list[tuple[str, int]]:
    """Tables that a build holds, and their columns."""
    with duckdb.connect(str(settings.build_file(None))) as connection:
        return connection.execute(
            "select table_name, column_count from duckdb_tables() order by 1"
        ).fetchall()


def test_commands_run_as_by_dbt_and_leave_the_build_file_free(
    settings: Settings, kept: psutil.Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse(settings)
    assert (settings.dbt_target / "manifest.json").is_file()
    assert [run(settings, "seed")[0] for _ in range(2)] == [0, 0]
    assert [p.suffix for p in settings.build.glob("*.duckdb*")] == [".duckdb"]  # no log is left
    code, output = run(settings, "sed")
    assert code == 2 and "sed" in output
    monkeypatch.setenv("DBT_LOG_FORMAT", "json")
    code, output = run(settings, "seed")
    log = settings.dbt_target / "logs" / "dbt.log"
    logged = log.read_text(encoding="utf-8").splitlines()
    assert code == 0 and set(output.splitlines()) <= set(logged)
    log.unlink()
    log.symlink_to("/dev/full")
    assert run_unread(settings, "seed") == 0
    monkeypatch.setattr(process, "_kept", None)
    usual = Settings(root=tmp_path / "usual", state=settings.state)
    usual.build.mkdir(parents=True)
    code, by_dbt = run(usual, "seed")
    assert code == 0 and seeds(settings) == seeds(usual) != []
    assert events(output) == events(by_dbt)


def events(output: str) -> list[tuple[str, ...]]:
    """Name, level and fields of each event of a command, sorted, as its threads write in any order."""
    found = [json.loads(line) for line in output.splitlines()]
    written = [(e["info"]["name"], e["info"]["level"], *sorted(e["data"])) for e in found]
    return sorted(event for event in written if event[0] != "UnableToPartialParse")  # a first parse


def test_a_command_that_is_interrupted_or_killed_fails_and_the_next_one_runs(
    settings: Settings, kept: psutil.Process
) -> None:
    begun = begin(settings, "seed")
    begun.send_signal(signal.SIGKILL)
    assert begun.wait() == -signal.SIGKILL
    assert run(settings, "seed")[0] == 0
    begun = begin(settings, "seed")
    os.kill(kept.pid, signal.SIGKILL)
    assert begun.wait() == process.DIED
    kept.wait(timeout=120)
    assert run(settings, "sed")[0] == 2  # by a process of its own


def test_no_variable_changes_what_is_parsed(settings: Settings, kept: psutil.Process) -> None:
    """The kept process runs builds of other variables on what it parsed once."""

    def parsed(**variables: object) -> dict[str, object]:
        environment = dbt_environment(settings, settings.build_file(None))
        given = dbt_variables(settings, None) | variables
        begun = process.begin(["parse"], environment, json.dumps(given))
        assert begun.wait() == 0
        manifest = json.loads((settings.dbt_target / "manifest.json").read_bytes())
        nodes = {**manifest["nodes"], **manifest["sources"]}
        return {
            name: {k: v for k, v in node.items() if k != "created_at"}
            for name, node in nodes.items()
        }

    usual = parsed()
    assert usual == parsed(
        as_of_edition=2018,
        as_of_date="2024-10-01",
        current_index="as_of_2018.json",
        coverage_root="demo",
        require_all_editions=True,
        first_year=2010,
    )


def test_a_changed_project_is_parsed_again(
    settings: Settings, kept: psutil.Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = Path(shutil.copytree(DBT_PROJECT, tmp_path / "project"))
    for module in (process, project, project_files):
        monkeypatch.setattr(module, "DBT_PROJECT", copied)
    code, output = run(settings, "ls")
    assert code == 0 and "living_panel.marts.panel" in output and "living_panel.added" not in output
    (copied / "seeds" / "added.csv").write_text("a\n1\n", encoding="utf-8")
    code, output = run(settings, "ls")
    assert code == 0 and "living_panel.added" in output


def test_a_new_root_begins_with_what_was_parsed_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "KEPT_PARSES", tmp_path / "kept")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    first, second = (tmp_path / name / "build" / "dbt" for name in ("data", "other"))
    prepare(first)
    monkeypatch.setenv("LIVING_PANEL_COVERAGE", "fixture")  # a variable of other commands
    prepare(second)
    for name in ("manifest.json", PARTIAL_PARSE):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    manifest = json.loads((second / "manifest.json").read_bytes())
    project.parse(Settings(tmp_path / "other", tmp_path / "state"))
    again = json.loads((second / "manifest.json").read_bytes())
    for kind in ("nodes", "sources", "macros"):
        assert manifest[kind] == again[kind]  # with the time of parsing: none was parsed again
        assert str(tmp_path) not in json.dumps(manifest[kind])


ENDS_EARLY = """
import json, os, sys
from pathlib import Path
from living_panel.orchestration.dbt import process
from living_panel.orchestration.dbt.project import dbt_environment, dbt_variables
from living_panel.orchestration.root.settings import Settings

root, state = map(Path, sys.argv[1:])
settings = Settings(root=root, state=state)
environment = dbt_environment(settings, settings.build_file(None))
process.keep_dbt()
process.begin(["parse", "--no-write-json"], environment, json.dumps(dbt_variables(settings, None)))
os._exit(0)
"""


def test_a_program_that_ends_early_leaves_no_traceback(settings: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS_EARLY, str(settings.root), str(settings.state)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert done.stderr == ""  # read to its end, which is that of the kept process
