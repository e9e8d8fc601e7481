"""Every shape that tables come in: read right or refused clearly, never silently wrong."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

from ingestion.errors import ExtractionError
from tests.fixtures.sources.bundled import FULL_NAMES
from tests.fixtures.sources.shapes import REFUSED, RIGHT, SHAPES, Shape

DOCUMENT = Path(__file__).parents[2] / "docs" / "sources.md"
SHORT = {full: name for name, full in FULL_NAMES.items()}


def read(shape: Shape):
    reader = importlib.import_module(f"ingestion.sources.{shape.source}.reader").READERS[shape.form]
    more = {"stated": shape.stated} if shape.stated else {}
    try:
        return reader(shape.build(), "own", shape.edition, **more)
    except ExtractionError as error:
        return [], error.cases


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_has_its_outcome(shape: Shape) -> None:
    figures, faults = read(shape)
    if shape.outcome == REFUSED:
        text = "\n".join(map(str, faults))
        assert shape.says in text, text
        assert all(fault.expectation and fault.remedy and fault.location for fault in faults)
        return
    assert faults == []
    labels = {label for label, _ in shape.truth}
    found = {
        (figure.indicator_label, short(figure)): figure.value
        for figure in figures
        if figure.indicator_label in labels and figure.province_code != "000000"
        and figure.value is not None and figure.year == 2022
    }  # fmt: skip
    assert found == {key: float(value) for key, value in shape.truth.items()}
    assert len({(f.indicator_label, f.province_code, f.year) for f in figures}) == len(figures)
    printed = {f.value_printed for f in figures if f.value is not None}
    assert all(
        float(text) == value for text, value in zip(printed, map(float, printed), strict=True)
    )


def short(figure) -> str:
    from ingestion.provinces import PROVINCES

    return next(p.short for p in PROVINCES if p.code == figure.province_code)


def test_the_document_counts_the_shapes() -> None:
    counted = Counter(shape.outcome for shape in SHAPES)
    text = DOCUMENT.read_text(encoding="utf-8")
    stated = dict(
        re.findall(r"^\| (read right|refused clearly|silently wrong) \| (\d+) \|", text, re.M)
    )
    assert stated == {
        RIGHT: str(counted[RIGHT]),
        REFUSED: str(counted[REFUSED]),
        "silently wrong": "0",
    }
    for shape in SHAPES:
        assert f"| {shape.name} |" in text, shape.name
