"""Which options of inference go together, what the combinations are called, how others fail."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.inference.covariance import DEGREES
from living_panel.estimation.econometrics.inference.factors import FACTORS
from living_panel.estimation.econometrics.inference.reading import resolve, resolve_mapping
from living_panel.estimation.econometrics.inference.registry import COVARIANCES
from tests.refusals import refuses
from tests.unit.panels import CLUSTERED, JACKKNIFE, WILD

# written out a second time on purpose: the table of what a reader may combine
KERNEL = {"bandwidth": 2}
ROWS = {"t(n-k)", "normal"}
CONLEY = {
    "cov": "conley", "correction": "none", "df": "normal", "location": ["lat", "lon"], "cutoff": 100,
}  # fmt: skip
ALLOWED: dict[str, tuple[dict, set[str], set[str]]] = {
    "classical": ({}, {"none", "n-k"}, ROWS),
    "HC0": ({}, {"none"}, ROWS),
    "HC1": ({}, {"n-k"}, ROWS),
    "HC2": ({}, {"none"}, ROWS),
    "HC3": ({}, {"none"}, ROWS),
    "clustered": (
        CLUSTERED,
        {"none", "groups", "stata", "reghdfe", "linearmodels"},
        {"t(G-1)", "normal"},
    ),
    "cr2": (JACKKNIFE, {"none"}, {"satterthwaite", "t(G-1)"}),
    "cr3:jackknife": (JACKKNIFE, {"none"}, {"t(G-1)"}),
    "driscoll_kraay": (KERNEL, {"none", "n-k"}, {"t(T-1)", "t(N-1)", "normal"}),
    "newey_west": (KERNEL, {"none", "n-k"}, ROWS),
    "mean_group": ({}, {"none"}, {"t(N-1)", "normal"}),
    "robust": ({}, {"none", "windmeijer"}, {"normal"}),
    "block_bootstrap": (WILD, {"none"}, {"normal"}),
    "conley": ({"location": ["lat", "lon"], "cutoff": 100}, {"none"}, {"normal"}),
    "wild_cluster_bootstrap:rademacher": (WILD, {"none", "groups", "stata", "reghdfe"}, {"none"}),
}


def test_every_pair_is_either_allowed_or_an_error_that_lists_what_is() -> None:
    assert set(COVARIANCES) == set(ALLOWED)
    for cov, (way, corrections, own) in ALLOWED.items():
        for correction, df in product((*FACTORS, "hc9"), (*DEGREES, "t(9)")):
            asked = {**way, "cov": cov, "correction": correction, "df": df}
            if correction in corrections and df in own:
                assert resolve(**asked).cov == cov
                continue
            with pytest.raises(InvalidOption) as error:
                resolve(**asked)
            wanted = own if correction in corrections else corrections
            assert all(name in str(error.value) for name in (cov, *wanted))


@pytest.mark.parametrize(
    ("options", "label"),
    [
        ({**CLUSTERED, "cluster": ["unit"]}, "clustered:reghdfe:t(G-1)"),
        ({**CLUSTERED, "cluster": "firm"}, "clustered(firm):reghdfe:t(G-1)"),
        (
            {**CLUSTERED, "correction": "none", "cluster": ["unit", "year"]},
            "clustered(unit+year):none:t(G-1)",
        ),
        ({**JACKKNIFE, "cluster": "year"}, "cr3(year):jackknife:t(G-1)"),
        ({**WILD, "cluster": "unit"}, "wild_cluster_bootstrap:rademacher"),
        (
            {**CLUSTERED, "cluster": pd.Series(np.zeros(3), name="region")},
            "clustered(region):reghdfe:t(G-1)",
        ),
    ],
)
def test_labels(options: dict, label: str) -> None:
    assert resolve_mapping(options).label == label


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**CLUSTERED, "cov": "nonsense"}, Code.ARGUMENT),
        (
            {**CLUSTERED, "cov": "HC1", "correction": "n-k", "df": "t(n-k)"},
            Code.COVARIANCE,
        ),
        ({"cov": "driscoll_kraay", "correction": "none", "df": "t(T-1)"}, Code.COVARIANCE),
        ({**CLUSTERED, "cov": "cr3"}, Code.ARGUMENT),
        ({**CLUSTERED, "cluster": None}, Code.COVARIANCE),
        ({**CLUSTERED, "cluster": []}, Code.COVARIANCE),
        ({**CLUSTERED, "cluster": ["a", "b", "c"]}, Code.COVARIANCE),
        ({**CLUSTERED, "cluster": ["year", "year"]}, Code.COVARIANCE),
        ({**CLUSTERED, "seed": 1}, Code.COVARIANCE),
        ({**WILD, "draws": None}, Code.COVARIANCE),
        ({**WILD, "draws": 20}, Code.ARGUMENT),
        ({**WILD, "draws": 999.0}, Code.ARGUMENT),
        ({**WILD, "draws": 2**21}, Code.ARGUMENT),
        ({**WILD, "seed": -1}, Code.ARGUMENT),
        ({**CONLEY, "cutoff": None}, Code.COVARIANCE),
        ({**CONLEY, "cutoff": 0}, Code.ARGUMENT),
        ({**CONLEY, "location": ["lat"]}, Code.ARGUMENT),
        ({**WILD, "cluster": ["unit", "year"]}, Code.COVARIANCE),
        ({"cov": "clustered", "df": "t(G-1)"}, Code.COVARIANCE),
        ({**CLUSTERED, "clusters": "year"}, Code.COVARIANCE),
    ],
)
def test_what_a_spec_may_not_write(options: dict, message: Code) -> None:
    with refuses(InvalidOption, message):
        resolve_mapping(options)
    assert resolve_mapping({**WILD, "seed": 0}).seed == 0
