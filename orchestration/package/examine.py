"""Examine a package by the checker's own code: unpack, read, estimate, compare. The confined process of a check.

`python -m living_panel.orchestration.package.examine STEP ARCHIVE BOX` writes `BOX/answer.json`. Everything of the
package is read as data here, and nothing of it is imported or started. STEP is `package`, or `output` for the files
that the package's own program left in `reproduced/`.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from living_panel.codes import Code
from living_panel.estimation.package import sentences
from living_panel.estimation.package.archive import other_bytes, unpack
from living_panel.estimation.package.facts import WrongPackage
from living_panel.ingestion.digests import sha256_of, sha256_of_bytes
from living_panel.problems import Place, Problem, problems_of

if TYPE_CHECKING:
    from living_panel.estimation.package.compared import TableComparison
    from living_panel.estimation.package.description import Description, PackageTable
    from living_panel.estimation.package.stated import Stated
    from living_panel.orchestration.package.estimating import Estimated
    from living_panel.orchestration.root.settings import Settings

PACKAGE, ANSWER = "package", "answer.json"
STATED = "stated"
"""Folder of the results and the description, out of reach of the package's program."""
UNPACKING_MEGABYTES = 1024
"""Address space while the archive is unpacked: its list of files is read into memory."""
RESULTS, REPRODUCED, ANALYSIS = "results", "reproduced", "analysis"
MAIN = "main.py"


def main() -> int:
    """Do one step and write its answer; 0 if there is one, whatever it says."""
    step, archive, box = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    try:
        answer = _package(archive, box) if step == PACKAGE else _output(box)
    except WrongPackage as error:
        answer = {"refused": [p.to_dict() for p in error.problems]}
    text = json.dumps(answer, default=str, ensure_ascii=False)
    (box / ANSWER).write_text(text, encoding="utf-8", errors="replace")
    return 0


def say(text: str) -> None:
    """Print progress, which the checker passes on."""
    print(text, flush=True)


def _package(archive: Path, box: Path) -> dict[str, Any]:
    """Everything that the checker says of a package without running it."""
    with _LessMemory(UNPACKING_MEGABYTES):
        folder = unpack(archive, box / PACKAGE)
    # load the libraries only now, within the memory of the whole check
    from living_panel.estimation.package.rules import standard
    from living_panel.estimation.package.scan import scan
    from living_panel.estimation.package.stated import read_stated

    stated = read_stated(folder)
    description = stated.description
    say(f"unpacked {description.paper}")
    problems = list(other_bytes(folder))
    files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    findings = [(f.level, f.problem) for f in scan(files)]
    answer: dict[str, Any] = {"package": json.loads(description.to_json()), "kind": stated.kind,
                              "version": stated.version, "content": stated.content,
                              "tables": [], "rules": [], "unchecked": []}  # fmt: skip
    if stated.kind == "data":
        findings = [f for f in findings if f[1].code != Code.PACKAGE_NO_CODE]
        problems += _data_problems(folder, stated)
    else:
        answer["rules"] = [asdict(rule) for rule in standard(answer["package"], folder)]
        other_code = list(_other_code(folder))
        findings += [("warning", problem) for problem in other_code]
        answer["is_own_code"] = not other_code
        outcome, more = _tables(folder, box, stated, is_own_code=not other_code)
        answer |= outcome
        problems += more
    answer["problems"] = [p.to_dict() for p in problems]
    answer["findings"] = [{"level": level, "problem": p.to_dict()} for level, p in findings]
    return answer


def _data_problems(folder: Path, stated: Stated) -> list[Problem]:
    """Problems of a data release, whose formats are read back."""
    from living_panel.estimation.package.data_release import other_formats

    try:
        return list(other_formats(folder, {"content": stated.content}))
    except Exception as error:  # a stranger's files may break any reader
        place = Place(file=ANALYSIS)
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        return [sentences.RESULT_UNREADABLE(place, reason=reason)]


def _other_code(folder: Path) -> Iterator[Problem]:
    """Yield one problem if the package's program is another than the checker's, file by file."""
    from living_panel.orchestration.package import main_file
    from living_panel.orchestration.package.contents import LOCK, code_files

    digests = {name: sha256_of_bytes(content) for name, content in code_files()}
    digests.pop(LOCK, None)  # which no step of this check uses
    digests[MAIN] = sha256_of(Path(main_file.__file__))[0]
    there = {
        p.relative_to(folder).as_posix(): sha256_of(p)[0]
        for p in [folder / MAIN, *(folder / "code").rglob("*")]
        if p.is_file() and p != folder / LOCK
    }
    if names := sorted(name for name in {*digests, *there} if digests.get(name) != there.get(name)):
        yield Code.PACKAGE_PROGRAM(
            "{number} code files of the package differ from those of this program; the first is {first}",
            "check the package with the version of the program that made it",
            Place(),
            number=len(names),
            first=names[0],
        )


