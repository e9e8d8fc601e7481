"""How far an effect is known where trends need not be parallel (Rambachan and Roth 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import Positive, Seed, Share, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of an average effect for each size of the violation.

    Attributes
    ----------
    table : pandas.DataFrame
        m, set_low, set_high (as if the coefficients were known), low, high (confidence interval).
    breakdown : float
        Largest m of a fine grid for which the interval leaves out zero; NaN if none does.
    """

    table: pd.DataFrame
    breakdown: float


@check_arguments
def relative_magnitudes(
    estimates: pd.Series,
    cov: pd.DataFrame,
    *,
    average_of: Sequence[int],
    magnitudes: Sequence[float],
    level: Share,
    draws: Positive,
    seed: Seed,
) -> Bounds:
    r"""Bounds under relative magnitudes, by projection.

    The difference in trends moves from one year to the next after adoption by at most m times the
    largest such step before it (Rambachan and Roth 2023, section 2.4.1). Steps add up, so the mean of the
    effects in years k lies within

    .. math:: \bar\beta \pm m\,\overline{(k+1)}\,\max_s |\beta_{s+1}-\beta_s|, \qquad \beta_{-1}=0.

    The interval takes the mean and all steps before jointly within their simultaneous (sup-t) normal
    region and the worst case inside. It covers at no less than `level` and is wider than their
    conditional test would give.

    Parameters
    ----------
    estimates : pandas.Series
        Event study by event time: years before adoption without the base -1, and after.
    cov : pandas.DataFrame
        Covariance of `estimates`.
    average_of : sequence of int
        Event times averaged.
    magnitudes : sequence of float
        Values of m.
    level : float
        Of the intervals.
    draws : int
        Draws of the sup-t value.
    seed : int
        Of those draws.

    Returns
    -------
    Bounds

    Raises
    ------
    Infeasible
        Without two neighbouring years before adoption, or without an event time that is averaged.
    """
    before = sorted(e for e in estimates.index if e < -1)
    if not before or before != list(range(before[0], -1)):
        raise Infeasible(codes.NO_NEIGHBOURS_BEFORE(before=before))
    missing = [e for e in average_of if e not in estimates.index or e < 0]
    if missing or not len(average_of):
        raise Infeasible(codes.EVENTS_NOT_ESTIMATED(missing=missing or "none"))
    order = list(estimates.index)
    target = np.isin(order, average_of) / len(average_of)
    steps = np.zeros((len(before), len(order)))
    for row, e in enumerate(before):
        steps[row, order.index(e)] = -1.0
        if e + 1 in order:
            steps[row, order.index(e + 1)] = 1.0
    maps = np.vstack([target, steps])
    values = maps @ estimates.to_numpy()
    v = maps @ cov.loc[order, order].to_numpy() @ maps.T
    errors = np.sqrt(np.diag(v))
    noise = np.random.default_rng(seed).multivariate_normal(np.zeros(len(v)), v, size=draws)
    useful = errors > 0
    critical = np.quantile(np.abs(noise[:, useful] / errors[useful]).max(axis=1), level)
    reach = float(np.mean(np.asarray(average_of) + 1))
    largest = np.abs(values[1:]).max()
    worst = (np.abs(values[1:]) + critical * errors[1:]).max()

    def interval(m: float) -> tuple[float, float]:
        # without a violation only the mean itself is uncertain
        z = stats.norm.ppf((1 + level) / 2) if m == 0 else critical
        width = z * errors[0] + m * reach * worst
        return values[0] - width, values[0] + width

    rows = [
        (m, values[0] - m * reach * largest, values[0] + m * reach * largest, *interval(m))
        for m in magnitudes
    ]
    table = pd.DataFrame(rows, columns=["m", "set_low", "set_high", "low", "high"])
    grid = np.linspace(0, 3, 301)
    outside = [m for m in grid if interval(m)[0] > 0 or interval(m)[1] < 0]
    return Bounds(table, float(max(outside)) if outside else np.nan)
