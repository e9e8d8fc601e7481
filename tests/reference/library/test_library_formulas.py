"""Forms of formulas against pyfixest, statsmodels, printed tables, and regressions written out.

The data have gaps, a unit with one row, and weights.
"""

import numpy as np
import pandas as pd
import pytest
from linearmodels.datasets import meps
from linearmodels.iv import IV2SLS
from scipy import stats
from statsmodels.datasets import grunfeld, spector
from statsmodels.regression.mixed_linear_model import MixedLM

import living_panel.econometrics as lp

FIRMS = [f"f{number:02}" for number in range(25)]
KEYS = {"unit": "firm", "time": "year"}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    draw = np.random.default_rng(3)
    data = pd.MultiIndex.from_product([FIRMS, range(2001, 2011)], names=["firm", "year"])
    data = data.to_frame(index=False)
    n = len(data)
    data["x"], data["w"] = draw.normal(size=n), draw.normal(size=n)
    data["group"], data["weight"] = draw.integers(0, 4, n), draw.uniform(0.5, 2, n)
    number = data["firm"].str[1:].astype(int)
    data["lat"], data["lon"] = 40 + number * 0.7, 10 + (number % 5) * 1.3
    data["y"] = data["x"] + number / 9 + data["year"] % 3 + draw.normal(size=n)
    kept = draw.random(n) > 0.1
    return data[kept & ((data["firm"] != "f07") | (data["year"] == 2004))].reset_index(drop=True)


FORMULAS = [
    ("y ~ x + w | firm + year + group", None), ("y ~ x | firm + group^year", None),
    ("y ~ x + w | firm + year", "weight"), ("y ~ x + w | firm", "weight"), ("y ~ x + w", "weight"),
    ("y ~ x + w | firm + year + group", "weight"), ("y ~ x + i(group, ref=2) | firm", None),
    ("y ~ x + i(group, w, ref=0) | firm", None),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "weights"), FORMULAS)
def test_effects_weights_and_i_are_those_of_pyfixest(
    rows: pd.DataFrame, formula: str, weights: str | None
) -> None:
    pyfixest = pytest.importorskip("pyfixest")
    fit = lp.ols(formula, rows, **KEYS, weights=weights)
    options = {"weights": weights, "fixef_rm": "none", "fixef_tol": 1e-12}
    ways = {"iid": "classical", "hetero": "HC1"}
    if "|" in formula:
        ways["firm"] = "clustered"
    for theirs, ours in ways.items():
        vcov = {"CRV1": theirs} if theirs == "firm" else theirs
        other = pyfixest.feols(formula, rows, vcov=vcov, **options)
        wanted = dict(
            zip(other._coefnames, zip(other.coef(), other.se(), strict=True), strict=True)
        )
        found = fit.vcov(ours)
        order = [*wanted.pop("Intercept", ()), *np.ravel([*wanted.values()])]
        mine = np.ravel([*zip(found.params, found.std_errors, strict=True)])
        np.testing.assert_allclose(mine, order, rtol=1e-8)


def test_slopes_by_unit_are_dummies_times_the_variable(rows: pd.DataFrame) -> None:
    short = lp.ols("y ~ x | firm[year]", rows[rows["firm"] != "f07"], **KEYS)
    long = lp.ols("y ~ x + C(firm):year | firm", rows[rows["firm"] != "f07"], **KEYS)
    for kind in ("classical", "HC1", "HC3"):
        found, wanted = short.vcov(kind), long.vcov(kind)
        assert found.params["x"] == pytest.approx(wanted.params["x"], rel=1e-8)
        assert found.std_errors["x"] == pytest.approx(wanted.std_errors["x"], rel=1e-8)
    weighted = lp.ols("y ~ x | firm[year]", rows, **KEYS, weights="weight")
    many = rows[rows["firm"] != "f07"]
    again = lp.ols("y ~ x + C(firm):I(year - 2005) | firm", many, **KEYS, weights="weight")
    assert weighted.params["x"] == pytest.approx(again.params["x"], rel=1e-8)


