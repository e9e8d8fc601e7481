"""Monte Carlo size, power and coverage of the long-run methods at the panels' own N and T.

The tables read it through `living_panel.estimation.panel_tests.critical_values.rates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.wide_panel import MIN_RESIDUAL_DF, off_deterministics
from living_panel.estimation.estimators.long_run import _bootstrap_std_errors, _on_arrays
from living_panel.estimation.panel_tests import cointegration
from living_panel.estimation.panel_tests.cointegration import STATISTICS
from living_panel.estimation.panel_tests.critical_values.tables import lower_tail_p
from living_panel.estimation.panel_tests.dependence import _cd

SEED = 20_260_313
DRAWS = 2_000
# The bootstraps nest a simulation in a simulation.
OUTER, INNER = 300, 199
NOMINAL = 0.05
BANDWIDTH = 2
# (N, T, k): the window of the cointegration and long-run tables, and one of eighteen years.
Window = tuple[int, int, int]
WINDOWS: tuple[Window, ...] = ((29, 13, 1), (29, 13, 2), (29, 18, 1), (29, 18, 2))

_WESTERLUND: dict[str, Any] = {"lags": 0, "leads": 0, "bandwidth": BANDWIDTH}

Label = tuple[str, str, str]  # test, statistic, options
Panels = tuple[Floats, Floats]  # (size, N, T) and (size, N, T, k)
Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Design:
    """Drawn panels: y = x'1 + u with u_t = a u_{t-1} + e_t, corr(e, dx_1) = c, x a random walk.

    Without `autocorrelation` a, y is a random walk of its own: no cointegration. With `factor`, innovations
    are in part common to all units: half their variance where there is cointegration.
    """

    name: str
    autocorrelation: float | None = None
    endogeneity: float = 0.0
    factor: bool = False
    demean: bool = False

    def draw(self, rng: np.random.Generator, size: int, window: Window) -> Panels:
        """So many panels, not demeaned; u starts from thirty periods before."""
        n_units, periods, regressors = window
        burn = 0 if self.autocorrelation is None else 30
        shocks = rng.standard_normal((size, n_units, periods + burn, 1 + regressors))
        if self.factor:
            shocks = shocks + rng.standard_normal((size, 1, periods + burn, 1 + regressors))
        if self.autocorrelation is None:
            walks = np.cumsum(shocks, axis=2)
            return walks[..., 0], walks[..., 1:]
        if self.factor:
            shocks = shocks / np.sqrt(2)
        c = self.endogeneity
        u = c * shocks[..., 1] + np.sqrt(1 - c**2) * shocks[..., 0]
        for t in range(1, periods + burn):
            u[..., t] += self.autocorrelation * u[..., t - 1]
        x = np.cumsum(shocks[..., burn:, 1:], axis=2)
        return x.sum(axis=-1) + u[..., burn:], x

    def drawn(self, rng: np.random.Generator, size: int, window: Window) -> Panels:
        """So many panels, demeaned by year where the design says so."""
        return demeaned(self.draw(rng, size, window), self.demean)


COINTEGRATED = (
    Design("white noise, exogenous", 0.0),
    Design("AR(.4), corr(e, dx) = .4", 0.4, 0.4),
    Design("AR(.4), corr(e, dx) = .4, one common factor", 0.4, 0.4, factor=True),
    Design("AR(.4), corr(e, dx) = .4, one common factor, demeaned by year", 0.4, 0.4, True, True),
)
CASES = (
    Design("independent units"),
    Design("one common factor", factor=True),
    Design("one common factor, demeaned by year", factor=True, demean=True),
    Design("independent units, u AR(.4)", 0.4),
)
Hits = Callable[[Design, np.random.Generator, int], Mapping[Label, Any]]
# What a rate measures, by whether there is cointegration.
COVERAGE = {True: "coverage"}
NO_COINTEGRATION = {False: "size", True: "power"}
STABILITY = {True: "size", False: "power"}


def labelled(**options: int) -> str:
    """How a stored line names options."""
    return ",".join(f"{name}={value}" for name, value in options.items())


def demeaned(panels: Panels, wanted: bool) -> Panels:
    """Each period's mean over units taken off, where wanted."""
    y, x = panels
    return (
        (y - y.mean(axis=1, keepdims=True), x - x.mean(axis=1, keepdims=True)) if wanted else panels
    )


