"""Estimates kept by content: equal content is computed once, other content anew, and no number changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from living_panel.estimation.panel import content_cache
from living_panel.estimation.panel.content_cache import by_content, content_key
from living_panel.estimation.panel.errors import NotEstimable
from living_panel.estimation.panel.release import Release, narrowed
from living_panel.estimation.panel.sample import build_sample, what_is_read
from living_panel.estimation.panel.spec import Interpolation, Sample, Variable
from tests.unit.release_fixture import PROVINCES, YEARS, tiny_release

CELLS = [(p, y) for p in PROVINCES for y in YEARS]
NONE = Interpolation(method="none")
LAB = {"lab": Variable(measures=["lab"], label="x", log=True, concept="labour")}
RISING = {(p, y): 5.0 + y for p, y in CELLS}


def sample(**changes: object) -> Sample:
    window = {"first_year": 2011, "last_year": 2014, "without_years": [], "minimum_coverage": 0.5}
    return Sample.model_validate({"provinces": "all", **window, **changes})


def key(release: Release, rule: Interpolation = NONE, **changes: object) -> str:
    own = {k: changes.pop(k) for k in ("lag", "deflate_by") if k in changes}
    roles = {"lab": LAB["lab"].model_copy(update=own)}
    return content_key(what_is_read(release, roles, sample(**changes), rule))


def test_a_marked_function_is_computed_once_for_equal_content_and_only_inside() -> None:
    asked: list[float] = []

    @by_content
    def total(frame: pd.DataFrame, factor: float) -> pd.Series:
        asked.append(factor)
        return frame.sum() * factor

    frame = pd.DataFrame({"a": [1.0, 2.0]}, index=pd.Index([2010, 2011], name="year"))
    with content_cache.content_cache():
        first, again = total(frame, 2.0), total(frame.copy(), 2.0)
        pd.testing.assert_series_equal(first, again)
        again["a"] = -1.0  # a caller's copy
        assert total(frame, 2.0)["a"] == 6.0 and len(asked) == 1
        for other in (
            frame + 1e-12,
            frame.rename(columns={"a": "b"}),
            frame.set_axis([2010, 2012]),
        ):
            total(other, 2.0)
        total(frame, factor=2.5)
    assert len(asked) == 5
    total(frame, 2.0)
    assert len(asked) == 6, "nothing is kept outside"


def test_a_refusal_is_kept_as_a_result_is() -> None:
    asked: list[int] = []

    @by_content
    def refuse(n: int) -> int:
        asked.append(n)
        raise NotEstimable("no value")

    with content_cache.content_cache():
        for _ in range(2):
            with pytest.raises(NotEstimable, match="no value"):
                refuse(1)
    assert asked == [1]


def changed(cell: tuple[str, int]) -> Release:
    return tiny_release(lab=RISING | {cell: 1.5})


@pytest.mark.parametrize(
    ("cell", "changes", "is_read"),
    [
        (("110000", 2012), {}, True),
        (("110000", 2010), {}, False),
        (("110000", 2015), {}, False),
        (("110000", 2010), {"lag": 1}, True),
        (("110000", 2014), {"lag": 1}, False),
        (("540000", 2012), {"provinces": {"without": ["540000"]}}, False),
        (("110000", 2015), {"last_year": "newest"}, True),
        (("110000", 2012), {"without_years": [2012]}, False),
    ],
)
def test_what_a_sample_reads_is_its_own_cells(
    cell: tuple[str, int], changes: dict[str, object], is_read: bool
) -> None:
    before, after = tiny_release(lab=RISING), changed(cell)
    assert (key(before, **changes) != key(after, **changes)) == is_read
    rows = [
        build_sample(r, {"lab": LAB["lab"].model_copy(update={"lag": changes.get("lag", 0)})},
                     sample(**{k: v for k, v in changes.items() if k != "lag"}), NONE).frame
        for r in (before, after)
    ]  # fmt: skip
    assert rows[0].equals(rows[1]) != is_read


def test_neighbours_breaks_and_low_quality_count_where_they_decide() -> None:
    gap = {c: v for c, v in RISING.items() if c[1] != 2011}
    rule = Interpolation(method="linear", years={"lab": [2011]})
    before, after = (tiny_release(lab=gap | {("110000", 2010): v}) for v in (1.0, 2.0))
    assert key(before, rule) != key(after, rule), "2010 is a neighbour of the filled year"
    assert key(before) == key(after)
    moved = replace(before, interpolate_from=after.panel)
    assert key(moved, rule) != key(before, rule)
    cut = before.series_breaks.assign(measure="lab")
    assert key(replace(before, series_breaks=cut), rule) != key(before, rule)
    low = before.observations.copy()
    low.loc[(low["measure"] == "lab") & (low["year"] == 2012), "quality"] = "low"
    marked = replace(before, observations=low)
    assert key(marked) == key(before)
    assert key(marked, without_low_quality=True) != key(before, without_low_quality=True)
    assert key(before, deflate_by="gdp_cny_100m") != key(
        replace(before, panel=before.panel.assign(gdp_cny_100m=lambda f: f["gdp_cny_100m"] * 2)),
        deflate_by="gdp_cny_100m",
    )


def test_a_price_index_counts_in_a_year_that_the_sample_leaves_out() -> None:
    deflated = {"lab": LAB["lab"].model_copy(update={"deflate_by": "gdp_cny_100m"})}
    index = {cell: 102.0 for cell in CELLS}
    dearer = index | {(p, 2012): 110.0 for p in PROVINCES}
    with content_cache.content_cache():
        before, after = (
            build_sample(
                tiny_release(lab=RISING, gdp_cny_100m=prices), deflated,
                sample(without_years=[2012]), NONE,
            ).levels["lab"]
            for prices in (index, dearer)
        )  # fmt: skip
    changes = (before / after).groupby(level="year").first()
    assert changes.to_dict() == pytest.approx({2011: 1.0, 2013: 1.10 / 1.02, 2014: 1.10 / 1.02})


def test_samples_are_the_same_with_and_without_the_cache() -> None:
    generator = np.random.default_rng(5)
    rule = Interpolation(method="linear", years={"lab": [2012]})
    for _ in range(20):
        cells = {c: v for c, v in RISING.items() if generator.random() > 0.2}
        release = tiny_release(lab=cells)
        plain = build_sample(release, LAB, sample(minimum_coverage=0.2), rule)
        with content_cache.content_cache():
            kept = [build_sample(release, LAB, sample(minimum_coverage=0.2), rule) for _ in "ab"]
        for one in kept:
            pd.testing.assert_frame_equal(plain.frame, one.frame)
            assert plain.filled == one.filled and plain.dropped == one.dropped


def test_a_narrowed_release_has_the_cells_of_its_measures_alone() -> None:
    release = narrowed(tiny_release(lab=RISING), {"lab", "unknown"})
    assert list(release.panel) == ["lab"]
    assert set(release.observations["measure"]) == {"lab"}
    assert release.series_breaks.empty
