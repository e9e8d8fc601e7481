"""Panel cointegration tests of a formula, and dependence between units."""

from __future__ import annotations

from typing import Any

import pandas as pd

from living_panel.estimation.econometrics.arguments import (
    Count,
    Positive,
    Seed,
    Trend,
    check_arguments,
)
from living_panel.estimation.econometrics.library.data import named_periods, read_series
from living_panel.estimation.econometrics.library.equations import (
    Equation,
    bandwidth_of,
    read_plain_equation,
)
from living_panel.estimation.econometrics.library.result import PanelTest

NO_COINTEGRATION = "no cointegration in any unit"


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
    """
    equation = read_plain_equation("kao", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    from living_panel.estimation.econometrics.cointegration import kao as test

    with named_periods(equation.panel):
        result = test(equation.wide_y, equation.wide_x, lags=lags, bandwidth=width, demean=demean)
    chosen = {
        "trend": "c",
        "lags": lags,
        "kernel": "bartlett",
        "bandwidth": width,
        "demean": demean,
    }
    return _shown(
        "kao", "Kao", equation, result, chosen, finite_sample, "all units are cointegrated"
    )


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
    """
    equation = read_plain_equation("pedroni", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    from living_panel.estimation.econometrics.cointegration import pedroni as test

    with named_periods(equation.panel):
        result = test(
            equation.wide_y, equation.wide_x, trend=trend, lags=lags, bandwidth=width, demean=demean
        )
    chosen = {
        "trend": trend, "lags": lags, "kernel": "bartlett", "bandwidth": width, "demean": demean,
    }  # fmt: skip
    return _shown(
        "pedroni", "Pedroni", equation, result, chosen, finite_sample, "all units are cointegrated"
    )


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
    """
    equation = read_plain_equation("westerlund", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    from living_panel.estimation.econometrics.cointegration import westerlund as test

    with named_periods(equation.panel):
        result = test(
            equation.wide_y, equation.wide_x, trend=trend, lags=lags, leads=leads, bandwidth=width,
            draws=draws, seed=seed, demean=demean,
        )  # fmt: skip
    chosen = {
        "trend": trend, "lags": lags, "leads": leads, "kernel": "bartlett", "bandwidth": width,
        "demean": demean, "draws": draws if finite_sample else None,
        "seed": seed if finite_sample else None,
    }  # fmt: skip
    return _shown(
        "westerlund", "Westerlund", equation, result, chosen, finite_sample,
        "some units are cointegrated (g), all units are (p)",
    )  # fmt: skip


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
    """
    equation = read_plain_equation("hansen_lc", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    from living_panel.estimation.econometrics.cointegration import hansen_lc as test

    with named_periods(equation.panel):
        result = test(equation.wide_y, equation.wide_x, trend=trend, bandwidth=width, demean=demean)
    labels = [equation.panel.labels[str(unit)] for unit in result.unit_statistics.index]
    table = pd.DataFrame(
        {
            "statistic": result.unit_statistics.to_numpy(),
            "p_value": result.unit_p_values.to_numpy(),
        },
        labels,
    )
    if result.statistic is not None:
        mean = pd.DataFrame(
            {"statistic": [result.statistic], "p_value": [result.p_value]}, ["mean"]
        )
        table = pd.concat([mean, table])
    chosen = {"trend": trend, "kernel": "bartlett", "bandwidth": width, "demean": demean}
    return PanelTest(
        title="Hansen's Lc",
        table=table,
        choices={"formula": formula, **chosen, "critical_values": "simulated at this T",
                 "sample": equation.panel.sample},
        references=("hansen_lc",),
        raw=result,
        null="cointegration with stable parameters",
        alternative="parameters change, or no cointegration",
    )  # fmt: skip


@check_arguments
def pesaran_cd(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    weighted: bool = False,
    seed: Seed = 1,
) -> PanelTest:
    """Pesaran's CD test of no dependence between units; gaps are taken.

    Defaults are those of Pesaran (2004) and of Stata's `xtcd` (SSC). Residuals of a regression with period effects need
    `weighted`, Juodis and Reese's statistic.

    Parameters
    ----------
    series : str, DataFrame or Series
        A column of `data`, a wide frame of periods by units, or residuals of a fit over unit and period.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    weighted : bool
        Random signs as weights (Juodis and Reese 2022). Default False.
    seed : int
        Of the signs. Default 1.

    Returns
    -------
    PanelTest
    """
    wide, panel, name = read_series(series, data, unit, time)
    from living_panel.estimation.econometrics.cointegration import pesaran_cd as test

    with named_periods(panel):
        result = test(wide, signs=seed if weighted else None)
    return PanelTest(
        title=f"Pesaran's CD test of {name}",
        table=pd.DataFrame({"statistic": [result.statistic], "p_value": [result.p_value]}, ["CD"]),
        choices={"series": name, "weighted": weighted, "seed": seed if weighted else None,
                 "mean_correlation": round(result.mean_correlation, 6), "sample": panel.sample},
        references=("pesaran_cd", *(("juodis_reese",) if weighted else ())),
        raw=result,
        null="no dependence between units",
        alternative="dependence between units",
    )  # fmt: skip


def _shown(
    key: str,
    title: str,
    equation: Equation,
    result: Any,
    chosen: dict[str, Any],
    finite_sample: bool,
    alternative: str,
) -> PanelTest:
    """A test of no cointegration in the library's form."""
    origin = "asymptotic: N(0,1)"
    p_values = result.p_values
    if finite_sample:
        with named_periods(equation.panel):
            p_values = result.p_own()
        origin = "bootstrapped" if key == "westerlund" else "simulated at this N and T"
    table = pd.DataFrame({"statistic": result.statistics, "p_value": p_values})
    return PanelTest(
        title=f"{title}'s tests of no cointegration",
        table=table,
        choices={"formula": equation.text, **chosen, "critical_values": origin,
                 "sample": equation.panel.sample},
        references=(key,),
        raw=result,
        null=NO_COINTEGRATION,
        alternative=alternative,
    )  # fmt: skip
