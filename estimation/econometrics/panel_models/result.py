"""Results of a panel model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from living_panel.estimation.econometrics.arguments import Share, check_arguments
from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import WildTest
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.statistic import Name


@dataclass(frozen=True)
class ModelFit:
    """A panel model under one covariance.

    Attributes
    ----------
    params : pandas.Series
        Coefficients by term.
    cov : pandas.DataFrame
        Their covariance.
    df : float or ndarray, shape (k,)
        Degrees of freedom of t; infinite for the normal distribution, NaN for a bootstrap.
    groups : int
        Independent groups behind the covariance: clusters, periods or rows.
    n_obs, n_units, n_periods : int
        Rows used, with their units and periods.
    r_squared : mapping of str to float
        `within`, `between`, `overall`, `lsdv`, `structural` and `own`, as far as the estimator has them.
    statistics : mapping of str or Statistic to float
        Other numbers by name: first stage, over-identification, variance components.
    residuals : pandas.Series
        Of the regression as it was estimated, after its transformation.
    outcome_mean : float
        Of the outcome over the rows, before any transformation.
    tests : mapping of str to WildTest
        By term, of the bootstrap alone.
    """

    params: pd.Series
    cov: pd.DataFrame
    df: float | Floats
    groups: int
    n_obs: int
    n_units: int
    n_periods: int
    r_squared: Mapping[str, float]
    statistics: Mapping[Name, float]
    residuals: pd.Series
    outcome_mean: float
    tests: Mapping[str, WildTest] = field(default_factory=dict)

    @property
    def std_errors(self) -> pd.Series:
        """Square roots of the diagonal of `cov`."""
        return pd.Series(np.sqrt(np.diag(self.cov)), self.params.index)

    @property
    def p_values(self) -> pd.Series:
        """Two-sided p-values."""
        if self.tests:
            found = [self.tests[term].p_value() for term in self.params.index]
            return pd.Series(found, self.params.index)
        t = (self.params / self.std_errors).abs()
        return pd.Series(2 * stats.t.sf(t, self.df), self.params.index)

    def f_test(self) -> tuple[float, float] | None:
        """F of all slopes, Wald's statistic over their number, with its p-value.

        None where the covariance is singular, and for inferences without a joint test.
        """
        slopes = self.params.drop("constant", errors="ignore")
        cov, q = self.cov.loc[slopes.index, slopes.index].to_numpy(), len(slopes)
        scale = np.sqrt(np.diag(cov))
        if np.ndim(self.df) or np.isnan(self.df) or not q or not (scale > 0).all():
            return None
        if np.linalg.matrix_rank(cov / np.outer(scale, scale), rtol=1e-9) < q:
            return None  # fewer clusters than slopes
        f = float(slopes @ np.linalg.solve(cov, slopes)) / q
        p = stats.chi2.sf(q * f, q) if np.isinf(self.df) else stats.f.sf(f, q, self.df)
        return f, float(p)

    @check_arguments
    def conf_int(self, level: Share) -> pd.DataFrame:
        """Intervals by term: columns `low` and `high`."""
        if self.tests:
            ends = [self.tests[term].interval(level) for term in self.params.index]
            return pd.DataFrame(ends, self.params.index, ["low", "high"])
        reach = stats.t.ppf((1 + level) / 2, self.df) * self.std_errors
        return pd.DataFrame({"low": self.params - reach, "high": self.params + reach})
