"""Which code made a number: computed from source and library versions, never typed in.

The code version of a module, and the facts of the machine. The version covers its statements, those of every project
module and data file it uses, and the versions of the libraries that make its numbers.
"""

from __future__ import annotations

import ast
import hashlib
import os
import platform
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from estimation.artifacts.artifact import Code
from estimation.panel.spec import PAPERS, Spec
from estimation.papers.printed import printed_files
from estimation.tables.estimate import module_name
from orchestration.root.settings import REPOSITORY

NUMERICAL_LIBRARIES = ("numpy", "scipy", "pandas", "linearmodels", "statsmodels", "pyfixest")
DATA_SUFFIXES = (".csv", ".npz", ".parquet", ".yml")
OF_THE_REPORT = {"questions.yml", "side_by_side.yml"}  # in a paper's folder
UNKNOWN = "unknown"
PLACE_OF_PAPERS = ("estimation", "papers")
# What every artifact passes through, whatever its kind.
SHARED_MODULES = ("estimation.artifacts.artifact",)


def code_of(spec: Spec) -> Code:
    """Code version of a table, which what its own paper prints is part of, and machine facts."""
    papers = {spec.paper, str(spec.options.get("paper", ""))} - {""}
    read = tuple(file for paper in sorted(papers) for file in _printed(paper))
    version = module_version(module_name(spec.kind), *SHARED_MODULES, data=read)
    return Code(version=version, facts=machine_facts())


@cache
def _printed(paper: str) -> tuple[str, ...]:
    """Files of a paper that can move a table of it: not its specs, which have ids of their own."""
    files = (p for p in printed_files(PAPERS / paper) if p.name not in OF_THE_REPORT)
    return tuple(_named(p) for p in files)


def _place(name: str) -> Path:
    """Return the place of a file or folder, by its name in the repository or its path."""
    parts = Path(name).parts
    return PAPERS.joinpath(*parts[2:]) if parts[:2] == PLACE_OF_PAPERS else REPOSITORY / name


def _named(path: Path) -> str:
    """Return a file's name in the repository; a workspace's papers have those of shipped papers."""
    if path.is_relative_to(PAPERS):
        return f"{'/'.join(PLACE_OF_PAPERS)}/{path.relative_to(PAPERS).as_posix()}"
    return path.relative_to(REPOSITORY).as_posix()


@cache
def module_version(*modules: str, data: tuple[str, ...] = ()) -> str:
    """Hash over the statements of modules, all project modules they import, and data next to them.

    Comments, layout and docstrings are no part of it; the docstring of a decorated function is, as the
    decorator can read it (an audit rule's title stands there).

    `data` is what they read besides: files, or folders with all below, relative to the repository.
    """
    digest = hashlib.sha256()
    places = [_place(name) for name in data]
    below = (p for place in places for p in (place, *place.rglob("*")))
    read = {p for p in below if p.suffix in DATA_SUFFIXES and p.is_file()}
    for path in sorted(_closure(modules) | read):
        digest.update(f"{_named(path)}\n".encode())
        if path.suffix == ".py":
            digest.update(_parsed(path)[0])
        else:
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    for library, number in _libraries().items():
        digest.update(f"{library}=={number}\n".encode())
    return digest.hexdigest()[:16]


@cache
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in NUMERICAL_LIBRARIES}


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


@cache
def machine_facts() -> dict[str, object]:
    """Commit, package versions and platform, for the manifest."""
    return {
        "commit": git("rev-parse", "HEAD"),
        "dirty": git("status", "--porcelain", "--", "estimation", "ingestion", "dbt_project")
        not in ("", UNKNOWN),
        "packages": _libraries(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "threads": os.environ.get("OMP_NUM_THREADS", f"{os.cpu_count()} (all)"),
    }


def _closure(modules: tuple[str, ...]) -> set[Path]:
    """Files a set of modules draws on: imported project modules, and data of their folders."""
    found: set[Path] = set()
    waiting = list(modules)
    while waiting:
        path = _source(waiting.pop())
        if path is None or path in found:
            continue
        found.add(path)
        waiting += _parsed(path)[1]
        found |= _data_beside(path.parent)
    return found


@cache
def _data_beside(folder: Path) -> set[Path]:
    return {p for p in folder.glob("*") if p.suffix in DATA_SUFFIXES}


@cache
def _source(module: str) -> Path | None:
    stem = REPOSITORY.joinpath(*module.split("."))
    for path in (stem.with_suffix(".py"), stem / "__init__.py"):
        if path.exists():
            return path
    return None


@cache  # kinds share most of their modules
def _parsed(path: Path) -> tuple[bytes, list[str]]:
    """Hash of a module's statements, and the project modules that its imports name at any place."""
    tree, names = ast.parse(path.read_bytes()), []
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    ours = [n for n in names if n.split(".")[0] in ("estimation", "ingestion", "orchestration")]
    return hashlib.sha256(repr(_structure(tree)).encode()).digest(), ours


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement below a node; expressions are not looked into, no import stands there."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, field, ()):
            yield inner
            yield from _statements(inner)


def git(*arguments: str) -> str:
    """Git's description of this checkout; `unknown` where it says nothing, or the code is no checkout."""
    if not (REPOSITORY / ".git").exists():
        return UNKNOWN
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    return done.stdout.strip()
