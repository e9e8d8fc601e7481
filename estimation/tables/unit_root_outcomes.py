"""One panel unit-root test on one series, with everything a reader needs to weigh it.

Belongs here: running the tests a spec asks for, both origins of critical values, the true size and
power of each at this very window. Not here: which series, on which years; layout and readings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict

from estimation.econometrics.cointegration import pesaran_cd
from estimation.econometrics.critical_values.rates import dependence_size, true_size
from estimation.econometrics.errors import Infeasible
from estimation.econometrics.errors import Infeasible as NoDependenceTest
from estimation.econometrics.unit_roots import (
    UnitRootResult,
    cips,
    fisher,
    ht,
    ips,
    llc,
)

LABELS = {
    "llc": "Levin-Lin-Chu, adjusted t*",
    "ht": "Harris-Tzavalis, z",
    "ips": "Im-Pesaran-Shin, W-t-bar",
    "fisher": "Fisher ADF, P",
    "cips": "Pesaran CIPS, truncated",
}
PAPER_TESTS = ("llc", "ht", "ips", "fisher")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LlcOptions(_Strict):
    """Levin, Lin and Chu: the bandwidth decides its size, so that it is never left open."""

    lags: int | Literal["aic", "bic", "t-stat"]
    bandwidth: int | Literal["llc"]
    kernel: Literal["bartlett", "parzen", "quadratic-spectral"]


class HtOptions(_Strict):
    """Harris and Tzavalis: what the moments call T."""

    periods: Literal["T", "T-1"]


class LagOptions(_Strict):
    """Tests that take only lagged differences."""

    lags: int | Literal["aic", "bic", "t-stat"]


class FisherOptions(LagOptions):
    """Fisher: whether the null is a walk with drift (p from t with n - K; `trends: [c]` only)."""

    drift: bool = False


class TestOptions(_Strict):
    """Options of each test, all written."""

    __test__ = False

    llc: LlcOptions
    ht: HtOptions
    ips: LagOptions
    fisher: FisherOptions
    cips: LagOptions


class DependenceOptions(_Strict):
    """Pesaran's CD of the first differences, on raw figures and demeaned by year."""

    raw: Literal["none", "weighted"]
    demeaned: Literal["bias", "weighted"]
    seed: int


@dataclass(frozen=True)
class Outcome:
    """One test of one form of a series.

    Attributes
    ----------
    test, form, trend, demean
        Form is `levels` or `differences`.
    statistic : float or None
        Under the convention; None where the test is not estimable.
    statistic_simulated : float or None
        Fisher's P of simulated unit p-values; of the other tests the same as `statistic`.
    p_asymptotic, p_simulated : float or None
    bound : str
        "<" or ">" where the asymptotic p-value is only bounded by a table.
    sizes_asymptotic, sizes_simulated : tuple of (float or None)
        True rejection rates of the nominal 5 % test: independent units, one common factor.
    powers : tuple of (float or None)
        Of the simulated p-value at a root of .8, in the same designs.
    convention, origin_asymptotic, origin_simulated : str
    reason : str
        Why there is no statistic, in the test's own words.
    """

    test: str
    form: str
    trend: str
    demean: bool
    statistic: float | None = None
    statistic_simulated: float | None = None
    p_asymptotic: float | None = None
    bound: str = "="
    p_simulated: float | None = None
    sizes_asymptotic: tuple[float | None, float | None] = (None, None)
    sizes_simulated: tuple[float | None, float | None] = (None, None)
    powers: tuple[float | None, float | None] = (None, None)
    convention: str = ""
    origin_asymptotic: str = ""
    origin_simulated: str = ""
    reason: str = ""

    @property
    def key(self) -> str:
        """Name of this test in the long frame of statistics."""
        return f"{self.test}.{self.trend}.{'demeaned' if self.demean else 'raw'}"

    @property
    def rejects(self) -> bool:
        """Whether the simulated p-value is below 5 %."""
        return self.p_simulated is not None and self.p_simulated < 0.05

    def numbers(self) -> dict[str, Any]:
        """Named numbers and texts of the long frame."""
        if self.reason:
            return {f"{self.key}.not_estimable": self.reason}
        pairs = {
            "size_asymptotic": self.sizes_asymptotic,
            "size_simulated": self.sizes_simulated,
            "power_simulated": self.powers,
        }
        found: dict[str, Any] = {
            "statistic": self.statistic,
            "statistic_simulated": self.statistic_simulated,
            "p_asymptotic": self.p_asymptotic,
            "p_asymptotic_bound": self.bound if self.bound in ("<", ">") else None,
            "p_simulated": self.p_simulated,
            "convention": self.convention,
            "critical_values_asymptotic": self.origin_asymptotic,
            "critical_values_simulated": self.origin_simulated,
        }
        for name, pair in pairs.items():
            found |= dict(zip((f"{name}.independent", f"{name}.one_factor"), pair, strict=True))
        return {f"{self.key}.{name}": value for name, value in found.items()}


