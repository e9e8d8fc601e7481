"""The frozen result of a two-way regression under one named way of inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import Shape, Share, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fixed_effects import wild_bootstrap
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import WildTest
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import Estimate, Inference
from living_panel.estimation.econometrics.inference.rows import INFERENCE_COLUMNS, MINIMUM_CLUSTERS
from living_panel.estimation.econometrics.inference.sums import nearest_psd


@dataclass(frozen=True)
class Constant:
    """Grand-mean intercept mean(y) - mean(x)'b with its delta-method standard error."""

    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float


@dataclass(frozen=True)
class TestResult:
    """One test: its statistic and p-value, NaN with fewer than six clusters."""

    __test__ = False  # not a test case

    statistic: float
    p_value: float


@dataclass(frozen=True)
class FixedEffectsResult:
    """A two-way fixed-effects regression under one named way of inference.

    Attributes
    ----------
    params, std_errors, t_stats, p_values, df : pandas.Series
        By term. `df` is NaN for the bootstrap; `p_values` are NaN with fewer than six clusters.
    cov : pandas.DataFrame
        Covariance of the coefficients; for the bootstrap that of its CR1 studentisation.
    r_squared : mapping
        Four named kinds and that of the effects alone.
    n_clusters : int
        The smaller of two.
    way : Inference
    tests : mapping of str to WildTest
        By term, of the bootstrap alone.
    notes : tuple of str
        Notes that must be printed with the numbers.
    """

    params: pd.Series
    cov: pd.DataFrame
    std_errors: pd.Series
    t_stats: pd.Series
    p_values: pd.Series
    df: pd.Series
    r_squared: Mapping[str, float]
    constant: Constant
    n_obs: int
    n_units: int
    n_periods: int
    n_clusters: int
    way: Inference
    tests: Mapping[str, WildTest]
    notes: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Name of the way of inference, such as `clustered:reghdfe:t(G-1)`."""
        return self.way.label

    @property
    def p_errors(self) -> pd.Series:
        """Monte Carlo standard errors of `p_values`: 0 where all signs were counted, NaN without a bootstrap."""
        known = self.tests if self.enough_clusters else {}
        errors = [known[t].p_error() if t in known else np.nan for t in self.params.index]
        return pd.Series(errors, self.params.index, dtype="float64", name="p_mc_error")

    @property
    def enough_clusters(self) -> bool:
        """Whether p-values and intervals are given at all."""
        return self.n_clusters >= MINIMUM_CLUSTERS

    @check_arguments
    def conf_int(self, level: Share) -> pd.DataFrame:
        """Intervals by term: columns `low`, `high`.

        Parameters
        ----------
        level : float
            Between 0 and 1. The bootstrap inverts its test; the others use their df.
        """
        return pd.DataFrame(self._bounds(level), self.params.index, ["low", "high"])

    def _bounds(self, level: float) -> Floats:
        """Ends of the intervals, shape (k, 2)."""
        if not self.enough_clusters:
            return np.full((self.params.size, 2), np.nan)
        if self.tests:
            return np.array([self.tests[t].interval(level) for t in self.params.index])
        reach = stats.t.ppf((1 + level) / 2, self.df.to_numpy()) * self.std_errors.to_numpy()
        centre = self.params.to_numpy()
        return np.column_stack([centre - reach, centre + reach])

    @check_arguments
    def p_value_of(self, term: str, null: float) -> float:
        """Two-sided p-value of the hypothesis that a coefficient is `null`.

        By the same test as `p_values` and `conf_int`; NaN with fewer than six clusters.
        """
        if not self.enough_clusters:
            return float("nan")
        if self.tests:
            return self.tests[term].p_value(null)
        statistic = abs(self.params[term] - null) / self.std_errors[term]
        return float(2 * stats.t.sf(statistic, self.df[term]))

    @check_arguments
    def wald(self, terms: Sequence[str] | None = None) -> TestResult:
        """Joint test that the coefficients of `terms` (default: all) are zero.

        Raises
        ------
        InvalidOption
            For ways of inference without a joint test.
        Infeasible
            With more than (G-1)/2 restrictions for G clusters: the statistic's size is then
            unrelated to its nominal level. With a singular covariance, as repair leaves it.
        """
        names = list(self.params.index if terms is None else terms)
        if self.way.df in ("none", "satterthwaite"):
            raise InvalidOption(codes.NO_JOINT_TEST(label=self.label))
        q, groups = len(names), self.n_clusters
        if q > (groups - 1) / 2:
            raise Infeasible(
                codes.TOO_FEW_CLUSTERS_FOR_TEST(
                    q=q, groups=groups, most_coefficients=(groups - 1) // 2
                )
            )
        b, v = self.params[names].to_numpy(), self.cov.loc[names, names].to_numpy()
        errors = np.sqrt(np.diag(v))
        if np.linalg.eigvalsh(v / np.outer(errors, errors)).min() <= 1e-12:
            raise Infeasible(codes.SINGULAR_COVARIANCE(label=self.label, names=[*names]))
        value = float(b @ np.linalg.solve(v, b)) / q
        df = float(self.df.iloc[0])
        law = stats.chi2.sf(q * value, q) if np.isinf(df) else stats.f.sf(value, q, df)
        p = float(law) if self.enough_clusters else float("nan")
        return TestResult(value, p)

    @check_arguments
    def to_frame(self, level: Share) -> pd.DataFrame:
        """One row a term: `INFERENCE_COLUMNS` of `living_panel.estimation.econometrics.inference.rows`."""
        return pd.DataFrame(self.rows(level), columns=INFERENCE_COLUMNS)

    @check_arguments
    def rows(self, level: Share) -> list[dict[str, Any]]:
        """The rows of `to_frame` as mappings."""
        columns = (
            self.params, self.std_errors, self.t_stats, self.df, self.p_values, self.p_errors,
            *self._bounds(level).T,
        )  # fmt: skip
        sizes = float(self.n_obs), float(self.n_clusters)
        numbers = zip(*(column.tolist() for column in columns), strict=True)
        return [
            dict(zip(INFERENCE_COLUMNS, (term, self.label, *row, *sizes), strict=True))
            for term, row in zip(self.params.index, numbers, strict=True)
        ]


@check_arguments
def assembled(
    way: Inference,
    params: pd.Series,
    means: Annotated[Floats, Shape("m")],
    found: Estimate,
    tests: Mapping[str, WildTest],
    *,
    singletons: int,
    blocks: int,
    **sizes: Any,
) -> FixedEffectsResult:
    """The result from its parts, wherever they were computed.

    `found` is of the slopes and of the outcome's mean, m = k + 1. Whatever engine made the parts, the result is one.

    Parameters
    ----------
    way : Inference
        Covariance, degrees of freedom and clusters.
    params : pandas.Series
        Slopes by term.
    means : ndarray, shape (m,)
        Means of the outcome, then of the regressors.
    found : Estimate
        Covariance of the slopes and of the outcome's mean, not repaired; groups and degrees of freedom.
    tests : mapping of str to WildTest
        Tests of the bootstrap by term.
    singletons : int
        Rows alone in their unit or period, kept.
    blocks : int
        Disconnected components of the panel.
    **sizes : object
        The result's n_obs, n_units, n_periods and r_squared.

    Returns
    -------
    FixedEffectsResult
    """
    terms, slopes = params.index, params.to_numpy()
    k, joint, groups = slopes.size, found.cov, found.groups
    cov, repaired = nearest_psd(joint[:k, :k])
    joint = nearest_psd(joint)[0]  # the constant's variance stays non-negative too
    border = np.append(-means[1:], 1.0)
    estimates = np.append(slopes, means[0] - means[1:] @ slopes)
    errors = np.sqrt(np.append(np.diag(cov), max(float(border @ joint @ border), 0.0)))
    df = np.full(k + 1, np.nan)
    df[:k] = found.df
    df[k] = found.df if np.ndim(found.df) == 0 else np.nan  # the constant has none of its own
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = estimates / errors
    p_values = 2 * stats.t.sf(np.abs(statistics), df)
    if tests:
        p_values = np.append([tests[term].p_value() for term in terms], np.nan)
    notes = []
    if repaired:
        notes.append("the two-way covariance was not positive semi-definite and was repaired")
    if groups < MINIMUM_CLUSTERS:
        p_values = np.full(k + 1, np.nan)
        notes.append(
            f"{groups} {way.rule.groups}: too few for a p-value or an interval (six needed)"
        )
    else:
        notes += wild_bootstrap.notes(tests)
    if singletons:
        notes.append(f"{singletons} singleton row(s) kept")
    if blocks > 1:
        notes.append(f"the panel falls into {blocks} blocks that never meet")

    def series(values: Floats, name: str) -> pd.Series:
        return pd.Series(values[:k], index=terms, name=name)

    return FixedEffectsResult(
        params=series(estimates, "estimate"),
        cov=pd.DataFrame(cov, index=terms, columns=terms),
        std_errors=series(errors, "std_error"),
        t_stats=series(statistics, "statistic"),
        p_values=series(p_values, "p_value"),
        df=series(df, "df"),
        constant=Constant(
            *(float(v) for v in (estimates[k], errors[k], statistics[k], df[k], p_values[k]))
        ),
        n_clusters=groups,
        way=way,
        tests=tests,
        notes=tuple(notes),
        **sizes,
    )
