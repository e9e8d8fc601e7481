"""Lags chosen by AIC and BIC, no constant, and Hadri's test against R's plm 2.6; `driver.R` wrote `expected.csv`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.panel_tests.critical_values import tables
from living_panel.estimation.panel_tests.critical_values.tables import ips_moments, llc_moments
from living_panel.estimation.panel_tests.unit_roots import _RANGE_1994, fisher, hadri, ips, llc

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv", dtype={"option": str, "name": str})
CRITERIA = {"AIC": "aic", "SIC": "bic"}
SERIES = sorted(EXPECTED["series"].unique())
CASES = EXPECTED.query("test == 'madwu'")[["series", "trend", "option"]].to_numpy().tolist()


def panel(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE.parent / "unit_roots" / "inputs" / f"{name}.csv", index_col="period")


def expected(test: str, series: str, trend: str, option: str) -> np.ndarray:
    rows = EXPECTED.query(
        "test == @test and series == @series and trend == @trend and option == @option"
    )
    return rows["value"].to_numpy()


@pytest.mark.parametrize(("series", "trend", "option"), CASES)
def test_lags_and_each_units_t_are_those_of_plm(series: str, trend: str, option: str) -> None:
    y = panel(series)
    result = fisher(y, trend=trend, lags=CRITERIA[option], most_lags=3)
    units = result.units.loc[list(y)]
    assert units["lags"].tolist() == expected("lags", series, trend, option).tolist()
    np.testing.assert_allclose(units["statistic"], expected("t", series, trend, option), rtol=1e-6)
    # MacKinnon's polynomial is clamped here and not in plm, where a statistic may be infinite
    wanted = expected("madwu", series, trend, option)[0]
    inside = trend == "n" or units["statistic"].between(*_RANGE_1994[trend]).all()
    if inside and np.isfinite(wanted):
        assert result.statistic == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(("series", "trend", "option"), [c for c in CASES if c[1] != "n"])
def test_ips_with_lags_of_each_unit_is_that_of_plm(
    series: str, trend: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """plm reads the moments at T - p - 1, the package at T."""
    monkeypatch.setattr(tables, "ips_moments", lambda d, p, t: ips_moments(d, p, t - p - 1))
    result = ips(panel(series), trend=trend, lags=CRITERIA[option], most_lags=3)
    assert result.statistic == pytest.approx(expected("ips", series, trend, option)[0], rel=1e-6)


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("own", [True, False])
def test_hadri_is_that_of_plm(series: str, trend: str, own: bool) -> None:
    result = hadri(panel(series), trend=trend, heteroskedastic=own, demean=False)
    statistic, p = expected("hadri", series, trend, str(own).upper())
    assert (result.statistic, result.p_value) == pytest.approx((statistic, p), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("lags", [0, 1, 2])
@pytest.mark.parametrize("bandwidth", [1, 2, 5])
def test_llc_without_a_constant_is_that_of_plm(
    series: str, lags: int, bandwidth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """plm reads the moments at T, the package at the rows of the regression."""
    y = panel(series)
    monkeypatch.setattr(tables, "llc_moments", lambda trend, _: llc_moments(trend, len(y)))
    how = {"trend": "n", "lags": lags, "bandwidth": bandwidth, "demean": False}
    result = llc(y, **how, finite_sample=False)
    wanted = expected("llc", series, "n", f"{lags} {bandwidth}")
    assert (result.statistic, result.p_value) == pytest.approx(wanted, rel=1e-8, abs=1e-12)
    with pytest.raises(Infeasible):
        llc(y, **how, finite_sample=True)


def test_too_many_lags_are_refused() -> None:
    with pytest.raises(Infeasible):
        ips(panel("grunfeld_inv"), trend="ct", lags="aic", most_lags=9)
