"""Panel unit-root tests of a column or of a wide frame."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd

from living_panel.estimation.econometrics.arguments import (
    Count,
    OneOf,
    Positive,
    Seed,
    Trend,
    TrendOrNone,
    check_arguments,
)
from living_panel.estimation.econometrics.library.data import PanelData, named_periods, read_series
from living_panel.estimation.econometrics.library.result import PanelTest

UNIT_ROOT = "every unit has a unit root"
SOME = "some units are stationary"
EACH = "every unit is stationary, with one common root"
Lags = Count | Annotated[str, OneOf(("aic", "bic"))]
"""Lagged differences of each unit, or the criterion by which each unit chooses them."""


@check_arguments
def llc(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: TrendOrNone = "c",
    lags: Count = 1,
    bandwidth: Count | None = None,
    demean: bool = False,
    finite_sample: bool = False,
) -> PanelTest:
    """Levin, Lin and Chu's test of one common root; the panel is balanced.

    Defaults are those of Stata's `xtunitroot llc` ([XT] xtunitroot): a constant, one lagged difference, and Bartlett's
    kernel with the bandwidth of Levin, Lin and Chu (2002), 3.21 T^(1/3).

    Parameters
    ----------
    series : str or DataFrame
        A column of `data`, or a wide frame of periods by units.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"n", "c", "ct"}
        No deterministics, constants (default), or constants and linear trends.
    lags : int
        Lagged differences. Default 1.
    bandwidth : int, optional
        Of the long-run variance. Default: the whole part of 3.21 T^(1/3).
    demean : bool
        Subtract each period's mean over units. Default False.
    finite_sample : bool
        Take p from the distribution simulated at this N and T. Default False.

    Returns
    -------
    PanelTest
    """
    wide, panel, name = read_series(series, data, unit, time)
    width = int(3.21 * len(wide) ** (1 / 3)) if bandwidth is None else bandwidth
    from living_panel.estimation.econometrics.unit_roots import llc as test

    with named_periods(panel):
        result = test(
            wide,
            trend=trend,
            lags=lags,
            bandwidth=width,
            demean=demean,
            finite_sample=finite_sample,
        )
    chosen = {"trend": trend, "lags": lags, "kernel": "bartlett", "bandwidth": width}
    return _shown("llc", "Levin, Lin and Chu", "adjusted t*", name, panel, result, EACH,
                  chosen | {"demean": demean})  # fmt: skip


@check_arguments
def ht(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: Trend = "c",
    demean: bool = False,
    finite_sample: bool = False,
) -> PanelTest:
    """Harris and Tzavalis' test of one common root for short panels; the panel is balanced.

    Defaults are those of Stata's `xtunitroot ht` ([XT] xtunitroot): a constant, no period means off, T as it is.

    Parameters
    ----------
    series : str or DataFrame
        A column of `data`, or a wide frame of periods by units.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"c", "ct"}
        Default `c`.
    demean : bool
        Default False.
    finite_sample : bool
        Take p from the distribution simulated at this N and T. Default False.

    Returns
    -------
    PanelTest
    """
    wide, panel, name = read_series(series, data, unit, time)
    from living_panel.estimation.econometrics.unit_roots import ht as test

    with named_periods(panel):
        result = test(wide, trend=trend, demean=demean, finite_sample=finite_sample)
    chosen = {"trend": trend, "demean": demean}
    return _shown("ht", "Harris and Tzavalis", "z", name, panel, result, EACH, chosen)


@check_arguments
def ips(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: Trend = "c",
    lags: Lags = 0,
    most_lags: Count | None = None,
    demean: bool = False,
    finite_sample: bool = False,
) -> PanelTest:
    """Im, Pesaran and Shin's W from each unit's ADF regression; the panel is balanced.

    Defaults are those of Stata's `xtunitroot ips` ([XT] xtunitroot): a constant and no lagged difference. Without its
    option `lags` Stata prints Z-t-tilde-bar. This is W-t-bar at the lags that are given, as Stata has it with
    `lags(0)`.

    Parameters
    ----------
    series : str or DataFrame
        A column of `data`, or a wide frame of periods by units.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"c", "ct"}
        Default `c`.
    lags : int, "aic" or "bic"
        Lagged differences of all units, or the criterion by which each unit chooses. Default 0.
    most_lags : int, optional
        Largest number of lags to choose from. Default: the whole part of 4 (T/100)^(1/4) (Schwert).
    demean : bool
        Default False.
    finite_sample : bool
        Take p from the distribution simulated at this N and T. Default False.

    Returns
    -------
    PanelTest
    """
    wide, panel, name = read_series(series, data, unit, time)
    from living_panel.estimation.econometrics import unit_roots as tests

    chosen: dict[str, Any] = {"trend": trend, "lags": lags, "demean": demean}
    with named_periods(panel):
        if isinstance(lags, str):
            chosen |= _by_criterion(lags, most_lags, len(wide), finite_sample)
            result = tests.ips_by_unit(
                wide, trend=trend, criterion=lags, most=chosen["most_lags"], demean=demean
            )
        else:
            _refuse_most(most_lags, lags)
            result = tests.ips(
                wide, trend=trend, lags=lags, demean=demean, finite_sample=finite_sample
            )
    return _shown("ips", "Im, Pesaran and Shin", "W-t-bar", name, panel, result, SOME, chosen)


@check_arguments
def fisher(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: Trend = "c",
    lags: Lags,
    most_lags: Count | None = None,
    drift: bool = False,
    demean: bool = False,
    finite_sample: bool = False,
) -> PanelTest:
    """Maddala and Wu's combination of the units' ADF p-values (Fisher); the panel is balanced.

    The lags have no default, as in Stata's `xtunitroot fisher, dfuller` ([XT] xtunitroot). Other defaults are Stata's:
    a constant, no drift under the null.

    Parameters
    ----------
    series : str or DataFrame
        A column of `data`, or a wide frame of periods by units.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"c", "ct"}
        Default `c`.
    lags : int, "aic" or "bic"
        Lagged differences of all units, or the criterion by which each unit chooses.
    most_lags : int, optional
        As in `ips`.
    drift : bool
        The null is a random walk with drift. Default False.
    demean : bool
        Default False.
    finite_sample : bool
        Take the units' p-values from the distribution simulated at this T. Default False.

    Returns
    -------
    PanelTest
        `raw.unit_p` has the p-value of each unit.
    """
    wide, panel, name = read_series(series, data, unit, time)
    from living_panel.estimation.econometrics import unit_roots as tests

    chosen: dict[str, Any] = {"trend": trend, "lags": lags, "drift": drift, "demean": demean}
    with named_periods(panel):
        if isinstance(lags, str):
            chosen |= _by_criterion(lags, most_lags, len(wide), finite_sample or drift)
            result = tests.fisher_by_unit(
                wide, trend=trend, criterion=lags, most=chosen["most_lags"], demean=demean
            )
        else:
            _refuse_most(most_lags, lags)
            result = tests.fisher(
                wide, trend=trend, lags=lags, drift=drift, demean=demean,
                finite_sample=finite_sample,
            )  # fmt: skip
    return _shown("fisher", "Maddala and Wu (Fisher, ADF)", "P", name, panel, result, SOME, chosen)


@check_arguments
def breitung(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: TrendOrNone = "c",
    lags: Count = 0,
    robust: bool = False,
    demean: bool = False,
) -> PanelTest:
    """Breitung's lambda of one common root; the panel is balanced.

    Defaults are those of Stata's `xtunitroot breitung` ([XT] xtunitroot): a constant, no prewhitening, not robust.

    Parameters
    ----------
    series : str or DataFrame
        A column of `data`, or a wide frame of periods by units.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"n", "c", "ct"}
        Default `c`.
    lags : int
        Lagged differences of the prewhitening. Default 0.
    robust : bool
        Robust to dependence between units (Breitung and Das 2005). Default False.
    demean : bool
        Default False.

    Returns
    -------
    PanelTest
    """
    wide, panel, name = read_series(series, data, unit, time)
    from living_panel.estimation.econometrics.unit_roots import breitung as test

    with named_periods(panel):
        result = test(wide, trend=trend, lags=lags, robust=robust, demean=demean)
    chosen = {"trend": trend, "lags": lags, "robust": robust, "demean": demean}
    key = "breitung_robust" if robust else "breitung"
    return _shown(key, "Breitung", "lambda", name, panel, result, EACH, chosen)


@check_arguments
def cips(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: Trend = "c",
    lags: Count,
    finite_sample: bool = False,
) -> PanelTest:
    """Pesaran's CIPS, valid under one common factor; the panel is balanced.

    The lags have no default, as in Pesaran (2007) and Stata's `pescadf` (SSC). The constant is the default of both.

    Parameters
    ----------
    series : str or DataFrame
        A column of `data`, or a wide frame of periods by units.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"c", "ct"}
        Default `c`.
    lags : int
        Lagged differences.
    finite_sample : bool
        Take p from the distribution simulated at this N and T, and not from the printed table, which bounds it
        between .01 and .10. Default False.

    Returns
    -------
    PanelTest
    """
    wide, panel, name = read_series(series, data, unit, time)
    from living_panel.estimation.econometrics.unit_roots import cips as test

    with named_periods(panel):
        result = test(wide, trend=trend, lags=lags, finite_sample=finite_sample)
    chosen = {"trend": trend, "lags": lags}
    return _shown("cips", "Pesaran's CIPS", "CIPS, truncated", name, panel, result, SOME, chosen)


@check_arguments
def hadri(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: Trend = "c",
    heteroskedastic: bool = False,
    demean: bool = False,
) -> PanelTest:
    """Hadri's LM test, whose null is stationarity; the panel is balanced.

    Defaults are those of Stata's `xtunitroot hadri` ([XT] xtunitroot): a constant, one variance for all units.

    Parameters
    ----------
    series : str or DataFrame
        A column of `data`, or a wide frame of periods by units.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"c", "ct"}
        Default `c`.
    heteroskedastic : bool
        A variance for each unit. Default False.
    demean : bool
        Default False.

    Returns
    -------
    PanelTest
    """
    wide, panel, name = read_series(series, data, unit, time)
    from living_panel.estimation.econometrics.unit_roots import hadri as test

    with named_periods(panel):
        result = test(wide, trend=trend, heteroskedastic=heteroskedastic, demean=demean)
    chosen = {"trend": trend, "heteroskedastic": heteroskedastic, "demean": demean}
    return _shown("hadri", "Hadri", "z", name, panel, result, "some units have a unit root", chosen,
                  null="every unit is stationary around its deterministics")  # fmt: skip


@check_arguments
def panic(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    factors: Positive,
    lags: Count | None = None,
    draws: Positive = 9_999,
    seed: Seed = 1,
) -> PanelTest:
    """PANIC: unit roots of common factors, and of what they leave (Bai and Ng 2004); the panel is balanced.

    The number of factors has no default. The lags are those of Bai and Ng (2004), 4 (min(N, T)/100)^(1/4). P-values
    are shares of simulated random walks of the same length.

    Parameters
    ----------
    series : str or DataFrame
        A column of `data`, or a wide frame of periods by units.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    factors : int
        At least one.
    lags : int, optional
        Default: the whole part of 4 (min(N, T)/100)^(1/4).
    draws : int
        Simulated series. Default 9,999.
    seed : int
        Default 1.

    Returns
    -------
    PanelTest
        The pooled statistic of the remainders first, then each factor's t.
    """
    wide, panel, name = read_series(series, data, unit, time)
    order = _rule_lags(min(wide.shape)) if lags is None else lags
    from living_panel.estimation.econometrics.unit_roots.panic import panic as test

    with named_periods(panel):
        result = test(wide, factors=factors, lags=order, draws=draws, seed=seed)
    names = ["pooled", *(f"factor {number}" for number in range(1, factors + 1))]
    table = pd.DataFrame(
        {"statistic": [result.pooled, *result.factor_statistics],
         "p_value": [result.p_value, *result.factor_p_values]}, names,
    )  # fmt: skip
    chosen = {"series": name, "factors": factors, "lags": order, "draws": draws, "seed": seed}
    return PanelTest(
        title="PANIC (Bai and Ng)",
        table=table,
        choices={**chosen, "sample": panel.sample},
        references=("panic",),
        raw=result,
        null="a unit root in every remainder; in each factor",
        alternative="stationarity of some remainders; of the factor",
    )


def _rule_lags(size: int) -> int:
    """The whole part of 4 (size/100)^(1/4) (Schwert)."""
    return int(4 * (size / 100) ** 0.25)


def _by_criterion(
    lags: str, most_lags: int | None, periods: int, has_other: bool
) -> dict[str, int]:
    """Largest number of lags to choose from; options that common lags alone have are refused."""
    if has_other:
        from living_panel.estimation.econometrics.errors import InvalidOption
        from living_panel.estimation.econometrics.library import codes

        raise InvalidOption(
            codes.OPTION_WITHOUT_MEANING(option="finite_sample or drift", given=f"lags={lags!r}")
        )
    return {"most_lags": _rule_lags(periods) if most_lags is None else most_lags}


def _refuse_most(most_lags: int | None, lags: int) -> None:
    if most_lags is not None:
        from living_panel.estimation.econometrics.errors import InvalidOption
        from living_panel.estimation.econometrics.library import codes

        raise InvalidOption(
            codes.OPTION_WITHOUT_MEANING(option="most_lags", given=f"lags={lags!r}")
        )


def _shown(
    key: str,
    title: str,
    statistic: str,
    name: str,
    panel: PanelData,
    result: Any,
    alternative: str,
    chosen: dict[str, Any],
    null: str = UNIT_ROOT,
) -> PanelTest:
    """A unit-root test in the library's form."""
    table = pd.DataFrame(
        {"statistic": [result.statistic], "p_value": [result.p_value]}, [statistic]
    )
    notes = []
    if result.bound in ("<", ">"):
        notes.append(f"p {result.bound} {result.p_value:g}: the printed table ends there")
    if result.moments_held:
        notes.append("T is below the first of the printed moments, which are held there")
    return PanelTest(
        title=f"{title} test of {name}",
        table=table,
        choices={"series": name, **chosen, "critical_values": result.critical_values,
                 "sample": panel.sample},
        notes=tuple(notes),
        references=(key,),
        raw=result,
        null=null,
        alternative=alternative,
    )  # fmt: skip
