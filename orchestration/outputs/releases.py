"""The release that a table is estimated on: frozen, found, or read for a trial. Loads no Dagster.

The panel's release comes from the marts, the others from the data that papers bring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.panel.marked_yaml import Marked, nearest
from living_panel.estimation.panel.release import (
    TABLES,
    WHOLE_RELEASE_KINDS,
    Release,
    load_release,
    release_id,
)
from living_panel.estimation.panel.spec import PAPER_FILE, Spec, spec_folder
from living_panel.estimation.papers.paper_data import empty_frames
from living_panel.estimation.papers.source import (
    SetEdition,
    find_data_folder,
    is_published,
    origin_of,
)
from living_panel.ingestion.provenance.catalog import all_editions, has_sources
from living_panel.orchestration.outputs.release_files import (
    find_frozen,
    freeze_frames,
    freeze_paper,
    release_for_trial,
)
from living_panel.orchestration.root import published, state
from living_panel.orchestration.root.settings import Settings
from living_panel.orchestration.root.versions import module_version
from living_panel.problems import Missing, Place, Problem


def freeze(settings: Settings, as_of: str | None) -> Path:
    """Write the release of the built marts, and return its folder; an existing one stays as it is."""
    build_file = settings.build_file(as_of)
    return freeze_frames(settings, _marts(build_file), offered=_offered(build_file))


def freeze_empty(settings: Settings) -> Path:
    """Write the release of a panel without rows: of a date before the first edition of any source."""
    return freeze_frames(settings, empty_frames(), offered=[])


def release_for(settings: Settings, spec: Spec, as_of: str | None) -> Path:
    """Folder of the release a table is estimated on: the panel, or its paper's own data, frozen where they are not."""
    data = find_paper_data(spec)
    if data is None:
        return current_release(settings, as_of)
    if as_of is not None and origin_of(data, SetEdition) is not None:  # an edition of then
        return freeze_paper(settings, data, freezing_code(), as_of=as_of)
    return freeze_data(settings, data)


def was_published(spec: Spec, as_of: str) -> bool:
    """Whether the data of a table existed on a date: the panel from its first edition on."""
    data = find_paper_data(spec)
    if data is None:
        return has_panel(as_of)
    return is_published(data, as_of)


def has_panel(as_of: str) -> bool:
    """Whether any source had an edition by then."""
    return int(as_of[:4]) >= min(all_editions())


def trial_release(settings: Settings, spec: Spec) -> Release:
    """Release on which a table is tried: the published panel, or its paper's data as they are now.

    Nothing is written.
    """
    data = find_paper_data(spec)
    if data is None:
        return load_release(published_release(settings))
    whole = spec.kind in WHOLE_RELEASE_KINDS  # these print the name of the release
    return release_for_trial(settings, data, freezing_code(), with_identity=whole)


@cache
def freeze_data(settings: Settings, data: Path) -> Path:
    """Write the release of the data that a paper brings, once a process, and return its folder."""
    return freeze_paper(settings, data, freezing_code())


def find_frozen_data(settings: Settings, data: Path) -> Path | None:
    """Return the folder that `freeze_data` would find as it is; None where the data changed, or are wrong."""
    try:
        return find_frozen(settings, data, freezing_code())
    except (OSError, ValueError):
        return None


def freezing_code() -> str:
    """Version of the code that reads papers' data and freezes them."""
    return module_version("living_panel.orchestration.outputs.release_files")


def is_on_panel(spec: Spec) -> bool:
    """Whether a table is estimated on the warehouse's panel, and not on its paper's own data."""
    return find_paper_data(spec) is None


def unknown_measures(path: Path, spec: Spec, names: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each measure of a role that the panel lacks, where the role says so: here or in the paper."""
    marked, paper = Marked(path), path.parents[1] / PAPER_FILE
    known = list(names)
    for role, variable in spec.variables.items():
        for key in ("measures", "per", "deflate_by"):
            value = getattr(variable, key)
            for measure in value if isinstance(value, list) else [value] if value else []:
                if measure in known:
                    continue
                variables = marked.content.get("variables")
                here = isinstance(variables, dict) and key in (variables.get(role) or {})
                place = ("variables", role, key) if here else ("roles", role, key)
                yield Code.SPEC_MEASURE(
                    "the release has no measure {measure!r}",
                    "write {choices:or}",
                    (marked if here or not paper.is_file() else Marked(paper)).place(place),
                    measure=measure,
                    choices=nearest(measure, known),
                )


def find_paper_data(spec: Spec) -> Path | None:
    """Folder of the data that a table's paper brings; None where it is estimated on the panel."""
    return find_data_folder(spec_folder() / spec.paper) if spec.paper else None


def _marts(build_file: Path) -> dict[str, pd.DataFrame]:
    if not has_sources():
        return empty_frames()
    with duckdb.connect(str(build_file), read_only=True) as connection:
        return {
            name: connection.execute(f"select * from marts.{name} order by all").df()
            for name in TABLES
        }


def _offered(build_file: Path) -> list[dict[str, Any]]:
    """Editions that a build knew, from every value that was printed in them."""
    if not has_sources():
        return []
    with duckdb.connect(str(build_file), read_only=True) as connection:
        rows = connection.execute(
            "select distinct source, edition, vintage from marts.prints order by all"
        ).fetchall()
    return [{"source": s, "edition": int(e), "vintage": str(v)} for s, e, v in rows]


def built_release(build_file: Path) -> str:
    """Return the id of the release that the built marts give."""
    return release_id(_marts(build_file))


def remember(settings: Settings, as_of: str | None, identity: str) -> None:
    """Note which release this vantage's build ended in, for the assets that follow."""
    known = state.read(settings.root, "release")
    state.write(settings.root, "release", known | {state.vantage(as_of): identity})


def current_release(settings: Settings, as_of: str | None) -> Path:
    """Folder of the release that this vantage's build ended in.

    Raises
    ------
    FileNotFoundError
        If there is none yet; names the remedy.
    """
    known = state.read(settings.root, "release")
    # the release that a root of an older version published is the one it built last
    found = known.get(state.vantage(as_of)) or (known.get("current") if as_of is None else None)
    if found is None:
        raise Missing(
            Code.NOT_BUILT(
                "this edition or date has no release yet",
                "run `make run`, or materialise release/panel first",
                Place(file=str(settings.releases)),
            )
        )
    return settings.releases / found


def published_release(settings: Settings) -> Path:
    """Folder of the panel's release in the published state.

    Raises
    ------
    FileNotFoundError
        If nothing was published yet; names the remedy.
    """
    found = published.about(settings).get("release_id")
    return settings.releases / str(found) if found else current_release(settings, None)
