"""Tables I and II of Mankiw, Romer and Weil (1992) on their printed appendix: slopes within its rounding."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import PAPERS, load_spec
from living_panel.estimation.papers.paper_data import release_frames
from living_panel.estimation.papers.printed import load_paper
from living_panel.estimation.tables.estimate import estimate

NAME = "mankiw_romer_weil_1992"
PAPER = PAPERS / NAME
TABLES = {"I": ("solow", ["i_y", "popgrowth"]), "II": ("augmented", ["i_y", "popgrowth", "school"])}
SAMPLES = {"non_oil": "n", "intermediate": "i", "oecd": "o"}


@cache
def estimates(table: str) -> pd.DataFrame:
    frames = release_frames(PAPER / "data")
    panel = frames["panel"].set_index(["province_code", "year"]).sort_index()
    others = {name: frame for name, frame in frames.items() if name != "panel"}
    release = Release("0" * 16, panel, **others, manifest={"sources": []})
    found = estimate(load_spec(PAPER / "specs" / f"{NAME}_{TABLES[table][0]}.yml"), release)
    return found.coefficients.set_index(["model", "term"])


def test_twelve_of_fifteen_slopes_are_within_one_unit_of_the_last_digit() -> None:
    """The appendix prints rounded values."""
    printed = load_paper(NAME).tables
    near = [
        abs(estimates(table).loc[(cell.model, cell.term), "estimate"] - cell.value) < 0.01 + 0.005
        for table in TABLES
        for cell in printed[table].estimates()
    ]
    assert (len(near), sum(near)) == (15, 12)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("table", TABLES)
def test_the_estimates_are_those_of_the_normal_equations(table: str, sample: str) -> None:
    """Written out from the raw appendix."""
    raw = pd.read_csv(PAPER / "data" / "raw" / "appendix.csv", keep_default_na=False)
    raw = raw[raw[SAMPLES[sample]] == 1]
    numbers = raw[["rgdpw85", *TABLES[table][1]]].apply(pd.to_numeric, errors="coerce").dropna()
    columns = [np.log(numbers["i_y"] / 100), np.log(numbers["popgrowth"] / 100 + 0.05)]
    columns += [np.log(numbers["school"] / 100)] if table == "II" else []
    x = np.column_stack([np.ones(len(numbers)), *columns])
    y = np.log(numbers["rgdpw85"].to_numpy())
    slopes = np.linalg.solve(x.T @ x, x.T @ y)
    left = y - x @ slopes
    errors = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * (left @ left) / (len(y) - x.shape[1]))
    ours = estimates(table).loc[sample].loc[["constant", *TERMS[: len(columns)]]]
    np.testing.assert_allclose(ours["estimate"], slopes, rtol=1e-9)
    np.testing.assert_allclose(ours["std_error"], errors, rtol=1e-9)
    assert (ours["n_obs"] == len(y)).all()


TERMS = ["investment", "breakeven", "schooling"]
