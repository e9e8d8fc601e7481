"""Table t04 against R's plm on the same release; `driver.R` beside this file made `plm.csv`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.slow  # waits for a whole refresh
HERE = Path(__file__).parent
WAY = "clustered:reghdfe:t(G-1)"


@pytest.fixture(scope="module")
def ours(checkout: Path) -> pd.DataFrame:
    data = checkout / "data"
    current = json.loads((data / "state" / "current.json").read_text())
    entry = next(e for e in current if e["table_id"] == "t04_baseline")
    panel = data / "releases" / entry["release_id"] / "panel.csv"
    assert panel.read_bytes() == (HERE / "panel.csv").read_bytes(), (
        "the panel has changed: copy the release's panel.csv here, and run driver.R again"
    )
    frame = pd.read_parquet(
        data / "artifacts" / "t04_baseline" / entry["artifact_id"] / "coefficients.parquet"
    )
    return frame[frame["inference"] == WAY].set_index(["model", "term"])


@pytest.fixture(scope="module")
def plm() -> pd.DataFrame:
    return pd.read_csv(HERE / "plm.csv").set_index(["model", "term"])


def test_every_coefficient_of_the_uninterpolated_blocks(
    ours: pd.DataFrame, plm: pd.DataFrame
) -> None:
    assert len(plm) == 6 * (1 + 2 + 3 + 4 + 5 + 6) + 3
    mine = ours.loc[plm.index]
    np.testing.assert_allclose(mine["estimate"], plm["estimate"], rtol=1e-8, atol=1e-10)
    assert (mine["n_obs"] == plm["n"]).all()


def test_standard_errors_by_their_known_factors(ours: pd.DataFrame, plm: pd.DataFrame) -> None:
    """reghdfe = HC0 · G/(G-1) · (n-1)/(n-k-T), with T years; plm's sss has n-k in its place."""
    mine = ours.loc[plm.index]
    k = plm.groupby("model")["n"].transform("size")
    assert (mine["n_clusters"] == plm["units"]).all()
    n, years, clusters = plm["n"], plm["years"], plm["units"]
    factor = clusters / (clusters - 1) * (n - 1) / (n - k - years)
    np.testing.assert_allclose(mine["std_error"], plm["se_hc0"] * np.sqrt(factor), rtol=1e-8)
    sss = clusters / (clusters - 1) * (n - 1) / (n - k)
    np.testing.assert_allclose(plm["se_sss"], plm["se_hc0"] * np.sqrt(sss), rtol=1e-8)
