"""Which rows of a sample an expression keeps: comparisons, arithmetic, and, or, not, in.

Python parses the expression and evaluates none of it. Length and depth are bounded, and arithmetic is that of
floating-point numbers, which takes the same time whatever the values.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.row_names import PERIOD
from living_panel.estimation.panel import sentences
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.periods import period_number

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.In: lambda left, right: np.isin(left, right),
    ast.NotIn: lambda left, right: ~np.isin(left, right),
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow, ast.Mod: operator.mod,
}  # fmt: skip
_WORD = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|==|\b[^\W\d]\w*""")
"""A text in quotes, the sign of equality, or a name."""
MOST_CHARACTERS, MOST_DEPTH = 10_000, 60
_NODES = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.BinOp,
    ast.Name, ast.Load, ast.Constant, ast.List, ast.Tuple, *_COMPARE, *_ARITHMETIC,
)  # fmt: skip


def names_in(expression: str) -> list[str]:
    """Names of an expression, each once.

    Raises
    ------
    InvalidSpec
        For anything but names, numbers, texts, comparisons, arithmetic, and, or, not, in; for an expression that
        is too long or too deep.
    """
    nodes = list(ast.walk(_parsed(expression)))
    return list(dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name)))


def condition_text(expression: str, labels: Callable[[str], str]) -> str:
    """Return an expression with labels in place of the names, and one sign of equality.

    Parameters
    ----------
    expression : str
        Such as `oecd == 1 and year != 2003`.
    labels : callable
        Gives the label of a name.
    """
    names = set(names_in(expression))

    def word(match: re.Match[str]) -> str:
        text = match[0]
        return "=" if text == "==" else labels(text) if text in names else text

    return _WORD.sub(word, expression)


def all_of(*conditions: str) -> str:
    """Return one condition that holds where all of some hold; empty ones hold everywhere."""
    parts = [text for text in conditions if text]
    if len(parts) < 2:
        return "".join(parts)
    return " and ".join(f"({text})" if _is_or(text) else text for text in parts)


def _is_or(expression: str) -> bool:
    """Whether an expression has an `or` that binds less than an `and` beside it."""
    body = _parsed(expression).body
    return isinstance(body, ast.BoolOp) and isinstance(body.op, ast.Or)


def rows_where(expression: str, columns: pd.DataFrame) -> np.ndarray:
    """Mask of the rows for which an expression is true.

    Parameters
    ----------
    expression : str
        Such as `gdp > 100 and year not in [2003, 2004]`.
    columns : pandas.DataFrame
        A column for each name.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    InvalidSpec
        For another form, an unknown name, or an expression that is not true or false.
    """
    tree = _parsed(expression)
    if unknown := sorted(set(names_in(expression)) - set(columns.columns)):
        raise InvalidSpec(
            sentences.WHERE_NAME(
                expression=expression, unknown=unknown, known=list(columns.columns)
            )
        )
    try:
        with np.errstate(all="ignore"):  # no comparison with what is not finite is true
            mask = np.asarray(_value(tree.body, columns))
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidSpec(sentences.WHERE_FORM(expression=expression)) from error
    if mask.dtype != bool:
        raise InvalidSpec(sentences.WHERE_FORM(expression=expression))
    return np.broadcast_to(mask, len(columns))


def _parsed(expression: str) -> ast.Expression:
    if len(expression) > MOST_CHARACTERS:
        raise _too_large()
    try:
        tree = ast.parse(expression, mode="eval")
    except (RecursionError, MemoryError) as error:  # of Python's own parser, for brackets and signs
        raise _too_large() from error
    except (SyntaxError, ValueError) as error:
        raise InvalidSpec(sentences.WHERE_FORM(expression=expression)) from error
    level: list[ast.AST] = [tree]
    for _ in range(MOST_DEPTH):
        if not all(_is_allowed(node) for node in level):
            raise InvalidSpec(sentences.WHERE_FORM(expression=expression))
        level = [inner for node in level for inner in ast.iter_child_nodes(node)]
    if level:
        raise _too_large()
    return tree


def _too_large() -> InvalidSpec:
    return InvalidSpec(
        Code.READ_LIMIT(
            "where: the condition has too many characters or levels",
            "write at most {characters} characters and {depth} levels of brackets and operators",
            characters=MOST_CHARACTERS,
            depth=MOST_DEPTH,
        )
    )


def _is_allowed(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | int | float)
    return isinstance(node, _NODES)


def _number(value: Any) -> Any:
    """An operand of arithmetic: a floating-point number, or an array of numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "bif" or array.ndim > 1:
        raise TypeError("arithmetic takes numbers")
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _periods(side: Any) -> Any:
    """A side of a comparison with periods, in which text such as 1990Q1 is the number of its period."""
    return [period_number(one) for one in side] if isinstance(side, list) else period_number(side)


def _value(node: ast.expr, columns: pd.DataFrame) -> Any:
    if isinstance(node, ast.Name):
        return columns[node.id].to_numpy()
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item, columns) for item in node.elts]
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, columns)
        return ~np.asarray(inner, dtype=bool) if isinstance(node.op, ast.Not) else -inner
    if isinstance(node, ast.BinOp):
        left, right = (_number(_value(side, columns)) for side in (node.left, node.right))
        return _ARITHMETIC[type(node.op)](left, right)
    if isinstance(node, ast.BoolOp):
        parts = [np.asarray(_value(part, columns)) for part in node.values]
        if any(part.dtype != bool for part in parts):
            raise TypeError("and, or need values that are true or false")
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return join.reduce(np.broadcast_arrays(*parts))
    assert isinstance(node, ast.Compare)
    compared = [node.left, *node.comparators]
    of_periods = any(isinstance(part, ast.Name) and part.id == PERIOD for part in compared)
    sides = [_value(part, columns) for part in compared]
    sides = [_periods(side) for side in sides] if of_periods else sides
    pairs = zip(node.ops, sides[:-1], sides[1:], strict=True)
    return np.logical_and.reduce([_COMPARE[type(op)](left, right) for op, left, right in pairs])
