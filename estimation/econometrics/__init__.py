"""Econometrics: arrays in, numbers out. Knows no spec, release, table or file of a paper."""

import sys
from types import ModuleType
from typing import Any

MOVED = {
    "adoption.group_time.group_time": "living_panel.econometrics.group_time",
    "adoption.group_time.randomisation_test": "living_panel.econometrics.randomisation_test",
    "adoption.imputation.impute": "living_panel.econometrics.imputation",
    "adoption.imputation.pre_trends": "living_panel.econometrics.pre_trends",
    "adoption.imputation.slope_on": "living_panel.econometrics.imputation with trait=",
    "cointegration.CointegrationResult": "living_panel.econometrics.PanelTest",
    "cointegration.CrossSectionResult": "living_panel.econometrics.PanelTest",
    "cointegration.HansenLcResult": "living_panel.econometrics.PanelTest",
    "cointegration.hansen_lc": "living_panel.econometrics.hansen_lc",
    "cointegration.kao": "living_panel.econometrics.kao",
    "cointegration.pedroni": "living_panel.econometrics.pedroni",
    "cointegration.pesaran_cd": "living_panel.econometrics.pesaran_cd",
    "cointegration.westerlund": "living_panel.econometrics.westerlund",
    "dynamic_panel.gmm.dynamic_gmm": "living_panel.econometrics.arellano_bond",
    "dynamic_panel.gmm.moments": "living_panel.econometrics.arellano_bond",
    "fixed_effects.regression.two_way": "living_panel.econometrics.two_way",
    "long_run.bootstrap_std_errors": "living_panel.econometrics.fmols or dols, whose fit has vcov('bootstrap')",
    "long_run.dols": "living_panel.econometrics.dols",
    "long_run.fmols": "living_panel.econometrics.fmols",
    "robustness.common_effects.mean_group_cce": "living_panel.econometrics.cce with method=",
    "robustness.common_effects.pooled_cce": "living_panel.econometrics.cce",
    "robustness.interactive_effects.bootstrapped": "living_panel.econometrics.interactive_effects with vcov=",
    "robustness.interactive_effects.interactive_effects": "living_panel.econometrics.interactive_effects",
    "robustness.interactive_effects.left_out": "living_panel.econometrics.interactive_effects",
    "robustness.interactive_effects.number_of_factors": "living_panel.econometrics.number_of_factors",
    "unit_roots.UnitRootResult": "living_panel.econometrics.PanelTest",
    "unit_roots.breitung": "living_panel.econometrics.breitung",
    "unit_roots.choose_lags": "living_panel.econometrics.ips with lags='aic' or 'bic': the column lags of its units",
    "unit_roots.cips": "living_panel.econometrics.cips",
    "unit_roots.fisher": "living_panel.econometrics.fisher",
    "unit_roots.fisher_by_unit": "living_panel.econometrics.fisher with lags='aic' or 'bic'",
    "unit_roots.hadri": "living_panel.econometrics.hadri",
    "unit_roots.ht": "living_panel.econometrics.ht",
    "unit_roots.ips": "living_panel.econometrics.ips",
    "unit_roots.ips_by_unit": "living_panel.econometrics.ips with lags='aic' or 'bic'",
    "unit_roots.llc": "living_panel.econometrics.llc",
}
"""Former functions of this package that were documented, and what is called in their place."""
GONE = ("adoption", "cointegration", "dynamic_panel", "long_run", "unit_roots")
"""Former packages of them without any module."""


class _Former(ModuleType):
    """A module that is gone: the import of a function from it names the new one."""

    def __getattr__(self, name: str) -> Any:
        former = f"{self.__name__}.{name}"
        if new := MOVED.get(former.removeprefix(f"{__name__}.")):
            raise ImportError(f"{former} is now {new}")
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


_modules = {former.rpartition(".")[0] for former in MOVED}
for _place in (f"{__name__}.{name}" for name in (*GONE, *_modules)):
    sys.modules[_place] = _Former(_place)
