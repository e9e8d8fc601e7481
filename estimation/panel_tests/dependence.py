"""Pesaran's CD test of dependence between units, with Juodis and Reese's weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import Seed, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.kernels import Floats
from living_panel.estimation.econometrics.library.data import named_periods, read_series
from living_panel.estimation.econometrics.library.result import PanelTest

_SIGN_SETS = 30
"""Independent sets of random signs behind the weighted statistic."""


@check_arguments
def pesaran_cd(
    series: Any,
    data: Any = None,
    *,
    unit: str | None = None,
    time: str | None = None,
    weighted: bool = False,
    seed: Seed = 1,
) -> PanelTest:
    """Pesaran's CD test of no dependence between units; gaps are taken.

    Defaults are those of Pesaran (2004) and of Stata's `xtcd` (SSC). Residuals of a regression with period effects need
    `weighted`, Juodis and Reese's statistic.

    Parameters
    ----------
    series : str, DataFrame or Series
        A column of `data`, a wide frame of periods by units, or residuals of a fit over unit and period.
    data : DataFrame, optional
        Long data.
    unit, time : str, optional
        Columns, or levels of the index.
    weighted : bool
        Random signs as weights (Juodis and Reese 2022). Default False.
    seed : int
        Of the signs. Default 1.

    Returns
    -------
    PanelTest
        `raw` is the mean correlation over pairs of units with at least three common periods.

    References
    ----------
    Pesaran, M. H. (2004), Cambridge Working Papers in Economics 0435: CD = sqrt(1/M) sum_{i<j} sqrt(T_ij) r_ij over
    the M pairs. Residuals of a regression with period effects sum to about zero over units in every period: CD is then
    near -sqrt(T/2) whatever the truth. Juodis, A. and Reese, S. (2022), Journal of Business and Economic Statistics 40,
    1191-1203: residuals over their sigma_i times random signs w_i,
    sqrt(2/(T N (N-1))) sum_t sum_{i<j} w_i e_it w_j e_jt, summed over 30 sets of signs and divided by sqrt(30).
    """
    wide, panel, name = read_series(series, data, unit, time)
    with named_periods(panel):
        statistic, p_value, correlation = _cd(wide, seed if weighted else None)
    return PanelTest(
        title=f"Pesaran's CD test of {name}",
        table=pd.DataFrame({"statistic": [statistic], "p_value": [p_value]}, ["CD"]),
        choices={"series": name, "weighted": weighted, "seed": seed if weighted else None,
                 "mean_correlation": round(correlation, 6), "sample": panel.sample},
        references=("pesaran_cd", *(("juodis_reese",) if weighted else ())),
        raw=correlation,
        null="no dependence between units",
        alternative="dependence between units",
    )  # fmt: skip


def _cd(residuals: pd.DataFrame, signs: int | None = None) -> tuple[float, float, float]:
    """Statistic, two-sided p and mean correlation of (T, N); weighted by signs of this seed, without gaps."""
    values = residuals.to_numpy(dtype=float)
    _refuse(values, residuals, balanced=signs is not None)
    correlations, common = _pairs(residuals)
    statistic = float((np.sqrt(common) * correlations).sum() / np.sqrt(len(common)))
    if signs is not None:
        statistic = _weighted(values, np.random.default_rng(signs))
    from scipy.stats import norm

    return statistic, float(2 * norm.sf(abs(statistic))), float(correlations.mean())


def _refuse(values: Floats, frame: pd.DataFrame, *, balanced: bool) -> None:
    if values.shape[1] < 2:
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "the test of cross-section dependence needs at least 2 units, but the sample has {n_units}",
                "use two or more units",
                n_units=values.shape[1],
            )
        )
    if np.isinf(values).any():
        raise Infeasible(
            Code.OUTCOME_EXPLAINED(
                "the residuals of {units} are infinite",
                "drop these units, or use variables without infinite values",
                units=_units(frame, np.isinf(values).any(axis=0)),
            )
        )
    empty = np.isnan(values).all(axis=0)
    if empty.any():
        raise Infeasible(
            Code.OUTCOME_EXPLAINED(
                "{units} have no residuals", "drop these units", units=_units(frame, empty)
            )
        )
    spread = np.nanmax(values, axis=0) - np.nanmin(values, axis=0)
    flat = spread <= 1e-12 * np.nanmax(np.abs(values), axis=0)
    if flat.any():
        raise Infeasible(
            Code.OUTCOME_EXPLAINED(
                "the residuals are constant in {units}",
                "drop these units",
                units=_units(frame, flat),
            )
        )
    gaps = np.isnan(values).any(axis=0)
    if balanced and gaps.any():
        raise Infeasible(
            Code.UNBALANCED(
                "the weighted statistic needs a balanced panel; {units} have missing values",
                "drop these units, or use the unweighted statistic",
                units=_units(frame, gaps),
            )
        )


def _units(frame: pd.DataFrame, mask: Any) -> str:
    return ", ".join(str(u) for u in frame.columns[np.asarray(mask)])


def _pairs(residuals: pd.DataFrame) -> tuple[Floats, Floats]:
    """Correlations over common periods, and their numbers, of pairs with at least three."""
    seen = residuals.notna().to_numpy(dtype=float)
    lower = np.tril_indices(residuals.shape[1], -1)
    correlations, common = residuals.corr(min_periods=3).to_numpy()[lower], (seen.T @ seen)[lower]
    keep = np.isfinite(correlations)
    if not keep.any():
        raise Infeasible(
            Code.SAMPLE_SMALL("no pair of units has three periods in common", "use a longer window")
        )
    return correlations[keep], common[keep]


def _weighted(values: Floats, rng: np.random.Generator) -> float:
    periods, n_units = values.shape
    z = values - values.mean(axis=0)
    z = z / z.std(axis=0)
    signs = rng.choice([-1.0, 1.0], size=(_SIGN_SETS, n_units))
    totals = ((z @ signs.T) ** 2).sum(axis=0) - (z**2).sum()
    each = totals / np.sqrt(2.0 * periods * n_units * (n_units - 1))
    return float(each.sum() / np.sqrt(_SIGN_SETS))
