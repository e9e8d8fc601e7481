"""Mutants of a module: one small change each, made in its text, everything else as it was."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.MatMult: ast.Add,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any", "sum": "mean", "mean": "sum",
          "sqrt": "square", "log": "log1p", "var": "std", "std": "var", "zeros": "ones",
          "head": "tail", "first": "last", "cumsum": "cumprod"}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: where, what stood there, what stands there now."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    before: str
    after: str

    @property
    def name(self) -> str:
        """Identity in the results."""
        return f"{self.file}:{self.line}:{self.column} `{self.before}` -> `{self.after}`"

    def applied(self, text: str) -> str:
        """The module's text with the change made."""
        lines = text.encode().splitlines(keepends=True)
        start = sum(map(len, lines[: self.line - 1])) + self.column
        end = sum(map(len, lines[: self.end_line - 1])) + self.end_column
        whole = text.encode()
        return (whole[:start] + f"({self.after})".encode() + whole[end:]).decode()


def runs_on_import(text: str, line: int) -> bool:
    """Whether a line of a module is outside every function: a constant, a field's default."""
    return not any(
        node.body[0].lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def mutants_of(root: Path, file: Path) -> list[Mutant]:
    """Every mutant of one module, in the order of its text.

    Texts (messages, docstrings, annotations) stay unchanged: no number depends on them.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    mutants = []
    for node in _expressions(tree):
        for changed in _changes(node):
            before, after = ast.unparse(node), ast.unparse(changed)
            if before == after or "\n" in before or len(before) > 200:
                continue
            mutants.append(
                Mutant(
                    str(file.relative_to(root)),
                    node.lineno,
                    node.col_offset,
                    node.end_lineno or node.lineno,
                    node.end_col_offset or 0,
                    before,
                    after,
                )
            )
    return mutants


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions whose value decides something."""
    for field, child in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for item in child if isinstance(child, list) else [child]:
            if not isinstance(item, ast.AST) or isinstance(item, (ast.JoinedStr, ast.Raise)):
                continue
            if isinstance(item, ast.expr):
                yield item
            yield from _expressions(item)


def _changes(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        comparison = copy.deepcopy(node)
        comparison.ops[0] = COMPARED[type(node.ops[0])]()
        yield comparison
    elif isinstance(node, ast.BinOp) and type(node.op) in COMPUTED:
        if any(
            isinstance(side, (ast.JoinedStr, ast.List)) or _is_text(side)
            for side in (node.left, node.right)
        ):
            return
        sum_of = copy.deepcopy(node)
        sum_of.op = COMPUTED[type(node.op)]()
        yield sum_of
    elif isinstance(node, ast.BoolOp):
        both = copy.deepcopy(node)
        both.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield both
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub, ast.Invert)):
        yield copy.deepcopy(node.operand)
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Call):
        call = copy.deepcopy(node)
        if isinstance(call.func, ast.Attribute) and call.func.attr in CALLED:
            call.func.attr = CALLED[call.func.attr]
            yield call
        elif isinstance(call.func, ast.Name) and call.func.id in ("min", "max", "any", "all"):
            call.func.id = CALLED[call.func.id]
            yield call
    elif isinstance(node, ast.IfExp):
        chosen = copy.deepcopy(node)
        chosen.body, chosen.orelse = chosen.orelse, chosen.body
        yield chosen


def _constants(node: ast.Constant) -> Iterator[ast.expr]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
    elif isinstance(node.value, float):
        yield ast.Constant(node.value * 2 if node.value else 1.0)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
