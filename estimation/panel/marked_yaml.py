"""YAML with the lines of its parts, and what is wrong in it said with line, expectation and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, RootModel, ValidationError

from living_panel.codes import Code
from living_panel.estimation.panel.errors import InvalidSpec
from living_panel.ingestion.limited_yaml import (
    BeyondLimit,
    Fault,
    Steps,
    YamlLoader,
    faults_of,
    innermost,
)
from living_panel.problems import Place, Problem


class Marked:
    """A YAML file: its content, and the line on which each part of it begins.

    Raises
    ------
    ValueError
        If the file is not YAML; names file and line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        text = ""
        try:
            text = path.read_text(encoding="utf-8")
            loader = YamlLoader(text)
            self._root = loader.get_single_node()
            self._refuse_twice(self._root)
            self.content: Any = self._root and loader.construct_document(self._root)
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            # the end of a file is reported as the line after the last: take the last line
            line = min(mark.line + 1, len(text.splitlines())) if mark else 0
            place = Place(file=str(path), line=line or None)
            reason = str(getattr(error, "problem", None) or error)
            if isinstance(error, BeyondLimit):
                problem = Code.READ_LIMIT(
                    "{reason}", "{action}", place, reason=reason, action=error.fix
                )
                raise InvalidSpec(problem) from error
            tab = line and "\t" in text.splitlines()[line - 1]
            action = (
                "replace the tab by blanks" if tab else "correct this line, or the line above it"
            )
            raise InvalidSpec(
                Code.SPEC_YAML(
                    "the file is not valid YAML ({reason})",
                    "{action}",
                    place,
                    reason=reason,
                    action=action,
                )
            ) from error

    def _refuse_twice(self, node: yaml.Node | None) -> None:
        """Refuse a key that is written twice in one mapping: YAML would take the last in silence."""
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if str(key.value) in keys:
                    place = Place(file=str(self.path), line=key.start_mark.line + 1)
                    raise InvalidSpec(
                        Code.SPEC_YAML(
                            "{key} is written twice", "keep it once", place, key=key.value
                        )
                    )
                keys.add(str(key.value))
                self._refuse_twice(value)
        elif isinstance(node, yaml.SequenceNode):
            for entry in node.value:
                self._refuse_twice(entry)

    def line(self, place: Sequence[str | int]) -> int:
        """Line of a part, from 1; of the nearest part around it where it is not there itself."""
        node, line = self._root, 1
        for step in place:
            if isinstance(node, yaml.MappingNode):
                pairs = [(k, v) for k, v in node.value if k.value == str(step)]
                if not pairs:
                    continue  # also the name of one of several forms, which no file contains
                key, node = pairs[0]
                line = key.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                if step >= len(node.value):
                    break
                node = node.value[step]
                line = node.start_mark.line + 1
            else:
                break
        return line

    def place(self, steps: Sequence[str | int]) -> Place:
        """Place of a part: file, line and dotted key."""
        name = ".".join(map(str, steps)) or "file"
        return Place(file=str(self.path), line=self.line(steps), key=name)

    def faults(
        self, error: ValidationError, model: type[BaseModel], under: Sequence[str | int] = ()
    ) -> list[Problem]:
        """Everything a model finds wrong, with the nearest name it knows."""
        by_steps: dict[Steps, list[Problem]] = {}
        for fault in self._of_nearest_form(faults_of(error), under):
            steps = self._written(fault, under)
            if steps not in by_steps or fault.kind == "literal_error":  # says what may stand there
                allowed = list(_allowed(model, steps)) if fault.kind == "literal_error" else []
                place = self.place((*under, *steps))
                meaning = next(_meanings(model, steps), "") if fault.kind == "missing" else ""
                known = {*_keys(model, steps[:-1])} - {str(steps[-1])} if steps else set()
                explain = partial(_explain, fault, place, steps, known, allowed, meaning)
                by_steps[steps] = fault.problems(place, explain)
        return [problem for steps in innermost(by_steps) for problem in by_steps[steps]]

    def _of_nearest_form(self, faults: list[Fault], under: Sequence[str | int]) -> list[Fault]:
        """Faults without those of a form that fits worse than another one of the same place.

        Where one of several forms may stand, pydantic compares with each: a key of the one is unknown in the other.
        The nearest form has the fewest unknown keys, then the fewest faults.
        """
        inside: dict[Steps, dict[str | int, list[bool]]] = {}
        for fault in faults:
            for depth in self._forms(fault, under):
                here = inside.setdefault(fault.steps[:depth], {})
                is_unknown = fault.kind == "extra_forbidden"
                here.setdefault(fault.steps[depth], []).append(is_unknown)
        nearest_form = {
            place: min(forms, key=lambda form: (sum(forms[form]), len(forms[form])))
            for place, forms in inside.items()
        }
        return [
            fault
            for fault in faults
            if all(
                nearest_form[fault.steps[:depth]] == fault.steps[depth]
                for depth in self._forms(fault, under)
            )
        ]

    def _forms(self, fault: Fault, under: Sequence[str | int]) -> list[int]:
        """Depths of a fault's steps that name one of several forms, in which the fault is."""
        part = self.content
        for step in under:
            part = part[step]
        depths = []
        for depth, step in enumerate(fault.steps[:-1]):
            if isinstance(part, Mapping) and any(str(key) == str(step) for key in part):
                part = next(part[key] for key in part if str(key) == str(step))
            elif isinstance(part, list) and isinstance(step, int) and step in range(len(part)):
                part = part[step]
            else:
                depths.append(depth)
        return depths

    def _written(self, fault: Fault, under: Sequence[str | int]) -> Steps:
        """Steps of a fault that the file contains, without the names of one of several forms.

        The key of a missing or a forbidden one is a step, whether the file contains it or not.
        """
        depth = len(fault.steps) - (fault.kind in ("missing", "extra_forbidden"))
        part, steps_written = self.content, []
        for step in under:
            part = part[step]
        for step in fault.steps[:depth]:
            if isinstance(part, Mapping):
                keys = [key for key in part if str(key) == str(step)]
            else:
                keys = [step] if isinstance(part, list) and step in range(len(part)) else []
            if keys:
                part = part[keys[0]]
                steps_written.append(step)
        return (*steps_written, *fault.steps[depth:])


