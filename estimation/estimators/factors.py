"""Common factors: common correlated effects, and interactive effects."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import (
    Count,
    OneOf,
    Positive,
    Seed,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects import panel_arrays
from living_panel.estimation.econometrics.fixed_effects.regression_data import ABSORBED
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import Covariance, Inference
from living_panel.estimation.econometrics.inference.covariances.cr3 import cr3
from living_panel.estimation.econometrics.library.data import named_periods, read_data
from living_panel.estimation.econometrics.library.equations import (
    Equation,
    read_equation,
    read_plain_equation,
)
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table
from living_panel.estimation.econometrics.wide_panel import full_column_rank

NORMAL = float("inf")
FactorVcov = Annotated[str, OneOf(("jackknife", "bootstrap"))]
MAX_REGRESSORS = 2
MIN_RESIDUAL_DF = 5
PESARAN = Inference(
    Covariance(
        "pesaran", "Pesaran", ("none",), ("normal",), sentences.OF_ITS_ESTIMATOR, sentences.OF_ITS_ESTIMATOR,
        "units",
    ),
    "none", "normal",
)  # fmt: skip
"""The covariance that CCE makes itself from the spread of the units' slopes; no spec can ask for it elsewhere."""
CLOSE, CLOSE_RESAMPLED = 1e-12, 1e-7
"""Largest step of a coefficient at which the search ends: of the estimate, of a resample."""
STEPS = 5000


@check_arguments
def cce(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    method: Annotated[str, OneOf(("pooled", "mean_group"))] = "pooled",
) -> Fit:
    r"""Common correlated effects: each unit's regression is augmented by cross-section averages of y and x.

    With M the residual maker of a constant and the averages,

    .. math:: b = \Big(\sum_i X_i'MX_i\Big)^{-1} \sum_i X_i'My_i

    is the pooled estimate (Pesaran 2006, eq. 65), with his variance of eqs. 67-69, valid when slopes differ. The mean
    of the units' own slopes has their spread as its variance (eq. 58).

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
        `raw.unit_slopes` has the slopes of each unit given the averages. Residuals are those of the pooled slopes.
    """
    equation = read_plain_equation("cce", formula, data, unit, time)
    with named_periods(equation.panel):
        result = _pooled_cce(equation.y, equation.x)
    if method == "mean_group":
        result = _mean_group_cce(result)
    residuals = result.residuals
    assert residuals is not None
    return Fit(
        title=f"Common correlated effects, {method.replace('_', ' ')}",
        table=coefficient_table(result.params, result.std_errors, NORMAL),
        choices={
            "method": method,
            "covariance": "non-parametric, spread of the units' slopes",
            "distribution": "normal",
            "sample": equation.panel.sample,
        },
        references=("cce",),
        raw=result,
        method="cce",
        formula=formula,
        inference=f"cce_{method}:normal",
        cov=result.cov,
        fit_statistics={"residual df of a unit": result.statistics["residual_df"]},
        residuals=residuals.set_axis(equation.panel.named(residuals.index)),
    )


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
    r"""Least squares with unit and period effects and factors whose loadings differ between units (Bai 2009).

    .. math:: y_{it} = x_{it}'b + a_i + d_t + l_i'f_t + u_{it}

    The factors are the first eigenvectors of the residuals' second moments over time, the coefficients are least
    squares net of the factors. Both steps repeat until neither changes (eqs. 11-12, with additive effects, section 8).
    The sum of squares may have several minima: the search begins at the two-way estimate and at places around it,
    and the smallest is kept.

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
        `raw.minima` has the sums of squares that the starts ended at, `raw.resampled` the coefficients without each
        unit or of each draw, factors estimated anew.
    """
    equation = _read("interactive_effects", formula, data, unit, time)
    with named_periods(equation.panel):
        result = _interactive(equation.y, equation.x, factors=factors, starts=starts, seed=seed)
    chosen = {"factors": factors, "starts": starts}
    return _factor_fit(equation, result, chosen, vcov, draws=draws, seed=seed)


