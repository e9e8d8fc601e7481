"""Size and power of the tests of regions, synergy, thresholds and leads on the planted processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics.fixed_effects.regression_data import row_codes
from living_panel.estimation.econometrics.fixed_effects.within import fit_within, two_way_effects
from living_panel.estimation.econometrics.robustness.regions import (
    bootstrap_equality,
    interacted,
    randomised_slopes,
    wald_equality,
    wald_of,
)
from living_panel.estimation.econometrics.robustness.synergy import interaction_parts
from living_panel.estimation.econometrics.robustness.threshold import panel_threshold
from living_panel.orchestration.simulated import planted
from living_panel.orchestration.simulated.planted import Process
from tools.simulate import STORED_STUDIES
from tools.simulate.planted_study import CR1, CR3, errors_of

STORED = STORED_STUDIES / "planted_tests.csv"
DRAWS = 200
LEVEL = 0.05
RESAMPLES = 199

Tests = Callable[[Process, pd.DataFrame, int], dict[str, float]]


def run(draws: int, first: int = 0) -> pd.DataFrame:
    """Rejection shares at the nominal 5 % from draw number `first` on, as in `planted_study.run`.

    Returns
    -------
    pandas.DataFrame
        test, process, null (true or false in the process), rejected (share), mc_std_error,
        first_p_value, draws.
    """
    one, two = planted.load_process("homogeneous"), planted.load_process("regional")
    fed = replace(planted.without_slopes(one, ["fdi", "ce"]), feedback=0.6)
    studies: list[tuple[str, Process, bool, Tests]] = [
        ("equal FDI slopes", one, True, _equality),
        ("equal FDI slopes", two, False, _equality),
        ("no synergy (demeaned)", one, True, _synergy),
        ("no synergy (demeaned)", two, False, _synergy),
        ("one FDI slope over Kn", one, True, _threshold),
        ("lead of FDI is nil", one, True, _lead),
        ("lead of FDI is nil, FDI moved by the same year's shock", fed, False, _lead),
    ]
    rows = []
    for name, process, null, tests in studies:
        p_values = []
        for number in range(first, first + draws):
            frame = planted.regression_frame(
                process, planted.draw(process, process.seed * 10_000 + number)
            )
            p_values.append(tests(process, frame, number))
        for test, values in pd.DataFrame(p_values).items():
            share = float((values <= LEVEL).mean())
            error = float(np.sqrt(share * (1 - share) / draws))
            rows.append(
                (f"{name}: {test}", process.name, null, share, error, float(values.iloc[0]), draws)
            )
    columns = ["test", "process", "null", "rejected", "mc_std_error", "first_p_value", "draws"]
    return pd.DataFrame(rows, columns=columns)


def _equality(process: Process, frame: pd.DataFrame, seed: int) -> dict[str, float]:
    y, x, scheme = frame["ex"], frame[process.roles], planted.regions(process)
    fit = interacted(y, x, scheme)
    observed = wald_equality(fit, ["fdi"], "cr1")
    z = np.column_stack([x, y]).reshape(len(scheme), -1, x.shape[1] + 1)
    codes = pd.factorize(scheme)[0]
    drawn = np.random.default_rng(seed).permuted(np.tile(codes, (RESAMPLES, 1)), axis=1)
    null = wald_of(*randomised_slopes(z - z.mean(axis=1, keepdims=True), drawn, 3), [0])
    bootstrap = bootstrap_equality(fit, ["fdi"], draws=RESAMPLES, seed=seed, near=None)
    return {
        "CR1, F(2, 7)": observed.p_value,
        "CR3, F(2, 7)": wald_equality(fit, ["fdi"], "cr3").p_value,
        "wild bootstrap": bootstrap.p_value,
        "randomisation": float((1 + (null >= observed.statistic).sum()) / (1 + RESAMPLES)),
    }


def _synergy(process: Process, frame: pd.DataFrame, seed: int) -> dict[str, float]:
    x = frame[process.roles]
    parts = interaction_parts(x, ("fdi", "ce"), "demeaned")
    return _t_tests(frame["ex"], x.assign(tested=parts["fdi"] * parts["ce"]))


def _lead(process: Process, frame: pd.DataFrame, seed: int) -> dict[str, float]:
    lead = frame["fdi"].groupby(level=0).shift(-1)
    has_lead = lead.notna()
    return _t_tests(
        frame.loc[has_lead, "ex"], frame.loc[has_lead, process.roles].assign(tested=lead)
    )


def _threshold(process: Process, frame: pd.DataFrame, seed: int) -> dict[str, float]:
    options = {"switching": "fdi", "regime": frame["kn"], "draws": RESAMPLES, "seed": seed}
    options |= {"trim": 0.15, "level": 0.95}
    fit = panel_threshold(frame["ex"], frame[process.roles], **options)  # type: ignore[arg-type]
    return {"Hansen bootstrap": fit.p_value}


def _t_tests(y: pd.Series, x: pd.DataFrame) -> dict[str, float]:
    """p-values of the last regressor by two covariances with t(G-1)."""
    fit = fit_within(two_way_effects(*row_codes(y.index)), y.to_numpy(), x.to_numpy())
    errors = errors_of(fit)
    return {
        way: float(2 * stats.t.sf(abs(fit.params[-1] / errors[way][0][-1]), errors[way][1]))
        for way in (CR1, CR3)
    }
