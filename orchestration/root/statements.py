"""Statements of a module: their hash and the project modules they import, read once for all processes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.orchestration.root.made import MadeByCode, is_there, name_of_file

PACKAGE = "living_panel"
"""Name below which all modules of the project are imported."""
KEPT = MadeByCode(
    "statements.json",
    sha256_of(Path(__file__))[0],  # this module says how they are read
    is_current=is_there,
)
"""Statements that earlier processes read, by path."""


class Statements(NamedTuple):
    """Hash of a module's statements, and the project modules that its imports name at any place."""

    sha256: str
    imports: list[str]


@cache  # kinds share most of their modules
def statements_of(path: Path) -> Statements:
    """Return the statements of a module's file, which is parsed only if its bytes are new.

    Comments, layout and docstrings are no part of the hash; the docstring of a decorated function is, as the
    decorator can read it (an audit rule's title stands there).
    """
    source = path.read_bytes()
    content = sha256_of_bytes(source)
    return Statements(*KEPT.of(name_of_file(path), content, lambda: _parse(source)))


def _parse(source: bytes) -> Statements:
    tree, names = ast.parse(source), []
    for node in _below(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    ours = [name for name in names if name.split(".")[0] == PACKAGE]
    return Statements(sha256_of_bytes(repr(_structure(tree)).encode()), ours)


def _below(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement below a node; expressions are not looked into, no import stands there."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, field, ()):
            yield inner
            yield from _below(inner)


def _structure(node: object) -> object:
    """A syntax tree as nested tuples, the same under every Python version that runs the project.

    Omits empty fields, as newer versions add fields, and strings that are statements of their own.
    """
    if isinstance(node, ast.AST):
        is_decorated = getattr(node, "decorator_list", None) and not isinstance(node, ast.ClassDef)
        return type(node).__name__, *(
            (
                name,
                _structure(value)
                if not (is_decorated and name == "body")
                else [*map(_structure, value)],
            )
            for name in node._fields
            if (value := getattr(node, name, None)) is not None and value != []
        )
    if isinstance(node, list):
        return [_structure(item) for item in node if not _stands_alone(item)]
    return node


def _stands_alone(node: object) -> bool:
    return type(node) is ast.Expr and isinstance(getattr(node.value, "value", None), str)
