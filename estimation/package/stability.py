"""Whether a table has the same numbers when it is estimated again with its rows in another order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pandas as pd

from living_panel.estimation.artifacts.artifact import result_hash
from living_panel.estimation.package import sentences
from living_panel.estimation.package.description import Description
from living_panel.estimation.panel.canonical import content_hash
from living_panel.estimation.panel.release import Release, load_release
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.source import SQL, find_data_folder, is_prepared, prepare
from living_panel.estimation.tables.estimate import estimate
from living_panel.problems import Place, Problem

SEED = 20261128
"""Seed of the order of rows."""
FRAMES = ("panel", "observations", "indicators", "provinces", "series_breaks", "national")


def shuffled(release: Release) -> Release:
    """Return a release with the rows of every frame in another order."""
    frames = {name: _shuffled(getattr(release, name)) for name in FRAMES}
    return replace(release, **frames)


def _shuffled(frame: pd.DataFrame) -> pd.DataFrame:
    mixed = frame.sample(frac=1, random_state=SEED)
    return mixed if frame.index.names != [None] else mixed.reset_index(drop=True)


def unstable(
    release_folder: Path,
    description: Description,
    specs: Mapping[str, Path],
    limits: Callable[[str], AbstractContextManager[None]],
    say: Callable[[str], None],
) -> Iterator[Problem]:
    """Estimate every table once more with shuffled rows; yield a problem for each other result hash.

    Parameters
    ----------
    release_folder : Path
        The frozen release that the tables were estimated on.
    description : Description
        Tables with their result hashes.
    specs : mapping
        File of each table's spec.
    limits : callable
        Holds one table, by its name, to its time and memory.
    say : callable
        Receives the progress.
    """
    data = find_data_folder(PAPERS / description.paper)
    if data is not None and is_prepared(data):
        say("making the panel again from raw files with shuffled rows")
        if content_hash(prepare(data, mix=True)) != content_hash(prepare(data)):
            yield sentences.UNSTABLE(Place(file=str(data / SQL)))
    release = shuffled(load_release(release_folder))
    for number, table in enumerate(description.tables, 1):
        say(
            f"estimating again with shuffled rows: {number} of {len(description.tables)}, {table.table}"
        )
        spec = load_spec(specs[table.table])
        with limits(spec.table):
            digest = result_hash(estimate(spec, release))
        if digest != table.result_hash:
            yield sentences.UNSTABLE(Place(table=table.table))
