"""The static scan of data editors: paths, seeds, ties, duplicate, empty and huge files, personal data.

Nothing is run. An error stops packing; a warning is printed and stated in the report of the check.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from living_panel.codes import Code
from living_panel.estimation.package import sentences
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.problems import Place, Problem

HUGE_BYTES = 100 * 1024**2
LARGEST_TEXT = 64 * 1024**2
"""Of a larger text only so many bytes are scanned."""
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


Content = bytes | Path
"""A file of a package: its bytes, or where it is unpacked."""


def scan(files: Mapping[str, bytes] | Mapping[str, Path]) -> list[ScanFinding]:
    """Return what the scan finds in the files of a package, errors first.

    Parameters
    ----------
    files : mapping
        Content by name within the package, as bytes or as a path. Files are read one at a time.
    """
    errors = [*_paths(files), *_seeds(files), *_ties(files), *_main_file(files)]
    warnings = [*_duplicates(files), *_empty(files), *_huge(files), *_personal(files)]
    return [ScanFinding("error", p) for p in errors] + [ScanFinding("warning", p) for p in warnings]


def _size(content: Content) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _digest(content: Content) -> str:
    if isinstance(content, bytes):
        return sha256_of_bytes(content)
    return sha256_of(content)[0]


def _read(content: Content) -> bytes:
    """Bytes of a file, of a larger one the first."""
    if isinstance(content, bytes):
        return content
    with content.open("rb") as stream:
        return stream.read(LARGEST_TEXT)


def _texts(files: Mapping[str, Any], *tops: str) -> Iterator[tuple[str, str]]:
    for name, content in sorted(files.items(), key=itemgetter(0)):
        if PurePosixPath(name).suffix in TEXT and (not tops or name.startswith(tops)):
            yield name, _read(content).decode("utf-8", "replace")


def _paths(files: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield absolute paths of somebody's machine, outside of the program's own source."""
    for name, text in _texts(files):
        if name.startswith("code/"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for hit in PATHS.finditer(line):
                yield Code.SCAN_PORTABLE(
                    "the code contains an absolute path: {path}",
                    "write the path relative to the package",
                    Place(file=name, line=number),
                    path=hit.group(),
                )


def _seeds(files: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield calls of Python that draw without a seed."""
    for name, text in _texts(files):
        if not name.endswith(".py"):
            continue
        try:
            problems = [
                Code.SCAN_RANDOM(
                    "{call} draws random numbers without a seed",
                    "give it a seed, such as default_rng(1)",
                    Place(file=name, line=node.lineno),
                    call=called,
                )
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Call) and (called := _unseeded(node))
            ]
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            problems = [
                Code.SCAN_PORTABLE(
                    "this is not valid Python: {reason}",
                    "correct or remove the file",
                    Place(file=name),
                    reason=error,
                )
            ]
        yield from problems


def _unseeded(node: ast.Call) -> str:
    called = ast.unparse(node.func)
    *before, last = called.split(".")
    if last == "default_rng" and not node.args and not node.keywords:
        return called
    if before in (["np", "random"], ["numpy", "random"], ["random"]) and last in GLOBAL_DRAWS:
        return called
    return ""


def _ties(files: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield keys of the analysis data that do not make rows unique."""
    for name, key in KEYS.items():
        if name not in files:
            continue
        try:
            rows = csv.DictReader(io.StringIO(_read(files[name]).decode("utf-8")))
            counted = Counter(tuple(row[column] for column in key) for row in rows)
        except (UnicodeDecodeError, KeyError, csv.Error) as error:
            yield Code.SCAN_PORTABLE(
                "this is not a CSV file in UTF-8: {reason}",
                "write the file again",
                Place(file=name),
                reason=error,
            )
            continue
        if twice := sum(number for number in counted.values() if number > 1):
            yield Code.SCAN_RANDOM(
                "{number} rows have the same {key}, so sorting by it leaves ties",
                "add a column that makes each row unique",
                Place(file=name),
                number=twice,
                key=key,
            )


def _main_file(files: Mapping[str, Any]) -> Iterator[Problem]:
    if MAIN not in files:
        yield Code.PACKAGE_NO_CODE("the package has no main file", "add main.py", Place())


def _duplicates(files: Mapping[str, Any]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, content in sorted(files.items(), key=itemgetter(0)):
        if name.startswith(("code/", "results/")) or not _size(content):
            continue  # a table's files are in one folder on purpose
        other = seen.setdefault(_digest(content), name)
        if other != name:
            yield Code.SCAN_FILES(
                "the file has the same bytes as {other}",
                "keep only one of them",
                Place(file=name),
                other=other,
            )


def _empty(files: Mapping[str, Any]) -> Iterator[Problem]:
    for name, content in sorted(files.items(), key=itemgetter(0)):
        if not _size(content) and not name.endswith(MAY_BE_EMPTY):
            yield Code.SCAN_FILES(
                "the file is empty", "remove it, or write its content", Place(file=name)
            )


def _huge(files: Mapping[str, Any]) -> Iterator[Problem]:
    for name, content in sorted(files.items(), key=itemgetter(0)):
        if (size := _size(content)) > HUGE_BYTES:
            yield Code.SCAN_FILES(
                "the file has {megabytes} MB",
                "archive it elsewhere, and write the address of the archive in the README",
                Place(file=name),
                megabytes=size // 1024**2,
            )


def _personal(files: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield addresses of e-mail in data, and columns whose names are those of personal data."""
    for name, text in _texts(files, "papers/", "data/", "analysis/"):
        if not name.endswith(".csv"):
            continue
        header = text.partition("\n")[0].split(",")
        for column in header:
            if PERSONAL_COLUMNS.match(column.strip('" \r')):
                yield sentences.PERSONAL(
                    Place(file=name, column=column), found=f"a column {column}"
                )
        if hit := EMAIL.search(text):
            yield sentences.PERSONAL(Place(file=name), found=hit.group())
