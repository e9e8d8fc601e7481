"""A simulated release of the planted process with every column the tables may name, and its logs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from living_panel.estimation.panel.release import Release
from living_panel.orchestration.simulated import planted
from tests.unit.release_fixture import observations, release_with

EMPTY = [
    "trade_cny_100m", "export_delivery_cny_100m", "fie_investment_usd_1m", "express_parcels_10k",
    "rd_intramural_cny_10k", "patent_invention_applications", "cpi_index", "population_10k",
    "exports_origin_cny_100m", "ecommerce_sales_cny_100m",
]  # fmt: skip
NORTHEAST = ("210000", "220000", "230000")
EXCLUDED = ("540000", "650000")  # from the first paper's sample


def planted_release(process: str = "regional", status: str = "simulated") -> Release:
    """31 provinces, 2005-2022, complete in the paper's measures and empty in all others."""
    form = planted.load_process(process)
    panel = planted.draw(form, form.seed).set_index(["province_code", "year"]).sort_index()
    panel = panel.assign(**dict.fromkeys(EMPTY, np.nan))
    region = planted.regions(form)
    codes = sorted(region.index)
    note = "planted process regional" if status == "simulated" else ""
    provinces = pd.DataFrame(
        {
            "province_code": codes,
            "province": [f"Province {c}" for c in codes],
            "region_three": [region[c] for c in codes],
            "region_nbs": ["Northeast" if c in NORTHEAST else region[c] for c in codes],
        }
    )
    breaks = [("fdi_cny_100m", "210000", 2015), ("fdi_cny_100m", "350000", 2012)]
    observed = observations(panel, 2023, status, note)
    return release_with(panel, observed, provinces, breaks, "simulated")


def paper_logs(
    measures: Sequence[str],
    first: int,
    last: int,
    *,
    without: Collection[int] = (),
    dropped: Collection[tuple[str, int]] = (),
) -> pd.DataFrame:
    """Logs of the paper's 29 provinces over a window, as a table takes them; `dropped` leaves out."""
    release = planted_release()
    codes, years = (release.panel.index.get_level_values(i) for i in (0, 1))
    paper = ~codes.isin(EXCLUDED)
    rows = paper & (years >= first) & (years <= last) & ~years.isin(list(without))
    return np.log(release.panel.loc[rows, list(measures)]).drop(index=list(dropped))
