"""Small-sample factors of a covariance: one name each, with what other programs call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class EffectCounts:
    """Levels of one effect, and whether any cluster key, or every one, nests it."""

    levels: int
    in_any: bool
    in_all: bool


@dataclass(frozen=True)
class Counts:
    """Numbers that a factor is made of.

    Attributes
    ----------
    n : int
        Rows.
    k : int
        Slopes, and the constant where it is one of them.
    absorbed : int
        Dimension of the effects.
    groups : int
        Independent groups: clusters (the smaller number of two keys), periods or rows.
    effects : tuple of EffectCounts
        One for each effect.
    """

    n: int
    k: int
    absorbed: int
    groups: int
    effects: tuple[EffectCounts, ...] = ()

    @property
    def parameters(self) -> int:
        """Slopes, constant and effects: K."""
        return self.k + self.absorbed

    @property
    def parameters_reghdfe(self) -> int:
        """K, where an effect that any cluster key nests counts as one parameter."""
        nested = (effect.levels for effect in self.effects if effect.in_any)
        return self.parameters + sum(1 - levels for levels in nested)

    @property
    def parameters_linearmodels(self) -> int:
        """K, where the only effect does not count if every cluster key nests it."""
        is_left_out = len(self.effects) == 1 and self.effects[0].in_all
        return self.k if is_left_out else self.parameters


@dataclass(frozen=True)
class Factor:
    """A small-sample factor.

    Attributes
    ----------
    formula : str
        As tables and choices show it.
    value : callable
        The factor from counts.
    stata, r, linearmodels : str
        What these programs call it; "" where they do not have it.
    """

    formula: str
    value: Callable[[Counts], float]
    stata: str = ""
    r: str = ""
    linearmodels: str = ""


def _groups(counts: Counts) -> float:
    return counts.groups / (counts.groups - 1)


# The order of operations is that of the stored numbers.
FACTORS: dict[str, Factor] = {
    "none": Factor("none", lambda c: 1.0, "ivregress, vce(robust)", "vcovHC type HC0; CR0", "debiased=False"),
    "n-k": Factor(
        "n/(n-K)", lambda c: c.n / (c.n - c.parameters), "regress, vce(robust)", "vcovHC type HC1",
        "debiased=True",
    ),
    "groups": Factor(
        "G/(G-1)", _groups, "ivregress, vce(cluster)", "clubSandwich CR1; fixest ssc(K.adj=FALSE)"
    ),
    "stata": Factor(
        "G/(G-1) (n-1)/(n-K)", lambda c: _groups(c) * ((c.n - 1) / (c.n - c.parameters)),
        "regress, vce(cluster)", "vcovCL type HC1; plm sss; clubSandwich CR1S; fixest ssc(K.fixef='full')",
    ),
    "reghdfe": Factor(
        "G/(G-1) (n-1)/(n-K), effects nested in clusters count as one",
        lambda c: c.groups / (c.groups - 1) * (c.n - 1) / (c.n - c.parameters_reghdfe),
        "reghdfe, vce(cluster); xtreg, fe", "fixest ssc(K.fixef='nonnested')",
    ),
    # no factor: two-step GMM adds terms to its covariance
    "windmeijer": Factor("Windmeijer (2005)", lambda c: 1.0, "xtabond2, twostep robust"),
    "linearmodels": Factor(
        "n/(n-K), the only effect does not count where clusters nest it",
        lambda c: c.n / (c.n - c.parameters_linearmodels),
        linearmodels="clustered, debiased=True",
    ),
    "linearmodels_groups": Factor(
        "G/(G-1) (n-1)/(n-K), the only effect does not count where clusters nest it",
        lambda c: _groups(c) * ((c.n - 1) / (c.n - c.parameters_linearmodels)),
        linearmodels="clustered, debiased=True, group_debias=True",
    ),
}  # fmt: skip
"""Factors by name. K counts slopes, constant and effects; G the clusters, the smaller number of two keys."""
