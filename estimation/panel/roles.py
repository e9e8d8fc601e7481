"""Names of variables in the options of a kind: typed fields, found by walking the options.

A kind gives a field that names variables one of the types `Role`, `Entering`, `Regressor` or
`FilledRole`, and a condition on rows the type `Condition`, anywhere in its model. Nothing else lists them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from living_panel.codes import Code
from living_panel.estimation.econometrics.row_names import ROW_NAMES
from living_panel.estimation.panel import sentences
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.estimation.panel.former_names import current_keys
from living_panel.estimation.panel.marked_yaml import nearest
from living_panel.estimation.panel.where import names_in
from living_panel.problems import Place, Problem

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Mark:
    """Use of the variable that a field names: it `enters` a regression, `once` with the others of its part.

    `filled` names a variable whose cells may be filled, which has no effect on one that does not enter;
    `condition` is an expression over variables.
    """

    enters: bool = False
    once: bool = False
    filled: bool = False
    condition: bool = False


Role = Annotated[str, Mark()]
"""A variable of the spec."""
Entering = Annotated[str, Mark(enters=True)]
"""A variable that enters what is estimated."""
Regressor = Annotated[str, Mark(enters=True, once=True)]
"""A variable that enters a regression, dependent or not, and is in it once."""
FilledRole = Annotated[str, Mark(filled=True)]
"""A variable whose cells may be filled."""
Condition = Annotated[str, Mark(condition=True)]
"""An expression over variables, before logarithms, and the names of a row."""


@dataclass(frozen=True)
class Name:
    """A name as options give it: its steps from the top, and those of the parts around it, innermost last."""

    steps: Steps
    text: str
    mark: Mark
    around: tuple[Steps, ...]


def names_of(
    form: type[BaseModel],
    content: Mapping[str, Any],
    steps: Steps = (),
    around: tuple[Steps, ...] = (),
) -> Iterator[Name]:
    """Each name of a variable, and each condition, in options and the parts inside them.

    Parameters
    ----------
    form
        Model of the options, or of a part.
    content
        The options as written: what is wrong elsewhere in them does not matter.
    steps, around
        Place of a part, and of the parts around it.
    """
    written = current_keys(content)
    for name, field in form.model_fields.items():
        key = field.alias or name
        if key in written:
            inside = written[key], (*steps, key), (*around, steps)
            yield from _names(field.annotation, field.metadata, *inside)


def role_problems(
    form: type[BaseModel],
    content: Mapping[str, Any],
    roles: Collection[str],
    place: Callable[[Steps], Place],
) -> Iterator[Problem]:
    """Yield the faults of names in options: no variable, twice in a regression, filled without effect.

    Parameters
    ----------
    form
        Model of the options.
    content
        The options as written.
    roles
        Variables of the spec.
    place
        Gives the place of a part by its steps.
    """
    names = list(names_of(form, content))
    entering: dict[Steps, list[str]] = defaultdict(list)
    for name in names:
        if name.mark.enters:
            entering[name.around[-1]].append(name.text)
    seen: set[tuple[Steps, str]] = set()
    for name in names:
        if name.mark.condition:
            yield from _wrong_condition(name, roles, place)
        elif name.mark.filled:
            parts = (entering[part] for part in reversed(name.around))
            known = next(filter(None, parts), roles)
            if name.text not in known:
                choices = nearest(name.text, known)
                yield Code.SPEC_ROLE(
                    "this table does not use {role!r}, so filling its gaps would have no effect",
                    "write {choices:or}",
                    place(name.steps),
                    role=name.text,
                    choices=choices,
                )
        elif name.text not in roles:
            yield sentences.UNKNOWN_ROLE(
                place(name.steps), role=name.text, choices=nearest(name.text, roles)
            )
        elif name.mark.once:
            key = name.around[-1], name.text
            if key in seen:
                yield Code.SPEC_ROLE(
                    "{role!r} is already in this regression",
                    "remove it",
                    place(name.steps),
                    role=name.text,
                )
            seen.add(key)


def _names(
    annotation: Any, metadata: Sequence[Any], value: Any, steps: Steps, around: tuple[Steps, ...]
) -> Iterator[Name]:
    """Names in a value of a type."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _names(args[0], args[1:], value, steps, around)
    elif origin in (Union, UnionType):
        fitting = [form for form in args if _fits(value, form)]
        for form in fitting[:1]:
            yield from _names(form, metadata, value, steps, around)
    elif isinstance(value, str):
        marks = [mark for mark in metadata if isinstance(mark, Mark)]
        if marks and value:
            yield Name(steps, value, marks[0], around)
    elif isinstance(value, list | tuple):
        # a tuple may have a form for each of its items
        forms = args if len(args) == len(value) else (args[:1] or (Any,)) * len(value)
        for number, (form, item) in enumerate(zip(forms, value, strict=True)):
            yield from _names(form, (), item, (*steps, number), around)
    elif isinstance(value, Mapping) and _is_part(annotation):
        yield from names_of(annotation, value, steps, around)
    elif isinstance(value, Mapping):
        key_form, item_form = args if len(args) == 2 else (str, Any)
        for key, item in value.items():
            yield from _names(key_form, (), key, (*steps, key), around)
            yield from _names(item_form, (), item, (*steps, key), around)


def _is_part(form: Any) -> bool:
    return isinstance(form, type) and issubclass(form, BaseModel)


def _fits(value: Any, form: Any) -> bool:
    """Whether a value may be of one form of a union; a part by its keys and the words it allows."""
    origin, args = get_origin(form), get_args(form)
    if origin is Annotated:
        return _fits(value, args[0])
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in args)
    if origin is Literal:
        return value in args
    if _is_part(form):
        return isinstance(value, Mapping) and _has_keys_of(value, form)
    kind = list if origin is tuple else origin or form  # YAML has lists alone
    return isinstance(kind, type) and isinstance(value, kind)


def _has_keys_of(content: Mapping[str, Any], form: type[BaseModel]) -> bool:
    written = current_keys(content)
    fields = {field.alias or name: field for name, field in form.model_fields.items()}
    words = (
        (written[key], field.annotation)
        for key, field in fields.items()
        if key in written and get_origin(field.annotation) is Literal
    )
    return set(written) <= set(fields) and all(_fits(value, form) for value, form in words)


def _wrong_condition(
    name: Name, roles: Collection[str], place: Callable[[Steps], Place]
) -> Iterator[Problem]:
    """A condition on rows that cannot be read, or that names what is no variable."""
    try:
        unknown = set(names_in(name.text)) - {*roles, *ROW_NAMES}
    except InvalidSpec as error:
        yield from (replace(problem, place=place(name.steps)) for problem in error.problems)
        return
    if unknown:
        yield sentences.WHERE_NAME(
            place(name.steps),
            expression=name.text,
            unknown=sorted(unknown),
            known=[*roles, *ROW_NAMES],
        )
