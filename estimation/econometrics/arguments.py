"""Check the arguments of a public function against its annotations, at every call.

An annotation says what an argument may be. `Trend` is one of two words, `Count` a whole number of
at least zero, `Annotated[Floats, Shape("n k")]` an array whose sizes agree with those of the other
arguments. `check_arguments` refuses anything else by name, before any computation.
"""

from __future__ import annotations

import inspect
import operator
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from numbers import Real
from typing import (
    Annotated,
    Any,
    Concatenate,
    Literal,
    ParamSpec,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from living_panel.estimation.econometrics.errors import invalid_argument

P = ParamSpec("P")
R = TypeVar("R")
Sizes = dict[str, int]
Admission = Callable[[Any, Sizes], bool]


@dataclass(frozen=True)
class OneOf:
    """One of some words."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return "one of " + ", ".join(map(repr, self.words))

    def admits(self, value: Any, _: Sizes) -> bool:
        """Whether the value is one of the words."""
        return isinstance(value, str) and value in self.words


@dataclass(frozen=True)
class AtLeast:
    """A whole number with a lower bound."""

    least: int

    def __str__(self) -> str:
        return f"a whole number of at least {self.least}"

    def admits(self, value: Any, _: Sizes) -> bool:
        """Whether the value is such a number."""
        return _is_whole(value) and operator.index(value) >= self.least


@dataclass(frozen=True)
class Between:
    """A number strictly between two others."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"a number between {self.low:g} and {self.high:g}"

    def admits(self, value: Any, _: Sizes) -> bool:
        """Whether the value is such a number."""
        return _is_number(value) and self.low < value < self.high


@dataclass(frozen=True)
class Shape:
    """An array whose axes have names; one name has one size over all arguments of a call.

    `...` before or after the names stands for any further axes.
    """

    axes: str

    def __str__(self) -> str:
        return f"an array of shape ({', '.join(self.axes.split())})"

    @cached_property
    def names(self) -> list[str]:
        """Names of the axes, without `...`."""
        return [name for name in self.axes.split() if name != "..."]

    def admits(self, value: Any, sizes: Sizes) -> bool:
        """Whether the array has these axes; keeps the size of each name."""
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "bif":
            return False
        named, shape = len(self.names), value.shape
        if len(shape) != named:
            if len(shape) < named or "..." not in self.axes:
                return False
            shape = shape[:named] if self.axes.endswith("...") else shape[-named:]
        return all(map(operator.eq, map(sizes.setdefault, self.names, shape), shape))


ArgumentRule = OneOf | AtLeast | Between | Shape

Trend = Annotated[str, OneOf(("c", "ct"))]
"""Deterministics of each unit: a constant, or a constant and a linear trend."""
TrendOrNone = Annotated[str, OneOf(("n", "c", "ct"))]
Method = Annotated[str, OneOf(("pooled", "group_mean"))]
"""How units are combined into one long-run relation."""
Correction = Annotated[str, OneOf(("none", "reghdfe"))]
"""Small-sample factor of a clustered covariance."""
Estimator = Annotated[str, OneOf(("fmols", "dols"))]
UnitRootTest = Annotated[str, OneOf(("llc", "ht", "ips", "fisher", "cips"))]
Count = Annotated[int, AtLeast(0)]
Positive = Annotated[int, AtLeast(1)]
Seed = Annotated[int, AtLeast(0)]
Share = Annotated[float, Between(0, 1)]
"""A level, a power or a part: strictly between zero and one."""


def check_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function refuse arguments that its annotations do not allow.

    Raises
    ------
    InvalidArgument
        At a call: with the function, the argument, its value and what is allowed.
    """
    checks: dict[str, tuple[Any, Admission]] = {}
    given = inspect.signature(function).parameters.values()
    names = [a.name for a in given if a.kind in (a.POSITIONAL_ONLY, a.POSITIONAL_OR_KEYWORD)]

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        if not checks:  # at the first call: an annotation may name what its module defines later
            hints = get_type_hints(function, include_extras=True)
            hints.pop("return", None)
            checks.update({name: (hint, _admission(hint)) for name, hint in hints.items()})
        sizes: Sizes = {}
        for name, value in (*zip(names, args, strict=False), *kwargs.items()):
            check = checks.get(name)
            if check is not None and not check[1](value, sizes):
                raise invalid_argument(
                    function.__qualname__,
                    name,
                    _shown(value),
                    _expected(check[0], sizes),
                )
        return function(*args, **kwargs)

    return checked


def with_arguments_of(
    model: Callable[Concatenate[Any, P], R],
) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """Give a function the arguments of another after its first, and its docstring from `Parameters` on."""
    signature = inspect.signature(model)
    first, *others = signature.parameters.values()

    def share(function: Callable[..., R]) -> Callable[P, R]:
        shared = cast(Any, function)
        shared.__signature__ = signature.replace(parameters=others)
        shared.__annotations__ = {n: h for n, h in model.__annotations__.items() if n != first.name}
        _, section, text = (inspect.getdoc(model) or "").partition("\nParameters\n")
        shared.__doc__ = f"{inspect.getdoc(function)}\n{section}{text}"
        return cast(Callable[P, R], shared)

    return share


def _admission(hint: Any) -> Admission:
    """Make the function that says whether an annotation allows a value."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        rules = [rule.admits for rule in _rules(hint)]
        return lambda value, sizes: all(admits(value, sizes) for admits in rules)
    if origin in (Union, types.UnionType):
        kinds = [_admission(part) for part in parts]
        return lambda value, sizes: any(admits(value, sizes) for admits in kinds)
    if origin is Literal:
        return OneOf(parts).admits
    if hint in (Any, object) or isinstance(hint, TypeVar):
        return lambda value, sizes: True
    if hint is bool:
        return lambda value, sizes: isinstance(value, (bool, np.bool_))
    if hint is int:
        return lambda value, sizes: _is_whole(value)
    if hint is float:
        return lambda value, sizes: _is_number(value)
    alias = getattr(origin or hint, "__value__", None)  # numpy's NDArray, from Python 3.12 on
    return _admission(alias) if alias is not None else _class_admission(origin or hint, parts)


def _class_admission(kind: Any, parts: tuple[Any, ...]) -> Admission:
    """As `_admission`, of a class and of the classes in its brackets."""
    if issubclass(kind, np.ndarray):
        return lambda value, sizes: isinstance(value, np.ndarray) and value.dtype.kind in "bif"
    if kind is str:
        return lambda value, sizes: isinstance(value, str)
    if kind is tuple:
        items = [_admission(part) for part in parts]
        return lambda value, sizes: (
            isinstance(value, tuple)
            and len(value) == len(items)
            and all(admits(item, sizes) for admits, item in zip(items, value, strict=True))
        )
    if parts and issubclass(kind, Mapping):
        of_value = _admission(parts[1])
        return lambda value, sizes: (
            isinstance(value, Mapping) and all(of_value(item, sizes) for item in value.values())
        )
    if parts and issubclass(kind, Iterable):
        of_item = _admission(parts[0])
        return lambda value, sizes: (
            isinstance(value, Iterable)
            and not isinstance(value, str)
            and all(of_item(item, sizes) for item in value)
        )
    return lambda value, sizes: isinstance(value, kind) and not isinstance(value, str)


def _rules(hint: Any) -> Iterator[ArgumentRule]:
    return (rule for rule in hint.__metadata__ if isinstance(rule, ArgumentRule))


def _expected(hint: Any, sizes: Sizes) -> str:
    """Describe in words the values that an annotation allows."""
    if get_origin(hint) is Annotated:
        words = ", ".join(str(rule) for rule in _rules(hint))
        axes = {name for rule in _rules(hint) if isinstance(rule, Shape) for name in rule.names}
        known = ", ".join(f"{name} = {size}" for name, size in sizes.items() if name in axes)
        return f"{words} with {known}" if known else words
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_expected(part, {}) for part in get_args(hint))
    if get_origin(hint) is Literal:
        return str(OneOf(get_args(hint)))
    if hint is type(None):
        return "None"
    plain = {bool: "True or False", int: "a whole number", float: "a number", str: "a text"}
    return plain.get(hint) or str(getattr(hint, "__name__", hint))


def _shown(value: Any) -> str:
    """A value for a message: short ones as they are, others by class and shape."""
    if value is None or isinstance(value, str | bool | int | float):
        return repr(value)
    shape = getattr(value, "shape", None)
    return type(value).__name__ + (f" of shape {shape}" if shape is not None else "")


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    # most are floats, and an abstract class is asked slowly
    return isinstance(value, float) or (
        isinstance(value, Real) and not isinstance(value, (bool, np.bool_))
    )
