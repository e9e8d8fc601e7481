"""Panel unit-root tests of a column or of a wide frame.

Conventions are Stata's where packages differ. Kernels take levels (T, D, N): periods, draws, units. A panel is one
draw, a simulation has thousands, so that both use the same formulas.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import (
    Count,
    OneOf,
    Positive,
    Seed,
    Trend,
    TrendOrNone,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.kernels import Floats, long_run_variance
from living_panel.estimation.econometrics.library import sentences as options
from living_panel.estimation.econometrics.library.data import PanelData, named_periods, read_series
from living_panel.estimation.econometrics.library.result import PanelTest
from living_panel.estimation.econometrics.optional import needed_for
from living_panel.estimation.econometrics.wide_panel import checked, off_deterministics
from living_panel.estimation.panel_tests import critical_values
from living_panel.estimation.panel_tests.critical_values import tables

UNIT_ROOT = "every unit has a unit root"
SOME = "some units are stationary"
EACH = "every unit is stationary, with one common root"
MOMENTS_HELD = "T is below the first of the printed moments, which are held there"
"""Note of a test whose printed moments begin at a longer panel."""
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

    References
    ----------
    Levin, A., Lin, C.-F. and Chu, C.-S. J. (2002), Journal of Econometrics 108, 1-24, equations 1 to 12, and the
    moments of Table 2 at T - p - 1. The size depends on the bandwidth: at N = 29, T = 18 it is 9.5 % with 0 and 41 %
    with 4.
    """
    wide, panel, name = read_series(series, data, unit, time)
    width = int(3.21 * len(wide) ** (1 / 3)) if bandwidth is None else bandwidth
    n_periods, n_units = wide.shape
    case = _NullCase("llc", n_units, n_periods, trend, lags, demean, width)
    with named_periods(panel):
        if trend == "n" and finite_sample:
            raise Infeasible(
                Code.TEST_OPTIONS(
                    "llc: the program does not simulate the null distribution without a constant",
                    "use trend c or ct, or the asymptotic values (finite_sample=False)",
                )
            )
        levels = _levels(wide, demean)
        sums = _adf_sums(levels, trend, lags, names=list(wide), test="llc")
        value = float(_llc(levels, sums, trend, width)[0])
        p, origin = _left_tail(case, value, "N(0,1)", finite_sample)
    chosen = {"trend": trend, "lags": lags, "kernel": "bartlett", "bandwidth": width,
              "demean": demean}  # fmt: skip
    notes = (MOMENTS_HELD,) * (n_periods - lags - 1 < 25)
    return _tested("llc", f"Levin, Lin and Chu test of {name}", "adjusted t*", value, p, panel,
                   {"series": name, **chosen, "critical_values": origin}, EACH, notes)  # fmt: skip


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

    References
    ----------
    Harris, R. D. F. and Tzavalis, E. (1999), Journal of Econometrics 91, 201-226, theorems 1 to 3, with T the number
    of periods.
    """
    wide, panel, name = read_series(series, data, unit, time)
    n_periods, n_units = wide.shape
    rows, parameters = n_periods - 1, 1 + _DETERMINISTICS[trend]
    case = _NullCase("ht", n_units, n_periods, trend, demean=demean)
    with named_periods(panel):
        levels = _levels(wide, demean)
        if rows - parameters < _MIN_DF:
            raise Infeasible(
                Code.SAMPLE_SMALL(
                    "ht: {rows} usable transitions less {parameters} parameters leave {residual_df} degrees of "
                    "freedom per unit; at least 4 are needed",
                    "use a longer window, fewer lags or fewer deterministic terms",
                    rows=rows,
                    parameters=parameters,
                    residual_df=rows - parameters,
                )
            )
        value = float(_ht(levels, trend)[0])
        p, origin = _left_tail(case, value, "N(0,1)", finite_sample)
    choices = {"series": name, "trend": trend, "demean": demean, "critical_values": origin}
    return _tested("ht", f"Harris and Tzavalis test of {name}", "z", value, p, panel, choices, EACH)


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
        `units` has the t and the lags of each unit.

    References
    ----------
    Im, K. S., Pesaran, M. H. and Shin, Y. (2003), Journal of Econometrics 115, 53-74, equation 4.10:
    W = sqrt(N) (t_bar - E[t]) / sqrt(Var[t]), moments of Table 3 at T. Lags for which it has none are refused.
    """
    wide, panel, name = read_series(series, data, unit, time)
    chosen: dict[str, Any] = {"trend": trend, "lags": lags, "demean": demean}
    with named_periods(panel):
        if isinstance(lags, str):
            chosen |= _most_lags(lags, most_lags, len(wide), finite_sample)
            units = _units_with_own_lags(wide, trend, lags, chosen["most_lags"], demean)
            moments = np.array(
                [tables.ips_moments(trend, int(p), len(wide)) for p in units["lags"]]
            )
            mean, variance = moments.mean(axis=0)
            gap = units["statistic"].mean() - mean
            value = float(np.sqrt(len(units)) * gap / np.sqrt(variance))
            p = _normal_cdf(value)
            origin = f"asymptotic: N(0,1), moments of IPS Table 3 at each unit's lags ({lags})"
        else:
            _refuse_most(most_lags, lags)
            sums = _adf_sums(_levels(wide, demean), trend, lags, names=list(wide), test="ips")
            units = _units(wide, sums.t()[0], lags=lags)
            value = float(_ips(sums, len(wide), trend)[0])
            case = _NullCase("ips", wide.shape[1], len(wide), trend, lags, demean)
            p, origin = _left_tail(case, value, "N(0,1), moments of IPS Table 3", finite_sample)
    choices = {"series": name, **chosen, "critical_values": origin}
    notes = (MOMENTS_HELD,) * (len(wide) < 10)
    return _tested("ips", f"Im, Pesaran and Shin test of {name}", "W-t-bar", value, p, panel, choices,
                   SOME, notes, units)  # fmt: skip


