"""Covariances of a call by their short names: those of the registry, their defaults, the fit that they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from living_panel.codes import Code, Sentence
from living_panel.estimation.econometrics.arguments import check_arguments
from living_panel.estimation.econometrics.errors import InvalidData, InvalidOption
from living_panel.estimation.econometrics.inference.covariance import Covariance, Inference
from living_panel.estimation.econometrics.inference.factors import FACTORS
from living_panel.estimation.econometrics.inference.registry import COVARIANCES
from living_panel.estimation.econometrics.kernels import rule_bandwidth
from living_panel.estimation.econometrics.library import citations, sentences
from living_panel.estimation.econometrics.library.data import PanelData
from living_panel.estimation.econometrics.library.result import Fit, coefficient_table

SHORT = {"wild_cluster_bootstrap": "wild", "block_bootstrap": "bootstrap"}
OF_FORMULAS = ("bootstrap", "conley")
"""Covariances that formulas alone have, of estimators that keep the rows as they are given."""
RULES: dict[str, Covariance] = {
    SHORT.get(rule.family, rule.family): rule
    for rule in COVARIANCES.values()
    if not isinstance(rule.on_arrays, Sentence)
}
"""Covariances of the registry by their short names."""
KINDS = {kind: rule for kind, rule in RULES.items() if kind not in OF_FORMULAS}
"""Those that two-way regressions have too."""
DRAWS = {"wild": 9_999, "bootstrap": 999}
SEED = 1
Cluster = str | Sequence[str] | None


@dataclass(frozen=True)
class Way:
    """A covariance as a call asks for it; what is None has a default.

    Attributes
    ----------
    kind : str
        Name of `RULES`.
    cluster : str or sequence of str, optional
        Columns; the units by default.
    correction, df, bandwidth, draws, seed, location, cutoff : optional
        As in `ols`.
    large : bool
        Whether the default is the normal distribution without a factor.
    factor : str, optional
        Default factor of the classical covariance.
    """

    kind: str
    cluster: Cluster = None
    correction: str | None = None
    df: str | None = None
    bandwidth: int | None = None
    draws: int | None = None
    seed: int | None = None
    location: tuple[str, str] | None = None
    cutoff: int | None = None
    large: bool = False
    factor: str | None = None

    @property
    def rule(self) -> Covariance:
        """The covariance of the registry."""
        return RULES[self.kind]

    @property
    def takes_clusters(self) -> bool:
        """Whether it rests on clusters."""
        return self.rule.clusters > 0

    @check_arguments
    def names(self, panel: PanelData) -> list[str]:
        """Columns of the clusters; the units by default."""
        if self.cluster is None and not self.takes_clusters:
            return []
        given = [panel.unit] if self.cluster is None else self.cluster
        names = [given] if isinstance(given, str) else [*given]
        for name in names:
            if name not in panel.frame and name not in (panel.unit, panel.time):
                columns = [*map(str, panel.frame.columns)]
                raise InvalidData(sentences.UNKNOWN_KEY(name=name, columns=columns))
        return [str(name) for name in names]

    @check_arguments
    def columns(self, panel: PanelData) -> list[str]:
        """Columns that the covariance needs."""
        return [*self.names(panel), *(self.location or ())]

    def refuse_options(self) -> None:
        """Refuse an option that the covariance does not have, and Conley's without its place and distance.

        Raises
        ------
        InvalidOption
        """
        has = {name: name in self.rule.needs for name in ("draws", "seed", "location", "cutoff")}
        has["correction"] = self.rule.corrections != ("none",) or self.correction == "none"
        for option, allowed in has.items():
            if getattr(self, option) is not None and not allowed:
                given = f"vcov={self.kind!r}"
                raise InvalidOption(sentences.OPTION_WITHOUT_MEANING(option=option, given=given))
        if self.kind == "conley" and (self.location is None or self.cutoff is None):
            raise InvalidOption(
                Code.WEIGHTS(
                    "Conley's covariance needs locations and a distance",
                    "give location=(latitude, longitude) and cutoff in kilometres",
                )
            )

    @check_arguments
    def mapping(self, panel: PanelData, has_effects: bool) -> dict[str, Any]:
        """The covariance of the registry with every choice, as `resolve` takes them."""
        rule = self.rule
        way: dict[str, Any] = {
            "cov": rule.name,
            "correction": self.correction or self._factor(rule, has_effects),
            "df": self.df or self._degrees(rule),
        }
        if self.takes_clusters or self.cluster is not None:
            way["cluster"] = self.names(panel)
        if self.kind in DRAWS:
            way["draws"] = DRAWS[self.kind] if self.draws is None else self.draws
            way["seed"] = SEED if self.seed is None else self.seed
        if self.location is not None:
            way |= {"location": [*self.location], "cutoff": self.cutoff}
        bandwidth = self.bandwidth
        if "bandwidth" in rule.needs and bandwidth is None:
            bandwidth = rule_bandwidth(panel.frame.index.get_level_values(1).nunique())
        return way if bandwidth is None else {**way, "bandwidth": bandwidth}

    def _factor(self, rule: Covariance, has_effects: bool) -> str:
        """Stata's factor for this covariance."""
        if rule.name == "classical":
            return self.factor or ("none" if self.large else "n-k")
        if "reghdfe" in rule.corrections:
            return "groups" if self.large else "reghdfe" if has_effects else "stata"
        # xtscc's option `ase` has no factor
        plain = rule.name == "driscoll_kraay" or "n-k" not in rule.corrections
        return "none" if plain else "n-k"

    def _degrees(self, rule: Covariance) -> str:
        return "normal" if self.large and "normal" in rule.df else rule.df[0]


