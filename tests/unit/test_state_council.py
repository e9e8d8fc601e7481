"""Pilot zones: a list of designations read into counts, with what is recalled kept flagged."""

from __future__ import annotations

from living_panel.ingestion.sources.state_council.reader import (
    HEADER,
    NEW,
    STANDING,
    read_designations,
)

LIST = "\n".join(
    [
        ",".join(HEADER),
        "浙江,杭州,1,国函〔2015〕44号,2015-03-07,sourced,",
        "山东,青岛,2,国函〔2016〕17号,2016-01-12,sourced,",
        "山东,烟台,2,国函〔2016〕17号,2016-01,recalled day,2018",
        "山东,菏泽,7,国函〔2022〕126号,2017,recalled city,",
    ]
)


def counts(text: str = LIST, edition: int = 2019):
    figures, faults = read_designations(text.encode(), "own.csv", edition)
    assert faults == []
    return {(f.indicator_label, f.province_label, f.year): f for f in figures}


def test_zones_by_province_and_year() -> None:
    found = counts()
    new = {y: found[NEW, "山东", y].value for y in range(2015, 2020)}
    standing = {y: found[STANDING, "山东", y].value for y in range(2015, 2020)}
    assert new == {2015: 0, 2016: 2, 2017: 1, 2018: 0, 2019: 0}
    assert standing == {2015: 0, 2016: 2, 2017: 3, 2018: 2, 2019: 2}  # one ended in 2018
    assert found[NEW, "西藏", 2019].value == 0 and len(found) == 31 * 15 * 2
    assert (
        found[NEW, "山东", 2016].note
        == "国函〔2016〕17号 2016-01-12: 青岛; 国函〔2016〕17号 2016-01: 烟台"
    )
    assert found[NEW, "山东", 2016].location == "rows 3 4"


def test_what_is_recalled_is_flagged_from_its_year_on() -> None:
    found = counts()
    quality = [found[STANDING, "山东", y].quality for y in range(2015, 2020)]
    assert quality == ["high", "medium", "low", "low", "low"]
    assert found[NEW, "山东", 2018].quality == "high"
    assert {found[STANDING, "浙江", y].quality for y in range(2005, 2020)} == {"high"}
