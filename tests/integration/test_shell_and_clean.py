"""`make sql` opens the published file for reading only; `make clean` keeps the data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from living_panel.codes import Code
from living_panel.orchestration.assets.verification import verify
from living_panel.orchestration.root.settings import Settings
from tests.fixtures import small_root
from tests.integration.roots import REPOSITORY, command, copy_root


def copy(refreshed_small: Path, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    root = copy_root(refreshed_small, tmp_path / "data")
    return root, small_root.environment(root)


def test_a_file_reopened_in_the_shell_is_not_changed_unseen(
    refreshed_small: Path, tmp_path: Path
) -> None:
    """`.open` of DuckDB's shell opens for writing; only root can, and `make verify` names the table."""
    root, own = copy(refreshed_small, tmp_path)
    file = (root / "warehouse.duckdb").resolve()
    before = file.read_bytes()
    typed = f'.open "{file}"\nupdate results.coefficients set p_value = 0.0001;\ncheckpoint;\n'
    subprocess.run(
        [sys.executable, "-m", "living_panel", "sql"], input=typed, text=True, check=False,
        cwd=REPOSITORY, env=own, capture_output=True, timeout=120,
    )  # fmt: skip
    found = verify(Settings(root=root, state=tmp_path / "state"), print)
    if file.read_bytes() == before and not file.with_name(file.name + ".wal").exists():
        assert found == []
    else:
        assert file.name in "".join(map(str, found))


STRANGERS = """select 42 as answer;
.shell touch {mark}
.output {mark}
select 1;
.output
copy (select 1) to '{mark}';
attach '{mark}' as other;
set enable_external_access = true;
select * from read_text('{secret}');
select * from read_text('http://127.0.0.1:9/');
install httpfs;
select 43 as answer;
"""


def shell(
    own: dict[str, str], *arguments: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "living_panel", "sql", *arguments], input=typed, text=True, check=False,
        cwd=REPOSITORY, env=own, capture_output=True, timeout=300,
    )  # fmt: skip


def stranger(folder: Path) -> tuple[Path, Path]:
    """A file of SQL that tries to write and to read, and the file that it would write."""
    mark, secret = folder / "mark", folder / "secret.txt"
    secret.write_text("a-secret-word", encoding="utf-8")
    file = folder / "query.sql"
    file.write_text(STRANGERS.format(mark=mark, secret=secret), encoding="utf-8")
    return file, mark


def test_a_stranger_s_file_reaches_no_file_no_program_and_no_network(
    refreshed_small: Path, tmp_path: Path
) -> None:
    _, own = copy(refreshed_small, tmp_path)
    file, mark = stranger(tmp_path)
    done = shell(own, "--file", str(file))
    assert "42" in done.stdout and "43" in done.stdout, done.stderr
    assert not mark.exists() and "a-secret-word" not in done.stdout + done.stderr
    assert done.stderr.count("cannot be used in -safe mode") >= 2
    missing = shell(own, "--file", str(tmp_path / "none.sql"))
    assert missing.returncode == 1 and Code.COMMAND in missing.stderr


def test_a_query_of_the_command_line_is_run_and_ends(refreshed_small: Path, tmp_path: Path) -> None:
    _, own = copy(refreshed_small, tmp_path)
    done = shell(own, "-c", "select count(*) * 0 + 42 as answer from coefficients")
    assert done.returncode == 0 and "42" in done.stdout and not done.stderr, done.stderr
    wrong = shell(own, "-c", "select nothing from coefficients")
    assert wrong.returncode == 1 and "nothing" in wrong.stderr
    (tmp_path / "own.csv").write_text("year,value\n2020,7654321\n", encoding="utf-8")
    question = f"select * from '{tmp_path / 'own.csv'}'"
    assert "7654321" not in shell(own, "-c", question).stdout
    assert "7654321" in shell(own, "-c", question, "--external").stdout
    both = shell(own, "-c", "select 1", "--file", str(tmp_path / "own.csv"))
    assert both.returncode == 1 and Code.COMMAND in both.stderr


def test_what_read_runs_in_the_shell_reaches_no_file_and_no_network(
    refreshed_small: Path, tmp_path: Path
) -> None:
    """But for the shell's own commands, which the notice names."""
    _, own = copy(refreshed_small, tmp_path)
    file, mark = stranger(tmp_path)
    typed = ""
    for n, line in enumerate(file.read_text("utf-8").splitlines()):
        if not line.startswith("."):  # `.read` ends at the first error
            (tmp_path / f"{n}.sql").write_text(line, encoding="utf-8")
            typed += f".read {tmp_path / f'{n}.sql'}\n"
    done = shell(own, typed=f"{typed}show tables;\nselect count(*) from panel;\n")
    assert "42" in done.stdout and "43" in done.stdout and "coefficients" in done.stdout
    assert not mark.exists() and "a-secret-word" not in done.stdout + done.stderr
    assert "configuration has been locked" in done.stderr
    assert "Not prevented" in done.stderr and ".shell" in done.stderr


def test_files_of_one_s_own_are_read_on_request(refreshed_small: Path, tmp_path: Path) -> None:
    _, own = copy(refreshed_small, tmp_path)
    (tmp_path / "own.csv").write_text("year,value\n2020,7654321\n", encoding="utf-8")
    question = f"select * from read_csv('{tmp_path / 'own.csv'}');"
    assert "7654321" in shell(own, "--external", typed=question).stdout
    closed = shell(own, typed=question)
    assert "7654321" not in closed.stdout and "disabled by configuration" in closed.stderr
    both = shell(own, "--external", "--file", str(tmp_path / "own.csv"))
    assert both.returncode == 1 and Code.COMMAND in both.stderr


def test_clean_removes_what_a_run_rebuilds_and_claims_nothing_else(
    refreshed_small: Path, tmp_path: Path
) -> None:
    """That a run rebuilds it, the same, is tested on all tables, in `test_commands`."""
    empty = tmp_path / "empty"
    empty.mkdir()
    done = command(empty, "clean", **small_root.environment(empty))
    assert done.returncode == 0 and "Removed" not in done.stdout
    root, own = copy(refreshed_small, tmp_path)
    kept = {p: p.stat().st_mtime_ns for f in ("archive", "releases", "artifacts")
            for p in (root / f).rglob("*") if p.is_file()}  # fmt: skip
    assert command(root, "clean", **own).returncode == 0
    assert not (root / "warehouse").exists() and not (root / "extracted").exists()
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