def rates(
    window: Window,
    trend: str,
    measures: Mapping[bool, str],
    designs: Iterable[tuple[Design, np.random.Generator]],
    hits: Hits,
    draws: int,
    batch: int = 1,
) -> Rows:
    """One line a design and label of `hits`, which says of so many drawn panels which are a hit."""
    rows: Rows = []
    for design, rng in designs:
        counts = counted(partial(hits, design, rng), draws, batch)
        measure = measures[design.autocorrelation is not None]
        rows += [line(label, window, trend, design.name, measure, h) for label, h in counts.items()]
    return rows


def seeded(designs: Iterable[Design], *key: int) -> list[tuple[Design, np.random.Generator]]:
    """Each design with its own generator."""
    return [(d, np.random.default_rng([*key, position])) for position, d in enumerate(designs)]


def counted(
    hits: Callable[[int], Mapping[Label, Any]], draws: int, batch: int
) -> dict[Label, Floats]:
    """Every hit or miss of each label, drawn in batches."""
    by_label: dict[Label, list[Floats]] = {}
    for start in range(0, draws, batch):
        for label, hit in hits(min(batch, draws - start)).items():
            by_label.setdefault(label, []).append(np.ravel(hit))
    return {label: np.concatenate(parts) for label, parts in by_label.items()}


def line(
    label: Label, window: Window, trend: str, design: str, measure: str, hits: Floats
) -> dict[str, object]:
    """A rate with its Monte Carlo error."""
    rate = float(hits.mean())
    return {
        "test": label[0], "statistic": label[1], "options": label[2], "n_units": window[0],
        "n_periods": window[1], "regressors": window[2], "trend": trend, "design": design,
        "measure": measure, "nominal": 1 - NOMINAL if measure == "coverage" else NOMINAL,
        "rate": round(rate, 4),
        "mc_error": round(float(np.sqrt(max(rate * (1 - rate), 1e-9) / len(hits))), 4),
        "draws": len(hits), "seed": SEED,
    }  # fmt: skip


def _variants(window: Window, trend: str) -> dict[Label, dict[str, Any]]:
    """Options of every estimator that is feasible at this window, by (test, method, options)."""
    n_units, periods, k = window
    variants: dict[Label, dict[str, Any]] = {}
    for method in ("pooled", "group_mean"):
        common = {"method": method, "trend": trend, "bandwidth": BANDWIDTH}
        if periods - 1 - k - len(trend) >= MIN_RESIDUAL_DF:
            variants["fmols", method, f"bandwidth={BANDWIDTH}"] = common
        for leads, lags in ((0, 0), (0, 1), (1, 1)):
            unit_parameters = len(trend) + k * (leads + lags + 1)
            shared = k if method == "group_mean" else k / n_units
            if periods - 1 - leads - lags - unit_parameters - shared >= MIN_RESIDUAL_DF:
                label = labelled(leads=leads, lags=lags, bandwidth=BANDWIDTH)
                variants["dols", method, label] = {
                    **common,
                    "leads": leads,
                    "lags": lags,
                    "common_dynamics": False,
                }
    return variants


def coverage(window: Window, trend: str, draws: int) -> Rows:
    """Coverage of nominal 95 % normal intervals for the first slope."""
    variants = _variants(window, trend)
    z = stats.norm.isf(NOMINAL / 2)

    def inside(design: Design, rng: np.random.Generator, size: int) -> dict[Label, Any]:
        panels, hits = design.draw(rng, size, window), {}
        for label, options in variants.items():
            run, first = _on_arrays(label[0], demean=design.demean, **options)
            fit = run(*demeaned(panels, first))
            hits[label] = np.abs(fit.b[..., 0] - 1) <= z * np.sqrt(fit.cov[..., 0, 0])
        return hits

    designs = seeded(COINTEGRATED, SEED, 1, *window, len(trend))
    return rates(window, trend, COVERAGE, designs, inside, draws, 200)


