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

ROW = {"normal", "t(n-k-K)"}
GROUP = {"normal", "t(G-1)", "t(n-k-K)"}
CLUSTERED = {"none", "linearmodels", "reghdfe", "plm_sss"}
# written out a second time on purpose: the table of what a reader may combine
ALLOWED = {
    "classical": ({"none", "linearmodels", "reghdfe"}, ROW),
    "hc0": ({"none"}, ROW),
    "hc1": ({"linearmodels", "reghdfe", "plm_sss"}, ROW),
    "hc3": ({"none"}, ROW),
    "hc3:plm": ({"none"}, ROW),
    "clustered": (CLUSTERED, GROUP),
    "driscoll_kraay": ({"none", "linearmodels", "plm_sss"}, GROUP),
    "cr2": ({"none"}, {"satterthwaite", "t(G-1)"}),
    "cr3:jackknife": ({"none"}, {"normal", "t(G-1)"}),
    "cr3:clubsandwich": ({"none"}, {"normal", "t(G-1)"}),
    "cr3:pyfixest": ({"none"}, {"normal", "t(G-1)"}),
    "wild_cluster_bootstrap:rademacher": (CLUSTERED, {"none"}),
    "wild_cluster_bootstrap:webb": (CLUSTERED, {"none"}),
}
EXTRA = {
    "clustered": {"cluster": "province_code"},
    "cr2": {"cluster": "province_code"},
    "cr3": {"cluster": "province_code"},
    "driscoll_kraay": {"kernel": "bartlett", "bandwidth": 2},
    "wild_cluster_bootstrap": {"cluster": "province_code", "draws": 999, "seed": 1},
}


def extra(cov: str) -> dict:
    return EXTRA.get(cov.split(":")[0], {})


@pytest.mark.parametrize("cov", ALLOWED)
def test_every_pair_is_either_allowed_or_an_error_that_lists_what_is(cov: str) -> None:
    corrections, dfs = ALLOWED[cov]
    all_dfs = ("normal", "t(G-1)", "t(n-k-K)", "satterthwaite", "none")
    for correction, df in product((*CLUSTERED, "hc9"), all_dfs):
        if correction in corrections and df in dfs:
            assert resolve(cov=cov, correction=correction, df=df, **extra(cov)).cov == cov
            continue
        with pytest.raises(InvalidOption) as error:
            resolve(cov=cov, correction=correction, df=df, **extra(cov))
        wanted = dfs if correction in corrections else corrections
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


def test_cr3_takes_its_form_as_correction_too() -> None:
    way = resolve(cov="cr3", correction="jackknife", df="t(G-1)", cluster="province_code")
    assert (way.cov, way.correction) == ("cr3:jackknife", "none")
    assert way.label == "cr3:jackknife:t(G-1)"


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
                "correction": "linearmodels",
                "df": "t(n-k-K)",
                "cluster": ["province_code", "year"],
                "group_debias": True,
            },
            "clustered(province_code+year):linearmodels+G:t(n-k-K)",
        ),
        ({"cov": "hc3", "correction": "none", "df": "normal"}, "hc3:normal"),
        (
            {"cov": "cr2", "correction": "none", "df": "satterthwaite", "cluster": "year"},
            "cr2(year):satterthwaite",
        ),
        (
            {
                "cov": "driscoll_kraay",
                "correction": "none",
                "df": "t(G-1)",
                "kernel": "quadratic-spectral",
                "bandwidth": 1.5,
            },
            "driscoll_kraay(quadratic-spectral,1.5):none:t(G-1)",
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


CLASSICAL = {"cov": "classical", "correction": "none", "df": "normal"}
CLUSTER = {"cov": "clustered", "correction": "reghdfe", "df": "t(G-1)", "cluster": "province_code"}
KERNEL = {
    "cov": "driscoll_kraay",
    "correction": "none",
    "df": "t(G-1)",
    "kernel": "bartlett",
    "bandwidth": 2,
}
WILD = {
    "cov": "wild_cluster_bootstrap:webb",
    "correction": "none",
    "df": "none",
    "cluster": "province_code",
    "draws": 999,
    "seed": 1,
}


@pytest.mark.parametrize(
    "options,message",
    [
        ({**CLASSICAL, "cluster": "year"}, "does not take cluster="),
        ({**CLASSICAL, "seed": 1}, "seed=1 has no meaning"),
        ({**CLASSICAL, "kernel": "bartlett"}, "kernel='bartlett' has no meaning"),
        ({**CLASSICAL, "group_debias": True}, "group_debias=True belongs to"),
        ({**CLUSTER, "cluster": None}, "needs cluster="),
        ({**CLUSTER, "cluster": []}, "one or two keys"),
        ({**CLUSTER, "cluster": ["a", "b", "c"]}, "one or two keys"),
        ({**CLUSTER, "cluster": ["year", "year"]}, "'year' twice"),
        ({**CLUSTER, "bandwidth": 3}, "bandwidth=3 has no meaning"),
        ({**CLUSTER, "group_debias": True}, "correction='linearmodels'"),
        ({**KERNEL, "bandwidth": None}, "bandwidth is missing"),
        ({**KERNEL, "kernel": None}, "kernel is missing"),
        ({**KERNEL, "kernel": "tukey"}, "quadratic-spectral"),
        ({**KERNEL, "bandwidth": -1}, "zero or more"),
        ({**KERNEL, "bandwidth": float("nan")}, "zero or more"),
        ({**KERNEL, "bandwidth": 1.5}, "whole number of lags"),
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
        ({"cov": "classical", "df": "normal"}, r"missing \['correction'\]"),
        ({**CLASSICAL, "clusters": "year"}, r"unknown \['clusters'\]"),
    ],
)
def test_a_spec_writes_every_choice_and_no_other(way: dict, message: str) -> None:
    with pytest.raises(InvalidOption, match=message):
        resolve_mapping(way)
