"""P-values of a Dickey-Fuller t-statistic from MacKinnon's asymptotic approximations.

Two generations: the 1994 polynomials (Stata) and the 1996 tabulated quantiles with local
interpolation (urca, hence plm). Only lookups belong here; finite-sample distributions do not.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from estimation.econometrics.critical_values.tables import mackinnon_1996_table

Floats = NDArray[np.float64]

# MacKinnon (1994), table 3, one regressor: Phi^-1(p) as a polynomial in tau, lowest power first.
_SMALL = {
    "c": (2.1659, 1.4412, 3.8269e-2),
    "ct": (3.2512, 1.6047, 4.9588e-2),
}
_LARGE = {
    "c": (1.7339, 9.3202e-1, -1.2745e-1, -1.0368e-2),
    "ct": (2.5261, 6.1654e-1, -3.7956e-1, -6.0285e-2),
}
_CHANGE = {"c": -1.61, "ct": -2.89}
# Outside, the polynomials turn back: tau is clamped.
RANGE_1994 = {"c": (-18.83, 2.74), "ct": (-16.18, 0.70)}

# Any p below is reported as this, so that -2 log p and Phi^-1(p) stay finite.
SMALLEST_P = 1e-300
LARGEST_P = 1.0 - 1e-16


def p_1994(tau: Floats, trend: str) -> Floats:
    """MacKinnon (1994) p-values, tau clamped to the range the polynomials were fitted on.

    Parameters
    ----------
    tau : array of any shape
        Dickey-Fuller t-statistics.
    trend : {"c", "ct"}
        Deterministics of the regression.

    Returns
    -------
    array, same shape
        Always inside (0, 1): unclamped, p would be exactly 0 left of -18.83 (constant) and
        exactly 1 right of 2.74, and a Fisher statistic infinite or undefined.
    """
    t = np.clip(tau, *RANGE_1994[trend])
    small = np.polynomial.polynomial.polyval(t, _SMALL[trend])
    large = np.polynomial.polynomial.polyval(t, _LARGE[trend])
    p = norm.cdf(np.where(t <= _CHANGE[trend], small, large))
    return np.asarray(np.clip(p, SMALLEST_P, LARGEST_P), dtype=np.float64)


def p_1996(tau: Floats, trend: str) -> Floats:
    """MacKinnon (1996) asymptotic p-values by local interpolation of the tabulated quantiles.

    Around the tabulated quantile nearest to tau, Phi^-1(p) is fitted by generalised least
    squares as a cubic in the nine nearest quantiles; the cubic term is dropped where its
    t-ratio is at most 2 (MacKinnon 1996, section 3, equations 8 to 11).

    Parameters
    ----------
    tau, trend
        As in `p_1994`.

    Returns
    -------
    array, same shape
        Inside (0, 1); beyond the table (p outside .0001 to .9999) the outermost polynomial is
        extrapolated, as urca does.
    """
    quantiles, polynomials = _local_polynomials(trend)
    midpoints = (quantiles[1:] + quantiles[:-1]) / 2
    nearest = np.searchsorted(midpoints, tau)
    g = polynomials[nearest]
    z = g[..., 0] + tau * (g[..., 1] + tau * (g[..., 2] + tau * g[..., 3]))
    p = norm.cdf(np.clip(z, -16.0, 16.0))  # the range of the normal integral MacKinnon uses
    # an extrapolated polynomial may turn back: never past the edge of the table
    p = np.where((nearest == 0) & (p > 1e-4), 1e-4, p)
    p = np.where((nearest == len(quantiles) - 1) & (p < 0.9999), 0.9999, p)
    return np.clip(p, SMALLEST_P, LARGEST_P)


@cache
def _local_polynomials(trend: str) -> tuple[Floats, Floats]:
    """Tabulated quantiles (221,) and, for each, the polynomial (221, 4) valid around it."""
    table = mackinnon_1996_table()
    prob = table["prob"].to_numpy(dtype=float)
    q = table[f"q_{trend}"].to_numpy(dtype=float)
    w = table[f"w_{trend}"].to_numpy(dtype=float)
    z = table["z"].to_numpy(dtype=float)  # Phi^-1(prob) as printed with the table
    half = 4  # quantiles on either side, as far as there are any
    rows = np.zeros((len(q), 4))
    for nearest in range(len(q)):
        if half <= nearest < len(q) - half - 1:
            chosen = np.arange(nearest - half, nearest + half + 1)
        elif nearest < half:
            chosen = np.arange(nearest + half + 1)
        else:
            chosen = len(q) - 1 - np.arange(len(q) - nearest + half)
        rows[nearest] = _fit_cubic(prob[chosen], z[chosen], q[chosen], w[chosen])
    return q, rows


def _fit_cubic(prob: Floats, z: Floats, q: Floats, w: Floats) -> Floats:
    """GLS cubic of z = Phi^-1(prob) in q, or quadratic where the cubic term's |t| <= 2."""
    if prob[0] > prob[-1]:  # counted from the upper end, where the reference weighs all alike
        omega = np.eye(len(q))
    else:
        low, high = np.minimum.outer(prob, prob), np.maximum.outer(prob, prob)
        omega = np.outer(w, w) * np.sqrt(low * (1 - high) / (high * (1 - low)))
    root = np.linalg.cholesky(omega)
    y = np.linalg.solve(root, z)
    for degree in (3, 2):
        x = np.linalg.solve(root, np.vander(q, degree + 1, increasing=True))
        coefficients, *_ = np.linalg.lstsq(x, y, rcond=None)
        residuals = y - x @ coefficients
        df = len(q) - degree - 1
        variance = residuals @ residuals / df if df else 0.0
        spread = np.sqrt(variance * np.linalg.inv(x.T @ x)[-1, -1])
        if degree == 2 or abs(coefficients[-1]) > 2 * spread:
            break
    return np.pad(coefficients, (0, 4 - len(coefficients)))
