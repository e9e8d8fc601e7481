"""Regressions in time: GMM with lags of the outcome, the half-panel jackknife, long differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import numpy as np
import pandas as pd
import scipy

from living_panel.codes import Code
from living_panel.estimation.econometrics import sentences as estimators
from living_panel.estimation.econometrics import wide_panel
from living_panel.estimation.econometrics.arguments import (
    OneOf,
    check_arguments,
    with_arguments_of,
)
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects import panel_arrays
from living_panel.estimation.econometrics.fixed_effects.regression_data import (
    ABSORBED,
    check_frame,
    row_codes,
)
from living_panel.estimation.econometrics.fixed_effects.within import Floats, least_squares, lengths
from living_panel.estimation.econometrics.inference.sums import clustered_meat, sandwich
from living_panel.estimation.econometrics.library import sentences
from living_panel.estimation.econometrics.library.data import (
    LEVELS,
    PanelData,
    complete,
    label_of,
    named_periods,
    period_numbers,
    read_data,
    refuse_reserved,
)
from living_panel.estimation.econometrics.library.equations import (
    read_equation,
    read_plain_equation,
)
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table
from living_panel.estimation.econometrics.panel_models.columns import (
    CONSTANT,
    columns_of,
    with_shifts,
)
from living_panel.estimation.econometrics.panel_models.covariance import Vcov, read_vcov
from living_panel.estimation.econometrics.panel_models.formula import (
    CONSTANT_TERM,
    Factor,
    Model,
    read_model,
    text_of,
)
from living_panel.estimation.econometrics.panel_models.grammar import columns_needed
from living_panel.estimation.econometrics.row_names import PERIOD
from living_panel.estimation.econometrics.statistic import Name

NORMAL = float("inf")
METHODS = ("difference_gmm", "system_gmm")
ORDERS = 2
"""Autocorrelations tested."""
MIN_HALF = 4
"""Periods of half a panel."""
NEW_DEFINITION = "first year of a new definition"
SERIES_BREAK = "a series break"
LagLimits = tuple[int, int | None]
Lags = Mapping[str, int | LagLimits] | None
_ESTIMATORS = {
    "arellano_bond": ("difference_gmm", "Difference GMM (Arellano and Bond)"),
    "blundell_bond": ("system_gmm", "System GMM (Blundell and Bond)"),
}
_NOTHING = 1e-12  # share of the largest eigenvalue, of columns of one size


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
    panel, model = read_data(data, unit, time), read_model(formula)
    if model.instruments:
        raise InvalidOption(sentences.NO_FORMULA(text=formula, estimator=method))
    if not {*model.effects} <= {panel.time, "year"}:
        raise InvalidOption(
            Code.MODEL(
                "{text}: after the sign |, {estimator} takes only effects of periods",
                "remove the other effects; the estimator itself removes the effects of units",
                text=formula,
                estimator=method,
            )
        )
    refuse_reserved(panel, [*model.names, *model.effects])
    lagged: Mapping[str, Any] = {text_of(model.outcome): 2} if gmm is None else gmm
    limits = {name: _limits(name, lags) for name, lags in lagged.items()}
    plain = _instruments_of(model, [*limits]) if iv is None else [*iv]
    chosen = MomentChoice(limits, plain, 2 if two_steps else 1, collapse)
    correction = "windmeijer" if two_steps and windmeijer else "none"
    way = read_vcov({"cov": "robust", "correction": correction, "df": "normal"})
    estimator, title = _ESTIMATORS[method]
    _check_moments(model, estimator, way, chosen)
    frame = _numbers(panel, [*model.names, *chosen.names])
    with named_periods(panel):
        fit, result = _fit_dynamic(model, frame, estimator, way, chosen)
    numbers = {
        "Hansen": result.hansen[0], "Hansen p": result.hansen[1],
        "Sargan": result.sargan[0], "Sargan p": result.sargan[1], "degrees of both": float(result.degrees),
        **{f"AR({m}) z": pair[0] for m, pair in result.autocorrelation.items()},
        **{f"AR({m}) p": pair[1] for m, pair in result.autocorrelation.items()},
    }  # fmt: skip
    many = result.n_instruments > result.n_units
    return Fit(
        title=title,
        table=coefficient_table(fit.params, fit.std_errors, NORMAL),
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
    r"""Difference GMM: first differences, with earlier levels as instruments of each period.

    .. math:: b = (X'Z A Z'X)^{-1} X'Z A Z'y, \quad A_1 = (\sum Z_i'H_iZ_i)^{-1}, A_2 = (\sum Z_i'e_ie_i'Z_i)^{-1}

    A_1 is of one step, A_2 of two steps with the residuals e of the first (Arellano and Bond 1991).
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


@check_arguments
def half_panel_jackknife(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    method: Annotated[str, OneOf(("jackknife", "within"))] = "jackknife",
) -> Fit:
    r"""Two-way within estimator with the outcome's own lag, corrected by halves of the panel.

    .. math:: \tilde\theta = 2\hat\theta - \tfrac12(\hat\theta_1 + \hat\theta_2)

    removes the O(1/T) part of the Nickell bias (Dhaene and Jochmans 2015, eq. 1.3). With an odd number of usable
    periods the two ways of halving are averaged. Both effects are estimated anew in each half.

    Defaults are those of Dhaene and Jochmans (2015); standard errors come from leaving out one unit at a time, with
    the normal distribution. The panel is balanced and has no gap.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`; the lag of y is added.
    data : DataFrame or mapping of str to DataFrame
        Long data, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    method : {"jackknife", "within"}
        Default `jackknife`; `within` is the estimate without the correction.

    Returns
    -------
    Fit
        `raw.long_run` has the long-run slopes; `raw.params` and `raw.std_errors` have both estimates.
    """
    panel = read_data(data, unit, time)
    equation = read_equation(
        formula, panel, estimator="half_panel_jackknife", also=(), effects=True
    )
    with named_periods(equation.panel):
        result = _half_panel(equation.y, equation.x)
    unread = "the long run is not identified: the lag is less than two errors below one"
    return Fit(
        title=f"Within with a lag, {method}",
        table=coefficient_table(result.params[method], result.std_errors[method], NORMAL),
        choices={
            "method": method,
            "effects": [panel.unit, panel.time],
            "covariance": "jackknife over units",
            "distribution": "normal",
            "sample": equation.panel.sample,
        },
        notes=() if result.long_run_identified else (unread,),
        references=("half_panel",),
        raw=result,
        method="half_panel_jackknife",
        formula=formula,
        inference="jackknife:normal",
        df=NORMAL,
        fit_statistics={"rows after the lag": float(result.n_obs)},
    )


@check_arguments
def long_difference(
    formula: str,
    data: Any,
    *,
    unit: str | None = None,
    time: str | None = None,
    first: Any,
    last: Any,
    breaks: pd.DataFrame | None = None,
) -> Fit:
    """Change between two periods on changes, one row a unit.

    The covariance is HC3, as MacKinnon and White (1985) advise for small samples, with the normal distribution.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2` in levels.
    data : DataFrame or mapping of str to DataFrame
        Long data, balanced or not, or wide frames by name.
    unit, time : str, optional
        Columns, or levels of the index.
    first, last : object
        Periods as the data have them.
    breaks : pandas.DataFrame, optional
        First periods of new definitions of a variable: columns of the unit (missing or "" for every unit) and of the
        period, named as those of the data. Default: none. A unit with a break after `first` up to `last` is left out.

    Returns
    -------
    Fit
        `raw.lost` has the reason for each unit that is left out.
    """
    equation = read_plain_equation("long_difference", formula, data, unit, time)
    panel = equation.panel
    ends = [_number_of(panel, period) for period in (first, last)]
    broken = None if breaks is None else _breaks_of(panel, breaks)
    with named_periods(panel):
        result = _long_difference(
            equation.y, equation.x, first=ends[0], last=ends[1], breaks=broken
        )
    crossed = int(result.lost.str.startswith(SERIES_BREAK).sum())
    lost = {
        "without both periods": len(result.lost) - crossed,
        "with a break between them": crossed,
    }
    return Fit(
        title="Long difference",
        table=coefficient_table(result.params, result.std_errors, NORMAL),
        choices={
            "first": label_of(first),
            "last": label_of(last),
            "covariance": "HC3",
            "distribution": "normal",
            "sample": {**panel.sample, "rows": len(result.used)},
        },
        notes=tuple(f"units {what}: {count}" for what, count in lost.items() if count),
        references=("classical",),
        raw=result,
        method="long_difference",
        formula=formula,
        inference="HC3:normal",
        df=NORMAL,
    )


def _limits(name: str, lags: Any) -> tuple[int, int | None]:
    """First and last lag of an instrument."""
    first, last = (lags, None) if isinstance(lags, int) else tuple(lags)
    if first < 1 or (last is not None and last < first):
        raise InvalidOption(
            Code.MODEL(
                "lags {lags} of {name} cannot be instruments",
                "write one lag of 1 or more, or the first and the last lag",
                name=name,
                lags=str(lags),
            )
        )
    return int(first), None if last is None else int(last)


def _numbers(panel: PanelData, names: Sequence[str]) -> pd.DataFrame:
    """The frame with numbers in each of these columns, of which a cell may be missing."""
    values = {
        name: complete(panel, [name]).frame[name].reindex(panel.frame.index)
        for name in dict.fromkeys(names)
        if name in panel.frame
    }
    return panel.frame.assign(**values)


def _number_of(panel: PanelData, period: Any) -> int:
    """Number of a period, given as in the data or as text."""
    for number, label in panel.periods.items():
        if label == period or label_of(label) == label_of(period):
            return number
    raise InvalidData(
        sentences.UNKNOWN_PERIOD(
            period=label_of(period),
            first=label_of(panel.periods[min(panel.periods)]),
            last=label_of(panel.periods[max(panel.periods)]),
        )
    )


def _breaks_of(panel: PanelData, breaks: pd.DataFrame) -> pd.DataFrame:
    """First periods of new definitions by the texts of units and the numbers of periods."""
    for name in (panel.unit, panel.time):
        if name not in breaks:
            raise InvalidData(sentences.UNKNOWN_KEY(name=name, columns=[*map(str, breaks.columns)]))
    texts = {label: text for text, label in panel.labels.items()}
    units = [texts.get(u, u) if pd.notna(u) else "" for u in breaks[panel.unit]]
    numbers = period_numbers(breaks[panel.time], panel, panel.time)
    return pd.DataFrame(dict(zip(LEVELS, (units, numbers.astype(int)), strict=True)))


@dataclass(frozen=True)
class MomentChoice:
    """Instruments and steps of difference and system GMM.

    Attributes
    ----------
    lagged : mapping of str to (int, int or None)
        Variables with the first and the last lag that is an instrument of each period; None for all lags.
    plain : sequence of str
        Instruments as they are: their differences in the differenced equation.
    steps : int
        1, or 2 for weights from the residuals of the first step.
    collapse : bool
        One instrument for each lag instead of each lag and period.
    """

    lagged: Mapping[str, LagLimits]
    plain: Sequence[str]
    steps: int
    collapse: bool

    @property
    def names(self) -> list[str]:
        """Variables of the instruments, each once."""
        names = (name for text in (*self.lagged, *self.plain) for name in _read(text).names)
        return list(dict.fromkeys(names))


def _check_moments(
    model: Model, estimator: str, vcov: Vcov, chosen: MomentChoice | None = None
) -> None:
    """Refuse instruments that an estimator does not have, and difference and system GMM without them."""
    wrong = ""
    if (chosen is None) == (estimator in METHODS):
        wrong = f"{estimator} {'has no moments' if chosen is None else 'takes no moments'}"
    elif chosen is None:
        return
    elif chosen.steps not in (1, 2):
        wrong = f"{chosen.steps} steps"
    elif vcov.correction == "windmeijer" and chosen.steps == 1:
        wrong = "windmeijer needs two steps"
    elif odd := [text for text, lags in chosen.lagged.items() if not _are_lags(lags)]:
        wrong = f"{odd[0]}: the lags {[*chosen.lagged[odd[0]]]} are not a first and a last one"
    if wrong:
        raise InvalidOption(
            Code.MODEL(
                "{text}: {wrong}",
                "use moments only with difference_gmm and system_gmm, and windmeijer only with two steps",
                text=model.text,
                wrong=wrong,
            )
        )


def _are_lags(lags: LagLimits) -> bool:
    first, last = lags
    return first >= 1 and (last is None or last >= first)


def _fit_dynamic(
    model: Model, frame: pd.DataFrame, estimator: str, vcov: Vcov, chosen: MomentChoice
) -> tuple[RegressionFit, _Gmm]:
    """Difference or system GMM of a formula over a frame whose cells may be missing; the system has a constant."""
    if not {*model.effects} <= {str(frame.index.names[1]), PERIOD}:
        raise InvalidOption(
            estimators.WRONG_MODEL(
                text=model.text, wrong=f"{estimator} allows only the effect of periods"
            )
        )
    is_system = estimator == "system_gmm"
    columns = _Grid(model, frame)
    regressors = [term for term in model.regressors if term != CONSTANT_TERM]
    has_constant = is_system and len(regressors) < len(model.regressors)
    names, x = columns.of(regressors)
    y = columns.of([model.outcome])[1][:, :, 0]
    plain = columns.of([term for text in chosen.plain for term in _terms(text)])[1]
    present = np.isfinite(y) & np.isfinite(x).all(axis=2)
    dummies = _period_dummies(present) if model.effects else np.zeros((*present.shape, 0))
    ones = np.where(present, 1.0, np.nan)[:, :, None]
    lagged = [
        _LaggedInstrument(columns.of(_terms(text))[1][:, :, 0], *lags)
        for text, lags in chosen.lagged.items()
    ]
    estimate = _gmm(
        _moments(
            y, np.concatenate([x, *([ones] if has_constant else []), dummies], axis=2), lagged,
            np.concatenate([plain, dummies], axis=2), system=is_system, collapse=chosen.collapse,
            constant=has_constant,
        ),
        two_steps=chosen.steps == 2, windmeijer=vcov.correction == "windmeijer", orders=ORDERS,
    )  # fmt: skip
    names = [*names, *([CONSTANT] if has_constant else [])]
    k = len(names)
    fit = RegressionFit(
        way=vcov,
        params=pd.Series(estimate.params[:k], names),
        cov=pd.DataFrame(estimate.cov[:k, :k], names, names),
        df=pd.Series(np.inf, names),
        n_clusters=estimate.n_units,
        n_obs=estimate.n_obs,
        n_units=estimate.n_units,
        n_periods=int(present.any(axis=0).sum()),
        r_squared={},
        outcome_mean=float(y[present].mean()),
        statistics=_statistics(estimate),
    )
    return fit, estimate


def _statistics(estimate: _Gmm) -> dict[Name, float]:
    pairs = {"hansen": estimate.hansen, "sargan": estimate.sargan}
    pairs |= {f"ar{order}": pair for order, pair in estimate.autocorrelation.items()}
    numbers: dict[Name, float] = {
        "moment_degrees": float(estimate.degrees),
        "instruments": float(estimate.n_instruments),
    }
    for name, (value, p_value) in pairs.items():
        if np.isfinite(value) and np.isfinite(p_value):
            numbers |= {name: value, f"{name}_p_value": p_value}
    return numbers


class _Grid:
    """Columns of terms as arrays of units by periods, neighbouring periods one apart."""

    def __init__(self, model: Model, frame: pd.DataFrame) -> None:
        self.text, self.frame = model.text, frame
        units, periods = (frame.index.get_level_values(place) for place in (0, 1))
        self.units = units.unique()
        self.periods = range(int(periods.min()), int(periods.max()) + 1)

    def of(self, terms: Sequence[Sequence[Factor]]) -> tuple[list[str], Floats]:
        """Names, and values (N, T, columns); missing where a variable of the terms is."""
        frame = with_shifts(terms, self.frame, self.text)
        needed = {name for term in terms for factor in term for name in columns_needed(factor)}
        rows = frame[[*needed.intersection(frame.columns)]].notna().all(axis=1)
        columns = columns_of(terms, frame[rows], self.text).drop(columns=CONSTANT, errors="ignore")
        shape = (len(self.units), len(self.periods), 0)
        wide = [
            columns[name].unstack().reindex(index=self.units, columns=self.periods)
            for name in columns
        ]
        names = [*map(str, columns.columns)]
        return names, np.stack(wide, axis=2).astype(float) if wide else np.zeros(shape)


def _read(text: str) -> Model:
    """A variable of the instruments, read by the grammar of formulas."""
    return read_model(f"{text} ~ 1")


def _terms(text: str) -> list[tuple[Factor, ...]]:
    return [_read(text).outcome]


def _instruments_of(model: Model, lagged: Sequence[str]) -> list[str]:
    """Regressors that have no variable of the lagged instruments in them: usual plain instruments."""
    inside = {name for text in lagged for name in _read(text).names}
    plain = [text_of(term) for term in model.regressors if term != CONSTANT_TERM]
    return [text for text in plain if not inside & {*_read(text).names}]


def _period_dummies(present: np.ndarray) -> np.ndarray:
    """A dummy of each period with rows but the first, (N, T, periods)."""
    used = np.flatnonzero(present.any(axis=0))[1:]
    dummies = np.zeros((*present.shape, len(used)))
    for column, period in enumerate(used):
        dummies[:, period, column] = 1.0
    return np.where(present[:, :, None], dummies, np.nan)


@dataclass(frozen=True)
class _LaggedInstrument:
    """A variable (N, T), NaN where missing, whose lags `first` to `last` (None: all) are instruments of each period.

    They instrument the differenced equation; the level equation has the difference of lag `first` less 1.
    """

    values: Floats
    first: int
    last: int | None


class _Moments(NamedTuple):
    """R rows of each unit in all equations, zero where `rows` says that one is missing; differences come first.

    y (N, R), x (N, R, k), instruments z (N, R, j), first-step covariance of a unit's errors h (N, R, R).
    """

    y: Floats
    x: Floats
    z: Floats
    h: Floats
    differences: int
    rows: np.ndarray


@dataclass(frozen=True)
class _Gmm:
    """Estimates of difference or system GMM: params (k,), robust cov (k, k), residuals (N, R), and tests.

    Rows counted are those of the differenced equation, or of the level equation of a system. `hansen` has the two-step
    weights, `sargan` the one-step weights and the variance of the errors: statistic and p-value, as `autocorrelation`
    of each order.
    """

    params: Floats
    cov: Floats
    residuals: Floats
    n_obs: int
    n_units: int
    n_instruments: int
    hansen: tuple[float, float]
    sargan: tuple[float, float]
    degrees: int
    autocorrelation: Mapping[int, tuple[float, float]]


def _moments(
    y: Floats,
    x: Floats,
    lagged: Sequence[_LaggedInstrument],
    plain: Floats,
    *,
    system: bool,
    collapse: bool,
    constant: bool,
) -> _Moments:
    """Rows and instruments of the differenced equation, and of that in levels for a system (Blundell and Bond 1998).

    y (N, T), x (N, T, k) with lags of y and the constant of a system, plain (N, T, m): their differences in the
    differenced equation, themselves in the level equation.
    """
    n, t, k = x.shape
    complete = np.isfinite(y) & np.isfinite(x).all(axis=2) & np.isfinite(plain).all(axis=2)
    pair = complete[:, 1:] & complete[:, :-1]
    change = np.diff(np.eye(t), axis=0)  # (t - 1, t)
    down = [_lags(instrument, t, collapse) for instrument in lagged] + [np.diff(plain, axis=1)]
    z = np.concatenate(down, axis=2)
    rows, left, right, h = pair, np.diff(y, axis=1), np.diff(x, axis=1), change @ change.T
    if system:
        levels = [_changes(instrument, t, collapse) for instrument in lagged]
        levels.append(np.ones((n, t, int(constant))))
        both = np.concatenate(levels, axis=2)
        # plain instruments have one column for both equations
        m = plain.shape[2]
        upper = np.concatenate(
            [z[:, :, :-m] if m else z, np.zeros((n, t - 1, both.shape[2]))], axis=2
        )
        lower = np.concatenate([np.zeros((n, t, upper.shape[2] - both.shape[2])), both], axis=2)
        shared = np.concatenate([np.diff(plain, axis=1), plain], axis=1)
        z = np.concatenate([np.concatenate([upper, lower], axis=1), shared], axis=2)
        rows = np.concatenate([pair, complete], axis=1)
        left, right = (np.concatenate(p, axis=1) for p in ((left, y), (right, x)))
        h = np.block([[h, change], [change.T, np.eye(t)]])
    used = rows[:, :, None]
    z = np.where(used & np.isfinite(z), z, 0.0)
    z = z[:, :, np.abs(z).max(axis=(0, 1)) > 0]
    return _Moments(
        np.where(rows, left, 0.0), np.where(used, right, 0.0), z,
        np.asarray(h * used * rows[:, None, :]), t - 1, rows,
    )  # fmt: skip


def _lags(instrument: _LaggedInstrument, t: int, collapse: bool) -> Floats:
    """Levels of lag `first` to `last` at the rows of differences, shape (N, T-1, columns)."""
    columns = []
    for lag in range(
        instrument.first, min(t if instrument.last is None else instrument.last + 1, t)
    ):
        moved = np.full((len(instrument.values), t - 1), np.nan)
        for row in range(max(lag - 1, 0), t - 1):  # row r is period r + 1
            moved[:, row] = instrument.values[:, row + 1 - lag]
        columns += [moved[:, :, None]] if collapse else [_by_period(moved)]
    return np.concatenate([np.zeros((len(instrument.values), t - 1, 0)), *columns], axis=2)


def _changes(instrument: _LaggedInstrument, t: int, collapse: bool) -> Floats:
    """The difference of lag `first` less 1 at the rows of levels, shape (N, T, columns)."""
    moved = np.full((len(instrument.values), t), np.nan)
    for period in range(instrument.first, t):
        at = period - instrument.first + 1
        moved[:, period] = instrument.values[:, at] - instrument.values[:, at - 1]
    return moved[:, :, None] if collapse else _by_period(moved)


def _by_period(values: Floats) -> Floats:
    """A column for each period (N, T, T)."""
    return np.asarray(values[:, :, None] * np.eye(values.shape[1]))


def _gmm(rows: _Moments, *, two_steps: bool, windmeijer: bool, orders: int) -> _Gmm:
    """One-step or two-step GMM with its tests."""
    k = rows.x.shape[2]
    zx = np.einsum("irj,irk->jk", rows.z, rows.x)
    zy = np.einsum("irj,ir->j", rows.z, rows.y)
    weights = np.einsum("irj,irs,isl->jl", rows.z, rows.h, rows.z, optimize=True)
    used = rows.rows[:, rows.differences :] if rows.rows.shape[1] > rows.differences else rows.rows
    if len(zy) < k or not used.any():
        raise Infeasible(estimators.FEW_MOMENTS(instruments=len(zy), coefficients=k))
    first, n_instruments = _inverse(weights)
    if n_instruments < k:
        raise Infeasible(estimators.FEW_MOMENTS(instruments=n_instruments, coefficients=k))
    b1, e1, bread1 = _solved(rows, zx, zy, first)
    scores1 = np.einsum("irj,ir->ij", rows.z, e1)
    inside = bread1 @ zx.T @ first
    cov1 = inside @ (scores1.T @ scores1) @ inside.T
    second, _ = _inverse(scores1.T @ scores1)
    b2, e2, bread2 = _solved(rows, zx, zy, second)
    score2 = np.einsum("irj,ir->j", rows.z, e2)
    params, residuals, cov, way, bread = b1, e1, cov1, first, bread1
    if two_steps:
        params, residuals, way, bread = b2, e2, second, bread2
        cov = bread2
        if windmeijer:
            cov = _corrected(rows, zx, second, bread2, score2, scores1, cov1)
    degrees = n_instruments - k
    score1 = scores1.sum(axis=0)
    differenced = e1[:, : rows.differences]
    count = int(rows.rows[:, : rows.differences].sum())
    variance = float((differenced**2).sum()) / (count - k) / 2
    return _Gmm(
        params, cov, residuals, int(used.sum()), int(used.any(axis=1).sum()), n_instruments,
        _chi2(float(score2 @ second @ score2), degrees),
        _chi2(float(score1 @ first @ score1) / variance, degrees), degrees,
        {m: _autocorrelation(rows, residuals, zx, way, bread, cov, m) for m in range(1, orders + 1)},
    )  # fmt: skip


def _inverse(square: Floats) -> tuple[Floats, int]:
    """Pseudo-inverse of a matrix of cross-products, whatever the units of its columns, and its rank."""
    size = np.sqrt(np.maximum(np.diag(square), 1e-300))
    values, vectors = np.linalg.eigh(square / np.outer(size, size))
    is_there = values > _NOTHING * values[-1]
    scaled = vectors[:, is_there] / size[:, None]
    return np.asarray(scaled / values[is_there] @ scaled.T), int(is_there.sum())


def _solved(rows: _Moments, zx: Floats, zy: Floats, way: Floats) -> tuple[Floats, Floats, Floats]:
    """Coefficients, residuals and (X'Z A Z'X)^-1."""
    gram = zx.T @ way @ zx
    size = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    if np.linalg.eigvalsh(gram / np.outer(size, size)).min() < 1e-12:
        raise Infeasible(estimators.FEW_MOMENTS(instruments=len(zy), coefficients=len(gram)))
    bread = np.linalg.inv(gram)
    b = bread @ zx.T @ way @ zy
    return np.asarray(b), np.asarray(rows.y - rows.x @ b), np.asarray((bread + bread.T) / 2)


def _corrected(
    rows: _Moments, zx: Floats, way: Floats, bread: Floats, score: Floats, scores1: Floats, cov1: Floats
) -> Floats:  # fmt: skip
    """Windmeijer's covariance: V + DV + VD' + D V1 D', D the derivative of the second step by the first."""
    inside, right = bread @ zx.T @ way, way @ score
    slope = np.empty_like(bread)
    for j in range(len(bread)):
        moved = np.einsum("irj,ir->ij", rows.z, rows.x[:, :, j])
        change = moved.T @ scores1
        slope[:, j] = inside @ ((change + change.T) @ right)
    return np.asarray(bread + slope @ bread + bread @ slope.T + slope @ cov1 @ slope.T)


def _chi2(value: float, degrees: int) -> tuple[float, float]:
    return value, float(scipy.stats.chi2.sf(value, degrees)) if degrees else float("nan")


def _autocorrelation(
    rows: _Moments, e: Floats, zx: Floats, way: Floats, bread: Floats, cov: Floats, order: int
) -> tuple[float, float]:
    """Arellano and Bond's test of the differenced errors against their own lag."""
    d = rows.differences
    if order >= d:
        return float("nan"), float("nan")
    lagged = np.zeros_like(e)
    lagged[:, order:d] = e[:, : d - order] * rows.rows[:, : d - order]
    lagged *= rows.rows
    each = (lagged * e).sum(axis=1)
    slope = np.einsum("ir,irk->k", lagged, rows.x)
    scores = np.einsum("irj,ir->ij", rows.z, e)
    variance = float(
        each @ each - 2 * slope @ bread @ zx.T @ way @ (scores.T @ each) + slope @ cov @ slope
    )
    if variance <= 0:
        return float("nan"), float("nan")
    z = float(each.sum() / np.sqrt(variance))
    return z, float(2 * scipy.stats.norm.sf(abs(z)))


class _Differences(NamedTuple):
    """A regression in differences; `used` are unit and later year of those taken, `lost` the others with the reason."""

    params: pd.Series
    std_errors: pd.Series
    used: pd.MultiIndex
    lost: pd.Series


class _HalfPanel(NamedTuple):
    """Lagged dependent variable with and without the bias correction, after the first year is lost to the lag.

    params and std_errors (k + 1, 2) have columns `within` and `jackknife`, and delete-one-unit errors. long_run (k, 2)
    is the corrected slope/(1 - lag) with its error. It is not identified where the corrected lag is less than two
    standard errors below one: it then divides by a number that may be zero.
    """

    params: pd.DataFrame
    std_errors: pd.DataFrame
    long_run: pd.DataFrame
    long_run_identified: bool
    n_obs: int
    n_units: int


def _annual_differences(
    y: pd.Series, x: pd.DataFrame, breaks: pd.DataFrame | None = None
) -> _Differences:
    """Annual differences on annual differences and year effects, clustered by unit, G/(G-1).

    Differences are taken between neighbouring years only: a gap is never closed up, nor is a difference into the first
    year of a new definition taken.
    """
    check_frame(y, x)
    data = x.assign(**{"\0y": y}).sort_index()
    index = pd.MultiIndex.from_tuples(data.index, names=data.index.names)
    difference = data - panel_arrays.neighbours(data, -1)
    gap = difference.isna().any(axis=1).to_numpy()
    first = ~index.get_level_values(0).duplicated()
    broken = panel_arrays.first_of_definition(index, breaks)
    reasons = np.select(
        [first, gap, broken],
        ["first year of the unit", "no value in the year before", NEW_DEFINITION],
        default="",
    )
    complete = difference[reasons == ""]
    if complete.empty:
        raise InvalidData(
            Code.GAPS(
                "the sample has no two consecutive years", "use a sample with two consecutive years"
            )
        )
    unit, time = row_codes(complete.index)
    values = complete.to_numpy()
    values = values - pd.DataFrame(values).groupby(time).transform("mean").to_numpy()
    t, g = int(time.max()) + 1, int(unit.max()) + 1
    z = values[:, :-1]
    size = lengths(complete.to_numpy()[:, :-1])
    params, bread = _least_squares(values[:, -1], z, size, list(x.columns), len(values) - t)
    residual = values[:, -1] - z @ params
    cov = g / max(g - 1, 1) * sandwich(bread, clustered_meat(z * residual[:, None], unit))
    return _difference_fit(params, cov, x, index, reasons)


def _long_difference(
    y: pd.Series, x: pd.DataFrame, *, first: int, last: int, breaks: pd.DataFrame | None = None
) -> _Differences:
    """Change between two years on changes and a constant, one row a unit without a break in (first, last]; HC3."""
    check_frame(y, x)
    data = x.assign(**{"\0y": y})
    years = set(data.index.get_level_values(1))
    if first >= last or not {first, last} <= years:
        raise InvalidData(
            Code.GAPS(
                "{first} and {last} must be two years of the sample, the earlier first",
                "give two years of the sample, the earlier first",
                first=first,
                last=last,
            )
        )
    units, names = sorted(set(data.index.get_level_values(0))), data.index.names
    span = pd.MultiIndex.from_product([units, range(first + 1, last + 1)], names=names)
    crossed = set(span[panel_arrays.first_of_definition(span, breaks)].get_level_values(0))
    change = data.xs(last, level=1).reindex(units) - data.xs(first, level=1).reindex(units)
    ends = pd.MultiIndex.from_product([units, [last]], names=names)
    reasons = np.select(
        [change.isna().any(axis=1).to_numpy(), [u in crossed for u in units]],
        [f"no value in {first} or {last}", f"{SERIES_BREAK} in {first + 1}-{last}"],
        default="",
    )
    values = change[reasons == ""].to_numpy()
    n, k = len(values), x.shape[1]
    if n - k - 1 < 1:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "long difference: {n} units are too few for {k} slopes and a constant",
                "use more units or fewer regressors",
                n=n,
                k=k,
            )
        )
    centred = values - values.mean(axis=0)
    z = centred[:, :-1]
    size = lengths(values[:, :-1])
    params, bread = _least_squares(centred[:, -1], z, size, list(x.columns), n - 1)
    hat = 1 / n + np.einsum("ij,jk,ik->i", z, bread, z)
    if (alone := 1 - hat <= 1e-9).any():
        raise Infeasible(
            Code.SAMPLE_LEAVE_OUT(
                "long difference: HC3 omits each unit once; without {unit} the slopes are not identified",
                "use fewer regressors",
                unit=change.index[reasons == ""][alone][0],
            )
        )
    scores = z * ((centred[:, -1] - z @ params) / (1 - hat))[:, None]
    cov = sandwich(bread, scores.T @ scores)
    return _difference_fit(params, cov, x, ends, reasons)


