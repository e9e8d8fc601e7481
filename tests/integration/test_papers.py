"""Several papers in one refresh, and one more that is only a folder of YAML."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import duckdb
import pandas as pd

from living_panel.estimation.panel.spec import PAPERS, load_specs
from living_panel.estimation.report.contents import paper_of
from living_panel.estimation.report.indicator_metadata import missing_fields
from living_panel.orchestration.assets import verification
from tests.conftest import copy_checkout
from tests.fixtures import small_root
from tests.integration.loaded_program import run_command
from tests.integration.roots import REPOSITORY, copy_root
from tests.unit.test_papers_by_yaml import written


def ask(checkout: Path, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(checkout / "data" / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).df()


def call(project: Path, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command of a checkout on its own data root, with make's variables."""
    own = {"PYTHONPATH": str(project), "OMP_NUM_THREADS": "1", "VIA_MAKE": "1"}
    return run_command([command], project, small_root.clean_environment() | own | variables)


def test_every_paper_has_its_tables_its_releases_and_its_page(checkout: Path) -> None:
    current = ask(checkout, "from results.artifacts where is_current").set_index("table_id")
    specs = load_specs()
    assert len({spec.paper for spec in specs.values()}) >= 3
    assert set(current.index) == set(specs)
    for table in ("t04_baseline", "innovation_2026_elasticities", "munnell_1990_productivity"):
        assert current.loc[table, "status"] == "estimated", table
    own_data = {p.parents[1].name for p in PAPERS.glob("*/data/source.yml")}
    assert current["release_id"].nunique() == 1 + len(own_data), (
        "the warehouse's, and each paper's own"
    )
    own = current.loc["munnell_1990_productivity", "release_id"]
    assert set(current.index[current["release_id"] == own]) == {
        name for name, spec in specs.items() if spec.paper == "munnell_1990"
    }
    pages = {
        p.name: p.read_text(encoding="utf-8") for p in (checkout / "data/report").glob("*.html")
    }
    papers = {f"{spec.paper}.html" for spec in specs.values() if spec.paper}
    assert {paper_of(name) for name in pages} == {"index", *(paper_of(name) for name in papers)}
    assert all(f'href="{name}' in pages["index.html"] for name in papers)
    assert all('href="index.html"' in text for name, text in pages.items() if name != "index.html")
    counts = ask(checkout, "from results.reproduction_counts where scope = 'paper'")
    counts = counts.set_index("paper")
    assert counts.loc["munnell_1990", ["reproduced", "printed", "class"]].tolist() == [
        32,
        32,
        "tables only",
    ]
    with_class = counts[~counts["class"].isin(["tables only", "comparison"])]
    # of the others the tables are reproduced, but not the work itself; of these two it is, on its own data
    assert set(with_class.index) == {"acemoglu_2008", "mankiw_romer_weil_1992"}
    assert counts.loc["bi_2025", "design"] == "comparison"
    assert "32 of 32" in pages["index.html"] and "32 of 32" in pages["munnell_1990.numbers.html"]


def test_every_measure_has_its_metadata(checkout: Path) -> None:
    report = checkout / "data" / "report"
    described = {
        file.name.removeprefix("measure_").removesuffix(".metadata.json"): json.loads(
            file.read_text("utf-8")
        )
        for file in (report / "data").glob("measure_*.metadata.json")
    }
    held = ask(checkout, "from marts.observations").dropna(subset="value")["measure"].unique()
    assert set(described) == set(held)
    assert {
        name: missing_fields(found) for name, found in described.items() if missing_fields(found)
    } == {}


def test_a_paper_written_from_its_documentation_alone_is_published_and_makes_no_other_anew(
    checkout: Path, tmp_path: Path
) -> None:
    project = copy_checkout(checkout, tmp_path / "project")
    model = project / "dbt_project/models/marts/panel.sql"
    as_published = model.read_text(encoding="utf-8")
    model.write_text(f"{as_published}-- another byte, and the marts are stale\n", encoding="utf-8")
    stale = call(project, "run", PAPER="munnell_1990")
    assert stale.returncode and "[LP-PUBLISH]" in stale.stderr
    model.write_text(as_published, encoding="utf-8")
    written(project / "estimation" / "papers")
    done = call(project, "run", PAPER="growth_2026")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    listed = "from results.artifacts where is_current"
    before, after = (set(ask(p, listed)["artifact_id"]) for p in (checkout, project))
    assert before < after, "the other papers' tables stay as they were published"
    there = {p.parent for p in (checkout / "data/artifacts").glob("*/*/coefficients.parquet")}
    now = {p.parent for p in (project / "data/artifacts").glob("*/*/coefficients.parquet")}
    new = {p.parent.name for p in now} - {p.parent.name for p in there}
    assert new == {"growth_2026_main"} and len(now) == len(there) + 1
    found = ask(
        project,
        "select model, term, n_obs from results.current_coefficients "
        "where table_id = 'growth_2026_main' and inference like 'cr3%' and term <> 'constant'",
    )
    assert set(zip(found["model"], found["term"], strict=True)) == {
        ("main.1", "fdi"), ("main.2", "fdi"), ("main.2", "open"), ("lagged.1", "fdi_lag"),
    }  # fmt: skip
    page = (project / "data/report/growth_2026.growth_2026_main.html").read_text(encoding="utf-8")
    assert "Output on foreign direct investment" in page
    assert "growth_2026.html" in (project / "data/report/index.html").read_text(encoding="utf-8")


