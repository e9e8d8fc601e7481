"""A refresh on a machine that refuses: a full or read-only disk, small files, a clock that was set back."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from living_panel.codes import Code
from tests.fixtures import small_root
from tests.integration.loaded_program import run_command
from tests.integration.roots import REPOSITORY

needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("mount") is None, reason="only root can mount file systems"
)
FILES_OF_BYTES = 400_000
"""Smaller than dbt's manifest."""


@contextmanager
def mounted(folder: Path, *arguments: str) -> Iterator[Path]:
    """A file system at a folder, for as long as it is needed; skips where no mount is allowed."""
    folder.mkdir()
    if subprocess.run(["mount", *arguments, str(folder)], check=False).returncode:
        pytest.skip("this machine does not allow mounts")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def call(
    root: Path,
    *arguments: str,
    before: tuple[str, ...] = (),
    memory: Path | None = None,
    limit: Callable[[], None] | None = None,
) -> tuple[int, str]:
    """Call a command on a root; exit code and what it said."""
    environment = small_root.environment(root)
    environment |= {"DAGSTER_STATE": str(memory)} if memory else {}
    if before or limit:
        done = subprocess.run(
            [*before, sys.executable, "-m", "living_panel", *arguments], cwd=REPOSITORY,
            env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
            timeout=1800, preexec_fn=limit,
        )  # fmt: skip
    else:
        done = run_command(list(arguments), REPOSITORY, environment)
    assert "Traceback" not in done.stderr + done.stdout
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def waiting(refreshed_small: Path, tmp_path: Path) -> Path:
    """A published root with an edition in landing."""
    root = tmp_path / "data"
    shutil.copytree(refreshed_small, root, symlinks=True)
    small_root.next_edition(root)
    return root


def test_a_limit_of_file_sizes_is_named_and_nothing_is_published(waiting: Path) -> None:
    shutil.rmtree(waiting / "build" / "dbt")
    before = os.readlink(waiting / "published")
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (FILES_OF_BYTES, FILES_OF_BYTES))
    code, said = call(waiting, "run", limit=limit)
    assert code == 1 and Code.DISK_FULL in said and "`ulimit -f`" in said, said
    assert os.readlink(waiting / "published") == before


@needs_mounts
def test_a_full_disk_is_named_and_the_next_run_with_space_goes_on(
    waiting: Path, tmp_path: Path
) -> None:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=400m", "tmpfs") as disk:
        root = shutil.copytree(waiting, disk / "data", symlinks=True)
        before = os.readlink(root / "published")
        blocks = os.statvfs(disk)
        resize(disk, (blocks.f_blocks - blocks.f_bfree) * blocks.f_bsize + 1_500_000)
        code, said = call(root, "run", memory=tmp_path / "memory")
        assert code == 1, said
        assert os.readlink(root / "published") == before
        resize(disk, 400 * 2**20)
        code, said = call(root, "run", memory=tmp_path / "memory")
        assert code == 0, said
        assert os.readlink(root / "published") != before


def resize(disk: Path, size: int) -> None:
    """Give a tmpfs another size in bytes."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


@needs_mounts
def test_a_root_that_is_read_only_is_read_and_never_written(waiting: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "read", "--bind", str(waiting.parent)) as folder:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        root, memory = folder / "data", tmp_path / "memory"
        readers = [
            call(root, *words, memory=memory)
            for words in (("status",), ("backup", str(tmp_path / "copy.tar.gz")))
        ]
        assert [code for code, _ in readers] == [0, 0], readers
        for writer in ("run", "rollback", "clean"):
            code, said = call(root, writer, memory=memory)
            assert code == 1 and Code.DISK_ACCESS in said, (writer, said)


READING = (("status",), ("report",), ("verify",))


@needs_mounts
@pytest.mark.parametrize("why", ["read-only", "full"])
def test_what_only_reads_needs_no_disk(waiting: Path, tmp_path: Path, why: str) -> None:
    """Neither in the root, which was moved, nor in Dagster's state, nor for temporary files."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=400m", "tmpfs") as disk:
        root = shutil.copytree(waiting, disk / "moved", symlinks=True)
        if why == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        else:
            fill(disk)
        before = contents(root)
        for words in READING:
            code, said = call(
                root, *words, memory=disk / "memory", before=("env", f"TMPDIR={disk}")
            )
            assert code == 0, (words, said)
        asked = subprocess.run(
            [sys.executable, "-m", "living_panel", "sql"], input="select count(*) from panel;",
            cwd=REPOSITORY, env=small_root.environment(root) | {"DAGSTER_STATE": str(disk / "memory")},
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert asked.returncode == 0 and "count_star" in asked.stdout, asked.stderr
        assert contents(root) == before


@needs_mounts
def test_a_report_that_cannot_be_made_anew_is_shown_as_it_is(waiting: Path, tmp_path: Path) -> None:
    page = waiting / "report" / "index.html"
    page.write_text(
        page.read_text("utf-8").replace("<html", "<html data-of='an older code'"), "utf-8"
    )
    for file in (waiting / "report").glob("findings.md"):
        file.unlink()  # the page counts as unfinished
    with mounted(tmp_path / "disk", "--bind", str(waiting)) as root:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(root)], check=True)
        code, said = call(root, "report", memory=tmp_path / "memory")
        assert code == 0 and Code.DISK_ACCESS in said and "index.html" in said, said


@needs_mounts
@pytest.mark.parametrize("where", ["root", "state"])
def test_a_full_disk_ends_every_writer_with_a_code(
    waiting: Path, tmp_path: Path, where: str
) -> None:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=100m", "tmpfs") as disk:
        root = (
            shutil.copytree(waiting, disk / "data", symlinks=True) if where == "root" else waiting
        )
        memory = tmp_path / "memory" if where == "root" else disk / "memory"
        fill(disk)
        writers = [("run",), ("accept", "x"), ("rollback",)] if where == "root" else [("run",)]
        for words in writers:
            code, said = call(root, *words, memory=memory, before=("env",))
            assert code == 1 and Code.DISK_FULL in said, (words, said)


def contents(root: Path) -> dict[Path, bytes]:
    """Every file of a root."""
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def fill(disk: Path) -> None:
    """Take all space of a file system."""
    with (disk / "filling").open("wb") as file, suppress(OSError):
        while True:
            file.write(bytes(2**16))
            file.flush()


@pytest.mark.skipif(shutil.which("faketime") is None, reason="needs faketime (apt: faketime)")
def test_a_clock_that_was_set_back_stops_nobody(waiting: Path) -> None:
    before = os.readlink(waiting / "published")
    code, said = call(waiting, "run", before=("faketime", "-f", "-3y"))
    assert code == 0, said
    assert os.readlink(waiting / "published") != before
    code, said = call(waiting, "verify")
    assert code == 0, said