def test_lags_leads_and_differences_never_cross_a_missing_period(rows: pd.DataFrame) -> None:
    full = (
        rows.set_index(["firm", "year"])
        .reindex(pd.MultiIndex.from_product([FIRMS, range(2001, 2011)], names=["firm", "year"]))
        .reset_index()
    )
    by = full.groupby("firm")
    made = full.assign(
        dy=by["y"].diff(), x1=by["x"].shift(1), x2=by["x"].shift(2), lead=by["x"].shift(-1),
        d2=by["w"].diff().groupby(full["firm"]).diff(), s2=by["w"].diff(2),
    )  # fmt: skip
    plain = lp.ols("dy ~ x + x1 + x2 + lead + d2 + s2 | year", made, **KEYS)
    for text in (
        "d(y) ~ l(x, 0:2) + f(x) + d(d(w)) + d(w, 2) | year",
        "D.y ~ x + L.x + L2.x + F.x + D2.w + d(w, 2) | year",
        "d(y) ~ x + l(x, 1) + l(x, 2) + l(x, -1) + D2.w + I(w - l(w, 2)) | year",
    ):
        fit = lp.ols(text, rows, **KEYS)
        np.testing.assert_allclose(np.sort(fit.params), np.sort(plain.params), rtol=1e-9)
        assert fit.n_obs == plain.n_obs < len(rows) / 1.3


def test_a_lag_uses_rows_that_miss_other_variables(rows: pd.DataFrame) -> None:
    holed = rows.assign(w=rows["w"].where(rows["year"] != 2005))
    years = lp.ols("y ~ l(x, 1) + w | firm", holed, **KEYS).residuals.index.get_level_values("year")
    assert 2005 not in years and 2006 in years


def test_poly_is_that_of_r() -> None:
    """`poly(1:5, 2)` of R prints these columns."""
    data = pd.DataFrame({"t": np.arange(1.0, 6), "y": [1.0, 3, 2, 5, 4]})
    first = np.array([-2, -1, 0, 1, 2]) / np.sqrt(10)
    second = np.array([2, -1, -2, -1, 2]) / np.sqrt(14)
    fit = lp.ols("y ~ poly(t, 2)", data)
    wanted = [data["y"].mean(), data["y"] @ first, data["y"] @ second]
    np.testing.assert_allclose(fit.params, wanted, rtol=1e-12)


def test_means_give_the_within_estimate(rows: pd.DataFrame) -> None:
    within = lp.ols("y ~ x + w | firm", rows, **KEYS)
    mundlak = lp.random_effects("y ~ x + w + mean(x) + mean(w)", rows, **KEYS)
    np.testing.assert_allclose(mundlak.params[["x", "w"]], within.params, rtol=1e-8)


def test_cr3_and_the_wild_bootstrap_of_a_formula_are_those_of_two_way() -> None:
    firms = grunfeld.load_pandas().data.iloc[7:]
    formula = "invest ~ value + capital | firm + year"
    fit = lp.ols(formula, firms, **KEYS)
    columns = {
        "cr3": ["estimate", "std_error", "p_value"],
        "wild": ["p_value", "ci_low", "ci_high"],
    }
    for kind, same in columns.items():
        wanted = lp.two_way(formula, firms, **KEYS, vcov=kind)
        found = fit.vcov(kind)
        np.testing.assert_allclose(found.coef_table[same], wanted.coef_table[same], rtol=1e-8)
        assert found.inference.split(":")[0] == wanted.inference.split(":")[0]


