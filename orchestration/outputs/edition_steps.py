"""Each step of a followed finding between two editions: its parts, its units and its test. Loads no Dagster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.carriers import (
    NAMED,
    PERIODS,
    UNITS,
    Carriers,
    ReleasePath,
    largest_parts,
    part_words,
)
from living_panel.estimation.findings.declared import base_of, followed
from living_panel.estimation.findings.steps import PairedTest
from living_panel.estimation.panel.canonical import ZERO_BELOW, document_hash
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS, Spec
from living_panel.orchestration.outputs.table_artifact import release_in
from living_panel.orchestration.root import state
from living_panel.orchestration.root.processes import compute
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import module_version

NOTE = "edition_steps"
MODULE = "living_panel.estimation.artifacts.carriers"
PART, UNIT, TEST = "part", "unit", "test"
"""Kinds of rows: a part of the change; the change that remains without a unit; the paired test of the change."""
PART_NAMES = {UNITS: "units", PERIODS: "periods"}
"""Names of parts in SQL, where that of the panel would be wrong of countries."""
STEP_COLUMNS = {
    "data_set": "varchar", "paper": "varchar", "table_id": "varchar", "finding": "varchar", "path": "varchar",
    "model": "varchar", "term": "varchar", "from_edition": "varchar", "to_edition": "varchar", "kind": "varchar",
    "name": "varchar", "label": "varchar", "change": "double",
}  # fmt: skip
ABOUT_STEPS = (
    "Parts of each change from one edition to the next, and the change without each of some units"
)
DIGITS_OF_PARTS = 6
Entry = dict[str, str]
Step = dict[str, Any]


def terms_of(spec: Spec, papers: Path = PAPERS) -> dict[str, list[str]]:
    """Terms of each model of a table that a finding follows."""
    terms: dict[str, dict[str, None]] = {}
    for _, of in followed(spec.paper, papers):
        if of.table == spec.table:
            for path in of.paths:
                terms.setdefault(path.model, {})[path.term] = None
    return {model: [*terms] for model, terms in terms.items()}


def split_steps(settings: Settings, specs: Sequence[Spec], papers: Path = PAPERS) -> int:
    """Split and test the changes between noted editions, as far as that is not there; how many were missing.

    A step between neighbouring editions is split into its parts and tested. Each edition is tested against the base
    of each finding of the table as well.

    Parameters
    ----------
    settings : Settings
        The data root, whose note `editions` names the artifacts.
    specs : sequence of Spec
        The followed tables.
    papers : Path
        Folder of all papers.
    """
    code = module_version(MODULE)
    noted = {step["identity"]: step for step in state.read(settings.root, NOTE)}
    entries: list[Entry] = state.read(settings.root, "editions")
    steps: list[Step] = []
    calls, asked = [], []
    for spec in specs:
        mine, wanted = [e for e in entries if e["table_id"] == spec.table], terms_of(spec)
        identity = {
            (i, j): _identity(mine[i], mine[j], wanted, code)
            for i, j in _pairs(mine, bases_of(spec, [e["edition"] for e in mine], papers))
        }
        missing = [pair for pair, name in identity.items() if name not in noted]
        if missing:
            folders = {
                i: settings.releases / mine[i]["release_id"] for pair in missing for i in pair
            }
            calls.append(partial(found_in_steps, spec, folders, wanted, missing))
            asked.append([(mine[i], mine[j], identity[i, j]) for i, j in missing])
        steps += [noted[name] for name in identity.values() if name in noted]
    for pairs, found in zip(asked, compute(calls), strict=True):
        steps += [_step(*pair, rows) for pair, rows in zip(pairs, found, strict=True)]
    place = {(e["table_id"], e["edition"]): number for number, e in enumerate(entries)}
    steps.sort(
        key=lambda step: [
            step["table_id"],
            *(place[step["table_id"], step[end]] for end in ("to_edition", "from_edition")),
        ]
    )
    state.write(settings.root, NOTE, steps)
    return sum(map(len, asked))


def bases_of(spec: Spec, editions: Sequence[str], papers: Path = PAPERS) -> set[str]:
    """Editions with which the others are compared: by each finding of a table the one that its paper used."""
    return {
        base_of(of, editions) for _, of in followed(spec.paper, papers) if of.table == spec.table
    }


def _pairs(entries: Sequence[Entry], bases: set[str]) -> list[tuple[int, int]]:
    """Neighbouring editions, and each base with every other edition, by their places."""
    places = range(len(entries))
    with_base = [(i, j) for i in places if entries[i]["edition"] in bases for j in places if i != j]
    return list(dict.fromkeys([*pairwise(places), *with_base]))


def found_in_steps(
    spec: Spec,
    folders: Mapping[int, Path],
    wanted: Mapping[str, Sequence[str]],
    pairs: Sequence[tuple[int, int]],
) -> list[list[dict[str, Any]]]:
    """Rows of each pair of releases; those of neighbours have parts and units."""
    order = sorted(folders)
    releases = {i: release_in(folders[i]) for i in order}
    path = ReleasePath([(spec, releases[i]) for i in order], wanted)
    found = []
    for i, j in pairs:
        ends = order.index(i), order.index(j)
        split = path.carriers(*ends) if j == i + 1 else {}
        rows = [
            *((key, row) for key, of in split.items() for row in _rows(of, releases[i], releases[j], spec)),
            *((key, _test_row(test)) for key, test in path.tests(*ends).items()),
        ]  # fmt: skip
        found.append([{"model": model, "term": term, **row} for (model, term), row in rows])
    return found


def _test_row(test: PairedTest) -> dict[str, Any]:
    return {"kind": TEST, "name": "", "label": "", "change": test.difference, "std_error": test.std_error,
            "p_value": test.p_value, "n_groups": test.n_groups, "bandwidth": test.bandwidth}  # fmt: skip


def _rows(of: Carriers, old: Release, new: Release, spec: Spec) -> Iterator[dict[str, Any]]:
    for part, value in largest_parts(of, DIGITS_OF_PARTS):
        label = part_words(part, of, new, spec.unit)
        yield {"kind": PART, "name": PART_NAMES.get(part, part), "label": label, "change": value}
    names = {**old.unit_names, **new.unit_names}
    for unit, value in of.without.head(NAMED).items():
        if abs(value - of.change) > ZERO_BELOW:
            label = names.get(str(unit), str(unit))
            yield {"kind": UNIT, "name": str(unit), "label": label, "change": float(value)}


def _identity(old: Entry, new: Entry, wanted: Mapping[str, Sequence[str]], code: str) -> str:
    """Hash of the two artifacts, the terms and the code: equal ones have equal parts."""
    artifacts = [e["artifact_id"] for e in (old, new)]
    return document_hash([*artifacts, {m: list(t) for m, t in wanted.items()}, code])[:16]


def _step(old: Entry, new: Entry, identity: str, rows: list[dict[str, Any]]) -> Step:
    return {
        "data_set": new["data_set"], "table_id": new["table_id"], "from_edition": old["edition"],
        "to_edition": new["edition"], "identity": identity, "rows": rows,
    }  # fmt: skip


def edition_steps(settings: Settings, papers: Path = PAPERS) -> pd.DataFrame:
    """One row for each part and unit of each step of each followed path; see `STEP_COLUMNS`."""
    rows = [row for row in _stored(settings, papers) if row["kind"] != TEST]
    return pd.DataFrame(rows, columns=[*STEP_COLUMNS])


def tested_steps(settings: Settings, papers: Path = PAPERS) -> pd.DataFrame:
    """One row for each paired test: neighbouring editions, and a base with another edition."""
    rows = [row for row in _stored(settings, papers) if row["kind"] == TEST]
    return pd.DataFrame(
        rows, columns=[*STEP_COLUMNS, "std_error", "p_value", "n_groups", "bandwidth"]
    )


def _stored(settings: Settings, papers: Path) -> Iterator[dict[str, Any]]:
    of_paper = {
        e["table_id"]: str(
            artifact.read_manifest(settings.artifacts / e["table_id"] / e["artifact_id"])["spec"][
                "paper"
            ]
        )
        for e in {e["table_id"]: e for e in state.read(settings.root, "editions")}.values()
    }
    for step in state.read(settings.root, NOTE):
        if paper := of_paper.get(step["table_id"]):
            yield from _path_rows(step, paper, papers)


def _path_rows(step: Step, paper: str, papers: Path) -> Iterator[dict[str, Any]]:
    place = {k: step[k] for k in ("data_set", "table_id", "from_edition", "to_edition")}
    for finding, of in followed(paper, papers):
        if of.table == step["table_id"]:
            for path in of.paths:
                names = {"paper": paper, "finding": finding.id, "path": path.title}
                for row in step["rows"]:
                    if (row["model"], row["term"]) == (path.model, path.term):
                        yield {**place, **names, **row}
