"""Results that belong to objects which nobody changes, kept for those that were used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, TypeVarTuple, Unpack

Objects = TypeVarTuple("Objects")
R = TypeVar("R")
HELD = 16
"""Results kept of each function: those of the two sides of a comparison and of some mixtures of them."""


def by_identity(function: Callable[[Unpack[Objects]], R]) -> Callable[[Unpack[Objects]], R]:
    """Mark a function that is computed once for the same objects; a number among them counts by its value.

    For frames and indexes, of which a comparison of values would take as long as the function.
    """
    # objects are held with their result, so that their ids stay their own
    results: OrderedDict[tuple[Any, ...], tuple[tuple[Any, ...], R]] = OrderedDict()

    @wraps(function)
    def compute_once(*objects: *Objects) -> R:
        key = tuple((type(o), o if isinstance(o, int) else id(o)) for o in objects)
        if key not in results:
            results[key] = objects, function(*objects)
            if len(results) > HELD:
                results.popitem(last=False)
        results.move_to_end(key)
        return results[key][1]

    return compute_once
