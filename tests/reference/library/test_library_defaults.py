"""Defaults of the library against the references that are stored beside the estimators.

Each call names what a default cannot know: data, variables, and where the field has no default, lags.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.datasets import engel, grunfeld, randhie, spector

import living_panel.econometrics as lp

REFERENCES = Path(__file__).parents[1]
UNIT = {"unit": "unit", "time": "year"}


def stored(name: str) -> pd.DataFrame:
    return pd.read_csv(REFERENCES / name, keep_default_na=False, na_values=["NA", ""])


def agrees(fit: lp.Fit, wanted: pd.DataFrame, tolerance: float = 1e-8) -> None:
    wanted = wanted.set_index("term")
    np.testing.assert_allclose(fit.params[wanted.index], wanted["estimate"], rtol=tolerance)
    np.testing.assert_allclose(fit.std_errors[wanted.index], wanted["std_error"], rtol=tolerance)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pd.read_csv(REFERENCES / "panel_models" / "panel.csv")


MODELS = {
    ("two_way", "classical"): (lp.ols, "y ~ x + w | unit + year", {}),
    ("first_differences", "classical"): (lp.first_differences, "y ~ x + w", {}),
    ("between", "classical"): (lp.between, "y ~ x + w", {}),
    ("random_swar_unbalanced", "classical"): (lp.random_effects, "y ~ x + w", {}),
    ("liml_two_way", "classical"): (
        lp.iv,
        "y ~ x | unit + year | w ~ z1 + z2",
        {"method": "liml"},
    ),
    ("iv_two_way", "classical"): (lp.iv, "y ~ x | unit + year | w ~ z1 + z2", {}),
    ("logit", "classical"): (lp.logit, "one ~ x + w | unit", {}),
    ("mean_group", "mean_group"): (lp.mean_group, "y ~ x + w", {}),
}


@pytest.mark.parametrize("case", MODELS, ids="-".join)
def test_models_are_those_of_r(rows: pd.DataFrame, case: tuple[str, str]) -> None:
    """plm, AER and survival. AER divides the classical covariance by n-K, Stata's ivregress and the default by n."""
    call, formula, options = MODELS[case]
    if call is lp.iv:
        options = {**options, "correction": "n-k"}
    wanted = stored("panel_models/expected.csv").query("model == @case[0] and vcov == @case[1]")
    assert len(wanted) >= 2
    agrees(call(formula, rows, **UNIT, **options), wanted, 1e-5 if call is lp.logit else 1e-8)


def test_poisson_is_that_of_r(rows: pd.DataFrame) -> None:
    wanted = (
        stored("panel_models/expected.csv")
        .query("model == 'poisson' and vcov == 'clustered(unit):groups'")
        .set_index("term")
    )
    fit = lp.poisson("count ~ x + w | unit + year", rows, **UNIT)
    np.testing.assert_allclose(fit.params, wanted["estimate"][fit.params.index], rtol=1e-5)
    assert fit.inference == "HC1:normal"


@pytest.mark.parametrize(
    ("call", "formula", "value", "capital"),
    [
        (lp.ols, "invest ~ value + capital", 0.116, 0.231),
        (lp.between, "invest ~ value + capital", 0.135, 0.032),
        (lp.ols, "invest ~ value + capital | firm", 0.110, 0.310),
        (lp.random_effects, "invest ~ value + capital", 0.110, 0.308),
    ],
)
def test_baltagis_printed_table_of_ten_firms(call, formula, value, capital) -> None:
    """Baltagi, Econometric Analysis of Panel Data, Table 2.1."""
    data = grunfeld.load_pandas().data
    fit = call(formula, data[data["firm"] != "American Steel"], unit="firm", time="year")
    assert (round(fit.params["value"], 3), round(fit.params["capital"], 3)) == (value, capital)


def test_hausman_taylor_is_that_of_plm() -> None:
    data = pd.read_csv(REFERENCES / "hausman_taylor" / "panel.csv")
    wanted = stored("hausman_taylor/expected.csv").query("model == 'over' and vcov == 'classical'")
    agrees(lp.hausman_taylor("y ~ x1a + x1b + z1 | 0 | x2 + z2 ~ 1", data, **UNIT), wanted)


