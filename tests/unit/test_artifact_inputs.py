"""Inputs of a table from a release: its key changes only with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from living_panel.estimation.panel.release import (
    Release,
    ReleaseHashes,
    release_inputs,
    released_to,
)
from tests.unit.release_fixture import tiny_release

READS = {"fdi_cny_100m", "gdp_cny_100m"}
TABLES = ("observations", "provinces", "series_breaks", "indicators", "national")


def hashed(release: Release) -> Release:
    frames = {"panel": release.panel.reset_index()}
    frames |= {name: getattr(release, name) for name in TABLES}
    return replace(release, manifest={**release.manifest, **ReleaseHashes(frames).of_parts()})


def key(release: Release, kind: str = "fixed_effects") -> dict[str, object]:
    return release_inputs(kind, READS, hashed(release).manifest)


def with_year(release: Release, year: int, **values: float) -> Release:
    """The release with one year more, in which the first unit alone has the values."""
    units = release.panel.index.get_level_values(0).unique()
    index = pd.MultiIndex.from_product([units, [year]], names=release.panel.index.names)
    rows = pd.DataFrame(np.nan, index=index, columns=release.panel.columns)
    for measure, value in values.items():
        rows.loc[(units[0], year), measure] = value
    return replace(release, panel=pd.concat([release.panel, rows]).sort_index())


def test_another_measure_or_its_year_is_no_new_input() -> None:
    release = tiny_release()
    other = release.panel.assign(lab=1.0)
    changed = with_year(replace(release, panel=other), 2016, trade_cny_100m=5.0)
    assert key(changed) == key(release)
    read = released_to("fixed_effects", READS, hashed(changed))
    pd.testing.assert_frame_equal(read.panel, release.panel[sorted(READS, key=list(other).index)])
    assert set(read.observations["measure"]) <= READS


def test_a_cell_a_source_a_break_and_a_unit_are_inputs() -> None:
    release = tiny_release()
    cell = release.panel.copy()
    cell.iloc[0, cell.columns.get_loc("fdi_cny_100m")] += 1e-6
    of_fdi = release.observations["measure"] == "fdi_cny_100m"
    source = release.observations.assign(
        edition=release.observations["edition"].where(~of_fdi, 2099)
    )
    breaks = release.series_breaks.assign(year=2014)
    units = release.provinces.assign(region_three="East")
    variants = [
        replace(release, panel=cell),
        replace(release, observations=source),
        replace(release, series_breaks=breaks),
        replace(release, provinces=units),
        with_year(release, 2016, gdp_cny_100m=9.0),
    ]
    keys = [str(key(variant)) for variant in [release, *variants]]
    assert len(set(keys)) == len(keys)


def test_some_tables_are_keyed_by_the_whole_release() -> None:
    release = tiny_release()
    whole = {"release": release.manifest["release_id"]}
    assert key(release, "audit") == whole, "it reads every measure"
    uneven = replace(release, panel=release.panel.iloc[1:])
    assert key(uneven) == whole, "which rows there are says something too"
    assert released_to("fixed_effects", READS, hashed(uneven)).panel.equals(uneven.panel)
