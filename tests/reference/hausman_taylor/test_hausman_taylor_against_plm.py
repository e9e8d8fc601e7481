"""Hausman and Taylor's estimator against R's plm 2.6; `driver.R` wrote `expected.csv`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidOption
from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.estimators._by_name import fit_model
from tests.refusals import refuses

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv", keep_default_na=False, na_values=["NA"])
MODELS = {
    "over": "y ~ x1a + x1b + z1 | 0 | x2 + z2 ~ 1",
    "exact": "y ~ x1a + z1 | 0 | x2 + z2 ~ 1",
}
CLASSICAL = read_vcov({"cov": "classical", "correction": "n-k", "df": "normal"})


def panel() -> pd.DataFrame:
    return pd.read_csv(HERE / "panel.csv").astype(float).set_index(["unit", "year"])


@pytest.mark.parametrize("name", MODELS)
def test_coefficients_errors_and_variances_are_those_of_plm(name: str) -> None:
    fit = fit_model(read_model(MODELS[name]), panel(), "hausman_taylor", CLASSICAL)
    wanted = EXPECTED.query("model == @name").set_index("term")
    coefficients = wanted[wanted["vcov"] == "classical"]
    assert set(fit.params.index) == set(coefficients.index)
    np.testing.assert_allclose(fit.params[coefficients.index], coefficients["estimate"], rtol=1e-8)
    np.testing.assert_allclose(
        fit.std_errors[coefficients.index], coefficients["std_error"], rtol=1e-8
    )
    for part in ("variance_residual", "variance_effects"):
        expected = wanted.loc[part.replace("_", "."), "estimate"]
        assert fit.statistics[part] == pytest.approx(expected, rel=1e-8)
    assert ("sargan" in fit.statistics) == (name == "over"), (
        "one instrument too many in one of them"
    )


def test_what_it_cannot_estimate_is_refused() -> None:
    few = read_model("y ~ z1 | 0 | x2 + z2 ~ 1")
    with refuses(InvalidOption, Code.MODEL, n_exogenous=0):
        fit_model(few, panel(), "hausman_taylor", CLASSICAL)
    model = read_model(MODELS["over"])
    with refuses(Infeasible, Code.UNBALANCED):
        fit_model(model, panel().iloc[1:], "hausman_taylor", CLASSICAL)
    for text, estimator in ((MODELS["over"], "2sls"), ("y ~ x1a | 0 | x2 ~ z1", "hausman_taylor")):
        with refuses(InvalidOption, Code.MODEL):
            fit_model(read_model(text), panel(), estimator, CLASSICAL)


def test_clustered_errors_are_the_sandwich_of_the_transformed_rows() -> None:
    """plm's vcovHC does not take this estimator: written out from the fit's own rows."""
    way = {"cov": "clustered", "correction": "none", "df": "normal", "cluster": ["unit"]}
    model, frame = read_model(MODELS["over"]), panel()
    fit = fit_model(model, frame, "hausman_taylor", read_vcov(way))
    theta, data = fit.statistics["theta"], frame.assign(constant=1.0)
    means = data.groupby(level=0).transform("mean")
    moved = data - theta * means
    z = pd.concat(
        [(data - means)[["x1a", "x1b", "x2"]], means[["x1a", "x1b", "z1", "constant"]]], axis=1
    )
    x = moved[list(fit.params.index)].to_numpy()
    projected = z.to_numpy() @ np.linalg.lstsq(z.to_numpy(), x, rcond=None)[0]
    errors = moved["y"].to_numpy() - x @ fit.params.to_numpy()
    scores = pd.DataFrame(projected * errors[:, None]).groupby(data.index.get_level_values(0)).sum()
    bread = np.linalg.inv(projected.T @ projected)
    expected = np.sqrt(np.diag(bread @ (scores.T @ scores).to_numpy() @ bread))
    np.testing.assert_allclose(fit.std_errors, expected, rtol=1e-8)
