"""Problems: codes, places and fields; the words are made from them, and the pages of errors show every code."""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path
from string import Formatter

import pytest

from living_panel.codes import Code, NoFix, Sentence
from living_panel.ingestion.errors import ExtractionError, FailureCase, IngestionError
from living_panel.ingestion.fetching import fetch  # noqa: F401  (their errors are looked for below)
from living_panel.ingestion.formats import layouts  # noqa: F401
from living_panel.ingestion.storage import archive, inbox  # noqa: F401  (their errors are looked for below)
from living_panel.orchestration.commands.errors_page import (
    ERRORS,
    error_pages,
    read_examples,
    read_former,
    sentences,
)
from living_panel.problems import GENERAL, Place, ProblemError, problems_of

REPOSITORY = Path(__file__).resolve().parents[2]
GONE = Sentence(Code.LEDGER_GONE, "{kind} {name} was published, but is now missing", "{recovery}")
FIELDS = {"kind": "release", "name": "r1", "recovery": "run again"}
PRODUCT = ("ingestion", "estimation", "orchestration")


def test_the_words_are_made_from_code_place_and_fields() -> None:
    problem = GONE(Place(file="a/ledger.jsonl", line=7, column="gdp"), **FIELDS)
    assert problem.fields == FIELDS
    assert str(problem) == (
        "a/ledger.jsonl:7: gdp: release r1 was published, but is now missing. Fix: run again. [LP-LEDGER-GONE]"
    )
    assert problem.to_dict()["place"] == {"file": "a/ledger.jsonl", "line": 7, "column": "gdp"}


def test_problems_are_equal_by_code_place_fields_and_templates() -> None:
    problem = GONE(**FIELDS)
    assert problem == GONE(**FIELDS)
    assert problem != GONE(Place(line=1), **FIELDS)
    assert problem != GONE(**{**FIELDS, "name": "r2"})
    other = Sentence(Code.LEDGER_GONE, "{kind} {name} is gone", "{recovery}")
    assert problem != other(**FIELDS) and len({problem, other(**FIELDS)}) == 2


def test_other_values_of_fields_change_the_words() -> None:
    problem = GONE(**FIELDS).with_fields(name="r2")
    assert problem == GONE(**{**FIELDS, "name": "r2"})
    assert problem.text == "release r2 was published, but is now missing"


def test_a_field_too_many_or_too_few_is_refused() -> None:
    for fields in ({**FIELDS, "more": 1}, {"kind": "release"}):
        with pytest.raises(TypeError, match="LP-LEDGER-GONE"):
            GONE(**fields)


def test_a_code_is_its_printed_name_and_has_a_meaning() -> None:
    for code in Code:
        assert code == "LP-" + code.name.replace("_", "-") and re.fullmatch("LP(-[A-Z]+)+", code)
        assert code.meaning and not code.meaning.endswith(".")
    assert Code.GENERAL == GENERAL and len(Code) == len({code.meaning for code in Code})


def test_an_error_keeps_its_problems_through_another_process() -> None:
    case = FailureCase(
        "a.csv", "row 3", "value", "x", "a number", "Write a number.", Code.READ_NUMBER
    )
    for error in (
        ProblemError(GONE(**FIELDS)),
        IngestionError("in words only"),
        ExtractionError("a.csv", [case], "advice"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.problems, str(again)) == (
            type(error),
            error.problems,
            str(error),
        )


def test_a_text_without_a_code_gets_the_general_one() -> None:
    error = IngestionError("in words only")
    assert (error.codes, str(error)) == ([GENERAL], "in words only")
    assert problems_of(OSError("disk"))[0].fields == {"text": "disk"}


def test_a_failure_case_is_a_problem() -> None:
    case = FailureCase(
        "a.csv", "row 3", "value", "x", "a number", "Write a number.", Code.READ_NUMBER
    )
    (problem,) = ExtractionError("a.csv", [case]).problems
    assert problem.place == Place(file="a.csv", cell="row 3", column="value")
    assert problem.fields == {"value": "x", "expectation": "a number"}


def test_the_pages_of_codes_are_current() -> None:
    pages = error_pages()
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, "run `make docs`"
    assert set(ERRORS.with_suffix("").glob("*.md")) == set(pages) - {ERRORS}
    assert all(code in pages[ERRORS] for code in Code)


def test_the_page_of_an_old_code_leads_to_the_new_one() -> None:
    former, pages = read_former(), {path.stem: text for path, text in error_pages().items()}
    assert len(former) > 850 and former["LP-SAMPLE-041"] == Code.SAMPLE_CLUSTERS
    for name, code in former.items():
        page = pages[name.split("-")[1].lower()]
        assert f'<a id="{name.lower()}"></a>{name} | [{code}](../errors/' in page
        assert f"## {code}\n" in pages[code.split("-")[1].lower()]


def test_pages_of_areas_with_a_key_of_yaml_lead_to_the_page_of_keys() -> None:
    pages = {path.stem: text for path, text in error_pages().items()}
    for area in ("spec", "catalog"):
        assert pages[area].splitlines()[2].startswith("[Keys of files](../keys.md)"), area
    assert not any("keys.md" in pages[area] for area in ("disk", "dbt", "number", "fetch"))


def test_each_example_is_of_a_code_and_of_a_test() -> None:
    """That test compares the example (tests/problem_examples.py)."""
    for code, example in read_examples().items():
        path, *_, name = example.test.partition("[")[0].split("::")
        assert code in [*Code] and example.printed.endswith(f"[{code}]")
        assert f"def {name}(" in (REPOSITORY / path).read_text(encoding="utf-8"), example


def test_each_example_has_the_words_of_a_sentence_of_its_code() -> None:
    """A changed text shows here at once, however long the test runs that prints the example."""
    for code, example in read_examples().items():
        said = [s for s in sentences() if s.code == code]
        assert code.startswith("LP-READ-") or any(
            all(_has(example.printed, part) for part in (s.text, s.fix)) for s in said
        ), example


def _has(printed: str, template: str | NoFix) -> bool:
    if isinstance(template, NoFix):
        return True
    parts = [re.escape(literal) for literal, *_ in Formatter().parse(template)]
    return re.search(r"[\s\S]*?".join(parts), printed) is not None


@pytest.mark.long
def test_each_code_is_raised_and_each_shared_sentence_is_used() -> None:
    shared, used, codes = set(), set(), set()
    for package in (*PRODUCT, "living_panel"):
        pattern = "*.py" if package == "living_panel" else "**/*.py"
        for path in (REPOSITORY / package).glob(pattern):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Assign) and _calls(node.value, "Sentence"):
                    shared.add(node.targets[0].id)
                elif isinstance(node, ast.Attribute):
                    (codes if ast.unparse(node.value) == "Code" else used).add(node.attr)
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    used.add(node.id)
    assert shared and shared - used == set()
    assert {code.name for code in Code} - codes == {"GENERAL"}


@pytest.mark.parametrize("package", PRODUCT)
def test_no_error_is_raised_in_words_alone(package: str) -> None:
    """Each carries problems with codes; a text would get the general one.

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
