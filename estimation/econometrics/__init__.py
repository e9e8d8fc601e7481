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
    "dynamic_panel.gmm.dynamic_gmm": "living_panel.econometrics.arellano_bond",
    "dynamic_panel.gmm.moments": "living_panel.econometrics.arellano_bond",
    "fixed_effects.regression.two_way": "living_panel.econometrics.two_way",
    "robustness.common_effects.mean_group_cce": "living_panel.econometrics.cce with method=",
    "robustness.common_effects.pooled_cce": "living_panel.econometrics.cce",
    "robustness.interactive_effects.bootstrapped": "living_panel.econometrics.interactive_effects with vcov=",
    "robustness.interactive_effects.interactive_effects": "living_panel.econometrics.interactive_effects",
    "robustness.interactive_effects.left_out": "living_panel.econometrics.interactive_effects",
    "robustness.interactive_effects.number_of_factors": "living_panel.econometrics.number_of_factors",
}
"""Former functions of this package that were documented, and what is called in their place."""
GONE = ("adoption", "dynamic_panel")
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
