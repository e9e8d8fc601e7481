"""Pictures of the panel: the median of a region rests on three quarters of its units."""

from __future__ import annotations

import re

from living_panel.estimation.report.panel_pictures import draw_series
from tests.unit.release_fixture import PROVINCES, YEARS, tiny_release


def test_a_median_of_too_few_units_is_not_drawn() -> None:
    cells = {(code, year): 10.0 + year for code in PROVINCES for year in YEARS}
    del cells["110000", 2012]  # two of the three units of the East are left
    svg = draw_series(tiny_release(x=cells), "x", "X", "yuan", "province", "years")
    bold = re.findall(r'd="([^"]*)" style="[^"]*stroke-width:2"', svg)
    assert sorted(line.count("M") for line in bold) == [1, 2]
    whole = draw_series(
        tiny_release(x=cells | {("110000", 2012): 1.0}), "x", "X", "yuan", "province", "years"
    )
    assert [
        line.count("M") for line in re.findall(r'd="([^"]*)" style="[^"]*stroke-width:2"', whole)
    ] == [1, 1]
