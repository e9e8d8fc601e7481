"""What a panel cointegration test reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class CointegrationResult:
    """Statistics of one family of tests of no cointegration.

    Attributes
    ----------
    test : str
        "kao", "pedroni" or "westerlund".
    null, alternative : str
        In words.
    trend : str
        "c" or "ct".
    statistics : Series
        Standardised statistics by name, standard normal under the null as T, then N, grow.
    p_values : Series
        Asymptotic, one-sided.
    n_units, n_periods : int
        Size of the panel.
    details : dict
        Raw statistics, options, variances; bootstrap p-values where asked for.
    """

    test: str
    null: str
    alternative: str
    trend: str
    statistics: pd.Series
    p_values: pd.Series
    n_units: int
    n_periods: int
    details: dict[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """One row per statistic: raw value, standardised value, p-values."""
        frame = pd.DataFrame(
            {
                "raw": self.details["raw"],
                "statistic": self.statistics,
                "p_value": self.p_values,
            }
        )
        if "p_bootstrap" in self.details:
            frame["p_bootstrap"] = self.details["p_bootstrap"]
        return frame
