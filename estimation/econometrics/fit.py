"""The result of every regression: coefficients under one inference, with counts, kinds of R² and tests.

Tests of unit roots and of cointegration are tests and no regressions: they have results of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import scipy

from living_panel.estimation.econometrics import sentences
from living_panel.estimation.econometrics.arguments import Share, check_arguments
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import WildTest
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.covariance import Inference
from living_panel.estimation.econometrics.inference.rows import INFERENCE_COLUMNS
from living_panel.estimation.econometrics.statistic import Name

NO_JOINT_TEST = ("none", "satterthwaite")
"""Distributions of t without a joint test."""


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
    """One test: its statistic and p-value, NaN with too few clusters."""

    __test__ = False  # not a test case

    statistic: float
    p_value: float


@dataclass(frozen=True)
class RegressionFit:
    """A regression under one named way of inference, whatever estimator or engine made it.

    Attributes
    ----------
    way : Inference
        Every choice of the inference.
    params : pandas.Series
        Coefficients by term.
    cov : pandas.DataFrame
        Their covariance; for the bootstrap that of its CR1 studentisation.
    df : pandas.Series
        Degrees of freedom of t by term; infinite for the normal distribution, NaN for a bootstrap.
    n_clusters : int
        Independent groups behind the covariance: clusters (the smaller of two), periods or rows.
    n_obs, n_units, n_periods : int
        Rows used, with their units and periods.
    r_squared : mapping of str to float
        R² by kind, as far as the estimator has them.
    statistics : mapping of str or Statistic to float
        Other numbers by name: first stage, over-identification, variance components.
    residuals : pandas.Series or None
        Of the regression as it was estimated, after its transformation; None where an engine keeps them.
    outcome_mean : float
        Of the outcome over the rows, before any transformation.
    tests : mapping of str to WildTest
        By term, of the bootstrap alone.
    singletons : int or None
        Rows alone in their unit or period, kept; None where they were not counted.
    constant : Constant or None
        Of a two-way regression, whose effects hold it, and of a long-run relation.
    minimum_clusters : int
        Clusters below which there are no p-values and no intervals.
    notes : tuple of str
        Notes that must be printed with the numbers.
    dropped : tuple of str
        Units and periods that the estimator left out, by name.
    unit_slopes : pandas.DataFrame or None
        Each unit's own coefficients, one row a unit, of estimators that have them.
    """

    way: Inference
    params: pd.Series
    cov: pd.DataFrame
    df: pd.Series
    n_clusters: int
    n_obs: int
    n_units: int
    n_periods: int
    r_squared: Mapping[str, float]
    outcome_mean: float
    statistics: Mapping[Name, float] = field(default_factory=dict)
    residuals: pd.Series | None = None
    tests: Mapping[str, WildTest] = field(default_factory=dict)
    singletons: int | None = None
    constant: Constant | None = None
    minimum_clusters: int = 0
    notes: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    unit_slopes: pd.DataFrame | None = None

    @property
    def label(self) -> str:
        """Name of the way of inference, such as `clustered:reghdfe:t(G-1)`."""
        return self.way.label

    @property
    def enough_clusters(self) -> bool:
        """Whether p-values and intervals are given at all."""
        return self.n_clusters >= self.minimum_clusters

    @cached_property
    def std_errors(self) -> pd.Series:
        """Square roots of the diagonal of `cov`."""
        return pd.Series(np.sqrt(np.diag(self.cov)), self.params.index, name="std_error")

    @cached_property
    def t_stats(self) -> pd.Series:
        """Coefficients over their standard errors."""
        return (self.params / self.std_errors).rename("statistic")

    @cached_property
    def p_values(self) -> pd.Series:
        """Two-sided p-values; NaN with too few clusters."""
        terms = self.params.index
        if not self.enough_clusters:
            values = np.full(terms.size, np.nan)
        elif self.tests:
            values = np.array([self.tests[term].p_value() for term in terms])
        else:
            values = 2 * scipy.stats.t.sf(np.abs(self.t_stats.to_numpy()), self.df.to_numpy())
        return pd.Series(values, terms, name="p_value")

    @property
    def p_errors(self) -> pd.Series:
        """Monte Carlo standard errors of `p_values`: 0 where all signs were counted, NaN without a bootstrap."""
        known = self.tests if self.enough_clusters else {}
        errors = [known[t].p_error() if t in known else np.nan for t in self.params.index]
        return pd.Series(errors, self.params.index, dtype="float64", name="p_mc_error")

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
        reach = scipy.stats.t.ppf((1 + level) / 2, self.df.to_numpy()) * self.std_errors.to_numpy()
        centre = self.params.to_numpy()
        return np.column_stack([centre - reach, centre + reach])

    @check_arguments
    def p_value_of(self, term: str, null: float) -> float:
        """Two-sided p-value of the hypothesis that a coefficient is `null`.

        By the same test as `p_values` and `conf_int`; NaN with too few clusters.
        """
        if not self.enough_clusters:
            return float("nan")
        if self.tests:
            return self.tests[term].p_value(null)
        statistic = abs(self.params[term] - null) / self.std_errors[term]
        return float(2 * scipy.stats.t.sf(statistic, self.df[term]))

    @check_arguments
    def wald(self, terms: Sequence[str] | None = None) -> TestResult:
        """Joint test that the coefficients of `terms` (default: all slopes) are zero.

        Raises
        ------
        InvalidOption
            For ways of inference without a joint test.
        Infeasible
            With more than (G-1)/2 restrictions for G clusters: the statistic's size is then
            unrelated to its nominal level. With a singular covariance, as repair leaves it.
        """
        slopes = self.params.index.drop("constant", errors="ignore")
        names = list(slopes if terms is None else terms)
        if self.way.df in NO_JOINT_TEST:
            raise InvalidOption(sentences.NO_JOINT_TEST(label=self.label))
        q, groups = len(names), self.n_clusters
        if q > (groups - 1) / 2:
            raise Infeasible(
                sentences.TOO_FEW_CLUSTERS_FOR_TEST(
                    q=q, groups=groups, most_coefficients=(groups - 1) // 2
                )
            )
        b, v = self.params[names].to_numpy(), self.cov.loc[names, names].to_numpy()
        errors = np.sqrt(np.diag(v))
        if np.linalg.eigvalsh(v / np.outer(errors, errors)).min() <= 1e-12:
            raise Infeasible(sentences.SINGULAR_COVARIANCE(label=self.label, names=[*names]))
        value = float(b @ np.linalg.solve(v, b)) / q
        df = float(self.df.iloc[0])
        law = scipy.stats.chi2.sf(q * value, q) if np.isinf(df) else scipy.stats.f.sf(value, q, df)
        p = float(law) if self.enough_clusters else float("nan")
        return TestResult(value, p)

    def f_test(self) -> tuple[float, float] | None:
        """F of all slopes, Wald's statistic over their number, with its p-value.

        None where the covariance is singular, and for inferences without a joint test. Unlike `wald` it allows any
        number of slopes for the clusters, as the programs do whose tables print it.
        """
        slopes = self.params.drop("constant", errors="ignore")
        cov, q = self.cov.loc[slopes.index, slopes.index].to_numpy(), len(slopes)
        scale = np.sqrt(np.diag(cov))
        if self.way.df in NO_JOINT_TEST or not q or not (scale > 0).all():
            return None
        if np.linalg.matrix_rank(cov / np.outer(scale, scale), rtol=1e-9) < q:
            return None  # fewer clusters than slopes
        f, df = float(slopes @ np.linalg.solve(cov, slopes)) / q, float(self.df.iloc[0])
        p = scipy.stats.chi2.sf(q * f, q) if np.isinf(df) else scipy.stats.f.sf(f, q, df)
        return f, float(p)

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
