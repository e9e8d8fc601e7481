"""Ways of inference by name: what may be combined, and what the combination is called."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pandas as pd

from estimation.econometrics.errors import InvalidOption
from estimation.econometrics.kernels import KERNELS

ClusterKey: TypeAlias = "str | pd.Series"

DF_CHOICES = ("normal", "t(G-1)", "t(n-k-K)", "satterthwaite", "none")
CLUSTER_CORRECTIONS = ("none", "linearmodels", "reghdfe", "plm_sss")
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
    "ci_low",
    "ci_high",
    "n_obs",
    "n_clusters",
]


@dataclass(frozen=True)
class Rule:
    """What one covariance takes.

    Attributes
    ----------
    corrections, dfs : tuple of str
        Allowed values of `correction` and `df`.
    cluster : int
        Largest number of cluster keys; 0 where clusters have no meaning.
    needs : tuple of str
        Other arguments that must be given; every other one must be left out.
    """

    corrections: tuple[str, ...]
    dfs: tuple[str, ...]
    cluster: int = 0
    needs: tuple[str, ...] = ()


_ROW_DFS = ("normal", "t(n-k-K)")
_CLUSTER_DFS = ("normal", "t(G-1)", "t(n-k-K)")
RULES: dict[str, Rule] = {
    "classical": Rule(("none", "linearmodels", "reghdfe"), _ROW_DFS),
    "hc0": Rule(("none",), _ROW_DFS),
    "hc1": Rule(("linearmodels", "reghdfe", "plm_sss"), _ROW_DFS),
    "hc3": Rule(("none",), _ROW_DFS),
    "hc3:plm": Rule(("none",), _ROW_DFS),
    "clustered": Rule(CLUSTER_CORRECTIONS, _CLUSTER_DFS, cluster=2),
    "driscoll_kraay": Rule(
        ("none", "linearmodels", "plm_sss"), _CLUSTER_DFS, needs=("kernel", "bandwidth")
    ),
    "cr2": Rule(("none",), ("satterthwaite", "t(G-1)"), cluster=1),
    "cr3:jackknife": Rule(("none",), ("t(G-1)", "normal"), cluster=1),
    "cr3:clubsandwich": Rule(("none",), ("t(G-1)", "normal"), cluster=1),
    "cr3:pyfixest": Rule(("none",), ("t(G-1)", "normal"), cluster=1),
    "wild_cluster_bootstrap:rademacher": Rule(
        CLUSTER_CORRECTIONS, ("none",), cluster=1, needs=("draws", "seed")
    ),
    "wild_cluster_bootstrap:webb": Rule(
        CLUSTER_CORRECTIONS, ("none",), cluster=1, needs=("draws", "seed")
    ),
}


@dataclass(frozen=True)
class Inference:
    """One validated way of inference.

    Attributes
    ----------
    cov, correction, df : str
        Canonical names: keys of `RULES` and values it allows.
    cluster : tuple
        Cluster keys: names of index levels, or series over the same rows.
    kernel, bandwidth, draws, seed
        None where the covariance does not use them.
    group_debias : bool
        linearmodels' factor G/(G-1) (n-1)/n.
    label : str
        Name in tables, such as `clustered:reghdfe:t(G-1)`.
    """

    cov: str
    correction: str
    df: str
    cluster: tuple[ClusterKey, ...]
    kernel: str | None
    bandwidth: float | None
    draws: int | None
    seed: int | None
    group_debias: bool
    label: str

    @property
    def family(self) -> str:
        """Covariance without its form: `cr3` of `cr3:jackknife`."""
        return self.cov.split(":")[0]


def resolve(
    *,
    cov: str,
    correction: str,
    df: str,
    cluster: ClusterKey | Sequence[ClusterKey] | None = None,
    kernel: str | None = None,
    bandwidth: float | None = None,
    draws: int | None = None,
    seed: int | None = None,
    group_debias: bool = False,
) -> Inference:
    """Check a combination of options and give it its canonical names.

    `cov="cr3", correction="jackknife"` is read as `cov="cr3:jackknife", correction="none"`, and
    likewise for the other forms of `cr3`.

    Raises
    ------
    InvalidOption
        Naming the argument, its value and every allowed value.
    """
    if cov == "cr3" and f"cr3:{correction}" in RULES:
        cov, correction = f"cr3:{correction}", "none"
    if cov not in RULES:
        raise InvalidOption(
            f"cov={cov!r} is not a covariance. Allowed: {', '.join(RULES)}. Write the form out."
        )
    rule = RULES[cov]
    _require(cov, "correction", correction, rule.corrections)
    _require(cov, "df", df, rule.dfs)
    keys = _cluster_keys(cov, cluster, rule.cluster)
    given = {"kernel": kernel, "bandwidth": bandwidth, "draws": draws, "seed": seed}
    for name, value in given.items():
        if (value is None) == (name in rule.needs):
            allowed = ", ".join(rule.needs) or "none of kernel, bandwidth, draws, seed"
            state = " is missing" if value is None else f"={value!r} has no meaning"
            raise InvalidOption(f"cov={cov!r}: {name}{state}. It takes: {allowed}.")
    if group_debias and not (correction == "linearmodels" and rule.cluster):
        raise InvalidOption(
            f"group_debias=True belongs to correction='linearmodels' of a clustered covariance, not"
            f" to cov={cov!r}, correction={correction!r}."
        )
    _check_numbers(kernel, bandwidth, draws, seed)
    label = _label(cov, correction, df, keys, kernel, bandwidth, group_debias)
    return Inference(cov, correction, df, keys, kernel, bandwidth, draws, seed, group_debias, label)


def _require(cov: str, name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidOption(
            f"cov={cov!r} does not go with {name}={value!r}. Allowed: {', '.join(allowed)}."
        )


def _cluster_keys(
    cov: str, cluster: ClusterKey | Sequence[ClusterKey] | None, most: int
) -> tuple[ClusterKey, ...]:
    if cluster is None:
        if most:
            raise InvalidOption(
                f"cov={cov!r} needs cluster=: 'province_code', 'year' or a Series"
                + (", or two of them." if most == 2 else ".")
            )
        return ()
    if not most:
        raise InvalidOption(f"cov={cov!r} does not take cluster=; leave it out.")
    keys = (cluster,) if isinstance(cluster, str | pd.Series) else tuple(cluster)
    if not 1 <= len(keys) <= most:
        allowed = "one or two keys" if most == 2 else "one key"
        raise InvalidOption(f"cov={cov!r} takes {allowed} in cluster=, not {len(keys)}.")
    names = [key if isinstance(key, str) else key.name for key in keys]
    if len(keys) == 2 and names[0] == names[1]:
        raise InvalidOption(f"cluster= names {names[0]!r} twice; two-way needs two different keys.")
    return keys


def _check_numbers(
    kernel: str | None, bandwidth: float | None, draws: int | None, seed: int | None
) -> None:
    if kernel is not None and kernel not in KERNELS:
        raise InvalidOption(f"kernel={kernel!r} is unknown. Allowed: {', '.join(KERNELS)}.")
    if bandwidth is not None and not (math.isfinite(bandwidth) and bandwidth >= 0):
        raise InvalidOption(f"bandwidth={bandwidth!r}: a number of periods, zero or more.")
    truncated = kernel in ("bartlett", "parzen") and bandwidth is not None
    if truncated and bandwidth != int(bandwidth):  # type: ignore[arg-type]
        raise InvalidOption(
            f"bandwidth={bandwidth!r}: {kernel} takes a whole number of lags. Remedy: round it, or "
            "kernel='quadratic-spectral'."
        )
    whole = isinstance(draws, int) and not isinstance(draws, bool)
    if draws is not None and not (whole and 99 <= draws <= MOST_DRAWS):
        raise InvalidOption(
            f"draws={draws!r}: a whole number of at least 99, at most {MOST_DRAWS}."
        )
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or seed < 0):
        raise InvalidOption(f"seed={seed!r}: a whole number, zero or more.")


def _label(
    cov: str,
    correction: str,
    df: str,
    keys: tuple[ClusterKey, ...],
    kernel: str | None,
    bandwidth: float | None,
    group_debias: bool,
) -> str:
    family, _, form = cov.partition(":")
    names = "+".join(key if isinstance(key, str) else str(key.name) for key in keys)
    if names and names != "province_code":
        family += f"({names})"
    if kernel is not None:
        family += f"({kernel},{bandwidth:g})"
    parts = [family] + ([form] if form else [])
    if len(RULES[cov].corrections) > 1 and df != "none":
        parts.append(correction + ("+G" if group_debias else ""))
    if df != "none":
        parts.append(df)
    return ":".join(parts)


def resolve_mapping(way: Mapping[str, Any]) -> Inference:
    """`resolve` for a mapping read from a spec.

    Raises
    ------
    InvalidOption
        Also for an unknown or a missing key.
    """
    known = {
        "cov",
        "correction",
        "df",
        "cluster",
        "kernel",
        "bandwidth",
        "draws",
        "seed",
        "group_debias",
    }
    unknown = sorted(set(way) - known)
    missing = sorted({"cov", "correction", "df"} - set(way))
    if unknown or missing:
        raise InvalidOption(
            f"inference {dict(way)!r}: unknown {unknown}, missing {missing}. Keys: "
            f"{', '.join(sorted(known))}; cov, correction and df are always written."
        )
    return resolve(**way)
