"""Long-run relations of a panel: FMOLS and DOLS, and their bootstrap.

Kernels take a balanced panel as wide frames, or arrays y (..., N, T) and x (..., N, T, k): a panel alone, or many at
once in a bootstrap or a simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import (
    Count,
    Method,
    Positive,
    Seed,
    Trend,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.inference.covariance import Covariance, Inference
from living_panel.estimation.econometrics.kernels import (
    Floats,
    Kernel,
    Smoothing,
    long_run_covariance,
    long_run_variance,
)
from living_panel.estimation.econometrics.library.data import named_periods
from living_panel.estimation.econometrics.library.equations import (
    Equation,
    bandwidth_of,
    read_plain_equation,
)
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.econometrics.wide_panel import (
    Window,
    deterministics,
    full_column_rank,
    named,
    net_of,
    off_deterministics,
    open_panel,
    read_panel,
    require_df,
)

if TYPE_CHECKING:  # it brings scipy.stats, which the import of the library does not load
    from living_panel.estimation.econometrics.fit import RegressionFit

LONG_RUN = Inference(
    Covariance(
        "long_run", "long-run variance", ("none",), ("normal",), sentences.OF_ITS_ESTIMATOR,
        sentences.OF_ITS_ESTIMATOR,
    ),
    "none", "normal",
)  # fmt: skip
"""The covariance that FMOLS and DOLS make themselves; no spec can ask for it elsewhere."""
BOOTSTRAP = "bootstrap:blocks_of_years:percentile_t"
"""Label of the block bootstrap."""


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
        `vcov("bootstrap")` resamples blocks of periods: `block_length`, by default T^(1/3), `draws` (999) and `seed`.
        Intervals of the long-run variance are too short at short T.

    References
    ----------
    Phillips, P. C. B. and Hansen, B. E. (1990), Review of Economic Studies 57, 99-125. u are residuals of first-stage
    OLS net of deterministics, dx the differences of the detrended regressors, Omega and the one-sided Lambda of (u, dx)
    on T-1 rows, divided by T-1. y+ = y - omega_12 Omega_22^-1 dx, lambda+ = lambda_12 - omega_12 Omega_22^-1 Lambda_22,
    b = (sum x x')^-1 (sum x y+ - (T-1) lambda+), as in arch; cointReg of R has T for T-1.
    `pooled` averages Omega and Lambda over units, V = omega_u.v (sum xx')^-1 (Phillips and Moon 1999; Kao and Chiang
    2000). `group_mean` has V = sum V_i / N^2 and t = sum t_i / sqrt(N) (Pedroni 2000).
    """
    equation = read_plain_equation("fmols", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    chosen = {"method": method, "trend": trend, "kernel": kernel, "bandwidth": width}
    return _fit("fmols", "Fully modified OLS", equation, {**chosen, "demean": demean})


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
        `vcov("bootstrap")` resamples blocks of periods: `block_length`, by default T^(1/3), `draws` (999) and `seed`.

    References
    ----------
    Saikkonen, P. (1991), Econometric Theory 7, 1-21. y on x, unit deterministics and dx_t-lags, ..., dx_t+leads, whose
    coefficients are each unit's own, or common to all. `pooled` has V = mean(omega_i) (sum xx')^-1, with omega_i the
    kernel long-run variance of the residuals of unit i (Mark and Sul 2003); with `demean` each period's mean over units
    is then subtracted after leads and lags are partialled out (their section 3). `group_mean` averages unit estimates,
    with means subtracted from the data (Pedroni 2001).
    """
    equation = read_plain_equation("dols", formula, data, unit, time)
    width = bandwidth_of(equation, bandwidth)
    chosen = {
        "method": method, "trend": trend, "leads": leads, "lags": lags, "kernel": kernel,
        "bandwidth": width, "common_dynamics": common_dynamics, "demean": demean,
    }  # fmt: skip
    return _fit("dols", "Dynamic OLS", equation, chosen)


def _fit(name: str, title: str, equation: Equation, chosen: dict[str, Any]) -> Fit:
    """The estimate in the library's form."""
    y, x, panel = equation.wide_y, equation.wide_x, equation.panel
    how = {option: value for option, value in chosen.items() if option != "kernel"}
    if chosen["kernel"] != "bartlett":
        how["bandwidth"] = Smoothing(chosen["kernel"], chosen["bandwidth"])
    with named_periods(panel):
        result = (_fmols if name == "fmols" else _dols)(y, x, **how)
    residuals = result.residuals
    assert residuals is not None
    group = chosen["method"] == "group_mean"
    made: dict[str, Any] = {
        "title": f"{title}, {'mean of units' if group else 'pooled'}",
        "references": (f"{name}_{'group' if group else 'pooled'}", "newey_west"),
        "raw": result,
        "method": name,
        "formula": equation.text,
        "fit_statistics": {
            "R² within": result.r_squared["within"],
            "residual df of a unit": result.statistics["residual_df"],
            "long-run variance": result.statistics["long_run_variance"],
        },
        "residuals": residuals.set_axis(panel.named(residuals.index)),
        "kinds": ("long_run", "bootstrap"),
    }

    @check_arguments
    def again(
        kind: str, *, block_length: Positive | None = None, draws: Positive = 999, seed: Seed = 1
    ) -> Fit:
        if kind == "long_run":
            return plain
        length = int(len(y) ** (1 / 3)) if block_length is None else block_length
        resampled = {"block_length": length, "draws": draws, "seed": seed}
        with named_periods(panel):
            point, estimates, errors = _bootstrapped(name, y, x, **resampled, **how)
        found = _summary(point, estimates, errors, 0.025)

        def intervals(level: float) -> pd.DataFrame:
            tail = round((1 - level) / 2, 12)
            ends = _summary(point, estimates, errors, tail)[["ci_low", "ci_high"]]
            return ends.set_axis(["low", "high"], axis=1)

        return Fit(
            **made,
            table=coefficient_table(
                found["estimate"], found["std_error"], np.nan, p_values=found["p_value"]
            ),
            choices={**chosen, **resampled, "sample": panel.sample},
            notes=("intervals and p-values are percentile-t: read them before the standard error",),
            inference=BOOTSTRAP,
            df=np.nan,
            again=again,
            intervals=intervals,
        )

    plain = Fit(
        **made,
        table=coefficient_table(result.params, result.std_errors, np.inf, *_t_tests(result)),
        choices={**chosen, "distribution": "normal", "sample": panel.sample},
        notes=("t is the sum of the units' t over the root of N, not estimate over error",) * group,
        inference=LONG_RUN.label,
        cov=result.cov,
        again=again,
    )
    return plain


