"""Monte Carlo size, power and coverage of the long-run methods at the panels' own N and T.

The tables read it through `estimation.econometrics.critical_values.rates`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
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
    SIGNS,
    kao_statistics,
    pedroni_statistics,
    standardise_pedroni,
)
from estimation.econometrics.cointegration.results import lower_tail_p
from estimation.econometrics.cointegration.stability import finite_sample_lc, lc_statistics
from estimation.econometrics.kernels import Floats
from estimation.econometrics.long_run.bootstrap import bootstrap_std_errors
from estimation.econometrics.long_run.dynamic import dynamic
from estimation.econometrics.long_run.fully_modified import fully_modified
from estimation.econometrics.long_run.moments import CointegratingVector
from estimation.econometrics.wide_panel import MIN_RESIDUAL_DF, off_deterministics

SEED = 20_260_313
DRAWS = 2_000
# The bootstraps nest a simulation in a simulation.
OUTER, INNER = 300, 199
NOMINAL = 0.05
BANDWIDTH = 2
KERNEL: dict[str, Any] = {"kernel": "bartlett", "bandwidth": BANDWIDTH}
# (N, T, k): the window of the cointegration and long-run tables, and one of eighteen years.
Window = tuple[int, int, int]
WINDOWS: tuple[Window, ...] = ((29, 13, 1), (29, 13, 2), (29, 18, 1), (29, 18, 2))

Label = tuple[str, str, str]  # test, statistic, options
Panels = tuple[Floats, Floats]  # (size, N, T) and (size, N, T, k)
Rows = list[dict[str, object]]


def independent_walks(
    rng: np.random.Generator, size: int, window: Window, factor: bool = False
) -> Panels:
    """Panels without cointegration: random walks, with one common to all units or not."""
    n_units, periods, regressors = window
    steps = rng.standard_normal((size, n_units, periods, 1 + regressors))
    if factor:
        steps = steps + rng.standard_normal((size, 1, periods, 1 + regressors))
    walks = np.cumsum(steps, axis=2)
    return walks[..., 0], walks[..., 1:]


def cointegrated(
    rng: np.random.Generator,
    size: int,
    window: Window,
    autocorrelation: float,
    endogeneity: float,
    factor: bool = False,
) -> Panels:
    """Cointegrated y = x'1 + u, u_t = a u_{t-1} + e_t with corr(e, dx_1) = c; stationary start.

    With `factor`, half the variance of every innovation is common to all units.
    """
    n_units, periods, regressors = window
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

    def draw(self, rng: np.random.Generator, size: int, window: Window) -> Panels:
        """Panels of this design, not demeaned; see `cointegrated`."""
        return cointegrated(rng, size, window, self.autocorrelation, self.endogeneity, self.factor)


DESIGNS = {
    "white noise, exogenous": Design(0.0, 0.0),
    "AR(.4), corr(e, dx) = .4": Design(0.4, 0.4),
    "AR(.4), corr(e, dx) = .4, one common factor": Design(0.4, 0.4, factor=True),
    "AR(.4), corr(e, dx) = .4, one common factor, demeaned by year": Design(0.4, 0.4, True, True),
}


def rates(
    window: Window,
    trend: str,
    design: str,
    measure: str,
    draws: int,
    batch: int,
    panels: Callable[[int], Panels],
    decide: Callable[[Floats, Floats], Mapping[Label, Any]],
    seed: int = SEED,
) -> Rows:
    """One line a label of `decide`, which says of every panel of a batch whether it is a hit.

    Each line has its rate with the Monte Carlo error.
    """
    hits: dict[Label, list[Floats]] = {}
    for start in range(0, draws, batch):
        for label, found in decide(*panels(min(batch, draws - start))).items():
            hits.setdefault(label, []).append(found)
    rows: Rows = []
    for (test, statistic, options), parts in hits.items():
        every = np.concatenate([np.ravel(part) for part in parts])
        rate = float(every.mean())
        rows.append(
            {
                "test": test, "statistic": statistic, "options": options, "n_units": window[0],
                "n_periods": window[1], "regressors": window[2], "trend": trend, "design": design,
                "measure": measure, "nominal": 1 - NOMINAL if measure == "coverage" else NOMINAL,
                "rate": round(rate, 4),
                "mc_error": round(float(np.sqrt(max(rate * (1 - rate), 1e-9) / len(every))), 4),
                "draws": len(every), "seed": seed,
            }
        )  # fmt: skip
    return rows


def demeaned(panels: Panels, wanted: bool = True) -> Panels:
    """Each period's mean over units taken off, where wanted."""
    y, x = panels
    return (
        (y - y.mean(axis=1, keepdims=True), x - x.mean(axis=1, keepdims=True)) if wanted else panels
    )


