"""Panel cointegration tests of a formula.

Kernels take a balanced panel as wide frames, or arrays y (..., N, T) and x (..., N, T, k): a panel alone, or many at
once in a simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import (
    Count,
    Positive,
    Seed,
    Trend,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import (
    Floats,
    long_run_covariance,
    long_run_variance,
)
from living_panel.estimation.econometrics.library.data import named_periods
from living_panel.estimation.econometrics.library.equations import (
    Equation,
    bandwidth_of,
    read_plain_equation,
)
from living_panel.estimation.econometrics.library.result import PanelTest
from living_panel.estimation.econometrics.wide_panel import (
    Window,
    deterministics,
    full_column_rank,
    named,
    net_of,
    off_deterministics,
    open_panel,
    read_panel,
    require_df,
)
from living_panel.estimation.estimators.long_run import (
    _cross,
    _given_others,
    _modified,
    _slopes_of,
)
from living_panel.estimation.panel_tests.critical_values.tables import lower_tail_p, printed

NO_COINTEGRATION = "no cointegration in any unit"
ALL = "all units are cointegrated"


@check_arguments
def kao(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    lags: Count = 1,
    bandwidth: Count | None = None,
    demean: bool = False,
    finite_sample: bool = False,
) -> PanelTest:
    """Kao's five tests of no cointegration, with one slope for all units; the panel is balanced.

    Defaults are those of Stata's `xtcointtest kao` ([XT] xtcointtest): one augmenting lag and Bartlett's kernel. The
    bandwidth is Newey and West's rule 4 (T/100)^(2/9). Stata's default `kernel(bartlett nwest)` estimates it from the
    data.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    lags : int
        Lagged differences of ADF_t. Default 1.
    bandwidth : int, optional
        Default: 4 (T/100)^(2/9).
    demean : bool
        Subtract each period's mean over units. Default False.
    finite_sample : bool
        Simulate p at this N and T (2,000 panels). Default False.

    Returns
    -------
    PanelTest

    References
    ----------
    Kao, C. (1999), Journal of Econometrics 90, 1-44, equations 13 to 20, on the residuals e of one fixed-effects
    regression. rho is the pooled slope of e on its lag; w = (dy, dx) is net of unit means, Sigma its covariance and
    Omega its long-run covariance averaged over units; sigma_v^2 and sigma_0v^2 are the variances of dy given dx from
    Sigma and Omega. T counts the rows of the pooled regression in one unit.
    DF_rho = (sqrt(N) T (rho-1) + 3 sqrt(N)) / sqrt(10.2); DF_t = sqrt(1.25) t + sqrt(1.875 N);
    DF_rho* = (sqrt(N) T (rho-1) + 3 sqrt(N) sigma_v^2/sigma_0v^2) / sqrt(3 + 36 sigma_v^4/(5 sigma_0v^4));
    DF_t* and ADF_t = (t + sqrt(6N) sigma_v/(2 sigma_0v))
    / sqrt(sigma_0v^2/(2 sigma_v^2) + 3 sigma_v^2/(10 sigma_0v^2)).
    Simulated p come from independent random walks; dependence between units is not in that null.
    """
    equation = read_plain_equation("kao", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    how: dict[str, Any] = {"lags": lags, "bandwidth": width, "demean": demean}
    with named_periods(equation.panel):
        table, own = _kao(equation.wide_y, equation.wide_x, **how)
        p_values = own() if finite_sample else None
    chosen = {"trend": "c", "lags": lags, "kernel": "bartlett", **how}
    return _tested("kao", "Kao", equation, table, p_values, chosen, ALL)


@check_arguments
def pedroni(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: Trend = "c",
    lags: Count = 1,
    bandwidth: Count | None = None,
    demean: bool = False,
    finite_sample: bool = False,
) -> PanelTest:
    """Pedroni's seven tests of no cointegration, with slopes of each unit; the panel is balanced.

    Defaults are those of Stata's `xtcointtest pedroni` ([XT] xtcointtest): unit constants, one augmenting lag and
    Bartlett's kernel. The bandwidth is Newey and West's rule 4 (T/100)^(2/9). Stata's default `kernel(bartlett nwest)`
    estimates it from the data.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`, at most seven regressors.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"c", "ct"}
        Default `c`.
    lags : int
        Lagged differences of the ADF statistics. Default 1.
    bandwidth : int, optional
        Default: 4 (T/100)^(2/9).
    demean : bool
        Default False.
    finite_sample : bool
        Simulate p at this N and T (2,000 panels). Default False.

    Returns
    -------
    PanelTest
        panel_v rejects on the right, the others on the left. `raw` has the statistics before they are standardised.

    References
    ----------
    Pedroni, P. (1999), Oxford Bulletin of Economics and Statistics 61, 653-670, Table 1; Pedroni, P. (2004),
    Econometric Theory 20, 597-625. e are residuals of each unit's own regression, eta those of dy on dx, L_i^2 their
    long-run variance. mu are residuals of e on its lag, s_i^2 their variance, lambda_i = sum_j w_j mean(mu_t mu_t-j),
    sigma_i^2 = s_i^2 + 2 lambda_i; all on T-1 rows. With A_i = sum e_t-1^2, B_i = sum (e_t-1 de_t - lambda_i):
    panel_v = T^2 N^(3/2) / sum A/L^2; panel_rho = T sqrt(N) sum(B/L^2)/sum(A/L^2);
    panel_pp = sum(B/L^2)/sqrt(mean(sigma^2/L^2) sum A/L^2); group_rho = T/sqrt(N) sum B/A;
    group_pp = 1/sqrt(N) sum B/sqrt(sigma^2 A). panel_adf and group_adf are the same with lambda = 0, e_t-1 and de_t
    net of lagged differences, and s*^2 of the augmented regression for sigma^2. The 1999 paper prints mean(s*^2)
    without 1/L^2 in panel_adf, which would depend on the unit of measurement: here it is mean(s*^2/L^2).
    Standardised as (stat - mu sqrt(N))/sqrt(v).
    """
    equation = read_plain_equation("pedroni", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    how: dict[str, Any] = {"trend": trend, "lags": lags, "bandwidth": width}
    with named_periods(equation.panel):
        table, own = _pedroni(equation.wide_y, equation.wide_x, **how, demean=demean)
        p_values = own() if finite_sample else None
    chosen = {
        "trend": trend, "lags": lags, "kernel": "bartlett", "bandwidth": width,
        "demean": demean,
    }  # fmt: skip
    return _tested("pedroni", "Pedroni", equation, table, p_values, chosen, ALL)


@check_arguments
def westerlund(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: Trend = "c",
    lags: Count = 1,
    leads: Count = 0,
    bandwidth: Count | None = None,
    demean: bool = False,
    finite_sample: bool = False,
    draws: Positive = 399,
    seed: Seed = 1,
) -> PanelTest:
    """Westerlund's four error-correction tests of no cointegration; the panel is balanced.

    Defaults: unit constants, one lag, no lead, and Bartlett's kernel with 4 (T/100)^(2/9) lags, the rule of
    Westerlund (2007). Stata's `xtwest` has no default of lags and leads.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`, at most six regressors.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"c", "ct"}
        Default `c`.
    lags, leads : int
        Lagged differences, and leads of the differenced regressors. Default 1 and 0.
    bandwidth : int, optional
        Default: 4 (T/100)^(2/9).
    demean : bool
        Default False.
    finite_sample : bool
        Bootstrap p, robust to dependence between units. Default False.
    draws : int
        Of the bootstrap. Default 399.
    seed : int
        Of the bootstrap. Default 1.

    Returns
    -------
    PanelTest
        `raw` has the statistics before they are standardised.

    References
    ----------
    Westerlund, J. (2007), Oxford Bulletin of Economics and Statistics 69, 709-748, equations 7 to 12. Each unit:
    dy_t = d_t'delta + alpha y_t-1 + lambda'x_t-1 + sum_{j=1..p} a_j dy_t-j + sum_{j=-q..p} g_j'dx_t-j + e_t on
    n = T-p-q-1 rows. alpha(1) = omega_u/omega_y, Bartlett long-run standard deviations of u = sum g_j'dx_t-j + e and
    of dy (net of its mean under "ct"). g_tau = mean t(alpha), g_alpha = mean n alpha/alpha(1); p_tau = alpha/se(alpha),
    p_alpha = n alpha with alpha pooled over units, weighted by 1/alpha(1). Variances divide by n. Standardised as
    sqrt(N)(g - mu)/sqrt(v), (p_tau - sqrt(N) mu)/sqrt(v), sqrt(N)(p_alpha - mu)/sqrt(v).
    Bootstrap: e of the regression without levels and dx, both net of unit means, drawn with replacement by period for
    all units jointly, which keeps their dependence.
    """
    equation = read_plain_equation("westerlund", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    with named_periods(equation.panel):
        table, own = _westerlund(
            equation.wide_y, equation.wide_x, trend=trend, lags=lags, leads=leads, bandwidth=width,
            draws=draws, seed=seed, demean=demean,
        )  # fmt: skip
        p_values = own() if finite_sample else None
    chosen = {
        "trend": trend, "lags": lags, "leads": leads, "kernel": "bartlett", "bandwidth": width,
        "demean": demean, "draws": draws if finite_sample else None,
        "seed": seed if finite_sample else None,
    }  # fmt: skip
    return _tested("westerlund", "Westerlund", equation, table, p_values, chosen,
                   "some units are cointegrated (g), all units are (p)")  # fmt: skip


@check_arguments
def hansen_lc(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    trend: Trend = "c",
    bandwidth: Count | None = None,
    demean: bool = False,
) -> PanelTest:
    """Hansen's Lc of each unit's FMOLS regression, and its mean: the null is cointegration; balanced.

    Defaults: unit constants as in Hansen (1992), Bartlett's kernel with 4 (T/100)^(2/9) lags. P-values are simulated
    at this T. The mean over units is given for one or two regressors.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    trend : {"c", "ct"}
        Default `c`.
    bandwidth : int, optional
        Default: 4 (T/100)^(2/9).
    demean : bool
        Default False.

    Returns
    -------
    PanelTest
        The mean first, where it is given, then each unit.

    References
    ----------
    Hansen, B. E. (1992), Journal of Business and Economic Statistics 10, 321-335, equation 11. With
    z_t = (d_t', x_t')', s_t = z_t u+_t - (0', lambda+')', S_t partial sums on the n = T-1 rows of the modified
    regression, Lc = sum S_t' (sum z z')^-1 S_t / (n omega_u.v). Asymptotic p-values fail at short T: at T = 18 and
    seven regressors they reject nearly always. The null has independent normal u and dx at the panel's own T,
    regressors, trend and bandwidth (20,000 draws, fixed seed). Autocorrelated errors are not in it. Combining units by
    their mean, against means of N independent draws, is a choice of this library. Units that depend on each other
    reject too often.
    """
    equation = read_plain_equation("hansen_lc", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    with named_periods(equation.panel):
        units, mean = _hansen_lc(
            equation.wide_y, equation.wide_x, trend=trend, bandwidth=width, demean=demean
        )
    units = units.set_axis([equation.panel.labels[str(unit)] for unit in units.index])
    chosen = {"trend": trend, "kernel": "bartlett", "bandwidth": width, "demean": demean}
    return PanelTest(
        title="Hansen's Lc",
        table=units if mean.empty else pd.concat([mean, units]),
        choices={"formula": formula, **chosen, "critical_values": "simulated at this T",
                 "sample": equation.panel.sample},
        references=("hansen_lc",),
        null="cointegration with stable parameters",
        alternative="parameters change, or no cointegration",
        units=units,
    )  # fmt: skip


def _tested(
    key: str,
    title: str,
    equation: Equation,
    table: pd.DataFrame,
    p_values: Floats | None,
    chosen: dict[str, Any],
    alternative: str,
) -> PanelTest:
    """A test of no cointegration in the library's form."""
    origin = "asymptotic: N(0,1)"
    if p_values is not None:
        table = table.assign(p_value=p_values)
        origin = "bootstrapped" if key == "westerlund" else "simulated at this N and T"
    return PanelTest(
        title=f"{title}'s tests of no cointegration",
        table=table[["statistic", "p_value"]],
        choices={"formula": equation.text, **chosen, "critical_values": origin,
                 "sample": equation.panel.sample},
        references=(key,),
        raw=table["raw"],
        null=NO_COINTEGRATION,
        alternative=alternative,
    )  # fmt: skip


