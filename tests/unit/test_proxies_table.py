"""Table of proxies: planted pairs whose connection, bias and error are known; its sentences turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.api import OLS, add_constant

from living_panel.codes import Code
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables.estimate import build, points
from living_panel.estimation.tables.facts import PRIMARY
from living_panel.estimation.tables.kinds.proxies import correlation
from living_panel.estimation.tables.result import TableResult
from tests.refusals import refuses
from tests.unit.reading import coefficients, hold_points, numbers, shipped, texts
from tests.unit.table_release_fixture import planted_release

WINDOW = {
    "provinces": "all", "first_year": 2006, "last_year": 2020, "without_years": [],
    "minimum_coverage": 0.2,
}  # fmt: skip


WINDOWS = [{"id": "some", "title": "2006-2020", "sample": WINDOW}]


def spec_of(windows: list[dict]) -> Spec:
    """The shipped table on windows of its own, with exports as the fixture has them."""
    spec = shipped("x_proxies", windows=windows)
    exports = spec.variables["exports"].model_copy(update={"measures": ["exports_cny_100m"]})
    return spec.model_copy(update={"variables": {**spec.variables, "exports": exports}})


SPEC = spec_of(WINDOWS)


def release(bias: float, error: float, together: bool = True) -> Release:
    """Log trade = log exports + bias times log FDI + error; parcels follow international revenue or not."""
    base = planted_release()
    rng = np.random.default_rng(5)
    panel = base.panel.copy()
    fdi = np.log(panel["fdi_cny_100m"])
    exports = 3 + 0.4 * fdi + rng.normal(0, 0.5, len(panel))
    panel["exports_cny_100m"] = np.exp(exports).where(rng.random(len(panel)) < 0.7)
    panel["trade_cny_100m"] = np.exp(exports + bias * fdi + rng.normal(0, error, len(panel)) + 0.5)
    years = np.arange(2005, 2023)
    revenue = np.cumsum(rng.normal(0.1, 0.1, len(years)))
    other = revenue if together else np.cumsum(rng.normal(0.1, 0.1, len(years)))
    national = pd.DataFrame(
        {
            "express_international_cny_100m": np.exp(revenue),
            "express_parcels_10k": np.exp(2 * other),
            "express_revenue_cny_100m": np.exp(revenue) * np.linspace(2, 8, len(years)),
        },
        index=pd.Index(years, name="year"),
    )
    long = national.melt(ignore_index=False, var_name="measure").reset_index()
    return replace(base, panel=panel, national=long)


def row(table: TableResult, model: str) -> pd.Series:
    return coefficients(table).loc[model].xs(PRIMARY, level="inference").iloc[0]


def words(table: TableResult) -> str:
    return " ".join(texts(table, name).item() for name in ("words", "words_more"))


def test_what_the_proxy_adds_is_the_planted_bias() -> None:
    table = build(SPEC, release(0.15, 0.05))
    gap, own, ours = (row(table, f"some.{n}") for n in ("gap", "focal_official", "focal_proxy"))
    assert gap["estimate"] == pytest.approx(0.15, abs=3 * gap["std_error"])
    assert gap["estimate"] == pytest.approx(ours["estimate"] - own["estimate"])
    assert "the proxy biases the slope" in words(table)
    cells = {name: len(sample.frame) for name, sample in table.samples.items()}
    assert cells == {"some": own["n_obs"], "some.focal": gap["n_obs"]}  # FDI is there everywhere


def test_ratios_are_those_of_the_cells_that_both_series_have() -> None:
    figures = release(0.15, 0.05)
    both = figures.panel[["exports_cny_100m", "trade_cny_100m"]].dropna()
    years = both.index.get_level_values("year")
    both = both[(years >= WINDOW["first_year"]) & (years <= WINDOW["last_year"])]
    ratio = both["exports_cny_100m"] / both["trade_cny_100m"]
    named = numbers(build(SPEC, figures), "some")
    found = [named[f"ratio_{name}"] for name in ("median", "smallest", "largest")]
    assert found == pytest.approx([ratio.median(), ratio.min(), ratio.max()])


def test_every_slope_states_what_it_is() -> None:
    table = build(SPEC, release(0.15, 0.05))
    (facts,) = (b for b in table.page if b.title.endswith("what each states"))
    assert len(facts.rows) == 3 and "inference: wild bootstrap" in facts.notes[0]
    gap = row(table, "some.gap")
    assert f"observations: {gap['n_obs']:.0f}" in facts.notes[0]


def test_without_a_planted_bias_none_is_significant() -> None:
    table = build(SPEC, release(0.0, 0.3))
    gap = row(table, "some.gap")
    assert gap["ci_low"] < 0 < gap["ci_high"]
    assert "no significant bias" in words(table)


@pytest.mark.parametrize("effects", ["province", "year", "both"])
def test_a_correlation_and_its_jackknife_are_those_of_the_definition(effects: str) -> None:
    """By regression on dummies, again without each province."""
    figures = release(0.0, 0.5)
    pair = np.log(figures.panel[["exports_cny_100m", "trade_cny_100m"]].dropna()).iloc[:200]

    def by_hand(part: pd.DataFrame) -> float:
        kinds = {"province": [0], "year": [1], "both": [0, 1]}[effects]
        dummies = [pd.get_dummies(part.index.get_level_values(i), dtype=float) for i in kinds]
        design = np.column_stack([np.ones(len(part)), *dummies])
        left = part - design @ np.linalg.lstsq(design, part.to_numpy(), rcond=None)[0]
        return float(np.arctanh(np.corrcoef(left.T)[0, 1]))

    found = correlation(pair, effects)
    units = pair.index.get_level_values(0)
    z, g = by_hand(pair), units.nunique()
    without = np.array([by_hand(pair[units != u]) for u in units.unique()])
    error = np.sqrt((g - 1) / g * ((without - z) ** 2).sum())
    reach = stats.t.ppf(0.975, g - 1) * error
    assert found.value == pytest.approx(np.tanh(z))
    assert (found.low, found.high) == pytest.approx((np.tanh(z - reach), np.tanh(z + reach)))
    assert found.error == pytest.approx((1 - np.tanh(z) ** 2) * error)


def test_the_rest_of_the_whole_is_what_is_not_its_part() -> None:
    """Trade is exports plus a part that moves by itself: only the whole correlates with its part."""
    figures = release(0.0, 0.1)
    rng = np.random.default_rng(8)
    exports = figures.panel["exports_cny_100m"]
    other = exports.groupby(level=0).transform("mean") * np.exp(rng.normal(0, 0.1, len(exports)))
    figures.panel["trade_cny_100m"] = exports + other
    named = numbers(build(SPEC, figures), "some")
    assert named["correlation within_both"] > 0.6
    assert named["correlation_low rest"] < 0 < named["correlation_high rest"]
    assert abs(named["correlation rest"]) < 0.15 and named["rest_not_positive"] == 0


@pytest.mark.parametrize(
    ("together", "said"), [(True, "are positively"), (False, "are not significantly")]
)
def test_parcels_are_told_from_what_they_stand_for(together: bool, said: str) -> None:
    table = build(SPEC, release(0.0, 0.1, together))
    assert f"two series {said}" in words(table)
    assert "50% of the total in 2005 and 12% in 2022" in words(table)
    named = numbers(table)
    if together:
        assert named["national", "slope"] == pytest.approx(0.5)
    else:  # an ordinary regression of 17 changes, t with 15 degrees of freedom
        wide = release(0.0, 0.1, False).national.pivot(
            index="year", columns="measure", values="value"
        )
        y, x = (
            np.log(wide[["express_international_cny_100m", "express_parcels_10k"]])
            .diff()
            .dropna()
            .to_numpy()
            .T
        )
        fit = OLS(y, add_constant(x)).fit()
        found = [named["national", f"slope{part}"] for part in ("", "_low", "_high")]
        assert found == pytest.approx([fit.params[1], *fit.conf_int()[1]])


def test_a_window_of_one_year_has_nothing_within_provinces() -> None:
    one = {"id": "one", "title": "2010", "sample": WINDOW | {"first_year": 2010, "last_year": 2010}}
    spec = spec_of([*WINDOWS, one])
    table = build(spec, release(0.0, 0.1))
    assert "units and 1 years, no variable changes within" in texts(table, "not_estimable")["one"]
    assert "2006-2020 (" in words(table) and "2010 (" not in words(table)
    hold_points(points(spec, release(0.0, 0.1)), table)


def test_a_window_without_the_regressor_leaves_the_parts_of_the_grid_in_their_order() -> None:
    early = {"id": "early", "title": "2006", "sample": WINDOW | {"last_year": 2012}}
    figures = release(0.0, 0.1)
    years = figures.panel.index.get_level_values("year")
    figures.panel.loc[years <= 2012, "fdi_cny_100m"] = np.nan
    block = build(spec_of([early, *WINDOWS]), figures).page[0]
    starts = [block.rows[number][0].split(",")[0] for number in sorted(block.rules)]
    assert starts == [
        "Cells / provinces",
        "Correlation between provinces",
        "ln exports by origin on ln FDI",
    ]
    last = block.rows[-1]
    assert last[0].startswith("  bias of") and last[1] == "n.e." and "[" in last[2]


def test_points_are_the_slopes_of_the_table() -> None:
    figures = release(0.1, 0.1)
    hold_points(points(SPEC, figures), build(SPEC, figures))


def test_a_role_in_levels_is_refused() -> None:
    levels = SPEC.variables["trade"].model_copy(update={"log": False})
    wrong = SPEC.model_copy(update={"variables": {**SPEC.variables, "trade": levels}})
    with refuses(ValueError, Code.SPEC_ROLE, role="trade"):
        build(wrong, release(0.0, 0.1))