def test_one_figure_of_a_papers_own_data_is_a_sentence_of_the_comparison(
    checkout: Path, tmp_path: Path
) -> None:
    """The panel's release stays; the paper's is another, its tables are made anew, and words say why."""
    project = copy_checkout(checkout, tmp_path / "project")
    panel = project / "estimation/papers/munnell_1990/data/panel.csv"
    text = panel.read_text(encoding="utf-8")
    assert text.count("AL,1970,28418,15032.67,") == 1
    panel.write_text(text.replace("AL,1970,28418,15032.67,", "AL,1970,28418,150326.7,"), "utf-8")
    assert call(project, "checksums", PAPER="munnell_1990").returncode == 0
    done = call(project, "run")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    before, after = (
        ask(folder, "from results.artifacts where is_current").set_index("table_id")["release_id"]
        for folder in (checkout, project)
    )
    mine = {name for name, spec in load_specs().items() if spec.paper == "munnell_1990"}
    assert set(before.index[before != after[before.index]]) == mine
    said = call(project, "diff").stdout
    for words in (
        f"munnell_1990: its own data went from release {before['munnell_1990_audit'][:6]} to "
        f"{after['munnell_1990_audit'][:6]}.",
        "munnell_1990: Edition 1990 of linearmodels.datasets.munnell restated Public capital in 1 state, "
        "1970: by 900.0% in the median, most Alabama 1970 (+900.0%).",
        "munnell_1990: Restated cells moved",
        "Printed findings of munnell_1990: our estimate changed for ",
        "OLS, ln K1, printed 0.155 (0.017): 0.155** -> ",
        "No cell of the panel differs.",
    ):
        assert words in said, words
    moved = ask(
        project,
        "from results.coefficient_drift where table_id = 'munnell_1990_productivity' "
        f"and to_release = '{after['munnell_1990_audit']}'",
    )
    pooled = moved.set_index(["model", "term"]).loc[("states.pooled", "pcap")]
    assert abs(pooled["restated"] - pooled["change"]) < 1e-9 and abs(pooled["change"]) > 0.001
    assert set(moved["from_release"]) == {before["munnell_1990_audit"]}
    # The release of the figures of before is no finding, although their bytes are in git alone.
    root = project / "data"
    for identity in {before["munnell_1990_audit"], after["munnell_1990_audit"]}:
        folder = root / "releases" / identity
        known = verification._known_sources(root)
        assert verification._release_problems(folder, known, print, is_read_whole=True) == []


def test_a_fault_in_one_paper_stops_it_and_the_others_are_published(
    checkout: Path, tmp_path: Path
) -> None:
    project = copy_checkout(checkout, tmp_path / "project")
    written(project / "estimation" / "papers")
    form = project / "estimation/papers/munnell_1990/paper.yml"
    text = form.read_text(encoding="utf-8").replace("  gsp: {label", "  gsp: {lable")
    form.write_text(text, encoding="utf-8")
    line = text[: text.index("lable")].count("\n") + 1
    done = call(project, "run")
    assert done.returncode != 0
    assert "failed. All parts that do not depend on it were published." in done.stderr
    fault = (
        f"munnell_1990/paper.yml:{line}: roles.gsp.lable: this key is unknown. Fix: write 'label'"
    )
    assert fault in done.stderr
    found = set(ask(project, "from results.artifacts where is_current")["table_id"])
    mine = {name for name, spec in load_specs().items() if spec.paper == "munnell_1990"}
    assert found == (set(load_specs()) - mine) | {"growth_2026_main"}


def test_papers_on_their_own_data_alone_are_published(
    refreshed_small: Path, tmp_path: Path
) -> None:
    """No table is of the panel, whose release is made all the same."""
    root, name = copy_root(refreshed_small, tmp_path / "data"), "kleiber_zeileis_2008"
    shutil.copytree(PAPERS / name, tmp_path / "papers" / name)
    shutil.copytree(PAPERS.parent / "data_sets", tmp_path / "data_sets")
    own = small_root.environment(root) | {"LIVING_PANEL_PAPERS": str(tmp_path / "papers")}
    del own["LIVING_PANEL_SPECS"]
    done = run_command(["run"], REPOSITORY, own)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    with duckdb.connect(str(root / "warehouse.duckdb"), read_only=True) as connection:
        sql = "select table_id from results.artifacts where is_current order by 1"
        assert connection.execute(sql).fetchall() == [(f"{name}_audit",), (f"{name}_firms",)]
