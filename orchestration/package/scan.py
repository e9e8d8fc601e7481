"""The static scan of data editors: paths, seeds, ties, duplicate, empty and huge files, personal data.

Nothing is run. An error stops packing; a warning is printed and stated in the report of the check.
"""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from ingestion.problems import Place, Problem
from orchestration.package import codes

HUGE_BYTES = 100 * 1024**2
TEXT = {".md", ".yml", ".csv", ".json", ".tex", ".py", ".sql", ".toml", ".cff", ".R", ".do"}
PATHS = re.compile(
    r"(?<![\w:/.~])(?:/(?:home|Users|root|mnt|media|Volumes)/[\w.-]+|[A-Z]:\\\\?\w+)"
)
EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b")
PERSONAL_COLUMNS = re.compile(
    r"^(first_?name|last_?name|surname|full_?name|e_?mail|phone|telephone|address|street|birth_?da(y|te)"
    r"|ssn|passport|ip_?address|latitude|longitude)$",
    re.IGNORECASE,
)
GLOBAL_DRAWS = {
    "rand",
    "randn",
    "randint",
    "random",
    "normal",
    "uniform",
    "choice",
    "shuffle",
    "permutation",
}
KEYS = {"analysis/panel.csv": ("province_code", "year")}
MAIN = "main.py"
MAY_BE_EMPTY = ("__init__.py", ".gitkeep")


@dataclass(frozen=True)
class ScanFinding:
    """A problem with its level."""

    level: Literal["error", "warning"]
    problem: Problem


def scan(files: Mapping[str, bytes]) -> list[ScanFinding]:
    """Return what the scan finds in the files of a package, errors first.

    Parameters
    ----------
    files : mapping
        Content by name within the package.
    """
    errors = [*_paths(files), *_seeds(files), *_ties(files), *_main_file(files)]
    warnings = [*_duplicates(files), *_empty(files), *_huge(files), *_personal(files)]
    return [ScanFinding("error", p) for p in errors] + [ScanFinding("warning", p) for p in warnings]


def _texts(files: Mapping[str, bytes], *tops: str) -> Iterator[tuple[str, str]]:
    for name, content in sorted(files.items()):
        if PurePosixPath(name).suffix in TEXT and (not tops or name.startswith(tops)):
            yield name, content.decode("utf-8", "replace")


def _paths(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield absolute paths of somebody's machine, outside of the program's own source."""
    for name, text in _texts(files):
        if name.startswith("code/"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for hit in PATHS.finditer(line):
                yield codes.ABSOLUTE_PATH(Place(file=name, line=number), path=hit.group())


def _seeds(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield calls of Python that draw without a seed."""
    for name, text in _texts(files):
        if name.endswith(".py"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and (called := _unseeded(node)):
                    yield codes.NO_SEED(Place(file=name, line=node.lineno), call=called)


def _unseeded(node: ast.Call) -> str:
    called = ast.unparse(node.func)
    *before, last = called.split(".")
    if last == "default_rng" and not node.args and not node.keywords:
        return called
    if before in (["np", "random"], ["numpy", "random"], ["random"]) and last in GLOBAL_DRAWS:
        return called
    return ""


def _ties(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield keys of the analysis data that do not make rows unique."""
    for name, key in KEYS.items():
        if name not in files:
            continue
        rows = csv.DictReader(io.StringIO(files[name].decode("utf-8")))
        counted = Counter(tuple(row[column] for column in key) for row in rows)
        if twice := sum(number for number in counted.values() if number > 1):
            yield codes.TIES(Place(file=name), number=twice, key=key)


def _main_file(files: Mapping[str, bytes]) -> Iterator[Problem]:
    if MAIN not in files:
        yield codes.NO_MAIN_FILE(Place())


def _duplicates(files: Mapping[str, bytes]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, content in sorted(files.items()):
        if name.startswith(("code/", "results/")) or not content:
            continue  # a table's files are in one folder on purpose
        other = seen.setdefault(hashlib.sha256(content).hexdigest(), name)
        if other != name:
            yield codes.DUPLICATE(Place(file=name), other=other)


def _empty(files: Mapping[str, bytes]) -> Iterator[Problem]:
    for name, content in sorted(files.items()):
        if not content and not name.endswith(MAY_BE_EMPTY):
            yield codes.EMPTY(Place(file=name))


def _huge(files: Mapping[str, bytes]) -> Iterator[Problem]:
    for name, content in sorted(files.items()):
        if len(content) > HUGE_BYTES:
            yield codes.HUGE(Place(file=name), megabytes=len(content) // 1024**2)


def _personal(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield addresses of e-mail in data, and columns whose names are those of personal data."""
    for name, text in _texts(files, "papers/", "data/", "analysis/"):
        if not name.endswith(".csv"):
            continue
        header = text.partition("\n")[0].split(",")
        for column in header:
            if PERSONAL_COLUMNS.match(column.strip('" \r')):
                yield codes.PERSONAL(Place(file=name, column=column), found=f"a column {column}")
        if hit := EMAIL.search(text):
            yield codes.PERSONAL(Place(file=name), found=hit.group())
