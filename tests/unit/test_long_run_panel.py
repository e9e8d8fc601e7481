"""Invariances of panel FMOLS and DOLS, and their bootstrap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.estimators import long_run
from living_panel.estimation.estimators.long_run import (
    _bootstrap_std_errors,
    _dols,
    _fmols,
    _t_tests,
)

Frames = tuple[pd.DataFrame, dict[str, pd.DataFrame]]


def panel(
    n_units: int = 8, periods: int = 20, k: int = 2, seed: int = 0, factor: float = 0
) -> Frames:
    rng = np.random.default_rng(seed)
    years = pd.RangeIndex(2001, 2001 + periods)
    units = [f"p{i}" for i in range(n_units)]
    x = np.cumsum(rng.standard_normal((periods, n_units, k)), axis=0)
    shock = factor * rng.standard_normal((periods, 1))
    y = 5 + x.sum(axis=2) + rng.standard_normal((periods, n_units)) + shock
    regressors = {f"x{j}": pd.DataFrame(x[:, :, j], index=years, columns=units) for j in range(k)}
    return pd.DataFrame(y, index=years, columns=units), regressors


def both(y: pd.DataFrame, x: dict[str, pd.DataFrame], **options: object) -> list[RegressionFit]:
    base = {"trend": "c", "bandwidth": 2, **options}
    return [
        _fmols(y, x, **base, demean=False),
        _dols(y, x, **base, leads=0, lags=1, demean=False, common_dynamics=False),
    ]


@pytest.mark.parametrize("method", ["pooled", "group_mean"])
def test_order_constants_and_units_of_measurement_do_not_matter(method: str) -> None:
    y, x = panel()
    order = list(reversed(y.columns))
    shift = pd.Series(np.linspace(-1e3, 1e3, y.shape[1]), index=y.columns)
    moved = {name: (frame + shift)[order] for name, frame in x.items()}
    moved["x0"] = 1000 * moved["x0"]
    plain, others = both(y, x, method=method), both((y - shift)[order], moved, method=method)
    for before, after in zip(plain, others, strict=True):
        np.testing.assert_allclose(after.params * [1000, 1], before.params, rtol=1e-8)
        np.testing.assert_allclose(after.std_errors * [1000, 1], before.std_errors, rtol=1e-7)
        np.testing.assert_allclose(_t_tests(after)[0], _t_tests(before)[0], rtol=1e-7)
        np.testing.assert_allclose(after.r_squared["within"], before.r_squared["within"], rtol=1e-8)


def test_results_say_what_they_are() -> None:
    y, x = panel()
    got = _fmols(y, x, method="pooled", trend="c", bandwidth=2, demean=False)
    assert list(got.params.index) == ["x0", "x1"]
    np.testing.assert_allclose(got.p_values, 2 * stats.norm.sf(np.abs(got.t_stats)))
    assert got.label == "long_run:normal"
    pooled = got.residuals.to_numpy().ravel()
    np.testing.assert_allclose(
        [got.statistics[name] for name in ("jarque_bera", "jarque_bera_p_value")],
        tuple(stats.jarque_bera(pooled)),
    )
    used, later = y.iloc[1:], {name: frame.iloc[1:] for name, frame in x.items()}
    assert (got.n_obs, got.n_periods) == (
        used.size,
        len(used),
    ) and got.outcome_mean == used.to_numpy().mean()
    intercept = got.outcome_mean - sum(
        b * later[name].to_numpy().mean() for name, b in got.params.items()
    )
    np.testing.assert_allclose(got.constant.estimate, intercept)
    means = np.array([frame.to_numpy().mean() for frame in later.values()])
    variance = means @ got.cov.to_numpy() @ means + got.statistics["long_run_variance"] / used.size
    np.testing.assert_allclose(got.constant.std_error, np.sqrt(variance))
    # true intercept 5, slopes 1
    assert abs(got.constant.estimate - 5) < 3 * got.constant.std_error
    assert (abs(got.params - 1) < 0.1).all()


def test_residual_degrees_of_freedom_are_rows_less_a_units_parameters() -> None:
    """Common parameters count one N-th: 20 years, 8 units, 2 regressors, a constant."""
    y, x = panel(n_units=8, periods=20, k=2)
    options: dict[str, object] = {"trend": "c", "bandwidth": 2}

    def left(result: RegressionFit) -> float:
        return result.statistics["residual_df"]

    # a difference costs a row
    assert left(_fmols(y, x, method="pooled", **options, demean=False)) == 19 - 2 - 1
    assert (
        left(_fmols(y, x, **{**options, "method": "group_mean", "trend": "ct"}, demean=False))
        == 19 - 2 - 2
    )
    # a lead and two lags cost three more; four differences of each regressor are a unit's own
    options |= {"leads": 1, "lags": 2}
    assert (
        left(_dols(y, x, method="pooled", **options, demean=False, common_dynamics=False))
        == 16 - 1 - 4 * 2 - 2 / 8
    )
    assert (
        left(_dols(y, x, method="group_mean", **options, demean=False, common_dynamics=False))
        == 16 - 1 - 4 * 2 - 2
    )
    shared = _dols(y, x, method="pooled", common_dynamics=True, **options, demean=False)
    assert left(shared) == 16 - 1 - (2 + 4 * 2) / 8


def test_one_draw_of_years_serves_all_units() -> None:
    """Copies of one unit add no information: their draws are the unit's own."""
    options = {"method": "pooled", "trend": "c", "bandwidth": 2, "leads": 0, "lags": 0}
    drawn = {"block_length": 3, "draws": 99, "seed": 6}
    y, x = panel(n_units=1, periods=25)
    copies = [f"copy{i}" for i in range(6)]

    def copied(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({c: frame.iloc[:, 0] for c in copies})

    one = _bootstrap_std_errors(
        "dols", y, x, **drawn, **options, demean=False, common_dynamics=False
    )
    six = _bootstrap_std_errors(
        "dols",
        copied(y),
        {name: copied(f) for name, f in x.items()},
        **drawn,
        **options,
        demean=False,
        common_dynamics=False,
    )
    pd.testing.assert_frame_equal(six, one, rtol=1e-7)


def test_rebuilt_panels_are_blocks_of_the_panels_own_errors_and_steps() -> None:
    rng = np.random.default_rng(2)
    u, x, slopes = (rng.standard_normal(shape) for shape in [(4, 9), (4, 9, 2), (4, 2)])
    ys, xs = long_run._rebuilt(u, x, slopes, 3, 20, rng)
    errors, steps = u[:, 1:] - u[:, 1:].mean(axis=1)[:, None], np.diff(x, axis=1)
    for y, z in zip(ys, xs, strict=True):
        np.testing.assert_allclose(z[:, 0], x[:, 0])
        found, moved = y - (z * slopes[:, None]).sum(axis=2), np.diff(z, axis=1)
        at = np.abs(found[0][:, None] - errors[0]).argmin(axis=1)
        np.testing.assert_allclose(found, errors[:, at])
        np.testing.assert_allclose(moved, steps[:, at[1:]])
        blocks = at.reshape(3, 3)
        assert (np.diff(blocks, axis=1) % 8 == 1).all()


def test_draws_are_estimates_on_the_rebuilt_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"method": "group_mean", "trend": "c", "bandwidth": 2, "demean": True}
    rebuilt, panels = long_run._rebuilt, []

    def noting(*given):
        panels.append(rebuilt(*given))
        return panels[0]

    monkeypatch.setattr(long_run, "_rebuilt", noting)
    y, x = panel()
    apart = y + x["x0"] * np.arange(8)  # with slopes of their own the rebuilt y has time means
    found = _bootstrap_std_errors("fmols", apart, x, block_length=2, draws=99, seed=1, **options)
    again = [
        _fmols(
            pd.DataFrame(ys.T), {n: pd.DataFrame(xs[..., j].T) for j, n in enumerate(x)}, **options
        )
        for ys, xs in zip(*panels[0], strict=True)
    ]
    spread = np.std([fit.params for fit in again], axis=0, ddof=1)
    np.testing.assert_allclose(found.std_error, spread, rtol=1e-9)


