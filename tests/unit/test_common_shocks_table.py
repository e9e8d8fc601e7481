"""Common shocks: planted factors are taken out, intervals cover, and the table's sentence turns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import Infeasible, InvalidData
from living_panel.estimation.econometrics.inference_label import has_clusters
from living_panel.estimation.econometrics.library.result import Fit
from living_panel.estimation.estimators import factors
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.panel.spec import Spec, load_spec
from living_panel.estimation.panel_tests.unit_roots import panic
from living_panel.estimation.tables.estimate import build, estimate, points
from living_panel.estimation.tables.facts import JACKKNIFE as CR3
from living_panel.estimation.tables.result import TableResult
from tests.paths import SPECS
from tests.refusals import refuses
from tests.unit.panels import JACKKNIFE
from tests.unit.reading import hold_points, numbers, shipped, texts
from tests.unit.table_release_fixture import planted_release


def drawn(seed: int, n: int = 29, t: int = 13) -> tuple[pd.Series, pd.DataFrame]:
    """One factor that x and y load on together; true slopes 1 and -.5."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=t).cumsum()
    common = rng.normal(1, 1, (n, 1)) * factor
    x1 = 0.5 * common + 0.5 * rng.normal(1, 1, (n, 1)) * factor + rng.normal(size=(n, t))
    x2 = rng.normal(size=(n, t)) + rng.normal(size=(n, 1))
    effects = rng.normal(size=(n, 1)) + rng.normal(size=(1, t))
    y = x1 - 0.5 * x2 + common + effects + 0.7 * rng.normal(size=(n, t))
    units = [f"{100000 + i}" for i in range(n)]
    index = pd.MultiIndex.from_product(
        [units, range(2008, 2008 + t)], names=["province_code", "year"]
    )
    return pd.Series(y.ravel(), index), pd.DataFrame({"x1": x1.ravel(), "x2": x2.ravel()}, index)


def fitted(y: pd.Series, x: pd.DataFrame, **options: object) -> Fit:
    return factors.interactive_effects(f"y ~ {' + '.join(x)}", x.assign(y=y), **options)


def test_without_factors_it_is_the_two_way_regression() -> None:
    y, x = drawn(1)
    fit = fitted(y, x, factors=0, starts=2, seed=1)
    plain = two_way(y, x, **JACKKNIFE)
    assert fit.params.to_numpy() == pytest.approx(plain.params.to_numpy())


def test_a_factor_is_taken_out_where_two_way_effects_leave_it() -> None:
    fits = [fitted(*drawn(s), factors=1, starts=2, seed=1).params for s in range(20)]
    assert np.mean(fits, axis=0) == pytest.approx([1, -0.5], abs=0.03)
    plain = fitted(*drawn(0), factors=0, starts=1, seed=1).params
    assert plain["x1"] > 1.2
    y, x = drawn(0)
    found = factors.number_of_factors("y ~ x1 + x2", x.assign(y=y), most=3, starts=2)
    assert found["ic"].idxmin() == 1 and found["ssr"].is_monotonic_decreasing
    # Bai (2009), supplement: log(SSR/NT) + r (N + T - r) log(NT) / NT, of 0 to 3 factors
    r, (n, t) = found["factors"], drawn(0)[0].unstack().shape
    criterion = np.log(found["ssr"] / (n * t)) + r * (n + t - r) * np.log(n * t) / (n * t)
    assert found["ic"].to_numpy() == pytest.approx(criterion.to_numpy(), rel=1e-9)
    # no factor takes up nothing
    assert found["share"][0] == 0 and found["share"].between(0, 1).all()


def test_leaving_out_a_unit_is_estimating_without_it() -> None:
    y, x = drawn(3, n=8, t=7)
    fit = fitted(y, x, factors=1, starts=5, seed=1)
    without = fit.raw.resampled
    kept = y.index.get_level_values(0) != "100002"
    again = fitted(y[kept], x[kept], factors=1, starts=5, seed=1)
    assert without.loc["100002"].to_numpy() == pytest.approx(again.params.to_numpy(), abs=1e-5)
    draws, again = (fit.vcov("bootstrap", draws=9, seed=2).raw.resampled for _ in range(2))
    assert draws.equals(again) and len(draws) == 9


