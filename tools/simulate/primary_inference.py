"""Size and power of three ways of inference at the baseline's own regressors.

`python -m tools.simulate.primary_inference RELEASE_FOLDER` prints the table of
docs/decisions/2026-11-26-one-primary-inference.md: 29 provinces of which six to eight are effective,
errors that remember, with equal variances or those of the baseline's residuals.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.fixed_effects.regression_data import codes
from estimation.econometrics.fixed_effects.wild_bootstrap import wild_draws, wild_test
from estimation.econometrics.fixed_effects.within import demean, fit_within, two_way_effects
from estimation.panel.release import load_release
from estimation.panel.spec import load_specs
from estimation.tables.fixed_effects import Options
from estimation.tables.regressions import block_sample
from tools.simulate.planted_study import CR1, CR3, errors_of

SEED, PANELS, WILD, LEVEL = 20251126, 1_000, 399, 0.05


def errors(
    rng: np.random.Generator, index: pd.MultiIndex, memory: float, scale: pd.Series
) -> np.ndarray:
    """Stationary AR(1) by province with unit variance times the province's scale; shape (n,)."""
    years = np.arange(index.get_level_values(1).min(), index.get_level_values(1).max() + 1)
    shocks = rng.standard_normal((len(scale), years.size))
    shocks[:, 1:] *= np.sqrt(1 - memory**2)
    for t in range(1, years.size):
        shocks[:, t] += memory * shocks[:, t - 1]
    wide = pd.DataFrame(shocks * scale.to_numpy()[:, None], scale.index, years)
    return wide.stack().reindex(index).to_numpy()


def rates(x: pd.DataFrame, memory: float, scale: pd.Series, slope: float) -> dict[str, float]:
    """Share of panels in which each way rejects a zero first slope at 5 %."""
    unit, time = codes(x.index)
    effects = two_way_effects(unit, time)
    values = x.to_numpy(float)
    rng, groups = np.random.default_rng(SEED), effects.n_units
    draws = wild_draws(groups, WILD, SEED)
    critical = stats.t.ppf(1 - LEVEL / 2, groups - 1)
    hits = dict.fromkeys(("CR1", "CR3", "wild bootstrap"), 0)
    for _ in range(PANELS):
        y = slope * values[:, 0] + errors(rng, x.index, memory, scale)
        fit = fit_within(effects, y, values)
        own = errors_of(fit)
        for name, way in (("CR1", CR1), ("CR3", CR3)):
            hits[name] += abs(fit.params[0]) > critical * own[way][0][0]
        hits["wild bootstrap"] += wild_test(fit, unit, 0, draws).p_value() < LEVEL
    return {way: count / PANELS for way, count in hits.items()}


def main() -> None:
    """Print rejection rates under a zero slope and under .1 and .31."""
    release, spec = load_release(Path(sys.argv[1])), load_specs()["t04_baseline"]
    block = Options.model_validate(spec.options).blocks[0]
    sample, reasons = block_sample(spec, release, block)
    regressors = [r for r in block.enter if r not in reasons]
    for terms in (regressors[:1], regressors):
        y, x = sample.frame[block.dependent], sample.frame[terms]
        effects = two_way_effects(*codes(x.index))
        within = fit_within(effects, demean(effects, y.to_numpy(float)), x.to_numpy(float))
        residual = pd.Series(within.residuals, x.index)
        own = residual.groupby(level=0).std()
        equal = pd.Series(float(residual.std()), own.index)
        for name, scale in (("equal", equal), ("own", own)):
            for memory in (0.0, 0.5, 0.8):
                for slope in (0.0, 0.1, 0.31):
                    found = rates(x, memory, scale, slope)
                    shown = "  ".join(f"{way} {100 * rate:.1f}" for way, rate in found.items())
                    print(
                        f"{len(terms)} slopes, {name} variances, memory {memory}, slope {slope}: {shown}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
