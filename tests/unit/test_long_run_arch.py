"""FMOLS and DOLS of one unit against arch, and by arch's fixture against EViews' print-outs."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from arch.tests.unitroot.cointegration_data import trivariate_data  # noqa: F401
from arch.unitroot.cointegration import DynamicOLS, FullyModifiedOLS

from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.kernels import Smoothing
from living_panel.estimation.estimators.long_run import _dols, _fmols, _t_tests

TOLERANCE = 1e-8


def one_unit(
    periods: int, k: int, seed: int
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame], pd.DataFrame]:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.standard_normal((periods, k)) + 0.1, axis=0)
    u = rng.standard_normal(periods)
    for t in range(1, periods):
        u[t] += 0.5 * u[t - 1]
    y = 3 + x @ np.arange(1, k + 1) + u
    years = range(2000, 2000 + periods)
    frames = {f"x{j}": pd.DataFrame({"A": x[:, j]}, index=years) for j in range(k)}
    return (
        pd.DataFrame({"A": y}, index=years),
        frames,
        pd.DataFrame(x, index=years, columns=list(frames)),
    )


def same(ours: RegressionFit, theirs: object, k: int) -> None:
    np.testing.assert_allclose(ours.params, theirs.params.iloc[:k], rtol=TOLERANCE)
    np.testing.assert_allclose(ours.cov, theirs.cov.iloc[:k, :k], rtol=TOLERANCE, atol=1e-14)
    np.testing.assert_allclose(ours.std_errors, theirs.std_errors.iloc[:k], rtol=TOLERANCE)
    np.testing.assert_allclose(_t_tests(ours)[0], theirs.tvalues.iloc[:k], rtol=TOLERANCE)
    np.testing.assert_allclose(ours.residuals["A"], theirs.resid, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ours.r_squared["within"], theirs.rsquared, rtol=TOLERANCE)


@pytest.mark.parametrize("method", ["pooled", "group_mean"])
@pytest.mark.parametrize("trend", ["c", "ct"])
def test_one_unit_is_archs(method: str, trend: str) -> None:
    shapes = [(22, 1), (40, 3), (120, 7)]
    for (periods, k), bandwidth in itertools.product(shapes, [0, 1, 4]):
        y, x, matrix = one_unit(periods, k, seed=periods)
        options = {"method": method, "trend": trend, "bandwidth": bandwidth}
        theirs = FullyModifiedOLS(y["A"], matrix, trend=trend).fit(
            bandwidth=bandwidth, force_int=False
        )
        same(_fmols(y, x, **options, demean=False), theirs, k)
        for leads, lags in [(0, 0), (0, 1), (2, 1)]:
            if k * (2 + leads + lags) > periods // 2:
                continue
            theirs = DynamicOLS(y["A"], matrix, trend=trend, leads=leads, lags=lags).fit(
                bandwidth=bandwidth
            )
            same(
                _dols(y, x, **options, leads=leads, lags=lags, demean=False, common_dynamics=False),
                theirs,
                k,
            )
            if method == "pooled":
                common = _dols(
                    y, x, **options, leads=leads, lags=lags, common_dynamics=True, demean=False
                )
                same(common, theirs, k)


def frames(data: tuple[object, object]) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    y, x = (np.asarray(part) for part in data)
    return pd.DataFrame({"A": y[:, 0]}), {
        f"Y{j + 2}": pd.DataFrame({"A": x[:, j]}) for j in range(x.shape[1])
    }


# EViews as printed in arch's tests: bandwidth there is ours + 1, covariances times n/(n - k).
@pytest.mark.parametrize(
    ("trend", "params", "std_errors", "parameters"),
    [
        ("c", (-11.72714, 2.313736), (0.18051, 0.030284), 3),
        ("ct", (-11.11086, 2.215921), (0.28259, 0.045542), 4),
    ],
)
def test_fmols_prints_what_eviews_printed(
    trivariate_data,  # noqa: F811
    trend: str,
    params: tuple[float, float],
    std_errors: tuple[float, float],
    parameters: int,
) -> None:
    y, x = frames(trivariate_data)
    got = _fmols(y, x, method="pooled", trend=trend, bandwidth=6, demean=False)
    scale = np.sqrt(999 / (999 - parameters))
    np.testing.assert_allclose(got.params, params, rtol=1e-5)
    np.testing.assert_allclose(got.std_errors * scale, std_errors, rtol=2e-5)


@pytest.mark.parametrize(
    ("leads", "lags", "params", "std_errors"),
    [
        (0, 0, (-11.16047, 2.218772), (0.131134, 0.021983)),
        (0, 1, (-11.47526, 2.271718), (0.118405, 0.019851)),
        (1, 0, (-11.48150, 2.272349), (0.112980, 0.018941)),
        (1, 1, (-11.65535, 2.301629), (0.102846, 0.017243)),
        (7, 3, (-11.98434, 2.356085), (0.068532, 0.011497)),
    ],
)
def test_dols_prints_what_eviews_printed(
    trivariate_data,  # noqa: F811
    leads: int,
    lags: int,
    params: tuple[float, float],
    std_errors: tuple[float, float],
) -> None:
    y, x = frames(trivariate_data)
    got = _dols(
        y,
        x,
        method="pooled",
        trend="c",
        bandwidth=1,
        leads=leads,
        lags=lags,
        demean=False,
        common_dynamics=False,
    )
    n = 999 - leads - lags
    scale = np.sqrt(n / (n - (1 + 2 * (2 + leads + lags))))
    np.testing.assert_allclose(got.params, params, rtol=1e-5)
    np.testing.assert_allclose(got.std_errors * scale, std_errors, rtol=5e-5)


@pytest.mark.parametrize(
    ("kernel", "theirs"), [("parzen", "parzen"), ("quadratic_spectral", "quadraticspectral")]
)
@pytest.mark.parametrize("bandwidth", [0, 1, 3, 6])
def test_other_kernels_are_archs(kernel: str, theirs: str, bandwidth: int) -> None:
    y, x, matrix = one_unit(60, 2, seed=11)
    options = {"method": "pooled", "trend": "c", "bandwidth": Smoothing(kernel, bandwidth)}
    fm = FullyModifiedOLS(y["A"], matrix, trend="c").fit(
        kernel=theirs, bandwidth=bandwidth, force_int=False
    )
    same(_fmols(y, x, **options, demean=False), fm, 2)
    dynamic = DynamicOLS(y["A"], matrix, trend="c", leads=1, lags=1).fit(
        kernel=theirs, bandwidth=bandwidth
    )
    how = {"leads": 1, "lags": 1, "demean": False, "common_dynamics": False}
    same(_dols(y, x, **options, **how), dynamic, 2)