def _half_panel(y: pd.Series, x: pd.DataFrame) -> _HalfPanel:
    """Within estimate and half-panel jackknife of a balanced panel over consecutive years."""
    data = panel_arrays.panel_arrays(y, x)
    outcome, regressors = panel_arrays.balanced_cube(data, "the half-panel jackknife")
    if holes := wide_panel.absent_years(data.years):
        raise InvalidData(
            Code.GAPS(
                "the lag would cross the missing years {holes}",
                "use a window without gaps",
                holes=holes,
            )
        )
    design = np.concatenate([outcome[:, :-1, None], regressors[:, 1:]], axis=2)
    response = outcome[:, 1:]
    n, t, k = design.shape
    if t // 2 < MIN_HALF:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "half-panel jackknife: {t} usable years give halves of {half} years; {min_half} are needed",
                "use a longer window",
                t=t,
                half=t // 2,
                min_half=MIN_HALF,
            )
        )
    # every unit is omitted once
    if (n - 2) * (t // 2 - 1) - k < 1:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "half-panel jackknife omits each unit once: {n} units with halves of {t} "
                "years are too few for {k} slopes",
                "use more units, a longer window or fewer regressors",
                t=t // 2,
                n=n,
                k=k,
            )
        )
    names = [f"{y.name or 'y'} (lag)", *data.names]
    within, corrected = _jackknifed(response, design, names)
    without = [np.delete(np.arange(n), i) for i in range(n)]
    pairs = np.array([_jackknifed(response[rows], design[rows], names) for rows in without])
    errors = np.sqrt((n - 1) / n * ((pairs - np.array([within, corrected])) ** 2).sum(axis=0))
    long_run = corrected[1:] / (1 - corrected[0])
    shifted = pairs[:, 1, 1:] / (1 - pairs[:, 1, :1])
    spread = np.sqrt((n - 1) / n * ((shifted - long_run) ** 2).sum(axis=0))
    columns = ["within", "jackknife"]
    return _HalfPanel(
        pd.DataFrame(np.column_stack([within, corrected]), names, columns),
        pd.DataFrame(errors.T, names, columns),
        pd.DataFrame({"estimate": long_run, "std_error": spread}, data.names),
        bool(corrected[0] + 2 * errors[1, 0] < 1),
        n * t,
        n,
    )


