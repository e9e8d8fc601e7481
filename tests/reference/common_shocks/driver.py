"""Reference values of interactive effects and PANIC by other routes, on the panel written here.

Interactive effects: scipy's nonlinear least squares over coefficients, effects, factors and loadings at
once, no eigenvectors. PANIC: components of statsmodels' PCA, tests of its adfuller. Run in the project's
environment: python tests/reference/common_shocks/driver.py
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from statsmodels.multivariate.pca import PCA
from statsmodels.tsa.stattools import adfuller

warnings.simplefilter("ignore")
HERE = Path(__file__).parent
N, T = 12, 10
rows = []


def panel() -> pd.DataFrame:
    generator = np.random.default_rng(20251100)
    factor, load = generator.normal(size=(T, 2)).cumsum(axis=0), generator.normal(1, 1, (N, 2))
    x1 = 0.5 * load @ factor.T + generator.normal(size=(N, T))
    x2 = generator.normal(size=(N, T)) + generator.normal(size=(N, 1))
    y = x1 - 0.5 * x2 + load @ factor.T + generator.normal(0, 0.5, (N, T))
    units, years = np.divmod(np.arange(N * T), T)
    columns = {"province_code": [f"{100000 + u}" for u in units], "year": 2005 + years}
    return pd.DataFrame({**columns, "y": y.ravel(), "x1": x1.ravel(), "x2": x2.ravel()}).round(6)


def interactive(y: np.ndarray, x: np.ndarray, r: int) -> tuple[np.ndarray, float]:
    """Smallest sum of squares of 15 searches over every parameter."""
    sizes = np.cumsum([2, N, T, N * r])

    def residual(parameters: np.ndarray) -> np.ndarray:
        b, a, d, load, f = np.split(parameters, sizes)
        fitted = np.tensordot(b, x, 1) + a[:, None] + d + load.reshape(N, r) @ f.reshape(r, T)
        return (y - fitted).ravel()

    best = None
    for seed in range(15):
        begin = np.random.default_rng(seed).normal(0, 0.5, sizes[-1] + r * T)
        fit = least_squares(residual, begin, xtol=1e-14, ftol=1e-14, gtol=1e-12, max_nfev=3000)
        if best is None or fit.cost < best.cost:
            best = fit
    return best.x[:2], 2 * best.cost


data = panel()
data.to_csv(HERE / "panel.csv", index=False)
cube = {c: data[c].to_numpy().reshape(N, T) for c in ("y", "x1", "x2")}
for r in (1, 2):
    b, ssr = interactive(cube["y"], np.stack([cube["x1"], cube["x2"]]), r)
    rows += [
        ("interactive", r, "x1", b[0]),
        ("interactive", r, "x2", b[1]),
        ("interactive", r, "ssr", ssr),
    ]

change = np.diff(cube["y"].T, axis=0)
for r in (1, 2):
    pca = PCA(change, ncomp=r, standardize=True, method="svd")
    standard = (change - change.mean(axis=0)) / change.std(axis=0)
    fitted = pca.factors @ np.linalg.lstsq(pca.factors, standard, rcond=None)[0]
    left = (standard - fitted).cumsum(axis=0)
    for unit, e in enumerate(left.T):
        rows.append(
            ("panic", r, f"unit {unit}", adfuller(e, maxlag=1, regression="n", autolag=None)[0])
        )
    for place in range(r):
        walk = pca.factors[:, place].cumsum()
        tau = adfuller(walk, maxlag=1, regression="ct", autolag=None)[0]
        rows.append(("panic", r, f"factor {place + 1}", tau))
pd.DataFrame(rows, columns=["what", "factors", "name", "value"]).to_csv(
    HERE / "expected.csv", index=False
)
