"""Tables over the editions of a small data set: estimated once, verified later, and the paths of findings in SQL."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.artifacts.artifact import CELLS
from living_panel.estimation.data_sets import data_set
from living_panel.estimation.findings import declared
from living_panel.estimation.panel.spec import load_spec
from living_panel.estimation.papers import source
from living_panel.estimation.papers.editions_from_files import add_edition, new_data_set
from living_panel.ingestion.digests import sha256_of
from living_panel.orchestration.assets.recomputing import recompute_artifact
from living_panel.orchestration.outputs import edition_steps, edition_tables
from living_panel.orchestration.outputs.edition_tables import (
    edition_path,
    estimate_over_editions,
    followed_tables,
    write_edition_tables,
)
from living_panel.orchestration.root.settings import Settings

PAPER = "income_2026"
COLUMN = (
    "    - {id: main, title: Main, estimator: least_squares, model: y ~ x, "
    "vcov: {cov: HC1, correction: n-k, df: t(n-k)}}\n"
)
FILES = {
    "paper.yml": (
        f"paper: {PAPER}\nauthors: [A. Reader]\nyear: 2026\ntitle: T\n"
        "sample: {unit: firm, units: 9, first_year: 2000, last_year: 2004, excluded: {}, place: here}\n"
        "roles:\n  y: {label: y, concept: y, measures: [y], log: false}\n"
        "  x: {label: x, concept: x, measures: [x], log: false}\n"
        "variables: {}\nequation: {lhs: y, regressors: [x], effects: [], transform: level, place: here}\ntables: {}\n"
    ),
    f"specs/{PAPER}_main.yml": (
        f"table: {PAPER}_main\nkind: panel_models\ntitle: T\nquestion: Q?\nstars: {{}}\nvariables: [y, x]\noptions:\n"
        "  sample: {units: all, first_year: 2000, last_year: 2004, without_years: [], minimum_coverage: .5}\n"
        f"  interpolation: {{method: none}}\n  columns:\n{COLUMN}"
    ),
    "findings.yml": (
        f"- {{id: main, claim: x raises y., none_printed: a test, what: The slope, rule: {{estimate: above}}, "
        f"estimate: {{table: {PAPER}_main, model: main, term: x}}, "
        f"editions: {{table: {PAPER}_main, paths: [{{title: All firms, model: main, term: x}}]}}}}\n"
    ),
    "data/source.yml": (
        "source: own\nedition: 2001\nobtained: 2026-11-30\nstatus: authors\ncitation: C\n"
        "data: {set: small, measures: [x]}\n"
    ),
    "data/measures.csv": "measure,title,unit,description\ny,Y,dollars,\n",
}


@pytest.fixture(autouse=True)
def compute_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in this process, which knows the folders of a test."""
    for module in (edition_tables, edition_steps):
        monkeypatch.setattr(module, "compute", lambda calls, *_: [call() for call in calls])


def rows(slope: float) -> pd.DataFrame:
    generator = np.random.default_rng(5)
    keys = [(f"f{n}", year) for n in range(9) for year in range(2000, 2005)]
    frame = pd.DataFrame(keys, columns=["unit", "year"])
    noise = generator.normal(size=len(frame))
    return frame.assign(x=noise, z=noise + 1, y=slope * noise + generator.normal(size=len(frame)))


