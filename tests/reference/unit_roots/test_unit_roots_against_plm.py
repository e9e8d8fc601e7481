"""Every statistic against plm on the stored panels (reference.csv, made by make_reference.R).

plm reads the moments of LLC at T and those of IPS at T - p - 1; the package does as Stata, the other way
round. The tables of moments are read where plm reads them, and everything else is the package's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.econometrics.library.result import PanelTest
from living_panel.estimation.panel_tests import unit_roots
from living_panel.estimation.panel_tests.critical_values import tables
from living_panel.estimation.panel_tests.critical_values.tables import (
    cips_critical_values,
    ips_moments,
    llc_moments,
)

HERE = Path(__file__).parent
REFERENCE = pd.read_csv(HERE / "reference.csv", dtype={"option": str})
SERIES = sorted(REFERENCE["series"].unique())
TOLERANCE = 1e-6


@cache
def panel(name: str) -> pd.DataFrame:
    return pd.read_csv(HERE / "inputs" / f"{name}.csv", index_col="period")


def rows_of(test: str, series: str, *names: str) -> pd.DataFrame:
    rows = REFERENCE[(REFERENCE["test"] == test) & (REFERENCE["series"] == series)]
    return rows[rows["name"].isin(names)]


def agree(rows: pd.DataFrame, value_of: Callable) -> None:
    assert len(rows)
    for row in rows.itertuples():
        ours = value_of(row)
        assert abs(ours - row.value) <= TOLERANCE * max(1.0, abs(row.value)), (row, ours)


@pytest.mark.parametrize("series", sorted(REFERENCE.query("test == 'llc'")["series"].unique()))
def test_llc(series: str, monkeypatch: pytest.MonkeyPatch):
    y = panel(series)
    monkeypatch.setattr(tables, "llc_moments", lambda trend, _: llc_moments(trend, len(y)))

    def value(row):
        width = round(3.21 * len(y) ** (1 / 3)) if row.option == "llc" else int(row.option)
        return getattr(
            unit_roots.llc(
                y,
                trend=row.trend,
                bandwidth=width,
                lags=row.lags,
                demean=False,
                finite_sample=False,
            ),
            row.name,
        )

    agree(rows_of("llc", series, "statistic", "p_value"), value)


@pytest.mark.parametrize("series", SERIES)
def test_ips(series: str, monkeypatch: pytest.MonkeyPatch):
    y = panel(series)
    monkeypatch.setattr(
        tables, "ips_moments", lambda trend, lags, t: ips_moments(trend, lags, t - lags - 1)
    )

    def value(row):
        return getattr(
            unit_roots.ips(y, trend=row.trend, lags=row.lags, demean=False, finite_sample=False),
            row.name,
        )

    agree(rows_of("ips", series, "statistic", "p_value"), value)


@pytest.mark.parametrize("series", SERIES)
def test_fisher(series: str):
    @cache
    def result(trend: str, lags: int) -> PanelTest:
        return unit_roots.fisher(
            panel(series), trend=trend, lags=lags, drift=False, demean=False, finite_sample=False
        )

    def clamped(row) -> bool:
        """Whether a unit's tau lies where the polynomials turn back."""
        tau = result(row.trend, row.lags).units["statistic"]
        low, high = unit_roots._RANGE_1994[row.trend]
        return bool((tau < low).any() or (tau > high).any())

    def value(row):
        found = result(row.trend, row.lags)
        return found.statistic if row.name == "P" else found.p_value

    rows = rows_of("fisher", series, "P", "P_p")
    # there plm's p rises again as tau falls; see the test on the clamp
    agree(rows[[not clamped(row) for row in rows.itertuples()]], value)


