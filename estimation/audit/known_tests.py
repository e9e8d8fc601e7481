"""Well-known tests: null, alternative, tail and null distribution of each, as published."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from scipy import stats

Tail = Literal["lower", "upper", "two"]


@dataclass(frozen=True)
class KnownTest:
    """A test as published.

    Attributes
    ----------
    name : str
    null : str
        What is true when it does not reject.
    null_supports_model : bool
        Whether the model is supported by not rejecting (normal residuals, cointegration as null).
    tail : str
        Where it rejects.
    distribution : str
        normal, chi2 or tabulated.
    df : callable or None
        Degrees of freedom of chi2 from the number of units.
    lowest : float
        Least value the statistic can take.
    tabulated : mapping
        Level to the smallest published critical value over all cases, for tabulated tests.
    single_equation : bool
        Whether the test is defined for one time series regression, not for a panel.
    """

    name: str
    null: str
    null_supports_model: bool
    tail: Tail
    distribution: Literal["normal", "chi2", "tabulated"]
    df: Callable[[int], int] | None = None
    lowest: float = -math.inf
    tabulated: dict[float, float] = field(default_factory=dict)
    single_equation: bool = False

    def p_value(self, statistic: float, units: int) -> float | None:
        """P-value under the null's distribution; None where it is only tabulated."""
        if self.distribution == "normal":
            return _tail_probability(stats.norm.cdf(statistic), self.tail)
        if self.distribution == "chi2" and self.df is not None:
            return float(stats.chi2.sf(statistic, self.df(units)))
        return None


def _tail_probability(below: float, tail: Tail) -> float:
    if tail == "two":
        return float(2 * min(below, 1 - below))
    return float(below if tail == "lower" else 1 - below)


def _unit_root(name: str) -> KnownTest:
    return KnownTest(name, "a unit root in every unit", False, "lower", "normal")


KNOWN_TESTS: dict[str, KnownTest] = {
    "llc": _unit_root("Levin, Lin and Chu (2002), adjusted t"),
    "ht": _unit_root("Harris and Tzavalis (1999), z"),
    "ips": _unit_root("Im, Pesaran and Shin (2003), W"),
    "breitung": _unit_root("Breitung (2000)"),
    # Maddala and Wu (1999): -2 sum of ln p has two degrees of freedom a unit.
    "fisher": KnownTest(
        "Fisher-ADF chi-squared, Maddala and Wu (1999)",
        "a unit root in every unit",
        False,
        "upper",
        "chi2",
        df=lambda units: 2 * units,
        lowest=0.0,
    ),
    "hadri": KnownTest("Hadri (2000), z", "every series is stationary", True, "upper", "normal"),
    # Hansen (1992): the asymptotic 5 % value is .564 with a constant and one regressor, and rises
    # with each further regressor.
    "hansen_lc": KnownTest(
        "Hansen (1992) parameter instability, Lc",
        "cointegration",
        True,
        "upper",
        "tabulated",
        lowest=0.0,
        tabulated={0.05: 0.564},
        single_equation=True,
    ),
    "jarque_bera": KnownTest(
        "Jarque and Bera (1980)",
        "normal residuals",
        True,
        "upper",
        "chi2",
        df=lambda units: 2,
        lowest=0.0,
    ),
    "kao": KnownTest("Kao (1999), ADF", "no cointegration", False, "lower", "normal"),
    "pedroni_t": KnownTest(
        "Pedroni (1999), panel and group t", "no cointegration", False, "lower", "normal"
    ),
}