_Own = Callable[[], Floats]
"""Gives p-values of this very N and T: simulated (Kao, Pedroni) or bootstrapped (Westerlund)."""
STATISTICS = {
    "kao": ("DF_rho", "DF_t", "DF_rho_star", "DF_t_star", "ADF_t"),
    "pedroni": (
        "panel_v", "panel_rho", "panel_pp", "panel_adf", "group_rho", "group_pp", "group_adf",
    ),
    "westerlund": ("g_tau", "g_alpha", "p_tau", "p_alpha"),
}  # fmt: skip
"""Statistics of each test, in order."""
_SIGNS = np.array([-1.0] + [1.0] * 6)
"""Of Pedroni's statistics: panel_v rejects on the right, the others on the left."""
REJECTS_RIGHT: dict[str, tuple[bool, ...]] = {
    name: tuple(test == "panel_v" for test in tests) for name, tests in STATISTICS.items()
}
"""Whether each statistic rejects for large values; all others reject for small ones."""
_MIN_ADF_DF = 4
"""Residual degrees of freedom of a unit's ADF regression."""
_NULL_DRAWS = 2_000
_NULL_SEED = 19_990_001
_BATCH = 100


def _frame(test: str, z: Floats, raw: Floats, signs: Floats | float = 1.0) -> pd.DataFrame:
    """Standardised statistics by name, with asymptotic p-values and raw values."""
    from scipy.stats import norm

    numbers = {"statistic": z, "p_value": norm.cdf(signs * z), "raw": raw}
    return pd.DataFrame(numbers, [*STATISTICS[test]])