def _tables(
    folder: Path, box: Path, stated: Stated, *, is_own_code: bool
) -> tuple[dict[str, Any], list[Problem]]:
    """Outcome of each stated table, what is not checked, and every problem of tables, data and texts."""
    from living_panel.orchestration.package.estimating import Estimated, estimate_all
    from living_panel.orchestration.package.remade import UNCHECKED, other_lock
    from living_panel.orchestration.root.settings import Settings

    description = stated.description
    specs = {p.stem for p in (folder / "papers" / description.paper / "specs").glob("*.yml")}
    made = {p.name for p in (folder / RESULTS).glob("*") if p.is_dir()}
    names = [t.table for t in description.tables]
    listed = dict.fromkeys([*names, *description.paper_tables])
    problems: list[Problem] = [
        Code.PACKAGE_NO_CODE(
            "package.json names this table, but the paper has no spec of it",
            "run `make package` again",
            Place(table=name),
        )
        for name in listed
        if name not in specs
    ]
    problems += [
        Code.PACKAGE_ARCHIVE(
            "the package has a spec or a result of this table, but package.json does not name it",
            "run `make package` again",
            Place(table=name),
        )
        for name in sorted((specs | made) - {*names})
    ]
    settings = Settings(root=box / "data", state=box / "state")
    settings.root.mkdir()
    try:
        estimated = estimate_all(settings, folder, description.paper, say)
    except Exception as error:  # a stranger's files may break any reader
        estimated = Estimated(problems=[_unforeseen(error, f"papers/{description.paper}")])
    problems += estimated.problems
    outcomes = []
    for table in description.tables:
        outcome, wrong = _outcome(folder, table, estimated, is_own_code)
        outcomes.append(outcome)
        problems += wrong
    problems += other_lock(folder, description)
    unchecked = [*UNCHECKED]
    if estimated.release is not None:
        problems += _other_data(folder, stated, estimated.release)
        if is_own_code:
            found = _remade_problems(settings, folder, description)
            problems += found or ()
            unchecked = unchecked if found is None else []
    return {"tables": outcomes, "unchecked": unchecked}, problems


def _remade_problems(
    settings: Settings, folder: Path, description: Description
) -> list[Problem] | None:
    """Problems of the files that are made again; None if they cannot be made from the package's data."""
    from living_panel.orchestration.package.remade import remade_problems

    try:
        return list(remade_problems(settings, folder, description))
    except (
        Exception
    ):  # a stranger's files may break any reader; what breaks it is named by its table
        return None


def _unforeseen(error: Exception, file: str) -> Problem:
    reason = "; ".join(p.text for p in problems_of(error)) or type(error).__name__
    return sentences.NOT_ESTIMATED(Place(file=file), reason=reason)


def _outcome(
    folder: Path, stated: PackageTable, estimated: Estimated, is_own_code: bool
) -> tuple[dict[str, Any], list[Problem]]:
    """Comparison of one table's stated results with those made here, and its problems."""
    from living_panel.estimation.package.compared import compare_folders, unreadable

    table = stated.table
    results = folder / RESULTS / table
    outcome: dict[str, Any] = {"table": table, "level": "different", "cells": [], "number": 0,
                               "contradicts": False, "largest": 0.0, "ties": 0}  # fmt: skip
    if not results.is_dir():
        return outcome, [sentences.FILE_MISSING(Place(file=f"{RESULTS}/{table}"))]
    try:
        problems = list(_contradictions(results, stated))
        outcome["contradicts"] = bool(problems)
        if table not in estimated.tables:
            return outcome, problems  # the reason is among the problems
        compared = compare_folders(table, results, estimated.tables[table])
    except WrongPackage as error:
        return outcome | {"contradicts": True}, list(error.problems)
    except Exception as error:  # a stranger's file may break any reader
        return outcome | {"contradicts": True}, list(unreadable(results, error).problems)
    content = compared.to_dict()
    outcome |= {
        "level": "different" if problems else compared.level,
        "cells": content["cells"][:MOST_CELLS],
        "number": len(compared.cells),
        "largest": compared.largest,
        "ties": compared.ties,
    }
    if is_own_code and compared.words:  # the same program says the same words
        outcome["level"] = "different"
    # by the package's own code, which is this one, its data give another result
    outcome["contradicts"] |= is_own_code and outcome["level"] == "different"
    problems += comparison_problems(compared, sentences.OTHER_NUMBERS)
    return outcome, problems


MOST_CELLS = 50


def comparison_problems(compared: TableComparison, code: Any) -> Iterator[Problem]:
    """Yield the problems of a comparison: the cells that differ as one, and each file."""
    table = compared.table
    if compared.cells:
        first = compared.cells[0]
        yield code(
            Place(table=table), number=len(compared.cells), cell=first.name,
            stated=first.stated, found=first.found,
        )  # fmt: skip
    for name in compared.words:
        yield Code.PACKAGE_RENDERING(
            "the file has the same numbers, but other words",
            "compare it with the file made here",
            Place(file=f"{RESULTS}/{table}/{name}"),
        )
    for name in compared.figures:
        yield Code.PACKAGE_RENDERING(
            "the bytes of this figure differ from those of the figure drawn here",
            "compare both figures",
            Place(file=f"{RESULTS}/{table}/{name}"),
        )


