"""From marts to a release: the panel frozen in a folder named by its content.

Reading the built marts, the identity and manifest of a release, writing it whole in Parquet, CSV
and Stata.
"""

import hashlib
import json
import shutil
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd

from estimation.panel.periods import period_text
from estimation.panel.release import (
    RELEASE_SCHEMA,
    TABLES,
    ReleaseHashes,
    load_release,
    release_id,
)
from estimation.panel.spec import Spec
from estimation.panel.stata import measure_labels, number_units, stata_bytes
from estimation.papers.paper_data import empty_frames, find_data_folder, release_frames, source_of
from ingestion.catalog import has_sources
from ingestion.files import write_folder
from ingestion.problems import Missing, Place, Refused
from orchestration.assets import codes
from orchestration.assets.registry import Project, builds_assets
from orchestration.assets.resources import Workplace
from orchestration.assets.specs import spec_folder
from orchestration.dbt.metadata import markdown
from orchestration.root import ledger, published, state
from orchestration.root.settings import Settings
from orchestration.root.versions import module_version

PRIORITY_OF_PAPERS = "-3"
"""After the step of the first table, which asks the workers for several tables: they are busy meanwhile."""


def freeze(settings: Settings, as_of: str | None) -> Path:
    """Write the release of the built marts, and return its folder; an existing one stays as it is."""
    build_file = settings.build_file(as_of)
    return freeze_frames(settings, _marts(build_file), offered=_offered(build_file))


def release_for(settings: Settings, spec: Spec, as_of: str | None) -> Path:
    """Folder of the release a table is estimated on: its paper's own data, frozen here, or the panel."""
    data = _paper_data(spec)
    return current_release(settings, as_of) if data is None else _paper_release(settings, data)


_of_papers: dict[tuple[Settings, Path], Path] = {}
"""Releases of papers' data that this process has made or found."""


def _paper_release(settings: Settings, data: Path) -> Path:
    if (settings, data) not in _of_papers:
        _of_papers[settings, data] = freeze_frames(settings, release_frames(data))
    return _of_papers[settings, data]


def is_released(settings: Settings, spec: Spec) -> bool:
    """Whether this process has made or found the release of the paper's data that a table rests on."""
    data = _paper_data(spec)
    return data is not None and (settings, data) in _of_papers


def release_key(spec: Spec) -> dg.AssetKey:
    """Asset of the release a table is estimated on."""
    return dg.AssetKey(["release", "panel" if _paper_data(spec) is None else spec.paper])


def _paper_data(spec: Spec) -> Path | None:
    return find_data_folder(spec_folder() / spec.paper) if spec.paper else None


@builds_assets
def release_assets(project: Project) -> list[dg.AssetSpec | dg.AssetsDefinition]:
    """The release of the panel; for each paper that brings data, the data, which are in git, and their release."""
    papers = {s.paper: _paper_data(s) for s in project.specs}
    own = [
        asset
        for paper, data in sorted(papers.items())
        if data is not None
        for asset in (_paper_data_asset(paper, data), _paper_release_asset(paper, data))
    ]
    return [release_panel, *own]


def _paper_data_asset(paper: str, data: Path) -> dg.AssetSpec:
    told = source_of(data)
    return dg.AssetSpec(
        ["papers", paper],
        group_name=paper,
        description=f"Data that {paper} brings: {told['source']}, edition {told['edition']}, obtained "
        f"{told['vintage']}. They lie in {data}, are held against their form and never enter the panel.",
        metadata={"path": dg.MetadataValue.path(str(data)), "sha256": str(told["sha256"])},
        kinds={"csv"},
    )


def _paper_release_asset(paper: str, data: Path) -> dg.AssetsDefinition:
    @dg.asset(
        key=["release", paper],
        group_name=paper,
        deps=[dg.AssetKey(["papers", paper])],
        code_version=module_version("orchestration.assets.release"),
        op_tags={"dagster/priority": PRIORITY_OF_PAPERS},
        description=f"The frozen release of the data that {paper} brings; its tables are estimated on it.",
        kinds={"parquet"},
    )
    def paper_release(workplace: Workplace) -> dg.MaterializeResult:
        folder = _paper_release(workplace.settings, data)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(folder.name), metadata=_release_metadata(folder)
        )

    return paper_release


def _release_metadata(folder: Path) -> dict[str, Any]:
    release = load_release(folder)
    coverage = release.panel.notna().groupby(level="year").sum()
    coverage.index = coverage.index.map(period_text)
    return {
        "release_id": folder.name,
        "path": dg.MetadataValue.path(str(folder)),
        "dagster/row_count": len(release.panel),
        "figures by year": dg.MetadataValue.md(coverage.to_markdown()),
        "sources": dg.MetadataValue.md(markdown(pd.DataFrame(release.manifest["sources"]))),
    }


