"""What a package states of itself, read as data: package.json in its form, and names that stay inside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from living_panel.estimation.package import sentences
from living_panel.estimation.package.description import Description
from living_panel.estimation.package.facts import PackageFacts, WrongPackage
from living_panel.ingestion.limited_yaml import faults_of
from living_panel.problems import Place, Problem

FILE = "package.json"
LARGEST = 64 * 1024**2
NAME = re.compile(r"[a-z][a-z0-9_]*")
HASH = re.compile(r"[0-9a-f]{64}")
MEASURE_KEYS = ("name", "label", "unit", "allowed")


@dataclass(frozen=True)
class Stated:
    """A package's description; of a data release also its version and the hash of its panel.

    Attributes
    ----------
    description : Description
        Tables, sources, measures, facts.
    kind : {"", "data"}
        "data" for a data release, which has nothing to estimate.
    """

    description: Description
    kind: str = ""
    version: str = ""
    content: str = ""


def read_stated(folder: Path) -> Stated:
    """Read package.json of an unpacked package.

    Raises
    ------
    WrongPackage
        If it is missing, too large, no JSON of UTF-8, or of another form; names the key.
    """
    path = folder / FILE
    if not path.is_file():
        raise WrongPackage(sentences.FILE_MISSING(Place(file=FILE)))
    if path.stat().st_size > LARGEST:
        raise _wrong(f"more than {LARGEST} bytes")
    try:
        stated = TypeAdapter(Stated).validate_python(_nested(path.read_bytes()))
        PackageFacts.model_validate(stated.description.facts)
    except ValidationError as error:
        first = faults_of(error)[0]
        key = ".".join(str(step) for step in first.steps if step != "description")
        raise _wrong(first.reason, key) from error
    if problems := list(_form_problems(stated)):
        raise WrongPackage(*problems)
    return stated


def _nested(content: bytes) -> dict[str, Any]:
    """The keys of package.json, those of the description apart."""
    try:
        description = TypeAdapter(dict[str, Any]).validate_json(content)
    except ValidationError as error:
        raise _wrong(faults_of(error)[0].reason) from error
    header = {
        key: description.pop(key) for key in ("kind", "version", "content") if key in description
    }
    return {"description": description, **header}


def _wrong(reason: object, key: str = "") -> WrongPackage:
    return WrongPackage(sentences.DESCRIPTION_FORM(Place(file=FILE, key=key), reason=reason))


def _form_problems(stated: Stated) -> Iterator[Problem]:
    """Yield what the types do not say: names, hashes, and places inside of the package."""
    description = stated.description
    names = [
        ("paper", description.paper),
        *((f"tables.{n}.table", t.table) for n, t in _numbered(description)),
    ]
    for key, name in names:
        if not NAME.fullmatch(name):
            yield _problem(key, f"{name!r} cannot be the name of a paper or table")
    for number, table in _numbered(description):
        if not HASH.fullmatch(table.result_hash):
            yield _problem(f"tables.{number}.result_hash", "it is not a sha256")
        for key, place in (("spec", table.spec), ("program", table.program)):
            if not _is_inside(place):
                yield _problem(f"tables.{number}.{key}", f"{place!r} points outside the package")
    if len({t.table for t in description.tables}) != len(description.tables):
        yield _problem("tables", "a table is listed twice")
    for number, measure in enumerate(description.measures):
        if not all(isinstance(measure.get(key), str) for key in MEASURE_KEYS):
            yield _problem(f"measures.{number}", f"it needs the texts {', '.join(MEASURE_KEYS)}")
    if stated.kind not in ("", "data"):
        yield _problem("kind", f"{stated.kind!r} is not a known kind of package")


def _numbered(description: Description) -> Iterator[tuple[int, Any]]:
    yield from enumerate(description.tables)


def _problem(key: str, reason: str) -> Problem:
    return sentences.DESCRIPTION_FORM(Place(file=FILE, key=key), reason=reason)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
