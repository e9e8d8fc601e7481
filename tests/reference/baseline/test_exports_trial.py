"""Exports by origin on FDI against an independent computation (plain NumPy, CR3 by deletion).

`exports_trial.csv` holds its numbers: "as held" without the corrections of FDI, "FDI corrected" with
them. Every row agrees to 1e-6.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.tables.kinds.robustness.lines import regimes
from living_panel.orchestration.root.settings import DBT_PROJECT

HERE = Path(__file__).parent
SEEDS = DBT_PROJECT / "seeds"
FDI, EXPORTS, GDP = "fdi_cny_100m", "exports_origin_cny_100m", "gdp_cny_100m"
CONTROLS = [
    "employed_10k", "rd_intramural_cny_10k", "patent_invention_applications", "schooling_years", GDP,
]  # fmt: skip
CODES = {"province_code": str}
TOLERANCE = 1e-6
TRIAL = pd.read_csv(HERE / "exports_trial.csv")
# filled across the census break, or CE from 2015 with such a fill: this project does not fill there
FILLED = TRIAL["columns"].isin(["full total R&D, lab interpolated 2019"]) | TRIAL[
    "columns"
].str.startswith("full with e-commerce")


@pytest.fixture(scope="module")
def panels() -> dict[str, pd.DataFrame]:
    """The panel with the corrections of FDI, and with the printed values put back."""
    panel = pd.read_csv(HERE / "panel.csv", dtype=CODES).set_index(["province_code", "year"])
    corrected = panel.drop(["540000", "650000"], level=0)
    rows = pd.read_csv(SEEDS / "corrections.csv", dtype=CODES)
    rows = rows[rows["action"] != "grade"]  # of another quality, with the same value
    held, rates = corrected.copy(), {}
    for row in rows[rows["action"] == "replace"].itertuples():
        rates[row.year] = corrected.at[(row.province_code, row.year), FDI] / row.corrected_value
    for row in rows.itertuples():
        at = (row.province_code, row.year)
        held.loc[at, FDI] = np.nan if row.action == "add" else row.expected_value * rates[row.year]
    return {"FDI corrected": corrected, "as held": held}


def breaks() -> pd.DataFrame:
    table = pd.read_csv(SEEDS / "documented_breaks.csv", dtype=CODES)
    return table.loc[table["measure"] == FDI, ["province_code", "year"]].fillna("")


@pytest.mark.parametrize("row", TRIAL[~FILLED].to_dict("records"), ids=lambda r: "-".join(
    (r["figures"], r["window"], r["columns"])).replace(" ", "_"))  # fmt: skip
def test_a_slope_and_its_jackknifed_error(row: dict, panels: dict[str, pd.DataFrame]) -> None:
    first, last = map(int, row["window"].split("-"))
    names = row["columns"]
    panel = panels[row["figures"]]
    panel = panel[panel.index.get_level_values("year").isin(range(first, last + 1))]
    if "without Qinghai" in names:
        panel = panel.drop("630000", level=0)
    controls = CONTROLS if names.startswith("full") else [GDP] if names.startswith("+gdp") else []
    data = np.log(panel[[EXPORTS, FDI, *controls]].dropna())
    if "without Fujian 2008" in names:
        data = data.drop(("350000", 2008))
    cluster: object = "province_code"
    if "split at breaks" in names:
        inside = breaks().query("@first < year <= @last")
        index = regimes(data.index, inside)
        cluster = pd.Series(data.index.get_level_values(0), index, name="province_code")
        data = data.set_axis(index)
    fit = two_way(
        data[EXPORTS], data.drop(columns=EXPORTS), cov="cr3:jackknife", correction="none",
        df="t(G-1)", cluster=cluster,
    ).to_frame(0.95).iloc[0]  # fmt: skip
    assert (len(data), fit["n_clusters"]) == (row["n"], row["clusters"])
    assert fit["estimate"] == pytest.approx(row["estimate"], abs=TOLERANCE)
    assert fit["std_error"] == pytest.approx(row["se_cr3"], abs=TOLERANCE)
