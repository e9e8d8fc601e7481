"""Results that belong to objects which nobody changes, kept for those that were used last."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar, TypeVarTuple, Unpack

Objects = TypeVarTuple("Objects")
R = TypeVar("R")
HELD = 16
"""Results kept of each function: those of the two sides of a comparison and of some mixtures of them."""


class _Itself:
    """An object that equals only itself; a number equals by its value. It is held, so that its id stays its own."""

    def __init__(self, of: Any) -> None:
        self.of = of
        self._key = (type(of), of if isinstance(of, int) else id(of))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self._key == other._key


def by_identity(function: Callable[[Unpack[Objects]], R]) -> Callable[[Unpack[Objects]], R]:
    """Mark a function that is computed once for the same objects; a number among them counts by its value.

    For frames and indexes, of which a comparison of values would take as long as the function.
    """

    @lru_cache(maxsize=HELD)
    def computed(*objects: _Itself) -> R:
        return function(*(each.of for each in objects))

    @wraps(function)
    def compute_once(*objects: *Objects) -> R:
        return computed(*map(_Itself, objects))

    return compute_once