# Estimates of wide frames.


def _fmols(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    method: str,
    trend: str,
    bandwidth: int | Smoothing,
    demean: bool,
) -> RegressionFit:
    """FMOLS of wide frames."""
    by_unit = method == "group_mean"
    window = open_panel(y, x, test="FMOLS", trend=trend, demean=demean, by_unit=by_unit)
    residual_df = len(y) - 1 - len(x) - len(trend)
    options: dict[str, Any] = {"method": method, "trend": trend, "bandwidth": bandwidth}
    options |= {"demean": demean}
    rows, used = slice(0, len(y)), slice(1, len(y))
    return _estimated("fmols", y, x, window, rows, used, residual_df, **options)


def _dols(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    method: str,
    trend: str,
    bandwidth: int | Smoothing,
    demean: bool,
    leads: int,
    lags: int,
    common_dynamics: bool,
) -> RegressionFit:
    """DOLS of wide frames, residuals on the T-1-leads-lags rows used."""
    window = read_panel(y, x, trend=trend, demean=demean, by_unit=method == "group_mean")
    options: dict[str, Any] = {
        "method": method, "trend": trend, "leads": leads, "lags": lags,
        "common_dynamics": common_dynamics,
    }  # fmt: skip
    residual_df = _residual_df(window, **options)
    _refuse_collinear_dynamics(window, **options)
    stretch = slice(lags + 1, len(y) - leads)
    options |= {"bandwidth": bandwidth, "demean": demean}
    return _estimated("dols", y, x, window, stretch, stretch, residual_df, **options)


def _residual_df(
    window: Window, *, method: str, trend: str, leads: int, lags: int, common_dynamics: bool
) -> float:
    """Residual degrees of freedom of DOLS per unit, refused where they are too few."""
    n_units, periods, k = window.x.shape
    terms = leads + lags + 1
    rows = periods - terms
    # a unit's own parameters, and those common to all units
    of_unit, shared = len(trend) + k * terms, k
    if method == "group_mean" or n_units == 1:
        of_unit, shared = of_unit + k, 0
    elif common_dynamics:
        of_unit, shared = len(trend), k * (1 + terms)
    what = (
        f"DOLS({leads},{lags}) of {named(window)}: a unit's regression has "
        f"{len(trend) + k * (1 + terms)} parameters ({k} slopes, {k * terms} of leads and lags, "
        f"{len(trend)} deterministic) on {max(rows, 0)} rows"
    )
    if shared:
        what += f"; {shared} parameters are common to all units and count as {shared / n_units:.2g} for each"
    remedy = "use fewer leads and lags or fewer regressors, a longer window"
    if not common_dynamics and method != "group_mean":
        remedy += ", or common_dynamics=True"
    require_df(rows, of_unit + shared / n_units, what, remedy)
    return float(rows - of_unit - shared / n_units)


