"""Block of robustness: lines match their labels, breaks are honoured, refusals have reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy import stats

from living_panel.estimation.econometrics.fixed_effects import wild_bootstrap
from living_panel.estimation.econometrics.inference_label import has_clusters
from living_panel.estimation.econometrics.shown import NORMAL
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.estimators.discrete import _two_way_poisson
from living_panel.estimation.estimators.dynamic import half_panel_jackknife
from living_panel.estimation.panel.spec import Spec, load_spec
from living_panel.estimation.tables import influence
from living_panel.estimation.tables.estimate import build as estimate
from living_panel.estimation.tables.estimate import estimate as estimate_named
from living_panel.estimation.tables.estimate import points
from living_panel.estimation.tables.facts import JACKKNIFE, PRIMARY
from living_panel.estimation.tables.kinds.robustness import Options
from living_panel.estimation.tables.kinds.robustness.lines import regimes
from living_panel.estimation.tables.texts import error_text, estimate_text, interval_text, p_text
from tests.paths import SPECS
from tests.unit.panels import JACKKNIFE as JACKKNIFED
from tests.unit.reading import (
    block_of,
    coefficients,
    hold_points,
    numbers,
    shipped,
    texts,
)
from tests.unit.table_release_fixture import paper_logs, planted_release

KEPT = [
    "headline", "real", "per_head", "split_fdi", "unbroken", "lagged_fdi", "first_differences",
    "long_difference_2008", "ppml", "dynamic", "cce",
]  # fmt: skip
CONTROLS = [
    "fdi_cny_100m", "employed_10k", "rd_industry_cny_10k", "patent_applications", "schooling_years",
    "gdp_cny_100m",
]  # fmt: skip


def small_spec(*kept: str) -> Spec:
    options = load_spec(SPECS / "x_robustness.yml").options
    lines = [line for line in options["lines"] if line["id"] in (kept or KEPT)]
    leave = options["leave_one_out"] | {"lines": ["headline"]}
    return shipped("x_robustness", lines=lines, leave_one_out=leave)


@pytest.fixture(scope="module")
def made() -> tuple[Spec, object]:
    spec = small_spec()
    return spec, estimate(spec, planted_release())


def test_regimes_open_in_the_year_of_the_break() -> None:
    index = pd.MultiIndex.from_product(
        [["110000", "210000"], [2013, 2014, 2015, 2016]], names=["province_code", "year"]
    )
    breaks = pd.DataFrame({"province_code": ["210000", ""], "year": [2015, 2014]})
    labels = regimes(index, breaks).get_level_values(0).tolist()
    assert labels == [
        "110000:0", "110000:1", "110000:1", "110000:1",
        "210000:0", "210000:1", "210000:2", "210000:2",
    ]  # fmt: skip


def test_split_effects_absorb_a_jump_at_a_break() -> None:
    """A change of definition multiplies FDI from its break on: split effects do not move."""
    spec, release = small_spec(), planted_release()
    before = points(spec, release)
    years = release.panel.index.get_level_values("year")
    here = release.panel.index.get_level_values("province_code") == "210000"
    release.panel.loc[here & (years >= 2015), "fdi_cny_100m"] *= 5
    after = points(spec, release)
    assert after["split_fdi", "fdi"] == pytest.approx(before["split_fdi", "fdi"], rel=1e-8)
    assert after["unbroken", "fdi"] == pytest.approx(before["unbroken", "fdi"], rel=1e-12)
    for line in ("first_differences", "long_difference_2008"):
        assert after[line, "fdi"] == pytest.approx(before[line, "fdi"], rel=1e-8)
    assert abs(after["headline", "fdi"] - before["headline", "fdi"]) > 0.01


@pytest.mark.long
def test_without_figures_a_line_says_what_is_missing(made) -> None:
    _, table = made
    reasons = texts(table, "not_estimable")
    assert "cpi_index" in reasons["real"] and "population_10k" in reasons["per_head"]
    assert not table.coefficients["model"].isin(["real", "per_head"]).any()


def test_real_terms_divide_by_the_price_level() -> None:
    """Prices that rise alike everywhere are year effects; one province's own rise is not."""
    spec, release = small_spec(), planted_release()
    years = release.panel.index.get_level_values("year")
    release.panel["cpi_index"] = 100.0 + (years - 2005) / 4
    alike = points(spec, release)
    assert alike["real", "fdi_real"] == pytest.approx(alike["headline", "fdi"], rel=1e-8)
    here = release.panel.index.get_level_values("province_code") == "610000"
    release.panel.loc[here, "cpi_index"] = 120.0
    assert abs(points(spec, release)["real", "fdi_real"] - alike["real", "fdi_real"]) > 1e-6


