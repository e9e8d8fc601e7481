"""Inferences by name: what may be combined, and what the combination is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import pandas as pd

from living_panel.estimation.econometrics import codes
from living_panel.estimation.econometrics.arguments import OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption, invalid_argument
from living_panel.estimation.econometrics.row_names import UNIT

ClusterKey: TypeAlias = str | pd.Series

MINIMUM_CLUSTERS = 6
MOST_DRAWS = 2**20  # beyond it the weights of all draws do not fit in memory
INFERENCE_COLUMNS = [
    "term",
    "inference",
    "estimate",
    "std_error",
    "statistic",
    "df",
    "p_value",
    "p_mc_error",
    "ci_low",
    "ci_high",
    "n_obs",
    "n_clusters",
]
UNIT_LEVEL = "province_code"
"""Column of the units, which specs call `unit`."""
KEYS = ("cluster", "correction", "cov", "df", "draws", "seed")


@dataclass(frozen=True)
class CovarianceRule:
    """Options of one covariance: corrections, its df, the largest number of cluster keys.

    `needs` are other arguments that must be given; every other one must be left out.
    """

    corrections: tuple[str, ...]
    df: str
    clusters: int = 1
    needs: tuple[str, ...] = ()


RULES: dict[str, CovarianceRule] = {
    "clustered": CovarianceRule(("none", "reghdfe"), "t(G-1)", clusters=2),
    "cr3:jackknife": CovarianceRule(("none",), "t(G-1)"),
    "wild_cluster_bootstrap:rademacher": CovarianceRule(
        ("none", "reghdfe"), "none", needs=("draws", "seed")
    ),
}

Covariance = Annotated[str, OneOf(tuple(RULES))]
DegreesOfFreedom = Annotated[str, OneOf(("t(G-1)", "none"))]


@dataclass(frozen=True)
class Inference:
    """One validated way of inference.

    Names are keys of `RULES` and values it allows; cluster keys are names of index levels, or series
    over the same rows; `label` is the name in tables, such as `clustered:reghdfe:t(G-1)`.
    """

    cov: str
    correction: str
    df: str
    cluster: tuple[ClusterKey, ...]
    draws: int | None
    seed: int | None
    label: str

    @property
    def family(self) -> str:
        """Covariance without its form: `cr3` of `cr3:jackknife`."""
        return self.cov.split(":")[0]


@check_arguments
def resolve(
    *,
    cov: Covariance,
    correction: str,
    df: str,
    cluster: ClusterKey | Sequence[ClusterKey] | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> Inference:
    """Check a combination of options and give it its canonical names.

    Parameters
    ----------
    cov : str
        A key of `RULES`.
    correction : {"none", "reghdfe"}
        Small-sample factor that `cov` allows.
    df : {"t(G-1)", "none"}
        Distribution of t that `cov` has.
    cluster : ClusterKey or sequence of ClusterKey, optional
        Names of index levels, or series over the rows.
    draws : int, optional
        Of the bootstrap; None for other covariances.
    seed : int, optional
        Of the bootstrap; None for other covariances.

    Returns
    -------
    Inference

    Raises
    ------
    InvalidArgument
        For a word that is not known, or that `cov` does not allow; lists those it allows.
    InvalidOption
        For clusters, draws or a seed that `cov` does not take.
    """
    rule = RULES[cov]
    _require(cov, "correction", correction, rule.corrections)
    _require(cov, "df", df, (rule.df,))
    keys = _cluster_keys(cov, cluster, rule.clusters)
    for name, value in {"draws": draws, "seed": seed}.items():
        if (value is None) == (name in rule.needs):
            allowed = ", ".join(rule.needs) or "neither draws nor seed"
            state = " is missing" if value is None else f"={value!r} has no meaning"
            raise InvalidOption(codes.ODD_OPTION(cov=cov, name=name, state=state, allowed=allowed))
    _check_numbers(draws, seed)
    return Inference(cov, correction, df, keys, draws, seed, _label(cov, correction, df, keys))


def _require(cov: str, name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise invalid_argument("resolve", name, f"{value!r} with cov={cov!r}", str(OneOf(allowed)))


def _cluster_keys(
    cov: str, cluster: ClusterKey | Sequence[ClusterKey] | None, most: int
) -> tuple[ClusterKey, ...]:
    if cluster is None:
        raise InvalidOption(
            codes.NO_CLUSTER(cov=cov, most_words=", or two of them." if most == 2 else ".")
        )
    keys = (cluster,) if isinstance(cluster, str | pd.Series) else tuple(cluster)
    if not 1 <= len(keys) <= most:
        allowed = "one or two keys" if most == 2 else "one key"
        raise InvalidOption(codes.TOO_MANY_CLUSTER_KEYS(cov=cov, allowed=allowed, n_keys=len(keys)))
    names = [key if isinstance(key, str) else key.name for key in keys]
    if len(keys) == 2 and names[0] == names[1]:
        raise InvalidOption(codes.CLUSTER_TWICE(names=names[0]))
    return keys


def _check_numbers(draws: int | None, seed: int | None) -> None:
    whole = isinstance(draws, int) and not isinstance(draws, bool)
    if draws is not None and not (whole and 99 <= draws <= MOST_DRAWS):
        raise InvalidOption(codes.WRONG_DRAWS(draws=draws, most_draws=MOST_DRAWS))
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
        raise InvalidOption(codes.WRONG_SEED(seed=seed))


def _label(cov: str, correction: str, df: str, keys: tuple[ClusterKey, ...]) -> str:
    family, _, form = cov.partition(":")
    names = "+".join(key if isinstance(key, str) else str(key.name) for key in keys)
    if names != UNIT_LEVEL:
        family += f"({names})"
    parts = [family, form, correction if cov == "clustered" else "", df if df != "none" else ""]
    return ":".join(filter(None, parts))


@check_arguments
def resolve_mapping(way: Mapping[str, Any]) -> Inference:
    """`resolve` for a mapping read from a spec, where `unit` stands for the column of the units.

    Raises
    ------
    InvalidOption
        Also for an unknown or a missing key.
    """
    unknown = sorted(set(way) - set(KEYS))
    missing = sorted({"cov", "correction", "df"} - set(way))
    if unknown or missing:
        raise InvalidOption(
            codes.INFERENCE_KEYS(way=dict(way), unknown=unknown, missing=missing, keys=[*KEYS])
        )
    return resolve(**with_unit(way, UNIT_LEVEL))


@check_arguments
def with_unit(way: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """Return a mapping read from a spec with the column of the units in place of `unit`."""
    keys = way.get("cluster")
    if not isinstance(keys, list | tuple):
        return dict(way)
    named = [unit if isinstance(key, str) and key == UNIT else key for key in keys]
    return {**way, "cluster": named}
