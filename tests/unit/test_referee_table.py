"""Referee's block: lines are what they say, breaks are honoured, refusals are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from estimation.ppml import ppml
from estimation.referee_lines import regimes
from estimation.referee_table import Options, estimate, points
from estimation.spec import SPEC_FOLDER, Spec, load_spec
from tests.unit.table_release_fixture import planted_release

KEPT = [
    "headline", "real", "per_head", "split_fdi", "unbroken", "lagged_fdi", "first_differences",
    "long_difference_2008", "ppml", "dynamic", "cce",
]  # fmt: skip
PRIMARY = "cr3:jackknife:t(G-1)"


def small_spec() -> Spec:
    full = load_spec(SPEC_FOLDER / "x_referee.yml")
    lines = [line for line in full.options["lines"] if line["id"] in KEPT]
    leave = full.options["leave_one_out"] | {"lines": ["headline"]}
    return full.model_copy(
        update={"options": full.options | {"lines": lines, "leave_one_out": leave}}
    )


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


def test_without_figures_a_line_says_what_is_missing(made) -> None:
    _, table = made
    reasons = table.statistics.query("name == 'not_estimable'").set_index("model")["text"]
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
    spec, table = made
    release = planted_release()
    codes = release.panel.index.get_level_values("province_code")
    years = release.panel.index.get_level_values("year")
    paper = release.provinces.loc[release.provinces["in_paper"], "province_code"]
    rows = codes.isin(paper) & (years >= 2008) & (years <= 2018) & (years != 2010)
    panel = release.panel[rows]
    names = [
        "fdi_cny_100m", "employed_10k", "rd_industry_cny_10k", "patent_applications",
        "schooling_years", "gdp_cny_100m",
    ]  # fmt: skip
    y, x = panel["exports_cny_100m"], np.log(panel[names])
    full = ppml(y, x, correction="none").params["fdi_cny_100m"]
    own = panel.index.get_level_values(0)
    without = np.array(
        [ppml(y[own != p], x[own != p], correction="none").params["fdi_cny_100m"] for p in paper]
    )
    g = len(paper)
    row = table.coefficients.set_index(["model", "term", "inference"]).loc[("ppml", "fdi", PRIMARY)]
    assert row["estimate"] == pytest.approx(full, rel=1e-8)
    error = np.sqrt((g - 1) / g * ((without - full) ** 2).sum())
    assert row["std_error"] == pytest.approx(error, rel=1e-6)


def test_long_run_has_a_number_only_where_it_is_identified(made) -> None:
    _, table = made
    named = table.statistics.query("model == 'dynamic'").set_index("name")["value"]
    assert ("long_run.fdi" in named.index) == bool(named["long_run_identified"])
    block = next(b for b in table.blocks if b.title == "Lagged dependent variable")
    cells = {row[-1] for row in block.rows if row[-1]}
    assert ("not identified" in cells) != bool(named["long_run_identified"])


def test_leave_one_out_covers_every_province(made) -> None:
    _, table = made
    names = table.statistics.query("model == 'headline'")["name"]
    assert names.str.match(r"without\.\d{6}\.estimate").sum() == 29
    assert {p.name for p in table.pictures} == {"lines", "leave_one_out_headline"}


def test_points_are_the_stored_estimates(made) -> None:
    spec, table = made
    stored = table.coefficients.drop_duplicates(["model", "term"]).set_index(["model", "term"])
    found = points(spec, planted_release())
    assert set(found.index) == set(stored.index)
    np.testing.assert_allclose(found, stored["estimate"].reindex(found.index), rtol=1e-8)


def test_unknown_keys_and_lines_are_refused() -> None:
    options = small_spec().options
    lines = [dict(options["lines"][0], typo=1)]
    with pytest.raises(ValueError, match="typo"):
        Options.model_validate(options | {"lines": lines})
    leave = options["leave_one_out"] | {"lines": ["nobody"]}
    with pytest.raises(ValueError, match="nobody"):
        Options.model_validate(options | {"leave_one_out": leave})