def test_the_wild_bootstrap_takes_any_effects_and_weights(rows: pd.DataFrame) -> None:
    """Against a bootstrap of regressions on dummies, with the weights and clusters of the first draws."""
    few = rows[rows["firm"] < "f06"]
    fit = lp.ols(
        "y ~ x + w | year + group", few, **KEYS, weights="weight", vcov="wild", cluster="firm"
    )
    years, groups = (pd.get_dummies(few[k], dtype=float) for k in ("year", "group"))
    root = np.sqrt(few["weight"].to_numpy())[:, None]
    x = np.column_stack([few[["x", "w"]], years, groups.iloc[:, 1:]]) * root
    y, firm = few["y"].to_numpy() * root[:, 0], pd.factorize(few["firm"])[0]
    bread = np.linalg.inv(x.T @ x)

    def t(outcome: np.ndarray) -> float:
        left = outcome - x @ (bread @ x.T @ outcome)
        scores = np.array([(x[firm == g] * left[firm == g, None]).sum(axis=0) for g in range(6)])
        cov = bread @ scores.T @ scores @ bread
        return float((bread @ x.T @ outcome)[0] / np.sqrt(cov[0, 0]))

    null = x[:, 1:] @ np.linalg.lstsq(x[:, 1:], y, rcond=None)[0]
    signs = np.array(np.meshgrid(*[[-1, 1]] * 6)).reshape(6, -1).T
    drawn = np.array([t(null + s[firm] * (y - null)) for s in signs])
    share = np.mean(np.abs(drawn) >= abs(t(y)) * (1 - 1e-9))
    assert fit.p_values["x"] == pytest.approx(share, abs=1e-12)


@pytest.mark.long
def test_a_bootstrap_of_clusters_is_one_of_repeated_rows(rows: pd.DataFrame) -> None:
    fit = lp.ols("y ~ x | firm + year", rows, **KEYS, vcov="bootstrap", draws=99, seed=4)
    random, slopes = np.random.default_rng(4), []
    firms = [part for _, part in rows.groupby("firm")]
    for _ in range(99):
        drawn = random.integers(0, len(firms), len(firms))
        parts = [firms[g].assign(copy=place) for place, g in enumerate(drawn)]
        sample = pd.concat(parts)
        dummies = [pd.get_dummies(sample[k], dtype=float) for k in ("copy", "year")]
        x = np.column_stack([sample["x"], *dummies])
        slopes.append(np.linalg.lstsq(x, sample["y"], rcond=None)[0][0])
    assert fit.std_errors["x"] == pytest.approx(np.std(slopes, ddof=1), rel=1e-8)


def test_conley_is_the_sum_over_pairs_of_rows(rows: pd.DataFrame) -> None:
    """Distances by the dot product of points; a short cutoff gives HC0, a long one clusters of periods."""
    place, rows = {"location": ("lat", "lon")}, rows[rows["firm"] < "f11"]
    fit = lp.ols("y ~ x + w | firm", rows, **KEYS)
    x = rows[["x", "w"]] - rows.groupby("firm")[["x", "w"]].transform("mean")
    bread = np.linalg.inv(x.T @ x)
    scores = x.to_numpy() * fit.residuals.to_numpy()[:, None]
    lat, lon = np.radians(rows["lat"].to_numpy()), np.radians(rows["lon"].to_numpy())
    points = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    meat, years = np.zeros((2, 2)), rows["year"].to_numpy()
    for i, first in enumerate(points):
        for j, second in enumerate(points):
            distance = 6371 * np.arccos(min(1.0, float(first @ second)))
            if years[i] == years[j] and distance <= 200:
                meat += np.outer(scores[i], scores[j])
    found = fit.vcov("conley", **place, cutoff=200).cov
    np.testing.assert_allclose(found, bread @ meat @ bread, rtol=1e-8)
    near = fit.vcov("conley", **place, cutoff=1).std_errors
    np.testing.assert_allclose(near, fit.vcov("HC0").std_errors, rtol=1e-10)
    far = fit.vcov("conley", **place, cutoff=20_100).std_errors
    periods = fit.vcov("clustered", cluster="year", correction="none").std_errors
    np.testing.assert_allclose(far, periods, rtol=1e-10)