def _on_arrays(
    estimator: str, *, demean: bool, **options: Any
) -> tuple[Callable[[Floats, Floats], _MomentEstimate], bool]:
    """FMOLS or DOLS on arrays, and whether time means come off the data before it.

    Pooled DOLS takes them off what leads and lags leave.
    """
    if estimator == "fmols":
        return partial(_fully_modified, **options), demean
    last = demean and options["method"] == "pooled"
    return partial(_dynamic, **options, time_means=last), demean and not last


def _estimated(
    estimator: str,
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    window: Window,
    rows: slice,
    used: slice,
    residual_df: float,
    **options: Any,
) -> RegressionFit:
    """The estimate on a checked panel, from the periods `used`, with residuals of the periods `rows`."""
    run, first = _on_arrays(estimator, **options)
    data = window
    if options["demean"] and not first:
        data = read_panel(y, x, trend=options["trend"], demean=False, by_unit=False)
    try:
        fit = run(data.y, data.x)
    except np.linalg.LinAlgError as error:
        raise Infeasible(
            Code.COLLINEAR(
                "{named}: a moment or long-run covariance matrix of the regressors is singular",
                "drop a collinear regressor, or lower the bandwidth",
                named=named(window),
            )
        ) from error
    by_unit = options["method"] == "group_mean"
    return _assemble(y, x, window, fit, rows, used, residual_df, by_unit)


def _refuse_collinear_dynamics(
    window: Window, *, method: str, trend: str, leads: int, lags: int, common_dynamics: bool
) -> None:
    stretch = slice(lags + 1, window.x.shape[-2] - leads)
    w = off_deterministics(_dynamics(window.x, leads, lags), trend)
    both = np.concatenate([off_deterministics(window.x[:, stretch], trend), w], axis=-1)
    if common_dynamics:
        blocks = both.reshape(1, -1, both.shape[-1])
        where = ["the pool"]
    else:
        blocks = both if method == "group_mean" else w
        where = [str(unit) for unit in window.units]
    bad = [name for name, good in zip(where, full_column_rank(blocks), strict=True) if not good]
    if bad:
        raise Infeasible(
            Code.COLLINEAR(
                "DOLS({leads},{lags}): regressors and their differences are collinear in {bad}{n_bad_words}",
                "drop a regressor or these units",
                leads=leads,
                lags=lags,
                bad=[*bad[:8]],
                n_bad_words=f" and {len(bad) - 8} more" if len(bad) > 8 else "",
            )
        )


def _assemble(
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    window: Window,
    fit: _MomentEstimate,
    rows: slice,
    used: slice,
    residual_df: float,
    by_unit: bool,
) -> RegressionFit:
    """The result with names, of the frames as given and the panel as estimated.

    Residuals are of the periods `rows`; N, periods, means and the constant mean(y) - mean(x)'b of the periods `used`.
    Statistics: `residual_df` per unit, `long_run_variance`, its mean over units, `jarque_bera` of the pooled residuals
    with its p-value, and under "group_mean" `pedroni_t` by regressor.
    """
    from scipy import stats

    from living_panel.estimation.econometrics.fit import Constant, RegressionFit

    names, units = list(x), list(y.columns)
    omega = float(fit.omega.mean())
    observed = y.iloc[used].to_numpy(dtype=float)
    means = np.array([frame.iloc[used].to_numpy(dtype=float).mean() for frame in x.values()])
    levels = window.y[:, rows]
    total = float(((levels - levels.mean(axis=1, keepdims=True)) ** 2).sum())
    normal = stats.jarque_bera(fit.residuals.ravel())
    constant = float(observed.mean() - means @ fit.b)
    error = float((means @ fit.cov @ means + omega / observed.size) ** 0.5)
    statistics: dict[Name, float] = {
        "residual_df": residual_df,
        "long_run_variance": omega,
        "jarque_bera": float(normal.statistic),
        "jarque_bera_p_value": float(normal.pvalue),
    }
    if by_unit:
        statistics |= {
            Statistic("pedroni_t", name): float(t) for name, t in zip(names, fit.t, strict=True)
        }
    residuals = pd.DataFrame(fit.residuals.T, index=y.index[rows], columns=units)
    return RegressionFit(
        way=LONG_RUN,
        params=pd.Series(fit.b, index=names, name="estimate"),
        cov=pd.DataFrame(fit.cov, index=names, columns=names),
        df=pd.Series(np.inf, names),
        n_clusters=observed.size,
        n_obs=observed.size,
        n_units=len(units),
        n_periods=len(observed),
        r_squared={"within": 1 - float((fit.residuals**2).sum()) / total},
        outcome_mean=float(observed.mean()),
        statistics=statistics,
        residuals=residuals.unstack(),
        constant=Constant(
            constant,
            error,
            constant / error,
            np.inf,
            float(2 * stats.norm.sf(abs(constant / error))),
        ),
        unit_slopes=pd.DataFrame(fit.slopes, units, names) if by_unit else None,
    )


