"""Panels with lags of the outcome: difference GMM of Arellano and Bond, system GMM of Blundell and Bond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from living_panel.estimation.econometrics.arguments import check_arguments, with_arguments_of
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.data import (
    PanelData,
    complete,
    named_periods,
    read_data,
    refuse_reserved,
)
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table

Lags = Mapping[str, int | tuple[int, int | None]] | None
_ESTIMATORS = {
    "arellano_bond": ("difference_gmm", "Difference GMM (Arellano and Bond)"),
    "blundell_bond": ("system_gmm", "System GMM (Blundell and Bond)"),
}


def _dynamic(
    method: str,
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    gmm: Lags = None,
    iv: Sequence[str] | None = None,
    two_steps: bool = False,
    windmeijer: bool = True,
    collapse: bool = False,
) -> Fit:
    """Estimate by one of the two methods.

    Parameters
    ----------
    formula : str
        `y ~ l(y, 1:2) + x + l(x, 1)`; `| time` adds effects of periods.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    gmm : mapping of str to int or (int, int), optional
        Variables with the first, or the first and the last lag that is an instrument of each period. Default: the
        outcome from lag 2 on.
    iv : sequence of str, optional
        Instruments as they are. Default: the regressors that have no variable of `gmm` in them.
    two_steps : bool
        Weights from the residuals of the first step. Default False.
    windmeijer : bool
        Correct the covariance of two steps (Windmeijer 2005). Default True.
    collapse : bool
        One instrument for each lag instead of each lag and period. Default False.

    Returns
    -------
    Fit
        `fit_statistics` has Hansen's test, Sargan's, and Arellano and Bond's of autocorrelation.
    """
    from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
    from living_panel.estimation.econometrics.panel_models.dynamic import (
        MomentChoice,
        check_moments,
        fit_dynamic,
        instruments_of,
    )
    from living_panel.estimation.econometrics.panel_models.formula import read_model, text_of

    panel, model = read_data(data, unit, time), read_model(formula)
    if model.instruments:
        raise InvalidOption(codes.NO_FORMULA(text=formula, estimator=method))
    if not {*model.effects} <= {panel.time, "year"}:
        raise InvalidOption(codes.ONLY_EFFECTS_OF_PERIODS(text=formula, estimator=method))
    refuse_reserved(panel, [*model.names, *model.effects])
    lagged: Mapping[str, Any] = {text_of(model.outcome): 2} if gmm is None else gmm
    limits = {name: _limits(name, lags) for name, lags in lagged.items()}
    plain = instruments_of(model, [*limits]) if iv is None else [*iv]
    chosen = MomentChoice(limits, plain, 2 if two_steps else 1, collapse)
    correction = "windmeijer" if two_steps and windmeijer else "none"
    way = read_vcov({"cov": "robust", "correction": correction, "df": "normal"})
    estimator, title = _ESTIMATORS[method]
    check_moments(model, estimator, way, chosen)
    frame = _numbers(panel, [*model.names, *chosen.names])
    with named_periods(panel):
        fit, result = fit_dynamic(model, frame, estimator, way, chosen)
    numbers = {
        "Hansen": result.hansen[0], "Hansen p": result.hansen[1],
        "Sargan": result.sargan[0], "Sargan p": result.sargan[1], "degrees of both": float(result.degrees),
        **{f"AR({m}) z": pair[0] for m, pair in result.autocorrelation.items()},
        **{f"AR({m}) p": pair[1] for m, pair in result.autocorrelation.items()},
    }  # fmt: skip
    many = result.n_instruments > result.n_units
    return Fit(
        title=title,
        table=coefficient_table(fit.params, fit.std_errors, float("inf")),
        choices={
            "steps": chosen.steps,
            "instruments_of_periods": [f"{t}: {a} to {b or 'all'}" for t, (a, b) in limits.items()],
            "instruments": plain or None,
            "effects": [panel.time] if model.effects else None,
            "collapse": collapse,
            "number_of_instruments": result.n_instruments,
            "covariance": way.cov,
            "correction": correction,
            "distribution": way.df,
            "sample": {**panel.sample, "rows": result.n_obs, "units": result.n_units},
        },
        notes=("more instruments than units: Hansen's test has little power",) if many else (),
        references=(method, *(("windmeijer",) if correction == "windmeijer" else ())),
        raw=result,
        method=method,
        formula=formula,
        inference=way.label,
        cov=fit.cov,
        fit_statistics=numbers,
        kinds=(way.cov,),
    )


@check_arguments
@with_arguments_of(_dynamic)
def arellano_bond(*arguments: Any, **options: Any) -> Fit:
    """Difference GMM: first differences, with earlier levels as instruments of each period.

    Defaults are those of Stata's `xtabond` ([XT] xtabond): one step, all lags of the outcome from the second on as
    instruments, and differences of the other regressors. Errors are robust, as `summary` of R's `pgmm` has them and
    xtabond with `vce(robust)`. There is no constant; xtabond has one. pgmm has effects of periods by default.
    `windmeijer` is xtabond's `twostep vce(robust)`.
    """
    return _dynamic("arellano_bond", *arguments, **options)


@check_arguments
@with_arguments_of(_dynamic)
def blundell_bond(*arguments: Any, **options: Any) -> Fit:
    """System GMM: the differenced equation, and that in levels with earlier differences as instruments.

    Defaults are those of Stata's `xtabond2` (SSC): one step, robust errors as with its option `robust`, the weights
    h(3), and instruments of `iv` in both equations. A constant is added. The level equation has the difference of the
    first lag of `gmm` less 1.
    """
    return _dynamic("blundell_bond", *arguments, **options)


def _limits(name: str, lags: Any) -> tuple[int, int | None]:
    """First and last lag of an instrument."""
    first, last = (lags, None) if isinstance(lags, int) else tuple(lags)
    if first < 1 or (last is not None and last < first):
        raise InvalidOption(codes.WRONG_LAGS(name=name, lags=str(lags)))
    return int(first), None if last is None else int(last)


def _numbers(panel: PanelData, names: Sequence[str]) -> pd.DataFrame:
    """The frame with numbers in each of these columns, of which a cell may be missing."""
    values = {
        name: complete(panel, [name]).frame[name].reindex(panel.frame.index)
        for name in dict.fromkeys(names)
        if name in panel.frame
    }
    return panel.frame.assign(**values)
