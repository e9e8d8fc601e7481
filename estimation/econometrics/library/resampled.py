"""Jackknife, bootstraps and distances for models written as formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.library import codes
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table

RESAMPLED = ("cr3", "wild", "bootstrap", "conley")
DRAWS = {"wild": 9_999, "bootstrap": 999}
SEED = 1
_MEANING = {
    "draws": ("wild", "bootstrap"), "seed": ("wild", "bootstrap"), "location": ("conley",), "cutoff": ("conley",),
}  # fmt: skip


@check_arguments
def refuse_options(kind: str, options: Mapping[str, Any]) -> None:
    """Refuse an option that a covariance does not have, and Conley's without its place and distance.

    Raises
    ------
    InvalidOption
    """
    for option, value in options.items():
        has = kind in _MEANING[option] if option in _MEANING else kind not in RESAMPLED
        if value is not None and not has:
            raise InvalidOption(codes.OPTION_WITHOUT_MEANING(option=option, given=f"vcov={kind!r}"))
    if kind == "conley" and (options.get("location") is None or options.get("cutoff") is None):
        raise InvalidOption(codes.NO_DISTANCE())


@check_arguments
def resampled(
    solution: Any, base: Fit, kind: str, names: Sequence[str], options: Mapping[str, Any]
) -> Fit:
    """A solved model under a jackknife, a bootstrap or Conley's covariance.

    Parameters
    ----------
    solution : linear solution
        Coefficients with what a covariance needs.
    base : Fit
        The same under a classical covariance.
    kind : str
        One of `RESAMPLED`.
    names : sequence of str
        The cluster.
    options : mapping
        Of the names draws, seed, location and cutoff.

    Returns
    -------
    Fit
    """
    from living_panel.estimation.econometrics.panel_models import resampled as estimators

    kept = {k: v for k, v in base.fit_statistics.items() if not k.startswith(_OF_COVARIANCE)}
    base = replace(base, fit_statistics=kept)
    from living_panel.estimation.econometrics.panel_models import read_vcov

    if kind == "conley":
        place = {"location": [*options["location"]], "cutoff": options["cutoff"]}
        way = read_vcov({"cov": "conley", "correction": "none", "df": "normal", **place})
        chosen = {"covariance": way.cov, "kernel": "uniform, rows of one period",
                  "cutoff_km": way.cutoff, "location": [*way.location]}  # fmt: skip
        cov = solution.under(way).cov.to_numpy()
        return _with_covariance(base, cov, np.inf, way.label, chosen, "conley")
    if len(names) != 1:
        raise InvalidOption(codes.ONE_CLUSTER(kind=kind, names=[*names]))

    clusters = estimators.clusters_of(solution, names[0])
    chosen = {"cluster": [*names], "groups": clusters.number}
    if kind == "cr3":
        way = read_vcov(
            {"cov": "cr3:jackknife", "correction": "none", "df": "t(G-1)", "cluster": [*names]}
        )
        if solution.design.model.instruments:
            cov = estimators.jackknife(solution, clusters)
        else:
            cov = solution.under(way).cov.to_numpy()
        chosen = {"covariance": way.cov, **chosen}
        fit = _with_covariance(base, cov, clusters.number - 1.0, way.label, chosen, "cr3")
        return replace(fit, n_clusters=clusters.number)
    draws = options["draws"] or DRAWS[kind]
    seed = SEED if options["seed"] is None else options["seed"]
    chosen |= {"draws": draws, "seed": seed}
    if kind == "bootstrap":
        from living_panel.estimation.econometrics.inference.covariances.block_bootstrap import (
            block_bootstrap,
        )

        cov = block_bootstrap(solution.regression(names), draws, seed)
        chosen = {"covariance": "block bootstrap", **chosen}
        label = f"block_bootstrap({names[0]}):normal"
        return _with_covariance(base, cov, np.inf, label, chosen, "bootstrap")
    way = read_vcov({"cov": "wild_cluster_bootstrap:rademacher", "correction": "none", "df": "none",
                     "cluster": [*names], "draws": draws, "seed": seed})  # fmt: skip
    return _wild(base, solution.under(way).tests, chosen)


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


def _wild(base: Fit, tests: Mapping[str, Any], chosen: Mapping[str, Any]) -> Fit:
    from living_panel.estimation.econometrics.fixed_effects.wild_bootstrap import notes

    terms = base.params.index
    errors = pd.Series([tests[str(term)].std_error for term in terms], terms)
    p = pd.Series([tests[str(term)].p_value() for term in terms], terms)
    more = {
        "covariance": "wild_cluster_bootstrap:rademacher",
        **chosen,
        "distribution": "bootstrap",
    }
    return replace(
        base,
        table=coefficient_table(base.params, errors, np.nan, base.params / errors, p),
        cov=None,
        df=np.nan,
        inference=f"wild_cluster_bootstrap({more['cluster'][0]}):rademacher",
        choices=_choices(base, more),
        notes=(*base.notes, *notes(tests)),
        references=(*base.references, "wild"),
        n_clusters=more["groups"],
        intervals=partial(_wild_intervals, tests),
    )


def _wild_intervals(tests: Mapping[str, Any], level: float) -> pd.DataFrame:
    ends = {term: test.interval(level) for term, test in tests.items()}
    return pd.DataFrame(ends, ["low", "high"]).T
