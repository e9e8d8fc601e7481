"""Steps that a refresh can leave out: their results are stored, and the steps would find them as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import dagster as dg

from living_panel.estimation.panel.spec import Spec
from living_panel.orchestration.assets.publication import is_built
from living_panel.orchestration.assets.release import release_key
from living_panel.orchestration.outputs import store
from living_panel.orchestration.outputs.releases import (
    current_release,
    find_frozen_data,
    find_paper_data,
)
from living_panel.orchestration.outputs.table_artifact import artifact_folder, name_of
from living_panel.orchestration.root import last_refresh, ledger, published, state
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Missing

ALL_TABLES = {"living_panel/tables": "all"}
"""Tags of a run over all tables, some of whose steps may be left out."""


def steps_left_out(
    settings: Settings,
    instance: dg.DagsterInstance,
    specs: Sequence[Spec],
    assets: Mapping[dg.AssetKey, dg.AssetSpec],
    of_panel: Collection[dg.AssetKey],
) -> set[dg.AssetKey]:
    """Return the assets whose steps would change nothing.

    Those of the panel (`of_panel`), if nothing came in since the last whole refresh, and its release is the published
    one. The release of a paper's own data, if it was frozen from the same files by the same code. A published table,
    if it is of such a release and as it was put. Dagster's record has each asset by the present code.
    """
    try:
        published_tables = {e["table_id"]: e for e in state.read(settings.root, "current")}
        panel = find_panel(settings)
    except state.Damaged:
        return set()  # named by the run
    by_data: dict[Path | None, list[Spec]] = {}
    for spec in specs:
        by_data.setdefault(find_paper_data(spec), []).append(spec)
    keys = set(of_panel) if panel else set()
    for data, tables in by_data.items():
        release = find_frozen_data(settings, data) if data else panel
        if release:
            stored = (s for s in tables if _is_stored(settings, s, release, published_tables))
            keys |= {release_key(tables[0]), *map(table_key, stored)}
    made_by = instance.get_latest_materialization_code_versions([*keys])
    known = {key for key in keys if made_by[key] == assets[key].code_version}
    return known if known >= keys & set(of_panel) else known - set(of_panel)


def find_panel(settings: Settings) -> Path | None:
    """Folder of the panel's release, if the steps that make it would find it as it is; else None.

    Raises
    ------
    Damaged
        If a list of the state cannot be read.
    """
    try:
        release = current_release(settings, None)
    except Missing:
        return None
    is_same = (
        release.name == published.about(settings).get("release_id")
        and not state.read(settings.root, "failures")  # a check that failed is looked at again
        and last_refresh.is_ingested(settings)
        and not ledger.check(settings.root, ("receipt",))
        and is_built(settings, "marts")
        and not store.verify(settings.root, "release", release.name)
    )
    return release if is_same else None


def _is_stored(
    settings: Settings, spec: Spec, release: Path, published_tables: Mapping[str, Mapping[str, str]]
) -> bool:
    """Whether a published table is the one that its step would find."""
    folder = artifact_folder(settings.artifacts, spec, release)
    entry = {"table_id": spec.table, "artifact_id": folder.name, "release_id": release.name}
    return published_tables.get(spec.table) == entry and not store.verify(
        settings.root, "artifact", name_of(folder)
    )


def table_key(spec: Spec) -> dg.AssetKey:
    """Key of the asset of a table."""
    return dg.AssetKey(["artifacts", spec.table])
