"""Make a package again from its own data, and compare what the package says of itself.

Runs in the confined process, for a package whose code is the checker's, file by file: other code may write other
texts. Numbers, printed files and analysis data are compared elsewhere, also between versions.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.estimation.artifacts.comparison import KEYS
from living_panel.estimation.package import sentences
from living_panel.estimation.package.archive import CHECKSUMS
from living_panel.estimation.package.crate import CRATE, CROISSANT, FRICTIONLESS
from living_panel.estimation.package.description import Description, PackageTable
from living_panel.estimation.package.stated import FILE as DESCRIPTION
from living_panel.estimation.panel.canonical import content_hash
from living_panel.ingestion.digests import sha256_of
from living_panel.orchestration.package.contents import (
    LOCK,
    README,
    fixed_files,
    package_files,
    written_files,
)
from living_panel.orchestration.package.describe import describe
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Place, Problem

WRITTEN = (README, CRATE, FRICTIONLESS, CROISSANT)
OF_THE_RUN = ("artifact_id", "result_hash", "seconds", "created_at", "files")
"""What package.json says of the run of a table: another run has others, and hashes are compared elsewhere."""
SAMPLES = "lineage and sample cells of results/"
UNCHECKED = (*WRITTEN, "CITATION.cff", LOCK, SAMPLES, f"texts of {DESCRIPTION}", "added files")
"""What is not checked where the package is not made again."""
OTHER, ADDED = "the content is another", "the program writes no such file"


def remade_problems(settings: Settings, folder: Path, stated: Description) -> Iterator[Problem]:
    """Yield each file of a package that is not the one that this program writes.

    Parameters
    ----------
    settings : Settings
        Data root in which the package's tables were estimated; they are its current ones.
    folder : Path
        The unpacked package.
    stated : Description
        Its package.json.
    """
    here = describe(settings, stated.paper)
    made = package_files(settings, here)
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for name in sorted(there - {*made, CHECKSUMS}):
        yield sentences.NOT_REMADE(Place(file=name), difference=ADDED)
    compared_elsewhere = ("results/", "analysis/")
    for name in sorted(made.keys() - there):
        if not name.startswith(compared_elsewhere):
            yield sentences.FILE_MISSING(Place(file=name))
    description = _of_the_same_run(here, stated)
    yield from _other_keys((folder / DESCRIPTION).read_bytes(), description.to_json())
    given = {name: (folder / name).read_bytes() for name in made.keys() & there}
    expected = fixed_files(description) | written_files(description, _without(given, *WRITTEN))
    expected[LOCK] = made[LOCK]
    expected |= {name: made[name] for name in made if _is_sample(name)}
    for name in sorted(expected.keys() & given.keys() - {DESCRIPTION}):
        if not _is_same(name, given[name], expected[name]):
            yield sentences.NOT_REMADE(Place(file=name), difference=OTHER)


def other_lock(folder: Path, stated: Description) -> Iterator[Problem]:
    """Yield a problem if the lock of a package is not the one of its description."""
    lock, expected = folder / LOCK, str(stated.software.get("lock_sha256"))
    if lock.is_file() and (found := sha256_of(lock)[0]) != expected:
        hashes = {"found": f"sha256 {found[:16]}", "expected": expected[:16]}
        yield sentences.STATED_HASH(Place(file=LOCK), **hashes)


def _of_the_same_run(here: Description, stated: Description) -> Description:
    """The description made here, with the run and the software that the package states."""
    of_stated = {table.table: table for table in stated.tables}

    def table(made: PackageTable) -> PackageTable:
        run = of_stated[made.table]
        return replace(made, **{name: getattr(run, name) for name in OF_THE_RUN})

    tables = [table(made) for made in here.tables if made.table in of_stated]
    software = stated.software | {"lock_sha256": here.software["lock_sha256"]}
    return replace(here, tables=tables, software=software)


def _other_keys(stated: bytes, expected: bytes) -> Iterator[Problem]:
    """Yield each key of package.json whose value is another."""
    one, other = json.loads(stated), json.loads(expected)
    for key in sorted({*one, *other}):
        if one.get(key) != other.get(key):
            yield sentences.NOT_REMADE(Place(file=DESCRIPTION, key=key), difference=OTHER)


def _without(files: Mapping[str, bytes], *names: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name not in names}


def _is_sample(name: str) -> bool:
    """Whether a file of a result holds its lineage or its sample, and no numbers."""
    path = Path(name)
    return path.parts[0] == "results" and path.suffix == ".parquet" and path.stem not in KEYS


def _is_same(name: str, given: bytes, expected: bytes) -> bool:
    """Whether two files are the same: byte by byte, or as tables or JSON written by other libraries."""
    if given == expected:
        return True
    if name.endswith(".json"):
        return bool(_json(given) == _json(expected))
    return name.endswith(".parquet") and is_same_table(name, given, expected)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def is_same_table(name: str, given: bytes, expected: bytes) -> bool:
    """Return whether two files hold the same table, written by other versions of a library."""
    try:
        return content_hash(_frame(name, given)) == content_hash(_frame(name, expected))
    except Exception:  # no reader is safe from a stranger's file; what cannot be read differs
        return False


def _frame(name: str, content: bytes) -> pd.DataFrame:
    stream = io.BytesIO(content)
    if name.endswith(".parquet"):
        return pd.read_parquet(stream)
    if name.endswith(".dta"):
        return pd.read_stata(stream, convert_categoricals=False)
    return pd.read_csv(stream, dtype="str")
