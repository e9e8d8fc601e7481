"""Covariances of a linear panel model, each written out: HC0 to HC3, clusters, kernels.

V = B M B with B the inverse of X'X and M made of the scores x_it e_it; of two-stage least squares x
is the projection on the instruments. The kernels and sums are those of statsmodels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats import sandwich_covariance as sums

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, invalid_argument
from living_panel.estimation.econometrics.fixed_effects.covariances import (
    intersection,
    nested,
    sandwich,
)
from living_panel.estimation.econometrics.fixed_effects.within import Floats, Ints
from living_panel.estimation.econometrics.wide_panel import absent_years

MINIMUM_CLUSTERS = 3


@dataclass(frozen=True)
class ModelCovarianceRule:
    """Options of a covariance: factors, distributions of t, number of clusters, a bandwidth."""

    corrections: tuple[str, ...]
    df: tuple[str, ...]
    clusters: int = 0
    bandwidth: bool = False


ROWS = ("t(n-k)", "normal")
RULES = {
    "classical": ModelCovarianceRule(("none", "n-k"), ROWS),
    "HC0": ModelCovarianceRule(("none",), ROWS),
    "HC1": ModelCovarianceRule(("n-k",), ROWS),
    "HC2": ModelCovarianceRule(("none",), ROWS),
    "HC3": ModelCovarianceRule(("none",), ROWS),
    "clustered": ModelCovarianceRule(
        ("none", "groups", "stata", "reghdfe", "linearmodels"), ("t(G-1)", "normal"), clusters=2
    ),
    "driscoll_kraay": ModelCovarianceRule(
        ("none", "n-k"), ("t(T-1)", "t(N-1)", "normal"), bandwidth=True
    ),
    "newey_west": ModelCovarianceRule(("none", "n-k"), ROWS, bandwidth=True),
    "mean_group": ModelCovarianceRule(("none",), ("t(N-1)", "normal")),
}
"""Factors: `n-k` n/(n-K); `groups` G/(G-1); `stata` G/(G-1) (n-1)/(n-K); `reghdfe` the same, where
effects nested in a cluster count as one parameter; `linearmodels` n/(n-K), where the only effect does not count
if it is nested in every cluster. K counts the effects. A classical covariance
divides the residual sum of squares by n (`none`) or n-K. Kernels are Bartlett's. Driscoll and Kraay's `t(N-1)`, units
less one, is that of Stata's xtscc."""
KEYS = ("cov", "correction", "df", "cluster", "bandwidth")


@dataclass(frozen=True)
class Vcov:
    """One covariance with every choice; `label` names it in tables."""

    cov: str
    correction: str
    df: str
    cluster: tuple[str, ...] = ()
    bandwidth: int | None = None

    @property
    def label(self) -> str:
        """Name such as `clustered(unit):reghdfe:t(G-1)`."""
        inside = "+".join(self.cluster) or ("" if self.bandwidth is None else str(self.bandwidth))
        head = f"{self.cov}({inside})" if inside else self.cov
        known = self.cov.startswith("HC") or self.cov == "mean_group"
        return ":".join(filter(None, (head, "" if known else self.correction, self.df)))


@check_arguments
def read_vcov(way: Mapping[str, Any]) -> Vcov:
    """Check a covariance as a spec writes it.

    Parameters
    ----------
    way : mapping
        Keys cov, correction and df always; cluster or bandwidth where the covariance takes one.

    Returns
    -------
    Vcov

    Raises
    ------
    InvalidArgument
        Naming the key, its value and what is allowed.
    """
    unknown = sorted(set(way) - set(KEYS))
    if unknown:
        raise invalid_argument("read_vcov", unknown[0], "unknown", f"keys {', '.join(KEYS)}")
    rule = RULES.get(str(way.get("cov")))
    if rule is None:
        raise invalid_argument(
            "read_vcov", "cov", repr(way.get("cov")), f"one of {', '.join(RULES)}"
        )
    for key, allowed in (("correction", rule.corrections), ("df", rule.df)):
        if way.get(key) not in allowed:
            with_cov = f"{way.get(key)!r} with cov {way['cov']}"
            raise invalid_argument("read_vcov", key, with_cov, f"one of {', '.join(allowed)}")
    keys = way.get("cluster")
    cluster = tuple([keys] if isinstance(keys, str) else keys or ())
    if not (rule.clusters > 0) <= len(cluster) <= rule.clusters or len(set(cluster)) < len(cluster):
        what = "one column or two different ones" if rule.clusters else "no cluster"
        raise invalid_argument("read_vcov", "cluster", f"{keys!r} with cov {way['cov']}", what)
    bandwidth = way.get("bandwidth")
    whole = isinstance(bandwidth, int) and not isinstance(bandwidth, bool) and bandwidth >= 0
    if not (whole if rule.bandwidth else bandwidth is None):
        what = "a whole number of periods of at least 0" if rule.bandwidth else "no bandwidth"
        given = f"{bandwidth!r} with cov {way['cov']}"
        raise invalid_argument("read_vcov", "bandwidth", given, what)
    return Vcov(way["cov"], way["correction"], way["df"], cluster, bandwidth)


