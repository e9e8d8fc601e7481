"""What any text, style or formula of a file says against its values: refused, asked about, never taken in silence."""

from __future__ import annotations

from collections import Counter

import pytest

from living_panel.codes import Code
from living_panel.ingestion import evidence
from tests.fixtures.sources.said import SAID, Trap
from tests.fixtures.sources.taught import outcome, read_by


@pytest.mark.parametrize("trap", SAID, ids=lambda trap: trap[0].name)
def test_a_text_against_the_values_is_refused_or_asked_about(trap: Trap) -> None:
    shape, expected = trap
    figures, faults = outcome(shape)
    notes = " ".join(figure[-1] for figure in figures)
    marks = [mark for mark in evidence.MARKS if mark in notes]
    if expected is None:
        assert faults == [] and marks == [] and len(read_by(figures)) == 31
    elif isinstance(expected, Code):
        assert len(faults) == 1 and f"[{expected}]" in faults[0]
    else:
        assert faults == [] and marks == [expected]


def test_each_kind_has_five_files_at_least() -> None:
    kinds = Counter(shape.name.split(":")[0].split(" (")[0].split(" ")[0] for shape, _ in SAID)
    assert min(kinds.values()) >= 5, kinds
