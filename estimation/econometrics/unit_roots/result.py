"""What a panel unit-root test returns, and where its p-value comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from estimation.econometrics.critical_values import simulated
from estimation.econometrics.unit_roots import mackinnon
from estimation.econometrics.unit_roots.adf import AdfSums
from estimation.econometrics.wide_panel import checked


@dataclass(frozen=True)
class UnitRootResult:
    """Outcome of one panel unit-root test.

    Attributes
    ----------
    test : str
        "llc", "ht", "ips", "fisher" or "cips".
    statistic : float
        Adjusted t* (llc), z (ht), W-t-bar (ips), P (fisher), truncated CIPS (cips).
    p_value : float
        Under the critical values named in `details["critical_values"]`.
    n_units, n_periods : int
        N, and the periods spanned by the panel.
    convention : str
        "stata" or "plm".
    details : mapping
        What the test's docstring lists; `unit_t` and `unit_p` are Series by unit.
    """

    test: str
    statistic: float
    p_value: float
    n_units: int
    n_periods: int
    convention: str
    details: Mapping[str, Any] = field(default_factory=dict)


class Shared(TypedDict, total=False):
    """What every test may be asked; what is left out is as in `Asked`."""

    demean: bool
    convention: str
    critical_values: str


@dataclass(frozen=True)
class Asked:
    """Options of every test.

    Attributes
    ----------
    demean : bool
        Subtract each period's cross-section mean first.
    convention : {"stata", "plm"}
        Where packages differ; see each test.
    critical_values : {"asymptotic", "finite_sample"}
        The limit or a printed table, or the distribution simulated at this N, T and options.
    """

    demean: bool = False
    convention: str = "stata"
    critical_values: str = "asymptotic"


def levels_of(y: pd.DataFrame, demean: bool) -> NDArray[np.float64]:
    """The checked frame as one draw, shape (T, 1, N)."""
    return checked({"y": y}, demean=demean).transpose(0, 2, 1)


def by_unit(
    sums: AdfSums, units: pd.Index, trend: str, convention: str, corrected: bool = True
) -> dict[str, pd.Series]:
    """Each unit's ADF t and its asymptotic p-value."""
    t = sums.t(corrected)[0]
    p_of = mackinnon.p_1994 if convention == "stata" else mackinnon.p_1996
    return {"unit_t": pd.Series(t, units), "unit_p": pd.Series(p_of(t, trend), units)}


def left_p(
    statistic: float, question: simulated.Question, critical_values: str, limit: str
) -> tuple[float, str]:
    """P-value in the left tail of N(0,1) or of the simulated null, and its origin in words."""
    if critical_values == "asymptotic":
        return float(norm.cdf(statistic)), f"asymptotic: {limit}"
    return float(simulated.lower_tail(question, statistic)), simulated.note(question)