def _contradictions(results: Path, stated: PackageTable) -> Iterator[Problem]:
    """Yield each part of a stated result that is not what other parts of the package say of it."""
    from living_panel.estimation.artifacts.artifact import result_hash
    from living_panel.estimation.package.compared import checked_numbers, read_result_manifest
    from living_panel.estimation.tables.result import TableResult
    from living_panel.orchestration.package.contents import csv_of

    numbers, manifest = checked_numbers(results), read_result_manifest(results)
    place = Place(file=f"{RESULTS}/{stated.table}")
    whole = TableResult(
        table_id=stated.table, title="", blocks=(), statements=(), figures_status="",
        reason=manifest.get("reason"), **numbers,
    )  # fmt: skip
    hashes = {"its numbers": result_hash(whole), "its manifest": manifest.get("result_hash")}
    for name, actual in hashes.items():
        if actual != stated.result_hash:
            text = f"result hash {str(actual)[:16]} of {name}"
            yield sentences.STATED_HASH(place, found=text, expected=stated.result_hash[:16])
    for name, digest in {*_listed(manifest), *stated.files.items()}:
        path = results / Path(name).name
        actual = sha256_of(path)[0] if path.is_file() else "no file"
        if actual != digest:
            here = replace(place, file=f"{place.file}/{path.name}")
            yield sentences.STATED_HASH(here, found=f"sha256 {actual[:16]}", expected=digest[:16])
    for name in numbers:
        path = results / f"{name}.csv"
        if not path.is_file() or path.read_bytes() != csv_of(results / f"{name}.parquet"):
            here = replace(place, file=f"{place.file}/{path.name}")
            yield sentences.STATED_HASH(
                here, found="other cells", expected=f"those of {name}.parquet"
            )


def _listed(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and sha256 of each file that a manifest lists."""
    for entry in manifest.get("files") or ():
        if isinstance(entry, dict):
            yield str(entry.get("name")), str(entry.get("sha256"))


def _other_data(folder: Path, stated: Stated, release_folder: Path) -> Iterator[Problem]:
    """Yield each file of the analysis data that does not hold what was made here from the package's data."""
    from living_panel.estimation.package.description import measures_of
    from living_panel.estimation.panel.release import load_release
    from living_panel.orchestration.package.contents import analysis_files
    from living_panel.orchestration.package.remade import is_same_table

    release = load_release(release_folder)
    description = stated.description
    if release.release_id != description.release_id:
        yield sentences.OTHER_DATA(Place(file="package.json", key="release_id"))
    files = analysis_files(
        release_folder, release, replace(description, measures=measures_of(release))
    )
    for name, content in files.items():
        path = folder / name
        if not path.is_file():
            yield sentences.FILE_MISSING(Place(file=name))
            continue
        given = path.read_bytes()
        if given != content and not is_same_table(name, given, content):
            yield sentences.OTHER_DATA(Place(file=name))


def _output(box: Path) -> dict[str, Any]:
    """Comparison of the files that the package's own program left with those that the package states."""
    from living_panel.estimation.package.compared import compare_folders
    from living_panel.estimation.package.stated import read_stated

    folder, problems, tables = box / PACKAGE, [], {}
    for table in read_stated(box / STATED).description.tables:
        made = folder / REPRODUCED / table.table
        if reason := _unusable(made):
            problems.append(
                sentences.RUN_OUTPUT(Place(file=f"{REPRODUCED}/{table.table}"), reason=reason)
            )
            continue
        try:
            compared = compare_folders(table.table, box / STATED / RESULTS / table.table, made)
        except WrongPackage as error:
            reason = "; ".join(p.text for p in error.problems)
            problems.append(
                sentences.RUN_OUTPUT(Place(file=f"{REPRODUCED}/{table.table}"), reason=reason)
            )
            continue
        tables[table.table] = compared.level
        problems += comparison_problems(compared, sentences.OTHER_OUTPUT)
    return {"tables": tables, "problems": [p.to_dict() for p in problems]}


def _unusable(folder: Path) -> str:
    """Reason why the files of a program are not read; "" where they can be: plain files in plain folders."""
    if not folder.is_dir() or folder.is_symlink() or folder.parent.is_symlink():
        return "there is no folder"
    odd = [p.name for p in folder.rglob("*") if p.is_symlink() or not (p.is_file() or p.is_dir())]
    return f"{odd[0]} is no plain file" if odd else ""


class _LessMemory:
    """Less address space than the process may have, for a while."""

    def __init__(self, megabytes: int) -> None:
        self._wanted = megabytes * 1024**2
        self._before = resource.getrlimit(resource.RLIMIT_AS)

    def __enter__(self) -> None:
        soft, hard = self._before
        known = [n for n in (self._wanted, soft, hard) if n != resource.RLIM_INFINITY]
        with suppress(ValueError, OSError):  # a system without this limit
            resource.setrlimit(resource.RLIMIT_AS, (min(known), hard))

    def __exit__(self, *_: object) -> None:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, self._before)


if __name__ == "__main__":
    csv.field_size_limit(64 * 1024**2)
    sys.exit(main())
