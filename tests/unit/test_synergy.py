"""Synergy: the two products, marginal effects, influence, leads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.errors import InvalidData
from living_panel.estimation.econometrics.robustness.synergy import (
    FORMS,
    estimate_synergy,
    interaction_parts,
    leads_test,
    leave_one_unit_out,
    marginal_effects,
    shifts_rebuilt,
)
from living_panel.estimation.estimators._two_way import two_way
from tests.refusals import refuses
from tests.unit.panels import CLUSTERED, JACKKNIFE, WILD, dummies, net_of, rows


def drawn(seed: int, synergy: float = 0.0, n: int = 15, t: int = 9):
    rng = np.random.default_rng(seed)
    index = rows(n, t)
    a = rng.normal(size=(n, 1))
    u = 0.5 * rng.normal(size=(n, t))
    fdi = a + rng.normal(size=(n, t))
    ce = a + rng.normal(size=(n, t))
    y = 0.4 * fdi + 0.3 * ce + synergy * fdi * ce + 2 * a + u
    x = pd.DataFrame({"fdi": fdi.ravel(), "ce": ce.ravel()}, index)
    return pd.Series(y.ravel(), index), x


def test_parts_are_off_the_mean_or_residuals_from_dummies() -> None:
    _, x = drawn(2)
    x = x[np.random.default_rng(0).random(len(x)) < 0.8]
    centred, within = (interaction_parts(x, ("fdi", "ce"), form) for form in FORMS)
    np.testing.assert_allclose(centred, x - x.mean(), atol=1e-14)
    np.testing.assert_allclose(within, net_of(x), atol=1e-10)


@pytest.mark.parametrize("form", FORMS)
def test_regression_is_two_way_with_the_product(form) -> None:
    y, x = drawn(3)
    fit = estimate_synergy(y, x, pair=("fdi", "ce"), form=form, way=CLUSTERED)
    parts = interaction_parts(x, ("fdi", "ce"), form)
    again = two_way(y, x.assign(product=parts["fdi"] * parts["ce"]), **CLUSTERED)
    np.testing.assert_allclose(fit.result.params, again.params, rtol=1e-9)
    np.testing.assert_allclose(fit.result.std_errors, again.std_errors, rtol=1e-9)
    assert fit.term == f"fdi x ce ({form})"


def test_cr3_of_the_demeaned_product_makes_it_anew_without_each_province() -> None:
    """Every leave-one-out from dummies: factors demeaned on the smaller sample, then least squares."""
    y, x = drawn(3)
    kept = np.random.default_rng(1).random(len(x)) < 0.85
    y, x = y[kept], x[kept]
    fit = estimate_synergy(y, x, pair=("fdi", "ce"), form="demeaned", way=JACKKNIFE)

    def slopes(y: pd.Series, x: pd.DataFrame) -> np.ndarray:
        design = np.column_stack([x, net_of(x).prod(axis=1), dummies(x.index)])
        return np.linalg.lstsq(design, y.to_numpy(), rcond=None)[0][:3]

    codes = x.index.get_level_values(0)
    full = slopes(y, x)
    shifts = np.stack([slopes(y[codes != p], x[codes != p]) - full for p in sorted(set(codes))])
    by_hand = np.sqrt(14 / 15 * (shifts**2).sum(axis=0))
    np.testing.assert_allclose(fit.result.std_errors, by_hand, rtol=1e-7)
    yuan = x.assign(fdi=1e12 * x["fdi"])
    again = shifts_rebuilt(y, yuan, ("fdi", "ce"), "demeaned") * [1e12, 1, 1e12]
    np.testing.assert_allclose(again, shifts, rtol=1e-6, atol=1e-12)
    once = two_way(y, x.assign(product=fit.parts.prod(axis=1)), **JACKKNIFE).std_errors["product"]
    assert abs(once / by_hand[2] - 1) > 0.001


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("of", ["fdi", "ce"])
def test_marginal_effect_equals_the_main_effect_of_a_shifted_regression(form, of) -> None:
    y, x = drawn(5, synergy=0.1)
    fit = estimate_synergy(y, x, pair=("fdi", "ce"), form=form, way=CLUSTERED)
    effects = marginal_effects(fit, of, points=7, level=0.95)
    other = "ce" if of == "fdi" else "fdi"
    parts = fit.parts
    for row in effects.iloc[[0, 3, 6]].itertuples():
        # moving the moderator's origin to z makes the main effect the effect at z
        product = parts["fdi"] * parts["ce"]
        moved = product - row.factor * x[of]
        again = two_way(y, x.assign(product=moved), **CLUSTERED)
        assert row.effect == pytest.approx(again.params[of], rel=1e-8)
        assert row.std_error == pytest.approx(again.std_errors[of], rel=1e-7)
    reach = (effects["high"] - effects["effect"]) / effects["std_error"]
    np.testing.assert_allclose(reach, stats.t.ppf(0.975, 14))
    joint = (effects["band_high"] - effects["effect"]) / effects["std_error"]
    np.testing.assert_allclose(joint, np.sqrt(2 * stats.f.ppf(0.95, 2, 14)))
    centre = x[other].mean() if form == "centred" else 0.0
    ends = parts[other].agg(["min", "max"]) + centre
    assert effects["moderator"].iloc[[0, -1]].tolist() == pytest.approx(ends.tolist())
    assert effects["share_below"].iloc[-1] == 1.0


def test_leave_one_out_equals_the_smaller_regression_and_sorts_by_influence() -> None:
    y, x = drawn(7, n=8)
    odd = y.index.get_level_values(0) == "113000"
    # both an outlying slope and the leverage to pull the others towards it
    x = x.mul(np.where(odd, 4.0, 1.0), axis=0)
    y = y + 20 * odd * x["fdi"] * x["ce"]
    table = leave_one_unit_out(
        y, x, terms=["fdi", "synergy"], way=CLUSTERED, pair=("fdi", "ce"), form="centred"
    )
    assert len(table) == 2 * 9
    assert list(table) == [
        "left_out", "term", "estimate", "std_error", "p_value", "n_obs", "change",
    ]  # fmt: skip
    synergy = table[table["term"] == "synergy"].reset_index(drop=True)
    assert list(synergy["left_out"][:2]) == ["", "113000"]
    assert synergy["change"][1:].abs().is_monotonic_decreasing
    rest = y.index.get_level_values(0) != "113000"
    again = estimate_synergy(y[rest], x[rest], pair=("fdi", "ce"), form="centred", way=CLUSTERED)
    row = synergy.iloc[1]
    assert row["estimate"] == pytest.approx(again.result.params[again.term], rel=1e-9)
    full = synergy.iloc[0]
    assert row["change"] == pytest.approx(
        (row["estimate"] - full["estimate"]) / full["std_error"], rel=1e-9
    )
    plain = leave_one_unit_out(y, x, terms=["fdi"], way=CLUSTERED)
    assert plain["n_obs"].to_list() == [72] + [63] * 8


def test_leads_by_hand_and_their_power() -> None:
    y, x = drawn(8)
    breaks = pd.DataFrame({"province_code": ["112000"], "year": [2012]})
    got = leads_test(y, x, of=["fdi"], way=CLUSTERED, breaks=breaks, level=0.05, power=0.8)
    lead = x["fdi"].groupby(level=0).shift(-1).rename("fdi (lead)")
    keep = lead.notna()
    keep[("112000", 2011)] = False
    again = two_way(y[keep], x[keep].join(lead[keep]), **CLUSTERED)
    np.testing.assert_allclose(got.result.params, again.params, rtol=1e-9)
    assert got.joint.p_value == pytest.approx(again.p_values["fdi (lead)"], rel=1e-8)
    assert len(got.lost) == 15 + 1
    assert got.lost.count("a new definition the year after") == 1
    row = got.leads.iloc[0]
    t = stats.t.ppf(0.975, 14) + stats.t.ppf(0.8, 14)
    assert row["minimum_detectable"] == pytest.approx(t * row["std_error"])


def test_leads_skip_gaps_in_the_years() -> None:
    y, x = drawn(9)
    hole = y.index.get_level_values(1) != 2012
    got = leads_test(y[hole], x[hole], of=["fdi", "ce"], way=CLUSTERED, level=0.05, power=0.8)
    assert got.lost == ["no value in the year after"] * 2 * 15
    assert got.result.n_obs == 15 * (9 - 1 - 2)


def test_few_clusters_have_effects_without_bands_and_leads_without_power() -> None:
    y, x = drawn(10, n=5)
    fit = estimate_synergy(y, x, pair=("fdi", "ce"), form="centred", way=CLUSTERED)
    effects = marginal_effects(fit, "fdi", points=50, level=0.95)
    assert np.isfinite(effects["effect"]).all()
    assert effects[["low", "high", "band_low", "band_high"]].isna().all().all()
    leads = leads_test(y, x, of=["fdi"], way=CLUSTERED, level=0.05, power=0.8).leads
    assert np.isfinite(leads["std_error"]).all() and leads["minimum_detectable"].isna().all()


def test_refusals() -> None:
    y, x = drawn(11)
    with refuses(InvalidData, Code.COLLINEAR):
        estimate_synergy(y, x, pair=("fdi", "gdp"), form="centred", way=CLUSTERED)
    with refuses(InvalidData, Code.COLLINEAR):
        estimate_synergy(y, x, pair=("fdi", "fdi"), form="centred", way=CLUSTERED)
    drawn_fit = estimate_synergy(y, x, pair=("fdi", "ce"), form="centred", way=WILD)
    with pytest.raises(ValueError, match="does not give degrees of freedom"):
        marginal_effects(drawn_fit, "fdi", points=50, level=0.95)
    with refuses(InvalidData, Code.GAPS):
        even = y.index.get_level_values(1) % 2 == 0
        leads_test(y[even], x[even], of=["fdi"], way=CLUSTERED, level=0.05, power=0.8)
