"""Statements of a module: their hash and the project modules they import, read once for all processes."""

from __future__ import annotations

import ast
import atexit
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from orchestration.root import environment_cache

OURS = ("estimation", "ingestion", "orchestration")
KEPT = environment_cache.FOLDER / "statements.json"
"""Statements that earlier processes read."""


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
    source, kept = path.read_bytes(), _kept()
    content = hashlib.sha256(source).hexdigest()
    if kept.get(str(path), [""])[0] != content:
        kept[str(path)] = [content, *_parse(source)]
        atexit.unregister(_keep)
        atexit.register(_keep)
    return Statements(*kept[str(path)][1:])


@cache
def _kept() -> dict[str, list[Any]]:
    """Return by path: hash of the bytes, and what they state. Empty where this module was another one."""
    try:
        found = json.loads(KEPT.read_bytes())
        return dict(found["files"]) if found["parser"] == _parser() else {}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _keep() -> None:
    """Keep the statements of files that still exist."""
    files = {path: read for path, read in _kept().items() if Path(path).is_file()}
    content = json.dumps({"parser": _parser(), "files": files})
    environment_cache.keep(content.encode(), KEPT)


def _parser() -> str:
    """Return the hash of this module, which says how statements are read."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _parse(source: bytes) -> Statements:
    tree, names = ast.parse(source), []
    for node in _below(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    ours = [name for name in names if name.split(".")[0] in OURS]
    return Statements(hashlib.sha256(repr(_structure(tree)).encode()).hexdigest(), ours)


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
