"""Estimators of panels: differences, means of units, random effects, Hausman and Taylor's, mean group."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import numpy as np
import pandas as pd
import scipy

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import Count, OneOf, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints, least_squares
from living_panel.estimation.econometrics.library.data import read_data
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.econometrics.library.ways import KINDS, Cluster, Way
from living_panel.estimation.econometrics.panel_models.columns import CONSTANT
from living_panel.estimation.econometrics.panel_models.covariance import Vcov
from living_panel.estimation.econometrics.row_names import PERIOD, UNIT
from living_panel.estimation.estimators._design import ModelDesign, require_rank
from living_panel.estimation.estimators._models import (
    Estimator,
    Linear,
    LinearSolution,
    Numbers,
    linear_fit,
    own_r_squared,
    r_squared_by_means,
    whole_fit,
)
from living_panel.estimation.estimators.iv import _instrumented

LinearVcov = Annotated[str, OneOf(tuple(KINDS))]
BetweenVcov = Annotated[str, OneOf(("classical", "HC0", "HC1", "HC2", "HC3", "clustered"))]
InstrumentedVcov = Annotated[
    str, OneOf(("classical", "HC0", "HC1", "clustered", "cr3", "driscoll_kraay", "newey_west"))
]
COMPONENTS = (
    "swamy_arora", "wallace_hussain", "amemiya", "wallace_hussain_unbiased", "amemiya_unbiased",
    "maximum_likelihood",
)  # fmt: skip
Components = Annotated[str, OneOf(COMPONENTS)]
_COLLINEAR = 1e-9
_STILL = 1e-9  # share of a column that varies within units
_UNBIASED = "_unbiased"


@check_arguments
def first_differences(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: LinearVcov = "classical",
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: Count | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> Fit:
    """Least squares of differences between neighbouring periods; a gap is never closed up.

    Defaults are those of Stata's `regress D.y D.x` ([R] regress) and of R's plm: the classical covariance divided by
    n-K, t(n-k).

    Parameters
    ----------
    formula : str
        `y ~ x` in levels.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index; None for data over an index of unit and period.
    vcov : str
        As in `ols`.
    cluster : str or sequence of str, optional
        As in `ols`.
    correction : str, optional
        As in `ols`.
    df : str, optional
        As in `ols`.
    bandwidth : int, optional
        As in `ols`.
    draws, seed : int, optional
        As in `ols`.

    Returns
    -------
    Fit
    """
    way = Way(vcov, cluster, correction, df, bandwidth, draws, seed)
    panel = read_data(data, unit, time)
    estimator = LINEAR["first_differences"]
    return linear_fit("first_differences", "First differences", estimator, formula, panel, way)


@check_arguments
def between(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: BetweenVcov = "classical",
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
) -> Fit:
    """Least squares of unit means.

    Defaults are those of Stata's `xtreg, be` ([XT] xtreg): the classical covariance divided by n-K, and t(n-k).

    Parameters
    ----------
    formula : str
        `y ~ x`.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    vcov : str
        `classical` (default), `HC0` to `HC3`, or `clustered` by a column that is the same in all rows of a unit.
    cluster : str or sequence of str, optional
        As in `ols`.
    correction : str, optional
        As in `ols`.
    df : str, optional
        As in `ols`.

    Returns
    -------
    Fit
    """
    way = Way(vcov, cluster, correction, df)
    panel = read_data(data, unit, time)
    estimator = LINEAR["between"]
    return linear_fit("between", "Between estimator", estimator, formula, panel, way)


@check_arguments
def random_effects(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    components: Components = "swamy_arora",
    vcov: LinearVcov = "classical",
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: Count | None = None,
) -> Fit:
    """Random effects of units by feasible generalised least squares.

    Defaults are those of Stata's `xtreg, re sa` ([XT] xtreg) and R's plm: components of Swamy and Arora, the classical
    covariance of the transformed rows divided by n-K, and the normal distribution. Without `sa` xtreg has other
    components.

    Parameters
    ----------
    formula : str
        `y ~ x`.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name. Unbalanced panels with `swamy_arora` and `maximum_likelihood` only.
    unit, time : str, optional
        Columns, or levels of the index.
    components : str
        Variance components: `swamy_arora` (default), `wallace_hussain`, `amemiya`, or the last two `_unbiased`;
        `maximum_likelihood` of normal errors, whose classical covariance is that of the expected information.
    vcov : str
        As in `ols`.
    cluster : str or sequence of str, optional
        As in `ols`.
    correction : str, optional
        As in `ols`. Default: n-k; G/(G-1) of clusters.
    df : str, optional
        As in `ols`. Default: normal.
    bandwidth : int, optional
        As in `ols`.

    Returns
    -------
    Fit
        `fit_statistics` has the variance components and theta.
    """
    factor = "none" if components == "maximum_likelihood" else "n-k"
    way = Way(vcov, cluster, correction, df, bandwidth, large=True, factor=factor)
    panel = read_data(data, unit, time)
    chosen = {"components": components}
    estimator = LINEAR[components]
    return linear_fit("random_effects", "Random effects", estimator, formula, panel, way, chosen)


@check_arguments
def hausman_taylor(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    vcov: InstrumentedVcov = "classical",
    cluster: Cluster = None,
    correction: str | None = None,
    df: str | None = None,
    bandwidth: Count | None = None,
) -> Fit:
    """Hausman and Taylor's estimator: regressors that correlate with the effects, instruments of the model.

    Defaults are those of Stata's `xthtaylor` ([XT] xthtaylor) and R's plm: the classical covariance divided by n-K, and
    the normal distribution. The panel is balanced.

    Parameters
    ----------
    formula : str
        `y ~ x1 + z1 | 0 | x2 + z2 ~ 1`, where x2 and z2 correlate with the effects.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    vcov : str
        `classical` (default), `HC0`, `HC1`, `clustered`, `cr3`, `driscoll_kraay` or `newey_west`.
    cluster : str or sequence of str, optional
        As in `ols`.
    correction : str, optional
        As in `random_effects`.
    df : str, optional
        As in `random_effects`.
    bandwidth : int, optional
        As in `ols`.

    Returns
    -------
    Fit
    """
    way = Way(vcov, cluster, correction, df, bandwidth, large=True, factor="n-k")
    panel = read_data(data, unit, time)
    estimator = LINEAR["hausman_taylor"]
    return linear_fit("hausman_taylor", "Hausman and Taylor", estimator, formula, panel, way)


@check_arguments
def mean_group(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    df: Annotated[str, OneOf(("normal", "t(N-1)"))] = "normal",
) -> Fit:
    """Mean of each unit's own least squares, with the spread between units.

    Defaults are those of Pesaran and Smith (1995) and of Stata's `xtmg` (SSC): the covariance between units over N, and
    the normal distribution.

    Parameters
    ----------
    formula : str
        `y ~ x`; each unit has a constant.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    df : {"normal", "t(N-1)"}
        Distribution of t. Default `normal`.

    Returns
    -------
    Fit
    """
    panel = read_data(data, unit, time)
    way = {"cov": "mean_group", "correction": "none", "df": df}
    return whole_fit("mean_group", "Mean group", WHOLE["mean_group"], formula, panel, way)


def _differenced(design: ModelDesign) -> tuple[ModelDesign, Numbers]:
    """Differences of neighbouring periods of a unit; a gap is never closed up."""
    keys = design.keys
    if keys[[UNIT, PERIOD]].duplicated().any():
        raise Infeasible(sentences.PERIOD_TWICE(text=design.model.text))
    unit, period = keys[UNIT].to_numpy(), keys[PERIOD].to_numpy()
    next_to = np.append(False, (unit[1:] == unit[:-1]) & (np.diff(period) == 1))
    if not next_to.any():
        raise Infeasible(sentences.NO_NEIGHBOURING_PERIODS(text=design.model.text))
    change = design.exogenous.diff()
    if CONSTANT in change:
        change[CONSTANT] = 1.0
    return _kept(design, design.y.diff()[next_to], change[next_to], keys[next_to]), {}


def _unit_means(design: ModelDesign) -> tuple[ModelDesign, Numbers]:
    """Means of each unit, with the labels of its first row."""
    unit = design.keys[UNIT]
    means = design.exogenous.groupby(unit.to_numpy()).mean()
    keys = design.keys.groupby(unit.to_numpy()).first()
    y = design.y.groupby(unit.to_numpy()).mean()
    return _kept(design, y, means, keys), {}


def _kept(design: ModelDesign, y: pd.Series, x: pd.DataFrame, keys: pd.DataFrame) -> ModelDesign:
    none = pd.DataFrame(index=range(len(y)))
    numbered = (part.reset_index(drop=True) for part in (y, x, keys))
    moved_y, moved_x, moved_keys = numbered
    return ModelDesign(design.model, moved_y, moved_x, none, none, moved_keys)


def _quasi_demean(design: ModelDesign, method: str) -> tuple[ModelDesign, Numbers]:
    """Take the share theta_i = 1 - sqrt(s_e^2 / (s_e^2 + T_i s_u^2)) of the unit means off.

    Both variances come from the within and the between regression (Swamy and Arora 1972; Baltagi and Chang 1994 for
    unbalanced panels), from pooled least squares (Wallace and Hussain 1969) or from the within residuals with their
    unit means (Amemiya 1971), as means of squares; the `_unbiased` ones are divided so that their expectations are the
    variances. `maximum_likelihood` takes the likeliest pair with normal errors. A negative s_u^2 is set to zero.
    """
    unit, y, x = design.unit, design.y.to_numpy(), design.x.to_numpy()
    size = np.bincount(unit)
    if method not in ("swamy_arora", "maximum_likelihood") and np.ptp(size):
        raise Infeasible(
            Code.UNBALANCED(
                "{text}: {method} needs a balanced panel",
                "use swamy_arora, or units that have every period",
                text=design.model.text,
                method=method,
            )
        )
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
    numbers: Numbers = {
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
    optimum = scipy.optimize.minimize_scalar(
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
            Code.SAMPLE_SMALL(
                "{text}: {n_units} units and {n} rows are too few for the variance of "
                "unit effects with {k} coefficients",
                "use more units or fewer regressors",
                text=design.model.text,
                n_units=n_units,
                n=n,
                k=k,
            )
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
    name = method.removesuffix(_UNBIASED)
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


def _instrument(design: ModelDesign) -> tuple[ModelDesign, Numbers]:
    """Quasi-demean the rows and add the instruments that the model implies (Hausman and Taylor 1981, section 3).

    Of `y ~ x1 + z1 | 0 | x2 + z2 ~ 1` the x vary within units and the z do not; x2 and z2 correlate with the effects.
    s_e^2 is that of the within residuals; s_u^2 comes from two-stage least squares of the within model's effects on z
    with instruments x1 and z1 (Baltagi 2013, section 7.4). Rows less theta = 1 - sqrt(s_e^2 / (s_e^2 + T s_u^2)) of
    their unit means have the deviations of x1 and x2 from unit means, the means of x1, and z1 as instruments.
    """
    unit, text = design.unit, design.model.text
    size = np.bincount(unit)
    if np.ptp(size):
        raise Infeasible(
            Code.UNBALANCED(
                "{text}: hausman_taylor needs a balanced panel",
                "use units that have every period",
                text=text,
            )
        )
    exogenous, endogenous = design.exogenous, design.endogenous
    x1, x2 = _varying(exogenous, unit, size), _varying(endogenous, unit, size)
    still = [name for name in endogenous if name not in x2]
    if not x1 + x2:
        raise Infeasible(
            Code.ABSORBED(
                "{text}: no regressor varies within units",
                "add a regressor that varies within units, or use another estimator",
                text=text,
            )
        )
    if len(x1) < len(still):
        raise InvalidOption(
            Code.MODEL(
                "{text}: {n_exogenous} exogenous variables that vary within units are too few for {n_endogenous} "
                "endogenous ones that do not",
                "name at least as many exogenous variables that vary within units",
                text=text,
                n_exogenous=len(x1),
                n_endogenous=len(still),
            )
        )
    residual, effects = _components(design, [*x1, *x2], size)
    theta = 1 - np.sqrt(residual / (residual + size[0] * effects))

    def move(frame: pd.DataFrame) -> pd.DataFrame:
        return frame - theta * _frame_of_means(frame, unit, size)

    varying = design.x[[*x1, *x2]]
    inside = (varying - _frame_of_means(varying, unit, size)).add_prefix("within ")
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
    within_x = (x - _frame_of_means(x, unit, size)).to_numpy()
    within_y = (y - _frame_of_means(y, unit, size)).to_numpy()[:, 0]
    slopes = least_squares(within_x, within_y)
    left = within_y - within_x @ slopes
    residual = float(left @ left / (len(y) - n_units))
    means = (
        _frame_of_means(y, unit, size).to_numpy()[:, 0]
        - _frame_of_means(x, unit, size).to_numpy() @ slopes
    )
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
    inside = np.abs((frame - _frame_of_means(frame, unit, size)).to_numpy()).max(axis=0, initial=0)
    scale = np.abs(frame.to_numpy()).max(axis=0, initial=0)
    return [str(n) for n, moves in zip(frame, inside > _STILL * scale, strict=True) if moves]


def _frame_of_means(frame: pd.DataFrame, unit: Ints, size: Ints) -> pd.DataFrame:
    means = _means(frame.to_numpy(dtype=float), unit, size)
    return pd.DataFrame(means[unit], frame.index, frame.columns)


def _mean_group(design: ModelDesign, vcov: Vcov) -> RegressionFit:
    """Mean of each unit's own least squares, with the spread between units (Pesaran and Smith 1995)."""
    x, y, unit = design.x, design.y.to_numpy(), design.unit
    each, residuals = [], np.empty(len(y))
    for number in range(int(unit.max()) + 1):
        rows = np.flatnonzero(unit == number)
        regressors = x.iloc[rows]
        require_rank(regressors, regressors.to_numpy(), design.model)
        slopes = least_squares(regressors.to_numpy(), y[rows])
        residuals[rows] = y[rows] - regressors.to_numpy() @ slopes
        each.append(slopes)
    slopes, n = np.array(each), len(each)
    if n < 2:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "{text}: the sample has one unit, so coefficients cannot vary between units",
                "use two or more units, or another estimator",
                text=design.model.text,
            )
        )
    names = list(map(str, x.columns))
    cov = pd.DataFrame(np.atleast_2d(np.cov(slopes.T)) / n, names, names)
    df = float("inf") if vcov.df == "normal" else n - 1.0
    return RegressionFit(
        way=vcov,
        params=pd.Series(slopes.mean(axis=0), names),
        cov=cov,
        df=pd.Series(df, names),
        n_clusters=n,
        n_obs=len(y),
        n_units=n,
        n_periods=int(design.period.max()) + 1,
        r_squared={},
        outcome_mean=float(y.mean()),
        residuals=pd.Series(residuals, pd.MultiIndex.from_frame(design.keys[[UNIT, PERIOD]])),
    )


def _r_squared_of_shares(solution: LinearSolution) -> dict[str, float]:
    return r_squared_by_means(solution) | own_r_squared(solution)


def _random_effects(method: str) -> Linear:
    transform = partial(_quasi_demean, method=method)
    references = (method.removesuffix(_UNBIASED),)
    return Linear(
        method, references=references, transform=transform, r_squared=_r_squared_of_shares
    )


LINEAR = {
    "first_differences": Linear(
        "first_differences", transform=_differenced, r_squared=own_r_squared
    ),
    "between": Linear("between", transform=_unit_means),
    **{method: _random_effects(method) for method in COMPONENTS},
    "hausman_taylor": Linear(
        "hausman_taylor", references=("hausman_taylor",), instruments="inside",
        transform=_instrument, solve=partial(_instrumented, method="hausman_taylor"),
    ),
}  # fmt: skip
WHOLE = {
    "mean_group": Estimator("mean_group", _mean_group, ("mean_group",), covariances=("mean_group",))
}