def outcomes(
    frame: pd.DataFrame,
    form: str,
    trends: Sequence[str],
    demean: Sequence[bool],
    tests: TestOptions,
    convention: str,
) -> list[Outcome]:
    """Every test on one form of a series; CIPS on raw figures only, as it models the common factor.

    Parameters
    ----------
    frame : pandas.DataFrame (T, N)
        Without a gap.
    """
    return [
        _outcome(test, frame, form, trend, by_year, tests, convention)
        for trend in trends
        for by_year in demean
        for test in LABELS
        if not (test == "cips" and by_year)
    ]


def dependence(
    differences: pd.DataFrame, options: DependenceOptions
) -> dict[str, tuple[float, float, float, float | None]]:
    """Pesaran's CD of differences net of unit means: statistic, p, mean correlation, true size."""
    found = {}
    net = differences - differences.mean()
    for name, correction, frame in (
        ("raw", options.raw, net),
        ("demeaned", options.demeaned, net.sub(net.mean(axis=1), axis=0)),
    ):
        try:
            result = pesaran_cd(frame, correction=correction, seed=options.seed)
        except NoDependenceTest:
            continue
        size = dependence_size(correction, name == "demeaned", frame.shape[1], len(frame))
        found[name] = (result.statistic, result.p_value, result.mean_correlation, size)
    return found


def _outcome(
    test: str,
    frame: pd.DataFrame,
    form: str,
    trend: str,
    demean: bool,
    tests: TestOptions,
    convention: str,
) -> Outcome:
    place: dict[str, Any] = {"test": test, "form": form, "trend": trend, "demean": demean}
    run = _runner(test, frame, trend, demean, tests, convention)
    try:
        asymptotic, simulated = run("asymptotic"), run("finite_sample")
    except Infeasible as reason:
        return Outcome(**place, reason=str(reason))
    rates = [
        _rates(test, asymptotic, trend, demean, tests, origin)
        for origin in ("asymptotic", "finite_sample")
    ]
    return Outcome(
        **place,
        statistic=asymptotic.statistic,
        statistic_simulated=simulated.statistic,
        p_asymptotic=asymptotic.p_value,
        bound=str(asymptotic.details.get("p_value_bound", "=")),
        p_simulated=simulated.p_value,
        sizes_asymptotic=rates[0][0],
        sizes_simulated=rates[1][0],
        powers=rates[1][1],
        convention=convention,
        origin_asymptotic=_origin(asymptotic),
        origin_simulated=_origin(simulated),
    )


def _runner(
    test: str, frame: pd.DataFrame, trend: str, demean: bool, tests: TestOptions, convention: str
) -> Callable[[str], UnitRootResult]:
    common: dict[str, Any] = {"trend": trend, "demean": demean, "convention": convention}
    own = getattr(tests, test).model_dump()
    functions: dict[str, Callable[..., UnitRootResult]] = {
        "llc": llc,
        "ht": ht,
        "ips": ips,
        "fisher": fisher,
        "cips": cips,
    }
    function = functions[test]
    return lambda origin: function(frame, **common, **own, critical_values=origin)


def _rates(
    test: str,
    result: UnitRootResult,
    trend: str,
    demean: bool,
    tests: TestOptions,
    origin: str,
) -> tuple[tuple[float | None, float | None], tuple[float | None, float | None]]:
    """Size and power, each for independent units and one common factor; None where not stored."""
    lags = getattr(getattr(tests, test), "lags", 0)
    if getattr(getattr(tests, test), "drift", False):  # sizes are stored without
        return (None, None), (None, None)
    try:
        row = true_size(
            test,
            result.n_units,
            result.n_periods,
            trend,
            lags,
            demean,
            result.details.get("bandwidth"),
            periods=tests.ht.periods if test == "ht" else None,
            critical_values=origin,
        )
    except LookupError:
        return (None, None), (None, None)
    size = (float(row["size_independent"]), float(row["size_one_factor"]))
    power = (float(row["power_independent"]), float(row["power_one_factor"]))
    return size, power


def _origin(result: UnitRootResult) -> str:
    text = str(result.details["critical_values"])
    if result.details.get("moments_held"):
        text += "; this window is shorter than the printed table's first, whose moments are held"
    return text
