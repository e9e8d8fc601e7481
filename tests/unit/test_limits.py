"""A table runs within its time and memory, and is stopped by name."""

from __future__ import annotations

import errno
import resource
import signal
import time

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from living_panel.codes import Code
from living_panel.orchestration.root.limits import (
    MEMORY_VARIABLE,
    TIMEOUT_VARIABLE,
    BeyondTableLimit,
    memory_problem,
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
    assert problem.code == Code.LIMIT
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
    assert stopped.value.codes == [Code.LIMIT]
    (problem,) = stopped.value.problems
    assert (problem.fields["needed"], problem.fields["megabytes"]) == (76_293, 8192)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_lower_limit_of_the_system_is_the_one_that_is_named() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (4096 * 2**20, before[1]))
    try:
        with pytest.raises(BeyondTableLimit) as stopped, table_limits("t99"):
            np.ones(10**9)
        assert resource.getrlimit(resource.RLIMIT_AS)[0] == 4096 * 2**20
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    (problem,) = stopped.value.problems
    assert problem.code == Code.LIMIT
    assert problem.fields == {"table": "t99", "needed": 7629, "megabytes": 4096}


FORMS_OF_LITTLE_MEMORY = {
    "of the system": OSError(errno.ENOMEM, "Cannot allocate memory"),
    "of Arrow": pa.ArrowMemoryError("malloc of size 64 failed"),
    "of Arrow for a text of Python": pa.ArrowException("Unknown error: Wrapping u0041157 failed"),
}


@pytest.mark.parametrize("form", FORMS_OF_LITTLE_MEMORY)
def test_every_form_of_too_little_memory_is_named(form: str) -> None:
    with pytest.raises(BeyondTableLimit) as stopped, table_limits("t99"):
        raise FORMS_OF_LITTLE_MEMORY[form]
    (problem,) = stopped.value.problems
    assert problem.code == Code.LIMIT
    assert (problem.fields["needed"], problem.fields["megabytes"]) == (8192, 8192)


def test_a_command_without_memory_names_the_limit_of_the_system() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (4096 * 2**20, before[1]))
    try:
        problem = memory_problem(MemoryError())
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert problem is not None and problem.code == Code.LIMIT
    assert problem.fields["limit"] == "the 4096 MB that the system allows"
    assert memory_problem(ValueError("another error")) is None


@pytest.mark.parametrize("written", ["0", "-1", "soon", "1e3", "9" * 20])
def test_a_limit_that_is_no_number_is_refused(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, written)
    with pytest.raises(BeyondTableLimit) as refused, table_limits("t99"):
        pass
    assert refused.value.codes == [Code.ENVIRONMENT]


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
    assert stopped.value.codes == [Code.LIMIT]


def test_another_error_of_a_table_is_not_taken_for_a_limit() -> None:
    with pytest.raises(RuntimeError, match="of its own"), table_limits("t99"):
        raise RuntimeError("of its own")
    with pytest.raises(FileNotFoundError), table_limits("t99"):
        raise FileNotFoundError(errno.ENOENT, "no such file")
