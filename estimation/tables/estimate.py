"""The one entry point from a spec and a release to a table.

A new table of a known kind is a YAML file. A new kind is a module or a folder in
`living_panel.estimation.tables.kinds`.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, cast

import pandas as pd
from pydantic import BaseModel, ValidationError

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec, NotEstimable, NotRead
from living_panel.estimation.panel.figures import (
    AUTHORS,
    authors_measures,
    joined,
    simulated_mark,
    simulated_measures,
)
from living_panel.estimation.panel.marked_yaml import Marked
from living_panel.estimation.panel.release import Release, released_to
from living_panel.estimation.panel.roles import Steps, role_problems
from living_panel.estimation.panel.spec import Spec
from living_panel.estimation.tables import kinds
from living_panel.estimation.tables.builder import REFUSED, Builder, options_of
from living_panel.estimation.tables.result import TableResult, not_estimable
from living_panel.problems import Place, words_of


class Kind(Protocol):
    """A module of `living_panel.estimation.tables.kinds`."""

    Options: type[BaseModel]

    def fill(self, table: Builder, options: Any) -> None:
        """Estimate the table: give its numbers, grids and notes to the builder."""


class KindWithPoints(Kind, Protocol):
    """A kind whose point estimates comparisons estimate again."""

    def points(self, table: Builder, options: Any) -> Mapping[tuple[str, str], float]:
        """Return estimates by (model, term)."""


class KindWithoutUnits(Kind, Protocol):
    """A kind that gives its point estimates without each unit."""

    def without_units(self, table: Builder, options: Any) -> Iterable[tuple[str, pd.DataFrame]]:
        """Return estimates by model: a row a unit, a column a term."""


class KindWithInfluences(Kind, Protocol):
    """A kind that gives the influence of each row on its estimates."""

    def influences(self, table: Builder, options: Any) -> Iterable[tuple[str, pd.DataFrame]]:
        """Return influences by model: a row for each unit and period, a column a term."""


def kind_names() -> tuple[str, ...]:
    """Return the kinds of tables, in order of their names; imports none of them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(kinds.__path__)))


def module_name(kind: str) -> str:
    """Name of the module that estimates a kind of table.

    Raises
    ------
    ValueError
        For an unknown kind; lists the known ones.
    """
    if kind not in kind_names():
        raise NotRead(
            Code.SPEC_MISSING(
                "the table kind {kind!r} is unknown",
                "write one of {known}",
                kind=kind,
                known=kind_names(),
            )
        )
    return f"{kinds.__name__}.{kind}"


def program_of(kind: str) -> Path:
    """File that estimates a kind of table, in the package; that of a folder is its `__init__`."""
    stem = Path(*module_name(kind).split(".")[1:])
    module_spec = importlib.util.find_spec(module_name(kind))
    is_folder = module_spec is not None and module_spec.submodule_search_locations is not None
    return stem / "__init__.py" if is_folder else stem.with_suffix(".py")


def module_of(kind: str) -> Kind:
    """Module that estimates a kind of table.

    Raises
    ------
    ValueError
        As `module_name` does, and for a module without one of the parts of a kind; names them.
    """
    module = importlib.import_module(module_name(kind))
    if missing := [part for part in ("Options", "fill") if not hasattr(module, part)]:
        raise NotRead(
            Code.KIND_CODE(
                "the module of table kind {kind!r} has no {missing}",
                "write {missing} as described in estimation/tables/kinds/__init__.py",
                kind=kind,
                missing=missing,
            )
        )
    return cast(Kind, module)


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

    def place_of(steps: Steps) -> Place:
        return marked.place(("options", *steps))

    # before the rules of the kind, which take it for granted that its names are variables
    if wrong := list(role_problems(options, spec.options, spec.variables, place_of)):
        raise InvalidSpec(*wrong)
    try:
        chosen = options.model_validate(spec.options)
    except ValidationError as error:
        raise InvalidSpec(*marked.faults(error, options, ("options",))) from error
    if hasattr(chosen, "find_wrong_roles"):  # what the kind asks of variables, besides their names
        misfits = chosen.find_wrong_roles(spec.variables)
        if wrong := [replace(problem, place=place_of(steps)) for steps, problem in misfits]:
            raise InvalidSpec(*wrong)


def build(spec: Spec, release: Release) -> TableResult:
    """Estimate one table.

    Raises
    ------
    NotEstimable, Infeasible, InvalidData
        Where the data allow nothing of it.
    ValueError
        For options that are not those of the kind.
    """
    module = module_of(spec.kind)
    readable = released_to(spec.kind, spec.measures, release)
    options = options_of(spec, module.Options)
    if hasattr(options, "check_earned"):
        options.check_earned(spec.table)
    table = Builder(spec, readable, options.model_dump(mode="json"))
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
    module = cast(KindWithPoints, module_of(spec.kind))
    coefficients = dict(module.points(Builder(spec, release), options_of(spec, module.Options)))
    if not coefficients:
        raise NotEstimable(
            Code.TABLE_NO_MODEL(
                "no model of this table can be estimated",
                "read the reason for each model on the page of the table",
            )
        )
    return pd.Series([*coefficients.values()], index=_keys(tuple(coefficients)), dtype="float64")


def gives_points_without_units(kind: str) -> bool:
    """Whether a kind of table has its point estimates without each unit in one go."""
    return hasattr(module_of(kind), "without_units")


def points_without_units(spec: Spec, release: Release) -> dict[str, pd.DataFrame]:
    """Point estimates without each unit in turn, by model: a row a unit of its sample, a column a term.

    Ask `gives_points_without_units` first.
    """
    module = cast(KindWithoutUnits, module_of(spec.kind))
    return dict(module.without_units(Builder(spec, release), options_of(spec, module.Options)))


def influences(spec: Spec, release: Release) -> dict[str, pd.DataFrame]:
    """Influence of each row on the estimates, (X'X)^-1 x e for least squares, by model; of the models that have it.

    A table has the index unit and period and a column a term. A model of a kind or an estimator without influences
    has no table.
    """
    module = module_of(spec.kind)
    if not hasattr(module, "influences"):
        return {}
    with_them = cast(KindWithInfluences, module)
    return dict(with_them.influences(Builder(spec, release), options_of(spec, module.Options)))


@lru_cache(maxsize=8)  # mixtures of two releases mostly give the same models and terms
def _keys(keys: tuple[tuple[str, str], ...]) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples(keys, names=["model", "term"])


def estimate(spec: Spec, release: Release) -> TableResult:
    """Estimate one table; a table that the data do not allow is a named result."""
    try:
        return build(spec, release)
    except REFUSED as reason:
        kinds = {
            "simulated": simulated_measures(release, spec.measures),
            AUTHORS: authors_measures(release, spec.measures),
        }
        status = joined(kind for kind, there in kinds.items() if there)
        mark = simulated_mark(release, spec.measures) if kinds["simulated"] else ""
        why = spec.unit.fill(words_of(reason))
        return not_estimable(spec.table, spec.in_words(spec.title), why, status, mark)