def _factor_fit(
    equation: Equation,
    result: _Interactive,
    chosen: dict[str, int],
    kind: str,
    *,
    draws: int,
    seed: int,
) -> Fit:
    """Interactive effects under one covariance: over units left out or drawn."""
    factors, is_drawn, names = chosen["factors"], kind == "bootstrap", result.params.index
    with named_periods(equation.panel):
        if is_drawn:
            resampled = _bootstrapped(
                equation.y, equation.x, result.params, factors=factors, draws=draws, seed=seed
            )
            values, df = np.atleast_2d(np.cov(resampled.to_numpy().T)), NORMAL
        else:
            resampled = _left_out(equation.y, equation.x, result.params, factors=factors)
            shifts = resampled.to_numpy(float) - result.params.to_numpy()
            values, df = cr3(shifts), float(len(resampled) - 1)
    cov = pd.DataFrame(values, names, names)
    distribution = "normal" if is_drawn else "t(N-1)"
    return Fit(
        title=f"Interactive effects with {factors} factor{'s' * (factors != 1)}",
        table=coefficient_table(result.params, pd.Series(np.sqrt(np.diag(cov)), names), df),
        choices={
            "effects": [equation.panel.unit, equation.panel.time],
            **chosen,
            "covariance": f"{kind} over units",
            "distribution": distribution,
            "draws": draws if is_drawn else None,
            "seed": seed,
            "sample": equation.panel.sample,
        },
        references=("interactive",),
        raw=result._replace(resampled=resampled),
        method="interactive_effects",
        formula=equation.text,
        inference=f"{kind}:{distribution}",
        df=df,
        cov=cov,
        fit_statistics={"SSR": result.ssr},
        residuals=result.residuals.set_axis(equation.panel.named(result.residuals.index)),
        kinds=("jackknife", "bootstrap"),
        again=partial(_factor_fit, equation, result, chosen, draws=draws, seed=seed),
    )


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
    r"""Bai's (2009) criterion for 0 to `most` factors; the smallest `ic` is chosen.

    .. math:: IC(r) = \ln(SSR_r/NT) + (r(N+T)-r^2)\,\ln(NT)/NT

    It is that of his supplement. `share` is the part of the two-way residuals' sum of squares that the factors take up.

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
    with named_periods(equation.panel):
        return _number_of_factors(equation.y, equation.x, most=most, starts=starts, seed=seed)


def _number_of_factors(
    y: pd.Series, x: pd.DataFrame, *, most: int, starts: int, seed: int
) -> pd.DataFrame:
    """Columns factors, ssr, ic, share."""
    fits = [_interactive(y, x, factors=r, starts=starts, seed=seed) for r in range(most + 1)]
    n, t = fits[0].n_units, fits[0].n_periods
    ssr = np.array([fit.ssr for fit in fits])
    r = np.arange(most + 1)
    ic = np.log(ssr / (n * t)) + (r * (n + t) - r**2) * np.log(n * t) / (n * t)
    return pd.DataFrame({"factors": r, "ssr": ssr, "ic": ic, "share": 1 - ssr / ssr[0]})


def _read(name: str, formula: str, data: Any, unit: str | None, time: str | None) -> Equation:
    panel = read_data(data, unit, time)
    return read_equation(formula, panel, estimator=name, also=(), effects=True)


def _pooled_cce(y: pd.Series, x: pd.DataFrame) -> RegressionFit:
    """Pooled CCE with equal weights, and each unit's own slopes; `residual_df` is per unit, T - (1 + (k+1) + k)."""
    if x.shape[1] > MAX_REGRESSORS:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "pooled CCE with {regressors} regressors ({columns}): every unit needs {parameters} parameters",
                "use at most {max_regressors} regressors",
                regressors=x.shape[1],
                columns=[*x.columns],
                parameters=2 * x.shape[1] + 2,
                max_regressors=MAX_REGRESSORS,
            )
        )
    data = panel_arrays.panel_arrays(y, x)
    outcome, regressors = panel_arrays.balanced_cube(data, "pooled CCE")
    n, t, k = regressors.shape
    residual_df = t - (2 * k + 2)
    if residual_df < MIN_RESIDUAL_DF:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "pooled CCE: {t} years, a constant, {averages} averages and {slopes} slopes leave {residual_df} "
                "degrees of freedom a unit; {min_residual_df} are needed",
                "use a longer window or fewer regressors",
                t=t,
                residual_df=residual_df,
                averages=k + 1,
                slopes=k,
                min_residual_df=MIN_RESIDUAL_DF,
            )
        )
    if n < 3:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "pooled CCE: averages need at least 3 units, but the sample has {n}",
                "use three or more units",
                n=n,
            )
        )
    averages = np.column_stack([np.ones(t), outcome.mean(axis=0), regressors.mean(axis=0)])
    basis = np.linalg.qr(averages)[0]
    xm = regressors - np.einsum("ts,isk->itk", basis @ basis.T, regressors)
    ym = outcome - outcome @ basis @ basis.T
    _check_variation(data, regressors, xm)
    cross = np.einsum("itj,itk->ijk", xm, xm)
    moment = np.einsum("itk,it->ik", xm, ym)
    slopes = np.linalg.solve(cross, moment[..., None])[..., 0]
    inverse = np.linalg.inv(cross.sum(axis=0))
    params = inverse @ moment.sum(axis=0)
    residuals = ym - xm @ params
    spread = np.einsum("ijk,ik->ij", cross, slopes - slopes.mean(axis=0))
    meat = n / (n - 1) * spread.T @ spread
    cov = inverse @ meat @ inverse
    return RegressionFit(
        way=PESARAN,
        params=pd.Series(params, data.names),
        cov=pd.DataFrame(cov, data.names, data.names),
        df=pd.Series(np.inf, data.names),
        n_clusters=n,
        n_obs=outcome.size,
        n_units=n,
        n_periods=t,
        r_squared={},
        outcome_mean=float(outcome.mean()),
        statistics={"residual_df": float(residual_df)},
        residuals=pd.Series(residuals.ravel(), data.index),
        unit_slopes=pd.DataFrame(
            slopes, pd.Index(data.units, name=data.index.names[0]), data.names
        ),
    )


