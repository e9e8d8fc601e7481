"""True size of Pesaran's CD at every length of a table's series.

Belongs here: `python -m estimation.econometrics.critical_values.dependence_sizes`, which reruns the design of
`long_run_sizes.dependence` at N = 29 for each T, and looking its figures up.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from estimation.econometrics.critical_values.long_run_sizes import dependence

STORED = Path(__file__).with_name("dependence_sizes.csv")
N_UNITS = 29
PERIODS = range(7, 21)
DRAWS = 2_000


@cache
def _stored() -> pd.DataFrame:
    return pd.read_csv(STORED)


def dependence_size(correction: str, two_way: bool, n_units: int, n_periods: int) -> float | None:
    """Rejection rate of the nominal 5 % test without dependence; None where not simulated.

    Parameters
    ----------
    correction : {"none", "bias", "weighted"}
    two_way : bool
        Whether year means were taken out as well as unit means.
    n_units, n_periods : int
        Matched exactly.
    """
    table = _stored()
    rows = table[
        (table["options"] == f"correction={correction}")
        & (table["design"] == f"white noise, {'two-way effects' if two_way else 'unit means'}")
        & (table["n_units"] == n_units)
        & (table["n_periods"] == n_periods)
    ]
    return None if rows.empty else float(rows["rate"].iloc[0])


def main() -> None:
    """Simulate and write the file."""
    rows = [row for t in PERIODS for row in dependence((N_UNITS, t, 1), DRAWS)]
    pd.DataFrame(rows).to_csv(STORED, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