def bootstrap_coverage(window: Window, trend: str, outer: int, inner: int) -> Rows:
    """Coverage of percentile-t and of ±1.96 bootstrap standard errors."""
    designs = seeded(COINTEGRATED, SEED, 2, *window, len(trend))
    return [
        *_bootstrapped("fmols", window, trend, designs, outer, inner),
        *_bootstrapped("dols", window, trend, designs, outer, inner, leads=0, lags=0),
    ]


def _bootstrapped(
    test: str,
    window: Window,
    trend: str,
    designs: Iterable[tuple[Design, np.random.Generator]],
    outer: int,
    inner: int,
    **dynamics: int,
) -> Rows:
    numbers = {design: count() for design, _ in designs}
    options = labelled(**dynamics, bandwidth=BANDWIDTH)

    def inside(design: Design, rng: np.random.Generator, size: int) -> dict[Label, Any]:
        y, x = design.draw(rng, size, window)
        frames = {f"x{j}": pd.DataFrame(x[0, :, :, j].T) for j in range(x.shape[-1])}
        test_options = {"common_dynamics": False} if test == "dols" else {}
        estimates = _bootstrap_std_errors(
            test, pd.DataFrame(y[0].T), frames, block_length=2, draws=inner,
            seed=next(numbers[design]), demean=design.demean, method="pooled", trend=trend,
            bandwidth=BANDWIDTH, **dynamics, **test_options,
        )  # fmt: skip
        first = estimates.iloc[0]
        reach = stats.norm.isf(NOMINAL / 2) * first["std_error"]
        hits = {
            "percentile-t": first["ci_low"] <= 1 <= first["ci_high"],
            "standard error": abs(first["estimate"] - 1) <= reach,
        }
        return {
            (test, "pooled", f"{options},bootstrap {way} blocks of 2"): np.array(hit)
            for way, hit in hits.items()
        }

    return rates(window, trend, COVERAGE, designs, inside, outer)


def no_cointegration(window: Window, trend: str, draws: int) -> Rows:
    """Size of Kao, Pedroni and Westerlund under independence, a factor, and demeaning; power."""
    n_units, periods, k = window

    def rejected(design: Design, rng: np.random.Generator, size: int) -> dict[Label, Any]:
        y, x = design.drawn(rng, size, window)
        z: dict[tuple[str, str], tuple[tuple[str, ...], Floats]] = {}
        for lags in (0, 1):
            options: dict[str, Any] = {"lags": lags, "bandwidth": BANDWIDTH}
            label = labelled(**options)
            if trend == "c":
                z["kao", label] = STATISTICS["kao"], cointegration._kao_statistics(y, x, **options)
            raw = cointegration._pedroni_statistics(y, x, trend=trend, **options)
            standard = cointegration._standardise_pedroni(raw, n_units, k, trend)
            z["pedroni", label] = STATISTICS["pedroni"], cointegration._SIGNS * standard
        if _westerlund_fits(window, trend):
            raw = cointegration._westerlund_statistics(y, x, trend=trend, **_WESTERLUND)
            statistics = cointegration._standardise_westerlund(raw, n_units, k, trend)
            z["westerlund", labelled(**_WESTERLUND)] = STATISTICS["westerlund"], statistics
        return {
            (test, name, label): stats.norm.cdf(values[..., i]) <= NOMINAL
            for (test, label), (names, values) in z.items()
            for i, name in enumerate(names)
        }

    designs = seeded(CASES, SEED, 3, *window, len(trend))
    return rates(window, trend, NO_COINTEGRATION, designs, rejected, draws, 200)


def _westerlund_fits(window: Window, trend: str) -> bool:
    return window[1] - 1 - (1 + len(trend) + 2 * window[2]) >= MIN_RESIDUAL_DF