@check_arguments
def fisher(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: TrendOrNone = "c",
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
    trend : {"n", "c", "ct"}
        No deterministics (needs statsmodels), constants (default), or constants and linear trends.
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
        `units` has the t, the p-value and the lags of each unit.

    References
    ----------
    Maddala, G. S. and Wu, S. (1999), Oxford Bulletin of Economics and Statistics 61, 631-652: P = -2 sum log p, chi2
    with 2N degrees. The units' p are those of MacKinnon, J. G. (1994), Journal of Business and Economic Statistics 12,
    167-176, with t clamped to the range of his approximation. With `drift` each unit's t is Student's with its n - K
    degrees of freedom.
    """
    wide, panel, name = read_series(series, data, unit, time)
    chosen: dict[str, Any] = {"trend": trend, "lags": lags, "drift": drift, "demean": demean}
    with named_periods(panel):
        if isinstance(lags, str):
            chosen |= _most_lags(lags, most_lags, len(wide), finite_sample or drift)
            units = _units_with_own_lags(wide, trend, lags, chosen["most_lags"], demean)
            p = _p_1994(units["statistic"].to_numpy(), trend)
            origin = f"asymptotic: MacKinnon (1994) p-values at each unit's lags ({lags})"
        else:
            _refuse_most(most_lags, lags)
            if drift and trend != "c":
                raise Infeasible(
                    Code.TEST_OPTIONS(
                        "fisher: the option drift needs trend c, but trend is {trend}",
                        "use trend c, or omit drift",
                        trend=trend,
                    )
                )
            sums = _adf_sums(_levels(wide, demean), trend, lags, names=list(wide), test="fisher")
            units = _units(wide, sums.t()[0], lags=lags)
            p, origin = _p_of_units(sums, len(wide), trend, drift, finite_sample)
        from scipy.stats import chi2

        value = float(_maddala_wu(p))
        p_value = float(chi2.sf(value, 2 * wide.shape[1]))
    choices = {"series": name, **chosen, "critical_values": origin}
    return _tested("fisher", f"Maddala and Wu (Fisher, ADF) test of {name}", "P", value, p_value, panel,
                   choices, SOME, units=units.assign(p_value=p))  # fmt: skip


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

    References
    ----------
    Breitung, J. (2000), Advances in Econometrics 15, 161-177, equation 16 for the transformation with trends;
    Breitung, J. and Das, S. (2005), Statistica Neerlandica 59, 414-433, for `robust`. Prewhitening, divisors and
    rows are those of Stata's [XT] xtunitroot, Methods and formulas: lambda = sum x d / s_i^2 over
    sqrt(sum x^2 / s_i^2), over units and rows, of transformed differences d and levels x.
    """
    wide, panel, name = read_series(series, data, unit, time)
    with named_periods(panel):
        levels: Floats = checked({"y": wide}, demean=demean)[:, :, 0]
        value = _breitung(levels, list(wide), trend, lags, robust)
    choices = {
        "series": name, "trend": trend, "lags": lags, "robust": robust, "demean": demean,
        "critical_values": "asymptotic: N(0,1)",
    }  # fmt: skip
    key = "breitung_robust" if robust else "breitung"
    return _tested(key, f"Breitung test of {name}", "lambda", value, _normal_cdf(value), panel, choices,
                   EACH)  # fmt: skip


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
        `units` has the t of each unit; `bound` says where the printed table ends.

    References
    ----------
    Pesaran, M. H. (2007), Journal of Applied Econometrics 22, 265-312: the mean of the units' t, truncated (equation
    65), of ADF regressions with the cross-section means of the lagged level, the difference and its lags (equation
    54). Table II is read at T.
    """
    wide, panel, name = read_series(series, data, unit, time)
    n_periods, n_units = wide.shape
    with named_periods(panel):
        if n_units < 3:
            raise Infeasible(
                Code.SAMPLE_SMALL(
                    "cips: cross-section means need at least 3 units, but the sample has {n}",
                    "use three or more units",
                    n=n_units,
                )
            )
        levels = _levels(wide, demean=False)
        sums = _adf_sums(levels, trend, lags, names=list(wide), test="cips", augmented=True)
        value, bound = float(_cips(sums, trend)[0]), "="
        if finite_sample:
            case = _NullCase("cips", n_units, n_periods, trend, lags)
            p, origin = float(_lower_tail(case, value)), _note(case)
        else:
            p, bound = _table_p(value, tables.cips_critical_values(trend, n_units, n_periods))
            origin = "table: Pesaran (2007), Table II, truncated"
            if np.isnan(p):
                origin += "; none below N or T = 10, use finite_sample"
    choices = {"series": name, "trend": trend, "lags": lags, "critical_values": origin}
    notes = (f"p {bound} {p:g}: the printed table ends there",) * (bound in ("<", ">"))
    return _tested("cips", f"Pesaran's CIPS test of {name}", "CIPS, truncated", value, p, panel,
                   choices, SOME, notes, _units(wide, sums.t()[0]), bound)  # fmt: skip


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
        A small p-value rejects stationarity.

    References
    ----------
    Hadri, K. (2000), Econometrics Journal 3, 148-161, equations 14 and 21.
    """
    wide, panel, name = read_series(series, data, unit, time)
    with named_periods(panel):
        levels: Floats = checked({"y": wide}, demean=demean)[:, :, 0]
        value = _hadri(levels, trend, heteroskedastic)
    from scipy.stats import norm

    choices = {
        "series": name, "trend": trend, "heteroskedastic": heteroskedastic, "demean": demean,
        "critical_values": "asymptotic: N(0,1), right tail",
    }  # fmt: skip
    return _tested("hadri", f"Hadri test of {name}", "z", value, float(norm.sf(value)), panel, choices,
                   "some units have a unit root",
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
        `units` has the t and the p-value of each unit's remainder, `raw` each factor's share of the variance of
        the standardised differences.

    References
    ----------
    Bai, J. and Ng, S. (2004), Econometrica 72, 1127-1177, equation 19 and section 2.4: principal components of
    standardised differences, cumulated, and what they leave. P = (-2 sum log p_i - 2N) / sqrt(4N), with p_i of a
    Dickey-Fuller regression without deterministics on each cumulated remainder. Factors are tested one by one, with
    constant and trend.
    """
    wide, panel, name = read_series(series, data, unit, time)
    order = _rule_lags(min(wide.shape)) if lags is None else lags
    with named_periods(panel):
        of_units, of_factors, shares = _components(wide, factors, order)
        p_units, p_factors = _p_of_walks(len(wide) - 1, draws, seed, order, of_units, of_factors)
    from scipy.stats import norm

    pooled = float((-2 * np.log(p_units).sum() - 2 * len(p_units)) / np.sqrt(4 * len(p_units)))
    names = ["pooled", *(f"factor {number}" for number in range(1, factors + 1))]
    numbers = {
        "statistic": [pooled, *of_factors],
        "p_value": [float(norm.sf(pooled)), *p_factors],
    }
    chosen = {"series": name, "factors": factors, "lags": order, "draws": draws, "seed": seed}
    return PanelTest(
        title="PANIC (Bai and Ng)",
        table=pd.DataFrame(numbers, names),
        choices={**chosen, "sample": panel.sample},
        references=("panic",),
        raw=shares,
        null="a unit root in every remainder; in each factor",
        alternative="stationarity of some remainders; of the factor",
        units=_units(wide, of_units, p_value=p_units),
    )


def _tested(
    key: str,
    title: str,
    statistic: str,
    value: float,
    p: float,
    panel: PanelData,
    choices: dict[str, Any],
    alternative: str,
    notes: tuple[str, ...] = (),
    units: pd.DataFrame | None = None,
    bound: str = "=",
    null: str = UNIT_ROOT,
) -> PanelTest:
    """A unit-root test in the library's form."""
    return PanelTest(
        title=title,
        table=pd.DataFrame({"statistic": [value], "p_value": [p]}, [statistic]),
        choices={**choices, "sample": panel.sample},
        notes=notes,
        references=(key,),
        null=null,
        alternative=alternative,
        bound=bound,
        units=units,
    )


def _units(wide: pd.DataFrame, t: Floats, **more: Any) -> pd.DataFrame:
    """Each unit's t, and what else there is of each."""
    return pd.DataFrame({"statistic": t, **more}, wide.columns)


def _levels(wide: pd.DataFrame, demean: bool) -> Floats:
    """The checked frame as one draw, (T, 1, N)."""
    return checked({"y": wide}, demean=demean).transpose(0, 2, 1)


def _rule_lags(size: int) -> int:
    """The whole part of 4 (size/100)^(1/4) (Schwert)."""
    return int(4 * (size / 100) ** 0.25)


def _most_lags(lags: str, most_lags: int | None, periods: int, has_other: bool) -> dict[str, int]:
    """Largest number of lags to choose from; options that common lags alone have are refused."""
    if has_other:
        raise InvalidOption(
            options.OPTION_WITHOUT_MEANING(option="finite_sample or drift", given=f"lags={lags!r}")
        )
    return {"most_lags": _rule_lags(periods) if most_lags is None else most_lags}


def _refuse_most(most_lags: int | None, lags: int) -> None:
    if most_lags is not None:
        raise InvalidOption(
            options.OPTION_WITHOUT_MEANING(option="most_lags", given=f"lags={lags!r}")
        )


# Augmented Dickey-Fuller regressions of very many units at once. Deterministics and lags are swept out by
# Gram-Schmidt, column by column, so that no loop runs over units.

_DETERMINISTICS = {"n": 0, "c": 1, "ct": 2}
_MIN_DF = 4
_COLLINEAR = 1e-22
"""Share of a column's squared length below which what is left of it is collinear."""


class _AdfSums(NamedTuple):
    """Sums of squares and products of v = lagged level and e = difference, net of all else, each (D, N).

    n rows and k parameters of each regression, the lagged level included.
    """

    vv: Floats
    ve: Floats
    ee: Floats
    n: int
    k: int
    lags: int

    def rss(self) -> Floats:
        """Residual sums of squares."""
        return self.ee - self.ve**2 / self.vv

    def t(self) -> Floats:
        """Ratio t of the lagged level."""
        return self.ve / np.sqrt(self.vv * (self.rss() / (self.n - self.k)))


def _adf_sums(
    y: Floats,  # (T, D, N)
    trend: str,
    lags: int,
    *,
    names: Sequence[object] | None = None,
    test: str = "adf",
    augmented: bool = False,
    min_df: int = _MIN_DF,
) -> _AdfSums:
    """Run the ADF regression of each unit and draw, or the cross-sectionally augmented one (Pesaran 2007, eq. 54)."""
    t = y.shape[0]
    n = t - 1 - lags
    k = 1 + _DETERMINISTICS[trend] + lags + (2 + lags if augmented else 0)
    if n - k < min_df:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "{test}: each of {regressions} regressions has only {n} residual degrees of freedom "
                "({value} rows less {k} parameters, T={t}); at least {min_df} are needed",
                "use fewer lags, fewer deterministic terms, or a longer window",
                test=test,
                regressions=int(np.prod(y.shape[1:])),
                min_df=min_df,
                value=max(n, 0),
                k=k,
                n=n - k,
                t=t,
            )
        )
    diff = np.diff(y, axis=0)
    level, dy = y[lags : t - 1], diff[lags:]
    lagged = [diff[lags - j : t - 1 - j] for j in range(1, lags + 1)]
    means = [c.mean(axis=2, keepdims=True) for c in (level, dy, *lagged)] if augmented else []
    time = np.arange(float(n)).reshape(-1, 1, 1)
    deterministics = [np.ones((n, 1, 1)), time][: _DETERMINISTICS[trend]]
    columns = [*deterministics, *means, *lagged, level, dy]
    *originals, of_level, _ = [_dot(c, c) for c in columns]
    for original in originals:
        column, *columns = columns
        norm = _dot(column, column)
        _require_rank(norm, original, names, test)
        columns = [c - column * (_dot(column, c) / norm) for c in columns]
    v, e = columns
    vv = np.broadcast_to(_dot(v, v), y.shape[1:])
    _require_rank(vv, of_level, names, test)
    sums = _AdfSums(vv, _dot(v, e), _dot(e, e), n, k, lags)
    exact = sums.rss() <= 1e-14 * sums.ee
    if exact.any():
        count, where = int(exact.sum()), _which(exact, names)
        raise Infeasible(sentences.EXACT_FIT(test=test, count=count, where=where))
    return sums


