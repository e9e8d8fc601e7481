"""Joint test that the focal slope is zero in every specification of a curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.arguments import Positive, Seed, Share, check_arguments
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.robustness.curve import Curve, Member, reghdfe_factor


@check_arguments
def joint_test(curve: Curve, *, draws: Positive, seed: Seed, level: Share) -> pd.DataFrame:
    """Joint test that the focal slope is zero in every specification of the curve.

    The null is imposed in each specification; one Rademacher weight a province multiplies its
    restricted scores in all of them at once, so the dependence between specifications is kept (the
    idea of Simonsohn, Simmons and Nelson 2020, with the wild cluster bootstrap in place of
    resampling rows). Every draw is demeaned and estimated again in every specification, its t
    studentised by its own clustered standard error.

    A single estimate counts as significant at `level`.

    Parameters
    ----------
    curve : Curve
        The curve.
    draws : int
        Draws, at least 1.
    seed : int
        Of the generator: the same seed gives the same numbers.
    level : float
        At which a single estimate counts as significant.

    Returns
    -------
    pandas.DataFrame
        One row an outcome and statistic: `median` estimate, `mean_t`, `share_significant` of the
        dominant sign; observed, null_median, null_95 (95th percentile of the absolute value),
        p_value = (1 + r)/(1 + draws), two-sided, draws, n_estimates.

    Raises
    ------
    Infeasible
        If an outcome has no estimate with a usable standard error.
    """
    weights = np.random.default_rng(seed).choice([-1.0, 1.0], (len(curve.provinces), draws))
    rows = []
    for outcome, part in curve.estimates.groupby("outcome", sort=False):
        usable = part[part["p_value"].notna()]
        if usable.empty:
            raise Infeasible(f"outcome {outcome!r}: no estimate has six clusters, nothing to test")
        critical = stats.t.ppf(1 - level / 2, usable["df"])[:, None]
        observed = usable[["estimate", "std_error"]].to_numpy()
        seen = _summaries(observed[:, :1], observed[:, 1:], critical)
        drawn, errors = null_draws(curve, usable.index.tolist(), weights)
        null = _summaries(drawn, errors, critical)
        for name in seen:
            size = np.abs(null[name])
            # the observed curve counts as one draw; ties count against it
            larger = int((size >= abs(seen[name][0]) * (1 - 1e-12)).sum())
            rows.append(
                {
                    "outcome": outcome,
                    "statistic": name,
                    "observed": seen[name][0],
                    "null_median": float(np.median(null[name])),
                    "null_95": float(np.quantile(size, 0.95)),
                    "p_value": (1 + larger) / (1 + draws),
                    "draws": draws,
                    "n_estimates": len(usable),
                }
            )
    return pd.DataFrame(rows)


@check_arguments
def null_draws(
    curve: Curve, rows: Sequence[int], weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and clustered standard errors of every draw, each (len(rows), draws).

    Parameters
    ----------
    curve : Curve
        The curve.
    rows : sequence of int
        Positions of the estimates in the curve.
    weights : ndarray
        One weight for each unit and draw.

    Returns
    -------
    tuple of ndarray
        Estimates and standard errors, each (len(rows), draws).
    """
    estimates = np.empty((len(rows), weights.shape[1]))
    errors = np.empty_like(estimates)
    for s, row in enumerate(rows):
        sample = curve.samples[row]
        own = sample.cells.grid.provinces
        mine = weights if own == curve.provinces else weights[np.isin(curve.provinces, own)]
        pull, response = _null_world(sample)
        factor = reghdfe_factor(sample.cells, len(sample.regressors))
        moved = response @ mine
        estimates[s] = pull @ mine
        errors[s] = np.sqrt(factor * np.einsum("ib,ib->b", moved, moved))
    return estimates, errors


def _null_world(sample: Member) -> tuple[np.ndarray, np.ndarray]:
    """What the focal estimate becomes when weights w multiply the restricted residuals.

    `pull` (N,): the estimate is pull'w. `response` (N, N): the provinces' parts of its clustered
    variance are the squares of response @ w: block g of the residual, demeaned again and net of all
    regressors, seen by province h's focal regressor net of the others.
    """
    cells, index = sample.cells, sample.index
    within = cells.within[:, :, index]
    x, y = within[:, :, :-1], within[:, :, -1]
    total = cells.total[np.ix_(index, index)]
    k = x.shape[2]
    net, residual = x[:, :, 0], y
    if k > 1:
        others = np.linalg.solve(total[1:k, 1:k], total[1:k][:, [0, k]])
        net, residual = net - x[:, :, 1:] @ others[:, 0], y - x[:, :, 1:] @ others[:, 1]
    scale = float((net**2).sum())
    own = (net * residual).sum(axis=1)
    shift = np.linalg.solve(total[:k, :k], np.einsum("itk,it->ki", x, residual))
    response = (
        np.diag(own)
        - net @ cells.period_inverse @ residual.T
        - np.einsum("it,itk->ik", net, x) @ shift
    )
    return own / scale, response / scale


def _summaries(
    estimates: np.ndarray, errors: np.ndarray, critical: np.ndarray
) -> dict[str, np.ndarray]:
    """Statistics of a whole curve, for every draw in the columns."""
    t = estimates / errors
    above, below = (t > critical).mean(axis=0), (t < -critical).mean(axis=0)
    return {
        "median": np.median(estimates, axis=0),
        "mean_t": t.mean(axis=0),
        "share_significant": np.where(above >= below, above, -below),
    }
