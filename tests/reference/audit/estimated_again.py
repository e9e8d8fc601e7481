"""Our tables beside the simulated ones: the same data, estimated by this project from specifications.

The printed tables of `simulated_tables.py` are estimated by statsmodels and linearmodels. Here their data become a
release and each printed column a column of a specification, as in a study of a paper with its data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from simulated_tables import FORMS, Drawn, draw

from living_panel.estimation.audit.reproduction import StoredResults
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.papers.schema import Beside
from living_panel.estimation.tables.estimate import build
from tests.unit.release_fixture import observations, release_with

Options = dict[str, Any]
Tables = tuple[dict[str, Beside], list[StoredResults]]
FULL = "y ~ x + z + w"
CLASSICAL = {"cov": "classical", "correction": "n-k", "df": "t(n-k)"}
NORMAL = {"cov": "classical", "correction": "n-k", "df": "normal"}
HC1 = {"cov": "HC1", "correction": "n-k", "df": "normal"}
HC0 = {"cov": "HC0", "correction": "none", "df": "normal"}


def clustered(*keys: str, correction: str = "linearmodels") -> Options:
    """Errors by clusters: by default with the factor of linearmodels; `stata` is that of statsmodels."""
    return {"cov": "clustered", "correction": correction, "df": "t(G-1)", "cluster": [*keys]}


def column(model: str = FULL, vcov: Mapping[str, Any] = HC1, **more: str) -> Options:
    return {"estimator": "least_squares", "model": model, "vcov": dict(vcov), **more}


def half(d: Drawn) -> int:
    return d.units // 2


def columns_of(form: str, d: Drawn) -> dict[str, Options]:
    """The column of ours for each printed column; empty where no estimator of ours has the form."""
    by_unit, unit = clustered("unit"), f"{FULL} | unit"
    both = " | unit + year"
    robust = {"1": column()}
    return {
        "least_squares": {
            str(k): column(f"y ~ {' + '.join(('x', 'z', 'w')[:k])}", CLASSICAL) for k in (1, 2, 3)
        },
        "effects_one_by_one": {
            "1": column(FULL, by_unit), "2": column(unit, by_unit), "3": column(FULL + both, by_unit),
        },
        "effects_in_the_note": {"1": column("y ~ x" + both, by_unit), "2": column(FULL + both, by_unit)},
        "subsamples": {"1": column(), "2": column(where="year <= 2001"), "3": column(where="x > 0")},
        "halves": {
            "1": column(vcov=CLASSICAL, where=f"number < {half(d)}"),
            "2": column(vcov=CLASSICAL, where=f"number >= {half(d)}"),
        },
        "other_clusters": {
            n: column(FULL, clustered(key, correction="stata"))
            for n, key in (("1", "unit"), ("2", "year"), ("3", "region"))
        },
        "four_clusters": {"1": column(FULL, clustered("region", correction="stata"))},
        "incidence_ratios": {"1": column("count ~ x + z + w", HC0, estimator="poisson")},
        "standardised": {"1": column(vcov=CLASSICAL)},
        "percentile_intervals": robust,
        "symmetric_intervals": {"1": column(vcov=CLASSICAL)},
        "first_differences": {
            "1": column(unit, by_unit),
            "2": column("y ~ 0 + x + z + w", by_unit, estimator="first_differences"),
        },
        "instruments": {
            "1": column(vcov=HC0),
            "2": column("y ~ z + w | 0 | x ~ iv", HC0, estimator="2sls"),
            "3": column("y ~ z + w | 0 | x ~ iv + iv2", HC0, estimator="2sls"),
        },
        "random_effects": {
            "re": column(vcov=NORMAL, estimator="swamy_arora"), "fe": column(unit, CLASSICAL),
        },
        "one_sided": {"1": column(), "2": column()},
        "negative_in_the_text": {"1": column("lower ~ x"), "2": column("lower ~ x + z + w")},
        "difference_column": {"1": column(where="region < 2"), "2": column(where="region >= 2")},
        "described": robust,
        "groups": {
            "1": column(unit, by_unit),
            "2": column(unit, by_unit, where="region < 2"),
            "3": column(unit, by_unit, where="region >= 2"),
        },
    }.get(form, {})  # fmt: skip


def estimated_again(seed: int, form: str, again: int) -> Tables:
    """Pairs and tables of ours for the paper of `of_form(seed, form)` at the place `again`."""
    number = [one.__name__ for one in FORMS].index(form)
    maker = FORMS[number]
    d = draw(np.random.default_rng([seed, number, again]))
    columns = columns_of(form, d)
    if not columns:
        return {}, []
    release = release_of(d)
    ours = [_stored(_spec(d, "t", "panel_models", columns=_listed(columns)), release)]
    pair = Beside(table="t", models={n: [f"m_{n}"] for n in columns}, **_more(form, d))
    pairs = {"1": pair} | ({"2": pair} if form == "groups" else {})
    if form == "described":
        maker(d)  # draws the rows that are described after the data
        kept = _kept_of_described(seed, number, again)
        ours.append(_stored(_descriptive(d, kept), release))
        pairs["2"] = Beside(table="d", models={"*": ["all"]})
    return pairs, ours


def _more(form: str, d: Drawn) -> Options:
    """What a pair says of a form besides its columns."""
    if form == "standardised":
        return {"scale": {t: float(d.data[t].std() / d.data["y"].std()) for t in ("x", "z", "w")}}
    return {"terms": {"const": "constant"}}


def _kept_of_described(seed: int, number: int, again: int) -> int:
    """Units of the described rows: the first number that the form draws after its data."""
    d = draw(np.random.default_rng([seed, number, again]))
    return int(d.rng.integers(5, d.units))


def release_of(d: Drawn) -> Release:
    """The drawn panel as a release."""
    names = [f"{n:02d}" for n in range(d.units)]
    measures = ["y", "x", "z", "w", "iv", "iv2", "region", "binary", "count"]
    panel = d.data[measures].astype(float)
    panel = panel.assign(lower=d.data["y"] - 3 * d.data["x"], number=d.data["unit"].astype(float))
    keys = [(names[unit], int(year)) for unit, year in d.data.index]
    panel.index = pd.MultiIndex.from_tuples(keys, names=["province_code", "year"])
    codes = {"province_code": names, "province": names, "region_three": "all", "region_nbs": "all"}
    return release_with(panel, observations(panel, 2020), pd.DataFrame(codes))


def _listed(columns: Mapping[str, Options]) -> list[Options]:
    return [{"id": f"m_{n}", "title": n, **options} for n, options in columns.items()]


def _sample(d: Drawn, units: Sequence[str] | str = "all") -> Options:
    return {"units": units, "first_year": 2000, "last_year": 1999 + d.periods, "without_years": [],
            "minimum_coverage": 1}  # fmt: skip


def _spec(d: Drawn, table: str, kind: str, **options: Any) -> Spec:
    names = ["y", "x", "z", "w", "iv", "iv2", "region", "binary", "count", "lower", "number"]
    variables = {n: {"measures": [n], "label": n, "concept": n, "log": False} for n in names}
    own = {"sample": _sample(d), "interpolation": {"method": "none"}} | options
    return Spec.model_validate(
        {"paper": "", "table": table, "kind": kind, "title": table, "question": "Is it the same?", "stars": {},
         "variables": variables, "options": own}
    )  # fmt: skip


def _descriptive(d: Drawn, kept: int) -> Spec:
    names = [f"{n:02d}" for n in range(kept)]
    panel = {"id": "all", "title": "All", "sample": _sample(d, names), "complete_cases": True,
             "roles": ["y", "count", "binary"]}  # fmt: skip
    made = _spec(d, "d", "descriptive", panels=[panel], printed_factor={})
    options = {k: v for k, v in made.options.items() if k != "sample"}
    return made.model_copy(update={"options": options})


def _stored(spec: Spec, release: Release) -> StoredResults:
    made = build(spec, release)
    manifest = {"table_id": spec.table, "artifact_id": "a", "status": "estimated",
                "spec": {"options": spec.options}}  # fmt: skip
    return StoredResults(manifest, made.coefficients, made.statistics)
