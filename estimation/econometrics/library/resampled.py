"""Covariances of formulas that the registry does not have: bootstrap, distances, the jackknife of instruments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table
from living_panel.estimation.econometrics.library.ways import DRAWS, SEED, Way


@check_arguments
def resampled(solution: Any, base: Fit, way: Way, names: Sequence[str]) -> Fit:
    """A solved model under the bootstrap of clusters, Conley's covariance, or the jackknife of instruments.

    Parameters
    ----------
    solution : linear solution
        Coefficients with what a covariance needs.
    base : Fit
        The same under a classical covariance.
    way : Way
        The covariance and its options.
    names : sequence of str
        The cluster.

    Returns
    -------
    Fit
    """
    from living_panel.estimation.econometrics.panel_models import resampled as estimators

    kept = {k: v for k, v in base.fit_statistics.items() if not k.startswith(_OF_COVARIANCE)}
    base = replace(base, fit_statistics=kept)
    if way.kind == "conley":
        assert way.location is not None and way.cutoff is not None
        cov = estimators.conley(solution, *way.location, way.cutoff)
        chosen = {"covariance": "conley", "kernel": "uniform, rows of one period",
                  "cutoff_km": way.cutoff, "location": [*way.location]}  # fmt: skip
        label = f"conley({way.cutoff} km):normal"
        return _with_covariance(base, cov, np.inf, label, chosen, "conley")
    if len(names) != 1:
        raise InvalidOption(codes.ONE_CLUSTER(kind=way.kind, names=[*names]))
    clusters = estimators.clusters_of(solution, names[0])
    chosen = {"cluster": [*names], "clusters": clusters.number}
    if way.kind == "cr3":
        cov = estimators.jackknife(solution, clusters)
        chosen = {"covariance": "cr3:jackknife", **chosen}
        label = f"cr3({names[0]}):jackknife:t(G-1)"
        fit = _with_covariance(base, cov, clusters.number - 1.0, label, chosen, "cr3")
        return replace(fit, n_clusters=clusters.number)
    draws = DRAWS[way.kind] if way.draws is None else way.draws
    seed = SEED if way.seed is None else way.seed
    cov = estimators.block_bootstrap(solution, clusters, draws, seed)
    chosen = {"covariance": "block bootstrap", **chosen, "draws": draws, "seed": seed}
    label = f"block_bootstrap({names[0]}):normal"
    return _with_covariance(base, cov, np.inf, label, chosen, "bootstrap")


_OF_COVARIANCE = ("first_stage_f ", "anderson_rubin")


def _with_covariance(
    base: Fit, cov: np.ndarray, df: float, label: str, chosen: Mapping[str, Any], reference: str
) -> Fit:
    terms = base.params.index
    errors = pd.Series(np.sqrt(np.diag(cov)), terms)
    return replace(
        base,
        table=coefficient_table(base.params, errors, df),
        cov=pd.DataFrame(cov, terms, terms),
        df=df,
        inference=label,
        choices=_choices(base, {**chosen, "distribution": "normal" if np.isinf(df) else "t(G-1)"}),
        references=(*base.references, reference),
    )


def _choices(base: Fit, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Choices with the sample last."""
    left = {k: v for k, v in base.choices.items() if k not in ("sample", *chosen)}
    return {**left, "correction": "none", **chosen, "sample": base.choices["sample"]}
