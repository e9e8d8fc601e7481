"""Steps that a refresh can leave out: of tables on papers' own data that the store has, as their steps would find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg

from living_panel.estimation.panel.spec import Spec
from living_panel.orchestration.assets.release import release_key
from living_panel.orchestration.outputs import store
from living_panel.orchestration.outputs.releases import find_frozen_data, find_paper_data
from living_panel.orchestration.outputs.table_artifact import artifact_folder, name_of
from living_panel.orchestration.root import state
from living_panel.orchestration.root.settings import Settings

ALL_TABLES = {"living_panel/tables": "all"}
"""Tags of a run over all tables, some of whose steps may be left out."""


def steps_left_out(
    settings: Settings,
    instance: dg.DagsterInstance,
    specs: Sequence[Spec],
    assets: Mapping[dg.AssetKey, dg.AssetSpec],
) -> set[dg.AssetKey]:
    """Return the releases and tables on papers' own data whose steps would change nothing.

    The files and the code of such a paper are those of its release. Its published tables are of that release, and as
    they were put. Dagster's record has each asset by the present code.
    """
    try:
        published = {e["table_id"]: e for e in state.read(settings.root, "current")}
    except state.Damaged:
        return set()  # named by the run
    papers: dict[Path, list[Spec]] = {}
    for spec in specs:
        if data := find_paper_data(spec):
            papers.setdefault(data, []).append(spec)
    keys: set[dg.AssetKey] = set()
    for data, tables in papers.items():
        release = find_frozen_data(settings, data)
        if release and all(_is_stored(settings, spec, release, published) for spec in tables):
            keys |= {release_key(tables[0]), *(table_key(spec) for spec in tables)}
    made_by = instance.get_latest_materialization_code_versions([*keys])
    return {key for key in keys if made_by[key] == assets[key].code_version}


def _is_stored(
    settings: Settings, spec: Spec, release: Path, published: Mapping[str, Mapping[str, str]]
) -> bool:
    """Whether a published table is the one that its step would find."""
    folder = artifact_folder(settings.artifacts, spec, release)
    entry = {"table_id": spec.table, "artifact_id": folder.name, "release_id": release.name}
    return published.get(spec.table) == entry and not store.verify(
        settings.root, "artifact", name_of(folder)
    )


def table_key(spec: Spec) -> dg.AssetKey:
    """Key of the asset of a table."""
    return dg.AssetKey(["artifacts", spec.table])
