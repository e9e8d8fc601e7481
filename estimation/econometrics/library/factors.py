"""Common shocks and dynamics: CCE, interactive effects, the half-panel jackknife, long differences."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import (
    Count,
    OneOf,
    Positive,
    Seed,
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
def cce(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    method: Annotated[str, OneOf(("pooled", "mean_group"))] = "pooled",
) -> Fit:
    """Common correlated effects: each unit's regression is augmented by cross-section averages of y and x.

    Defaults are those of Pesaran (2006): equal weights, a unit constant, the non-parametric covariance from the
    spread of the units' slopes, and the normal distribution. The panel is balanced; at most two regressors.

    Parameters
    ----------
    formula : str
        `y ~ x1` or `y ~ x1 + x2`.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    method : {"pooled", "mean_group"}
        Default `pooled` (CCEP); `mean_group` is CCEMG.

    Returns
    -------
    Fit
    """
    equation = _read("cce", formula, data, unit, time)
    with named_periods(equation.panel):
        from living_panel.estimation.econometrics.robustness.common_effects import (
            mean_group_cce,
            pooled_cce,
        )

        result = pooled_cce(equation.y, equation.x)
        if method == "mean_group":
            result = mean_group_cce(result)
    return _fit(
        "cce", f"Common correlated effects, {method.replace('_', ' ')}", equation, result,
        coefficient_table(result.params, result.std_errors, NORMAL), result.cov, NORMAL, f"cce_{method}:normal", "cce",
        {"method": method, "covariance": "non-parametric, spread of the units' slopes",
         "distribution": "normal"},
        fit_statistics={"residual df of a unit": result.statistics["residual_df"]},
        residuals=result.residuals,
    )  # fmt: skip


@check_arguments
def interactive_effects(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    factors: Count,
    vcov: FactorVcov = "jackknife",
    starts: Positive = 10,
    draws: Positive = 999,
    seed: Seed = 1,
) -> Fit:
    """Least squares with unit and period effects and factors whose loadings differ between units (Bai 2009).

    The number of factors has no default: Stata's `regife` (SSC) asks for it too, and `number_of_factors` compares
    choices. The covariance is the jackknife over units with t(N-1). regife has the classical one, and a bootstrap as an
    option. The panel is balanced.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    factors : int
        Number of factors; 0 gives the two-way estimate.
    vcov : {"jackknife", "bootstrap"}
        Default `jackknife` over units. `bootstrap` draws units with replacement.
    starts : int
        Places from which the search begins. Default 10.
    draws : int
        Of the bootstrap. Default 999.
    seed : int
        Of starts and draws. Default 1.

    Returns
    -------
    Fit
    """
    equation = _read("interactive_effects", formula, data, unit, time)
    from living_panel.estimation.econometrics.robustness import interactive_effects as estimator

    with named_periods(equation.panel):
        result = estimator.interactive_effects(
            equation.y, equation.x, factors=factors, starts=starts, seed=seed
        )

    chosen = {"factors": factors, "starts": starts}
    return _factor_fit(equation, result, chosen, vcov, draws=draws, seed=seed)


def _factor_fit(
    equation: Equation, result: Any, chosen: dict[str, int], kind: str, *, draws: int, seed: int
) -> Fit:
    """Interactive effects under one covariance."""
    factors, drawn = chosen["factors"], kind == "bootstrap"
    with named_periods(equation.panel):
        cov, df = _factor_covariance(equation, result, factors, kind, draws, seed)
    errors = pd.Series(np.sqrt(np.diag(cov)), result.params.index)
    distribution = "normal" if drawn else "t(N-1)"
    return _fit(
        "interactive_effects", f"Interactive effects with {factors} factor{'s' * (factors != 1)}",
        equation, result, coefficient_table(result.params, errors, df), cov, df,
        f"{kind}:{distribution}", "interactive",
        {"effects": [equation.panel.unit, equation.panel.time], **chosen,
         "covariance": f"{kind} over units", "distribution": distribution,
         "draws": draws if drawn else None, "seed": seed},
        fit_statistics={"SSR": result.ssr}, residuals=result.residuals,
        kinds=("jackknife", "bootstrap"),
        again=partial(_factor_fit, equation, result, chosen, draws=draws, seed=seed),
    )  # fmt: skip


@check_arguments
def number_of_factors(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    most: Count = 4,
    starts: Positive = 10,
    seed: Seed = 1,
) -> pd.DataFrame:
    """Bai's (2009) criterion for 0 to `most` factors; the smallest `ic` is chosen.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name; balanced.
    unit, time : str, optional
        Columns, or levels of the index.
    most : int
        Largest number of factors. Default 4.
    starts : int
        Places from which the search begins. Default 10.
    seed : int
        Of the starts. Default 1.

    Returns
    -------
    pandas.DataFrame
        Columns factors, ssr, ic, share.
    """
    equation = _read("number_of_factors", formula, data, unit, time)
    from living_panel.estimation.econometrics.robustness import interactive_effects as estimator

    with named_periods(equation.panel):
        return estimator.number_of_factors(
            equation.y, equation.x, most=most, starts=starts, seed=seed
        )


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


def _factor_covariance(
    equation: Equation, result: Any, factors: int, kind: str, draws: int, seed: int
) -> tuple[pd.DataFrame, float]:
    """Covariance of coefficients with factors, over units left out or drawn, and degrees of freedom."""
    from living_panel.estimation.econometrics.inference.covariances.cr3 import cr3
    from living_panel.estimation.econometrics.robustness import interactive_effects as estimator

    names = result.params.index
    if kind == "jackknife":
        left = estimator.left_out(equation.y, equation.x, result, factors=factors)
        shifts = left.to_numpy(float) - result.params.to_numpy()
        return pd.DataFrame(cr3(shifts), names, names), float(len(left) - 1)
    drawn = estimator.bootstrapped(
        equation.y, equation.x, result, factors=factors, draws=draws, seed=seed
    )
    cov = np.atleast_2d(np.cov(drawn.to_numpy().T))
    return pd.DataFrame(cov, names, names), NORMAL


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
