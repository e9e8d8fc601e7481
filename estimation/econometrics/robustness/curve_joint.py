"""Wild cluster bootstrap of a curve: of every specification, and of all of them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import Positive, Seed, Share, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import (
    WildDraws,
    WildTest,
    test_of_responses,
)
from living_panel.estimation.econometrics.robustness.curve import Curve, Member, reghdfe_factor


@check_arguments
def joint_test(curve: Curve, *, draws: Positive, seed: Seed, level: Share) -> pd.DataFrame:
    """Joint test that the focal slope is zero in every specification of the curve.

    The null is imposed in each specification; one Rademacher weight a unit multiplies its restricted
    scores in all of them at once. This keeps the dependence between specifications (the idea of Simonsohn,
    Simmons and Nelson 2020, with the wild cluster bootstrap in place of resampling rows). Every draw is
    demeaned and estimated again in every specification, its t studentised by its own clustered standard
    error.

    A single estimate, observed or drawn, counts as significant where its bootstrap p-value, its rank
    among all draws of that specification, is below `level`.

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
        dominant sign. Then observed, null_median, null_95 (95th percentile of the absolute value),
        p_value = (1 + r)/(1 + draws), two-sided, draws, n_estimates.

    Raises
    ------
    Infeasible
        If an outcome has no estimate with a usable standard error.
    """
    weights = _signs(curve, draws, seed)
    rows = []
    for outcome, part in curve.estimates.groupby("outcome", sort=False):
        usable = part[part["p_value"].notna()]
        if usable.empty:
            raise Infeasible(
                Code.SAMPLE_CLUSTERS(
                    "outcome {outcome!r}: no estimate has six clusters, so the test is not possible",
                    "use a sample with six or more units",
                    outcome=outcome,
                )
            )
        observed = usable[["estimate", "std_error"]].to_numpy()
        drawn, errors = null_draws(curve, usable.index.tolist(), weights)
        estimates = np.column_stack([observed[:, 0], drawn])
        t = np.column_stack([observed[:, 0] / observed[:, 1], drawn / errors])
        every = _summaries(estimates, t, rank_p_values(t) < level)
        seen = {name: values[:1] for name, values in every.items()}
        null = {name: values[1:] for name, values in every.items()}
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


def _signs(curve: Curve, draws: int, seed: int) -> np.ndarray:
    """Rademacher weights (N, draws) of the units: the test and the inference of a curve share them."""
    return np.random.default_rng(seed).choice([-1.0, 1.0], (len(curve.units), draws))


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
        units = sample.cells.grid.units
        mine = weights if units == curve.units else weights[np.isin(curve.units, units)]
        pull, response = _null_world(sample)
        factor = reghdfe_factor(sample.cells, len(sample.regressors))
        moved = response @ mine
        estimates[s] = pull @ mine
        errors[s] = np.sqrt(factor * np.einsum("ib,ib->b", moved, moved))
    return estimates, errors


def _null_world(sample: Member) -> tuple[np.ndarray, np.ndarray]:
    """Focal estimate when weights w multiply the restricted residuals.

    `pull` (N,): the estimate is pull'w. `response` (N, N): the units' parts of its clustered variance are the
    squares of response @ w. Block g of the residual is demeaned again and net of all regressors; unit h's focal
    regressor is net of the others.
    """
    net, residual, response = _parts(sample)
    scale = float((net**2).sum())
    return (net * residual).sum(axis=1) / scale, response(residual) / scale


def _parts(
    sample: Member,
) -> tuple[np.ndarray, np.ndarray, Callable[[np.ndarray], np.ndarray]]:
    """Focal regressor net of the others, residual without it, and the response to residuals (N, N).

    The response has in row h the score of unit h when the residual of one unit enters alone.
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

    def response(u: np.ndarray) -> np.ndarray:
        shift = np.linalg.solve(total[:k, :k], np.einsum("itk,it->ki", x, u))
        seen = np.einsum("it,itk->ik", net, x) @ shift
        diagonal = np.diag((net * u).sum(axis=1))
        scores: np.ndarray = diagonal - net @ cells.period_inverse @ u.T - seen
        return scores

    return net, residual, response


@check_arguments
def rank_p_values(t: np.ndarray) -> np.ndarray:
    """Share of a row's |t| that are at least as large as each of them, ties counted."""
    size = np.abs(t)
    ordered = np.sort(size, axis=1)
    smaller = [
        np.searchsorted(draws, each * (1 - 1e-12))
        for draws, each in zip(ordered, size, strict=True)
    ]
    shares: np.ndarray = 1 - np.array(smaller) / t.shape[1]
    return shares


@check_arguments
def wild_inference(curve: Curve, *, draws: Positive, seed: Seed, level: Share) -> pd.DataFrame:
    """Estimates of a curve with p-values and intervals of the wild cluster bootstrap.

    The draws are those of `joint_test` with the same seed, so that the share of significant
    estimates and its test rest on one inference.

    Parameters
    ----------
    curve : Curve
        The curve.
    draws : int
        Draws, at least 1.
    seed : int
        Of the generator: the same seed gives the same numbers.
    level : float
        One minus the coverage of the intervals.

    Returns
    -------
    pandas.DataFrame
        `curve.estimates` with `p_value`, `p_mc_error`, `ci_low` and `ci_high` by the bootstrap, and `df`
        missing; missing where there are fewer than six clusters.
    """
    weights = _signs(curve, draws, seed)
    out = curve.estimates.assign(df=np.nan)
    numbers = np.full((len(out), 4), np.nan)
    estimates, usable = out["estimate"].to_numpy(float), out["p_value"].notna().to_numpy()
    for row in np.flatnonzero(usable).tolist():
        sample = curve.samples[row]
        units = sample.cells.grid.units
        mine = weights if units == curve.units else weights[np.isin(curve.units, units)]
        test = _wild_test(sample, float(estimates[row]), mine)
        numbers[row] = test.p_value(), test.p_error(), *test.interval(1 - level)
    out[["p_value", "p_mc_error", "ci_low", "ci_high"]] = numbers
    return out


def _wild_test(sample: Member, estimate: float, weights: np.ndarray) -> WildTest:
    """The bootstrap distribution of one specification's focal slope."""
    net, residual, response = _parts(sample)
    scale = float((net**2).sum())
    residual = residual - estimate * net  # that of the regression itself, no null imposed
    responses, null = (((net * u).sum(axis=1), response(u)) for u in (residual, net))
    draws = WildDraws(weights.T, False, most=weights.shape[1])
    return test_of_responses(estimate, scale, responses, null, draws)


def _summaries(
    estimates: np.ndarray, t: np.ndarray, significant: np.ndarray
) -> dict[str, np.ndarray]:
    """Statistics of a whole curve, for every draw in the columns."""
    above, below = ((significant & (t * sign > 0)).mean(axis=0) for sign in (1, -1))
    return {
        "median": np.median(estimates, axis=0),
        "mean_t": t.mean(axis=0),
        "share_significant": np.where(above >= below, above, -below),
    }
