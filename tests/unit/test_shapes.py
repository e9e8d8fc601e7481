"""Every shape that tables come in: read right or refused clearly, never silently wrong."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from living_panel.ingestion.provinces import PROVINCES
from living_panel.ingestion.reading.readers import readers
from tests.fixtures.sources.outcome import refused
from tests.fixtures.sources.shapes import SHAPES, Shape, counted

DOCUMENT = Path(__file__).parents[2] / "docs" / "sources.md"


def reader(shape: Shape):
    return partial(
        readers(shape.source)[shape.form], **({"stated": shape.stated} if shape.stated else {})
    )


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_has_its_outcome(shape: Shape) -> None:
    if shape.says:
        refused(shape.says, reader(shape), shape.build(), "own", shape.edition)
        return
    figures, faults = reader(shape)(shape.build(), "own", shape.edition)
    assert faults == []
    truth = shape.figures()
    labels = {label for label, _ in truth}
    found = {
        (figure.indicator_label, short(figure)): figure.value
        for figure in figures
        if figure.indicator_label in labels
        and figure.province_code != "000000"
        and figure.value is not None
        and figure.year == 2022
    }
    assert found == {key: float(value) for key, value in truth.items()}
    assert len({(f.indicator_label, f.province_code, f.year) for f in figures}) == len(figures)
    assert all(f.value is None or float(f.value_printed) == f.value for f in figures)


def short(figure) -> str:
    return next(p.short for p in PROVINCES if p.code == figure.province_code)


def test_the_document_counts_the_shapes() -> None:
    assert counted() in DOCUMENT.read_text(encoding="utf-8")
