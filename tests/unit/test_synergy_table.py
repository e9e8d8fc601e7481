"""Synergy table: both products, the influential province by the code, leads, threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy import stats

from living_panel.estimation.econometrics.robustness.synergy import (
    estimate_synergy,
    leads_test,
    marginal_effects,
)
from living_panel.estimation.econometrics.robustness.threshold import panel_threshold
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.spec import Spec, load_spec
from living_panel.estimation.tables.estimate import build as estimate
from living_panel.estimation.tables.estimate import points
from living_panel.estimation.tables.facts import JACKKNIFE as CR3
from living_panel.estimation.tables.kinds.synergy import most_influential
from living_panel.estimation.tables.kinds.synergy.blocks import _plot_effects, _profile
from tests.paths import SPECS
from tests.unit.panels import CLUSTERED, JACKKNIFE
from tests.unit.reading import (
    block_of,
    coefficients,
    hold_points,
    numbers,
    shipped,
    texts,
)
from tests.unit.table_release_fixture import paper_logs, planted_release


def small_spec() -> Spec:
    pairing = dict(load_spec(SPECS / "t07_synergy.yml").options["pairings"][3])
    window = {"first_year": 2010, "last_year": 2019, "without_years": []}
    sample = pairing["regression"]["sample"] | window
    few = {"id": "main", "enter": ["fdi", "ce", "gdp"], "sample": sample}
    pairing["threshold"] = pairing["threshold"] | {"draws": 99}
    pairing["regression"] = pairing["regression"] | few
    return shipped("t07_synergy", pairings=[pairing])


@pytest.fixture(scope="module")
def made() -> tuple[Spec, object]:
    spec = small_spec()
    return spec, estimate(spec, planted_release())


NAMES = {
    "exports_cny_100m": "ex",
    "fdi_cny_100m": "fdi",
    "express_international_cny_100m": "ce",
    "gdp_cny_100m": "gdp",
}


def logs() -> pd.DataFrame:
    return paper_logs(list(NAMES), 2010, 2019).rename(columns=NAMES)


def within(frame: pd.DataFrame) -> pd.DataFrame:
    """Net of both effects on a balanced panel."""
    means = (frame.groupby(level=i).transform("mean") for i in (0, 1))
    return frame - sum(means) + frame.mean()


def rebuilt_cov(y: pd.Series, x: pd.DataFrame) -> pd.DataFrame:
    """CR3 with the demeaned product p of fdi and ce made anew without each province."""

    def slopes(kept: np.ndarray) -> np.ndarray:
        net = within(x[kept])
        p = within((net["fdi"] * net["ce"]).to_frame("p"))
        return np.linalg.lstsq(net.join(p).to_numpy(), within(y[kept].to_frame()), rcond=None)[0][
            :, 0
        ]

    codes = np.asarray(x.index.get_level_values(0))
    provinces = sorted(set(codes))
    full = slopes(codes != "")
    shifts = np.stack([slopes(codes != p) - full for p in provinces])
    names = [*x.columns, "p"]
    return pd.DataFrame((len(provinces) - 1) / len(provinces) * shifts.T @ shifts, names, names)


@pytest.mark.long
def test_effects_over_the_range_are_those_of_the_definition(made) -> None:
    spec, table = made
    frame = logs()
    x = frame[["fdi", "ce", "gdp"]]
    parts = within(x[["fdi", "ce"]])
    fit = two_way(frame["ex"], x.assign(p=parts["fdi"] * parts["ce"]), **JACKKNIFE)
    seen = parts["ce"]
    z = np.linspace(seen.min(), seen.max(), spec.options["marginal"]["points"])
    effect = fit.params["fdi"] + z * fit.params["p"]
    v = rebuilt_cov(frame["ex"], x)
    error = np.sqrt(v.loc["fdi", "fdi"] + 2 * z * v.loc["fdi", "p"] + z**2 * v.loc["p", "p"])
    single, joint = stats.t.ppf(0.975, 28), np.sqrt(2 * stats.f.ppf(0.95, 2, 28))
    named = numbers(table, "main.demeaned")
    positive, negative = effect - joint * error > 0, effect + joint * error < 0
    assert 0 < positive.mean() < 1
    assert named["share_of_range_positive fdi"] == pytest.approx(positive.mean())
    assert named["share_of_range_negative fdi"] == pytest.approx(negative.mean())
    below = np.array([(seen <= v + 1e-9).mean() for v in z])
    rows = block_of(table, "marginal effects").rows
    first = next(i for i, row in enumerate(rows) if row[0] == "ln FDI, demeaned")
    shares = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]
    for row, share in zip(rows[first : first + len(shares)], shares, strict=True):
        at = 0 if share == 0 else int(np.abs(below - share).argmin())
        assert named[f"moderator_at_share_{share:g} fdi"] == pytest.approx(z[at])
        assert named[f"effect_at_share_{share:g} fdi"] == pytest.approx(effect[at])
        assert named[f"std_error_at_share_{share:g} fdi"] == pytest.approx(error[at])
        b, e = effect[at], error[at]
        assert row[1:] == (
            f"ln CE = {z[at]:.2f} ({share:.0%})",
            f"{b:.3f}",
            f"({e:.3f})",
            f"[{b - single * e:.3f}, {b + single * e:.3f}]",
            f"[{b - joint * e:.3f}, {b + joint * e:.3f}]",
        )


def test_influence_is_the_change_of_the_product_without_each_province(made) -> None:
    spec, table = made
    frame = logs()
    own = frame.index.get_level_values(0)

    def without(code: str) -> pd.Series:
        part = frame[own != code]
        x = part[["fdi", "ce", "gdp"]]
        centred = x - x.mean()
        x = x.assign(p=centred["fdi"] * centred["ce"])
        fit = two_way(part["ex"], x, **CLUSTERED)
        return pd.Series(
            {"estimate": fit.params["p"], "std_error": fit.std_errors["p"],
             "p_value": fit.p_values["p"]}
        )  # fmt: skip

    full = without("nobody")
    every = pd.DataFrame({code: without(code) for code in sorted(set(own))}).T
    moved = (every["estimate"] - full["estimate"]) / full["std_error"]
    named = numbers(table, "main.centred")
    for code, row in every.iterrows():
        for part, value in row.items():
            assert named[f"{part}_without_unit {code}"] == pytest.approx(value, rel=1e-7)
    shown = spec.options["most_influential_shown"]
    most = moved.abs().sort_values(ascending=False).index[:shown]
    found = most_influential(frame["ex"], frame[["fdi", "ce", "gdp"]], ("fdi", "ce"), "centred")
    assert found == (most[0], pytest.approx(every.loc[most[0], "estimate"], rel=1e-8))
    rows = block_of(table, "leaving out one province at a time").rows
    assert rows[0][:3] == (
        "centred: nobody",
        f"{full['estimate']:.3f}",
        f"({full['std_error']:.3f})",
    )
    assert rows[0][-1] == ""
    for row, code in zip(rows[1 : 1 + shown], most, strict=True):
        assert row[:3] == (
            f"  Province {code}",
            f"{every.loc[code, 'estimate']:.3f}",
            f"({every.loc[code, 'std_error']:.3f})",
        )
        assert row[-1] == f"{moved[code]:+.2f}"


def test_leads_and_threshold_print_what_was_estimated(made) -> None:
    spec, table = made
    frame = logs()
    x = frame[["fdi", "ce", "gdp"]]
    breaks = planted_release().series_breaks[["province_code", "year"]]
    test = leads_test(
        frame["ex"], x, of=["fdi", "ce"], way=JACKKNIFE, breaks=breaks, level=0.05, power=0.8
    )
    block = block_of(table, "strict exogeneity")
    for row, lead, label in zip(
        block.rows, test.leads.itertuples(), ("ln FDI", "ln CE"), strict=False
    ):
        cells = (lead.estimate, lead.std_error, lead.p_value, lead.minimum_detectable)
        text = ["{:.3f}", "({:.3f})", "{:.3f}", "{:.3f}"]
        assert row == (f"{label}, lead", *(t.format(c) for t, c in zip(text, cells, strict=True)))
    assert block.rows[-1][:2] == ("Together", f"F = {test.joint.statistic:.2f}")
    # 29 provinces have 10 years; none has a lead in the last, two are followed by a break
    assert block.notes[0].startswith(
        "The test uses 259 rows. 31 rows are dropped: 29 have no following year, and for 2 the "
    )
    how = spec.options["pairings"][0]["threshold"]
    fit = panel_threshold(
        frame["ex"], x, switching="fdi", regime=x["ce"], draws=99, seed=how["seed"],
        trim=how["trim"], level=how["level"],
    )  # fmt: skip
    split = two_way(frame["ex"], fit.split, **JACKKNIFE)
    cells = dict(block_of(table, "threshold").rows)
    assert cells["Threshold, logs"] == f"{fit.threshold:.3f}"
    level = float(cells["Threshold, in the measure's units"].replace(",", ""))
    assert level == pytest.approx(np.exp(fit.threshold), rel=0.05)
    assert cells["F of one threshold against none"] == f"{fit.f_statistic:.2f}"
    assert cells["p, bootstrap of provinces (99 draws)"] == f"{fit.p_value:.3f}"
    share = (x["ce"] <= fit.threshold).mean()
    assert cells["Share of rows in the low regime"] == f"{share:.0%}"
    for side in ("low", "high"):
        b, e = split.params[f"fdi ({side})"], split.std_errors[f"fdi ({side})"]
        assert cells[f"Slope of ln FDI, {side} regime"] == f"{b:.3f} ({e:.3f})"
    named = numbers(table, "main.threshold")
    assert named["interval_low"] <= fit.threshold <= named["interval_high"]
    assert named["share_low"] == pytest.approx(share)
    inner = fit.profile["share_low"]
    assert named["candidates"] == len(inner) and 0.15 <= inner.min() <= inner.max() <= 0.85


def test_picture_of_the_threshold_has_the_critical_value_of_hansens_table() -> None:
    frame = logs()
    x = frame[["fdi", "ce", "gdp"]]
    options = {"switching": "fdi", "regime": x["ce"], "draws": 99, "seed": 1, "trim": 0.15}
    # Hansen (2000), table I
    for level, critical in ((0.90, 5.94), (0.95, 7.35), (0.99, 10.59)):
        fit = panel_threshold(frame["ex"], x, level=level, **options)
        axes = _profile(fit, "ln CE").axes[0]
        profile, line = axes.lines
        np.testing.assert_allclose(profile.get_ydata(), fit.profile["likelihood_ratio"])
        assert line.get_ydata()[0] == pytest.approx(critical, abs=0.005)
        inside = fit.profile.loc[fit.profile["likelihood_ratio"] <= critical, "threshold"]
        assert fit.interval == (inside.min(), inside.max())


def test_picture_of_an_effect_has_it_about_zero_and_where_the_other_was_seen() -> None:
    frame = logs()
    x = frame[["fdi", "ce", "gdp"]]
    fit = estimate_synergy(frame["ex"], x, pair=("fdi", "ce"), form="centred", way=JACKKNIFE)
    effects = marginal_effects(fit, "fdi", points=50, level=0.95)
    axes = Figure().subplots()
    _plot_effects(axes, effects, fit, "ce", "ln FDI", "ln CE")
    effect, zero, seen = axes.lines
    np.testing.assert_allclose(effect.get_ydata(), effects["effect"])
    assert set(zero.get_ydata()) == {0}
    np.testing.assert_allclose(seen.get_xdata(), frame["ce"])


def test_detectable_products_are_those_of_the_t_test(made) -> None:
    _, table = made
    rows, named = coefficients(table), numbers(table)
    for model, provinces in (("main.centred", 29), ("main.East.centred", 11)):
        error = rows.loc[(model, "fdi x ce (centred)", CR3), "std_error"]
        reach = stats.t.isf(0.025, provinces - 1) + stats.t.isf(0.2, provinces - 1)
        found = named[model, "minimum_detectable fdi x ce (centred)"]
        assert found == pytest.approx(reach * error, rel=1e-9)
    row = next(r for r in block_of(table, "within regions").rows if r[0] == "East, centred")
    assert row[-2:] == (f"{found:.3f}", "110 / 11")


def test_products_are_those_of_the_definition(made) -> None:
    _, table = made
    frame = logs()
    x = frame[["fdi", "ce", "gdp"]]
    centred = (x["fdi"] - x["fdi"].mean()) * (x["ce"] - x["ce"].mean())
    net = within(x)
    by = coefficients(table)["estimate"]
    for form, product in (("centred", centred), ("demeaned", net["fdi"] * net["ce"])):
        alone = two_way(frame["ex"], x.assign(product=product), **JACKKNIFE)
        found = by[f"main.{form}", f"fdi x ce ({form})", CR3]
        assert found == pytest.approx(alone.params["product"], rel=1e-8)


def test_column_without_one_leaves_that_province_out(made) -> None:
    _, table = made
    rows = table.coefficients.query("model == 'main.centred.without_one'")
    assert (rows["n_clusters"] == 28).all() and (rows["n_obs"] == 280).all()
    left = texts(table, "left_out")
    assert left["main.centred.without_one"] in set(logs().index.get_level_values(0))


def test_points_are_the_stored_estimates(made) -> None:
    spec, table = made
    found = points(spec, planted_release())
    assert ("main.centred", "fdi x ce (centred)") in found.index
    hold_points(found, table)


def test_a_pair_without_figures_is_a_named_result() -> None:
    spec = small_spec()
    release = planted_release()
    release.panel["express_international_cny_100m"] = np.nan
    with pytest.raises(NotEstimable, match="international express"):
        estimate(spec, release)
