"""Region differences: identity with separate columns, brute-force draws, size, families."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.linalg import block_diag

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.robustness.multiple_tests import holm, romano_wolf
from living_panel.estimation.econometrics.robustness.regions import (
    bootstrap_equality,
    family,
    interacted,
    pairwise_differences,
    randomisation_equality,
    randomised_slopes,
    wald_equality,
    wald_of,
)
from living_panel.estimation.estimators._two_way import two_way
from tests.refusals import refuses
from tests.unit.panels import CLUSTERED, JACKKNIFE, net_of, rows

SIZES = {"East": 11, "Central": 8, "West": 10}


def scheme(sizes=SIZES) -> pd.Series:
    labels = [label for label, size in sizes.items() for _ in range(size)]
    return pd.Series(labels, rows(len(labels), 1).get_level_values(0))


def drawn(seed: int, slopes=(0.5, 0.5, 0.5), t: int = 8, sizes=SIZES):
    rng = np.random.default_rng(seed)
    region = scheme(sizes)
    n = len(region)
    index = rows(n, t)
    place = region.map({label: i for i, label in enumerate(sizes)}).to_numpy().repeat(t)
    a = rng.normal(size=n).repeat(t)
    years = rng.normal(size=(len(sizes), t))[place, np.tile(np.arange(t), n)]
    x = pd.DataFrame(rng.normal(size=(n * t, 2)) + a[:, None], index, ["fdi", "gdp"])
    y = a + years + np.array(slopes)[place] * x["fdi"] + 0.3 * x["gdp"] + rng.normal(size=n * t)
    return y, x, region


@pytest.mark.parametrize(("cov", "way"), [("cr3", JACKKNIFE), ("cr1", CLUSTERED)])
def test_points_and_errors_are_those_of_the_separate_columns(cov, way) -> None:
    y, x, region = drawn(1)
    keep = np.random.default_rng(0).random(len(y)) < 0.9
    y, x = y[keep], x[keep]
    fit = interacted(y, x, region)
    assert fit.clusters.to_dict() == SIZES
    for label, own in zip(SIZES, fit.covs(cov), strict=True):
        inside = y.index.get_level_values(0).map(region) == label
        single = two_way(y[inside], x[inside], **way)
        np.testing.assert_allclose(fit.params.loc[label], single.params, rtol=1e-9)
        np.testing.assert_allclose(own, single.cov, rtol=1e-8)


def by_region(y, region) -> tuple[pd.MultiIndex, list[np.ndarray]]:
    """Rows with years of their own in every region; which rows are in each region."""
    label = y.index.get_level_values(0).map(region)
    years = [f"{r}{t}" for r, t in zip(label, y.index.get_level_values(1), strict=True)]
    index = pd.MultiIndex.from_arrays([y.index.get_level_values(0), years])
    return index, [np.asarray(label == r) for r in SIZES]


def test_units_of_the_regressors_do_not_matter() -> None:
    y, x, region = drawn(2)
    plain, scaled = (interacted(y, z, region).params for z in (x, x * [1e12, 1e-6]))
    np.testing.assert_allclose(scaled * [1e12, 1e-6], plain, rtol=1e-9)


def test_wald_is_the_contrast_form() -> None:
    y, x, region = drawn(3)
    fit = interacted(y, x, region)
    test = wald_equality(fit, ["fdi", "gdp"], "cr3")
    b, v = fit.params.to_numpy().ravel(), block_diag(*fit.covs("cr3"))
    contrast = np.kron([[1, -1, 0], [1, 0, -1]], np.eye(2))
    d = contrast @ b
    statistic = d @ np.linalg.solve(contrast @ v @ contrast.T, d)
    np.testing.assert_allclose(test.statistic, statistic, rtol=1e-9)
    np.testing.assert_allclose(test.p_value, stats.f.sf(statistic / 4, 4, 7), rtol=1e-9)


def test_bootstrap_draws_equal_regressions_on_the_drawn_outcomes() -> None:
    y, x, region = drawn(4)
    draws, seed = 99, 11
    fit = interacted(y, x, region)
    got = bootstrap_equality(fit, ["fdi"], draws=draws, seed=seed, near=None)
    weights = np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, len(region)))
    # the restricted model by dummies: one slope of fdi, everything else by region
    index, inside = by_region(y, region)
    others = [x["gdp"] * own for own in inside]
    residual = net_of(y.set_axis(index), x["fdi"], *others)
    fitted = y.to_numpy() - residual
    codes = pd.factorize(y.index.get_level_values(0), sort=True)[0]
    for draw in range(0, draws, 20):
        outcome = pd.Series(fitted + residual * weights[draw][codes], y.index)
        again = wald_equality(interacted(outcome, x, region), ["fdi"], "cr1")
        np.testing.assert_allclose(got.distribution[draw], again.statistic, rtol=1e-7)
    observed = wald_equality(fit, ["fdi"], "cr1").statistic
    np.testing.assert_allclose(got.statistic, observed, rtol=1e-9)
    larger = (got.distribution >= observed * (1 - 1e-9)).sum()
    assert got.p_value == (1 + larger) / (1 + draws)


def test_small_schemes_enumerate_every_weight() -> None:
    y, x, region = drawn(5, slopes=(0.5, 0.5), sizes={"A": 6, "B": 6})
    fit = interacted(y, x, region)
    got, other = (bootstrap_equality(fit, ["fdi"], draws=4096, seed=s, near=None) for s in (1, 2))
    assert len(got.distribution) == 2048
    assert got.p_value == other.p_value
    # the first draw is the sample itself: a tie, which counts
    assert got.distribution[0] == pytest.approx(got.statistic, rel=1e-10)
    assert got.p_value == (got.distribution >= got.statistic * (1 - 1e-9)).mean()


def test_statistics_of_randomised_slopes_equal_single_regressions() -> None:
    y, x, region = drawn(6)
    z = np.concatenate([x.to_numpy(), y.to_numpy()[:, None]], axis=1).reshape(29, 8, 3)
    z = z - z.mean(axis=1, keepdims=True)
    rng = np.random.default_rng(3)
    codes = region.map({r: i for i, r in enumerate(SIZES)}).to_numpy()
    assignments = rng.permuted(np.tile(codes, (7, 1)), axis=1)
    drawn_slopes = randomised_slopes(z, assignments, 3, chunk=3)
    got = np.column_stack([wald_of(*drawn_slopes, chosen) for chosen in ([0, 1], [1])])
    for draw, assignment in enumerate(assignments):
        mixed = pd.Series([f"r{c}" for c in assignment], region.index)
        fit = interacted(y, x, mixed)
        again = [fit.statistic(terms, "cr1") for terms in (["fdi", "gdp"], ["gdp"])]
        np.testing.assert_allclose(got[draw], again, rtol=1e-8)


def test_randomisation_p_is_seeded_and_counts_the_observed_draw() -> None:
    y, x, region = drawn(7, slopes=(1.5, 0.2, -1.0))
    fit = interacted(y, x, region)
    (first,) = randomisation_equality(fit, [["fdi"]], draws=9_999, seed=1)
    again, _ = randomisation_equality(fit, [["fdi"], ["gdp"]], draws=9_999, seed=1)
    assert first.p_value == again.p_value == 1 / 10_000


def test_levels_of_the_provinces_do_not_move_the_randomisation_test() -> None:
    y, x, region = drawn(7)
    level = 100 * np.arange(len(region)).repeat(8)
    one, other = (
        randomisation_equality(interacted(v, x, region), [["fdi"]], draws=999, seed=1)[0]
        for v in (y, y + level)
    )
    assert 0.1 < one.p_value < 0.9 and one.p_value == other.p_value


@pytest.mark.parametrize(("level", "power"), [(0.05, 0.8), (0.01, 0.9)])
def test_pairwise_differences(level: float, power: float) -> None:
    fit = interacted(*drawn(8))
    table = pairwise_differences(fit, "cr3", level=level, power=power)
    assert len(table) == 6
    row = table.set_index(["term", "first", "second"]).loc[("fdi", "East", "West")]
    assert row["difference"] == fit.params.loc["East", "fdi"] - fit.params.loc["West", "fdi"]
    east, _, west = fit.covs("cr3")[:, 0, 0]
    assert row["std_error"] == pytest.approx(np.sqrt(east + west))
    assert row["df"] == 9
    t = row["difference"] / row["std_error"]
    assert row["p_value"] == pytest.approx(2 * (1 - stats.t.cdf(abs(t), 9)))
    reach = stats.t.isf(level / 2, 9) + stats.t.isf(1 - power, 9)
    assert row["minimum_detectable"] == pytest.approx(reach * row["std_error"])


def test_holm() -> None:
    p = pd.Series({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005, "e": np.nan})
    got = holm(p)
    # worked by hand: .005*4, max(.01*3, .02), max(.03*2, .03), max(.04, .06)
    assert got[["d", "a", "c", "b"]].to_list() == pytest.approx([0.02, 0.03, 0.06, 0.06])
    assert np.isnan(got["e"])


def test_romano_wolf_by_hand() -> None:
    null = pd.DataFrame({"a": [1.0, 5, 2, 0], "b": [3.0, 1, 1, 0], "c": [0.5, 0, 4, 0]})
    got = romano_wolf(pd.Series({"a": 4.5, "b": 2.5, "c": 0.2}), null)
    # maxima from a on: 3, 5, 4, 0 -> one reaches 4.5; from b on: 3, 1, 4, 0 -> two reach 2.5;
    # c alone: .5, 0, 4, 0 -> two reach .2
    assert got.to_list() == pytest.approx([2 / 5, 3 / 5, 3 / 5])


def test_family_adjusts_over_tests_with_joint_draws_only() -> None:
    fit = interacted(*drawn(9, slopes=(1.2, 0.4, 0.0)))
    tests = [bootstrap_equality(fit, [t], draws=199, seed=5, near=None) for t in ("fdi", "gdp")]
    found = family(tests)
    assert (found["holm"] >= found["p_value"]).all()
    assert (found["romano_wolf"] >= found["p_value"] - 1e-12).all()
    assert family([wald_equality(fit, ["fdi"], "cr3")])["romano_wolf"].isna().all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda y, x, r: (y, x, r[1:]), InvalidData, Code.SPEC_REGIONS),
        (
            lambda y, x, r: (y, x, r.map(lambda _: "East")),
            InvalidData,
            Code.SPEC_REGIONS,
        ),
        (
            lambda y, x, r: (y, x.mul(x.index.get_level_values(0) > "120000", axis=0), r),
            InvalidData,
            Code.TABLE_NO_MODEL,
        ),
        (lambda y, x, r: (y[1:], x[1:], r), InvalidData, Code.UNBALANCED),
        (
            lambda y, x, r: (y, x, r.where(r.index > "111000", "South")),
            Infeasible,
            Code.SAMPLE_SMALL,
        ),
    ],
)
def test_refusals(change, error, message: Code) -> None:
    with refuses(error, message):
        randomisation_equality(interacted(*change(*drawn(10))), [["fdi"]], draws=9_999, seed=1)


def test_three_provinces_have_slopes_and_no_tests() -> None:
    fit = interacted(*drawn(11, sizes={"East": 10, "Northeast": 3, "West": 12}))
    assert np.isfinite(fit.params.to_numpy()).all()
    pairs = pairwise_differences(fit, "cr3", level=0.05, power=0.8)
    pairs = pairs.set_index(["term", "first", "second"])
    assert np.isnan(pairs.loc[("fdi", "East", "Northeast"), "p_value"])
    assert np.isfinite(pairs.loc[("fdi", "East", "West"), "p_value"])
    for call in (
        lambda: wald_equality(fit, ["fdi"], "cr3"),
        lambda: bootstrap_equality(fit, ["fdi"], draws=99, seed=1, near=None),
        lambda: randomisation_equality(fit, [["fdi"]], draws=9_999, seed=1),
    ):
        with refuses(Infeasible, Code.SAMPLE_CLUSTERS):
            call()


def test_as_many_terms_as_a_region_has_provinces_are_no_test() -> None:
    """Scores of a region's provinces add up to zero: the covariance of so many slopes is singular."""
    y, x, region = drawn(12, sizes={"A": 6, "B": 18})
    extra = np.random.default_rng(0).normal(size=(len(y), 4))
    fit = interacted(y, x.join(pd.DataFrame(extra, y.index, ["c", "d", "e", "f"])), region)
    with refuses(Infeasible, Code.SAMPLE_CLUSTERS, terms=6, region="A"):
        wald_equality(fit, fit.data.names, "cr1")
    assert wald_equality(fit, fit.data.names[:5], "cr1").p_value > 0


def test_half_as_many_restrictions_as_provinces_less_one_are_still_tested() -> None:
    y, x, region = drawn(13, sizes={"A": 7, "B": 7, "C": 7})
    extra = np.random.default_rng(0).normal(size=(len(y), 4))
    fit = interacted(y, x.join(pd.DataFrame(extra, y.index, ["c", "d", "e", "f"])), region)
    # five terms: 2 x 5 = (21 - 1) / 2
    test = wald_equality(fit, fit.data.names[:5], "cr1")
    assert test.p_value == pytest.approx(stats.f.sf(test.statistic / 10, 10, 6))
    with refuses(Infeasible, Code.SAMPLE_CLUSTERS, q=12, total=21):
        wald_equality(fit, fit.data.names, "cr1")