def _mean_group_cce(pooled: RegressionFit) -> RegressionFit:
    """Mean of the units' own slopes of `_pooled_cce`, with their spread as its covariance."""
    slopes = pooled.unit_slopes
    assert slopes is not None  # of pooled_cce
    n, names = len(slopes), slopes.columns
    cov = np.atleast_2d(np.cov(slopes.to_numpy().T)) / n
    errors = (slopes.std(ddof=1) / np.sqrt(n)).to_numpy()
    np.fill_diagonal(cov, errors**2)  # the stored errors, to the last bit
    return replace(pooled, params=slopes.mean(), cov=pd.DataFrame(cov, names, names))


def _check_variation(data: panel_arrays.PanelArrays, x: Floats, within: Floats) -> None:
    """Refuse a regressor that a constant and the averages explain: every unit has its own slope."""
    size, left = (np.sqrt((values**2).sum(axis=1)) for values in (x, within))
    for name, gone in zip(data.names, (left <= ABSORBED * size).T, strict=True):
        if gone.any():
            raise InvalidData(
                Code.ABSORBED(
                    "after cross-section averages are removed, {name} does not vary{where}",
                    "leave out this regressor or these units",
                    name=name,
                    where=_where(data, gone),
                )
            )
    together = ~full_column_rank(within)
    if together.any():
        raise InvalidData(
            Code.COLLINEAR(
                "after cross-section averages are removed, {names} are collinear{where}",
                "leave out one of these regressors, or these units",
                names=[*data.names],
                where=_where(data, together),
            )
        )


def _where(data: panel_arrays.PanelArrays, chosen: np.ndarray) -> str:
    named = [p for p, is_chosen in zip(data.units, chosen, strict=True) if is_chosen]
    return "" if chosen.all() else f" in {', '.join(named)}"


class _Interactive(NamedTuple):
    """Coefficients with r factors.

    `minima` are the sums of squares that the starts ended at, each once, from the smallest; `resampled` has the
    coefficients without each unit, or of each draw of units.
    """

    params: pd.Series
    residuals: pd.Series
    ssr: float
    minima: tuple[float, ...]
    n_units: int
    n_periods: int
    resampled: pd.DataFrame | None = None


def _interactive(
    y: pd.Series, x: pd.DataFrame, *, factors: int, starts: int, seed: int
) -> _Interactive:
    """Smallest sum of squares over all starts; no factors give the two-way estimate."""
    names, z, index = _cube(y, x)
    n, t = z.shape[1:]
    free = (n - 1 - factors) * (t - 1 - factors) - x.shape[1]
    if factors < 0 or free < 1 or factors > min(n, t) - 2:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "{factors} factors leave no degree of freedom with {n} units and {t} years",
                "use fewer factors, more units or a longer window",
                factors=factors,
                n=n,
                t=t,
            )
        )
    moments = _moments(z, np.ones((1, n)))
    zero = _search(moments, np.zeros((1, len(names))), 0, CLOSE)[0]
    places = np.random.default_rng(seed).normal(size=(starts, len(names)))
    places[0] = 0.0
    begin = zero + places * np.maximum(np.abs(zero), 1.0)
    coefficients, ssr = _search(np.repeat(moments, starts, axis=0), begin, factors, CLOSE)
    best = int(ssr.argmin())
    minima = sorted({float(f"{s:.8g}") for s in ssr})
    residuals = _residuals(z, coefficients[best], factors)
    return _Interactive(
        pd.Series(coefficients[best], names), pd.Series(residuals.ravel(), index), float(ssr[best]),
        tuple(minima), n, t,
    )  # fmt: skip


