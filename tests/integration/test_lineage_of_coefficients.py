"""The files behind every coefficient, recomputed from the stored cells of the samples and the frozen releases."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from living_panel.estimation.panel.lineage import FILE_COLUMNS
from living_panel.estimation.panel.spec import load_specs

KEY = ["measure", "province_code", "year"]
CURVES = {"x_curve", "innovation_2026_curve"}


def test_every_coefficient_has_the_files_of_its_cells(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """Of each table: the cells that the sample used, in the variables of the column."""
    ask = warehouse.execute
    stored = ask("from results.coefficient_lineage").df()
    tables = ask(
        "select distinct table_id, artifact_id, artifacts.release_id from results.current_coefficients "
        "inner join results.artifacts using (table_id, artifact_id)"
    ).df()
    seen = set()
    for row in tables.itertuples():
        cells = ask(
            "from results.sample_cells where table_id = ? and state <> 'dropped'", [row.table_id]
        ).df()
        found = stored[stored["table_id"] == row.table_id]
        if row.table_id in CURVES:
            continue  # its specifications have a sample each, which is not stored: below
        release = checkout / "data" / "releases" / row.release_id
        observations = pd.read_parquet(release / "observations.parquet")
        manifest = json.loads(
            (
                checkout / "data/artifacts" / row.table_id / row.artifact_id / "manifest.json"
            ).read_text("utf-8")
        )
        coefficients = ask(
            "select distinct model, term from results.current_coefficients where table_id = ?",
            [row.table_id],
        ).df()
        for model, part in coefficients.groupby("model"):
            expected = _files(str(model), set(part["term"]), cells, observations, manifest)
            for term in part["term"]:
                of_term = found[(found["model"] == model) & (found["term"] == term)]
                known = of_term.set_index(FILE_COLUMNS)["cells"].astype(int).to_dict()
                assert known == expected, (row.table_id, model, term)
        seen.add(row.table_id)
    with_coefficients = set(tables["table_id"])
    assert seen == with_coefficients - CURVES and len(seen) > 15
    assert len(seen - {name for name in load_specs()}) == 0


def _files(
    model: str, terms: set[str], cells: pd.DataFrame, observations: pd.DataFrame, manifest: dict
) -> dict[tuple, int]:
    """Observed values of each file behind one model."""
    names = set(cells["model"])
    block = model.partition(".")[0]
    name = model if model in names else block if block in names else min(names)
    rows, options = cells[cells["model"] == name], manifest["spec"]["options"]
    if manifest["spec"]["kind"] == "fixed_effects":
        (chosen,) = (b for b in options["blocks"] if b["id"] == block)
        rows = rows[rows["variable"].isin(terms | {chosen["dependent"], chosen.get("weights")})]
    used = rows[rows["state"] == "used"].rename(columns={"year": "row", "year_measured": "year"})
    keys = set(used[KEY].itertuples(index=False, name=None))
    sample = manifest["sample"].get("blocks", {}).get(name, manifest["sample"])
    by_cell = {
        (f["variable"], f["province_code"], f["year"]): f["from_years"] for f in sample["filled"]
    }
    for f in rows[rows["state"] == "filled"].itertuples():
        years = by_cell[f.variable, f.province_code, f.year_measured]
        keys |= {(f.measure, f.province_code, year) for year in years}
    variables = manifest["spec"]["variables"]
    for variable in set(rows["variable"]):
        part = rows[rows["variable"] == variable]
        for divisor in filter(
            None, (variables[variable]["per"], variables[variable]["deflate_by"])
        ):
            keys |= {(divisor, r.province_code, r.year_measured) for r in part.itertuples()}
    joined = pd.DataFrame(sorted(keys), columns=KEY).merge(observations, on=KEY)
    return joined.groupby(FILE_COLUMNS).size().to_dict()


def test_the_headline_rests_on_eleven_files_and_its_first_column_on_fewer(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    count = (
        "select count(*) from results.coefficient_lineage where table_id = 't04_baseline' "
        "and model = ? and term = 'fdi'"
    )
    assert warehouse.execute(count, ["headline.7"]).fetchone() == (11,)
    assert warehouse.execute(count, ["headline.1"]).fetchone()[0] < 11
    whole = "select count(*) from results.lineage inner join results.artifacts using (table_id, artifact_id) "
    whole += "where table_id = 't04_baseline' and is_current"
    assert warehouse.execute(whole).fetchone()[0] > 11


@pytest.mark.parametrize("table", sorted(CURVES))
def test_an_estimate_of_a_curve_has_the_files_of_its_own_rows(
    checkout: Path, warehouse: duckdb.DuckDBPyConnection, table: str
) -> None:
    """Recomputed from the release and the choices in the model's name, for a hundred drawn models."""
    ask = warehouse.execute
    artifact, release = ask(
        "select distinct artifact_id, artifacts.release_id from results.current_coefficients "
        "inner join results.artifacts using (table_id, artifact_id) where table_id = ?",
        [table],
    ).fetchone()
    folder = checkout / "data" / "artifacts" / table / artifact
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    observations = pd.read_parquet(checkout / "data/releases" / release / "observations.parquet")
    rows = ask("from results.specifications where table_id = ? and reason is null", [table]).df()
    stored = ask("from results.coefficient_lineage where table_id = ?", [table]).df()
    models = ask("select distinct model from results.coefficients where table_id = ?", [table]).df()
    assert set(models["model"]) == set(stored["model"])
    for spec in rows.sample(min(100, len(rows)), random_state=1204).to_dict("records"):
        expected = _files_of_choices(spec, observations, manifest)
        mine = stored[stored["model"] == spec["model"]].set_index(FILE_COLUMNS)["cells"]
        assert mine.astype(int).to_dict() == expected, spec["model"]


