"""Panel models against R (plm, AER, sandwich, survival) and against Baltagi's printed Grunfeld table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import grunfeld

from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.econometrics.statistic import Name, Statistic
from living_panel.estimation.estimators._by_name import fit_model

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv", keep_default_na=False, na_values=["NA"])
PLAIN = "y ~ x + w"
INSTRUMENTED = "y ~ x | w ~ z1 + z2"
MODELS = {
    "two_way": ("y ~ x + w | unit + year", "least_squares"),
    "pooling": (PLAIN, "least_squares"),
    "within": ("y ~ x + w | unit", "least_squares"),
    "first_differences": (PLAIN, "first_differences"),
    "between": (PLAIN, "between"),
    "random_swar": (PLAIN, "swamy_arora"),
    "random_walhus": (PLAIN, "wallace_hussain"),
    "random_amemiya": (PLAIN, "amemiya"),
    "random_walhus_unbiased": (PLAIN, "wallace_hussain_unbiased"),
    "random_amemiya_unbiased": (PLAIN, "amemiya_unbiased"),
    "random_swar_unbalanced": (PLAIN, "swamy_arora"),
    "random_swar_dummies": (f"{PLAIN} + C(year)", "swamy_arora"),
    "mean_group": (PLAIN, "mean_group"),
    "iv_two_way": ("y ~ x | unit + year | w ~ z1 + z2", "2sls"),
    "iv_pooled": (INSTRUMENTED, "2sls"),
    "liml_two_way": ("y ~ x | unit + year | w ~ z1 + z2", "liml"),
    "poisson": ("count ~ x + w | unit + year", "poisson"),
    "logit": ("one ~ x + w | unit", "logit"),
}
BALANCED = {m for m in MODELS if m.startswith("random") and not m.endswith("unbalanced")}
FACTORS = {"classical": "n-k", "HC1": "n-k"}


def rows(model: str) -> pd.DataFrame:
    frame = pd.read_csv(HERE / "panel.csv").astype(float).set_index(["unit", "year"])
    return frame[frame["balanced"] == 1] if model in BALANCED else frame


def way(label: str, model: str) -> dict:
    """The covariance that the driver's label names."""
    head, _, correction = label.partition(":")
    cov, _, inside = head.rstrip(")").partition("(")
    found = {"cov": cov, "correction": correction or FACTORS.get(cov, "none"), "df": "normal"}
    if model == "logit":
        found["correction"] = "none"
    if cov == "clustered":
        found["cluster"] = inside.split("+")
    elif inside:
        found["bandwidth"] = int(inside)
    return found


@pytest.mark.parametrize(
    ("model", "label"),
    EXPECTED.loc[EXPECTED["vcov"] != "", ["model", "vcov"]].drop_duplicates().to_numpy().tolist(),
)
def test_coefficients_and_errors_are_those_of_r(model: str, label: str) -> None:
    formula, estimator = MODELS[model]
    fit = fit_model(read_model(formula), rows(model), estimator, read_vcov(way(label, model)))
    wanted = EXPECTED.query("model == @model and vcov == @label").set_index("term")
    iterated = 1e-5 if model in ("poisson", "logit") else 1e-9
    assert {t for t in fit.params.index if not t.startswith("C(")} == set(wanted.index)
    np.testing.assert_allclose(fit.params[wanted.index], wanted["estimate"], rtol=iterated)
    np.testing.assert_allclose(fit.std_errors[wanted.index], wanted["std_error"], rtol=iterated)


@pytest.mark.parametrize(
    ("model", "name", "value"),
    EXPECTED.loc[EXPECTED["vcov"] == "", ["model", "term", "estimate"]].to_numpy().tolist(),
)
def test_other_numbers_are_those_of_r(model: str, name: str, value: float) -> None:
    formula, estimator = MODELS[model]
    robust = {"cov": "HC0", "correction": "none", "df": "normal"}
    fit = fit_model(read_model(formula), rows(model), estimator, read_vcov(robust))
    kind, *parts = name.split(".")
    if kind == "first_stage":
        key: Name = Statistic(f"first_stage_{parts[1]}", parts[0])
    else:
        key = "_".join((kind, *parts))
    found = fit.r_squared[parts[0]] if kind == "r_squared" else fit.statistics[key]
    assert found == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize(
    ("formula", "estimator", "value", "capital"),
    [
        ("invest ~ value + capital", "least_squares", 0.116, 0.231),
        ("invest ~ value + capital", "between", 0.135, 0.032),
        ("invest ~ value + capital | firm", "least_squares", 0.110, 0.310),
        ("invest ~ value + capital", "swamy_arora", 0.110, 0.308),
    ],
)
def test_baltagis_printed_grunfeld_table(formula, estimator, value, capital) -> None:
    """Baltagi, Econometric Analysis of Panel Data, Table 2.1: ten firms, 1935 to 1954."""
    data = grunfeld.load_pandas().data
    data = data[data["firm"] != "American Steel"].set_index(["firm", "year"])
    classical = read_vcov({"cov": "classical", "correction": "n-k", "df": "t(n-k)"})
    fit = fit_model(read_model(formula), data, estimator, classical)
    assert (round(fit.params["value"], 3), round(fit.params["capital"], 3)) == (value, capital)