def _estimators(
    window: Window, trend: str, demean: bool
) -> dict[Label, Callable[[Floats, Floats], CointegratingVector]]:
    """Every variant that is feasible at this window, by (test, method, options)."""
    _, periods, k = window
    found: dict[Label, Callable[[Floats, Floats], CointegratingVector]] = {}

    def fm(method: str) -> Callable[[Floats, Floats], CointegratingVector]:
        return lambda y, x: (
            fully_modified(*demeaned((y, x), demean), method=method, trend=trend, **KERNEL).vector
        )

    def dy(method: str, leads: int, lags: int, sandwich: bool) -> Callable[..., Any]:
        after = demean and method != "group_mean"
        return lambda y, x: (
            dynamic(
                *demeaned((y, x), demean and not after), method=method, trend=trend, leads=leads,
                lags=lags, common_dynamics=False, sandwich=sandwich, time_means=after, **KERNEL,
            ).vector
        )  # fmt: skip

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


def coverage(window: Window, trend: str, draws: int) -> Rows:
    """Coverage of nominal 95 % normal intervals for the first slope."""
    rows: Rows = []
    for position, (design, made) in enumerate(DESIGNS.items()):
        rng = np.random.default_rng([SEED, 1, *window, len(trend), position])
        estimators = _estimators(window, trend, made.demean)

        def inside(y: Floats, x: Floats) -> dict[Label, Any]:
            vectors = {key: estimate(y, x) for key, estimate in estimators.items()}  # noqa: B023
            z = stats.norm.isf(NOMINAL / 2)
            return {
                key: np.abs(v.b[..., 0] - 1) <= z * np.sqrt(v.cov[..., 0, 0])
                for key, v in vectors.items()
            }

        rows += rates(
            window, trend, design, "coverage", draws, 200,
            lambda size: made.draw(rng, size, window), inside,  # noqa: B023
        )  # fmt: skip
    return rows


def bootstrap_coverage(window: Window, trend: str, outer: int, inner: int) -> Rows:
    """Coverage of percentile-t and of ±1.96 bootstrap standard errors."""
    rows: Rows = []
    variants: dict[tuple[str, str], dict[str, Any]] = {
        ("fmols", f"bandwidth={BANDWIDTH}"): {},
        ("dols", f"leads=0,lags=0,bandwidth={BANDWIDTH}"): {"leads": 0, "lags": 0},
    }
    for position, (design, made) in enumerate(DESIGNS.items()):
        rng = np.random.default_rng([SEED, 2, *window, len(trend), position])
        for (test, options), chosen in variants.items():
            numbers = count()

            def inside(y: Floats, x: Floats) -> dict[Label, Any]:
                frames = {f"x{j}": pd.DataFrame(x[0, :, :, j].T) for j in range(x.shape[-1])}
                found = bootstrap_std_errors(
                    test, pd.DataFrame(y[0].T), frames, block_length=2, draws=inner,  # noqa: B023
                    seed=next(numbers), demean=made.demean, method="pooled",  # noqa: B023
                    trend=trend, bandwidth=BANDWIDTH, **chosen,  # noqa: B023
                )  # fmt: skip
                low, high, b = (s.iloc[0] for s in (found.ci_low, found.ci_high, found.estimate))
                reach = stats.norm.isf(NOMINAL / 2) * found.std_errors.iloc[0]
                label = (test, "pooled", f"{options},bootstrap {{}} blocks of 2")  # noqa: B023
                return {
                    (*label[:2], label[2].format("percentile-t")): np.array(low <= 1 <= high),
                    (*label[:2], label[2].format("standard error")): np.array(abs(b - 1) <= reach),
                }

            rows += rates(
                window, trend, design, "coverage", outer, 1,
                lambda size: made.draw(rng, size, window), inside,  # noqa: B023
            )  # fmt: skip
    return rows