def _explain(
    fault: Fault,
    place: Place,
    steps: Steps,
    known: Iterable[str],
    allowed: Sequence[str],
    meaning: str,
) -> Problem:
    """Return the problem of a fault that pydantic found, with the names that may stand there."""
    if fault.kind == "extra_forbidden":
        return Code.SPEC_UNKNOWN_KEY(
            "this key is unknown",
            "write {choices:or}, or remove the key",
            place,
            choices=nearest(steps[-1], known),
        )
    if fault.kind == "missing":
        return Code.SPEC_MISSING_KEY(
            "this required key is missing",
            "write the key `{key}`: {meaning}",
            place,
            key=steps[-1],
            meaning=meaning or "see docs/keys.md",
        )
    written = fault.value
    if allowed:
        choices = nearest(written, allowed)
        choice = repr(choices[0]) if len(choices) == 1 else "one of them"
        return Code.SPEC_VALUE(
            "{value!r} is not one of {allowed}",
            "write {choice}",
            place,
            value=written,
            allowed=allowed,
            choice=choice,
        )
    value = written if not isinstance(written, dict | list) else type(written).__name__
    if fault.kind == "string_type" and isinstance(written, int | float):
        return Code.SPEC_VALUE(
            "{reason} (found {value!r})",
            'write it in quotes: "{value}"',
            place,
            reason=fault.message,
            value=value,
        )
    return Code.SPEC_VALUE(
        "{reason} (found {value!r})", "correct this value", place, reason=fault.message, value=value
    )


def nearest(name: object, known: Iterable[str]) -> list[str]:
    """The known name that a wrong one was probably meant for; else all that are known."""
    listed = sorted(set(known))
    return difflib.get_close_matches(str(name), listed, n=1, cutoff=0.6) or listed


def _keys(form: Any, steps: Sequence[str | int]) -> Iterator[str]:
    """Keys that the forms at a place have."""
    for there in _forms_at(form, steps):
        if isinstance(there, type) and issubclass(there, BaseModel):
            yield from (field.alias or name for name, field in there.model_fields.items())


def _meanings(form: Any, steps: Sequence[str | int]) -> Iterator[str]:
    """Descriptions of a required key in the forms that may stand at its place, without the full stop."""
    for there in _forms_at(form, steps[:-1]):
        if isinstance(there, type) and issubclass(there, BaseModel):
            for name, field in there.model_fields.items():
                if steps[-1] in (name, field.alias) and field.is_required() and field.description:
                    yield " ".join(field.description.split()).removesuffix(".")


def _allowed(form: Any, steps: Sequence[str | int]) -> Iterator[str]:
    """Words that a form allows at a place, from the `Literal` types there."""
    for there in _forms_at(form, steps):
        if get_origin(there) is Literal:
            yield from map(str, get_args(there))


def _forms_at(form: Any, steps: Sequence[str | int]) -> Iterator[Any]:
    """Forms that may stand at a place below a form."""
    origin, inner = get_origin(form), get_args(form)
    if origin is Annotated:
        yield from _forms_at(inner[0], steps)
    elif origin in (Union, UnionType):
        for one in inner:
            yield from _forms_at(one, steps)
    elif isinstance(form, type) and issubclass(form, RootModel):
        yield from _forms_at(form.model_fields["root"].annotation, steps)
    elif not steps:
        yield form
    elif isinstance(form, type) and issubclass(form, BaseModel):
        for name, field in form.model_fields.items():
            if steps[0] in (name, field.alias):
                yield from _forms_at(field.annotation, steps[1:])
    else:  # a list, a tuple or a mapping
        for one in inner:
            yield from _forms_at(one, steps[1:])
