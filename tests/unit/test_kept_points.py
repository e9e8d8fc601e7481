"""Points kept by what they rest on: the same for every table as without the cache, whatever moved."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from living_panel.estimation.panel import content_cache
from living_panel.estimation.panel.release import Release
from living_panel.estimation.panel.spec import load_specs
from living_panel.estimation.tables.estimate import points
from tests.unit.table_release_fixture import planted_release

TABLES = ["t05_long_run", "t06_regions", "x_common_shocks"]
SLOW = ["t04_baseline", "t07_synergy", "x_robustness"]


def _moved(release: Release) -> dict[str, Release]:
    """The release with values of one year, a unit's regions, a break, or the last year moved."""
    panel, provinces = release.panel, release.provinces.copy()
    years = panel.index.get_level_values("year")
    other = provinces["region_three"].unique()[-1]
    for column in (c for c in provinces if c.startswith("region")):
        provinces.loc[provinces.index[0], column] = other
    cut = pd.DataFrame(
        {
            "province_code": provinces["province_code"].iloc[1],
            "measure": [*panel.columns],
            "year": 2012,
        }
    )
    breaks = pd.concat([release.series_breaks, cut], ignore_index=True).fillna("")
    return {
        "as it was": release,
        "values": replace(
            release, panel=panel.mul(pd.Series(1.0, panel.index).mask(years == 2014, 1.01), axis=0)
        ),
        "regions": replace(release, provinces=provinces),
        "breaks": replace(release, series_breaks=breaks),
        "years": replace(release, panel=panel[years < years.max()]),
    }


@pytest.mark.parametrize(
    "table", [*TABLES, *(pytest.param(table, marks=pytest.mark.slow) for table in SLOW)]
)
def test_kept_points_are_those_of_the_moved_release(table: str) -> None:
    releases, spec = _moved(planted_release()), load_specs()[table]
    alone = {name: points(spec, moved) for name, moved in releases.items()}
    with content_cache.content_cache():
        kept = {name: points(spec, moved) for name, moved in releases.items()}
        again = {name: points(spec, moved) for name, moved in releases.items()}
    for name, expected in alone.items():
        pd.testing.assert_series_equal(kept[name], expected, check_exact=True)
        pd.testing.assert_series_equal(again[name], expected, check_exact=True)