def test_jackknife_error_is_the_spread_of_deletions(made) -> None:
    _, table = made
    logs = paper_logs(["exports_cny_100m", *CONTROLS], 2005, 2021, dropped=[("350000", 2008)])
    y, x = np.exp(logs["exports_cny_100m"]), logs[CONTROLS]
    full = _two_way_poisson(y, x, df="t(G-1)").params["fdi_cny_100m"]
    own = logs.index.get_level_values(0)
    paper = own.unique()
    without = np.array(
        [
            _two_way_poisson(y[own != p], x[own != p], df="t(G-1)").params["fdi_cny_100m"]
            for p in paper
        ]
    )
    g = len(paper)
    row = coefficients(table).loc[("ppml", "fdi", JACKKNIFE)]
    assert row["estimate"] == pytest.approx(full, rel=1e-8)
    error = np.sqrt((g - 1) / g * ((without - full) ** 2).sum())
    assert row["std_error"] == pytest.approx(error, rel=1e-6)


def test_every_line_is_tested_with_the_degrees_of_freedom_of_its_estimator(made) -> None:
    _, table = made
    rows = table.coefficients
    drawn = rows["inference"].str.startswith("wild")
    for row in rows[~drawn].itertuples():
        # provinces less one; two of the 29 break inside, which leaves 27 - 5 - 1 in a cross-section
        provinces = 27 if row.model in ("unbroken", "long_difference_2008") else 29
        expected = {"hc3:t(n-k-1)": 21, "pesaran:normal": np.inf}.get(row.inference, provinces - 1)
        groups = provinces if has_clusters(row.inference) else np.nan
        np.testing.assert_equal((row.n_clusters, row.df), (groups, expected))
        law = stats.norm if np.isinf(expected) else stats.t(expected)
        t = row.estimate / row.std_error
        assert row.p_value == pytest.approx(2 * law.sf(abs(t)), rel=1e-7)
        reach = law.ppf(0.975) * row.std_error
        ends = [row.estimate - reach, row.estimate + reach]
        assert [row.ci_low, row.ci_high] == pytest.approx(ends, rel=1e-8)


def test_lines_say_their_rows_years_and_what_was_lost(made) -> None:
    _, table = made
    block = table.appendix[0]
    found = {row[0]: row[-3:] for row in block.rows}
    # 17 years of 29 provinces; Fujian's FDI of 2008 is excluded
    assert found["Headline of Table 4"] == (str(29 * 17 - 1), "29", "2005-2021")
    assert found["Without provinces whose FDI breaks"] == (str(27 * 17), "27", "2005-2021")
    assert found["FDI of the year before"] == (str(29 * 16), "29", "2006-2021")
    # a row left out takes two differences with it; two more cross a break
    assert found["First differences"] == (str(29 * 16 - 2 - 2), "29", "2006-2021")
    assert found["Long difference 2008-2018, without Tec"] == ("27", "27", "2008-2018")
    assert found["Lagged dependent variable, 2008-2020"] == (str(29 * 12), "29", "2009-2020")
    assert found["Pooled common correlated effects"] == (str(29 * 13), "29", "2008-2020")
    remarks = block.notes[-3]
    assert "Effects split at FDI's breaks: 31 province-regimes" in remarks
    assert "First differences: 2 differences cross a break and are left out" in remarks
    assert "without Tec: 2 provinces with a break are left out" in remarks
    # 13 years less a constant, two regressors and the averages of three series
    assert "Pooled common correlated effects: 7 residual degrees of freedom" in remarks
    assert numbers(table)["split_fdi", "regimes"] == 31


