"""The Monte Carlo over the planted processes: which estimators find the truth, and which do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.fixed_effects.regression_data import codes
from estimation.econometrics.fixed_effects.within import Floats, two_way_effects
from estimation.econometrics.long_run import dols, fmols
from estimation.econometrics.robustness.common_effects import pooled_cce
from estimation.econometrics.robustness.dynamics import (
    first_differences,
    half_panel_jackknife,
    long_difference,
)
from estimation.econometrics.robustness.ppml import ppml
from tools.simulate.many_fits import two_way_many
from tools.simulate.planted import (
    FOLDER,
    REGIONS,
    Process,
    draw,
    load_process,
    regions,
    regression_frame,
    without_slopes,
)

STORED = {"A": FOLDER / "recovered_list_a.csv", "B": FOLDER / "recovered_list_b.csv"}
DRAWS = 400
PAPER_LEAVES_OUT = ["540000", "650000"]
HEADLINE_YEARS = [year for year in range(2008, 2019) if year != 2010]
CR1 = "CR1, t(G-1)"


@dataclass(frozen=True, slots=True)
class Finding:
    """Estimates (draws,) of one planted value; errors (draws,) and degrees of freedom by inference."""

    term: str
    region: str
    planted: float
    estimates: Floats
    errors: dict[str, tuple[Floats, float]]


Estimate = Callable[[list[pd.DataFrame]], list[Finding]]
Fit = tuple[pd.Series, pd.Series, float]  # estimates, standard errors, degrees of freedom


@dataclass(frozen=True, slots=True)
class Case:
    """One estimator on one process, and why it is on its list."""

    estimator: str
    process: Process
    reason: str
    estimate: Estimate


def list_a() -> list[Case]:
    """Estimators that are consistent under the process they are given.

    Regressors are strictly exogenous and, like the error, symmetric about zero, so whatever is
    linear in y is unbiased given x, and FMOLS, DOLS and CCE, odd in the error, are centred on the
    truth. PPML is consistent only: a finite-sample bias of order 1/N is part of it.
    """
    one, two = load_process("homogeneous"), load_process("regional")
    pair = without_slopes(one, ["fdi", "ce"])
    same, odd = "as before", "odd in the error"
    nil = "the product's slope is nil, so adding it costs precision only"
    pooled = "symmetry: slopes that differ by region are odd in x, the product is even"
    paper, headline = (
        _within(one, without=PAPER_LEAVES_OUT),
        _within(one, without=PAPER_LEAVES_OUT, years=HEADLINE_YEARS),
    )
    within = "two-way within"
    product = "two-way within with {} product"
    cases = [
        Case(f"{within}, 31 provinces", one, "linear in y, x strictly exogenous", _within(one)),
        Case(f"{within}, paper's 29", one, same, paper),
        Case(f"{within}, paper's 29, 2008-2018 without 2010", one, same, headline),
        Case(product.format("centred"), one, nil, _within(one, form="centred")),
        Case(product.format("demeaned"), one, same, _within(one, form="demeaned")),
        Case("first differences", one, "linear in y", _each(one, one.roles, _differences)),
        Case("long difference 2005-2022", one, "linear in y", _each(one, one.roles, _long)),
        Case("PPML in levels", one, "consistent; bias of order 1/N", _each(one, one.roles, _ppml)),
        Case("pooled FMOLS, demeaned by year", one, odd, _each(one, one.roles, _fmols)),
        Case("pooled CCE of two regressors", pair, odd, _each(pair, ["fdi", "ce"], _cce)),
        Case(
            f"{product.format('demeaned')}, pooled", two, pooled,
            _within(two, form="demeaned", report=["product"]),
        ),
    ]  # fmt: skip
    even = "the omitted product is even in x, the slopes odd"
    for region in REGIONS:
        own = _within(two, region=region, form="demeaned")
        cases.append(Case(f"{within}, {region}", two, even, _within(two, region=region)))
        cases.append(
            Case(f"{product.format('demeaned')}, {region}", two, "the process itself", own)
        )
    return cases


def list_b() -> list[Case]:
    """Estimators that fail, in the estimate or in its standard error, at T = 18."""
    one, two = load_process("homogeneous"), load_process("regional")
    few = ["fdi", "ce"]
    pair = without_slopes(one, few)
    plain = replace(pair, error=replace(one.error, factor=0.0))
    fed, shared = replace(pair, feedback=0.6), replace(pair, shared_factor=1.0)
    trends = "national trends of y and x are taken for slopes"
    dynamic = ["ex (lag)", *few]
    back = "regressor fed back from the error"
    both = "factor shared by FDI and exports"
    rows: list[tuple[str, Process, str, Estimate]] = [
        (
            "two-way within, classical and clustered errors", one,
            "no bias; errors that ignore persistence and the factor cover too little",
            _within(one),
        ),
        ("one-way within (province effects only)", one, trends, _each(one, one.roles, _one_way)),
        (
            "two-way within with centred product, pooled", two,
            "another estimand than the planted one",
            _within(two, form="centred", report=["product"]),
        ),
        (
            "pooled FMOLS, demeaned by year", one,
            "no bias here; its standard errors are far too small at T = 18",
            _each(one, one.roles, _fmols),
        ),
        (
            "pooled DOLS (0,0), demeaned by year", one,
            "time means taken after each province's differences leave part of what a year has in common",
            _each(one, one.roles, _dols),
        ),
        (
            "group-mean FMOLS of two regressors", pair, "standard errors too small at T = 18",
            _each(pair, few, lambda f, n: _fmols(f, n, method="group_mean")),
        ),
        (
            "pooled FMOLS as the paper runs it (no year effects)", one, trends,
            _each(one, one.roles, lambda f, n: _fmols(f, n, demean=False)),
        ),
        (
            f"two-way within, {back}", fed, "not strictly exogenous: bias of order 1/T",
            _within(fed, names=few),
        ),
        (
            f"pooled FMOLS, {back}", fed, "the correction removes part of the bias at T = 18",
            _each(fed, few, _fmols),
        ),
        (
            f"pooled DOLS (0,0), {back}", fed,
            "leads and lags it does not have would be needed for the rest",
            _each(fed, few, _dols),
        ),
        (
            f"two-way within, {both}", shared, "year effects do not absorb a factor with loadings",
            _within(shared, names=few),
        ),
        (
            f"pooled CCE, {both}", shared,
            "averages of 31 provinces measure the factor with error: part of the bias stays",
            _each(shared, few, _cce),
        ),
        (
            "within with lagged exports (Nickell)", plain, "bias of order 1/T, toward zero",
            _each(plain, dynamic, lambda f, n: _dynamic(f, "within")),
        ),
        (
            "half-panel jackknife with lagged exports", plain, "removes order 1/T only",
            _each(plain, dynamic, lambda f, n: _dynamic(f, "jackknife")),
        ),
    ]  # fmt: skip
    return [Case(*row) for row in rows]


def run(cases: Sequence[Case], draws: int, first: int = 0) -> pd.DataFrame:
    """Monte Carlo of a list; seeds are process.seed * 10_000 + first, first + 1, ...

    Returns
    -------
    pandas.DataFrame
        process, estimator, region, term, planted, mean, bias, mc_std_error (sd over draws divided
        by root draws), z = bias over it, sd, one `coverage: <inference>` column of nominal 95 %
        intervals where the estimator has that inference, first_estimate (of the first draw, ties
        the table to the code), draws, reason.
    """
    rows = []
    drawn: dict[str, list[pd.DataFrame]] = {}
    for case in cases:
        p = case.process
        key = repr((p.slopes, p.error, p.feedback, p.shared_factor, p.seed))
        if key not in drawn:
            seeds = p.seed * 10_000 + first + np.arange(draws)
            drawn[key] = [regression_frame(p, draw(p, int(seed))) for seed in seeds]
        rows += [_summary(case, finding) for finding in case.estimate(drawn[key])]
    return pd.DataFrame(rows)


def _summary(case: Case, finding: Finding) -> dict[str, object]:
    estimates = finding.estimates
    spread = float(estimates.std(ddof=1))
    error = spread / np.sqrt(len(estimates))
    bias = float(estimates.mean() - finding.planted)
    coverage = {}
    for inference, (std_errors, df) in finding.errors.items():
        hit = np.abs(estimates - finding.planted) <= stats.t.ppf(0.975, df) * std_errors
        coverage[f"coverage: {inference}"] = float(hit.mean())
    return {
        "process": case.process.name, "estimator": case.estimator, "region": finding.region,
        "term": finding.term, "planted": finding.planted, "mean": float(estimates.mean()),
        "bias": bias, "mc_std_error": error, "z": bias / error, "sd": spread, **coverage,
        "first_estimate": float(estimates[0]), "draws": len(estimates), "reason": case.reason,
    }  # fmt: skip


def _within(
    process: Process,
    *,
    names: list[str] | None = None,
    region: str | None = None,
    without: Sequence[str] = (),
    years: Sequence[int] | None = None,
    form: str | None = None,
    report: list[str] | None = None,
) -> Estimate:
    """Two-way within estimates of all draws at once, with three kinds of standard errors."""
    names = names or process.roles

    def estimate(frames: list[pd.DataFrame]) -> list[Finding]:
        index = frames[0].index
        keep = ~index.get_level_values(0).isin(list(without))
        if years is not None:
            keep &= index.get_level_values(1).isin(list(years))
        if region is not None:
            keep &= np.asarray(index.get_level_values(0).map(regions(process).get) == region)
        effects = two_way_effects(*codes(index[keep]))
        data = np.stack([frame.to_numpy()[keep] for frame in frames])
        columns = list(frames[0].columns)
        x = np.take(data, [columns.index(name) for name in names], axis=2)
        if form is not None:
            fdi, ce = x[:, :, names.index("fdi")], x[:, :, names.index("ce")]
            product = _product(fdi, ce, form, effects.n_units, effects.n_periods)
            x = np.concatenate([x, product[:, :, None]], axis=2)
        many = two_way_many(effects, data[:, :, 0], x)
        free, groups = float(effects.n_obs - x.shape[2] - effects.absorbed), effects.n_units - 1.0
        out = []
        for j, name in enumerate([*names, *(["product"] if form else [])]):
            if report is not None and name not in report:
                continue
            errors = {
                "classical, t(n-k-K)": (many.classical[:, j], free),
                CR1: (many.clustered[:, j], groups),
                "CR3, t(G-1)": (many.jackknife[:, j], groups),
            }
            term, planted = f"fdi x ce ({form})", process.synergy
            if name != "product":
                term, planted = name, process.slopes[region or REGIONS[0]][name]
            out.append(Finding(term, region or "all", planted, many.params[:, j], errors))
        return out

    return estimate


def _product(first: Floats, second: Floats, form: str, groups: int, periods: int) -> Floats:
    """Interaction of every draw, shape (draws, n); rows are a full grid."""
    parts = []
    for values in (first, second):
        grid = values.reshape(-1, groups, periods)
        if form == "demeaned":
            grid = grid - grid.mean(axis=1, keepdims=True) - grid.mean(axis=2, keepdims=True)
            grid = grid + values.mean(axis=1)[:, None, None]
        else:
            grid = grid - values.mean(axis=1)[:, None, None]
        parts.append(grid.reshape(first.shape))
    return parts[0] * parts[1]


def _each(
    process: Process,
    names: list[str],
    fit: Callable[[pd.DataFrame, list[str]], tuple[str, Fit]],
) -> Estimate:
    """An estimator of one frame, applied to every draw; the lag's truth is the error's persistence."""
    truth = {**process.slopes[REGIONS[0]], "ex (lag)": process.error.persistence}

    def estimate(frames: list[pd.DataFrame]) -> list[Finding]:
        kind = fit(frames[0], names)[0]
        fits = [fit(frame, names)[1] for frame in frames]
        estimates, errors = (pd.DataFrame([f[i] for f in fits]) for i in (0, 1))
        return [
            Finding(
                n, "all", truth[n], estimates[n].to_numpy(),
                {kind: (errors[n].to_numpy(), fits[0][2])},
            )
            for n in names
        ]  # fmt: skip

    return estimate


def _differences(frame: pd.DataFrame, names: list[str]) -> tuple[str, Fit]:
    found = first_differences(frame["ex"], frame[names])
    return CR1, (found.params, found.std_errors, found.n_clusters - 1.0)


def _long(frame: pd.DataFrame, names: list[str]) -> tuple[str, Fit]:
    years = frame.index.get_level_values(1)
    found = long_difference(frame["ex"], frame[names], first=years.min(), last=years.max())
    return "HC3, t(n-k-1)", (found.params, found.std_errors, found.n_obs - len(names) - 1.0)


def _ppml(frame: pd.DataFrame, names: list[str]) -> tuple[str, Fit]:
    found = ppml(np.exp(frame["ex"]), frame[names])
    return CR1, (found.params, found.std_errors, found.n_clusters - 1.0)


def _cce(frame: pd.DataFrame, names: list[str]) -> tuple[str, Fit]:
    found = pooled_cce(frame["ex"], frame[names])
    return "Pesaran, normal", (found.params, found.std_errors, np.inf)


def _fmols(
    frame: pd.DataFrame, names: list[str], *, method: str = "pooled", demean: bool = True
) -> tuple[str, Fit]:
    wide = {name: frame[name].unstack("province_code") for name in ["ex", *names]}
    found = fmols(wide.pop("ex"), wide, method=method, trend="c", bandwidth=2, demean=demean)
    return "long run, normal", (found.params, found.std_errors, np.inf)


def _dols(frame: pd.DataFrame, names: list[str]) -> tuple[str, Fit]:
    wide = {name: frame[name].unstack("province_code") for name in ["ex", *names]}
    options = {"method": "pooled", "trend": "c", "bandwidth": 2, "demean": True}
    found = dols(wide.pop("ex"), wide, **options, leads=0, lags=0)  # type: ignore[arg-type]
    return "long run, normal", (found.params, found.std_errors, np.inf)


def _one_way(frame: pd.DataFrame, names: list[str]) -> tuple[str, Fit]:
    within = frame - frame.groupby(level=0).transform("mean")
    x, y = within[names].to_numpy(), within["ex"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    slopes = bread @ x.T @ y
    scores = pd.DataFrame(x * (y - x @ slopes)[:, None], frame.index).groupby(level=0).sum()
    groups = len(scores)
    influence = scores.to_numpy() @ bread
    errors = np.sqrt(groups / (groups - 1) * (influence**2).sum(axis=0))
    return CR1, (pd.Series(slopes, names), pd.Series(errors, names), groups - 1.0)


def _dynamic(frame: pd.DataFrame, column: str) -> tuple[str, Fit]:
    """Lagged exports beside FDI and CE and their lags.

    With an AR(1) error, y = rho y_-1 + x'b - rho x_-1'b + shock exactly, so the lag's truth is rho.
    """
    names = ["fdi", "ce"]
    lags = frame[names].groupby(level=0).shift().add_suffix(" (lag)")
    # the first year has no lagged regressor; y's own lag is taken inside the estimator
    data = frame[["ex", *names]].join(lags).dropna()
    found = half_panel_jackknife(data["ex"], data.drop(columns="ex"))
    own = found.params[column], found.std_errors[column], found.n_units - 1.0
    return "jackknife, t(G-1)", own