def westerlund_rejections(window: Window, trend: str, inner: int) -> Hits:
    """Whether bootstrap p-values of Westerlund's statistics reject on one panel."""

    def rejected(design: Design, rng: np.random.Generator, size: int) -> dict[Label, Any]:
        y, x = (part[0] for part in design.drawn(rng, size, window))
        options: dict[str, Any] = {"trend": trend, **_WESTERLUND}
        shape = (window[0], window[2], trend)
        observed, null = (
            cointegration._standardise_westerlund(raw, *shape)
            for raw in (
                cointegration._westerlund_statistics(y, x, **options),
                cointegration._null_draws(y, x, inner, rng, **options),
            )
        )
        label = f"{labelled(**_WESTERLUND)},bootstrap"
        p = lower_tail_p(null, observed)
        return {
            ("westerlund", n, label): p[i] <= NOMINAL
            for i, n in enumerate(STATISTICS["westerlund"])
        }

    return rejected


def westerlund_bootstrap(window: Window, trend: str, outer: int, inner: int) -> Rows:
    """Size and power of Westerlund's statistics with bootstrap p-values."""
    if not _westerlund_fits(window, trend):
        return []
    cases = [case for case in CASES if not case.demean]
    designs = seeded(cases, SEED, 4, *window, len(trend))
    hits = westerlund_rejections(window, trend, inner)
    return rates(window, trend, NO_COINTEGRATION, designs, hits, outer)


def stability(window: Window, trend: str, draws: int) -> Rows:
    """Size and power of Lc by unit and of its mean."""
    n_units, periods, k = window
    null = cointegration._finite_sample_lc(periods, k, trend, BANDWIDTH)
    pick = np.random.default_rng([SEED, 5]).integers(0, len(null), size=(len(null), n_units))
    cut = float(np.quantile(null, 1 - NOMINAL))
    cut_mean = float(np.quantile(null[pick].mean(axis=1), 1 - NOMINAL))
    options = f"bandwidth={BANDWIDTH},finite_sample"

    def rejected(design: Design, rng: np.random.Generator, size: int) -> dict[Label, Any]:
        panels = design.drawn(rng, size, window)
        lc = cointegration._lc_statistics(*panels, trend=trend, bandwidth=BANDWIDTH)
        return {
            ("hansen_lc", "unit", options): lc > cut,
            ("hansen_lc", "combined", options): lc.mean(axis=1) > cut_mean,
        }

    cases = (*COINTEGRATED, Design("no cointegration, independent units"))
    designs = seeded(cases, SEED, 6, *window, len(trend))
    return rates(window, trend, STABILITY, designs, rejected, draws, 200)


def dependence(window: Window, draws: int) -> Rows:
    """Size of CD on series and after two-way effects; variances from chi-squared(2)/2 + .5."""
    n_units, periods, _ = window
    seeds = count()

    def rejected(
        rng: np.random.Generator, two_way: bool, factor: bool, corrections: Sequence[str], size: int
    ) -> dict[Label, Any]:
        sigma = np.sqrt(0.5 + rng.chisquare(2, size=n_units) / 2)
        e = sigma * rng.standard_normal((periods, n_units))
        if factor:
            e = e + rng.standard_normal((periods, 1)) * rng.standard_normal(n_units)
        e = off_deterministics(e, "c")
        frame = pd.DataFrame(e - e.mean(axis=1, keepdims=True) if two_way else e)
        seed = next(seeds)
        return {
            ("pesaran_cd", "cd", f"correction={c}"): np.array(
                _cd(frame, seed if c == "weighted" else None)[1] <= NOMINAL
            )
            for c in corrections
        }

    cases: tuple[tuple[str, bool, bool, Sequence[str]], ...] = (
        ("white noise, unit means", False, False, ("none",)),
        ("white noise, two-way effects", True, False, ("none", "weighted")),
        ("one factor, loadings N(0,1), two-way effects", True, True, ("weighted",)),
    )
    rows: Rows = []
    for position, (design, two_way, factor, corrections) in enumerate(cases):
        rng, seeds = np.random.default_rng([SEED, 7, *window, position]), count()
        counts = counted(partial(rejected, rng, two_way, factor, corrections), draws, 1)
        measure = "power" if factor else "size"
        rows += [line(label, window, "c", design, measure, h) for label, h in counts.items()]
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