def _moments(test: str, regressors: int, trend: str) -> pd.DataFrame:
    """Mean and variance of a test's statistics: Pedroni (1999, Table 2), Westerlund (2007, Table 1).

    Pedroni's printed table begins at two regressors. One regressor has the values of his 2004 paper for a constant,
    and simulated ones with a trend.
    """
    found = printed(f"{test}_moments", "regressors", "trend")
    if (regressors, trend) not in found:
        raise Infeasible(
            Code.SAMPLE_LIMIT(
                "the model has {regressors} regressors, but {author}'s moments cover 1 to {tables}",
                "use at most {tables} regressors",
                regressors=regressors,
                author=test.capitalize(),
                tables=max(found)[0],
            )
        )
    return found[regressors, trend].set_index("statistic")[["mean", "variance"]]


def _standardised(
    test: str, names: Sequence[str], raw: Floats, n_units: int, regressors: int, trend: str
) -> Floats:
    """(raw - mean sqrt(N))/sqrt(variance) of statistics (..., m), by the moments of `names`."""
    table = _moments(test, regressors, trend).loc[list(names)]
    mean, variance = table["mean"].to_numpy(), table["variance"].to_numpy()
    return np.asarray((raw - mean * np.sqrt(n_units)) / np.sqrt(variance))


