"""The covariances by name, found by the files of the folder `covariances`."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Annotated

from living_panel.estimation.econometrics.arguments import OneOf
from living_panel.estimation.econometrics.inference import covariances
from living_panel.estimation.econometrics.inference.covariance import DEGREES, Covariance
from living_panel.estimation.econometrics.inference.factors import FACTORS


def _found() -> dict[str, Covariance]:
    modules = (
        importlib.import_module(f"{covariances.__name__}.{module.name}")
        for module in pkgutil.iter_modules(covariances.__path__)
    )
    rules = {rule.name: rule for module in modules for rule in module.COVARIANCES}
    return {name: rules[name] for name in sorted(rules, key=str.lower)}


COVARIANCES: dict[str, Covariance] = _found()
CLUSTERED: tuple[str, ...] = tuple(c.family for c in COVARIANCES.values() if c.clusters)
"""Families that rest on clusters."""
BOOTSTRAPS: frozenset[str] = frozenset(c.family for c in COVARIANCES.values() if c.is_bootstrap)
"""Families without a standard error of their own."""
WRITTEN: tuple[str, ...] = tuple(
    name for name in FACTORS if any(name in c.corrections for c in COVARIANCES.values())
)
"""Factors that an inference may name."""
CovarianceName = Annotated[str, OneOf(tuple(COVARIANCES))]
FactorName = Annotated[str, OneOf(tuple(FACTORS))]
DegreesName = Annotated[str, OneOf(DEGREES)]
