"""Panels with lags of the outcome: difference GMM of Arellano and Bond, system GMM of Blundell and Bond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import check_arguments
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


@check_arguments
def arellano_bond(
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
    """Difference GMM: first differences, with earlier levels as instruments of each period.

    Defaults are those of Stata's `xtabond` and R's `pgmm`: one step, all lags of the outcome from the second on as
    instruments, and differences of the other regressors. Errors are robust, which both give on request. There is no
    constant; xtabond has one.

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
        Correct the covariance of two steps, as `xtabond, twostep vce(robust)`. Default True.
    collapse : bool
        One instrument for each lag instead of each lag and period. Default False.

    Returns
    -------
    Fit
        `fit_statistics` has Hansen's test, Sargan's, and Arellano and Bond's of autocorrelation.
    """
    return _dynamic(
        "arellano_bond", formula, read_data(data, unit, time), gmm, iv,
        system=False, two_steps=two_steps, windmeijer=windmeijer, collapse=collapse,
    )  # fmt: skip


@check_arguments
def blundell_bond(
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
    """System GMM: the differenced equation, and that in levels with earlier differences as instruments.

    Defaults are those of Stata's `xtabond2`: one step, robust errors as with its option `robust`, the weights h(3),
    and instruments of `iv` in both equations.

    Parameters
    ----------
    formula : str
        As in `arellano_bond`; a constant is added.
    data : DataFrame or mapping of str to DataFrame
        As in `arellano_bond`.
    unit, time : str, optional
        As in `arellano_bond`.
    gmm : mapping of str to int or (int, int), optional
        As in `arellano_bond`; the level equation has the difference of the first lag less 1.
    iv : sequence of str, optional
        As in `arellano_bond`.
    two_steps : bool
        As in `arellano_bond`. Default False.
    windmeijer : bool
        As in `arellano_bond`. Default True.
    collapse : bool
        As in `arellano_bond`. Default False.

    Returns
    -------
    Fit
    """
    return _dynamic(
        "blundell_bond", formula, read_data(data, unit, time), gmm, iv,
        system=True, two_steps=two_steps, windmeijer=windmeijer, collapse=collapse,
    )  # fmt: skip


def _dynamic(
    method: str,
    formula: str,
    panel: PanelData,
    gmm: Lags,
    iv: Sequence[str] | None,
    *,
    system: bool,
    two_steps: bool,
    windmeijer: bool,
    collapse: bool,
) -> Fit:
    from living_panel.estimation.econometrics.dynamic_panel.gmm import (
        LaggedInstrument,
        dynamic_gmm,
        moments,
    )
    from living_panel.estimation.econometrics.panel_models.columns import CONSTANT
    from living_panel.estimation.econometrics.panel_models.formula import read_model, text_of

    model = read_model(formula)
    if model.instruments or not {*model.effects} <= {panel.time, "year"}:
        raise InvalidOption(codes.NO_FORMULA(text=formula, estimator=method))
    refuse_reserved(panel, [*model.names, *model.effects])
    lagged: Mapping[str, Any] = {text_of(model.outcome): 2} if gmm is None else gmm
    limits = {name: _limits(name, lags) for name, lags in lagged.items()}
    own = {name for text in limits for name in read_model(f"{text} ~ 1").names}
    if iv is None:
        plain = [
            t for t in model.regressors if t and not own & {*read_model(f"{text_of(t)} ~ 1").names}
        ]
        iv = [text_of(term) for term in plain]
    y = _columns(panel, f"{text_of(model.outcome)} ~ 1", formula, is_outcome=True)
    right = " + ".join(text_of(term) for term in model.regressors if term)
    x = _columns(panel, f"{text_of(model.outcome)} ~ {right}", formula)
    extra = _columns(panel, f"{text_of(model.outcome)} ~ {' + '.join(iv)}", formula) if iv else None
    has_constant = system and any(not term for term in model.regressors)
    rows = panel.frame.index
    periods = range(int(rows.get_level_values(1).min()), int(rows.get_level_values(1).max()) + 1)
    units = rows.get_level_values(0).unique()

    def grid(columns: pd.DataFrame) -> np.ndarray:
        wide = [columns[c].unstack().reindex(index=units, columns=periods) for c in columns]
        shape = (len(units), len(periods), 0)
        return np.stack(wide, axis=2).astype(float) if wide else np.zeros(shape)

    own_x, own_y, own_iv = (
        grid(x),
        grid(y)[:, :, 0],
        grid(x.iloc[:, :0] if extra is None else extra),
    )
    present = np.isfinite(own_y) & np.isfinite(own_x).all(axis=2)
    dummies = _period_dummies(present) if model.effects else np.zeros((*present.shape, 0))
    ones = np.where(present, 1.0, np.nan)[:, :, None]
    shown = [*map(str, x.columns), *([CONSTANT] if has_constant else [])]
    parts = [own_x, *([ones] if has_constant else []), dummies]
    instruments = [
        LaggedInstrument(
            grid(_columns(panel, f"{text} ~ 1", formula, is_outcome=True))[:, :, 0], *limits[text]
        )
        for text in limits
    ]
    with named_periods(panel):
        found = dynamic_gmm(
            moments(
                own_y, np.concatenate(parts, axis=2), instruments,
                np.concatenate([own_iv, dummies], axis=2), system=system, collapse=collapse,
                constant=has_constant,
            ),
            two_steps=two_steps, windmeijer=windmeijer, orders=2,
        )  # fmt: skip
    k, errors = len(shown), np.sqrt(np.diag(found.cov))
    numbers = {
        "Hansen": found.hansen[0], "Hansen p": found.hansen[1],
        "Sargan": found.sargan[0], "Sargan p": found.sargan[1], "degrees of both": float(found.degrees),
        **{f"AR({m}) z": pair[0] for m, pair in found.autocorrelation.items()},
        **{f"AR({m}) p": pair[1] for m, pair in found.autocorrelation.items()},
    }  # fmt: skip
    correction = "windmeijer" if two_steps and windmeijer else "none"
    many = found.n_instruments > found.n_units
    return Fit(
        title="System GMM (Blundell and Bond)" if system else "Difference GMM (Arellano and Bond)",
        table=coefficient_table(
            pd.Series(found.params[:k], shown), pd.Series(errors[:k], shown), float("inf")
        ),
        choices={
            "steps": 2 if two_steps else 1,
            "instruments_of_periods": [f"{t}: {a} to {b or 'all'}" for t, (a, b) in limits.items()],
            "instruments": list(iv) or None,
            "effects": [panel.time] if model.effects else None,
            "collapse": collapse,
            "number_of_instruments": found.n_instruments,
            "covariance": "robust",
            "correction": correction,
            "distribution": "normal",
            "sample": {**panel.sample, "rows": found.n_obs, "units": found.n_units},
        },
        notes=("more instruments than units: Hansen's test has little power",) if many else (),
        references=(method, *(("windmeijer",) if correction == "windmeijer" else ())),
        raw=found,
        method=method,
        formula=formula,
        inference=f"robust:{correction}:normal",
        cov=pd.DataFrame(found.cov[:k, :k], shown, shown),
        fit_statistics=numbers,
        kinds=("robust",),
    )


def _limits(name: str, lags: Any) -> tuple[int, int | None]:
    """First and last lag of an instrument."""
    first, last = (lags, None) if isinstance(lags, int) else tuple(lags)
    if first < 1 or (last is not None and last < first):
        raise InvalidOption(codes.WRONG_LAGS(name=name, lags=str(lags)))
    return int(first), None if last is None else int(last)


def _columns(
    panel: PanelData, part: str, formula: str, *, is_outcome: bool = False
) -> pd.DataFrame:
    """Columns of the outcome or of the regressors of a formula, over the rows that have them."""
    from living_panel.estimation.econometrics.panel_models.columns import (
        CONSTANT,
        columns_of,
        with_shifts,
    )
    from living_panel.estimation.econometrics.panel_models.formula import read_model
    from living_panel.estimation.econometrics.panel_models.grammar import columns_needed

    model = read_model(part)
    terms = (model.outcome,) if is_outcome else model.regressors
    panel = replace(panel, frame=with_shifts(terms, panel.frame, formula))
    names = [name for term in terms for factor in term for name in columns_needed(factor)]
    frame = complete(panel, names).frame
    return columns_of(terms, frame, formula).drop(columns=CONSTANT, errors="ignore")


def _period_dummies(present: np.ndarray) -> np.ndarray:
    """A dummy of each period with rows but the first, (N, T, periods)."""
    used = np.flatnonzero(present.any(axis=0))[1:]
    dummies = np.zeros((*present.shape, len(used)))
    for column, period in enumerate(used):
        dummies[:, period, column] = 1.0
    return np.where(present[:, :, None], dummies, np.nan)
