"""Every data test of the dbt project fails on a case made for it.

The project is built on figures on which all of them pass. Then, for each test, its table is spoiled in
a way of its own and the very SQL that dbt ran is asked again: it must find rows. A kind of test for
which there is no case here is an error, so that a new one comes with its case.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from living_panel.orchestration.root import state
from tests.integration.test_dbt_project import base_figures, dbt, write_artifact, write_root


@dataclass(frozen=True)
class DataTest:
    """One data test: its kind and arguments, the relation it looks at, the SQL that dbt ran."""

    name: str
    kind: str
    relation: str
    column: str
    arguments: dict
    sql: str


Case = Callable[[DataTest], list[str]]  # statements that spoil the relation


def put(column: str, value: str) -> Case:
    """Set a column of one row, of all columns if the name is empty the tested one."""
    return lambda t: [
        f"update {t.relation} set {column or t.column} = {value} "
        f"where rowid = (select min(rowid) from {t.relation})"
    ]


def twice(t: DataTest) -> list[str]:
    """One row twice."""
    return [f"insert into {t.relation} select * from {t.relation} limit 1"]


def key_missing(t: DataTest) -> list[str]:
    """The last column of the key empty."""
    return put(t.arguments["columns"][-1], "null")(t)


def below(t: DataTest) -> list[str]:
    """Just under the range."""
    return put("", f"{t.arguments['min_value']} - 0.001")(t)


def above(t: DataTest) -> list[str]:
    """Just over the range."""
    return put("", f"{t.arguments['max_value']} + 0.001")(t)


def without(condition: str) -> Case:
    """Rows taken away."""
    return lambda t: [f"delete from {t.relation} where {condition}"]


def ranges(test: DataTest, *spans: tuple[int, int]) -> str:
    """Rows of one key over spans of years, whatever the columns of the relation are called."""
    keys = test.arguments["key"]
    columns = ", ".join((*keys, test.arguments["first"], test.arguments["last"]))
    rows = (", ".join((*(f"'{key}'" for key in keys), *map(str, span))) for span in spans)
    return f"insert into {test.relation} ({columns}) values ({'), ('.join(rows)})"


def add(columns: str, values: str) -> Case:
    """A row put in, other columns empty."""
    return lambda t: [f"insert into {t.relation} ({columns}) values {values}"]


FIRST_PROVINCE = "province_code = (select min(province_code) from marts.panel)"
EXPECTED = (
    "insert into seeds.expected_coverage (root, source, edition, indicator_label, unit, scope, "
    "first_year, last_year) values "
    "('fixture', 'statistical_yearbook', 2026, '地区生产总值', '亿元', 'province', {})"
)
CASES: dict[str, list[Case]] = {
    "not_null": [put("", "null")],
    "unique": [twice],
    "accepted_values": [put("", "'another'")],
    "relationships": [put("", "'nobody'")],
    "accepted_range": [below, above],
    "primary_key": [twice, key_missing],
    "not_empty": [without("true")],
    "contract_lists_measures": [
        lambda t: ["insert into seeds.measures (measure, in_panel) values ('another', true)"],
        lambda t: ["update seeds.measures set in_panel = false where measure = 'gdp_cny_100m'"],
    ],
    "movement_adds_up": [
        add("old, new, change, status", "(1, 2, 0.5, 'moved')"),
        add("old, new, change, status", "(1, 2, 1, 'unchanged')"),
        add("old, new, change, status", "(1, 1, 0, 'moved')"),
        add("old, new, change, status", "(1, 2, 1, 'moved')"),  # without its parts
    ],
    "one_current_artifact": [
        lambda t: [f"update {t.relation} set is_current = true"],
    ],
    "provinces_times_years": [
        without(f"{FIRST_PROVINCE} and year = 2020"),
        lambda t: [
            f"update {t.relation} set province_code = (select max(province_code) from {t.relation}) "
            f"where {FIRST_PROVINCE}"
        ],
    ],
    "ranges_apart": [
        lambda t: [ranges(t, (2000, 2010), (2010, 2020))],
        lambda t: [ranges(t, (2010, 2009))],
    ],
    "known_series": [put("indicator_label", "'another'"), put("unit", "'another'")],
    "units_convertible": [
        lambda t: [f"update {t.relation} set unit = '人' where measure = 'gdp_cny_100m'"],
        lambda t: [f"update {t.relation} set series_priority = null where measure is not null"],
        lambda t: [f"update {t.relation} set status = null where measure is not null"],
        lambda t: [f"update {t.relation} set status = 'simulated' where measure is not null"],
    ],
    "within_bounds_of_measure": [
        put("value", "'inf'::double"),
        put("value", "'nan'::double"),
        put("value", "-1e12"),
        put("value", "1e15"),
    ],
    "growth_within_history": [
        lambda t: [
            f"update {t.relation} set value = value * 10000 "
            "where measure = 'gdp_cny_100m' and province_code = '110000' and year = 2021"
        ],
        lambda t: [
            f"update {t.relation} set value = value / 10000 "
            "where measure = 'gdp_cny_100m' and province_code = '110000' and year = 2023"
        ],
    ],
    "sums_to_national": [
        lambda t: [f"update {t.relation} set value = value * 2 where measure like 'express%'"],
    ],
    "expected_coverage": [
        lambda t: [EXPECTED.format("2019, 2023")],  # written, and 28 provinces have no figure
        lambda t: [  # of an edition for which nothing is written, Tibet is missing
            EXPECTED.format("2019, 2018"),
            f"insert into {t.relation} (source, edition, indicator_label, unit, province_code, year) "
            "select source, 2030, indicator_label, unit, province_code, year + 3 from "
            f"{t.relation} where indicator_label = '地区生产总值' and edition = 2026 and year = 2023 "
            "and province_code != '540000'",
        ],
    ],
    "corrections_match": [
        lambda t: [
            f"insert into {t.relation} by name select 'fixture' as root, source, edition, "
            "indicator_label, unit, province_code, year, 'replace' as action, "
            "value + 1 as expected_value, value as corrected_value, '2026-01-01' as corrected_on, "
            "'slip' as reason from staging.stg_extracted__figures limit 1"
        ],
        lambda t: [
            f"insert into {t.relation} by name select 'fixture' as root, source, edition, "
            "indicator_label, unit, province_code, year, 'withdraw' as action, "
            "value as expected_value, value as corrected_value, '2026-01-01' as corrected_on, "
            "'slip' as reason from staging.stg_extracted__figures limit 1"
        ],
        lambda t: [
            f"insert into {t.relation} by name select 'fixture' as root, source, edition, "
            "indicator_label, unit, province_code, year, 'add' as action, "
            "value as corrected_value, 'high' as quality, '2026-01-01' as corrected_on, "
            "'slip' as reason from staging.stg_extracted__figures limit 1"
        ],
    ],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[DataTest]]:
    """The built warehouse, every view in it made a table, and the data tests that passed on it."""
    root = write_root(tmp_path_factory.mktemp("whole"), base_figures())
    for name, estimate in (("a", 0.11), ("b", 0.12)):
        write_artifact(root / "artifacts", "t04_baseline", name * 16, estimate)
    current = [{"table_id": "t04_baseline", "artifact_id": "b" * 16, "release_id": "r"}]
    state.write(root, "next", current)
    run = dbt(root, "build")
    assert run.returncode == 0, run.output
    nodes = json.loads((run.target / "manifest.json").read_text())["nodes"]
    results = json.loads((run.target / "run_results.json").read_text())["results"]
    found = [_data_test(nodes, result) for result in results if result["unique_id"][:5] == "test."]
    with duckdb.connect(str(run.warehouse)) as connection:
        for relation in {test.relation for test in found}:
            _as_plain_table(connection, relation)
    return run.warehouse, found


def _data_test(nodes: dict, result: dict) -> DataTest:
    node = nodes[result["unique_id"]]
    seen = nodes[node["attached_node"]]
    arguments = dict(node["test_metadata"]["kwargs"])
    column = arguments.get("column_name") or ""
    return DataTest(
        node["name"], node["test_metadata"]["name"], f"{seen['schema']}.{seen['alias']}", column,
        arguments, result["compiled_code"],
    )  # fmt: skip


def _as_plain_table(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    """The same rows without the constraints of the contract, which would refuse a spoiled row."""
    kind = connection.execute(
        "select table_type from information_schema.tables where table_schema || '.' || table_name = ?",
        [relation],
    ).fetchone()
    assert kind, relation
    connection.execute(f"create table main.kept as select * from {relation}")
    connection.execute(f"drop {'view' if kind[0] == 'VIEW' else 'table'} {relation}")
    connection.execute(f"create table {relation} as select * from main.kept")
    connection.execute("drop table main.kept")


def test_every_data_test_fails_on_a_case_made_for_it(project, tmp_path: Path) -> None:
    warehouse, found = project
    assert len(found) > 60
    assert {test.kind for test in found} <= set(CASES), "a kind of test without a case"
    # the same file name, because compiled SQL names the database
    copy = shutil.copy(warehouse, tmp_path / warehouse.name)
    silent = []
    with duckdb.connect(str(copy)) as connection:
        for test in found:
            for number, spoil in enumerate(CASES[test.kind]):
                connection.execute("begin")
                if not connection.execute(f"from {test.relation} limit 1").fetchall():
                    first = connection.execute(f"describe {test.relation}").fetchall()[0][0]
                    connection.execute(f"insert into {test.relation} ({first}) values (null)")
                for statement in spoil(test):
                    connection.execute(statement)
                if not connection.execute(test.sql).fetchall():
                    silent.append(f"{test.name}, case {number}")
                connection.execute("rollback")
                assert not connection.execute(test.sql).fetchall(), f"{test.name}: not restored"
    assert not silent