@dataclass(frozen=True)
class CovarianceParts:
    """Parts of a linear fit that a covariance needs.

    Attributes
    ----------
    x : ndarray, shape (n, k)
        Regressors as estimated; of instrumental variables their projection.
    residuals : ndarray, shape (n,)
        Of the same rows.
    bread : ndarray, shape (k, k)
        Inverse of X'X.
    absorbed : int
        Parameters of the effects.
    effects : sequence of ndarray
        Codes of each effect over the rows.
    unit, period : ndarray, shape (n,)
        Codes of the rows, sorted by both.
    periods : sequence of int
        Labels of the period codes.
    keys : mapping of str to ndarray
        Codes of the cluster columns.
    leverage : ndarray, shape (n,)
        Share of the effects in the diagonal of the hat matrix.
    """

    x: Floats
    residuals: Floats
    bread: Floats
    absorbed: int
    effects: Sequence[Ints]
    unit: Ints
    period: Ints
    periods: Sequence[int]
    keys: Mapping[str, Ints]
    leverage: Floats

    @property
    def parameters(self) -> int:
        """Slopes, constant and effects: K."""
        return int(self.x.shape[1]) + self.absorbed


@check_arguments
def covariance(parts: CovarianceParts, vcov: Vcov) -> tuple[Floats, float, int]:
    """Covariance of the coefficients, degrees of freedom of t, and independent groups.

    Parameters
    ----------
    parts : CovarianceParts
        Of a linear fit.
    vcov : Vcov
        From `read_vcov`.

    Returns
    -------
    tuple
        Covariance (k, k), degrees of freedom, groups.

    Raises
    ------
    Infeasible
        Too few clusters, a kernel over a gap, a row that the fit follows exactly (HC2, HC3).
    """
    n, free = parts.residuals.size, parts.residuals.size - parts.parameters
    scores = parts.x * parts.residuals[:, None]
    groups, factor = n, n / free if vcov.correction == "n-k" else 1.0
    if vcov.cov == "classical":
        s2 = parts.residuals @ parts.residuals / n
        return s2 * factor * parts.bread, _df(vcov, free, groups), groups
    if vcov.cov == "clustered":
        meat, groups = _clustered(parts, scores, vcov)
    elif vcov.cov == "driscoll_kraay":
        _refuse_gaps(parts, vcov)
        groups = int(parts.period.max()) + 1
        meat = sums.S_hac_groupsum(scores, parts.period, nlags=vcov.bandwidth)
    elif vcov.cov == "newey_west":
        _refuse_gaps(parts, vcov)
        meat = _newey_west(parts, scores, int(vcov.bandwidth or 0))
    else:
        power = {"HC0": 0.0, "HC1": 0.0, "HC2": 0.5, "HC3": 1.0}[vcov.cov]
        meat = sums.S_white_simple(scores / _leverage_weights(parts, power)[:, None])
    counted = int(parts.unit.max()) + 1 if vcov.df == "t(N-1)" else groups
    return sandwich(parts.bread, factor * np.asarray(meat)), _df(vcov, free, counted), groups


def _df(vcov: Vcov, free: int, groups: int) -> float:
    return {"normal": np.inf, "t(n-k)": float(free)}.get(vcov.df, groups - 1.0)


def _leverage_weights(parts: CovarianceParts, power: float) -> Floats:
    if not power:
        return np.ones(parts.residuals.size)
    hat = np.einsum("ij,jk,ik->i", parts.x, parts.bread, parts.x) + parts.leverage
    if (1 - hat <= 1e-9).any():
        raise Infeasible(codes.EXACT_ROWS(n_rows=int((1 - hat <= 1e-09).sum())))
    return np.asarray((1 - hat) ** power)


def _clustered(parts: CovarianceParts, scores: Floats, vcov: Vcov) -> tuple[Floats, int]:
    keys = [parts.keys[name] for name in vcov.cluster]
    groups = min(int(key.max()) + 1 for key in keys)
    if groups < MINIMUM_CLUSTERS:
        raise Infeasible(
            codes.FEW_CLUSTERS(
                groups=groups, cluster=" and ".join(vcov.cluster), minimum_clusters=MINIMUM_CLUSTERS
            )
        )
    n, count = parts.residuals.size, parts.parameters
    if vcov.correction == "reghdfe":
        for effect in parts.effects:
            if any(nested(effect, key) for key in keys):
                count += 1 - (int(effect.max()) + 1)
    factor = groups / (groups - 1) if vcov.correction in ("groups", "stata", "reghdfe") else 1.0
    factor *= (n - 1) / (n - count) if vcov.correction in ("stata", "reghdfe") else 1.0
    if vcov.correction == "linearmodels":
        only = parts.effects[0] if len(parts.effects) == 1 else None
        if only is not None and all(nested(only, key) for key in keys):
            count = int(parts.x.shape[1])
        factor = n / (n - count)
    meat = sum(sums.S_crosssection(scores, key) for key in keys)
    if len(keys) == 2:
        meat = meat - sums.S_crosssection(scores, intersection(*keys))
    return factor * np.asarray(meat), groups


def _newey_west(parts: CovarianceParts, scores: Floats, bandwidth: int) -> Floats:
    """Bartlett's kernel within each unit, over rows sorted by unit and period."""
    total = np.asarray(scores.T @ scores)
    weights = sums.weights_bartlett(bandwidth)
    for lag in range(1, bandwidth + 1):
        same = parts.unit[lag:] == parts.unit[:-lag]
        product = scores[lag:][same].T @ scores[:-lag][same]
        total = total + weights[lag] * (product + product.T)
    return total


def _refuse_gaps(parts: CovarianceParts, vcov: Vcov) -> None:
    if not vcov.bandwidth:
        return
    if holes := absent_years(parts.periods):
        raise Infeasible(codes.LAGS_CROSS_PERIODS(label=vcov.label, holes=holes[:8]))
    if vcov.cov != "newey_west":
        return
    inside = parts.unit[1:] == parts.unit[:-1]
    if (np.diff(parts.period)[inside] != 1).any():
        raise Infeasible(codes.ALL_UNITS_HAVE_GAPS(label=vcov.label))


@check_arguments
def codes_of(values: pd.Index | pd.Series) -> Ints:
    """Codes 0.. of labels, in sorted order."""
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.int64)
