"""Many panels judged by stored critical values: how many statistics of no cointegration reject in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from living_panel.estimation.econometrics.arguments import OneOf, Shape, Trend, check_arguments
from living_panel.estimation.econometrics.cointegration.error_correction import (
    WESTERLUND,
    standardise_westerlund,
    westerlund_statistics,
)
from living_panel.estimation.econometrics.cointegration.residuals import (
    KAO,
    PEDRONI,
    SIGNS,
    kao_statistics,
    pedroni_statistics,
    standardise_pedroni,
)
from living_panel.estimation.econometrics.kernels import Floats

Bools = npt.NDArray[np.bool_]
Test = Annotated[str, OneOf(("kao", "pedroni", "westerlund"))]
NAMES: dict[str, tuple[str, ...]] = {"kao": KAO, "pedroni": PEDRONI, "westerlund": WESTERLUND}
"""Statistics of each test, in order."""
REJECTS_RIGHT: dict[str, tuple[bool, ...]] = {
    "kao": (False,) * len(KAO),
    "pedroni": tuple((SIGNS < 0).tolist()),
    "westerlund": (False,) * len(WESTERLUND),
}
"""Whether each statistic rejects for large values; all others reject for small ones."""


@dataclass(frozen=True)
class JudgedStatistic:
    """One statistic in one setting, and the standardised value from which on it rejects."""

    test: str
    name: str
    trend: str
    demean: bool
    options: Mapping[str, int]
    critical: float

    @property
    def setting(self) -> tuple[Any, ...]:
        """Whatever is computed once for several statistics."""
        return self.test, self.trend, self.demean, tuple(sorted(self.options.items()))


@check_arguments
def statistics_of(
    test: Test,
    y: Annotated[Floats, Shape("... N T")],
    x: Annotated[Floats, Shape("... N T k")],
    *,
    trend: Trend,
    **options: int,
) -> Floats:
    """Standardised statistics (..., m) of a test in the order of `NAMES`.

    Parameters
    ----------
    test : {"kao", "pedroni", "westerlund"}
        Whose statistics.
    y : ndarray, shape (..., N, T)
        Dependent variable.
    x : ndarray, shape (..., N, T, k)
        Regressors.
    trend : {"c", "ct"}
        Deterministics of each unit; Kao's tests have constants alone.
    **options : int
        Lags, leads and bandwidth of the test.

    Returns
    -------
    ndarray, shape (..., m)
    """
    if test == "kao":
        return kao_statistics(y, x, **options)
    size = (y.shape[-2], x.shape[-1], trend)
    if test == "pedroni":
        return standardise_pedroni(pedroni_statistics(y, x, trend=trend, **options), *size)
    return standardise_westerlund(westerlund_statistics(y, x, trend=trend, **options), *size)


@check_arguments
def rejections(
    y: Annotated[Floats, Shape("R N T")],
    x: Annotated[Floats, Shape("R N T k")],
    judged: Sequence[JudgedStatistic],
) -> Bools:
    """Whether each statistic rejects in each panel at its stored critical value, shape (R, m).

    Parameters
    ----------
    y : ndarray, shape (R, N, T)
        Dependent variable of each panel.
    x : ndarray, shape (R, N, T, k)
        Regressors of each panel.
    judged : sequence of JudgedStatistic
        Statistics with their settings; those of one setting are computed together.

    Returns
    -------
    ndarray of bool, shape (R, m)
    """
    statistics: dict[tuple[Any, ...], Floats] = {}
    out = np.empty((len(y), len(judged)), dtype=bool)
    for column, one in enumerate(judged):
        if one.setting not in statistics:
            own_y, own_x = (z - z.mean(axis=1, keepdims=True) if one.demean else z for z in (y, x))
            statistics[one.setting] = statistics_of(
                one.test, own_y, own_x, trend=one.trend, **one.options
            )
        place = NAMES[one.test].index(one.name)
        values = statistics[one.setting][:, place]
        right = REJECTS_RIGHT[one.test][place]
        out[:, column] = values >= one.critical if right else values <= one.critical
    return out
