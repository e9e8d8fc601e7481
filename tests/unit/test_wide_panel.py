"""Why a wide panel is refused, once for every time-series method, and which window is whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.wide_panel import checked, longest_window, read_panel
from living_panel.estimation.estimators.long_run import _fmols
from tests.refusals import refuses
from tests.unit.time_series_fixture import METHODS, Frames, panel


def made(change: Callable[[pd.DataFrame, Frames], None]) -> Frames:
    y, x = panel(6, 20, 2)
    change(y, x)
    return {"y": y, **x}


def put(name: str, unit: str, value: object, years: object = slice(None)) -> Frames:
    def change(y: pd.DataFrame, x: Frames) -> None:
        {"y": y, **x}[name].loc[years, unit] = value

    return made(change)


WHOLE = made(lambda y, x: None)
BAD: dict[str, tuple[Frames, str]] = {
    "log of zero": (put("x1", "P03", -np.inf, 2011), r"x1 is infinite in P03 \(2011\).*zero"),
    "gap": (
        put("y", "P02", np.nan, 2015),
        r"not balanced.*P02 \(2015\).*every period. Fix: drop P02\.",
    ),
    "ragged edge": (
        put("x0", "P04", np.nan, slice(2008, 2009)),
        r"P04 \(2008, 2009\).*drop P04, or keep .* 2010-2027",
    ),
    "empty": (put("x0", "P05", np.nan), "x0 is missing in every period for units P05"),
    "constant": (put("x1", "P01", 7.3), "x1 is constant in P01"),
    "absent year": (
        {name: frame.drop(index=2016) for name, frame in WHOLE.items()},
        "periods 2016 between 2008 and 2027 are missing",
    ),
    "no units": ({n: f.iloc[:, :0] for n, f in WHOLE.items()}, "20 periods and 0 units"),
    "backwards": ({n: f.iloc[::-1] for n, f in WHOLE.items()}, "increasing order"),
    "doubled": (
        {n: f.set_axis(["a", "a", *"bcde"], axis=1) for n, f in WHOLE.items()},
        "a period or unit occurs twice",
    ),
    "other rows": ({**WHOLE, "x1": WHOLE["x1"].iloc[1:]}, "x1.*differ from those of y"),
}


@pytest.mark.parametrize("kind", list(BAD))
def test_frames_that_are_not_whole_are_refused_by_name(kind: str) -> None:
    frames, match = BAD[kind]
    before = {name: frame.copy() for name, frame in frames.items()}
    with pytest.raises(Infeasible, match=match):
        checked(frames, demean=False)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(frame, before[name])


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_opens_its_panel_there(method: str) -> None:
    for kind in ("gap", "absent year"):
        frames, match = BAD[kind]
        with pytest.raises(Infeasible, match=match):
            METHODS[method](frames["y"], {k: f for k, f in frames.items() if k != "y"})
    short = panel(6, 6, 2)
    with pytest.raises(Infeasible, match="degrees of freedom"):
        METHODS[method](*((f.iloc[:5] if method == "ht" else f) for f in short[:1]), short[1])


@pytest.mark.parametrize("level", [1e-9, 1.0, 1e9])
def test_constant_but_for_rounding_is_constant_and_a_billionth_of_the_level_is_not(level) -> None:
    y = level * panel(6, 20, 1)[0]
    walk = y["P05"] / level
    y["P05"] = level * (1 + 1e-9 * walk)
    checked({"y": y}, demean=False)
    y["P05"] = level
    y.loc[2013, "P05"] = np.nextafter(level, 0)
    with refuses(Infeasible, Code.ABSORBED, name="y", named_units="P05"):
        checked({"y": y}, demean=False)


def test_what_demeaning_by_period_leaves_constant_is_said_so() -> None:
    y, x = panel(6, 20, 1)
    national = pd.DataFrame({u: x["x0"]["P00"] for u in y.columns})
    with refuses(Infeasible, Code.ABSORBED, name="national", after=" after demeaning by period"):
        checked({"y": y, "national": national}, demean=True)


@pytest.mark.parametrize("by_unit", [False, True])
def test_collinear_frames_are_refused_in_the_pool_or_in_a_unit(by_unit: bool) -> None:
    y, x = panel(6, 20, 2)
    how = {"trend": "c", "demean": False, "by_unit": by_unit}
    with refuses(Infeasible, Code.COLLINEAR):
        read_panel(y, {**x, "double": 2 * x["x0"] - 3 * x["x1"] + 4}, **how)
    with refuses(Infeasible, Code.OUTCOME_EXPLAINED):
        read_panel(2 * x["x0"] - x["x1"] + 1, x, **how)
    x["x1"]["P02"] = 5 - 2 * x["x0"]["P02"]
    if by_unit:
        with refuses(Infeasible, Code.COLLINEAR, units="P02"):
            read_panel(y, x, **how)
    else:
        read_panel(y, x, **how)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_a_straight_line_is_refused_under_a_trend_in_any_unit(unit: float) -> None:
    how = {"trend": "ct", "demean": False, "by_unit": False}
    y, x = panel(6, 20, 2)
    read_panel(y, {**x, "x0": unit * x["x0"]}, **how)
    x["x0"]["P03"] = 2.0 * np.arange(20) + 1
    with refuses(Infeasible, Code.COLLINEAR, name="x0", units="P03"):
        read_panel(y, {**x, "x0": unit * x["x0"]}, **how)


def test_the_longest_window_keeps_every_unit() -> None:
    y = panel(3, 15, 1)[0]
    assert longest_window(y) == (2008, 2022)
    assert longest_window(y.drop(index=2011)) == (2012, 2022)  # a year without a row ends one
    y.loc[2012, "P01"] = np.nan
    y.loc[2021:, "P02"] = np.nan
    assert longest_window(y) == (2013, 2020)
    y.loc[2017, "P00"] = np.nan
    assert longest_window(y) == (2013, 2016)  # the latest of equals
    y.loc[2014, "P00"] = np.nan
    assert longest_window(y) == (2008, 2011)  # the earlier is longer
    y.loc[:2015, "P00"] = y.loc[2015:, "P01"] = np.nan
    with refuses(Infeasible, Code.UNBALANCED, n_periods=15, n_units=3):
        longest_window(y)


def test_another_trend_is_no_silent_choice() -> None:
    with refuses(ValueError, Code.ARGUMENT, value="'n'"):
        _fmols(*panel(6, 20, 1), method="pooled", trend="n", bandwidth=1, demean=False)
