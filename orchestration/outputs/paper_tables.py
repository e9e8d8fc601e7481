"""The data that papers bring, as tables of the published file: one in the schema `papers` for each paper."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from living_panel.estimation.panel.sql import literal, quoted
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.root.settings import Settings

SCHEMA = "papers"
OWN = """
select panel.province_code as unit, units.province as unit_name, panel.* exclude (province_code)
from read_parquet($panel) as panel
left join read_parquet($units) as units on panel.province_code = units.province_code
"""
"""Rows of a release of a paper's own data: unit, its name, period and measures."""


def own_releases(settings: Settings, entries: Sequence[Mapping[str, str]]) -> dict[str, Path]:
    """Folder of the release of each paper that brings its data, by the paper's name; `entries` are current tables."""
    releases = {}
    for entry in entries:
        release = settings.releases / entry["release_id"]
        artifact = manifest_or_empty(settings.artifacts / entry["table_id"] / entry["artifact_id"])
        paper = artifact.get("spec", {}).get("paper")
        is_own = not is_of_panel(manifest_or_empty(release))
        if paper and is_own and (release / "panel.parquet").is_file():
            releases[str(paper)] = release
    return dict(sorted(releases.items()))


def write_paper_tables(target: Path, releases: Mapping[str, Path]) -> None:
    """Write one table for each paper's release into a warehouse file, with titles and units as comments."""
    with duckdb.connect(str(target)) as connection:
        connection.begin()
        connection.execute(f"drop schema if exists {SCHEMA} cascade")
        if releases:
            connection.execute(f"create schema {SCHEMA}")
        for paper, release in releases.items():
            name = f"{SCHEMA}.{quoted(paper)}"
            files = {part: str(release / f"{part}.parquet") for part in ("panel", "provinces")}
            connection.execute(
                f"create table {name} as {OWN} order by all",
                {"panel": files["panel"], "units": files["provinces"]},
            )
            connection.execute(f"comment on table {name} is {literal(f'release {release.name}')}")
            titles = connection.execute(
                "select measure, title || ', ' || unit from read_parquet(?)",
                [str(release / "indicators.parquet")],
            ).fetchall()
            for measure, title in titles:
                if title:
                    connection.execute(
                        f"comment on column {name}.{quoted(measure)} is {literal(title)}"
                    )
        connection.commit()
        connection.execute("checkpoint")


def paper_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Release of each paper's table in a warehouse file, by the paper's name."""
    rows = connection.execute(
        "select table_name, comment from duckdb_tables() where schema_name = ? order by 1", [SCHEMA]
    ).fetchall()
    return {name: str(comment).removeprefix("release ") for name, comment in rows}


def other_tables(
    connection: duckdb.DuckDBPyConnection, releases: Path
) -> Iterator[tuple[str, str, int]]:
    """Papers' tables that are not their releases, each with its release and the number of differing rows."""
    for paper, release in paper_tables(connection).items():
        folder = releases / release
        name = f"{SCHEMA}.{quoted(paper)}"
        if not (folder / "panel.parquet").is_file():
            continue  # removed on purpose, or named with the ledger's findings
        (differing,) = connection.execute(
            f"with there as ({OWN}) select count(*) from ("
            f"(from {name} except all from there) union all (from there except all from {name}))",
            {"panel": str(folder / "panel.parquet"), "units": str(folder / "provinces.parquet")},
        ).fetchall()[0]
        if differing:
            yield f"{SCHEMA}.{paper}", release, int(differing)


def manifest_or_empty(folder: Path) -> dict[str, Any]:
    """Manifest of a release or an artifact; empty where it cannot be read, which others name."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def is_of_panel(release: Mapping[str, Any]) -> bool:
    """Whether a manifest is that of a release of the panel, not of a paper's data, which can rest on several sources.

    Early releases did not name the editions that were offered, so the catalog decides there.
    """
    sources = {source["source"] for source in release.get("sources", ())}
    return "offered" in release or (bool(sources) and sources <= {*catalog.names()})
