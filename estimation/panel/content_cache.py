"""Point estimates kept by the content of what they are made from.

A comparison of two releases re-estimates a table on many mixtures of the two, and most of its samples
are the same in many mixtures. While the cache is on, a marked function is computed once for each content
of its arguments. No number depends on it: equal content gives the equal result.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from living_panel.ingestion.digests import sha256_of_parts

P = ParamSpec("P")
R = TypeVar("R")
PLAIN = frozenset({str, int, float, bool, type(None)})
"""Types whose values tell themselves whole in a list's text."""
KEPT = 4096
"""Results kept; the least recently used go first."""
_on: ContextVar[bool] = ContextVar("content_cache_on", default=False)


@contextmanager
def content_cache() -> Iterator[None]:
    """Keep the results of marked functions while inside; they outlive the block, for the next one."""
    token = _on.set(True)
    try:
        yield
    finally:
        _on.reset(token)


def by_content(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function whose result depends on the content of its arguments alone.

    A refusal, which is an exception, is kept as a result is. Callers get a shallow copy.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def compute_once(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_on():
            return function(*args, **kwargs)
        return keep((name, args, kwargs), lambda: function(*args, **kwargs))

    return compute_once


def is_on() -> bool:
    """Whether results are kept now."""
    return _on.get()


def keep(content: Any, compute: Callable[[], R]) -> R:
    """The result that belongs to some content: computed if it is not among those kept."""
    if not is_on():
        return compute()
    refusal, outcome = _outcome(_Computation(content_key(content), compute))
    if refusal is not None:
        raise refusal.with_traceback(None)
    result: R = copy.copy(outcome)
    return result


class _Computation:
    """What is computed from some content: equal to any other one from the same content."""

    def __init__(self, key: str, compute: Callable[[], Any]) -> None:
        self.key, self.compute = key, [compute]

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Computation) and self.key == other.key


@lru_cache(maxsize=KEPT)
def _outcome(computation: _Computation) -> tuple[Exception | None, Any]:
    compute = computation.compute.pop()  # the key stays, what it was computed from does not
    try:
        return None, compute()
    except Exception as refusal:
        return refusal, None


def content_key(value: Any) -> str:
    """Hash of a value's content: of frames and arrays their bytes, of the rest what pickle writes."""
    return sha256_of_parts(_parts(value))


def _parts(value: Any) -> Iterator[bytes]:
    """Yield bytes that tell a value's type and content."""
    if type(value) in PLAIN:
        yield f"{type(value).__name__}{value!r};".encode()
    elif isinstance(value, pd.DataFrame):
        yield b"frame"
        yield from _parts(value.columns)
        yield from _parts(value.index)
        types = value.dtypes.tolist()
        for dtype in dict.fromkeys(types):
            alone = types.count(dtype) == len(types)
            part = value if alone else value.loc[:, [other == dtype for other in types]]
            yield from _parts(part.to_numpy())
    elif isinstance(value, pd.Series):
        yield b"series"
        yield from _parts((value.name, value.index))
        yield from _parts(value.to_numpy())
    elif isinstance(value, pd.MultiIndex):
        yield b"index"
        yield from _parts(list(value.names))
        for level, codes in zip(value.levels, value.codes, strict=True):
            yield from _parts(level)
            yield from _parts(np.asarray(codes))
    elif isinstance(value, pd.Index):
        yield from _parts((value.name, value.to_numpy()))
    elif isinstance(value, np.ndarray) and value.dtype != object:
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, np.ndarray):
        yield from _parts(value.tolist())
    elif isinstance(value, Mapping):
        yield f"mapping{len(value)}".encode()
        for pair in value.items():
            yield from _parts(pair)
    elif isinstance(value, list | tuple) and PLAIN.issuperset(map(type, value)):
        yield f"plain{[*value]}".encode()  # all at once
    elif isinstance(value, list | tuple):
        yield f"sequence{len(value)}".encode()
        for part in value:
            yield from _parts(part)
    else:
        yield type(value).__qualname__.encode()
        yield pickle.dumps(value)
