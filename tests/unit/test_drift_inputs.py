"""Each kind of change of the data is named as what it is, and none of them is called code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.artifacts.drift import PARTS, State, changed_cells, decompose
from living_panel.estimation.artifacts.inputs import changed_inputs, input_sentences
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.estimate import points
from tests.unit.test_drift import NEW_FILE, PROVINCES, Figures, cells, spec

MARKED = cells("fdi", [2013, 2014], PROVINCES[:3])
INDICATORS = pd.DataFrame(
    {"measure": ["trade", "fdi", "labour"], "title": ["Trade", "FDI", "Labour"], "unit": "u", "concept": "c",
     "proxy_for": None, "description": ""}
)  # fmt: skip


def without_low_quality() -> Spec:
    found = spec(last_year=2016)
    options = {**found.options, "blocks": [dict(block) for block in found.options["blocks"]]}
    sample = options["blocks"][0]["sample"]
    options["blocks"][0]["sample"] = {**sample, "without_low_quality": True}
    return found.model_copy(update={"options": options})


def described(figures: Figures, **changes: object) -> Release:
    return replace(figures.release(), indicators=INDICATORS.assign(**changes))


def update(figures: Figures, **texts: object) -> None:
    for cell in MARKED:
        figures.rows[cell] = figures.rows[cell] | texts


def value(figures: Figures) -> Release:
    figures.scale(MARKED, 1.2, **NEW_FILE)
    return described(figures)


def unit(figures: Figures) -> Release:
    figures.remove([c for c in figures.rows if c[1] == PROVINCES[7]])
    return described(figures)


def period(figures: Figures) -> Release:
    figures.remove([c for c in figures.rows if c[2] == 2016])
    return described(figures)


def quality_mark(figures: Figures) -> Release:
    update(figures, quality="low")
    return described(figures)


def status(figures: Figures) -> Release:
    update(figures, status="derived")
    return described(figures)


def break_of_a_series(figures: Figures) -> Release:
    figures.breaks.append(("fdi", PROVINCES[0], 2013))
    return described(figures)


def definition(figures: Figures) -> Release:
    return described(figures, concept=["c", "FDI of another concept", "c"])


def correction(figures: Figures) -> Release:
    figures.scale(MARKED, 1.1, note="corrected by erratum")
    return described(figures)


def coverage(figures: Figures) -> Release:
    figures.remove(MARKED[:2])
    return described(figures)


def base_year(figures: Figures) -> Release:
    everywhere = [c for c in figures.rows if c[0] == "fdi"]
    figures.scale(everywhere, 1.5, unit="dollars of 2005", **NEW_FILE)
    return described(figures)


NAMED: dict[str, tuple[Callable[[Figures], Release], set[str], set[str]]] = {
    "a value": (value, {"restated"}, set()),
    "a unit": (unit, {"provinces"}, set()),
    "a period": (period, {"years"}, set()),
    "a quality mark": (quality_mark, {"quality"}, {"quality mark"}),
    "a status": (status, set(), {"status"}),
    "a break": (break_of_a_series, set(), {"break of a series"}),
    "a definition": (definition, set(), {"definition"}),
    "a correction": (correction, {"rule"}, {"correction"}),
    "coverage": (coverage, {"removed"}, set()),
    "a base year": (base_year, {"rule"}, {"unit of measurement or base year"}),
}
"""Each change, the parts that may move a coefficient, and the other inputs that are named."""


@pytest.mark.parametrize("change", NAMED)
def test_a_change_of_data_is_named_and_never_called_code(change: str) -> None:
    make, parts, named = NAMED[change]
    of = without_low_quality()
    old, new = described(Figures()), make(Figures())
    sides = [State(r, of, points(of, r), {}) for r in (old, new)]
    found = changed_cells(old, new)
    drift = decompose("x_drift", *sides, points, found)
    moved = drift[[*PARTS, "code"]].astype(float).abs().max() > 1e-12
    assert set(moved[moved].index) <= parts
    assert (drift["code"].astype(float).abs() < 1e-12).all()
    changes = changed_inputs(old, new)
    assert {c.what for c in changes} == named
    if change not in ("a status", "a break", "a definition", "a base year"):
        assert (drift["status"] == "moved").any()
    assert len(input_sentences(changes, new)) == len(changes)
    total = drift[[*PARTS, "code"]].sum(axis=1) - drift["change"]
    np.testing.assert_allclose(total.astype(float), 0.0, atol=1e-12)


def test_another_edition_with_equal_numbers_is_no_change() -> None:
    old, new = Figures(), Figures()
    update(new, edition=2019, vintage="2019-10-01", file="b.csv", sha256="b" * 64)
    before, after = described(old), described(new)
    assert changed_cells(before, after).empty and not changed_inputs(before, after)


def test_a_sentence_names_the_measure_and_some_cells() -> None:
    new = quality_mark(Figures())
    (text,) = input_sentences(changed_inputs(described(Figures()), new), new)
    assert text.startswith("Changed quality mark of FDI: ") and text.endswith(" and 3 more.")