# Kao and Pedroni: residuals.


def _kao(
    y: pd.DataFrame, x: Mapping[str, pd.DataFrame], *, lags: int, bandwidth: int, demean: bool
) -> tuple[pd.DataFrame, _Own]:
    """Kao's five of wide frames."""
    window = _opened("Kao's test", y, x, lags, trend="c", demean=demean, by_unit=False)
    options = {"lags": lags, "bandwidth": bandwidth}
    values = _kao_statistics(window.y, window.x, **options)
    size = (len(window.units), len(y), len(x), demean)

    def simulate() -> Floats:
        return lower_tail_p(_null(_kao_statistics, *size, **options), values)

    return _frame("kao", values, values), simulate


def _pedroni(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    trend: str,
    lags: int,
    bandwidth: int,
    demean: bool,
) -> tuple[pd.DataFrame, _Own]:
    """Pedroni's seven of wide frames."""
    window = _opened("Pedroni's test", y, x, lags, trend=trend, demean=demean, by_unit=True)
    k = len(x)
    options: dict[str, Any] = {"trend": trend, "lags": lags, "bandwidth": bandwidth}
    raw = _pedroni_statistics(window.y, window.x, **options)
    z = _standardise_pedroni(raw, len(window.units), k, trend)
    size = (len(window.units), len(y), k, demean)

    def simulate() -> Floats:
        return lower_tail_p(_SIGNS * _null(_pedroni_statistics, *size, **options), _SIGNS * raw)

    return _frame("pedroni", z, raw, _SIGNS), simulate


def _opened(
    test: str, y: pd.DataFrame, x: Mapping[str, pd.DataFrame], lags: int, **options: Any
) -> Window:
    """The panel, refused where a unit's regressions have too few rows."""
    window = open_panel(y, x, test=test, **options)
    require_df(
        len(y) - 1 - lags,
        1 + lags,
        f"ADF regression of {test}",
        "use fewer lags or a longer window",
        needed=_MIN_ADF_DF,
        purpose="an ADF regression",
    )
    return window


def _kao_statistics(
    y: Floats,
    x: Floats,
    *,
    lags: int,
    bandwidth: int,
) -> Floats:
    """The five of Kao, (..., 5)."""
    n_units = y.shape[-2]
    xd, yd = off_deterministics(x, "c"), off_deterministics(y[..., None], "c")
    slopes = _slopes_of(xd, (np.swapaxes(xd, -1, -2) @ yd)[..., 0], "pooled")
    e = (yd - xd @ slopes[..., None])[..., 0]
    rho, t, rows = _pooled_ar(e, 0)
    _, t_adf, _ = _pooled_ar(e, lags)
    steps = np.diff(np.concatenate([y[..., None], x], axis=-1), axis=-2)
    of_steps = long_run_covariance(off_deterministics(steps, "c"), bandwidth)
    short = _given_others(of_steps.short_run.mean(axis=-3))[1]
    ratio = short / _given_others(of_steps.long_run.mean(axis=-3))[1]
    root = np.sqrt(n_units)
    level = root * rows * (rho - 1)
    shift = np.sqrt(6 * n_units) * np.sqrt(ratio) / 2
    spread = np.sqrt(1 / (2 * ratio) + 3 * ratio / 10)
    return np.stack(
        [
            (level + 3 * root) / np.sqrt(10.2),
            np.sqrt(1.25) * t + np.sqrt(1.875 * n_units),
            (level + 3 * root * ratio) / np.sqrt(3 + 7.2 * ratio**2),
            (t + shift) / spread,
            (t_adf + shift) / spread,
        ],
        axis=-1,
    )