def test_cells_are_the_stored_numbers_with_stars_of_the_primary_way(made) -> None:
    spec, table = made
    stored = coefficients(table)
    titles = {line["title"]: line for line in spec.options["lines"]}
    page = {row[0]: row[1:4] for row in table.page[0].rows}
    for title, value, error, *p_values in (row[:6] for row in table.appendix[0].rows):
        assert page[title][:2] == (value, error)
        line = titles[title]
        if value == "n.e.":
            continue
        own = stored.loc[line["id"], line["focal"]]
        there = [way for way in (PRIMARY, JACKKNIFE) if way in own.index]
        main = own.loc[there[0]] if there else own.iloc[0]
        legend = spec.stars if PRIMARY in own.index else {}
        if PRIMARY in own.index:  # which has an interval and no error
            half = (main["ci_high"] - main["ci_low"]) / (2 * NORMAL)
            assert value == estimate_text(main["estimate"], half, main["p_value"], legend)
            assert error == interval_text(main["ci_low"], main["ci_high"], half)
        else:
            assert value == estimate_text(main["estimate"], main["std_error"])
            assert error == error_text(main["std_error"])
        other = "" if PRIMARY in own.index else " †"
        assert page[title][2] == f"{p_text(main['p_value'])}{other}", "the page says which has none"
        ways = [PRIMARY, JACKKNIFE]
        ways += [w for w in own.index if w not in ways and not w.startswith("within")][:1]
        for way, cell in zip(ways, p_values, strict=False):
            assert cell == (p_text(own.loc[way, "p_value"]) if way in own.index else "")


@pytest.mark.long
def test_a_bootstrap_that_cannot_decide_a_level_says_so_beside_the_line(monkeypatch) -> None:
    """Each line that is bootstrapped names what is open in its own."""
    open_ = "fdi: bootstrap p 0.0497 is too close to a significance level"
    monkeypatch.setattr(wild_bootstrap, "unsettled_notes", lambda tests: [open_] if tests else [])
    table = estimate(small_spec("headline", "ppml"), planted_release())
    (stored,) = table.statistics.query("statistic == 'monte_carlo_error'").to_dict("records")
    assert (stored["model"], stored["text"]) == ("headline", open_)
    printed = " ".join(note for block in table.blocks for note in block.notes)
    assert printed.count(open_) == 1 and f"Headline of Table 4: {open_}" in printed


def test_the_picture_of_lines_has_their_stored_intervals(monkeypatch) -> None:
    drawn = []
    monkeypatch.setattr(influence, "intervals", lambda axes, *parts: drawn.append(parts))
    table = estimate(small_spec("headline", "ppml"), planted_release())
    estimates, reach, labels = drawn[0]
    for place, model in enumerate(("ppml", "headline")):  # from below
        own = coefficients(table).loc[(model, "fdi")]
        row = own.loc[PRIMARY if PRIMARY in own.index else JACKKNIFE]
        ends = [sign * reach[i][place] + estimates.iloc[place] for i, sign in enumerate((-1, 1))]
        assert ends == pytest.approx(row[["ci_low", "ci_high"]].tolist())
    assert labels[1].startswith("Headline") and len(labels) == 2
    assert "." not in table.appendix[0].notes, "there is nothing to remark"


