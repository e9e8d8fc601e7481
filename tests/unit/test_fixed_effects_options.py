"""Which options of inference go together, what the combinations are called, how others fail."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from estimation.econometrics.errors import InvalidOption
from estimation.econometrics.fixed_effects.inference import (
    RULES,
    resolve,
    resolve_mapping,
)

CORRECTIONS = ("none", "reghdfe", "hc9")
DFS = ("normal", "t(G-1)", "none")
# written out a second time on purpose: the table of what a reader may combine
ALLOWED = {
    "clustered": ({"none", "reghdfe"}, "t(G-1)"),
    "cr3:jackknife": ({"none"}, "t(G-1)"),
    "wild_cluster_bootstrap:rademacher": ({"none", "reghdfe"}, "none"),
}


def extra(cov: str) -> dict:
    draws = {"draws": 999, "seed": 1} if cov.startswith("wild") else {}
    return {"cluster": "province_code", **draws}


@pytest.mark.parametrize("cov", ALLOWED)
def test_every_pair_is_either_allowed_or_an_error_that_lists_what_is(cov: str) -> None:
    corrections, own = ALLOWED[cov]
    for correction, df in product(CORRECTIONS, DFS):
        if correction in corrections and df == own:
            assert resolve(cov=cov, correction=correction, df=df, **extra(cov)).cov == cov
            continue
        with pytest.raises(InvalidOption) as error:
            resolve(cov=cov, correction=correction, df=df, **extra(cov))
        wanted = {own} if correction in corrections else corrections
        assert all(name in str(error.value) for name in wanted)
        assert cov in str(error.value)


def test_no_other_covariance_exists() -> None:
    assert set(RULES) == set(ALLOWED)
    with pytest.raises(InvalidOption, match="newey_west.*cr3:jackknife"):
        resolve(cov="newey_west", correction="none", df="normal")


@pytest.mark.parametrize("cov", ["cr3", "wild_cluster_bootstrap"])
def test_a_form_must_be_written_out(cov: str) -> None:
    with pytest.raises(InvalidOption, match=f"{cov}:"):
        resolve(cov=cov, correction="none", df="t(G-1)", **extra(cov))


@pytest.mark.parametrize(
    "options,label",
    [
        (
            {
                "cov": "clustered",
                "correction": "reghdfe",
                "df": "t(G-1)",
                "cluster": "province_code",
            },
            "clustered:reghdfe:t(G-1)",
        ),
        (
            {
                "cov": "clustered",
                "correction": "none",
                "df": "t(G-1)",
                "cluster": ["province_code", "year"],
            },
            "clustered(province_code+year):none:t(G-1)",
        ),
        (
            {"cov": "cr3:jackknife", "correction": "none", "df": "t(G-1)", "cluster": "year"},
            "cr3(year):jackknife:t(G-1)",
        ),
        (
            {
                "cov": "wild_cluster_bootstrap:rademacher",
                "correction": "reghdfe",
                "df": "none",
                "cluster": ["province_code"],
                "draws": 9999,
                "seed": 0,
            },
            "wild_cluster_bootstrap:rademacher",
        ),
    ],
)
def test_labels(options: dict, label: str) -> None:
    assert resolve(**options).label == label
    assert resolve_mapping(options).label == label


CLUSTER = {"cov": "clustered", "correction": "reghdfe", "df": "t(G-1)", "cluster": "province_code"}
WILD = {
    "cov": "wild_cluster_bootstrap:rademacher",
    "correction": "none",
    "df": "none",
    "cluster": "province_code",
    "draws": 999,
    "seed": 1,
}


@pytest.mark.parametrize(
    "options,message",
    [
        ({**CLUSTER, "cluster": None}, "needs cluster="),
        ({**CLUSTER, "cluster": []}, "one or two keys"),
        ({**CLUSTER, "cluster": ["a", "b", "c"]}, "one or two keys"),
        ({**CLUSTER, "cluster": ["year", "year"]}, "'year' twice"),
        ({**CLUSTER, "seed": 1}, "seed=1 has no meaning"),
        ({**WILD, "draws": None}, "draws is missing"),
        ({**WILD, "seed": None}, "seed is missing"),
        ({**WILD, "draws": 20}, "at least 99"),
        ({**WILD, "draws": 999.0}, "whole number"),
        ({**WILD, "draws": 2**21}, "at most 1048576"),
        ({**WILD, "seed": -1}, "zero or more"),
        ({**WILD, "cluster": ["province_code", "year"]}, "takes one key"),
    ],
)
def test_arguments_that_do_not_belong_or_are_missing(options: dict, message: str) -> None:
    with pytest.raises(InvalidOption, match=message.replace("(", r"\(")):
        resolve(**options)


def test_a_series_names_its_cluster() -> None:
    key = pd.Series(np.zeros(3), name="region")
    way = resolve(**{**CLUSTER, "cluster": key})
    assert way.label == "clustered(region):reghdfe:t(G-1)"


@pytest.mark.parametrize(
    "way,message",
    [
        ({"cov": "clustered", "df": "t(G-1)"}, r"missing \['correction'\]"),
        ({**CLUSTER, "clusters": "year"}, r"unknown \['clusters'\]"),
    ],
)
def test_a_spec_writes_every_choice_and_no_other(way: dict, message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        resolve_mapping(way)
