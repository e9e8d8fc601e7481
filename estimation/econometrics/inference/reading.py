"""From words, as a spec or a call has them, to one validated way of inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from living_panel.codes import Code
from living_panel.estimation.econometrics.arguments import OneOf, check_arguments
from living_panel.estimation.econometrics.errors import InvalidOption, invalid_argument
from living_panel.estimation.econometrics.inference.covariance import (
    ClusterKey,
    Covariance,
    Inference,
)
from living_panel.estimation.econometrics.inference.registry import (
    COVARIANCES,
    CovarianceName,
)
from living_panel.estimation.econometrics.row_names import UNIT

MOST_DRAWS = 2**20  # beyond it the weights of all draws do not fit in memory
NEEDS = ("bandwidth", "draws", "seed", "location", "cutoff")
KEYS = ("cluster", "correction", "cov", "df", *NEEDS)


@check_arguments
def resolve(
    *,
    cov: CovarianceName,
    correction: str,
    df: str,
    cluster: ClusterKey | Sequence[ClusterKey] | None = None,
    bandwidth: int | None = None,
    draws: int | None = None,
    seed: int | None = None,
    location: Sequence[str] | None = None,
    cutoff: int | None = None,
    usual: Sequence[str] = (),
) -> Inference:
    """Check a combination of options.

    Parameters
    ----------
    cov : str
        Name of a covariance of the registry.
    correction : str
        Small-sample factor that `cov` allows.
    df : str
        Distribution of t that `cov` allows.
    cluster : ClusterKey or sequence of ClusterKey, optional
        Names of index levels or columns, or series over the rows.
    bandwidth : int, optional
        Lags of Bartlett's kernel; None for other covariances.
    draws : int, optional
        Of the bootstrap; None for other covariances.
    seed : int, optional
        Of the bootstrap; None for other covariances.
    location : sequence of str, optional
        Columns of latitude and longitude in degrees, for `conley`.
    cutoff : int, optional
        Kilometres, for `conley`.
    usual : sequence of str
        Names of the units, which the label leaves out where they are the only clusters.

    Returns
    -------
    Inference

    Raises
    ------
    InvalidArgument
        For a word that is not known, or that `cov` does not allow; lists those it allows.
    InvalidOption
        For clusters, a bandwidth, draws, a seed, places or a distance that `cov` does not take.
    """
    rule = COVARIANCES[cov]
    _require(cov, "correction", correction, rule.corrections)
    _require(cov, "df", df, rule.df)
    keys = _cluster_keys(rule, cluster)
    given = (bandwidth, draws, seed, location, cutoff)
    for name, value in zip(NEEDS, given, strict=True):
        if (value is None) == (name in rule.needs):
            allowed = ", ".join(rule.needs) or "no bandwidth, draws or seed"
            state = " is missing" if value is None else f"={value!r} has no meaning"
            raise InvalidOption(
                Code.COVARIANCE(
                    "cov={cov!r}: {name}{state}",
                    "use {allowed}",
                    cov=cov,
                    name=name,
                    state=state,
                    allowed=allowed,
                )
            )
    _check_numbers(cov, bandwidth, draws, seed)
    _check_places(cov, location, cutoff)
    return Inference(
        rule, correction, df, keys, bandwidth, draws, seed, tuple(usual), tuple(location or ()), cutoff
    )  # fmt: skip


def _require(cov: str, name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise invalid_argument(
            "inference", name, f"{value!r} with cov={cov!r}", str(OneOf(allowed))
        )


def _cluster_keys(
    rule: Covariance, cluster: ClusterKey | Sequence[ClusterKey] | None
) -> tuple[ClusterKey, ...]:
    most = rule.clusters
    if cluster is None or (not most and isinstance(cluster, list | tuple) and not cluster):
        if not most:
            return ()
        words = ", or two of them." if most == 2 else "."
        raise InvalidOption(
            Code.COVARIANCE(
                "cov={cov!r} needs the argument cluster=",
                "give cluster= 'unit', 'year', a name of an index level or a Series{most_words}",
                cov=rule.name,
                most_words=words,
            )
        )
    keys = (cluster,) if isinstance(cluster, str | pd.Series) else tuple(cluster)
    if not (most > 0) <= len(keys) <= most:
        allowed = ("no key", "one key", "one or two keys")[most]
        refusal = Code.COVARIANCE(
            "cov={cov!r} cannot use {n_keys} in cluster=",
            "give {allowed}",
            cov=rule.name,
            allowed=allowed,
            n_keys=len(keys),
        )
        raise InvalidOption(refusal)
    names = [key if isinstance(key, str) else key.name for key in keys]
    if len(keys) == 2 and names[0] == names[1]:
        raise InvalidOption(
            Code.COVARIANCE(
                "cluster= names {names!r} twice", "give two different keys", names=names[0]
            )
        )
    return keys


def _check_numbers(cov: str, bandwidth: Any, draws: Any, seed: Any) -> None:
    whole = all(isinstance(v, int) and not isinstance(v, bool) for v in (draws, seed, bandwidth)
                if v is not None)  # fmt: skip
    if bandwidth is not None and not (whole and bandwidth >= 0):
        what = "a whole number of periods of at least 0"
        raise invalid_argument("inference", "bandwidth", f"{bandwidth!r} with cov={cov!r}", what)
    if draws is not None and not (whole and 99 <= draws <= MOST_DRAWS):
        raise InvalidOption(
            Code.ARGUMENT(
                "draws={draws!r} is not between 99 and {most_draws}",
                "give a whole number from 99 to {most_draws}",
                draws=draws,
                most_draws=MOST_DRAWS,
            )
        )
    if seed is not None and not (whole and seed >= 0):
        raise InvalidOption(
            Code.ARGUMENT(
                "seed={seed!r} is not a valid seed", "give a whole number, zero or more", seed=seed
            )
        )


def _check_places(cov: str, location: Any, cutoff: Any) -> None:
    if location is not None and not (
        isinstance(location, list | tuple)
        and len(location) == 2
        and all(isinstance(name, str) for name in location)
    ):
        what = "the columns of latitude and longitude"
        raise invalid_argument("inference", "location", f"{location!r} with cov={cov!r}", what)
    is_whole = isinstance(cutoff, int) and not isinstance(cutoff, bool)
    if cutoff is not None and not (is_whole and cutoff > 0):
        what = "a whole number of kilometres of at least 1"
        raise invalid_argument("inference", "cutoff", f"{cutoff!r} with cov={cov!r}", what)


@check_arguments
def with_unit(way: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """Return a mapping read from a spec with the column of the units in place of `unit`."""
    keys = way.get("cluster")
    if not isinstance(keys, list | tuple):
        return dict(way)
    named = [unit if isinstance(key, str) and key == UNIT else key for key in keys]
    return {**way, "cluster": named}


@check_arguments
def resolve_mapping(way: Mapping[str, Any], usual: Sequence[str] = (UNIT,)) -> Inference:
    """`resolve` for a mapping read from a spec; the label leaves the units out.

    Raises
    ------
    InvalidOption
        Also for an unknown or a missing key.
    """
    unknown = sorted(set(way) - set(KEYS))
    missing = sorted({"cov", "correction", "df"} - set(way))
    if unknown or missing:
        raise InvalidOption(
            Code.COVARIANCE(
                "inference {way!r} has unknown keys: {unknown}; it lacks these keys: {missing}",
                "write the keys {keys}; cov, correction and df are always required",
                way=dict(way),
                unknown=unknown or "none",
                missing=missing or "none",
                keys=[*KEYS],
            )
        )
    if way["cov"] not in COVARIANCES:
        raise invalid_argument("inference", "cov", repr(way["cov"]), str(OneOf(tuple(COVARIANCES))))
    return resolve(**way, usual=usual)
