"""Effect of a changed spec on a table: other measures and other samples are listed; changed data are not."""

from __future__ import annotations

from living_panel.estimation.artifacts.respecified import (
    OtherMeasure,
    OtherSample,
    change_sentences,
    spec_changes,
)


def manifest(spec: str, measure: str, years: tuple[int, int], n: int) -> dict:
    block = {
        "measures": {"ex": measure, "fdi": "fdi_cny_100m"},
        "first_year": years[0],
        "last_year": years[1],
        "n_obs": n,
    }
    return {"table_id": "t04", "spec": {"id": spec}, "sample": {"blocks": {"headline": block}}}


OLD = manifest("old", "trade_cny_100m", (2008, 2018), 290)
NEW = manifest("new", "exports_origin_cny_100m", (2005, 2021), 456)


def test_another_outcome_and_another_window_are_changes_of_the_spec() -> None:
    measure, sample = spec_changes(OLD, NEW)
    assert measure == OtherMeasure(
        "t04", "headline", "ex", "trade_cny_100m", "exports_origin_cny_100m"
    )
    assert sample == OtherSample("t04", "headline", (2008, 2018, 290), (2005, 2021, 456))
    said = change_sentences([measure, sample], {"trade_cny_100m": "trade"}.get)
    assert "ex is None instead of trade in t04" in said[0]
    assert "t04 headline: 2008-2018, N 290 -> 2005-2021, N 456" in said[1]


def test_new_data_under_the_same_spec_change_no_spec() -> None:
    longer = NEW | {"spec": OLD["spec"]}
    assert spec_changes(OLD, longer) == []
    assert spec_changes(None, NEW) == [] == spec_changes(OLD, None)


def test_a_block_that_came_or_went_is_no_change_of_a_block() -> None:
    other = {**NEW, "sample": {"blocks": {"alone": NEW["sample"]["blocks"]["headline"]}}}
    assert spec_changes(OLD, other) == []
