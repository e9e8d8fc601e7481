"""Every statistic against plm on the stored panels (reference.csv, made by make_reference.R)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from estimation.econometrics import unit_roots
from estimation.econometrics.critical_values.tables import cips_critical_values, llc_moments
from estimation.econometrics.unit_roots import mackinnon

HERE = Path(__file__).parent
REFERENCE = pd.read_csv(
    HERE / "reference.csv", dtype={"lags": str, "option": str}, keep_default_na=False,
    na_values={"value": ["NA", "NaN"]},
)  # fmt: skip
REFERENCE = REFERENCE[REFERENCE["trend"].isin(["c", "ct"]) & REFERENCE["lags"].str.isdigit()]
SERIES = sorted(REFERENCE["series"].unique())
TOLERANCE = 1e-6


@cache
def panel(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / "inputs" / f"{name}.csv", index_col="period")


def expected(test: str, series: str) -> pd.DataFrame:
    found = REFERENCE[(REFERENCE["test"] == test) & (REFERENCE["series"] == series)]
    return found[np.isfinite(found["value"])]


def close(ours: float, theirs: float, tolerance: float = TOLERANCE) -> bool:
    return abs(ours - theirs) <= tolerance * max(1.0, abs(theirs))


def disagreements(rows: pd.DataFrame, value_of, tolerance: float = TOLERANCE) -> list[str]:
    out = []
    for row in rows.itertuples():
        ours = value_of(row)
        if not close(ours, row.value, tolerance):
            out.append(
                f"{row.series} {row.test} {row.trend} lags={row.lags} {row.option} {row.name}: "
                f"{ours!r} against {row.value!r}"
            )
    return out


def test_the_reference_covers_what_it_must():
    assert len(SERIES) >= 10
    assert sum(len(panel(name)) >= 30 for name in SERIES) >= 3
    for test in ("llc", "ips", "fisher", "cips"):
        rows = REFERENCE[REFERENCE["test"] == test]
        assert rows["series"].nunique() >= 10
        assert len(rows) >= 100
    assert set(REFERENCE["lags"]) >= {"0", "1", "2", "3"}


@pytest.mark.parametrize("series", sorted(REFERENCE.query("test == 'llc'")["series"].unique()))
def test_llc(series):
    y = panel(series)

    def value(row):
        width = "llc" if row.option == "llc" else int(row.option)
        result = unit_roots.llc(
            y, trend=row.trend, bandwidth=width, convention="plm", lags=int(row.lags)
        )
        return getattr(result, row.name)

    rows = expected("llc", series)
    assert disagreements(rows[rows["name"] != "mean_lags"], value) == []


@pytest.mark.parametrize("series", SERIES)
def test_ips(series):
    y = panel(series)

    def value(row):
        result = unit_roots.ips(y, trend=row.trend, convention="plm", lags=int(row.lags))
        return getattr(result, row.name)

    rows = expected("ips", series)
    assert disagreements(rows[rows["name"].isin(["statistic", "p_value"])], value) == []


@pytest.mark.parametrize("series", SERIES)
def test_fisher(series):
    y = panel(series)

    @cache
    def result(trend, lags, convention):
        return unit_roots.fisher(y, trend=trend, lags=int(lags), convention=convention)

    def value(row):
        found = result(row.trend, row.lags, row.option)
        return found.statistic if row.name == "P" else found.p_value

    def clamped(row) -> bool:
        """Whether a unit's tau lies where the 1994 polynomials turn back."""
        tau = result(row.trend, row.lags, row.option).details["unit_t"]
        low, high = mackinnon.RANGE_1994[row.trend]
        return row.option == "stata" and bool((tau < low).any() or (tau > high).any())

    rows = expected("fisher", series)
    rows = rows[rows["name"].isin(["P", "P_p"])]
    # there plm's p rises again as tau falls; see the test on the clamp
    rows = rows[[not clamped(row) for row in rows.itertuples()]]
    assert len(rows)
    assert disagreements(rows[rows["option"] == "stata"], value) == []
    # urca's 1996 p-values carry 2e-7 of rounding of their own (its fit is not centred), N times
    assert disagreements(rows[rows["option"] == "plm"], value, tolerance=2e-6) == []