def _files_of_choices(
    spec: dict, observations: pd.DataFrame, manifest: dict
) -> dict[tuple[str, ...], int]:
    """Files behind the complete rows of one specification, without rows alone in their unit or year."""
    options = manifest["spec"]["options"]
    always = [manifest["spec"]["variables"][role]["measures"][0] for role in options["always"]]
    measures = [spec["outcome"], spec["focal"], *always]
    measures += [name for name in spec["model"].split(" | ")[-1].split(" + ") if name != "none"]
    window, _, gone = spec["years"].partition(" without ")
    first, last = map(int, window.split("-"))
    years = set(range(first, last + 1)) - {int(year) for year in gone.split(", ") if year}
    behind: dict[tuple[str, str, int], list[int]] = {}
    for key in observations[KEY].itertuples(index=False, name=None):
        behind[key] = [key[2]]
    for cell in manifest["sample"]["filled"]:
        if cell["interpolation"] == spec["interpolation"]:
            for measure in manifest["spec"]["variables"][cell["variable"]]["measures"]:
                key = (measure, cell["province_code"], cell["year"])
                behind.setdefault(key, cell["from_years"])
    out = set(manifest["choices"]["exclusions"][spec["exclusion"]])
    out |= set(options["units"]["without"]) if isinstance(options["units"], dict) else set()
    units = {key[1] for key in behind} - out
    left = {(u, y) for u in units for y in years if all((m, u, y) in behind for m in measures)}
    while True:
        alone = {
            (u, y)
            for u, y in left
            if sum(v == u for v, _ in left) == 1 or sum(w == y for _, w in left) == 1
        }
        if not alone:
            break
        left -= alone
    assert len(left) == spec["n_obs"], spec["model"]
    keys = {(m, u, year) for m in measures for u, y in left for year in behind[m, u, y]}
    for variable in manifest["spec"]["variables"].values():
        if set(variable["measures"]) & set(measures) and variable["per"]:
            keys |= {(variable["per"], u, y) for u, y in left}
    joined = pd.DataFrame(sorted(keys), columns=KEY).merge(observations, on=KEY)
    return joined.groupby(FILE_COLUMNS).size().to_dict()