def test_batches_do_not_show_in_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"method": "group_mean", "trend": "c", "bandwidth": 2, "demean": True}
    drawn = {"block_length": 2, "draws": 99, "seed": 1}
    whole = _bootstrap_std_errors("fmols", *panel(), **drawn, **options)
    monkeypatch.setattr(long_run, "_BATCH", 1)
    single = _bootstrap_std_errors("fmols", *panel(), **drawn, **options)
    pd.testing.assert_frame_equal(single, whole, rtol=1e-9)


def test_the_bootstrap_repeats_and_widens_with_the_errors() -> None:
    options = {"method": "pooled", "trend": "c", "bandwidth": 2, "demean": False}
    drawn = {"block_length": 2, "draws": 399}
    y, x = panel(factor=2.0)
    first = _bootstrap_std_errors("fmols", y, x, **drawn, seed=1, **options)
    again = _bootstrap_std_errors("fmols", y, x, **drawn, seed=1, **options)
    other = _bootstrap_std_errors("fmols", y, x, **drawn, seed=2, **options)
    pd.testing.assert_series_equal(first.p_value, again.p_value)
    # each is one of 1/400, .., 400/400: the sample's own statistic and 399 draws
    np.testing.assert_allclose(400 * first.p_value, (400 * first.p_value).round(), atol=1e-9)
    assert not np.allclose(first.std_error, other.std_error)
    np.testing.assert_allclose(first.std_error, other.std_error, rtol=0.25)
    quiet = panel(factor=0.0)
    independent = _bootstrap_std_errors("fmols", *quiet, **drawn, seed=1, **options)
    # the errors' variance goes from 1 to 5
    assert (first.std_error > 1.4 * independent.std_error).all()


