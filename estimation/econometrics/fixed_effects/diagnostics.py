"""Diagnostics printed with a two-way fixed-effects table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import Positive, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fit import TestResult
from living_panel.estimation.econometrics.fixed_effects.covariances import cluster_factor
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import neighbours
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    WithinFit,
    demean_by_unit,
    least_squares,
)
from living_panel.estimation.econometrics.inference.rows import MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.inference.sums import (
    cluster_sums,
    clustered_meat,
    sandwich,
)
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.estimators._two_way import FixedEffectsFit


@check_arguments
def leverage_of(fit: FixedEffectsFit) -> pd.DataFrame:
    """Share of each unit in the identifying variation of each regressor.

    r_g'r_g / r'r, r the regressor net of the others and of both effects; each column sums to one.
    Rows are units, columns terms (MacKinnon, Nielsen and Webb 2023).
    """
    squares = (fit.within.x @ fit.within.bread / np.diag(fit.within.bread)) ** 2
    units = fit.y.index.get_level_values(0)
    return pd.DataFrame(
        cluster_sums(squares, fit.within.effects.unit) / squares.sum(axis=0),
        index=pd.Index(np.unique(units), name=units.name),
        columns=list(fit.x.columns),
    )


@check_arguments
def effective_of(shares: pd.Series) -> float:
    """Effective number of clusters G/(1 + Γ), from the shares of leverage of one coefficient.

    Γ is the mean squared deviation of the shares from 1/G, in units of 1/G (Carter, Schnepel and Steigerwald 2017 with
    uncorrelated errors). With clusters of whole units the within transformation makes a common correlation
    immaterial beyond a scale.
    """
    return float(shares.size / (1 + np.mean((shares.size * shares.to_numpy() - 1) ** 2)))


@check_arguments
def one_way_residuals(fit: FixedEffectsFit) -> pd.DataFrame:
    """Residuals of the regression with unit effects only, wide: rows years, columns units.

    Year effects force residuals to sum to zero in every year, which biases CD; a test of
    cross-section dependence is therefore run on these.
    """
    within = demean_by_unit(fit.within.effects, np.column_stack([fit.y, fit.x]))
    slopes = least_squares(within[:, 1:], within[:, 0])
    residuals = pd.Series(within[:, 0] - within[:, 1:] @ slopes, index=fit.y.index)
    return residuals.unstack(0).sort_index()


@check_arguments
def cross_section_dependence(fit: FixedEffectsFit) -> TestResult:
    """Pesaran's CD on residuals without year effects; after two-way effects CD is biased."""
    from living_panel.estimation.panel_tests.dependence import _cd  # itself no part of regressions

    statistic, p_value, _ = _cd(one_way_residuals(fit))
    return TestResult(statistic, p_value)


@check_arguments
def first_difference_serial_correlation(fit: FixedEffectsFit) -> TestResult:
    """Wooldridge's test on first differences: corr(Δu_t, Δu_t-1) = -1/2 (Drukker 2003).

    Δy on Δx with year dummies. Then the residual on its own lag with a constant: the slope's distance
    from -0.5 with a covariance clustered by unit without correction, as in plm's `pwfdtest`.
    Differences span one year: nothing is taken across a gap.

    Raises
    ------
    Infeasible
        Where fewer than two consecutive differences exist for six units.
    """
    levels = pd.DataFrame({"y": fit.y}).join(fit.x)
    differences = (levels - neighbours(levels, -1)).dropna()
    years = pd.get_dummies(differences.index.get_level_values("year"), dtype=np.float64)
    design = np.column_stack([differences[fit.x.columns], years])
    outcome = differences["y"].to_numpy()
    slopes = least_squares(design, outcome)
    residual = pd.Series(outcome - design @ slopes, index=differences.index)
    pairs = pd.DataFrame({"now": residual, "lag": neighbours(residual.to_frame(), -1)[0]}).dropna()
    return _autoregression(pairs, -0.5)


@check_arguments
def serial_correlation(fit: FixedEffectsFit, lag: Positive) -> TestResult:
    """Born and Breitung's LM test of serial correlation at one lag, valid for fixed T.

    z_i = Σ_t [e_it e_i,t-k + e²_i,t-k/(T_i - 1)] on the two-way residuals. Their correlation is
    -1/(T_i - 1) under the null; Σ z_i / sqrt(Σ z_i² - (Σ z_i)²/N) is standard normal (Born and
    Breitung 2016). Lags are years: pairs across a gap do not enter.

    Raises
    ------
    Infeasible
        Where fewer than six units have a pair of years that far apart.
    """
    residual = pd.DataFrame({"e": fit.within.residuals}, index=fit.y.index)
    residual["lag"] = neighbours(residual[["e"]], -lag)["e"]
    size = residual.groupby(level=0)["e"].transform("size")
    pairs = residual.assign(size=size).dropna()
    terms = pairs["e"] * pairs["lag"] + pairs["lag"] ** 2 / (pairs["size"] - 1)
    z = terms.groupby(level=0).sum().to_numpy()
    if z.size < MINIMUM_CLUSTERS:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "the test of serial correlation at lag {lag} needs six units with two "
                "years {lag} apart; {size} have them",
                "use a longer window or a shorter lag",
                lag=lag,
                size=z.size,
            )
        )
    statistic = float(z.sum() / np.sqrt(z @ z - z.sum() ** 2 / z.size))
    return TestResult(statistic, float(2 * stats.norm.sf(abs(statistic))))


