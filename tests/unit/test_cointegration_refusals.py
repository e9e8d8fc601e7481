"""What the cointegration tests and CD refuse, and whether the refusal says what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from estimation.econometrics.cointegration import (
    hansen_lc,
    kao,
    pedroni,
    pesaran_cd,
    westerlund,
)
from estimation.econometrics.errors import Infeasible
from tests.unit.time_series_fixture import panel

RUNS = {
    "kao": lambda y, x, **o: kao(y, x, lags=1, bandwidth=1, **o),
    "pedroni": lambda y, x, **o: pedroni(y, x, trend="c", lags=1, bandwidth=1, **o),
    "westerlund": lambda y, x, **o: westerlund(
        y, x, trend="c", lags=0, leads=0, bandwidth=1, draws=0, **o
    ),
    "hansen_lc": lambda y, x, **o: hansen_lc(
        y, x, trend="c", bandwidth=1, critical_values="asymptotic", **o
    ),
}


@pytest.mark.parametrize("name", list(RUNS))
class TestEveryTest:
    def test_too_short(self, name: str) -> None:
        y, x = panel(6, 8, 2)
        with pytest.raises(Infeasible, match=r"parameters on \d+ rows leave .* 5 are needed"):
            RUNS[name](y, x)

    def test_gap(self, name: str) -> None:
        y, x = panel(6, 20, 2)
        x["x0"].loc[2012, "P01"] = np.nan
        with pytest.raises(
            Infeasible, match=r"missing in P01 \(2012\).*never closed up; drop P01$"
        ):
            RUNS[name](y, x)

    def test_ragged(self, name: str) -> None:
        y, x = panel(6, 20, 2)
        y.loc[2008, "P01"] = np.nan
        with pytest.raises(Infeasible, match=r"unbalanced.*drop P01, or keep .* 2009-2027"):
            RUNS[name](y, x)

    def test_infinite(self, name: str) -> None:
        y, x = panel(6, 20, 2)
        y.loc[2010, "P04"] = -np.inf
        with pytest.raises(Infeasible, match=r"y is infinite in P04 \(2010\)"):
            RUNS[name](y, x)

    def test_constant(self, name: str) -> None:
        y, x = panel(6, 20, 2)
        x["x1"]["P02"] = 3.0
        with pytest.raises(Infeasible, match="x1 is constant in P02"):
            RUNS[name](y, x)

    def test_collinear(self, name: str) -> None:
        y, x = panel(6, 20, 1)
        x["again"] = 2 * x["x0"]
        with pytest.raises(Infeasible, match="collinear"):
            RUNS[name](y, x)

    def test_y_made_of_the_regressor(self, name: str) -> None:
        _, x = panel(6, 20, 1)
        with pytest.raises(Infeasible, match="y is an exact linear combination of x0"):
            RUNS[name](3 * x["x0"] + 1, x)

    def test_demeaning_removes_a_common_shock(self, name: str) -> None:
        y, x = panel(6, 20, 1)
        shock = pd.Series(np.arange(20.0) ** 2, index=y.index)
        before = RUNS[name](y, x, demean=True).to_frame()["statistic"]
        after = RUNS[name](y.add(shock, axis=0), x, demean=True).to_frame()["statistic"]
        np.testing.assert_allclose(after, before, rtol=1e-7)


def test_counts_of_the_error_correction_model() -> None:
    y, x = panel(29, 13, 2)
    RUNS["westerlund"](y, x)
    with pytest.raises(Infeasible, match=r"1 lags.*9 parameters on 11 rows leave 2"):
        westerlund(y, x, trend="c", lags=1, leads=0, bandwidth=1, draws=0)


def test_a_unit_whose_changes_follow_from_its_levels_is_named() -> None:
    """Its x1 is its x0 of the year before: independent levels, whose gap is a change."""
    y, x = panel(6, 20, 2)
    x["x1"].loc[2009:, "P02"] = x["x0"]["P02"].to_numpy()[:-1]
    with pytest.raises(Infeasible, match="differences and deterministics are collinear in P02: "):
        RUNS["westerlund"](y, x)
    others = {name: frame.drop(columns="P02") for name, frame in x.items()}
    assert np.isfinite(RUNS["westerlund"](y.drop(columns="P02"), others).statistics).all()


def test_adf_needs_four_degrees_of_freedom() -> None:
    y, x = panel(6, 13, 1)
    pedroni(y, x, trend="c", lags=3, bandwidth=1)
    with pytest.raises(Infeasible, match="Pedroni's ADF: 6 parameters on 7 rows leave 1"):
        pedroni(y, x, trend="c", lags=5, bandwidth=1)
    with pytest.raises(Infeasible, match="Kao's ADF"):
        kao(y, x, lags=5, bandwidth=1)


def test_too_many_regressors_for_the_tables() -> None:
    y, x = panel(6, 60, 8)
    with pytest.raises(Infeasible, match="Pedroni's moments exist for 1 to 7"):
        RUNS["pedroni"](y, x)
    with pytest.raises(Infeasible, match="Westerlund's moments exist for 1 to 6"):
        RUNS["westerlund"](y, x)


def test_lc_is_not_combined_beyond_two_regressors() -> None:
    y, x = panel(6, 25, 3)
    got = RUNS["hansen_lc"](y, x)
    assert got.statistic is None and got.p_value is None
    assert "at most 2" in got.details["not_combined"]
    assert len(got.unit_statistics) == 6


def test_bootstrap_without_a_seed() -> None:
    y, x = panel(6, 25, 1)
    with pytest.raises(ValueError, match="seed"):
        westerlund(y, x, trend="c", lags=0, leads=0, bandwidth=1, draws=99)


def test_choices() -> None:
    y, x = panel(6, 25, 1)
    with pytest.raises(ValueError, match="trend 'n'"):
        pedroni(y, x, trend="n", lags=0, bandwidth=1)
    with pytest.raises(ValueError, match="critical_values 'exact'"):
        kao(y, x, lags=0, bandwidth=1, critical_values="exact")
    with pytest.raises(TypeError, match="bandwidth"):
        pedroni(y, x, trend="c", lags=0)


class TestCrossSection:
    def frame(self) -> pd.DataFrame:
        return panel(6, 20, 1)[0]

    def test_constant_unit(self) -> None:
        e = self.frame()
        e["P03"] = 1.0
        with pytest.raises(Infeasible, match="constant in P03"):
            pesaran_cd(e, correction="none")

    def test_empty_unit(self) -> None:
        e = self.frame()
        e["P03"] = np.nan
        with pytest.raises(Infeasible, match="no residual at all in P03"):
            pesaran_cd(e, correction="none")

    def test_corrections_need_balance(self) -> None:
        e = self.frame()
        e.iloc[0, 2] = np.nan
        pesaran_cd(e, correction="none")
        with pytest.raises(Infeasible, match="balanced panel; missing in P02"):
            pesaran_cd(e, correction="weighted", seed=1)

    def test_equal_variances_leave_no_bias_correction(self) -> None:
        e = self.frame()
        e = (e - e.mean()) / e.std()
        with pytest.raises(Infeasible, match="same variance"):
            pesaran_cd(e, correction="bias")

    def test_weighted_needs_a_seed_and_repeats(self) -> None:
        e = self.frame()
        with pytest.raises(ValueError, match="seed"):
            pesaran_cd(e, correction="weighted")
        one, two = (pesaran_cd(e, correction="weighted", seed=3) for _ in range(2))
        assert one.statistic == two.statistic

    def test_unknown_correction(self) -> None:
        with pytest.raises(ValueError, match="correction 'full'"):
            pesaran_cd(self.frame(), correction="full")
