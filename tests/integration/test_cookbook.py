"""Material for a reader of the warehouse: queries, dictionary, notebook, R script, all of them run."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import duckdb
import nbformat
import pandas as pd
import pytest
import yaml
from packaging.version import Version

import living_panel
from living_panel.estimation.panel.former_names import FORMER_OF_AUDITS, FORMER_SIZES
from living_panel.orchestration.outputs.data_files import panel_tables, used_cells
from living_panel.orchestration.root.settings import Settings
from tests.conftest import copy_checkout, make
from tools.run_notebook import run_notebook

REPOSITORY = Path(__file__).resolve().parents[2]
QUERIES = sorted((REPOSITORY / "docs" / "cookbook").glob("*.sql"))
DOCUMENTS = [
    path
    for path in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")))
    if "```sql" in path.read_text(encoding="utf-8")
]
MAY_BE_EMPTY = "-- May be empty:"


def test_the_data_pages_name_the_cells_that_the_results_hold_as_used(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """They read the tables' own files, before dbt has built the results."""
    settings = Settings(checkout / "data", checkout / ".dagster" / "main")
    tables = panel_tables(settings, settings.root / "state" / "current.json")
    found = used_cells({name: table.folder for name, table in tables.items()})
    wanted = warehouse.execute(
        "select measure, unit_code as province_code, year_measured as year, table_id, count(distinct model) as models "
        "from results.sample_cells where state = 'used' and measure is not null "
        "and list_contains(?, table_id) group by all order by all",
        [list(tables)],
    ).df()
    assert len(found) > 10_000
    pd.testing.assert_frame_equal(found, wanted)


def ask(connection: duckdb.DuckDBPyConnection, name: str) -> pd.DataFrame:
    return connection.execute(next(q for q in QUERIES if q.stem == name).read_text("utf-8")).df()


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q.stem)
def test_every_query_of_the_cookbook_answers(
    query: Path, warehouse: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)  # where `make sql` opens the warehouse
    text = query.read_text(encoding="utf-8")
    answer = warehouse.execute(text).df()
    assert answer.shape[1] >= 3 or answer.columns.tolist() == ["line"]  # lines for another program
    if MAY_BE_EMPTY not in text:
        assert len(answer) > 0
    assert f"(cookbook/{query.name})" in (REPOSITORY / "docs" / "cookbook.md").read_text("utf-8")


def sql_of(document: Path) -> str:
    """Content of the fenced blocks of SQL of a document."""
    text = document.read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```sql\n(.*?)^```", text, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_every_statement_a_document_shows_answers(
    document: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for statement in duckdb.extract_statements(sql_of(document)):
        answer = warehouse.execute(statement).df()
        assert len(answer) > 0, statement.query


