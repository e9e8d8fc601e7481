"""Comparisons and weights in a two-way regression on a treatment dummy (Goodman-Bacon 2021)."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.adoption.staggered import Staggered
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import Infeasible


@check_arguments
def bacon(data: Staggered) -> pd.DataFrame:
    """Every two-by-two comparison in the two-way estimate, with its weight.

    Returns
    -------
    pandas.DataFrame
        kind (`treated against untreated`, `earlier against later`, `later against earlier`), treated
        and control cohort (first year; NaN without treatment), estimate, weight. The weights add up to
        one, the weighted estimates to the two-way coefficient, exactly.

    Raises
    ------
    Infeasible
        If all units are treated at once.

    Notes
    -----
    Goodman-Bacon (2021), eqs. 7-10 for a balanced panel, multiplied out. "Later against earlier"
    uses units already treated as controls: where effects grow, it is too small.
    """
    t = len(data.years)
    groups = {int(g): data.first == g for g in np.unique(data.first)}
    mean = {g: data.outcome[members].mean(axis=0) for g, members in groups.items()}
    share = {g: members.mean() for g, members in groups.items()}
    time = {g: (t - g) / t for g in groups}
    rows = []

    def compare(kind: str, g: int, c: int, before: slice, after: slice, weight: float) -> None:
        change = {k: mean[k][after].mean() - mean[k][before].mean() for k in (g, c)}
        cohort = [data.years[k] if k < t else np.nan for k in (g, c)]
        rows.append((kind, *cohort, change[g] - change[c], weight))

    for early, late in combinations(sorted(groups), 2):
        both = share[early] * share[late]
        d, e = time[early], time[late]
        if late == t:
            weight = both * d * (1 - d)
            compare("treated against untreated", early, late, slice(early), slice(early, t), weight)
            continue
        weight = both * (d - e) * (1 - d)
        compare("earlier against later", early, late, slice(early), slice(early, late), weight)
        weight = both * e * (d - e)
        compare("later against earlier", late, early, slice(early, late), slice(late, t), weight)
    if not rows:
        raise Infeasible(codes.TREATED_AT_ONCE())
    names = ["kind", "treated", "control", "estimate", "weight"]
    out = pd.DataFrame(rows, columns=names)
    return out.assign(weight=out["weight"] / out["weight"].sum())
