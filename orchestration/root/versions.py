"""Which code made a number: computed from source and library versions, never typed in.

The code version of a module, and the facts of the machine. The version covers its statements, those of every project
module and data file it uses, and the versions of the libraries that make its numbers.
"""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from living_panel.estimation.artifacts.artifact import CodeState
from living_panel.estimation.panel.canonical import document_hash
from living_panel.estimation.panel.spec import PAPERS, Spec
from living_panel.estimation.papers.printed import printed_files
from living_panel.estimation.tables.estimate import module_name
from living_panel.ingestion.digests import sha256_of, sha256_of_parts
from living_panel.orchestration.root.settings import REPOSITORY
from living_panel.orchestration.root.statements import PACKAGE, statements_of

NUMERICAL_LIBRARIES = ("numpy", "scipy", "pandas", "linearmodels", "statsmodels", "pyfixest")
DATA_SUFFIXES = (".csv", ".npz", ".parquet", ".yml")
OF_THE_REPORT = {"findings.yml", "side_by_side.yml"}  # in a paper's folder
UNKNOWN = "unknown"
PLACE_OF_PAPERS = ("estimation", "papers")
# What every artifact passes through, whatever its kind.
SHARED_MODULES = ("living_panel.estimation.artifacts.artifact",)


# Packages whose modules are found by their files, not imported by name: all of them count.
FOUND_BY_FILES = ("living_panel.estimation.econometrics.inference.covariances",)


def code_of(spec: Spec) -> CodeState:
    """CodeState version of a table, with the printed numbers of its own paper, and machine facts."""
    papers = {spec.paper, str(spec.options.get("paper", ""))} - {""}
    read = tuple(file for paper in sorted(papers) for file in _printed(paper))
    version = module_version(module_name(spec.kind), *SHARED_MODULES, data=read)
    return CodeState(version=version, facts=machine_facts())


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
    return path.relative_to(REPOSITORY).as_posix().removeprefix(f"{PACKAGE}/")


@cache
def module_version(*modules: str, data: tuple[str, ...] = ()) -> str:
    """Hash over the statements of modules, all project modules they import, and data next to them.

    `data` is what they read besides: files, or folders with all below, relative to the repository.
    """
    places = [_place(name) for name in data]
    below = (p for place in places for p in (place, *place.rglob("*")))
    read = {p for p in below if p.suffix in DATA_SUFFIXES and p.is_file()}
    files = map(_part_of_version, sorted(_closure(modules) | read))
    libraries = (f"{library}=={number}\n".encode() for library, number in _libraries().items())
    return sha256_of_parts(chain(files, libraries))[:16]


@cache
def _part_of_version(path: Path) -> bytes:
    """Name of a file, and its statements or bytes."""
    name = f"{_named(path)}\n".encode()
    if path.suffix == ".py":
        return name + bytes.fromhex(statements_of(path).sha256)
    return name + path.read_bytes().replace(b"\r\n", b"\n")


def folder_hash(folder: Path) -> str:
    """Hash over the bytes of all files below a folder, with their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return document_hash([[p.relative_to(folder).as_posix(), *sha256_of(p)] for p in files])


@cache
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in NUMERICAL_LIBRARIES}


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


@cache
def _closure(modules: tuple[str, ...]) -> frozenset[Path]:
    """Files a set of modules draws on: imported project modules, and data of their folders."""
    files: set[Path] = set()
    waiting = list(modules)
    while waiting:
        path = _source(waiting.pop())
        if path is None or path in files:
            continue
        files.add(path)
        waiting += statements_of(path).imports
        waiting += [name for package in FOUND_BY_FILES for name in _modules_of(package, path)]
        files |= _data_beside(path.parent)
    return frozenset(files)


def _modules_of(package: str, path: Path) -> list[str]:
    """Modules of a package that finds them by their files, where `path` is its `__init__`."""
    if path.parts[-2:] != (package.rpartition(".")[2], "__init__.py") or path != _source(package):
        return []
    return [f"{package}.{file.stem}" for file in path.parent.glob("*.py")]


@cache
def _data_beside(folder: Path) -> set[Path]:
    return {p for p in folder.glob("*") if p.suffix in DATA_SUFFIXES}


@cache
def _source(module: str) -> Path | None:
    _, *parts = module.split(".")  # the folder of the code is `living_panel`, or holds its links
    for folder in (REPOSITORY, REPOSITORY / PACKAGE):
        stem = folder.joinpath(*parts)
        for path in (stem.with_suffix(".py"), stem / "__init__.py"):
            if path.is_file():
                return path
    return None


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
