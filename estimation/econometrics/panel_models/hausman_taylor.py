"""Hausman and Taylor's estimator: regressors that correlate with the effects, instruments of the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints, least_squares
from living_panel.estimation.econometrics.panel_models.design import ModelDesign
from living_panel.estimation.econometrics.panel_models.formula import CONSTANT_TERM

INSIDE = (CONSTANT_TERM,)
"""Right side of the last part of a formula whose instruments come from the model itself."""
_STILL = 1e-9


@check_arguments
def instrument(design: ModelDesign) -> tuple[ModelDesign, dict[str, float]]:
    r"""Quasi-demean the rows and add the instruments that the model implies.

    Of `y ~ x1 + z1 | 0 | x2 + z2 ~ 1` the variables x vary within units and z do not; x2 and z2 correlate
    with the effects. sigma_e^2 comes from the within residuals, sigma_u^2 from two-stage least squares of
    the within model's effects on z with instruments x1 and z1; then rows are transformed by

    .. math:: \theta = 1 - \sqrt{\sigma_e^2 / (\sigma_e^2 + T \sigma_u^2)}

    and instrumented by the deviations of x1 and x2 from their unit means, the means of x1, and z1.

    Returns
    -------
    tuple
        The rows for two-stage least squares, and `variance.residual`, `variance.effects`, `theta`.

    Raises
    ------
    Infeasible
        For an unbalanced panel, or no regressor that varies within units.
    InvalidOption
        For fewer exogenous variables that vary within units than endogenous ones that do not.

    References
    ----------
    Hausman, J. A. and Taylor, W. E. (1981), Econometrica 49, 1377-1398, section 3; Baltagi, B. H. (2013),
    Econometric Analysis of Panel Data, section 7.4.
    """
    unit, text = design.unit, design.model.text
    size = np.bincount(unit)
    if np.ptp(size):
        raise Infeasible(codes.HAUSMAN_TAYLOR_UNBALANCED(text=text))
    exogenous, endogenous = design.exogenous, design.endogenous
    x1, x2 = _varying(exogenous, unit, size), _varying(endogenous, unit, size)
    still = [name for name in endogenous if name not in x2]
    if not x1 + x2:
        raise Infeasible(codes.NOTHING_VARIES_WITHIN(text=text))
    if len(x1) < len(still):
        raise InvalidOption(
            codes.TOO_FEW_EXOGENOUS(text=text, n_exogenous=len(x1), n_endogenous=len(still))
        )
    residual, effects = _components(design, [*x1, *x2], size)
    theta = 1 - np.sqrt(residual / (residual + size[0] * effects))

    def move(frame: pd.DataFrame) -> pd.DataFrame:
        return frame - theta * _means(frame, unit, size)

    varying = design.x[[*x1, *x2]]
    inside = (varying - _means(varying, unit, size)).add_prefix("within ")
    y = design.y.to_frame()
    moved = replace(
        design, y=move(y).iloc[:, 0], exogenous=move(exogenous), endogenous=move(endogenous),
        instruments=inside,
    )  # fmt: skip
    return moved, {
        "variance_residual": residual,
        "variance_effects": effects,
        "theta": float(theta),
    }


def _components(design: ModelDesign, varying: list[str], size: Ints) -> tuple[float, float]:
    """Variances of the residual and of the effects; a negative one of the effects is set to zero."""
    unit, n_units = design.unit, size.size
    x, y = design.x[varying], design.y.to_frame()
    within_x = (x - _means(x, unit, size)).to_numpy()
    within_y = (y - _means(y, unit, size)).to_numpy()[:, 0]
    slopes = least_squares(within_x, within_y)
    left = within_y - within_x @ slopes
    residual = float(left @ left / (len(y) - n_units))
    means = _means(y, unit, size).to_numpy()[:, 0] - _means(x, unit, size).to_numpy() @ slopes
    z = design.x.drop(columns=varying).to_numpy()
    if z.shape[1]:
        instruments = design.exogenous.to_numpy()
        projected = instruments @ least_squares(instruments, z)
        means = means - z @ least_squares(projected, means)
    else:
        means = means - means.mean()
    between = float(means @ means / n_units)
    return residual, max((between - residual) / float(size[0]), 0.0)


def _varying(frame: pd.DataFrame, unit: Ints, size: Ints) -> list[str]:
    """Names of the columns that vary within units."""
    inside = np.abs((frame - _means(frame, unit, size)).to_numpy()).max(axis=0, initial=0)
    scale = np.abs(frame.to_numpy()).max(axis=0, initial=0)
    return [str(n) for n, moves in zip(frame, inside > _STILL * scale, strict=True) if moves]


def _means(frame: pd.DataFrame, unit: Ints, size: Ints) -> pd.DataFrame:
    values: Floats = frame.to_numpy(dtype=float)
    sums = np.zeros((size.size, values.shape[1]))
    np.add.at(sums, unit, values)
    return pd.DataFrame((sums / size[:, None])[unit], frame.index, frame.columns)
