"""Panel unit-root tests on wide frames (rows = periods, columns = units)."""

from living_panel.estimation.econometrics.unit_roots.breitung import breitung
from living_panel.estimation.econometrics.unit_roots.chosen_lags import (
    choose_lags,
    fisher_by_unit,
    hadri,
    ips_by_unit,
)
from living_panel.estimation.econometrics.unit_roots.panel_tests import (
    UnitRootResult,
    cips,
    fisher,
    ht,
    ips,
    llc,
)

__all__ = [
    "UnitRootResult", "breitung", "choose_lags", "cips", "fisher", "fisher_by_unit", "hadri", "ht", "ips",
    "ips_by_unit", "llc",
]  # fmt: skip
