"""What carried each step of a followed finding between two editions: stored parts and units. Loads no Dagster."""

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
    Carriers,
    largest_parts,
    part_words,
    path_carriers,
)
from living_panel.estimation.findings.declared import followed
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
PART, UNIT = "part", "unit"
"""Kinds of rows: a part of the change; the change that remains without a unit."""
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


def split_steps(settings: Settings, specs: Sequence[Spec]) -> int:
    """Split the change of each step between noted editions, as far as that is not there; how many were missing.

    Parameters
    ----------
    settings : Settings
        The data root, whose note `editions` names the artifacts.
    specs : sequence of Spec
        The followed tables.
    """
    code = module_version(MODULE)
    noted = {step["identity"]: step for step in state.read(settings.root, NOTE)}
    entries: list[Entry] = state.read(settings.root, "editions")
    steps: list[Step] = []
    calls, asked = [], []
    for spec in specs:
        mine, wanted = [e for e in entries if e["table_id"] == spec.table], terms_of(spec)
        pairs = [(old, new, _identity(old, new, wanted, code)) for old, new in pairwise(mine)]
        missing = [i for i, (_, _, identity) in enumerate(pairs) if identity not in noted]
        if missing:
            path = mine[missing[0] : missing[-1] + 2]
            folders = [settings.releases / e["release_id"] for e in path]
            calls.append(partial(found_in_steps, spec, folders, wanted))
            asked.append(pairs[missing[0] : missing[-1] + 1])
        steps += [noted[identity] for _, _, identity in pairs if identity in noted]
    number = 0
    for pairs, parts in zip(asked, compute(calls), strict=True):
        known = {step["identity"] for step in steps}
        for (old, new, identity), rows in zip(pairs, parts, strict=True):
            if identity not in known:
                steps.append(_step(old, new, identity, rows))
                number += 1
    order = {step["identity"]: place for place, step in enumerate(steps)}
    steps.sort(key=lambda step: (step["table_id"], order[step["identity"]]))
    state.write(settings.root, NOTE, steps)
    return number


def found_in_steps(
    spec: Spec, folders: Sequence[Path], wanted: Mapping[str, Sequence[str]]
) -> list[list[dict[str, Any]]]:
    """Rows of each step between neighbouring releases."""
    releases = [release_in(folder) for folder in folders]
    carriers = path_carriers([(spec, release) for release in releases], wanted)
    return [
        [
            {"model": model, "term": term, **row}
            for (model, term), carriers in step.items()
            for row in _rows(carriers, old, new, spec)
        ]
        for step, (old, new) in zip(carriers, pairwise(releases), strict=True)
    ]


def _rows(of: Carriers, old: Release, new: Release, spec: Spec) -> Iterator[dict[str, Any]]:
    for part, value in largest_parts(of, DIGITS_OF_PARTS):
        label = part_words(part, of, new, spec.unit)
        yield {"kind": PART, "name": part, "label": label, "change": value}
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
    of_paper = {
        e["table_id"]: str(
            artifact.read_manifest(settings.artifacts / e["table_id"] / e["artifact_id"])["spec"][
                "paper"
            ]
        )
        for e in {e["table_id"]: e for e in state.read(settings.root, "editions")}.values()
    }
    rows = [
        row
        for step in state.read(settings.root, NOTE)
        if (paper := of_paper.get(step["table_id"]))
        for row in _path_rows(step, paper, papers)
    ]
    return pd.DataFrame(rows, columns=[*STEP_COLUMNS])


def _path_rows(step: Step, paper: str, papers: Path) -> Iterator[dict[str, Any]]:
    place = {k: step[k] for k in ("data_set", "table_id", "from_edition", "to_edition")}
    for finding, of in followed(paper, papers):
        if of.table == step["table_id"]:
            for path in of.paths:
                names = {"paper": paper, "finding": finding.id, "path": path.title}
                for row in step["rows"]:
                    if (row["model"], row["term"]) == (path.model, path.term):
                        yield {**place, **names, **row}
