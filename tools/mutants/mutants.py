"""Mutants of a file of Python or SQL: one small change each, everything else as it was."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass

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

NO_SQL = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|--[^\n]*", re.DOTALL)
"""Comments and Jinja."""
OTHER_ENGINE = re.compile(r"\{% macro (?:spark|postgres)__.*?\{%-? endmacro -?%\}", re.DOTALL)
TEXT = re.compile(r"'[^']*'")
END = r"(?=\s*(?:\b(?:and|or|then|group|order|union|left|inner|window)\b|\n\s*\)|\n\n|\Z))"
"""What follows a condition."""
BETWEEN = re.compile(r"\bbetween\b(?:(?!\band\b)[^\n])*(?:\band )?\Z")
"""Before the second bound of a range, whose "and" joins no conditions."""
SQL_RULES = tuple(
    (re.compile(rule, re.MULTILINE), after)
    for rule, after in (
        (r"(?<= )<(?= )", "<="), (r"(?<= )<=(?= )", "<"), (r"(?<= )>(?= )", ">="),
        (r"(?<= )>=(?= )", ">"), (r"(?<= )=(?= )", "<>"), (r"(?<= )(?:!=|<>)(?= )", "="),
        (r"(?<= )\+(?= )", "-"), (r"(?<= )-(?= )", "+"), (r"(?<!select) \* ", " / "),
        (r"(?<= )/(?= )", "*"), (r"\bor\b", "and"), (r"\band\b", "or"), (r"(?<!when )\bnot (?=\w)(?!null)", ""),
        (r"\bis null\b", "is not null"), (r"\bis not null\b", "is null"),
        (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
        # a lost filter, and one lost condition of several
        (r"\bwhere\b", "where true or"), (rf"(?<=\band )(?:[^\n()]|\([^\n()]*\))+?{END}", "true"),
        (r"\bleft join\b", "inner join"), (r"\binner join\b", "left join"),
        (r"\bunion all\b", "union"), (r"(?<=\()distinct ", ""), (r"\bselect distinct\b", "select"),
        (r", [\w.]+(?=\n\s+order by)", ""),  # a part of a window's key
        (r"\basc\b", "desc"), (r"\bdesc\b", "asc"), (r"\bmin(?=\()", "max"), (r"\bmax(?=\()", "min"),
        (r"\blag(?=\()", "lead"), (r"\blead(?=\()", "lag"), (r"\bgreatest(?=\()", "least"),
        (r"\brow_number(?=\()", "rank"), (r"\babs(?=\()", ""), (r"\bsum(?=\()", "max"),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: where, the text there, and the text that replaces it."""

    file: str
    line: int
    column: int
    start: int
    before: str
    after: str

    @property
    def name(self) -> str:
        """Identity in the results."""
        before, after = (" ".join(text.split()) for text in (self.before, self.after))
        return f"{self.file}:{self.line}:{self.column} `{before}` -> `{after}`"

    @property
    def lines(self) -> range:
        """Lines that the changed text covers."""
        return range(self.line, self.line + self.before.count("\n") + 1)

    def applied(self, text: str) -> str:
        """Text of the file with the change made."""
        after = f"({self.after})" if self.file.endswith(".py") else self.after
        return text[: self.start] + after + text[self.start + len(self.before) :]


def mutants_of(file: str, text: str) -> list[Mutant]:
    """Every mutant of one file, in the order of its text."""
    changes = _python_changes(text) if file.endswith(".py") else _sql_changes(text)
    mutants = []
    for start, end, after in changes:
        line = text.count("\n", 0, start) + 1
        column = start - text.rfind("\n", 0, start) - 1
        mutants.append(Mutant(file, line, column, start, text[start:end], after))
    return sorted(mutants, key=lambda mutant: (mutant.start, mutant.after))


def runs_on_import(text: str, line: int) -> bool:
    """Whether a line of a module is outside every function: a constant, a field's default."""
    return not any(
        node.body[0].lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def _sql_changes(text: str) -> Iterator[tuple[int, int, str]]:
    """Changes of SQL outside of comments and Jinja; of a text only as a whole."""

    def blank(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", "~", found[0])

    sql = NO_SQL.sub(blank, OTHER_ENGINE.sub(blank, text))
    code = TEXT.sub(blank, sql)
    for rule, after in SQL_RULES:
        for found in rule.finditer(code):
            if not BETWEEN.search(code, 0, found.start()):
                yield found.start(), found.end(), after
    for found in re.finditer(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?\b(?!\.)", code):
        number = ast.literal_eval(found[0].lstrip("0") or "0")
        yield found.start(), found.end(), str(_other_number(number))
    for found in TEXT.finditer(sql):
        if "~" not in found[0]:
            yield found.start(), found.end(), f"{found[0][:-1]}_'"


def _other_number(number: int | float) -> int | float:
    if isinstance(number, int):
        return number + 1
    return number * 2 if number else 1.0


def _python_changes(text: str) -> Iterator[tuple[int, int, str]]:
    """Changes of expressions; texts, raised errors and annotations stay as they are."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def place(line: int | None, column: int | None) -> int:
        row = (line or 1) - 1
        return starts[row] + len(lines[row].encode()[:column].decode())

    for node in _expressions(ast.parse(text)):
        before = ast.unparse(node)
        for changed in _changes(node):
            after = ast.unparse(changed)
            if before != after and len(before) <= 200:
                start = place(node.lineno, node.col_offset)
                yield start, place(node.end_lineno, node.end_col_offset), after


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions whose value decides something."""
    for field, child in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for item in child if isinstance(child, list) else [child]:
            if not isinstance(item, ast.AST) or isinstance(item, (ast.JoinedStr, ast.Raise)):
                continue
            if isinstance(item, ast.expr) and not (
                field == "slice" and isinstance(item, ast.Tuple)
            ):
                yield item
            yield from _expressions(item)


def _changes(node: ast.expr) -> Iterator[ast.expr]:
    changed = copy.deepcopy(node)
    match changed:
        case ast.Compare() if type(changed.ops[0]) in COMPARED:
            changed.ops[0] = COMPARED[type(changed.ops[0])]()
        case ast.BinOp() if type(changed.op) in COMPUTED:
            sides = (changed.left, changed.right)
            if any(map(_is_text, sides)):
                return
            if isinstance(changed.op, ast.BitOr) and any(map(_is_type, sides)):
                return
            changed.op = COMPUTED[type(changed.op)]()
        case ast.BoolOp():
            yield from changed.values[:1]
            changed.op = ast.Or() if isinstance(changed.op, ast.And) else ast.And()
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            changed = changed.operand
        case ast.Constant(value=bool()):
            changed.value = not changed.value
        case ast.Constant(value=int() | float() as number):
            changed.value = _other_number(number)
        case ast.Call(func=ast.Attribute(attr=name) as method) if name in CALLED:
            method.attr = CALLED[name]
        case ast.Call(func=ast.Name(id="min" | "max" | "any" | "all" as name) as function):
            function.id = CALLED[name]
        case ast.IfExp():
            changed.body, changed.orelse = changed.orelse, changed.body
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) if len(changed.elts) > 1:
            changed.elts.pop()  # a key or a list that lacks one part
        case _:
            return
    yield changed


def _is_text(node: ast.expr) -> bool:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    return is_text or isinstance(node, (ast.JoinedStr, ast.List))


def _is_type(node: ast.expr) -> bool:
    """Whether a name is of a type, as a part of a union of types has it."""
    if isinstance(node, ast.Name):
        return node.id in ("int", "float", "str") or node.id[:2].istitle()
    return isinstance(node, ast.Constant) and node.value is None