def test_refusals() -> None:
    y, x = drawn(1, n=6, t=5)
    with refuses(Infeasible, Code.SAMPLE_SMALL, factors=4):
        fitted(y, x, factors=4, starts=1, seed=1)
    with refuses(Infeasible, Code.SAMPLE_SMALL, factors=7):
        fitted(y, x, factors=7, starts=1, seed=1)
    assert len(fitted(*drawn(1, n=5, t=3), factors=1, starts=1, seed=1).params) == 2
    with refuses(Infeasible, Code.SAMPLE_SMALL, factors=1):
        fitted(*drawn(1, n=4, t=3), factors=1, starts=1, seed=1)
    with pytest.raises(InvalidData):
        fitted(y.iloc[1:], x.iloc[1:], factors=1, starts=1, seed=1)
    national = x.assign(national=1e6 * np.log(y.index.get_level_values(1)))
    with refuses(InvalidData, Code.ABSORBED):
        fitted(y, national, factors=1, starts=1, seed=1)
    y, x = drawn(1)
    alone = x.assign(x2=x["x2"].where(x.index.get_level_values(0) == "100003", 1.7))
    with refuses(Infeasible, Code.ABSORBED, names="x2"):
        fitted(y, alone, factors=1, starts=1, seed=1)
    wide = drawn(1, n=6, t=5)[0].unstack("province_code")
    with refuses(Infeasible, Code.SAMPLE_SMALL, test="PANIC", min_df=1):
        panic(wide, factors=1, lags=1, draws=99, seed=1)
    wide = drawn(1)[0].unstack("province_code")
    with refuses(Infeasible, Code.ABSORBED):
        even = wide.assign(**{"100000": 0.1 * np.arange(13.0)})  # but for rounding
        panic(even, factors=1, lags=1, draws=99, seed=1)
    with refuses(Infeasible, Code.GAPS, some="2010"):
        panic(wide.drop(index=2010), factors=1, lags=1, draws=99, seed=1)


def test_panic_tells_a_common_trend_from_own_ones() -> None:
    """A factor that wanders over units that do not, and the other way round."""
    rng = np.random.default_rng(2)
    load = rng.normal(1, 0.5, (1, 29))
    walk, noise = rng.normal(size=(60, 1)).cumsum(axis=0), rng.normal(size=(60, 29))
    common = panic(pd.DataFrame(walk * load + 0.3 * noise), factors=1, lags=1, draws=2000, seed=1)
    assert common.p_value < 0.001 and common.p_values.iloc[1] > 0.05
    still = 2 * rng.normal(size=(60, 1)) * load + 0.3 * noise.cumsum(axis=0)
    own = panic(pd.DataFrame(still), factors=1, lags=1, draws=2000, seed=1)
    assert own.p_value > 0.05 and own.p_values.iloc[1] < 0.05


def spec(**changes: object) -> Spec:
    options = load_spec(SPECS / "x_common_shocks.yml").options
    few = {
        "factors": {"numbers": [1], "most": 2, "starts": 2, "draws": 19},
        "panic": {"draws": 199},
        "westerlund": {"draws": 19},
    }
    few = {name: options[name] | less for name, less in few.items()}
    return shipped("x_common_shocks", **few | changes)


def table(slope: float, shock: float) -> tuple[TableResult, object]:
    """Log trade = slope times log FDI, and a factor that FDI loads on as well, of the size given."""
    rng = np.random.default_rng(6)
    base = planted_release()
    panel = base.panel.copy()
    codes, years = (panel.index.get_level_values(i) for i in (0, 1))
    factor = pd.Series(rng.normal(size=18).cumsum(), range(2005, 2023))[years].to_numpy()
    load = pd.Series(rng.normal(0, 1, 31), panel.index.levels[0])[codes].to_numpy()
    fdi = 5 + 0.5 * load * factor + rng.normal(size=len(panel))
    panel["fdi_cny_100m"] = np.exp(fdi)
    noise = 0.3 * rng.standard_normal(len(panel))
    panel["exports_cny_100m"] = np.exp(slope * fdi + shock * load * factor + noise)
    release = replace(base, panel=panel)
    return build(spec(), release), release


