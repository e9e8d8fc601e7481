"""A table runs within its time and memory, and is stopped by name."""

from __future__ import annotations

import resource
import signal
import time

import duckdb
import numpy as np
import pytest

from living_panel.orchestration.root import codes
from living_panel.orchestration.root.limits import (
    MEMORY_VARIABLE,
    TIMEOUT_VARIABLE,
    BeyondTableLimit,
    table_limits,
)


@pytest.mark.long
@pytest.mark.parametrize("pause", [0.0, 0.01], ids=["it computes", "it waits"])
def test_a_table_that_does_not_end_is_stopped(
    pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TIMEOUT_VARIABLE, "1")
    began = time.monotonic()
    with pytest.raises(BeyondTableLimit) as stopped, table_limits("t99"):
        while True:
            try:
                time.sleep(pause)
            except Exception:  # as code does that goes on after an error of its own
                continue
    (problem,) = stopped.value.problems
    assert problem.code == codes.TABLE_TIME.name
    assert problem.fields == {"table": "t99", "seconds": 1, "variable": TIMEOUT_VARIABLE}
    assert time.monotonic() - began < 30
    for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF):
        assert signal.getitimer(timer)[0] == 0


@pytest.mark.long
def test_the_clock_of_a_busy_machine_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TIMEOUT_VARIABLE, "1")
    with table_limits("t99"):
        time.sleep(2)


def test_a_table_that_takes_too_much_memory_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(BeyondTableLimit) as stopped, table_limits("t99"):
        np.ones(10**10)  # 80 GB: more than the default
    assert stopped.value.codes == [codes.TABLE_MEMORY.name]
    (problem,) = stopped.value.problems
    assert (problem.fields["needed"], problem.fields["megabytes"]) == (76_293, 8192)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


@pytest.mark.parametrize("written", ["0", "-1", "soon", "1e3", "9" * 20])
def test_a_limit_that_is_no_number_is_refused(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, written)
    with pytest.raises(BeyondTableLimit) as refused, table_limits("t99"):
        pass
    assert refused.value.codes == [codes.TABLE_LIMIT_FORM.name]


def test_a_query_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB ends a query of one thread at the alarm, with an error of its own in the alarm's place."""
    monkeypatch.setenv(TIMEOUT_VARIABLE, "1")
    endless = (
        "select count(*) from range(1000000) a, range(1000000) b where a.range * b.range % 7 = 3"
    )
    with (
        pytest.raises(BeyondTableLimit) as stopped,
        table_limits("t99"),
        duckdb.connect(config={"threads": 1}) as connection,  # as `prepare` does
    ):
        connection.execute(endless)
    assert stopped.value.codes == [codes.TABLE_TIME.name]


def test_another_error_of_a_table_is_not_taken_for_a_limit() -> None:
    with pytest.raises(RuntimeError, match="of its own"), table_limits("t99"):
        raise RuntimeError("of its own")
