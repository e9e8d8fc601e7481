"""The form of a covariance, of an inference that names one with every choice, and of its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from living_panel.codes import Sentence
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.factors import FACTORS, Counts
from living_panel.estimation.econometrics.inference.regression_arrays import Regression

ClusterKey: TypeAlias = str | pd.Series
Groups = Literal["clusters", "periods", "rows", "units"]
DEGREES = ("t(n-k)", "t(G-1)", "t(T-1)", "t(N-1)", "satterthwaite", "normal", "none")
"""Distributions of t; `satterthwaite` has its own degrees for each coefficient, `none` is for a bootstrap."""
LEAST_SQUARES = ("least_squares", "first_differences", "between")
"""Estimators of a formula that are least squares of the rows that they transform."""


@dataclass(frozen=True)
class Estimate:
    """A covariance (m, m), the groups behind it, and the degrees of freedom of t.

    `df` is one number, or one for each slope, shape (k,); infinite for the normal distribution, NaN for a bootstrap.
    """

    cov: Floats
    groups: int
    df: float | Floats


@runtime_checkable
class Moments(Protocol):
    """What an engine that keeps the rows to itself gives to a covariance."""

    @property
    def bread(self) -> Floats:
        """Inverse of X'X, shape (k, k)."""

    @property
    def n_obs(self) -> int:
        """Rows."""

    @property
    def residual_sum(self) -> float:
        """Sum of squared residuals."""

    @check_arguments
    def counts(self, groups: int) -> Counts:
        """Numbers of a small-sample factor."""

    def score_sandwich(self) -> tuple[Floats, int]:
        """Clustered sandwich (k+1, k+1) of scores summed in the engine, and the clusters."""

    def cluster_scores(self) -> Floats:
        """Scores summed within clusters, shape (G, k)."""

    def leave_one_out(self) -> Floats:
        """Shift of the slopes without each cluster, shape (G, k)."""


@dataclass(frozen=True)
class Covariance:
    """One covariance: a file of the folder `covariances` makes it, and every engine has it or refuses it by a code.

    Attributes
    ----------
    name : str
        As specs write it; a form may follow after a colon, such as `cr3:jackknife`.
    words : str
        How tables call it.
    corrections : tuple of str
        Factors that it allows, names of `FACTORS`.
    df : tuple of str
        Distributions of t that it allows, names of `DEGREES`.
    on_arrays : callable or Sentence
        The covariance of a regression in memory, or the code of the refusal.
    on_moments : callable or Sentence
        The same from what an engine sums up.
    groups : str
        Independent groups behind it.
    clusters : int
        Largest number of cluster keys; 0 where it takes none.
    needs : tuple of str
        Those of `bandwidth`, `draws`, `seed`, `location` and `cutoff` that it takes; all must be given.
    printed_as : str
        Kind of error that a paper prints for it.
    shows_correction : bool
        Whether the factor stands in its label.
    estimators : tuple of str, optional
        Estimators of a formula that have it; by default every linear one.
    except_instruments : bool
        Whether regressions with instruments do not have it.
    """

    name: str
    words: str
    corrections: tuple[str, ...]
    df: tuple[str, ...]
    on_arrays: Callable[[Regression, Inference], Estimate] | Sentence
    on_moments: Callable[[Moments, Inference], Estimate] | Sentence
    groups: Groups = "rows"
    clusters: int = 0
    needs: tuple[str, ...] = ()
    printed_as: Literal["classical", "robust", "clustered", "other"] = "other"
    shows_correction: bool = False
    estimators: tuple[str, ...] = ()
    except_instruments: bool = field(default=False)

    @property
    def family(self) -> str:
        """Name without its form: `cr3` of `cr3:jackknife`."""
        return self.name.split(":")[0]

    @property
    def is_bootstrap(self) -> bool:
        """Whether p-values and intervals are those of draws."""
        return self.df == ("none",)


@dataclass(frozen=True)
class Inference:
    """One validated way of inference, with every choice.

    Attributes
    ----------
    rule : Covariance
    correction, df : str
        Factor and distribution of t.
    cluster : tuple of ClusterKey
        Names of levels or columns, or series over the rows.
    bandwidth, draws, seed : int, optional
        Lags of Bartlett's kernel; draws and seed of a bootstrap.
    usual : tuple of str
        Names of the units, which the label leaves out where they are the only clusters.
    location : tuple of str
        Columns of latitude and longitude; empty for covariances without places.
    cutoff : int, optional
        Kilometres within which rows depend on each other.
    """

    rule: Covariance
    correction: str
    df: str
    cluster: tuple[ClusterKey, ...] = ()
    bandwidth: int | None = None
    draws: int | None = None
    seed: int | None = None
    usual: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    cutoff: int | None = None

    @property
    def cov(self) -> str:
        """Name of the covariance."""
        return self.rule.name

    @property
    def family(self) -> str:
        """Covariance without its form."""
        return self.rule.family

    @property
    def names(self) -> list[str]:
        """Names of the cluster keys."""
        return [key if isinstance(key, str) else str(key.name) for key in self.cluster]

    @property
    def columns(self) -> list[str]:
        """Names of the columns that it reads: cluster keys and places."""
        return [*self.names, *self.location]

    @property
    def label(self) -> str:
        """Name in tables, such as `clustered:reghdfe:t(G-1)` or `HC1:t(n-k)`."""
        head, _, form = self.cov.partition(":")
        inside = "+".join(self.names)
        if self.bandwidth is not None:
            inside = str(self.bandwidth)
        if self.cutoff is not None:
            inside = f"{self.cutoff} km"
        if inside and inside not in self.usual:
            head += f"({inside})"
        correction = self.correction if self.rule.shows_correction else ""
        return ":".join(
            filter(None, (head, form, correction, "" if self.df == "none" else self.df))
        )

    @check_arguments
    def factor(self, counts: Counts) -> float:
        """Small-sample factor."""
        return FACTORS[self.correction].value(counts)

    @check_arguments
    def degrees(self, counts: Counts, groups: int) -> float:
        """Degrees of freedom of t where all coefficients have the same."""
        if self.df in ("normal", "none"):
            return np.inf if self.df == "normal" else np.nan
        return float(counts.n - counts.parameters) if self.df == "t(n-k)" else groups - 1.0
