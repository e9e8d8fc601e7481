"""The one entry point from a spec and a release to a table.

A new table of a known kind is a YAML file. A new kind is a module with `Options`,
`fill(table, options)` and, where releases are compared by it, `points(table, options)`, and a line here.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
from pydantic import ValidationError

from estimation.panel import codes
from estimation.panel.errors import InvalidSpec, NotEstimable, NotRead
from estimation.panel.figures import (
    AUTHORS,
    authors_measures,
    joined,
    simulated_mark,
    simulated_measures,
)
from estimation.panel.marked_yaml import Marked
from estimation.panel.release import Release, released_to
from estimation.panel.spec import Spec
from estimation.tables.builder import REFUSED, Builder, options_of
from estimation.tables.result import TableResult, not_estimable

KINDS = (
    "audit", "cointegration", "common_shocks", "curve", "descriptive", "fixed_effects", "long_run",
    "panel_models", "pushdown", "robustness", "regions", "staggered_adoption", "proxies", "synergy", "unit_roots",
)  # fmt: skip


def module_name(kind: str) -> str:
    """Name of the module that estimates a kind of table.

    Raises
    ------
    ValueError
        For a kind that is not there; lists those that are.
    """
    if kind not in KINDS:
        raise NotRead(codes.UNKNOWN_KIND(kind=kind, known=KINDS))
    return f"estimation.tables.{kind}"


def module_of(kind: str) -> ModuleType:
    """Module that estimates a kind of table; raises as `module_name` does."""
    return importlib.import_module(module_name(kind))


def check_options(spec: Spec, path: Path) -> None:
    """Hold the options of a spec against its kind.

    Raises
    ------
    ValueError
        Naming file, line, what was expected and the nearest known name.
    """
    marked = Marked(path)
    try:
        module_name(spec.kind)
    except NotRead as error:
        place = marked.place(("kind",))
        raise InvalidSpec(*(replace(p, place=place) for p in error.problems)) from error
    options = module_of(spec.kind).Options
    try:
        options.model_validate(spec.options)
    except ValidationError as error:
        raise InvalidSpec(*marked.faults(error, options, ("options",))) from error
    if hasattr(options, "unknown_roles"):  # names inside formulas, which have no key of their own
        wrong = options.model_validate(spec.options).unknown_roles(spec.variables)
        if found := [replace(p, place=marked.place(("options", *steps))) for steps, p in wrong]:
            raise InvalidSpec(*found)


def build(spec: Spec, release: Release) -> TableResult:
    """Estimate one table.

    Raises
    ------
    NotEstimable, Infeasible, InvalidData
        Where the figures allow nothing of it.
    ValueError
        For options that are not those of the kind.
    """
    module = module_of(spec.kind)
    readable = released_to(spec.kind, spec.measures, release)
    table, options = Builder(spec, readable), options_of(spec, module.Options)
    if hasattr(options, "check_earned"):
        options.check_earned(spec.table)
    table.choices = options.model_dump(mode="json")
    module.fill(table, options)
    return table.result()


def gives_points(kind: str) -> bool:
    """Whether a kind of table has point estimates that comparisons of releases re-estimate."""
    return hasattr(module_of(kind), "points")


def points(spec: Spec, release: Release) -> pd.Series:
    """Point estimates alone, by (model, term): what a comparison of releases re-estimates often.

    Models that are not estimable are omitted.

    Raises
    ------
    NotEstimable
        When there is none.
    """
    module = module_of(spec.kind)
    found = dict(module.points(Builder(spec, release), options_of(spec, module.Options)))
    if not found:
        raise NotEstimable("no model of this table can be estimated")
    index = pd.MultiIndex.from_tuples(list(found), names=["model", "term"])
    return pd.Series(list(found.values()), index=index, dtype="float64")


def estimate(spec: Spec, release: Release) -> TableResult:
    """Estimate one table; a table the figures do not allow is a named result."""
    try:
        return build(spec, release)
    except REFUSED as reason:
        kinds = {
            "simulated": simulated_measures(release, spec.measures),
            AUTHORS: authors_measures(release, spec.measures),
        }
        status = joined(kind for kind, there in kinds.items() if there)
        mark = simulated_mark(release, spec.measures) if kinds["simulated"] else ""
        return not_estimable(spec.table, spec.in_words(spec.title), str(reason), status, mark)
