"""Steps of a new user: clone, `make run`, look, run again, go back, check.

Everything here goes through make, in a clone, as a person would.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from living_panel.orchestration.assets.verification import NO_PROBLEM
from living_panel.orchestration.automation.progress import STAGES
from tests.conftest import copy_checkout, make
from tests.shown_everywhere import differences

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="checkout")
def own_checkout(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone to write into, moved after its first run, as a folder may be, to a name with a blank."""
    return copy_checkout(checkout, tmp_path_factory.mktemp("commands") / "living panel")


def inventory(data: Path) -> dict[str, int]:
    """Everything a refresh keeps, with the time it was written."""
    kept = [*data.glob("archive/*/*/*/*"), *data.glob("releases/*/*"), *data.glob("artifacts/*/*/*"),
            *data.glob("warehouse/*.duckdb")]  # fmt: skip
    return {str(p.relative_to(data)): p.stat().st_mtime_ns for p in kept}


def query(checkout: Path, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(checkout / "data" / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).df()


def test_the_first_run_names_its_stages_and_ends_with_a_summary(checkout: Path) -> None:
    said = (checkout / "first-run.txt").read_text(encoding="utf-8")
    for number, stage in enumerate(STAGES[1:], 2):  # nobody prints that files lie in the inbox
        assert f"[{number}/{len(STAGES)}] {stage}\n" in said, stage
    for words in ("t01_descriptive", "t04_baseline", "marts.panel", "make dev", "make sql"):
        assert words in said
    paths = re.findall(r"data/artifacts/\S+/table\.md", said)
    assert paths and all((checkout / p).exists() for p in paths)


def test_a_release_s_stata_file_says_titles_and_units(checkout: Path) -> None:
    said = json.loads((checkout / "data/published/state.json").read_text(encoding="utf-8"))
    release = checkout / "data" / "releases" / said["release_id"]
    with pd.read_stata(release / "panel.dta", iterator=True) as reader:
        labels, units = reader.variable_labels(), reader.value_labels()["id"]
        panel = reader.read(convert_categoricals=False)
    assert panel["id"].dtype.kind == "i" and not panel.duplicated(["id", "year"]).any()
    assert panel["id"].map(units).eq(panel["province"]).all(), "ready for xtset, with names"
    assert labels["trade_cny_100m"].endswith(", 100 million yuan")
    assert not [column for column, label in labels.items() if not label]


def test_a_second_run_makes_nothing_new(checkout: Path) -> None:
    before, link = (
        inventory(checkout / "data"),
        os.path.realpath(checkout / "data" / "warehouse.duckdb"),
    )
    done = make(checkout, "run")
    assert done.returncode == 0, done.stderr[-2000:]
    assert inventory(checkout / "data") == before
    assert os.path.realpath(checkout / "data" / "warehouse.duckdb") == link
    assert "made now" not in done.stdout
    again = make(checkout, "run")  # the first one after the folder moved looks at every stage
    assert again.returncode == 0 and "Nothing new since run" in again.stdout


def test_every_coefficient_is_shown_by_one_inference_everywhere(checkout: Path) -> None:
    assert list(differences(checkout / "data")) == []


def test_no_close_p_value_of_an_estimate_is_left_to_the_draws(checkout: Path) -> None:
    """Outside the curves, whose p-values are drawn."""
    close = query(
        checkout,
        "select table_id, model, term from results.current_coefficients "
        "where inference = 'wild_cluster_bootstrap:rademacher' and n_clusters <= 31 "
        "and p_mc_error > 0 and abs(p_value - .05) <= 4 * p_mc_error "
        "and table_id not in ('x_curve', 'innovation_2026_curve')",
    )
    assert close.empty


def test_one_estimate_has_one_interval_in_all_tables(checkout: Path) -> None:
    """The curves draw all their choices together."""
    several = query(
        checkout,
        "select term, n_obs, list(table_id) from results.current_coefficients "
        "where inference = 'wild_cluster_bootstrap:rademacher' "
        "and table_id not in ('x_curve', 'innovation_2026_curve') "
        "group by release_id, term, n_obs, n_clusters, round(estimate, 9) "
        "having max(ci_low) - min(ci_low) > 1e-9 or max(ci_high) - min(ci_high) > 1e-9 "
        "or max(p_value) - min(p_value) > 1e-9",
    )
    assert several.empty, several


def test_every_current_coefficient_leads_to_source_bytes(checkout: Path) -> None:
    lost = query(
        checkout,
        "select c.table_id, c.model, c.term from results.current_coefficients c "
        "anti join results.lineage l using (artifact_id)",
    )
    assert lost.empty
    receipts = {
        line.split()[-1]
        for path in (checkout / "data" / "archive").glob("*/*/*/receipt.yml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "sha256:" in line
    }
    papers_own = checkout.glob("estimation/papers/*/data/panel.csv")
    known = receipts | {hashlib.sha256(p.read_bytes()).hexdigest() for p in papers_own}
    # data of an installed package have the hash that their source.yml states
    for path in checkout.glob("estimation/papers/*/data/source.yml"):
        known |= set(re.findall(r"\b[0-9a-f]{64}\b", path.read_text(encoding="utf-8")))
    # prepared data have the hash of the list that `sha256sum prepare.sql raw/…` prints
    for sql in checkout.glob("estimation/papers/*/data/prepare.sql"):
        files = [sql, *sorted(sql.parent.glob("raw/*.csv"))]
        digests = [(hashlib.sha256(f.read_bytes()).hexdigest(), f) for f in files]
        listed = "".join(f"{d}  {f.relative_to(sql.parent).as_posix()}\n" for d, f in digests)
        known.add(hashlib.sha256(listed.encode()).hexdigest())
    # an edition of a data set has the hash of its file
    editions = checkout.glob("estimation/data_sets/*/*.csv.gz")
    known |= {hashlib.sha256(path.read_bytes()).hexdigest() for path in editions}
    # an added value has the hash of its row of the corrections
    rows = pd.read_csv(checkout / "dbt_project/seeds/corrections.csv", dtype={"province_code": str})
    for row in rows[rows["action"] == "add"].itertuples():
        line = (
            f"{row.source} {row.indicator_label} {row.unit} {row.province_code} {row.year} "
            f"{row.corrected_value} {row.reason}"
        )
        known.add(hashlib.sha256(line.encode()).hexdigest())
    assert set(query(checkout, "select distinct sha256 from results.lineage")["sha256"]) <= known


def test_status_says_what_is_published(checkout: Path) -> None:
    done = make(checkout, "status")
    assert done.returncode == 0
    link = os.path.realpath(checkout / "data" / "warehouse.duckdb")
    assert os.path.basename(link) in done.stdout and "t04_baseline" in done.stdout
    assert "Unfinished" not in done.stdout


def test_the_shell_lists_its_tables_and_cannot_write(checkout: Path) -> None:
    import subprocess

    script = "show tables; select count(*) as n from marts.panel; create table x as select 1;"
    done = subprocess.run(
        [".venv/bin/python", "-m", "living_panel", "sql"], cwd=checkout, input=script,
        capture_output=True, text=True, check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("LIVING_PANEL_")},
    )  # fmt: skip
    assert "620" in done.stdout and "current_coefficients" in done.stdout
    assert "read-only" in done.stderr + done.stdout


def test_help_lists_every_command(checkout: Path) -> None:
    said = make(checkout, "help").stdout
    for command in (
        "run",
        "test",
        "dev",
        "sql",
        "receipt",
        "verify",
        "rollback",
        "status",
        "check",
        "clean",
    ):
        assert f"make {command}" in said


def test_clean_keeps_what_cannot_be_rebuilt_and_run_rebuilds_the_same(checkout: Path) -> None:
    data = checkout / "data"
    before = {p: m for p, m in inventory(data).items() if not p.startswith("warehouse")}
    current = json.loads((data / "state" / "current.json").read_text())
    assert make(checkout, "clean").returncode == 0
    assert not (data / "warehouse.duckdb").exists() and not (data / "build").exists()
    assert {p: m for p, m in inventory(data).items() if not p.startswith("warehouse")} == before
    assert make(checkout, "run").returncode == 0
    assert json.loads((data / "state" / "current.json").read_text()) == current
    assert {p: m for p, m in inventory(data).items() if not p.startswith("warehouse")} == before


def test_verify_recomputes_every_artifact(checkout: Path) -> None:
    """Last, so that it also looks at what was rebuilt after `make clean`."""
    done = make(checkout, "verify")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert NO_PROBLEM in done.stdout
    current = json.loads((checkout / "data" / "state" / "current.json").read_text())
    for entry in current:
        named = f"{entry['table_id']} {entry['artifact_id']}"
        assert f"{named}: recomputed, same bytes" in done.stdout