def _jackknifed(response: Floats, design: Floats, names: list[str]) -> tuple[Floats, Floats]:
    """Within and corrected estimates, each (k,)."""
    t = response.shape[1]
    full = _within(response, design, names)
    cuts = {t // 2, t - t // 2}
    halves = [
        _within(response[:, part], design[:, part], names)
        for cut in cuts
        for part in (slice(0, cut), slice(cut, t))
    ]
    return full, 2 * full - np.mean(halves, axis=0)


def _within(response: Floats, design: Floats, names: list[str]) -> Floats:
    z = np.concatenate([design, response[:, :, None]], axis=2)
    z = z - z.mean(axis=0) - z.mean(axis=1, keepdims=True) + z.mean(axis=(0, 1))
    flat = z.reshape(-1, z.shape[2])
    size = np.sqrt((design**2).sum(axis=(0, 1)))
    return _least_squares(flat[:, -1], flat[:, :-1], size, names, len(flat))[0]


def _least_squares(
    y: Floats, x: Floats, size: Floats, names: list[str], df: int
) -> tuple[Floats, Floats]:
    """Slopes and (X'X)^-1 of centred data, refusing columns that are absorbed (against their `size`) or collinear."""
    if df - x.shape[1] < 1:
        raise Infeasible(estimators.FEW_DEGREES_OF_FREEDOM(df=df, n_slopes=x.shape[1]))
    scale = lengths(x)
    if (gone := scale <= np.maximum(ABSORBED * size, 1e-300)).any():
        raise InvalidData(estimators.NOTHING_WITHIN(names=names[int(gone.argmax())]))
    unit = x / scale
    if np.linalg.cond(unit) > 1e8:
        raise InvalidData(estimators.ALL_COLLINEAR_WITHIN(names=[*names]))
    bread = np.linalg.inv(unit.T @ unit) / np.outer(scale, scale)
    return least_squares(x, y), np.asarray(bread, dtype=np.float64)


def _difference_fit(
    params: Floats, cov: Floats, x: pd.DataFrame, rows: pd.MultiIndex, reasons: np.ndarray
) -> _Differences:
    """The fit on the rows without a reason to leave them out."""
    errors = pd.Series(np.sqrt(np.diag(cov)), x.columns)
    lost = pd.Series(reasons, rows)[reasons != ""]
    return _Differences(pd.Series(params, x.columns), errors, rows[reasons == ""], lost)
