"""The jackknife over clusters of regressions with instruments, which repeats the whole estimator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table

OF_COVARIANCE = ("first_stage_f ", "anderson_rubin")
"""Statistics that rest on the covariance of the base."""


@check_arguments
def jackknifed(solution: Any, base: Fit, names: Sequence[str]) -> Fit:
    """A solved model with instruments under the jackknife over clusters.

    Parameters
    ----------
    solution : linear solution
        Coefficients with what a covariance needs.
    base : Fit
        The same under a classical covariance.
    names : sequence of str
        The cluster.

    Returns
    -------
    Fit

    Raises
    ------
    InvalidOption
        For two clusters.
    """
    from living_panel.estimation.econometrics.panel_models.resampled import clusters_of, jackknife

    if len(names) != 1:
        raise InvalidOption(codes.ONE_CLUSTER(kind="cr3", names=[*names]))
    clusters = clusters_of(solution, names[0])
    cov, df, terms = jackknife(solution, clusters), clusters.number - 1.0, base.params.index
    errors = pd.Series(np.sqrt(np.diag(cov)), terms)
    chosen = {
        "covariance": "cr3:jackknife", "cluster": [*names], "clusters": clusters.number,
        "correction": "none", "distribution": "t(G-1)",
    }  # fmt: skip
    return replace(
        base,
        table=coefficient_table(base.params, errors, df),
        cov=pd.DataFrame(cov, terms, terms),
        df=df,
        inference=f"cr3({names[0]}):jackknife:t(G-1)",
        choices={**base.choices, **chosen},
        references=(*base.references, "cr3"),
        n_clusters=clusters.number,
        fit_statistics={
            name: value
            for name, value in base.fit_statistics.items()
            if not name.startswith(OF_COVARIANCE)
        },
    )
