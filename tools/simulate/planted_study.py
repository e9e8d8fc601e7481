"""The Monte Carlo over the planted processes: which estimators find the truth, and which do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics.fixed_effects.regression_data import row_codes
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    WithinFit,
    fit_within,
    two_way_effects,
)
from living_panel.estimation.econometrics.inference.engines import two_way_covariance
from living_panel.estimation.econometrics.robustness.synergy import Form, interaction_parts
from living_panel.estimation.estimators import dynamic, factors, long_run
from living_panel.estimation.estimators.discrete import _two_way_poisson
from living_panel.orchestration.simulated.planted import (
    REGIONS,
    Process,
    draw,
    load_process,
    regions,
    regression_frame,
    without_slopes,
)
from tools.simulate import STORED_STUDIES

STORED = {
    "A": STORED_STUDIES / "recovered_list_a.csv",
    "B": STORED_STUDIES / "recovered_list_b.csv",
}
DRAWS = 400
PAPER_LEAVES_OUT = ["540000", "650000"]
HEADLINE_YEARS = [year for year in range(2008, 2019) if year != 2010]
CR1, CR3 = "CR1, t(G-1)", "CR3, t(G-1)"
PRODUCT = "fdi x ce ({})"

# Estimates, and by inference standard errors in their order with degrees of freedom.
Fit = tuple[pd.Series, dict[str, tuple[Floats, float]]]


@dataclass(frozen=True, slots=True)
class Case:
    """One estimator on one process, and why it is on its list.

    `fit` estimates regressors by name, those of the process without `names`; `terms` are reported,
    all without it; `region` whose slopes are the truth.
    """

    estimator: str
    process: Process
    reason: str
    fit: Callable[[pd.DataFrame, list[str]], Fit]
    names: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    region: str = "all"

    def planted(self, term: str) -> float:
        """The truth; a lag's is the error's persistence."""
        p = self.process
        truth = {**p.slopes[REGIONS[0] if self.region == "all" else self.region]}
        truth["ex (lag)"] = p.error.persistence
        return p.synergy if term.startswith("fdi x ce") else truth[term]


def list_a() -> list[Case]:
    """Estimators that are consistent under the process they are given.

    Regressors are strictly exogenous and, like the error, symmetric about zero. So every estimator linear in y is
    unbiased given x, and FMOLS, DOLS and CCE, odd in the error, are centred on the truth. PPML is consistent only: a
    finite-sample bias of order 1/N is part of it.
    """
    one, two = load_process("homogeneous"), load_process("regional")
    pair = without_slopes(one, ["fdi", "ce"])
    same, odd = "as before", "odd in the error"
    nil = "the product's slope is nil, so adding it costs precision only"
    pooled = "symmetry: slopes that differ by region are odd in x, the product is even"
    within, product = "two-way within", "two-way within with {} product"
    codes_ = one.provinces["province_code"]
    paper = codes_[~codes_.isin(PAPER_LEAVES_OUT)].to_list()
    by_paper = partial(_within, provinces=paper)
    centred, by_both = partial(_within, form="centred"), partial(_within, form="demeaned")
    cases = [
        Case(f"{within}, 31 provinces", one, "linear in y, x strictly exogenous", _within),
        Case(f"{within}, paper's 29", one, same, by_paper),
        Case(
            f"{within}, paper's 29, 2008-2018 without 2010", one, same,
            partial(by_paper, years=HEADLINE_YEARS),
        ),
        Case(product.format("centred"), one, nil, centred),
        Case(product.format("demeaned"), one, same, by_both),
        Case("first differences", one, "linear in y", _differences),
        Case("long difference 2005-2022", one, "linear in y", _long),
        Case("PPML in levels", one, "consistent; bias of order 1/N", _ppml),
        Case("pooled FMOLS, demeaned by year", one, odd, _fmols),
        Case("pooled CCE of two regressors", pair, odd, _cce, ["fdi", "ce"]),
        Case(
            f"{product.format('demeaned')}, pooled", two, pooled, by_both,
            terms=[PRODUCT.format("demeaned")],
        ),
    ]  # fmt: skip
    even = "the omitted product is even in x, the slopes odd"
    label = regions(two)
    for region in REGIONS:
        by_region = {"provinces": label.index[label == region].to_list()}
        itself = product.format("demeaned")
        cases += [
            Case(f"{within}, {region}", two, even, partial(_within, **by_region), region=region),
            Case(
                f"{itself}, {region}", two, "the process itself", partial(by_both, **by_region),
                region=region,
            ),
        ]  # fmt: skip
    return cases


def list_b() -> list[Case]:
    """Estimators that fail, in the estimate or in its standard error, at T = 18."""
    one, two = load_process("homogeneous"), load_process("regional")
    few = ["fdi", "ce"]
    pair = without_slopes(one, few)
    plain = replace(pair, error=replace(one.error, factor=0.0))
    fed, shared = replace(pair, feedback=0.6), replace(pair, shared_factor=1.0)
    trends = "national trends of y and x are taken for slopes"
    back = "regressor fed back from the error"
    both = "factor shared by FDI and exports"
    return [
        Case(
            "two-way within, classical and clustered errors", one,
            "no bias; errors that ignore persistence and the factor cover too little", _within,
        ),
        Case("one-way within (province effects only)", one, trends, _one_way),
        Case(
            "two-way within with centred product, pooled", two,
            "another estimand than the planted one", partial(_within, form="centred"),
            terms=[PRODUCT.format("centred")],
        ),
        Case(
            "pooled FMOLS, demeaned by year", one,
            "no bias here; its standard errors are far too small at T = 18", _fmols,
        ),
        Case(
            "pooled DOLS (0,0), demeaned by year", one,
            "time means taken after each province's differences leave part of what a year has in common",
            _dols,
        ),
        Case(
            "group-mean FMOLS of two regressors", pair, "standard errors too small at T = 18",
            partial(_fmols, method="group_mean"), few,
        ),
        Case(
            "pooled FMOLS as the paper runs it (no year effects)", one, trends,
            partial(_fmols, demean=False),
        ),
        Case(
            f"two-way within, {back}", fed, "not strictly exogenous: bias of order 1/T", _within, few
        ),
        Case(
            f"pooled FMOLS, {back}", fed, "the correction removes part of the bias at T = 18",
            _fmols, few,
        ),
        Case(
            f"pooled DOLS (0,0), {back}", fed,
            "leads and lags it does not have would be needed for the rest", _dols, few,
        ),
        Case(
            f"two-way within, {both}", shared,
            "year effects do not absorb a factor with loadings", _within, few,
        ),
        Case(
            f"pooled CCE, {both}", shared,
            "averages of 31 provinces measure the factor with error: part of the bias stays",
            _cce, few,
        ),
        Case(
            "within with lagged exports (Nickell)", plain, "bias of order 1/T, toward zero",
            partial(_dynamic, column="within"), few, ["ex (lag)", *few],
        ),
        Case(
            "half-panel jackknife with lagged exports", plain, "removes order 1/T only",
            partial(_dynamic, column="jackknife"), few, ["ex (lag)", *few],
        ),
    ]  # fmt: skip


def run(cases: Sequence[Case], draws: int, first: int = 0) -> pd.DataFrame:
    """Monte Carlo of a list; seeds are process.seed * 10_000 + first, first + 1, ...

    Returns
    -------
    pandas.DataFrame
        process, estimator, region, term, planted, mean, bias, mc_std_error (sd over draws divided by root
        draws). z = bias over it, sd. Then one `coverage: <inference>` column of nominal 95 % intervals where
        the estimator has that inference. Last first_estimate (of the first draw, ties the table to the code),
        draws, reason.
    """
    rows = []
    drawn: dict[str, list[pd.DataFrame]] = {}
    for case in cases:
        p = case.process
        key = repr((p.slopes, p.error, p.feedback, p.shared_factor, p.seed))
        if key not in drawn:
            seeds = p.seed * 10_000 + first + np.arange(draws)
            drawn[key] = [regression_frame(p, draw(p, int(seed))) for seed in seeds]
        fits = [case.fit(frame, case.names or p.roles) for frame in drawn[key]]
        rows += [_summary(case, term, fits) for term in case.terms or fits[0][0].index]
    return pd.DataFrame(rows)


def _summary(case: Case, term: str, fits: list[Fit]) -> dict[str, object]:
    planted, at = case.planted(term), fits[0][0].index.get_loc(term)
    estimates = np.array([fit[0].iloc[at] for fit in fits])
    spread = float(estimates.std(ddof=1))
    error = spread / np.sqrt(len(estimates))
    bias = float(estimates.mean() - planted)
    coverage = {}
    for inference, (_, df) in fits[0][1].items():
        std_errors = np.array([fit[1][inference][0][at] for fit in fits])
        hit = np.abs(estimates - planted) <= stats.t.ppf(0.975, df) * std_errors
        coverage[f"coverage: {inference}"] = float(hit.mean())
    return {
        "process": case.process.name, "estimator": case.estimator, "region": case.region,
        "term": term, "planted": planted, "mean": float(estimates.mean()),
        "bias": bias, "mc_std_error": error, "z": bias / error, "sd": spread, **coverage,
        "first_estimate": float(estimates[0]), "draws": len(estimates), "reason": case.reason,
    }  # fmt: skip


def _within(
    frame: pd.DataFrame,
    names: list[str],
    *,
    provinces: Sequence[str] | None = None,
    years: Sequence[int] | None = None,
    form: Form | None = None,
) -> Fit:
    """Two-way within, with a product of FDI and CE where a form is given."""
    for level, wanted in enumerate((provinces, years)):
        if wanted is not None:
            frame = frame[frame.index.isin(wanted, level=level)]
    x = frame[names]
    if form is not None:
        parts = interaction_parts(x, ("fdi", "ce"), form)
        x = x.assign(**{PRODUCT.format(form): parts["fdi"] * parts["ce"]})
    fit = fit_within(two_way_effects(*row_codes(x.index)), frame["ex"].to_numpy(), x.to_numpy())
    return pd.Series(fit.params, x.columns), errors_of(fit)


def errors_of(fit: WithinFit) -> dict[str, tuple[Floats, float]]:
    """Classical, clustered and jackknifed standard errors by unit, each with degrees of freedom."""
    effects = fit.effects
    free = float(effects.n_obs - fit.x.shape[1] - effects.absorbed)
    errors = {
        "classical, t(n-k-K)": (fit.residuals @ fit.residuals / free * fit.bread, free),
        CR1: (two_way_covariance(fit, effects.unit, "clustered", "reghdfe"), effects.n_units - 1.0),
        CR3: (
            two_way_covariance(fit, effects.unit, "cr3:jackknife", "none"),
            effects.n_units - 1.0,
        ),
    }
    return {way: (np.sqrt(np.diag(cov)), df) for way, (cov, df) in errors.items()}


def _differences(frame: pd.DataFrame, names: list[str]) -> Fit:
    fit = dynamic._annual_differences(frame["ex"], frame[names])
    return fit.params, {
        CR1: (fit.std_errors.to_numpy(), fit.used.get_level_values(0).nunique() - 1.0)
    }


def _long(frame: pd.DataFrame, names: list[str]) -> Fit:
    years = frame.index.get_level_values(1)
    fit = dynamic._long_difference(frame["ex"], frame[names], first=years.min(), last=years.max())
    return fit.params, {
        "HC3, t(n-k-1)": (fit.std_errors.to_numpy(), len(fit.used) - len(names) - 1.0)
    }


def _ppml(frame: pd.DataFrame, names: list[str]) -> Fit:
    fit = _two_way_poisson(np.exp(frame["ex"]), frame[names], df="t(G-1)")
    return fit.params, {
        CR1: (fit.std_errors.to_numpy(), frame.index.get_level_values(0).nunique() - 1.0)
    }


def _cce(frame: pd.DataFrame, names: list[str]) -> Fit:
    fit = factors._pooled_cce(frame["ex"], frame[names])
    return fit.params, {"Pesaran, normal": (fit.std_errors.to_numpy(), np.inf)}


def _fmols(
    frame: pd.DataFrame, names: list[str], *, method: str = "pooled", demean: bool = True
) -> Fit:
    wide = {name: frame[name].unstack("province_code") for name in ["ex", *names]}
    fit = long_run._fmols(
        wide.pop("ex"), wide, method=method, trend="c", bandwidth=2, demean=demean
    )
    return fit.params, {"long run, normal": (fit.std_errors.to_numpy(), np.inf)}


def _dols(frame: pd.DataFrame, names: list[str]) -> Fit:
    wide = {name: frame[name].unstack("province_code") for name in ["ex", *names]}
    fit = long_run._dols(
        wide.pop("ex"), wide, method="pooled", trend="c", bandwidth=2, demean=True, leads=0, lags=0,
        common_dynamics=False,
    )  # fmt: skip
    return fit.params, {"long run, normal": (fit.std_errors.to_numpy(), np.inf)}


def _one_way(frame: pd.DataFrame, names: list[str]) -> Fit:
    within = frame - frame.groupby(level=0).transform("mean")
    x, y = within[names].to_numpy(), within["ex"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    slopes = bread @ x.T @ y
    scores = pd.DataFrame(x * (y - x @ slopes)[:, None], frame.index).groupby(level=0).sum()
    groups = len(scores)
    influence = scores.to_numpy() @ bread
    errors = np.sqrt(groups / (groups - 1) * (influence**2).sum(axis=0))
    return pd.Series(slopes, names), {CR1: (errors, groups - 1.0)}


def _dynamic(frame: pd.DataFrame, names: list[str], *, column: str) -> Fit:
    """Lagged exports with regressors and their lags.

    With an AR(1) error, y = rho y_-1 + x'b - rho x_-1'b + shock exactly, so the lag's truth is rho.
    """
    lags = frame[names].groupby(level=0).shift().add_suffix(" (lag)")
    # the first year has no lagged regressor; y's own lag is taken inside the estimator
    data = frame[["ex", *names]].join(lags).dropna()
    fit = dynamic._half_panel(data["ex"], data.drop(columns="ex"))
    errors = fit.std_errors[column].to_numpy()
    return fit.params[column], {"jackknife, t(G-1)": (errors, fit.n_units - 1.0)}