def freeze_frames(
    settings: Settings,
    frames: dict[str, pd.DataFrame],
    offered: Sequence[Mapping[str, Any]] | None = None,
) -> Path:
    """Write the release of six tables; an existing one stays as it is, and is verified.

    `offered` are the editions that were known when it was made, whether a cell of theirs won or not.
    """
    hashes = ReleaseHashes(frames)
    identity = hashes.release_id()
    folder = settings.releases / identity
    if not _is_intact(settings.root, folder):
        shutil.rmtree(folder, ignore_errors=True)
        files = _files(frames)
        manifest = {
            "release_schema": RELEASE_SCHEMA,
            "release_id": identity,
            **described(frames, hashes),
            **({} if offered is None else {"offered": list(offered)}),
            "files": [
                {"name": n, "sha256": hashlib.sha256(c).hexdigest()}
                for n, c in sorted(files.items())
            ],
        }
        files["manifest.json"] = json.dumps(manifest, indent=2, ensure_ascii=False).encode()
        write_folder(folder, files)
        ledger.record(settings.root, "release", identity)
    return folder


def _is_intact(root: Path, folder: Path) -> bool:
    """Whether a release is there, as it was published; one that is not is written anew."""
    try:
        return ledger.holds(root, "release", folder.name) and bool(load_release(folder))
    except (OSError, ValueError):
        return False


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


def described(frames: Mapping[str, pd.DataFrame], hashes: ReleaseHashes) -> dict[str, Any]:
    """The manifest's description of a release's tables, read from the tables, with their hashes."""
    years = frames["panel"]["year"]
    simulated = (frames["observations"]["status"] == "simulated").any()
    return {
        "first_year": None if years.empty else int(years.min()),
        "last_year": None if years.empty else int(years.max()),
        "rows": {name: len(frame) for name, frame in frames.items()},
        "figures": "simulated" if simulated else "official",
        "sources": _sources(frames["observations"]),
        **hashes.of_parts(),
    }


def _sources(observations: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Files the panel's cells come from."""
    columns = ["source", "edition", "vintage", "file", "sha256"]
    files = observations[columns].drop_duplicates().sort_values(columns)
    return files.astype({"edition": int, "vintage": str}).to_dict("records")


def _files(frames: dict[str, pd.DataFrame]) -> dict[str, bytes]:
    files = {f"{name}.parquet": frame.to_parquet(index=False) for name, frame in frames.items()}
    files["panel.csv"] = frames["panel"].to_csv(index=False, lineterminator="\n").encode()
    files["panel.dta"] = _stata(frames["panel"], frames["indicators"], frames["provinces"])
    return files


def _stata(panel: pd.DataFrame, indicators: pd.DataFrame, units: pd.DataFrame) -> bytes:
    """Stata 14 file, ready for `xtset id year`, its columns labelled by title and unit.

    `id` numbers the units and shows their names; Stata's limits are kept. Names over 32 characters would
    be refused by Stata, so by us; a label is cut at 80.
    """
    long = [c for c in panel.columns if len(c) > 32]
    if long:
        raise Refused(codes.LONG_STATA_NAMES(long=long))
    names = dict(zip(units["province_code"], units["province"].astype(str), strict=True))
    numbers = number_units(panel["province_code"])
    columns = {
        "id": panel["province_code"].map(numbers).astype("int32"),
        "year": panel["year"].astype("int32"),
        "province_code": panel["province_code"].astype(object),
        "province": panel["province_code"].map(names).astype(object),
    }
    measures = panel.drop(columns=["province_code", "year"])
    keys = {"id": "Unit, numbered", "year": "Period", "province_code": "Code of the unit",
            "province": "Name of the unit"}  # fmt: skip
    return stata_bytes(
        pd.DataFrame(columns).join(measures, rsuffix="_").sort_values(["id", "year"]),
        variable_labels=keys | measure_labels(indicators, panel.columns),
        value_labels={"id": {number: names[code] for code, number in numbers.items()}},
    )


@dg.asset(
    key=["release", "panel"],
    group_name="release",
    deps=[dg.AssetKey(["marts", name]) for name in TABLES if has_sources()],
    code_version=module_version("orchestration.assets.release"),
    pool="warehouse",
    kinds={"parquet"},
)
def release_panel(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult:
    """The frozen panel of the warehouse; without sources it has no rows, and papers bring their data."""
    folder = freeze(workplace.settings, None)
    remember(workplace.settings, None, folder.name)
    metadata = _release_metadata(folder)
    context.log.info(f"release {folder.name}: {metadata['dagster/row_count']} rows, {folder}")
    return dg.MaterializeResult(data_version=dg.DataVersion(folder.name), metadata=metadata)


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
        raise Missing(codes.NO_RELEASE(Place(file=str(settings.releases))))
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
