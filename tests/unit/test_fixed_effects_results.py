"""The two-way regression as its callers see it: results, few clusters, joint tests, bad data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData, InvalidOption
from living_panel.estimation.estimators._two_way import two_way
from tests.refusals import refuses
from tests.unit.panels import CLUSTERED, JACKKNIFE, WILD, net_of, rows


def panel(units: int = 12, periods: int = 8, terms: int = 2, seed: int = 0, share: float = 0.9):
    rng = np.random.default_rng(seed)
    index = rows(units, periods)
    x = pd.DataFrame(rng.normal(size=(len(index), terms)), index, list("abcdefgh")[:terms])
    y = (x.sum(axis=1) + rng.normal(size=len(index)) + 5).rename("y")
    keep = rng.random(len(index)) < share
    return y[keep], x[keep]


def test_a_result_has_one_row_a_term_and_adds_up() -> None:
    y, x = panel()
    result = two_way(y, x, **CLUSTERED)
    frame = result.to_frame(0.95)
    assert frame["term"].tolist() == ["a", "b"]
    assert (frame["inference"] == "clustered:reghdfe:t(G-1)").all()
    assert (result.n_obs, result.n_units, result.n_periods) == (len(y), 12, 8)
    assert result.n_clusters == 12 and (result.df == 11).all()
    expected = 2 * stats.t.sf(np.abs(result.params / result.std_errors), 11)
    np.testing.assert_allclose(result.p_values, expected)
    reach = stats.t.ppf(0.95, 11) * result.std_errors
    np.testing.assert_allclose(result.conf_int(0.9)["high"], result.params + reach)


def test_order_of_rows_changes_nothing() -> None:
    y, x = panel()
    mixed = np.random.default_rng(3).permutation(len(y))
    first, second = two_way(y, x, **JACKKNIFE), two_way(y.iloc[mixed], x.iloc[mixed], **JACKKNIFE)
    np.testing.assert_allclose(first.std_errors, second.std_errors, rtol=1e-10)


@pytest.mark.parametrize("options", [JACKKNIFE, WILD], ids=lambda o: o["cov"])
def test_units_of_measurement_do_not_matter(options: dict) -> None:
    """Yuan and shares: least squares and linearmodels drop or refuse columns by their size."""
    y, x = panel()
    plain, scaled = two_way(y, x, **options), two_way(y * 1e6, x * [1e12, 1e-6], **options)
    np.testing.assert_allclose(scaled.t_stats, plain.t_stats, rtol=1e-9)
    np.testing.assert_allclose(scaled.p_values, plain.p_values, rtol=1e-9)


@pytest.mark.parametrize("options", [CLUSTERED, JACKKNIFE, WILD], ids=lambda o: o["cov"])
def test_five_clusters_give_estimates_without_p_values(options: dict) -> None:
    y, x = panel(units=5)
    result = two_way(y, x, **options)
    assert result.params.notna().all() and (result.std_errors > 0).all()
    assert result.p_values.isna().all() and result.conf_int(0.95).isna().all().all()
    assert np.isnan(result.constant.p_value)
    assert any("5 clusters" in note for note in result.notes)
    assert result.to_frame(0.95)[["p_value", "ci_low", "ci_high"]].isna().all().all()
    six = two_way(*panel(units=6), **options)
    assert six.p_values.notna().all() and not any("too few" in note for note in six.notes)


def test_two_provinces_would_have_an_error_of_zero() -> None:
    with refuses(Infeasible, Code.SAMPLE_CLUSTERS, groups=2):
        two_way(*panel(units=2, share=1.0), **CLUSTERED)
    assert (two_way(*panel(units=3, share=1.0), **CLUSTERED).std_errors > 1e-3).all()


def test_smaller_of_two_cluster_counts_decides() -> None:
    y, x = panel(units=12, periods=5)
    result = two_way(y, x, **{**CLUSTERED, "cluster": ["province_code", "year"]})
    assert result.n_clusters == 5
    assert result.p_values.isna().all()


def test_joint_test_is_f_and_refuses_too_many_restrictions() -> None:
    y, x = panel(units=9, terms=5)
    result = two_way(y, x, **CLUSTERED)
    v = result.cov.loc[["a", "b"], ["a", "b"]].to_numpy()
    b = result.params[["a", "b"]].to_numpy()
    test = result.wald(["a", "b"])
    assert test.statistic == pytest.approx(b @ np.linalg.inv(v) @ b / 2)
    assert test.p_value == pytest.approx(stats.f.sf(test.statistic, 2, 8))
    result.wald(["a", "b", "c", "d"])  # (9-1)/2 = 4 are allowed
    with refuses(Infeasible, Code.SAMPLE_CLUSTERS, q=5, groups=9, most_coefficients=4):
        result.wald()
    assert result.wald(["a"]).statistic == pytest.approx(result.t_stats["a"] ** 2)
    with refuses(InvalidOption, Code.COVARIANCE):
        two_way(y, x, **WILD).wald(["a"])


def test_indefinite_two_way_covariance_is_repaired_and_said_so() -> None:
    for seed in range(200):
        y, x = panel(units=9, periods=9, terms=4, seed=seed)
        result = two_way(y, x, **{**CLUSTERED, "cluster": ["province_code", "year"]})
        smallest = np.linalg.eigvalsh(result.cov.to_numpy()).min()
        assert smallest > -1e-12
        if any("repaired" in note for note in result.notes):
            # what repair set to zero would be a statistic of 1e17
            with refuses(Infeasible, Code.COLLINEAR):
                result.wald()
            return
    pytest.fail("no indefinite covariance among 200 panels: the repair was never exercised")


def test_singletons_are_counted_and_kept() -> None:
    y, x = panel(units=8, share=1.0)
    # one province left with one year, and a year that only this province has
    extra = pd.MultiIndex.from_tuples(
        [("000900", 2009), ("000901", 2030), ("000902", 2030)], names=y.index.names
    )
    rng = np.random.default_rng(1)
    more_y = pd.concat([y, pd.Series(rng.normal(size=3), extra, name="y")])
    more_x = pd.concat([x, pd.DataFrame(rng.normal(size=(3, 2)), extra, ["a", "b"])])
    whole = two_way(y, x, **CLUSTERED)
    assert whole.notes == ()
    kept = two_way(more_y, more_x, **CLUSTERED)
    assert kept.n_obs == len(y) + 3
    assert any("3 singleton" in n and "kept" in n for n in kept.notes)
    # with effects of their own they say nothing of the slopes
    np.testing.assert_allclose(kept.params, whole.params, rtol=1e-9)


def test_constant_is_the_grand_mean_intercept() -> None:
    y, x = panel()
    result = two_way(y, x, **CLUSTERED)
    means = x.mean()
    assert result.constant.estimate == pytest.approx(y.mean() - means @ result.params)
    # residuals sum to zero within provinces: only the slopes are uncertain
    expected = np.sqrt(means @ result.cov @ means)
    assert result.constant.std_error == pytest.approx(expected)
    assert result.constant.df == 11


def province(x: pd.DataFrame) -> np.ndarray:
    return x.index.get_level_values(0).astype(int).to_numpy()


def year(x: pd.DataFrame) -> np.ndarray:
    return x.index.get_level_values(1).to_numpy(float)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y, x: (y.iloc[:0], x.iloc[:0]), Code.DATA_EMPTY),
        (lambda y, x: (y.reset_index(drop=True), x), Code.DATA_KEYS),
        (lambda y, x: (y, x.rename_axis(["unit", "year"])), Code.DATA_KEYS),
        (lambda y, x: (y, x.iloc[::-1]), Code.DATA_KEYS),
        (lambda y, x: (y, x.iloc[1:]), Code.DATA_KEYS),
        (lambda y, x: (pd.concat([y, y.iloc[:1]]), pd.concat([x, x.iloc[:1]])), Code.DATA_KEYS),
        (lambda y, x: (y.mask(y == y.iloc[7]), x), Code.DATA_MISSING),
        (lambda y, x: (y, x.assign(b=np.inf)), Code.DATA_MISSING),
        (lambda y, x: (y, x.assign(b=3.0)), Code.ABSORBED),
        (lambda y, x: (y, x.assign(b=province(x) * 1.0)), Code.ABSORBED),
        (lambda y, x: (y, x.assign(b=-1e9 * np.log(province(x)))), Code.ABSORBED),
        (lambda y, x: (y, x.assign(b=np.log(year(x)))), Code.ABSORBED),
        (lambda y, x: (y, x.assign(b=1e9 * np.log(year(x)))), Code.ABSORBED),
        # what rounding leaves is held against the column's size, not against its zeros
        (lambda y, x: (y, x.assign(b=np.log(year(x) - 2007))), Code.ABSORBED),
        (lambda y, x: (y, x.assign(b=0.3 * province(x) + year(x) ** 0.5)), Code.ABSORBED),
        (lambda y, x: (y, x.assign(c=2 * x["a"] - x["b"] + year(x))), Code.COLLINEAR),
        (lambda y, x: (0 * y + year(x), x), Code.OUTCOME_EXPLAINED),
        (
            lambda y, x: (2 * x["a"] - x["b"] + year(x), x),
            Code.OUTCOME_EXPLAINED,
        ),
        (lambda y, x: (y, x.assign(d=year(x), level=1.0)), Code.ABSORBED),
    ],
)
def test_bad_data_is_named(change, message: Code) -> None:
    y, x = panel()
    with refuses(InvalidData, message):
        two_way(*change(y, x), **CLUSTERED)


def test_slow_but_real_variation_is_not_taken_for_absorbed() -> None:
    y, x = panel()
    own = pd.Series(x["a"].iloc[::-1].to_numpy(), x.index)
    slow = two_way(y, x.assign(slow=province(x) + 0.1 * own), **CLUSTERED).params["slow"]
    alone = two_way(y, x.assign(slow=own), **CLUSTERED).params["slow"]
    assert slow == pytest.approx(10 * alone, rel=1e-9)
    with refuses(Infeasible, Code.ABSORBED, least="slow"):
        two_way(y, x.assign(slow=province(x) + 1e-3 * own), **CLUSTERED)
    small = 1e6 + 1e-2 * x["a"]
    params = two_way(y, x.assign(a=small), **CLUSTERED).params
    assert params["a"] == pytest.approx(100 * two_way(y, x, **CLUSTERED).params["a"], rel=1e-6)


def test_no_degrees_of_freedom_is_an_error_with_counts() -> None:
    y, x = panel(units=3, periods=2, terms=2, share=1.0)
    with refuses(Infeasible, Code.SAMPLE_SMALL, n=6, k=2, absorbed=4):
        two_way(y, x, **CLUSTERED)


@pytest.mark.parametrize(
    ("cluster", "error", "message"),
    [
        (lambda key: "region", InvalidOption, Code.COVARIANCE),
        (lambda key: key[:1], InvalidData, Code.DATA_KEYS),
        (lambda key: key.mask(key == 3), InvalidData, Code.DATA_MISSING),
        (lambda key: key * 0, Infeasible, Code.SAMPLE_CLUSTERS),
    ],
)
def test_bad_cluster_keys(cluster, error, message: Code) -> None:
    y, x = panel()
    key = pd.Series(np.arange(len(y)) % 7 * 1.0, y.index, name="region")
    with refuses(error, message):
        two_way(y, x, **CLUSTERED | {"cluster": cluster(key)})


def test_jackknife_names_the_cluster_it_cannot_do_without() -> None:
    y, x = panel(share=1.0)
    only = (x.index.get_level_values(0) == "114000") * np.random.default_rng(0).normal(size=len(x))
    # another regressor in larger units, that does not vary with it, must not hide it
    apart = net_of(x["a"], only)
    for a in (x["a"], 1e9 * apart):
        with refuses(Infeasible, Code.SAMPLE_LEAVE_OUT, g=5, groups=12):
            two_way(y, x.assign(a=a, b=only), **JACKKNIFE)


def test_units_and_periods_have_the_names_of_the_data() -> None:
    y, x = panel()
    wanted = two_way(y, x, **CLUSTERED)
    for names in (["firm", "quarter"], ["unit", "year"]):
        own = {**CLUSTERED, "cluster": names[0]}
        found = two_way(y.rename_axis(names), x.rename_axis(names), **own)
        np.testing.assert_array_equal(found.std_errors, wanted.std_errors)
        assert found.label == wanted.label == "clustered:reghdfe:t(G-1)"
    by_period = two_way(
        y.rename_axis(["firm", "quarter"]),
        x.rename_axis(["firm", "quarter"]),
        **{**CLUSTERED, "cluster": "quarter"},
    )
    assert by_period.label == "clustered(quarter):reghdfe:t(G-1)" and by_period.n_clusters == 8
