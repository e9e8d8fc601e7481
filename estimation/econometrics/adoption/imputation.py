"""Effects against imputed outcomes without treatment (Borusyak, Jaravel and Spiess 2024)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.adoption.staggered import Staggered
from living_panel.estimation.econometrics.arguments import (
    Correction,
    Count,
    Positive,
    Shape,
    check_arguments,
)
from living_panel.estimation.econometrics.errors import Infeasible
from living_panel.estimation.econometrics.fit import RegressionFit
from living_panel.estimation.econometrics.fixed_effects.regression import two_way
from living_panel.estimation.econometrics.fixed_effects.within import Floats
from living_panel.estimation.econometrics.inference.registry import CovarianceName, DegreesName


@check_arguments
def impute(data: Staggered, latest: Count) -> pd.DataFrame:
    """Effects in treated cells against unit and year effects of the untreated cells alone.

    Returns
    -------
    pandas.DataFrame
        unit (position), year, event, cohort (position of its first year), effect: one row a treated
        cell up to `latest` years after adoption. A year in which every unit is treated has no effect
        of its own to take: its cells are not among them.

    Raises
    ------
    Infeasible
        If no treated cell can be imputed there.
    """
    n, t = data.outcome.shape
    unit, year = np.divmod(np.arange(n * t), t)
    treated = data.treated.ravel()
    event = year - data.first[unit]
    usable = treated & np.isin(year, year[~treated]) & (event <= latest)
    if not usable.any():
        raise Infeasible(codes.NOTHING_TO_IMPUTE(latest=latest))
    design = np.hstack([np.eye(n)[unit], np.eye(t)[year]])
    y = data.outcome.ravel()
    # of rank one less than its columns at most: the cut must lie well above rounding (pinv's does not)
    effects = np.linalg.lstsq(design[~treated], y[~treated], rcond=1e-10)[0]
    return pd.DataFrame(
        {
            "unit": unit, "year": np.array(data.years)[year], "event": event,
            "cohort": data.first[unit], "effect": y - design @ effects,
        }
    )[usable]  # fmt: skip


@check_arguments
def slope_on(trait: Annotated[Floats, Shape("N")], cells: pd.DataFrame) -> float:
    """Least-squares slope of the effects of `impute` on a trait of units, shape (N,)."""
    z = np.asarray(trait, float)[cells["unit"]]
    return float(np.polynomial.polynomial.polyfit(z, cells["effect"], 1)[1])


@check_arguments
def pre_trends(
    y: pd.Series,
    first_year: pd.Series,
    *,
    leads: Positive,
    cov: CovarianceName,
    correction: Correction,
    df: DegreesName,
) -> RegressionFit:
    """Two-way regression on untreated cells of dummies for 1 to `leads` years before adoption.

    Borusyak, Jaravel and Spiess (2024), section 4.4: independent of the effects' estimates where
    trends are parallel. `wald` on all terms is the joint test; `cov`, `correction` and `df` as in
    `two_way`, clustered by unit.

    Parameters
    ----------
    y : pandas.Series
        Over the rows (unit, period).
    first_year : pandas.Series
        First treated year by unit; missing for one that is never treated.
    leads : int
        Years before adoption, at least 1.
    cov : str
        As in `two_way`.
    correction : {"none", "reghdfe"}
        As in `two_way`.
    df : {"t(G-1)", "none"}
        As in `two_way`.

    Returns
    -------
    RegressionFit
        One term for each year before adoption.
    """
    when = first_year.reindex(y.index.get_level_values(0)).to_numpy(float)
    event = y.index.get_level_values(1).to_numpy() - when
    untreated = ~(event >= 0)
    x = pd.DataFrame(
        {f"{k} years before": (event == -k) * 1.0 for k in range(1, leads + 1)}, index=y.index
    )
    return two_way(
        y[untreated], x[untreated], cov=cov, cluster="unit", correction=correction, df=df
    )
