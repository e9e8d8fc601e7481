"""What a panel unit-root test returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd


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
    lags : Series (N,)
        Lagged differences used, per unit.
    n_units, n_periods : int
        N, and the periods spanned by the panel.
    convention : str
        "stata" or "plm".
    details : mapping
        Everything else: the options as given, intermediate statistics under the names the
        test's docstring lists, and per-unit Series (`unit_t`, `unit_p`).
    """

    test: str
    statistic: float
    p_value: float
    lags: pd.Series
    n_units: int
    n_periods: int
    convention: str
    details: Mapping[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row: the attributes, mean lags, and every scalar of `details`."""
        row: dict[str, Any] = {
            "test": self.test,
            "statistic": self.statistic,
            "p_value": self.p_value,
            "mean_lags": float(self.lags.mean()),
            "n_units": self.n_units,
            "n_periods": self.n_periods,
            "convention": self.convention,
        }
        for name, value in self.details.items():
            if value is None or isinstance(value, str | bool | int | float):
                row.setdefault(name, value)
        return pd.DataFrame([row])

    def unit_frame(self) -> pd.DataFrame:
        """One row per unit: lags and every per-unit Series of `details`."""
        columns = {k: v for k, v in self.details.items() if isinstance(v, pd.Series)}
        return pd.DataFrame({"lags": self.lags, **columns})
