"""A tiny release with known values, for tests of everything that reads releases."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from living_panel.estimation.panel.release import Release

PROVINCES = ["110000", "120000", "130000", "540000"]
YEARS = range(2010, 2016)


def observations(
    panel: pd.DataFrame, edition: int, status: str = "official", note: str = ""
) -> pd.DataFrame:
    """Every cell of a panel as an observation of one edition."""
    long = panel.stack().rename("value").reset_index().rename(columns={"level_2": "measure"})
    return long.assign(
        source="statistical_yearbook", edition=edition, vintage=f"{edition}-10-01",
        sha256="0" * 64, file="f.csv", status=status, quality="high", note=note,
    )  # fmt: skip


def release_with(
    panel: pd.DataFrame,
    observed: pd.DataFrame,
    provinces: pd.DataFrame,
    breaks: Iterable[tuple[str, str, int]] = (),
    figures: str = "official",
) -> Release:
    """A release of a panel; breaks are measure, province and year."""
    columns = ["measure", "province_code", "year"]
    return Release(
        release_id="0" * 16,
        panel=panel,
        observations=observed,
        indicators=pd.DataFrame({"measure": panel.columns, "title": panel.columns}),
        provinces=provinces,
        series_breaks=pd.DataFrame(list(breaks), columns=columns).assign(reason="new"),
        national=pd.DataFrame({"year": [2010], "measure": ["x"], "value": [1.0]}),
        manifest={"release_id": "0" * 16, "sources": [], "figures": figures},
    )


def tiny_release(**columns: dict[tuple[str, int], float]) -> Release:
    """Four provinces, 2010-2015; every measure given by its cells, others absent.

    Default measures: `fdi_cny_100m` and `gdp_cny_100m`, complete and positive.
    """
    index = pd.MultiIndex.from_product([PROVINCES, YEARS], names=["province_code", "year"])
    generator = np.random.default_rng(7)
    panel = pd.DataFrame(index=index)
    for measure in ("trade_cny_100m", "fdi_cny_100m", "gdp_cny_100m"):
        panel[measure] = np.exp(generator.normal(3, 0.5, len(index)))
    panel["exports_cny_100m"] = np.nan
    for measure, cells in columns.items():
        panel[measure] = pd.Series(cells, dtype="float64").reindex(index)
    provinces = pd.DataFrame(
        {
            "province_code": PROVINCES,
            "province": ["Beijing", "Tianjin", "Hebei", "Tibet"],
            "region_three": ["East", "East", "East", "West"],
            "region_nbs": ["East", "East", "East", "West"],
        }
    )
    breaks = [("fdi_cny_100m", "120000", 2013)]
    return release_with(panel, observations(panel, 2016), provinces, breaks)