def test_dynamics_are_those_of_the_half_panel_jackknife(made) -> None:
    _, table = made
    measures = ["fdi_cny_100m", "patent_applications", "gdp_cny_100m"]
    logs = paper_logs(["exports_cny_100m", *measures], 2008, 2020)
    fit = half_panel_jackknife(f"exports_cny_100m ~ {' + '.join(measures)}", logs).raw
    assert fit.long_run_identified
    block = block_of(table, "Lagged dependent variable")
    assert [row[1] for row in block.rows] == ["ln Ex, lag", "ln FDI", "ln Kn", "ln GDP"]
    for row, name in zip(block.rows, fit.params.index, strict=True):
        b, e = fit.params.loc[name], fit.std_errors.loc[name]
        assert row[2:6] == (
            f"{b['within']:.3f}",
            f"({e['within']:.3f})",
            f"{b['jackknife']:.3f}",
            f"({e['jackknife']:.3f})",
        )
        if name in fit.long_run.index:
            far = fit.long_run.loc[name]
            assert row[6] == f"{far['estimate']:.3f} ({far['std_error']:.3f})"
    assert block.rows[0][6] == ""
    named = numbers(table, "dynamic")
    assert named["lag"] == pytest.approx(fit.params["jackknife"].iloc[0], rel=1e-9)
    far = fit.long_run.loc["fdi_cny_100m"]
    assert named["long_run fdi"] == pytest.approx(far["estimate"], rel=1e-8)
    assert named["long_run_std_error fdi"] == pytest.approx(far["std_error"], rel=1e-8)


def test_leave_one_out_covers_every_province(made) -> None:
    _, table = made
    names = table.statistics.query("model == 'headline' and statistic == 'estimate_without_unit'")
    assert names["term"].nunique() == 29
    assert {p.name for p in table.pictures} == {"lines", "leave_one_out_headline"}


def test_a_figure_drawn_twice_gives_the_same_svg(made) -> None:
    _, table = made
    first = table.pictures[0]
    assert first.svg.startswith(b"<?xml") and b"date" not in first.svg
    assert replace(first).svg == first.svg


@pytest.mark.slow
def test_leave_one_out_rows_are_regressions_without_the_province(made) -> None:
    _, table = made
    logs = paper_logs(["exports_cny_100m", *CONTROLS], 2005, 2021, dropped=[("350000", 2008)])
    own = logs.index.get_level_values(0)

    def without(code: str) -> pd.Series:
        part = logs[own != code]
        fit = two_way(part["exports_cny_100m"], part[CONTROLS], **JACKKNIFED)
        return pd.Series({"b": fit.params.iloc[0], "se": fit.std_errors.iloc[0]})

    full = without("nobody")
    every = pd.DataFrame({code: without(code) for code in sorted(set(own))}).T
    moved = (every["b"] - full["b"]) / full["se"]
    dummies = [pd.get_dummies(logs.index.get_level_values(i), dtype=float) for i in (0, 1)]
    rest = np.column_stack([logs[CONTROLS[1:]], *dummies])
    focal = logs["fdi_cny_100m"]
    net = (focal - rest @ np.linalg.lstsq(rest, focal, rcond=None)[0]) ** 2
    share = net.groupby(level=0).sum() / net.sum()
    most = moved.abs().sort_values(ascending=False).index[:5].tolist()
    labels = [f"Province {c}" for c in most]
    labels += [f"smallest: Province {every['b'].idxmin()}"]
    labels += [f"largest: Province {every['b'].idxmax()}"]
    block = block_of(table, "leaving out one province at a time")
    assert [row[0] for row in block.rows] == ["nobody", *labels]
    assert block.rows[0][1:3] == (f"{full['b']:.3f}", f"({full['se']:.3f})")
    assert block.rows[0][-2:] == ("", "")
    for row, code in zip(
        block.rows[1:], [*most, every["b"].idxmin(), every["b"].idxmax()], strict=True
    ):
        assert row[1:3] == (f"{every['b'][code]:.3f}", f"({every['se'][code]:.3f})")
        assert row[4:] == (f"{moved[code]:+.2f}", f"{share[code]:.0%}")


