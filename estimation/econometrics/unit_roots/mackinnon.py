"""P-values of a Dickey-Fuller t-statistic from MacKinnon's (1994) asymptotic approximations."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from living_panel.estimation.econometrics.arguments import Trend, check_arguments
from living_panel.estimation.econometrics.kernels import Floats

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


@check_arguments
def p_1994(tau: Floats, trend: Trend) -> Floats:
    """MacKinnon (1994) p-values of tau (any shape), clamped to the range of the polynomials.

    Always inside (0, 1): unclamped, p would be exactly 0 left of -18.83 (constant) and exactly 1
    right of 2.74, and a Fisher statistic infinite or undefined.
    """
    t = np.clip(tau, *RANGE_1994[trend])
    small = np.polynomial.polynomial.polyval(t, _SMALL[trend])
    large = np.polynomial.polynomial.polyval(t, _LARGE[trend])
    p = norm.cdf(np.where(t <= _CHANGE[trend], small, large))
    return np.asarray(np.clip(p, SMALLEST_P, LARGEST_P), dtype=np.float64)