def _dot(a: Floats, b: Floats) -> Floats:
    """Sum over rows of the product, broadcast over draws and units."""
    return np.asarray(np.einsum("tdn,tdn->dn", a, b), dtype=np.float64)


def _require_rank(
    norm: Floats, original: Floats, names: Sequence[object] | None, test: str
) -> None:
    """Refuse a column with almost no variation after sweeping the earlier ones."""
    bad = norm <= _COLLINEAR * original
    if bad.any():
        count, where = int(bad.sum()), _which(bad, names)
        raise Infeasible(
            Code.COLLINEAR(
                "{test}: in {count} cases a column of the regression is constant or collinear with the others{where}",
                "use fewer lags or deterministic terms, or leave these units out",
                test=test,
                count=count,
                where=where,
            )
        )


def _which(bad: NDArray[np.bool_], names: Sequence[object] | None) -> str:
    if names is None or bad.shape[1] != len(names):
        return f", first at position {int(np.argmax(bad.ravel()))}"
    return f", units {[names[int(j)] for j in np.flatnonzero(bad.any(axis=0))[:10]]}"


def _units_with_own_lags(
    wide: pd.DataFrame, trend: str, criterion: str, most: int, demean: bool
) -> pd.DataFrame:
    """Each unit's t at the lags that minimise log(RSS/n) + K c/n, c = 2 (aic) or log n (bic).

    All orders are compared on the rows that the largest one leaves.
    """
    levels, names = _levels(wide, demean), list(wide)
    scores = []
    for order in range(most + 1):
        sums = _adf_sums(levels[most - order :], trend, order, names=names, test="choose_lags")
        penalty = 2.0 if criterion == "aic" else np.log(sums.n)
        scores.append(np.log(sums.rss()[0] / sums.n) + penalty * sums.k / sums.n)
    lags = np.argmin(np.array(scores), axis=0)
    t = np.empty(len(names))
    for order in sorted({*lags.tolist()}):
        mine = lags == order
        t[mine] = _adf_sums(levels[:, :, mine], trend, order, names=list(wide.columns[mine])).t()[0]
    return _units(wide, t, lags=lags)