def test_tau_is_clamped_where_the_1994_polynomials_turn_back():
    """Employment, constant, one lag: a tau of -41 is strong evidence, not none.

    plm extrapolates the polynomial and reports a p-value near 1 for it.
    """
    y = panel("employment_2005_2018")
    rows = expected("fisher", "employment_2005_2018")
    plm_p = rows[
        (rows["trend"] == "c") & (rows["lags"] == "1") & (rows["option"] == "stata")
    ].set_index("name")["value"]
    result = unit_roots.fisher(y, trend="c", lags=1)
    extreme = result.details["unit_t"].idxmin()
    assert result.details["unit_t"][extreme] < -40
    assert result.details["unit_p"][extreme] < 1e-20
    others = result.details["unit_p"].drop(extreme)
    assert plm_p["P"] < -2 * np.log(others).sum() + 2  # next to nothing from the extreme unit
    assert result.statistic > plm_p["P"] + 80
    for trend in ("c", "ct"):
        p = mackinnon.p_1994(np.linspace(-60, 10, 2001), trend)
        assert (p > 0).all() and (p < 1).all()
        assert (np.diff(p) >= -1e-3).all()


@pytest.mark.parametrize("series", sorted(REFERENCE.query("test == 'cips'")["series"].unique()))
def test_cips(series):
    y = panel(series)

    def value(row):
        result = unit_roots.cips(y, trend=row.trend, lags=int(row.lags))
        if row.option == "plain":
            return result.details["cips_untruncated"]
        return result.statistic

    rows = expected("cips", series)
    assert disagreements(rows[rows["name"] == "statistic"], value) == []


def plms_position(value: int) -> float:
    """Where plm reads Table II for `value`: one step short between grid points, its bug.

    It takes the (value - low)-th of (high - low) points laid from low to high, both included,
    so that T = 12 is read at 11.25.
    """
    grid = [10, 15, 20, 30, 50, 70, 100, 200]
    if value in grid:
        return value
    low = max(g for g in grid if g < value)
    high = min(g for g in grid if g > value)
    return low + (value - low - 1) * (high - low) / (high - low - 1)


@pytest.mark.parametrize("series", sorted(REFERENCE.query("test == 'cips'")["series"].unique()))
def test_cips_p_values_between_the_printed_critical_values(series):
    y = panel(series)
    rows = expected("cips", series)
    for row in rows[rows["name"] == "p_value"].itertuples():
        result = unit_roots.cips(y, trend=row.trend, lags=int(row.lags), convention="plm")
        n, t = y.shape[1], len(y) - int(row.lags) - 1
        values = cips_critical_values(row.trend, plms_position(n), plms_position(t), True)
        p = np.interp(result.statistic, values, (0.01, 0.05, 0.10))
        # plm looks p up on a grid of 200 points and takes the middle of two
        assert p == pytest.approx(row.value, abs=6e-4), row
        bilinear = cips_critical_values(row.trend, n, t, True)
        own = np.interp(result.statistic, bilinear, (0.01, 0.05, 0.10))
        assert result.p_value == pytest.approx(own, abs=1e-12)
        np.testing.assert_allclose(
            [result.details[c] for c in ("cv_1", "cv_5", "cv_10")], values, atol=0.08
        )


