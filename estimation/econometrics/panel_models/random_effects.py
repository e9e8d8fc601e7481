"""Random effects of units: variance components of three kinds, and the quasi-demeaned model."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
import pandas as pd
from scipy import optimize

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import OneOf, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints, least_squares
from living_panel.estimation.econometrics.panel_models.design import ModelDesign

_COLLINEAR = 1e-9
UNBIASED = "_unbiased"
METHODS = (
    "swamy_arora", "wallace_hussain", "amemiya", "wallace_hussain_unbiased", "amemiya_unbiased",
    "maximum_likelihood",
)  # fmt: skip


@check_arguments
def quasi_demean(
    design: ModelDesign, method: Annotated[str, OneOf(METHODS)]
) -> tuple[ModelDesign, dict[str, float]]:
    r"""Take the share theta of the unit means off, and say how large the components are.

    .. math:: \theta_i = 1 - \sqrt{\sigma_e^2 / (\sigma_e^2 + T_i \sigma_u^2)}

    Both variances come from the within and the between regression (Swamy and Arora 1972; Baltagi and Chang 1994 for
    unbalanced panels). Others take them from pooled least squares (Wallace and Hussain 1969) or from
    the within residuals with their unit means (Amemiya 1971), as means of squares. The `_unbiased` ones are
    divided so that their expectations are the variances. A negative sigma_u^2 is set to zero. `maximum_likelihood`
    takes the pair that is most likely with normal errors, at the coefficients that it gives.

    Returns
    -------
    tuple
        The transformed rows, and `variance.residual`, `variance.effects`, `theta` (its mean).

    Raises
    ------
    Infeasible
        Too few units or rows; an unbalanced panel with Wallace and Hussain's or Amemiya's.
    """
    unit, y, x = design.unit, design.y.to_numpy(), design.x.to_numpy()
    size = np.bincount(unit)
    if method not in ("swamy_arora", "maximum_likelihood") and np.ptp(size):
        raise Infeasible(codes.RANDOM_EFFECTS_UNBALANCED(text=design.model.text, method=method))
    if method == "maximum_likelihood":
        residual, between = _likeliest(y, x, unit, size)
    elif method == "swamy_arora":
        residual, between = _swamy_arora(y, x, unit, size, design)
    else:
        residual, between = _of_residuals(y, x, unit, size, method)
    effects = max(between, 0.0)
    theta = 1 - np.sqrt(residual / (residual + size * effects))
    moved_y = y - theta[unit] * _means(y, unit, size)[unit]
    moved_x = x - theta[unit, None] * _means(x, unit, size)[unit]
    numbers = {
        "variance_residual": residual,
        "variance_effects": effects,
        "theta": float(theta.mean()),
    }
    moved = replace(
        design, y=pd.Series(moved_y), exogenous=pd.DataFrame(moved_x, columns=design.x.columns)
    )
    return moved, numbers


def _likeliest(y: Floats, x: Floats, unit: Ints, size: Ints) -> tuple[float, float]:
    """Components of the highest likelihood, whose coefficients and residual variance are concentrated out."""
    means_y, means_x = _means(y, unit, size)[unit], _means(x, unit, size)[unit]

    def variance(ratio: float) -> float:
        theta = (1 - 1 / np.sqrt(1 + size * ratio))[unit]
        moved_y, moved_x = y - theta * means_y, x - theta[:, None] * means_x
        left = moved_y - moved_x @ least_squares(moved_x, moved_y)
        return float(left @ left) / y.size

    def loss(share: float) -> float:
        ratio = share / (1 - share)
        return float(y.size * np.log(variance(ratio)) + np.log1p(size * ratio).sum())

    shares = np.linspace(0.0, 0.999, 41)
    best = int(np.argmin([loss(share) for share in shares]))
    low, high = shares[max(best - 1, 0)], shares[min(best + 1, 40)]
    optimum = optimize.minimize_scalar(
        loss, bounds=(low, high), method="bounded", options={"xatol": 1e-12}
    )
    share = float(optimum.x) if loss(float(optimum.x)) < loss(0.0) else 0.0
    ratio = share / (1 - share)
    return variance(ratio), ratio * variance(ratio)


def _means(values: Floats, unit: Ints, size: Ints) -> Floats:
    sums = np.zeros((size.size, *values.shape[1:]))
    np.add.at(sums, unit, values)
    return np.asarray(sums / size.reshape(-1, *[1] * (values.ndim - 1)))


def _swamy_arora(
    y: Floats, x: Floats, unit: Ints, size: Ints, design: ModelDesign
) -> tuple[float, float]:
    n, n_units = y.size, size.size
    within_x, within_y = x - _means(x, unit, size)[unit], y - _means(y, unit, size)[unit]
    moving = np.sqrt((within_x**2).sum(axis=0)) > 1e-9 * np.sqrt((x**2).sum(axis=0))
    inner = within_x[:, moving]
    left = within_y - inner @ least_squares(inner, within_y) if moving.any() else within_y
    free = n - n_units - _rank(inner)
    root = np.sqrt(size)[:, None]
    means_x, means_y = _means(x, unit, size) * root, _means(y, unit, size) * root[:, 0]
    k = _rank(means_x)  # dummies of periods have the same mean in every unit of a balanced panel
    if free < 1 or n_units <= k:
        raise Infeasible(
            codes.TOO_FEW_FOR_UNIT_VARIANCE(text=design.model.text, n_units=n_units, n=n, k=k)
        )
    residual = float(left @ left / free)
    rest = means_y - means_x @ least_squares(means_x, means_y)
    # Baltagi and Chang: n - tr((X'PX)^-1 X'ZZ'X), which is T (N - k) where every unit has T rows
    inverse = np.linalg.pinv(means_x.T @ means_x, rcond=_COLLINEAR, hermitian=True)
    trace = float(np.trace(inverse @ (means_x.T @ (means_x * size[:, None]))))
    return residual, float((rest @ rest - (n_units - k) * residual) / (n - trace))


def _rank(x: Floats) -> int:
    """Rank of columns, whatever their units."""
    size = np.sqrt((x**2).sum(axis=0))
    return int(np.linalg.matrix_rank(x / size, rtol=_COLLINEAR)) if x.shape[1] else 0


def _of_residuals(y: Floats, x: Floats, unit: Ints, size: Ints, method: str) -> tuple[float, float]:
    """Components from the residuals of a consistent regression, of a balanced panel."""
    n_units, periods = size.size, int(size[0])
    name = method.removesuffix(UNBIASED)
    centres = _means(x, unit, size)[unit]
    within_x = x - centres
    if name == "wallace_hussain":
        errors = y - x @ least_squares(x, y)
    else:
        within_y = y - _means(y, unit, size)[unit]
        moving = np.sqrt((within_x**2).sum(axis=0)) > 1e-9 * np.sqrt((x**2).sum(axis=0))
        within_x, centres = within_x[:, moving], centres[:, moving]
        errors = y - x[:, moving] @ least_squares(within_x, within_y)
        errors = errors - errors.mean()
    means = _means(errors, unit, size)
    inner = errors - means[unit]
    squares = np.array([inner @ inner, periods * (means @ means)])
    if method != name:
        moments = _pooled_moments if name == "wallace_hussain" else _within_moments
        variances = np.linalg.solve(moments(within_x, centres, n_units, periods), squares)
        return float(variances[0]), float(variances[1])
    residual = float(squares[0] / (n_units * (periods - 1)))
    return residual, (float(squares[1] / n_units) - residual) / periods


def _pooled_moments(within_x: Floats, centres: Floats, n_units: int, periods: int) -> Floats:
    """Expectations of the squares within and between of pooled residuals, by component (columns)."""
    inside, between = within_x.T @ within_x, centres.T @ centres
    a = np.linalg.inv(inside + between)
    of_between = float(np.trace(a @ between))
    return np.array([
        [n_units * (periods - 1) - np.trace(a @ inside), periods * np.trace(a @ inside @ a @ between)],
        [n_units - of_between,
         periods * (n_units - 2 * of_between + np.trace(a @ between @ a @ between))],
    ])  # fmt: skip


def _within_moments(within_x: Floats, centres: Floats, n_units: int, periods: int) -> Floats:
    """The same of residuals with the within coefficients, less their mean."""
    around = centres - centres.mean(axis=0)
    spread = np.trace(np.linalg.solve(within_x.T @ within_x, around.T @ around))
    free = n_units * (periods - 1) - within_x.shape[1]
    return np.array([[free, 0.0], [n_units - 1 + spread, periods * (n_units - 1.0)]])
