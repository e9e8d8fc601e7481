"""Every public function of the estimators refuses a wrong word and a wrong shape, by name."""

import dataclasses
import importlib
import inspect
import pickle
import pkgutil
import types
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd
import pytest

import living_panel.estimation.econometrics
import living_panel.estimation.estimators
import living_panel.estimation.panel_tests
from living_panel.estimation.econometrics.arguments import (
    AtLeast,
    Between,
    OneOf,
    Shape,
    check_arguments,
    with_arguments_of,
)
from living_panel.estimation.econometrics.errors import InvalidArgument

INDEX = pd.MultiIndex.from_product([["a", "b"], [2000, 2001]], names=["province_code", "year"])
SIZE = 3
WRONG = object()
"""A type that no function takes."""


def public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Functions and methods of the packages that take an argument, by dotted name."""
    estimation = living_panel.estimation
    packages = estimation.econometrics, estimation.estimators, estimation.panel_tests
    for found in chain.from_iterable(
        pkgutil.walk_packages(package.__path__, package.__name__ + ".") for package in packages
    ):
        module = importlib.import_module(found.name)
        if found.name.endswith((".arguments", ".errors")) or "._" in found.name:
            continue
        if found.name.endswith(".drawing") or ".critical_values" in found.name:
            continue  # pages draw with the one, the tests alone read the other
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", None) != found.name:
                continue
            if inspect.isclass(value):
                for method, function in vars(value).items():
                    if inspect.isfunction(function) and not method.startswith("_"):
                        yield f"{found.name}.{name}.{method}", function
            elif callable(value) and hasattr(value, "__wrapped__") or inspect.isfunction(value):
                yield f"{found.name}.{name}", value


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """Annotations of a function's own arguments."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name: hints[name]
        for name, given in inspect.signature(function).parameters.items()
        if name not in ("self", "cls") and given.kind is not given.VAR_KEYWORD
    }


def valid(hint: Any) -> Any:
    """A value that an annotation allows."""
    origin, parts = get_origin(hint), get_args(hint)
    if (alias := getattr(origin or hint, "__value__", None)) is not None:  # NDArray, Python 3.12 on
        origin, parts = get_origin(alias), get_args(alias)
    if origin is Annotated:
        rule = hint.__metadata__[0]
        if isinstance(rule, OneOf):
            return rule.words[0]
        if isinstance(rule, AtLeast):
            return rule.least
        if isinstance(rule, Between):
            return (rule.low + rule.high) / 2
        dtype = np.int64 if "int" in str(parts[0]) else np.float64
        return np.zeros((SIZE,) * len([axis for axis in rule.axes.split() if axis != "..."]), dtype)
    if origin in (Union, types.UnionType):
        return valid(parts[0])
    if origin is Literal:
        return parts[0]
    plain = {
        bool: False, int: 1, float: 0.5, str: "a", Any: None, object: None,
        pd.Series: pd.Series(np.arange(4.0), INDEX),
        pd.DataFrame: pd.DataFrame({"a": np.arange(4.0)}, INDEX),
        pd.MultiIndex: INDEX, pd.Index: INDEX, slice: slice(0, 2),
        np.random.Generator: np.random.default_rng(0), np.ndarray: np.zeros(SIZE),
    }  # fmt: skip
    if hint in plain:
        return plain[hint]
    if origin is tuple:
        return tuple(valid(part) for part in parts)
    if origin is not None and issubclass(origin, np.ndarray):
        return np.zeros(SIZE)
    if origin is not None and issubclass(origin, Mapping):
        return {"a": valid(parts[1])}
    if origin is Callable or getattr(origin, "__name__", "") == "Callable":
        return len
    if origin is not None:
        return [valid(parts[0])]
    return object.__new__(hint)


def wrong(hint: Any) -> Iterator[Any]:
    """Values that an annotation does not allow: another word, number, shape or kind."""
    origin = get_origin(hint)
    if hint in (Any, object):
        return
    yield WRONG
    if origin is Annotated:
        rule = hint.__metadata__[0]
        if isinstance(rule, OneOf):
            yield from ("bogus", rule.words[0].upper())
        elif isinstance(rule, AtLeast):
            yield from (rule.least - 1, rule.least + 0.5, "bogus", True)
        elif isinstance(rule, Between):
            yield from (rule.low, rule.high, np.nan, "bogus", True)
        elif isinstance(rule, Shape):
            yield from ([[1.0]], np.float64(1), np.array(["a"]))
            if "..." not in rule.axes:
                yield np.zeros((SIZE,) * (len(rule.axes.split()) + 1))
    elif origin is Literal or hint in (bool, int, float):
        yield "bogus"


def refused(error: InvalidArgument) -> Mapping[str, Any]:
    """Fields of the one problem."""
    assert error.codes == ["LP-ARGUMENT"]
    return error.problems[0].fields


FUNCTIONS = dict(public_functions())