# The statistics, (D,): of one draw in a test, of thousands in a simulation.

_CIPS_BOUNDS = {"c": (-6.19, 2.61), "ct": (-6.42, 1.70)}
"""Bounds (-K1, K2) on each unit's t (Pesaran 2007, section 5.1)."""
_HADRI = {"c": (1 / 6, 1 / 45), "ct": (1 / 15, 11 / 6300)}
"""Mean and variance of a unit's statistic under stationarity (Hadri 2000, theorems 1 and 2)."""


def _llc(y: Floats, sums: _AdfSums, trend: str, bandwidth: int) -> Floats:
    """Levin, Lin and Chu (2002), steps 1 to 3.

    e, v are divided by s_i = sqrt(RSS_i/n_i). Then delta = sum ve / sum vv; t = delta/se; S = mean of omega_i/s_i;
    T~ = T - p - 1; t* = (t - N T~ S se mu*/s2_e) / sigma*, with s2_e = RSS/(N T~) in se too. mu*, sigma* are read at
    T~, held at the ends of the table (T = 25 and 500).
    """
    s2 = sums.rss() / sums.n
    vv, ve, ee = ((x / s2).sum(axis=1) for x in (sums.vv, sums.ve, sums.ee))
    rows = y.shape[2] * sums.n
    delta = ve / vv
    s2_e = (ee - delta * ve) / rows
    se = np.sqrt(s2_e / vv)
    steps = np.moveaxis(np.diff(y, axis=0), 0, -2)
    steps = steps if trend == "n" else off_deterministics(steps, trend)
    long_run = long_run_variance(np.moveaxis(steps, -2, -1), bandwidth)
    ratio = np.sqrt(long_run / s2).mean(axis=1)
    mu, sigma = tables.llc_moments(trend, sums.n)
    return np.asarray((delta / se - rows * ratio * se * mu / s2_e) / sigma)


