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
from living_panel.estimation.findings.steps import LEVEL, PairedTest
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
Row = dict[str, Any]
Pair = tuple[int, int]


def terms_of(spec: Spec, papers: Path = PAPERS) -> dict[str, list[str]]:
    """Terms of each model of a table that a finding follows."""
    terms: dict[str, dict[str, None]] = {}
    for _, of in followed(spec.paper, papers):
        if of.table == spec.table:
            for path in of.paths:
                terms.setdefault(path.model, {})[path.term] = None
    return {model: [*terms] for model, terms in terms.items()}


def split_steps(
    settings: Settings, specs: Sequence[Spec], papers: Path = PAPERS, *, every: bool = False
) -> int:
    """Test and split the changes between noted editions, as far as that is not there; how many tests were missing.

    Each step between neighbouring editions is tested, and each edition against the base of each finding of the table.
    A step is split into its parts where it is the largest of its path, or its p-value is below 5 %.

    Parameters
    ----------
    settings : Settings
        The data root, whose note `editions` names the artifacts.
    specs : sequence of Spec
        The followed tables.
    papers : Path
        Folder of all papers.
    every : bool
        Split the other steps too.
    """
    code = module_version(MODULE)
    noted = {step["identity"]: step for step in state.read(settings.root, NOTE)}
    entries: list[Entry] = state.read(settings.root, "editions")
    steps: list[Step] = []
    calls, asked, missing = [], [], 0
    for spec in specs:
        mine, wanted = [e for e in entries if e["table_id"] == spec.table], terms_of(spec)
        identity = {
            (i, j): _identity(mine[i], mine[j], wanted, code)
            for i, j in _pairs(mine, bases_of(spec, [e["edition"] for e in mine], papers))
        }
        known = {pair: noted[name] for pair, name in identity.items() if name in noted}
        split = {pair: [*step.get("split", ())] for pair, step in known.items()}
        are_whole = all(len(split[pair]) == len(wanted) for pair in known if _is_step(pair))
        if len(known) == len(identity) and (are_whole or not every):
            steps += known.values()
            continue
        folders = {i: settings.releases / e["release_id"] for i, e in enumerate(mine)}
        rows = {pair: step["rows"] for pair, step in known.items()}
        calls.append(
            partial(found_in_steps, spec, folders, wanted, [*identity], rows, split, every)
        )
        asked.append({(i, j): (mine[i], mine[j], name) for (i, j), name in identity.items()})
        missing += len(identity) - len(known)
    for ends, (found, split) in zip(asked, compute(calls), strict=True):
        steps += [_step(*ends[pair], found[pair], split.get(pair, [])) for pair in found]
    place = {(e["table_id"], e["edition"]): number for number, e in enumerate(entries)}
    steps.sort(
        key=lambda step: [
            step["table_id"],
            *(place[step["table_id"], step[end]] for end in ("to_edition", "from_edition")),
        ]
    )
    state.write(settings.root, NOTE, steps)
    return missing


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
    pairs: Sequence[Pair],
    known: Mapping[Pair, list[Row]],
    split: Mapping[Pair, list[str]],
    every: bool,
) -> tuple[dict[Pair, list[Row]], dict[Pair, list[str]]]:
    """Rows of each pair of releases, and of each step between neighbours the models whose rows have parts and units.

    `known` has the rows found before, `split` the models of them with parts.
    """
    found = {pair: known.get(pair, []) for pair in pairs}
    releases = {i: release_in(folders[i]) for i in sorted(folders)}
    path = ReleasePath([(spec, release) for release in releases.values()], wanted)
    for pair in pairs:
        if pair not in known:
            tests = path.tests(*pair).items()
            found[pair] = [{"model": m, "term": t, **_test_row(test)} for (m, t), test in tests]
    steps = {pair: rows for pair, rows in found.items() if _is_step(pair)}
    asked = dict.fromkeys(steps, [*wanted]) if every else _to_split(steps)
    done = {pair: [*models] for pair, models in split.items()}
    for pair, models in asked.items():
        left = [model for model in models if model not in done.get(pair, ())]
        of_terms = path.carriers(*pair, left) if left else {}
        old, new = (releases[i] for i in pair)
        found[pair] = [
            *({"model": model, "term": term, **row}
              for (model, term), of in of_terms.items() for row in _rows(of, old, new, spec)),
            *found[pair],
        ]  # fmt: skip
        done[pair] = [*done.get(pair, ()), *left]
    return found, done


def _is_step(pair: Pair) -> bool:
    """Whether a pair is of neighbours, the older one first."""
    return pair[1] == pair[0] + 1


def _to_split(steps: Mapping[Pair, list[Row]]) -> dict[Pair, list[str]]:
    """Models to split at each step: it is the largest of a coefficient, or its p-value is below 5 %."""
    tests = [
        {**row, "pair": pair} for pair, rows in steps.items() for row in rows if row["kind"] == TEST
    ]
    if not tests:
        return {}
    frame = pd.DataFrame(tests)
    size = frame["change"].abs()
    largest = size == size.groupby([frame["model"], frame["term"]]).transform("max")
    chosen = frame[largest | (frame["p_value"] < LEVEL)]
    return {pair: [*dict.fromkeys(of["model"])] for pair, of in chosen.groupby("pair", sort=False)}


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


def _step(old: Entry, new: Entry, identity: str, rows: list[Row], split: list[str]) -> Step:
    return {
        "data_set": new["data_set"], "table_id": new["table_id"], "from_edition": old["edition"],
        "to_edition": new["edition"], "identity": identity, "split": split, "rows": rows,
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
