"""Well-known tests: null, alternative, tail and null distribution of each, as published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import scipy

from living_panel.estimation.papers.rows import Cell
from living_panel.estimation.papers.schema import PrintedPaper, Table, TestName


@dataclass(frozen=True)
class KnownTest:
    """A test as published; its null distribution is the normal by default.

    Attributes
    ----------
    null : str
        What is true when it does not reject.
    null_supports_model : bool
        Whether the model is supported by not rejecting (normal residuals, cointegration as null).
    tail : str
        Where it rejects.
    df : callable or None
        Degrees of freedom of a chi-squared from the number of units.
    tabulated : mapping
        Level to the smallest published critical value over all cases, for tests that are tabulated.
    is_one_distribution : bool
        Whether the null's distribution is the same for every sample.
    single_equation : bool
        Whether the test is defined for one time series regression, not for a panel.
    another : tuple of float
        Least and greatest value of another statistic of the same name (rho of Harris and Tzavalis, t-bar of Im, Pesaran
        and Shin). A number in between is not judged, as the printed table does not identify the statistic.
    """

    name: str
    null: str
    null_supports_model: bool = False
    tail: Literal["lower", "upper"] = "lower"
    df: Callable[[int], int] | None = None
    tabulated: dict[float, float] = field(default_factory=dict)
    is_one_distribution: bool = False
    single_equation: bool = False
    another: tuple[float, float] | None = None

    def may_be_another(self, cell: Cell) -> bool:
        """Whether a printed number may be the other statistic of this name."""
        return self.another is not None and self.another[0] <= cell.value <= self.another[1]

    def expression(self, statistic: float, units: int) -> str:
        """The p-value of a statistic as an expression."""
        if self.df is not None:
            return f"stats.chi2.sf({statistic}, {self.df(units)})"
        return f"stats.norm.{'cdf' if self.tail == 'lower' else 'sf'}({statistic})"

    @property
    def is_sum_of_squares(self) -> bool:
        """Whether the statistic cannot be negative."""
        return bool(self.df or self.tabulated)

    def p_value(self, statistic: float, units: int) -> float:
        """P-value under the null's distribution, of a test that is not tabulated."""
        if self.df is not None:
            return float(scipy.stats.chi2.sf(statistic, self.df(units)))
        below = float(scipy.stats.norm.cdf(statistic))
        return below if self.tail == "lower" else 1 - below

    def distribution(self, units: int) -> str:
        """The null's distribution in words."""
        return f"chi-squared({self.df(units)})" if self.df else "normal"


def _unit_root(name: str, another: tuple[float, float] | None = None) -> KnownTest:
    return KnownTest(name, "a unit root in every unit", another=another)


KNOWN_TESTS: dict[TestName, KnownTest] = {
    "llc": _unit_root("Levin, Lin and Chu (2002), adjusted t"),
    "ht": _unit_root("Harris and Tzavalis (1999), z", (-1.0, 1.5)),
    "ht_z": _unit_root("Harris and Tzavalis (1999), z"),
    "ips": _unit_root("Im, Pesaran and Shin (2003), W", (-5.0, 0.0)),
    "ips_w": _unit_root("Im, Pesaran and Shin (2003), W"),
    "breitung": _unit_root("Breitung (2000)"),
    # Maddala and Wu (1999): -2 sum of ln p has two degrees of freedom a unit.
    "fisher": KnownTest(
        "Fisher-ADF chi-squared, Maddala and Wu (1999)",
        "a unit root in every unit",
        tail="upper",
        df=lambda units: 2 * units,
    ),
    "hadri": KnownTest("Hadri (2000), z", "every series is stationary", True, "upper"),
    # Hansen (1992): the asymptotic 5 % value is .564 with a constant and one regressor, and rises
    # with each further regressor.
    "hansen_lc": KnownTest(
        "Hansen (1992) parameter instability, Lc",
        "cointegration",
        True,
        "upper",
        tabulated={0.05: 0.564},
        single_equation=True,
    ),
    "jarque_bera": KnownTest(
        "Jarque and Bera (1980)",
        "normal residuals",
        True,
        "upper",
        df=lambda units: 2,
        is_one_distribution=True,
    ),
    "kao": KnownTest("Kao (1999), ADF", "no cointegration"),
    "pedroni_t": KnownTest("Pedroni (1999), panel and group t", "no cointegration"),
}


def tested(paper: PrintedPaper) -> Iterator[tuple[Table, Cell, KnownTest]]:
    """Printed statistics of tests, each with its table and its test."""
    for table in paper.tables.values():
        for cell in table.cells:
            kind, _, label = cell.statistic.partition(":")
            if kind == "test" and cell.estimate is not None and label in table.tests:
                yield table, cell, KNOWN_TESTS[table.tests[label]]
