"""Size and power of the tests of regions, synergy, thresholds and leads on the planted processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from estimation.econometrics.fixed_effects.within import two_way_effects
from estimation.econometrics.robustness.regions import (
    bootstrap_equality,
    interacted,
    randomisation_statistics,
    wald_equality,
)
from estimation.econometrics.robustness.synergy import interaction_parts
from estimation.econometrics.robustness.threshold import panel_threshold
from tools.simulate.many_fits import two_way_many
from tools.simulate.planted import (
    FOLDER,
    Process,
    draw,
    load_process,
    regions,
    regression_frame,
    without_slopes,
)

STORED = FOLDER / "planted_tests.csv"
DRAWS = 200
LEVEL = 0.05
RESAMPLES = 199

Tests = Callable[[Process, pd.DataFrame, int], dict[str, float]]


def run(draws: int, first: int = 0) -> pd.DataFrame:
    """Rejection shares at the nominal 5 %.

    Parameters
    ----------
    draws : int
    first : int
        Number of the first draw, as in `planted_study.run`.

    Returns
    -------
    pandas.DataFrame
        test, process, null (true or false in the process), rejected (share), mc_std_error, draws.
    """
    one, two = load_process("homogeneous"), load_process("regional")
    pair = without_slopes(one, ["fdi", "ce"])
    studies: list[tuple[str, Process, bool, Tests]] = [
        ("equal FDI slopes", one, True, _equality),
        ("equal FDI slopes", two, False, _equality),
        ("no synergy (demeaned)", one, True, _synergy),
        ("no synergy (demeaned)", two, False, _synergy),
        ("one FDI slope over Kn", one, True, _threshold),
        ("lead of FDI is nil", one, True, _lead),
        (
            "lead of FDI is nil, FDI moved by the same year's shock",
            replace(pair, feedback=0.6),
            False,
            _lead,
        ),
    ]
    rows = []
    for name, process, null, tests in studies:
        p_values = []
        for number in range(first, first + draws):
            frame = regression_frame(process, draw(process, process.seed * 10_000 + number))
            p_values.append(tests(process, frame, number))
        for test, values in pd.DataFrame(p_values).items():
            share = float((values <= LEVEL).mean())
            rows.append(
                {
                    "test": f"{name}: {test}",
                    "process": process.name,
                    "null": null,
                    "rejected": share,
                    "mc_std_error": float(np.sqrt(share * (1 - share) / draws)),
                    "first_p_value": float(values.iloc[0]),
                    "draws": draws,
                }
            )
    return pd.DataFrame(rows)


def _equality(process: Process, frame: pd.DataFrame, seed: int) -> dict[str, float]:
    y, x, scheme = frame["ex"], frame[process.roles], regions(process)
    fit = interacted(y, x, scheme, cov="cr3")
    observed = wald_equality(interacted(y, x, scheme, cov="cr1"), ["fdi"])
    z = np.column_stack([x, y]).reshape(len(scheme), -1, x.shape[1] + 1)
    codes = pd.factorize(scheme)[0]
    drawn = np.random.default_rng(seed).permuted(np.tile(codes, (RESAMPLES, 1)), axis=1)
    null = randomisation_statistics(z - z.mean(axis=1, keepdims=True), drawn, 3, [[0]])[:, 0]
    bootstrap = bootstrap_equality(y, x, scheme, ["fdi"], draws=RESAMPLES, seed=seed)
    return {
        "CR1, F(2, 7)": observed.p_value,
        "CR3, F(2, 7)": wald_equality(fit, ["fdi"]).p_value,
        "wild bootstrap": bootstrap.p_value,
        "randomisation": float((1 + (null >= observed.statistic).sum()) / (1 + RESAMPLES)),
    }


def _synergy(process: Process, frame: pd.DataFrame, seed: int) -> dict[str, float]:
    x = frame[process.roles]
    parts = interaction_parts(x, ("fdi", "ce"), "demeaned")
    return _t_tests(frame["ex"], x.assign(tested=parts["fdi"] * parts["ce"]))


def _lead(process: Process, frame: pd.DataFrame, seed: int) -> dict[str, float]:
    lead = frame["fdi"].groupby(level=0).shift(-1)
    kept = lead.notna()
    return _t_tests(frame.loc[kept, "ex"], frame.loc[kept, process.roles].assign(tested=lead))


def _threshold(process: Process, frame: pd.DataFrame, seed: int) -> dict[str, float]:
    fit = panel_threshold(
        frame["ex"],
        frame[process.roles],
        switching="fdi",
        regime=frame["kn"],
        draws=RESAMPLES,
        seed=seed,
    )
    return {"Hansen bootstrap": fit.p_value}


def _t_tests(y: pd.Series, x: pd.DataFrame) -> dict[str, float]:
    """p-values of the last regressor by two covariances with t(G-1)."""
    unit = np.unique(y.index.get_level_values(0), return_inverse=True)[1].astype(np.int64)
    time = np.unique(y.index.get_level_values(1), return_inverse=True)[1].astype(np.int64)
    fit = two_way_many(two_way_effects(unit, time), y.to_numpy()[None], x.to_numpy()[None])
    estimate, df = abs(fit.params[0, -1]), int(unit.max())
    return {
        "CR1, t(G-1)": float(2 * stats.t.sf(estimate / fit.clustered[0, -1], df)),
        "CR3, t(G-1)": float(2 * stats.t.sf(estimate / fit.jackknife[0, -1], df)),
    }
