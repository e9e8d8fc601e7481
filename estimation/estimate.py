"""The one door from a spec and a release to a table.

Belongs here: which kind of table is made by which function. A new table of a known kind is a YAML
file; a new kind is a module with `estimate(spec, release)` and a line here.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from estimation.release import Release
from estimation.results import NotEstimable, TableResult, not_estimable
from estimation.spec import Spec

KINDS = {
    "audit": "estimation.audit_table",
    "cointegration": "estimation.cointegration_table",
    "curve": "estimation.curve_table",
    "descriptive": "estimation.descriptive",
    "fixed_effects": "estimation.baseline",
    "long_run": "estimation.long_run_table",
    "referee": "estimation.referee_table",
    "regions": "estimation.region_table",
    "synergy": "estimation.synergy_table",
    "unit_roots": "estimation.unit_root_table",
}


def module_name(kind: str) -> str:
    """Name of the module that estimates a kind of table.

    Raises
    ------
    ValueError
        For a kind that is not there; lists those that are.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of table {kind!r}. Known: {', '.join(sorted(KINDS))}")
    return KINDS[kind]


def module_of(kind: str) -> ModuleType:
    """Module that estimates a kind of table; raises as `module_name` does."""
    return importlib.import_module(module_name(kind))


def estimate(spec: Spec, release: Release) -> TableResult:
    """Estimate one table; a table the figures do not allow is a named result."""
    try:
        return module_of(spec.kind).estimate(spec, release)
    except NotEstimable as reason:
        status = "simulated" if release.simulated else "official"
        return not_estimable(spec.table, spec.title, str(reason), status)
