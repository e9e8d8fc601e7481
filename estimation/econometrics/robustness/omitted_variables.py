"""How strong an omitted variable would have to be to move a coefficient (Cinelli and Hazlett 2020).

Everything is a function of partial R-squared: no distribution of the omitted variable is assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import (
    AtLeast,
    Count,
    Positive,
    Shape,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.fixed_effects.within import Floats


@dataclass(frozen=True)
class Adjusted:
    """A coefficient as it would be with the omitted variable in the regression.

    The bias is taken towards zero and past it, the error is the classical one; the R-squared are
    partial ones of the omitted variable.
    """

    estimate: float
    std_error: float
    r2_with_regressor: float
    r2_with_outcome: float


@check_arguments
def partial_r2(
    y: Annotated[Floats, Shape("n")], x: Annotated[Floats, Shape("n k")], df: Positive
) -> Floats:
    """Partial R-squared (k,) of every column of x (n, k) with y (n,), given the others.

    t^2 / (t^2 + df), t the classical t statistic; fixed effects are already taken out, and counted in
    the residual degrees of freedom `df`.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Outcome, fixed effects taken out.
    x : ndarray, shape (n, k)
        Regressors, fixed effects taken out.
    df : int
        Residual degrees of freedom; fixed effects count.

    Returns
    -------
    ndarray, shape (k,)
    """
    slopes, errors = _classical(y, x, df)
    t2 = (slopes / errors) ** 2
    return t2 / (t2 + df)


def _classical(y: Floats, x: Floats, df: int) -> tuple[Floats, Floats]:
    """Least-squares slopes and their classical errors, each (k,)."""
    inverse = np.linalg.inv(x.T @ x)
    slopes = inverse @ (x.T @ y)
    residual = y - x @ slopes
    return slopes, np.sqrt(residual @ residual / df * np.diag(inverse))


@check_arguments
def robustness_value(r2: float, share: float) -> float:
    """Strength at which an omitted variable takes away `share` of the estimate.

    Partial R-squared, equal for regressor and outcome, at which the bias is that large. It is
    (sqrt(f^4 + 4 f^2) - f^2) / 2, with f = share * sqrt(r2 / (1 - r2)). r2 is that of the regressor
    with the outcome. It is their equation (18). A share of 1 brings the estimate to zero.
    """
    f2 = share**2 * r2 / (1 - r2)
    return (math.sqrt(f2**2 + 4 * f2) - f2) / 2


@check_arguments
def as_strong_as(
    y: Annotated[Floats, Shape("n")],
    x: Annotated[Floats, Shape("n k")],
    *,
    column: Count,
    benchmark: Count,
    times: float,
    df: Positive,
) -> Adjusted:
    """Coefficient if a variable `times` as strong as one that is in had been left out.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Outcome, fixed effects taken out.
    x : ndarray, shape (n, k)
        Regressors, fixed effects taken out.
    column : int
        Column of the coefficient.
    benchmark : int
        Column of the control with which the omitted variable is compared.
    times : float
        Strength relative to the benchmark, with regressor and outcome alike.
    df : int
        Residual degrees of freedom; fixed effects count.

    Returns
    -------
    Adjusted

    Raises
    ------
    ValueError
        If such a variable cannot exist: it would explain all of the regressor.

    Notes
    -----
    Bounds of their section 4.4: r is the benchmark's partial R-squared with the regressor, s with the outcome. r2_d =
    times r / (1 - r), and r2_y = ((sqrt(times) + sqrt(c)) / sqrt(1 - c))^2 s / (1 - s), at most 1, where
    c = times r^2 / ((1 - times r)(1 - r)).
    """
    others = np.delete(x, column, axis=1)
    place = benchmark - (benchmark > column)
    r = float(partial_r2(x[:, column], others, df + 1)[place])
    s = float(partial_r2(y, x, df)[benchmark])
    r2_d = times * r / (1 - r)
    if not r2_d < 1:
        raise InvalidOption(
            Code.FIT(
                "a variable {times:g} times as strong as column {benchmark} would explain all of column {column}",
                "choose another benchmark variable, or a smaller multiple",
                times=times,
                benchmark=benchmark,
                column=column,
            )
        )
    c = times * r**2 / ((1 - times * r) * (1 - r))
    r2_y = min(1.0, ((math.sqrt(times) + math.sqrt(c)) / math.sqrt(1 - c)) ** 2 * s / (1 - s))
    slope, error = (float(values[column]) for values in _classical(y, x, df))
    return adjusted(slope, error, df, r2_d, r2_y)


@check_arguments
def adjusted(
    estimate: float, std_error: float, df: Annotated[int, AtLeast(2)], r2_d: float, r2_y: float
) -> Adjusted:
    """Estimate and classical error with the omitted variable in, the bias taken towards zero.

    |bias| = se sqrt(df r2_y r2_d / (1 - r2_d)); the error is multiplied by
    sqrt((1 - r2_y) / (1 - r2_d) df / (df - 1)). Equations (14) and (15).

    Parameters
    ----------
    estimate : float
        The coefficient.
    std_error : float
        Its classical standard error.
    df : int
        Residual degrees of freedom.
    r2_d : float
        Partial R-squared of the omitted variable with the regressor.
    r2_y : float
        Partial R-squared of the omitted variable with the outcome.

    Returns
    -------
    Adjusted
    """
    bias = std_error * math.sqrt(df * r2_y * r2_d / (1 - r2_d))
    error = std_error * math.sqrt((1 - r2_y) / (1 - r2_d) * df / (df - 1))
    return Adjusted(math.copysign(1, estimate) * (abs(estimate) - bias), error, r2_d, r2_y)


@check_arguments
def wanted_strength(estimate: float, wanted: float, r2: float) -> float:
    """Strength at which an omitted variable could make the true coefficient `wanted`.

    `robustness_value` of the bias |wanted - estimate| relative to the estimate.

    Parameters
    ----------
    estimate : float
        The coefficient.
    wanted : float
        Value that the true coefficient would have.
    r2 : float
        Partial R-squared of the regressor with the outcome.

    Returns
    -------
    float
        A partial R-squared.
    """
    return robustness_value(r2, abs(wanted - estimate) / abs(estimate))