def test_the_sentence_turns_with_the_truth() -> None:
    """A shock that moves both makes a false slope; without it the slope stays."""
    turned, _ = table(-0.3, 1.5)
    said = texts(turned, "words_more").item()
    assert "the sign changes in" in said and "differ significantly from zero" in said
    first = texts(turned, "words").item()
    assert "by CR3 jackknife it" in first and "by Driscoll-Kraay it" in first
    stays, release = table(0.5, 0.0)
    assert "the sign is the same in every estimate" in texts(stays, "words_more").item()
    row = stays.coefficients.query("model == 'interactive.1' and term == 'fdi'").iloc[0]
    assert row["estimate"] == pytest.approx(0.5, abs=0.06) and row["inference"] == CR3
    said = numbers(stays)
    ends = [said["interactive.1", f"bootstrap_{end} fdi"] for end in ("low", "high")]
    assert ends[0] < row["estimate"] < ends[1]
    page = stays.page[0]
    assert page.rows[2][0] == "And 1 interactive effect" and page.rules == {0, 2}
    frame, how = stays.samples["sample"].frame, spec().options["factors"]
    y, x = frame["ex"], frame[["fdi", "gdp"]]
    fit = fitted(y, x, factors=1, starts=2, seed=how["seed"])
    shifts = (fit.raw.resampled - fit.params)["fdi"]
    assert row["std_error"] == pytest.approx(np.sqrt(28 / 29 * (shifts**2).sum()), rel=1e-9)
    again = fit.vcov("bootstrap", draws=19, seed=how["seed"]).raw.resampled["fdi"]
    assert ends == pytest.approx(np.quantile(again, [0.025, 0.975]), rel=1e-9)
    clustered = stays.coefficients[stays.coefficients["inference"].map(has_clusters)]
    assert set(clustered["n_clusters"]) == {29}  # the provinces of the spec's sample
    kernel = stays.coefficients.query("model == 'driscoll_kraay'")
    ratio = (kernel["estimate"] / kernel["std_error"]).abs()
    # t with the years less one, whatever the number of provinces
    years = frame.index.get_level_values("year").nunique()
    assert kernel["p_value"].to_numpy() == pytest.approx(2 * stats.t.sf(ratio, years - 1))
    hold_points(points(spec(), release), stays)


def test_a_gap_leaves_the_regressions_that_need_no_balanced_panel() -> None:
    release = planted_release()
    release.panel.loc[("110000", 2012), "fdi_cny_100m"] = np.nan
    gap = spec(sample=spec().options["sample"] | {"minimum_coverage": 0.9})
    made = build(gap, release)
    assert set(made.coefficients["model"]) == {"two_way", "driscoll_kraay"}
    assert "balanced panel" in texts(made, "not_estimable dependence")["two_way"]
    shown = {row[0]: row[1] for row in made.page[0].rows}
    assert "n.e." not in (shown["Province and year effects"], shown["  Driscoll-Kraay errors"])
    hold_points(points(gap, release), made)


def test_five_units_stand_without_p_values_and_collinear_regressors_not_at_all() -> None:
    release = planted_release()
    five = spec().options["sample"] | {"units": sorted(release.panel.index.levels[0])[:5]}
    made = build(spec(sample=five), release)
    assert len(made.coefficients) and made.coefficients["p_value"].isna().all()
    release.panel["gdp_cny_100m"] = 2 * release.panel["fdi_cny_100m"]
    assert "gdp is collinear with fdi" in str(estimate(spec(), release).reason)


@pytest.mark.slow
def test_intervals_cover_planted_slopes_and_panic_keeps_its_size() -> None:
    """29 provinces by 13 years. The jackknife is careful; PANIC rejects a little too often."""
    hits, kept = [], []
    for seed in range(100):
        y, x = drawn(seed)
        fit = fitted(y, x, factors=1, starts=2, seed=1)
        shifts = fit.raw.resampled - fit.params
        errors = np.sqrt(28 / 29 * (shifts**2).sum())
        jackknife = (fit.params - [1, -0.5]).abs() < stats.t.ppf(0.975, 28) * errors
        drawn_again = fit.vcov("bootstrap", draws=199, seed=2).raw.resampled
        ends = drawn_again.quantile([0.025, 0.975])
        hits.append([*jackknife, *((ends.iloc[0] < [1, -0.5]) & (ends.iloc[1] > [1, -0.5]))])
        rng = np.random.default_rng(seed)
        walks = rng.normal(size=(13, 1)).cumsum(0) * rng.normal(1, 0.5, (1, 29))
        walks = walks + rng.normal(size=(13, 29)).cumsum(0)
        found = panic(pd.DataFrame(walks), factors=1, lags=1, draws=2000, seed=1)
        kept.append(found.p_value >= 0.05)
    rates = np.mean(hits, axis=0)
    print("jackknife, bootstrap", rates, "PANIC", 1 - np.mean(kept))
    assert (rates >= 0.885).all()  # three binomial errors below .95
    assert 1 - np.mean(kept) < 0.2
