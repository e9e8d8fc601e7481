"""The textbook's panel estimators, by linearmodels, under named ways of inference.

The model is y_it = x_it'b + effects + u_it. Estimators: pooled (`none`), within (`unit`, `time`, `both`), random
effects of Swamy and Arora (`random`), and the regression of unit means (`between`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from linearmodels.panel import BetweenOLS, PanelOLS, PooledOLS, RandomEffects
from linearmodels.panel.utility import AbsorbingEffectError

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.wide_panel import absent_years

Effects = Literal["none", "unit", "time", "both", "random", "between"]
CONSTANT = "constant"
CORRECTION = "linearmodels"
RULES: dict[str, dict[str, Any]] = {
    "classical": {"correction": "none", "df": "t(n-k)"},
    "clustered": {"correction": CORRECTION, "df": "t(G-1)", "cluster": ["unit"]},
    "driscoll_kraay": {"correction": CORRECTION, "df": "t(T-1)"},
}
"""Options of each covariance as a spec asks linearmodels for it, written out."""
FACTOR_OF = {"classical": "n-k", "clustered": "linearmodels_groups", "driscoll_kraay": "n-k"}
"""Factor that linearmodels applies, by the name that the registry of covariances gives to it."""
R_SQUARED = {
    "own": "rsquared",
    "within": "rsquared_within",
    "between": "rsquared_between",
    "overall": "rsquared_overall",
}
"""Kinds of R²; `own` is the one that the estimator maximises."""


@dataclass(frozen=True)
class TextbookInference:
    """One validated way of inference; `bandwidth` in years, of Driscoll and Kraay's Bartlett kernel."""

    cov: str
    label: str
    bandwidth: int | None

    @check_arguments
    def fits(self, effects: Effects) -> bool:
        """Whether an estimator has it: between has one row a unit, so no time to allow for."""
        return not (effects == "between" and self.cov == "driscoll_kraay")


@check_arguments
def is_textbook(way: Mapping[str, Any]) -> bool:
    """Whether a way of inference as a spec writes it is one of linearmodels."""
    cov = way.get("cov")
    by_name = way.get("correction") == CORRECTION
    return by_name or (cov == "classical" and way.get("correction") == RULES[cov]["correction"])


@check_arguments
def resolve(way: Mapping[str, Any]) -> TextbookInference:
    """Check a way of inference as a spec writes it.

    Raises
    ------
    InvalidOption
        Naming what was expected.
    """
    options, bandwidth = dict(way), way.get("bandwidth")
    cov = options.pop("cov", None)
    kernel = options.pop("bandwidth", None) if cov == "driscoll_kraay" else 0
    if cov not in RULES or options != RULES[cov]:
        form = RULES.get(str(cov))
        raise InvalidOption(
            Code.COVARIANCE(
                "{written!r} does not have the expected form",
                "write {form}",
                written=dict(way),
                form=form or f"cov as one of {list(RULES)}",
            )
        )
    if not isinstance(kernel, int) or isinstance(kernel, bool) or kernel < 0:
        raise InvalidOption(
            Code.COVARIANCE(
                "{written!r} does not give a bandwidth in years",
                "write a whole number of years",
                written=dict(way),
            )
        )
    name = cov if bandwidth is None else f"{cov}({bandwidth})"
    parts = [name, "" if cov == "classical" else CORRECTION, options["df"]]
    return TextbookInference(cov, ":".join(filter(None, parts)), bandwidth)