def test_points_are_the_stored_estimates(made) -> None:
    spec, table = made
    hold_points(points(spec, planted_release()), table)


def test_collinear_regressors_are_named_whatever_the_estimator() -> None:
    release = planted_release()
    release.panel["gdp_cny_100m"] = 2 * release.panel["fdi_cny_100m"]
    spec = small_spec("headline", "first_differences", "ppml", "cce")
    named = {line["id"]: line["enter"] for line in spec.options["lines"]}
    table = estimate_named(spec, release)
    assert table.reason is not None
    assert all(
        f"{line}: after the effects are removed, gdp is collinear with fdi" in table.reason
        for line in named
    )


def test_without_logarithms_the_page_claims_no_elasticity(made) -> None:
    spec, table = made
    assert table.page[0].title == "The elasticity of ln Ex to ln FDI"
    levels = spec.variables["fdi"].model_copy(update={"log": False})
    spec = small_spec("headline")
    spec = spec.model_copy(update={"variables": {**spec.variables, "fdi": levels}})
    assert "elasticity" not in estimate(spec, planted_release()).page[0].title


def test_unknown_keys_and_lines_are_refused() -> None:
    options = small_spec().options
    lines = [dict(options["lines"][0], typo=1)]
    with pytest.raises(ValueError, match="typo"):
        Options.model_validate(options | {"lines": lines})
    leave = options["leave_one_out"] | {"lines": ["nobody"]}
    with pytest.raises(ValueError, match="LP-SPEC-OPTIONS"):
        Options.model_validate(options | {"leave_one_out": leave})


def test_leads_are_those_of_later_years_and_are_tested_together() -> None:
    """By the panel itself: FDI one and two years later, on rows that have both."""
    spec = small_spec("leads", "headline")
    release = planted_release()
    table = estimate(spec, release)
    logs = paper_logs(["exports_cny_100m", *CONTROLS], 2005, 2021)
    y, x = logs.pop("exports_cny_100m"), logs
    fdi = x["fdi_cny_100m"].unstack(0)
    later = {lag: fdi.shift(-lag).stack().swaplevel().sort_index() for lag in (1, 2)}
    x = x.assign(fdi_lead=later[1], fdi_lead_2=later[2]).dropna()
    years = x.index.get_level_values("year")
    fujian = (x.index.get_level_values(0) == "350000") & (years >= 2006) & (years <= 2008)
    x = x[(years <= 2019) & ~fujian]
    fit = two_way(y.loc[x.index], x, **JACKKNIFED)
    found = coefficients(table).loc["leads"].xs(JACKKNIFE, level="inference")
    assert found.loc["fdi_lead", "estimate"] == pytest.approx(fit.params["fdi_lead"], rel=1e-9)
    assert found.loc["fdi_lead_2", "estimate"] == pytest.approx(fit.params["fdi_lead_2"], rel=1e-9)
    assert found["n_obs"].iloc[0] == len(x)
    p_value = numbers(table, "leads")["leads_p_value fdi"]
    wald = fit.wald(["fdi_lead", "fdi_lead_2"])
    assert p_value == pytest.approx(wald.p_value, abs=0.1)
    notes = " ".join(note for block in table.appendix for note in block.notes)
    assert f"joint test that the leads are zero: p {p_text(p_value)}" in notes
    assert ("headline", "leads_p_value fdi") not in numbers(table).index


def test_leads_that_do_not_enter_are_refused() -> None:
    spec = small_spec("leads", "headline")
    lines = [{**line, "leads": ["fdi_lag"]} for line in spec.options["lines"]]
    with pytest.raises(ValidationError, match="LP-SPEC-ROLE"):
        Options.model_validate({**spec.options, "lines": lines})