def _ht(y: Floats, trend: str) -> Floats:
    """Harris and Tzavalis (1999), theorems 1 to 3: z = sqrt(N)(rho - 1 - B)/sqrt(C).

    With T the number of periods, as in Stata without `altt` ([XT] xtunitroot):
    c: B = -3/(T+1), C = 3(17T^2-20T+17)/(5(T-1)(T+1)^3);
    ct: B = -15/(2(T+2)), C = 15(193T^2-728T+1147)/(112(T+2)^3(T-2)).
    """
    t, _, units = y.shape
    lagged, current = (
        off_deterministics(np.moveaxis(part, 0, -2), trend) for part in (y[:-1], y[1:])
    )
    rho = np.einsum("dtn,dtn->d", lagged, current) / np.einsum("dtn,dtn->d", lagged, lagged)
    if trend == "c":
        bias = -3 / (t + 1)
        variance = 3 * (17 * t**2 - 20 * t + 17) / (5 * (t - 1) * (t + 1) ** 3)
    else:
        bias = -15 / (2 * (t + 2))
        variance = 15 * (193 * t**2 - 728 * t + 1147) / (112 * (t + 2) ** 3 * (t - 2))
    return np.asarray(np.sqrt(units) * (rho - 1 - bias) / np.sqrt(variance))


def _ips(sums: _AdfSums, t: int, trend: str) -> Floats:
    """Im, Pesaran and Shin (2003), equation 4.10, with one lag order."""
    mean, var = tables.ips_moments(trend, sums.lags, t)
    t_bar = sums.t().mean(axis=1)
    return np.asarray(np.sqrt(sums.vv.shape[1]) * (t_bar - mean) / np.sqrt(var))


def _maddala_wu(p: Floats) -> Floats:
    """P = -2 sum log p from p-values (..., N)."""
    return np.asarray(-2 * np.log(p).sum(axis=-1), dtype=np.float64)


def _cips(sums: _AdfSums, trend: str) -> Floats:
    """Pesaran (2007), equation 65: mean of the units' CADF t, truncated."""
    return np.asarray(np.clip(sums.t(), *_CIPS_BOUNDS[trend]).mean(axis=1))


def _hadri(levels: Floats, trend: str, heteroskedastic: bool) -> float:
    """Z of levels (T, N): partial sums over each unit's own variance, or over the common one."""
    periods = len(levels)
    powers = np.arange(1.0, periods + 1)[:, None] ** np.arange(_DETERMINISTICS[trend])
    residuals = levels - powers @ np.linalg.lstsq(powers, levels, rcond=None)[0]
    sums = (residuals.cumsum(axis=0) ** 2).sum(axis=0) / periods**2
    mean_squares = (residuals**2).mean(axis=0)
    if (mean_squares <= 1e-20 * (levels**2).mean(axis=0)).any():
        raise Infeasible(
            Code.OUTCOME_EXPLAINED(
                "hadri: a unit has no variation around its deterministic terms",
                "drop units that follow their deterministic terms exactly",
            )
        )
    statistic = (
        (sums / mean_squares).mean() if heteroskedastic else sums.mean() / mean_squares.mean()
    )
    mean, variance = _HADRI[trend]
    return float(np.sqrt(levels.shape[1]) * (statistic - mean) / np.sqrt(variance))