def test_two_way_poisson_is_that_of_r() -> None:
    data = pd.read_csv(REFERENCES / "ppml" / "panel.csv")
    fit = lp.ppml("y ~ x1 + x2", data, unit="province_code", time="year")
    wanted = stored("ppml/output.csv").set_index("term")
    n, groups = fit.n_obs, fit.choices["sample"]["units"]
    factor = (n - 1) / (n - 2 - fit.choices["sample"]["periods"])
    np.testing.assert_allclose(fit.params, wanted["estimate"], rtol=1e-6)
    np.testing.assert_allclose(
        fit.std_errors, wanted["std_error"] * np.sqrt(groups / (groups - 1) * factor), rtol=1e-6
    )


def test_common_effects_are_those_of_plm() -> None:
    data = pd.read_csv(REFERENCES / "common_effects" / "panel.csv")
    both = stored("common_effects/output.csv").query("k == 2").set_index("term")
    keys = {"unit": "province_code", "time": "year"}
    fit = lp.cce("y ~ x1 + x2", data, **keys)
    np.testing.assert_allclose(fit.params, both["pcce"], rtol=1e-8)
    np.testing.assert_allclose(fit.std_errors, both["pcce_std_error"], rtol=1e-8)
    fit = lp.cce("y ~ x1 + x2", data, **keys, method="mean_group")
    np.testing.assert_allclose(fit.params, both["mean_group"], rtol=1e-8)
    np.testing.assert_allclose(fit.std_errors, both["mean_group_std_error"], rtol=1e-8)


def test_interactive_effects_are_those_of_the_driver() -> None:
    data = pd.read_csv(REFERENCES / "common_shocks" / "panel.csv")
    wanted = stored("common_shocks/expected.csv").query("what == 'interactive' and factors == 1")
    fit = lp.interactive_effects("y ~ x1 + x2", data, unit="province_code", time="year", factors=1)
    wanted = wanted.set_index("name")["value"]
    np.testing.assert_allclose(fit.params, wanted[["x1", "x2"]], rtol=1e-6)


@pytest.mark.parametrize(("estimator", "panel"), [("fmols", 2), ("fmols", 3), ("dols", 2)])
def test_long_run_relations_are_those_of_the_formulas_in_r(panel: int, estimator: str) -> None:
    """The rule gives bandwidth 2 at these T, as in the reference."""
    data = pd.read_csv(REFERENCES / "long_run" / "panels.csv").query("panel == @panel")
    moving = [name for name in ("x1", "x2", "x3") if data[name].notna().all()]
    wanted = stored("long_run/expected.csv").query(
        "panel == @panel and estimator == @estimator and method == 'group_mean' and trend == 'c' "
        f"and leads == {estimator == 'dols':d} and lags == leads and not common"
    )
    fit = getattr(lp, estimator)(f"y ~ {' + '.join(moving)}", data, unit="unit", time="period")
    wanted = wanted.set_index("name")
    np.testing.assert_allclose(fit.params, wanted.loc[moving, "b"], rtol=1e-8)
    np.testing.assert_allclose(fit.std_errors, wanted.loc[moving, "se"], rtol=1e-8)
    np.testing.assert_allclose(fit.statistics, wanted.loc[moving, "t"], rtol=1e-8)


@pytest.mark.parametrize("test", ["kao", "pedroni", "westerlund"])
def test_cointegration_is_that_of_the_formulas_in_r(test: str) -> None:
    """The rule gives bandwidth 2 at T = 22, as in the reference."""
    data = pd.read_csv(REFERENCES / "cointegration" / "panels.csv").query("panel == 2")
    moving = [name for name in ("x1", "x2", "x3") if data[name].notna().all()]
    wanted = stored("cointegration/expected.csv").query(
        "panel == 2 and test == @test and trend == 'c' and lags == 1 and leads == 0 and bw == 2"
    ).set_index("name")["value"]  # fmt: skip
    found = getattr(lp, test)(f"y ~ {' + '.join(moving)}", data, unit="unit", time="period")
    shared = [name for name in found.statistics.index if name in wanted.index]
    assert len(shared) >= 4
    # the reference has Pedroni's and Westerlund's statistics before they are standardised
    np.testing.assert_allclose(found.raw[shared], wanted[shared], rtol=1e-8)


