"""Queries of the cookbook hold what their first lines promise, on small tables made by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.conftest import REPOSITORY


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create schema results")
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, number: str) -> pd.DataFrame:
    (query,) = Path(REPOSITORY / "docs" / "cookbook").glob(f"{number}_*.sql")
    return connection.execute(query.read_text(encoding="utf-8")).df()


def test_everything_ever_printed_for_a_cell_includes_what_was_printed_twice_alike(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """03: editions 2023 and 2024 print the same figure, 2026 restates it, a later copy lacks it."""
    warehouse.execute("""
        create table marts.candidates as
        select 'gdp_cny_100m' as measure, '440000' as province_code, 2018 as year, 'yearbook' as source, *,
            'row ' || edition as location, 'GDP' as indicator_label
        from (values (2023, '2026-11-24', '100.0', 100.0, 'aa'), (2024, '2026-11-24', '100.0', 100.0, 'bb'),
            (2026, '2026-11-24', '102.0', 102.0, 'cc'), (2026, '2026-12-01', '', null, 'dd'))
            as t (edition, vintage, value_printed, value, sha256)
        union all
        select 'gdp_cny_100m', '110000', 2018, 'yearbook', 2023, '2026-11-24', '7.0', 7.0, 'aa', 'row', 'GDP';
        create table marts.observations as from marts.candidates where sha256 = 'cc'""")
    history = ask(warehouse, "03")
    assert history["edition"].tolist() == [2023, 2024, 2026, 2026]
    assert history["printed"].tolist() == ["100.0", "100.0", "102.0", ""]
    assert history["change"].iloc[1:3].tolist() == pytest.approx([0, 0.02])
    assert history.loc[history["in_panel"], "sha256"].tolist() == ["cc"]


def test_why_coefficients_moved_is_of_comparisons_into_the_current_state_only(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """11: the table has the same two states compared the other way round; they are not shown."""
    warehouse.execute("""
        create table results.artifacts as
        from (values ('new', true), ('old', false)) as t (release_id, is_current);
        create table results.coefficient_drift as
        select *, 't04' as table_id, 'm' as model, 0 as restated, 0 as filled_in, 0 as removed, 0 as rule,
            0 as years, 0 as provinces, 0 as interpolation, 0 as spec, 0 as code
        from (values ('old', 'new', 'fdi', 0.1, 0.3, 0.2, 0.05, 'moved', null),
            ('old', 'new', 'gdp', 1.0, 1.9, 0.9, 0.9, 'moved', null),
            ('old', 'new', 'lab', 1.0, 1.9, 0.9, null, 'moved', null),
            ('new', 'old', 'fdi', 0.3, 0.1, -0.2, 0.05, 'moved', null),
            ('old', 'new', 'kn', 0.2, 0.2, 0.0, 0.1, 'unchanged', null),
            ('old', 'new', 'constant', 9.0, 5.0, -4.0, 0.5, 'moved', null))
            as t (from_release, to_release, term, old, new, change, std_error, status, reason)""")
    found = ask(warehouse, "11")
    assert found["from_release"].unique().tolist() == ["old"]
    assert found["term"].tolist() == ["fdi", "gdp", "lab"], (
        "the largest over its standard error first; constants and unchanged ones are omitted"
    )