@pytest.fixture
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A paper on a data set of two editions, in a folder as a workspace has it."""
    folder = tmp_path / "papers"
    for name, text in FILES.items():
        (folder / PAPER / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / PAPER / name).write_text(text)
    rows(1.0)[["unit", "year", "y"]].to_csv(folder / PAPER / "data" / "panel.csv", index=False)
    files = tmp_path / "files"
    files.mkdir()
    for name, slope in (("a_2010", 1.0), ("b_2012", -1.0)):
        rows(1.0).assign(x=rows(1.0)["x"] * slope)[["unit", "year", "x", "z"]].to_csv(
            files / f"{name}.csv", index=False
        )
    new_data_set("small", files, tmp_path / "data_sets")
    for module in (data_set, source, edition_tables):
        if hasattr(module, "sets_folder"):
            monkeypatch.setattr(module, "sets_folder", lambda: tmp_path / "data_sets")
    monkeypatch.setattr(edition_tables, "PAPERS", folder)
    monkeypatch.setattr(edition_tables.followed_tables, "__defaults__", (folder,))
    monkeypatch.setattr(edition_tables.edition_path, "__defaults__", (folder,))
    monkeypatch.setattr(edition_steps.terms_of, "__defaults__", (folder,))
    monkeypatch.setattr(edition_steps.edition_steps, "__defaults__", (folder,))
    declared.load_findings.cache_clear()
    return folder


@pytest.mark.long
def test_each_step_is_split_once_into_parts_that_add_up(papers: Path, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    specs = [load_spec(papers / PAPER / "specs" / f"{PAPER}_main.yml")]
    estimate_over_editions(settings, specs, "code", "run", print)
    steps = edition_steps.edition_steps(settings)
    path = edition_path(settings).set_index("edition")["estimate"]
    parts = steps[steps["kind"] == "part"]
    assert parts["label"].tolist() == ["revision of x"]
    assert parts["change"].sum() == pytest.approx(path["b_2012"] - path["a_2010"], rel=1e-12)
    units = steps[steps["kind"] == "unit"]
    assert len(units) == 3 and set(units["from_edition"]) == {"a_2010"}
    assert edition_steps.split_steps(settings, specs) == 0
    third = tmp_path / "third.csv"
    rows(1.0)[["unit", "year", "x", "z"]].to_csv(third, index=False)
    add_edition("small", third, "third", "2014", root=tmp_path / "data_sets")
    estimate_over_editions(settings, specs, "code", "run", print)
    later = edition_steps.edition_steps(settings)
    assert later["to_edition"].drop_duplicates().tolist() == ["b_2012", "third"]
    pd.testing.assert_frame_equal(later.head(len(steps)), steps)
    write_edition_tables(settings, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        total = connection.execute(
            "select to_edition, sum(change) from results.edition_steps where kind = 'part' group by 1 order by 1"
        ).fetchall()
    assert total[0][1] == pytest.approx(-total[1][1], rel=1e-9)


def test_values_of_a_data_set_in_sql_are_those_of_its_present_files(
    papers: Path, tmp_path: Path
) -> None:
    """A file of an edition is corrected in its place; the warehouse has the table from before."""
    folder = tmp_path / "data_sets"
    with duckdb.connect() as connection:
        connection.execute(f"create schema {edition_tables.SCHEMA}")

        def written() -> float:
            edition_tables._write_values(connection, data_set.load_data_set("small", folder))
            of = "measure = 'x' and edition = 'a_2010' and unit = 'f0' and period = 2000"
            query = f"select value from {edition_tables.SCHEMA}.small where {of}"
            return float(connection.execute(query).fetchall()[0][0])

        before = written()
        file = data_set.load_data_set("small", folder).path(
            data_set.load_data_set("small", folder).edition("a_2010")
        )
        listing, old = folder / "small" / "editions.yml", sha256_of(file)[0]
        frame = pd.read_csv(file)
        frame["x"] += 1
        frame.to_csv(file, index=False)
        text = listing.read_text(encoding="utf-8")
        listing.write_text(text.replace(old, sha256_of(file)[0]), encoding="utf-8")
        data_set.forget_data_sets()
        assert written() == pytest.approx(before + 1)


@pytest.mark.long
def test_a_table_is_estimated_once_an_edition_and_its_path_is_in_sql(
    papers: Path, tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    specs = [load_spec(papers / PAPER / "specs" / f"{PAPER}_main.yml")]
    assert [spec.table for spec, *_ in followed_tables(specs)] == [f"{PAPER}_main"]
    for expected in (2, 0):
        assert estimate_over_editions(settings, specs, "code", "run", print) == expected
    path = edition_path(settings)
    assert path["edition"].tolist() == ["a_2010", "b_2012"]
    assert path["state"].tolist() == ["holds", "reversed"]
    assert path["step"].tolist()[1:] == ["moved"] and set(path["base"]) == {"a_2010"}
    difference = path["estimate"].iloc[1] - path["estimate"].iloc[0]
    assert path["step_change"].iloc[1] == pytest.approx(difference, rel=1e-12)
    assert path["base_p_holm"].iloc[1] < 1e-4 and path["test_groups"].iloc[1] == 9
    assert path["estimate"].iloc[0] == pytest.approx(-path["estimate"].iloc[1], rel=1e-12)
    file = tmp_path / "warehouse.duckdb"
    for _ in range(2):  # a build file has them already
        write_edition_tables(settings, file)
    with duckdb.connect(str(file)) as connection:
        states = connection.execute(
            "select edition, finding, state from results.finding_paths"
        ).fetchall()
        former = connection.execute(
            "select edition, conclusion, holds from results.edition_path"
        ).fetchall()
        values = connection.execute(
            "select edition, value from data_sets.small "
            "where unit = 'f0' and period = 2000 and measure = 'x' order by 1"
        ).fetchall()
        counted = connection.execute("select count(*) from data_sets.small").fetchone()
    assert sorted(states) == [("a_2010", "main", "holds"), ("b_2012", "main", "reversed")]
    assert sorted(former) == [("a_2010", "x raises y.", True), ("b_2012", "x raises y.", False)]
    assert values[0][1] == -values[1][1] and counted == (2 * 2 * 45,)


def test_an_estimate_over_an_edition_is_numbers_alone_until_somebody_asks(
    papers: Path, tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    specs = [load_spec(papers / PAPER / "specs" / f"{PAPER}_main.yml")]
    assert estimate_over_editions(settings, specs, "code", "run", print) == 2
    alone = sorted((settings.artifacts / f"{PAPER}_main").iterdir())
    for folder in alone:
        files = {file.name for file in folder.iterdir()}
        assert files == {"coefficients.parquet", "statistics.parquet", "manifest.json"}
        problems, line = recompute_artifact(settings.releases, folder)
        assert problems == [] and "recomputed, same bytes" in line
    before = edition_path(settings).drop(columns="artifact_id")
    assert estimate_over_editions(settings, specs, "code", "run", print, in_full=True) == 2
    full = sorted({*(settings.artifacts / f"{PAPER}_main").iterdir()} - {*alone})
    assert all((folder / "table.docx").is_file() and (folder / CELLS).is_file() for folder in full)
    pd.testing.assert_frame_equal(edition_path(settings).drop(columns="artifact_id"), before)
    assert estimate_over_editions(settings, specs, "code", "run", print) == 0
    assert set(edition_path(settings)["artifact_id"]) == {folder.name for folder in full}


def test_a_changed_number_over_an_edition_is_named(papers: Path, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    specs = [load_spec(papers / PAPER / "specs" / f"{PAPER}_main.yml")]
    estimate_over_editions(settings, specs, "code", "run", print)
    folder = next((settings.artifacts / f"{PAPER}_main").iterdir())
    rows = pd.read_parquet(folder / "coefficients.parquet")
    rows.assign(estimate=rows["estimate"] + 1e-6).to_parquet(folder / "coefficients.parquet")
    (problem,), _ = recompute_artifact(settings.releases, folder)
    assert (problem.code, problem.place.file) == (
        Code.VERIFY_ARTIFACT, str(folder / "coefficients.parquet"),
    )  # fmt: skip
    assert estimate_over_editions(settings, specs, "code", "run", print) == 1


@pytest.mark.long
def test_a_new_edition_estimates_itself_and_leaves_the_others(papers: Path, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data", tmp_path / "state")
    specs = [load_spec(papers / PAPER / "specs" / f"{PAPER}_main.yml")]
    estimate_over_editions(settings, specs, "code", "run", print)
    third = tmp_path / "third.csv"
    rows(1.0).assign(x=rows(1.0)["x"] * 2)[["unit", "year", "x", "z"]].to_csv(third, index=False)
    add_edition("small", third, "third", "2014", root=tmp_path / "data_sets")
    assert estimate_over_editions(settings, specs, "code", "run", print) == 1
    assert edition_path(settings)["edition"].tolist() == ["a_2010", "b_2012", "third"]
    shutil.rmtree(next((settings.artifacts / f"{PAPER}_main").glob("*")))
    assert estimate_over_editions(settings, specs, "code", "run", print) == 1