def test_unit_roots_are_those_of_plm_and_of_stata() -> None:
    frame = pd.read_csv(REFERENCES / "unit_roots/inputs/grunfeld_inv.csv", index_col="period")
    wanted = stored("unit_roots/reference.csv").query("series == 'grunfeld_inv' and trend == 'c'")
    fisher = wanted.query("test == 'fisher' and lags == 1 and name == 'P'")["value"].item()
    assert lp.fisher(frame, lags=1).statistic == pytest.approx(fisher, rel=1e-8)
    cips = wanted.query("test == 'cips' and lags == 1 and name == 'statistic'")["value"].item()
    assert lp.cips(frame, lags=1).statistic == pytest.approx(cips, rel=1e-8)
    by_unit = stored("unit_roots_by_unit/expected.csv").query(
        "series == 'grunfeld_inv' and test == 'hadri' and trend == 'c' and name == 'statistic'"
    ).set_index("option")["value"]  # fmt: skip
    found = [lp.hadri(frame, heteroskedastic=own).statistic for own in (False, True)]
    np.testing.assert_allclose(sorted(found), sorted(by_unit), rtol=1e-8)
    rates = pd.read_csv(REFERENCES / "breitung/inputs/real_exchange_rates.csv", index_col="period")
    breitung = stored("breitung/expected.csv").query("trend == 'c' and lags == 0").iloc[0]
    assert lp.breitung(rates).statistic == pytest.approx(breitung["lambda"], rel=1e-8)
    robust = lp.breitung(rates, robust=True).statistic
    assert robust == pytest.approx(breitung["robust"], rel=1e-8)


def test_adoption_is_that_of_csdid_and_of_the_imputation_command() -> None:
    data = pd.read_csv(REFERENCES / "adoption" / "panel.csv")
    wanted = stored("adoption/expected.csv").set_index(["peer", "what"])
    keys = {"unit": "unit", "time": "year", "first": "first"}
    events = lp.group_time("y", data, **keys)
    overall = lp.group_time("y", data, **keys, aggregate="overall")
    for fit, term, what in ((events, 0, "event 0"), (overall, "overall", "overall")):
        estimate, error = wanted.loc[("csdid", what), ["first", "second"]]
        assert fit.params[term] == pytest.approx(estimate, rel=1e-6)
        assert fit.std_errors[term] == pytest.approx(error, rel=1e-6)
    imputed = lp.imputation("y", data, **keys).params[0]
    assert imputed == pytest.approx(wanted.loc[("did-imputation", "event 0"), "first"], rel=1e-4)
    weights = lp.bacon("y", data, **keys).to_frame()
    whole = wanted.loc[("pybacondecomp", "two-way estimate"), "first"]
    assert (weights["estimate"] * weights["weight"]).sum() == pytest.approx(whole, rel=1e-6)


def test_two_way_is_that_of_pyfixest_and_of_r() -> None:
    """Factor and degrees of reghdfe, as fixest has them; the data have singletons."""
    pyfixest = pytest.importorskip("pyfixest")
    data = grunfeld.load_pandas().data
    fit = lp.two_way("invest ~ value + capital", data, unit="firm", time="year")
    other = pyfixest.feols("invest ~ value + capital | firm + year", data, vcov={"CRV1": "firm"})
    np.testing.assert_allclose(fit.params, other.coef(), rtol=1e-9)
    np.testing.assert_allclose(fit.std_errors, other.se(), rtol=1e-9)
    np.testing.assert_allclose(fit.p_values, other.pvalue(), rtol=1e-7)


def test_probit_is_that_of_greenes_printed_table() -> None:
    """Greene, Econometric Analysis: economics grades of 32 students (Spector and Mazzeo)."""
    fit = lp.probit("GRADE ~ GPA + TUCE + PSI", spector.load_pandas().data)
    assert fit.params.round(4).tolist() == [-7.4523, 1.6258, 0.0517, 1.4263]
    assert fit.std_errors.round(3).tolist() == [2.542, 0.694, 0.084, 0.595]
    assert fit.fit_statistics["log likelihood"] == pytest.approx(-12.8188, abs=5e-5)
    # McFadden's: the likelihood of the constant alone is that of 11 successes of 32
    alone = 11 * np.log(11 / 32) + 21 * np.log(21 / 32)
    assert fit.fit_statistics["R² pseudo"] == pytest.approx(1 - -12.8188 / alone, abs=5e-6)


