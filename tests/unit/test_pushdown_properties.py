"""Push-down held against pyfixest on random unbalanced panels."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pyfixest
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.fixed_effects.within import two_way_effects
from living_panel.estimation.econometrics.inference.reading import resolve
from living_panel.estimation.pushdown import fitted, infer

EQUAL = 1e-8


@pytest.fixture(scope="module")
def engine():
    connection = ibis.duckdb.connect()
    ibis.set_backend(connection)
    yield connection
    connection.disconnect()


@st.composite
def panels(draw) -> tuple[pd.DataFrame, int]:
    """Any shape from 4 x 3 up, any rows missing, levels and scales far apart."""
    units, periods = draw(st.integers(4, 14)), draw(st.integers(3, 9))
    k, seed = draw(st.integers(1, 3)), draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    keep = rng.random(units * periods) < draw(st.floats(0.55, 1.0))
    frame = pd.DataFrame(
        {
            "unit": np.repeat(rng.permutation(10 * units)[:units], periods),
            "time": np.tile(np.arange(2000, 2000 + periods), units),
        }
    )
    scale = 10.0 ** draw(st.integers(-3, 6))
    level = draw(st.sampled_from([0.0, 1.0, 50.0]))
    effects = rng.normal(0, 1 + level, (2, 200))
    for j in range(k):
        frame[f"x{j}"] = scale ** (j % 2) * (
            level + effects[0, frame.unit % 200] + rng.normal(size=len(frame))
        )
    frame["y"] = frame["x0"] + 3 * effects[1, frame.time % 200] + rng.normal(size=len(frame))
    return frame[keep].reset_index(drop=True), k


def connected(frame: pd.DataFrame) -> bool:
    """pyfixest counts one block whatever there is."""
    codes = [pd.factorize(frame[c])[0] for c in ("unit", "time")]
    return two_way_effects(*codes).blocks == 1


def by_pyfixest(frame: pd.DataFrame, x: list[str], keys: tuple[str, ...]):
    """Its iterations stop at an absolute tolerance: columns are brought to one size first."""
    size = {c: float(frame[c].std()) for c in x}
    scaled = frame.assign(**{c: (frame[c] - frame[c].mean()) / size[c] for c in x})
    return size, pyfixest.feols(
        f"y ~ {' + '.join(x)} | unit + time",
        data=scaled,
        vcov={"CRV1": " + ".join(keys)},
        fixef_rm="none",
        fixef_tol=1e-12,
        fixef_maxiter=1_000_000,
    )


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a failing draw is printed whole; shrinking it takes minutes
)
@given(drawn=panels())
def test_random_unbalanced_panels_equal_pyfixest(engine, drawn):
    frame, k = drawn
    n, g, t = len(frame), frame["unit"].nunique(), frame["time"].nunique()
    assume(n - k - (g + t - 1) >= 2 and min(g, t) >= 2)
    assume(connected(frame))
    x = [f"x{j}" for j in range(k)]
    try:
        with fitted(
            ibis.memtable(frame), "y", x, unit="unit", time="time", clusters=["unit", "time"],
        ) as fit:  # fmt: skip
            results = {
                tuple(keys): infer(
                    fit,
                    resolve(
                        cov="clustered", cluster=list(keys), correction="reghdfe", df="t(G-1)",
                        draws=None, seed=None,
                    ),
                )
                for keys in (["unit"], ["time"], ["unit", "time"])
            }  # fmt: skip
    except (InvalidData, Infeasible):
        assume(False)  # a draw whose few rows make a regressor collinear
    for keys, found in results.items():
        size, peer = by_pyfixest(frame, x, keys)
        unit = np.array([size[c] for c in x])
        assert found.n_obs == peer._N
        gap = np.abs(found.params.to_numpy() - peer.coef().to_numpy() / unit)
        if not any("repaired" in note for note in found.notes):
            errors = peer.se().to_numpy() / unit
            # an error of exactly nothing, where clusters leave no score, has no scale
            usable = errors > 1e-6 * np.abs(found.params.to_numpy())
            assert (gap[usable] / errors[usable] < EQUAL).all(), keys
            ratio = found.std_errors.to_numpy()[usable] / errors[usable]
            np.testing.assert_allclose(ratio, 1.0, atol=EQUAL)