def test_tau_is_clamped_where_the_1994_polynomials_turn_back():
    """Employment, constant, one lag: a tau of -41 is strong evidence, not none.

    plm extrapolates the polynomial and reports a p-value near 1 for it.
    """
    rows = rows_of("fisher", "employment_2005_2018", "P").query("trend == 'c' and lags == 1")
    result = unit_roots.fisher(
        panel("employment_2005_2018"),
        trend="c",
        lags=1,
        drift=False,
        demean=False,
        finite_sample=False,
    )
    t, p_values = result.units["statistic"], result.units["p_value"]
    extreme = t.idxmin()
    assert t[extreme] < -40
    assert p_values[extreme] < 1e-20
    others = p_values.drop(extreme)
    # next to nothing from the extreme unit
    assert rows["value"].item() < -2 * np.log(others).sum() + 2
    assert result.statistic > rows["value"].item() + 80
    for trend in ("c", "ct"):
        p = unit_roots._p_1994(np.linspace(-60, 10, 2001), trend)
        assert (p > 0).all() and (p < 1).all()
        assert (np.diff(p) >= -1e-3).all()


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
def test_cips_and_its_p_values_between_the_printed_critical_values(series: str):
    y = panel(series)
    n, periods = y.shape[1], len(y)
    rows = rows_of("cips", series, "statistic", "p_value")
    assert len(rows)
    for row in rows.itertuples():
        result = unit_roots.cips(y, trend=row.trend, lags=row.lags, finite_sample=False)
        if row.name == "statistic":
            assert result.statistic == pytest.approx(row.value, rel=TOLERANCE), row
            continue
        at = plms_position(n), plms_position(periods - row.lags - 1)
        values = cips_critical_values(row.trend, *at)
        p = np.interp(result.statistic, values, (0.01, 0.05, 0.10))
        # plm looks p up on a grid of 200 points and takes the middle of two
        assert p == pytest.approx(row.value, abs=6e-4), row
        own = cips_critical_values(row.trend, n, periods)
        p = np.interp(result.statistic, own, (0.01, 0.05, 0.10))
        assert result.p_value == pytest.approx(p, abs=1e-12)


def test_per_unit_t_and_p_values():
    units = pd.read_csv(HERE / "units.csv", dtype={"unit": str})
    for (series, trend, lags), rows in units.groupby(["series", "trend", "lags"]):
        result = unit_roots.fisher(
            panel(series), trend=trend, lags=lags, drift=False, demean=False, finite_sample=False
        )
        t, p = (result.units.loc[rows["unit"], column] for column in ("statistic", "p_value"))
        np.testing.assert_allclose(t, rows["t"], rtol=1e-8, atol=1e-10)
        inside = t.to_numpy() <= unit_roots._RANGE_1994[trend][1]
        np.testing.assert_allclose(p[inside], rows["p"].to_numpy()[inside], rtol=1e-6, atol=1e-12)


def test_llc_reads_its_moments_at_the_rows_of_the_regression(monkeypatch: pytest.MonkeyPatch):
    """As Stata: the pooled regression is plm's, RSS/(N T~) in both; only the moments are read elsewhere.

    Stata's manual prints t = -6.7538 for the G7 (N = 6, T = 34, one lag on average); a divisor of
    N T~ - 1 = 191 would make that -6.7538 sqrt(191/192) = -6.7361.
    """
    call = {"trend": "c", "lags": 1, "bandwidth": 2}
    found = unit_roots.llc(
        panel("sim_factor_t40"), **call, demean=False, finite_sample=False
    ).statistic
    # Levin, Lin and Chu's Table 2 at T~ = 38, between 35 (-.541, .867) and 40 (-.537, .850)
    at_38 = (-0.541 + 0.6 * 0.004, 0.867 - 0.6 * 0.017)
    monkeypatch.setattr(tables, "llc_moments", lambda *_: at_38)
    assert found == pytest.approx(
        unit_roots.llc(
            panel("sim_factor_t40"), **call, demean=False, finite_sample=False
        ).statistic,
        1e-12,
    )
    assert llc_moments("c", 18) == llc_moments("c", 25) == (-0.554, 0.919)


def test_ips_reads_table_3_at_t(monkeypatch: pytest.MonkeyPatch):
    """Table 3 at T = 30: one lag and a constant, two lags and a trend."""
    for trend, lags, printed in (("c", 1, (-1.519, 0.831)), ("ct", 2, (-2.095, 0.756))):
        call = {"trend": trend, "lags": lags}
        found = unit_roots.ips(
            panel("sim_walk_t30"), **call, demean=False, finite_sample=False
        ).statistic
        with monkeypatch.context() as patch:
            patch.setattr(tables, "ips_moments", lambda *_, printed=printed: printed)
            assert found == pytest.approx(
                unit_roots.ips(
                    panel("sim_walk_t30"), **call, demean=False, finite_sample=False
                ).statistic
            )
