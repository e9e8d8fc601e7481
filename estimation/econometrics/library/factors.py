"""Common shocks and dynamics: CCE, interactive effects, the half-panel jackknife, long differences."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd

from living_panel.estimation.econometrics.arguments import (
    OneOf,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import InvalidData
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.data import (
    PanelData,
    label_of,
    named_periods,
    read_data,
)
from living_panel.estimation.econometrics.library.equations import Equation, read_equation
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table

NORMAL = float("inf")
FactorVcov = Annotated[str, OneOf(("jackknife", "bootstrap"))]


@check_arguments
def half_panel_jackknife(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    method: Annotated[str, OneOf(("jackknife", "within"))] = "jackknife",
) -> Fit:
    """Two-way within estimator with the outcome's own lag, corrected by halves of the panel.

    Defaults are those of Dhaene and Jochmans (2015); standard errors come from leaving out one unit at a time, with
    the normal distribution. The panel is balanced and has no gap.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`; the lag of y is added.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    method : {"jackknife", "within"}
        Default `jackknife`; `within` is the estimate without the correction.

    Returns
    -------
    Fit
        `raw.long_run` has the long-run slopes.
    """
    equation = _read("half_panel_jackknife", formula, data, unit, time)
    with named_periods(equation.panel):
        from living_panel.estimation.econometrics.robustness import dynamics

        result = dynamics.half_panel_jackknife(equation.y, equation.x)
    table = coefficient_table(result.params[method], result.std_errors[method], NORMAL)
    identified = "the long run is not identified: the lag is less than two errors below one"
    return _fit(
        "half_panel_jackknife", f"Within with a lag, {method}", equation, result, table, None, NORMAL,
        "jackknife:normal", "half_panel",
        {"method": method, "effects": [equation.panel.unit, equation.panel.time],
         "covariance": "jackknife over units", "distribution": "normal"},
        notes=() if result.long_run_identified else (identified,),
        fit_statistics={"rows after the lag": float(result.n_obs)},
    )  # fmt: skip


@check_arguments
def long_difference(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    first: Any,
    last: Any,
) -> Fit:
    """Change between two periods on changes, one row a unit.

    The covariance is HC3, as MacKinnon and White (1985) advise for small samples, with the normal distribution.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2` in levels.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    first, last : object
        Periods as the data have them.

    Returns
    -------
    Fit
    """
    equation = _read("long_difference", formula, data, unit, time)
    ends = [_number_of(equation.panel, period) for period in (first, last)]
    with named_periods(equation.panel):
        from living_panel.estimation.econometrics.robustness import dynamics

        result = dynamics.long_difference(equation.y, equation.x, first=ends[0], last=ends[1])
    table = coefficient_table(result.params, result.std_errors, NORMAL)
    lost = f"units without both periods: {len(result.lost)}"
    fit = _fit(
        "long_difference", "Long difference", equation, result, table, None, NORMAL, "HC3:normal",
        "classical",
        {"first": label_of(first), "last": label_of(last), "covariance": "HC3",
         "distribution": "normal"},
        notes=(lost,) if len(result.lost) else (), rows=len(result.used),
    )  # fmt: skip
    return fit


def _read(name: str, formula: str, data: Any, unit: str | None, time: str | None) -> Equation:
    panel = read_data(data, unit, time)
    effects = name not in ("cce", "long_difference")
    return read_equation(formula, panel, estimator=name, also=(), effects=effects)


def _number_of(panel: PanelData, period: Any) -> int:
    """Number of a period, given as in the data or as text."""
    for number, label in panel.periods.items():
        if label == period or label_of(label) == label_of(period):
            return number
    raise InvalidData(
        codes.UNKNOWN_PERIOD(
            period=label_of(period),
            first=label_of(panel.periods[min(panel.periods)]),
            last=label_of(panel.periods[max(panel.periods)]),
        )
    )


def _fit(
    name: str,
    title: str,
    equation: Equation,
    result: Any,
    table: pd.DataFrame,
    cov: pd.DataFrame | None,
    df: float,
    inference: str,
    reference: str,
    chosen: dict[str, Any],
    *,
    notes: tuple[str, ...] = (),
    fit_statistics: dict[str, float] | None = None,
    residuals: pd.Series | None = None,
    rows: int | None = None,
    kinds: tuple[str, ...] = (),
    again: Any = None,
) -> Fit:
    panel = equation.panel
    sample = panel.sample if rows is None else {**panel.sample, "rows": rows}
    if residuals is not None:
        residuals = residuals.set_axis(panel.named(residuals.index))
    return Fit(
        title=title, table=table, choices={**chosen, "sample": sample}, notes=notes,
        references=(reference,), raw=result, method=name, formula=equation.text, inference=inference,
        df=df, cov=cov, fit_statistics=fit_statistics or {}, residuals=residuals, kinds=kinds,
        again=again,
    )  # fmt: skip
