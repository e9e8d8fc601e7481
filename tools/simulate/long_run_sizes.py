"""Monte Carlo size, power and coverage of the long-run methods at the panels' own N and T.

The tables read it through `estimation.econometrics.critical_values.rates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.cointegration.cross_section import pesaran_cd
from estimation.econometrics.cointegration.error_correction import (
    WESTERLUND,
    null_draws,
    standardise_westerlund,
    westerlund_statistics,
)
from estimation.econometrics.cointegration.residuals import (
    KAO,
    PEDRONI,
    kao_statistics,
    pedroni_statistics,
    standardise_pedroni,
)
from estimation.econometrics.cointegration.stability import (
    asymptotic_lc,
    finite_sample_lc,
    lc_statistics,
)
from estimation.econometrics.kernels import Floats
from estimation.econometrics.long_run.bootstrap import bootstrap_std_errors
from estimation.econometrics.long_run.dynamic import dynamic
from estimation.econometrics.long_run.fully_modified import fully_modified
from estimation.econometrics.long_run.moments import CointegratingVector
from estimation.econometrics.long_run.wide_panel import MIN_RESIDUAL_DF, off_deterministics

SEED = 20_260_313
DRAWS = 2_000
# The bootstraps nest a simulation in a simulation.
OUTER, INNER = 300, 199
NOMINAL = 0.05
BANDWIDTH = 2
# (N, T, k): the window of the cointegration and long-run tables, and one of eighteen years.
WINDOWS = ((29, 13, 1), (29, 13, 2), (29, 18, 1), (29, 18, 2))
_BATCH = 200

Rows = list[dict[str, object]]


def independent_walks(
    rng: np.random.Generator, size: int, n_units: int, periods: int, regressors: int, factor: bool
) -> tuple[Floats, Floats]:
    """Y and x without cointegration: random walks, with a random walk common to all units or not.

    Returns
    -------
    ndarray (size, N, T), ndarray (size, N, T, k)
    """
    steps = rng.standard_normal((size, n_units, periods, 1 + regressors))
    if factor:
        steps = steps + rng.standard_normal((size, 1, periods, 1 + regressors))
    walks = np.cumsum(steps, axis=2)
    return walks[..., 0], walks[..., 1:]


def cointegrated(
    rng: np.random.Generator,
    size: int,
    n_units: int,
    periods: int,
    regressors: int,
    autocorrelation: float,
    endogeneity: float,
    factor: bool = False,
) -> tuple[Floats, Floats]:
    """Cointegrated y = x'1 + u, u_t = a u_{t-1} + e_t with corr(e, dx_1) = c; stationary start.

    With `factor`, half the variance of every innovation is common to all units.

    Returns
    -------
    ndarray (size, N, T), ndarray (size, N, T, k)
    """
    burn = 30
    shocks = rng.standard_normal((size, n_units, periods + burn, 1 + regressors))
    if factor:
        common = rng.standard_normal((size, 1, periods + burn, 1 + regressors))
        shocks = (shocks + common) / np.sqrt(2)
    e = endogeneity * shocks[..., 1] + np.sqrt(1 - endogeneity**2) * shocks[..., 0]
    u = np.zeros_like(e)
    u[..., 0] = e[..., 0]
    for t in range(1, periods + burn):
        u[..., t] = autocorrelation * u[..., t - 1] + e[..., t]
    x = np.cumsum(shocks[..., burn:, 1:], axis=2)
    return x.sum(axis=-1) + u[..., burn:], x


@dataclass(frozen=True)
class Design:
    """A cointegrated panel: autocorrelation, endogeneity, a common factor, demeaning by year."""

    autocorrelation: float
    endogeneity: float
    factor: bool = False
    demean: bool = False

    def draw(
        self, rng: np.random.Generator, size: int, window: tuple[int, int, int]
    ) -> tuple[Floats, Floats]:
        """Panels of this design, not demeaned; see `cointegrated`."""
        return cointegrated(rng, size, *window, self.autocorrelation, self.endogeneity, self.factor)


DESIGNS = {
    "white noise, exogenous": Design(0.0, 0.0),
    "AR(.4), corr(e, dx) = .4": Design(0.4, 0.4),
    "AR(.4), corr(e, dx) = .4, one common factor": Design(0.4, 0.4, factor=True),
    "AR(.4), corr(e, dx) = .4, one common factor, demeaned by year": Design(0.4, 0.4, True, True),
}


def _batches(draws: int) -> Iterator[int]:
    for start in range(0, draws, _BATCH):
        yield min(_BATCH, draws - start)


def rate_row(
    test: str,
    statistic: str,
    options: str,
    window: tuple[int, int, int],
    trend: str,
    design: str,
    measure: str,
    hits: np.ndarray,
) -> dict[str, object]:
    """One line of a table of rates, with its Monte Carlo error."""
    rate = float(hits.mean())
    return {
        "test": test,
        "statistic": statistic,
        "options": options,
        "n_units": window[0],
        "n_periods": window[1],
        "regressors": window[2],
        "trend": trend,
        "design": design,
        "measure": measure,
        "nominal": 1 - NOMINAL if measure == "coverage" else NOMINAL,
        "rate": round(rate, 4),
        "mc_error": round(float(np.sqrt(max(rate * (1 - rate), 1e-9) / len(hits))), 4),
        "draws": len(hits),
        "seed": SEED,
    }


def _estimators(
    window: tuple[int, int, int], trend: str, demean: bool
) -> dict[tuple[str, str, str], Callable[[Floats, Floats], CointegratingVector]]:
    """Every variant that is feasible at this window, by (test, method, options)."""
    _, periods, k = window
    kernel: dict[str, Any] = {"kernel": "bartlett", "bandwidth": BANDWIDTH, "trend": trend}
    found: dict[tuple[str, str, str], Callable[[Floats, Floats], CointegratingVector]] = {}

    def fm(method: str) -> Callable[[Floats, Floats], CointegratingVector]:
        return lambda y, x: fully_modified(*_prepared(y, x, demean), method=method, **kernel).vector

    def dy(
        method: str, leads: int, lags: int, sandwich: bool
    ) -> Callable[..., CointegratingVector]:
        after = demean and method != "group_mean"
        return lambda y, x: (
            dynamic(
                *_prepared(y, x, demean and not after),
                method=method,
                leads=leads,
                lags=lags,
                common_dynamics=False,
                sandwich=sandwich,
                time_means=after,
                **kernel,
            ).vector
        )

    for method in ("pooled", "weighted", "group_mean"):
        if periods - 1 - k - len(trend) >= MIN_RESIDUAL_DF:
            found["fmols", method, f"bandwidth={BANDWIDTH}"] = fm(method)
        for leads, lags in ((0, 0), (0, 1), (1, 1)):
            own = len(trend) + k * (leads + lags + 1)
            shared = k if method == "group_mean" else k / window[0]
            if periods - 1 - leads - lags - own - shared < MIN_RESIDUAL_DF:
                continue
            label = f"leads={leads},lags={lags},bandwidth={BANDWIDTH}"
            found["dols", method, label] = dy(method, leads, lags, False)
            if method == "pooled":
                found["dols", method, label + ",sandwich"] = dy(method, leads, lags, True)
    return found


def coverage(window: tuple[int, int, int], trend: str, draws: int) -> Rows:
    """Coverage of nominal 95 % normal intervals for the first slope."""
    rows: Rows = []
    for position, (design, made) in enumerate(DESIGNS.items()):
        rng = np.random.default_rng([SEED, 1, *window, len(trend), position])
        hits: dict[tuple[str, str, str], list[np.ndarray]] = {}
        for size in _batches(draws):
            y, x = made.draw(rng, size, window)
            for key, estimate in _estimators(window, trend, made.demean).items():
                vector = estimate(y, x)
                se = np.sqrt(vector.cov[..., 0, 0])
                inside = np.abs(vector.b[..., 0] - 1) <= stats.norm.isf(NOMINAL / 2) * se
                hits.setdefault(key, []).append(inside)
        for (test, method, options), parts in hits.items():
            rows.append(
                rate_row(
                    test, method, options, window, trend, design, "coverage", np.concatenate(parts)
                )
            )
    return rows


def bootstrap_coverage(window: tuple[int, int, int], trend: str, outer: int, inner: int) -> Rows:
    """Coverage of percentile-t and of ±1.96 bootstrap standard errors."""
    n_units, periods, k = window
    rows: Rows = []
    common: dict[str, Any] = {"method": "pooled", "trend": trend, "bandwidth": BANDWIDTH}
    variants = {
        ("fmols", f"bandwidth={BANDWIDTH}"): common,
        ("dols", f"leads=0,lags=0,bandwidth={BANDWIDTH}"): {**common, "leads": 0, "lags": 0},
    }
    z = stats.norm.isf(NOMINAL / 2)
    for position, (design, made) in enumerate(DESIGNS.items()):
        rng = np.random.default_rng([SEED, 2, *window, len(trend), position])
        for (test, options), chosen in variants.items():
            within, normal = [], []
            for draw in range(outer):
                y, x = made.draw(rng, 1, window)
                frame = pd.DataFrame(y[0].T)
                regressors = {f"x{j}": pd.DataFrame(x[0, :, :, j].T) for j in range(k)}
                result = bootstrap_std_errors(
                    test,
                    frame,
                    regressors,
                    block_length=2,
                    draws=inner,
                    seed=draw,
                    demean=made.demean,
                    **chosen,
                )
                within.append(bool(result.ci_low.iloc[0] <= 1 <= result.ci_high.iloc[0]))
                error = abs(result.estimate.iloc[0] - 1)
                normal.append(bool(error <= z * result.std_errors.iloc[0]))
            for name, parts in (("percentile-t", within), ("standard error", normal)):
                rows.append(
                    rate_row(
                        test,
                        "pooled",
                        f"{options},bootstrap {name} blocks of 2",
                        window,
                        trend,
                        design,
                        "coverage",
                        np.array(parts),
                    )
                )
    return rows


def _prepared(y: Floats, x: Floats, demean: bool) -> tuple[Floats, Floats]:
    if not demean:
        return y, x
    return y - y.mean(axis=1, keepdims=True), x - x.mean(axis=1, keepdims=True)


def _no_cointegration_p(
    y: Floats, x: Floats, window: tuple[int, int, int], trend: str
) -> dict[tuple[str, str, str], Floats]:
    """Asymptotic p-values of every test of no cointegration, by (test, statistic, options)."""
    n_units, periods, k = window
    found: dict[tuple[str, str, str], Floats] = {}
    for lags in (0, 1):
        options = f"lags={lags},bandwidth={BANDWIDTH}"
        if trend == "c":
            values, _ = kao_statistics(y, x, lags=lags, kernel="bartlett", bandwidth=BANDWIDTH)
            for i, name in enumerate(KAO):
                found["kao", name, options] = stats.norm.cdf(values[..., i])
        raw = pedroni_statistics(
            y, x, trend=trend, lags=lags, kernel="bartlett", bandwidth=BANDWIDTH
        )
        z = standardise_pedroni(raw, n_units, k, trend)
        for i, name in enumerate(PEDRONI):
            tail = stats.norm.sf if name == "panel_v" else stats.norm.cdf
            found["pedroni", name, options] = tail(z[..., i])
    if periods - 1 - (1 + len(trend) + 2 * k) >= MIN_RESIDUAL_DF:
        raw = westerlund_statistics(y, x, trend=trend, lags=0, leads=0, bandwidth=BANDWIDTH)
        z = standardise_westerlund(raw, n_units, k, trend)
        for i, name in enumerate(WESTERLUND):
            found["westerlund", name, f"lags=0,leads=0,bandwidth={BANDWIDTH}"] = stats.norm.cdf(
                z[..., i]
            )
    return found


def no_cointegration(window: tuple[int, int, int], trend: str, draws: int) -> Rows:
    """Size of Kao, Pedroni and Westerlund under independence, a factor, and demeaning; power."""
    rows: Rows = []
    cases = (
        ("independent units", "size", False, False),
        ("one common factor", "size", True, False),
        ("one common factor, demeaned by year", "size", True, True),
        ("independent units, u AR(.4)", "power", False, False),
    )
    for position, (design, measure, factor, demean) in enumerate(cases):
        rng = np.random.default_rng([SEED, 3, *window, len(trend), position])
        hits: dict[tuple[str, str, str], list[np.ndarray]] = {}
        for size in _batches(draws):
            if measure == "size":
                y, x = independent_walks(rng, size, *window, factor)
            else:
                y, x = cointegrated(rng, size, *window, 0.4, 0.0)
            p = _no_cointegration_p(*_prepared(y, x, demean), window, trend)
            for key, values in p.items():
                hits.setdefault(key, []).append(values <= NOMINAL)
        for (test, name, options), parts in hits.items():
            rows.append(
                rate_row(test, name, options, window, trend, design, measure, np.concatenate(parts))
            )
    return rows


def westerlund_bootstrap(window: tuple[int, int, int], trend: str, outer: int, inner: int) -> Rows:
    """Size and power of Westerlund's statistics with bootstrap p-values."""
    n_units, periods, k = window
    if periods - 1 - (1 + len(trend) + 2 * k) < MIN_RESIDUAL_DF:
        return []
    options: dict[str, Any] = {"trend": trend, "lags": 0, "leads": 0, "bandwidth": BANDWIDTH}
    rows: Rows = []
    cases = (
        ("independent units", "size", False),
        ("one common factor", "size", True),
        ("independent units, u AR(.4)", "power", False),
    )
    for position, (design, measure, factor) in enumerate(cases):
        rng = np.random.default_rng([SEED, 4, *window, len(trend), position])
        p = np.empty((outer, len(WESTERLUND)))
        for draw in range(outer):
            if measure == "size":
                y, x = independent_walks(rng, 1, n_units, periods, k, factor)
            else:
                y, x = cointegrated(rng, 1, n_units, periods, k, 0.4, 0.0)
            observed = westerlund_statistics(y[0], x[0], **options)
            null = null_draws(y[0], x[0], inner, rng, **options)
            z = standardise_westerlund(observed, n_units, k, trend)
            z_null = standardise_westerlund(null, n_units, k, trend)
            p[draw] = (1 + (z_null <= z).sum(axis=0)) / (1 + inner)
        for i, name in enumerate(WESTERLUND):
            rows.append(
                rate_row(
                    "westerlund",
                    name,
                    f"lags=0,leads=0,bandwidth={BANDWIDTH},bootstrap",
                    window,
                    trend,
                    design,
                    measure,
                    p[:, i] <= NOMINAL,
                )
            )
    return rows


