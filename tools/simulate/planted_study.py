"""The Monte Carlo over the planted processes: which estimators find the truth, and which do not."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.fixed_effects.within import Floats, Ints, two_way_effects
from estimation.econometrics.long_run import dols, fmols
from estimation.econometrics.robustness.common_effects import pooled_cce
from estimation.econometrics.robustness.dynamics import (
    first_differences,
    half_panel_jackknife,
    long_difference,
)
from estimation.econometrics.robustness.ppml import ppml
from tools.simulate import planted_tests
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


@dataclass(frozen=True, slots=True)
class Case:
    """One estimator on one process.

    Attributes
    ----------
    estimator : str
    process : Process
    reason : str
        Why it is on its list.
    estimate : callable
        Takes the drawn frames, returns the Findings.
    """

    estimator: str
    process: Process
    reason: str
    estimate: Callable[[list[pd.DataFrame]], list[Finding]]


@dataclass(frozen=True, slots=True)
class Finding:
    """Estimates of one value over all draws.

    Attributes
    ----------
    term, region : str
    planted : float
    estimates : ndarray, shape (draws,)
    errors : dict of inference to (ndarray of shape (draws,), degrees of freedom)
    """

    term: str
    region: str
    planted: float
    estimates: Floats
    errors: dict[str, tuple[Floats, float]]


def list_a() -> list[Case]:
    """Estimators that are consistent under the process they are given.

    Regressors are strictly exogenous and, like the error, symmetric about zero, so whatever is
    linear in y is unbiased given x, and FMOLS, DOLS and CCE, odd in the error, are centred on the
    truth. PPML is consistent only: a finite-sample bias of order 1/N is part of it.
    """
    one, two = load_process("homogeneous"), load_process("regional")
    pair = without_slopes(one, ["fdi", "ce"])
    cases = [
        Case(
            "two-way within, 31 provinces", one, "linear in y, x strictly exogenous", _within(one)
        ),
        Case(
            "two-way within, paper's 29",
            one,
            "as before",
            _within(one, without=PAPER_LEAVES_OUT),
        ),
        Case(
            "two-way within, paper's 29, 2008-2018 without 2010",
            one,
            "as before",
            _within(one, without=PAPER_LEAVES_OUT, years=HEADLINE_YEARS),
        ),
        Case(
            "two-way within with centred product",
            one,
            "the product's slope is nil, so adding it costs precision only",
            _within(one, form="centred"),
        ),
        Case(
            "two-way within with demeaned product",
            one,
            "as before",
            _within(one, form="demeaned"),
        ),
        Case("first differences", one, "linear in y", _differences(one)),
        Case("long difference 2005-2022", one, "linear in y", _long_difference(one)),
        Case("PPML in levels", one, "consistent; bias of order 1/N", _ppml(one)),
        Case(
            "pooled FMOLS, demeaned by year",
            one,
            "odd in the error",
            _long_run(one, "fmols"),
        ),
        Case(
            "pooled CCE of two regressors",
            pair,
            "odd in the error",
            _cce(pair),
        ),
        Case(
            "two-way within with demeaned product, pooled",
            two,
            "symmetry: slopes that differ by region are odd in x, the product is even",
            _within(two, form="demeaned", report=["product"]),
        ),
    ]
    for region in REGIONS:
        cases.append(
            Case(
                f"two-way within, {region}",
                two,
                "the omitted product is even in x, the slopes odd",
                _within(two, region=region),
            )
        )
        cases.append(
            Case(
                f"two-way within with demeaned product, {region}",
                two,
                "the process itself",
                _within(two, region=region, form="demeaned"),
            )
        )
    return cases


def list_b() -> list[Case]:
    """Estimators that fail, in the estimate or in its standard error, at T = 18."""
    one, two = load_process("homogeneous"), load_process("regional")
    pair = without_slopes(one, ["fdi", "ce"])
    plain = replace(pair, error=replace(one.error, factor=0.0))
    fed, shared = replace(pair, feedback=0.6), replace(pair, shared_factor=1.0)
    few = ["fdi", "ce"]
    return [
        Case(
            "two-way within, classical and clustered errors",
            one,
            "no bias; errors that ignore persistence and the factor cover too little",
            _within(one),
        ),
        Case(
            "one-way within (province effects only)",
            one,
            "national trends of y and x are taken for slopes",
            _one_way(one),
        ),
        Case(
            "two-way within with centred product, pooled",
            two,
            "another estimand than the planted one",
            _within(two, form="centred", report=["product"]),
        ),
        Case(
            "pooled FMOLS, demeaned by year",
            one,
            "no bias here; its standard errors are far too small at T = 18",
            _long_run(one, "fmols"),
        ),
        Case(
            "pooled DOLS (0,0), demeaned by year",
            one,
            "time means taken after each province's differences leave part of what a year has in common",
            _long_run(one, "dols"),
        ),
        Case(
            "group-mean FMOLS of two regressors",
            pair,
            "standard errors too small at T = 18",
            _long_run(pair, "group_mean", few),
        ),
        Case(
            "pooled FMOLS as the paper runs it (no year effects)",
            one,
            "national trends of y and x are taken for slopes",
            _long_run(one, "fmols_raw"),
        ),
        Case(
            "two-way within, regressor fed back from the error",
            fed,
            "not strictly exogenous: bias of order 1/T",
            _within(fed, names=few),
        ),
        Case(
            "pooled FMOLS, regressor fed back from the error",
            fed,
            "the correction removes part of the bias at T = 18",
            _long_run(fed, "fmols", few),
        ),
        Case(
            "pooled DOLS (0,0), regressor fed back from the error",
            fed,
            "leads and lags it does not have would be needed for the rest",
            _long_run(fed, "dols", few),
        ),
        Case(
            "two-way within, factor shared by FDI and exports",
            shared,
            "year effects do not absorb a factor with loadings",
            _within(shared, names=few),
        ),
        Case(
            "pooled CCE, factor shared by FDI and exports",
            shared,
            "averages of 31 provinces measure the factor with error: part of the bias stays",
            _cce(shared),
        ),
        Case(
            "within with lagged exports (Nickell)",
            plain,
            "bias of order 1/T, toward zero",
            _dynamic(plain, "within"),
        ),
        Case(
            "half-panel jackknife with lagged exports",
            plain,
            "removes order 1/T only",
            _dynamic(plain, "jackknife"),
        ),
    ]


def run(cases: Sequence[Case], draws: int, first: int = 0) -> pd.DataFrame:
    """Monte Carlo of a list.

    Parameters
    ----------
    cases : sequence of Case
    draws : int
        At least 2; seeds are process.seed * 10_000 + first, first + 1, ...
    first : int

    Returns
    -------
    pandas.DataFrame
        process, estimator, region, term, planted, mean, bias, mc_std_error (sd over draws divided
        by root draws), z = bias over it, sd, one `coverage: <inference>` column of nominal 95 %
        intervals where the estimator has that inference, first_estimate (of the first draw, ties
        the table to the code), draws, reason.
    """
    if draws < 2:
        raise ValueError(f"draws={draws}: at least 2")
    rows = []
    drawn: dict[str, list[pd.DataFrame]] = {}
    for case in cases:
        key = repr(
            (
                case.process.slopes,
                case.process.error,
                case.process.feedback,
                case.process.shared_factor,
                case.process.seed,
            )
        )
        if key not in drawn:
            seeds = case.process.seed * 10_000 + first + np.arange(draws)
            drawn[key] = [
                regression_frame(case.process, draw(case.process, int(seed))) for seed in seeds
            ]
        for finding in case.estimate(drawn[key]):
            rows.append(_summary(case, finding))
    return pd.DataFrame(rows)


def main() -> int:
    """Run both lists and the tests, store them; non-zero if list A misses a planted value."""
    parser = argparse.ArgumentParser(description="Monte Carlo over the planted processes")
    parser.add_argument("--draws", type=int, default=DRAWS, help=f"default {DRAWS}; at least 200")
    parser.add_argument("--print-only", action="store_true", help="leave the stored tables alone")
    arguments = parser.parse_args()
    if arguments.draws < 200:
        parser.error("the stored tables rest on at least 200 draws")
    worst = 0.0
    for name, cases in (("A", list_a()), ("B", list_b())):
        table = run(cases, arguments.draws)
        print(f"list {name}, {arguments.draws} draws")
        print(table.drop(columns=["reason", "first_estimate", "draws"]).round(4).to_string())
        if not arguments.print_only:
            table.to_csv(STORED[name], index=False, float_format="%.10g")
        if name == "A":
            worst = float(table["z"].abs().max())
            print(f"largest |bias| in Monte Carlo standard errors: {worst:.2f}")
    tests = planted_tests.run(planted_tests.DRAWS)
    print(f"rejections of the nominal 5 % tests, {planted_tests.DRAWS} draws")
    print(tests.drop(columns=["first_p_value", "draws"]).round(3).to_string())
    if not arguments.print_only:
        tests.to_csv(planted_tests.STORED, index=False, float_format="%.10g")
    return 0 if worst <= 3 else 1


def _summary(case: Case, finding: Finding) -> dict[str, object]:
    estimates = finding.estimates
    spread = float(estimates.std(ddof=1))
    error = spread / np.sqrt(len(estimates))
    bias = float(estimates.mean() - finding.planted)
    coverage = {}
    for inference, (std_errors, df) in finding.errors.items():
        width = stats.norm.ppf(0.975) if np.isinf(df) else stats.t.ppf(0.975, df)
        hit = np.abs(estimates - finding.planted) <= width * std_errors
        coverage[f"coverage: {inference}"] = float(hit.mean())
    return {
        "process": case.process.name,
        "estimator": case.estimator,
        "region": finding.region,
        "term": finding.term,
        "planted": finding.planted,
        "mean": float(estimates.mean()),
        "bias": bias,
        "mc_std_error": error,
        "z": bias / error,
        "sd": spread,
        **coverage,
        "first_estimate": float(estimates[0]),
        "draws": len(estimates),
        "reason": case.reason,
    }


def _within(
    process: Process,
    *,
    names: list[str] | None = None,
    region: str | None = None,
    without: Sequence[str] = (),
    years: Sequence[int] | None = None,
    form: str | None = None,
    report: list[str] | None = None,
) -> Callable[[list[pd.DataFrame]], list[Finding]]:
    """Two-way within estimates of all draws at once, with three kinds of standard errors."""
    names = names or process.roles

    def estimate(frames: list[pd.DataFrame]) -> list[Finding]:
        index = frames[0].index
        keep = ~index.get_level_values(0).isin(list(without))
        if years is not None:
            keep &= index.get_level_values(1).isin(list(years))
        if region is not None:
            keep &= np.asarray(index.get_level_values(0).map(regions(process).get) == region)
        unit = np.unique(index.get_level_values(0)[keep], return_inverse=True)[1]
        time = np.unique(index.get_level_values(1)[keep], return_inverse=True)[1]
        unit, time = unit.astype(np.int64), time.astype(np.int64)
        data = np.stack([frame.to_numpy()[keep] for frame in frames])
        columns = list(frames[0].columns)
        x = np.take(data, [columns.index(name) for name in names], axis=2)
        if form is not None:
            fdi, ce = x[:, :, names.index("fdi")], x[:, :, names.index("ce")]
            x = np.concatenate([x, _product(fdi, ce, form, unit, time)[:, :, None]], axis=2)
        many = two_way_many(two_way_effects(unit, time), data[:, :, 0], x)
        n, groups, periods = unit.size, int(unit.max()) + 1, int(time.max()) + 1
        free = n - x.shape[2] - (groups + periods - 1)
        out = []
        for j, name in enumerate([*names, *(["product"] if form else [])]):
            if report is not None and name not in report:
                continue
            term, planted = _truth(process, name, form, region)
            errors = {
                "classical, t(n-k-K)": (many.classical[:, j], float(free)),
                "CR1, t(G-1)": (many.clustered[:, j], float(groups - 1)),
                "CR3, t(G-1)": (many.jackknife[:, j], float(groups - 1)),
            }
            out.append(Finding(term, region or "all", planted, many.params[:, j], errors))
        return out

    return estimate


def _product(first: Floats, second: Floats, form: str, unit: Ints, time: Ints) -> Floats:
    """Interaction of every draw, shape (draws, n); rows are a full grid."""
    if form == "centred":
        centred = first - first.mean(axis=1, keepdims=True)
        return centred * (second - second.mean(axis=1, keepdims=True))
    groups, periods = int(unit.max()) + 1, int(time.max()) + 1
    parts = []
    for values in (first, second):
        grid = values.reshape(-1, groups, periods)
        grid = grid - grid.mean(axis=1, keepdims=True) - grid.mean(axis=2, keepdims=True)
        parts.append(grid + values.mean(axis=1)[:, None, None])
    return (parts[0] * parts[1]).reshape(first.shape)


def _truth(process: Process, name: str, form: str | None, region: str | None) -> tuple[str, float]:
    if name == "product":
        return f"fdi x ce ({form})", process.synergy
    return name, process.slopes[region or REGIONS[0]][name]


def _each(
    process: Process,
    names: list[str],
    fit: Callable[[pd.DataFrame], tuple[pd.Series, dict[str, tuple[pd.Series, float]]]],
) -> Callable[[list[pd.DataFrame]], list[Finding]]:
    """Apply an estimator of one frame to every draw."""

    def estimate(frames: list[pd.DataFrame]) -> list[Finding]:
        fits = [fit(frame) for frame in frames]
        out = []
        for name in names:
            values = np.array([params[name] for params, _ in fits])
            errors = {
                kind: (np.array([e[kind][0][name] for _, e in fits]), df)
                for kind, (_, df) in fits[0][1].items()
            }
            out.append(Finding(name, "all", _planted(process, name), values, errors))
        return out

    return estimate


def _planted(process: Process, name: str) -> float:
    if name == "ex (lag)":
        return process.error.persistence
    return process.slopes[REGIONS[0]][name]


def _differences(process: Process) -> Callable[[list[pd.DataFrame]], list[Finding]]:
    def fit(frame: pd.DataFrame) -> tuple[pd.Series, dict[str, tuple[pd.Series, float]]]:
        result = first_differences(frame["ex"], frame[process.roles], correction="groups")
        return result.params, {"CR1, t(G-1)": (result.std_errors, result.n_clusters - 1.0)}

    return _each(process, process.roles, fit)


def _long_difference(process: Process) -> Callable[[list[pd.DataFrame]], list[Finding]]:
    first, last = int(process.years[0]), int(process.years[-1])

    def fit(frame: pd.DataFrame) -> tuple[pd.Series, dict[str, tuple[pd.Series, float]]]:
        result = long_difference(
            frame["ex"], frame[process.roles], first=first, last=last, cov="hc3"
        )
        free = result.n_obs - len(process.roles) - 1.0
        return result.params, {"HC3, t(n-k-1)": (result.std_errors, free)}

    return _each(process, process.roles, fit)


def _ppml(process: Process) -> Callable[[list[pd.DataFrame]], list[Finding]]:
    def fit(frame: pd.DataFrame) -> tuple[pd.Series, dict[str, tuple[pd.Series, float]]]:
        result = ppml(np.exp(frame["ex"]), frame[process.roles], correction="reghdfe")
        return result.params, {"CR1, t(G-1)": (result.std_errors, result.n_clusters - 1.0)}

    return _each(process, process.roles, fit)


def _cce(process: Process) -> Callable[[list[pd.DataFrame]], list[Finding]]:
    def fit(frame: pd.DataFrame) -> tuple[pd.Series, dict[str, tuple[pd.Series, float]]]:
        result = pooled_cce(frame["ex"], frame[["fdi", "ce"]], cov="pesaran")
        return result.params, {"Pesaran, normal": (result.std_errors, np.inf)}

    return _each(process, ["fdi", "ce"], fit)


def _long_run(
    process: Process, method: str, names: list[str] | None = None
) -> Callable[[list[pd.DataFrame]], list[Finding]]:
    names = names or process.roles

    def fit(frame: pd.DataFrame) -> tuple[pd.Series, dict[str, tuple[pd.Series, float]]]:
        wide = {name: frame[name].unstack("province_code") for name in ["ex", *names]}
        y = wide.pop("ex")
        if method == "dols":
            result = dols(
                y, wide, method="pooled", trend="c", bandwidth=2, demean=True, leads=0, lags=0
            )
        else:
            kind = "group_mean" if method == "group_mean" else "pooled"
            result = fmols(
                y, wide, method=kind, trend="c", bandwidth=2, demean=method != "fmols_raw"
            )
        return result.params, {"long run, normal": (result.std_errors, np.inf)}

    return _each(process, names, fit)


def _one_way(process: Process) -> Callable[[list[pd.DataFrame]], list[Finding]]:
    def fit(frame: pd.DataFrame) -> tuple[pd.Series, dict[str, tuple[pd.Series, float]]]:
        within = frame - frame.groupby(level=0).transform("mean")
        x, y = within[process.roles].to_numpy(), within["ex"].to_numpy()
        bread = np.linalg.inv(x.T @ x)
        slopes = bread @ x.T @ y
        unit = np.unique(frame.index.get_level_values(0), return_inverse=True)[1]
        scores = np.zeros((unit.max() + 1, x.shape[1]))
        np.add.at(scores, unit, x * (y - x @ slopes)[:, None])
        groups = len(scores)
        influence = scores @ bread
        errors = np.sqrt(groups / (groups - 1) * (influence**2).sum(axis=0))
        series = pd.Series(errors, process.roles)
        return pd.Series(slopes, process.roles), {"CR1, t(G-1)": (series, groups - 1.0)}

    return _each(process, process.roles, fit)


def _dynamic(process: Process, column: str) -> Callable[[list[pd.DataFrame]], list[Finding]]:
    """Lagged exports beside FDI and CE and their lags.

    With an AR(1) error, y = rho y_-1 + x'b - rho x_-1'b + shock exactly, so the lag's truth is rho.
    """
    names = ["fdi", "ce"]

    def fit(frame: pd.DataFrame) -> tuple[pd.Series, dict[str, tuple[pd.Series, float]]]:
        lags = frame[names].groupby(level=0).shift().add_suffix(" (lag)")
        data = frame[["ex", *names]].join(lags)
        # the first year has no lagged regressor; y's own lag is taken inside the estimator
        lagged = [f"{name} (lag)" for name in names]
        data = data.dropna()
        result = half_panel_jackknife(data["ex"], data[names + lagged])
        errors = (result.std_errors[column], result.n_units - 1.0)
        return result.params[column], {"jackknife, t(G-1)": errors}

    return _each(process, ["ex (lag)", *names], fit)


if __name__ == "__main__":
    raise SystemExit(main())