def _t_tests(fit: RegressionFit) -> tuple[pd.Series, pd.Series]:
    """T of each regressor with two-sided normal p: Pedroni's (2000) sum(t_i)/sqrt(N) under "group_mean", else b/se."""
    from scipy import stats

    names = fit.params.index
    t_values = [
        fit.statistics.get(Statistic("pedroni_t", name), fit.t_stats[name]) for name in names
    ]
    t = pd.Series(t_values, names, name="t_stat")
    return t, pd.Series(2 * stats.norm.sf(np.abs(t.to_numpy(float))), names, name="p_value")


# On arrays.


class _MomentEstimate(NamedTuple):
    """FMOLS or DOLS on arrays.

    b (..., k), cov (..., k, k), t (..., k); slopes (..., N or 1, k) of each unit or pooled; omega (..., N), long-run
    variance of each unit's error; residuals (..., N, rows).
    """

    b: Floats
    cov: Floats
    t: Floats
    slopes: Floats
    omega: Floats
    residuals: Floats


def _modified(
    y: Floats,
    x: Floats,
    *,
    method: str,
    trend: str,
    bandwidth: int | Smoothing,
) -> tuple[Floats, Floats, Floats]:
    """Give y+ (..., N, T-1, 1), its bias lambda+ (..., N, k) and omega_{u.v} (..., N); see `fmols`."""
    xd, yd = off_deterministics(x, trend), off_deterministics(y[..., None], trend)
    b = _slopes_of(xd, (np.swapaxes(xd, -1, -2) @ yd)[..., 0], method)
    u = yd - xd @ b[..., None]
    innovations = np.concatenate([u[..., 1:, :], np.diff(xd, axis=-2)], axis=-1)
    covariance = long_run_covariance(innovations, bandwidth)
    omega, one_sided = covariance.long_run, covariance.one_sided
    if method == "pooled":
        omega = np.broadcast_to(omega.mean(axis=-3, keepdims=True), omega.shape)
        one_sided = np.broadcast_to(one_sided.mean(axis=-3, keepdims=True), one_sided.shape)
    projection, conditional = _given_others(omega)
    row = np.swapaxes(projection, -1, -2)
    bias = (one_sided[..., :1, 1:] - row @ one_sided[..., 1:, 1:])[..., 0, :]
    return y[..., 1:, None] - innovations[..., 1:] @ projection, bias, conditional


def _fully_modified(
    y: Floats,
    x: Floats,
    *,
    method: str,
    trend: str,
    bandwidth: int | Smoothing,
) -> _MomentEstimate:
    """FMOLS; residuals (..., N, T) y - d'delta_i - x'b with delta_i from the _modified regression of unit i."""
    plus, bias, conditional = _modified(y, x, method=method, trend=trend, bandwidth=bandwidth)
    later = off_deterministics(x[..., 1:, :], trend)
    xy = (np.swapaxes(later, -1, -2) @ plus)[..., 0] - plus.shape[-2] * bias
    slopes = _slopes_of(later, xy, method)
    residuals = _residuals(y, x, plus[..., 0], slopes, trend)
    return _combined(later, slopes, conditional, residuals, method)


def _residuals(y: Floats, x: Floats, plus: Floats, slopes: Floats, trend: str) -> Floats:
    fitted = (x @ slopes[..., None])[..., 0]
    basis = deterministics(y.shape[-1], trend)
    coefficients = np.linalg.pinv(basis[1:]) @ (plus - fitted[..., 1:])[..., None]
    return y - fitted - (basis @ coefficients)[..., 0]


