"""A missing key: the error names the key and its meaning, also where one of several forms may stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from living_panel.codes import Code
from living_panel.estimation.findings.declared import Findings
from living_panel.estimation.papers.printed import read_form
from living_panel.estimation.papers.rows import TranscriptionError
from living_panel.problems import Problem

FINDING = """\
- id: rise
  claim: It rises.
  rule: {estimate: above}
  what: The elasticity
  estimate: {table: t, model: m, term: x, inference: y}
  choices:
    - {kind: trends, words: w, reason: r, of: OF}
"""
TERM = "write the key `term`: Variable of the coefficient"
WITHOUT = (
    "write the key `without`: Code of the unit left out; "
    "`least favourable` is the unit whose omission gives the largest p"
)  # fmt: skip


def faults(folder: Path, text: str) -> tuple[Problem, ...]:
    path = folder / "findings.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TranscriptionError) as error:
        read_form(path, Findings)
    return error.value.problems


def test_the_fix_of_a_missing_key_is_its_meaning(tmp_path: Path) -> None:
    (problem,) = faults(tmp_path, FINDING.partition("  choices")[0].replace("term: x, ", ""))
    assert problem.code == Code.SPEC_MISSING_KEY
    assert problem.place.key == "0.estimate.term" and problem.place.line == 5
    assert problem.fields == {"key": "term", "meaning": "Variable of the coefficient"}
    assert problem.fix == TERM


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # a coefficient without its term: nothing is said of the form with `without`
        ("{table: t, model: m, inference: y}", [("MISSING_KEY", "term")]),
        ("{table: t, model: m}", [("MISSING_KEY", "without")]),
        ("{table: t, model: m, withuot: '11'}", [("MISSING_KEY", "without"), ("UNKNOWN_KEY", "withuot")]),
        ("{table: t, model: m, term: x, inferense: y}", [("UNKNOWN_KEY", "inferense")]),
    ],
)  # fmt: skip
def test_only_the_nearest_of_several_forms_is_reported(
    tmp_path: Path, written: str, expected: list[tuple[str, str]]
) -> None:
    found = faults(tmp_path, FINDING.replace("OF", written))
    names = {Code.SPEC_MISSING_KEY: "MISSING_KEY", Code.SPEC_UNKNOWN_KEY: "UNKNOWN_KEY"}
    last = [(names[p.code], str(p.place.key).rpartition(".")[2]) for p in found]
    assert sorted(last) == sorted(expected)


def test_the_meaning_is_that_of_the_missing_key(tmp_path: Path) -> None:
    (problem,) = faults(tmp_path, FINDING.replace("OF", "{table: t, model: m}"))
    assert problem.fix == WITHOUT