@check_arguments
def kinds_of(estimator: str, has_instruments: bool) -> tuple[str, ...]:
    """Covariances of a linear estimator that need no new fit."""
    return tuple(
        kind
        for kind, rule in RULES.items()
        if (not rule.estimators or estimator in rule.estimators)
        and not (has_instruments and rule.except_instruments)
    )


@check_arguments
def fit_under(
    result: Any,
    way: Inference,
    names: Sequence[str],
    *,
    chosen: Mapping[str, Any],
    sample: Mapping[str, Any],
    references: Sequence[str],
    fit_statistics: Mapping[str, float],
    residuals: pd.Series | None,
    kinds: Sequence[str],
    again: Any,
    **described: str,
) -> Fit:
    """A regression in the library's form.

    Parameters
    ----------
    result : regression fit
        What the estimator returned.
    way : Inference
        Its inference, with clusters by the names of the columns.
    names : sequence of str
        Columns of the clusters.
    chosen, sample : mapping
        Choices of the estimator, and the rows used.
    references : sequence of str
        Keys of the estimator's references.
    fit_statistics : mapping of str to float
        Numbers beside the kinds of R².
    residuals : pandas.Series or None
        Over units and periods as given.
    kinds : sequence of str
        Covariances that `again` gives without a new fit.
    again : callable or None
        The same coefficients under another covariance.
    **described : str
        Title, method and formula.

    Returns
    -------
    Fit
    """
    rule = way.rule
    df = result.df if way.df == "satterthwaite" else float(result.df.iloc[0])
    factor = FACTORS[way.correction].formula
    return Fit(
        table=coefficient_table(result.params, result.std_errors, df, result.t_stats, result.p_values),
        choices={
            **chosen,
            "covariance": way.cov,
            "cluster": [*names] or None,
            "clusters": result.n_clusters if names else None,
            "correction": "none" if way.correction == "none" else f"{way.correction}: {factor}",
            "kernel": _kernel(way),
            "bandwidth": way.bandwidth,
            "distribution": "bootstrap" if rule.is_bootstrap else way.df,
            "draws": way.draws,
            "seed": way.seed,
            "location": [*way.location] or None,
            "cutoff_km": way.cutoff,
            "sample": {**sample, "rows": result.n_obs},
        },
        notes=result.notes,
        references=(*references, *_references(rule, names)),
        raw=result,
        inference=way.label,
        df=df,
        cov=None if rule.is_bootstrap else result.cov,
        fit_statistics={
            **{f"R² {name}": value for name, value in result.r_squared.items()}, **fit_statistics,
        },
        residuals=residuals,
        n_clusters=result.n_clusters if names else None,
        kinds=tuple(kinds),
        again=again,
        intervals=result.conf_int if rule.is_bootstrap or result.minimum_clusters else None,
        **described,
    )  # fmt: skip


def _kernel(way: Inference) -> str | None:
    if way.cutoff is not None:
        return "uniform, rows of one period"
    return None if way.bandwidth is None else "bartlett"


def _references(rule: Covariance, names: Sequence[str]) -> list[str]:
    if len(names) == 2:
        return ["two_keys"]
    kind = SHORT.get(rule.family, rule.family)
    kind = "HC" if kind.startswith("HC") else kind
    known = kind in citations.REFERENCES and kind not in ("classical", "newey_west")
    return [kind] if known else []
