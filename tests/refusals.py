"""Errors compared by code and fields, not by their words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from living_panel.codes import Code
from living_panel.problems import ProblemError


@contextmanager
def refuses(
    kind: type[Exception], /, *expected: Code, **fields: object
) -> Iterator[pytest.ExceptionInfo[Exception]]:
    """Expect an error of a kind with these codes inside; `fields` are those of its first problem."""
    with pytest.raises(kind) as caught:
        yield caught
    error = caught.value
    assert isinstance(error, ProblemError), f"{error!r} has no code"
    assert error.codes == [*expected], str(error)
    first = error.problems[0].fields
    assert {name: first.get(name) for name in fields} == fields