@pytest.mark.parametrize("end", ["ci_low", "ci_high"])
def test_the_bootstraps_interval_holds_the_values_that_its_p_value_does_not_reject(
    end: str,
) -> None:
    """A shift of y by x times a value tests that value, with the same draws of t."""
    options = {"method": "pooled", "trend": "c", "bandwidth": 2, "demean": False}
    drawn = {"block_length": 2, "draws": 399, "seed": 3}
    y, x = panel(n_units=3, periods=12, k=1, factor=2.0, seed=1)  # few: t is skewed
    found = _bootstrap_std_errors("fmols", y, x, **drawn, **options).loc["x0"]
    step = 0.04 * (found["ci_high"] - found["ci_low"]) * (1 if end == "ci_low" else -1)
    outside, inside = (
        _bootstrap_std_errors("fmols", y - value * x["x0"], x, **drawn, **options).loc["x0"]
        for value in (found[end] - step, found[end] + step)
    )
    assert outside["p_value"] <= 0.05 < inside["p_value"]


def test_the_group_means_bootstrap_keeps_each_units_own_slopes() -> None:
    """With slopes 0 to 7 and next to no error, rebuilt panels differ by next to nothing."""
    y, x = panel(k=1)
    apart = x["x0"] * np.arange(8) + 1e-3 * (y - x["x0"])
    options = {"method": "group_mean", "trend": "c", "bandwidth": 2}
    found = _bootstrap_std_errors(
        "fmols", apart, x, block_length=2, draws=99, seed=1, **options, demean=False
    ).loc["x0"]
    assert found["estimate"] == pytest.approx(3.5, abs=1e-2) and found["std_error"] < 1e-3


@pytest.mark.slow
def test_the_bootstrap_finds_the_spread_of_many_panels() -> None:
    options = {"method": "pooled", "trend": "c", "bandwidth": 1, "leads": 0, "lags": 0}
    draws = [
        _dols(
            *panel(n_units=10, periods=30, k=1, seed=s),
            **options,
            demean=False,
            common_dynamics=False,
        )
        for s in range(300)
    ]
    spread = np.std([d.params["x0"] for d in draws])
    found = [
        _bootstrap_std_errors(
            "dols",
            *panel(n_units=10, periods=30, k=1, seed=1000 + s),
            block_length=3,
            draws=199,
            seed=s,
            demean=False,
            common_dynamics=False,
            **options,
        ).loc["x0", "std_error"]
        for s in range(12)
    ]
    assert 0.75 < np.mean(found) / spread < 1.3


@pytest.mark.parametrize(
    ("estimator", "dynamics"),
    [("fmols", {}), ("dols", {"leads": 0, "lags": 0, "common_dynamics": False})],
)
@pytest.mark.parametrize("method", ["pooled", "group_mean"])
def test_estimate_and_bootstrap_demean_alike(
    estimator: str, dynamics: dict[str, int], method: str
) -> None:
    """A regressor's shock common to a year goes with the year: before the estimate, or in it.

    Pooled DOLS alone takes time means last, so that own leads and lags catch part of such a shock.
    """
    y, x = panel()
    common = pd.Series(np.random.default_rng(3).normal(0, 2, len(y)).cumsum(), y.index)
    shocked = {**x, "x0": x["x0"].add(common, axis=0)}
    options = {"method": method, "trend": "c", "bandwidth": 2, "demean": True, **dynamics}
    plain, moved = (
        _bootstrap_std_errors(estimator, y, frames, block_length=2, draws=99, seed=1, **options)
        for frames in (x, shocked)
    )
    last = estimator == "dols" and method == "pooled"
    assert np.allclose(plain, moved, rtol=1e-6) != last


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_common_time_effects_of_dols_go_after_the_leads_and_lags(trend: str) -> None:
    """Mark and Sul (2003), section 3, step by step: each unit's deterministics, leads and lags out
    of y and x first, then each period's mean over units, then the pool."""
    y, x = panel(7, 24, 2)
    options = {"method": "pooled", "trend": trend, "bandwidth": 0, "demean": True}
    got = _dols(y, x, **options, leads=1, lags=2, common_dynamics=False)
    left = []
    for unit in y:
        own = np.column_stack([x[name][unit] for name in x])
        steps = np.diff(own, axis=0, prepend=np.nan)
        rows = np.arange(3, 23)
        design = [np.ones(20), np.arange(20.0)][: len(trend)]
        design += [steps[rows + lead, j] for lead in range(-2, 2) for j in range(2)]
        z = np.column_stack([own[rows], y[unit].to_numpy()[rows]])
        d = np.column_stack(design)
        left.append(z - d @ np.linalg.lstsq(d, z, rcond=None)[0])
    cube = np.stack(left)
    cube = cube - cube.mean(axis=0)
    pool = cube.reshape(-1, 3)
    b = np.linalg.lstsq(pool[:, :2], pool[:, 2], rcond=None)[0]
    np.testing.assert_allclose(got.params, b, rtol=1e-8)