def _breitung(
    levels: Floats, names: Sequence[object], trend: str, lags: int, robust: bool
) -> float:
    """Lambda of levels (T, N): sum x d / s_i^2 over sqrt(sum x^2 / s_i^2), n = T - p - 1 rows numbered s.

    n: d and x are the differences and the lagged levels, net of p lagged differences.
    c: the same, of levels less the first lagged level; s_i^2 = sum d^2/(n - 1).
    ct: a regression of the differences on a constant and p lagged differences filters differences and levels;
    s_i^2 is the variance of the filtered differences u. Then for s < n
    d_s = sqrt((n - s)/(n - s + 1)) (u_s - mean of u after s), x_s = level_s - level_1 - (s - 1) mean of u.
    """
    periods, units = levels.shape
    rows, parameters = periods - 1 - lags, _DETERMINISTICS[trend] + lags
    if rows - 1 - parameters < _MIN_DF:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "breitung: {value} rows and {parameters} parameters of each unit leave {rows} degrees of freedom "
                "with T={periods}; {min_df} are needed",
                "use fewer lags, fewer deterministic terms, or a longer window",
                value=max(rows, 0),
                parameters=parameters + 1,
                rows=rows - 1 - parameters,
                periods=periods,
                min_df=_MIN_DF,
            )
        )
    if robust and rows < units:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "breitung: {units} units have {rows} rows each; covariances between units need as many rows as units",
                "omit the option robust, or use fewer units or a longer window",
                units=units,
                rows=rows,
            )
        )
    steps, before, variance = (
        _off_trend(levels, lags) if trend == "ct" else _off_start(levels, lags, trend)
    )
    still = variance <= _COLLINEAR * (np.diff(levels, axis=0) ** 2).sum(axis=0)
    if still.any():
        where = ": " + ", ".join(str(names[int(j)]) for j in np.flatnonzero(still))
        raise Infeasible(sentences.EXACT_FIT(test="breitung", count=int(still.sum()), where=where))
    if not robust:
        return float((before * steps / variance).sum() / np.sqrt((before**2 / variance).sum()))
    # Breitung and Das: sum x_t'd_t over sqrt(sum x_t'Omega x_t), Omega at the weighted pooled root
    root = (before * steps / variance).sum() / (before**2 / variance).sum()
    residuals = steps - root * before
    covariances = residuals.T @ residuals / (rows - 1)
    return float((before * steps).sum() / np.sqrt(((before @ covariances) * before).sum()))


def _lagged(steps: Floats, lags: int) -> Floats:
    """Lagged differences of each unit, (N, rows, lags)."""
    rows = len(steps) - lags
    columns = [steps[lags - j : lags - j + rows].T for j in range(1, lags + 1)]
    return np.stack(columns, axis=-1) if columns else np.empty((steps.shape[1], rows, 0))


def _net(columns: Floats, others: Floats) -> Floats:
    """Residuals of each unit's column (rows, N) on its others (N, rows, lags)."""
    if not others.shape[-1]:
        return columns
    slopes = np.linalg.pinv(others) @ columns.T[:, :, None]
    return columns - (others @ slopes)[:, :, 0].T


def _off_start(levels: Floats, lags: int, trend: str) -> tuple[Floats, Floats, Floats]:
    """Differences, levels and variances without a trend; levels less the first lagged one with constants."""
    steps = np.diff(levels, axis=0)
    others = _lagged(steps, lags)
    before = levels[lags:-1] - (levels[lags] if trend == "c" else 0.0)
    net = _net(steps[lags:], others)
    return net, _net(before, others), (net**2).sum(axis=0) / (len(net) - 1)


def _off_trend(levels: Floats, lags: int) -> tuple[Floats, Floats, Floats]:
    """Differences, levels and variances with trends: forward means taken off, and the mean growth."""
    steps = np.diff(levels, axis=0)
    others, rows = _lagged(steps, lags), len(steps) - lags
    filtered, before = steps[lags:], levels[lags:-1]
    if lags:
        with_constant = np.concatenate([others, np.ones((*others.shape[:2], 1))], axis=-1)
        slopes = (np.linalg.pinv(with_constant) @ filtered.T[:, :, None])[:, :lags, 0]
        for j in range(1, lags + 1):
            filtered = filtered - slopes[:, j - 1] * steps[lags - j : lags - j + rows]
            before = before - slopes[:, j - 1] * levels[lags - j : lags - j + rows]
    growth = filtered.mean(axis=0)
    after = np.arange(rows - 1, 0, -1.0)[:, None]
    later = filtered[::-1].cumsum(axis=0)[::-1][1:] / after
    differences = np.sqrt(after / (after + 1)) * (filtered[:-1] - later)
    passed = np.arange(rows - 1.0)[:, None]
    return differences, before[:-1] - before[0] - passed * growth, filtered.var(axis=0, ddof=1)


def _components(wide: pd.DataFrame, factors: int, lags: int) -> tuple[Floats, Floats, Floats]:
    """PANIC's t of each unit's remainder and of each factor, and the factors' shares of the variance."""
    change = np.diff(checked({"the series": wide}, demean=False)[..., 0], axis=0)
    t, n = change.shape
    if factors >= min(t, n):
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "PANIC needs fewer factors than units ({n}) and changes ({t}); {factors} factors are given",
                "use fewer factors, or more units and years",
                factors=factors,
                t=t,
                n=n,
            )
        )
    scale = change.std(axis=0)
    same = scale <= 1e-9 * np.abs(change).max(axis=0)
    if same.any():
        raise Infeasible(
            Code.ABSORBED(
                "{columns} change by the same amount every year",
                "drop these units",
                columns=wide.columns[same].tolist(),
            )
        )
    standard = (change - change.mean(axis=0)) / scale
    u, s, v = np.linalg.svd(standard, full_matrices=False)
    common = u[:, :factors] * s[:factors]
    of_units = _dickey_fuller(np.cumsum(standard - common @ v[:factors], axis=0), "n", lags)
    of_factors = _dickey_fuller(np.cumsum(common, axis=0), "ct", lags)
    return of_units, of_factors, s[:factors] ** 2 / (s @ s)


