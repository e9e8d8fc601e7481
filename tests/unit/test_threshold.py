"""The panel threshold: planted thresholds, size, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.robustness.threshold import panel_threshold
from tests.refusals import refuses
from tests.unit.panels import rows


def drawn(seed: int, low: float, high: float, n: int = 29, t: int = 13, noise: float = 0.4):
    """Planted threshold .5 in q; year effects in y, x and q alike."""
    rng = np.random.default_rng(seed)
    index = rows(n, t)
    a, d = rng.normal(size=n).repeat(t), np.tile(np.linspace(-1, 1, t), n)
    q = 0.5 * a + d + rng.normal(size=n * t)
    x = 0.5 * a + 0.5 * d + rng.normal(size=n * t)
    z = rng.normal(size=n * t)
    y = a + 2 * d + 0.3 * z + np.where(q <= 0.5, low, high) * x + noise * rng.normal(size=n * t)
    frame = pd.DataFrame({"y": y, "x": x, "z": z, "q": q}, index)
    return frame["y"], frame[["x", "z"]], frame["q"]


def fit(data, **options):
    y, x, q = data
    arguments = {"draws": 99, "seed": 1, "trim": 0.15, "level": 0.95} | options
    return panel_threshold(y, x, switching="x", regime=q, **arguments)


def test_row_order_does_not_matter_and_seed_does_for_p_only() -> None:
    y, x, q = drawn(6, 0.4, 0.55, n=12, t=8)
    order = np.random.default_rng(0).permutation(len(y))
    first, shuffled = fit((y, x, q)), fit((y.iloc[order], x.iloc[order], q.iloc[order]))
    assert first.threshold == shuffled.threshold
    assert first.p_value == shuffled.p_value
    np.testing.assert_allclose(first.f_statistic, shuffled.f_statistic, rtol=1e-9)
    ps = {fit((y, x, q), seed=s).p_value for s in range(6)}
    assert len(ps) > 1


def test_units_of_the_data_do_not_matter() -> None:
    y, x, q = drawn(6, 0.2, 0.8, n=12, t=8)
    plain = fit((y, x, q))
    # a regressor in yuan rather than in trillions of them, and an outcome in thousandths
    scaled = fit((y * 1e3, x.mul([1e12, 1e-6]), q))
    assert scaled.threshold == plain.threshold and scaled.p_value == plain.p_value
    assert scaled.f_statistic == pytest.approx(plain.f_statistic, rel=1e-8)


def test_trim_leaves_its_share_on_either_side() -> None:
    found = fit(drawn(7, 0.2, 0.8), trim=0.25)
    share = found.profile["share_low"]
    assert share.min() >= 0.25 - 1e-12 and share.max() <= 0.75 + 1e-12
    assert share.max() - share.min() > 0.45


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda y, x, q: (y, x.rename(columns={"x": "w"}), q),
            InvalidData,
            Code.SAMPLE_SMALL,
        ),
        (lambda y, x, q: (y[1:], x[1:], q), InvalidData, Code.UNBALANCED),
        (lambda y, x, q: (y, x, q[3:]), InvalidData, Code.SAMPLE_SMALL),
        (lambda y, x, q: (y, x, q * 0), Infeasible, Code.SAMPLE_SMALL),
        (lambda y, x, q: (y, x.assign(z=1.0), q), InvalidData, Code.ABSORBED),
        (lambda y, x, q: (y, x.assign(v=x["x"] * 2), q), InvalidData, Code.COLLINEAR),
    ],
)
def test_refusals_name_what_is_wrong(change, error, message: Code) -> None:
    with refuses(error, message):
        fit(change(*drawn(8, 0.2, 0.8, n=8, t=6)))
