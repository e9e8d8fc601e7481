"""A command in a fork of the loaded program answers as one that was started anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from living_panel.orchestration.root.lock import refresh_lock
from tests.fixtures import small_root
from tests.integration.loaded_program import run_command
from tests.integration.roots import REPOSITORY


@pytest.mark.parametrize("arguments", [["status"], ["nonsense"]])
def test_a_command_answers_as_one_started_anew(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "data").mkdir()
    own = small_root.environment(tmp_path / "data")
    forked = run_command(arguments, REPOSITORY, own)
    anew = subprocess.run(
        [sys.executable, "-m", "living_panel", *arguments], cwd=REPOSITORY, env=own,
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert (forked.returncode, forked.stdout, forked.stderr) == (
        anew.returncode,
        anew.stdout,
        anew.stderr,
    )
    assert forked.stdout + forked.stderr


def test_a_command_that_takes_too_long_is_ended_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "data"
    own, ended = small_root.environment(root), []

    def interrupt(*_: object, **__: object) -> None:
        running = psutil.Process().children(recursive=True)
        ended.extend(p for p in running if "tests.integration.loaded_program" in p.cmdline())
        raise TimeoutError

    # the command waits for the lock, however slow this test is
    with refresh_lock(root, "this test", say=print), monkeypatch.context() as patch:
        patch.setattr("os.fdopen", interrupt)
        with pytest.raises(TimeoutError):
            run_command(["clean"], REPOSITORY, own)
        _, alive = psutil.wait_procs(ended, timeout=60)
    assert len(ended) == 2 and not alive, "the program and its fork"
    assert run_command(["nonsense"], REPOSITORY, own).returncode == 2