def _p_of_walks(
    rows: int, draws: int, seed: int, lags: int, of_units: Floats, of_factors: Floats
) -> tuple[Floats, Floats]:
    """Shares of random walks, treated alike, whose t is as small: of remainders, and of factors."""
    walks = np.random.default_rng(seed).normal(size=(rows, draws))
    walks = np.cumsum(walks - walks.mean(axis=0), axis=0)
    remainders, factors = (_dickey_fuller(walks, trend, lags)[:, None] for trend in ("n", "ct"))
    return tables.lower_tail_p(remainders, of_units), tables.lower_tail_p(factors, of_factors)


def _dickey_fuller(series: Floats, trend: str, lags: int) -> Floats:
    """T of the level, for each column of (T, m)."""
    sums = _adf_sums(series[:, None, :], trend, lags, test="PANIC", min_df=1)
    return np.asarray(sums.t()[0])


# P-values: of the normal distribution, of printed tables, and of simulated null distributions.

# MacKinnon (1994), table 3, one regressor: Phi^-1(p) as a polynomial in tau, lowest power first.
_SMALL = {"c": (2.1659, 1.4412, 3.8269e-2), "ct": (3.2512, 1.6047, 4.9588e-2)}
_LARGE = {
    "c": (1.7339, 9.3202e-1, -1.2745e-1, -1.0368e-2),
    "ct": (2.5261, 6.1654e-1, -3.7956e-1, -6.0285e-2),
}
_CHANGE = {"c": -1.61, "ct": -2.89}
_RANGE_1994 = {"c": (-18.83, 2.74), "ct": (-16.18, 0.70)}
"""Outside, the polynomials turn back: tau is clamped."""
_P_ENDS = 1e-300, 1.0 - 1e-16
"""P-values beyond are reported as these, so that -2 log p stays finite."""


def _p_1994(tau: Floats, trend: str) -> Floats:
    """MacKinnon's (1994) p-values, always inside (0, 1).

    Unclamped, p would be exactly 0 left of -18.83 (constant) and exactly 1 right of 2.74.
    """
    if trend == "n":
        with needed_for("a Fisher test without deterministics", "statsmodels"):
            from statsmodels.tsa.adfvalues import mackinnonp

        return np.asarray(np.clip([mackinnonp(value, "n") for value in tau], *_P_ENDS))
    from scipy.stats import norm

    t = np.clip(tau, *_RANGE_1994[trend])
    small = np.polynomial.polynomial.polyval(t, _SMALL[trend])
    large = np.polynomial.polynomial.polyval(t, _LARGE[trend])
    p = norm.cdf(np.where(t <= _CHANGE[trend], small, large))
    return np.asarray(np.clip(p, *_P_ENDS), dtype=np.float64)


def _p_of_units(
    sums: _AdfSums, periods: int, trend: str, drift: bool, finite_sample: bool
) -> tuple[Floats, str]:
    """P-value of each unit's t, and where they come from."""
    t = sums.t()[0]
    if drift:
        from scipy.stats import t as student

        origin = "unit p-values: Student's t with n - K degrees (drift)"
        return np.asarray(student.cdf(t, sums.n - sums.k)), origin
    if not finite_sample:
        return _p_1994(t, trend), "asymptotic: MacKinnon (1994) p-values"
    case = _NullCase("adf", 1, periods, trend, sums.lags)
    origin = f"{_note(case)}; per-unit p-values of the ADF t at each unit's T"
    return _lower_tail(case, t), origin


def _normal_cdf(value: float) -> float:
    from scipy.stats import norm

    return float(norm.cdf(value))


def _table_p(statistic: float, values: Floats) -> tuple[float, str]:
    """P between the 1, 5 and 10 % critical values; a bound outside them."""
    if np.isnan(values).any():
        return float("nan"), "none"
    if statistic < values[0]:
        return 0.01, "<"
    if statistic > values[-1]:
        return 0.10, ">"
    return float(np.interp(statistic, values, (0.01, 0.05, 0.10))), "="


# Null distributions, stored or simulated: a Gaussian random walk per unit, independent over units, of the panel's own
# shape, lags and options. The seed depends on the case alone, so the same case always has the same distribution.

_SEED = 20250101
_CHUNK_CELLS = 600_000  # values drawn at a time
_PIECES = 6  # of a chunk: the arrays of one fit in the processor's cache
_ROW_BUDGET = 10_000_000  # values simulated in all for one distribution
_MOST_CELLS = 100_000_000


