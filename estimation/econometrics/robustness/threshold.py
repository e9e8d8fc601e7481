"""Panel threshold regression with one switching slope (Hansen 1999), year effects included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import (
    Between,
    Positive,
    Seed,
    Shape,
    Share,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.panel_arrays import (
    PanelArrays,
    balanced_cube,
    check_regression,
    panel_arrays,
)
from living_panel.estimation.econometrics.fixed_effects.within import (
    Floats,
    TwoWayEffects,
    demean,
    lengths,
)

# a split whose own variation is below this share of the switching slope's tells nothing
USELESS = 1e-10


@dataclass(frozen=True, slots=True)
class ThresholdFit:
    """One threshold.

    Attributes
    ----------
    threshold : float
        Value of the regime variable that minimises the sum of squared residuals; the low regime is
        regime <= threshold.
    f_statistic, p_value : float
        (S0 - S1)/sigma2; by bootstrap, (1 + r)/(1 + draws).
    interval : (float, float)
        Smallest and largest threshold the likelihood ratio does not reject.
    interval_has_holes : bool
        Whether some threshold between the two is rejected.
    profile : pandas.DataFrame
        threshold, ssr, likelihood_ratio, share_low.
    split : pandas.DataFrame
        The regressors with the switching one in two columns, `<name> (low)` and `<name> (high)`,
        for slopes and any covariance of `fixed_effects`.
    n_obs, n_low : int
    """

    threshold: float
    f_statistic: float
    p_value: float
    interval: tuple[float, float]
    interval_has_holes: bool
    level: float
    profile: pd.DataFrame
    split: pd.DataFrame
    n_obs: int
    n_low: int


@dataclass(frozen=True, slots=True)
class _Search:
    """Data and settings that all searches over thresholds share.

    `basis` (n, k) orthonormal regressors net of effects; `net` (n, c) the switching regressor in
    the low regime, net of effects and regressors; `size` (c,) its squared length.
    """

    effects: TwoWayEffects
    basis: Floats
    candidates: Floats
    net: Floats
    size: Floats

    def residual(self, z: Floats) -> Floats:
        """Net of effects and regressors, shape of z."""
        within = demean(self.effects, z)
        return within - self.basis @ (self.basis.T @ within)

    def gains(self, residual: Floats) -> Floats:
        """Fall of the sum of squares at every candidate, shape (c, draws)."""
        return (self.net.T @ residual) ** 2 / self.size[:, None]


@check_arguments
def panel_threshold(
    y: pd.Series,
    x: pd.DataFrame,
    *,
    switching: str,
    regime: pd.Series,
    draws: Positive,
    seed: Seed,
    trim: Annotated[float, Between(0, 0.5)],
    level: Share,
) -> ThresholdFit:
    r"""Estimate and test one threshold in one slope.

    .. math:: y_{it} = \mu_i + \delta_t + \theta'z_{it} + \beta_1 x_{it} 1(q_{it} \le \gamma)
        + \beta_2 x_{it} 1(q_{it} > \gamma) + e_{it}

    Hansen (1999), eqs. 1-10; F = (S0 - S1)/sigma2 is his eq. 10 with (N-1)(T-1) degrees of freedom,
    for year effects count; the likelihood ratio eq. 14, its critical value
    -2 log(1 - sqrt(level)), eq. 16. Year effects are partialled out of the split regressor at
    every candidate. The bootstrap holds regressors and regime fixed and draws whole units, with
    replacement, from the residuals of the threshold model; slopes do not matter under the null.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period). Balanced.
    x : pandas.DataFrame
        All regressors, the switching one among them.
    switching : str
        Name of the regressor whose slope switches.
    regime : pandas.Series
        The regime variable q on the same index, in its own units.
    draws : int
        Draws of the bootstrap.
    seed : int
        Of the generator: the same seed gives the same numbers.
    trim : float
        Least share of rows in either regime, between 0 and 0.5.
    level : float
        Of the interval.

    Returns
    -------
    ThresholdFit

    Raises
    ------
    InvalidData, Infeasible
        As `regression_data.checked_fit`; missing cells, an unknown column, a regime variable with missing
        values or without a usable split.
    """
    data, q = _checked(y, x, switching, regime)
    search = _search(data, q, data.names.index(switching), trim)
    residual = search.residual(data.y)
    ssr = residual @ residual - search.gains(residual[:, None])[:, 0]
    best = int(np.argmin(ssr))
    n, t = len(data.units), len(data.years)
    df = (n - 1) * (t - 1)
    sigma2 = float(ssr[best]) / df
    f_statistic = float(residual @ residual - ssr[best]) / sigma2
    error = residual - search.net[:, best] * (search.net[:, best] @ residual) / search.size[best]
    rows = np.random.default_rng(seed).integers(0, n, (draws, n))
    simulated = bootstrap_statistics(search, error.reshape(n, t), rows, df)
    ratio = (ssr - ssr[best]) / sigma2
    inside = ratio <= -2 * np.log(1 - np.sqrt(level))
    ends = np.flatnonzero(inside)[[0, -1]]
    threshold = float(search.candidates[best])
    split = split_regressors(x, switching=switching, regime=regime, threshold=threshold)
    return ThresholdFit(
        threshold,
        f_statistic,
        (1 + int((simulated >= f_statistic * (1 - 1e-12)).sum())) / (1 + draws),
        (float(search.candidates[ends[0]]), float(search.candidates[ends[1]])),
        bool(not inside[ends[0] : ends[1] + 1].all()),
        level,
        pd.DataFrame(
            {
                "threshold": search.candidates,
                "ssr": ssr,
                "likelihood_ratio": ratio,
                "share_low": [(q <= c).mean() for c in search.candidates],
            }
        ),
        split,
        data.y.size,
        int((q <= threshold).sum()),
    )


@check_arguments
def split_regressors(
    x: pd.DataFrame, *, switching: str, regime: pd.Series, threshold: float
) -> pd.DataFrame:
    """Regressors with the switching one in two columns, low regime first.

    Parameters
    ----------
    x : pandas.DataFrame
        Regressors.
    switching : str
        Name of the regressor whose slope switches.
    regime : pandas.Series
        Regime variable over the same rows, in its own units.
    threshold : float
        The low regime is regime <= threshold.

    Returns
    -------
    pandas.DataFrame
        `<name> (low)`, `<name> (high)`, then the other regressors.
    """
    low = (regime.reindex(x.index) <= threshold).to_numpy()
    parts = {f"{switching} (low)": x[switching] * low, f"{switching} (high)": x[switching] * ~low}
    return pd.DataFrame({**parts, **{c: x[c] for c in x.columns if c != switching}})


@check_arguments
def bootstrap_statistics(
    search: _Search, errors: Annotated[Floats, Shape("N T")], rows: np.ndarray, df: int
) -> Floats:
    """F of every draw, shape (draws,), from residuals (N, T) of the threshold model.

    `rows` (draws, N) say which unit's residuals each unit is given.

    Parameters
    ----------
    search : _Search
        Data and settings that all searches share.
    errors : ndarray, shape (N, T)
        Residuals of the threshold model.
    rows : ndarray
        Which unit gives its residuals to each unit, a row for each draw.
    df : int
        Residual degrees of freedom of the threshold model.

    Returns
    -------
    ndarray, shape (draws,)
        F of each draw.
    """
    out = np.empty(len(rows))
    for start in range(0, len(rows), 500):
        chosen = errors[rows[start : start + 500]].reshape(-1, errors.size).T
        residual = search.residual(np.ascontiguousarray(chosen))
        gain = search.gains(residual).max(axis=0)
        total = np.einsum("nb,nb->b", residual, residual)
        out[start : start + 500] = gain * df / (total - gain)
    return out


def _checked(
    y: pd.Series, x: pd.DataFrame, switching: str, regime: pd.Series
) -> tuple[PanelArrays, Floats]:
    if switching not in x.columns:
        raise InvalidData(
            Code.SAMPLE_SMALL(
                "switching={switching!r} is not a regressor",
                "write one of {columns}",
                switching=switching,
                columns=list(x.columns),
            )
        )
    data = panel_arrays(y, x)
    balanced_cube(data, "the panel threshold")
    check_regression(data, y, x)
    q = regime.reindex(data.index)
    if q.isna().any():
        raise InvalidData(
            Code.SAMPLE_SMALL(
                "regime variable {name!r} has no value at {row} ({n_missing} rows have none)",
                "use another window, or another regime variable",
                name=regime.name,
                row=q.index[q.isna()][0],
                n_missing=int(q.isna().sum()),
            )
        )
    return data, q.to_numpy(float)


def _search(data: PanelArrays, q: Floats, switching: int, trim: float) -> _Search:
    values, counts = np.unique(q, return_counts=True)
    share = counts.cumsum() / q.size
    # rounding of the shares must not decide whether an edge is in
    candidates = values[(share >= trim - 1e-12) & (share <= 1 - trim + 1e-12)]
    if not len(candidates):
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "no threshold of the regime variable leaves {trim:.0%} of the rows on each side",
                "use a smaller trim, or a regime variable with more values",
                trim=trim,
            )
        )
    effects = data.effects
    within = demean(effects, data.x)
    scale = lengths(within)
    basis = np.linalg.qr(within / scale)[0]
    low = data.x[:, [switching]] * (q[:, None] <= candidates)
    net = demean(effects, low)
    net -= basis @ (basis.T @ net)
    size = np.einsum("nc,nc->c", net, net)
    useful = size > USELESS * scale[switching] ** 2
    if not useful.any():
        raise Infeasible(
            Code.SAMPLE_SMALL(
                "no threshold of the regime variable identifies two slopes",
                "use a smaller trim, or another regime variable",
            )
        )
    return _Search(effects, basis, candidates[useful], net[:, useful], size[useful])
