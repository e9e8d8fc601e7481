"""Cointegration tests and CD against `cointegration.R` (R formulas, plm's pcdtest), stored beside.

No source prints Kao, Pedroni, Westerlund or Lc for public data; what is compared is two
implementations that share nothing. Monte Carlo size and power are in the unit tests.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.panel_tests import cointegration
from living_panel.estimation.panel_tests.dependence import pesaran_cd
from tests.unit.time_series_fixture import cointegrated

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv")
DATA = pd.read_csv(HERE / "panels.csv")
PANELS = [1, 2, 3, 4]
NAMES = ("y", "x1", "x2", "x3")
TOLERANCE = 1e-8


def wide(panel: int) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    data = DATA[DATA["panel"] == panel]
    frames = {v: data.pivot(index="period", columns="unit", values=v) for v in NAMES}
    return frames["y"], {v: f for v, f in frames.items() if v != "y" and f.notna().all().all()}


def cases(test: str, panel: int) -> list[tuple[tuple[str, int, int, int], pd.Series]]:
    rows = EXPECTED[(EXPECTED["test"] == test) & (EXPECTED["panel"] == panel)]
    keys = ["trend", "lags", "leads", "bw"]
    found = [(key, part.set_index("name")["value"]) for key, part in rows.groupby(keys)]
    assert found
    return found


def agree(ours: pd.Series, theirs: pd.Series, case: object) -> None:
    assert len(ours) == len(theirs)
    want = theirs.loc[[str(name) for name in ours.index]]
    np.testing.assert_allclose(
        ours.to_numpy(), want.to_numpy(), rtol=TOLERANCE, atol=1e-10, err_msg=str(case)
    )


@pytest.mark.parametrize("panel", PANELS)
def test_kao_equals_the_formulas_in_r(panel: int) -> None:
    y, x = wide(panel)
    for case, want in cases("kao", panel):
        got = cointegrated("kao", y, x, lags=case[1], bandwidth=case[3])
        agree(got.statistics, want, case)


@pytest.mark.parametrize("panel", PANELS)
def test_pedroni_equals_the_formulas_in_r(panel: int) -> None:
    y, x = wide(panel)
    for case, want in cases("pedroni", panel):
        got = cointegrated("pedroni", y, x, trend=case[0], lags=case[1], bandwidth=case[3])
        agree(got.raw, want, case)


@pytest.mark.parametrize("panel", PANELS)
def test_westerlund_equals_the_formulas_in_r(panel: int) -> None:
    y, x = wide(panel)
    for case, want in cases("westerlund", panel):
        trend, lags, leads, bw = case
        got = cointegrated("westerlund", y, x, trend=trend, lags=lags, leads=leads, bandwidth=bw)
        agree(got.raw, want, case)


@pytest.mark.parametrize("panel", PANELS)
def test_hansen_lc_equals_the_formulas_in_r(panel: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # only statistics are compared: the null distribution is not drawn
    monkeypatch.setattr(cointegration, "_finite_sample_lc", lambda *_: np.arange(100.0))
    y, x = wide(panel)
    for case, want in cases("hansen_lc", panel):
        got = cointegrated("hansen_lc", y, x, trend=case[0], bandwidth=case[3])
        want.index = want.index.astype(str)
        agree(got.units["statistic"], want, case)


@pytest.mark.parametrize("panel", PANELS)
def test_cd_equals_plm(panel: int) -> None:
    y, x = wide(panel)
    regressor = x["x1"]
    one = _within(y, regressor, two_way=False)
    two = _within(y, regressor, two_way=True)
    ragged = y.copy()
    ragged.iloc[:4, 0] = np.nan
    ragged.iloc[-3:, 1] = np.nan
    for name, frame in (
        ("cd_series", y),
        ("cd_one_way", one),
        ("cd_two_way", two),
        ("cd_ragged", ragged),
    ):
        [(_, want)] = cases(name, panel)
        got = pesaran_cd(frame)
        np.testing.assert_allclose(got.statistic, want.iloc[0], rtol=1e-7, err_msg=name)


def _within(y: pd.DataFrame, x: pd.DataFrame, *, two_way: bool) -> pd.DataFrame:
    def sweep(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame - frame.mean()
        return frame.sub(frame.mean(axis=1), axis=0) if two_way else frame

    yd, xd = sweep(y), sweep(x)
    slope = (yd * xd).to_numpy().sum() / (xd**2).to_numpy().sum()
    return yd - slope * xd


def test_a_common_scale_per_unit_leaves_pedroni_alone() -> None:
    """The 1999 paper's mean(s*²) without 1/L² would fail this; so would pco's L to the fourth."""
    y, x = wide(1)
    scale = pd.Series(10.0 ** np.arange(len(y.columns)), index=y.columns)
    options = {"trend": "c", "lags": 1, "bandwidth": 2}
    before = cointegrated("pedroni", y, x, **options).statistics
    scaled = y * scale, {k: f * scale for k, f in x.items()}
    after = cointegrated("pedroni", *scaled, **options).statistics
    np.testing.assert_allclose(after, before, rtol=1e-8)
