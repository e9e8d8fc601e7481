"""DuckDB out of core: limits, spilling, progress, and what a stopped computation leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.pushdown import EngineFailure, duckdb_engine, engine, two_way
from living_panel.problems import Missing, problems_of
from tests.e2e.served import wait
from tests.refusals import refuses

REPOSITORY = Path(__file__).resolve().parents[2]
WAY = {"cov": "clustered", "cluster": "unit", "correction": "reghdfe", "df": "t(G-1)"}
KEYS = {"unit": "unit", "time": "time"}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory) -> Path:
    """600,000 rows of 200,000 units in disorder."""
    rng = np.random.default_rng(0)
    n = 200_000
    frame = pd.DataFrame({"unit": np.repeat(np.arange(n), 3), "time": np.tile([1, 2, 3], n)})
    frame["x1"], frame["x2"] = rng.normal(size=(2, 3 * n))
    frame["y"] = frame.x1 - frame.x2 + rng.normal(size=n)[frame.unit] + rng.normal(size=3 * n)
    frame = frame[rng.random(3 * n) < 0.9].sample(frac=1, random_state=1)
    path = tmp_path_factory.mktemp("panel") / "panel.parquet"
    frame.to_parquet(path, index=False, row_group_size=60_000)
    return path


def estimate(engine, path, **options):
    return two_way(engine.read_parquet(path), "y", ["x1", "x2"], **KEYS, **WAY, **options)


@contextmanager
def watched(folder: Path) -> Iterator[list[int]]:
    """Bytes in a folder, looked at every few milliseconds while the block runs."""
    sizes, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            with suppress(FileNotFoundError):
                sizes.append(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield sizes
    finally:
        done.set()
        thread.join()


@pytest.mark.slow
def test_a_memory_limit_below_the_data_changes_nothing_but_the_disk(parquet, tmp_path):
    with duckdb_engine(temp_directory=tmp_path) as engine:
        free = estimate(engine, parquet)
    with duckdb_engine(memory_limit="40MB", threads=1, temp_directory=tmp_path) as engine:
        with watched(tmp_path) as sizes:
            tight = estimate(engine, parquet)
    assert max(sizes) > 0  # it did spill
    assert not list(tmp_path.iterdir())
    frame = pd.read_parquet(parquet).rename(columns={"unit": "province_code", "time": "year"})
    np.testing.assert_allclose(tight.params, free.params, rtol=1e-10)
    np.testing.assert_allclose(tight.std_errors, free.std_errors, rtol=1e-10)
    assert tight.n_obs == len(frame)


def test_too_little_memory_is_an_error_and_leaves_nothing(parquet, tmp_path):
    with (
        duckdb_engine(memory_limit="8MB", threads=1, temp_directory=tmp_path) as engine,
        refuses(EngineFailure, Code.ENGINE) as refused,
    ):
        estimate(engine, parquet)
    (problem,) = problems_of(refused.value)
    assert str(problem.fields["scan"]).startswith("scan 2 of 3") and "memory_limit" in problem.fix
    assert not list(tmp_path.iterdir())


def test_scans_that_take_their_time_are_named(parquet, capfd, monkeypatch):
    monkeypatch.setattr("living_panel.estimation.pushdown.engine.PATIENCE", 0.0)
    with duckdb_engine(memory_limit="500MB", threads=1) as engine:
        estimate(engine, parquet)
    assert "push-down: scan 2 of 3, sums by unit and period" in capfd.readouterr().err


def test_a_folder_that_is_not_there(tmp_path):
    with (
        refuses(Missing, Code.ENGINE),
        duckdb_engine(temp_directory=tmp_path / "nowhere"),
    ):
        pass


STOPPED = """
import faulthandler, signal, sys
faulthandler.dump_traceback_later(45, exit=True, file=sys.stdout)  # says where it hangs, if it does
# A shell's background job ignores Ctrl-C; after a run of Dagster in the process that starts this one, SIGTERM too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
from pathlib import Path
from living_panel.estimation.pushdown import duckdb_engine, two_way
with duckdb_engine(memory_limit="40MB", threads=1, temp_directory=Path(sys.argv[2])) as engine:
    print("open", flush=True)
    while True:
        two_way(engine.read_parquet(sys.argv[1]), "y", ["x1", "x2"], unit="unit", time="time",
                cov="clustered", cluster="unit", correction="reghdfe", df="t(G-1)")
"""


def stopped(parquet: Path, folder: Path, number: int) -> int:
    """Start a computation, stop it by a signal in the middle of a scan, return its exit code."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(parquet), str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == "open\n"
        wait(lambda: list(folder.iterdir()), "what the engine spills", 30, every=0.02)
        process.send_signal(number)
        try:
            return process.wait(timeout=60)
        finally:
            process.kill()
            print(process.stdout.read())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)]
)
def test_a_stopped_computation_leaves_nothing(parquet, tmp_path, number, code):
    """It ends as a stopped process does, not with the engine's words for an interrupted query."""
    assert stopped(parquet, tmp_path, number) == code
    assert not list(tmp_path.iterdir())


SWALLOWED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from living_panel.estimation.pushdown import duckdb_engine, two_way

class Finalised:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)  # what this raises, Python prints and drops

with duckdb_engine(temp_directory=Path(sys.argv[2])) as engine:
    Finalised()
    two_way(engine.read_parquet(sys.argv[1]), "y", ["x1", "x2"], unit="unit", time="time",
            cov="clustered", cluster="unit", correction="reghdfe", df="t(G-1)")
    print("went on")
"""


@pytest.mark.slow
def test_a_stop_that_a_finalizer_swallows_ends_it_at_the_next_scan(parquet, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED, str(parquet), str(tmp_path)],
        capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert "Exception ignored" in done.stderr  # it was swallowed
    assert (done.returncode, done.stdout) == (-signal.SIGINT, "")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_what_a_killed_process_left_goes_with_the_next_engine(parquet, tmp_path):
    stopped(parquet, tmp_path, signal.SIGKILL)
    assert len(list(tmp_path.iterdir())) == 1
    with duckdb_engine(temp_directory=tmp_path):
        (own,) = tmp_path.iterdir()
        assert f"-{os.getpid()}-" in own.name
    assert not list(tmp_path.iterdir())


def test_an_engine_that_dies_without_a_word_is_named_by_its_error() -> None:
    def work() -> None:
        raise MemoryError

    with refuses(
        EngineFailure,
        Code.ENGINE,
        scan="scan 1",
        kind="MemoryError",
        words="MemoryError()",
    ):
        engine._guarded(work, "scan 1")
