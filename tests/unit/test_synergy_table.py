"""Synergy table: both products, the influential province by the code, leads, threshold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from estimation.fixed_effects import two_way
from estimation.spec import SPEC_FOLDER, Spec, load_spec
from estimation.synergy_table import estimate, most_influential, points
from tests.unit.table_release_fixture import planted_release

WINDOW = {
    "provinces": "paper", "first_year": 2010, "last_year": 2019, "without_years": [],
    "minimum_coverage": 1,
}  # fmt: skip
PRIMARY = "cr3:jackknife:t(G-1)"


def small_spec() -> Spec:
    full = load_spec(SPEC_FOLDER / "t07_synergy.yml")
    options = dict(full.options)
    pairing = dict(options["pairings"][2])
    pairing["threshold"] = pairing["threshold"] | {"draws": 99}
    pairing["regression"] = pairing["regression"] | {
        "id": "main", "enter": ["fdi", "ce", "gdp"], "sample": WINDOW,
    }  # fmt: skip
    options["pairings"] = [pairing]
    return full.model_copy(update={"options": options})


@pytest.fixture(scope="module")
def made() -> tuple[Spec, object]:
    spec = small_spec()
    return spec, estimate(spec, planted_release())


def logs() -> pd.DataFrame:
    release = planted_release()
    names = {
        "exports_cny_100m": "ex", "fdi_cny_100m": "fdi", "express_international_cny_100m": "ce",
        "gdp_cny_100m": "gdp",
    }  # fmt: skip
    frame = np.log(release.panel[list(names)]).rename(columns=names)
    years = frame.index.get_level_values("year")
    codes = frame.index.get_level_values("province_code")
    paper = release.provinces.loc[release.provinces["in_paper"], "province_code"]
    return frame[(years >= 2010) & (years <= 2019) & codes.isin(paper)]


def test_products_are_those_of_the_definition(made) -> None:
    _, table = made
    frame = logs()
    x = frame[["fdi", "ce", "gdp"]]
    centred = (x["fdi"] - x["fdi"].mean()) * (x["ce"] - x["ce"].mean())
    within = x - x.groupby(level=0).transform("mean") - x.groupby(level=1).transform("mean")
    within = within + x.mean()
    by = table.coefficients.set_index(["model", "term", "inference"])["estimate"]
    for form, product in (("centred", centred), ("demeaned", within["fdi"] * within["ce"])):
        alone = two_way(
            frame["ex"], x.assign(product=product), cov="cr3:jackknife", correction="none",
            df="t(G-1)", cluster="province_code",
        )  # fmt: skip
        found = by[f"main.{form}", f"fdi x ce ({form})", PRIMARY]
        assert found == pytest.approx(alone.params["product"], rel=1e-8)


def test_the_influential_province_is_found() -> None:
    frame = logs()

    def product(part: pd.DataFrame) -> float:
        x = part[["fdi", "ce", "gdp"]]
        centred = (x["fdi"] - x["fdi"].mean()) * (x["ce"] - x["ce"].mean())
        fit = two_way(
            part["ex"], x.assign(product=centred), cov="hc0", correction="none", df="normal"
        )
        return float(fit.params["product"])

    own = frame.index.get_level_values(0)
    without = {p: product(frame[own != p]) for p in sorted(set(own))}
    full = product(frame)
    code, value = most_influential(
        frame["ex"], frame[["fdi", "ce", "gdp"]], ("fdi", "ce"), "centred"
    )
    assert code == max(without, key=lambda p: abs(without[p] - full))
    assert value == pytest.approx(without[code], rel=1e-8)


def test_column_without_one_leaves_that_province_out(made) -> None:
    _, table = made
    rows = table.coefficients.query("model == 'main.centred.without_one'")
    assert (rows["n_clusters"] == 28).all() and (rows["n_obs"] == 280).all()
    left = table.statistics.query("name == 'left_out'").set_index("model")["text"]
    assert left["main.centred.without_one"] in set(logs().index.get_level_values(0))


def test_leads_and_threshold_are_there_with_their_worth(made) -> None:
    _, table = made
    named = table.statistics.set_index(["model", "name"])["value"]
    assert named["main.leads", "minimum_detectable.fdi (lead)"] > 0
    # 29 last years, and the years before the documented breaks of 2012 and 2015
    assert named["main.leads", "lost_without_a_lead"] == 29
    assert named["main.leads", "lost_at_a_break"] == 2
    low, high = named["main.threshold", "interval_low"], named["main.threshold", "interval_high"]
    assert low <= named["main.threshold", "threshold"] <= high
    assert 0.15 <= named["main.threshold", "share_low"] <= 0.85
    assert {p.name for p in table.pictures} == {
        "effects_main", "influence_main", "threshold_main",
    }  # fmt: skip


def test_points_are_the_stored_estimates(made) -> None:
    spec, table = made
    stored = table.coefficients.drop_duplicates(["model", "term"]).set_index(["model", "term"])
    found = points(spec, planted_release())
    assert ("main.centred", "fdi x ce (centred)") in found.index
    assert set(found.index) <= set(stored.index)
    np.testing.assert_allclose(found, stored["estimate"].reindex(found.index), rtol=1e-7)


def test_a_pair_without_figures_is_a_named_result() -> None:
    spec = small_spec()
    release = planted_release()
    release.panel["express_international_cny_100m"] = np.nan
    from estimation.results import NotEstimable

    with pytest.raises(NotEstimable, match="international express"):
        estimate(spec, release)
