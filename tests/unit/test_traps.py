"""Files whose words contradict what a person may answer: refused or read right, never wrong in silence."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.fixtures.sources.taught import Taught, outcome, read_by
from tests.fixtures.sources.traps import READ, TRAPS


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_is_refused_or_read_right(trap: Taught) -> None:
    figures, faults = outcome(trap)
    if not faults:
        assert trap.truth is not None, read_by(figures)
        assert read_by(figures) == trap.truth()


@pytest.mark.parametrize("shape", READ, ids=lambda shape: shape.name)
def test_a_file_like_a_trap_is_read(shape: Taught) -> None:
    figures, faults = outcome(shape)
    assert faults == [] and shape.truth is not None
    assert read_by(figures) == shape.truth()


def test_each_kind_has_five_files_at_least() -> None:
    kinds = Counter(trap.name.split(",")[0].split(":")[0].split(" ")[0] for trap in TRAPS)
    few = {kind for kind, number in kinds.items() if number < 5} - {"columns", "two"}
    assert len(TRAPS) >= 60 and not few, kinds
