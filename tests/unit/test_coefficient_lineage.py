"""Files behind a coefficient: those of the cells of its rows and variables, no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.panel.lineage import FILE_COLUMNS, files_behind
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.sample import build_sample
from living_panel.estimation.panel.spec import PAPERS, Interpolation, Sample, Variable, load_spec
from living_panel.estimation.tables.estimate import estimate
from living_panel.estimation.tables.result import TableResult
from tests.unit.reading import shipped
from tests.unit.release_fixture import tiny_release
from tests.unit.table_release_fixture import planted_release
from tests.unit.test_paper_data_from_files import release_of_paper

KEY = ["measure", "province_code", "year"]
FDI, BEIJING = "fdi_cny_100m", "110000"


@pytest.fixture(scope="module")
def release() -> Release:
    """The planted release, a file a measure and five years; FDI of Beijing 2012 has no value."""
    planted = planted_release()
    observations = planted.observations.copy()
    observations["file"] = observations["measure"] + "_" + (observations["year"] // 5).astype(str)
    gap = (observations[KEY] == [FDI, BEIJING, 2012]).all(axis=1)
    assert gap.sum() == 1
    panel = planted.panel.copy()
    panel.loc[(BEIJING, 2012), FDI] = np.nan
    return replace(planted, panel=panel, observations=observations[~gap])


@pytest.fixture(scope="module")
def table(release: Release) -> TableResult:
    """Exports on FDI, then on FDI and GDP; in the second block a value of FDI is filled."""
    sample = {
        "units": "all", "first_year": 2008, "last_year": 2016, "without_years": [], "minimum_coverage": 0.9,
    }  # fmt: skip
    block = {"title": "B", "dependent": "ex", "enter": ["fdi", "gdp"], "beside_printed": False}
    blocks = [
        block | {"id": "gap", "sample": sample, "interpolation": {"method": "none"}},
        block | {"id": "filled", "sample": sample | {"first_year": 2012},
                 "interpolation": {"method": "linear", "years": {"fdi": [2012]}}},
    ]  # fmt: skip
    none = {"printed": None, "omitted": None, "changes": [], "placebos": [], "exact": []}
    return estimate(shipped("t04_baseline", blocks=blocks, **none), release)


def recomputed(table: TableResult, release: Release, variables: dict[str, set[str]]) -> pd.Series:
    """Cells of each file by model, from the stored cells of the samples."""
    found = {}
    cells = table.cells
    for model, roles in variables.items():
        block = model.partition(".")[0]
        rows = cells[(cells["model"] == block) & cells["variable"].isin(roles)]
        used = rows.loc[rows["state"] == "used", ["measure", "province_code", "year_measured"]]
        keys = set(used.itertuples(index=False, name=None))
        for cell in table.samples[block].filled:
            if cell["variable"] in roles:
                keys |= {(cell["measure"], cell["province_code"], y) for y in cell["from_years"]}
        wanted = pd.DataFrame(sorted(keys), columns=KEY)
        joined = wanted.merge(release.observations, on=KEY)
        assert len(joined) == len(wanted)
        found[model] = joined.groupby(FILE_COLUMNS).size()
    return pd.concat(found, names=["model"])


def test_each_coefficient_has_the_files_of_its_own_cells(
    table: TableResult, release: Release
) -> None:
    alone, both = {"ex", "fdi"}, {"ex", "fdi", "gdp"}
    variables = {"gap.1": alone, "gap.2": both, "filled.1": alone, "filled.2": both}
    assert set(table.coefficients["model"]) == set(variables)
    expected = recomputed(table, release, variables)
    found = table.lineage.set_index(["model", *FILE_COLUMNS])["cells"]
    assert found.sort_index().astype(int).to_dict() == expected.sort_index().to_dict()
    files = {m: set(part["file"]) for m, part in table.lineage.groupby("model")}
    assert {f.rpartition("_")[0] for f in files["gap.1"]} == {
        table.samples["gap"].choices[role].measure for role in alone
    }
    assert files["gap.1"] < files["gap.2"]


def test_a_filled_cell_rests_on_the_cells_it_is_filled_from(table: TableResult) -> None:
    """The gap of 2012 is filled from 2011, which is before the sample, and 2013."""
    part = table.lineage[table.lineage["model"] == "filled.1"]
    fdi = part[part["file"].str.startswith(FDI)].set_index("file")["cells"].to_dict()
    assert [cell["from_years"] for cell in table.samples["filled"].filled] == [[2011, 2013]]
    rows = table.samples["filled"].frame.index.get_level_values("year")
    of_2010_to_2014 = int((rows <= 2014).sum())  # without 2012 of Beijing, with its 2011
    assert fdi == {f"{FDI}_402": of_2010_to_2014, f"{FDI}_403": len(rows) - of_2010_to_2014}


def test_a_lagged_variable_per_head_rests_on_both_measures_of_the_year_before() -> None:
    tiny = tiny_release()
    cells = tiny.observations
    cells = cells.assign(file=cells["measure"] + "_" + cells["year"].astype(str))
    variable = Variable(
        measures=["trade_cny_100m"], per="gdp_cny_100m", lag=1, label="x", log=True, concept="trade"
    )
    window = {"first_year": 2012, "last_year": 2012, "without_years": [], "minimum_coverage": 1.0}
    sample = build_sample(
        replace(tiny, observations=cells), {"x": variable}, Sample(units="all", **window),
        Interpolation(method="none"),
    )  # fmt: skip
    found = files_behind(sample, ["x"]).set_index("file")["cells"].to_dict()
    assert found == {"gdp_cny_100m_2011": 4, "trade_cny_100m_2011": 4}


def test_a_number_is_a_proxy_where_its_own_variables_are(release: Release) -> None:
    """A column without the proxy is official, in the same block as one with it."""
    spec = shipped("t04_baseline")
    marked = spec.variables["gdp"].model_copy(update={"proxies": [*spec.variables["gdp"].measures]})
    status = release.observations.assign(status="official")
    official = replace(release, observations=status)
    block = {
        "id": "b", "title": "B", "dependent": "ex", "enter": ["fdi", "gdp"], "beside_printed": False,
        "interpolation": {"method": "linear", "years": {"gdp": [2010]}},
        "sample": {"units": "all", "first_year": 2008, "last_year": 2014, "without_years": [],
                   "minimum_coverage": 0.9},
    }  # fmt: skip
    plain = spec.variables["ex"].model_copy(update={"proxies": []})
    none = {"printed": None, "omitted": None, "changes": [], "placebos": [], "exact": []}
    spec = shipped("t04_baseline", blocks=[block], **none)
    spec = spec.model_copy(update={"variables": {**spec.variables, "gdp": marked, "ex": plain}})
    table = estimate(spec, official)
    by_model = (
        table.coefficients.groupby("model")["figures_status"].unique().str.join(" ").to_dict()
    )
    assert by_model == {"b.1": "official", "b.2": "proxy"}
    assert table.figures_status == "proxy"


def test_a_paper_on_its_own_data_has_its_own_file() -> None:
    folder = PAPERS / "munnell_1990"
    found = estimate(
        load_spec(folder / "specs" / "munnell_1990_productivity.yml"), release_of_paper(folder)
    ).lineage
    assert set(found["model"].str.partition(".")[0]) == {"states"}
    assert set(found["cells"]) == {5 * 48 * 17} and len(found) == found["model"].nunique() == 5
