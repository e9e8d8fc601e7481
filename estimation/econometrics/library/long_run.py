"""Long-run relations of a panel: FMOLS and DOLS."""

from __future__ import annotations

from typing import Any

from living_panel.estimation.econometrics.arguments import Count, Method, Trend, check_arguments
from living_panel.estimation.econometrics.kernels import Kernel, Smoothing
from living_panel.estimation.econometrics.library.data import named_periods
from living_panel.estimation.econometrics.library.equations import (
    Equation,
    bandwidth_of,
    read_plain_equation,
)
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table

NORMAL = float("inf")


@check_arguments
def fmols(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    method: Method = "group_mean",
    trend: Trend = "c",
    kernel: Kernel = "bartlett",
    bandwidth: Count | None = None,
    demean: bool = False,
) -> Fit:
    """Fully modified OLS of a cointegrating vector.

    Defaults are those of Pedroni (2000): the mean of the units' estimates, unit constants, Bartlett's kernel; the
    bandwidth is Newey and West's rule 4 (T/100)^(2/9). The panel is balanced and has no gap.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    method : {"group_mean", "pooled"}
        Default `group_mean`; `pooled` is Phillips and Moon's (1999).
    trend : {"c", "ct"}
        Unit constants (default), or constants and linear trends.
    kernel : {"bartlett", "parzen", "quadratic_spectral"}
        Default `bartlett`.
    bandwidth : int, optional
        Default: 4 (T/100)^(2/9).
    demean : bool
        Subtract each period's mean over units. Default False.

    Returns
    -------
    Fit
        Standard normal p-values. Under `group_mean` t is the sum of the units' t over the root of N.
    """
    equation = read_plain_equation("fmols", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    from living_panel.estimation.econometrics import long_run

    with named_periods(equation.panel):
        result = long_run.fmols(
            equation.wide_y, equation.wide_x, method=method, trend=trend,
            bandwidth=_smoothing(kernel, width), demean=demean,
        )  # fmt: skip
    chosen = {"method": method, "trend": trend, "kernel": kernel, "bandwidth": width}
    return _fit("fmols", "Fully modified OLS", equation, result, {**chosen, "demean": demean})


@check_arguments
def dols(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    method: Method = "group_mean",
    trend: Trend = "c",
    leads: Count = 1,
    lags: Count = 1,
    kernel: Kernel = "bartlett",
    bandwidth: Count | None = None,
    common_dynamics: bool = False,
    demean: bool = False,
) -> Fit:
    """Dynamic OLS of a cointegrating vector.

    Defaults are those of Pedroni (2001): the mean of the units' estimates, unit constants, Bartlett's kernel with
    4 (T/100)^(2/9) lags. One lead and one lag are a choice of this library. The panel is balanced and has no gap.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    method : {"group_mean", "pooled"}
        Default `group_mean`; `pooled` is Mark and Sul's (2003).
    trend : {"c", "ct"}
        Unit constants (default), or constants and linear trends.
    leads, lags : int
        Of the differenced regressors. Default 1 and 1.
    kernel : {"bartlett", "parzen", "quadratic_spectral"}
        Default `bartlett`.
    bandwidth : int, optional
        Default: 4 (T/100)^(2/9).
    common_dynamics : bool
        One set of lead and lag coefficients for all units. Default False.
    demean : bool
        Subtract each period's mean over units. Default False.

    Returns
    -------
    Fit
        Standard normal p-values.
    """
    equation = read_plain_equation("dols", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    from living_panel.estimation.econometrics import long_run

    with named_periods(equation.panel):
        result = long_run.dols(
            equation.wide_y, equation.wide_x, method=method, trend=trend,
            bandwidth=_smoothing(kernel, width), demean=demean, leads=leads, lags=lags,
            common_dynamics=common_dynamics,
        )  # fmt: skip
    chosen = {
        "method": method, "trend": trend, "leads": leads, "lags": lags, "kernel": kernel,
        "bandwidth": width, "common_dynamics": common_dynamics, "demean": demean,
    }  # fmt: skip
    return _fit("dols", "Dynamic OLS", equation, result, chosen)


def _smoothing(kernel: str, bandwidth: int) -> int | Smoothing:
    return bandwidth if kernel == "bartlett" else Smoothing(kernel, bandwidth)


def _fit(name: str, title: str, equation: Equation, result: Any, chosen: dict[str, Any]) -> Fit:
    from living_panel.estimation.econometrics.long_run.results import t_tests

    panel, method = equation.panel, str(chosen["method"])
    group = method == "group_mean"
    residuals = result.residuals
    return Fit(
        title=f"{title}, {'mean of units' if group else 'pooled'}",
        table=coefficient_table(result.params, result.std_errors, NORMAL, *t_tests(result)),
        choices={**chosen, "distribution": "normal", "sample": panel.sample},
        notes=("t is the sum of the units' t over the root of N, not estimate over error",) * group,
        references=(f"{name}_{'group' if group else 'pooled'}", "newey_west"),
        raw=result,
        method=name,
        formula=equation.text,
        inference="long_run:normal",
        cov=result.cov,
        fit_statistics={
            "R² within": result.r_squared["within"],
            "residual df of a unit": result.statistics["residual_df"],
            "long-run variance": result.statistics["long_run_variance"],
        },
        residuals=residuals.set_axis(panel.named(residuals.index)),
        kinds=("long_run",),
    )