@dataclass(frozen=True)
class _NullCase:
    """One null distribution: which statistic, of what panel, with which options.

    `test` is "adf" (one unit's t, n = 1) or a panel test's name; `demean` takes each period's mean off
    the draws too; `bandwidth` is LLC's.
    """

    test: str
    n: int
    t: int
    trend: str
    lags: int = 0
    demean: bool = False
    bandwidth: int | None = None

    def key(self) -> str:
        """The case as text, the same for every run and machine."""
        # options of earlier versions stay in the text, which is the seed of every distribution
        gone: dict[str, object] = dict.fromkeys(("max_lags", "robust", "windows"))
        gone["convention"] = "stata"
        gone["kernel"] = "bartlett" if self.test == "llc" else None
        gone["periods"] = "T" if self.test == "ht" else None
        return json.dumps({**asdict(self), **gone}, sort_keys=True)

    def draws(self) -> int:
        """Draws simulated: many for one unit, fewer the larger the panel."""
        if self.test == "adf":
            return int(np.clip(8_000_000 // self.t, 100_000, 400_000))
        cells = self.n * self.t
        return min(int(np.clip(_ROW_BUDGET // cells, 1_000, 20_000)), _MOST_CELLS // cells)

    def statistic(self, y: Floats) -> Floats:
        """The statistic of every draw in y (T, D, N), (D,)."""
        if self.demean:
            y = y - y.mean(axis=2, keepdims=True)
        if self.test == "ht":
            return _ht(y, self.trend)
        sums = _adf_sums(y, self.trend, self.lags, test=self.test, augmented=self.test == "cips")
        if self.test == "adf":
            return sums.t()[:, 0]
        if self.test == "ips":
            return _ips(sums, self.t, self.trend)
        if self.test == "cips":
            return _cips(sums, self.trend)
        return _llc(y, sums, self.trend, int(self.bandwidth or 0))


@cache
def _probabilities() -> tuple[Floats, Floats]:
    """Probabilities of the quantiles kept, evenly spaced on the normal scale; and their normal quantiles."""
    from scipy.special import ndtr, ndtri

    kept = ndtr(np.linspace(-4.2, 4.2, 337))
    return kept, ndtri(kept)


def _simulate(case: _NullCase) -> tuple[Floats, int]:
    """Quantiles of the null distribution, and the number of draws."""
    draws = case.draws()
    if draws < 200:
        raise Infeasible(
            Code.SAMPLE_LIMIT(
                "{test}: simulating N={n}, T={t} needs more than {most_cells} values for 200 draws",
                "use the asymptotic values at this size (finite_sample=False)",
                test=case.test,
                n=case.n,
                t=case.t,
                most_cells=_MOST_CELLS,
            )
        )
    rng = np.random.default_rng([_SEED, zlib.crc32(case.key().encode())])
    step = max(1, _CHUNK_CELLS // (case.n * case.t))
    parts = []
    for start in range(0, draws, step):
        shape = (case.t, min(step, draws - start), case.n)
        walks = rng.standard_normal(shape)
        for earlier, later in pairwise(walks):  # faster than a cumulated sum over the first axis
            later += earlier
        pieces = np.array_split(walks, min(_PIECES, shape[1]), axis=1)
        parts += [case.statistic(piece) for piece in pieces]
    return np.quantile(np.concatenate(parts), _probabilities()[0]), draws


@cache
def _stored() -> dict[str, tuple[Floats, int]]:
    with np.load(critical_values.HERE / "null_distributions.npz") as stored:
        key, draws, quantiles = (stored[name] for name in ("key", "draws", "quantiles"))
    return {str(k): (q, int(n)) for k, n, q in zip(key, draws, quantiles, strict=True)}


@lru_cache(maxsize=256)
def _null_quantiles(case: _NullCase) -> tuple[Floats, int, str]:
    """Quantiles, draws, and where they came from."""
    quantiles = _stored().get(case.key())
    if quantiles is not None:
        return *quantiles, "simulated, stored"
    return *_simulate(case), "simulated on the fly"


def _note(case: _NullCase) -> str:
    """Where a null distribution came from, in words."""
    _, draws, origin = _null_quantiles(case)
    return (
        f"finite sample: {origin}, {draws} draws of {case.n} independent Gaussian units, "
        f"T={case.t}, seed {_SEED}"
    )


def _lower_tail(case: _NullCase, value: Floats | float) -> Floats:
    """P(statistic <= value) under the null, linear on the normal scale between quantiles.

    Never closer to 0 or 1 than the draws and the stored quantiles resolve: at least
    1/(draws + 1), and 1.3e-5.
    """
    from scipy.special import ndtr

    quantiles, draws, _ = _null_quantiles(case)
    floor = 1 / (draws + 1)
    p = ndtr(np.interp(value, quantiles, _probabilities()[1]))
    return np.asarray(np.clip(p, floor, 1 - floor), dtype=np.float64)


def _left_tail(case: _NullCase, value: float, limit: str, finite_sample: bool) -> tuple[float, str]:
    """P in the left tail of N(0,1) or of the simulated null, and where it comes from."""
    if finite_sample:
        return float(_lower_tail(case, value)), _note(case)
    return _normal_cdf(value), f"asymptotic: {limit}"


def _critical_value(case: _NullCase, level: float) -> float:
    """The value below which the statistic falls with probability `level` under the null."""
    from scipy.special import ndtri

    quantiles, _, _ = _null_quantiles(case)
    return float(np.interp(ndtri(level), _probabilities()[1], quantiles))
