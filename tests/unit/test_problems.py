"""Problems: codes, places and fields; the words are made from them, and the pages of errors show every code."""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path
from string import Formatter

import pytest

from living_panel.ingestion.codes import NOT_A_NUMBER
from living_panel.ingestion.errors import ExtractionError, FailureCase, IngestionError
from living_panel.ingestion.fetching import fetch  # noqa: F401  (their errors are looked for below)
from living_panel.ingestion.formats import layouts  # noqa: F401
from living_panel.ingestion.storage import archive, inbox  # noqa: F401  (their errors are looked for below)
from living_panel.orchestration.commands.errors_page import (
    ERRORS,
    error_pages,
    read_examples,
    register_all,
)
from living_panel.orchestration.root import codes
from living_panel.problems import (
    REGISTRY,
    Place,
    Problem,
    ProblemCode,
    ProblemError,
    problems_of,
)

REPOSITORY = Path(__file__).resolve().parents[2]
GONE = {"kind": "release", "name": "r1", "recovery": "run again"}


def test_the_words_are_made_from_code_place_and_fields() -> None:
    problem = codes.GONE(Place(file="a/ledger.jsonl", line=7, column="gdp"), **GONE)
    assert problem.fields == GONE
    assert str(problem) == (
        "a/ledger.jsonl:7: gdp: release r1 was published, but is now missing. Fix: run again. [LP-LEDGER-003]"
    )
    assert problem.to_dict()["place"] == {"file": "a/ledger.jsonl", "line": 7, "column": "gdp"}


def test_problems_are_equal_by_code_place_and_fields() -> None:
    problem = codes.GONE(**GONE)
    assert problem == Problem("LP-LEDGER-003", Place(), GONE, "other words", "other words")
    assert problem != codes.GONE(Place(line=1), **GONE)
    assert problem != codes.GONE(**{**GONE, "name": "r2"})


def test_a_field_too_many_or_too_few_is_refused() -> None:
    for fields in ({**GONE, "more": 1}, {"kind": "release"}):
        with pytest.raises(TypeError, match="LP-LEDGER-003"):
            codes.GONE(**fields)


@pytest.mark.parametrize("name", ["LP-ledger-1", "LP-LEDGER-03", "LEDGER-003"])
def test_a_code_of_another_form_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(name)):
        ProblemCode(name, "text")


def test_a_code_is_registered_once() -> None:
    with pytest.raises(ValueError, match="LP-LEDGER-003 is registered twice"):
        ProblemCode("LP-LEDGER-003", "another meaning")


def test_an_error_keeps_its_problems_through_another_process() -> None:
    case = FailureCase(
        "a.csv", "row 3", "value", "x", "a number", "Write a number.", NOT_A_NUMBER.name
    )
    for error in (
        ProblemError(codes.GONE(**GONE)),
        IngestionError("in words only"),
        ExtractionError("a.csv", [case], "advice"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.problems, str(again)) == (
            type(error),
            error.problems,
            str(error),
        )


def test_a_text_without_a_code_gets_the_general_one_of_its_error() -> None:
    error = IngestionError("in words only")
    assert (error.codes, str(error)) == (["LP-INGEST-000"], "in words only")
    assert problems_of(OSError("disk"))[0].fields == {"text": "disk"}


def test_a_failure_case_is_a_problem() -> None:
    case = FailureCase(
        "a.csv", "row 3", "value", "x", "a number", "Write a number.", NOT_A_NUMBER.name
    )
    (problem,) = ExtractionError("a.csv", [case]).problems
    assert problem.place == Place(file="a.csv", cell="row 3", column="value")
    assert problem.fields == {"value": "x", "expectation": "a number"}


def test_the_pages_of_codes_are_current() -> None:
    pages = error_pages()
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, "run `make docs`"
    assert set(ERRORS.with_suffix("").glob("*.md")) == set(pages) - {ERRORS}
    assert all(name in "".join(pages.values()) for name in REGISTRY)


def test_each_listed_code_says_what_the_problem_is() -> None:
    """A field alone, without a fix, says nothing: it is that of texts without a code of their own."""
    rows = [row for row in error_pages()[ERRORS].splitlines() if row.startswith("| `LP-")]
    cells = [row.strip("| ").split(" | ") for row in rows]
    assert rows and [name for name, *said in cells if len(said) < 2 or said[0] == "{text}"] == []


def test_pages_of_areas_with_a_key_of_yaml_lead_to_the_page_of_keys() -> None:
    pages = {path.stem: text for path, text in error_pages().items()}
    for area in ("spec", "paper", "option", "formula", "set", "catalog", "receipt", "workspace"):
        assert pages[area].splitlines()[2].startswith("[Keys of files](../keys.md)"), area
    assert not any("keys.md" in pages[area] for area in ("disk", "dbt", "number", "fetch"))


def test_each_example_is_of_a_code_and_of_a_test() -> None:
    """That test compares the example (tests/problem_examples.py)."""
    for code, example in read_examples().items():
        path, *_, name = example.test.partition("[")[0].split("::")
        assert code in REGISTRY and example.printed.endswith(f"[{code}]")
        assert f"def {name}(" in (REPOSITORY / path).read_text(encoding="utf-8"), example


def test_each_example_has_the_words_of_its_code() -> None:
    """A changed text shows here at once, however long the test runs that prints the example."""
    register_all()
    for code, example in read_examples().items():
        for template in (REGISTRY[code].text, REGISTRY[code].fix):
            parts = [re.escape(literal) for literal, *_ in Formatter().parse(template)]
            assert re.search(r"[\s\S]*?".join(parts), example.printed), (code, template)


@pytest.mark.long
def test_codes_proxy_modules_named_codes_and_each_is_used() -> None:
    """A registration elsewhere would be missing from the page; a code that nobody raises is dead."""
    registered, used, elsewhere = {}, set(), []
    places = [
        (REPOSITORY / p).rglob("*.py")
        for p in ("ingestion", "estimation", "orchestration", "spark")
    ]
    for files in (*places, (REPOSITORY / "living_panel").glob("*.py")):
        for path in files:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Assign) and _calls(node.value, "ProblemCode", "_reading"):
                    if path.name == "codes.py":
                        registered[node.targets[0].id] = path
                    elif path.name != "problems.py":
                        elsewhere.append(path)
                elif isinstance(node, ast.Attribute):
                    used.add(node.attr)
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    used.add(node.id)
    assert registered and not elsewhere
    assert not set(registered) - used


@pytest.mark.parametrize("package", ["ingestion", "estimation", "orchestration"])
def test_no_error_is_raised_in_words_alone(package: str) -> None:
    """Each carries registered problems; a text would get the general code of its class.

    A table or a column that others refuse already repeats their reasons, each with a code of its own.
    """
    errors = {kind.__name__ for kind in _kinds(ProblemError)}
    worded = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"
        for path in (REPOSITORY / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _calls(node, *errors)
        for argument in node.args
        if isinstance(argument, ast.Constant | ast.JoinedStr | ast.BinOp)
        or (
            package == "ingestion"
            and isinstance(argument, ast.Call)
            and _name(argument.func) == "join"
        )
    ]
    assert "ArchiveError" in errors and worded == []


def _kinds(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*map(_kinds, kind.__subclasses__()))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _calls(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and _name(node.func) in names