def test_per_unit_t_lags_and_p_values():
    units = pd.read_csv(HERE / "units.csv", dtype={"lags": str, "unit": str})
    units = units[units["trend"].isin(["c", "ct"]) & units["lags"].str.isdigit()]
    for (series, trend, lags, option), rows in units.groupby(["series", "trend", "lags", "option"]):
        result = unit_roots.fisher(panel(series), trend=trend, lags=int(lags), convention=option)
        frame = pd.DataFrame(result.details, columns=["unit_t", "unit_p"]).loc[rows["unit"]]
        np.testing.assert_allclose(frame["unit_t"], rows["t"], rtol=1e-8, atol=1e-10)
        inside = frame["unit_t"].to_numpy() <= mackinnon.RANGE_1994[trend][1]
        inside |= option == "plm"
        np.testing.assert_allclose(
            frame["unit_p"][inside], rows["p"].to_numpy()[inside], rtol=1e-6, atol=1e-12
        )


def test_mackinnon_1996_against_urca_over_the_whole_range():
    grid = pd.read_csv(HERE / "punitroot.csv")
    for trend in ("c", "ct"):
        ours = mackinnon.p_1996(grid["x"].to_numpy(), trend)
        np.testing.assert_allclose(ours, grid[trend], rtol=1e-6, atol=2e-7)
        # in normal scores, so that the tails count; further up, 1 - p has lost its digits
        tail = (grid[trend] < 0.01) | grid[trend].between(0.99, 1 - 1e-7)
        np.testing.assert_allclose(norm.ppf(ours[tail]), norm.ppf(grid[trend][tail]), atol=1e-8)


def test_llc_under_the_stata_convention_follows_from_plms_by_hand():
    """The pooled regression is plm's: RSS/(N T~) in both; only the moments are read elsewhere.

    Stata's manual prints t = -6.7538 for the G7 (N = 6, T = 34, one lag on average); a divisor of
    N T~ - 1 = 191 would make that -6.7538 sqrt(191/192) = -6.7361.
    """
    y = panel("sim_factor_t40")
    by_plm = unit_roots.llc(y, trend="c", lags=1, bandwidth=2, convention="plm")
    by_stata = unit_roots.llc(y, trend="c", lags=1, bandwidth=2, convention="stata")
    unadjusted = by_plm.details["unadjusted_t"]
    assert by_stata.details["unadjusted_t"] == pytest.approx(unadjusted, rel=1e-12)
    # Levin, Lin and Chu's Table 2 at T~ = 38, between 35 (-.541, .867) and 40 (-.537, .850)
    mu, sigma = -0.541 + 0.6 * 0.004, 0.867 - 0.6 * 0.017
    # what plm subtracts from t before dividing, undone, at its own moments at T = 40
    subtracted = by_plm.details["unadjusted_t"] - by_plm.statistic * 0.850
    subtracted *= mu / -0.537
    assert by_stata.statistic == pytest.approx((unadjusted - subtracted) / sigma, rel=1e-12)
    assert abs(by_stata.statistic - by_plm.statistic) > 0.01


def test_the_llc_conventions_share_their_moments_below_25_periods():
    y = panel("grunfeld_inv")
    stata, plm = (
        unit_roots.llc(y, trend="c", lags=1, bandwidth=2, convention=c).statistic
        for c in ("stata", "plm")
    )
    assert stata == plm
    assert llc_moments("c", 18) == llc_moments("c", 25) == (-0.554, 0.919)


def test_ips_under_the_stata_convention_reads_table_3_at_t():
    y = panel("sim_walk_t30")
    result = unit_roots.ips(y, trend="c", lags=1, convention="stata")
    t_bar = unit_roots.ips(y, trend="c", lags=1, convention="plm").details["t_bar"]
    assert result.details["t_bar"] == t_bar
    # Table 3 at T = 30, one lag, constant
    assert result.statistic == pytest.approx(np.sqrt(12) * (t_bar + 1.519) / np.sqrt(0.831))
    with_trend = unit_roots.ips(y, trend="ct", lags=2, convention="stata")
    assert with_trend.statistic == pytest.approx(
        np.sqrt(12) * (with_trend.details["t_bar"] + 2.095) / np.sqrt(0.756)
    )
