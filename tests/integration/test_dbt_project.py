"""The dbt project run for real on a data root of a few dozen figures.

What is asserted follows from the figures written here by arithmetic; the rules on inline rows are
dbt unit tests and run within the same builds. Nothing of the bundled figures is needed.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from living_panel.estimation.tables.result import StatisticRow, specification_frame, statistic_frame
from living_panel.orchestration.root import state

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = REPOSITORY / "dbt_project"
DBT = Path(sys.executable).parent / "dbt"

GDP = ("statistical_yearbook", "地区生产总值", "亿元")
TRADE_YUAN = ("statistical_yearbook", "货物进出口总额", "亿元")
TRADE_DOLLARS = ("statistical_yearbook", "经营单位所在地货物进出口总额", "千美元")
EXPORTS = ("statistical_yearbook", "经营单位所在地出口总额", "千美元")
RATE = ("statistical_yearbook", "人民币对美元年平均汇率", "元/美元")
FDI = ("commerce_fdi", "实际使用外商直接投资", "亿元")
PARCELS = ("postal_express", "快递业务量", "万件")
PARCELS_NATIONAL = ("postal_express", "快递业务量", "亿件")
# a build up to the marts; unit tests have run with the base figures already
TO_MARTS = ("--exclude", "results", "--exclude-resource-type", "unit_test")
BEIJING, TIANJIN, TIBET, NATION = "110000", "120000", "540000", "000000"


def figure(series, edition, province, year, value, *, vintage="2026-11-01", quality="high"):
    """One row of the stage extracted."""
    source, label, unit = series
    printed = "…" if value is None else str(value)
    return {
        "source": source, "edition": edition, "vintage": vintage, "file": f"{source}_{edition}.csv",
        "sha256": f"{source}-{edition}-{vintage}", "location": "row 2", "indicator_label": label,
        "unit": unit, "province_label": province, "province_code": province, "year": year,
        "value_printed": printed, "value": value, "quality": quality, "status": "official",
        "compiled_from": "", "note": "",
    }  # fmt: skip


def base_figures():
    """Figures on which every test of the project passes."""
    rows = [figure(RATE, 2023, NATION, y, 6.5, quality="medium") for y in range(2018, 2023)]
    for province, level in ((BEIJING, 1000.0), (TIANJIN, 500.0), (TIBET, 10.0)):
        for i, year in enumerate(range(2018, 2024)):
            growth = level * 1.1**i
            if year < 2018 + 5:
                rows.append(figure(GDP, 2023, province, year, growth))
            rows.append(figure(GDP, 2024, province, year, growth + (year == 2022)))
            if year > 2018:
                rows.append(figure(GDP, 2026, province, year, growth * 1.02))
            rows.append(figure(TRADE_DOLLARS, 2024, province, year, growth * 1e4))
            rows.append(figure(TRADE_YUAN, 2023, province, year, growth * 0.6))
            rows.append(figure(FDI, 2022, province, year, growth * 0.05))
        rows.append(figure(PARCELS, 2023, province, 2021, 3000.0))
    rows.append(figure(PARCELS_NATIONAL, 2023, NATION, 2021, 1.0))
    # exports of one's own: in dollars, in two vintages of one edition, the newer restating a cell
    for year in range(2018, 2023):
        rows.append(figure(EXPORTS, 2023, BEIJING, year, 2e7))
    rows.append(figure(EXPORTS, 2023, BEIJING, 2020, 3e7, vintage="2026-11-20"))
    rows.append(figure(EXPORTS, 2023, BEIJING, 2021, None, vintage="2026-11-20"))
    return rows


def write_root(root: Path, rows: list[dict]) -> Path:
    """Write the rows as the stage extracted has them; sources without rows get an empty part."""
    frame = pd.DataFrame(rows).astype({"edition": "int32", "year": "int32", "value": "float64"})
    for source in ("statistical_yearbook", "commerce_fdi", "postal_express"):
        parts = frame[frame.source == source]
        _write_part(root, source, 2000, "none", frame.iloc[:0])
        for (edition, vintage), part in parts.groupby(["edition", "vintage"]):
            _write_part(root, source, edition, vintage, part)
    (root / "build").mkdir(exist_ok=True)
    return root


def _write_part(root, source, edition, vintage, part):
    folder = root / "extracted" / source / f"edition={edition}" / f"vintage={vintage}"
    folder.mkdir(parents=True)
    part.to_parquet(folder / "part.parquet", index=False)


@dataclass(frozen=True)
class Run:
    """Result of one dbt process."""

    warehouse: Path
    target: Path
    returncode: int
    output: str

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query on the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def failing(self) -> dict[str, list[dict]]:
        """Name of each failed test with the rows that it returned."""
        results = json.loads((self.target / "run_results.json").read_text())["results"]
        found = {}
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            for result in results:
                if result["status"] == "fail":
                    name = result["unique_id"].split(".")[2]
                    rows = connection.execute(result["compiled_code"]).df()
                    found[name] = rows.to_dict("records")
        return found


def dbt(root: Path, *arguments: str, project: Path = PROJECT, **variables) -> Run:
    """Run dbt on a data root of its own, away from the repository's target folder."""
    target = root / "target"
    environment = os.environ | {
        "LIVING_PANEL_DATA": str(root),
        "LIVING_PANEL_BUILD": str(root / "build" / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(root / "logs"),
    }
    variables = {"coverage_root": "fixture"} | variables
    command = [str(DBT), "--no-use-colors", *arguments, "--vars", json.dumps(variables)]
    command += ["--project-dir", str(project), "--profiles-dir", str(project)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return Run(
        root / "build" / "warehouse.duckdb", target, done.returncode, done.stdout + done.stderr
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Run:
    """The whole project on the base figures, without any artifact."""
    root = write_root(tmp_path_factory.mktemp("base"), base_figures())
    run = dbt(root, "build")
    assert run.returncode == 0, run.output
    return run


def cell(run: Run, province: str, year: int, column: str):
    """One cell of the panel."""
    sql = f"select {column} from marts.panel where province_code = '{province}' and year = {year}"
    return run.query(sql)[0][0]


@pytest.mark.long
def test_the_panel_is_a_full_rectangle_with_a_key(built):
    """31 provinces in every year, absent figures empty, the key enforced by the database."""
    assert built.query("select count(*), min(year), max(year) from marts.panel") == [
        (31 * (2023 - 2005 + 1), 2005, 2023)
    ]
    assert cell(built, "440000", 2020, "gdp_cny_100m") is None
    keys = built.query(
        "select constraint_column_names from duckdb_constraints() where schema_name = 'marts' "
        "and table_name = 'panel' and constraint_type = 'PRIMARY KEY'"
    )
    assert keys == [(["province_code", "year"],)]


def test_trade_is_yuan_from_2021_and_converted_dollars_before(built):
    """The yuan series wins where it is a customs figure, whatever the edition."""
    beijing_2020 = 1000 * 1.1**2
    assert cell(built, BEIJING, 2020, "trade_cny_100m") == pytest.approx(
        beijing_2020 * 1e4 * 1e3 / 1e8 * 6.5
    )
    beijing_2021 = 1000 * 1.1**3
    assert cell(built, BEIJING, 2021, "trade_cny_100m") == beijing_2021 * 0.6
    rows = built.query(
        "select year, unit, status, quality from marts.observations "
        f"where measure = 'trade_cny_100m' and province_code = '{BEIJING}' and year in (2020, 2021)"
        " order by year"
    )
    # a converted figure inherits the rate's medium quality
    assert rows == [(2020, "千美元", "derived", "medium"), (2021, "亿元", "official", "high")]


def test_dollars_without_a_rate_lose_and_say_so(built):
    """2023 has no exchange rate: the dollar figure is kept next to the winner with its reason."""
    rows = built.query(
        "select unit, is_winner, decided_by, lost_to_unit from marts.candidates "
        f"where measure = 'trade_cny_100m' and province_code = '{BEIJING}' and year = 2023 "
        "order by is_winner"
    )
    assert rows == [("千美元", False, "no exchange rate", "亿元"), ("亿元", True, "won", None)]


def test_revisions_are_the_figures_that_differ(built):
    """Between 2023 and 2024 one year was restated, between 2024 and 2026 all that 2026 has."""
    rows = built.query(
        "select edition_from, edition_to, count(*) from marts.revisions "
        "where measure = 'gdp_cny_100m' group by all order by all"
    )
    assert rows == [(2023, 2024, 3), (2024, 2026, 3 * 5)]
    by_vintage = built.query(
        "select year, vintage_from, vintage_to, printed_from, printed_to from marts.revisions "
        "where measure = 'exports_cny_100m'"
    )
    assert by_vintage == [(2020, "2026-11-01", "2026-11-20", "20000000.0", "30000000.0")]


def test_printed_figures_keep_what_an_edition_prints_again(built):
    """A figure that 2024 prints as 2023 did is no revision, and a print all the same."""
    editions = "select count(*) from marts.candidates where measure = 'gdp_cny_100m' and edition = "
    unrevised = built.query(
        editions
        + "2024 and (province_code, year) not in (select (province_code, year) from marts.revisions "
        "where measure = 'gdp_cny_100m')"
    )
    assert unrevised[0][0] > 0
    missing = built.query(
        "select count(*) from marts.observations anti join marts.candidates "
        "using (province_code, year, measure, value, source, edition, vintage, sha256, location)"
    )
    assert missing == [(0,)]


def test_landed_exports_fill_their_column_cell_by_cell(built):
    """A newer vintage wins where it has a figure; printed as missing it takes nothing away."""
    assert cell(built, BEIJING, 2020, "exports_cny_100m") == pytest.approx(3e7 * 1e3 / 1e8 * 6.5)
    assert cell(built, BEIJING, 2021, "exports_cny_100m") == pytest.approx(2e7 * 1e3 / 1e8 * 6.5)
    row = built.query(
        "select proxy_for, first_year, last_year, n_cells, sources from marts.indicators "
        "where measure in ('exports_cny_100m', 'trade_cny_100m') order by measure"
    )
    assert row[0] == (None, 2018, 2022, 5, "statistical_yearbook")
    assert row[1][0] == "exports_cny_100m"


ANSWERS = {
    "the newest edition gives GDP, and 2018, which it lacks, stays with the edition before": (
        "select year, edition, value from marts.observations "
        f"where measure = 'gdp_cny_100m' and province_code = '{TIBET}' and year < 2020 order by 1",
        [(2018, 2024, 10.0), (2019, 2026, 10 * 1.1 * 1.02)],
    ),
    "where another edition begins is a break": (
        "select year from marts.series_breaks where measure = 'gdp_cny_100m'",
        [(2006,)],
    ),
    "national figures have a table of their own, in the panel's unit": (
        "select value, unit from marts.national where measure = 'express_parcels_10k'",
        [(10000.0, "亿件")],
    ),
    "nothing national is in the observations": (
        "select count(*) from marts.observations where province_code = '000000'",
        [(0,)],
    ),
    "three regions of 11, 8 and 12": (
        "select region_three, count(*) from marts.provinces group by 1 order by 1",
        [("Central", 8), ("East", 11), ("West", 12)],
    ),
    "the Bureau's four of 10, 6, 12 and 3": (
        "select region_nbs, count(*) from marts.provinces group by 1 order by 1",
        [("Central", 6), ("East", 10), ("Northeast", 3), ("West", 12)],
    ),
}


@pytest.mark.parametrize("said", ANSWERS)
def test_the_marts_answer(built, said):
    sql, rows = ANSWERS[said]
    assert built.query(sql) == rows


def test_results_are_empty_tables_before_the_first_estimate(built):
    """Every table of the stage results exists and has no row."""
    for table in ("artifacts", "coefficients", "statistics", "current_coefficients", "lineage"):
        assert built.query(f"select count(*) from results.{table}") == [(0,)]


def test_tables_and_columns_carry_their_descriptions(built):
    """As comments, word for word; marts and results have one everywhere."""
    manifest = json.loads((built.target / "manifest.json").read_text())
    nodes = [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed")]
    described = {(n["schema"], n["alias"], ""): n["description"] for n in nodes}
    for node in nodes:
        key = (node["schema"], node["alias"])
        described |= {(*key, c["name"]): c["description"] for c in node["columns"].values()}
    comments = {
        tuple(place): comment
        for *place, comment in built.query(
            "select schema_name, table_name, column_name, comment from duckdb_columns() where not internal "
            "union all select schema_name, table_name, '', comment from duckdb_tables()"
        )
    }
    assert {place: comments[place] for place, text in described.items() if text} == {
        place: text for place, text in described.items() if text
    }
    assert [p for p, text in comments.items() if p[0] in ("marts", "results") and not text] == []
    assert sum(schema == "results" and column != "" for schema, _, column in comments) > 60


def test_contracts_cover_marts_and_results(built):
    """Every table that others read has its column types enforced."""
    manifest = json.loads((built.target / "manifest.json").read_text())
    loose = [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"]["schema"] in ("marts", "results")
        and not node["contract"]["enforced"]
    ]
    assert loose == []


@pytest.mark.slow
def test_as_of_an_edition_the_later_ones_are_unknown(tmp_path):
    """At 2024 the edition of 2026 does not exist: its values, years and break are gone."""
    run = dbt(write_root(tmp_path, base_figures()), "build", *TO_MARTS, as_of_edition=2024)
    assert run.returncode == 0, run.output
    assert run.query("select max(edition) from marts.observations") == [(2024,)]
    assert cell(run, TIBET, 2022, "gdp_cny_100m") == 10 * 1.1**4 + 1
    assert run.query("select count(*) from marts.series_breaks where measure = 'gdp_cny_100m'") == [
        (0,)
    ]


@pytest.mark.slow
def test_artifacts_become_tables(built):
    """Two artifacts of one table, one current; a half-written and a drift folder are not read."""
    root = built.warehouse.parent.parent
    write_artifact(root / "artifacts", "t04_baseline", "a" * 16, 0.11)
    write_artifact(root / "artifacts", "t04_baseline", "b" * 16, 0.12)
    write_artifact(root / "artifacts", "t04_baseline", ".c", 0.13)
    write_artifact(root / "artifacts", "drift", "d" * 16, 0.14)
    current = [{"table_id": "t04_baseline", "artifact_id": "b" * 16, "release_id": "r"}]
    state.write(root, "current", current)
    try:
        run = dbt(root, "build", "--select", "results")
        assert run.returncode == 0, run.output
        assert run.query("select estimate from results.coefficients order by 1") == [
            (0.11,),
            (0.12,),
        ]
        assert run.query(
            "select artifact_id, term, estimate, release_id from results.current_coefficients"
        ) == [("b" * 16, "ln_fdi", 0.12, "r")]
        assert run.query(
            "select status, n_obs, n_periods, commit_id, is_current from results.artifacts "
            "order by artifact_id"
        ) == [("estimated", 290, None, "abc", False), ("estimated", 290, 11, "abc", True)]
        assert run.query(
            "select source, edition, sha256 from results.lineage where artifact_id like 'b%'"
        ) == [("commerce_fdi", 2022, "0f"), ("statistical_yearbook", 2026, "1f")]
        assert run.query(
            "select artifact_id[1], model, term, statistic, inference, value, text "
            "from results.statistics order by all"
        ) == [
            ("a", "(1)", "", "note", "", None, "x"), ("a", "(1)", "", "vif.fdi", "", 0.3, None),
            ("a", "(1)", "12", "place", "", None, "Table 4"),
            ("b", "(1)", "", "n_obs", "", 290.0, None),
            ("b", "(1)", "", "n_periods", "", 11.0, None), ("b", "(1)", "", "n_years", "", 11.0, None),
            ("b", "(1)", "", "note", "", None, "x"), ("b", "(1)", "fdi", "vif", "", 0.3, None),
        ]  # fmt: skip
        assert run.query(
            "select artifact_id[1], controls, estimate from results.specifications"
        ) == [("b", ["gdp"], 0.12)]
    finally:
        shutil.rmtree(root / "artifacts")
        shutil.rmtree(root / "state")


def _source_file(source: str, edition: int, sha256: str) -> dict:
    told = {"source": source, "edition": edition, "file": f"{source}.csv", "sha256": sha256}
    return told | {"vintage": "2026-11-01"}


def write_artifact(artifacts: Path, table: str, artifact: str, estimate: float) -> None:
    """An artifact's manifest and its two Parquet tables."""
    folder = artifacts / table / artifact
    folder.mkdir(parents=True)
    manifest = {
        "manifest_schema": 1 if artifact[0] == "a" else 2,
        "table_id": table, "artifact_id": artifact, "title": "Baseline",
        "status": "estimated", "reason": None, "release_id": "r",
        "figures_status": "official+proxy", "spec": {"table_id": table},
        "code": {"code_version": "v", "commit": "abc", "dirty": False},
        "sample": {"n_obs": 290, "n_provinces": 29, "first_year": 2008, "last_year": 2018},
        "sources": [
            _source_file("commerce_fdi", 2022, "0f"), _source_file("statistical_yearbook", 2026, "1f"),
        ],
        "result_hash": "h", "supersedes": None,
        "run": {"run_id": "u", "created_at": "2026-11-25T00:00:00Z", "seconds": 1.5},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    coefficient = {
        "model": "(1)", "term": "ln_fdi", "inference": "clustered:reghdfe:t(G-1)",
        "estimate": estimate, "std_error": 0.05, "statistic": estimate / 0.05, "df": 28.0,
        "p_value": 0.04, "ci_low": 0.0, "ci_high": 0.2, "n_obs": 290, "n_clusters": 29,
        "figures_status": "official+proxy",
    }  # fmt: skip
    pd.DataFrame([coefficient]).to_parquet(folder / "coefficients.parquet")
    if artifact[0] == "a":  # of manifest schema 1
        names = {
            "vif.fdi": (0.3, None),
            "note": (None, "x"),
            "finding_012.place": (None, "Table 4"),
        }
        rows = [{"model": "(1)", "name": n, "value": v, "text": t} for n, (v, t) in names.items()]
        pd.DataFrame(rows).to_parquet(folder / "statistics.parquet")
        return
    numbers = [
        StatisticRow("(1)", "fdi", "vif", "", 0.3, None), StatisticRow("(1)", "", "note", "", None, "x"),
        StatisticRow("(1)", "", "n_years", "", 11.0, None), StatisticRow("(1)", "", "n_obs", "", 290.0, None),
    ]  # fmt: skip
    statistic_frame(numbers).to_parquet(folder / "statistics.parquet")
    one = {"model": "(1)", "outcome": "ex", "controls": ("gdp",), "estimate": estimate}
    specifications = specification_frame(pd.DataFrame([one]), pd.DataFrame())
    specifications.to_parquet(folder / "specifications.parquet")


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> dict[str, list[dict]]:
    """Failed tests, by name, of a root in which eight things are wrong at once."""
    root = tmp_path_factory.mktemp("broken")
    rows = base_figures()
    # a lost factor of 10,000 in one cell, and a whole series converted twice
    rows = [r for r in rows if not (r["unit"] == "亿元" and r["source"] == "commerce_fdi")]
    for i, year in enumerate(range(2018, 2024)):
        rows.append(figure(FDI, 2022, BEIJING, year, (1e4 if year == 2021 else 1) * 50 * 1.1**i))
        rows.append(figure(FDI, 2022, TIANJIN, year, 2000 * 6.7 * 1.1**i))
    # a unit that no edition uses, a cell twice, provinces that exceed the nation
    rows.append(figure((*GDP[:2], "兆元"), 2024, BEIJING, 2020, 1.0))
    rows.append(figure(GDP, 2024, BEIJING, 2020, 999.0))
    rows.append(figure(PARCELS, 2023, "130000", 2021, 2000.0))
    # a new edition in which a province is missing
    rows += [figure(GDP, 2027, p, 2024, 1700.0 * s) for p, s in ((BEIJING, 1), (TIANJIN, 0.5))]
    write_root(root, rows)
    project = root / "dbt_project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    seeds = project / "seeds"
    parcels = (PARCELS[0], 2023, *PARCELS[1:], "province", 2021, 2022)
    gdp = (GDP[0], 2026, *GDP[1:], "province", 2019, 2023)
    append(seeds / "expected_coverage.csv", "fixture", *parcels, others(BEIJING, TIANJIN))
    append(seeds / "expected_coverage.csv", "fixture", *gdp, others(BEIJING))
    correction = (
        GDP[0],
        2023,
        *GDP[1:],
        TIANJIN,
        2018,
        "replace",
        499,
        500,
        "",
        "2026-11-01",
        "slip",
    )
    append(seeds / "corrections.csv", "fixture", *correction)
    made = dbt(
        root, "build", "--resource-type", "seed", "--resource-type", "model", project=project
    )
    assert made.returncode == 0, made.output
    run = dbt(root, "test", "--exclude", "results", "test_type:unit", project=project)
    assert run.returncode == 1, run.output
    return run.failing()


def others(*codes: str) -> str:
    """Codes of all other provinces, as the seed writes them."""
    with (PROJECT / "seeds/regions.csv").open(encoding="utf-8") as file:
        every = [row["province_code"] for row in csv.DictReader(file)]
    return " ".join(code for code in every if code not in codes)


def append(path: Path, *values: object) -> None:
    """Add a row to a seed."""
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(values)


def rows_of(failing: dict[str, list[dict]], name: str) -> list[dict]:
    """Rows of the failed test whose name begins so."""
    return next(rows for test, rows in failing.items() if test.startswith(name))


# of each test: columns that say what is wrong, and what they say
FOUND = {
    # the jump up and the jump down of a lost factor
    "growth_within_history": (
        ("measure", "province_code", "year"),
        {("fdi_cny_100m", BEIJING, 2021), ("fdi_cny_100m", BEIJING, 2022)},
    ),
    # dollars converted twice grow as they should: the measure's bound finds them
    "within_bounds_of_measure": (
        ("province_code", "year"),
        {(BEIJING, 2021)} | {(TIANJIN, y) for y in range(2018, 2024)},
    ),
    "known_series_stg_extracted__figures": (
        ("unit", "first_year", "n_figures"),
        {("兆元", 2020, 1)},
    ),
    "primary_key_stg_extracted__figures": (
        ("edition", "province_code", "year", "n_rows"),
        {(2024, BEIJING, 2020, 2)},
    ),
    # 11,000 of 10,000
    "sums_to_national": (
        ("measure", "year", "provinces_sum"),
        {("express_parcels_10k", 2021, 11000)},
    ),
    # written expectations, and for a new edition the provinces of the edition before
    "expected_coverage": (
        ("source", "edition", "province_code", "year"),
        {
            ("postal_express", 2023, BEIJING, 2022),
            ("postal_express", 2023, TIANJIN, 2022),
            ("statistical_yearbook", 2027, TIBET, 2024),
        },
    ),
    # the source prints 500, the correction expects 499
    "corrections_match": (("expected_value", "found_value"), {(499, 500)}),
}


@pytest.mark.slow
@pytest.mark.parametrize("test", FOUND)
def test_each_wrong_thing_is_found_and_no_other(broken, test):
    columns, wrong = FOUND[test]
    rows = rows_of(broken, test)
    assert {tuple(row[c] for c in columns) for row in rows} == wrong and len(rows) == len(wrong)


@pytest.mark.slow
def test_what_is_found_says_the_bound_and_where_to_mend_it(broken):
    for row in rows_of(broken, "growth_within_history"):
        assert not row["at_least"] <= row["log_change"] <= row["at_most"]
        assert "growth_exceptions" in row["remedy"] and row["newer_file"]
        assert row["newer_row"] != row["other_row"]
        assert {f" for {row['year']} in ", f" for {row['earlier_year']} in "} <= {
            f" for {side.split(' for ')[1].split(' ')[0]} in "
            for side in (row["newer_row"], row["other_row"])
        }
    (row,) = rows_of(broken, "known_series_stg_extracted__figures")
    assert row["remedy"].endswith("ingestion/sources/statistical_yearbook/catalog.yml")
    (row,) = rows_of(broken, "sums_to_national")
    assert row["relative_difference"] == pytest.approx(0.1)


@pytest.mark.slow
def test_nothing_else_failed(broken):
    """Each wrong thing is found by the test that is for it."""
    assert {name.split("_stg_")[0].split("_observations")[0] for name in broken} == {
        "growth_within_history",
        "within_bounds_of_measure",
        "known_series",
        "primary_key",
        "sums_to_national",
        "expected_coverage_int_figures_",
        "corrections_match_corrections_",
        "primary_key_int_candidates_province_code__year__measure__source__edition__vintage__indicator_label__unit",
        "primary_key_prints_source__edition__vintage__indicator_label__unit__province_code__year",
    }