def test_a_coefficient_leads_to_bytes_whose_sum_is_the_one_named(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for row in ask(warehouse, "01_coefficient_to_source_bytes").itertuples():
        if row.file.startswith("dbt_project/seeds/corrections.csv#"):
            continue  # a value that a correction adds: `make verify` computes its sum
        path = (
            checkout / "data" / "archive" / row.source / str(row.edition) / row.vintage / row.file
        )
        assert hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256


def test_sha256sum_accepts_the_lines_of_every_archived_file_of_the_coefficient(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    lines = ask(warehouse, "25_checksums_of_source_files")["line"].tolist()
    files = ask(warehouse, "01_coefficient_to_source_bytes")["file"].unique()
    assert len(lines) == sum(not file.startswith("dbt_project/") for file in files)
    done = subprocess.run(
        ["sha256sum", "-c", "--strict"], input="\n".join(lines) + "\n",
        cwd=checkout, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.count(": OK") == len(lines), done.stderr


def test_each_cell_of_a_compiled_file_names_the_copy_that_it_was_compiled_from(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    cells = ask(warehouse, "23_coefficient_to_printed_cells")
    keys = ["variable", "measure", "unit_code", "year_measured"]
    assert not cells.duplicated(keys).any(), "one copy a cell"
    archived = cells[~cells["file"].str.startswith("dbt_project/")]
    copies = archived["compiled_from"].fillna("")
    assert (copies != "").mean() > 0.9
    for row in archived[copies != ""].groupby("file").head(1).itertuples():
        place = ("data", "archive", row.source, str(row.edition), row.vintage, row.file)
        line = checkout.joinpath(*place).read_text("utf-8").splitlines()[int(row.location[4:]) - 1]
        assert row.compiled_from in line


def test_trade_per_fdi_is_that_of_the_panel(
    official_release: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    answer = ask(warehouse, "02_trade_per_fdi_by_region").set_index(["region", "year"])
    panel = pd.read_parquet(official_release / "panel.parquet")
    provinces = pd.read_parquet(official_release / "provinces.parquet")
    east = provinces.loc[provinces["region_three"] == "East", "province_code"]
    part = panel[(panel["year"] == 2015) & panel["province_code"].isin(east)]
    part = part.dropna(subset=["trade_cny_100m", "fdi_cny_100m"])
    expected = part["trade_cny_100m"].sum() / part["fdi_cny_100m"].sum()
    assert answer.loc[("East", 2015), "trade_per_fdi"] == pytest.approx(expected)
    assert answer.loc[("East", 2015), "provinces"] == len(part) == 11


def test_the_history_of_a_cell_ends_in_the_panels_figure(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    history = ask(warehouse, "03_revision_history_of_one_cell")
    assert len(history) >= 2
    assert history["edition"].is_monotonic_increasing
    now = warehouse.execute(
        "select gdp_cny_100m from marts.panel where province_code = '440000' and year = 2018"
    ).fetchone()[0]
    assert history["value"].iloc[-1] == now
    editions = {int(e) for e in history["edition"]}
    landed = {
        int(p.name) for p in (checkout / "data" / "archive" / "statistical_yearbook").iterdir()
    }
    assert editions <= landed


@pytest.fixture(scope="module")
def gdp_as_printed(checkout: Path) -> pd.DataFrame:
    """GDP by province code, edition and year, read from the stage extracted by another way."""
    parts = (checkout / "data" / "extracted" / "statistical_yearbook").rglob("part.parquet")
    frame = pd.concat(pd.read_parquet(part) for part in parts)
    frame = frame[(frame["indicator_label"] == "地区生产总值") & (frame["unit"] == "亿元")]
    return frame.dropna(subset=["value"])


def test_the_winner_is_the_panels_figure_and_each_loser_says_to_which_edition_it_lost(
    warehouse: duckdb.DuckDBPyConnection, gdp_as_printed: pd.DataFrame
) -> None:
    found = ask(warehouse, "17_who_lost_and_why")
    cell = gdp_as_printed[
        gdp_as_printed["province_code"].eq("440000") & gdp_as_printed["year"].eq(2018)
    ]
    assert sorted(found["edition"]) == sorted(cell["edition"]) and len(found) >= 3
    won = found[found["decided_by"] == "won"]
    assert won["edition"].tolist() == [cell["edition"].max()]
    lost = found[found["decided_by"] != "won"]
    assert set(lost["decided_by"]) == {"edition"} and set(lost["lost_to_edition"]) == set(
        won["edition"]
    )
    expected = cell.set_index("edition")["value"]
    assert lost.set_index("edition")["off_by"].to_dict() == pytest.approx(
        (expected / expected[won["edition"].iloc[0]] - 1)[lost["edition"]].to_dict()
    )


def test_cells_of_the_samples_are_those_of_the_manifests(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """Used and filled cells are rows times variables; filled and dropped ones are the manifest's."""
    asked = ask(warehouse, "18_cells_filled_or_dropped")
    seen = warehouse.execute("from results.sample_cells").df()
    assert {"t02_unit_roots", "t03_cointegration", "t04_baseline", "t05_long_run", "t06_regions",
            "t07_synergy", "x_robustness", "x_open_window"} <= set(seen["table_id"])  # fmt: skip
    for (table, identity), cells in seen.groupby(["table_id", "artifact_id"]):
        path = checkout / "data" / "artifacts" / table / identity / "manifest.json"
        record = json.loads(path.read_text(encoding="utf-8"))["sample"]
        for model, part in cells.groupby("model"):
            own = record.get("blocks", {}).get(model, record)
            filled = part[part["state"] == "filled"]
            assert len(filled) == len(own["filled"]), (table, model)
            if (part["state"] == "filled").all():
                continue  # a curve: its rows differ from estimate to estimate
            assert (part["state"] != "dropped").sum() == own["n_obs"] * len(own["measures"])
            rows = part.loc[part["state"] == "dropped", ["province_code", "year"]].drop_duplicates()
            # the manifest names a row once for each reason
            named = {(row["province_code"], row["year"]) for row in own["dropped"]}
            assert named <= set(rows.itertuples(index=False, name=None)), (table, model)
    assert asked["cells"].sum() == (seen["state"] != "used").sum() > 0
    assert asked["reason"].notna().all()


def test_former_names_of_columns_answer_until_the_version_that_they_name(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """SQL of 0.4.0 runs on `results`; a former name that stays too long fails here."""
    former = {
        (model["name"], column["name"]): column["config"]["meta"]
        for path in sorted((REPOSITORY / "dbt_project" / "models" / "results").glob("*.yml"))
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
        for column in model["columns"]
        if "former_name_of" in column.get("config", {}).get("meta", {})
    }
    known = {("artifacts", "n_provinces"), ("sample_cells", "province_code"), ("audit", "finding")}
    assert former.keys() == known
    for (table, name), meta in former.items():
        other = f'count(*) filter ("{name}" is distinct from "{meta["former_name_of"]}")'
        sql = f'select count(*), count("{name}"), {other} from results."{table}"'
        rows, filled, differ = warehouse.execute(sql).fetchone()
        assert rows and filled and differ == 0, (table, name)
        assert Version(living_panel.__version__) < Version(meta["until"]), (table, name)


def test_statistics_are_there_under_both_of_their_names(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """A row of each name with the same number, until the version that the contract names."""
    path = REPOSITORY / "dbt_project" / "models" / "results" / "statistics.yml"
    (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    meta = next(c["config"]["meta"] for c in model["columns"] if c["name"] == "statistic")
    today = {name: former for former, name in meta["former_values"].items()}
    assert today == {**FORMER_SIZES, **FORMER_OF_AUDITS}
    assert Version(living_panel.__version__) < Version(meta["until"])
    for former, name in meta["former_values"].items():
        keys = "table_id, artifact_id, model, term, inference, value, text"
        found = {
            n: warehouse.execute(
                f"select {keys} from results.statistics where statistic = ? order by all", [n]
            ).fetchall()
            for n in (former, name)
        }
        assert found[former] and found[former] == found[name]
    counted, wrong = warehouse.execute(
        "select count(n_periods), count(*) filter (n_periods > last_year - first_year + 1) from results.artifacts"
    ).fetchone()
    assert counted and not wrong


def test_growth_mixes_no_two_editions(
    warehouse: duckdb.DuckDBPyConnection, gdp_as_printed: pd.DataFrame
) -> None:
    found = ask(warehouse, "19_growth_by_province_and_edition")
    codes = warehouse.execute("select province, province_code from marts.provinces").df()
    found = found.merge(codes).set_index(["province_code", "edition", "vintage", "year"])["growth"]
    levels = gdp_as_printed[gdp_as_printed["province_code"] != "000000"]
    wide = levels.pivot(
        index=["province_code", "edition", "vintage"], columns="year", values="value"
    )
    expected = (wide / wide.shift(axis=1) - 1).stack().dropna()
    assert len(found) == len(expected) > 500
    assert (found - expected.reindex(found.index)).abs().max() < 1e-12


def test_each_column_is_what_that_edition_prints(
    warehouse: duckdb.DuckDBPyConnection, gdp_as_printed: pd.DataFrame
) -> None:
    found = ask(warehouse, "20_one_province_through_its_editions").set_index("year")
    expected = gdp_as_printed[gdp_as_printed["province_code"] == "120000"].pivot(
        index="year", columns="edition", values="value"
    )
    assert [str(e) for e in expected.columns] == list(found.columns)
    assert found.to_numpy() == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_your_own_file_meets_the_panels_rows(
    official_release: Path, warehouse: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    found = ask(warehouse, "21_join_with_your_own_csv").set_index(["province", "year"])
    panel = pd.read_parquet(official_release / "panel.parquet").set_index(["province_code", "year"])
    gdp = panel["gdp_cny_100m"]
    assert found.loc[("Guangdong", 2018), "share_of_gdp"] == pytest.approx(
        2300 / gdp["440000", 2018]
    )
    assert len(found) == len(pd.read_csv(REPOSITORY / "docs" / "cookbook" / "own_figures.csv"))


def test_releases_are_those_of_the_folder_and_dated_by_the_ledger(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    lines = (checkout / "data" / "ledger.jsonl").read_text("utf-8").splitlines()
    when = {e["name"]: e["at"] for e in map(json.loads, reversed(lines)) if e["kind"] == "release"}
    found = ask(warehouse, "22_releases_and_their_sources")
    assert dict(zip(found["release_id"], found["frozen_at"], strict=True)) == when
    for release, part in found.groupby("release_id"):
        path = checkout / "data" / "releases" / release / "manifest.json"
        sources = json.loads(path.read_text(encoding="utf-8"))["sources"]
        assert part["files"].sum() == len(sources)


def test_two_releases_stand_side_by_side(checkout: Path, tmp_path: Path) -> None:
    copy = tmp_path / "two.duckdb"
    shutil.copy2((checkout / "data" / "warehouse.duckdb").resolve(), copy)
    with duckdb.connect(str(copy)) as connection:
        one = ask(connection, "04_two_releases_side_by_side")
        assert one["older"].isna().all(), "one release: nothing to compare with"
        connection.execute(
            "insert into results.artifacts by name select * replace ('old-' || artifact_id as artifact_id,"
            " 'older' as release_id, '2001-01-01T00:00:00' as created_at) from results.artifacts"
        )
        connection.execute(
            "insert into results.coefficients by name select * replace ('old-' || artifact_id as artifact_id,"
            " estimate - 0.25 as estimate) from results.coefficients"
        )
        two = ask(connection, "04_two_releases_side_by_side")
    assert len(two) == len(one)
    assert (two["newer"] - two["older"] - 0.25).abs().max() < 1e-9


def test_audit_in_sql_is_the_audit_of_the_rules(warehouse: duckdb.DuckDBPyConnection) -> None:
    from living_panel.estimation.audit import RULES

    rules = warehouse.execute(
        "select rule, max(applicable) from results.audit group by rule"
    ).fetchall()
    assert {r for r, _ in rules} == set(RULES)
    impossible = ask(warehouse, "08_audit_inconsistencies")
    assert (impossible["applicable"] > 0).all()
    assert impossible["inconsistency"].str.startswith("constant, Model").sum() == 3, (
        "in one fact of the paper"
    )


def test_the_dictionary_is_current_and_leaves_no_column_out(checkout: Path) -> None:
    from living_panel.orchestration.dbt.dictionary import dictionary

    manifest = json.loads(
        (checkout / "data" / "build" / "dbt" / "manifest.json").read_text("utf-8")
    )
    text = (REPOSITORY / "docs" / "dictionary.md").read_text(encoding="utf-8")
    assert text == dictionary(manifest, REPOSITORY / "dbt_project" / "seeds"), "remedy: make docs"
    with (REPOSITORY / "dbt_project" / "seeds" / "measures.csv").open(encoding="utf-8") as handle:
        wanted = {r["measure"] for r in csv.DictReader(handle) if r["in_panel"] == "true"}
    panel = text[text.index("## marts.panel") : text.index("## marts.provinces")]
    assert wanted <= set(re.findall(r"^\| `(\w+)`", panel, re.MULTILINE))
    assert "printed 万元 × 0.0001" in panel
    assert "mean CNY per USD" in panel
    assert (
        "| `630000` | Qinghai | 青海 |" in text
        and "| Gross regional product | 地区生产总值 |" in text
    )
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["config"]["schema"] in ("marts", "results"):
            assert f"## {node['config']['schema']}.{node['name']}" in text
            assert all(c["description"] for c in node["columns"].values()), node["name"]


def test_formulas_follow_a_column_to_where_it_is_made() -> None:
    from living_panel.orchestration.dbt.dictionary import formulas_of

    found = formulas_of(
        "with a as (select x, {{ macro() }} as j from {{ ref('t') }}),\n"
        "b as (select a.x as y, a.x - 1 as z from a)\n"
        "select b.y, b.z, b.y / b.z as ratio, cast(b.z as integer) as w from b"
    )
    assert found == {"z": "a.x - 1", "w": "a.x - 1", "ratio": "b.y / b.z"}


def test_dbt_documents_itself_on_one_static_page(checkout: Path, tmp_path: Path) -> None:
    checkout = copy_checkout(checkout, tmp_path / "living-panel")
    before = (checkout / "data" / "build" / "warehouse.duckdb").stat().st_mtime_ns
    done = make(checkout, "docs")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    page = checkout / "data" / "build" / "docs" / "index.html"
    text = page.read_text(encoding="utf-8")
    assert "coefficient_drift" in text and "MANIFEST.JSON INLINE DATA" not in text
    assert (checkout / "data" / "build" / "warehouse.duckdb").stat().st_mtime_ns == before
    ignored = subprocess.run(["git", "check-ignore", "-q", str(page)], cwd=checkout, check=False)
    assert ignored.returncode == 0


@pytest.mark.parametrize("folder", [".", "docs"])
def test_the_notebook_runs_and_finds_the_stored_slope(checkout: Path, folder: str) -> None:
    notebook = nbformat.read(checkout / "docs" / "notebook.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in code), "`make docs` stores the outputs"
    stored = [[output["data"] for output in cell.outputs] for cell in code]
    for cell in code:
        cell.outputs = []
    run_notebook(notebook, checkout / folder)
    found = [[output["data"] for output in cell.outputs] for cell in code]
    assert found == stored, "`make docs` stores the outputs anew"
    assert any("sha256" in str(c.get("outputs")) for c in notebook.cells)


@pytest.mark.skipif(
    shutil.which("Rscript") is None, reason="no R on this machine (apt-get install r-base)"
)
def test_r_reads_the_release_and_finds_the_stored_slope(
    checkout: Path, official_release: Path
) -> None:
    done = subprocess.run(
        ["Rscript", "--vanilla", str(checkout / "docs" / "read_release.R"), str(official_release)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    slope = float(re.search(r"^slope (\S+)", done.stdout, re.MULTILINE)[1])
    current = json.loads((checkout / "data" / "state" / "current.json").read_text("utf-8"))
    identity = next(e["artifact_id"] for e in current if e["table_id"] == "t04_baseline")
    stored = pd.read_parquet(
        checkout / "data" / "artifacts" / "t04_baseline" / identity / "coefficients.parquet"
    )
    own = stored[(stored["model"] == "alone.1") & (stored["term"] == "fdi")]
    assert slope == pytest.approx(own["estimate"].iloc[0], rel=1e-8)
