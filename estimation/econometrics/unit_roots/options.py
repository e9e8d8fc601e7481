"""Options all panel unit-root tests share: their validation and how results carry them."""

from __future__ import annotations

from typing import Any

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


def check_options(
    test: str,
    trend: str,
    lags: int | str,
    max_lags: int | None,
    convention: str,
    critical_values: str,
) -> None:
    """Raise ValueError naming the option, its value and what is expected."""
    check_choice(test, "trend", trend, TRENDS)
    check_choice(test, "convention", convention, CONVENTIONS)
    check_choice(test, "critical_values", critical_values, CRITICAL_VALUES)
    if isinstance(lags, str):
        check_choice(test, "lags", lags, RULES)
    elif isinstance(lags, bool) or not isinstance(lags, int | np.integer) or lags < 0:
        raise ValueError(
            f"{test}: lags={lags!r}; expected a whole number of 0 or more, or one of {RULES}"
        )
    if max_lags is not None:
        if not isinstance(lags, str):
            raise ValueError(f"{test}: max_lags={max_lags} only goes with a rule, lags={lags!r}")
        if isinstance(max_lags, bool) or int(max_lags) != max_lags or max_lags < 0:
            raise ValueError(f"{test}: max_lags={max_lags!r}; expected a whole number, 0 or more")


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