# design, measure, one common factor, demeaned by year
CASES = (
    ("independent units", "size", False, False),
    ("one common factor", "size", True, False),
    ("one common factor, demeaned by year", "size", True, True),
    ("independent units, u AR(.4)", "power", False, False),
)


def tested(
    rng: np.random.Generator, size: int, window: Window, measure: str, factor: bool, demean: bool
) -> Panels:
    """Panels without cointegration (size) or with it (power)."""
    if measure == "size":
        return demeaned(independent_walks(rng, size, window, factor), demean)
    return demeaned(cointegrated(rng, size, window, 0.4, 0.0, factor), demean)


def _no_cointegration_p(y: Floats, x: Floats, window: Window, trend: str) -> dict[Label, Any]:
    """Asymptotic p-values of every test of no cointegration, by (test, statistic, options)."""
    n_units, periods, k = window
    found: dict[Label, Any] = {}

    def keep(test: str, names: tuple[str, ...], options: str, z: Floats) -> None:
        p = stats.norm.cdf(z)
        found.update({(test, name, options): p[..., i] for i, name in enumerate(names)})

    for lags in (0, 1):
        options = f"lags={lags},bandwidth={BANDWIDTH}"
        if trend == "c":
            keep("kao", KAO, options, kao_statistics(y, x, lags=lags, **KERNEL))
        raw = pedroni_statistics(y, x, trend=trend, lags=lags, **KERNEL)
        keep("pedroni", PEDRONI, options, SIGNS * standardise_pedroni(raw, n_units, k, trend))
    if periods - 1 - (1 + len(trend) + 2 * k) >= MIN_RESIDUAL_DF:
        raw = westerlund_statistics(y, x, trend=trend, lags=0, leads=0, bandwidth=BANDWIDTH)
        options = f"lags=0,leads=0,bandwidth={BANDWIDTH}"
        keep("westerlund", WESTERLUND, options, standardise_westerlund(raw, n_units, k, trend))
    return found


def no_cointegration(window: Window, trend: str, draws: int) -> Rows:
    """Size of Kao, Pedroni and Westerlund under independence, a factor, and demeaning; power."""
    rows: Rows = []
    for position, (design, measure, factor, demean) in enumerate(CASES):
        rng = np.random.default_rng([SEED, 3, *window, len(trend), position])

        def rejected(y: Floats, x: Floats) -> dict[Label, Any]:
            p_values = _no_cointegration_p(y, x, window, trend)
            return {key: p <= NOMINAL for key, p in p_values.items()}

        rows += rates(
            window, trend, design, measure, draws, 200,
            lambda size: tested(rng, size, window, measure, factor, demean),  # noqa: B023
            rejected,
        )  # fmt: skip
    return rows


def westerlund_rejections(
    rng: np.random.Generator, inner: int, **options: Any
) -> Callable[[Floats, Floats], dict[Label, Any]]:
    """Whether bootstrap p-values of Westerlund's statistics reject on one panel."""
    label = f"lags={options['lags']},leads={options['leads']},bandwidth={options['bandwidth']}"

    def rejected(y: Floats, x: Floats) -> dict[Label, Any]:
        size = (y.shape[1], x.shape[-1], options["trend"])
        observed = standardise_westerlund(westerlund_statistics(y[0], x[0], **options), *size)
        null = standardise_westerlund(null_draws(y[0], x[0], inner, rng, **options), *size)
        p = lower_tail_p(null, observed)
        keys = [("westerlund", name, f"{label},bootstrap") for name in WESTERLUND]
        return {key: p[i] <= NOMINAL for i, key in enumerate(keys)}

    return rejected


