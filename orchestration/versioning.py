"""Which code made a number: computed from source and library versions, never typed in.

Belongs here: the code version of a module (its source and that of every project module and data
file it draws on, with the versions of the libraries that make its numbers), and the facts of the
machine. Not here: data versions, which the rooms compute from content.
"""

from __future__ import annotations

import ast
import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

from estimation.artifacts.artifact import Code
from estimation.tables.estimate import module_name
from orchestration.settings import REPOSITORY

NUMERICAL_LIBRARIES = ("numpy", "scipy", "pandas", "linearmodels", "statsmodels", "arch")
DATA_SUFFIXES = (".csv", ".npz", ".parquet", ".yml")
# What every artifact passes through, whatever its kind.
SHARED_MODULES = ("estimation.artifacts.artifact",)


@cache
def code_of_kind(kind: str) -> Code:
    """Code version and machine facts for one kind of table."""
    return Code(version=module_version(module_name(kind), *SHARED_MODULES), facts=machine_facts())


@cache
def module_version(*modules: str, data: tuple[str, ...] = ()) -> str:
    """Hash over the source of modules, all project modules they import, and data beside them.

    Parameters
    ----------
    *modules : str
        Dotted names.
    data : tuple of str
        Further folders of data they read, relative to the repository.
    """
    digest = hashlib.sha256()
    read = {
        p for folder in data for p in (REPOSITORY / folder).rglob("*") if p.suffix in DATA_SUFFIXES
    }
    for path in sorted(_closure(modules) | read):
        digest.update(f"{path.relative_to(REPOSITORY).as_posix()}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    for library in NUMERICAL_LIBRARIES:
        digest.update(f"{library}=={version(library)}\n".encode())
    return digest.hexdigest()[:16]


@cache
def machine_facts() -> dict[str, object]:
    """Commit, package versions and platform, for the manifest."""
    return {
        "commit": git("rev-parse", "HEAD"),
        "dirty": bool(git("status", "--porcelain", "--", "estimation", "ingestion", "dbt_project")),
        "packages": {name: version(name) for name in NUMERICAL_LIBRARIES},
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
        waiting += _imports(path)
        found |= {p for p in path.parent.glob("*") if p.suffix in DATA_SUFFIXES}
        if path.parent.name == "papers":  # what papers print, not their specs: those have ids
            read = (p for deep in ("*/*", "*/printed/*") for p in path.parent.glob(deep))
            found |= {p for p in read if p.suffix in DATA_SUFFIXES}
    return found


def _source(module: str) -> Path | None:
    stem = REPOSITORY.joinpath(*module.split("."))
    for path in (stem.with_suffix(".py"), stem / "__init__.py"):
        if path.exists():
            return path
    return None


@cache  # kinds share most of their modules
def _imports(path: Path) -> list[str]:
    """Project modules named in a file's import statements, wherever in the file they stand."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [n for n in names if n.split(".")[0] in ("estimation", "ingestion", "orchestration")]


def git(*arguments: str) -> str:
    """What git says of this checkout; `unknown` where it says nothing."""
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
        return "unknown"
    return done.stdout.strip()