def test_the_package_has_the_functions_that_are_tested() -> None:
    assert len(FUNCTIONS) > 150
    assert "living_panel.estimation.estimators.long_run.fmols" in FUNCTIONS


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if parameters(f)])
def test_every_argument_of_a_public_function_is_checked_by_name(name: str) -> None:
    """Each argument in turn is wrong, all others are of the form that is declared."""
    function = FUNCTIONS[name]
    hints = parameters(function)
    own = [None] if "self" in inspect.signature(function).parameters else []
    for argument, hint in hints.items():
        for value in wrong(hint):
            given = {other: valid(form) for other, form in hints.items()}
            with pytest.raises(InvalidArgument) as error:
                function(*own, **given | {argument: value})
            assert refused(error.value)["argument"] == argument, (name, value)
            assert refused(error.value)["allowed"]


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if parameters(f)])
def test_arrays_of_sizes_that_do_not_agree_are_refused(name: str) -> None:
    """An axis of one name has one size over all arguments."""
    function, seen = FUNCTIONS[name], []
    hints = parameters(function)
    for argument, hint in hints.items():
        rules = hint.__metadata__ if get_origin(hint) is Annotated else ()
        axes = [a for r in rules if isinstance(r, Shape) for a in r.axes.split() if a != "..."]
        shared = [place for place, axis in enumerate(axes) if axis in seen]
        seen += axes
        if not shared:
            continue
        given = {other: valid(form) for other, form in hints.items()}
        given[argument] = np.repeat(given[argument], 2, axis=shared[0])
        with pytest.raises(InvalidArgument) as error:
            function(**given)
        assert refused(error.value)["argument"] == argument


@check_arguments
def _cut(x: Annotated[np.ndarray, Shape("n k")], kind: Annotated[str, OneOf(("a", "b"))]) -> int:
    return len(x)


def test_the_error_says_what_is_allowed_and_travels_between_processes() -> None:
    with pytest.raises(InvalidArgument) as error:
        _cut(np.zeros((2, 2)), "c")
    fields = ("_cut", "kind", "'c'", "one of 'a', 'b'")
    for found in (error.value, pickle.loads(pickle.dumps(error.value))):
        assert tuple(refused(found).values()) == fields
    assert _cut(np.zeros((2, 2)), kind="a") == 2


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(("estimators.long_run", "fmols", "method", "Pooled"), id="fmols"),
        pytest.param(("econometrics.robustness.regions", "wald_equality", "cov", "CR3"), id="wald"),
        pytest.param(("panel_tests.unit_roots", "llc", "trend", "bogus"), id="llc trend"),
        pytest.param(("panel_tests.unit_roots", "llc", "lags", -1), id="llc lags"),
    ],
)
def test_words_that_gave_another_estimate_or_a_bare_error(call: tuple[str, str, str, Any]) -> None:
    """Reported: "Pooled" gave the group mean, "CR3" gave CR1."""
    module, name, argument, value = call
    function = FUNCTIONS[f"living_panel.estimation.{module}.{name}"]
    given = {other: valid(form) for other, form in parameters(function).items()}
    with pytest.raises(InvalidArgument) as error:
        function(**given | {argument: value})
    assert refused(error.value)["argument"] == argument


def test_shared_arguments_have_their_signature_and_are_checked_by_name() -> None:
    def model(method: str, size: int, *, weight: float = 1.0) -> str:
        """Summarise.

        Parameters
        ----------
        size : int
            Rows.
        """
        return f"{method} {size} {weight}"

    @check_arguments
    @with_arguments_of(model)
    def first(*arguments: Any, **options: Any) -> str:
        """Summarise at first."""
        return model("first", *arguments, **options)

    assert first(2, weight=3.0) == "first 2 3.0"
    assert str(inspect.signature(first)) == "(size: int, *, weight: float = 1.0) -> str"
    documented = "Summarise at first.\n\nParameters\n----------\nsize : int\n    Rows."
    assert inspect.getdoc(first) == documented
    for call in (lambda: first("2"), lambda: first(2, weight="3")):
        with pytest.raises(InvalidArgument, match="first"):
            call()


def test_no_default_of_a_public_function_makes_a_statistical_choice() -> None:
    """Optional arguments are those that may not apply, serve messages, or bound memory.

    The library has the field's defaults: tests/unit/test_library.py holds that each is in its docstring.
    """
    harmless = {
        "again", "breaks", "chosen", "chunk", "cluster", "cutoff", "draws", "enumerable", "form", "location", "min_df",
        "moments", "names", "needed", "null", "nulls", "pair", "purpose", "seed", "signs", "terms", "test", "weights",
        "bandwidth", "corner", "keys", "left_out", "periods", "usual", "with_mean",
    }  # fmt: skip
    found = {
        (name, argument)
        for name, function in FUNCTIONS.items()
        if ".econometrics." in name and ".econometrics.library." not in name
        for argument, given in inspect.signature(function).parameters.items()
        if given.default is not given.empty and argument not in harmless
    }
    assert found == set()
    assert dataclasses.is_dataclass(OneOf)