def westerlund_bootstrap(window: Window, trend: str, outer: int, inner: int) -> Rows:
    """Size and power of Westerlund's statistics with bootstrap p-values."""
    if window[1] - 1 - (1 + len(trend) + 2 * window[2]) < MIN_RESIDUAL_DF:
        return []
    rows: Rows = []
    cases = [case for case in CASES if not case[3]]
    for position, (design, measure, factor, _) in enumerate(cases):
        rng = np.random.default_rng([SEED, 4, *window, len(trend), position])
        options = {"trend": trend, "lags": 0, "leads": 0, "bandwidth": BANDWIDTH}
        rows += rates(
            window, trend, design, measure, outer, 1,
            lambda size: tested(rng, size, window, measure, factor, False),  # noqa: B023
            westerlund_rejections(rng, inner, **options),
        )  # fmt: skip
    return rows


def stability(window: Window, trend: str, draws: int) -> Rows:
    """Size and power of Lc by unit and of its mean."""
    n_units, periods, k = window
    null = finite_sample_lc(periods, k, trend, "bartlett", float(BANDWIDTH))
    pick = np.random.default_rng([SEED, 5]).integers(0, len(null), size=(len(null), n_units))
    cut = float(np.quantile(null, 1 - NOMINAL))
    cut_mean = float(np.quantile(null[pick].mean(axis=1), 1 - NOMINAL))
    options = f"bandwidth={BANDWIDTH},finite_sample"

    def rejected(y: Floats, x: Floats) -> dict[Label, Any]:
        lc = lc_statistics(y, x, trend=trend, **KERNEL)
        return {
            ("hansen_lc", "unit", options): lc > cut,
            ("hansen_lc", "combined", options): lc.mean(axis=1) > cut_mean,
        }

    rows: Rows = []
    cases: list[tuple[str, Design | None]] = [
        *DESIGNS.items(), ("no cointegration, independent units", None),
    ]  # fmt: skip
    for position, (design, made) in enumerate(cases):
        rng = np.random.default_rng([SEED, 6, *window, len(trend), position])

        def panels(size: int) -> Panels:
            if made is None:  # noqa: B023
                return independent_walks(rng, size, window)  # noqa: B023
            return demeaned(made.draw(rng, size, window), made.demean)  # noqa: B023

        measure = "power" if made is None else "size"
        rows += rates(window, trend, design, measure, draws, 200, panels, rejected)
    return rows


def dependence(window: Window, draws: int) -> Rows:
    """Size of CD on series and after two-way effects; variances from chi-squared(2)/2 + .5."""
    n_units, periods, _ = window
    rows: Rows = []
    cases = (
        ("white noise, unit means", False, False, ("none",)),
        ("white noise, two-way effects", True, False, ("none", "weighted")),
        ("one factor, loadings N(0,1), two-way effects", True, True, ("weighted",)),
    )
    for position, (design, two_way, factor, corrections) in enumerate(cases):
        rng, seeds = np.random.default_rng([SEED, 7, *window, position]), count()

        def residuals(size: int) -> Panels:
            sigma = np.sqrt(0.5 + rng.chisquare(2, size=n_units) / 2)  # noqa: B023
            e = sigma * rng.standard_normal((periods, n_units))  # noqa: B023
            if factor:  # noqa: B023
                e = e + rng.standard_normal((periods, 1)) * rng.standard_normal(n_units)  # noqa: B023
            e = off_deterministics(e, "c")
            return (e - e.mean(axis=1, keepdims=True) if two_way else e), e  # noqa: B023

        def rejected(e: Floats, _: Floats) -> dict[Label, Any]:
            frame, seed = pd.DataFrame(e), next(seeds)  # noqa: B023
            return {
                ("pesaran_cd", "cd", f"correction={c}"): np.array(
                    pesaran_cd(frame, correction=c, seed=seed).p_value <= NOMINAL
                )
                for c in corrections  # noqa: B023
            }

        measure = "power" if factor else "size"
        rows += rates(window, "c", design, measure, draws, 1, residuals, rejected)
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
