"""Options all panel unit-root tests share: their validation and how results carry them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from estimation.econometrics.critical_values import simulated
from estimation.econometrics.unit_roots.adf import RULES
from estimation.econometrics.unit_roots.panel import (
    CONVENTIONS,
    CRITICAL_VALUES,
    TRENDS,
    Panel,
    check_choice,
)
from estimation.econometrics.unit_roots.result import UnitRootResult


class Shared(TypedDict, total=False):
    """Options that every test takes; what they are where they are left out is in `Given`."""

    max_lags: int | None
    demean: bool
    convention: str
    critical_values: str


@dataclass(frozen=True)
class Given:
    """What a test is asked, checked.

    Attributes
    ----------
    test : str
    trend : {"n", "c", "ct"}
        Deterministics of each unit.
    lags : int or {"aic", "bic", "t-stat"}
        Lagged differences, or the rule choosing them per unit.
    max_lags : int, optional
        Most lags a rule may choose; see `adf.default_max_lags`.
    demean : bool
        Subtract each period's cross-section mean first.
    convention : {"stata", "plm"}
        Where packages differ; see each test.
    critical_values : {"asymptotic", "finite_sample"}
        The limit or a printed table, or the statistic's simulated distribution at this N, T and
        options.
    """

    test: str
    trend: str
    lags: int | str
    max_lags: int | None = None
    demean: bool = False
    convention: str = "stata"
    critical_values: str = "asymptotic"

    def __post_init__(self) -> None:
        """Raise ValueError naming the option, its value and what is expected."""
        test, lags, most = self.test, self.lags, self.max_lags
        check_choice(test, "trend", self.trend, TRENDS)
        check_choice(test, "convention", self.convention, CONVENTIONS)
        check_choice(test, "critical_values", self.critical_values, CRITICAL_VALUES)
        if isinstance(lags, str):
            check_choice(test, "lags", lags, RULES)
        elif isinstance(lags, bool) or not isinstance(lags, int | np.integer) or lags < 0:
            raise ValueError(
                f"{test}: lags={lags!r}; expected a whole number of 0 or more, or one of {RULES}"
            )
        if most is not None:
            if not isinstance(lags, str):
                raise ValueError(f"{test}: max_lags={most} only goes with a rule, lags={lags!r}")
            if isinstance(most, bool) or int(most) != most or most < 0:
                raise ValueError(f"{test}: max_lags={most!r}; expected a whole number, 0 or more")

    @property
    def asymptotic(self) -> bool:
        """Whether p-values come from a limit or a printed table."""
        return self.critical_values == "asymptotic"


def result(
    given: Given, panel: Panel, statistic: float, p: float, lags: Any, details: dict[str, Any]
) -> UnitRootResult:
    """What a test returns; `lags` one a unit."""
    t, n = panel.values.shape
    used = per_unit(lags, panel)
    return UnitRootResult(given.test, statistic, p, used, n, t, given.convention, details)


def per_unit(values: Any, panel: Panel) -> pd.Series:
    """A Series by unit label."""
    return pd.Series(np.asarray(values).copy(), index=panel.units)


def scalars(found: dict[str, NDArray[np.float64]]) -> dict[str, float]:
    """The first draw of every statistic but the headline."""
    return {
        name: float(value[0])
        for name, value in found.items()
        if name != "statistic" and np.ndim(value) == 1
    }


def finite_sample_note(question: simulated.Question) -> str:
    """Where a simulated null distribution came from, in words."""
    _, draws, origin = simulated.null_quantiles(question)
    return (
        f"finite sample: {origin}, {draws} draws of {question.n} independent Gaussian units, "
        f"T={question.t}, seed {simulated.SEED}"
    )
