"""The registry's covariances against published values, other packages and direct matrix algebra."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import PanelOLS
from scipy import stats

from living_panel import econometrics as lp
from living_panel.codes import Code, Sentence
from living_panel.estimation.econometrics.errors import InvalidOption
from living_panel.estimation.econometrics.inference.covariance import Inference
from living_panel.estimation.econometrics.inference.factors import FACTORS, Counts, EffectCounts
from living_panel.estimation.econometrics.inference.registry import COVARIANCES
from living_panel.estimation.econometrics.inference.regression_arrays import two_way_regression
from living_panel.estimation.econometrics.panel_models.covariance import read_vcov
from living_panel.estimation.econometrics.panel_models.formula import read_model
from living_panel.estimation.estimators._by_name import fit_model
from living_panel.estimation.estimators._two_way import fit_two_way, two_way
from tests.refusals import refuses
from tests.unit.panels import dummies

HERE = Path(__file__).parent
PUBLISHED = json.loads((HERE / "published.json").read_text(encoding="utf-8"))
CR2 = {"cov": "cr2", "correction": "none", "df": "satterthwaite"}
CR3 = {"cov": "cr3:jackknife", "correction": "none", "df": "t(G-1)"}
WILD = {
    "cov": "wild_cluster_bootstrap:rademacher", "correction": "none", "df": "none", "draws": 1023, "seed": 1,
}  # fmt: skip
TERMS = ["a", "b", "c"]


def panel(units: int = 17) -> pd.DataFrame:
    """The unbalanced panel of the fixed-effects references, with a cluster that nests no effect."""
    place = HERE.parent / "fixed_effects" / "inputs" / "unbalanced.csv"
    frame = pd.read_csv(place, dtype={"unit": str}).set_index(["unit", "year"]).sort_index()
    frame = frame[frame.index.get_level_values(0).isin(frame.index.unique(0)[:units])]
    return frame.assign(firm=(np.arange(len(frame)) * 7 % 9).astype(float))


def cross_section(frame: pd.DataFrame) -> pd.DataFrame:
    rows = pd.MultiIndex.from_product([[f"r{i:02d}" for i in range(len(frame))], [2000]])
    return frame.set_index(rows.set_names(["unit", "year"]))


def fitted(formula: str, frame: pd.DataFrame, way: dict[str, Any]) -> Any:
    return fit_model(read_model(formula), frame, "least_squares", read_vcov(way))


def two(frame: pd.DataFrame, **way: Any) -> Any:
    return two_way(frame["y"], frame[TERMS], **way)


def full_design(frame: pd.DataFrame) -> np.ndarray:
    """Regressors and a full-rank set of dummies."""
    levels = dummies(frame.index)
    return np.column_stack([frame[TERMS], levels[:, :-1]])


def root(matrix: np.ndarray) -> np.ndarray:
    """Symmetric root of a pseudo-inverse."""
    values, vectors = np.linalg.eigh(matrix)
    inverse = np.array([1 / np.sqrt(v) if v > 1e-12 else 0.0 for v in values])
    return vectors @ np.diag(inverse) @ vectors.T


def bell_mccaffrey(x: np.ndarray, y: np.ndarray, cluster: np.ndarray) -> tuple[np.ndarray, ...]:
    """Covariance and degrees of freedom by n x n matrices, straight from the definition."""
    bread = np.linalg.inv(x.T @ x)
    left = np.eye(len(x)) - x @ bread @ x.T
    residuals, meat = left @ y, np.zeros_like(bread)
    parts = []
    for g in np.unique(cluster):
        pick = np.eye(len(x))[cluster == g]
        adjust = root(pick @ left @ pick.T)
        score = x[cluster == g].T @ adjust @ residuals[cluster == g]
        meat += np.outer(score, score)
        parts.append(left @ pick.T @ adjust @ x[cluster == g] @ bread)
    found = []
    for j in range(x.shape[1]):
        columns = np.column_stack([part[:, j] for part in parts])
        # the estimator is e'QQ'e with Q these columns: its moments under independent errors
        values = np.linalg.eigvalsh(columns @ columns.T)
        found.append(values.sum() ** 2 / (values**2).sum())
    return bread @ meat @ bread, np.array(found)


def test_degrees_of_freedom_are_those_of_dfadjust() -> None:
    t = np.arange(1, 11)
    frame = pd.DataFrame({"y": t.astype(float), "a": np.sin(t), "b": np.sin(t + 1)})
    found = fitted("y ~ a + b", cross_section(frame), {**CR2, "cluster": "unit"})
    order = [found.params.index.get_loc(name) for name in ("constant", "a", "b")]
    wanted = PUBLISHED["ten_rows"]["satterthwaite"]
    np.testing.assert_allclose(np.asarray(found.df)[order], wanted, atol=1e-8)


def test_errors_are_those_of_stata_and_dfadjust() -> None:
    t, wanted = np.arange(1, 11), PUBLISHED["twenty_rows"]
    frame = pd.DataFrame({
        "y": np.append(np.cos(t - 1), np.tan(t)), "x": np.append(np.sin(t), np.sin(t + 1)),
        "g": np.tile([2.0, 1, 3, 2, 2, 3, 3, 1, 1, 2], 2),
    })  # fmt: skip
    rows = cross_section(frame)

    def of(way: dict[str, Any]) -> np.ndarray:
        fit = fitted("y ~ x", rows, way)
        np.testing.assert_allclose(
            fit.params[["constant", "x"]], wanted["coefficients"], atol=1e-10
        )
        return fit.std_errors[["constant", "x"]].to_numpy()

    clustered = {"cov": "clustered", "cluster": "g", "correction": "stata", "df": "t(G-1)"}
    np.testing.assert_allclose(of(clustered), wanted["clustered_stata"], atol=1e-10)
    # dfadjust prints the error times t/z at its own degrees of freedom
    reach = stats.t.ppf(0.975, wanted["clustered_adjusted_df"]) / stats.norm.ppf(0.975)
    adjusted = of({**CR2, "cluster": "g"}) * reach
    np.testing.assert_allclose(adjusted, wanted["clustered_adjusted"], atol=5e-8)
    rows_alone = of({**CR2, "cluster": "unit"})
    np.testing.assert_allclose(rows_alone, wanted["hc2"], atol=1e-10)
    for name, correction in (("HC1", "n-k"), ("HC2", "none")):
        own = of({"cov": name, "correction": correction, "df": "t(n-k)"})
        np.testing.assert_allclose(own, wanted[name.lower()], atol=1e-10)


@pytest.mark.parametrize("cluster", ["unit", "year", "firm"])
def test_cr2_is_bell_and_mccaffreys_by_matrices(cluster: str) -> None:
    frame = panel()
    key = frame["firm"] if cluster == "firm" else cluster
    found = two(frame, **CR2, cluster=key)
    code = frame.reset_index()[cluster].to_numpy()
    cov, df = bell_mccaffrey(full_design(frame), frame["y"].to_numpy(), code)
    np.testing.assert_allclose(found.cov, cov[:3, :3], rtol=1e-8)
    np.testing.assert_allclose(found.df, df[:3], rtol=1e-8)
    p = 2 * stats.t.sf(np.abs(found.params / found.std_errors), df[:3])
    np.testing.assert_allclose(found.p_values, p, rtol=1e-7)
    formula = fitted("y ~ a + b + c | unit + year", frame, {**CR2, "cluster": cluster})
    np.testing.assert_allclose(formula.cov, found.cov, rtol=1e-10)
    np.testing.assert_allclose(formula.df, found.df, rtol=1e-10)
    with refuses(InvalidOption, Code.COVARIANCE):
        found.wald()
    assert formula.f_test() is None


def test_two_way_tables_have_robust_errors_and_kernels_of_other_packages() -> None:
    frame = panel()
    design = full_design(frame)
    lsdv = sm.OLS(frame["y"], design)
    for name in ("HC0", "HC1", "HC2", "HC3"):
        own = two(frame, cov=name, correction="n-k" if name == "HC1" else "none", df="t(n-k)")
        theirs = lsdv.fit(cov_type=name, use_t=True)
        np.testing.assert_allclose(own.std_errors, theirs.bse[:3], rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(own.p_values, theirs.pvalues[:3], rtol=1e-7, err_msg=name)
    model = PanelOLS(frame["y"], frame[TERMS], entity_effects=True, time_effects=True)
    robust = model.fit(cov_type="robust", debiased=True)
    own = two(frame, cov="HC1", correction="n-k", df="t(n-k)")
    np.testing.assert_allclose(own.std_errors, robust.std_errors, rtol=1e-9)
    kernel = model.fit(cov_type="kernel", kernel="bartlett", bandwidth=2, debiased=True)
    own = two(frame, cov="driscoll_kraay", correction="n-k", df="t(T-1)", bandwidth=2)
    np.testing.assert_allclose(own.std_errors, kernel.std_errors, rtol=1e-9)
    assert own.label == "driscoll_kraay(2):n-k:t(T-1)" and (own.df == 10).all()
    classical = model.fit(cov_type="unadjusted", debiased=True)
    own = two(frame, cov="classical", correction="n-k", df="t(n-k)")
    np.testing.assert_allclose(own.std_errors, classical.std_errors, rtol=1e-9)
    wald = own.wald()
    np.testing.assert_allclose(wald.statistic, float(classical.f_statistic.stat), rtol=1e-9)
    np.testing.assert_allclose(wald.p_value, float(classical.f_statistic.pval), rtol=1e-7)


def test_the_library_offers_what_the_registry_computes() -> None:
    """Two-way regressions of `living_panel.econometrics`, by statsmodels, linearmodels and the definition of CR2."""
    frame, line = panel(), "y ~ a + b + c"
    rows = frame.reset_index()
    fit = lp.two_way(line, rows, unit="unit", time="year")
    options = {
        "wild": {"draws": 99},
        "newey_west": {"bandwidth": 0},
    }  # units of this panel have gaps
    rules = COVARIANCES.values()
    of_formulas = {"conley", "block_bootstrap"}
    computed = {r.name for r in rules if not isinstance(r.on_arrays, Sentence)} - of_formulas
    found = {fit.vcov(k, **options.get(k, {})).choices["covariance"] for k in fit.kinds}
    assert found == computed
    design = full_design(frame)
    for name in ("HC0", "HC1", "HC2", "HC3"):
        theirs = sm.OLS(frame["y"], design).fit(cov_type=name, use_t=True)
        own = fit.vcov(name)
        np.testing.assert_allclose(own.std_errors, theirs.bse[:3], rtol=1e-9, err_msg=name)
        np.testing.assert_allclose(own.p_values, theirs.pvalues[:3], rtol=1e-7, err_msg=name)
    model = PanelOLS(frame["y"], frame[TERMS], entity_effects=True, time_effects=True)
    kernel = model.fit(cov_type="kernel", kernel="bartlett", bandwidth=2, debiased=True)
    own = fit.vcov("driscoll_kraay", correction="n-k", df="t(T-1)", bandwidth=2)
    np.testing.assert_allclose(own.std_errors, kernel.std_errors, rtol=1e-9)
    assert own.inference == "driscoll_kraay(2):n-k:t(T-1)" and own.choices["bandwidth"] == 2
    cov, df = bell_mccaffrey(design, frame["y"].to_numpy(), rows["firm"].to_numpy())
    for own in (
        fit.vcov("cr2", cluster="firm"),
        lp.ols(f"{line} | unit + year", rows, unit="unit", time="year", vcov="cr2", cluster="firm"),
    ):
        errors = np.sqrt(np.diag(cov))[:3]
        np.testing.assert_allclose(own.std_errors, errors, rtol=1e-8)
        np.testing.assert_allclose(own.df, df[:3], rtol=1e-8)
        reach = stats.t.ppf(0.95, df[:3]) * errors
        np.testing.assert_allclose(own.conf_int(0.9)["high"], own.params + reach, rtol=1e-8)
        assert own.to_frame()["df"].tolist() == own.df.tolist() and "satterthwaite" in own.summary()
        with refuses(InvalidOption, Code.COVARIANCE):
            own.wald()


@pytest.mark.parametrize("effects", ["", " | unit", " | unit + year"])
def test_a_formula_has_the_jackknife(effects: str) -> None:
    frame, formula = panel(), "y ~ a + b" + effects
    found = fitted(formula, frame, {**CR3, "cluster": "unit"})
    classical = {"cov": "classical", "correction": "n-k", "df": "t(n-k)"}
    units = frame.index.get_level_values(0)
    shifts = np.array(
        [
            fitted(formula, frame[units != unit], classical).params - found.params
            for unit in units.unique()
        ]
    )
    wanted = (len(shifts) - 1) / len(shifts) * shifts.T @ shifts
    np.testing.assert_allclose(found.cov, wanted, rtol=1e-8)
    assert (found.df["a"], found.n_clusters) == (16, 17)


def test_a_formula_has_the_wild_bootstrap() -> None:
    """All sign vectors of eight clusters, each sample estimated again by least squares with all columns."""
    frame = panel(8)
    found = fitted("y ~ a + b", frame, {**WILD, "cluster": "unit"})
    x = np.column_stack([np.ones(len(frame)), frame[["a", "b"]]])
    y, code = frame["y"].to_numpy(), pd.factorize(frame.index.get_level_values(0))[0]
    names, bread = ["constant", "a", "b"], np.linalg.inv(x.T @ x)

    def t_of(outcome: np.ndarray, j: int, null: float) -> float:
        slopes = bread @ (x.T @ outcome)
        sums = np.zeros((8, 3))
        np.add.at(sums, code, x * (outcome - x @ slopes)[:, None])
        return abs(slopes[j] - null) / np.sqrt((bread @ sums.T @ sums @ bread)[j, j])

    for j, name in enumerate(names):
        rest = np.delete(x, j, axis=1)
        fit = rest @ np.linalg.lstsq(rest, y, rcond=None)[0]
        own = t_of(y, j, 0.0)
        drawn = [
            t_of(fit + np.array(signs)[code] * (y - fit), j, 0.0)
            for signs in product((-1.0, 1.0), repeat=8)
        ]
        share = np.mean(np.array(drawn) >= own * (1 - 1e-9))
        assert found.p_values[name] == pytest.approx(share, abs=1e-12), name
    two_effects = {**WILD, "cluster": "unit", "correction": "reghdfe"}
    formula = fitted("y ~ a + b + c | unit + year", frame, two_effects)
    own = two(frame, **two_effects)
    np.testing.assert_allclose(formula.p_values, own.p_values, rtol=1e-12)
    np.testing.assert_allclose(formula.conf_int(0.9), own.conf_int(0.9), rtol=1e-9)


def test_factors_are_those_of_other_packages() -> None:
    frame = panel()
    code = pd.factorize(frame.index.get_level_values(0))[0]
    design = np.column_stack([np.ones(len(frame)), frame[["a", "b"]]])
    stata = sm.OLS(frame["y"], design).fit(cov_type="cluster", cov_kwds={"groups": code})
    way = {"cov": "clustered", "cluster": "unit", "df": "t(G-1)"}
    own = fitted("y ~ a + b", frame, {**way, "correction": "stata"})
    np.testing.assert_allclose(own.std_errors, stata.bse, rtol=1e-10)
    for effects, options in (("unit", {"entity_effects": True}), ("year", {"time_effects": True})):
        model = PanelOLS(frame["y"], frame[["a", "b"]], **options)
        one = f"y ~ a + b | {effects}"
        plain = fitted(one, frame, {**way, "correction": "linearmodels"})
        theirs = model.fit(cov_type="clustered", cluster_entity=True, group_debias=False)
        np.testing.assert_allclose(plain.std_errors, theirs.std_errors, rtol=1e-10)
        grouped = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
        n, levels, is_nested = len(frame), frame.index.unique(effects).size, effects == "unit"
        counts = Counts(n, 2, levels, 17, (EffectCounts(levels, is_nested, is_nested),))
        factor = FACTORS["linearmodels_groups"].value(counts)
        none = fitted(one, frame, {**way, "correction": "none"})
        errors = none.std_errors * np.sqrt(factor)
        np.testing.assert_allclose(errors, grouped.std_errors, rtol=1e-10)


@dataclass(frozen=True)
class Dummies:
    """Effects that are taken out by a matrix of dummies, as any other layout would."""

    matrix: np.ndarray

    def net(self, values: np.ndarray) -> np.ndarray:
        return values - self.matrix @ np.linalg.lstsq(self.matrix, values, rcond=None)[0]

    def leverage(self) -> np.ndarray:
        return np.diag(self.matrix @ np.linalg.pinv(self.matrix))


def test_effects_of_any_layout_serve_every_covariance() -> None:
    frame = panel()
    within = fit_two_way(frame["y"], frame[TERMS]).within
    key = pd.factorize(frame["firm"], sort=True)[0]
    own = two_way_regression(within, [key], [*frame.index.unique(1).sort_values()])
    own = replace(own, places=np.zeros((len(key), 2)), again=lambda times: times[: len(TERMS)])
    other = replace(own, layout=Dummies(dummies(frame.index)))
    for name, rule in COVARIANCES.items():
        if isinstance(rule.on_arrays, Sentence):
            continue
        lags = 0 if "bandwidth" in rule.needs else None
        way = Inference(
            rule, rule.corrections[0], rule.df[0], ("firm",), lags, draws=99, seed=1, cutoff=1
        )
        first, second = rule.on_arrays(own, way), rule.on_arrays(other, way)
        np.testing.assert_allclose(second.cov, first.cov, rtol=1e-7, err_msg=name)
        np.testing.assert_allclose(second.df, first.df, rtol=1e-7, err_msg=name)


def test_each_covariance_is_computed_or_refused_by_a_code_in_every_engine() -> None:
    for rule in COVARIANCES.values():
        for on in (rule.on_arrays, rule.on_moments):
            assert callable(on) or isinstance(on, Sentence), rule.name
        assert [c.family for c in COVARIANCES.values()].count(rule.family) == 1, rule.name
        assert rule.words and set(rule.corrections) <= set(FACTORS), rule.name
