"""Tables that no layout knows: read right by the unedited draft of `teach`, or refused."""

from __future__ import annotations

import pytest

from tests.fixtures.sources.taught import SHAPES, Taught, outcome, read_by


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_an_unedited_draft_reads_right_or_refuses(shape: Taught) -> None:
    figures, faults = outcome(shape)
    if shape.truth is None:
        assert faults
        return
    assert faults == []
    assert read_by(figures) == shape.truth()
    cells = [(figure[1], figure[4], figure[5]) for figure in figures]
    assert len(set(cells)) == len(cells)


def test_each_shape_has_a_name_of_its_own() -> None:
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)