@check_arguments
def mundlak(fit: FixedEffectsFit) -> TestResult:
    """Test that unit means of the regressors do not matter, robust to clustering.

    Regress y on x, unit means of x, year dummies (and their unit means where the panel is
    unbalanced). F of the means' coefficients with CR1 by unit, G/(G-1) (n-1)/(n-p), and t(G-1) (Mundlak
    1978; Wooldridge 2021). It replaces Hausman's form, which clustering invalidates.

    Raises
    ------
    Infeasible
        With more than (G-1)/2 regressors for G units, or means that are collinear.
    """
    values, outcome, effects = fit.x.to_numpy(), fit.y.to_numpy(), fit.within.effects
    k = values.shape[1]
    if k > (effects.n_units - 1) / 2:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "Mundlak's test of {k} means with {n_units} units allows at most {most_means} means",
                "use at most {most_means} regressors",
                k=k,
                n_units=effects.n_units,
                most_means=(effects.n_units - 1) // 2,
            )
        )
    design = _mundlak_design(fit.within, values)
    # means come last: in the basis their part of the covariance needs no inverse of the whole,
    # which would lose all that unit means and year dummies have in common
    basis, triangle = np.linalg.qr(design / np.linalg.norm(design, axis=0))
    if np.linalg.cond(triangle) > 1e7:
        raise Infeasible(
            Code.COLLINEAR(
                "Mundlak's test: the unit means of the regressors are collinear",
                "leave out one of the regressors whose means are collinear",
            )
        )
    in_basis = basis.T @ outcome
    scores = basis[:, -k:] * (outcome - basis @ in_basis)[:, None]
    n, p, groups = outcome.size, design.shape[1], effects.n_units
    cov = cluster_factor("reghdfe", n, p, groups) * clustered_meat(scores, effects.unit)
    wald = float(in_basis[-k:] @ np.linalg.solve(cov, in_basis[-k:])) / k
    p_value = float(stats.f.sf(wald, k, groups - 1))
    return TestResult(wald, p_value if groups >= MINIMUM_CLUSTERS else float("nan"))


@check_arguments
def diagnostic_numbers(fit: FixedEffectsFit, lags: Sequence[int]) -> dict[Name, float]:
    """Variance inflation and every test of this module as named numbers, of one fit.

    A test the sample cannot carry is NaN.
    """
    inflation = np.diag(fit.within.bread) * (fit.within.x**2).sum(axis=0)
    numbers: dict[Name, float] = {
        Statistic("vif", str(t)): float(v) for t, v in zip(fit.x.columns, inflation, strict=True)
    }
    tests: dict[str, Callable[[], TestResult]] = {
        "cd": partial(cross_section_dependence, fit),
        "wooldridge_fd": partial(first_difference_serial_correlation, fit),
        "mundlak": partial(mundlak, fit),
        **{f"born_breitung_lag{k}": partial(serial_correlation, fit, k) for k in lags},
    }
    for name, run in tests.items():
        try:
            result = run()
            numbers[name], numbers[f"{name}_p_value"] = result.statistic, result.p_value
        except ValueError:
            numbers[name] = numbers[f"{name}_p_value"] = float("nan")
    return numbers


def _mundlak_design(fit: WithinFit, values: Floats) -> Floats:
    """Years, the regressors (where they are), unit means of years; the means come last."""
    effects = fit.effects
    dummies = np.zeros((effects.n_obs, effects.n_periods))
    dummies[np.arange(effects.n_obs), effects.time] = 1.0
    unit_means = values - demean_by_unit(effects, values)
    parts = [dummies, values]
    shares = effects.unit_shares
    if np.ptp(shares, axis=0).max() > 1e-12:  # years differ between units
        later = dummies[:, 1:] - demean_by_unit(effects, dummies[:, 1:])
        parts.append(_independent(later, np.hstack([*parts, unit_means])))
    return np.hstack([*parts, unit_means])


def _independent(candidates: Floats, given: Floats) -> Floats:
    """Columns of `candidates` that add to the span of `given`, one by one."""
    columns: list[Floats] = []
    basis = np.linalg.qr(given / np.linalg.norm(given, axis=0))[0]
    for column in candidates.T:
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > 1e-8 * max(float(np.linalg.norm(column)), 1e-300):
            columns.append(column)
            basis = np.column_stack([basis, rest / size])
    return np.column_stack(columns) if columns else np.empty((candidates.shape[0], 0))


def _autoregression(pairs: pd.DataFrame, null: float) -> TestResult:
    unit = np.unique(pairs.index.get_level_values(0), return_inverse=True)[1]
    groups = int(unit.max()) + 1 if unit.size else 0
    if groups < MINIMUM_CLUSTERS:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "the test of serial correlation in first differences needs six units with three years in a row; "
                "{groups} have them",
                "use a window without gaps",
                groups=groups,
            )
        )
    design = np.column_stack([np.ones(len(pairs)), pairs["lag"]])
    now = pairs["now"].to_numpy()
    bread = np.linalg.inv(design.T @ design)
    slope = bread @ design.T @ now
    scores = design * (now - design @ slope)[:, None]
    variance = sandwich(bread, clustered_meat(scores, unit.astype(np.int64)))[1, 1]
    statistic = float((slope[1] - null) ** 2 / variance)
    return TestResult(statistic, float(stats.f.sf(statistic, 1, len(pairs) - 2)))
