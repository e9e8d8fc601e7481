"""Tables 2 and 3 of Acemoglu et al. (2008) on the authors' data and on every edition, against independent estimates."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from living_panel.estimation.data_sets.data_set import load_data_set
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.tables.estimate import estimate
from living_panel.orchestration.outputs.edition_tables import (
    estimate_over_editions,
    write_edition_tables,
)
from living_panel.orchestration.root.settings import Settings

HERE = Path(__file__).parent
PAPER = PAPERS / "acemoglu_2008"
TRIAL = pd.read_csv(HERE / "acemoglu_2008_trial.csv", dtype={"edition": "str"})
EDITIONS = [edition.name for edition in load_data_set("penn_world_table").editions]
QUICK = ("5.6", "8.0", "10.01")
TABLES = {"fh": "freedom_house", "polity": "polity"}
MODELS = {"pooled": "pooled", "fe": "fixed", "fe_nolag": "without_lag"}


@cache
def release(edition: str | None) -> Release:
    frames = release_frames(PAPER / "data", edition)
    panel = frames["panel"].set_index(["province_code", "year"]).sort_index()
    others = {name: frame for name, frame in frames.items() if name != "panel"}
    return Release("0" * 16, panel, **others, manifest={"sources": []})


def estimates(table: str, edition: str | None) -> pd.DataFrame:
    found = estimate(load_spec(PAPER / "specs" / f"{table}.yml"), release(edition))
    return found.coefficients.set_index(["model", "term"])


def hold(ours: pd.DataFrame, row: pd.Series, model: str, term: str) -> None:
    mine = ours.loc[(model, term)]
    assert mine["estimate"] == pytest.approx(row["coef"], rel=1e-9, abs=1e-12)
    assert mine["std_error"] == pytest.approx(row["se"], rel=1e-9)
    assert mine["n_obs"] == row["n"]


@pytest.mark.parametrize("measure", TABLES)
def test_the_authors_data_give_the_independent_estimates(measure: str) -> None:
    name = TABLES[measure]
    ours = estimates(f"acemoglu_2008_{name}", None)
    theirs = TRIAL[TRIAL["sample"].eq("authors") & TRIAL["study"].str.contains(f"_{measure}_")]
    assert len(theirs) == 5
    for row in theirs.to_dict("records"):
        kind = row["study"].split("_", 2)[2]
        model = {"pooled": "pooled", "fe": "fixed", "fe_nolag": "fixed_without_lag"}[kind]
        term = f"{name}_lag" if row["term"] == "democracy_lag" else "income_lag"
        hold(ours, row, model, term)


@pytest.mark.parametrize("measure", TABLES)
def test_the_authors_data_give_every_printed_number(measure: str) -> None:
    name, number = TABLES[measure], {"fh": "2", "polity": "3"}[measure]
    ours = estimates(f"acemoglu_2008_{name}", None)
    printed = load_paper("acemoglu_2008").tables[number]
    compared = 0
    for cell in printed.estimates():
        mine = ours.loc[(cell.model, cell.term)]
        for value, shown in ((mine["estimate"], cell.estimate), (mine["std_error"], cell.bracket)):
            assert shown is not None and shown.low <= value <= shown.high
            compared += 1
    assert compared == 8


@pytest.mark.parametrize(
    "edition", [e if e in QUICK else pytest.param(e, marks=pytest.mark.slow) for e in EDITIONS]
)
@pytest.mark.parametrize("measure", TABLES)
def test_each_edition_gives_the_independent_estimates(measure: str, edition: str) -> None:
    """On its own and on the common sample, under both concepts of income."""
    name = TABLES[measure]
    ours = estimates(f"acemoglu_2008_{name}_editions", edition)
    theirs = TRIAL[TRIAL["edition"].eq(edition) & TRIAL["study"].str.contains(f"_{measure}_")]
    assert len(theirs) == 18
    for row in theirs.to_dict("records"):
        kind = MODELS[row["study"].split("_", 2)[2]]
        concept = row["concept"].removeprefix("y_")
        model = f"{row['sample']}_{concept}_{kind}"
        hold(ours, row, model, f"{name if row['term'] == 'democracy_lag' else concept}_lag")


@pytest.mark.slow
def test_the_paths_of_the_findings_are_the_96_slopes_of_the_trial(tmp_path: Path) -> None:
    """Two measures of democracy, two samples, two concepts of income, twelve editions."""
    settings = Settings(tmp_path / "data", tmp_path / "state")
    specs = [
        load_spec(PAPER / "specs" / f"acemoglu_2008_{n}_editions.yml") for n in TABLES.values()
    ]
    assert estimate_over_editions(settings, specs, "code", "run", print) == 24
    write_edition_tables(settings, tmp_path / "warehouse.duckdb")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        paths = connection.execute("select * from results.finding_paths").df()
    is_slope = TRIAL["study"].str.endswith("_fe") & TRIAL["term"].eq("ln_y_lag")
    theirs = TRIAL[is_slope & TRIAL["sample"].isin(["own", "common"])]
    theirs = theirs.assign(
        finding=theirs["study"].map({"ajry_fh_fe": "freedom-house", "ajry_polity_fe": "polity"}),
        model=theirs["sample"] + theirs["concept"].str.removeprefix("y") + "_fixed",
    )
    both = paths.merge(theirs, on=["finding", "model", "edition"], validate="1:1")
    assert len(paths) == len(theirs) == len(both) == 96
    assert both["estimate"].to_numpy() == pytest.approx(both["coef"].to_numpy(), rel=1e-9)
    assert both["std_error"].to_numpy() == pytest.approx(both["se"].to_numpy(), rel=1e-9)
    assert (both["n_obs"] == both["n"]).all() and (both["n_units"] == both["countries"]).all()