def test_the_median_is_that_of_quantreg_on_engels_data() -> None:
    """R's quantreg prints 81.48225 and 0.56018 for rq(foodexp ~ income)."""
    fit = lp.quantile("foodexp ~ income", engel.load_pandas().data)
    assert fit.params.round(4).tolist() == pytest.approx([81.4822, 0.5602], abs=2e-4)


def test_negative_binomial_is_the_maximum_of_its_likelihood() -> None:
    """Of the probabilities of scipy, by differences: no gradient, and the inverse of its second ones."""
    data = randhie.load_pandas().data.iloc[::40]
    fit = lp.negative_binomial("mdvis ~ idp + lpi", data)
    x = np.column_stack([np.ones(len(data)), data[["idp", "lpi"]]])

    def log_likelihood(theta: np.ndarray) -> float:
        mean, size = np.exp(x @ theta[:3]), 1 / theta[3]
        return float(stats.nbinom.logpmf(data["mdvis"], size, size / (size + mean)).sum())

    best, steps = fit.params.to_numpy(), 1e-4 * np.eye(4)
    slope = [(log_likelihood(best + h) - log_likelihood(best - h)) / 2e-4 for h in steps]
    np.testing.assert_allclose(slope, 0, atol=1e-3)
    second = [
        [log_likelihood(best + h + k) - log_likelihood(best + h - k)
         - log_likelihood(best - h + k) + log_likelihood(best - h - k) for k in steps] for h in steps
    ]  # fmt: skip
    errors = np.sqrt(np.diag(np.linalg.inv(-np.array(second) / 4e-8)))
    np.testing.assert_allclose(fit.std_errors, errors, rtol=1e-3)


@pytest.mark.parametrize("cumulative", [False, True])
def test_local_projections_are_one_stacked_regression(cumulative: bool) -> None:
    """pyfixest on the rows of all horizons, with effects and slopes of each, clustered by unit."""
    pyfixest = pytest.importorskip("pyfixest")
    data = grunfeld.load_pandas().data.sort_values(["firm", "year"])
    hole = data[~((data["firm"] == "IBM") & (data["year"] == 1940))]
    keys = {"unit": "firm", "time": "year"}
    options = {"horizons": 2, "lags": 1, "cumulative": cumulative, "correction": "none"}
    fit = lp.local_projections("invest ~ value + capital", hole, **keys, **options)
    full = hole.set_index(["firm", "year"]).reindex(
        pd.MultiIndex.from_product([hole["firm"].unique(), np.arange(1935.0, 1955.0)], names=["firm", "year"])
    ).reset_index()  # fmt: skip
    by = full.groupby("firm")
    parts = []
    for h in range(3):
        part = full[["firm", "year", "value", "capital"]].copy()
        part["left"] = by["invest"].shift(-h) - (by["invest"].shift(1) if cumulative else 0)
        part["value_1"], part["invest_1"] = by["value"].shift(1), by["invest"].shift(1)
        right = ["value", "capital", "value_1", "invest_1"]
        part = part.dropna()
        named = {f"{name}_h{h}": part[name] for name in right}
        parts.append(part.assign(**named, fh=part["firm"] + f" {h}", yh=part["year"] * 10 + h))
    stacked = pd.concat(parts).fillna(0.0)
    columns = [f"{name}_h{h}" for h in range(3) for name in right]
    other = pyfixest.feols(
        f"left ~ {' + '.join(columns)} | fh + yh", stacked, vcov={"CRV1": "firm"},
        ssc=pyfixest.ssc(k_adj=False, G_adj=False), fixef_tol=1e-12,
    )  # fmt: skip
    chosen = [other._coefnames.index(f"value_h{h}") for h in range(3)]
    np.testing.assert_allclose(fit.params, other.coef().iloc[chosen], rtol=1e-6)
    np.testing.assert_allclose(fit.cov, other._vcov[np.ix_(chosen, chosen)], rtol=1e-5)
    assert fit.choices["rows_by_horizon"] == [len(part) for part in parts]
    corrected = lp.local_projections("invest ~ value + capital", data, **keys, horizons=0)
    whole = lp.two_way("invest ~ value + capital", data, **keys)
    assert corrected.std_errors[0] == pytest.approx(whole.std_errors["value"], rel=1e-12)
