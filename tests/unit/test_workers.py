"""Tables in several processes: answered elsewhere, gone with the process that asked."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from living_panel.orchestration.root import codes
from living_panel.orchestration.root.workers import STARTING, TablePool, WorkerDied
from tests.e2e.served import wait

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def pool() -> Iterator[TablePool]:
    made = TablePool()
    yield made
    made.close()


def test_a_question_is_answered_elsewhere(pool: TablePool) -> None:
    pool.ask("who", os.getpid)
    assert pool.answer("who") not in (None, os.getpid())
    assert pool.answer("nobody asked") is None


def test_a_pool_gets_ready_beside_the_program(pool: TablePool) -> None:
    wait(pool.is_ready, "a worker", 60)
    assert pool.open_questions() == 0
    pool.ask("who", os.getpid)
    assert pool.answer("who") not in (None, os.getpid())


def test_a_pool_that_is_closed_while_it_gets_ready_leaves_no_worker() -> None:
    pool = TablePool()
    pool.is_ready()
    pool.close()
    assert STARTING not in {thread.name for thread in threading.enumerate()}
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("doing", ["verifying", ""])
def test_who_waits_is_told_how_far_all_tables_are(
    doing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("living_panel.orchestration.root.workers.TOLD_SECONDS", 0.0)
    said: list[str] = []
    with closing(TablePool(doing)) as pool:
        pool.ask("soon", os.getpid)
        pool.answer("soon")
        pool.ask("late", time.sleep, 1.5)
        pool.answer("late", said.append)
        assert [line.split(",")[0] for line in said[:1]] == (
            ["… verifying 2 tables: 1 done"] if doing else []
        )
        assert pool.has_asked("late")


def test_workers_begin_with_the_libraries_that_tables_need(pool: TablePool) -> None:
    wanted = "{'scipy.stats', 'linearmodels.panel'} <= set(__import__('sys').modules)"
    pool.ask("loaded", eval, wanted)
    assert pool.answer("loaded")


def test_an_error_comes_back_as_itself(pool: TablePool) -> None:
    pool.ask("wrong", int, "no number")
    with pytest.raises(ValueError, match="no number"):
        pool.answer("wrong")


def test_a_worker_that_dies_twice_is_said_and_does_not_hang(pool: TablePool) -> None:
    pool.ask("dies", os._exit, 1)
    with pytest.raises(WorkerDied) as died:
        pool.answer("dies")
    assert died.value.codes == [codes.WORKER_DIED.name]
    with pytest.raises(WorkerDied):
        pool.each(os._exit, [1])


def die_once(note: Path) -> int:
    """End the process at the first call, and answer at the next."""
    if not note.exists():
        note.touch()
        os._exit(1)
    return 7


def test_what_a_dead_worker_was_at_is_tried_once_more(pool: TablePool, tmp_path: Path) -> None:
    pool.ask("first", os.getpid)
    assert pool.answer("first")
    pool.ask("dies once", die_once, tmp_path / "note")
    pool.ask("the other", int, "3")
    assert (pool.answer("dies once"), pool.answer("the other")) == (7, 3)


def test_a_dead_worker_is_no_deadlock_where_sigterm_is_ignored(tmp_path: Path) -> None:
    """As a run of Dagster leaves it; the pool ends the worker that is left by that signal, and waits for its end."""
    script = (
        "import signal, sys; from pathlib import Path; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "from living_panel.orchestration.root.workers import TablePool; "
        "from tests.unit.test_workers import die_once; pool = TablePool(); "
        "print(list(pool.each(die_once, [Path(sys.argv[1])] * 8))); pool.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "note")],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.stdout == f"{[7] * 8}\n", done.stderr


def test_each_tries_once_more(pool: TablePool, tmp_path: Path) -> None:
    assert list(pool.each(die_once, [tmp_path / "note"] * 2)) == [7, 7]


def test_workers_end_with_the_process_that_started_them() -> None:
    """Killed, so that it can tell nobody; a worker is in the middle of its work."""
    script = (
        "import os, sys, time; from living_panel.orchestration.root.workers import TablePool; pool = TablePool(); "
        "pool.ask('who', os.getpid); pool.ask('long', time.sleep, 600); "
        "print(pool.answer('who'), flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()

    def ended() -> bool:
        return not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE

    wait(ended, "the end of the worker, whose parent is gone", 60)


def test_each_gives_results_in_order_from_processes(pool: TablePool) -> None:
    assert list(pool.each(abs, [-3, 2, -1])) == [3, 2, 1]


def test_each_tells_how_many_items_are_done() -> None:
    pool, told = TablePool(), []
    try:
        found = pool.each(abs, [-1, -2, -3], tick=lambda done, of: told.append((done, of)))
    finally:
        pool.close()
    assert found == [1, 2, 3] and told == [(1, 3), (2, 3), (3, 3)]


def test_a_program_that_ends_early_leaves_no_process_that_still_loads() -> None:
    said = (
        "import psutil; from living_panel.orchestration.root.workers import warm_workers; warm_workers()\n"
        "for child in psutil.Process().children():\n"
        "    if 'multiprocessing.forkserver' in ' '.join(child.cmdline()): print(child.pid)"
    )
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    (server,) = map(int, done.stdout.split())
    wait(lambda: not psutil.pid_exists(server), "the end of a process that loads", 30)
