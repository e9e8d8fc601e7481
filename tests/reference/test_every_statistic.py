"""Each statistic that estimators and tables store names the test that holds it against a reference.

`statistics.csv` has a row for each statistic. `test` is the function that compares its value with another program, a
printed value or the formula written out; without one, `without` says why. A `*` stands for a name's variable part.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[2]
LISTED = pd.read_csv(Path(__file__).with_name("statistics.csv"), keep_default_na=False)
PLACES = ("estimation/econometrics", "estimation/estimators", "estimation/tables")
NAMES = {"statistics", "numbers"}
"""Variables that hold statistics by name."""
COUNT = "a count, a text or an echo of an option"
UNTESTED = {"df_without_unit", "step_*"}
"""Statistics without a reference test: this set may only shrink."""


def _text(node: ast.expr | None) -> str:
    """A name as it is written, its variable parts as `*`; "" for what is no text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in node.values)
    return ""


def _names(node: ast.AST) -> Iterator[ast.expr | None]:
    """Names of statistics that a statement stores, or that it builds as `Statistic(…)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "Statistic":
            yield from node.args[:1]
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        if getattr(node.value, "id", getattr(node.value, "attr", "")) in NAMES:
            place = node.slice
            yield from place.elts[1:] if isinstance(place, ast.Tuple) else [place]
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if getattr(target, "id", "") in NAMES and isinstance(node.value, ast.Dict | ast.BinOp):
            for part in ast.walk(node.value):
                yield from part.keys if isinstance(part, ast.Dict) else []
    elif isinstance(node, ast.keyword) and node.arg == "statistics":
        yield from node.value.keys if isinstance(node.value, ast.Dict) else []
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("add_numbers", "note"):
        for argument in node.args[1:]:
            yield from argument.keys if isinstance(argument, ast.Dict) else []


@cache
def stored() -> dict[str, str]:
    """Every statistic that the code names, with the file that does."""
    found: dict[str, str] = {}
    for place in PLACES:
        for path in sorted((REPOSITORY / place).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for name in filter(None, map(_text, _names(node))):
                    if re.search(r"[a-z]", name.removesuffix("_p_value").replace("*", "")):
                        found.setdefault(name, str(path.relative_to(REPOSITORY)))
    return found


def test_each_statistic_of_the_code_is_listed() -> None:
    lacking = {n: file for n, file in stored().items() if n not in set(LISTED["statistic"])}
    assert not lacking, "add them to tests/reference/statistics.csv, each with its test"
    assert len(stored()) > 100 and LISTED["statistic"].is_unique


def test_each_named_test_is_there() -> None:
    for test in filter(None, LISTED["test"].unique()):
        file, _, function = test.partition("::")
        text = (REPOSITORY / file).read_text(encoding="utf-8")
        assert f"def {function}(" in text, test


def test_the_statistics_without_a_reference_are_named() -> None:
    without = LISTED[LISTED["test"] == ""].set_index("statistic")["without"]
    assert (without != "").all()
    assert set(without[without != COUNT].index) == UNTESTED
