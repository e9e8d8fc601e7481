"""Computations in several processes: done elsewhere, tried once more, gone with the process that asked."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from living_panel.codes import Code
from living_panel.orchestration.root import processes
from living_panel.orchestration.root.processes import WorkerDied, compute
from living_panel.problems import Refused
from tests.e2e.served import wait
from tests.refusals import refuses

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.long
def test_calls_are_computed_elsewhere_and_answered_in_order() -> None:
    loaded = "{'scipy.stats', 'linearmodels.panel'} <= set(__import__('sys').modules)"
    calls = [os.getpid, partial(abs, -3), partial(eval, loaded), partial(abs, -1)]
    elsewhere, *others = compute(calls)
    assert elsewhere != os.getpid() and others == [3, True, 1]
    assert compute([]) == []


def test_no_process_is_left_after_the_answers_or_an_error() -> None:
    with pytest.raises(ValueError, match="no number"):
        compute([partial(int, "no number"), partial(time.sleep, 600)])
    assert not multiprocessing.active_children()


@pytest.mark.long
@pytest.mark.parametrize("doing", ["verifying tables", ""])
def test_who_waits_is_told_how_far_all_are(doing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "TELL_SECONDS", 0.5)
    told: list[str] = []
    compute([partial(time.sleep, 2.5)], doing, told.append)
    assert [line.split(",")[0] for line in told[:1]] == (
        ["… verifying tables 1: 0 done"] if doing else []
    )


def test_a_process_that_dies_twice_is_named_and_does_not_hang() -> None:
    with pytest.raises(WorkerDied) as died:
        compute([partial(os._exit, 1)])
    assert died.value.codes == [Code.LIMIT]


def test_a_forked_process_of_celery_is_refused() -> None:
    """A pool's process has the same mark as one that Celery's worker forks.

    It does not fork this process: a lock that another thread holds would stay locked in the copy.
    """
    with (
        multiprocessing.get_context("forkserver").Pool(1) as pool,
        refuses(Refused, Code.ENVIRONMENT),
    ):
        pool.apply(compute, ([partial(abs, -1)],))


def die_once(note: Path) -> int:
    """End the process at the first call, and answer at the next."""
    if not note.exists():
        note.touch()
        os._exit(1)
    return 7


@pytest.mark.long
def test_a_dead_process_is_no_deadlock_where_sigterm_is_ignored(tmp_path: Path) -> None:
    """As a run of Dagster leaves it; what the dead one was at is tried once more."""
    script = (
        "import signal, sys; from functools import partial; from pathlib import Path; "
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "from living_panel.orchestration.root.processes import compute; "
        "from tests.unit.test_processes import die_once; "
        "print(compute([partial(die_once, Path(sys.argv[1]))] * 8))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "note")],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.stdout == f"{[7] * 8}\n", done.stderr


def note_and_sleep(note: Path) -> None:
    """Say which process this is, and stay in the middle of the work."""
    note.with_suffix(".tmp").write_text(str(os.getpid()), encoding="utf-8")
    note.with_suffix(".tmp").rename(note)
    time.sleep(600)


@pytest.mark.long
def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    """Killed, so that it can tell nobody; a process is in the middle of its work."""
    note = tmp_path / "note"
    script = (
        "import sys; from functools import partial; from pathlib import Path; "
        "from living_panel.orchestration.root.processes import compute; "
        "from tests.unit.test_processes import note_and_sleep; "
        "compute([partial(note_and_sleep, Path(sys.argv[1]))])"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(note)], cwd=REPOSITORY)
    wait(note.exists, "the process", 100)
    process = psutil.Process(int(note.read_text(encoding="utf-8")))
    parent.send_signal(signal.SIGKILL)
    parent.wait()

    def ended() -> bool:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE

    wait(ended, "the end of the process, whose parent is gone", 60)