def _dynamics(x: Floats, leads: int, lags: int) -> Floats:
    """Differences dx_{t-lags}, ..., dx_{t+leads} for the rows that have them all, (..., rows, k (1+leads+lags))."""
    dx = np.diff(x, axis=-2)
    rows = dx.shape[-2] - leads - lags
    return np.concatenate([dx[..., s : s + rows, :] for s in range(leads + lags + 1)], axis=-1)


def _dynamic(
    y: Floats,
    x: Floats,
    *,
    method: str,
    trend: str,
    leads: int,
    lags: int,
    bandwidth: int | Smoothing,
    common_dynamics: bool,
    time_means: bool,
) -> _MomentEstimate:
    """DOLS; `time_means` come off y and x net of deterministics, leads and lags."""
    w = off_deterministics(_dynamics(x, leads, lags), trend)
    rows = slice(lags + 1, x.shape[-2] - leads)
    pair = np.concatenate([x[..., rows, :], y[..., rows, None]], axis=-1)
    pair = off_deterministics(pair, trend)
    if common_dynamics:
        transposed = np.swapaxes(w, -1, -2)
        ww, wp = ((transposed @ columns).sum(axis=-3) for columns in (w, pair))
        left = pair - w @ np.linalg.solve(ww, wp)[..., None, :, :]
    else:
        left = net_of(pair, w)
    if time_means:
        left = left - left.mean(axis=-3, keepdims=True)
    x, y = left[..., :-1], left[..., -1:]
    slopes = _slopes_of(x, (np.swapaxes(x, -1, -2) @ y)[..., 0], method)
    residuals = (y - x @ slopes[..., None])[..., 0]
    return _combined(x, slopes, long_run_variance(residuals, bandwidth), residuals, method)


def _slopes_of(
    x: Floats,
    xy: Floats,
    method: str,
) -> Floats:
    """Slopes (..., N or 1, k) of x (..., N, n, k), of each unit or pooled, from xy (..., N, k)."""
    xx = _cross(x)
    if method == "pooled":
        xx, xy = xx.sum(axis=-3, keepdims=True), xy.sum(axis=-2, keepdims=True)
    return np.asarray(np.linalg.solve(xx, xy[..., None])[..., 0], dtype=float)


def _combined(
    x: Floats,
    slopes: Floats,
    omega: Floats,
    residuals: Floats,
    method: str,
) -> _MomentEstimate:
    """The estimate with V = mean(omega) (sum_i xx_i)^-1, or the mean of unit estimates."""
    xx, b = _cross(x), slopes.mean(axis=-2)
    if method == "pooled":
        cov = omega.mean(axis=-1)[..., None, None] * np.linalg.inv(xx.sum(axis=-3))
        return _MomentEstimate(b, cov, b / _std_errors_of(cov), slopes, omega, residuals)
    each = omega[..., None, None] * np.linalg.inv(xx)
    n = slopes.shape[-2]
    t = (slopes / _std_errors_of(each)).sum(axis=-2) / np.sqrt(n)
    return _MomentEstimate(b, each.sum(axis=-3) / n**2, t, slopes, omega, residuals)


def _cross(x: Floats) -> Floats:
    """Cross products x'x, (..., k, k)."""
    return np.asarray(np.swapaxes(x, -1, -2) @ x)


def _std_errors_of(cov: Floats) -> Floats:
    """Roots of the diagonal of (..., k, k)."""
    return np.asarray(np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1)))


def _given_others(covariance: Floats) -> tuple[Floats, Floats]:
    """Coefficients (..., k, 1) of the first component on the others, and its variance given them."""
    projection = np.asarray(
        np.linalg.solve(covariance[..., 1:, 1:], covariance[..., 1:, :1]), float
    )
    return projection, covariance[..., 0, 0] - (covariance[..., :1, 1:] @ projection)[..., 0, 0]


# Bootstrap.

_BATCH = 200


def _bootstrap_std_errors(
    estimator: str, y: pd.DataFrame, x: Mapping[str, pd.DataFrame], **options: Any
) -> pd.DataFrame:
    """Estimate, standard error, 95 % percentile-t interval, p and bias by regressor."""
    return _summary(*_bootstrapped(estimator, y, x, **options), 0.025)