@check_arguments
def fits(
    y: pd.Series,
    x: pd.DataFrame,
    effects: Effects,
    ways: Sequence[TextbookInference],
    weights: pd.Series | None = None,
) -> dict[TextbookInference, Any]:
    """Fits of one estimator by way of inference, as linearmodels gives them.

    y and x are over the same rows, without a constant: it is added where effects leave one. `weights`
    are of the squared residuals; all alike where there are none.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period).
    x : pandas.DataFrame
        Regressors over the same rows, without a constant: it is added where the effects leave one.
    effects : {"none", "unit", "time", "both", "random", "between"}
        Effects of the regression.
    ways : sequence of TextbookInference
        Inferences from `resolve`.
    weights : pandas.Series, optional
        Weights of the squared residuals, positive; None for equal weights.

    Returns
    -------
    dict
        Results of linearmodels by way of inference.

    Raises
    ------
    InvalidOption
        For a weight that is not positive; names its row.
    InvalidData
        For regressors that are collinear, or absorbed by the effects.
    """
    if weights is not None and (weights <= 0).any():
        raise InvalidOption(
            Code.WEIGHTS(
                "the weight of {row} is not positive",
                "give positive weights, or drop the row",
                row=weights.index[(weights <= 0).argmax()],
            )
        )
    holes = absent_years(y.index.get_level_values(1))
    for way in ways:
        if way.bandwidth and holes:
            raise Infeasible(
                Code.GAPS(
                    "{label}: years {holes} are missing, and lags may not cross a gap",
                    "use a window without gaps, or bandwidth 0",
                    label=way.label,
                    holes=holes,
                )
            )
    try:
        model = _model(y, x, effects, weights)
        return {way: _fit(model, way) for way in ways}
    except AbsorbingEffectError as error:
        raise InvalidData(
            Code.ABSORBED(
                "{names}: the effects absorb at least one of these variables",
                "leave out variables that do not vary within the effects",
                names=[*x.columns],
            )
        ) from error
    except ValueError as error:
        if np.linalg.matrix_rank(x.to_numpy()) < x.shape[1]:
            raise InvalidData(
                Code.COLLINEAR(
                    "{names}: these variables are collinear",
                    "leave one of them out",
                    names=[*x.columns],
                )
            ) from error
        raise InvalidData(
            Code.COLLINEAR(
                "{names}: {reason}",
                "use other variables or rows",
                names=[*x.columns],
                reason=str(error),
            )
        ) from error


def _model(y: pd.Series, x: pd.DataFrame, effects: Effects, weights: pd.Series | None) -> Any:
    if effects in ("unit", "time", "both"):
        unit, time = effects != "time", effects != "unit"
        return PanelOLS(y, x, weights=weights, entity_effects=unit, time_effects=time)
    kinds = {"none": PooledOLS, "between": BetweenOLS, "random": RandomEffects}
    return kinds[effects](y, x.assign(**{CONSTANT: 1.0}), weights=weights)


def _fit(model: Any, way: TextbookInference) -> Any:
    if way.cov == "classical":
        return model.fit(cov_type="unadjusted", debiased=True)
    if way.cov == "driscoll_kraay":
        kernel: dict[str, Any] = {"kernel": "bartlett", "bandwidth": way.bandwidth}
        return model.fit(cov_type="kernel", debiased=True, **kernel)
    if isinstance(model, BetweenOLS):  # one row a unit: clustered by unit is robust
        return model.fit(cov_type="robust", debiased=True)
    return model.fit(cov_type="clustered", cluster_entity=True, debiased=True, group_debias=True)


@check_arguments
def degrees(index: pd.MultiIndex, way: TextbookInference, fitted: Any) -> tuple[float, int]:
    """Degrees of freedom of t, and independent groups: one less than they are, n-k of classical errors.

    Parameters
    ----------
    index : pandas.MultiIndex
        Rows: unit and period.
    way : TextbookInference
        The way of inference.
    fitted : object
        A result of linearmodels.

    Returns
    -------
    tuple
        Degrees of freedom of t, and the number of independent groups.
    """
    units, years = (index.get_level_values(n).nunique() for n in (0, 1))
    groups = years if way.cov == "driscoll_kraay" else units
    return float(fitted.df_resid) if way.cov == "classical" else groups - 1.0, groups


@check_arguments
def numbers(index: pd.MultiIndex, effects: Effects, fitted: Any) -> dict[str, float]:
    """Sizes, R² (`own` is the one that the estimator maximises), and the variances of random effects.

    Parameters
    ----------
    index : pandas.MultiIndex
        Rows: unit and period.
    effects : {"none", "unit", "time", "both", "random", "between"}
        Effects of the regression.
    fitted : object
        A result of linearmodels.

    Returns
    -------
    dict of str to float
    """
    statistics = {
        "n_obs": float(fitted.nobs),
        "n_units": float(index.get_level_values(0).nunique()),
        "n_periods": float(index.get_level_values(1).nunique()),
    } | {f"r_squared_{kind}": float(getattr(fitted, name)) for kind, name in R_SQUARED.items()}
    if effects == "random":
        parts = fitted.variance_decomposition
        statistics["variance_effects"] = float(parts["Effects"])
        statistics["variance_residual"] = float(parts["Residual"])
    return statistics
