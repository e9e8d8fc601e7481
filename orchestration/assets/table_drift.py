"""Changes of one table between two states, and their causes. Loads no Dagster: child processes run this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from living_panel.estimation.artifacts import artifact
from living_panel.estimation.artifacts.carriers import (
    DIGITS,
    ReleasePath,
    carrier_sentences,
)
from living_panel.estimation.artifacts.comparison import KEYS, compare_numbers, read_numbers
from living_panel.estimation.artifacts.drift import State, absent_state, changed_cells, decompose
from living_panel.estimation.artifacts.respecified import Change, spec_changes
from living_panel.estimation.econometrics.statistic import starless
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Unit, stored_spec
from living_panel.estimation.tables import estimate
from living_panel.estimation.tables.result import stars
from living_panel.orchestration.outputs.edition_steps import terms_of
from living_panel.orchestration.outputs.table_artifact import release_in

Ids = tuple[str | None, str | None]
"""Stored results of a table in the earlier and in the later state; None if a state lacks the table."""


@dataclass(frozen=True)
class Places:
    """Folders that a comparison reads: artifacts, the two releases, the older first, and specs."""

    artifacts: Path
    releases: tuple[Path, Path]
    specs: Path


@dataclass(frozen=True)
class TableDrift:
    """Movements of a table's coefficients, None without any, and what the newer state says of the table.

    `figures_status` is None without an estimate. `changes` are those of its spec. `is_same` tells that the
    artifacts differ, by the version of the code or of its libraries, and all their numbers are equal. `unit` is that
    of its panel. `carried` says what carried the change of each coefficient that a finding follows.
    """

    drift: pd.DataFrame | None
    changes: list[Change]
    paper: str
    figures_status: str | None
    is_curve: bool
    is_same: bool
    unit: Unit | None = None
    carried: tuple[str, ...] = ()


def compare_table(places: Places, asked: tuple[str, Ids]) -> TableDrift:
    """Compare one table, given with its artifacts, on the two releases.

    All its mixtures of the two are estimated in one process, in which equal samples are estimated once.
    """
    table, ids = asked
    (was, before), (is_now, manifest) = (
        read_state(places, release_in(folder), table, identity)
        for folder, identity in zip(places.releases, ids, strict=True)
    )
    kind = manifest["spec"]["kind"] if manifest else ""
    points = estimate.points if kind and estimate.gives_points(kind) else None
    moves = len(was.stored) or len(is_now.stored)
    drift = decompose(table, was, is_now, points, _cells(places.releases)) if moves else None
    is_still = (
        drift is None or set(drift["status"]) <= {"unchanged"}
    ) and was.absent == is_now.absent
    return TableDrift(
        drift=drift,
        changes=spec_changes(before, manifest),
        paper=str(manifest["spec"].get("paper", "")) if manifest else "",
        figures_status=manifest["figures_status"] if manifest and not is_now.absent else None,
        is_curve=kind == "curve",
        is_same=is_still
        and ids[0] != ids[1]
        and (not moves or _has_same_numbers(places, table, ids)),
        unit=is_now.spec.unit if is_now.spec else None,
        carried=() if is_still else tuple(_carried(places, was, is_now)),
    )


def _carried(places: Places, was: State, is_now: State) -> Iterator[str]:
    """What carried the changes of followed coefficients between two states of a data set, one sentence each."""
    if was.spec is None or is_now.spec is None or was.absent or is_now.absent:
        return
    releases = (was.release, is_now.release)
    if releases[0].release_id == releases[1].release_id or not is_now.spec.paper:
        return
    wanted = terms_of(is_now.spec, places.specs)
    if not wanted:
        return
    sides = [(was.spec, releases[0]), (is_now.spec, releases[1])]
    for (model, term), carrier in ReleasePath(sides, wanted).carriers(0, 1).items():
        if abs(carrier.change) >= 10**-DIGITS:
            sentences = " ".join(carrier_sentences(carrier, *releases, is_now.spec.unit))
            yield f"{is_now.spec.table} {model} {term}: {sentences}"


def _has_same_numbers(places: Places, table: str, ids: Ids) -> bool:
    """Whether two artifacts agree in every number of the columns that both versions store."""
    stated, other = (read_numbers(places.artifacts / table / str(identity)) for identity in ids)
    if stated.keys() != other.keys():
        return False
    for name in stated:
        shared = [column for column in stated[name] if column in other[name]]
        if not {*KEYS[name]} <= {*shared}:
            return False  # stored in the form of an early version
        stated[name], other[name] = stated[name][shared], other[name][shared]
    return compare_numbers(table, stated, other).level != "different"


@lru_cache(maxsize=1)
def _cells(releases: tuple[Path, Path]) -> pd.DataFrame:
    return changed_cells(*map(release_in, releases))


def read_state(
    places: Places, release: Release, table: str, identity: str | None
) -> tuple[State, dict[str, Any] | None]:
    """A former table, with its manifest; without a spec if today's code cannot read it."""
    if identity is None:
        return absent_state(release, "the table is not among these results"), None
    folder = places.artifacts / table / identity
    manifest = artifact.read_manifest(folder)
    written = manifest["spec"]
    try:
        spec = stored_spec(written, places.specs)
    except ValueError:
        spec = None
    coefficients = pd.read_parquet(folder / "coefficients.parquet")
    statistics = artifact.read_statistics(folder)
    key = ["model", "term"]
    first = artifact.primary_rows(coefficients, manifest).drop_duplicates(key).set_index(key)
    without = starless(statistics)
    marks = {
        (model, term): "" if model in without else stars(p, written["stars"])
        for (model, term), p in first["p_value"].items()
    }
    every = coefficients.drop_duplicates(key).set_index(key)["estimate"]
    state = State(
        release=release,
        spec=spec,
        stored=every,
        stars=marks,
        std_errors=_errors(coefficients, manifest),
        undecided=artifact.undecided_stars(coefficients, statistics, manifest),
        refusals=artifact.read_refusals(folder, statistics),
        absent="" if manifest["status"] == "estimated" else f"not estimable: {manifest['reason']}",
    )
    return state, manifest


def _errors(
    coefficients: pd.DataFrame, manifest: Mapping[str, Any]
) -> dict[tuple[str, str], float]:
    """Standard errors by model and term as the table prints them, a labelled one where brackets hold none."""
    shown = artifact.shown_coefficients(coefficients, manifest)
    errors = {
        (row["model"], row["term"]): row["second_error"]
        if row["second_inference"]
        else row["std_error"]
        for row in shown
    }
    return {key: error for key, error in errors.items() if pd.notna(error)}