def _bootstrapped(
    estimator: str,
    y: pd.DataFrame,
    x: Mapping[str, pd.DataFrame],
    *,
    block_length: int,
    draws: int,
    seed: int,
    **options: Any,
) -> tuple[RegressionFit, Floats, Floats]:
    """The estimate, and estimates and errors (draws, k) from blocks of periods of (u, dx), jointly over all units.

    u = y - d'delta_i - x'b; T-1 rows of (u, dx) are cut into overlapping circular blocks. x is cumulated from its first
    value and y rebuilt as x'b + u, under "group_mean" with each unit's own slopes. One draw of periods serves all
    units, so that dependence between units survives; resampling units would destroy it.
    """
    if not 1 <= block_length <= len(y) - 1:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "a block_length of {block_length} is not possible with {n_rows} rows",
                "choose a length from 1 to {n_rows}",
                block_length=block_length,
                n_rows=len(y) - 1,
            )
        )
    point = (_fmols if estimator == "fmols" else _dols)(y, x, **options)
    run, first = _on_arrays(estimator, **options)
    trend = options["trend"]
    window = read_panel(y, x, trend=trend, demean=first, by_unit=False)
    params = point.params if point.unit_slopes is None else point.unit_slopes
    slopes = np.broadcast_to(params.to_numpy(), (len(window.units), len(x)))
    u = off_deterministics(window.y[..., None] - window.x @ slopes[..., None], trend)[..., 0]
    rng = np.random.default_rng(seed)
    estimates, errors = [], []
    for start in range(0, draws, _BATCH):
        size = min(_BATCH, draws - start)
        ys, xs = _rebuilt(u, window.x, slopes, block_length, size, rng)
        if first:
            # x is cumulated from demeaned steps and has no time means
            ys = ys - ys.mean(axis=-2, keepdims=True)
        try:
            fit = run(ys, xs)
        except np.linalg.LinAlgError as error:
            raise Infeasible(
                Code.SAMPLE_SMALL(
                    "bootstrap of {estimator}, {options}: in a draw of years, some units have fewer distinct rows "
                    "than parameters",
                    "use method='pooled', fewer regressors or a longer window",
                    estimator=estimator,
                    options=options["method"],
                )
            ) from error
        estimates.append(fit.b)
        errors.append(_std_errors_of(fit.cov))
    return point, np.concatenate(estimates), np.concatenate(errors)


def _rebuilt(
    u: Floats, x: Floats, slopes: Floats, block_length: int, size: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    periods = u.shape[-1]
    rows = periods - 1
    blocks = -(-periods // block_length)
    starts = rng.integers(0, rows, size=(size, blocks))
    picked = (starts[..., None] + np.arange(block_length)) % rows
    picked = picked.reshape(size, -1)[:, :periods]
    dx = np.diff(x, axis=-2)
    us = u[:, 1:] - u[:, 1:].mean(axis=1, keepdims=True)
    us = np.moveaxis(us[:, picked], 1, 0)
    steps = np.moveaxis(dx[:, picked], 1, 0)
    # the first row drawn gives u of the first period; its x is the panel's own
    steps[..., 0, :] = x[..., 0, :]
    xs = np.cumsum(steps, axis=-2)
    ys = (xs @ slopes[..., None])[..., 0] + us
    return ys, xs


def _summary(point: RegressionFit, estimates: Floats, errors: Floats, tail: float) -> pd.DataFrame:
    """Percentile-t intervals b - q se with quantiles of (b* - b)/se*, and p that agrees with them.

    p is twice the smaller share of (b* - b)/se* beyond b/se, the observed one counted. Read the interval first: at
    T = 13 with autocorrelated, endogenous errors it covers 74-81 %, whereas b ± 1.96 bootstrap standard errors covers
    43-62 % and the asymptotic interval 40-63 % (`long_run_sizes.csv`). None removes the estimator's bias.
    """
    b, se = point.params.to_numpy(), point.std_errors.to_numpy()
    t = (estimates - b) / errors
    low, high = np.quantile(t, [tail, 1 - tail], axis=0)
    above = (1 + (t >= b / se).sum(axis=0)) / (1 + len(t))
    below = (1 + (t <= b / se).sum(axis=0)) / (1 + len(t))
    columns = {
        "estimate": b,
        "std_error": estimates.std(axis=0, ddof=1),
        "ci_low": b - high * se,
        "ci_high": b - low * se,
        "p_value": np.minimum(1.0, 2 * np.minimum(above, below)),
        "bias": estimates.mean(axis=0) - b,
    }
    return pd.DataFrame(columns, index=point.params.index)