def _left_out(y: pd.Series, x: pd.DataFrame, params: pd.Series, *, factors: int) -> pd.DataFrame:
    """Coefficients without each unit, factors estimated anew; rows units, columns regressors."""
    names, z, index = _cube(y, x)
    weights = 1.0 - np.eye(z.shape[1])
    coefficients = _resampled(z, weights, params, factors)
    return pd.DataFrame(coefficients, index.get_level_values(0).unique(), names)


def _bootstrapped(
    y: pd.Series, x: pd.DataFrame, params: pd.Series, *, factors: int, draws: int, seed: int
) -> pd.DataFrame:
    """Coefficients on units drawn with replacement, factors estimated anew; one row a draw."""
    names, z, _ = _cube(y, x)
    n = z.shape[1]
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)
    return pd.DataFrame(_resampled(z, weights.astype(float), params, factors), columns=names)


def _cube(y: pd.Series, x: pd.DataFrame) -> tuple[list[str], Floats, pd.MultiIndex]:
    """Outcome and regressors (1 + k, N, T)."""
    data = panel_arrays.panel_arrays(y, x)
    outcome, regressors = panel_arrays.balanced_cube(data, "interactive effects")
    panel_arrays.check_regression(data, y, x)
    z = np.concatenate([outcome[None], np.moveaxis(regressors, 2, 0)])
    return list(map(str, data.names)), z, data.index


def _moments(z: Floats, weights: Floats) -> Floats:
    """Second moments over time of every pair, both effects out, by set of weights on units.

    Shape (B, 1 + k, 1 + k, T, T): all that the search needs of the panel.
    """
    z = z - z.mean(axis=2, keepdims=True)
    means = np.einsum("bi,ait->bat", weights, z)
    total = weights.sum(axis=1)[:, None, None, None, None]
    raw = np.einsum("bi,ait,cis->bacts", weights, z, z, optimize=True)
    return np.asarray(raw - np.einsum("bat,bcs->bacts", means, means) / total)


def _search(moments: Floats, begin: Floats, factors: int, close: float) -> tuple[Floats, Floats]:
    """Coefficients (B, k) and sums of squares (B,), every set until its coefficients converge."""
    beta, ssr = begin.copy(), np.empty(len(begin))
    going = np.arange(len(begin))
    for _ in range(STEPS):
        m = moments[going]
        left = _off_factors(m, beta[going], factors)
        new = np.linalg.solve(left[:, 1:, 1:], left[:, 1:, :1])[..., 0]
        contrast = np.column_stack([np.ones(len(new)), -new])
        ssr[going] = np.einsum("ba,bc,bac->b", contrast, contrast, left)
        moved = np.abs(new - beta[going]).max(axis=1)
        beta[going] = new
        going = going[moved > close]
        if not len(going):
            return beta, ssr
    raise Infeasible(
        Code.NOT_CONVERGED(
            "interactive effects with {factors} factors did not converge in {steps} steps",
            "use fewer factors",
            factors=factors,
            steps=STEPS,
        )
    )


def _off_factors(moments: Floats, beta: Floats, factors: int) -> Floats:
    """Sums of products of every pair once the residuals' factors are out, shape (B, 1 + k, 1 + k)."""
    contrast = np.column_stack([np.ones(len(beta)), -beta])
    residual = np.einsum("ba,bc,bacts->bts", contrast, contrast, moments, optimize=True)
    sets, pairs, t = len(moments), moments.shape[1:3], residual.shape[1]
    first = np.linalg.eigh(residual)[1][:, :, t - factors :]
    keep = np.eye(t) - first @ first.transpose(0, 2, 1)
    sums = moments.reshape(sets, -1, t * t) @ keep.reshape(sets, t * t, 1)
    return np.asarray(sums.reshape(sets, *pairs))


def _residuals(z: Floats, beta: Floats, factors: int) -> Floats:
    z = z - z.mean(axis=2, keepdims=True)
    z = z - z.mean(axis=1, keepdims=True)
    w = z[0] - np.tensordot(beta, z[1:], 1)
    first = np.linalg.eigh(w.T @ w)[1][:, w.shape[1] - factors :]
    return np.asarray(w - w @ first @ first.T)


def _resampled(z: Floats, weights: Floats, params: pd.Series, factors: int) -> Floats:
    begin = np.repeat(params.to_numpy()[None], len(weights), axis=0)
    moments = _moments(z, weights)
    left = np.einsum("baatt->ba", moments)[:, 1:]
    still = (left <= ABSORBED**2 * (z[1:] ** 2).sum(axis=(1, 2))).any(axis=0)
    if still.any():
        names = ", ".join(params.index[still])
        raise Infeasible(
            Code.ABSORBED(
                "{names} does not vary in a sample that omits some units or draws units again",
                "leave this regressor out",
                names=names,
            )
        )
    return _search(moments, begin, factors, CLOSE_RESAMPLED)[0]
