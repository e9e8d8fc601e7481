"""Table by region: separate regressions, equality tests, order, few clusters."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from living_panel.codes import Code
from living_panel.estimation.econometrics.robustness.multiple_tests import minimum_detectable
from living_panel.estimation.estimators._two_way import two_way
from living_panel.estimation.panel.spec import Spec, load_spec
from living_panel.estimation.papers.printed import printed_table
from living_panel.estimation.tables import regressions
from living_panel.estimation.tables.estimate import build as estimate
from living_panel.estimation.tables.estimate import points
from living_panel.estimation.tables.facts import JACKKNIFE as CR3
from living_panel.estimation.tables.result import TableResult
from living_panel.estimation.tables.texts import result_cells
from tests.paths import SPECS
from tests.refusals import refuses
from tests.unit.panels import JACKKNIFE
from tests.unit.reading import block_of, coefficients, hold_points, numbers, shipped
from tests.unit.table_release_fixture import EXCLUDED, planted_release


def small_spec(scheme: object = "region_three", **changes: object) -> Spec:
    comparison = dict(load_spec(SPECS / "t06_regions.yml").options["comparisons"][0])
    window = {"first_year": 2005, "last_year": 2022, "without_years": [], "without_rows": []}
    sample = comparison["regression"]["sample"] | window
    few = {"enter": ["fdi", "ce", "gdp"], "sample": sample}
    comparison |= {"scheme": scheme, "regression": comparison["regression"] | few | changes}
    return shipped("t06_regions", comparisons=[comparison])


@pytest.fixture(scope="module")
def three() -> tuple[Spec, object]:
    spec = small_spec()
    return spec, estimate(spec, planted_release())


@pytest.mark.long
def test_a_region_is_its_own_regression(three) -> None:
    spec, table = three
    release = planted_release()
    codes = release.provinces.query("region_three == 'Central'")["province_code"]
    rows = release.panel.loc[release.panel.index.get_level_values(0).isin(codes)]
    logs = np.log(rows)
    x = logs[["fdi_cny_100m", "express_international_cny_100m", "gdp_cny_100m"]]
    alone = two_way(logs["exports_cny_100m"], x, **JACKKNIFE)
    row = coefficients(table).loc[("three.Central", "fdi", CR3)]
    assert row["estimate"] == pytest.approx(alone.params.iloc[0], rel=1e-9)
    assert row["std_error"] == pytest.approx(alone.std_errors.iloc[0], rel=1e-8)


@pytest.mark.long
def test_regions_of_a_paper_of_its_own_are_those_of_the_release_with_the_same_members(
    three,
) -> None:
    _, table = three
    release = planted_release()
    members = release.provinces.groupby("region_three", sort=False)["province_code"].agg(list)
    own = estimate(small_spec(members.to_dict()), release)
    pd.testing.assert_frame_equal(own.coefficients, table.coefficients)
    with refuses(ValueError, Code.SPEC_REGIONS):
        estimate(small_spec({"East": members["East"]}), release)
    with refuses(ValueError, Code.SPEC_REGIONS, scheme="region_two"):
        estimate(small_spec("region_two"), release)


@pytest.mark.slow
def test_a_region_of_three_has_estimates_and_no_p_values() -> None:
    table = estimate(small_spec("region_nbs"), planted_release())
    few = table.coefficients.query("model == 'three.Northeast'")
    assert few["estimate"].notna().all()
    assert few["p_value"].isna().all() and few["ci_low"].isna().all()
    assert not table.coefficients["model"].str.contains("- Northeast|Northeast -").any()
    assert any("Northeast: fewer than 6 clusters" in n for n in table.blocks[0].notes)


@pytest.mark.slow
def test_no_joint_f_beyond_half_of_the_clusters(three) -> None:
    _, table = three
    words = table.statistics.query("statistic == 'f_statistic'").set_index("model")
    # three slopes: 3 > (8 - 1) / 2 holds for no whole limit above 3, so Central's 3 is allowed
    assert pd.notna(words.loc["three.Central", "value"])
    remark = "F is not computed if the number of slopes is more than (G-1)/2"
    assert not any(note.startswith(remark) for block in table.blocks for note in block.notes)
    table = estimate(small_spec(enter=["fdi", "ce", "kn", "gdp"]), planted_release())
    words = table.statistics.query("statistic == 'f_statistic'").set_index("model")
    assert pd.isna(words.loc["three.Central", "value"])
    assert words.loc["three.Central", "text"] == "none: 4 > 3"
    assert pd.notna(words.loc["three.East", "value"])  # 4 is not above (11 - 1) / 2
    assert any(note.startswith(remark) for block in table.appendix for note in block.notes)


def test_points_are_the_stored_estimates(three) -> None:
    spec, table = three
    hold_points(points(spec, planted_release()), table)


def test_order_counts_pairs_as_printed(three) -> None:
    _, table = three
    named = table.statistics.query("model == 'three'").set_index(["statistic", "term"])
    slopes = table.coefficients.drop_duplicates(["model", "term"]).set_index(["term", "model"])
    printed = ["East", "Central", "West"]  # the printed order of every slope
    pairs = [(a, b) for i, a in enumerate(printed) for b in printed[i + 1 :]]
    counts = []
    for term in ("fdi", "ce", "gdp"):
        own = {r: slopes.loc[(term, f"three.{r}"), "estimate"] for r in printed}
        order = sorted(printed, key=own.__getitem__, reverse=True)
        assert named.loc[("order", term), "text"] == " > ".join(order)
        same = sum(order.index(a) < order.index(b) for a, b in pairs)
        assert named.loc[("order_pairs_as_printed", term), "value"] == same
        assert named.loc[("order_pairs", term), "value"] == 3
        counts.append(same)
    assert len(set(counts)) > 1
    block = block_of(table, "order of the regions")
    assert [row[-1] for row in block.rows] == [f"{c} of 3" for c in counts]


@pytest.mark.long
def test_order_is_held_against_the_paper_whatever_order_it_prints(three, monkeypatch) -> None:
    """A paper that prints West above East: the pairs it has right are those it had wrong before."""
    spec, table = three
    turned = printed_table("bi_2025", "6").copy()
    turned["estimate"] = 1 - turned["estimate"]  # slopes still positive, in reverse order
    monkeypatch.setattr(regressions, "printed_table", lambda paper, number: turned)
    again = estimate(spec, planted_release())
    before, after = numbers(table, "three"), numbers(again, "three")
    for term in ("fdi", "ce", "gdp"):
        name = f"order_pairs_as_printed {term}"
        assert after.loc[name] == 3 - before.loc[name]


def test_equality_is_tested_over_independent_regions(three) -> None:
    _, table = three
    by, named = coefficients(table), numbers(table, "three")
    terms, p = ("fdi", "ce", "gdp"), []
    for term in terms:
        rows = [by.loc[(f"three.{r}", term, CR3)] for r in ("East", "Central", "West")]
        b, v = (np.array([r[k] for r in rows]) for k in ("estimate", "std_error"))
        weight = v**-2.0
        common = (weight * b).sum() / weight.sum()
        statistic = (weight * (b - common) ** 2).sum()
        # two restrictions; the smallest region has eight provinces
        p.append(stats.f.sf(statistic / 2, 2, 7))
        assert named[f"equality_statistic {term} wald"] == pytest.approx(statistic, rel=1e-8)
        assert named[f"equality_p_value {term} wald"] == pytest.approx(p[-1], rel=1e-8)
    largest = 0.0
    for place, i in enumerate(np.argsort(p)):
        largest = max(largest, min((3 - place) * p[i], 1.0))
        assert named[f"equality_holm {terms[i]} wald"] == pytest.approx(largest, rel=1e-8)
    assert "equality_holm all_slopes wald" not in named.index
    block = block_of(table, "are the slopes equal")
    assert [row[0] for row in block.rows] == ["ln FDI", "ln CE", "ln GDP", "All slopes"]
    assert block.rows[0][1:3] == (f"{named['equality_statistic fdi wald']:.2f}", f"{p[0]:.3f}")
    for method, at in (("bootstrap", 5), ("randomisation", 8)):
        assert named[f"equality_draws fdi {method}"] >= 9_999
        assert named[f"equality_p_value fdi {method}"] <= named[f"equality_holm fdi {method}"]
        assert block.rows[0][at : at + 3] == tuple(
            f"{named[f'equality_{k} fdi {method}']:.3f}" for k in ("p_value", "holm", "romano_wolf")
        )
    assert "East, Central, West (smallest: 8 provinces)" in block.notes[0]
    assert "F with 7 denominator degrees of freedom; bootstrap 9,999" in block.notes[1]


def test_differences_follow_from_the_columns_and_are_printed(three) -> None:
    _, table = three
    by, least = coefficients(table), numbers(table)
    rows = iter(block_of(table, "differences between").rows)
    for term, label in (("fdi", "ln FDI"), ("ce", "ln CE"), ("gdp", "ln GDP")):
        for pair in combinations(("East", "Central", "West"), 2):
            model, row = f"three.{' - '.join(pair)}", next(rows)
            first, second = (by.loc[(f"three.{region}", term, CR3)] for region in pair)
            cells: list[str] = []
            for cov, way in (("cr3", "cr3:jackknife"), ("cr1", "clustered:reghdfe")):
                own = by.loc[(model, term, f"{way}:t(min G-1)")]
                # the smaller of the two regions counts: Central has 8 provinces, West 10
                df = 7 if "Central" in pair else 9
                assert (own["df"], own["n_clusters"], own["n_obs"]) == (df, df + 1, 29 * 18)
                assert own["statistic"] == pytest.approx(own["estimate"] / own["std_error"])
                p = 2 * stats.t.sf(abs(own["statistic"]), df)
                assert own["p_value"] == pytest.approx(p, rel=1e-8)
                assert own["estimate"] == pytest.approx(first["estimate"] - second["estimate"])
                detectable = least[model, f"minimum_detectable {term} {cov}"]
                assert detectable == pytest.approx(
                    minimum_detectable(own["std_error"], df, level=0.05, power=0.8)
                )
                cells += [*result_cells(own)[bool(cells) :], f"{detectable:.2f}"]
                if cov == "cr3":
                    error = np.hypot(first["std_error"], second["std_error"])
                    assert own["std_error"] == pytest.approx(error, rel=1e-9)
            shown = label if pair == ("East", "Central") else ""
            assert row == (shown, " - ".join(pair), *cells)
    assert next(rows, None) is None


def test_two_regions_with_six_provinces_are_enough_to_compare() -> None:
    release = planted_release()
    paper = ~release.provinces["province_code"].isin(EXCLUDED)
    place = paper.cumsum()
    labels = np.where(place <= 6, "East", np.where(place <= 12, "West", "Northeast"))
    release.provinces["region_nbs"] = labels
    provinces = release.provinces.loc[paper & (place <= 15), "province_code"].tolist()

    def on(codes: list[str]) -> TableResult:
        spec = small_spec("region_nbs", enter=["fdi", "ce"])
        spec.options["comparisons"][0]["regression"]["sample"]["units"] = codes
        return estimate(spec, release)

    table = on(provinces)
    block = block_of(table, "are the slopes equal")
    assert "Regions compared: East, West (smallest: 6 provinces)" in block.notes[0]
    # 2^12 sign vectors, one of each pair: all of them
    named = numbers(table, "three")
    assert named["equality_draws fdi bootstrap"] == 2048
    assert named["equality_statistic all_slopes wald"] > 0, "two slopes have a joint test, too"
    block = block_of(on(provinces[1:]), "are the slopes equal")
    assert block.rows == (("not estimable", "fewer than two regions with 6 provinces"),)
