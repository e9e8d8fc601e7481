"""A simulated release of the planted process with every column the tables may name, for tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from estimation.panel.release import Release
from tests.unit.release_fixture import observations
from tools.simulate import planted

EMPTY = [
    "trade_cny_100m", "export_delivery_cny_100m", "fie_investment_usd_1m", "express_parcels_10k",
    "rd_intramural_cny_10k", "patent_invention_applications", "cpi_index", "population_10k",
]  # fmt: skip
NORTHEAST = ("210000", "220000", "230000")


def planted_release(process: str = "regional", status: str = "simulated") -> Release:
    """31 provinces, 2005-2022, complete in the paper's measures and empty in all others."""
    form = planted.load_process(process)
    panel = planted.draw(form, form.seed).set_index(["province_code", "year"]).sort_index()
    panel = panel.assign(**dict.fromkeys(EMPTY, np.nan))
    region = planted.regions(form)
    codes = sorted(region.index)
    note = "planted process regional" if status == "simulated" else ""
    return Release(
        release_id="0" * 16,
        panel=panel,
        observations=observations(panel, 2023, status, note),
        indicators=pd.DataFrame({"measure": panel.columns}),
        provinces=pd.DataFrame(
            {
                "province_code": codes,
                "province": [f"Province {c}" for c in codes],
                "region_three": [region[c] for c in codes],
                "region_nbs": ["Northeast" if c in NORTHEAST else region[c] for c in codes],
                "in_paper": [c not in ("540000", "650000") for c in codes],
            }
        ),
        series_breaks=pd.DataFrame(
            {
                "measure": ["fdi_cny_100m", "fdi_cny_100m"],
                "province_code": ["210000", "350000"],
                "year": [2015, 2012],
                "reason": ["new", "new"],
            }
        ),
        national=pd.DataFrame({"year": [2010], "measure": ["x"], "value": [1.0]}),
        manifest={"sources": [], "figures": "simulated"},
    )