def test_iv_gmm_is_that_of_cameron_and_trivedis_printed_table() -> None:
    """Microeconometrics Using Stata, 6.3: ivregress gmm and ivregress 2sls, vce(robust), of drug expenditure."""
    formula = (
        "ldrugexp ~ totchr + age + female + blhisp + linc | 0 | hi_empunion ~ ssiratio + multlc"
    )
    fit = lp.iv_gmm(formula, meps.load())
    assert fit.params["hi_empunion"] == pytest.approx(-0.9932795, abs=1e-7)
    assert fit.std_errors["hi_empunion"] == pytest.approx(0.2046731, abs=1e-7)
    assert fit.n_obs == 10_089
    both = lp.iv(formula, meps.load(), vcov="HC0")
    assert both.params["hi_empunion"] == pytest.approx(-0.9899269, abs=1e-7)
    assert both.std_errors["hi_empunion"] == pytest.approx(0.2045907, abs=1e-7)


def test_gmm_of_clusters_is_its_formula(rows: pd.DataFrame) -> None:
    data = rows.assign(z1=rows["x"] + rows["w"] ** 2, z2=rows["x"] - rows["w"])
    fit = lp.iv_gmm("y ~ 1 | 0 | x ~ z1 + z2", data, **KEYS, vcov="clustered")
    x, z = (np.column_stack([np.ones(len(data)), data[n]]) for n in (["x"], ["z1", "z2"]))
    y, firm = data["y"].to_numpy(), data["firm"].to_numpy()

    def solved(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        inner = np.linalg.inv(x.T @ z @ w @ z.T @ x)
        b = inner @ x.T @ z @ w @ z.T @ y
        scores = z * (y - x @ b)[:, None]
        sums = np.array([scores[firm == g].sum(axis=0) for g in np.unique(firm)])
        return b, sums.T @ sums

    _, inside = solved(np.linalg.inv(z.T @ z))
    weights = np.linalg.inv(inside)
    b, again = solved(weights)
    inner = np.linalg.inv(x.T @ z @ weights @ z.T @ x)
    cov = inner @ x.T @ z @ weights @ again @ weights @ z.T @ x @ inner
    np.testing.assert_allclose(fit.params, b, rtol=1e-8)
    np.testing.assert_allclose(fit.std_errors, np.sqrt(np.diag(cov)), rtol=1e-8)
    score = z.T @ (y - x @ b)
    assert fit.fit_statistics["hansen"] == pytest.approx(score @ weights @ score, rel=1e-8)


def test_random_effects_by_maximum_likelihood() -> None:
    """statsmodels, the likelihood written out on an unbalanced panel, and Baltagi's Table 2.1 of ten firms.

    statsmodels has errors from second derivatives, which differ in an unbalanced panel.
    """
    data = grunfeld.load_pandas().data
    options = {**KEYS, "components": "maximum_likelihood"}
    ten = lp.random_effects(
        "invest ~ value + capital", data[data["firm"] != "American Steel"], **options
    )
    assert ten.params[["value", "capital"]].round(3).tolist() == [0.110, 0.308]
    less = data.iloc[9:].reset_index(drop=True)
    fit = lp.random_effects("invest ~ value + capital", less, **options)
    x = np.column_stack([np.ones(len(less)), less[["value", "capital"]]])
    other = MixedLM(less["invest"].to_numpy(), x, less["firm"]).fit(reml=False)
    np.testing.assert_allclose(fit.params, other.fe_params, rtol=1e-4)
    np.testing.assert_allclose(fit.std_errors, other.bse_fe, rtol=0.02)

    def log_likelihood(theta: np.ndarray) -> float:
        left = less["invest"].to_numpy() - x @ theta[:3]
        parts = [left[(less["firm"] == firm).to_numpy()] for firm in less["firm"].unique()]
        return sum(
            stats.multivariate_normal(cov=theta[3] * np.eye(len(p)) + theta[4]).logpdf(p)
            for p in parts
        )

    numbers = fit.fit_statistics
    best = np.array([*fit.params, numbers["variance_residual"], numbers["variance_effects"]])
    inverse = np.zeros((3, 3))
    for firm in less["firm"].unique():
        own = x[(less["firm"] == firm).to_numpy()]
        inside = best[3] * np.eye(len(own)) + best[4]
        inverse += own.T @ np.linalg.solve(inside, own)
    wanted = np.sqrt(np.diag(np.linalg.inv(inverse)))
    np.testing.assert_allclose(fit.std_errors, wanted, rtol=1e-6)
    steps = 1e-4 * np.diag(np.abs(best))
    slope = [(log_likelihood(best + h) - log_likelihood(best - h)) / 2e-4 for h in steps]
    np.testing.assert_allclose(slope, 0, atol=1e-4)


def test_logit_and_margins_are_those_of_greenes_printed_table() -> None:
    """Greene, Econometric Analysis: logit of economics grades; slopes of the probit at the means."""
    grades = spector.load_pandas().data
    fit = lp.logit("GRADE ~ GPA + TUCE + PSI", grades)
    assert fit.params.round(3).tolist() == [-13.021, 2.826, 0.095, 2.379]
    assert fit.std_errors.round(3).tolist() == [4.931, 1.263, 0.142, 1.065]
    probit = lp.probit("GRADE ~ GPA + TUCE + PSI", grades)
    slopes = lp.margins(probit, at="mean")
    assert slopes.params.round(3).tolist() == [0.533, 0.017, 0.468]
    dummies = lp.margins(probit, at="mean", dummy=True)
    assert round(dummies.params["PSI"], 3) == 0.464
    clustered = lp.probit("GRADE ~ GPA + TUCE + PSI", grades, vcov="clustered")
    ratio = lp.margins(clustered).std_errors / clustered.raw.get_margeff().margeff_se
    np.testing.assert_allclose(ratio, np.sqrt(len(grades) / (len(grades) - 1)), rtol=1e-9)


def test_weighted_instruments_are_those_of_linearmodels(rows: pd.DataFrame) -> None:
    data = rows.assign(z1=rows["x"] + rows["w"] ** 2, z2=rows["x"] - rows["lat"] / 9, one=1.0)
    fit = lp.iv("y ~ w | 0 | x ~ z1 + z2", data, **KEYS, weights="weight", vcov="HC0")
    other = IV2SLS(
        data["y"], data[["one", "w"]], data["x"], data[["z1", "z2"]], weights=data["weight"]
    )
    found = other.fit(cov_type="robust")
    np.testing.assert_allclose(fit.params, found.params, rtol=1e-8)
    np.testing.assert_allclose(fit.std_errors, found.std_errors, rtol=1e-8)


def test_the_jackknife_of_instruments_leaves_out_each_cluster(rows: pd.DataFrame) -> None:
    data = rows.assign(z1=rows["x"] + rows["w"] ** 2)
    formula = "y ~ 1 | firm + year | x ~ z1"
    fit = lp.iv(formula, data, **KEYS, vcov="cr3", cluster="group")
    without = [lp.iv(formula, data[data["group"] != g], **KEYS).params["x"] for g in range(4)]
    gaps = np.array(without) - fit.params["x"]
    assert fit.std_errors["x"] == pytest.approx(np.sqrt(3 / 4 * gaps @ gaps), rel=1e-8)
    assert fit.df == 3
    for outcome, found in {"x": "first_stage_f x", "y": "anderson_rubin"}.items():
        plain = lp.ols(f"{outcome} ~ z1 | firm + year", data, **KEYS, vcov="cr3", cluster="group")
        square = plain.params["z1"] ** 2 / plain.cov.loc["z1", "z1"]
        assert fit.fit_statistics[found] == pytest.approx(square, rel=1e-8)
