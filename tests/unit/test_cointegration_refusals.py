"""Refusals of the cointegration tests and CD, and their remedies."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.panel_tests.dependence import _cd, pesaran_cd
from tests.refusals import refuses
from tests.unit.time_series_fixture import METHODS, panel


@pytest.mark.parametrize("name", ["kao", "pedroni", "westerlund", "hansen_lc"])
class TestEveryTest:
    def test_bandwidth_as_long_as_the_series(self, name: str) -> None:
        with refuses(Infeasible, Code.SAMPLE_SMALL, bandwidth=19, rows=19, largest=18):
            METHODS[name](*panel(6, 20, 1), bandwidth=19)

    def test_demeaning_removes_a_common_shock(self, name: str) -> None:
        y, x = panel(6, 20, 1)
        shock = pd.Series(np.arange(20.0) ** 2, index=y.index)
        before, after = (
            METHODS[name](outcome, x, demean=True) for outcome in (y, y.add(shock, axis=0))
        )
        np.testing.assert_allclose(after.statistics, before.statistics, rtol=1e-7)


def test_counts_of_the_error_correction_model() -> None:
    y, x = panel(29, 13, 2)
    METHODS["westerlund"](y, x)
    with refuses(Infeasible, Code.SAMPLE_SMALL, parameters=9, value=11, left=2):
        METHODS["westerlund"](y, x, lags=1)


def test_a_unit_whose_changes_follow_from_its_levels_is_named() -> None:
    """Its x1 is its x0 of the year before: independent levels, whose gap is a change."""
    y, x = panel(6, 20, 2)
    x["x1"].loc[2009:, "P02"] = x["x0"]["P02"].to_numpy()[:-1]
    with refuses(Infeasible, Code.COLLINEAR):
        METHODS["westerlund"](y, x)
    others = {name: frame.drop(columns="P02") for name, frame in x.items()}
    assert np.isfinite(METHODS["westerlund"](y.drop(columns="P02"), others).statistics).all()


def test_redrawn_years_in_which_a_regressor_does_not_move_are_said() -> None:
    y, x = panel(6, 20, 1)
    x["x0"]["P02"] = np.where(x["x0"].index < 2012, 1.0, 2.0) + np.where(y.index == 2020, 1.0, 0.0)
    METHODS["westerlund"](y, x, draws=99)
    with refuses(Infeasible, Code.SAMPLE_SMALL):
        METHODS["westerlund"](y, x, draws=99, finite_sample=True)


def test_adf_needs_four_degrees_of_freedom() -> None:
    y, x = panel(6, 13, 1)
    METHODS["pedroni"](y, x, lags=3)
    with refuses(
        Infeasible,
        Code.SAMPLE_SMALL,
        what="ADF regression of Pedroni's test",
        parameters=6,
        value=7,
        left=1,
    ):
        METHODS["pedroni"](y, x, lags=5)
    with refuses(Infeasible, Code.SAMPLE_SMALL, what="ADF regression of Kao's test"):
        METHODS["kao"](y, x, lags=5)


def test_too_many_regressors_for_the_tables() -> None:
    y, x = panel(6, 60, 8)
    with refuses(Infeasible, Code.SAMPLE_LIMIT, author="Pedroni", tables=7):
        METHODS["pedroni"](y, x)
    with refuses(Infeasible, Code.SAMPLE_LIMIT, author="Westerlund", tables=6):
        METHODS["westerlund"](y, x)


def test_lc_is_not_combined_beyond_two_regressors() -> None:
    y, x = panel(6, 25, 3)
    got = METHODS["hansen_lc"](y, x)
    assert got.table.equals(got.units) and [*got.units.index] == [*y]
    two = METHODS["hansen_lc"](y, {name: x[name] for name in ("x0", "x1")})
    assert [*two.table.index] == ["mean", *y] and two.statistic == two.units["statistic"].mean()


class TestCrossSection:
    def frame(self) -> pd.DataFrame:
        return panel(6, 20, 1)[0]

    @pytest.mark.parametrize("unit", [1e-8, 1.0, 1e8])
    def test_constant_unit(self, unit: float) -> None:
        """In any unit of measurement, and with rounding that looks like movement."""
        e = self.frame() * unit
        assert pesaran_cd(e).statistic == pytest.approx(pesaran_cd(self.frame()).statistic)
        e["P03"] = unit / 3 * (1 + 1e-15 * np.arange(len(e)))
        with refuses(Infeasible, Code.OUTCOME_EXPLAINED, units="P03"):
            pesaran_cd(e)

    def test_means_do_not_matter(self) -> None:
        e = self.frame()
        assert pesaran_cd(e + 1e8).statistic == pytest.approx(pesaran_cd(e).statistic, rel=1e-6)

    def test_a_pair_of_which_one_stands_still_in_their_years_is_left_out(self) -> None:
        e = self.frame()
        e.iloc[:14, 0] = np.nan
        e.iloc[14:, 1] = 1 / 3
        found = [
            np.corrcoef(e[[one, other]].dropna().to_numpy().T)[0, 1]
            for one, other in combinations(e, 2)
            if (one, other) != ("P00", "P01")
        ]
        assert pesaran_cd(e).raw == pytest.approx(np.mean(found), rel=1e-9)

    def test_empty_unit(self) -> None:
        e = self.frame()
        e["P03"] = np.nan
        with refuses(Infeasible, Code.OUTCOME_EXPLAINED, units="P03"):
            _cd(e)
        assert pesaran_cd(e).choices["sample"]["units"] == 5

    def test_corrections_need_balance(self) -> None:
        e = self.frame()
        e.iloc[0, 2] = np.nan
        pesaran_cd(e)
        with refuses(Infeasible, Code.UNBALANCED, units="P02"):
            pesaran_cd(e, weighted=True)

    def test_weighted_repeats_with_its_seed(self) -> None:
        one, two = (pesaran_cd(self.frame(), weighted=True, seed=3) for _ in range(2))
        assert one.statistic == two.statistic