def stability(window: tuple[int, int, int], trend: str, draws: int) -> Rows:
    """Size of Lc by unit and of its mean, asymptotic and finite-sample, and power."""
    n_units, periods, k = window
    finite = finite_sample_lc(periods, k, trend, "bartlett", float(BANDWIDTH))
    limit = asymptotic_lc(k, trend)
    pick = np.random.default_rng([SEED, 5]).integers(0, len(finite), size=(len(finite), n_units))
    cut = {
        ("unit", "finite_sample"): float(np.quantile(finite, 1 - NOMINAL)),
        ("unit", "asymptotic"): float(np.quantile(limit, 1 - NOMINAL)),
        ("combined", "finite_sample"): float(np.quantile(finite[pick].mean(axis=1), 1 - NOMINAL)),
    }
    rows: Rows = []
    cases: list[tuple[str, Design | None]] = list(DESIGNS.items())
    cases.append(("no cointegration, independent units", None))
    for position, (design, made) in enumerate(cases):
        measure = "power" if made is None else "size"
        rng = np.random.default_rng([SEED, 6, *window, len(trend), position])
        hits: dict[tuple[str, str], list[np.ndarray]] = {}
        for size in _batches(draws):
            if made is None:
                y, x = independent_walks(rng, size, *window, False)
            else:
                y, x = _prepared(*made.draw(rng, size, window), made.demean)
            lc = lc_statistics(y, x, trend=trend, kernel="bartlett", bandwidth=BANDWIDTH)
            for key, value in cut.items():
                shown = lc.ravel() if key[0] == "unit" else lc.mean(axis=1)
                hits.setdefault(key, []).append(shown > value)
        for (name, source), parts in hits.items():
            options = f"bandwidth={BANDWIDTH},{source}"
            rows.append(
                rate_row(
                    "hansen_lc",
                    name,
                    options,
                    window,
                    trend,
                    design,
                    measure,
                    np.concatenate(parts),
                )
            )
    return rows