def _dickey_fuller(e: Floats, lags: int) -> tuple[Floats, Floats]:
    """Lagged level with change (..., N, rows, 2), and past changes (..., N, rows, lags)."""
    de = np.diff(e, axis=-1)
    rows = de.shape[-1] - lags
    pair = np.stack([e[..., lags : lags + rows], de[..., lags:]], axis=-1)
    past = [de[..., lags - j : lags - j + rows, None] for j in range(1, lags + 1)]
    return pair, np.concatenate(past, axis=-1) if past else np.empty((*pair.shape[:-1], 0))


def _pooled_ar(e: Floats, lags: int) -> tuple[Floats, Floats, int]:
    """(rho, t of rho = 1, rows per unit) of the pooled regression of e on its lag."""
    pair, past = _dickey_fuller(e, lags)
    units, rows = pair.shape[-3:-1]
    together = (*pair.shape[:-3], units * rows)
    pair = net_of(pair.reshape(*together, 2), past.reshape(*together, lags))
    level, change = pair[..., 0], pair[..., 1]
    square = (level**2).sum(axis=-1)
    slope = (level * change).sum(axis=-1) / square
    s2 = ((change - slope[..., None] * level) ** 2).mean(axis=-1)
    return 1 + slope, slope * np.sqrt(square / s2), rows


def _standardise_pedroni(raw: Floats, n_units: int, regressors: int, trend: str) -> Floats:
    """Standard normal versions of Pedroni's statistics (..., 7)."""
    names = [name.replace("_pp", "_t").replace("_adf", "_t") for name in STATISTICS["pedroni"]]
    return _standardised("pedroni", names, raw, n_units, regressors, trend)


def _pedroni_statistics(
    y: Floats,
    x: Floats,
    *,
    trend: str,
    lags: int,
    bandwidth: int,
) -> Floats:
    """The seven of Pedroni before they are standardised, (..., 7)."""
    n_units, periods = y.shape[-2:]
    y = y[..., None]
    e = net_of(off_deterministics(y, trend), off_deterministics(x, trend))[..., 0]
    eta = net_of(np.diff(y, axis=-2), np.diff(x, axis=-2))
    scale = long_run_covariance(eta, bandwidth).long_run[..., 0, 0]
    level, change = e[..., :-1], np.diff(e, axis=-1)
    square = (level**2).sum(axis=-1)
    cross = (level * change).sum(axis=-1)
    mu = change - (cross / square)[..., None] * level
    of_mu = long_run_covariance(mu[..., None], bandwidth)
    s2 = of_mu.short_run[..., 0, 0]
    lam = of_mu.one_sided[..., 0, 0] - s2
    sigma2 = s2 + 2 * lam
    corrected = cross - (periods - 1) * lam
    a_star, b_star, s2_star = _augmented(e, lags)
    root = np.sqrt(n_units)
    a, b = (square / scale).sum(axis=-1), (corrected / scale).sum(axis=-1)
    pooled_a, pooled_b = (a_star / scale).sum(axis=-1), (b_star / scale).sum(axis=-1)
    return np.stack(
        [
            periods**2 * n_units * root / a,
            periods * root * b / a,
            b / np.sqrt((sigma2 / scale).mean(axis=-1) * a),
            pooled_b / np.sqrt((s2_star / scale).mean(axis=-1) * pooled_a),
            periods / root * (corrected / square).sum(axis=-1),
            (corrected / np.sqrt(sigma2 * square)).sum(axis=-1) / root,
            (b_star / np.sqrt(s2_star * a_star)).sum(axis=-1) / root,
        ],
        axis=-1,
    )


def _augmented(e: Floats, lags: int) -> tuple[Floats, Floats, Floats]:
    """(sum level², sum level x change, residual variance) net of lagged differences, by unit."""
    pair = net_of(*_dickey_fuller(e, lags))
    level, change = pair[..., 0], pair[..., 1]
    square, cross = (level**2).sum(axis=-1), (level * change).sum(axis=-1)
    residual = change - (cross / square)[..., None] * level
    return square, cross, (residual**2).mean(axis=-1)


@lru_cache(maxsize=16)
def _null(
    statistics: Callable[..., Floats],
    n_units: int,
    periods: int,
    regressors: int,
    demean: bool,
    **options: Any,
) -> Floats:
    """Statistics (draws, m) of independent normal random walks, the same at every call."""
    return _null_of(lambda y, x: statistics(y, x, **options), n_units, periods, regressors, demean)


