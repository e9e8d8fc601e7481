"""Errors of a disk as problems, output that no disk takes, and temporary files where no disk has room."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.orchestration.root import disk
from living_panel.orchestration.root.disk import disk_problem, find_room
from living_panel.orchestration.root.lock import Busy, reader_lock, refresh_lock
from tests.fixtures import small_root

REPOSITORY = Path(__file__).resolve().parents[2]


def full_record(folder: Path) -> sqlite3.OperationalError:
    """Error of SQLite that finds no space."""
    with sqlite3.connect(folder / "runs.db") as connection:
        connection.execute("create table t (x)")
        connection.execute("pragma max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as error:
            connection.execute("insert into t values (?)", [b"0" * 100_000])
    return error.value


def test_a_full_disk_under_dagster_s_record_is_no_defect(tmp_path: Path) -> None:
    wrapped = RuntimeError("told by a library")
    wrapped.orig = full_record(tmp_path)  # type: ignore[attr-defined]
    problem = disk_problem(wrapped)
    assert problem is not None and problem.code == Code.DISK_FULL
    assert disk_problem(ValueError("another")) is None


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, Code.DISK_FULL),
        (errno.EROFS, Code.DISK_ACCESS),
        (errno.EDQUOT, Code.DISK_FULL),
        (errno.EFBIG, Code.DISK_FULL),
    ],
)
def test_what_caused_an_error_is_found(number: int, code: object) -> None:
    try:
        try:
            raise OSError(number, os.strerror(number), "/data/note.json")
        except OSError as error:
            raise LookupError("a library knows no better") from error
    except LookupError as error:
        problem = disk_problem(error)
    assert problem is not None and problem.code == code  # type: ignore[attr-defined]
    assert problem.place.file == "/data/note.json"


def test_a_refused_path_counts_only_where_it_is_the_error_itself() -> None:
    """Libraries look at many paths, and go on where one is refused."""
    refused = PermissionError(errno.EACCES, "Permission denied", "/data")
    problem = disk_problem(refused)
    assert problem is not None and problem.code == Code.DISK_ACCESS
    later = LookupError("another")
    later.__context__ = refused
    assert disk_problem(later) is None


@pytest.mark.long
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
@pytest.mark.parametrize("both", [False, True], ids=["output", "output and errors"])
def test_output_that_the_disk_refuses_ends_without_a_traceback(tmp_path: Path, both: bool) -> None:
    (tmp_path / "data").mkdir()
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "living_panel", "status"], cwd=REPOSITORY, stdout=full,
            stderr=full if both else subprocess.PIPE, text=True, check=False, timeout=300,
            env=small_root.environment(tmp_path / "data"),
        )  # fmt: skip
    assert done.returncode == 1
    if not both:
        assert Code.DISK_FULL in done.stderr
        assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


GENERATOR = """
import sys
from living_panel.orchestration.root.disk import be_quiet_about_generators
if sys.argv[1] == "quiet":
    be_quiet_about_generators()
def lines():
    try:
        yield 1
    except:
        yield 2
loop = lines()
next(loop)
del loop
print("ended")
"""


@pytest.mark.parametrize(("how", "traces"), [("quiet", False), ("loud", True)])
def test_a_generator_that_goes_on_prints_no_traceback(how: str, traces: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GENERATOR, how], cwd=REPOSITORY, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout == "ended\n" and ("Traceback" in done.stderr) == traces


def test_temporary_files_go_into_memory_where_no_disk_has_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    find_room()
    assert tempfile.gettempdir() == str(tmp_path), "there is room"
    memory = tmp_path / "memory"
    memory.mkdir()
    usage = {str(tmp_path): 10_000, str(memory): 2**30}
    monkeypatch.setattr(disk, "MEMORY", memory)
    monkeypatch.setattr(
        "shutil.disk_usage", lambda path: type("Usage", (), {"free": usage[str(path)]})
    )
    find_room()
    assert tempfile.gettempdir() == os.environ["TMPDIR"] == str(memory)


def test_a_reader_goes_on_where_no_lock_can_be_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with refresh_lock(tmp_path, "a refresh", say=print):
        pass
    monkeypatch.setattr("living_panel.orchestration.root.state.write", refuse)
    with pytest.raises(OSError, match="No space"), refresh_lock(tmp_path, "a refresh", say=print):
        pass
    with reader_lock(tmp_path, "verify", say=print):
        pass


def test_a_reader_is_refused_where_another_host_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with refresh_lock(tmp_path, "a refresh", say=print):
        note = (tmp_path / "state" / "holder.json").read_text(encoding="utf-8")
    (tmp_path / "state" / "holder.json").write_text(
        note.replace(os.uname().nodename, "another-host"), encoding="utf-8"
    )
    with pytest.raises(Busy), reader_lock(tmp_path, "verify", say=print):
        pass
