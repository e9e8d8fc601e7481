"""YAML beyond a limit is refused at once, with line and fix; no other loader reads YAML."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ValidationError, field_validator

from living_panel.codes import Code
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.panel.spec import MOST_DRAWS, load_spec
from living_panel.ingestion import sentences
from living_panel.ingestion.limited_yaml import BeyondLimit, YamlLoader, faults_of, innermost
from living_panel.problems import Place, Refused, problem_words
from tests.paths import SPECS

REPOSITORY = Path(__file__).resolve().parents[2]
NAMES = "abcdefghij"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip(NAMES, NAMES[1:], strict=False)
)
BEYOND = {
    "aliases of aliases": (BOMB, 6),
    "an alias inside its own anchor": ("x: 1\ny: &a [*a]\n", 2),
    "100,000 keys": ("".join(f"k{n}: 1\n" for n in range(100_000)), 20_001),
    "100,000 entries": ("x: 1\ny: [" + "1, " * 100_000 + "]", 2),
    "5,000 digits": ("x: 1\ny: " + "9" * 5_000, 2),
    "5,000 hexadecimal digits": ("y: 0x" + "f" * 5_000, 1),
    "more bytes than any file": ("x: " + "a" * 5_000_000, None),
}


@pytest.mark.parametrize("what", BEYOND)
def test_what_is_beyond_a_limit_is_refused_with_its_line(what: str, tmp_path: Path) -> None:
    text, line = BEYOND[what]
    began = time.process_time()
    with pytest.raises(BeyondLimit) as refused:
        yaml.load(text, Loader=YamlLoader)
    mark = refused.value.problem_mark
    assert (mark and mark.line + 1) == line and refused.value.fix
    file = tmp_path / "spec.yml"
    file.write_text(text, encoding="utf-8")
    place = f"{file}:{line}: " if line else f"{file}: "
    with pytest.raises(ValueError, match=re.escape(place)):
        Marked(file)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(("value", "line"), [("2020-99-99", 2), ("[" * 5_000, 2)])
def test_what_cannot_be_built_is_named_with_its_line(value: str, line: int, tmp_path: Path) -> None:
    file = tmp_path / "spec.yml"
    file.write_text(f"x: 1\ny: {value}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(f"{file}:{line}: ")):
        Marked(file)


def test_within_the_limits_it_reads_what_yaml_reads() -> None:
    text = "a: &x {b: 1, c: 2020-02-29}\nd: *x\ne: {<<: *x, b: 2.5}\nf: 'x'\ng: [on, ~, 0x1f]\n"
    assert yaml.load(text, Loader=YamlLoader) == yaml.safe_load(text)


def test_more_draws_than_any_table_needs_are_refused(tmp_path: Path) -> None:
    text = (SPECS / "t04_baseline.yml").read_text(encoding="utf-8")
    assert "draws: 9999" in text
    file = tmp_path / "specs" / "t04_baseline.yml"
    file.parent.mkdir()
    (tmp_path / "paper.yml").write_text(
        (SPECS.parent / "paper.yml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    file.write_text(text.replace("draws: 9999", "draws: 1000000000"), encoding="utf-8")
    line = next(n for n, x in enumerate(text.splitlines(), 1) if "draws: 9999" in x)
    with pytest.raises(ValueError, match=f"{file.name}:{line}: .*{MOST_DRAWS}"):
        load_spec(file)


class _Part(BaseModel, extra="forbid"):
    unit: str

    @field_validator("unit")
    @classmethod
    def _known(cls, unit: str) -> str:
        if unit == "light year":
            raise Refused(
                Code.CATALOG_UNKNOWN(
                    "source {name!r} is unknown; known: {known}",
                    "write one of these, or add a source with `make new-source NAME=…`",
                    name=unit,
                    known=["km"],
                )
            )
        return unit


class _Document(BaseModel):
    parts: dict[str, list[_Part]]


def test_faults_of_a_document_have_steps_kind_value_and_rules() -> None:
    with pytest.raises(ValidationError) as refused:
        _Document(parts={"a": [{"unit": "light year"}, {"unit": 3}], "b": [{}]})
    rule, number, missing = faults_of(refused.value)
    assert [f.key for f in (rule, number, missing)] == [
        "parts.a.0.unit",
        "parts.a.1.unit",
        "parts.b.0.unit",
    ]
    assert [f.kind for f in (number, missing)] == ["string_type", "missing"]
    assert number.value == 3 and number.reason == number.message
    place = Place("a.yml", 7)
    expected = Code.CATALOG_UNKNOWN(
        "source {name!r} is unknown; known: {known}",
        "write one of these, or add a source with `make new-source NAME=…`",
        place,
        name="light year",
        known=["km"],
    )
    assert rule.problems(place, pytest.fail) == [expected]
    assert rule.reason == problem_words([expected]).rstrip(".")
    other = sentences.CATALOG_FIELDS(place, reason=number.reason)
    assert number.problems(place, lambda: other) == [other]


def test_a_fault_of_text_that_is_no_yaml_is_of_the_whole() -> None:
    with pytest.raises(yaml.YAMLError) as refused:
        yaml.load("a: [", Loader=YamlLoader)
    (fault,) = faults_of(refused.value)
    assert (fault.steps, fault.key, fault.kind, fault.rules) == ((), "", "yaml", ())


def test_a_part_is_left_out_around_a_part_of_it() -> None:
    places = [(), ("a",), ("a", 0), ("b",), ("ab", 0)]
    assert innermost(places) == [("a", 0), ("b",), ("ab", 0)]
    assert innermost([()]) == [()]


@pytest.mark.parametrize(
    "other",
    [r"yaml\.(safe_load|full_load|unsafe_load|C?SafeLoader|C?FullLoader)", r"\.errors\(\)"],
    ids=["YAML", "pydantic's errors"],
)
def test_one_module_reads_yaml_and_the_errors_of_a_form(other: str) -> None:
    found = [
        str(path.relative_to(REPOSITORY))
        for package in ("ingestion", "estimation", "orchestration")
        for path in (REPOSITORY / package).rglob("*.py")
        if path.name != "limited_yaml.py" and re.search(other, path.read_text(encoding="utf-8"))
    ]
    assert not found