def _null_of(
    statistics: Callable[[Floats, Floats], Floats],
    n_units: int,
    periods: int,
    regressors: int,
    demean: bool,
) -> Floats:
    """Statistics (draws, m) of independent normal random walks, demeaned by period if the data were."""
    rng = np.random.default_rng(_NULL_SEED)
    parts = []
    for _ in range(_NULL_DRAWS // _BATCH):
        walks = np.cumsum(rng.standard_normal((_BATCH, n_units, periods, 1 + regressors)), axis=2)
        if demean:
            walks = walks - walks.mean(axis=1, keepdims=True)
        parts.append(statistics(walks[..., 0], walks[..., 1:]))
    return np.concatenate(parts)


# Westerlund: error correction.


def _westerlund(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    trend: str,
    lags: int,
    leads: int,
    bandwidth: int,
    draws: int,
    seed: int,
    demean: bool,
) -> tuple[pd.DataFrame, _Own]:
    """Westerlund's four of wide frames."""
    window = read_panel(y, x, trend=trend, demean=demean, by_unit=True)
    n_units, periods = window.y.shape
    k = window.x.shape[-1]
    rows = periods - lags - leads - 1
    counted = 1 + len(trend) + k + k * (lags + leads + 1) + lags
    require_df(
        rows,
        counted,
        f"Westerlund's error-correction model of {named(window)} "
        f"({k} regressors, {lags} lags, {leads} leads, {len(trend)} deterministic terms)",
        "use fewer lags, leads or regressors, or a longer window",
    )
    options: dict[str, Any] = {"trend": trend, "lags": lags, "leads": leads, "bandwidth": bandwidth}
    short_run = _design(window.y, window.x, trend, lags, leads)
    rank = full_column_rank(short_run.columns)
    if not rank.all():
        units = [str(u) for u, good in zip(window.units, rank, strict=True) if not good]
        raise Infeasible(
            Code.COLLINEAR(
                "levels, differences and deterministic terms are collinear in {units}",
                "use fewer lags, leads or regressors, or drop these units",
                units=[*units[:8]],
            )
        )
    raw = _westerlund_statistics(window.y, window.x, **options)
    z = _standardise_westerlund(raw, n_units, k, trend)

    def bootstrapped() -> Floats:
        try:
            null = _null_draws(window.y, window.x, draws, np.random.default_rng(seed), **options)
        except np.linalg.LinAlgError as error:
            raise Infeasible(
                Code.SAMPLE_SMALL(
                    "Westerlund's bootstrap: in some draw of years, the regressors of a unit are constant",
                    "use a longer window, or drop units whose regressors change in few years",
                )
            ) from error
        return lower_tail_p(_standardise_westerlund(null, n_units, k, trend), z)

    return _frame("westerlund", z, raw), bootstrapped


def _standardise_westerlund(raw: Floats, n_units: int, regressors: int, trend: str) -> Floats:
    """Standard normal versions of Westerlund's statistics (..., 4)."""
    root = np.sqrt(n_units)
    scaled = raw * np.array([root, root, 1.0, root])
    return _standardised("westerlund", STATISTICS["westerlund"], scaled, n_units, regressors, trend)


class _Design(NamedTuple):
    """Rows of the error-correction model: what is explained, the lagged level, everything else."""

    change: Floats
    level: Floats
    columns: Floats
    dx: slice


def _design(y: Floats, x: Floats, trend: str, lags: int, leads: int) -> _Design:
    dy, dx = np.diff(y, axis=-1), np.diff(x, axis=-2)
    rows = dy.shape[-1] - lags - leads
    moving = [dx[..., lags - j : lags - j + rows, :] for j in range(-leads, lags + 1)]
    past = [dy[..., lags - j : lags - j + rows, None] for j in range(1, lags + 1)]
    fixed = np.broadcast_to(deterministics(rows, trend), (*y.shape[:-1], rows, len(trend)))
    levels = x[..., lags : lags + rows, :]
    start = len(trend) + levels.shape[-1]
    width = sum(block.shape[-1] for block in moving)
    return _Design(
        change=dy[..., lags : lags + rows],
        level=y[..., lags : lags + rows],
        columns=np.concatenate([fixed, levels, *moving, *past], axis=-1),
        dx=slice(start, start + width),
    )


def _westerlund_statistics(
    y: Floats,
    x: Floats,
    *,
    trend: str,
    lags: int,
    leads: int,
    bandwidth: int,
) -> Floats:
    """The four of Westerlund before they are standardised, (..., 4)."""
    design = _design(y, x, trend, lags, leads)
    n = design.change.shape[-1]
    q, r = np.linalg.qr(design.columns)
    left = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    if (left <= 1e-9 * np.linalg.norm(design.columns, axis=-2)).any():
        raise np.linalg.LinAlgError("collinear columns")
    qt = np.swapaxes(q, -1, -2)
    pair = np.stack([design.level, design.change], axis=-1)
    inside = qt @ pair
    pair = pair - q @ inside
    level, change = pair[..., 0], pair[..., 1]
    square, cross = (level**2).sum(axis=-1), (level * change).sum(axis=-1)
    alpha = cross / square
    e = change - alpha[..., None] * level
    s2 = (e**2).mean(axis=-1)
    slopes = np.linalg.solve(r, inside[..., 1:] - alpha[..., None, None] * inside[..., :1])
    u = (design.columns[..., design.dx] @ slopes[..., design.dx, :])[..., 0] + e
    dy = design.change
    if trend == "ct":
        dy = dy - dy.mean(axis=-1, keepdims=True)
    one = np.sqrt(long_run_variance(u, bandwidth) / long_run_variance(dy, bandwidth))
    total = square.sum(axis=-1)
    pooled = (cross / one).sum(axis=-1) / total
    return np.stack(
        [
            (alpha * np.sqrt(square / s2)).mean(axis=-1),
            (n * alpha / one).mean(axis=-1),
            pooled * np.sqrt(total / (s2 / one**2).mean(axis=-1)),
            n * pooled,
        ],
        axis=-1,
    )


def _null_draws(
    y: Floats,
    x: Floats,
    draws: int,
    rng: np.random.Generator,
    *,
    trend: str,
    lags: int,
    leads: int,
    bandwidth: int,
) -> Floats:
    """The four, (draws, 4), of panels rebuilt from y (N, T), x (N, T, k) without error correction."""
    k = x.shape[-1]
    design = _design(y, x, trend, lags, leads)
    keep = np.r_[0 : len(trend), design.dx.start : design.columns.shape[-1]]
    columns = design.columns[..., keep]
    q, r = np.linalg.qr(columns)
    inside = np.swapaxes(q, -1, -2) @ design.change[..., None]
    e = design.change - (q @ inside)[..., 0]
    slopes = np.linalg.solve(r, inside)[..., 0]
    moving = slopes[:, len(trend) : len(trend) + k * (lags + leads + 1)]
    past = slopes[:, len(trend) + k * (lags + leads + 1) :]
    rows = e.shape[-1]
    e = e - e.mean(axis=-1, keepdims=True)
    dx = np.diff(x, axis=-2)[:, lags : lags + rows]
    dx = dx - dx.mean(axis=-2, keepdims=True)
    results = []
    for start in range(0, draws, _BATCH):
        size = min(_BATCH, draws - start)
        picked = rng.integers(0, rows, size=(size, y.shape[-1] + lags + leads))
        es = np.moveaxis(e[:, picked], 1, 0)
        steps = np.moveaxis(dx[:, picked], 1, 0)
        ys, xs = _rebuild(es, steps, moving, past, lags, leads)
        results.append(
            _westerlund_statistics(ys, xs, trend=trend, lags=lags, leads=leads, bandwidth=bandwidth)
        )
    return np.concatenate(results)


def _rebuild(
    e: Floats, dx: Floats, moving: Floats, past: Floats, lags: int, leads: int
) -> tuple[Floats, Floats]:
    """Levels (R, N, T) and (R, N, T, k) from innovations of T + lags + leads periods."""
    periods = e.shape[-1] - lags - leads
    stacked = np.concatenate(
        [dx[..., lags - j : lags - j + periods, :] for j in range(-leads, lags + 1)], axis=-1
    )
    dy = (stacked @ moving[..., None])[..., 0] + e[..., lags : lags + periods]
    for t in range(1, periods):
        for j in range(1, min(lags, t) + 1):
            dy[..., t] += past[:, j - 1] * dy[..., t - j]
    return np.cumsum(dy, axis=-1), np.cumsum(dx[..., lags : lags + periods, :], axis=-2)


# Hansen: stability.

_MAX_COMBINED_REGRESSORS = 2
_LC_DRAWS = 20_000
_LC_SEED = 19_920_700
_LC_BATCH = 5_000


def _hansen_lc(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    trend: str,
    bandwidth: int,
    demean: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lc and p of each unit of wide frames, and of their mean, which has no row with more than two regressors."""
    window = open_panel(y, x, test="Hansen's Lc", trend=trend, demean=demean, by_unit=True)
    n_units, periods = window.y.shape
    k = window.x.shape[-1]
    values = _lc_statistics(window.y, window.x, trend=trend, bandwidth=bandwidth)
    null = _finite_sample_lc(periods, k, trend, bandwidth)
    units = pd.DataFrame({"statistic": values, "p_value": _upper_p(null, values)}, [*window.units])
    if k > _MAX_COMBINED_REGRESSORS:
        return units, units.iloc[:0]
    statistic = float(values.mean())
    p_value = float(_upper_p(_means_of(null, n_units), statistic))
    return units, pd.DataFrame({"statistic": [statistic], "p_value": [p_value]}, ["mean"])


def _lc_statistics(
    y: Floats,
    x: Floats,
    *,
    trend: str,
    bandwidth: int,
) -> Floats:
    """Lc of each unit, (..., N)."""
    plus, bias, conditional = _modified(y, x, method="group_mean", trend=trend, bandwidth=bandwidth)
    n = plus.shape[-2]
    fixed = np.broadcast_to(deterministics(y.shape[-1], trend)[1:], (*y.shape[:-1], n, len(trend)))
    # net of its unit mean, x spans the same regression and keeps the moment matrix well scaled
    z = np.concatenate([fixed, off_deterministics(x, "c")[..., 1:, :]], axis=-1)
    shift = np.concatenate([np.zeros((*bias.shape[:-1], len(trend))), bias], axis=-1)
    zz = _cross(z)
    zy = np.swapaxes(z, -1, -2) @ plus - n * shift[..., None]
    residual = plus - z @ np.linalg.solve(zz, zy)
    partial = np.cumsum(z * residual - shift[..., None, :], axis=-2)
    inner = np.linalg.solve(zz, _cross(partial))
    statistics: Floats = np.trace(inner, axis1=-2, axis2=-1) / (n * conditional)
    return statistics


@lru_cache(maxsize=64)
def _finite_sample_lc(periods: int, regressors: int, trend: str, bandwidth: int) -> Floats:
    """Sorted draws of Lc under y = u, x a random walk, both with independent normal innovations."""
    rng, parts = np.random.default_rng(_LC_SEED), []
    for _ in range(_LC_DRAWS // _LC_BATCH):
        u = rng.standard_normal((_LC_BATCH, periods))
        x = np.cumsum(rng.standard_normal((_LC_BATCH, periods, regressors)), axis=-2)
        parts.append(_lc_statistics(u, x, trend=trend, bandwidth=bandwidth))
    draws = np.sort(np.concatenate(parts))
    draws.flags.writeable = False
    return draws


def _means_of(null: Floats, n_units: int) -> Floats:
    """Sorted means of `n_units` independent draws."""
    rng = np.random.default_rng(_LC_SEED + 1)
    picked = rng.integers(0, len(null), size=(len(null), n_units), dtype=np.int32)
    return np.sort(null[picked].mean(axis=1))


def _upper_p(null: Floats, values: Floats | float) -> Floats:
    """(1 + #{null >= value}) / (1 + draws), `null` sorted."""
    above = len(null) - np.searchsorted(null, values, side="left")
    return np.asarray((1 + above) / (1 + len(null)), dtype=float)


# Many panels judged by stored critical values.


@dataclass(frozen=True)
class JudgedStatistic:
    """One statistic in one setting, and the standardised value from which on it rejects."""

    test: str
    name: str
    trend: str
    demean: bool
    options: Mapping[str, int]
    critical: float

    @property
    def setting(self) -> tuple[Any, ...]:
        """Whatever is computed once for several statistics."""
        return self.test, self.trend, self.demean, tuple(sorted(self.options.items()))


def _statistics_of(
    test: str,
    y: Floats,
    x: Floats,
    *,
    trend: str,
    **options: int,
) -> Floats:
    """Standardised statistics (..., m) of a test; Kao's have constants alone."""
    if test == "kao":
        return _kao_statistics(y, x, **options)
    size = (y.shape[-2], x.shape[-1], trend)
    if test == "pedroni":
        return _standardise_pedroni(_pedroni_statistics(y, x, trend=trend, **options), *size)
    return _standardise_westerlund(_westerlund_statistics(y, x, trend=trend, **options), *size)


def _rejections(
    y: Floats,
    x: Floats,
    judged: Sequence[JudgedStatistic],
) -> npt.NDArray[np.bool_]:
    """Whether each statistic rejects in each panel y (R, N, T), x (R, N, T, k) at its critical value, (R, m)."""
    statistics: dict[tuple[Any, ...], Floats] = {}
    out = np.empty((len(y), len(judged)), dtype=bool)
    for column, one in enumerate(judged):
        if one.setting not in statistics:
            own_y, own_x = (z - z.mean(axis=1, keepdims=True) if one.demean else z for z in (y, x))
            statistics[one.setting] = _statistics_of(
                one.test, own_y, own_x, trend=one.trend, **one.options
            )
        place = STATISTICS[one.test].index(one.name)
        values = statistics[one.setting][:, place]
        right = REJECTS_RIGHT[one.test][place]
        out[:, column] = values >= one.critical if right else values <= one.critical
    return out
