"""Papers' own data as tables of the published file: rows, comments, and a changed row that is found."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from living_panel.estimation.panel.release import load_release
from living_panel.estimation.panel.spec import PAPERS
from living_panel.orchestration.outputs.paper_tables import (
    is_of_panel,
    other_tables,
    own_releases,
    write_paper_tables,
)
from living_panel.orchestration.outputs.release_files import freeze_paper
from living_panel.orchestration.root.settings import Settings


def root_of(tmp_path: Path) -> tuple[Settings, list[dict[str, str]]]:
    """A root with the release of one paper's data, and the list of its table and one on the panel."""
    settings = Settings(tmp_path / "data", tmp_path / "state")
    release = freeze_paper(settings, PAPERS / "munnell_1990" / "data", "code of this test")
    panel = settings.releases / "of_the_panel"
    panel.mkdir()
    (panel / "manifest.json").write_text(json.dumps({"offered": []}))
    (panel / "panel.parquet").write_bytes((release / "panel.parquet").read_bytes())
    entries = []
    for table, paper, folder in (("first", "munnell_1990", release), ("t1", "bi_2025", panel)):
        artifact = settings.artifacts / table / "a1"
        artifact.mkdir(parents=True)
        (artifact / "manifest.json").write_text(json.dumps({"spec": {"paper": paper}}))
        entries.append({"table_id": table, "artifact_id": "a1", "release_id": folder.name})
    return settings, entries


def test_the_data_of_a_paper_are_a_table_with_titles(tmp_path: Path) -> None:
    settings, entries = root_of(tmp_path)
    releases = own_releases(settings, entries)
    assert [*releases] == ["munnell_1990"]
    target = tmp_path / "published.duckdb"
    for _ in range(2):  # a copy of a published file has them already
        write_paper_tables(target, releases)
    with duckdb.connect(str(target)) as connection:
        found = connection.execute("select * from papers.munnell_1990").df()
        comments = connection.execute(
            "select column_name, comment from duckdb_columns() where comment is not null"
        ).df()
    release = load_release(releases["munnell_1990"])
    wanted = release.panel.reset_index().rename(columns={"province_code": "unit"})
    assert [*found.columns[:3]] == ["unit", "unit_name", "year"] and found[
        "unit_name"
    ].notna().all()
    pd.testing.assert_frame_equal(
        found[wanted.columns].sort_values(["unit", "year"], ignore_index=True),
        wanted.sort_values(["unit", "year"], ignore_index=True),
        check_dtype=False,
    )
    assert {*comments["column_name"]} == {*release.panel.columns}


def test_a_table_that_is_not_its_release_is_found(tmp_path: Path) -> None:
    settings, entries = root_of(tmp_path)
    target = tmp_path / "published.duckdb"
    write_paper_tables(target, own_releases(settings, entries))
    with duckdb.connect(str(target)) as connection:
        assert list(other_tables(connection, settings.releases)) == []
        connection.execute("update papers.munnell_1990 set employment_1k = 1 where year = 1970")
        ((table, release, rows),) = other_tables(connection, settings.releases)
    assert (table, release, rows) == ("papers.munnell_1990", entries[0]["release_id"], 2 * 48)


def test_a_root_without_own_data_has_no_such_schema(tmp_path: Path) -> None:
    write_paper_tables(tmp_path / "published.duckdb", {})
    with duckdb.connect(str(tmp_path / "published.duckdb")) as connection:
        names = connection.execute("select schema_name from duckdb_schemas()").df()
    assert "papers" not in {*names["schema_name"]}


@pytest.mark.parametrize(
    ("sources", "of_panel"),
    [
        (["penn_world_table"], False),
        (["mankiw_romer_weil_1992_appendix", "penn_world_table"], False),
        (["commerce_fdi", "customs"], True),
        (["customs"], True),
        ([], False),
    ],
)
def test_a_paper_on_two_sources_is_not_on_the_panel(sources: list[str], of_panel: bool) -> None:
    assert is_of_panel({"sources": [{"source": name} for name in sources]}) is of_panel


def test_a_release_that_names_the_offered_editions_is_of_the_panel() -> None:
    assert is_of_panel({"offered": [], "sources": []})