def dependence(window: tuple[int, int, int], draws: int) -> Rows:
    """Size of CD on series and after two-way effects; variances from chi-squared(2)/2 + .5."""
    n_units, periods, _ = window
    rows: Rows = []
    cases = (
        ("white noise, unit means", False, False, ("none",)),
        ("white noise, two-way effects", True, False, ("none", "bias", "weighted")),
        ("one factor, loadings N(0,1), two-way effects", True, True, ("bias", "weighted")),
    )
    for position, (design, two_way, factor, corrections) in enumerate(cases):
        rng = np.random.default_rng([SEED, 7, *window, position])
        hits: dict[str, list[bool]] = {}
        for draw in range(draws):
            sigma = np.sqrt(0.5 + rng.chisquare(2, size=n_units) / 2)
            e = sigma * rng.standard_normal((periods, n_units))
            if factor:
                e = e + rng.standard_normal((periods, 1)) * rng.standard_normal(n_units)
            e = off_deterministics(e, "c")
            if two_way:
                e = e - e.mean(axis=1, keepdims=True)
            frame = pd.DataFrame(e)
            for correction in corrections:
                result = pesaran_cd(frame, correction=correction, seed=draw)
                hits.setdefault(correction, []).append(result.p_value <= NOMINAL)
        for correction, found in hits.items():
            rows.append(
                rate_row(
                    "pesaran_cd",
                    "cd",
                    f"correction={correction}",
                    window,
                    "c",
                    design,
                    "power" if factor else "size",
                    np.array(found),
                )
            )
    return rows


def table() -> pd.DataFrame:
    """`long_run_sizes.csv`: every rate at every window."""
    rows: Rows = []
    for window in WINDOWS:
        for trend in ("c", "ct"):
            rows += coverage(window, trend, DRAWS)
            rows += no_cointegration(window, trend, DRAWS)
            rows += stability(window, trend, DRAWS // 4)
        rows += bootstrap_coverage(window, "c", OUTER, INNER)
        rows += westerlund_bootstrap(window, "c", OUTER, INNER)
        if window[2] == 1:
            rows += dependence(window, DRAWS // 4)
    return pd.DataFrame(rows)


def dependence_table() -> pd.DataFrame:
    """`dependence_sizes.csv`: Pesaran's CD at every length of a table's series."""
    return pd.DataFrame([row for t in range(7, 21) for row in dependence((29, t, 1), DRAWS)])
